"""Long work on the store beside the screen, such as the daily backup or a new layout: what it says of itself now."""

from __future__ import annotations

import time
from typing import Any

from inbox.wording.long_work import in_words

SHOWN = 3.0
"""Seconds for which a report is shown: work that ends says nothing, and one that goes on reports more often."""


class LongWork:
    """Keeps the latest report of `system.progress`; reports come from other threads than the screen's."""

    def __init__(self) -> None:
        self._latest: tuple[float, str, int, int | None, dict[str, Any]] | None = None

    def note(self, work: str, done: int, of: int | None, about: dict[str, Any]) -> None:
        """Keep a report. A first reading is left out: the screen shows it with its account."""
        if work != "reading":
            self._latest = (time.monotonic(), work, done, of, about)

    def words(self) -> str:
        """Return how far the work is; empty where none goes on."""
        latest = self._latest
        if latest is None:
            return ""
        if time.monotonic() - latest[0] > SHOWN:
            self._latest = None
            return ""
        return in_words(*latest[1:])
