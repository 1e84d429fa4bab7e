"""What TinyDB's documentation promises holds for TinyDB over SQLite: same calls, same answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tinydb import Query, where
from tinydb import operations as ops
from tinydb.table import Document

from inbox.store.sqlite.documents import Spec
from inbox.store.sqlite.tinydb_storage import SQLiteTinyDB

SPECS = {"named": Spec(keyed=True)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tiny.db"


@pytest.fixture
def db(path: Path) -> Iterator[SQLiteTinyDB]:
    with SQLiteTinyDB(path, SPECS) as db:
        yield db


@pytest.fixture
def filled(db: SQLiteTinyDB) -> SQLiteTinyDB:
    db.insert_multiple([{"int": 1, "char": c} for c in "abc"])
    return db


class TestInsert:
    def test_ids_count_up_from_one(self, db: SQLiteTinyDB) -> None:
        """Code written for TinyDB relies on it."""
        assert [db.insert({"x": n}) for n in range(3)] == [1, 2, 3]

    def test_several_at_once_come_back_in_their_order(self, db: SQLiteTinyDB) -> None:
        assert db.insert_multiple({"x": n} for n in range(3)) == [1, 2, 3]
        assert [doc["x"] for doc in db.all()] == [0, 1, 2]

    def test_a_document_keeps_the_id_it_brings(self, db: SQLiteTinyDB) -> None:
        assert db.insert(Document({"x": 1}, doc_id=12)) == 12
        assert db.get(doc_id=12) == {"x": 1}
        assert db.insert({"x": 2}) == 13

    def test_a_taken_id_is_refused_and_nothing_is_written(self, filled: SQLiteTinyDB) -> None:
        """An insert never overwrites."""
        with pytest.raises(ValueError, match="already exists"):
            filled.insert(Document({"x": 1}, doc_id=1))
        with pytest.raises(ValueError, match="already exists"):
            filled.insert_multiple([Document({"x": 1}, doc_id=9), Document({"x": 1}, doc_id=2)])
        assert [doc.doc_id for doc in filled] == [1, 2, 3]

    def test_what_is_no_mapping_is_refused(self, db: SQLiteTinyDB) -> None:
        with pytest.raises(ValueError, match="not a Mapping"):
            db.insert([1, 2])  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="not a Mapping"):
            db.insert_multiple([{"x": 1}, "y"])  # type: ignore[list-item]
        assert len(db) == 0

    def test_an_id_is_not_given_out_twice(self, filled: SQLiteTinyDB) -> None:
        """The prototype did, after the newest document had been removed."""
        filled.remove(doc_ids=[3])
        assert filled.insert({"x": 1}) == 4

    def test_nested_values_come_back_equal(self, db: SQLiteTinyDB) -> None:
        document = {"a": [1, 2.5, None, True, {"ü": "😀"}], "b": {}, "c": 2**53 + 1}
        assert db.get(doc_id=db.insert(document)) == document


class TestRead:
    def test_get_by_id_by_condition_and_by_several_ids(self, filled: SQLiteTinyDB) -> None:
        second = filled.get(where("char") == "b")
        assert second == {"int": 1, "char": "b"}
        assert second.doc_id == 2
        assert filled.get(doc_id=2) == second
        assert [doc.doc_id for doc in filled.get(doc_ids=[3, 1, 99])] == [1, 3]
        assert filled.get(doc_id=99) is None
        assert filled.get(where("char") == "z") is None
        assert filled.table("never written").get(doc_ids=[1]) == []

    def test_get_and_contains_need_a_question(self, db: SQLiteTinyDB) -> None:
        with pytest.raises(RuntimeError):
            db.get()
        with pytest.raises(RuntimeError):
            db.contains()

    def test_search_count_and_contains(self, filled: SQLiteTinyDB) -> None:
        assert [doc.doc_id for doc in filled.search(where("int") == 1)] == [1, 2, 3]
        assert filled.search(where("int") == 2) == []
        assert filled.count(where("char").one_of(["a", "c"])) == 2
        assert filled.contains(where("char") == "a")
        assert not filled.contains(where("char") == "z")
        assert filled.contains(doc_id=3)
        assert not filled.contains(doc_id=4)

    def test_queries_of_every_kind(self, db: SQLiteTinyDB) -> None:
        db.insert_multiple([{"n": {"m": n}, "tags": ["a"] * n, "name": f"x{n}"} for n in range(4)])
        q = Query()
        assert db.count(q.n.m > 1) == 2
        assert db.count((q.n.m == 0) | (q.name == "x3")) == 2
        assert db.count(~(q.n.m == 0) & q.tags.any(["a"])) == 3
        assert db.count(q.name.matches("x[12]")) == 2
        assert db.count(q.n.m.test(lambda m: m % 2 == 1)) == 2
        assert db.count(q.fragment({"name": "x1"})) == 1
        assert db.count(q.absent.exists()) == 0
        assert db.count(q.noop()) == 4

    def test_iteration_and_length_follow_insertion(self, filled: SQLiteTinyDB) -> None:
        filled.update({"char": "A"}, doc_ids=[1])
        assert [doc["char"] for doc in filled] == ["A", "b", "c"]
        assert len(filled) == 3

    def test_what_is_read_is_a_copy(self, filled: SQLiteTinyDB) -> None:
        """Changing a result must not change the store."""
        filled.get(doc_id=1)["char"] = "changed"
        assert filled.get(doc_id=1)["char"] == "a"


class TestUpdate:
    def test_by_ids_by_condition_and_all(self, filled: SQLiteTinyDB) -> None:
        assert filled.update({"int": 2}, doc_ids=[1, 99]) == [1]
        assert filled.update({"int": 3}, where("char") == "b") == [2]
        assert [doc["int"] for doc in filled] == [2, 3, 1]
        assert filled.update({"int": 9}) == [1, 2, 3]
        assert filled.update({"int": 0}, where("char") == "z") == []

    def test_operations(self, filled: SQLiteTinyDB) -> None:
        filled.update(ops.delete("int"), where("char") == "a")
        filled.update(ops.increment("int"), where("char") == "b")
        filled.update(ops.add("int", 4), where("char") == "b")
        filled.update(ops.subtract("int", 1), where("char") == "c")
        filled.update(ops.set("char", "xyz"), where("char") == "c")
        assert list(filled) == [{"char": "a"}, {"int": 6, "char": "b"}, {"int": 0, "char": "xyz"}]

    def test_several_updates_in_one_call(self, filled: SQLiteTinyDB) -> None:
        done = filled.update_multiple([({"int": 5}, where("char") == "a"), ({"x": 1}, where("char") == "c")])
        assert done == [1, 3]
        assert filled.get(doc_id=3) == {"int": 1, "char": "c", "x": 1}

    def test_a_failing_update_changes_nothing(self, filled: SQLiteTinyDB) -> None:
        """TinyDB's own storages keep the half that was done."""

        def fail_on_b(document: dict) -> None:
            document["int"] = 100
            if document["char"] == "b":
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            filled.update(fail_on_b)
        assert [doc["int"] for doc in filled] == [1, 1, 1]

    def test_upsert_updates_or_inserts(self, filled: SQLiteTinyDB) -> None:
        assert filled.upsert({"int": 5, "char": "a"}, where("char") == "a") == [1]
        assert filled.upsert({"int": 6, "char": "z"}, where("char") == "z") == [4]
        assert filled.upsert(Document({"int": 7}, doc_id=4)) == [4]
        assert filled.get(doc_id=4) == {"int": 7, "char": "z"}
        assert filled.upsert(Document({"new": 1}, doc_id=20)) == [20]
        with pytest.raises(ValueError, match="doc_id"):
            filled.upsert({"int": 1})


class TestRemove:
    def test_by_condition_and_by_ids(self, filled: SQLiteTinyDB) -> None:
        assert filled.remove(where("char") == "b") == [2]
        assert filled.remove(doc_ids=[3, 99]) == [3]
        assert [doc.doc_id for doc in filled] == [1]

    def test_everything_only_by_truncate(self, filled: SQLiteTinyDB) -> None:
        with pytest.raises(RuntimeError, match="truncate"):
            filled.remove()
        filled.truncate()
        assert len(filled) == 0
        assert filled.insert({"x": 1}) == 1


class TestTables:
    def test_tables_are_apart_whatever_their_names(self, db: SQLiteTinyDB) -> None:
        """SQLite's own table names ignore case and need quoting; TinyDB's do not."""
        names = ["a", "A", "a b", 'x"; DROP TABLE doc_a; --', "ü", "sqlite_x", "text_a", "_default"]
        for number, name in enumerate(names):
            db.table(name).insert({"n": number})
        assert db.tables() == set(names)
        assert [db.table(name).all() for name in names] == [[{"n": n}] for n in range(len(names))]

    def test_dropping_one_and_all(self, db: SQLiteTinyDB) -> None:
        db.table("one").insert({"x": 1})
        db.table("two").insert({"x": 2})
        db.drop_table("one")
        db.drop_table("unknown")
        assert db.tables() == {"two"}
        assert db.table("two").all() == [{"x": 2}]
        assert db.table("one").all() == []
        db.drop_tables()
        assert db.tables() == set()
        assert db.table("two").insert({"x": 3}) == 1

    def test_an_empty_table_is_kept_when_asked_for(self, db: SQLiteTinyDB) -> None:
        db.table("silent")
        db.table("kept", persist_empty=True)
        assert db.tables() == {"kept"}

    def test_everything_is_there_after_opening_again(self, path: Path, db: SQLiteTinyDB) -> None:
        db.insert({"x": 1})
        db.table("other").insert({"y": 2})
        db.close()
        with SQLiteTinyDB(path, SPECS) as again:
            assert again.all() == [{"x": 1}]
            assert again.table("other").all() == [{"y": 2}]
            assert again.insert({"x": 2}) == 2

    def test_a_storage_can_be_read_and_written_whole(self, filled: SQLiteTinyDB) -> None:
        """Exports and other TinyDB extensions use exactly this."""
        whole = {name: dict(rows.items()) for name, rows in filled.storage.read().items()}
        assert whole["_default"]["2"] == {"int": 1, "char": "b"}
        filled.storage.write({"fresh": {1: {"x": 1}}})
        assert filled.tables() == {"fresh"}
        assert filled.table("fresh").all() == [{"x": 1}]


class TestTextKeys:
    def test_a_keyed_table_takes_and_gives_back_text(self, db: SQLiteTinyDB) -> None:
        """Platform ids are text; numbers above 2**53 must stay what they are."""
        table = db.table("named")
        table.put("acme:2001", {"x": 1})
        table.put("acme:2001", {"y": 2})
        assert table.all() == [{"y": 2}]
        assert table.all()[0].doc_id == "acme:2001"
        assert table.get(doc_id="acme:2001") == {"y": 2}
        assert table.remove(doc_ids=["acme:2001"]) == ["acme:2001"]

    def test_it_never_makes_up_an_id(self, db: SQLiteTinyDB) -> None:
        with pytest.raises(ValueError, match="keyed by text"):
            db.table("named").insert({"x": 1})


def insert_and_fail(db: SQLiteTinyDB) -> None:
    with db.transaction():
        db.insert({"x": "undone"})
        raise ZeroDivisionError


class TestTransactions:
    def test_several_tables_are_one_change(self, path: Path, db: SQLiteTinyDB) -> None:
        """A message without its cursor, or the other way round, is what plain TinyDB leaves after a kill."""
        with SQLiteTinyDB(path, SPECS) as other:
            with db.transaction():
                db.insert({"x": 1})
                db.table("other").insert({"y": 1})
                assert len(other) == 0
            assert len(other) == 1
            with pytest.raises(ZeroDivisionError):
                insert_and_fail(db)
            assert len(other) == len(db) == 1

    def test_an_inner_one_that_fails_undoes_itself_alone(self, db: SQLiteTinyDB) -> None:
        with db.transaction():
            db.insert({"x": "outer"})
            with pytest.raises(ZeroDivisionError):
                insert_and_fail(db)
            db.insert({"x": "after"})
        assert [doc["x"] for doc in db] == ["outer", "after"]

    def test_two_handles_never_give_out_the_same_id(self, path: Path, db: SQLiteTinyDB) -> None:
        """TinyDB remembers the next id in memory; another process does not know of it."""
        with SQLiteTinyDB(path, SPECS) as other:
            ids = [handle.insert({"x": 1}) for handle in (db, other, db, other, other, db)]
        assert ids == [1, 2, 3, 4, 5, 6]
