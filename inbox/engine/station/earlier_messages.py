"""Reading the earlier part of a thread that woke: a new message is never shown without the question it belongs to.

What lies before it was never read (older than `backfill`) or was forgotten by retention. Threads that lack something
are written down in the commit that took in their message, and read again in the next rounds, a few calls each. It is
history, so it wakes nobody; a failure keeps the thread on the list for another try, and never holds up the message.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox.domain.model import Conversation, Message, Surface, SurfaceKind
from inbox.domain.records import Record
from inbox.domain.waits import is_history
from inbox.errors import PlatformError
from inbox.ports.platform import LooksUp

if TYPE_CHECKING:
    from inbox.ports.platform import Adapter, Page
    from inbox.ports.store import Store

log = logging.getLogger(__name__)

THREADS_A_ROUND = 5
"""Each costs a call or two; a surface is read every minute."""
LISTED = 500
TRIES = 8
FIRST_PAUSE = timedelta(minutes=5)
"""Doubled with every failure: the last try comes ten hours later."""
LAYERS = 3
"""Of parents above parents: the question, our answer and what it answered. X charges for each post; the whole thread is
a key away."""

Take = Callable[[AsyncIterator["Page"], Surface], Awaitable[None]]


def _list(account: str) -> str:
    return f"earlier:{account}"


class Arrived(Record, kw_only=True):
    """A conversation after an arrival, with all its messages."""

    head: Conversation
    messages: Sequence[Message]
    returned: bool
    """Whether retention had let it go."""


def lacking_earlier(store: Store, threads: Sequence[Arrived]) -> list[str]:
    """Return ids of the conversations somebody waits in that should be read again from their beginning."""
    waiting = [one for one in threads if one.head.waiting_since is not None]
    # The platform gives the latest messages of a private thread together.
    over = {
        one.head.id: above(one.head, one.messages) - {m.id for m in one.messages}
        for one in waiting
        if not one.head.surface.private
    }
    missing = unknown(store, set().union(*over.values()))
    return [
        one.head.id
        for one in waiting
        if one.returned
        or (one.head.id in over and (not missing.isdisjoint(over[one.head.id]) or _begins_in_history(one)))
    ]


def _begins_in_history(thread: Arrived) -> bool:
    """Of a long list of comments only the newest part may have been read."""
    return len(thread.messages) > 1 and is_history(thread.messages[0], thread.head.horizon)


def above(head: Conversation, messages: Sequence[Message]) -> set[str]:
    """Return ids of the posts and messages that these answer, and of the one that all hang under."""
    asked = {f"{head.account}:{m.reply_to}" for m in messages if m.reply_to}
    if head.surface.kind in (SurfaceKind.MENTION, SurfaceKind.SEARCH, SurfaceKind.COMMENT):
        asked.add(f"{head.account}:{head.thread.partition(':')[0]}")  # the first post, the top comment
    return asked


def unknown(store: Store, ids: set[str]) -> set[str]:
    """Return those of `ids` under which neither a message nor a post around conversations is stored."""
    if not ids:
        return set()
    known = {c.id for c in store.messages.context(ids)}
    return {one for one in ids - known if store.messages.get(one) is None}


def put_on_list(store: Store, account: str, cids: Sequence[str], now: datetime) -> None:
    """Note conversations that are to be read from their beginning."""
    if not cids:
        return
    listed: dict[str, Any] = store.small_things.setting(_list(account)) or {}
    fresh = {cid: {"tries": 0, "after": now.isoformat()} for cid in cids if cid not in listed}
    if fresh:
        store.small_things.put_setting(_list(account), dict([*listed.items(), *fresh.items()][-LISTED:]))


async def read_earlier(
    store: Store, account: str, adapter: Adapter, surface: Surface, take: Take, now: datetime
) -> None:
    """Read the listed conversations of a surface, as many as one round may cost. Raises nothing of the platform."""
    due = [
        cid
        for cid, entry in (store.small_things.setting(_list(account)) or {}).items()
        if cid.split(":", 2)[1] == surface and datetime.fromisoformat(entry["after"]) <= now
    ]
    for cid in due[:THREADS_A_ROUND]:
        head = store.conversations.get(cid)
        try:
            if head is not None:
                await _read_one(store, head, adapter, take)
        except PlatformError as error:
            log.info(
                "%s: an earlier part of a thread could not be read (%s)", account, error.code or error.kind
            )
            _later(store, account, cid, now)
            return  # what failed once would fail for the others too: they are tried in the next round
        take_off_list(store, [cid])


async def _read_one(store: Store, head: Conversation, adapter: Adapter, take: Take) -> None:
    if head.surface.private or not isinstance(adapter, LooksUp):
        await take(adapter.refresh(head.surface, head.thread), head.surface)
        return
    layer = above(head, store.messages.of_conversation(head.id))
    for _ in range(LAYERS):
        wanted = unknown(store, layer)
        if wanted:
            keys = sorted(one.split(":", 1)[1] for one in wanted)
            await take(adapter.look_up(head.surface, keys), head.surface)
        layer = {f"{head.account}:{c.reply_to}" for c in store.messages.context(layer) if c.reply_to}


def take_off_list(store: Store, cids: Iterable[str]) -> None:
    """Forget that these conversations were to be read; an id of one can hold the id of a person."""
    with store.transaction():
        for cid in cids:
            account = cid.partition(":")[0]
            listed: dict[str, Any] = store.small_things.setting(_list(account)) or {}
            if listed.pop(cid, None) is not None:
                store.small_things.put_setting(_list(account), listed or None)


def _later(store: Store, account: str, cid: str, now: datetime) -> None:
    with store.transaction():
        listed: dict[str, Any] = store.small_things.setting(_list(account)) or {}
        tries = listed.pop(cid, {"tries": 0})["tries"] + 1
        if tries < TRIES:
            after = now + FIRST_PAUSE * 2 ** (tries - 1)
            listed[cid] = {"tries": tries, "after": after.isoformat()}
        store.small_things.put_setting(_list(account), listed or None)
