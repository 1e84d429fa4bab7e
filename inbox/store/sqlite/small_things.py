"""Cursors, settings, events and the quarantine in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from inbox.domain.model import Event
from inbox.store.sqlite import schema
from inbox.store.sqlite.conditions import Where
from inbox.store.sqlite.documents import Rows
from inbox.store.sqlite.handle import Handle
from inbox.store.sqlite.settings import Settings

if TYPE_CHECKING:
    from inbox.ports.platform import Poison

QUARANTINED = 500
"""Items kept in quarantine per account."""

RAW = 64 * 1024
"""Characters kept of one of them."""


class SqliteSmallThings:
    """Implements `ports.store.SmallThings`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._sql = handle.sql
        self._settings = Settings(lambda: handle.db, handle.sql)

    def cursor(self, feed: str) -> dict[str, Any] | None:
        """Read the cursor of a feed; None before its first page."""
        with self._sql.fitting():
            document = Rows(self._sql, "cursors").get(feed)
            return None if document is None else document["cursor"]

    def put_cursor(self, feed: str, cursor: Mapping[str, Any]) -> None:
        """Write the cursor of a feed."""
        self._handle.db.table("cursors").put(feed, {"cursor": dict(cursor)})

    def setting(self, key: str) -> Any:
        """Read a setting; inside a transaction, kinds of which nothing is stored cost one look for all."""
        return self._settings.get(key)

    def settings(self, keys: Sequence[str]) -> dict[str, Any]:
        return self._settings.of(keys)

    def put_setting(self, key: str, value: Any) -> None:
        """Write a setting; None removes it."""
        self._settings.put(key, value)

    def log(self, event: Event) -> None:
        """Append an event."""
        self._handle.db.table("events").insert(schema.plain(event))

    def events(self, cid: str) -> list[Event]:
        """Read the events of a conversation by their index, in the order they were logged."""
        return self._handle.records("events", Where("conversation", (cid,)), Event)

    def quarantine(self, account: str, at: datetime, poison: Poison) -> None:
        """Keep the first `RAW` characters of an item, and the newest `QUARANTINED` items of its account."""
        raw = poison.raw[:RAW].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        table = self._handle.db.table("quarantine")
        with self._handle.joined():
            table.insert({"account": account, "at": at.isoformat(), "raw": raw, "reason": poison.reason})
            excess = self.quarantined(account) - QUARANTINED
            if excess > 0:
                sql = "SELECT id FROM doc_quarantine WHERE account = ? ORDER BY n LIMIT ?"
                table.remove(doc_ids=[int(row[0]) for row in self._sql.rows(sql, (account, excess))])

    def quarantined(self, account: str) -> int:
        """Count the items of an account by their index."""
        row = self._sql.row("SELECT COUNT(*) FROM doc_quarantine WHERE account = ?", (account,))
        return int(row[0]) if row else 0

    def set_aside(self, account: str) -> dict[int, dict[str, Any]]:
        """Read the items of an account by number."""
        found = self._handle.db.table("quarantine").search(Where("account", (account,)))
        return {document.doc_id: dict(document) for document in found}

    def drop_set_aside(self, numbers: Iterable[int]) -> None:
        """Remove items by number."""
        self._handle.db.table("quarantine").remove(doc_ids=list(numbers))
