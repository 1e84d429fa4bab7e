"""Ending politely: a closed terminal or a kill keeps the words that were being written and gives the terminal back."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def leaving(leave: Callable[[int], None]) -> Iterator[None]:
    """Call `leave` with the exit status, on the screen's own loop, when SIGTERM or SIGHUP arrives; once.

    Only on the main thread, where signals arrive; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def arrived(number: int, frame: FrameType | None) -> None:
        for again in wanted:  # some send both
            signal.signal(again, signal.SIG_IGN)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # not drawing yet, or no longer
            raise SystemExit(128 + number) from None
        loop.call_soon_threadsafe(leave, 128 + number)

    before = {number: signal.signal(number, arrived) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
