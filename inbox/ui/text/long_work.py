"""Long work on the store beside the screen, such as the daily backup or a new layout: what it says of itself now."""

from __future__ import annotations

import time
from typing import Any

from inbox.wording.long_work import in_words

LONG = 1.0
"""Seconds that work must have gone on before it is worth a word: the backup of a small store would flash by."""
SHOWN = 3.0
"""Seconds for which a report is shown: work that ends says nothing, and one that goes on reports more often."""


class LongWork:
    """Keeps the latest report of `system.progress`; reports come from other threads than the screen's."""

    def __init__(self) -> None:
        self._latest: tuple[float, float, str, int, int | None, dict[str, Any]] | None = None
        """When this work began and when it reported last, by the monotonic clock; then the report."""

    def note(self, work: str, done: int, of: int | None, about: dict[str, Any]) -> None:
        """Keep a report. A first reading is left out: the screen shows it with its account."""
        if work == "reading":
            return
        before, now = self._latest, time.monotonic()
        goes_on = before is not None and before[2] == work and now - before[1] <= SHOWN
        begun = before[0] if before is not None and goes_on else now
        self._latest = (begun, now, work, done, of, about)

    def words(self) -> str:
        """Return how far the work is; empty where none goes on, or not for long."""
        latest = self._latest
        if latest is None or latest[1] - latest[0] < LONG or time.monotonic() - latest[1] > SHOWN:
            return ""
        return in_words(*latest[2:])
