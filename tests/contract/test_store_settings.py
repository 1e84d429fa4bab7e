"""Settings inside transactions: one look per kind must never hide what is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inbox.store.sqlite.store import LocalStore


class Undone(Exception):
    pass


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = LocalStore(tmp_path / "data")
    yield opened
    opened.close()


def remove_and_fail(store: LocalStore) -> None:
    with store.transaction():
        store.small_things.put_setting("mark:a", None)
        assert store.small_things.setting("mark:a") is None
        raise Undone


def test_a_setting_put_after_its_kind_was_found_absent_is_there(store: LocalStore) -> None:
    """Marks of retention and tags of people are read and written in one transaction."""
    with store.transaction():
        assert store.small_things.setting("mark:a") is None
        store.small_things.put_setting("mark:b", 1)
        assert (store.small_things.setting("mark:a"), store.small_things.setting("mark:b")) == (None, 1)
        store.small_things.put_setting("mark:b", None)
        assert store.small_things.setting("mark:b") is None
    assert store.small_things.setting("mark:b") is None


def test_a_removal_that_is_rolled_back_hides_nothing(store: LocalStore) -> None:
    """What was learned inside an inner transaction that failed is not so."""
    store.small_things.put_setting("mark:a", 1)
    with store.transaction():
        with pytest.raises(Undone):
            remove_and_fail(store)
        assert store.small_things.setting("mark:a") == 1


def test_what_another_process_put_between_two_transactions_is_seen(store: LocalStore, tmp_path: Path) -> None:
    """Tags of a person that were set in the other window decide about the next message."""
    with store.transaction():
        assert store.small_things.setting("mark:a") is None
    other = LocalStore(tmp_path / "data")
    other.small_things.put_setting("mark:a", 2)
    other.close()
    with store.transaction():
        assert store.small_things.setting("mark:a") == 2


def test_a_kind_ends_at_its_colon(store: LocalStore) -> None:
    """Names that only begin alike, and names of no kind, are settings of their own."""
    store.small_things.put_setting("marks:a", 1)
    store.small_things.put_setting("mark", 2)
    store.small_things.put_setting("mark:", 3)
    with store.transaction():
        assert [store.small_things.setting(name) for name in ("marks:a", "mark", "mark:", "mark:a")] == [
            1,
            2,
            3,
            None,
        ]
