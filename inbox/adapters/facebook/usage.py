"""How much of Facebook's limits is used up, from the headers of every answer (FACTS 3).

`X-App-Usage` and `X-Page-Usage` hold three percentages; `X-Business-Use-Case-Usage` holds lists of objects by
business id, each with its `type` and the minutes until access comes back. All of it may be missing or garbled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.adapters import http
from inbox.domain.model import Surface
from inbox.domain.records import Record
from inbox.ports import Pace

WIDEN_AT = 75
STOP_AT = 100
SLOWEST = 8.0
"""Times the usual interval, right before the stop."""
DEFAULT_STOP = timedelta(minutes=5)
LONGEST_STOP = timedelta(hours=24)
"""The limits count over 24 hours, so no true wait is longer."""
FRESH = timedelta(hours=1)
"""The percentages are of a rolling hour (app) or day (business): an old reading says little."""

BASE_SECONDS = {
    Surface.MESSENGER: 45.0,
    Surface.COMMENTS: 180.0,
    Surface.VISITOR_POSTS: 300.0,
    Surface.TAGGED: 900.0,
    Surface.INSTAGRAM: 60.0,
}
BUSINESS = dict.fromkeys(BASE_SECONDS, "pages") | {
    Surface.MESSENGER: "messenger",
    Surface.INSTAGRAM: "instagram",
}
"""Whose limits the reading of a surface counts against."""
QUIET = ((timedelta(hours=2), 3.0), (timedelta(minutes=30), 2.0))
"""Where nothing has changed for so long, a surface is read so many times less often: the budget of a quiet Page is
tiny (200 or 4800 calls a day for each person who was active, FACTS 3)."""
_LARGEST_HEADER = 20_000


class Reading(Record):
    percent: int
    at: datetime
    resume_at: datetime | None = None


class Usage:
    """The newest reading per kind: "app", "page", "pages", "messenger", "instagram"."""

    def __init__(self) -> None:
        self._readings: dict[str, Reading] = {}
        self._throttled_until: datetime | None = None
        self._changed: dict[Surface, datetime] = {}

    def changed(self, surface: Surface, now: datetime) -> None:
        """Something happened there, so more is to be expected."""
        self._changed[surface] = now

    def note(self, headers: Mapping[str, str], now: datetime) -> None:
        """Take in the headers of one answer."""
        for name, kind in (("x-app-usage", "app"), ("x-page-usage", "page")):
            parsed = _parsed(headers.get(name))
            if isinstance(parsed, dict) and (percent := _percent(parsed)) is not None:
                self._keep(kind, percent, None, now)
        self._note_business(_parsed(headers.get("x-business-use-case-usage")), now)

    def _note_business(self, parsed: Any, now: datetime) -> None:
        worst: dict[str, tuple[int, int]] = {}
        for entry in _entries(parsed):
            kind, percent = entry.get("type"), _percent(entry)
            # An advertising tool of the same business at its limit is no reason to stop the inbox.
            if not isinstance(kind, str) or kind not in BUSINESS.values() or percent is None:
                continue
            minutes = entry.get("estimated_time_to_regain_access")
            wait = minutes if isinstance(minutes, int) and 0 < minutes < 100_000 else 0
            before = worst.get(kind, (0, 0))
            worst[kind] = max(before[0], percent), max(before[1], wait)
        for kind, (percent, wait) in worst.items():
            self._keep(kind, percent, wait, now)

    def _keep(self, kind: str, percent: int, wait: int | None, now: datetime) -> None:
        resume = None
        if percent >= STOP_AT or wait:
            resume = http.clamp(now + (timedelta(minutes=wait) if wait else DEFAULT_STOP), now, LONGEST_STOP)
        self._readings[kind] = Reading(percent, now, resume)

    def throttled(self, now: datetime, asked: datetime | None) -> datetime:
        """Facebook refused a call for its limits. Returns when to go on: what it told, else some minutes."""
        known = [r.resume_at for r in self._readings.values() if r.resume_at and r.resume_at > now]
        self._throttled_until = max([asked or now + DEFAULT_STOP, *known])
        return self._throttled_until

    def closed_until(self, now: datetime, *, write: bool) -> datetime | None:
        """Until when nothing should be asked. A reply may try at 100 per cent; nothing goes while refused."""
        until = [self._throttled_until] if self._throttled_until else []
        if not write:
            until += [r.resume_at for r in self._readings.values() if r.resume_at]
        ahead = [moment for moment in until if moment > now]
        return max(ahead, default=None)

    def pace(self, now: datetime) -> Pace:
        fresh = self._fresh(now, None)
        return Pace(percent_used=max(fresh, default=None), resume_at=self.closed_until(now, write=False))

    def interval(self, surface: Surface, now: datetime) -> float:
        """Seconds between two reads: the base, wider where all is quiet and from 75 per cent on, at 100 until the
        stated time."""
        base = BASE_SECONDS.get(surface, 300.0)
        still = now - self._changed.setdefault(surface, now)
        base *= next((factor for since, factor in QUIET if still >= since), 1.0)
        percent = max(self._fresh(now, BUSINESS.get(surface, "pages")), default=0)
        if percent > WIDEN_AT:
            share = min(percent - WIDEN_AT, STOP_AT - WIDEN_AT) / (STOP_AT - WIDEN_AT)
            base *= 1 + share * (SLOWEST - 1)
        closed = self.closed_until(now, write=False)
        return max(base, (closed - now).total_seconds()) if closed else base

    def _fresh(self, now: datetime, business: str | None) -> list[int]:
        """Readings that still count; of the business kinds only `business`, where it is named."""
        return [
            reading.percent
            for kind, reading in self._readings.items()
            if (business is None or kind in ("app", "page", business)) and now - reading.at < FRESH
        ]


def _parsed(header: str | None) -> Any:
    if not header or len(header) > _LARGEST_HEADER:
        return None
    try:
        return json.loads(header)
    except (ValueError, RecursionError):
        return None


def _entries(parsed: Any) -> list[Mapping[str, Any]]:
    if not isinstance(parsed, dict):
        return []
    lists = [value for value in parsed.values() if isinstance(value, list)]
    return [entry for value in lists for entry in value if isinstance(entry, dict)]


def _percent(entry: Mapping[str, Any]) -> int | None:
    names = ("call_count", "total_time", "total_cputime")
    numbers = [
        entry[n] for n in names if isinstance(entry.get(n), int | float) and not isinstance(entry[n], bool)
    ]
    sane = [int(n) for n in numbers if 0 <= n < 100_000]
    return max(sane, default=None)
