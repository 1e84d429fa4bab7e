"""Ending politely: a closed terminal or a kill keeps the words that were being written and gives the terminal back."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from inbox.cli.signals import ALL

if sys.platform != "win32":
    import termios

GIVEN_BACK = b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?2048l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
"""What Textual's driver says at its end: mouse, paste, sizes, line wrap, keyboard, screen, cursor, focus."""


@contextmanager
def leaving(leave: Callable[[int], None]) -> Iterator[None]:
    """Call `leave` with the exit status, on the screen's own loop, when a signal ends the program; once.

    A program in front (`$EDITOR`) is ended first: the screen waits for it. Only on the main thread, where signals
    arrive; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ALL if hasattr(signal, name)]
    wanted = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    left: list[int] = []

    def arrived(number: int, frame: FrameType | None) -> None:
        if left:  # some send both SIGTERM and SIGHUP
            return
        left.append(number)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # not drawing yet, or no longer
            raise SystemExit(128 + number) from None
        loop.call_soon_threadsafe(leave, 128 + number)
        from inbox.system import programs  # with subprocess, which the start has no time for

        programs.end_front()

    before = {number: signal.signal(number, arrived) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


LEAVES_WITHIN = 0.15
"""Seconds that the screen may take from the terminal's old settings to the last sequence it writes."""
TAKES_WITHIN = 0.8
"""Seconds that a terminal may take before it reads on; the end of the program waits for less where time is short."""


def giver_back(left: Callable[[], bool]) -> Callable[[], None]:
    """Call it before the screen is drawn; what it returns puts the terminal right again, where nobody else has. It may be
    called in any thread, and waits for parts of a second only. `left`: whether the screen has been left."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        return lambda: None
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)

    def give_back() -> None:
        with suppress(OSError, termios.error):
            # The settings come first: the driver is quicker, or in the middle of it, or a program in front has it.
            over = time.monotonic() + LEAVES_WITHIN
            while termios.tcgetattr(fd) == before and time.monotonic() < over:
                if left():
                    return
                time.sleep(0.01)
            termios.tcsetattr(fd, termios.TCSANOW, before)
            own = os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
            _write(own, GIVEN_BACK)

    return give_back


def _write(fd: int, raw: bytes) -> None:
    """Write to a terminal that may be busy with the last frame."""
    over = time.monotonic() + TAKES_WITHIN
    while raw and select.select([], [fd], [], max(0.0, over - time.monotonic()))[1]:
        raw = raw[os.write(fd, raw) :]
