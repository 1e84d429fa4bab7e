"""Upkeep of a store in SQLite: the lease, erasure, backups, the full text, examination."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from inbox.errors import Damaged, StoreError
from inbox.ports.store import Health
from inbox.store.sqlite import backup, integrity, schema
from inbox.store.sqlite.conditions import Where
from inbox.store.sqlite.folder import BACKUPS, NAME, backups
from inbox.store.sqlite.handle import Handle
from inbox.store.sqlite.lease import Lease
from inbox.system.places import sync_folder


class SqliteUpkeep:
    """Implements `ports.store.Upkeep`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._sql = handle.sql
        self._folder = handle.folder

    @contextmanager
    def lease(self, name: str) -> Iterator[bool]:
        """Hold a lock on a file of that name beside the store; each transaction meanwhile checks that it is still
        ours."""
        lease = Lease(self._folder / f"lease-{name}.lock", self._sql.alone)
        with lease.held() as mine, self._sql.fenced(lease.fence if mine else None):
            yield mine

    # -- backups and the full text -------------------------------------------------------------------------

    def backup_due(self) -> bool:
        """Tell by the names of the backups, which hold their time."""
        return backup.due(self._folder)

    def backup(self) -> str:
        """Write one, read it back, keep the newest seven; returns its path."""
        return str(backup.write(self._handle.storage, self._folder))

    def backup_when_due(self) -> str | None:
        """Write a backup unless another process was quicker; returns its path, None where none was due."""
        if not self.backup_due():
            return None
        written = backup.write(self._handle.storage, self._folder, only_if_due=True)
        return None if written is None else str(written)

    def index_more(self) -> bool:
        """Take some more rows into the full text; returns whether there are more."""
        return self._handle.index_more()

    # -- erasure -------------------------------------------------------------------------------------------

    def forget(self, cids: Sequence[str]) -> None:
        """Remove conversations and all that belongs to them in one transaction, and note the changes."""
        tables = self._handle.db
        with self._handle.joined():
            for table in ("messages", "drafts", "outbox", "events"):
                tables.table(table).remove(Where("conversation", tuple(cids)))
            tables.table("conversations").remove(doc_ids=cids)
            for cid in cids:
                self._handle.touch(cid)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Take the lock on the store's use for this handle alone. Raises StoreError if another one has it."""
        if not self._handle.use.attempt():
            raise StoreError("Another inbox has the store open (a screen, `inbox sync`). Close it first.")
        try:
            yield
        finally:
            self._handle.use.attempt(shared=True)

    def others_at_work(self) -> bool:
        """Return whether another handle, in this process or in another one, has the store open."""
        alone = self._handle.use.attempt()
        if alone:
            self._handle.use.attempt(shared=True)
        return not alone

    def scrub(self) -> None:
        """Clear what was removed from the index, the log, freed pages, backups, and damaged or replaced files."""
        with self._handle.transaction():
            self._sql.run("DELETE FROM touched WHERE conversation NOT IN (SELECT id FROM doc_conversations)")
            # Until SQLite 3.42 deleting leaves the words in the index; merging all of it drops them.
            for table in schema.SEARCHED:
                self._sql.run(f"INSERT INTO text_{table} (text_{table}) VALUES ('optimize')")
        self._sql.checkpoint()
        kept = backup.write(self._handle.storage, self._folder)
        for old in backups(self._folder):
            if old != kept:
                old.unlink(missing_ok=True)
        sync_folder(self._folder / BACKUPS)
        for aside in (*self._folder.glob("damaged-*"), *self._folder.glob("replaced-*")):
            shutil.rmtree(aside)
        sync_folder(self._folder)

    # -- examination ---------------------------------------------------------------------------------------

    def health(self) -> Health:
        """Run SQLite's own checks and ours over every table; reads everything."""
        try:
            found = list(integrity.findings(self._sql.rows))
        except Damaged as error:
            found = [str(error)]
        path = self._folder / NAME
        newest = next((b.name for b in backups(self._folder)), "none yet")
        facts = {
            "file": str(path),
            "size": f"{path.stat().st_size / 1e6:.1f} MB",
            "conversations": str(len(self._handle.db.table("conversations"))),
            "messages": str(len(self._handle.db.table("messages"))),
            "sqlite": sqlite3.sqlite_version,
            "newest backup": newest,
        }
        return Health(ok=not found, findings=found, facts=facts)
