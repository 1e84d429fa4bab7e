"""Copies of the store, and the way back from a damaged one.

A backup is a whole store written by `VACUUM INTO`, checked by opening, and only then given its name. A damaged
store is never deleted and never replaced by an empty one: it is moved to `damaged-<time>`, the newest good
backup takes its place, and every document of the damaged file whose checksum is right is carried over.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from inbox.domain.outbox import LEAVING, OutboxItem, Phase
from inbox.domain.records import Record, replace
from inbox.errors import StoreError
from inbox.places import sync_folder
from inbox.store import schema
from inbox.store.connection import BROKEN
from inbox.store.documents import SQLiteStorage, intact, sql_name
from inbox.store.folder import BACKUPS, DECIDED, NAME, backups, refuse_newer, sync_file, touch, unfinished
from inbox.store.locks import FileLock, SharedLock
from inbox.store.sqlite_tinydb import SQLiteTinyDB

KEPT = 7
PATIENCE = 60.0
"""Seconds to wait for a backup that another inbox writes: one of a million messages takes 13."""
DAY = 24 * 60 * 60

BUILT = f"{NAME}.part"
"""The store that shall take the place of the present one, while it is made."""

Select = Callable[[str], Iterable[tuple[Any, ...]]]


def due(folder: Path) -> bool:
    """Is the newest backup older than a day, or is there none?"""
    newest = next(iter(backups(folder)), None)
    return newest is None or time.time() - newest.stat().st_mtime > DAY


def write(storage: SQLiteStorage, folder: Path) -> Path:
    """Write one, check it, and forget all but the newest. Readers and writers go on meanwhile; who writes another one
    waits for its end, or raises StoreError after `PATIENCE`."""
    if storage.db.depth:
        raise StoreError("A backup cannot be written inside a transaction.")
    lock = FileLock(folder / f"{NAME}.backup.lock")
    try:
        with lock.held(PATIENCE):
            drop_parts(folder)
            return _write(storage, folder)
    finally:
        lock.close()


def _write(storage: SQLiteStorage, folder: Path) -> Path:
    final = folder / BACKUPS / f"inbox-{_stamp()}.db"
    part = final.with_suffix(".part")
    touch(part)
    try:
        storage.db.run("VACUUM INTO ?", (str(part),))
        sync_file(part)
        if findings := examine(part, thorough=False):
            problem = f"The backup could not be read back ({findings[0]}); the older ones are kept."
            raise storage.db.damaged(problem)  # the store is so too, most likely: the next start looks
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(final.parent)
    for old in backups(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    return final


def drop_parts(folder: Path) -> None:
    """Remove what a killed backup or restore left half written, as large as the store each. Nobody is writing one: no
    restore goes on while the store is open, and backups are written one at a time."""
    for part in (*(folder / BACKUPS).glob("*.part*"), *folder.glob(f"{BUILT}*")):
        part.unlink(missing_ok=True)


def examine(path: Path, *, thorough: bool = True) -> list[str]:
    """What is wrong with a store's file, read without changing it; empty when it is sound."""
    try:
        with closing(_reading(path)) as db:
            return list(findings(db.execute, thorough=thorough))
    except BROKEN as error:
        return [str(error)]


def findings(select: Select, *, thorough: bool = True) -> Iterator[str]:
    """Pages, indexes (`thorough`) and the checksum of every document."""
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
            if not intact(*row):
                yield f"the document {row[0]!r} in {table} is damaged"


def _reading(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    # An id whose bytes are no longer UTF-8 shall fail its checksum, not the whole reading.
    db.text_factory = lambda value: value.decode("utf-8", "replace")
    return db


class Kept(Record, kw_only=True):
    """A backup as it lies there. `problem` is None when it is sound."""

    name: str
    written: datetime
    bytes: int
    conversations: int
    messages: int
    problem: str | None


def listing(folder: Path) -> list[Kept]:
    """Newest first, each read from end to end."""
    return [_kept(path) for path in backups(folder)]


def _kept(path: Path) -> Kept:
    problem = next(iter(examine(path)), None)
    counts = [0, 0]
    if problem is None:
        with closing(_reading(path)) as db:
            tables = (sql_name("conversations"), sql_name("messages"))
            counts = [db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables]
    return Kept(
        name=path.stem,
        written=_written(path),
        bytes=path.stat().st_size,
        conversations=counts[0],
        messages=counts[1],
        problem=problem,
    )


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


# -- the way back ------------------------------------------------------------------------------------------


def restore(folder: Path) -> str:
    """Put a sound store where the damaged one is, and say in one sentence what was done.

    Raises StoreError while another inbox has the store open.
    """
    use = SharedLock(folder / f"{NAME}.use-lock")
    try:
        if not use.attempt():
            raise StoreError("The store is damaged, and another inbox has it open. Close that one first.")
        path = folder / NAME
        if path.exists() and path.stat().st_size and not examine(path):
            return ""  # somebody else has mended it while we waited
        return _restore(folder, path)
    finally:
        use.close()


def _restore(folder: Path, path: Path) -> str:
    source = next((b for b in backups(folder) if not examine(b, thorough=False)), None)
    built = _copy(folder, source)
    carried = _carry_over(path, built, from_backup=source is not None)
    aside = _swap(folder, built, "damaged")
    origin = f"the backup of {_moment(source)}" if source else "an empty store, as there was no good backup"
    return (
        f"The store was damaged. It was restored from {origin}, and {carried} documents of the damaged "
        f"file that were still whole were carried over. The damaged file is kept in {aside}."
    )


def put_back(folder: Path, name: str) -> Path:
    """Make the backup `name` the store, because somebody wants it so; returns where the present store was put.

    Replies that had not left then are asked about before they leave. Raises StoreError for a backup that is not
    there or not sound, and while another inbox has the store open. Nothing has changed then.
    """
    use = SharedLock(folder / f"{NAME}.use-lock")
    try:
        if not use.attempt():
            raise StoreError("Another inbox has the store open (a screen, `inbox sync`). Close it first.")
        source = next((b for b in backups(folder) if b.stem == name), None)
        if source is None:
            raise StoreError(f"There is no backup {name}; `inbox restore` lists them.")
        if found := examine(source):
            raise StoreError(f"The backup {name} is damaged ({found[0]}). Choose another one.")
        built = _copy(folder, source)
        _ask(built)
        return _swap(folder, built, "replaced")
    finally:
        use.close()


def _ask(built: Path) -> None:
    with SQLiteTinyDB(built, schema.SPECS) as db:
        refuse_newer(schema.version(db.storage))
        with db.transaction():
            schema.migrate(db.storage)
            _ask_about_replies(db, set())
        db.storage.db.checkpoint()
    _drop_locks(built)


def _copy(folder: Path, source: Path | None) -> Path:
    """A new file to build the store in: a copy of the backup, or empty."""
    built = folder / BUILT
    for leftover in folder.glob(f"{built.name}*"):
        leftover.unlink()
    if source:
        shutil.copyfile(source, built)
    else:
        touch(built)
    built.chmod(0o600)
    return built


def _swap(folder: Path, built: Path, why: str) -> Path:
    """Give the built store its name, after the old one was put into `why-<time>`; returns that folder."""
    sync_file(built)
    built.replace(folder / f"{DECIDED}{why}-{_stamp()}")
    sync_folder(folder)
    return finish(folder)


def finish(folder: Path) -> Path:
    """Put the old store aside and the new one in its place; returns where the old one is. Nobody else may have
    the store open.

    Any number of starts may be cut off in here: a file and its log change places together or not at all.
    """
    ready = unfinished(folder)
    assert ready is not None
    aside = folder / ready.name.removeprefix(DECIDED)
    _set_aside(folder, aside)
    ready.replace(folder / NAME)
    sync_folder(folder)
    (folder / f"{NAME}.suspect").unlink(missing_ok=True)
    return aside


def _written(backup: Path) -> datetime:
    return datetime.strptime(f"{backup.stem.removeprefix('inbox-')}+0000", "%Y%m%dT%H%M%S.%fZ%z")


def _moment(source: Path) -> str:
    return _written(source).strftime("%Y-%m-%d %H:%M UTC")


def _set_aside(folder: Path, aside: Path) -> None:
    aside.mkdir(mode=0o700, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        part = folder / (NAME + suffix)
        if part.exists():
            part.replace(aside / part.name)
    sync_folder(aside)
    sync_folder(folder)


def _carry_over(damaged: Path, built: Path, *, from_backup: bool) -> int:
    """Copy every whole document of the damaged file into the store at `built`; returns how many."""
    with SQLiteTinyDB(built, schema.SPECS) as db:
        storage = db.storage
        with db.transaction():
            if not from_backup:
                schema.create(storage)
            elif schema.version(storage) < schema.VERSION:
                schema.migrate(storage)
            same_layout = schema.version(storage) == schema.VERSION  # not that of a newer inbox
            carried: dict[str, set[str]] = {table: set() for table in schema.SPECS}
            for table, doc_id, document in _whole_documents(damaged) if same_layout else ():
                db.table(table).put(doc_id, document)
                carried[table].add(doc_id)
            if same_layout:
                _ask_about_replies(db, carried["outbox"])
                storage.db.run(
                    "UPDATE sqlite_sequence SET seq = MAX(seq, (SELECT MAX(seq) FROM doc_messages)) "
                    "WHERE name = 'doc_messages' AND EXISTS (SELECT 1 FROM doc_messages)"
                )
        storage.db.checkpoint()
    _drop_locks(built)
    return sum(map(len, carried.values()))


def _drop_locks(built: Path) -> None:
    for lock in built.parent.glob(f"{built.name}.*"):
        lock.unlink()


def _whole_documents(damaged: Path) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    if not damaged.exists():
        return
    with closing(_reading(damaged)) as db:
        try:
            layout = db.execute("PRAGMA user_version").fetchone()[0]
            if not schema.SAME_DOCUMENTS <= layout <= schema.VERSION:
                return
        except BROKEN:
            return
        for table, spec in schema.SPECS.items():
            for doc_id, doc, crc in _readable(db, table):
                if intact(doc_id, doc, crc):
                    yield table, doc_id if spec.keyed else int(doc_id), msgspec.json.decode(doc)


def _readable(db: sqlite3.Connection, table: str) -> Iterator[tuple[Any, Any, Any]]:
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


def _ask_about_replies(db: SQLiteTinyDB, current: set[str]) -> None:
    """A reply known only from a backup may have left since: it must not leave again by itself."""
    outbox = db.table("outbox")
    for document in outbox.all():
        item = msgspec.convert(document, OutboxItem)
        if item.id not in current and item.phase in (*LEAVING, Phase.PREPARED, Phase.ON_WIRE):
            asking = replace(
                item,
                phase=Phase.ASK_AGENT,
                reason="This reply comes from a backup of the store; it may have been sent since.",
                next_step="Look at the conversation, then send it again, mark it as sent, or drop it.",
            )
            outbox.put(item.id, schema.plain(asking))
