"""The words of a filter, looked up in the full texts of messages and of rows (name, handle, tags).

A conversation holds a group of words where one message has every word that its row does not have: "petersen parcel" finds
Jana Petersen's question about a parcel.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from inbox.store.sqlite import indexing
from inbox.store.sqlite.conditions import full_text, json_list
from inbox.store.sqlite.connection import Connection, Value

FEW = 5000
"""Matches up to which they are looked up one by one: 5 us each, where a conversation of the queue costs 1 us and
the first screens are found among a few thousand."""

SHARE = 20
"""One conversation in so many is not few either, unless they are no more than `ALWAYS`: in a small store, too, walking
finds the first screens sooner."""

EVEN = 24
"""Nor is a message's word when the square of its matches is more than so many times all messages: from there on the
first screen of conversations with it is found sooner by walking."""

ALWAYS = 50

_OF_NUMBERS = "SELECT conversation FROM doc_messages WHERE n IN (SELECT value FROM json_each(?))"
_IN_MESSAGES = "SELECT rowid FROM text_messages WHERE text_messages MATCH ?"
_IN_ROWS = "SELECT rowid FROM text_conversations WHERE text_conversations MATCH ?"
_MESSAGE = (
    "EXISTS (SELECT 1 FROM doc_messages AS m INDEXED BY doc_messages_thread WHERE m.conversation = "
    "doc_conversations.id AND {said})"
)
_SAYS = _MESSAGE.format(said=f"m.n IN ({_IN_MESSAGES})")

Condition = tuple[str, list[Value]]
"""SQL about one conversation, and its arguments."""


def holding(db: Connection, words: Sequence[str]) -> set[int] | Condition:
    """The numbers of the conversations that hold a group of folded words, where they are few; else what must hold of
    each conversation."""
    rows = {word: few(db, "conversations", [word]) for word in words}
    if all(numbers == [] for numbers in rows.values()):
        return _in_messages(db, words)
    if any(numbers is None for numbers in rows.values()):
        return _in_either(db, words)
    said = _in_messages(db, words)
    if not isinstance(said, set):
        return _in_either(db, words)
    by_rest: dict[tuple[str, ...], list[int]] = {}
    for number in {n for numbers in rows.values() for n in numbers or ()}:
        rest = tuple(word for word in words if number not in (rows[word] or ()))
        by_rest.setdefault(rest, []).append(number)
    found = set(said)
    for rest, numbers in by_rest.items():
        found |= _saying(db, numbers, rest) if rest else set(numbers)
    return found


def _saying(db: Connection, numbers: Sequence[int], words: Sequence[str]) -> set[int]:
    """Those of some conversations in which one message has every one of the words."""
    says = _in_messages(db, words)
    if isinstance(says, set):
        return says.intersection(numbers)
    sql = f"SELECT n FROM doc_conversations WHERE n IN (SELECT value FROM json_each(?)) AND {says[0]}"
    return {row[0] for row in db.rows(sql, (json_list(numbers), *says[1]))}


def _in_messages(db: Connection, words: Sequence[str]) -> set[int] | Condition:
    numbers = few(db, "messages", words)
    if numbers is None:
        return _SAYS, [full_text(words)]
    return numbered(db, _OF_NUMBERS, (json_list(numbers),))


def _in_either(db: Connection, words: Sequence[str]) -> Condition:
    """Each word in the row, or all of the others in one message."""
    in_rows = f"doc_conversations.n IN ({_IN_ROWS})"
    pieces, args = list[str](), list[Value]()
    for word in words:
        numbers = few(db, "messages", [word])
        said = _IN_MESSAGES if numbers is None else "SELECT value FROM json_each(?)"
        pieces.append(f"({in_rows} OR m.n IN ({said}))")
        args += [full_text([word]), full_text([word]) if numbers is None else json_list(numbers)]
    shown = " AND ".join([in_rows] * len(words))
    either = f"(({shown}) OR {_MESSAGE.format(said=' AND '.join(pieces))})"
    return either, [*(full_text([word]) for word in words), *args]


def without(db: Connection, word: str) -> Condition:
    """What must hold of a conversation whose messages and row have none of the folded word."""
    numbers = few(db, "messages", [word])
    said = f"NOT {_SAYS}" if numbers is None else f"id NOT IN ({_OF_NUMBERS})"
    args: list[Value] = [full_text([word]) if numbers is None else json_list(numbers), full_text([word])]
    return f"{said} AND n NOT IN ({_IN_ROWS})", args


def few(db: Connection, table: str, words: Sequence[str], without: Sequence[str] = ()) -> list[int] | None:
    """The numbers of the documents with every one of the folded `words` and none of `without`; None where they are not
    few. While the full text is being made, all of them, however many."""
    upto = indexing.indexed_to(db, table)
    newest = db.row(f"SELECT MAX(n) FROM doc_{table}")
    all_ = (newest[0] or 0) if newest else 0
    most = min(FEW, max(ALWAYS, isqrt(EVEN * all_) if table == "messages" else all_ // SHARE))
    sql = f"SELECT rowid FROM text_{table} WHERE text_{table} MATCH ? LIMIT ?"
    limit = most + 1 if upto is None else -1
    numbers = [row[0] for row in db.rows(sql, (full_text(words, without), limit))]
    if upto is not None:
        return numbers + indexing.behind(db, table, upto, words, without)
    return numbers if len(numbers) <= most else None


def numbered(db: Connection, ids: str, args: Sequence[Value]) -> set[int]:
    """The numbers of the conversations whose ids a query finds."""
    return {row[0] for row in db.rows(f"SELECT n FROM doc_conversations WHERE id IN ({ids})", args)}
