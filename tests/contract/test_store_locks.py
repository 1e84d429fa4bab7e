"""Locks between processes, and between handles of one: one at a time, and everybody in turn."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from inbox.errors import StoreError
from inbox.system.locks import FileLock, SharedLock


def somebody_waits(path: Path) -> bool:
    probe = FileLock(path.with_suffix(".turn-lock"))
    free = probe.attempt()
    probe.close()
    return not free


def test_f100_whoever_waits_is_next(tmp_path: Path) -> None:
    """A storm that writes without a pause took the lock again before the agent's key had looked: up to a second."""
    path = tmp_path / "write-lock"
    storm, agent = FileLock(path), FileLock(path)
    order: list[str] = []

    def press_a_key() -> None:
        with agent.held(30):
            order.append("agent")

    key = threading.Thread(target=press_a_key)
    with storm.held(30):
        key.start()
        while not somebody_waits(path):
            pass
    with storm.held(30):
        order.append("storm")
    key.join()
    assert order == ["agent", "storm"]
    storm.close()
    agent.close()


def test_whoever_gives_up_waiting_lets_the_next_one_in(tmp_path: Path) -> None:
    path = tmp_path / "write-lock"
    one, two, three = (FileLock(path) for _ in range(3))
    with one.held(1), pytest.raises(StoreError, match="has been writing"), two.held(0.01):
        raise AssertionError("two at a time")
    with three.held(1):
        assert not two.attempt()
    for lock in (one, two, three):
        lock.close()


def test_a_shared_lock_outlasts_the_try_for_the_exclusive_one(tmp_path: Path) -> None:
    """`flock` gives the shared lock away when the exclusive one cannot be had: after an erasure that was refused,
    a restore went on under the open screen."""
    path = tmp_path / "use-lock"
    screen, command, restore = (SharedLock(path) for _ in range(3))
    assert screen.attempt(shared=True)
    assert command.attempt(shared=True)
    assert not screen.attempt()
    command.close()
    assert not restore.attempt()
    assert screen.attempt()
    assert not restore.attempt(shared=True)
    assert screen.attempt(shared=True)
    assert restore.attempt(shared=True)
    for lock in (screen, restore):
        lock.close()
