"""A look into the store for shell completion: reads only, waits for nobody, changes nothing, and never fails.

No lock is taken, no folder made, no layout migrated: a store that is missing, damaged, newer or held by somebody else
answers with less, or with nothing. What completion shows may be a moment old.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "inbox.db"
"""The store's file in the data folder; as `store.folder.NAME`, which brings too much with it."""
PATIENCE = 0.05
"""Seconds a question may take: what was found by then is the answer."""
MOST = 100
"""Rows of one answer."""

Row = tuple[Any, ...]

ORDERS: tuple[str, ...] = (
    "status = 'open' AND soonest IS NOT NULL ORDER BY soonest",
    "status = 'open' AND waits = 0 AND soonest IS NULL ORDER BY recency",
    "status = 'resolved' AND waits = 0 AND soonest IS NULL ORDER BY recency",
)
"""Which conversations are looked through, and how: each is the order of an index (`schema.SPECS`)."""

NOT_DONE = (
    "queued",
    "prepared",
    "on_wire",
    "unconfirmed",
    "ask_agent",
    "retry_wait",
    "blocked",
    "stale",
    "failed",
)
"""Every `domain.outbox.Phase` but sent and cancelled."""

_FROM = "FROM doc_conversations"


def _of(field: str) -> str:
    """SQL for a field of the document."""
    return f"json_extract(doc, '$.{field}')"


class ReadOnlyStore:
    """The store in a data folder, for names that a command may be given."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    def conversations(self, begins: str) -> list[Row]:
        """(id, name or handle of the contact, preview) of conversations whose id begins so: those with a deadline first,
        by deadline, then the newest of the open and of the resolved ones."""
        places: tuple[str, ...] = ()
        orders = ORDERS
        if begins:
            orders = ("id >= ? AND id < ? ORDER BY id",)
            places = (begins, f"{begins}\U0010ffff")
        found: dict[str, Row] = {}
        for order in orders:
            sql = f"SELECT id, {_of('contact.name')}, {_of('contact.handle')}, {_of('preview')} {_FROM} WHERE {order} LIMIT {MOST}"
            for cid, name, handle, preview in self._rows(sql, places):
                found.setdefault(cid, (cid, name or handle, preview))
        return list(found.values())[:MOST]

    def handles(self) -> list[Row]:
        """(handle, name) of the contacts of open and resolved conversations, in the order of `conversations`."""
        sql = f"SELECT {_of('contact.handle')}, {_of('contact.name')} {_FROM} WHERE "
        found = [row for order in ORDERS for row in self._rows(f"{sql}{order} LIMIT {MOST}")]
        return [row for row in dict.fromkeys(found) if row[0]][:MOST]

    def tags(self, column: str = "tags") -> list[str]:
        """Tags in use, by name. `column`: `tags` of conversations, or `person_tags`."""
        # Streamed from the indexes that hold the column, until the time is over; a document for each text of it after that.
        ids: dict[str, str] = {}
        for half in ("IS NOT NULL", "IS NULL"):
            listed = f"SELECT {column}, id {_FROM} WHERE {column} <> '' AND soonest {half}"
            for text, cid in self._rows(listed):
                if text not in ids:
                    ids[text] = cid
        found: set[str] = set()
        for cid in list(ids.values())[:MOST]:
            for row in self._rows(f"SELECT {_of(column)} {_FROM} WHERE id = ?", (cid,)):
                found.update(_texts(row[0]))
        return sorted(found, key=str.casefold)

    def agents(self) -> list[str]:
        """Names of everybody who has worked on the store."""
        sql = "SELECT json_extract(doc, '$.value') FROM doc_settings WHERE id = 'agents'"
        return [name for row in self._rows(sql) for name in _texts(row[0])]

    def outbox(self) -> list[Row]:
        """(id, text) of what has not left, newest first."""
        sql = (
            "SELECT id, json_extract(doc, '$.text') FROM doc_outbox "
            f"WHERE phase IN ({', '.join('?' * len(NOT_DONE))}) ORDER BY created DESC LIMIT {MOST}"
        )
        return list(self._rows(sql, NOT_DONE))

    def messages(self, conversation: str | None) -> list[Row]:
        """(id, text) of the newest messages, of one conversation or of all."""
        where = "WHERE conversation = ? " if conversation else ""
        sql = (
            f"SELECT id, json_extract(doc, '$.text') FROM doc_messages {where}ORDER BY sent DESC LIMIT {MOST}"
        )
        return list(self._rows(sql, (conversation,) if conversation else ()))

    def _rows(self, sql: str, values: tuple[str, ...] = ()) -> Iterator[Row]:
        """Rows as far as they can be had in time; no error."""
        over = time.monotonic() + PATIENCE
        db = None
        try:
            db = sqlite3.connect(self._address(), uri=True, timeout=0)
            db.set_progress_handler(lambda: time.monotonic() > over, 1000)
            yield from db.execute(sql, values)
        except (sqlite3.Error, OSError, ValueError):
            return
        finally:
            if db is not None:
                db.close()

    def _address(self) -> str:
        """Without a log beside it nobody works there, and the file is read as it lies, without even SQLite's own locks;
        else a reader holds up no writer. Raises OSError where there is no store."""
        self._file.stat()
        log = self._file.with_name(f"{NAME}-wal")
        alone = not log.exists() or not log.stat().st_size
        return f"{self._file.resolve().as_uri()}?{'immutable=1' if alone else 'mode=ro'}"


def _texts(listed: object) -> list[str]:
    """The texts of a list in JSON."""
    found = json.loads(listed) if isinstance(listed, str) else []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
