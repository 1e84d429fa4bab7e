"""One line on the terminal that says how far long work is. It is gone when the work ends, and nothing of it is in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inbox.system import progress
from inbox.wording.long_work import in_words

MOST_OFTEN = 0.1
"""Seconds between two lines: faster than that nobody reads, and a terminal over ssh has to carry them."""


class ProgressLine:
    """Rewrites one line of standard error. `clear` it before anything else is printed."""

    def __init__(self, only: str | None = None) -> None:
        self._only = only
        self._shown = 0
        """Columns that the line fills now."""
        self._last = 0.0
        self._lock = threading.Lock()

    def show(self, work: str, done: int, of: int | None, about: dict[str, Any]) -> None:
        """Show a report; those that follow too fast are left out."""
        now = time.monotonic()
        if now - self._last < MOST_OFTEN or self._only not in (None, work):
            return
        with self._lock:
            self._last = now
            # One column stays free: a line that fills the last one makes some terminals go on to the next.
            room = max(shutil.get_terminal_size().columns - 1, 1)
            text = in_words(work, done, of, about)
            text = text if len(text) <= room else f"{text[: room - 1]}…"
            self._write(f"\r{text}{' ' * (self._shown - len(text))}")
            self._shown = len(text)

    def clear(self) -> None:
        """Take the line away."""
        with self._lock:
            if self._shown:
                self._write(f"\r{' ' * self._shown}\r")
                self._shown = 0

    @staticmethod
    def _write(text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # the terminal is gone; the work goes on
            pass


@contextmanager
def progress_line(*, shares_output: bool = False, only: str | None = None) -> Iterator[ProgressLine]:
    """Show what is reported inside, where standard error is a terminal. `shares_output`: standard output is written
    meanwhile, and where that is a terminal too nothing is shown, because the line would stand among the output. `only`:
    the one work that is shown."""
    line = ProgressLine(only)
    if not _is_terminal(sys.stderr) or (shares_output and _is_terminal(sys.stdout)):
        yield line
        return
    with progress.watched_by(line.show):
        try:
            yield line
        finally:
            line.clear()


def _is_terminal(stream: Any) -> bool:
    return stream is not None and not stream.closed and stream.isatty() and bool(os.environ.get("TERM", ""))
