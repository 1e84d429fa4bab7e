"""Common words, and the absence of any, are found by leafing through the queue: its first screen holds some already.

The full text would have to gather all their matches first, 60 ms for 400,000 in a million messages. Leafing costs 10 us
a text, and no more in a large store than in a small one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from inbox.domain.fold import fold, holds
from inbox.domain.queue import Scope, row_text
from inbox.store.sqlite import indexing
from inbox.store.sqlite.conditions import full_text, json_list
from inbox.store.sqlite.connection import Connection
from inbox.store.sqlite.documents import Rows

SAMPLE = 500
"""Matches that are looked at to tell how common words are."""

COMMON = 12
"""Words of one message in so many, or fewer, are common."""

MOST = 160
"""Conversations up to which somebody may ask for: for more the full text is no slower, and leaves Python to others."""

PAGES = 10
"""How often as many conversations as are wanted are leafed through, before the full text is asked after all: the words
may be those of another time."""


class Said(msgspec.Struct):
    """What is needed of a message."""

    conversation: str
    text: str
    gone_at: datetime | None = None


def worthwhile(db: Connection, scope: Scope, wanted: int) -> bool:
    """Tell whether scanning the queue is cheaper than asking the index of words."""
    if (
        wanted > MOST
        or not (scope.words or scope.not_words)
        or indexing.indexed_to(db, "messages") is not None
    ):
        return False
    return all(_common(db, full_text(words)) for words in scope.words)


def _common(db: Connection, expression: str) -> bool:
    sql = "SELECT rowid FROM text_messages WHERE text_messages MATCH ? LIMIT ?"
    numbers = [row[0] for row in db.rows(sql, (expression, SAMPLE))]
    return len(numbers) == SAMPLE and numbers[-1] - numbers[0] < COMMON * SAMPLE


def leafed(db: Connection, cids: Iterator[str], scope: Scope, limit: int) -> list[str] | None:
    """The first of these conversations whose messages say what the scope wants; None where they are not found soon."""
    found: list[str] = []
    for _ in range(PAGES):
        page = list(islice(cids, limit))
        holding = _holding(db, page, scope)
        found += [cid for cid in page if cid in holding]
        if len(found) >= limit or len(page) < limit:
            return found[:limit]
    return None


def _holding(db: Connection, cids: Sequence[str], scope: Scope) -> set[str]:
    """Those whose messages and rows hold what the scope wants, as `filter_words` tells."""
    decode = msgspec.json.Decoder(Said).decode
    rows = _rows(db, cids)
    missing = [
        {cid: [word for word in words if not holds(row, word)] for cid, row in rows.items()}
        for words in scope.words
    ]
    found = [{cid for cid, words in wanted.items() if not words} for wanted in missing]
    without = {cid for cid, row in rows.items() if not any(holds(row, word) for word in scope.not_words)}
    of = "WHERE conversation IN (SELECT value FROM json_each(?))"
    for _, doc in Rows(db, "messages").stored(of, (json_list(cids),)):
        said = decode(doc)
        folded = "" if said.gone_at else fold(said.text)
        for wanted, inside in zip(missing, found, strict=True):
            words = wanted.get(said.conversation, ())
            if said.conversation not in inside and words and all(holds(folded, word) for word in words):
                inside.add(said.conversation)
        if any(holds(folded, word) for word in scope.not_words):
            without.discard(said.conversation)
    return without.intersection(*found)


def _rows(db: Connection, cids: Sequence[str]) -> dict[str, str]:
    """The text of each conversation's row, folded."""
    sql = "SELECT id, who, tags FROM doc_conversations WHERE id IN (SELECT value FROM json_each(?))"
    return {cid: row_text(who or "", tags or "") for cid, who, tags in db.rows(sql, (json_list(cids),))}
