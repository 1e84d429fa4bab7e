"""Advisory locks on side files: they end with their holder, also when it is killed."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inbox.errors import StoreBusy, StoreError, StoreFull

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_POLL = 0.002
"""Seconds between two tries for a lock somebody holds; a durable write takes 0.3 ms."""

GATE_PATIENCE = 5.0
"""Seconds to wait for another program between two system calls."""

if sys.platform == "win32":
    from inbox.system.windows_locks import attempt as _try
    from inbox.system.windows_locks import unlock as _unlock

else:
    import fcntl

    def _try(fd: int, exclusive: bool) -> bool:
        try:
            fcntl.flock(fd, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


class FileLock:
    """One side file, opened once; every instance is a rival of every other, in one process or in several."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = _opened(path)
        self._turn = -1

    def attempt(self, *, shared: bool = False) -> bool:
        """Take the lock, or turn a held one into the other kind, if that is possible at once."""
        return _try(self._fd, not shared)

    @contextmanager
    def held(self, patience: float) -> Iterator[None]:
        """Wait up to `patience` seconds for the exclusive lock; raises StoreError afterwards."""
        self._take(time.monotonic() + patience, patience)
        try:
            yield
        finally:
            _unlock(self._fd)

    def _take(self, deadline: float, patience: float) -> None:
        """Whoever waits holds the turn, a second file, and nobody gets the lock without it: one who writes without
        a pause lets everybody else in between, however rarely they look."""
        if self._turn < 0:
            self._turn = _opened(self.path.with_suffix(".turn-lock"))
        _wait(self._turn, deadline, patience)
        try:
            _wait(self._fd, deadline, patience)
        finally:
            _unlock(self._turn)

    @property
    def closed(self) -> bool:
        return self._fd < 0

    def close(self) -> None:
        """Gives the lock back too. A second call does nothing."""
        for fd in (self._fd, self._turn):
            if fd >= 0:
                os.close(fd)
        self._fd = self._turn = -1


class SharedLock(FileLock):
    """A lock that many hold together (shared) or one holds alone (exclusive), and that turns from one into the other
    without ever being lost.

    `flock` removes the held lock before it tries the other kind, and does not give it back where that fails
    (flock(2), "Converting a lock"). So only who holds the gate, a second file, may ask for the exclusive kind or give
    it up: nobody else can get in while a lock is being turned.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._shared = False

    def wait_shared(self, patience: float) -> bool:
        """Take the lock as one of many; waits up to `patience` seconds for somebody who holds it alone."""
        deadline = time.monotonic() + patience
        while not self.attempt(shared=True):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True

    def word(self) -> str:
        """What was written into the file last; "" where nothing was, or it cannot be read."""
        try:
            os.lseek(self._fd, 0, os.SEEK_SET)
            return os.read(self._fd, 64).decode("ascii", "replace")
        except OSError:
            return ""

    def write_word(self, word: str) -> None:
        """Leave a word for the next one, as far as the disk takes it."""
        with suppress(OSError):
            os.lseek(self._fd, 0, os.SEEK_SET)
            os.write(self._fd, word.encode("ascii"))
            os.ftruncate(self._fd, len(word))

    def attempt(self, *, shared: bool = False) -> bool:
        """Take the lock, or turn a held one into the other kind, if that is possible at once. Where it is not, a shared
        lock that was held still is."""
        gate = _opened(self.path.with_suffix(".gate-lock"))
        try:
            _wait(gate, time.monotonic() + GATE_PATIENCE, GATE_PATIENCE)
            if _try(self._fd, not shared):
                self._shared = shared
                return True
            if self._shared:
                _try(self._fd, False)
            return False
        finally:
            os.close(gate)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        kind = StoreFull if error.errno in NO_ROOM else StoreError
        raise kind(
            f"The folder {path.parent} cannot be written ({error.strerror}). Choose another one with --data."
        ) from error


def _wait(fd: int, deadline: float, patience: float) -> None:
    while not _try(fd, True):
        if time.monotonic() > deadline:
            raise StoreBusy(
                f"Another inbox on this machine has been writing for {patience:.0f} seconds. "
                "Nothing was saved; look whether it hangs, then try again."
            )
        time.sleep(_POLL)
