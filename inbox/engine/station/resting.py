"""Items of the outbox that this machine could not work on (a full disk, a defect), each rested for a while.

One such item must neither stop the others nor be tried four times a second.
"""

from __future__ import annotations

import logging
from collections.abc import Container
from datetime import datetime, timedelta

from inbox.domain.records import Record, replace

log = logging.getLogger(__name__)

LONGEST_REST = 30.0
"""Seconds between two tries of one item: doubled from one second to this."""


class Rest(Record, kw_only=True):
    """Why an item rests, how often in a row it failed, and when it is tried again."""

    error: BaseException
    count: int
    until: datetime


class Resting:
    """Which items rest, by their id."""

    def __init__(self) -> None:
        self._rests: dict[str, Rest] = {}

    def failed(self, oid: str, error: BaseException, now: datetime) -> None:
        """Rest an item; the first failure in a row is logged."""
        before = self._rests.get(oid)
        count = before.count + 1 if before else 1
        if before is None:
            log.error("an item of the outbox could not be worked on", exc_info=error)
        pause = timedelta(seconds=min(2.0 ** (count - 1), LONGEST_REST))
        self._rests[oid] = Rest(error=error, count=count, until=now + pause)

    def worked(self, oid: str) -> None:
        """Forget what went wrong with an item."""
        self._rests.pop(oid, None)

    def over(self, oid: str, now: datetime) -> bool:
        """Whether an item may be tried (again)."""
        rest = self._rests.get(oid)
        return rest is None or rest.until <= now

    def keep_only(self, ids: Container[str]) -> None:
        """Forget items that are settled."""
        self._rests = {oid: rest for oid, rest in self._rests.items() if oid in ids}

    def set_back(self, back: timedelta) -> None:
        """Follow a clock that was set back."""
        self._rests = {oid: replace(rest, until=rest.until - back) for oid, rest in self._rests.items()}

    @property
    def error(self) -> BaseException | None:
        """What the item that failed first met; None while all are well."""
        return next((rest.error for rest in self._rests.values()), None)
