"""The log file: one event is one line, without secrets, readable by its owner only.

A filter does not see tracebacks, so the formatter hides secrets in the finished text, whatever it came from.
The screen draws on standard error: nothing here ever writes there.
"""

from __future__ import annotations

import errno
import logging
import os
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from inbox.system.places import PRIVATE_FILE, private_folder
from inbox.system.redact import known, redact

__all__ = ["configure", "known", "redact"]

FILE = "inbox.log"
SIZE = 1_000_000
KEPT = 3
CHATTY = ("httpx", "httpcore", "hpack", "keyring", "jeepney", "asyncio", "markdown_it")
"""At DEBUG and INFO these write addresses, headers and bodies: httpcore even the authorization header."""


class OneLine(logging.Formatter):
    """`2026-11-24T06:00:00.123Z WARNING inbox.engine.station.reader: ...`; line ends and control characters are escaped,
    so that what a platform sends cannot forge a line or steer a terminal that shows the log."""

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        """UTC, as everywhere."""
        return time.gmtime(seconds)

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S"
        )

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class PrivateFile(RotatingFileHandler):
    """Made with 0600, never through a link; a full disk costs lines of the log and nothing else."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        number = os.open(self.baseFilename, flags, PRIVATE_FILE)
        if hasattr(os, "fchmod"):
            os.fchmod(number, PRIVATE_FILE)
        return os.fdopen(number, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:
        """The default prints the record, with its arguments, over the screen."""


def _full(path: Path) -> bool:
    """Whether the file cannot be opened for want of room: then it is tried with the first line."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE))
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return False


def configure(folder: Path, verbose: bool = False) -> Path:
    """Send everything from `inbox` at INFO (`verbose`: DEBUG), and warnings of others, to `folder`/inbox.log.

    May be called again: the newest call counts. Returns the file. Raises UnsafePlace.
    """
    path = private_folder(folder) / FILE
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, PrivateFile)]:
        root.removeHandler(handler)
        handler.close()
    handler = PrivateFile(path, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8", delay=_full(path))
    handler.setFormatter(OneLine())
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("inbox").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return path
