"""What the full text does not hold yet, after a change of folding: search stays right while it is indexed again.

Beside the documents, `indexing` has one row for each table that is being indexed: documents up to number `upto` are in
the full text, those behind it are not. They are read one by one meanwhile, 10 us a text.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from inbox.domain.fold import fold, holds
from inbox.store.sqlite.connection import Connection

CREATE = "CREATE TABLE IF NOT EXISTS indexing (name TEXT PRIMARY KEY, upto INTEGER NOT NULL)"
BATCH = 1000
"""Documents that are indexed in one transaction, about 50 ms: others may write between two of them."""


class _Text(msgspec.Struct):
    """What is needed of a document."""

    text: str


def indexed_to(db: Connection, table: str) -> int | None:
    """The number of the last document that is in the full text; None where all are."""
    row = db.row("SELECT upto FROM indexing WHERE name = ?", (table,))
    return int(row[0]) if row else None


def begin(db: Connection, table: str) -> None:
    """Note that nothing of the table is in the full text. Call it inside a transaction."""
    db.run(CREATE)
    db.run("INSERT OR REPLACE INTO indexing VALUES (?, 0)", (table,))


def advance(db: Connection, table: str, upto: int | None) -> None:
    """Note how far the full text goes; None: it is complete. Call it inside a transaction."""
    if upto is None:
        db.run("DELETE FROM indexing WHERE name = ?", (table,))
    else:
        db.run("UPDATE indexing SET upto = ? WHERE name = ?", (upto, table))


def behind(db: Connection, table: str, upto: int, words: Sequence[str], without: Sequence[str]) -> list[int]:
    """Numbers of the documents behind `upto` whose text holds every one of the folded `words` and none of `without`."""
    decode = msgspec.json.Decoder(_Text).decode
    found: list[int] = []
    for number, doc in db.rows(
        f"SELECT n, CAST(doc AS BLOB) FROM doc_{table} WHERE n > ? ORDER BY n", (upto,)
    ):
        try:
            text = fold(decode(doc).text)
        except msgspec.DecodeError:  # damaged: said where it is read by its id
            continue
        if all(holds(text, word) for word in words) and not any(holds(text, word) for word in without):
            found.append(number)
    return found
