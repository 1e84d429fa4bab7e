"""Finding messages by words, and by what the filter language says of their conversations."""

from __future__ import annotations

from datetime import UTC, datetime

from inbox.domain.filter import Filter
from inbox.domain.fold import fold, holds
from inbox.domain.model import Direction, Message
from inbox.domain.queue import Scope
from inbox.ports.store import Store


def find_messages(store: Store, asked: Filter, now: datetime, limit: int | None) -> list[Message]:
    """Messages with every word, newest first; where no word is asked for, all of the conversations meant."""
    if asked.words:
        within = None if asked.scope == Scope() else asked.scope
        found = store.messages.search(
            asked.words, without=asked.not_words, within=within, now=now, limit=limit
        )
    elif asked.scope == Scope() and not asked.not_words:
        return []
    else:
        found = _newest(store, asked, now, limit)
    return [m for m in found if m.direction is not Direction.NOTICE]


def _newest(store: Store, asked: Filter, now: datetime, limit: int | None) -> list[Message]:
    """Conversations are read from the newest on, until no older one can hold a message that is still wanted."""
    heads = store.conversations.get_many(store.conversations.order(asked.scope, now=now))
    newest = [(head.last_message_at or datetime.min.replace(tzinfo=UTC), head.id) for head in heads]
    found: list[Message] = []
    for last_message_at, cid in sorted(newest, reverse=True):
        if limit is not None and len(found) == limit and last_message_at < found[-1].sent_at:
            break
        found += (m for m in store.messages.of_conversation(cid) if _shown(m, asked.not_words))
        found.sort(key=lambda m: (m.sent_at, m.seq), reverse=True)
        del found[limit:]
    return found


def _shown(message: Message, without: tuple[str, ...]) -> bool:
    if message.gone_at is not None or message.deleted_at is not None or message.direction is Direction.NOTICE:
        return False
    text = fold(message.text)
    return not any(holds(text, word) for word in without)
