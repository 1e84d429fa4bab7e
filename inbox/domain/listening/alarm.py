"""An alarm while it runs, and the surge that is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inbox.domain.listening.tokens import spelling
from inbox.domain.records import Record

if TYPE_CHECKING:
    from inbox.domain.listening.baseline import Hour

ALL, NEGATIVE, WORDS = "all", "negative", "words"
YELLOW, RED = "yellow", "red"
NAMED = 3


class Surge(Record, kw_only=True):
    """A surge as it is told. Times are seconds since 1970.

    `until` None: it runs. `at`: when it could first be said; None where it was over, or nearly, before it was read.
    `red_at`: since when it is red. `negative`: share of negative voices. `words`: as people wrote them, strongest first.
    """

    since: float
    until: float | None
    tier: str
    voices: int
    expected: float
    negative: float
    words: tuple[str, ...]
    channel: str
    at: float | None = None
    red_at: float | None = None

    @property
    def times(self) -> float:
        """How many times as many voices as usual."""
        return self.voices / max(self.expected, 0.1)


class Alarm:
    """What is known of an alarm so far. Mutable; `copy` before walking on from it."""

    def __init__(self, *, channel: str, since: float, counted_to: float) -> None:
        self.channel = channel
        self.since = since
        self.counted_to = counted_to
        self.last = 0.0
        """When a value was last above half of its threshold."""
        self.voices = 0
        self.negative = 0
        self.expected = 0.0
        self.confirmed: tuple[int, int, float] = (0, 0, 0.0)
        """Voices, negative ones and expected ones up to `last`: a calm hour at its end does not count."""
        self.words: dict[str, float] = {}
        self.names: tuple[str, ...] = ()
        self.named: tuple[str, ...] = ()
        self.named_at = 0.0
        self.red_at: float | None = None
        self.at: float | None = None

    def copy(self) -> Alarm:
        """Return one that can be changed without changing this."""
        other = Alarm(channel=self.channel, since=self.since, counted_to=self.counted_to)
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if isinstance(value, dict) else value)
        return other

    def pass_time(self, now: float, hour: Hour) -> None:
        """Add what was to be expected until `now`, which lies in or at the end of `hour`."""
        if now > self.counted_to:
            self.expected += hour.between(self.counted_to, now)
            self.counted_to = now

    def count(self, negative: bool) -> None:
        """Count one voice."""
        self.voices += 1
        self.negative += negative

    def keep_up(self, now: float) -> None:
        """It is loud at `now`."""
        self.last = now
        self.confirmed = (self.voices, self.negative, self.expected)

    def name(self, words: Mapping[str, float], texts: Sequence[str]) -> None:
        """Name it after the strongest of some words, as they are written in `texts`."""
        chosen = strongest(words)
        if chosen != self.named:
            self.named = chosen
            self.names = tuple(spelling(term, texts) for term in chosen)

    def surge(self, *, over: bool) -> Surge:
        """Return it as it is told."""
        voices, negative, expected = self.confirmed
        return Surge(
            since=self.since,
            until=self.last if over else None,
            tier=YELLOW if self.red_at is None else RED,
            voices=voices,
            expected=expected,
            negative=negative / voices if voices else 0.0,
            words=self.names,
            channel=self.channel,
            at=self.at,
            red_at=self.red_at,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Alarm:
        """Read what `to_json` returned. Raises ValueError, TypeError or KeyError where it is something else."""
        found = cls(
            channel=str(kept["channel"]), since=float(kept["since"]), counted_to=float(kept["counted_to"])
        )
        for name, default in list(vars(found).items()):
            setattr(found, name, tuple(kept[name]) if isinstance(default, tuple) else kept[name])
        return found


def strongest(words: Mapping[str, float]) -> tuple[str, ...]:
    """Return the best three terms; a word that a better term holds is left out, and of equals the pair is taken."""
    chosen: list[str] = []
    taken: set[str] = set()
    for term in sorted(words, key=lambda one: (-words[one] - 0.5 * one.count(" "), one)):
        parts = term.split(" ")
        if len(chosen) < NAMED and not taken.intersection(parts):
            chosen.append(term)
            taken.update(parts)
    return tuple(chosen)
