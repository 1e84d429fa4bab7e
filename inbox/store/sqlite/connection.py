"""A SQLite connection for a store: durable, in the store's errors, one writer at a time."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from inbox.errors import Damaged, StoreBusy, StoreError, StoreFull
from inbox.system.locks import NO_ROOM, FileLock

Value = str | int | float | None

PATIENCE = 10.0
"""Seconds to wait for another process's write before giving up."""

OPEN_ELSEWHERE = (
    "{path} is also in another folder (a hard link), and an inbox has it open there. End that one first."
)

MOVED = (
    "The store's file was moved, removed or replaced while this inbox has it open. Nothing of this was saved; put the "
    "file back, or end every inbox and begin again."
)

MISFIT = (KeyError, IndexError, TypeError, AttributeError, AssertionError)
"""What comes out of code that finds something else in the store than was written there; or of a defect. Exactly these:
the errors of the domain are of kinds of their own. The next one to open the store looks (`folder.UNCHECKED`)."""

BROKEN = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises: `sqlite3` cannot even decode SQLite's message when it quotes the damage."""


_OPENING = threading.RLock()
_OPEN: Counter[tuple[int, int]] = Counter()
"""Connections of this process per file (device, inode)."""
_NAMES: dict[tuple[int, int], str] = {}
"""Under which name this process has a file open."""


@contextmanager
def before_connecting(path: Path) -> Iterator[bool]:
    """Yields whether this process has no connection to `path`, and lets nobody in it connect meanwhile.

    Only then the file may be opened by other means than SQLite: closing any descriptor of a file drops all POSIX locks
    that the process holds on it (sqlite.org/howtocorrupt.html 2.2). The next process that ends would take itself for
    the last one and remove the log under this one, and all that is written afterwards would be lost.
    """
    with _OPENING:
        found = file_identity(path)
        first = found is None or not _OPEN[found]
        if not first and found is not None and _NAMES.get(found) != os.path.realpath(path):
            raise StoreError(OPEN_ELSEWHERE.format(path=path))
        yield first


def file_identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None  # no file: nobody is connected to it
    return (found.st_dev, found.st_ino)


class Connection:
    """A SQLite connection that speaks in the store's errors and never forgets that a transaction broke."""

    def __init__(self, path: Path, write_lock: FileLock) -> None:
        self.path = path
        self.depth = 0
        self.begun = 0
        """Outermost transactions so far: while the number is the same, no other process writes."""
        self.commits = 0
        """Own outermost transactions so far: `PRAGMA data_version` tells only of those of others."""
        self.rollbacks = 0
        """Whatever was learned inside a transaction before one of these may not be so."""
        self.suspicion = path.with_name(path.name + ".suspect")
        """This file stands where damage was met: the next one to open the store looks at all of it."""
        self._lock = write_lock
        self._suspect = False
        self._fences: list[Callable[[], None]] = []
        with _OPENING, write_lock.held(PATIENCE):  # turning a new file into WAL mode wants it alone
            self._db = self._connect()
            self._counted = file_identity(path)
            if self._counted is not None:
                _OPEN[self._counted] += 1
                _NAMES[self._counted] = os.path.realpath(path)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, timeout=PATIENCE, cached_statements=256)
        try:
            # No other pragma before this one: it reads the header, so a file that is none is noticed here.
            if db.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
                raise StoreError(
                    f"The folder {self.path.parent} cannot hold a database: its file system does not "
                    "share memory between programs. Choose a folder on a local disk with --data."
                )
            for pragma in PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
        except BROKEN as error:
            db.close()
            raise translated(error) from error
        except StoreError:
            db.close()
            raise
        return db

    def run(self, sql: str, args: Sequence[Value | bytes] = ()) -> sqlite3.Cursor:
        """Execute one statement."""
        if self.depth and not self._db.in_transaction:
            raise StoreError("The transaction broke off; nothing of it was saved. Try again.")
        try:
            return self._db.execute(sql, args)
        except BROKEN as error:
            raise self._failed(error) from error

    @contextmanager
    def watched(self, note: Callable[[], None]) -> Iterator[None]:
        """Call `note` every now and then while SQLite works on a long statement inside. It must not raise."""

        def called() -> int:
            """Report that a statement is at work."""
            note()
            return 0  # go on

        self._db.set_progress_handler(called, 100_000)
        try:
            yield
        finally:
            self._db.set_progress_handler(None, 0)

    def rows(self, sql: str, args: Sequence[Value | bytes] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a SELECT, read as they are asked for."""
        cursor = self.run(sql, args)
        try:
            yield from cursor
        except BROKEN as error:
            raise self._failed(error) from error

    def row(self, sql: str, args: Sequence[Value | bytes] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return next(self.rows(sql, args), None)

    def _failed(self, error: sqlite3.Error | UnicodeDecodeError) -> StoreError:
        # After a failed sync the kernel may have dropped the pages and report success the next time
        # (PostgreSQL wiki, "Fsync Errors", read 2026-11): never repeat it, open the file again instead.
        self._suspect = self._suspect or _code(error) & 0xFF == sqlite3.SQLITE_IOERR
        failure = translated(error)
        return self.damaged(str(failure)) if isinstance(failure, Damaged) else failure

    def damaged(self, message: str) -> Damaged:
        """The error to raise; leaves word for the next one to open the store."""
        with suppress(OSError):  # a full disk: then the next reader of the place meets it again
            self.suspicion.touch(mode=0o600)
        return Damaged(message)

    @contextmanager
    def fitting(self) -> Iterator[None]:
        """What is read inside was written by this program: where it fits together no longer, the file is damaged."""
        try:
            yield
        except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
            kind = type(error).__name__
            raise self.damaged(
                f"What the store's file holds does not fit together ({kind}). Close every inbox and open it again: the "
                "store is then looked at, and restored from the newest backup if it is damaged."
            ) from error

    def alone(self) -> AbstractContextManager[None]:
        """While no other inbox writes. Not inside a transaction."""
        return self._lock.held(PATIENCE)

    @contextmanager
    def fenced(self, fence: Callable[[], None] | None) -> Iterator[None]:
        """Every transaction begins with `fence`, which raises StoreError where this handle may write no more."""
        if fence is not None:
            self._fences.append(fence)
        try:
            yield
        finally:
            if fence is not None:
                self._fences.remove(fence)

    @contextmanager
    def transaction(self, *, savepoint: bool = True) -> Iterator[None]:
        """All or nothing. The outermost one holds the write lock and commits, an inner one with `savepoint`
        undoes itself alone when it fails."""
        if not self.depth:
            with self._lock.held(PATIENCE), self._outermost():
                yield
        elif savepoint:
            with self._inner():
                yield
        else:
            yield

    @contextmanager
    def _outermost(self) -> Iterator[None]:
        if self._counted != file_identity(self.path):
            moved = StoreError(MOVED)
            moved.passing = True  # the file may be put back
            raise moved
        if self._suspect:
            self._db.close()
            self._db = self._connect()
            self._suspect = False
        for fence in self._fences:
            fence()
        # IMMEDIATE: a read that turns into a write later gets SQLITE_BUSY at once, whatever the time-out.
        self.run("BEGIN IMMEDIATE")
        self.begun += 1
        self.depth = 1
        try:
            yield
            self.run("COMMIT")
            self.commits += 1
        except BaseException as error:
            self.rollbacks += 1
            if type(error) in MISFIT:
                with suppress(OSError):
                    self.path.with_name(f"{self.path.name}.unchecked").touch(mode=0o600)
            raise
        finally:
            self.depth = 0
            self._abandon()

    @contextmanager
    def _inner(self) -> Iterator[None]:
        name = f"s{self.depth}"
        self.run(f"SAVEPOINT {name}")
        self.depth += 1
        try:
            yield
        except BaseException:
            self.rollbacks += 1
            if self._db.in_transaction:
                self._db.execute(f"ROLLBACK TO {name}")
                self._db.execute(f"RELEASE {name}")
            raise
        else:
            self.run(f"RELEASE {name}")
        finally:
            self.depth -= 1

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever other processes commit."""
        if self._db.in_transaction:
            yield
            return
        self.run("BEGIN")
        try:
            yield
        finally:
            self._abandon()

    def _abandon(self) -> None:
        """Leave a transaction without an error of its own: what broke it is on its way already."""
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except BROKEN:
                self._suspect = True

    def checkpoint(self) -> None:
        """Bring everything from the write-ahead log into the file itself, as far as readers let it."""
        with self._lock.held(PATIENCE):
            self.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; the last connection folds the log in."""
        # The last connection to close checkpoints. Below SQLite 3.51.3 a checkpoint and a commit at the same
        # instant can, very rarely, corrupt the file (WAL-reset bug, fixed 2026-03-13): hence under the lock.
        with self._lock.held(PATIENCE):
            self._db.close()
        with _OPENING:
            if self._counted is not None:  # a second call counts nothing
                _OPEN[self._counted] -= 1
            self._counted = None


PRAGMAS = (
    "synchronous=FULL",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "cell_size_check=ON",
    "cache_size=-8192",
    "journal_size_limit=16777216",
    *(("fullfsync=ON", "checkpoint_fullfsync=ON") if sys.platform == "darwin" else ()),
)


DAMAGE = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_TOOBIG,  # no document comes near to it: a length was read wrong
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_CONSTRAINT,  # who writes has looked before, in the same transaction: an index says otherwise
)


NO_ROOM_LEFT = (
    "The disk took no more (full, over quota, or a limit on file size). Nothing of this was saved, "
    "nothing saved before is lost. Make room, then try again."
)
FULL = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMOPEN,  # its first bytes could not be written
)


@contextmanager
def in_words() -> Iterator[None]:
    """Whatever the system refuses inside is a StoreError that says it."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StoreFull(NO_ROOM_LEFT) from error
        where = f"{error.filename}: " if error.filename else ""
        failing = StoreError(f"{where}{error.strerror or type(error).__name__}")
        failing.passing = True
        raise failing from error


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


def translated(error: sqlite3.Error | UnicodeDecodeError) -> StoreError:
    """What a SQLite error means for whoever asked."""
    code = _code(error)
    if code in FULL:
        return StoreFull(NO_ROOM_LEFT)
    if re.match("no such (module|tokenizer)", str(error)):
        return StoreError(
            f"This Python brings SQLite {sqlite3.sqlite_version} without trigram full-text search (FTS5, SQLite "
            "3.34 or newer). Run the inbox with another Python; uv installs one: `uv python install`."
        )
    # The statements are fixed, so what SQLite misses or cannot read was there when it was written.
    unreadable = re.match(
        "Could not decode to UTF-8|no such (table|column|index)|malformed|unsupported file format|table .* has",
        str(error),
    )
    if isinstance(error, UnicodeDecodeError) or unreadable or code & 0xFF in DAMAGE:
        return Damaged(
            "The store's file is damaged. Close every inbox and open it again: it is then restored from the "
            "newest backup."
        )
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy("Another program holds the store's file. Nothing was saved; try again.")
    if code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"The store's file cannot be opened for writing ({error}). Check its folder.")
    if code & 0xFF == sqlite3.SQLITE_IOERR:
        failing = StoreError(
            f"The disk failed while the store read or wrote ({getattr(error, 'sqlite_errorname', error)}). "
            "Nothing of this was saved; look at the disk, then try again."
        )
        failing.passing = True  # a disk that was full, unplugged or far away comes back
        return failing
    return StoreError(f"The store failed: {error} ({getattr(error, 'sqlite_errorname', 'no code')}).")
