"""How well people are answered: what is counted of waits, and how the figures come about.

A wait begins with a customer's message and ends with our answer or a resolve. What counts in a period are the waits
that ended in it, and those that run now. Left out are what was filed as history, spam, and search hits that nobody
took: nobody waited there for us (product.md sections 2 and 3).

Response times are measured twice: by the clock on the wall, as the customer feels them, and in service hours, as the
target means them. "In time" is by the due time, so by service hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from inbox.domain.durations import duration
from inbox.domain.hours import ServiceHours
from inbox.domain.model import FIRST
from inbox.domain.records import Record, field

ANSWERED, RESOLVED, RUNNING = "answered", "resolved", "running"
DEFAULT = "7d"
"""Today and the six days before it."""
_DAY = timedelta(days=1)


class Wait(Record, kw_only=True):
    """One wait. `how`: "answered", "resolved" without an answer, or "running", then `ended_at` is None. `agent`:
    who ended it, or to whom its conversation is assigned; None where nobody."""

    account: str
    agent: str | None
    kind: str
    how: str
    since: datetime
    ended_at: datetime | None = None
    due_at: datetime | None = None


class PassedOn(Record, kw_only=True):
    """A reply that went out and only sent the customer on to a hotline or desk."""

    account: str
    agent: str | None
    at: datetime


class Times(Record, kw_only=True):
    """Of `count` answers the median and the time within which nine of ten came; None where there was none."""

    count: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None


class Figures(Record, kw_only=True):
    """`in_time` of `answered`; `resolved` without an answer; `unanswered` now, `overdue` of them; `passed_on`."""

    answered: int = 0
    in_time: int = 0
    resolved: int = 0
    unanswered: int = 0
    overdue: int = 0
    passed_on: int = 0
    first: Times = Times()
    next: Times = Times()
    first_service: Times = Times()
    next_service: Times = Times()

    @property
    def share(self) -> float | None:
        """Of the answers, those within the target; None where there was none."""
        return self.in_time / self.answered if self.answered else None


class Statistics(Record, kw_only=True):
    """Figures of the period, in all and apart. `days` are those of the service time zone, oldest first; a wait that
    runs stands in the day on which it began, if that lies in the period."""

    since: datetime
    until: datetime
    total: Figures
    accounts: Mapping[str, Figures] = field(default_factory=dict)
    agents: Mapping[str | None, Figures] = field(default_factory=dict)
    days: Mapping[date, Figures] = field(default_factory=dict)


def beginning(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The instant a period begins with: a date, or a duration before `now`.

    Whole days begin at midnight and today is one of them: `7d` is today and the six days before it. Raises ValueError
    for what is neither, and for what is still to come.
    """
    try:
        since = _midnight(date.fromisoformat(text.strip()), zone)
    except ValueError:
        length = _length(text)
        today = now.astimezone(zone).date()
        since = _midnight(today - length + _DAY, zone) if length and not length % _DAY else now - length
    if since >= now:
        raise ValueError(f"{text!r} is still to come; write for example 7d or 2026-11-01")
    return since


def _length(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a duration nor a date; write for example 7d or 2026-11-01"
        ) from None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def summed(
    waits: Iterable[Wait], passed: Iterable[PassedOn], hours: ServiceHours, since: datetime, until: datetime
) -> Statistics:
    """All figures of a period, in one walk. `waits`: those that ended in it, and those that run at `until`."""
    known = list(waits)
    served = _Served(hours, min((w.since for w in known), default=since), until)
    total, accounts, agents, days = _Counted(), _Groups(), _Groups(), _Groups()
    for wait in known:
        day = (wait.ended_at or wait.since).astimezone(hours.zone).date()
        for counted in (total, accounts[wait.account], agents[wait.agent], days[day]):
            counted.take(wait, served, until)
    for reply in passed:
        day = reply.at.astimezone(hours.zone).date()
        for counted in (total, accounts[reply.account], agents[reply.agent], days[day]):
            counted.passed_on += 1
    first = since.astimezone(hours.zone).date()
    return Statistics(
        since=since,
        until=until,
        total=total.figures(),
        accounts={str(name): accounts[name].figures() for name in sorted(accounts, key=str)},
        agents={name: agents[name].figures() for name in sorted(agents, key=lambda n: (n is None, n or ""))},
        days={day: days[day].figures() for day in sorted(days) if day >= first},
    )


class _Groups(dict):  # type: ignore[type-arg]  # keys are names or days
    def __missing__(self, key: object) -> _Counted:
        self[key] = counted = _Counted()
        return counted


class _Counted:
    """What is gathered of one group."""

    def __init__(self) -> None:
        self.in_time = self.resolved = self.unanswered = self.overdue = self.passed_on = 0
        self.seconds: dict[str, list[float]] = {
            "first": [],
            "next": [],
            "first_service": [],
            "next_service": [],
        }

    def take(self, wait: Wait, served: _Served, now: datetime) -> None:
        if wait.ended_at is None:
            self.unanswered += 1
            self.overdue += wait.due_at is not None and wait.due_at < now
        elif wait.how == RESOLVED:
            self.resolved += 1
        else:
            kind = "first" if wait.kind == FIRST else "next"
            self.in_time += wait.due_at is None or wait.ended_at <= wait.due_at
            self.seconds[kind].append((wait.ended_at - wait.since).total_seconds())
            self.seconds[f"{kind}_service"].append(served.between(wait.since, wait.ended_at))

    def figures(self) -> Figures:
        return Figures(
            answered=len(self.seconds["first"]) + len(self.seconds["next"]),
            in_time=self.in_time,
            resolved=self.resolved,
            unanswered=self.unanswered,
            overdue=self.overdue,
            passed_on=self.passed_on,
            **{kind: times(seconds) for kind, seconds in self.seconds.items()},
        )


def times(seconds: Sequence[float]) -> Times:
    """The middle (of two: between them), and the nearest rank at nine tenths."""
    if not seconds:
        return Times()
    ordered = sorted(seconds)
    count = len(ordered)
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    ninth = ordered[-(-count * 9 // 10) - 1]
    return Times(count=count, median=timedelta(seconds=median), p90=timedelta(seconds=ninth))


class _Served:
    """Service time between instants of a span, for a hundred thousand of them: `hours.between` would walk over the
    days for each."""

    def __init__(self, hours: ServiceHours, start: datetime, end: datetime) -> None:
        self.starts, self.ends, self.before = list[float](), list[float](), list[float]()
        total = 0.0
        for stretch in hours.stretches(start):
            if stretch.start >= end:
                break
            self.starts.append(stretch.start.timestamp())
            self.ends.append(stretch.end.timestamp())
            self.before.append(total)
            total += self.ends[-1] - self.starts[-1]

    def between(self, start: datetime, end: datetime) -> float:
        """In seconds."""
        return self._until(end.timestamp()) - self._until(start.timestamp())

    def _until(self, moment: float) -> float:
        at = bisect_right(self.starts, moment) - 1
        return self.before[at] + min(moment, self.ends[at]) - self.starts[at] if at >= 0 else 0.0
