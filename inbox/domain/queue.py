"""Which conversations a view holds, and in what order.

Order (product.md section 4): waiting conversations by effective deadline, then the rest by newest message;
ties by id, so that the order is total and equal on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from inbox.domain.model import NEXT, Conversation, Status, Surface
from inbox.domain.records import dataclass

FAR = datetime.max.replace(tzinfo=UTC)


def wake_at(conversation: Conversation) -> datetime | None:
    """When a snoozed conversation comes back by itself: its wake time, or the moment it becomes due soon.

    A due-soon moment that lay before the snooze does not count again (product.md section 3, rule 7).
    """
    if conversation.status is not Status.SNOOZED:
        return None
    moments = [conversation.snoozed_until] if conversation.snoozed_until else []
    warn, since = conversation.warn_at, conversation.snoozed_at
    if warn is not None and (since is None or warn > since):
        moments.append(warn)
    return min(moments, default=None)


def status_at(conversation: Conversation, now: datetime) -> Status:
    """The status as it is now: a snooze that is over is open, without anybody writing that down."""
    wake = wake_at(conversation)
    if conversation.status is Status.SNOOZED and wake is not None and wake <= now:
        return Status.OPEN
    return conversation.status


def taken(conversation: Conversation) -> bool:
    """An agent works on it: assigned, or answered before (a resolve is no answer)."""
    c = conversation
    return c.assignee is not None or c.wait_kind == NEXT or any(r.how == "answered" for r in c.responses)


def waits(conversation: Conversation) -> bool:
    """Somebody waits for us. Spam never waits; a search hit (nobody addressed us) only once it is taken."""
    c = conversation
    if c.waiting_since is None or c.status is Status.SPAM:
        return False
    return c.surface is not Surface.SEARCH or taken(c)


def effective_deadline(conversation: Conversation, now: datetime) -> datetime | None:
    """The earliest of timer and reply window; a window that has closed no longer counts."""
    if not waits(conversation):
        return None
    moments = [conversation.due_at] if conversation.due_at else []
    if conversation.closes_at and conversation.closes_at > now:
        moments.append(conversation.closes_at)
    return min(moments, default=None)


OrderKey = tuple[int, float, str]


def order_key(conversation: Conversation, now: datetime) -> OrderKey:
    """Sorts ascending into queue order. Who waits without any deadline stands among the rest."""
    deadline = effective_deadline(conversation, now)
    if deadline is not None:
        return (0, deadline.timestamp(), conversation.id)
    newest = conversation.last_message_at
    return (1, -newest.timestamp() if newest else 0.0, conversation.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One condition that only the document itself can decide. `holds` is a rule of `domain.filter`."""

    name: str
    value: str
    negate: bool
    holds: Callable[[Conversation, datetime], bool]

    def __call__(self, conversation: Conversation, now: datetime) -> bool:
        return self.holds(conversation, now) is not self.negate


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A set of conversations. None means "any". A store narrows by what it has indexed; `tests` decide last.

    `statuses` means the status as it is now (`status_at`). `waiting` means `waits`. `troubled` keeps only
    conversations with a reply that failed, is uncertain, or asks the agent. `ids` and `not_ids` come from
    full-text search.
    """

    statuses: frozenset[Status] | None = None
    waiting: bool | None = None
    surfaces: frozenset[Surface] | None = None
    account: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    troubled: bool = False
    ids: frozenset[str] | None = None
    not_ids: frozenset[str] = frozenset()
    tests: tuple[Test, ...] = ()

    def matches(self, conversation: Conversation, now: datetime, *, troubled: bool = False) -> bool:
        """The whole condition in Python: the judge for every store."""
        c = conversation
        return (
            (self.statuses is None or status_at(c, now) in self.statuses)
            and (self.waiting is None or waits(c) is self.waiting)
            and (self.surfaces is None or c.surface in self.surfaces)
            and (self.account is None or c.account == self.account)
            and (self.assignee is None or c.assignee == self.assignee)
            and not (self.unassigned and c.assignee)
            and (troubled or not self.troubled)
            and (self.ids is None or c.id in self.ids)
            and c.id not in self.not_ids
            and all(test(c, now) for test in self.tests)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    name: str
    title: str
    scope: Scope


_OPEN = frozenset({Status.OPEN})
_TALK = frozenset(Surface) - {Surface.SEARCH}


def views(agent: str) -> tuple[View, ...]:
    """The built-in views, in the order of the keys 1 to 9."""
    open_ = Scope(statuses=_OPEN, surfaces=_TALK)
    return (
        View(name="waiting", title="Waiting", scope=Scope(statuses=_OPEN, waiting=True)),
        View(name="mine", title="Mine", scope=Scope(statuses=_OPEN, assignee=agent)),
        View(name="unassigned", title="Unassigned", scope=replace(open_, unassigned=True)),
        View(name="mentions", title="Mentions", scope=replace(open_, surfaces=frozenset({Surface.MENTIONS}))),
        View(
            name="direct",
            title="Direct",
            scope=replace(open_, surfaces=frozenset(s for s in Surface if s.private)),
        ),
        View(
            name="comments",
            title="Comments",
            scope=replace(
                open_, surfaces=frozenset({Surface.COMMENTS, Surface.VISITOR_POSTS, Surface.TAGGED})
            ),
        ),
        View(
            name="hits",
            title="Search hits",
            scope=Scope(statuses=_OPEN, surfaces=frozenset({Surface.SEARCH})),
        ),
        View(name="snoozed", title="Snoozed", scope=Scope(statuses=frozenset({Status.SNOOZED}))),
        View(name="failed", title="Failed", scope=Scope(troubled=True)),
        View(name="all", title="All", scope=Scope()),
    )
