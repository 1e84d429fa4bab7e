"""Copies of the store, and the way back to one.

A backup is a whole store written by `VACUUM INTO`, read back from end to end, and only then given its name. What
becomes of a damaged store: `restore`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from inbox.domain.outbox import LEAVING, OutboxItem, Phase
from inbox.domain.records import Record, replace
from inbox.errors import StoreError
from inbox.store.sqlite import integrity, schema
from inbox.store.sqlite.connection import BROKEN, in_words
from inbox.store.sqlite.documents import SQLiteStorage, sql_name
from inbox.store.sqlite.folder import (
    BACKUPS,
    DECIDED,
    NAME,
    UNCHECKED,
    backups,
    refuse_newer,
    sync_file,
    touch,
    unfinished,
)
from inbox.store.sqlite.tinydb_storage import SQLiteTinyDB
from inbox.system import progress
from inbox.system.locks import FileLock, SharedLock
from inbox.system.places import sync_folder

KEPT = 7
PATIENCE = 60.0
"""Seconds to wait for a backup that another inbox writes: one of a million messages takes 13."""
DAY, HOUR = 24 * 60 * 60, 60 * 60
COPIED_AT_ONCE = 4 << 20
"""Bytes between two reports of how far a copy is."""
CLOSE = timedelta(hours=12)
"""Two backups that are nearer to each other than this are one too many."""
STAMP = "%Y%m%dT%H%M%S.%fZ"

BUILT = f"{NAME}.part"
"""The store that shall take the place of the present one, while it is made."""

HIGHEST = 1 << 48
"""No table has given out so many numbers: one above it was read from a damaged page."""


def due(folder: Path) -> bool:
    """Whether there is no backup of the last day, or the store has to be looked at. A backup of the future says that
    the clock was wrong, now or then."""
    newest = next(iter(backups(folder)), None)
    if newest is None or (folder / UNCHECKED).exists():
        return True
    try:
        age = time.time() - newest.stat().st_mtime
    except FileNotFoundError:  # another inbox has just written a newer one
        return False
    return not -HOUR <= age <= DAY


def write(storage: SQLiteStorage, folder: Path, *, only_if_due: bool = False) -> Path | None:
    """Write one, check it, and forget all but the newest. Readers and writers go on meanwhile; who writes another one
    waits for its end, or raises StoreError after `PATIENCE`. `only_if_due`: None where another inbox was quicker."""
    if storage.db.depth:
        raise StoreError("A backup cannot be written inside a transaction.")
    lock = FileLock(folder / f"{NAME}.backup.lock")
    try:
        with lock.held(PATIENCE), in_words():
            if only_if_due and not due(folder):
                return None
            drop_parts(folder)
            return _write(storage, folder)
    finally:
        lock.close()


def _write(storage: SQLiteStorage, folder: Path) -> Path:
    final = folder / BACKUPS / f"inbox-{_next_stamp(folder)}.db"
    part = final.with_suffix(".part")
    unchecked = folder / UNCHECKED
    look = unchecked.exists()
    touch(part)
    try:
        # A copy is made of the documents alone: what is wrong with indexes shows in the store itself.
        found = next(integrity.findings(storage.db.rows), None) if look else None
        with _reported(storage, part, folder / NAME):
            storage.db.run("VACUUM INTO ?", (str(part),))
        sync_file(part)
        found = found or next(iter(integrity.examine(part, thorough=False)), None)
        if found is not None:
            problem = f"The backup could not be read back ({found}); the older ones are kept."
            raise storage.db.damaged(problem)  # the store is so too, most likely: the next start looks
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    if look:
        unchecked.unlink(missing_ok=True)
    sync_folder(final.parent)
    for old in _superfluous(backups(folder)):
        old.unlink(missing_ok=True)
    return final


def _superfluous(newest_first: list[Path]) -> list[Path]:
    """Of these, newest first, those to forget: first what a later one of the same hours makes unnecessary. A bad day with
    a backup after each crash must not push out those of the days before."""
    left, gone = list(newest_first), []
    while len(left) > KEPT:
        older = range(len(left) - 1, 0, -1)
        close = (n for n in older if _written(left[n - 1]) - _written(left[n]) < CLOSE)
        gone.append(left.pop(next(close, len(left) - 1)))
    return gone


@contextmanager
def _reported(storage: SQLiteStorage, part: Path, source: Path) -> Iterator[None]:
    """Report how much of a copy is written; SQLite itself does not say."""
    if not progress.is_watched():
        yield
        return
    whole = source.stat().st_size
    with storage.db.watched(lambda: progress.report("backup", min(part.stat().st_size, whole), whole)):
        progress.report("backup", 0, whole)
        yield


def _next_stamp(folder: Path) -> str:
    """Later than that of every backup there is, whatever the clock says: their names are their order."""
    newest = max((_written(path) for path in backups(folder)), default=None)
    now = datetime.now(UTC)
    if newest is not None and newest >= now:
        with suppress(OverflowError):
            now = newest + timedelta(microseconds=1)
    return now.strftime(STAMP)


def drop_parts(folder: Path) -> None:
    """Remove what a killed backup or restore left half written, as large as the store each. Nobody is writing one: no
    restore goes on while the store is open, and backups are written one at a time."""
    for part in (*(folder / BACKUPS).glob("*.part*"), *folder.glob(f"{BUILT}*")):
        part.unlink(missing_ok=True)


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
    paths = backups(folder)
    found: list[Kept] = []
    for path in paths:
        progress.report("check", len(found), len(paths))
        found.append(kept(path))
    return found


def kept(path: Path) -> Kept:
    """Read one backup from end to end, and count what it holds."""
    try:
        problem = next(iter(integrity.examine(path)), None)
    except StoreError as error:
        problem = str(error)
    counts = [0, 0]
    if problem is None:
        with closing(integrity.reading(path)) as db:
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
    return datetime.now(UTC).strftime(STAMP)


# -- the way back ------------------------------------------------------------------------------------------


def put_back(folder: Path, name: str) -> Path:
    """Make the backup `name` the store, because somebody wants it so; returns where the present store was put.

    Replies that had not left then are asked about before they leave. Raises StoreError for a backup that is not
    there or not sound, and while another inbox has the store open. Nothing has changed then.
    """
    use = SharedLock(folder / f"{NAME}.use-lock")
    try:
        if not use.attempt():
            raise StoreError("Another inbox has the store open (a screen, `inbox sync`). Close it first.")
        return _put_back(folder, name)
    finally:
        use.close()


def _put_back(folder: Path, name: str) -> Path:
    with building(folder):
        source = next((b for b in backups(folder) if b.stem == name), None)
        if source is None:
            raise StoreError(f"There is no backup {name}; `inbox restore` lists them.")
        if found := integrity.examine(source):
            raise StoreError(f"The backup {name} is damaged ({found[0]}). Choose another one.")
        built = start_building(folder, source)
        _ask(built, folder)
        return swap(folder, built, "replaced")


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """What the system refuses inside is said, and what was built so far is removed: it would fill the disk."""
    try:
        with in_words():
            yield
    except BaseException:
        for part in folder.glob(f"{BUILT}*"):
            with suppress(OSError):
                part.unlink(missing_ok=True)
        raise


def _ask(built: Path, folder: Path) -> None:
    with SQLiteTinyDB(built, schema.SPECS) as db:
        refuse_newer(schema.version(db.storage))
        with db.transaction():
            schema.migrate(db.storage)
            ask_about_replies(db, set())
            raise_numbers(db, folder)
        db.storage.db.checkpoint()
    drop_locks(built)


def start_building(folder: Path, source: Path | None) -> Path:
    """A new file to build the store in: a copy of the backup, or empty."""
    built = folder / BUILT
    for leftover in folder.glob(f"{built.name}*"):
        leftover.unlink()
    if source:
        _copy(source, built)
    else:
        touch(built)
    built.chmod(0o600)
    return built


def _copy(source: Path, to: Path) -> None:
    whole, done = source.stat().st_size, 0
    with source.open("rb") as read, to.open("wb") as write:
        progress.report("restore", 0, whole)
        while piece := read.read(COPIED_AT_ONCE):
            write.write(piece)
            done += len(piece)
            progress.report("restore", done, whole)


def swap(folder: Path, built: Path, why: str) -> Path:
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
    """By its name; a file that somebody else put there, by its time."""
    try:
        return datetime.strptime(f"{backup.stem.removeprefix('inbox-')}+0000", f"{STAMP}%z")
    except ValueError:
        return datetime.fromtimestamp(backup.stat().st_mtime, UTC)


def moment(source: Path) -> str:
    """When the backup was written, for a sentence."""
    return _written(source).strftime("%Y-%m-%d %H:%M UTC")


def _set_aside(folder: Path, aside: Path) -> None:
    aside.mkdir(mode=0o700, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        part = folder / (NAME + suffix)
        if part.exists():
            part.replace(aside / part.name)
    sync_folder(aside)
    sync_folder(folder)


def drop_locks(built: Path) -> None:
    """Remove what was locked to build a store: nobody will look for it under this name."""
    for lock in built.parent.glob(f"{built.name}.*"):
        lock.unlink()


def raise_numbers(db: SQLiteTinyDB, folder: Path) -> None:
    """Give out no number again that the present store or a backup has given out: by them it is told which of two files
    is the later one. Call it inside a transaction."""
    storage = db.storage.db
    highest = dict(storage.rows("SELECT name, seq FROM sqlite_sequence"))
    before = dict(highest)
    for path in (folder / NAME, *backups(folder)):
        with suppress(*BROKEN):
            for name, seq in integrity.numbers(path).items():
                if highest.get(name, 0) < seq < HIGHEST:
                    highest[name] = seq
    seqs = storage.row("SELECT MAX(seq) FROM doc_messages")
    highest["doc_messages"] = max(highest.get("doc_messages", 0), (seqs and seqs[0]) or 0)
    tables = {row[0] for row in storage.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name in tables & highest.keys():
        if name not in before:
            storage.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, highest[name]))
        elif highest[name] != before[name]:
            storage.run("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (highest[name], name))


def ask_about_replies(db: SQLiteTinyDB, current: set[str]) -> None:
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
