"""Documents in SQLite: every document is one row, every change one durable commit.

    documents   one SQLite table per table: n (order of insertion), id, crc, index columns, doc (JSON)
    full text   one contentless FTS5 trigram table beside it, over text folded in Python (`domain.fold`)

JSON values only. What TinyDB makes of it stands in `sqlite_tinydb`: all writes pass there. Reading needs no more than
`Rows`, and the first rows of a queue wait for nothing else.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import msgspec

from inbox.domain.fold import fold, marked
from inbox.domain.records import Record, field, replace
from inbox.domain.text import storable
from inbox.store.sqlite import indexing
from inbox.store.sqlite.connection import Connection, Value
from inbox.system import progress
from inbox.system.locks import FileLock

Json = dict[str, Any]


class Spec(Record, kw_only=True):
    """How a table is kept.

    `columns` are SQLite columns beside the document and `values` computes them, in that order, at every
    write; `indexes` are SQL, `{table}` standing for the table's name. Real columns instead of generated ones:
    the values come from the domain's own functions, so SQL and Python cannot differ about them. `beside` is SQL
    as well: what is kept in step with the table, by triggers. `text` is what full-text search finds. Keyed tables
    have text ids given by the caller; the others count up, and do so across processes.
    """

    columns: Sequence[str] = ()
    values: Callable[[Json], Sequence[Value]] = field(default=lambda _: ())
    indexes: Sequence[str] = ()
    beside: Sequence[str] = ()
    text: Callable[[Json], str] | None = None
    keyed: bool = False


_ORDINARY = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def sql_name(table: str) -> str:
    """The SQLite table behind a TinyDB table. SQLite ignores case and quotes badly, so odd names are spelled
    in hexadecimal."""
    if _ORDINARY.issuperset(table):
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
        """Yield ids and documents in the order they were inserted."""
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
        """Hold no document any more and note every stored row as gone."""
        self.held.clear()
        self.gone = dict.fromkeys(map(self._key, self._rows))


class SQLiteStorage:
    """Tables of documents in one SQLite file; a TinyDB `Storage` by what it can do (see `sqlite_tinydb`).

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
        self._all_indexed: dict[str, int] = {}
        """By table: the transaction (`Connection.begun`) in which the full text was seen to be complete."""
        self._known_since = 0

    def spec(self, table: str) -> Spec:
        """Return how a table is indexed."""
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
        """Close the file."""
        self.db.close()
        self._lock.close()

    # -- tables --------------------------------------------------------------------------------------------

    def exists(self, table: str) -> bool:
        """Tell whether the table has been made."""
        if self._known_since != self.db.rollbacks:
            self._known_since = self.db.rollbacks
            self._known.clear()
        if table in self._known:
            return True
        name = sql_name(table)
        found = self.db.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
        if found:
            self._known.add(table)
        return found is not None

    def ensure(self, table: str, *, text: bool = True) -> None:
        """Create the table, its indexes and, with `text`, its full text, where they are missing."""
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
        if spec.text and text:
            self.db.run(indexing.CREATE)
            self.db.run(_FULL_TEXT.format(table=table))

    def remake(self, table: str, *, text: bool = True) -> None:
        """Make the columns, the indexes and, with `text`, the full text of a table again from its documents, as its spec
        says now. Call it inside a transaction."""
        name, last = sql_name(table), self.next_number(table) - 1
        self._known.discard(table)
        made = (
            "SELECT type, name FROM sqlite_master "
            "WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL"
        )
        for kind, beside in list(self.db.rows(made, (name,))):
            self.db.run(f"DROP {kind} {beside}")
        self.db.run(f"ALTER TABLE {name} RENAME TO old_{table}")
        if text:
            self.db.run(f"DROP TABLE IF EXISTS text_{table}")
        self.ensure(table, text=text)
        counted = self.db.row(f"SELECT COUNT(*) FROM old_{table}")
        rows = self.db.rows(f"SELECT n, id, CAST(doc AS BLOB), crc FROM old_{table}")
        for done, (number, doc_id, doc, crc) in enumerate(rows):
            progress.report("update", done, counted[0] if counted else None)
            _must_be_intact(self.db, table, doc_id, doc, crc)
            row = self._prepare(table, doc_id, msgspec.json.decode(doc))
            self._insert(table, row if text else replace(row, text=None), number)
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
        if text and self._indexed(table, number):
            self.db.run(f"INSERT INTO text_{table} (rowid, text) VALUES (?, ?)", (number, marked(fold(text))))

    def _forget_text(self, table: str, number: int, text: str | None) -> None:
        if text and self._indexed(table, number):
            self.db.run(
                f"INSERT INTO text_{table} (text_{table}, rowid, text) VALUES ('delete', ?, ?)",
                (number, marked(fold(text))),
            )

    def _indexed(self, table: str, number: int) -> bool:
        """Whether the full text is to hold this document by now."""
        if self._all_indexed.get(table) == self.db.begun:
            return True
        upto = indexing.indexed_to(self.db, table)
        if upto is None and self.db.depth:
            self._all_indexed[table] = self.db.begun
        return upto is None or number <= upto

    def empty_text(self, table: str) -> None:
        """Make an empty full text, to be filled by `index_more`. Call it inside a transaction."""
        self._known.discard(table)
        self._all_indexed.pop(table, None)
        self.db.run(f"DROP TABLE IF EXISTS text_{table}")
        self.db.run(_FULL_TEXT.format(table=table))
        indexing.begin(self.db, table)

    def index_more(self, table: str) -> bool:
        """Index the next documents that the full text lacks, in a transaction of its own; False: it lacks none."""
        text = self.spec(table).text
        if text is None or indexing.indexed_to(self.db, table) is None:
            return False
        with self.transaction():
            upto = indexing.indexed_to(self.db, table)  # another process may have been quicker
            if upto is None:
                return False
            sql = (
                f"SELECT n, id, CAST(doc AS BLOB), crc FROM {sql_name(table)} WHERE n > ? ORDER BY n LIMIT ?"
            )
            batch = list(self.db.rows(sql, (upto, indexing.BATCH)))
            more = len(batch) == indexing.BATCH
            indexing.advance(self.db, table, batch[-1][0] if batch else upto)
            for number, doc_id, doc, crc in batch:
                if intact(doc_id, doc, crc):  # a damaged one is met by whoever reads it
                    self._index_text(table, number, text(msgspec.json.decode(doc)))
            if not more:
                indexing.advance(self.db, table, None)
        return more

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
            indexing.advance(self.db, table, None)
            numbers = [number for (number,) in self.db.rows(f"SELECT n FROM {sql_name(table)} ORDER BY n")]
            for number in numbers:
                for _, document in Rows(self.db, table).select("WHERE n = ?", (number,)):
                    self._index_text(table, number, text(document))


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

# Folding happens in Python, so the tokenizer must not do any of its own.
_FULL_TEXT = (
    "CREATE VIRTUAL TABLE text_{table} USING fts5(text, content='', tokenize='trigram case_sensitive 1')"
)
