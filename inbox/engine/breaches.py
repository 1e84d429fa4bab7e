"""Writing down when an answer became overdue: once for each wait, at the time it happened, whoever notices it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, Event
from inbox.domain.queue import waits
from inbox.domain.records import replace

if TYPE_CHECKING:
    from inbox.ports.store import Store

BREACHED = "breached"
"""What the history calls the moment."""
LOOKED = "breaches:looked"
"""The setting with the moment up to which breaches were looked for."""
FURTHEST = timedelta(days=30)
"""How far back is looked where nobody has looked before."""


def noted(store: Store, head: Conversation, now: datetime) -> Conversation:
    """The head with its breaches as told in the history; those that were not are logged now. Call it inside the
    transaction that stores the head."""
    fresh = list[datetime]()
    for since, until, at in _breaches(head, now):
        told = (*head.breaches, *fresh)
        if not any(since <= moment and (until is None or moment <= until) for moment in told):
            store.small_things.log(Event(conversation=head.id, at=at, what=BREACHED))
            fresh.append(at)
    return replace(head, breaches=(*head.breaches, *fresh)) if fresh else head


def _breaches(c: Conversation, now: datetime) -> Iterator[tuple[datetime, datetime | None, datetime]]:
    """(since, until, breached at) of every wait that became overdue, the running one last."""
    for response in c.responses:
        at = response.breached_at
        if at is None and not response.judged and not response.in_time:
            at = response.due_at
        if at is not None:
            yield response.since, response.ended_at, at
    if waits(c) and c.waiting_since is not None and c.due_at is not None:
        at = c.breached_at or (c.due_at if now > c.due_at else None)
        if at is not None:
            yield c.waiting_since, None, at


def note_all(store: Store, now: datetime) -> int:
    """Write down what became overdue since somebody looked last. Returns how many conversations."""
    kept = store.small_things.setting(LOOKED)
    looked = datetime.fromisoformat(kept) if kept else now - FURTHEST
    if looked > now:
        looked = now - FURTHEST  # a clock was wrong once; what is noted already is not noted twice
    late = store.conversations.overdue(looked, now)
    if not late:
        return 0
    with store.transaction():
        for head in store.conversations.get_many(late):
            after = noted(store, head, now)
            if after != head:
                store.conversations.put(after)
        store.small_things.put_setting(LOOKED, now.isoformat())
    return len(late)
