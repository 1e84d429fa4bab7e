"""The voices of the last three hours, ready to be counted: all, negative ones, and by word."""

from __future__ import annotations

from bisect import bisect_right

from inbox.domain.records import Record


class Voice(Record):
    """What counts of a message. Times are seconds since 1970; `terms`: its words and pairs of words, folded."""

    id: str
    author: str
    sent: float
    read: float
    negative: bool
    terms: tuple[str, ...]
    text: str


class Windows:
    """Voices in the order of sending."""

    def __init__(self) -> None:
        self.voices: list[Voice] = []
        self.times: list[float] = []
        self.negative: list[float] = []
        self.index: dict[str, list[float]] = {}

    def copy(self) -> Windows:
        """Return one that can be changed without changing this."""
        other = Windows()
        other.voices, other.times, other.negative = self.voices[:], self.times[:], self.negative[:]
        other.index = {term: times[:] for term, times in self.index.items()}
        return other

    def remember(self, voice: Voice) -> None:
        """Add the newest voice."""
        self.voices.append(voice)
        self.times.append(voice.sent)
        if voice.negative:
            self.negative.append(voice.sent)
        index = self.index
        for term in voice.terms:
            times = index.get(term)
            if times is None:
                index[term] = [voice.sent]
            else:
                times.append(voice.sent)

    def forget(self, until: float) -> None:
        """Drop what was sent at `until` or before."""
        dropped = bisect_right(self.times, until)
        index = self.index
        for voice in self.voices[:dropped]:
            for term in voice.terms:
                times = index[term]
                if len(times) == 1:
                    del index[term]
                else:
                    del times[0]
        del self.voices[:dropped], self.times[:dropped]
        del self.negative[: bisect_right(self.negative, until)]

    def since(self, moment: float) -> list[Voice]:
        """Return the voices after `moment`, oldest first."""
        return self.voices[bisect_right(self.times, moment) :]


def count(times: list[float], since: float) -> int:
    """Count the times after `since`, which must be in order."""
    return len(times) - bisect_right(times, since)
