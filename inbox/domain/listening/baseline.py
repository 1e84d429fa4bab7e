"""What an account usually hears: voices an hour by the hour of its week, learned hour by hour, and how unlikely more is.

A voice is one author, counted at most once in an hour (`surges`). The level is how many voices an average hour has; the
profile is how the hours of the week differ from that; `today` is how the last hours differ from both. All three forget
slowly. An account without history starts from a default profile and is judged calmly until it knows itself better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

HOUR = 3600.0
DAY = 24 * HOUR
SLOT = 600.0
"""Seconds of one step of the rate within an hour."""
_BEFORE = 18
"""Slots before the hour for which rates are known: 180 minutes."""
_SLOTS = _BEFORE + 6

_KNOWN = 20.0
"""Voices from which on the level counts as known, and an hour far above it is cut."""
LEVEL_HALF, PROFILE_HALF = 14.0, 28.0
"""Days."""

_HABIT = 4.0
"""Weight of an hour that is learned as a habit of the account."""

_WEEKDAY = (0.9, 0.5, 0.3, 0.2, 0.2, 0.4, 1.2, 2.6, 4.2, 5.6, 6.3, 6.4, 6.2, 5.9, 5.8, 5.7, 5.8, 6.2, 6.9, 7.6, 7.8, 6.6, 4.3, 2.2)  # fmt: skip
_WEEKEND = (1.4, 0.9, 0.5, 0.3, 0.2, 0.3, 0.6, 1.4, 2.8, 4.3, 5.4, 5.8, 5.8, 5.6, 5.5, 5.6, 5.8, 6.3, 7.2, 8.1, 8.4, 7.2, 4.9, 2.9)  # fmt: skip


def _default_profile() -> tuple[float, ...]:
    """48 factors: the hours of a weekday, then of a day at the weekend, with a mean of 1 over the week."""
    weekday, weekend = [1.08 * value for value in _WEEKDAY], [0.8 * value for value in _WEEKEND]
    mean = (5 * sum(weekday) + 2 * sum(weekend)) / 168
    return tuple(value / mean for value in (*weekday, *weekend))


DEFAULT_PROFILE = _default_profile()


class Hour:
    """The rates of one hour and the three before it: what is expected there, as an integral over time."""

    __slots__ = ("_sums", "group", "shape", "start")

    def __init__(self, start: float, rates: Sequence[float], shape: float, group: int) -> None:
        """`rates`: voices an hour in each slot. `shape`: of the gamma that the rate itself is drawn from."""
        self.start = start
        self.shape = shape
        self.group = group
        self._sums = [0.0]
        for rate in rates:
            self._sums.append(self._sums[-1] + rate * SLOT / HOUR)

    def between(self, since: float, until: float) -> float:
        """Return how many voices are expected between two times of these four hours."""
        return self._until(until) - self._until(since)

    def _until(self, moment: float) -> float:
        at = (moment - self.start) / SLOT + _BEFORE
        if at <= 0:
            return 0.0
        if at >= _SLOTS:
            return self._sums[_SLOTS]
        whole = int(at)
        low = self._sums[whole]
        return low + (self._sums[whole + 1] - low) * (at - whole)


class Baseline:
    """Learned state of one account. Mutable: `end_hour` for each hour in turn; `copy` before trying something."""

    def __init__(self) -> None:
        self.voices = 0.0
        self.factors = 0.0
        self.week_sum = [0.0] * 168
        self.week_count = [0.0] * 168
        self.day_sum = [0.0] * 48
        self.day_count = [0.0] * 48
        self.negative = 0.0
        self.judged = 0.0
        self.recent: list[tuple[float, float]] = []
        """(voices, expected) of the last whole hours, oldest first; (0, 0) for those that do not count."""
        self.first: float | None = None
        """When the first voice was sent; seconds since 1970."""
        self.watched: float | None = None
        """When the first voice was sent that was no history: what came before may be known in part only."""

    def copy(self) -> Baseline:
        """Return one that can be changed without changing this."""
        other = Baseline()
        for name, value in vars(self).items():
            setattr(other, name, value[:] if isinstance(value, list) else value)
        return other

    # -- what it knows ---------------------------------------------------------------------------------------

    @property
    def level(self) -> float:
        """Voices in an average hour."""
        return (self.voices + 1) / (self.factors + 3)

    @property
    def negative_share(self) -> float:
        """The usual share of negative voices."""
        return (self.negative + 6) / (self.judged + 20)

    def factor(self, place: Place) -> float:
        """How an hour of the week differs from an average one."""
        week, group = place
        of_day = (self.day_sum[group] + 8 * DEFAULT_PROFILE[group]) / (self.day_count[group] + 8)
        return (self.week_sum[week] + 6 * of_day) / (self.week_count[week] + 6)

    def hour(self, start: float, places: Places) -> Hour:
        """Return the rates of the hour that begins at `start` (seconds since 1970, a whole hour)."""
        today = self._today()
        level = self.level
        around = [level * self.factor(places(start + n * HOUR)) * today for n in range(-4, 2)]
        rates = []
        for slot in range(_SLOTS):
            middle = (
                slot - _BEFORE + 0.5
            ) * SLOT / HOUR + 3.5  # in hours from the middle of the first one around
            whole = min(max(int(middle), 0), 4)
            part = middle - whole
            rates.append(around[whole] * (1 - part) + around[whole + 1] * part)
        group = places(start)[1]
        spread = 1 / 8 + 1 / (self.voices + 1) + 0.6 / (1 + self.day_count[group])
        return Hour(start, rates, 1 / spread, group)

    def _today(self) -> float:
        seen = self.recent[-6:-1]
        return (6 + sum(n for n, _ in seen)) / (6 + sum(e for _, e in seen))

    # -- what it learns --------------------------------------------------------------------------------------

    def end_hour(self, start: float, voices: int, negative: int, places: Places) -> None:
        """Learn from one hour that has been read throughout."""
        place = places(start)
        level, factor = self.level, self.factor(place)
        expected = level * factor
        counted = float(voices)
        if self.voices > _KNOWN:
            counted = min(counted, 3 * expected + 3)
        self.voices += counted
        self.factors += factor
        week, group = place
        for sums, counts, at in (
            (self.week_sum, self.week_count, week),
            (self.day_sum, self.day_count, group),
        ):
            sums[at] += counted / level
            counts[at] += 1
        self.negative += negative
        self.judged += voices
        self.recent = [*self.recent[-6:], (counted, expected)]

    def learn_habit(self, hours: Sequence[tuple[float, int]], places: Places, *, weekly: bool) -> None:
        """Learn hours that are loud again and again, each as (beginning, voices): what was known of them counts little."""
        level = self.level
        for start, _ in hours:
            self._fade(places(start), weekly)
        for start, voices in hours:
            week, group = places(start)
            self.week_sum[week] += _HABIT * voices / level
            self.week_count[week] += _HABIT
            if not weekly:
                self.day_sum[group] += _HABIT * voices / level
                self.day_count[group] += _HABIT

    def _fade(self, place: Place, weekly: bool) -> None:
        week, group = place
        self.week_sum[week] *= 0.3
        self.week_count[week] *= 0.3
        if not weekly:
            self.day_sum[group] *= 0.5
            self.day_count[group] *= 0.5

    def skip_hour(self) -> None:
        """Pass over an hour that was not read, or in which something special went on."""
        self.recent = [*self.recent[-6:], (0.0, 0.0)]

    def end_day(self) -> None:
        """Forget a little."""
        level, profile = 0.5 ** (1 / LEVEL_HALF), 0.5 ** (1 / PROFILE_HALF)
        self.voices *= level
        self.factors *= level
        self.negative *= profile
        self.judged *= profile
        for values in (self.week_sum, self.week_count, self.day_sum, self.day_count):
            values[:] = [value * profile for value in values]

    # -- as JSON ---------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: _rounded(value) for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Baseline:
        """Read what `to_json` returned. Raises ValueError, TypeError or KeyError where it is something else."""
        found = cls()
        for name, default in list(vars(found).items()):
            value = kept[name]
            if isinstance(default, list):
                if default and len(value) != len(default):
                    raise ValueError(name)
                value = [tuple(map(float, v)) if name == "recent" else float(v) for v in value]
            elif value is not None:
                value = float(value)
            setattr(found, name, value)
        return found


def _rounded(value: Any) -> Any:
    return [list(v) if isinstance(v, tuple) else v for v in value] if isinstance(value, list) else value


# -- hours of the week --------------------------------------------------------------------------------------

Place = tuple[int, int]
"""(hour of the week 0-167, hour of the day 0-23 or 24-47 at the weekend)"""
Places = Callable[[float], Place]


def places_in(zone: tzinfo, is_holiday: Callable[[Any], bool] = lambda _: False) -> Places:
    """Return a function from an instant to its place in the week by the wall clock; a holiday is a Sunday."""

    @lru_cache(maxsize=4096)
    def place(moment: float) -> Place:
        local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
        day = 6 if is_holiday(local.date()) else local.weekday()
        return day * 24 + local.hour, local.hour + (24 if day >= 5 else 0)

    return place


# -- how unlikely -------------------------------------------------------------------------------------------


def unlikely(count: int, mean: float, shape: float) -> float:
    """Return -ln of the probability of at least `count`, of a negative binomial with this mean and shape; 0 at the mean."""
    if count <= 0 or mean <= 0:
        return 0.0
    growth = mean / (mean + shape)
    log_first = (
        math.lgamma(count + shape)
        - math.lgamma(shape)
        - math.lgamma(count + 1)
        + shape * math.log(shape / (shape + mean))
        + count * math.log(growth)
    )
    ratio = (count + shape) / (count + 1) * growth
    if ratio >= 1:
        return 0.0  # below the mode: nothing unlikely
    if ratio > 0.98:  # hundreds of terms: bounded by the geometric series, within a few tenths
        return max(0.0, -log_first + math.log(1 - ratio))
    total = term = 1.0
    at = count
    while term > 1e-6:
        term *= (at + shape) / (at + 1) * growth
        total += term
        at += 1
    return max(0.0, -(log_first + math.log(total)))
