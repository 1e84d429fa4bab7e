"""The list of changes that are kept in the store, so that `inbox undo`, and `z` after a restart, can take them back.

Each change is a setting of its own, so that doing something writes that one alone; a list names them by time. A change is
kept for a day.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.domain.records import Record

if TYPE_CHECKING:
    from inbox.ports.store import Store

FOR = timedelta(days=1)
MOST = 50
"""Changes that are kept of each agent."""
LARGEST = 2000
"""Conversations in all kept changes of an agent together; the newest change is kept whatever its size."""
INDEX = "undo"


class Entry(Record, kw_only=True):
    """One kept change in the list. `size`: steps and conversations in it."""

    id: str
    agent: str
    at: datetime
    what: str
    size: int = 1


def entry(agent: str, now: datetime, what: str, size: int) -> Entry:
    """Return an entry with a new id, for `keep`."""
    return Entry(id=uuid.uuid4().hex, agent=agent, at=now, what=what, size=size)


def entries(store: Store) -> list[Entry]:
    """Return all that are kept, of every agent, oldest first."""
    try:
        return msgspec.convert(store.small_things.setting(INDEX) or [], list[Entry])
    except msgspec.ValidationError:  # written by another version: it takes back nothing of that one's
        return []


def of_agent(store: Store, agent: str, now: datetime) -> list[Entry]:
    """Return what the agent can still take back, newest last."""
    return [entry for entry in entries(store) if entry.agent == agent and now - entry.at <= FOR]


def keep(store: Store, entry: Entry, document: Mapping[str, Any]) -> None:
    """Keep a change as plain values, and let go of what is too old or too much."""
    agent, now = entry.agent, entry.at
    with store.transaction():
        before = entries(store)
        others = [old for old in before if old.agent != agent and now - old.at <= FOR]
        mine = _within([old for old in before if old.agent == agent and now - old.at <= FOR], entry.size)
        store.small_things.put_setting(key(entry.id), dict(document))
        _put(store, before, sorted([*others, *mine, entry], key=lambda kept: kept.at))


def _within(mine: Sequence[Entry], size: int) -> list[Entry]:
    kept: list[Entry] = []
    for entry in reversed(mine):
        size += entry.size
        if size > LARGEST or len(kept) + 1 >= MOST:
            break
        kept.append(entry)
    return kept


def drop(store: Store, ids: Collection[str]) -> None:
    """Remove changes by the ids of their entries: they were taken back, or can no longer be."""
    with store.transaction():
        before = entries(store)
        _put(store, before, [entry for entry in before if entry.id not in ids])


def drop_old(store: Store, now: datetime) -> None:
    """Let go of what nobody can take back any more."""
    old = [entry.id for entry in entries(store) if now - entry.at > FOR]
    if old:
        drop(store, old)


def _put(store: Store, before: Sequence[Entry], after: Sequence[Entry]) -> None:
    stay = {entry.id for entry in after}
    for entry in before:
        if entry.id not in stay:
            store.small_things.put_setting(key(entry.id), None)
    store.small_things.put_setting(INDEX, msgspec.to_builtins(list(after)) or None)


def key(change: str) -> str:
    """Return the name of the setting that keeps a change. `change`: the id of its entry."""
    return f"undo:{change}"
