"""What is looked up in the store for an agent: the posts around a conversation, and messages by their words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from inbox.domain.filter import Filter
from inbox.domain.fold import fold, holds
from inbox.domain.model import Context, Message
from inbox.domain.queue import FAR, Scope
from inbox.ports import Store


def context_around(store: Store, account: str, messages: Sequence[Message]) -> list[Context]:
    """Posts outside the conversation that its messages answer, and what those answer, oldest first."""
    known = {m.id for m in messages}
    found: dict[str, Context] = {}
    asked = {f"{account}:{m.reply_to}" for m in messages if m.reply_to} - known
    while asked:
        layer = store.context(asked)
        found.update({c.id: c for c in layer})
        asked = {f"{account}:{c.reply_to}" for c in layer if c.reply_to} - known - found.keys()
    return sorted(found.values(), key=lambda c: (c.sent_at or FAR, c.id))


def find(store: Store, parsed: Filter, limit: int | None, now: datetime) -> list[Message]:
    """Messages with every word, newest first, in conversations the rest of the filter lets through."""
    if not parsed.words:
        return []
    scope = parsed.within(Scope())
    hits = store.search(parsed.words, limit=None if scope != Scope() or parsed.not_words else limit)
    if scope != Scope() or parsed.not_words:
        heads = {c.id: c for c in store.conversations(sorted({m.conversation for m in hits}))}
        hits = [
            m
            for m in hits
            if (c := heads.get(m.conversation)) is not None
            and scope.matches(c, now)
            and not any(holds(fold(m.text), word) for word in parsed.not_words)
        ]
    return hits[:limit]
