"""Random calls on TinyDB in memory and on TinyDB over SQLite must give the same answers and the same tables."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drills import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb import operations as ops
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from inbox.store.sqlite.tinydb_storage import SQLiteTinyDB

_numbers = st.integers(0, 4)
_ids = st.lists(st.integers(1, 8), max_size=3)
_values = st.one_of(_numbers, st.text(max_size=3), st.lists(_numbers, max_size=2), st.none())
_documents = st.fixed_dictionaries({"a": _numbers}, optional={"b": _values})
_conditions = st.builds(lambda n, op: (where("a") == n) if op else (where("a") > n), _numbers, st.booleans())
_tables = st.sampled_from(["_default", "Odd name"])

Call = Callable[[Any], Any]
_calls: st.SearchStrategy[Call] = st.one_of(
    st.builds(lambda d: lambda t: t.insert(d), _documents),
    st.builds(lambda ds: lambda t: t.insert_multiple(ds), st.lists(_documents, max_size=3)),
    st.builds(lambda d, i: lambda t: t.insert(Document(d, doc_id=i)), _documents, st.integers(1, 12)),
    st.builds(lambda d, i: lambda t: t.upsert(Document(d, doc_id=i)), _documents, st.integers(1, 12)),
    st.builds(lambda d, c: lambda t: t.upsert(d, c), _documents, _conditions),
    st.builds(lambda d, c: lambda t: t.update(d, c), _documents, _conditions),
    st.builds(lambda i: lambda t: t.update({"b": "by id"}, doc_ids=i), _ids),
    st.builds(lambda c: lambda t: t.update(ops.increment("a"), c), _conditions),
    st.builds(lambda c: lambda t: t.update_multiple([({"b": 1}, c), ({"a": 0}, ~c)]), _conditions),
    st.builds(lambda c: lambda t: t.remove(c), _conditions),
    st.builds(lambda i: lambda t: t.remove(doc_ids=i), _ids),
    st.builds(lambda: lambda t: t.truncate()),
    st.builds(lambda c: lambda t: [(d.doc_id, d) for d in t.search(c)], _conditions),
    st.builds(lambda c: lambda t: t.get(c), _conditions),
    st.builds(lambda i: lambda t: t.get(doc_ids=i), _ids),
    st.builds(lambda c: lambda t: (t.count(c), t.contains(c), len(t)), _conditions),
)


def outcome(call: Call, table: Any) -> Any:
    try:
        return call(table)
    except (ValueError, KeyError) as error:
        return type(error), str(error)


def contents(db: Any) -> dict[str, Any]:
    return {name: [(doc.doc_id, doc) for doc in db.table(name)] for name in db.tables()}


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_tables, _calls), max_size=30))
def test_every_history_reads_the_same_in_memory_and_on_disk(history: list[tuple[str, Call]]) -> None:
    """The strongest statement that this is TinyDB: it once found an id given out twice."""
    with (
        tempfile.TemporaryDirectory() as folder,
        TinyDB(storage=MemoryStorage) as expected,
        SQLiteTinyDB(Path(folder) / "x.db") as actual,
    ):
        for name, call in history:
            assert outcome(call, actual.table(name)) == outcome(call, expected.table(name))
        assert contents(actual) == contents(expected)
