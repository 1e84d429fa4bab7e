"""End in time: a closed terminal, a kill or Ctrl+C ends the program within seconds, whatever hangs.

The polite way comes first. Beside it a thread watches the signals themselves (Python's handlers run only between two
instructions of the main thread, which may be waiting inside SQLite): when the time is over, it ends the process. That
is safe at any moment: what was reported as saved is on the disk, and a reply on the wire is looked up by the next run.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

END_WITHIN = 4.0
"""Seconds from the first signal to the end of the process, at most."""

POLITE = ("SIGTERM", "SIGHUP")
ALL = (*POLITE, "SIGINT")


@contextmanager
def ends_in_time(
    stop: Callable[[int], None], names: Sequence[str] = POLITE, within: float = END_WITHIN
) -> Iterator[None]:
    """Call `stop` with the number of the first of these signals; `within` so many seconds the process is gone.

    A second Ctrl+C ends it at once. Only on the main thread, where signals arrive; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = [getattr(signal, name) for name in names if hasattr(signal, name)]
    arrived: list[int] = []
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def handler(number: int, frame: FrameType | None) -> None:
        if arrived:
            if number == signal.SIGINT:
                os._exit(128 + number)
            return  # some send both SIGTERM and SIGHUP
        arrived.append(number)
        stop(number)

    watch = threading.Thread(
        target=_end_when_over, args=(reading, frozenset(wanted), within), name="end in time", daemon=True
    )
    watch.start()
    before = {number: signal.signal(number, handler) for number in wanted}
    fd_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(fd_before, warn_on_full_buffer=False)
        if not arrived:  # else the way out is still watched, up to the end of the interpreter
            for number, old in before.items():
                signal.signal(number, old)
            os.close(writing)


def _end_when_over(reading: int, wanted: frozenset[int], within: float) -> None:
    while True:
        try:
            numbers = os.read(reading, 64)
        except OSError:
            return
        if not numbers:
            os.close(reading)
            return
        first = next((number for number in numbers if number in wanted), None)
        if first is not None:
            time.sleep(within)
            os._exit(128 + first)


def leave_at_once(number: int) -> None:
    """A `stop` for commands that only wait: end by the ordinary way out, so that files and terminal are put right."""
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
