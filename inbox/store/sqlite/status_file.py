"""What the process that reads and sends says of itself, for the others on this store.

One small file of a fixed size, overwritten in place: on a full disk, where the store takes nothing, this still works.
What it says is believed for a minute; a process that lives says it again in time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

NAME = "lease-station.status"
SIZE = 4096
"""Bytes: one block, so that a reader never sees half of it and no room is needed after the first time."""
BELIEVED = timedelta(seconds=60)


class StatusFile:
    """Written by one process, read by any. Holds sentences of this program, nothing a customer or platform said."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def write(self, entries: Sequence[dict[str, Any]], now: datetime) -> None:
        """Replace what was said before. Entries that find no room are left out. Raises OSError."""
        kept = list(entries)
        while True:
            text = msgspec.json.encode({"at": now.astimezone(UTC).isoformat(), "entries": kept})
            if len(text) <= SIZE or not kept:
                break
            kept.pop()
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        number = os.open(self._path, flags, 0o600)
        try:
            os.write(number, text.ljust(SIZE))
        finally:
            os.close(number)

    def read(self, now: datetime) -> list[dict[str, Any]]:
        """What was said last; nothing where that is old, missing or cannot be read."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            said = msgspec.json.decode(self._path.read_bytes()[:SIZE])
            at = datetime.fromisoformat(said["at"])
            if abs(now - at) <= BELIEVED:
                return [dict(entry) for entry in said["entries"]]
        return []
