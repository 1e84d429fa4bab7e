"""How late the event loop calls: what is felt when a key is slow, whatever the cause."""

from __future__ import annotations

import asyncio
import time

EVERY = 0.01
"""Seconds between two looks; as long as a frame at 100 a second."""


async def lags(seconds: float) -> list[float]:
    """By how much the loop was late at each look, in seconds, smallest first."""
    late, end = [], time.perf_counter() + seconds
    while (before := time.perf_counter()) < end:
        await asyncio.sleep(EVERY)
        late.append(time.perf_counter() - before - EVERY)
    return sorted(late)
