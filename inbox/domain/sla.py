"""Targets and timers: by when an answer is due, and how things stand now.

`due_at` follows from facts and policy alone; the state follows from `due_at` and `now`. Nothing here is stored
but what `lifecycle.settle` writes into the head as a pure function of both (BEHAVIOUR.md#timers).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from inbox.domain.hours import NeverOpen, ServiceHours
from inbox.domain.model import FIRST, Conversation, SurfaceKind
from inbox.domain.queue import effective_deadline, waits
from inbox.domain.records import Record


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
    person: str | None = None
    first: timedelta | None = None
    next: timedelta | None = None

    def fits(self, conversation: Conversation) -> bool:
        return (
            self.account in (None, conversation.account)
            and self.surface in (None, conversation.surface.value)
            and self.priority in (None, conversation.priority.value)
            and (self.tag is None or self.tag in conversation.tags)
            and (self.person is None or self.person in conversation.person_tags)
        )

    def target(self, kind: str) -> timedelta | None:
        return self.first if kind == FIRST else self.next

    def words(self) -> str:
        parts = [
            f"{name} {value}"
            for name in ("account", "surface", "priority", "tag", "person")
            if (value := getattr(self, name))
        ]
        return ", ".join(parts) or "everything"


DEFAULT_POLICY = "default"


class Timers(Record, kw_only=True):
    """Everything that decides when an answer is due, in force `since` (None: from the beginning) after `earlier`."""

    hours: ServiceHours
    first: timedelta = timedelta(hours=3)
    next: timedelta = timedelta(hours=3)
    warn_before: timedelta = timedelta(minutes=30)
    policies: Sequence[Policy] = ()
    human_agent: frozenset[str] = frozenset()
    """Accounts that may answer on Messenger for seven days (a reviewed feature of the app)."""
    automatic: tuple[str, ...] = ()
    """Patterns of texts that no person writes; `*` stands for anything."""
    resolve: timedelta | None = None
    """Within which a matter should be closed, in service time; None: nobody asks."""
    since: datetime | None = None
    earlier: Timers | None = None

    def all_in_force(self) -> Iterator[Timers]:
        """Itself, and those that were in force before it, newest first."""
        timers: Timers | None = self
        while timers is not None:
            yield timers
            timers = timers.earlier

    def at(self, moment: datetime) -> Timers:
        """Those that were in force at a moment."""
        *_, oldest = found = list(self.all_in_force())
        return next((t for t in found if t.since is None or t.since <= moment), oldest)

    def policy(self, conversation: Conversation) -> Policy | None:
        """The first that fits decides alone."""
        return next((policy for policy in self.policies if policy.fits(conversation)), None)

    def target(self, conversation: Conversation, kind: str) -> timedelta:
        policy = self.policy(conversation)
        named = policy.target(kind) if policy else None
        if named is not None:
            return named
        return self.first if kind == FIRST else self.next

    def policy_words(self, conversation: Conversation, kind: str) -> str:
        """The policy that sets the target, by its conditions; `DEFAULT_POLICY` where none does."""
        policy = self.policy(conversation)
        return policy.words() if policy and policy.target(kind) is not None else DEFAULT_POLICY

    def due(
        self, conversation: Conversation, since: datetime, kind: str
    ) -> tuple[datetime | None, datetime | None]:
        """(due at, due soon from) of a wait. Both None where service never opens, and for the first answer to
        a search hit that nobody took."""
        if (
            conversation.surface.kind is SurfaceKind.SEARCH
            and kind == FIRST
            and conversation.assignee is None
        ):
            return None, None
        return self.due_by_policy(conversation, since, kind)

    def due_by_policy(
        self, conversation: Conversation, since: datetime, kind: str
    ) -> tuple[datetime | None, datetime | None]:
        """As `due`, whoever takes it or took it."""
        target = self.target(conversation, kind)
        try:
            due = self.hours.add(since, target)
            soon = self.hours.add(since, max(target - self.warn_before, timedelta(0)))
        except NeverOpen:
            return None, None
        return due, soon

    def resolve_due(self, since: datetime) -> datetime | None:
        """By when a matter that began at `since` should be closed."""
        if self.resolve is None:
            return None
        try:
            return self.hours.add(since, self.resolve)
        except NeverOpen:
            return None


class Timer(Record, kw_only=True):
    """How a conversation's timer stands at one moment. `remaining` is wall-clock and negative after the breach.

    `resting_until`: outside service hours, when they begin again (the timer is still running or due soon).
    """

    kind: str | None = None
    state: TimerState = TimerState.NONE
    due_at: datetime | None = None
    remaining: timedelta | None = None
    resting_until: datetime | None = None
    breached_at: datetime | None = None


def timer(conversation: Conversation, now: datetime, opens_at: datetime | None = None) -> Timer:
    """`opens_at` is `hours.opens_at(now)`, passed in so that a screen full of rows asks only once."""
    due = conversation.due_at
    if not waits(conversation):
        return Timer()
    if due is None:
        return Timer(kind=conversation.wait_kind)
    state = TimerState.RUNNING
    breached_at = conversation.breached_at or (due if now > due else None)
    if breached_at is not None:
        state = TimerState.BREACHED
    elif conversation.warn_at is not None and now >= conversation.warn_at:
        state = TimerState.DUE_SOON
    resting = opens_at if state is not TimerState.BREACHED else None
    return Timer(
        kind=conversation.wait_kind,
        state=state,
        due_at=due,
        remaining=due - now,
        resting_until=resting,
        breached_at=breached_at,
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


def local(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"
