"""The marks of erased persons in a store, and what is left of their rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from inbox.domain.erasure import Erasures
from inbox.domain.model import Context, Message, Person
from inbox.domain.records import replace

if TYPE_CHECKING:
    from inbox.ports.store import Store

SETTING = "erasures"


ALIAS = "erased:"
"""How a name of nobody begins that takes the place of an erased person's."""


def erased(message: Message, now: datetime, alias: str = "") -> Message:
    """The row stays, so that a second reading finds it; nothing of the person does. `alias`: by which answers name them
    from now on (`renamed`)."""
    return replace(
        message,
        author=Person(),
        text="",
        attachments=(),
        versions=(),
        url=None,
        deleted_at=message.deleted_at or now,
        gone_at=None,
        names=(alias,) if alias else (),
    )


def renamed(answer: Message, person: Person, alias: str) -> Message:
    """An answer of ours that names an erased person, under an alias: whom it covered, it covers still, and so the figures
    of the others in the thread stay as they are (BEHAVIOUR.md#timers, rules 2 and 12)."""
    theirs = {person.remote_id, person.name} - {None}
    if not theirs.intersection(answer.names):
        return answer
    return replace(answer, names=(*(name for name in answer.names if name not in theirs), alias))


def named(known: Message, shown: Message) -> tuple[str, ...]:
    """Whom an answer names that is read again; an alias is not undone by what the platform still shows."""
    if any(name.startswith(ALIAS) for name in known.names):
        return known.names
    return shown.names or known.names


def gone(context: Context) -> Context:
    return replace(context, author=Person(), text="", attachments=(), url=None, gone=True, gone_at=None)


def erasures(store: Store) -> Erasures:
    """The marks of this store."""
    kept = store.small_things.setting(SETTING)
    if not kept:
        return Erasures()
    marks = {mark: datetime.fromisoformat(at) for mark, at in kept["marks"].items()}
    return Erasures(bytes.fromhex(kept["key"]), marks)


def remember(store: Store, marks: Erasures) -> None:
    store.small_things.put_setting(
        SETTING,
        {"key": marks.key.hex(), "marks": {mark: at.isoformat() for mark, at in marks.marks.items()}},
    )
