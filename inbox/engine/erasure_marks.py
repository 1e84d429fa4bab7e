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


def erased(message: Message, now: datetime) -> Message:
    """The row stays, so that a second reading finds it; nothing of the person does."""
    return replace(
        message,
        author=Person(),
        text="",
        attachments=(),
        versions=(),
        url=None,
        deleted_at=message.deleted_at or now,
        gone_at=None,
    )


def gone(context: Context) -> Context:
    return replace(context, author=Person(), text="", attachments=(), url=None, gone=True, gone_at=None)


def erasures(store: Store) -> Erasures:
    """The marks of this store."""
    kept = store.setting(SETTING)
    if not kept:
        return Erasures()
    marks = {mark: datetime.fromisoformat(at) for mark, at in kept["marks"].items()}
    return Erasures(bytes.fromhex(kept["key"]), marks)


def remember(store: Store, marks: Erasures) -> None:
    store.put_setting(
        SETTING,
        {"key": marks.key.hex(), "marks": {mark: at.isoformat() for mark, at in marks.marks.items()}},
    )
