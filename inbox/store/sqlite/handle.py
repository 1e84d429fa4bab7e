"""One open store: its file, its transactions, and records read from documents and written to them.

The six ports (`conversations`, `messages`, ...) share one handle; SQL and TinyDB's tables are reached through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from inbox.errors import Damaged, StoreError
from inbox.store.sqlite import backup, integrity, schema, tinydb_storage
from inbox.store.sqlite.connection import Value
from inbox.store.sqlite.documents import Rows
from inbox.store.sqlite.folder import NAME, closed_as, open_as, prepare, refuse_newer
from inbox.store.sqlite.opening import connect
from inbox.system.locks import SharedLock

if TYPE_CHECKING:
    from inbox.store.sqlite.tinydb_storage import SQLiteTinyDB

INDEXED_AT_ONCE = 2.0
"""Seconds that an update of the store spends on its full text; the rest is done by whoever reads the platforms."""

_Record = TypeVar("_Record")


class Condition(Protocol):
    """A condition on records, as in `conditions`: an index narrows by `sql`, the object decides about each record."""

    def sql(self) -> tuple[str, Sequence[Value]]:
        """Return the SQL after the name of the table, and its arguments; it finds at least what the object accepts."""
        ...

    def __call__(self, record: Any, /) -> bool: ...


class Handle:
    """The open store in `folder`; it belongs to the thread that made it.

    Raises Damaged when the file cannot be trusted, StoreError when the folder or the store cannot be used, each with
    what to do. A failed construction leaves everything as it was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound = False
        """Opened as it should be: the last one to close it may say so."""
        prepare(folder)
        self.use = SharedLock(folder / f"{NAME}.use-lock")
        """Shared while the store is open; held alone by whoever must be the only one to have it open."""
        try:
            self.storage = connect(folder, self.use)
            self.sql = self.storage.db
        except BaseException:
            self.use.close()
            raise
        try:
            with self.sql.fitting():
                self._set_up()
            self.use.write_word(open_as(folder / NAME))
            self.use.attempt(shared=True)
        except BaseException:
            self.close()
            raise
        self._sound = True
        self._touching = (-1, -1)
        self._touched: set[str] = set()

    def _set_up(self) -> None:
        storage = self.storage
        found = schema.version(storage)
        if found == schema.VERSION:
            self._dispel_suspicion()
            return
        refuse_newer(found)
        if not found and storage.read():
            raise Damaged("The store's file lost the number of its layout.")
        if found:
            self._migrate()
        else:
            with storage.transaction():
                if not schema.version(storage):  # another process may have been quicker
                    schema.create(storage)
        # The version has to be in the file itself: an older inbox looks there before it touches anything.
        storage.db.checkpoint()

    def _migrate(self) -> None:
        if not self.use.attempt():
            raise StoreError(
                "The store needs an update, and another inbox has it open. Close that one first."
            )
        backup.write(self.storage, self.folder)
        with self.storage.transaction():
            schema.migrate(self.storage)
        self.use.attempt(shared=True)
        started = monotonic()
        while self.index_more() and monotonic() - started < INDEXED_AT_ONCE:
            pass

    def _dispel_suspicion(self) -> None:
        """Rebuild the full texts and the counts and check everything once, if somebody has met damage."""
        if not self.sql.suspicion.exists():
            return
        # First: it costs no document, and from SQLite 3.44 on the check reports a damaged index, too.
        for table in schema.SEARCHED:
            self.storage.rebuild_text(table)
        schema.recount(self.storage)
        for finding in integrity.findings(self.sql.rows):
            raise self.sql.damaged(f"The store's file is damaged: {finding}.")
        self.sql.suspicion.unlink(missing_ok=True)

    @cached_property
    def db(self) -> SQLiteTinyDB:
        """TinyDB over the file that is open already: it writes all documents. Made at its first use."""
        return tinydb_storage.SQLiteTinyDB(storage=lambda: self.storage)

    def index_more(self) -> bool:
        """Continue the full text of each table for a short time; returns whether anything is left."""
        return any(self.storage.index_more(table) for table in schema.SEARCHED)

    def close(self) -> None:
        """Close the file and give up a lease still held. A second call does nothing."""
        if self.use.closed:
            return
        try:
            self.storage.close()
            if self._sound and self.use.attempt():
                self.use.write_word(closed_as(self.folder / NAME))
        finally:
            self.use.close()

    # -- transactions --------------------------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction, or a savepoint inside the one that is open."""
        return self.storage.transaction()

    def joined(self) -> AbstractContextManager[None]:
        """Open a transaction, or take part in the one that is open."""
        return self.sql.transaction(savepoint=False)

    def touch(self, cid: str) -> None:
        """Record a change of a conversation, once per transaction: nobody sees it before its end."""
        transaction = (self.sql.commits, self.sql.rollbacks)
        if self._touching != transaction:
            self._touching, self._touched = transaction, set()
        if cid not in self._touched:
            self._touched.add(cid)
            self.sql.run("INSERT OR REPLACE INTO touched (conversation) VALUES (?)", (cid,))

    # -- records -------------------------------------------------------------------------------------------

    def put(self, table: str, doc_id: str, record: object) -> None:
        """Insert or replace a record under its id."""
        self.db.table(table).put(doc_id, schema.plain(record))

    def record(self, table: str, doc_id: str, kind: type[_Record]) -> _Record | None:
        """Return the record under an id, or None. Raises Damaged, as all that read do."""
        found = self.read(kind, Rows(self.sql, table).stored("WHERE id = ?", (doc_id,)))
        return next(found, None)

    def records(self, table: str, condition: Condition, kind: type[_Record]) -> list[_Record]:
        """Return the records that a condition holds for, in the order that its SQL says."""
        return list(self.found(table, condition, kind))

    def found(self, table: str, condition: Condition, kind: type[_Record]) -> Iterator[_Record]:
        """Yield the records that a condition holds for, each read when it is asked for."""
        return filter(condition, self.read(kind, Rows(self.sql, table).stored(*condition.sql())))

    def read(self, kind: type[_Record], stored: Iterable[tuple[str, bytes]]) -> Iterator[_Record]:
        """Make records from stored bytes at once: by way of a dict they cost twice as much."""
        decode = None
        for _, doc in stored:
            if decode is None:  # not before there is a record: the first decoder of a kind takes 0.5 ms
                decode = msgspec.json.Decoder(kind).decode
            try:
                record = decode(doc)
            except msgspec.MsgspecError as error:  # a whole page of another table has right checksums
                raise self.sql.damaged(
                    f"A stored document is none of its table ({kind.__name__}). Close every inbox and open it again: the "
                    "store is then looked at, and restored from the newest backup if it is damaged."
                ) from error
            yield record
