"""Advisory locks on Windows, shared and exclusive, by locked bytes of a file.

`msvcrt.locking` knows one kind of lock, and what is locked nobody else can read. So the bytes lie far behind everything that
is written into the file, and there are as many as inboxes may share it: who shares holds one of them, who is alone
holds all. Locks end with the descriptor, also when its process is killed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from typing import Any

FAR = 1 << 20
"""The first of the bytes; locking behind the end of a file is allowed (LockFile, learn.microsoft.com, 2026-11)."""
SHARES = 64

_held: dict[int, tuple[int, int]] = {}
"""Descriptor to (first byte, how many) of what this process has locked with it."""


def attempt(fd: int, exclusive: bool) -> bool:
    """Take the lock, or turn the held one into the other kind, if that is possible at once."""
    unlock(fd)
    if exclusive:
        return _lock(fd, FAR, SHARES)
    # Each process begins at another byte, so that the first is mostly free.
    begin = os.getpid() % SHARES
    return any(_lock(fd, FAR + (begin + n) % SHARES, 1) for n in range(SHARES))


def unlock(fd: int) -> None:
    """Give up what is held; does nothing where nothing is."""
    first, count = _held.pop(fd, (FAR, 0))
    if count:
        with suppress(OSError):  # a number that was closed and given out again
            _call(fd, first, count, "LK_UNLCK")


def _lock(fd: int, first: int, count: int) -> bool:
    try:
        _call(fd, first, count, "LK_NBLCK")
    except OSError:
        return False
    _held[fd] = first, count
    return True


def _call(fd: int, first: int, count: int, how: str) -> None:
    windows: Any = import_module("msvcrt")
    os.lseek(fd, first, os.SEEK_SET)
    windows.locking(fd, getattr(windows, how), count)
