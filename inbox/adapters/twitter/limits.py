"""X's request limits, as its headers tell them.

A window of 15 minutes per endpoint (`x-rate-limit-*`), and for writes caps per day and user or app
(`x-user-limit-24hour-*`, `x-app-limit-24hour-*`). A 429 may come with requests left in the short window when a
day's cap is used up: what counts is the window that has none left. Answers without headers exist (401, errors).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from inbox.adapters.http import DEFAULT_WAIT, LONGEST_WAIT, Answer, clamp, retry_after, skew
from inbox.domain.records import Record

_SHORT = "x-rate-limit"
_DAY = ("x-user-limit-24hour", "x-app-limit-24hour")
A_DAY = timedelta(hours=24, minutes=5)


class Window(Record):
    """`resets_at` by our own clock."""

    limit: int
    remaining: int
    resets_at: datetime

    def spent(self, now: datetime) -> bool:
        """Tell whether no request is left before the window ends."""
        return self.remaining <= 0 and self.resets_at > now


def window(answer: Answer, now: datetime) -> Window | None:
    """What this answer says is left: the 15-minute window, or a day's cap that is used up."""
    caps = [w for family in _DAY if (w := _window(answer, family, now)) is not None and w.spent(now)]
    return max(caps, key=lambda w: w.resets_at, default=_window(answer, _SHORT, now))


def _window(answer: Answer, family: str, now: datetime) -> Window | None:
    limit, left = _number(answer.headers, family, "limit"), _number(answer.headers, family, "remaining")
    reset = _reset(answer, family, now)
    if limit is None or left is None or reset is None:
        return None
    return Window(limit, left, clamp(reset, now, A_DAY if family in _DAY else LONGEST_WAIT))


def again(answer: Answer, now: datetime) -> datetime:
    """When to ask again after a 429: the reset of whatever is used up, never sooner than 5 seconds, never later
    than an hour (a day for the day's caps); one minute when X does not say or what it says is past."""
    waits = [
        clamp(reset, now, A_DAY if family in _DAY else LONGEST_WAIT)
        for family in (_SHORT, *_DAY)
        if _number(answer.headers, family, "remaining") == 0
        and (reset := _reset(answer, family, now)) is not None
        and reset > now
    ]
    if waits:
        return max(waits)
    reset = _reset(answer, _SHORT, now)
    used_up = _number(answer.headers, _SHORT, "remaining") in (None, 0)
    if reset is not None and reset > now and used_up:
        return clamp(reset, now)
    return retry_after(answer, now) if "retry-after" in answer.headers else now + DEFAULT_WAIT


def _reset(answer: Answer, family: str, now: datetime) -> datetime | None:
    """X gives Unix seconds by its own clock; `Date` shows how far that is from ours."""
    seconds = _number(answer.headers, family, "reset")
    if seconds is None:
        return None
    # Beyond this no window is meant, and dates overflow; the caller clamps anyway.
    horizon = int((now + timedelta(days=400)).timestamp())
    return datetime.fromtimestamp(min(seconds, horizon), UTC) - skew(answer, now)


def _number(headers: Mapping[str, str], family: str, name: str) -> int | None:
    value = headers.get(f"{family}-{name}", "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
