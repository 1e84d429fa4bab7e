"""Service hours: when somebody is there, and how much of that time lies between two instants.

Intervals belong to the local day on which they begin and may run over midnight. The clock on the wall decides
what is open; what counts is real elapsed time, so the days the clocks change need no special case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = time(0)

# One open minute a week still reaches any sensible target within this; a calendar without hours ends here too.
HORIZON_DAYS = 4000
IDLE_DAYS = 800
"""After so many days in a row without a second of service the calendar counts as never open."""


class NeverOpen(Exception):
    """The calendar has no service time (any more)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From one wall-clock time to another; `closes` at or before `opens` means on the next day. `00:00-00:00`
    is the whole day, written `00:00-24:00`."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of real time, both ends UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ServiceHours:
    zone: ZoneInfo
    week: Mapping[str, tuple[Interval, ...]]
    """Day name (`mon` ... `sun`) to its intervals; a missing day is closed."""
    holidays: frozenset[date] = frozenset()
    _days: dict[date, tuple[Stretch, ...]] = field(default_factory=dict, repr=False, compare=False)

    def day(self, day: date) -> tuple[Stretch, ...]:
        """The stretches that begin on a local day, in order, overlaps joined."""
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = tuple(self._build(day))
        return known

    def _build(self, day: date) -> Iterator[Stretch]:
        if day in self.holidays:
            return
        joined: list[Stretch] = []
        for interval in sorted(self.week.get(DAYS[day.weekday()], ()), key=lambda i: i.opens):
            start = datetime.combine(day, interval.opens, self.zone).astimezone(UTC)
            last = day if interval.closes > interval.opens else day + timedelta(days=1)
            end = datetime.combine(last, interval.closes, self.zone).astimezone(UTC)
            if end <= start:
                continue
            if joined and start <= joined[-1].end:
                joined[-1] = Stretch(joined[-1].start, max(joined[-1].end, end))
            else:
                joined.append(Stretch(start, end))
        yield from joined

    def stretches(self, start: datetime) -> Iterator[Stretch]:
        """Service time from `start` on, clipped to it, in order and without overlap."""
        moment = start.astimezone(UTC)
        day = moment.astimezone(self.zone).date() - timedelta(days=1)
        reached, idle = moment, 0
        for _ in range(HORIZON_DAYS):
            idle += 1
            for stretch in self.day(day):
                begin = max(stretch.start, reached)
                if begin < stretch.end:
                    idle = 0
                    reached = stretch.end
                    yield Stretch(begin, stretch.end)
            if idle > IDLE_DAYS:
                return
            day += timedelta(days=1)

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The earliest instant at which `work` of service time has passed since `start`.

        Both are aware; the result is UTC. Raises NeverOpen if the calendar has not that much time.
        """
        if work <= timedelta(0):
            return start.astimezone(UTC)
        left = work
        for stretch in self.stretches(start):
            length = stretch.end - stretch.start
            if length >= left:
                return stretch.start + left
            left -= length
        raise NeverOpen

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Service time from `start` to `end`; negative if `end` is earlier."""
        if end < start:
            return -self.between(end, start)
        total = timedelta(0)
        for stretch in self.stretches(start):
            if stretch.start >= end:
                break
            total += min(stretch.end, end) - stretch.start
        return total

    def is_open(self, now: datetime) -> bool:
        return self.opens_at(now) is None

    def opens_at(self, now: datetime) -> datetime | None:
        """When service resumes; None while it is open. Raises NeverOpen."""
        for stretch in self.stretches(now):
            return None if stretch.start <= now else stretch.start
        raise NeverOpen


ALWAYS = ServiceHours(ZoneInfo("UTC"), {day: (Interval(MIDNIGHT, MIDNIGHT),) for day in DAYS})
"""Round the clock."""
