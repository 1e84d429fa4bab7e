"""TinyDB with SQLite as its file.

TinyDB is extended where it offers to be (docs/extend.rst of 4.8): a `Storage`, a `Table` and a `TinyDB`
subclass. All reads of a table pass `_read_table`, all writes pass `_update_table`; both are replaced here, so
the rest of TinyDB's API works on documents that are read only when they are asked for. What SQLite adds:
transactions over several tables, indexes, full text, several processes, and a file that survives kill -9.

    conditions  TinyDB queries, and objects with `.sql()`: the index narrows, the object itself decides

How documents lie in the file: `documents`. The query cache is off, because another process may have written meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast, runtime_checkable

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from inbox.store.sqlite.connection import Value
from inbox.store.sqlite.documents import Changes, Json, Rows, SQLiteStorage, sql_name

Storage.register(SQLiteStorage)
_NO_ROWS: Mapping[str, Json] = {}


@runtime_checkable
class Narrowing(Protocol):
    """A TinyDB condition that knows how to find its candidates: the SQL after the table's name, and arguments.

    The candidates must hold every match; the condition is still called with each of them.
    """

    def sql(self) -> tuple[str, Sequence[Value]]:
        """Return the SQL after the name of the table, and its arguments."""
        ...

    def __call__(self, document: Mapping[str, Any]) -> bool: ...

    def __hash__(self) -> int: ...


class SQLiteTable(Table):
    """TinyDB's Table, reading and writing single documents."""

    default_query_cache_capacity = 0
    storage: SQLiteStorage  # type: ignore[assignment]  # registered as one

    def __init__(self, storage: Storage, name: str, cache_size: int = 0, persist_empty: bool = False) -> None:
        self._keyed = cast("SQLiteStorage", storage).spec(name).keyed
        if self._keyed:
            self.document_id_class = str  # type: ignore[assignment]  # text ids work since 4.8.1 (issue 545)
        super().__init__(storage, name, cache_size=0, persist_empty=persist_empty)

    @property
    def _sqlite(self) -> SQLiteStorage:
        return cast(SQLiteStorage, self._storage)

    def _read_table(self) -> Any:
        return Rows(self._sqlite.db, self.name) if self._sqlite.exists(self.name) else _NO_ROWS

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        storage = self._sqlite
        with storage.db.transaction(savepoint=False):
            storage.ensure(self.name)
            changes = Changes(Rows(storage.db, self.name), self.document_id_class)
            updater(changes)
            storage.apply(self.name, changes)

    # -- what is quicker by index ----------------------------------------------------------------------------

    def candidates(self, cond: Any) -> Iterator[tuple[str, Json]]:
        """Ids and documents that `cond` must be asked about: all of them, unless it narrows."""
        rows = self._read_table()
        if isinstance(cond, Narrowing) and isinstance(rows, Rows):
            return rows.select(*cond.sql())
        return iter(rows.items())

    def search(self, cond: Any) -> list[Document]:
        """Return the documents that fit, by an index where the condition has one."""
        return [self._document(i, doc) for i, doc in self.candidates(cond) if cond(doc)]

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
        """Return one document by id or condition, or None; a list for `doc_ids`."""
        if doc_id is None and doc_ids is not None:
            rows = self._read_table()
            found = rows.of(map(str, doc_ids)) if isinstance(rows, Rows) else []
            return [self._document(i, doc) for i, doc in found]
        if doc_id is None and cond is not None:
            return next((self._document(i, doc) for i, doc in self.candidates(cond) if cond(doc)), None)
        return super().get(cond, doc_id, doc_ids)

    def put(self, doc_id: Any, document: Json) -> None:
        """Insert or replace one whole document."""
        self._update_table(lambda table: table.__setitem__(doc_id, document))

    def update(self, fields: Any, cond: Any = None, doc_ids: Any = None) -> list[Any]:
        """Change documents by id or condition. Returns their ids."""
        with self._sqlite.db.transaction(savepoint=False):
            return super().update(fields, *self._narrowed(cond, doc_ids))

    def remove(self, cond: Any = None, doc_ids: Any = None) -> list[Any]:
        """Remove documents by id or condition. Returns their ids."""
        with self._sqlite.db.transaction(savepoint=False):
            return super().remove(*self._narrowed(cond, doc_ids))

    def _narrowed(self, cond: Any, doc_ids: Any) -> tuple[Any, Any]:
        if doc_ids is None and isinstance(cond, Narrowing):
            return None, [document.doc_id for document in self.search(cond)]
        return cond, doc_ids

    # -- ids -------------------------------------------------------------------------------------------------

    def insert(self, document: Mapping[str, Any]) -> Any:
        """Insert one document under its own id. Returns the id."""
        with self._sqlite.db.transaction(savepoint=False):
            return super().insert(document)

    def upsert(self, document: Mapping[str, Any], cond: Any = None) -> list[Any]:
        """Replace the document with this id, or insert it. Returns the ids."""
        with self._sqlite.db.transaction(savepoint=False):
            return super().upsert(document, cond)

    def _get_next_id(self) -> int:
        """One more than any id here and any given out before by this object; under the write lock, so that
        two processes never give out the same one."""
        if self._keyed:
            raise ValueError(f"the table {self.name} is keyed by text: insert a Document with a doc_id")
        highest = 0
        if self._sqlite.exists(self.name):
            row = self._sqlite.db.row(
                f"SELECT CAST(id AS INTEGER) FROM {sql_name(self.name)} ORDER BY CAST(id AS INTEGER) DESC LIMIT 1"
            )
            highest = int(row[0]) if row else 0
        number = max(self._next_id or 1, highest + 1)
        self._next_id = number + 1  # type: ignore[assignment]  # TinyDB types the attribute as None
        return number

    def __len__(self) -> int:
        return len(self._read_table())

    def _document(self, doc_id: str, document: Json) -> Document:
        return self.document_class(document, self.document_id_class(doc_id))


class SQLiteTinyDB(TinyDB):
    """`SQLiteTinyDB(path, specs)`: TinyDB's whole API over one SQLite file."""

    table_class = SQLiteTable
    default_storage_class = SQLiteStorage  # type: ignore[assignment]  # TinyDB types it as JSONStorage

    def table(self, name: str, **kwargs: Any) -> SQLiteTable:
        """Return the table `name`; it is made with its first document."""
        return cast(SQLiteTable, super().table(name, **kwargs))

    @property
    def storage(self) -> SQLiteStorage:  # type: ignore[override]  # registered as one
        """Return the storage behind all tables."""
        return cast(SQLiteStorage, self._storage)

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing over all tables; may be nested."""
        return self.storage.transaction()
