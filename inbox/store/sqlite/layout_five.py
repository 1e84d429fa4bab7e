"""The step to the fifth layout: an index of what messages hold, and heads that tell language and unanswered messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from inbox.store.sqlite.documents import Rows, checksum
from inbox.system import progress

if TYPE_CHECKING:
    from inbox.store.sqlite.documents import SQLiteStorage


def migrate(storage: SQLiteStorage) -> None:
    """Take a store of the fourth layout to the fifth. Call it inside a transaction.

    Nothing counts as new to an agent (`came_seq` stays 0) until somebody writes again.
    """
    storage.remake("messages", text=False)  # the texts are the same: folding them takes longest
    _read_heads_again(storage)
    storage.remake("conversations")


def _read_heads_again(storage: SQLiteStorage) -> None:
    from inbox.domain import lifecycle  # most starts migrate nothing
    from inbox.domain.model import Conversation, Message

    db = storage.db
    head_of, message_of = msgspec.json.Decoder(Conversation).decode, msgspec.json.Decoder(Message).decode
    ids = list(Rows(db, "conversations"))
    for done, cid in enumerate(ids):
        progress.report("update", done, len(ids))
        stored = Rows(db, "messages").stored("WHERE conversation = ?", (cid,))
        messages = [message_of(doc) for _, doc in stored]
        for _, doc in Rows(db, "conversations").stored("WHERE id = ?", (cid,)):
            head = lifecycle.with_unanswered(head_of(doc), messages)
            written = msgspec.json.encode(msgspec.to_builtins(head))
            db.run(
                "UPDATE doc_conversations SET doc = CAST(? AS TEXT), crc = ? WHERE id = ?",
                (written, checksum(cid, written), cid),
            )
