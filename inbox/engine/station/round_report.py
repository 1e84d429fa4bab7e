"""What one reading of an account brought."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from inbox.errors import PlatformError


class RoundReport(Struct):
    """What one reading of an account brought; `error` is what stopped (part of) it."""

    account: str
    fetched: int = 0
    new: int = 0
    error: PlatformError | None = None
    unfinished: bool = False
    """Whether its time was over before everything was read; the rest is read the next time."""
    reading: tuple[int, datetime | None] | None = None
    """While the first reading is not over: what it has brought so far, and back to when."""
    goes_on_at: datetime | None = None
    """While the first reading is not over: when the next of it is asked for, in a run that lasts."""

    @property
    def ok(self) -> bool:
        """Return whether nothing stopped it."""
        return self.error is None
