"""How often each word and pair is used: the background against which words at once stand out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from inbox.domain.listening.baseline import DAY, HOUR

HALF = 14 * DAY
LAG = 2
"""Hours before the one that is judged which are not known yet: a word must not explain itself."""
_LEAST, _LEAST_OF_PAIR = 0.3, 0.7
"""Weight below which a word or a pair is forgotten: used once, 24 or 7 days ago."""
LARGEST = 60_000
"""Words and pairs that are kept of one account."""
_RENEWED = 1e6


class Background:
    """Weights of words, halved every two weeks. The words of the latest hours are kept apart and added when asked for.

    A weight is kept as if it were of the day `_zero`: later words weigh more instead of earlier ones less, so one
    addition is all that a word costs.
    """

    def __init__(self) -> None:
        self._shared = False
        """Whether the weights belong to another one as well: then hours stay apart."""
        self._weights: dict[str, float] = {}
        self._total = 0.0
        self._zero = 0.0
        self._hours: list[tuple[float, Counter[str], int]] = []
        self._now: Counter[str] = Counter()
        self._heard = 0
        self._latest = 0.0

    def copy(self) -> Background:
        """Return one for a walk that may be given up: it shares the weights and so never adds to them."""
        other = Background()
        for name, value in vars(self).items():
            setattr(other, name, value)
        other._hours = self._hours.copy()
        other._now = self._now.copy()
        other._shared = True
        return other

    def add(self, terms: Iterable[str]) -> None:
        """Count one voice of the hour that runs."""
        self._now.update(terms)
        self._heard += 1

    def end_hour(self, start: float) -> None:
        """Put the words of an hour away."""
        if self._heard:
            self._hours.append((start, self._now, self._heard))
            self._now, self._heard = Counter(), 0
        self._latest = start
        while self._hours and not self._shared and self._hours[0][0] < start - LAG * HOUR:
            self._fold()

    def _fold(self) -> None:
        """Add the oldest hour that is kept apart to the weights, for good."""
        start, words, heard = self._hours.pop(0)
        if not self._zero:
            self._zero = start
        weight = self._weight(start)
        weights = self._weights
        for word, count in words.items():
            weights[word] = weights.get(word, 0.0) + count * weight
        self._total += heard * weight

    def _weight(self, moment: float) -> float:
        return float(2 ** ((moment - self._zero) / HALF)) if self._zero else 1.0

    def share(self, term: str, start: float) -> float:
        """Return in which part of all voices a term is used, as known in the hour that begins at `start`."""
        now = self._weight(start)
        used, total = self._weights.get(term, 0.0) / now, self._total / now
        for hour, words, heard in self._hours:
            if hour <= start - LAG * HOUR:
                used += words.get(term, 0)
                total += heard
        return (used + 0.5) / (total + 60)

    def prune(self) -> None:
        """Forget words that have become rare; call it once a day. The hours kept apart are not touched."""
        now = self._weight(self._latest)
        renew = now > _RENEWED
        by = now if renew else 1.0
        least, of_pair = _LEAST * now, _LEAST_OF_PAIR * now
        self._weights = {
            word: weight / by
            for word, weight in self._weights.items()
            if weight >= (of_pair if " " in word else least)
        }
        if len(self._weights) > LARGEST:
            least = sorted(self._weights.values())[-LARGEST]
            self._weights = {word: weight for word, weight in self._weights.items() if weight > least}
        if renew:
            self._total /= by
            self._zero = self._latest

    def to_json(self) -> dict[str, Any]:
        """Return weights as of the zero day, and the hours kept apart."""
        return {
            "zero": self._zero,
            "total": self._total,
            "latest": self._latest,
            "weights": {word: round(weight, 4) for word, weight in self._weights.items()},
            "hours": [[start, dict(words), heard] for start, words, heard in self._hours],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Background:
        """Read what `to_json` returned. Raises ValueError, TypeError or KeyError where it is something else."""
        found = cls()
        found._zero, found._total = float(kept["zero"]), float(kept["total"])
        found._latest = float(kept["latest"])
        found._weights = {str(word): float(weight) for word, weight in kept["weights"].items()}
        found._hours = [(float(s), Counter(words), int(heard)) for s, words, heard in kept["hours"]]
        return found
