"""End in time: a closed terminal, a kill or Ctrl+C ends the program within seconds, whatever hangs.

The polite way comes first. Beside it a thread watches the signals themselves (Python's handlers run only between two
instructions of the main thread, which may be waiting inside SQLite): when the time is over, it ends the process. That
is safe at any moment: what was reported as saved is on the disk, and a reply on the wire is looked up by the next run.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

END_WITHIN = 4.0
"""Seconds from the first signal to the end of the process, at most."""
LAST_WORDS = 0.3
"""Seconds that giving the terminal back may take after that."""
LAST_WORDS_EARLIER = 1.0
"""As long as it may take where that time is not over yet (Ctrl+C twice): a terminal over a slow line reads on later."""

POLITE = ("SIGTERM", "SIGHUP")
ALL = (*POLITE, "SIGINT")


@contextmanager
def ends_in_time(
    stop: Callable[[int], None],
    names: Sequence[str] = POLITE,
    within: float = END_WITHIN,
    last_words: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Call `stop` with the number of the first of these signals; `within` so many seconds the process is gone.

    A second Ctrl+C ends it at once. What whoever started it wants ignored (nohup) stays ignored. `last_words` gives the
    terminal back where the polite way did not come so far; it is called in another thread. Only on the main thread,
    where signals arrive; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    wanted = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    arrived: list[int] = []
    reading, writing = os.pipe()
    if hasattr(
        os, "set_blocking"
    ):  # on Windows from Python 3.12 on; a signal is one byte, and the pipe is read
        os.set_blocking(writing, False)

    def handler(number: int, frame: FrameType | None) -> None:
        if arrived:
            return  # some send both SIGTERM and SIGHUP; a second Ctrl+C is the other thread's
        arrived.append(number)
        stop(number)

    watch = threading.Thread(
        target=_end_when_over,
        args=(reading, frozenset(wanted), within, last_words),
        name="end in time",
        daemon=True,
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
        else:
            _drop_what_nobody_takes()


def _drop_what_nobody_takes() -> None:
    """At its end the interpreter writes what is still held, and waits for ever for a reader that does not read."""
    for fd in (1, 2):
        with suppress(OSError, ValueError):
            if not select.select([], [fd], [], 0)[1]:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, fd)
                os.close(nowhere)


def _end_when_over(
    reading: int, wanted: frozenset[int], within: float, last_words: Callable[[], None] | None
) -> None:
    first = 0
    while not first:
        try:
            numbers = os.read(reading, 64)
        except OSError:
            return
        if not numbers:
            os.close(reading)
            return
        first = next((number for number in numbers if number in wanted), 0)
    if hasattr(signal, "setitimer"):  # an interpreter on its way out lets no thread run any more
        signal.setitimer(signal.ITIMER_REAL, within + 2.5 * LAST_WORDS)
    over = time.monotonic() + within
    _wait_for_second_interrupt(reading, within, list(numbers).count(signal.SIGINT) > 1)
    if last_words is not None:
        words = threading.Thread(target=last_words, daemon=True)
        words.start()
        words.join(max(LAST_WORDS, min(LAST_WORDS_EARLIER, over - time.monotonic())))
    os._exit(128 + first)


def _wait_for_second_interrupt(reading: int, within: float, already: bool) -> None:
    """Return after so many seconds, or at once when Ctrl+C was pressed again."""
    over = time.monotonic() + within
    while not already and (rest := over - time.monotonic()) > 0:
        if select.select([reading], [], [], rest)[0]:
            already = signal.SIGINT in os.read(reading, 64)


def leave_at_once(number: int) -> None:
    """A `stop` for commands that only wait: end by the ordinary way out, so that files and terminal are put right."""
    if "asyncio" in sys.modules:
        import asyncio

        with suppress(RuntimeError):  # no loop runs here
            # What its tasks make of being ended in the middle is nobody's concern now.
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
