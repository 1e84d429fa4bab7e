"""Whether anybody may have written: one question to the file system, at a hundredth of what asking SQLite costs.

Every commit writes to the write-ahead log before it can be read, so a log that stands as it stood holds nothing new.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from inbox.store.sqlite.folder import NAME

YOUNG = 3.0
"""Seconds after a write in which the log is not trusted to be at rest: the commit may not be readable yet (the disk
takes its time), and another may hide behind the same tick of the file system's clock."""


class Stirring:
    """Callable from any thread, but from one alone."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / f"{NAME}-wal"
        self._seen: tuple[int, int] | None = None

    def __call__(self) -> bool:
        """False: nothing was written since the last call. True: perhaps something was."""
        if sys.platform == "win32":  # tells the time of a write only once the file is closed
            return True
        try:
            found = os.stat(self._log)
        except OSError:
            return True
        seen = (found.st_mtime_ns, found.st_size)
        stirred = seen != self._seen
        at_rest = time.time() - found.st_mtime > YOUNG  # a clock that was set back: never
        self._seen = seen if at_rest else None
        return stirred
