"""Service hours: when somebody is there, and how much of that time lies between two instants.

Intervals belong to the local day on which they begin and may run over midnight. The clock on the wall decides
what is open; what counts is real elapsed time, so the days the clocks change need no special case. An interval
that begins or ends at a time the clocks skip or show twice is read as calendars read it (RFC 5545, 3.3.5):
02:30 in the spring night is an hour after 01:30, 02:30 in the autumn night is the first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inbox.domain.records import Record, field

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = time(0)

HORIZON = timedelta(days=4000)
"""What service time does not reach within this is never reached; one open minute a week makes nine hours of it."""
IDLE_DAYS = 800
"""After so many days in a row without a second of service the calendar counts as never open."""


class NeverOpen(Exception):
    """The calendar has no service time (any more), or far too little of it."""


class Interval(Record):
    """From one wall-clock time to another; `closes` at or before `opens` means on the next day. `00:00-00:00`
    is the whole day, written `00:00-24:00`."""

    opens: time
    closes: time


class Stretch(Record):
    """A span of real time, both ends UTC."""

    start: datetime
    end: datetime


def _without(stretch: Stretch, start: datetime, end: datetime) -> Iterator[Stretch]:
    """What is left of a stretch beside a closed span."""
    if end <= stretch.start or start >= stretch.end:
        yield stretch
        return
    if stretch.start < start:
        yield Stretch(stretch.start, start)
    if end < stretch.end:
        yield Stretch(end, stretch.end)


class ServiceHours(Record, eq=False):
    zone: ZoneInfo
    week: Mapping[str, tuple[Interval, ...]]
    """Day name (`mon` ... `sun`) to its intervals; a missing day is closed."""
    holidays: frozenset[date] = frozenset()
    closed: tuple[tuple[datetime, datetime], ...] = ()
    """Spans of real time without service, such as a team meeting of the calendar: (from, until), by their beginning."""
    _days: dict[date, tuple[Stretch, ...]] = field(default_factory=dict)

    def day(self, day: date) -> tuple[Stretch, ...]:
        """The stretches that begin on a local day, by their beginning; they may overlap."""
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = () if day in self.holidays else tuple(self._build(day))
        return known

    def _build(self, day: date) -> list[Stretch]:
        placed = [self._placed(day, interval) for interval in self.week.get(DAYS[day.weekday()], ())]
        # Sorted as instants: where the clocks skip an hour, 02:30 comes after 03:00; some they skip wholly.
        stretches = [s for s in placed if s.start < s.end]
        for start, end in self.closed:
            stretches = [piece for s in stretches for piece in _without(s, start, end)]
        return sorted(stretches, key=lambda s: s.start)

    def _placed(self, day: date, interval: Interval) -> Stretch:
        last = day if interval.closes > interval.opens else day + timedelta(days=1)
        return Stretch(
            datetime.combine(day, interval.opens, self.zone).astimezone(UTC),
            datetime.combine(last, interval.closes, self.zone).astimezone(UTC),
        )

    def stretches(self, start: datetime) -> Iterator[Stretch]:
        """Service time from `start` on, clipped to it, in order and without overlap.

        Ends only where the calendar never opens again (or with the year 9998).
        """
        reached = start.astimezone(UTC)
        # A night may still be open, even over a day that the calendar left out (Samoa, 30 December 2011).
        day = reached.astimezone(self.zone).date() - timedelta(days=2)
        idle = 0
        while idle <= IDLE_DAYS and day.year < date.max.year:
            idle += 1
            for stretch in self.day(day):
                begin = max(stretch.start, reached)
                if begin < stretch.end:
                    idle = 0
                    reached = stretch.end
                    yield Stretch(begin, stretch.end)
            day += timedelta(days=1)

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The earliest instant at which `work` of service time has passed since `start`.

        `start` is aware, the result is UTC; no work is done at once, open or not. Raises NeverOpen if the
        calendar has not that much time.
        """
        moment = start.astimezone(UTC)
        if work <= timedelta(0):
            return moment
        left = work
        for stretch in self.stretches(moment):
            if stretch.start - moment > HORIZON:
                break
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
        """At `now` exactly: the opening minute is open, the closing minute is not."""
        first = next(self.stretches(now), None)
        return first is not None and first.start <= now

    def opens_at(self, now: datetime) -> datetime | None:
        """When service resumes (UTC); None while it is open. Raises NeverOpen."""
        first = next(self.stretches(now), None)
        if first is None:
            raise NeverOpen
        return None if first.start <= now else first.start

    def resumes_at(self, now: datetime) -> datetime | None:
        """As `opens_at`; None also where service never opens again."""
        try:
            return self.opens_at(now)
        except NeverOpen:
            return None
