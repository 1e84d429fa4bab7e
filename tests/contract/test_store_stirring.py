"""A log that stands as it stood is not asked about: and no commit may pass unnoticed by that."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from store_samples import conversation

from inbox.store.sqlite import watch
from inbox.store.sqlite.store import LocalStore
from inbox.store.sqlite.watch import Stirring


@pytest.fixture
def at_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to let the last write lie so far back that the log is trusted."""
    monkeypatch.setattr(watch, "YOUNG", 0.0)

    def rest() -> None:
        log = tmp_path / "inbox.db-wal"
        os.utime(log, (time.time() - 60, time.time() - 60))

    return rest


def test_every_commit_stirs_and_nothing_else(tmp_path: Path, at_rest: Callable[[], None]) -> None:
    """Of this process or of another: the screen asks nobody else whether it shows the truth."""
    store, other = LocalStore(tmp_path), LocalStore(tmp_path)
    stirred = Stirring(tmp_path)
    for writer in (store, other, store):
        at_rest()
        stirred()
        assert not stirred()
        writer.conversations.put(conversation(1))
        assert stirred()
    at_rest()
    stirred()
    store.conversations.get_many(["acme:direct:1"])
    assert not stirred()
    for handle in (store, other):
        handle.close()


def test_a_log_written_to_a_moment_ago_is_asked_about_again(tmp_path: Path) -> None:
    """Its time is written before the commit can be read, and two commits may bear the same."""
    store = LocalStore(tmp_path)
    store.conversations.put(conversation(1))
    stirred = Stirring(tmp_path)
    assert [stirred() for _ in range(3)] == [True] * 3
    store.close()


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert Stirring(tmp_path)()
