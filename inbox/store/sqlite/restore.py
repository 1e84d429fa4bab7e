"""The way back from a damaged store.

A damaged store is never deleted, and never replaced by an empty one without a person's word: it is moved to
`damaged-<time>`, the newest good backup takes its place, and every document of the damaged file whose checksum is
right is carried over. What SQLite can no longer reach is read from the pages (`salvage`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from inbox.domain.outbox import Phase
from inbox.errors import Damaged, StoreError, Unreadable
from inbox.store.sqlite import backup, integrity, salvage, schema
from inbox.store.sqlite.connection import BROKEN
from inbox.store.sqlite.documents import Json, intact, sql_name
from inbox.store.sqlite.folder import NAME, backups, check_file, left_open, unfinished
from inbox.store.sqlite.tinydb_storage import SQLiteTinyDB
from inbox.system.locks import SharedLock

Found = tuple[str, str, Json]
"""Table, id and document."""


def restore(folder: Path, *, certain: bool = False) -> str:
    """Put a sound store where the damaged one is, and say in one sentence what was done: "" where the file is found
    sound, as somebody else was quicker. `certain`: do not look whether it is.

    Raises StoreError while another inbox has the store open, and Unreadable where neither the file nor a backup has
    anything to give. Nothing has changed then.
    """
    use = SharedLock(folder / f"{NAME}.use-lock")
    try:
        if not use.attempt():
            raise StoreError("The store is damaged, and another inbox has it open. Close that one first.")
        if unfinished(folder):
            backup.finish(folder)
            return ""
        clean = not left_open(folder, use)
        if not certain and _sound(folder, clean=clean, made=bool(use.word())):
            return ""
        # A mixture of two moments breaks the tree of pages, or has lower numbers than the backup.
        with backup.building(folder):
            return _restore(folder, clean=clean or _only_documents(folder / NAME))
    finally:
        use.close()


def begin_empty(folder: Path) -> Path:
    """Put the store aside, whatever it is, and begin an empty one, because somebody wants it so; returns where the
    old one is. Raises StoreError while another inbox has the store open."""
    use = SharedLock(folder / f"{NAME}.use-lock")
    try:
        if not use.attempt():
            raise StoreError("Another inbox has the store open (a screen, `inbox sync`). Close it first.")
        with backup.building(folder):
            built = backup.start_building(folder, None)
            _carry_over(None, built, from_backup=False, clean=True)
            return backup.swap(folder, built, "replaced")
    finally:
        use.close()


def _sound(folder: Path, *, clean: bool, made: bool) -> bool:
    path = folder / NAME
    try:
        check_file(folder, after_crash=not clean, made=made)
    except Damaged:
        return False
    if not path.exists() or not path.stat().st_size:
        return False
    return not integrity.examine(path) and not integrity.went_back(folder)


def _restore(folder: Path, *, clean: bool) -> str:
    path = folder / NAME
    source = next((b for b in backups(folder) if integrity.good(b)), None)
    built = backup.start_building(folder, source)
    carried = _carry_over(path, built, from_backup=source is not None, clean=clean)
    if source is None and not carried:
        built.unlink()
        raise Unreadable(
            f"Nothing can be read from the store's file {path}, and there is no good backup of it. Nothing was "
            "changed. Put a copy of your own there, or begin an empty store with `inbox restore --empty`."
        )
    aside = backup.swap(folder, built, "damaged")
    origin = (
        f"the backup of {backup.moment(source)}" if source else "an empty store, as there was no good backup"
    )
    return (
        f"The store was damaged. It was restored from {origin}, and {carried} documents of the damaged "
        f"file that were still whole were carried over. The damaged file is kept in {aside}."
    )


def _carry_over(damaged: Path | None, built: Path, *, from_backup: bool, clean: bool) -> int:
    """Copy every whole document of the damaged file into the store at `built`; returns how many.

    Not `clean`: the file and its log may be of different moments, so a document in them may be older than that of the
    backup.
    """
    carried: dict[str, set[str]] = {table: set() for table in schema.SPECS}
    with SQLiteTinyDB(built, schema.SPECS) as db:
        storage = db.storage
        with db.transaction():
            if not from_backup:
                schema.create(storage)
            elif schema.version(storage) < schema.VERSION:
                schema.migrate(storage)
            if schema.version(storage) == schema.VERSION:  # not that of a newer inbox
                older = damaged is not None and _earlier_than(damaged, db)
                clean = clean and not older
                for table, doc_id, document in _whole_documents(damaged, clean=clean) if damaged else ():
                    if _carry(db, table, doc_id, document, carried[table], clean=clean, older=older):
                        carried[table].add(doc_id)
                backup.ask_about_replies(db, carried["outbox"] if clean else set())
                backup.raise_numbers(db, built.parent)
        storage.db.checkpoint()
    backup.drop_locks(built)
    return sum(map(len, carried.values()))


def _earlier_than(damaged: Path, db: SQLiteTinyDB) -> bool:
    try:
        theirs = integrity.numbers(damaged)
    except BROKEN:
        return False
    ours = dict(db.storage.db.rows("SELECT name, seq FROM sqlite_sequence"))
    return integrity.earlier(theirs, ours) and not integrity.earlier(ours, theirs)


def _carry(
    db: SQLiteTinyDB, table: str, doc_id: str, document: Json, before: set[str], *, clean: bool, older: bool
) -> bool:
    """Take a document over, unless what is there is newer; returns whether it was."""
    key = doc_id if schema.SPECS[table].keyed else int(doc_id)
    there = db.table(table).get(doc_id=key)
    if there is not None and not _newer(
        table, document, there, clean=clean, doubtful=older or doc_id in before
    ):
        return doc_id in before
    try:
        db.table(table).put(key, document)
    except (Damaged, ValueError, KeyError, TypeError):  # what an index refuses, as two may not share it
        return False
    return True


def _newer(table: str, document: Json, there: Json, *, clean: bool, doubtful: bool) -> bool:
    """Whether `document` may replace the one that is `there`. `doubtful`: nothing says that its file is newer."""
    if table == "conversations":
        return bool(
            document["version"] > there["version"]
            or (document["version"] == there["version"] and not doubtful)
        )
    if table == "drafts" and document["saved_at"] != there["saved_at"]:
        return bool(document["saved_at"] > there["saved_at"])
    if table == "outbox" and not clean:
        went = there["phase"] == Phase.SENT or len(there["attempts"]) > len(document["attempts"])
        return not (went or doubtful)
    return not doubtful


# -- what is whole -----------------------------------------------------------------------------------------


def _whole_documents(damaged: Path, *, clean: bool) -> Iterator[Found]:
    """By way of SQLite first; what it cannot reach, from the pages. A document may come more than once."""
    if damaged.exists() and _readable_layout(damaged):
        yield from _by_sql(damaged)
    if not _only_documents(damaged):
        yield from _by_pages(damaged, with_log=True)
        if not clean:  # what a log that does not belong to the file hides; a draft that is gone was sent
            yield from (found for found in _by_pages(damaged, with_log=False) if found[0] != "drafts")


def _readable_layout(damaged: Path) -> bool:
    try:
        with closing(integrity.reading(damaged)) as db:
            layout = db.execute("PRAGMA user_version").fetchone()[0]
    except BROKEN:
        return False
    return bool(schema.SAME_DOCUMENTS <= layout <= schema.VERSION)


def _only_documents(damaged: Path) -> bool:
    """Whether the tree of pages is whole, so that SQLite reaches every row."""
    try:
        with closing(integrity.reading(damaged)) as db:
            rows = db.execute("PRAGMA quick_check(1)").fetchall()
            layout = db.execute("PRAGMA user_version").fetchone()[0]
    except BROKEN:
        return False
    broken = salvage.read_log(damaged.with_name(f"{damaged.name}-wal")).broken
    return rows == [("ok",)] and schema.SAME_DOCUMENTS <= layout <= schema.VERSION and not broken


def _by_sql(damaged: Path) -> Iterator[Found]:
    with closing(integrity.reading(damaged)) as db:
        for table in schema.SPECS:
            for doc_id, doc, crc in _readable(db, table):
                if intact(doc_id, doc, crc) and integrity.belongs(table, doc_id, doc):
                    yield table, doc_id, msgspec.json.decode(doc)


def _readable(db: Any, table: str) -> Iterator[tuple[Any, Any, Any]]:
    """Rows from the front until a damaged page, then from the back until there."""
    seen: set[int] = set()
    for order in ("n", "n DESC"):
        try:
            sql = f"SELECT n, id, CAST(doc AS BLOB), crc FROM {sql_name(table)} ORDER BY {order}"
            for number, *row in db.execute(sql):
                if number in seen:
                    break
                seen.add(number)
                yield row[0], row[1], row[2]
        except BROKEN:
            continue


def _by_pages(damaged: Path, *, with_log: bool) -> Iterator[Found]:
    """A row with a text, a number and a text in the right places, and a checksum that fits, is a document."""
    for row in salvage.rows(damaged, with_log=with_log):
        if len(row.cells) < len(_FIRST) + 1:
            continue
        doc_id, crc = row.cells[1:3]
        doc = row.cells[-1].encode() if isinstance(row.cells[-1], str) else row.cells[-1]
        if intact(doc_id, doc, crc):
            assert isinstance(doc_id, str)
            assert isinstance(doc, bytes)
            table = _table_of(len(row.cells), doc_id, doc)
            if table is not None:
                yield table, doc_id, msgspec.json.decode(doc)


_FIRST = ("n", "id", "crc")
"""The columns of every table of documents; `doc` is the last one, the index columns are between."""


def _table_of(columns: int, doc_id: str, doc: bytes) -> str | None:
    """The table that a document is of, by its kind: several have as many columns, and layout 1 had others."""
    fits = [table for table in schema.SPECS if integrity.belongs(table, doc_id, doc)]
    exact = [table for table in fits if len(schema.SPECS[table].columns) + len(_FIRST) + 1 == columns]
    return next(iter(exact or fits), None)
