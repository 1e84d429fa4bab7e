"""Targets and timers: by when an answer is due, and how things stand now.

`due_at` follows from facts and policy alone; the state follows from `due_at` and `now`. Nothing here is stored
but what `lifecycle.settle` writes into the head as a pure function of both (product.md section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from inbox.domain.hours import NeverOpen, ServiceHours, Stretch
from inbox.domain.model import FIRST, Conversation, Status, Surface
from inbox.domain.queue import effective_deadline, waits
from inbox.domain.records import Record
from inbox.domain.reply import Rule, rules


class TimerState(StrEnum):
    NONE = "none"
    RUNNING = "running"
    DUE_SOON = "due_soon"
    BREACHED = "breached"


class Policy(Record, kw_only=True):
    """A row of `[[timers.policy]]`: conditions (None: any) and targets (None: the default)."""

    name: str = ""
    account: str | None = None
    surface: str | None = None
    priority: str | None = None
    tag: str | None = None
    first: timedelta | None = None
    next: timedelta | None = None

    def fits(self, conversation: Conversation) -> bool:
        return (
            self.account in (None, conversation.account)
            and self.surface in (None, conversation.surface.value)
            and self.priority in (None, conversation.priority.value)
            and (self.tag is None or self.tag in conversation.tags)
        )

    def target(self, kind: str) -> timedelta | None:
        return self.first if kind == FIRST else self.next

    def words(self) -> str:
        parts = [
            f"{name} {value}"
            for name in ("account", "surface", "priority", "tag")
            if (value := getattr(self, name))
        ]
        return ", ".join(parts) or "everything"


class Timers(Record, kw_only=True):
    """Everything that decides when an answer is due."""

    hours: ServiceHours
    first: timedelta = timedelta(hours=3)
    next: timedelta = timedelta(hours=3)
    warn_before: timedelta = timedelta(minutes=30)
    policies: Sequence[Policy] = ()
    human_agent: frozenset[str] = frozenset()
    """Accounts that may answer on Messenger for seven days (a reviewed feature of the app)."""

    def policy(self, conversation: Conversation) -> Policy | None:
        """The first that fits decides alone."""
        return next((policy for policy in self.policies if policy.fits(conversation)), None)

    def target(self, conversation: Conversation, kind: str) -> timedelta:
        policy = self.policy(conversation)
        named = policy.target(kind) if policy else None
        if named is not None:
            return named
        return self.first if kind == FIRST else self.next

    def due(
        self, conversation: Conversation, since: datetime, kind: str
    ) -> tuple[datetime | None, datetime | None]:
        """(due at, due soon from) of a wait. Both None where service never opens, and for the first answer to
        a search hit that nobody took."""
        if conversation.surface is Surface.SEARCH and kind == FIRST and conversation.assignee is None:
            return None, None
        target = self.target(conversation, kind)
        try:
            due = self.hours.add(since, target)
            soon = self.hours.add(since, max(target - self.warn_before, timedelta(0)))
        except NeverOpen:
            return None, None
        return due, soon


class Timer(Record, kw_only=True):
    """How a conversation's timer stands at one moment. `remaining` is wall-clock and negative after the breach.

    `resting_until`: outside service hours, when they begin again (the timer is still running or due soon).
    """

    kind: str | None = None
    state: TimerState = TimerState.NONE
    due_at: datetime | None = None
    remaining: timedelta | None = None
    resting_until: datetime | None = None


def timer(conversation: Conversation, now: datetime, opens_at: datetime | None = None) -> Timer:
    """`opens_at` is `hours.opens_at(now)`, passed in so that a screen full of rows asks only once."""
    due = conversation.due_at
    if not waits(conversation):
        return Timer()
    if due is None:
        return Timer(kind=conversation.wait_kind)
    state = TimerState.RUNNING
    if now > due:
        state = TimerState.BREACHED
    elif conversation.warn_at is not None and now >= conversation.warn_at:
        state = TimerState.DUE_SOON
    resting = opens_at if state is not TimerState.BREACHED else None
    return Timer(
        kind=conversation.wait_kind, state=state, due_at=due, remaining=due - now, resting_until=resting
    )


class Deadline(Record, kw_only=True):
    """What ends first: the timer ("answer") or the platform's reply window ("window")."""

    at: datetime
    what: str


def deadline(conversation: Conversation, now: datetime) -> Deadline | None:
    """The earlier of the two clocks that run, named; None where none does."""
    at = effective_deadline(conversation, now)
    if at is None:
        return None
    return Deadline(at=at, what="answer" if at == conversation.due_at else "window")


def span(length: timedelta) -> str:
    """`2 h 41 min`, `45 s`, `3 d 4 h`: at most two units, rounded down, without a sign."""
    seconds = int(abs(length).total_seconds())
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((i for i, (n, _) in enumerate(units) if n), 3)
    return " ".join(f"{n} {unit}" for n, unit in units[first : first + 2] if n) or "0 s"


def explain(conversation: Conversation, timers: Timers, now: datetime) -> list[str]:
    """Why this due time, in words, a line each (the `w` key)."""
    if conversation.status is Status.SPAM:
        return ["Spam has no timer."]
    since, kind = conversation.waiting_since, conversation.wait_kind
    if since is None or kind is None:
        return ["Nobody is waiting: everything was answered, resolved or deleted."]
    if not waits(conversation):
        return ["A search hit: nobody addressed us, so no timer runs until somebody takes or answers it."]
    zone = timers.hours.zone
    which = "our first answer" if kind == FIRST else "our next answer"
    lines = [
        f"Waiting since {local(since, zone)} for {which}.",
        f"Target {span(timers.target(conversation, kind))} of service time, by {_named_by(conversation, timers, kind)}.",
    ]
    if conversation.due_at is None:
        lines.append("Service never opens for that long, so nothing is ever due.")
    else:
        lines += [
            *_counted(since, conversation.due_at, timers.hours),
            *_due(conversation.due_at, timers, now),
        ]
    human = conversation.account in timers.human_agent
    return lines + [_ruled(rule, now, zone) for rule in rules(conversation, human_agent=human)]


def _ruled(rule: Rule, now: datetime, zone: tzinfo) -> str:
    if rule.at is None:
        return f"{rule.what} is used: {rule.why}."
    if rule.at <= now:
        return f"{rule.what} closed {local(rule.at, zone)}: {rule.why}."
    return f"{rule.what} closes {local(rule.at, zone)}: {rule.why}."


def _named_by(conversation: Conversation, timers: Timers, kind: str) -> str:
    policy = timers.policy(conversation)
    if policy is None:
        return "the default"
    if policy.target(kind) is None:
        return f"the default: the policy for {policy.words()} names none"
    return f"the policy for {policy.words()}"


def _due(due: datetime, timers: Timers, now: datetime) -> list[str]:
    """When it is due, how far off that is, and whether service rests now."""
    left = due - now
    if left < timedelta(0):
        return [f"Due {local(due, timers.hours.zone)}: {span(left)} ago."]
    line = f"Due {local(due, timers.hours.zone)}: {span(left)} left."
    try:
        opens = timers.hours.opens_at(now)
    except NeverOpen:
        return [line, "Resting: service does not open again."]
    return (
        [line]
        if opens is None
        else [line, f"Resting: service opens again {local(opens, timers.hours.zone)}."]
    )


SHOWN_STRETCHES = 6


def _counted(since: datetime, due: datetime, hours: ServiceHours) -> list[str]:
    """The time from `since` to `due`, a line for each stretch that counted and each that did not."""
    lines, reached = list[str](), since
    for stretch in _joined(hours, since, due):
        if stretch.start > reached:
            begin, end, length = _stretch(reached, stretch.start, hours.zone)
            lines.append(f"Not counted: {begin} to {end} ({length}), outside service hours.")
        begin, end, length = _stretch(stretch.start, stretch.end, hours.zone)
        lines.append(f"Counted: {begin} to {end} ({length}).")
        reached = stretch.end
    if len(lines) > SHOWN_STRETCHES:
        hidden = len(lines) - SHOWN_STRETCHES + 1
        lines = [*lines[: SHOWN_STRETCHES - 2], f"... {hidden} more like these ...", lines[-1]]
    return lines


def _joined(hours: ServiceHours, since: datetime, due: datetime) -> list[Stretch]:
    """Service time between two instants; days that follow each other without a break are one stretch."""
    joined: list[Stretch] = []
    for stretch in hours.stretches(since):
        if stretch.start >= due:
            break
        end = min(stretch.end, due)
        if joined and joined[-1].end == stretch.start:
            joined[-1] = Stretch(joined[-1].start, end)
        else:
            joined.append(Stretch(stretch.start, end))
    return joined


def _stretch(start: datetime, end: datetime, zone: tzinfo) -> tuple[str, str, str]:
    """From, until and how long, in words."""
    same_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    until = f"{end.astimezone(zone):%H:%M}" if same_day else local(end, zone)
    return local(start, zone), until, span(end - start)


def local(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"
