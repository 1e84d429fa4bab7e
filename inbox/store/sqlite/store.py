"""The store on this machine: `inbox.ports.store.Store` over TinyDB over SQLite."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from inbox.errors import Damaged
from inbox.store.sqlite import restore
from inbox.store.sqlite.changes import SqliteChanges
from inbox.store.sqlite.conversations import SqliteConversations
from inbox.store.sqlite.handle import Handle
from inbox.store.sqlite.messages import SqliteMessages
from inbox.store.sqlite.outbox import SqliteOutbox
from inbox.store.sqlite.small_things import SqliteSmallThings
from inbox.store.sqlite.upkeep import SqliteUpkeep


def open_store(folder: Path) -> tuple[LocalStore, str]:
    """Open the store in `folder`; returns it and what the agent must be told about it, "" when all is well.

    A damaged store is restored first (see `backup`); a new one is created. Raises StoreError, with what to do
    about it, when the folder or the store cannot be used.
    """
    try:
        return LocalStore(folder), ""
    except Damaged:
        notice = restore.restore(folder)
    try:
        return LocalStore(folder), notice
    except Damaged:  # what shows only when the store is used
        notice = restore.restore(folder, certain=True)
        return LocalStore(folder), notice


class LocalStore:
    """One handle on the store in `folder`, and the six ports over it; it belongs to the thread that made it.

    Raises Damaged when the file cannot be trusted (`open_store` restores it then), StoreError when the folder or
    the store cannot be used, each with what to do. A failed construction leaves everything as it was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.handle = Handle(folder)
        self.conversations = SqliteConversations(self.handle)
        self.messages = SqliteMessages(self.handle, self.conversations)
        self.outbox = SqliteOutbox(self.handle)
        self.small_things = SqliteSmallThings(self.handle)
        self.changes = SqliteChanges(self.handle)
        self.upkeep = SqliteUpkeep(self.handle)

    def transaction(self) -> AbstractContextManager[None]:
        """Make all writes inside one; see `ports.store.Store`."""
        return self.handle.transaction()

    def close(self) -> None:
        """Close the handle. A second call does nothing."""
        self.handle.close()
