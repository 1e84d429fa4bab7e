"""Waits that a platform asked for, by what they hold for; they outlive the process.

A pause is kept with the moment at which it was asked for. A clock that was set back since then would otherwise make
it last for as long as the clock was wrong: such a pause is counted again from now, by its own length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.domain.durations import instant
from inbox.domain.records import Record

LONGEST = timedelta(hours=25)
"""No limit of either platform counts over more than a day; a stored pause that says more is not believed."""


class Pause(Record):
    """`asked_at`: when the platform said so; `until`: when to ask again. Both by our clock."""

    asked_at: datetime
    until: datetime


class Pauses:
    """The pauses of one account by name: an endpoint of X, or whom a limit of Facebook hits."""

    def __init__(self) -> None:
        self._by_name: dict[str, Pause] = {}

    def put(self, name: str, until: datetime, now: datetime) -> None:
        """Ask nothing of `name` before `until`, or before what was asked for earlier, whichever is later."""
        known = self.until((name,), now)
        self._by_name[name] = Pause(now, max(min(until, now + LONGEST), known or until))

    def until(self, names: Iterable[str], now: datetime) -> datetime | None:
        """The end of the longest pause among these; None where none of them is paused."""
        return max((p.until for name in names if (p := self._current(name, now)) is not None), default=None)

    def lift(self, name: str, now: datetime) -> None:
        """The platform says that nothing has to be waited for any more; that counts against earlier words too."""
        if name in self._by_name:
            self._by_name[name] = Pause(now, now)

    def _current(self, name: str, now: datetime) -> Pause | None:
        pause = self._by_name.get(name)
        if pause is None:
            return None
        if now < pause.asked_at:
            pause = self._by_name[name] = Pause(now, now + min(pause.until - pause.asked_at, LONGEST))
        return pause if pause.until > now else None

    # -- outliving the process -----------------------------------------------------------------------------

    def dump(self, now: datetime) -> dict[str, list[str]]:
        """What still holds, as JSON: `[asked at, until]` by name."""
        held = ((name, self._current(name, now)) for name in list(self._by_name))
        return {name: [p.asked_at.isoformat(), p.until.isoformat()] for name, p in held if p is not None}

    def load(self, kept: Mapping[str, Any], now: datetime) -> None:
        """Take in what an earlier or another process was told; the later word on a name counts."""
        for name, value in kept.items():
            pause = _pause(value)
            known = self._by_name.get(name)
            if pause is not None and (known is None or pause.asked_at > known.asked_at):
                self._by_name[name] = pause
                self._current(name, now)


def _pause(value: object) -> Pause | None:
    """Out of the store; None for what is none."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    try:
        asked_at, until = instant(value[0]), instant(value[1])
    except (ValueError, TypeError, OverflowError, AttributeError):
        return None
    return Pause(asked_at, min(until, asked_at + LONGEST))
