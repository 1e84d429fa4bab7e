"""Clocks: the real one, and the one of the demo, which can be turned and run faster."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FastClock:
    """The demo's time: stands where it was turned to until `run`, from then on real time times `speed`."""

    SHORTEST = 0.02
    """Real seconds: what the shortest sleep takes, so that a fast clock does not make loops spin."""

    def __init__(self, start: datetime) -> None:
        self._at = start.astimezone(UTC)
        self._speed = 0.0
        self._mark = time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=(time.monotonic() - self._mark) * self._speed)

    def turn_to(self, moment: datetime) -> None:
        self._at, self._mark = moment.astimezone(UTC), time.monotonic()

    def run(self, speed: float) -> None:
        """Raises ValueError for a speed that is not above 0."""
        if not speed > 0:
            raise ValueError("time runs forward")
        self.turn_to(self.now())
        self._speed = speed

    async def sleep(self, seconds: float) -> None:
        """Seconds of this clock. Raises RuntimeError while it stands: nobody would ever wake up."""
        if not self._speed:
            raise RuntimeError("the clock stands still")
        await asyncio.sleep(max(seconds / self._speed, self.SHORTEST) if seconds > 0 else 0)
