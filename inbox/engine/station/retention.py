"""Letting go of what is closed: conversations that ended longer ago than they are kept.

Closed means resolved or spam, nobody waits, no reply is open, nobody has a draft. In small commits, so that a run
that is killed half way is simply done again. Backups roll over within a week. Of each conversation a mark stays
(`engine.horizon`), so that reading its end again does not bring it back, and what it counted (`engine.figures`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from inbox.domain.model import Conversation, Status
from inbox.domain.outbox import OPEN
from inbox.domain.queue import Scope, Test
from inbox.domain.records import replace
from inbox.engine import figures
from inbox.engine.desk import undo_entries, undo_history
from inbox.engine.desk.contacts import contact_of, let_go
from inbox.engine.station.earlier_messages import take_off_list
from inbox.engine.station.horizon import mark_forgotten
from inbox.ports.store import Store

log = logging.getLogger(__name__)

EVERY = timedelta(hours=20)
BATCH = 200
DONE = "retention"
"""The setting with the latest run: when, and how many conversations went since the beginning."""


def retain(store: Store, keep: timedelta, now: datetime) -> int:
    """Forget what is closed for longer than `keep`, at most once a day; returns how many conversations went.

    `keep` of nothing keeps everything.
    """
    undo_entries.drop_old(store, now)
    before = store.small_things.setting(DONE) or {"at": None, "forgotten": 0}
    if not keep or (before["at"] and now - datetime.fromisoformat(before["at"]) < EVERY):
        return 0
    ids = [cid for scope in _perhaps_over(now - keep) for cid in store.conversations.order(scope, now=now)]
    count = 0
    for at in range(0, len(ids), BATCH):
        with store.transaction():
            old = [
                c for c in store.conversations.get_many(ids[at : at + BATCH]) if _over(store, c, now - keep)
            ]
            figures.keep(store, old)
            store.upkeep.forget([c.id for c in old])
            take_off_list(store, [c.id for c in old])
            undo_history.forget(store, [c.id for c in old])
            for c in old:
                mark_forgotten(store, c.id, now)
            for contact in {contact_of(c) for c in old}:
                if contact.key and not store.conversations.of_contact(
                    contact.platform, contact.person.remote_id or ""
                ):
                    let_go(store, contact.key)
        count += len(old)
    store.small_things.put_setting(DONE, {"at": now.isoformat(), "forgotten": before["forgotten"] + count})
    if count:
        log.info("retention: %d closed conversations were forgotten", count)
    return count


def _perhaps_over(limit: datetime) -> Iterator[Scope]:
    """Closed, with their newest message before `limit`, or without any: not every closed one has to be read."""
    closed = Scope(statuses=frozenset({Status.RESOLVED, Status.SPAM}), waiting=False)
    before, after = (Test(name=name, value=limit, negate=True) for name in ("before", "after"))
    yield replace(closed, tests=(Test(name="before", value=limit),))
    yield replace(closed, tests=(before, after))


def _over(store: Store, c: Conversation, limit: datetime) -> bool:
    moments = [r.at for r in c.resolves] + ([c.last_message_at] if c.last_message_at else [])
    if not moments or max(moments) > limit:
        return False
    closed = c.status is Status.SPAM or (c.status is Status.RESOLVED and c.waiting_since is None)
    return closed and not store.outbox.drafts(c.id) and not store.outbox.items(conversation=c.id, phases=OPEN)
