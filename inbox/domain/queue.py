"""Which conversations a view holds, and in what order.

Order (BEHAVIOUR.md#queue): waiting conversations by effective deadline, then the rest by newest message;
ties by id, so that the order is total and equal on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from inbox.domain.fold import OR, fold, holds, spellings
from inbox.domain.kinds import VIEWS, SurfaceKind, surfaces
from inbox.domain.model import NEXT, Conversation, Status, Surface
from inbox.domain.records import Record, replace

MANY = 10_000
"""So far the conversations of a saved view are counted: who has more of them needs no number."""

FAR = datetime.max.replace(tzinfo=UTC)

_EDGE = "\x02"
"""Folding keeps it, and nobody types it."""


def wake_at(conversation: Conversation) -> datetime | None:
    """When a snoozed conversation comes back by itself: its wake time, or the moment it becomes due soon.

    A due-soon moment that lay before the snooze does not count again (BEHAVIOUR.md#timers, rule 7), and who sleeps
    through thanks is not woken by the timer of one. None: it sleeps until the customer writes.
    """
    if conversation.status is not Status.SNOOZED:
        return None
    moments = [conversation.snoozed_until] if conversation.snoozed_until else []
    warn, since = conversation.warn_at, conversation.snoozed_at
    thanked = conversation.through_thanks and conversation.only_thanks
    if warn is not None and not thanked and (since is None or warn > since):
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
    return c.surface.kind is not SurfaceKind.SEARCH or taken(c)


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


def who(conversation: Conversation) -> str:
    """What `from:` looks into: the folded name and handle, a line each."""
    contact = conversation.contact
    return "\n".join(fold(part) for part in (contact.name, contact.handle) if part)


def tags_apart(conversation: Conversation) -> str:
    """What `tag:` looks into: the folded tags, each between two edges; empty without tags."""
    return _apart(conversation.tags)


def row_text(who_folded: str, tags_folded: str) -> str:
    """What a plain word of a filter looks into beside the messages, folded: `who` and `tags_apart`."""
    return fold(f"{who_folded}\n{tags_folded}")


def _apart(words: Sequence[str]) -> str:
    return _EDGE.join(("", *(one for word in words for one in spellings(fold(word))), "")) if words else ""


def person_tags_apart(conversation: Conversation) -> str:
    """What `person:` looks into, as `tags_apart`."""
    return _apart(conversation.person_tags)


def mentioned_apart(conversation: Conversation) -> str:
    """What `is:mentioned` looks into: names of agents as they are written, each between two edges."""
    return _EDGE.join(("", *conversation.mentioned, "")) if conversation.mentioned else ""


def is_new(conversation: Conversation, looked: int) -> bool:
    """Whether something waits there that came since an agent last looked (up to `came_seq` `looked`)."""
    return waits(conversation) and conversation.came_seq > looked


def silent_since(conversation: Conversation) -> datetime | None:
    """Since when the agent who holds a waiting conversation has not answered; None where nobody holds it."""
    c = conversation
    if not c.assignee or c.waiting_since is None or not waits(c):
        return None
    return max(c.waiting_since, c.assigned_at) if c.assigned_at else c.waiting_since


def whole_tag(folded: str) -> str:
    """A folded tag as it is looked for in `tags_apart`, in each of its spellings."""
    return OR.join(f"{_EDGE}{spelling}{_EDGE}" for spelling in spellings(folded))


RULES: Mapping[str, Callable[[Conversation, Any, datetime], bool]] = {
    "from": lambda c, part, now: any(one in who(c) for one in spellings(part)),
    "tag": lambda c, tag, now: any(one in tags_apart(c) for one in spellings(whole_tag(tag))),
    "priority": lambda c, priority, now: c.priority == priority,
    "platform": lambda c, platform, now: c.platform == platform,
    "account": lambda c, account, now: c.account == account,
    "assignee": lambda c, agent, now: c.assignee == agent,
    "unassigned": lambda c, _, now: not c.assignee,
    "waiting": lambda c, _, now: waits(c),
    "breached": lambda c, _, now: (
        waits(c) and c.due_at is not None and (now > c.due_at or c.breached_at is not None)
    ),
    "automatic": lambda c, _, now: c.automatic_count > 0,
    "mentioned": lambda c, agent, now: agent in c.mentioned,
    "language": lambda c, code, now: c.language == code,
    "person": lambda c, tag, now: whole_tag(tag) in _apart(c.person_tags),
    "silent": lambda c, limit, now: (since := silent_since(c)) is not None and since < limit,
    "before": lambda c, limit, now: c.last_message_at is not None and c.last_message_at < limit,
    "after": lambda c, limit, now: c.last_message_at is not None and c.last_message_at >= limit,
}
"""What a `Test` asks of a conversation, of its value (folded where text is meant) and of the time."""


MOVING = frozenset({"before", "after", "silent"})
"""Tests whose limit may move with the clock: `after:2h`."""


class Test(Record, kw_only=True):
    """One more condition, by its name in `RULES`; a store may ask its indexes instead."""

    name: str
    value: str | datetime | None = None
    negate: bool = False

    def __call__(self, conversation: Conversation, now: datetime) -> bool:
        return RULES[self.name](conversation, self.value, now) is not self.negate


class Scope(Record, kw_only=True):
    """A set of conversations. None means "any".

    `statuses` means the status as it is now (`status_at`). `waiting` means `waits`. `troubled` keeps only
    conversations with a reply that failed, is uncertain, or asks the agent. Of each group in `words` (folded) one
    message must hold every word that the row does not hold (name, handle, tags); of `not_words` no message and no row
    any. It has all of `has` and none of `has_not` (`kinds.HOLDINGS`): an agent's draft, a note, a file or a link in a
    message that is shown. `new_to`, `seen_by`: an agent who has not, or has, looked at all that waits there
    (`is_new`).
    """

    statuses: frozenset[Status] | None = None
    waiting: bool | None = None
    surfaces: frozenset[Surface] | None = None
    account: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    troubled: bool = False
    words: tuple[tuple[str, ...], ...] = ()
    not_words: tuple[str, ...] = ()
    has: frozenset[str] = frozenset()
    has_not: frozenset[str] = frozenset()
    new_to: str | None = None
    seen_by: str | None = None
    tests: tuple[Test, ...] = ()

    def matches(
        self,
        conversation: Conversation,
        now: datetime,
        *,
        troubled: bool = False,
        texts: Iterable[str] = (),
        holdings: Set[str] = frozenset(),
        looked: int = 0,
    ) -> bool:
        """The whole condition in Python, for every store to be measured by. `texts`: its messages, folded. `holdings`:
        which of `kinds.HOLDINGS` it has. `looked`: up to which `came_seq` the agent has looked at it."""
        c = conversation
        return (
            (self.statuses is None or status_at(c, now) in self.statuses)
            and (self.waiting is None or waits(c) is self.waiting)
            and (self.surfaces is None or c.surface in self.surfaces)
            and (self.account is None or c.account == self.account)
            and (self.assignee is None or c.assignee == self.assignee)
            and not (self.unassigned and c.assignee)
            and (troubled or not self.troubled)
            and _said(self.words, self.not_words, list(texts), row_text(who(c), tags_apart(c)))
            and self.has <= holdings
            and not self.has_not & holdings
            and (self.new_to is None or is_new(c, looked))
            and (self.seen_by is None or not is_new(c, looked))
            and all(test(c, now) for test in self.tests)
        )


def _said(words: Iterable[Sequence[str]], not_words: Iterable[str], texts: Sequence[str], row: str) -> bool:
    said = [[word for word in group if not holds(row, word)] for group in words]
    return all(
        not group or any(all(holds(text, word) for word in group) for text in texts) for group in said
    ) and not any(holds(text, word) for word in not_words for text in (row, *texts))


class View(Record, kw_only=True):
    name: str
    title: str
    scope: Scope


_OPEN = frozenset({Status.OPEN})


def views(agent: str) -> tuple[View, ...]:
    """The built-in views, in the order of the keys 1 to 9."""
    open_ = Scope(statuses=_OPEN, surfaces=surfaces() - surfaces(SurfaceKind.SEARCH))
    return (
        View(name="waiting", title=VIEWS["waiting"], scope=Scope(statuses=_OPEN, waiting=True)),
        View(name="mine", title=VIEWS["mine"], scope=Scope(statuses=_OPEN, assignee=agent)),
        View(name="unassigned", title=VIEWS["unassigned"], scope=replace(open_, unassigned=True)),
        View(
            name="mentions",
            title=VIEWS["mentions"],
            scope=replace(open_, surfaces=surfaces(SurfaceKind.MENTION)),
        ),
        View(
            name="direct",
            title=VIEWS["direct"],
            scope=replace(open_, surfaces=surfaces(SurfaceKind.DIRECT)),
        ),
        View(
            name="comments",
            title=VIEWS["comments"],
            scope=replace(open_, surfaces=surfaces(SurfaceKind.COMMENT, SurfaceKind.POST)),
        ),
        View(
            name="hits",
            title=VIEWS["hits"],
            scope=Scope(statuses=_OPEN, surfaces=surfaces(SurfaceKind.SEARCH)),
        ),
        View(name="snoozed", title=VIEWS["snoozed"], scope=Scope(statuses=frozenset({Status.SNOOZED}))),
        View(name="failed", title=VIEWS["failed"], scope=Scope(troubled=True)),
        View(name="all", title=VIEWS["all"], scope=Scope()),
    )
