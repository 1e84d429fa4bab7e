"""TinyDB with SQLite as its file: every document is one row, every change one durable commit.

TinyDB is extended where it offers to be (docs/extend.rst of 4.8): a `Storage`, a `Table` and a `TinyDB`
subclass. All reads of a table pass `_read_table`, all writes pass `_update_table`; both are replaced here, so
the rest of TinyDB's API works on documents that are read only when they are asked for. What SQLite adds:
transactions over several tables, indexes, full text, several processes, and a file that survives kill -9.

    documents   one SQLite table per TinyDB table: n (order of insertion), id, crc, index columns, doc (JSON)
    full text   one contentless FTS5 trigram table beside it, over text folded in Python (`domain.fold`)
    conditions  TinyDB queries, and objects with `.sql()`: the index narrows, the object itself decides

JSON values only. The query cache is off, because another process may have written meanwhile.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import msgspec
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from inbox.domain.fold import fold, marked
from inbox.domain.records import Record, field
from inbox.domain.text import storable
from inbox.store.connection import Connection, Value
from inbox.store.locks import FileLock

Json = dict[str, Any]


class Spec(Record, kw_only=True):
    """How a table is kept.

    `columns` are SQLite columns beside the document and `values` computes them, in that order, at every
    write; `indexes` are SQL, `{table}` standing for the table's name. Real columns instead of generated ones:
    the values come from the domain's own functions, so SQL and Python cannot differ about them. `beside` is SQL
    as well: what is kept in step with the table, by triggers. `text` is what full-text search finds. Keyed tables have text ids given by the caller; the others count up, and do so
    across processes.
    """

    columns: Sequence[str] = ()
    values: Callable[[Json], Sequence[Value]] = field(default=lambda _: ())
    indexes: Sequence[str] = ()
    beside: Sequence[str] = ()
    text: Callable[[Json], str] | None = None
    keyed: bool = False


@runtime_checkable
class Narrowing(Protocol):
    """A TinyDB condition that knows how to find its candidates: the SQL after the table's name, and arguments.

    The candidates must hold every match; the condition is still called with each of them.
    """

    def sql(self) -> tuple[str, Sequence[Value]]: ...

    def __call__(self, document: Mapping[str, Any]) -> bool: ...

    def __hash__(self) -> int: ...


def sql_name(table: str) -> str:
    """The SQLite table behind a TinyDB table. SQLite ignores case and quotes badly, so odd names are spelled
    in hexadecimal."""
    if re.fullmatch(r"[a-z0-9_]+", table):
        return f"doc_{table}"
    return f"docx_{table.encode().hex()}"


def _table_of(name: str) -> str:
    kind, _, rest = name.partition("_")
    return rest if kind == "doc" else bytes.fromhex(rest).decode()


def checksum(doc_id: str, doc: bytes) -> int:
    """Of a document under its id: SQLite keeps no checksum of its pages, and a wrong document is worse than
    none (measured: a third of single flipped bits went unnoticed without it, none with it)."""
    return zlib.crc32(doc, zlib.crc32(doc_id.encode()))


def intact(doc_id: object, doc: object, crc: object) -> bool:
    """Whether a row is bit for bit what was written; any of the three may have become something else."""
    return isinstance(doc_id, str) and isinstance(doc, bytes) and checksum(doc_id, doc) == crc


def _must_be_intact(db: Connection, table: str, doc_id: str, doc: bytes, crc: int) -> None:
    if not intact(doc_id, doc, crc):
        raise db.damaged(
            f"The stored document {doc_id!r} in {table} is damaged. Close every inbox and open it "
            "again: it is then restored from the newest backup."
        )


class Rows(Mapping[str, Json]):
    """The documents of one table by id, in the order of insertion, each read when it is asked for."""

    def __init__(self, db: Connection, table: str) -> None:
        self._db = db
        self.table = table
        self._sql = sql_name(table)

    def __getitem__(self, doc_id: str) -> Json:
        for _, document in self.select("WHERE id = ?", (str(doc_id),)):
            return document
        raise KeyError(doc_id)

    def stored(self, rest: str, args: Sequence[Value] = ()) -> Iterator[tuple[str, bytes]]:
        """Ids and documents as they lie there, each checked; `rest` is what follows the table's name: WHERE,
        ORDER BY, LIMIT."""
        return self._checked(f"FROM {self._sql} {rest}", args)

    def named(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The same for those of `ids` that exist, in this order."""
        wanted = msgspec.json.encode(list(ids)).decode()
        # CROSS JOIN fixes the order: first the ids, then each one's row, however SQLite guesses their number.
        source = f"FROM (SELECT value AS named FROM json_each(?)) CROSS JOIN {self._sql} ON id = named"
        return self._checked(source, (wanted,))

    def _checked(self, source: str, args: Sequence[Value]) -> Iterator[tuple[str, bytes]]:
        for doc_id, doc, crc in self._db.rows(f"SELECT id, CAST(doc AS BLOB), crc {source}", args):
            _must_be_intact(self._db, self.table, doc_id, doc, crc)
            yield doc_id, doc

    def select(self, rest: str, args: Sequence[Value] = ()) -> Iterator[tuple[str, Json]]:
        """Ids and documents."""
        for doc_id, doc in self.stored(rest, args):
            yield doc_id, msgspec.json.decode(doc)

    def of(self, ids: Iterable[str]) -> list[tuple[str, Json]]:
        """The documents that exist among `ids`, in the order of insertion."""
        wanted = msgspec.json.encode(list(ids)).decode()
        return list(self.select("WHERE id IN (SELECT value FROM json_each(?)) ORDER BY n", (wanted,)))

    def items(self) -> Any:  # a stream, where Mapping promises a view: TinyDB only iterates over it
        return self.select("ORDER BY n")

    def __iter__(self) -> Iterator[str]:
        return (row[0] for row in self._db.rows(f"SELECT id FROM {self._sql} ORDER BY n"))

    def __len__(self) -> int:
        row = self._db.row(f"SELECT COUNT(*) FROM {self._sql}")
        return int(row[0]) if row else 0

    def __contains__(self, doc_id: object) -> bool:
        return self._db.row(f"SELECT 1 FROM {self._sql} WHERE id = ?", (str(doc_id),)) is not None


class Changes(MutableMapping[Any, Json]):
    """What an updater sees of a table: documents as private copies, puts and deletes noted, nothing written.

    So an updater that fails half-way has changed nothing. A key that is deleted and set again moves to the
    end, as in a dict.
    """

    def __init__(self, rows: Rows, key: Callable[[str], Any]) -> None:
        self._rows = rows
        self._key = key
        self.held: dict[Any, Json] = {}
        self.gone: dict[Any, None] = {}

    def __getitem__(self, key: Any) -> Json:
        if key in self.held:
            return self.held[key]
        if key in self.gone:
            raise KeyError(key)
        document = self._rows[str(key)]
        self.held[key] = document
        return document

    def __setitem__(self, key: Any, document: Json) -> None:
        self.held[key] = document

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self.held.pop(key, None)
        if str(key) in self._rows:
            self.gone[key] = None

    def __contains__(self, key: object) -> bool:
        return key in self.held or (key not in self.gone and str(key) in self._rows)

    def __iter__(self) -> Iterator[Any]:
        kept = [key for key in map(self._key, self._rows) if key not in self.gone]
        yield from kept
        known = set(kept)
        yield from [key for key in self.held if key not in known]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        self.held.clear()
        self.gone = dict.fromkeys(map(self._key, self._rows))


class SQLiteStorage(Storage):
    """Tables of documents in one SQLite file.

    `path` must lie in an existing folder on a local disk. `specs` says by name how tables are kept; a table
    without one is a plain TinyDB table. One instance belongs to one thread.
    """

    def __init__(self, path: Path | str, specs: Mapping[str, Spec] | None = None) -> None:
        self.path = Path(path)
        self.specs = dict(specs or {})
        self._lock = FileLock(self.path.with_name(self.path.name + ".write-lock"))
        try:
            self.db = Connection(self.path, self._lock)
        except BaseException:
            self._lock.close()
            raise
        self._known: set[str] = set()

    def spec(self, table: str) -> Spec:
        return self.specs.get(table, _PLAIN)

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing over all tables; may be nested, and the outermost one commits."""
        return self.db.transaction()

    # -- TinyDB's Storage ----------------------------------------------------------------------------------

    def read(self) -> dict[str, dict[str, Any]] | None:
        """All tables by name, none of their documents read yet; None without any table."""
        found = self.db.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND (name GLOB 'doc_*' OR name GLOB 'docx_*') "
            "ORDER BY rowid"
        )
        tables = {_table_of(name): Rows(self.db, _table_of(name)) for (name,) in found}
        return cast("dict[str, dict[str, Any]]", tables) or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Make the tables what `data` says: others are dropped, those that came from `read` stay untouched."""
        with self.transaction():
            for table in set(self.read() or {}) - set(data):
                self._drop(table)
            for table, documents in data.items():
                if isinstance(documents, Rows) and documents.table == table and self.exists(table):
                    continue
                self._drop(table)
                self.ensure(table)
                self._put_all(table, {str(doc_id): dict(doc) for doc_id, doc in documents.items()})

    def close(self) -> None:
        self.db.close()
        self._lock.close()

    # -- tables --------------------------------------------------------------------------------------------

    def exists(self, table: str) -> bool:
        if table in self._known:
            return True
        name = sql_name(table)
        found = self.db.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
        if found and not self.db.depth:  # inside a transaction it may still be rolled back
            self._known.add(table)
        return found is not None

    def ensure(self, table: str) -> None:
        """Create the table, its indexes and its full text, where they are missing."""
        if self.exists(table):
            return
        spec, name = self.spec(table), sql_name(table)
        columns = "".join(f"{column}, " for column in spec.columns)
        # AUTOINCREMENT: a number is never given out twice, so nothing old can answer for something new.
        self.db.run(
            f"CREATE TABLE {name} (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, "
            f"crc INTEGER NOT NULL, {columns}doc TEXT NOT NULL)"
        )
        if not spec.keyed:
            self.db.run(f"CREATE INDEX {name}_number ON {name} (CAST(id AS INTEGER))")
        for statement in (*spec.indexes, *spec.beside):
            self.db.run(statement.format(table=name))
        if spec.text:
            # Folding happens in Python, so the tokenizer must not do any of its own.
            self.db.run(
                f"CREATE VIRTUAL TABLE text_{table} USING "
                "fts5(text, content='', tokenize='trigram case_sensitive 1')"
            )

    def remake(self, table: str) -> None:
        """Make the columns, the indexes and the full text of a table anew from its documents, as its spec says now.
        Call it inside a transaction."""
        name, last = sql_name(table), self.next_number(table) - 1
        self._known.discard(table)
        for (index,) in list(
            self.db.rows(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                (name,),
            )
        ):
            self.db.run(f"DROP INDEX {index}")
        self.db.run(f"ALTER TABLE {name} RENAME TO old_{table}")
        self.db.run(f"DROP TABLE IF EXISTS text_{table}")
        self.ensure(table)
        for number, doc_id, doc, crc in self.db.rows(
            f"SELECT n, id, CAST(doc AS BLOB), crc FROM old_{table}"
        ):
            _must_be_intact(self.db, table, doc_id, doc, crc)
            self._insert(table, self._prepare(table, doc_id, msgspec.json.decode(doc)), number)
        self.db.run(f"DROP TABLE old_{table}")
        self.db.run("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, name))

    def _drop(self, table: str) -> None:
        self._known.discard(table)
        self.db.run(f"DROP TABLE IF EXISTS {sql_name(table)}")
        if self.spec(table).text:
            self.db.run(f"DROP TABLE IF EXISTS text_{table}")

    def next_number(self, table: str) -> int:
        """The number (`n`) the next new document of the table gets. True until the transaction ends."""
        row = self.db.row("SELECT seq FROM sqlite_sequence WHERE name = ?", (sql_name(table),))
        return int(row[0]) + 1 if row else 1

    # -- the one way to write documents ----------------------------------------------------------------------

    def apply(self, table: str, changes: Changes) -> None:
        """Write what was noted. Call it inside a transaction."""
        prepared = [self._prepare(table, str(key), doc) for key, doc in changes.held.items()]
        for key in changes.gone:
            self._delete(table, str(key))
        for row in prepared:
            self._put(table, row)

    def _put_all(self, table: str, documents: Mapping[str, Json]) -> None:
        for row in [self._prepare(table, doc_id, doc) for doc_id, doc in documents.items()]:
            self._put(table, row)

    def _prepare(self, table: str, doc_id: str, document: Json) -> _Row:
        """Everything that can fail about a document happens here, before anything is written."""
        spec = self.spec(table)
        try:
            doc = msgspec.json.encode(document)
        except (
            UnicodeEncodeError
        ):  # half a surrogate pair: no file holds it, and the rest must not be lost for it
            document = cast(Json, _storable(document))
            doc = msgspec.json.encode(document)
        text = spec.text(document) if spec.text else None
        return _Row(doc_id, doc, tuple(spec.values(document)), text)

    def _put(self, table: str, row: _Row) -> None:
        spec, name = self.spec(table), sql_name(table)
        columns = "".join(f", {column}" for column in spec.columns)
        old = self.db.row(f"SELECT n, CAST(doc AS BLOB), crc{columns} FROM {name} WHERE id = ?", (row.id,))
        crc = checksum(row.id, row.doc)
        if old is None:
            self._insert(table, row)
            return
        number, old_doc, old_crc, *old_values = old
        pairs = zip(spec.columns, row.values, old_values, strict=True)
        # Naming a column in SET makes SQLite rewrite its indexes, changed or not.
        fresh = {column: new for column, new, before in pairs if new != before}
        if old_doc == row.doc and old_crc == crc and not fresh:
            return
        settings = "".join(f", {column} = ?" for column in fresh)
        self.db.run(
            f"UPDATE {name} SET crc = ?, doc = CAST(? AS TEXT){settings} WHERE n = ?",
            (crc, row.doc, *fresh.values(), number),
        )
        if spec.text:
            old_text = self._old_text(spec.text, row.id, old_doc, old_crc)
            if old_text != row.text:
                self._forget_text(table, number, old_text)
                self._index_text(table, number, row.text)

    def _insert(self, table: str, row: _Row, number: int | None = None) -> None:
        """`number` None: the next one."""
        spec, name = self.spec(table), sql_name(table)
        columns = "".join(f", {column}" for column in spec.columns)
        marks = ", ?" * len(spec.columns)
        done = self.db.run(
            f"INSERT INTO {name} (n, id, crc, doc{columns}) VALUES (?, ?, ?, CAST(? AS TEXT){marks})",
            (number, row.id, checksum(row.id, row.doc), row.doc, *row.values),
        )
        if row.text:
            self._index_text(table, cast(int, done.lastrowid), row.text)

    def _delete(self, table: str, doc_id: str) -> None:
        spec, name = self.spec(table), sql_name(table)
        if spec.text:
            old = self.db.row(f"SELECT n, CAST(doc AS BLOB), crc FROM {name} WHERE id = ?", (doc_id,))
            if old:
                self._forget_text(table, old[0], self._old_text(spec.text, doc_id, old[1], old[2]))
        self.db.run(f"DELETE FROM {name} WHERE id = ?", (doc_id,))

    def _index_text(self, table: str, number: int, text: str | None) -> None:
        if text:
            self.db.run(f"INSERT INTO text_{table} (rowid, text) VALUES (?, ?)", (number, marked(fold(text))))

    def _forget_text(self, table: str, number: int, text: str | None) -> None:
        if text:
            self.db.run(
                f"INSERT INTO text_{table} (text_{table}, rowid, text) VALUES ('delete', ?, ?)",
                (number, marked(fold(text))),
            )

    @staticmethod
    def _old_text(text: Callable[[Json], str], doc_id: str, doc: bytes, crc: int) -> str | None:
        """None for a damaged document that is being replaced: its postings stay, and the condition that
        reads the new document rejects them."""
        return text(msgspec.json.decode(doc)) if intact(doc_id, doc, crc) else None

    def rebuild_text(self, table: str) -> None:
        """Make the full text anew from the documents."""
        text = self.spec(table).text
        if not text:
            return
        with self.transaction():
            # A damaged index cannot be dropped row by row, and "delete-all" does not read it.
            self.db.run(f"INSERT INTO text_{table} (text_{table}) VALUES ('delete-all')")
            rows = Rows(self.db, table)
            for number, doc_id in list(self.db.rows(f"SELECT n, id FROM {sql_name(table)} ORDER BY n")):
                self._index_text(table, number, text(rows[doc_id]))


class _Row(Record):
    id: str
    doc: bytes
    values: tuple[Value, ...]
    text: str | None


def _storable(value: Any) -> Any:
    """A JSON value with what no file holds in its texts replaced."""
    if isinstance(value, str):
        return storable(value)[0]
    if isinstance(value, dict):
        return {_storable(key): _storable(member) for key, member in value.items()}
    return [_storable(member) for member in value] if isinstance(value, list) else value


_PLAIN = Spec()
_NO_ROWS: Mapping[str, Json] = {}


class SQLiteTable(Table):
    """TinyDB's Table, reading and writing single documents."""

    default_query_cache_capacity = 0
    storage: SQLiteStorage

    def __init__(self, storage: Storage, name: str, cache_size: int = 0, persist_empty: bool = False) -> None:
        self._keyed = cast(SQLiteStorage, storage).spec(name).keyed
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
        return [self._document(i, doc) for i, doc in self.candidates(cond) if cond(doc)]

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
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
        with self._sqlite.db.transaction(savepoint=False):
            return super().update(fields, *self._narrowed(cond, doc_ids))

    def remove(self, cond: Any = None, doc_ids: Any = None) -> list[Any]:
        with self._sqlite.db.transaction(savepoint=False):
            return super().remove(*self._narrowed(cond, doc_ids))

    def _narrowed(self, cond: Any, doc_ids: Any) -> tuple[Any, Any]:
        if doc_ids is None and isinstance(cond, Narrowing):
            return None, [document.doc_id for document in self.search(cond)]
        return cond, doc_ids

    # -- ids -------------------------------------------------------------------------------------------------

    def insert(self, document: Mapping[str, Any]) -> Any:
        with self._sqlite.db.transaction(savepoint=False):
            return super().insert(document)

    def upsert(self, document: Mapping[str, Any], cond: Any = None) -> list[Any]:
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
        return cast(SQLiteTable, super().table(name, **kwargs))

    @property
    def storage(self) -> SQLiteStorage:
        return cast(SQLiteStorage, self._storage)

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing over all tables; may be nested."""
        return self.storage.transaction()
