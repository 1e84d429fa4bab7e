"""Open the store's file: what is looked at first, and who has it alone meanwhile."""

from __future__ import annotations

from pathlib import Path

from inbox.errors import Damaged, StoreBusy
from inbox.store.sqlite import backup, integrity, schema
from inbox.store.sqlite.connection import before_connecting
from inbox.store.sqlite.documents import SQLiteStorage
from inbox.store.sqlite.folder import (
    NAME,
    UNCHECKED,
    changed_since,
    check_file,
    is_linked,
    left_open,
    refuse_replaced,
    separate,
    touch,
    unfinished,
)
from inbox.system.locks import SharedLock

PATIENCE = 10.0
"""Seconds to wait for another inbox that looks at the store after a crash, or restores it."""

BUSY = "Another inbox is repairing or updating the store. Try again in a moment."


def connect(folder: Path, use: SharedLock) -> SQLiteStorage:
    """Look at the file, then connect to it. `use` is held afterwards: alone by who comes after a crash, else shared.

    Raises Damaged where the file cannot be trusted, StoreError where it cannot be used.
    """
    path = folder / NAME
    if not use.wait_shared(PATIENCE):
        raise StoreBusy(BUSY)
    if unfinished(folder):
        if not use.attempt():
            raise StoreBusy(BUSY)
        backup.finish(folder)
        use.attempt(shared=True)
    with before_connecting(path) as first:
        if first:
            _look(folder, use)
        touch(path)
        return SQLiteStorage(path, schema.SPECS)


def _look(folder: Path, use: SharedLock) -> None:
    """Raises Damaged where the file or its log cannot be trusted, without changing either: SQLite would bring the log into
    the file when it closes."""
    left = left_open(folder, use)
    crashed = left and use.attempt()
    if left and not crashed:
        refuse_replaced(folder, use)
    if is_linked(folder / NAME) and (crashed or use.attempt()):
        separate(folder)
        if not crashed:
            use.attempt(shared=True)
    check_file(folder, after_crash=crashed, made=bool(use.word()))
    if (crashed or (folder / UNCHECKED).exists()) and (folder / NAME).exists():
        integrity.look_after_crash(folder)
    elif not crashed and changed_since(folder, use) and integrity.went_back(folder):
        raise Damaged(integrity.EARLIER)
