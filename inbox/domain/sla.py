"""Targets and timers: by when an answer is due, and how things stand now.

`due_at` follows from facts and policy alone; the state follows from `due_at` and `now`. Nothing here is stored
but what `lifecycle.settle` writes into the head as a pure function of both (product.md section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from inbox.domain.hours import NeverOpen, ServiceHours
from inbox.domain.model import Conversation, Status, Surface
from inbox.domain.queue import taken, waits


class TimerState(StrEnum):
    NONE = "none"
    RUNNING = "running"
    DUE_SOON = "due_soon"
    BREACHED = "breached"


FIRST, NEXT = "first", "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
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

    def words(self) -> str:
        parts = [
            f"{name} {value}"
            for name in ("account", "surface", "priority", "tag")
            if (value := getattr(self, name))
        ]
        return ", ".join(parts) or "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
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
        named = (policy.first if kind == FIRST else policy.next) if policy else None
        return named or (self.first if kind == FIRST else self.next)

    def due(
        self, conversation: Conversation, since: datetime, kind: str
    ) -> tuple[datetime | None, datetime | None]:
        """(due at, due soon from) of a wait; both None where service never opens."""
        if conversation.surface is Surface.SEARCH and not taken(conversation):
            return None, None
        target = self.target(conversation, kind)
        try:
            due = self.hours.add(since, target)
            soon = self.hours.add(since, max(target - self.warn_before, timedelta(0)))
        except NeverOpen:
            return None, None
        return due, soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
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
    if not waits(conversation) or due is None:
        return Timer()
    state = TimerState.RUNNING
    if now > due:
        state = TimerState.BREACHED
    elif conversation.warn_at is not None and now >= conversation.warn_at:
        state = TimerState.DUE_SOON
    resting = opens_at if state is not TimerState.BREACHED else None
    return Timer(
        kind=conversation.wait_kind, state=state, due_at=due, remaining=due - now, resting_until=resting
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What ends first: the timer ("answer") or the platform's reply window ("window")."""

    at: datetime
    what: str


def deadline(conversation: Conversation, now: datetime) -> Deadline | None:
    if not waits(conversation):
        return None
    candidates = []
    if conversation.due_at:
        candidates.append(Deadline(at=conversation.due_at, what="answer"))
    if conversation.closes_at and conversation.closes_at > now:
        candidates.append(Deadline(at=conversation.closes_at, what="window"))
    return min(candidates, key=lambda d: d.at, default=None)


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
        if conversation.surface is Surface.SEARCH:
            return ["A search hit: nobody addressed us, so no timer runs until somebody takes or answers it."]
        return ["Nobody is waiting: the last word is ours, or the conversation was resolved."]
    zone = timers.hours.zone
    policy, target = timers.policy(conversation), timers.target(conversation, kind)
    which = "our first answer" if kind == FIRST else "our next answer"
    lines = [
        f"Waiting since {local(since, zone)} for {which}.",
        f"Target {span(target)} of service time, by "
        + (f"the policy for {policy.words()}." if policy else "the default."),
    ]
    if conversation.due_at is None:
        return [*lines, "Service never opens, so nothing is ever due."]
    lines += [f"Counted: {line}" for line in _counted(since, conversation.due_at, timers.hours)]
    left = conversation.due_at - now
    lines.append(
        f"Due {local(conversation.due_at, zone)}: "
        + (f"{span(left)} left." if left >= timedelta(0) else f"{span(left)} ago.")
    )
    opens = timers.hours.opens_at(now)
    if opens is not None and left >= timedelta(0):
        lines.append(f"Resting: service opens again {local(opens, zone)}.")
    if conversation.closes_at:
        gone = conversation.closes_at <= now
        lines.append(
            f"The platform's reply window {'closed' if gone else 'closes'} {local(conversation.closes_at, zone)}."
        )
    return lines


def _counted(since: datetime, due: datetime, hours: ServiceHours) -> list[str]:
    parts = []
    for stretch in hours.stretches(since):
        if stretch.start >= due:
            break
        end = min(stretch.end, due)
        parts.append(
            f"{local(stretch.start, hours.zone)} to {end.astimezone(hours.zone):%H:%M} ({span(end - stretch.start)})"
        )
    if len(parts) > 4:
        return [*parts[:2], f"... {len(parts) - 3} more days ...", parts[-1]]
    return parts


def local(moment: datetime, zone: object) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"  # type: ignore[arg-type]  # any tzinfo
