"""How well people are answered: what is counted of waits, and how the figures come about.

A wait begins with a customer's message and ends with our answer or a resolve. What counts in a period are the waits
that ended in it, and those that run now. Left out are what was filed as history, what the customer took back, what
runs in spam, and search hits that nobody took: nobody waited there for us (BEHAVIOUR.md#surfaces, BEHAVIOUR.md#timers).

Response times are measured twice: by the clock on the wall, as the customer feels them, and in service hours, as the
target means them. "In time" is by the due time, so by service hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from inbox.domain import dates
from inbox.domain.durations import duration
from inbox.domain.hours import NeverOpen, ServiceHours
from inbox.domain.model import FIRST
from inbox.domain.records import Record, field, replace

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
    in_time: bool | None = None
    """Of an ended wait, as it was judged when it ended; None: by `due_at`."""
    breached: bool = False
    """Of a running one: it was overdue under an earlier policy."""
    proactive: bool = False
    """The first answer to a search hit: nobody had asked us."""


class Automatic(Record, kw_only=True):
    """A message of ours that no person wrote."""

    account: str
    at: datetime


class Closed(Record, kw_only=True):
    """A matter that was resolved. `due_at` None: no target was set."""

    account: str
    agent: str | None
    since: datetime
    ended_at: datetime
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
    automatic: int = 0
    """Messages of ours that no person wrote; they answered nobody."""
    proactive: int = 0
    """First answers to search hits, counted in none of the others."""
    closed_in_time: int = 0
    """Of the matters in `closed` with a target, those within it."""
    closed_with_target: int = 0
    closed: Times = Times()
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
    changes: Sequence[datetime] = ()
    """When timer policies changed within the period: what ended before is judged by the earlier ones."""
    target: timedelta | None = None
    """By which everything was judged in place of its own target, where somebody asked for that."""


def beginning(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The instant a period begins with: a date, or a duration before `now`.

    Whole days begin at midnight and today is one of them: `7d` is today and the six days before it. Raises ValueError
    for what is neither, and for what is still to come.
    """
    today = now.astimezone(zone).date()
    if (day := dates.day(text, today, ahead=False)) is not None:
        since = _midnight(day, zone)
    else:
        length = _length(text)
        if not length:
            raise ValueError(f"{text!r} is no time at all; write for example 7d or 2026-11-01")
        since = _midnight(today - length + _DAY, zone) if not length % _DAY else now - length
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
    waits: Iterable[Wait],
    passed: Iterable[PassedOn],
    hours: ServiceHours,
    since: datetime,
    until: datetime,
    *,
    automatic: Iterable[Automatic] = (),
    closed: Iterable[Closed] = (),
    target: timedelta | None = None,
) -> Statistics:
    """All figures of a period, in one walk. `waits`: those that ended in it, and those that run at `until`. `target`:
    judge them by this one instead."""
    known = [_by_target(wait, hours, target) for wait in waits]
    served = _Served(hours, min((w.since for w in known), default=since), until)
    total, accounts, agents, days = _Counted(), _Groups(), _Groups(), _Groups()

    def counted(account: str, agent: str | None, at: datetime) -> Iterator[_Counted]:
        yield from (total, accounts[account], agents[agent], days[at.astimezone(hours.zone).date()])

    for wait in known:
        for figures in counted(wait.account, wait.agent, wait.ended_at or wait.since):
            figures.take(wait, served, until)
    for reply in passed:
        for figures in counted(reply.account, reply.agent, reply.at):
            figures.passed_on += 1
    for message in automatic:
        for figures in (total, accounts[message.account], days[message.at.astimezone(hours.zone).date()]):
            figures.automatic += 1
    for case in closed:
        for figures in counted(case.account, case.agent, case.ended_at):
            figures.close(case)
    first = since.astimezone(hours.zone).date()
    return Statistics(
        since=since,
        until=until,
        total=total.figures(),
        accounts={str(name): accounts[name].figures() for name in sorted(accounts, key=str)},
        agents={name: agents[name].figures() for name in sorted(agents, key=lambda n: (n is None, n or ""))},
        days={day: days[day].figures() for day in sorted(days) if day >= first},
        target=target,
    )


def _by_target(wait: Wait, hours: ServiceHours, target: timedelta | None) -> Wait:
    if target is None or wait.proactive:
        return wait
    try:
        due = hours.add(wait.since, target)
    except NeverOpen:
        due = None
    return replace(wait, due_at=due, in_time=None, breached=False)


class _Groups(dict):  # type: ignore[type-arg]  # keys are names or days
    def __missing__(self, key: object) -> _Counted:
        self[key] = counted = _Counted()
        return counted


class _Counted:
    """What is gathered of one group."""

    def __init__(self) -> None:
        self.in_time = self.resolved = self.unanswered = self.overdue = self.passed_on = 0
        self.automatic = self.proactive = self.closed_in_time = self.closed_with_target = 0
        self.closed: list[float] = []
        self.seconds: dict[str, list[float]] = {
            "first": [],
            "next": [],
            "first_service": [],
            "next_service": [],
        }

    def take(self, wait: Wait, served: _Served, now: datetime) -> None:
        if wait.ended_at is None:
            self.unanswered += 1
            self.overdue += wait.breached or (wait.due_at is not None and wait.due_at < now)
        elif wait.proactive:
            self.proactive += wait.how != RESOLVED
        elif wait.how == RESOLVED:
            self.resolved += 1
        else:
            kind = "first" if wait.kind == FIRST else "next"
            by_due = wait.due_at is None or wait.ended_at <= wait.due_at
            self.in_time += by_due if wait.in_time is None else wait.in_time
            self.seconds[kind].append((wait.ended_at - wait.since).total_seconds())
            self.seconds[f"{kind}_service"].append(served.between(wait.since, wait.ended_at))

    def close(self, case: Closed) -> None:
        self.closed.append((case.ended_at - case.since).total_seconds())
        self.closed_with_target += case.due_at is not None
        self.closed_in_time += case.due_at is not None and case.ended_at <= case.due_at

    def figures(self) -> Figures:
        return Figures(
            answered=len(self.seconds["first"]) + len(self.seconds["next"]),
            in_time=self.in_time,
            resolved=self.resolved,
            unanswered=self.unanswered,
            overdue=self.overdue,
            passed_on=self.passed_on,
            automatic=self.automatic,
            proactive=self.proactive,
            closed_in_time=self.closed_in_time,
            closed_with_target=self.closed_with_target,
            closed=times(self.closed),
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
