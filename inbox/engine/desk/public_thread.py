"""The posts around a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.model import Context, Message
from inbox.domain.queue import FAR
from inbox.engine.erasure_marks import gone

if TYPE_CHECKING:
    from inbox.ports.store import Store


def context_around(store: Store, account: str, messages: Sequence[Message]) -> list[Context]:
    """Posts outside the conversation that its messages answer, and what those answer, oldest first."""
    known = {m.id for m in messages}
    found: dict[str, Context] = {}
    asked = {f"{account}:{m.reply_to}" for m in messages if m.reply_to} - known
    while asked:
        layer = store.messages.context(asked)
        found.update({c.id: c for c in layer})
        asked = {f"{account}:{c.reply_to}" for c in layer if c.reply_to} - known - found.keys()
    return [as_shown(c) for c in sorted(found.values(), key=lambda c: (c.sent_at or FAR, c.id))]


def as_shown(context: Context) -> Context:
    """The post as people may see it: of one that is missing neither author nor words, though both are still stored."""
    return context if context.stands else gone(context)
