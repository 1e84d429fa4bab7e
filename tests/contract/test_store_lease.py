"""Who has the lease of a store reads and sends: what becomes of it when its holder stands still and goes on later."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from inbox.errors import LeaseLost
from inbox.store.sqlite import lease
from inbox.store.sqlite.store import LocalStore
from inbox.system.locks import FileLock

NAME = "station"


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[LocalStore, LocalStore, LocalStore]]:
    folder = tmp_path / "data"
    with (
        closing(LocalStore(folder)) as one,
        closing(LocalStore(folder)) as two,
        closing(LocalStore(folder)) as three,
    ):
        yield one, two, three


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """No holder gives a sign of life, and none is waited for."""
    monkeypatch.setattr(lease, "BEAT", 3600.0)
    monkeypatch.setattr(lease, "DOUBT", 0.05)
    monkeypatch.setattr(lease, "LOOK", 0.01)


def grows_old(store: LocalStore) -> None:
    long_ago = time.time() - 2 * lease.LASTS
    os.utime(store.folder / f"lease-{NAME}.lock", (long_ago, long_ago))


@pytest.mark.usefixtures("stopped")
def test_a_holder_that_stood_still_writes_nothing_over(
    stores: tuple[LocalStore, LocalStore, LocalStore],
) -> None:
    """A stopped process keeps its lock. Another one goes on all the same; the first, once it is continued, must not
    write what it had begun: its reply was sent by the other."""
    first, second, third = stores
    with first.upkeep.lease(NAME) as had:
        assert had
        first.small_things.put_setting("who", "first")
        with second.upkeep.lease(NAME) as early:
            assert not early, "it has just given a sign of life"
        grows_old(first)
        with second.upkeep.lease(NAME) as now:
            assert now
            second.small_things.put_setting("who", "second")
            with pytest.raises(LeaseLost):
                first.small_things.put_setting("who", "first again")
            with pytest.raises(LeaseLost), first.transaction():
                first.small_things.put_setting("other", 1)
            assert third.small_things.setting("who") == "second"
            with third.upkeep.lease(NAME) as too_many:
                assert not too_many
        third.small_things.put_setting("who", "an agent's own handle")
    with third.upkeep.lease(NAME) as free:
        assert free, "both have given it back"
    first.small_things.put_setting("who", "without a lease nothing is fenced")


@pytest.mark.usefixtures("stopped")
def test_the_lock_alone_is_not_enough_while_another_has_taken_over(
    stores: tuple[LocalStore, LocalStore, LocalStore],
) -> None:
    """The stopped holder is killed: its lock is free, and the one that took over is at work."""
    first, second, third = stores
    with second.upkeep.lease(NAME) as nobody:
        assert nobody
    stopped = first.upkeep.lease(NAME)
    assert stopped.__enter__()
    grows_old(first)
    with second.upkeep.lease(NAME) as now:
        assert now
        stopped.__exit__(None, None, None)
        with third.upkeep.lease(NAME) as too_early:
            assert not too_early
        second.small_things.put_setting("x", 1)


def test_a_holder_that_only_slept_keeps_it(
    stores: tuple[LocalStore, LocalStore, LocalStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the sleep of a laptop, or a leap of the clock, the last sign of life is hours old, and the next one is seconds
    away: who wakes first does not take over."""
    monkeypatch.setattr(lease, "BEAT", 0.05)
    monkeypatch.setattr(lease, "DOUBT", 20.0)
    monkeypatch.setattr(lease, "LOOK", 0.01)
    first, second, _ = stores
    with first.upkeep.lease(NAME) as had:
        assert had
        for hours in (-5, 5):
            then = time.time() + hours * 3600
            os.utime(first.folder / f"lease-{NAME}.lock", (then, then))
            with second.upkeep.lease(NAME) as taken:
                assert not taken
        first.small_things.put_setting("x", 1)


@pytest.mark.usefixtures("stopped")
def test_an_inbox_of_before_is_never_taken_over_from(
    stores: tuple[LocalStore, LocalStore, LocalStore],
) -> None:
    """It gives no signs of life and finds no fence: both would send. It only locks the file, in which a dead process may
    still be written down."""
    first, _, _ = stores
    path = first.folder / f"lease-{NAME}.lock"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for word in ("", f"{'0' * 32} locked {gone.pid}"):
        path.write_text(word, "ascii")
        old = FileLock(path)
        assert old.attempt()
        grows_old(first)
        with first.upkeep.lease(NAME) as taken:
            assert not taken
        old.close()
        with first.upkeep.lease(NAME) as free:
            assert free


@pytest.mark.usefixtures("stopped")
def test_a_process_that_took_over_and_was_killed_leaves_it_free(
    stores: tuple[LocalStore, LocalStore, LocalStore],
) -> None:
    first, _, _ = stores
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (first.folder / f"lease-{NAME}.lock").write_text(f"{'0' * 32} seized {gone.pid}", "ascii")
    with first.upkeep.lease(NAME) as free:
        assert free
