"""Surges: when more people write to an account than usual, in a worse tone, or suddenly about the same thing.

`Watch` walks over messages by the time they were sent. What it finds depends on who wrote what, when it was sent and when
it was read, never on the order in which pages arrived: whoever gets an older message later walks again from a copy of
before (`copy`). Three channels raise one alarm: all voices, negative voices, and words that many use at once. Each
compares a count with the account's own baseline; one threshold fits accounts of every size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from inbox.domain.listening.alarm import ALL, NEGATIVE, WORDS, Alarm, Surge
from inbox.domain.listening.background import Background
from inbox.domain.listening.baseline import DAY, HOUR, Baseline, Hour, Places, unlikely
from inbox.domain.listening.tokens import first_link, terms_of, words_of
from inbox.domain.listening.windows import Voice, Windows, count
from inbox.domain.records import Record

MINUTE = 60.0
WINDOWS = tuple(MINUTE * n for n in (5, 10, 20, 40, 60, 180))
WORD_WINDOWS = tuple(MINUTE * n for n in (10, 30, 60, 180))
ALL_WINDOWS = sorted({*WINDOWS, *WORD_WINDOWS})
LONGEST = WINDOWS[-1]
Means = Mapping[float, float]
"""Voices expected in each window that ends now, by its seconds."""
THRESHOLDS: Mapping[str, float] = {ALL: 11.0, NEGATIVE: 10.5, WORDS: 16.0}
SENSITIVITY: Mapping[str, float] = {"early": 0.8, "normal": 1.0, "calm": 1.4}
"""Factor of the thresholds, by the words of the config."""
FEWEST: Mapping[str, int] = {ALL: 5, NEGATIVE: 4, WORDS: 4}
WORD_SHAPE = 3.0
"""Of the negative binomial of a word: topics wax and wane by themselves."""
ENOUGH_HISTORY = 30.0
"""Voices before words at once can raise anything."""
ONE_VOICE = HOUR
"""How long an author counts once."""
ONE_COPY = 5 * MINUTE
"""How long one link or one reposted text counts once, whoever passes it on."""
OURS = 48 * HOUR
"""How long the words of our own posts raise nothing."""
ECHOED = 3
"""Voices of the last hour that must have used a word before us, so that our answer with it does not silence it."""
LIVE = 20 * MINUTE
"""How soon after it was sent a message must have been read to count as live."""
COOL_DOWN = 3 * HOUR
"""An hour below half of every threshold ends an alarm; what fires within two more hours goes on with it."""
YOUNG = 14 * DAY
"""How long an account knows too little of its week for a red alarm by volume or tone. On its first day it has none at all."""
RESET = 90 * DAY
"""After so long without a message everything learned is out of date."""


class Heard(Record, kw_only=True):
    """One message. Times are seconds since 1970. `author`: an id of whoever wrote it; "" where nobody is named."""

    id: str
    author: str
    text: str
    sent: float
    read: float
    ours: bool = False
    raises: bool = True
    """False for history and for messages without a time: they are learned from and never raise an alarm."""


class Watch:
    """Walks over the messages of one account (or of its searches) and finds surges. Mutable.

    Call `hear` with messages in the order of `key`, then `advance` to the present.
    """

    def __init__(
        self,
        places: Places,
        judge: Callable[[str], bool],
        *,
        sensitivity: str = "normal",
        ignored: frozenset[str] = frozenset(),
    ) -> None:
        """`judge`: whether a text is negative. `ignored`: folded words that say nothing, such as the brand's own name."""
        self.places = places
        self.judge = judge
        self.ignored = ignored
        self.baseline = Baseline()
        self.background = Background()
        self.alarm: Alarm | None = None
        self.surges: list[Surge] = []
        """Those that are over, by their beginning."""
        self.learned: list[float] = []
        """Beginnings of hours that turned out to be a habit of the account."""
        factor = SENSITIVITY[sensitivity]
        self._thresholds = {channel: value * factor for channel, value in THRESHOLDS.items()}
        self.latest = 0.0
        """When the newest message was sent."""
        self._hour: Hour | None = None
        self._authors: dict[str, float] = {}
        self._copies: dict[str, float] = {}
        self._own: dict[str, float] = {}
        self._withheld: list[tuple[float, int, int]] = []
        self._counts = [0, 0]
        self._windows = Windows()

    def copy(self) -> Watch:
        """Return a watch to walk on with for some days at most, while this one stays where it is."""
        other = Watch(self.places, self.judge, ignored=self.ignored)
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if isinstance(value, list | dict) else value)
        other.baseline = self.baseline.copy()
        other.background = self.background.copy()
        other.alarm = self.alarm.copy() if self.alarm is not None else None
        other._windows = self._windows.copy()
        return other

    @property
    def start(self) -> float | None:
        """The beginning of the hour it is in; None before the first message."""
        return None if self._hour is None else self._hour.start

    # -- as JSON, at the beginning of an hour -------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Return what it has learned as JSON values: counts and words, and ids of the voices of the last three hours.

        Call it before the first message of an hour.
        """
        assert self._hour is not None
        return {
            "start": self._hour.start,
            "baseline": self.baseline.to_json(),
            "background": self.background.to_json(),
            "alarm": None if self.alarm is None else self.alarm.to_json(),
            "own": self._own,
            "withheld": self._withheld,
            "voices": [voice.id for voice in self._windows.voices],
        }

    def resume(self, kept: Mapping[str, Any], messages: Iterable[Heard]) -> None:
        """Go on where `to_json` was called; `messages`: those of the three hours before, in the order of `key`.

        Raises ValueError, TypeError or KeyError where `kept` is something else.
        """
        start = float(kept["start"])
        self.baseline = Baseline.from_json(kept["baseline"])
        self.background = Background.from_json(kept["background"])
        self.alarm = None if kept["alarm"] is None else Alarm.from_json(kept["alarm"])
        self._own = {str(word): float(at) for word, at in kept["own"].items()}
        self._withheld = [(float(at), int(n), int(bad)) for at, n, bad in kept["withheld"]]
        counted = set(kept["voices"])
        for message in messages:
            if message.id in counted and start - LONGEST < message.sent < start:
                self._windows.remember(self._voice(message))
                self._authors[author_of(message)] = message.sent
        self._hour = self.baseline.hour(start, self.places)

    # -- one message -------------------------------------------------------------------------------------------

    def hear(self, message: Heard) -> None:
        """Walk over one message."""
        self.advance(message.sent)
        self.latest = message.sent
        if message.ours:
            self._speak(message)
            return
        if not self._counts_now(message):
            return
        if self.baseline.first is None:
            self.baseline.first = message.sent
        if self.baseline.watched is None and message.raises:
            self.baseline.watched = message.sent
        voice = self._voice(message)
        self._counts[0] += 1
        self._counts[1] += voice.negative
        self.background.add(voice.terms)
        if message.raises:
            self._windows.remember(voice)
            self._judge_now(voice)

    def _voice(self, message: Heard) -> Voice:
        return Voice(
            message.id,
            author_of(message),
            message.sent,
            message.read,
            self.judge(message.text),
            terms_of(message.text, self.ignored),
            message.text,
        )

    def _counts_now(self, message: Heard) -> bool:
        """Whether it is a voice: nobody counts twice in an hour, and no copy within minutes."""
        author = author_of(message)
        if message.sent - self._authors.get(author, -ONE_VOICE) < ONE_VOICE:
            return False
        copied = first_link(message.text) or (message.text if message.text.startswith("RT @") else None)
        if copied is not None:
            if message.sent - self._copies.get(copied, -ONE_COPY) < ONE_COPY:
                return False
            self._copies[copied] = message.sent
        self._authors[author] = message.sent
        return True

    def recall(self, message: Heard) -> None:
        """Learn of something that we said before the hour it is in."""
        if self._hour is not None and message.sent < self._hour.start:
            self._speak(message)

    def _speak(self, message: Heard) -> None:
        """Our own words raise nothing for a while, unless customers had them first."""
        index = self._windows.index
        for word in set(words_of(message.text, self.ignored)):
            echoed = count(index.get(word, []), message.sent - HOUR) >= ECHOED
            if not echoed or word in self._own:
                self._own[word] = message.sent

    # -- time ----------------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Let time pass: hours end, alarms end."""
        begins = now - now % HOUR
        if self._hour is None or begins - self._hour.start > RESET:
            self._begin_anew(begins)
        assert self._hour is not None
        while self._hour.start < begins:
            self._end_hour()
        self._settle(now)

    def _begin_anew(self, begins: float) -> None:
        if self._hour is not None:
            self._settle(begins)
            self.baseline, self.background = Baseline(), Background()
            self._withheld.clear()
        self._forget_windows(begins)
        self._hour = self.baseline.hour(begins, self.places)

    def _end_hour(self) -> None:
        assert self._hour is not None
        start, (voices, negative) = self._hour.start, self._counts
        ends = start + HOUR
        if self.alarm is not None:
            self.alarm.pass_time(ends, self._hour)
            self._settle(ends)
        if self.baseline.first is not None:
            if self.alarm is not None and self.alarm.last >= start:
                self.baseline.skip_hour()
                self._withhold(start, voices, negative)
            else:
                self.baseline.end_hour(start, voices, negative, self.places)
        self.background.end_hour(start)
        self._counts = [0, 0]
        if self.places(ends)[0] // 24 != self.places(start)[0] // 24:
            self._end_day(ends)
        self._forget_windows(ends)
        self._hour = self.baseline.hour(ends, self.places)

    def _end_day(self, now: float) -> None:
        self.baseline.end_day()
        self.background.prune()
        self._own = {word: at for word, at in self._own.items() if now - at < OURS}
        self._withheld = [one for one in self._withheld if now - one[0] < 29 * DAY]

    def _forget_windows(self, now: float) -> None:
        """Keep what the windows of the next hour can reach."""
        self._authors = {author: at for author, at in self._authors.items() if now - at < ONE_VOICE}
        self._copies = {copied: at for copied, at in self._copies.items() if now - at < ONE_COPY}
        self._windows.forget(now - LONGEST)

    def _withhold(self, start: float, voices: int, negative: int) -> None:
        """An hour inside an alarm is not learned from, until the same hour has had three of them: then it is a habit."""
        self._withheld.append((start, voices, negative))
        week, group = self.places(start)
        by_week = [one for one in self._withheld if self.places(one[0])[0] == week]
        by_day = [one for one in self._withheld if self.places(one[0])[1] % 24 == group % 24]
        for same, weekly in ((by_week, True), (by_day, False)):
            if len({one[0] // DAY for one in same}) >= 3:
                self.baseline.learn_habit([one[:2] for one in same], self.places, weekly=weekly)
                self.learned += [one[0] for one in same]
                self._withheld = [one for one in self._withheld if one not in same]
                return

    # -- is it a surge? ---------------------------------------------------------------------------------------

    def _judge_now(self, voice: Voice) -> None:
        """Compare every window that ends with this voice; begin, keep up or enlarge an alarm."""
        now = voice.sent
        assert self._hour is not None
        means = {window: self._hour.between(now - window, now) for window in ALL_WINDOWS}
        values = {} if self._is_new(now) else self._channels(now, means, self._hour.shape)
        words = self._words(voice, means)
        if words:
            term = max(words, key=lambda one: (words[one][0], one))
            values[WORDS] = words[term]
        relative = {channel: value / self._thresholds[channel] for channel, (value, _) in values.items()}
        fired = [channel for channel, value in relative.items() if value >= 1]
        if self.alarm is None:
            if not fired:
                return
            self._raise(max(fired, key=lambda channel: relative[channel]), values, voice)
        self._continue(voice, relative, fired, words)

    def _channels(self, now: float, means: Means, shape: float) -> dict[str, tuple[float, float]]:
        """The most unlikely window of all and of the negative voices: (value, seconds)."""
        found: dict[str, tuple[float, float]] = {}
        share = self.baseline.negative_share
        for channel, times, part in (
            (ALL, self._windows.times, 1.0),
            (NEGATIVE, self._windows.negative, share),
        ):
            if channel == NEGATIVE and (not times or times[-1] != now):
                continue
            for window in WINDOWS:
                if window not in means:
                    continue
                voices = count(times, now - window)
                if voices < FEWEST[channel]:
                    continue
                mean = means[window] * part
                if voices >= 2 * mean:
                    value = unlikely(voices, mean, shape)
                    if value > found.get(channel, (0.0, 0.0))[0]:
                        found[channel] = (value, window)
        return found

    def _words(self, voice: Voice, means: Means) -> dict[str, tuple[float, float]]:
        """The words and pairs of a voice that unusually many use, each with (value, seconds)."""
        if self.baseline.voices <= ENOUGH_HISTORY:
            return {}
        found: dict[str, tuple[float, float]] = {}
        for term in voice.terms:
            times = self._windows.index[term]
            if len(times) >= FEWEST[WORDS] and not self._is_ours(term):
                value = self._word_value(term, times, voice.sent, means)
                if value[0] > 0:
                    found[term] = value
        return found

    def _word_value(
        self, term: str, times: list[float], now: float, means: Means, fewest: int = 4
    ) -> tuple[float, float]:
        assert self._hour is not None
        share = self.background.share(term, self._hour.start)
        best = (0.0, 0.0)
        for window in WORD_WINDOWS:
            if window not in means:
                continue
            voices = count(times, now - window)
            if voices < fewest:
                continue
            mean = max(means[window], count(self._windows.times, now - window)) * share
            if voices >= 3 * mean:
                value = unlikely(voices, mean, WORD_SHAPE)
                if value > best[0]:
                    best = (value, window)
        return best

    def _is_ours(self, term: str) -> bool:
        return bool(self._own) and any(word in self._own for word in term.split(" "))

    # -- the alarm ----------------------------------------------------------------------------------------------

    def _raise(self, channel: str, values: Mapping[str, tuple[float, float]], voice: Voice) -> None:
        """Begin an alarm with the voices of the window that fired."""
        assert self._hour is not None
        since = voice.sent - values[channel][1]
        raising = self._windows.since(since)
        self.alarm = Alarm(channel=channel, since=raising[0].sent, counted_to=raising[0].sent)
        self.alarm.expected = self._hour.between(raising[0].sent, voice.sent)
        self.alarm.counted_to = voice.sent
        for one in raising[:-1]:
            self.alarm.count(one.negative)

    def _continue(
        self,
        voice: Voice,
        relative: Mapping[str, float],
        fired: list[str],
        words: Mapping[str, tuple[float, float]],
    ) -> None:
        """Count one more voice of an alarm, and what it changes."""
        assert self.alarm is not None
        assert self._hour is not None
        alarm, now = self.alarm, voice.sent
        alarm.pass_time(now, self._hour)
        alarm.count(voice.negative)
        if not relative or max(relative.values()) < 0.5:
            return
        if now - alarm.last > HOUR and not fired and alarm.last > 0:
            return  # over, and in its cool-down only what fires by itself goes on with it
        alarm.keep_up(now)
        for term, (value, _) in words.items():
            alarm.words[term] = max(value, alarm.words.get(term, 0.0))
        if fired:
            self._rate(alarm, fired, now)
            self._notice(alarm, voice, words)
            self._name(alarm, now)

    def _rate(self, alarm: Alarm, fired: Iterable[str], now: float) -> None:
        """Red: words or negative voices, in a bad tone. An account that does not know itself yet trusts words alone."""
        watched = self.baseline.watched
        young = watched is None or now - watched < YOUNG
        trusted = {WORDS} if young else {WORDS, NEGATIVE}
        voices = count(self._windows.times, now - HOUR)
        negative = count(self._windows.negative, now - HOUR)
        share = max(0.5, 1.6 * self.baseline.negative_share)
        if alarm.red_at is None and trusted.intersection(fired) and negative >= share * voices:
            alarm.red_at = now

    def _notice(self, alarm: Alarm, voice: Voice, words: Iterable[str]) -> None:
        """When it could first be said: in a window that fires, most voices had been read soon after they were sent."""
        if alarm.at is not None:
            return
        for window in ALL_WINDOWS:
            recent = self._windows.since(voice.sent - window)
            for share, raising in self._firing(recent, voice.sent, window, words):
                live = [one.read for one in raising if one.read - one.sent <= LIVE]
                if len(live) >= share * len(raising):
                    alarm.at = max(voice.sent, *live)
                    return

    def _firing(
        self, recent: list[Voice], now: float, window: float, words: Iterable[str]
    ) -> Iterator[tuple[float, list[Voice]]]:
        """Yield the voices of each channel that fires in one window alone, and which share of them has to be live.

        Half for a word. More by volume: ordinary voices beside a backlog are half of it soon.
        """
        assert self._hour is not None
        means = {window: self._hour.between(now - window, now)}
        values = {} if self._is_new(now) else self._channels(now, means, self._hour.shape)
        for channel, (value, _) in values.items():
            if value >= self._thresholds[channel]:
                yield 0.75, [one for one in recent if one.negative or channel == ALL]
        for term in words:
            if self._word_value(term, self._windows.index[term], now, means)[0] >= self._thresholds[WORDS]:
                yield 0.5, [one for one in recent if term in one.terms]

    def _is_new(self, now: float) -> bool:
        """On its first day nobody knows how much an account usually hears."""
        watched = self.baseline.watched
        return watched is None or now - watched < DAY

    def _name(self, alarm: Alarm, now: float) -> None:
        """Say by which words it is known; where no word stands out, by those that are used more than usual."""
        assert self._hour is not None
        words = dict(alarm.words)
        if not words and now - alarm.named_at >= 10 * MINUTE:
            alarm.named_at = now
            means = {window: self._hour.between(now - window, now) for window in WORD_WINDOWS}
            for term, times in self._windows.index.items():
                if len(times) >= 3 and not self._is_ours(term):
                    value = self._word_value(term, times, now, means, 3)[0]
                    if value > 2:
                        words[term] = value
        if words:
            alarm.name(words, [voice.text for voice in self._windows.since(now - HOUR)])

    def _settle(self, now: float) -> None:
        """End an alarm whose cool-down is over."""
        alarm = self.alarm
        if alarm is not None and now - alarm.last > COOL_DOWN:
            self.surges.append(alarm.surge(over=True))
            self.alarm = None

    def found(self, now: float) -> list[Surge]:
        """Return all surges by their beginning, the one that runs at `now` included."""
        if self.alarm is None:
            return list(self.surges)
        return [*self.surges, self.alarm.surge(over=now - self.alarm.last > HOUR)]


def key(message: Heard) -> tuple[float, str, str, str]:
    """The order of messages in a walk."""
    return (message.sent, message.id, message.author, message.text)


def author_of(message: Heard) -> str:
    """Who counts once: the author, or the message itself where nobody is named."""
    return message.author or f"message {message.id}"


def walk(watch: Watch, messages: Iterable[Heard]) -> Watch:
    """Walk over messages in any order; returns the watch."""
    for message in sorted(messages, key=key):
        watch.hear(message)
    return watch
