"""Steps of undo that outlive the process: `inbox undo`, and `z` after a restart.

Each change is a setting of its own, so that doing something writes that one alone; an index names them by time. Of
conversations only what undo puts back is kept: no words of customers, no names. A change is kept for a day.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.domain.lifecycle import TRIAGE
from inbox.domain.model import Conversation
from inbox.domain.records import Record, replace
from inbox.engine.desk import reply_steps, undo

if TYPE_CHECKING:
    from inbox.engine.desk.undo import Change, Step
    from inbox.ports.store import Store

FOR = timedelta(days=1)
MOST = 50
"""Changes that are kept of each agent."""
LARGEST = 2000
"""Conversations in all kept changes of an agent together; the newest change is kept whatever its size."""
INDEX = "undo"


class Entry(Record, kw_only=True):
    """One kept change in the index. `size`: steps and conversations in it."""

    id: str
    agent: str
    at: datetime
    what: str
    size: int = 1


def entries(store: Store) -> list[Entry]:
    """All that are kept, of every agent, oldest first."""
    try:
        return msgspec.convert(store.small_things.setting(INDEX) or [], list[Entry])
    except msgspec.ValidationError:  # written by another version: it takes back nothing of that one's
        return []


def of_agent(store: Store, agent: str, now: datetime) -> list[Entry]:
    """What the agent can still take back, newest last."""
    return [entry for entry in entries(store) if entry.agent == agent and now - entry.at <= FOR]


def keep(store: Store, agent: str, change: Change, now: datetime) -> str:
    """Keep a change, and let go of what is too old or too much. Returns its id."""
    size = sum(len(step.touches) or 1 for step in change.steps)
    entry = Entry(id=uuid.uuid4().hex, agent=agent, at=now, what=change.what, size=size)
    document = {
        "told": change.told,
        "writing": change.writing,
        "walk": change.walk,
        "steps": [_plain(step) for step in change.steps],
    }
    with store.transaction():
        before = entries(store)
        others = [old for old in before if old.agent != agent and now - old.at <= FOR]
        mine = _within([old for old in before if old.agent == agent and now - old.at <= FOR], size)
        store.small_things.put_setting(_key(entry.id), document)
        _put(store, before, sorted([*others, *mine, entry], key=lambda kept: kept.at))
    return entry.id


def _within(mine: Sequence[Entry], size: int) -> list[Entry]:
    kept: list[Entry] = []
    for entry in reversed(mine):
        size += entry.size
        if size > LARGEST or len(kept) + 1 >= MOST:
            break
        kept.append(entry)
    return kept


def read(store: Store, entry: Entry) -> Change | None:
    """The change; None where it cannot be read, as after a return to an older version."""
    document = store.small_things.setting(_key(entry.id))
    try:
        steps = tuple(msgspec.convert(step["is"], _kind(step["step"])) for step in document["steps"])
        walk = document.get("walk", "")  # not there in what an earlier version kept
        return undo.Change(entry.what, steps, document["told"], document["writing"], walk=walk)
    except (msgspec.ValidationError, AttributeError, LookupError, TypeError):
        return None


def _kind(name: str) -> type[Any]:
    """The class of steps with this name. Raises AttributeError, TypeError."""
    kind: type[Any] = getattr(undo if hasattr(undo, name) else reply_steps, name)
    if not issubclass(kind, Record) or not hasattr(kind, "reverse"):
        raise TypeError(name)
    return kind


def drop(store: Store, ids: Collection[str]) -> None:
    """They were taken back, or can no longer be."""
    with store.transaction():
        before = entries(store)
        _put(store, before, [entry for entry in before if entry.id not in ids])


def drop_old(store: Store, now: datetime) -> None:
    """Let go of what nobody can take back any more."""
    old = [entry.id for entry in entries(store) if now - entry.at > FOR]
    if old:
        drop(store, old)


def forget(store: Store, conversations: Collection[str], words: Collection[str] = ()) -> None:
    """Remove the steps that lead back to some conversations, or hold one of `words` (ids of a person) as a value. Call
    it inside the transaction that removes them."""
    named, quoted = set(conversations), [json.dumps(word) for word in words if word]
    for entry in entries(store):
        change = read(store, entry)
        steps = [] if change is None else [s for s in change.steps if not _leads_to(s, named, quoted)]
        if not steps:
            drop(store, [entry.id])
        elif change is not None and (len(steps) < len(change.steps) or _shortened(steps, named)):
            plain = [_plain(_without(step, named)) for step in steps]
            store.small_things.put_setting(
                _key(entry.id), {**store.small_things.setting(_key(entry.id)), "steps": plain}
            )


def _leads_to(step: Step, named: set[str], quoted: Sequence[str]) -> bool:
    if isinstance(step, (undo.Heads, undo.PersonTags, undo.Remarked)) and set(step.touches) - named:
        return False  # many conversations: only those that are named go
    text = json.dumps(_plain(step))
    return not named.isdisjoint(step.touches) or any(word in text for word in quoted)


def _shortened(steps: Sequence[Step], named: set[str]) -> bool:
    return any(not named.isdisjoint(step.touches) for step in steps)


def _without(step: Step, named: set[str]) -> Step:
    if isinstance(step, undo.Heads):
        there, wanted = (tuple(c for c in heads if c.id not in named) for heads in (step.there, step.wanted))
        return undo.Heads(there, wanted)
    if isinstance(step, (undo.PersonTags, undo.Remarked)):
        return replace(step, touches=tuple(cid for cid in step.touches if cid not in named))
    return step


def _plain(step: Step) -> dict[str, Any]:
    if isinstance(step, undo.Heads):
        step = undo.Heads(tuple(map(_decisions, step.there)), tuple(map(_decisions, step.wanted)))
    return {"step": type(step).__name__, "is": msgspec.to_builtins(step)}


def _decisions(head: Conversation) -> Conversation:
    """A conversation with nothing but what undo compares and puts back."""
    return Conversation(
        id=head.id,
        account=head.account,
        platform=head.platform,
        surface=head.surface,
        thread=head.thread,
        assigned_at=head.assigned_at,
        takings=head.takings,
        **{name: getattr(head, name) for name in TRIAGE},
    )


def _put(store: Store, before: Sequence[Entry], after: Sequence[Entry]) -> None:
    stay = {entry.id for entry in after}
    for entry in before:
        if entry.id not in stay:
            store.small_things.put_setting(_key(entry.id), None)
    store.small_things.put_setting(INDEX, msgspec.to_builtins(list(after)) or None)


def _key(change: str) -> str:
    return f"undo:{change}"
