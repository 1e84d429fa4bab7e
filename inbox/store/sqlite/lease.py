"""The lease of a store: one process reads the platforms and sends, and another one takes over from it when it stands still.

A lock on a side file gives the lease back when its holder dies. It does not when the holder is stopped (Ctrl+Z, a
debugger, a frozen container), so the holder also touches the file every few seconds. Who finds it untouched for
`LASTS` writes its own token into it, under the write lock of the store. The old holder, once it goes on, finds a token
that is not its own before each of its writes (`fence`), and so before the first byte of a reply: it writes nothing
over, and sends nothing, any more.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from inbox.errors import LeaseLost, StoreFull
from inbox.store.sqlite.connection import NO_ROOM_LEFT
from inbox.system.locks import SharedLock

BEAT = 5.0
"""Seconds between two signs of life of a holder."""
LASTS = 30.0
"""Seconds without one after which the lease is another's to take."""
DOUBT = 1.5 * BEAT
"""Seconds a file that seems untouched is watched: after the sleep of a laptop, or a leap of the clock, its holder has not
had the time."""
LOOK = 0.1

LOCKED, SEIZED = "locked", "seized"
"""How a holder has it: with the lock on the file, or without, as the lock is a stopped process's."""


class Lease:
    """One try of one handle. `alone`: a context in which nobody else writes to the store."""

    def __init__(self, path: Path, alone: Callable[[], AbstractContextManager[None]]) -> None:
        self.token = uuid.uuid4().hex
        self._lock = SharedLock(path)
        self._path = path
        self._alone = alone
        self._ended = threading.Event()

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Yields whether it was had."""
        try:
            yield self.take()
        finally:
            self.give_back()

    def take(self) -> bool:
        """Take it where nobody has it, or who has it stands still. Raises StoreError."""
        locked = self._lock.attempt()
        if not self._free(locked) and not self._stands_still():
            return False
        with self._alone():
            if not locked and self._fresh():  # somebody else was quicker
                return False
            self._write(LOCKED if locked else SEIZED)
        threading.Thread(target=self._beat, name="lease", daemon=True).start()
        return True

    def fence(self) -> None:
        """Raises LeaseLost where another process has taken it. Call it while nobody else can write to the store."""
        if self._word()[0] != self.token:
            raise LeaseLost(
                "Another inbox has taken over reading and sending, as this one stood still. Nothing was written."
            )

    def give_back(self) -> None:
        """Also where it was never had. A second call does nothing."""
        self._ended.set()
        if not self._lock.closed:
            if self._word()[0] == self.token:
                self._lock.write_word("")
            self._lock.close()

    def _free(self, locked: bool) -> bool:
        _, how, pid = self._word()
        return locked and not (how == SEIZED and _lives(pid))

    def _word(self) -> tuple[str, str, int]:
        """Token, how it has it, and process of who wrote itself down last: of a holder, or of one that was killed."""
        token, how, pid = (*self._lock.word().split(" "), "", "", "")[:3]
        return token, how, int(pid) if pid.isascii() and pid.isdigit() else 0

    def _write(self, how: str) -> None:
        self._lock.write_word(f"{self.token} {how} {os.getpid()}")
        if self._word()[0] != self.token:
            raise StoreFull(NO_ROOM_LEFT)
        self._touch()

    def _touch(self) -> None:
        with suppress(OSError):
            os.utime(self._path)

    def _fresh(self) -> bool:
        with suppress(OSError):
            return abs(time.time() - self._path.stat().st_mtime) < LASTS
        return True

    def _stands_still(self) -> bool:
        """Whether its holder has given no sign of life for `LASTS`, and gives none while it is watched. Where who wrote
        itself down is dead, the lock is that of an older inbox, which knows of no signs and no fence."""
        if not _lives(self._word()[2]):
            return False
        over = time.monotonic() + DOUBT
        while not self._fresh():
            if time.monotonic() > over:
                return True
            time.sleep(LOOK)
        return False

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            try:
                if self._word()[0] != self.token:
                    return
                self._touch()
                if self._word()[1] == SEIZED and self._lock.attempt():
                    self._write(LOCKED)
            except (OSError, ValueError, StoreFull):  # it was given back in this very moment
                return


def _lives(pid: int) -> bool:
    """Whether there is such a process. Where nobody can tell without harm (Windows), none is taken to be."""
    if not pid or sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
