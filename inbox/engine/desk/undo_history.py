"""Kept changes as steps again: what the next run takes back, and what must go when somebody is forgotten.

Of conversations only what undo compares and restores is kept: no text of customers, no names.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.engine.desk.accounts import Gaps
from inbox.engine.desk.automatic_verdict import Remarked
from inbox.engine.desk.drafts import Drafted
from inbox.engine.desk.moderation import Asked
from inbox.engine.desk.notes import Noted
from inbox.engine.desk.outbox import Settled
from inbox.engine.desk.person_tags import PersonTags
from inbox.engine.desk.replying import Sent, Unsent
from inbox.engine.desk.setting_step import Kept
from inbox.engine.desk.triage import Heads
from inbox.engine.desk.undo import Change, Step, document
from inbox.engine.desk.undo_entries import Entry, drop, entries, key

if TYPE_CHECKING:
    from inbox.ports.store import Store

KINDS: dict[str, type[Step]] = {
    kind.__name__: kind
    for kind in (Heads, Noted, Gaps, Kept, PersonTags, Remarked, Settled, Asked, Drafted, Sent, Unsent)
}
"""Every kind of step by the name that the store keeps: a class must not be renamed."""


def read(store: Store, entry: Entry) -> Change | None:
    """Return a kept change; None where it cannot be read, as after a return to an older version."""
    kept = store.small_things.setting(key(entry.id))
    try:
        steps = tuple(msgspec.convert(step["is"], KINDS[step["step"]]) for step in kept["steps"])
        walk = kept.get("walk", "")  # not there in what an earlier version kept
        return Change(entry.what, steps, kept["told"], kept["writing"], walk=walk)
    except (msgspec.ValidationError, AttributeError, LookupError, TypeError):
        return None


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
            left = tuple(step.without(named) for step in steps)
            setting: dict[str, Any] = store.small_things.setting(key(entry.id))
            store.small_things.put_setting(
                key(entry.id), {**setting, "steps": document(Change(entry.what, left))["steps"]}
            )


def _leads_to(step: Step, named: set[str], quoted: Sequence[str]) -> bool:
    if step.of_many and set(step.touches) - named:
        return False  # many conversations: only those that are named go
    text = json.dumps(step.plain())
    return not named.isdisjoint(step.touches) or any(word in text for word in quoted)


def _shortened(steps: Sequence[Step], named: set[str]) -> bool:
    return any(not named.isdisjoint(step.touches) for step in steps)
