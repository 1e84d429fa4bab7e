"""How long the drills are, and how busy the computer is: for tests that could go on for hours, or that measure time."""

from __future__ import annotations

import os
import time

LONG = bool(os.environ.get("INBOX_LONG_TESTS"))
"""Whether somebody asked for every case; else each drill has a short version."""


def examples(count: int) -> int:
    """How many examples of a property are tried: `count` in the long run, a third of them else."""
    return count if LONG else max(1, count // 3)


def contention(seconds: float = 0.03) -> float:
    """How many times longer work takes than it would alone: elapsed time for `seconds` of this thread's processor
    time; 1.0 where nobody else wants the processor. A limit in seconds is one of an idle computer."""
    began, used = time.perf_counter(), time.thread_time()
    while time.thread_time() - used < seconds:
        pass
    return max(1.0, (time.perf_counter() - began) / seconds)
