"""The locks of Windows, on a stand-in for its `msvcrt`: no test machine of ours runs Windows, and what its manual says of
locked bytes can be tried anywhere."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from inbox.system import locks, windows_locks
from inbox.system.locks import FileLock, SharedLock


class LockedBytes:
    """`msvcrt.locking`: one kind of lock, a byte belongs to one descriptor, and giving back what is not held is an error
    (docs.python.org/3/library/msvcrt.html)."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], int] = {}

    def locking(self, fd: int, mode: int, count: int) -> None:
        file, first = os.fstat(fd).st_ino, os.lseek(fd, 0, os.SEEK_CUR)
        those = [(file, first + n) for n in range(count)]
        if mode == self.LK_UNLCK:
            if any(self.held.get(byte) != fd for byte in those):
                raise OSError(errno.EACCES, "not held")
            for byte in those:
                del self.held[byte]
        elif any(byte in self.held for byte in those):
            raise OSError(errno.EACCES, "held")
        else:
            self.held.update(dict.fromkeys(those, fd))

    def close(self, fd: int) -> None:
        for byte in [byte for byte, owner in self.held.items() if owner == fd]:
            del self.held[byte]


@pytest.fixture(autouse=True)
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[LockedBytes]:
    stand_in, close = LockedBytes(), os.close

    def closing(fd: int) -> None:
        stand_in.close(fd)
        close(fd)

    monkeypatch.setitem(sys.modules, "msvcrt", stand_in)  # type: ignore[arg-type]  # asked for two names only
    monkeypatch.setattr(windows_locks, "_held", {})
    monkeypatch.setattr(locks, "_try", windows_locks.attempt)
    monkeypatch.setattr(locks, "_unlock", windows_locks.unlock)
    monkeypatch.setattr(locks, "os", SimpleNamespace(**{**vars(os), "close": closing}))
    yield stand_in
    assert stand_in.held == {}, "a lock outlived its file"


def test_one_at_a_time(tmp_path: Path) -> None:
    one, two = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.attempt()
    assert not two.attempt()
    one.close()
    assert two.attempt()
    two.close()


def test_many_share_and_nobody_is_alone_meanwhile(tmp_path: Path) -> None:
    """A restore under an open screen would take the store away from it."""
    screen, command, restore = (SharedLock(tmp_path / "lock") for _ in range(3))
    assert screen.attempt(shared=True)
    assert command.attempt(shared=True)
    assert not restore.attempt()
    command.close()
    assert not restore.attempt()
    screen.close()
    assert restore.attempt()
    assert not SharedLock(tmp_path / "lock").attempt(shared=True)
    restore.close()


def test_the_last_one_of_those_who_share_can_be_alone_and_share_again(tmp_path: Path) -> None:
    """What closes a store says so in the file of the lock; else each start would look at all of it as after a crash."""
    one, two = SharedLock(tmp_path / "lock"), SharedLock(tmp_path / "lock")
    assert one.attempt(shared=True)
    assert two.attempt(shared=True)
    assert not one.attempt()
    two.close()
    assert one.attempt()
    assert one.attempt(shared=True)
    other = SharedLock(tmp_path / "lock")
    assert other.attempt(shared=True)
    for lock in (one, other):
        lock.close()


def test_what_is_written_into_the_file_lies_before_the_locked_bytes(
    tmp_path: Path, windows: LockedBytes
) -> None:
    """On Windows nobody else can read a locked byte."""
    one = SharedLock(tmp_path / "lock")
    assert one.attempt()
    one.write_word("open")
    assert min(byte for _, byte in windows.held) > 64
    assert SharedLock(tmp_path / "lock").word() == "open"
    one.close()
