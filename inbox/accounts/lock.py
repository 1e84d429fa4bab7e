"""The lock under which one process at a time changes what accounts are signed in with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from inbox.system import places

if TYPE_CHECKING:
    from collections.abc import Iterator

RENEWAL_PATIENCE = 90.0
"""Seconds to wait for another process that renews: its request has 20, its keyring 30 for each of two calls."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Keep every other process of this user from doing the same under `name`. Blocks; raises StoreError after
    `RENEWAL_PATIENCE`."""
    from inbox.system.locks import FileLock

    lock = FileLock(places.sign_in_folder() / f"{name}.lock")
    try:
        with lock.held(RENEWAL_PATIENCE):
            yield
    finally:
        lock.close()
