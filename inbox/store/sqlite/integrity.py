"""Look at a store's file from end to end: pages, indexes, tables, and every document by its checksum and its kind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from inbox.domain.model import Context, Conversation, Draft, Event, Message
from inbox.domain.outbox import OutboxItem
from inbox.errors import Damaged, StoreError
from inbox.store.sqlite import schema
from inbox.store.sqlite.connection import BROKEN, translated
from inbox.store.sqlite.documents import intact, sql_name
from inbox.store.sqlite.folder import NAME, UNCHECKED, backups, touch

Select = Callable[[str], Iterable[tuple[Any, ...]]]

RECORDS: dict[str, type] = {
    "conversations": Conversation,
    "messages": Message,
    "contexts": Context,
    "drafts": Draft,
    "outbox": OutboxItem,
    "events": Event,
}
FIELDS = {"cursors": {"cursor"}, "settings": {"value"}, "quarantine": {"account", "at", "raw", "reason"}}
"""What a document of a table without a record consists of."""


AT_ONCE = 16 << 20
"""Bytes of a store that is looked at from end to end when it opens after a crash: in a third of a second."""

EARLIER = "The store's file is of an earlier moment than its newest backup."


def examine(path: Path, *, thorough: bool = True) -> list[str]:
    """What is wrong with a store's file, read without changing it; empty when it is sound. Raises StoreError where it
    cannot be read for another reason: what is locked or forbidden is not damaged."""
    try:
        with closing(reading(path)) as db:
            return list(findings(db.execute, thorough=thorough))
    except BROKEN as error:
        failure = translated(error)
        if isinstance(failure, Damaged):
            return [str(error)]
        raise failure from error


def findings(select: Select, *, thorough: bool = True) -> Iterator[str]:
    """Pages, indexes (`thorough`), and of every document its checksum and its kind."""
    check = "integrity_check" if thorough else "quick_check"
    yield from (str(row[0]) for row in select(f"PRAGMA {check}(10)") if row[0] != "ok")
    present = {row[0] for row in select("SELECT name FROM sqlite_master WHERE type = 'table'")}
    layout = next(iter(select("PRAGMA user_version")))[0]
    if present and not layout:
        yield "the number of the layout is missing"
    if layout == schema.VERSION and not present >= schema.BESIDE:
        yield "the table of changes or that of counts is missing"
    for table in schema.SPECS:
        if sql_name(table) not in present:
            if layout == schema.VERSION:
                yield f"the table {table} is missing"
            continue
        for row in select(f"SELECT id, CAST(doc AS BLOB), crc FROM {sql_name(table)}"):
            if not (intact(*row) and belongs(table, row[0], row[1])):
                yield f"the document {row[0]!r} in {table} is damaged"


def belongs(table: str, doc_id: str, doc: bytes) -> bool:
    """Whether a document with a right checksum is one of `table`: a whole page of another table has right ones too."""
    try:
        found = _decoder(table).decode(doc)
    except msgspec.MsgspecError:
        return False
    if table in FIELDS:
        return isinstance(found, dict) and FIELDS[table] <= found.keys()
    if table == "drafts":
        return bool(doc_id == schema.draft_id(found.conversation, found.agent))
    return table == "events" or bool(found.id == doc_id)


@cache
def _decoder(table: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(RECORDS.get(table, Any))


def reading(path: Path) -> sqlite3.Connection:
    """A connection that reads only. Raises sqlite3.Error."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    # An id whose bytes are no longer UTF-8 shall fail its checksum, not the whole reading.
    db.text_factory = lambda value: value.decode("utf-8", "replace")
    return db


def numbers(path: Path) -> dict[str, int]:
    """The highest number that each table of the file at `path` has given out. They never go down: a file with lower
    ones is of an earlier moment. Raises sqlite3.Error, UnicodeDecodeError."""
    with closing(reading(path)) as db:
        rows = db.execute("SELECT name, seq FROM sqlite_sequence")
        return {name: seq for name, seq in rows if isinstance(name, str) and isinstance(seq, int)}


def earlier(these: dict[str, int], those: dict[str, int]) -> bool:
    """Whether a file with `these` numbers is of an earlier moment than one with `those`."""
    return any(these.get(name, 0) < seq for name, seq in those.items())


# -- before a store opens -----------------------------------------------------------------------------------


def look_after_crash(folder: Path) -> None:
    """Look at a store that was left open, or is doubted. Raises Damaged where something in it is, or the file and its log
    are of two moments. A large store is looked at from end to end when its next backup is written."""
    path = folder / NAME
    roll_back(path)
    if path.stat().st_size > AT_ONCE:
        touch(folder / UNCHECKED)
    elif finding := next(iter(examine(path)), None):
        raise Damaged(f"The store's file is damaged: {finding}.")
    if went_back(folder):
        raise Damaged(EARLIER)
    if path.stat().st_size <= AT_ONCE:
        (folder / UNCHECKED).unlink(missing_ok=True)


def roll_back(path: Path) -> None:
    """Let SQLite undo the first transaction of a new store, where a crash cut it off: that one has a journal beside the
    file, all later ones a log. What reads only cannot, and fails. Call it where nobody else has the store open."""
    if not path.with_name(f"{path.name}-journal").exists():
        return
    with suppress(*BROKEN), closing(sqlite3.connect(path)) as db:  # who examines it finds out why
        db.execute("SELECT 1 FROM sqlite_master").fetchone()


def went_back(folder: Path) -> bool:
    """Whether the store is of an earlier moment than its newest good backup: its log was lost, or another file lies in
    its place."""
    try:
        ours = numbers(folder / NAME)
    except BROKEN:
        return False  # who opens it finds out why
    for kept in backups(folder):
        with suppress(*BROKEN):
            return earlier(ours, numbers(kept)) and good(kept)
    return False


def good(kept: Path) -> bool:
    """Whether a backup can be restored from; one that cannot even be read cannot."""
    try:
        return not examine(kept, thorough=False)
    except StoreError:
        return False
