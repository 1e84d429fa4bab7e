"""How much of Facebook's limits is used up, and whom a limit that was reached holds (facts/facebook.md#7.1 to 7.4).

`X-App-Usage` and `X-Page-Usage` hold three percentages; `X-Business-Use-Case-Usage` holds lists of objects by the id
of a Page or account, each with its `type` and the minutes until access comes back. All of it may be missing or
garbled. A limit holds the app with all its Pages, the sign-in, the one Page, one kind of its calls, or its Instagram
account; what it does not hold goes on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from inbox.adapters import http
from inbox.adapters.pauses import Pauses
from inbox.domain.model import Surface
from inbox.domain.records import Record
from inbox.ports.platform import Pace

WIDEN_AT = 75
STOP_AT = 100
SLOWEST = 8.0
"""Times the usual interval, right before the stop."""
DEFAULT_STOP = timedelta(minutes=5)
BLOCK_STOP = timedelta(hours=1)
"""A policy block lasts hours to days and names no end (facts/facebook.md#7.4); asking on makes it longer."""
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
tiny (200 or 4800 calls a day for each person who was active: facts/facebook.md#7.1)."""
APP, SIGN_IN, PAGE, INSTAGRAM = "app", "sign-in", "page", "instagram"
HOLDS = {4: APP, 341: APP, 17: SIGN_IN, 32: PAGE, 613: PAGE, 80001: PAGE, 80006: PAGE, 80002: INSTAGRAM}
"""Whom a throttling code holds (facts/facebook.md#7.3); others of the business family hold the Page."""
_LARGEST_HEADER = 20_000


def area_of(surface: Surface) -> str:
    """Whose limits the calls for a surface count against: "pages", "messenger" or "instagram"."""
    return BUSINESS.get(surface, "pages")


def _holders(area: str) -> tuple[str, ...]:
    """The pauses that hold the calls of an area; "" stands for the question who we are, which is none of them."""
    if not area:
        return APP, SIGN_IN
    return (APP, SIGN_IN, area) if area == INSTAGRAM else (APP, SIGN_IN, PAGE, area)


def _blocked(write: bool, area: str) -> str:
    """The pause of a policy block: it holds the Page or its Instagram account, replies or reading."""
    return f"{'writing' if write else 'reading'} {INSTAGRAM if area == INSTAGRAM else PAGE}"


class Reading(Record):
    """How much of a limit Facebook said was used, and when it said so."""

    percent: int
    at: datetime


class Usage:
    """The newest reading per kind: "app", "page", "pages", "messenger", "instagram"."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        """Our Page and its Instagram account; what a header says of others is theirs. Empty: not known yet."""
        self.refused = Pauses()
        """Calls were refused: nothing goes, replies neither."""
        self.used_up = Pauses()
        """A header says that nothing is left: reading rests, a reply may try."""
        self.blocked = Pauses()
        """Blocked by policy, by what was tried; the rest goes on."""
        self._readings: dict[str, Reading] = {}
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
        for entry in _entries(parsed, self.ids):
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
        self._readings[kind] = Reading(percent, now)
        if percent >= STOP_AT or wait:
            until = now + (timedelta(minutes=wait) if wait else DEFAULT_STOP)
            self.used_up.put(kind, http.clamp(until, now, LONGEST_STOP), now)
        else:
            self.used_up.lift(kind, now)

    def throttled(self, code: int | None, now: datetime, asked: datetime | None) -> datetime:
        """Facebook refused a call for its limits. Returns when to go on: what it told, else some minutes."""
        holder = HOLDS.get(code or 0, PAGE)
        known = self.used_up.until((holder, *(("pages", "messenger") if holder == PAGE else ())), now)
        until = max(asked or now + DEFAULT_STOP, known or now)
        self.refused.put(holder, until, now)
        return until

    def block(self, now: datetime, *, write: bool, area: str) -> datetime:
        """Facebook blocked this kind of action. Returns when to try it again."""
        until = now + BLOCK_STOP
        self.blocked.put(_blocked(write, area), until, now)
        return until

    def blocked_until(self, now: datetime, *, write: bool, area: str) -> datetime | None:
        """Until when this kind of action should not be tried."""
        return self.blocked.until((_blocked(write, area),), now)

    def try_again(self, now: datetime) -> None:
        """End the waits that Facebook set no time for: the agent wants to know."""
        for name in list(self.blocked.dump(now)):
            self.blocked.lift(name, now)

    def closed_until(self, now: datetime, *, write: bool, area: str = "pages") -> datetime | None:
        """Until when nothing should be asked of an area. A reply may try at 100 per cent; nothing goes while
        refused."""
        names = _holders(area)
        ends = [self.refused.until(names, now), None if write else self.used_up.until(names, now)]
        return max((end for end in ends if end is not None), default=None)

    def pace(self, now: datetime, *, instagram: bool = False) -> Pace:
        """`resume_at` is set while everything is held: the app, the sign-in, or the Page where no Instagram account
        is read beside it."""
        names = (APP, SIGN_IN) if instagram else (APP, SIGN_IN, PAGE)
        ends = [end for held in (self.refused, self.used_up) if (end := held.until(names, now)) is not None]
        return Pace(percent_used=max(self._fresh(now, None), default=None), resume_at=max(ends, default=None))

    # -- outliving the process -----------------------------------------------------------------------------

    def dump(self, now: datetime, *, shared: bool) -> dict[str, Any]:
        """What still holds; `shared`: the part that all Pages of the app have in common."""
        return {
            name: {holder: pause for holder, pause in held.dump(now).items() if (holder == APP) == shared}
            for name, held in self._kept()
        }

    def load(self, kept: Mapping[str, Any], now: datetime) -> None:
        """Take over kept limits that have not ended at `now`."""
        for name, held in self._kept():
            part = kept.get(name)
            if isinstance(part, Mapping):
                held.load(part, now)

    def _kept(self) -> Sequence[tuple[str, Pauses]]:
        return ("refused", self.refused), ("used_up", self.used_up), ("blocked", self.blocked)

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
        closed = self.closed_until(now, write=False, area=area_of(surface))
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


def _entries(parsed: Any, ids: Collection[str]) -> list[Mapping[str, Any]]:
    """What a header says of our own Page and account."""
    if not isinstance(parsed, dict):
        return []
    lists = [value for key, value in parsed.items() if isinstance(value, list) and (not ids or key in ids)]
    return [entry for value in lists for entry in value if isinstance(entry, dict)]


def _percent(entry: Mapping[str, Any]) -> int | None:
    names = ("call_count", "total_time", "total_cputime")
    numbers = [
        entry[n] for n in names if isinstance(entry.get(n), int | float) and not isinstance(entry[n], bool)
    ]
    sane = [int(n) for n in numbers if 0 <= n < 100_000]
    return max(sane, default=None)
