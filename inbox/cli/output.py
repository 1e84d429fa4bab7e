"""Standard output whose reader may go away: `inbox queue | head`, a full disk behind `>`.

A command is not done because nobody reads what it says, and its exit status is that of what it did. So a pipe that was
closed takes everything without a word; whatever else keeps the output from being written is an error of the command.
"""

from __future__ import annotations

import io
import os
import sys

_closed = [False]


class UnwrittenOutput(Exception):
    """The command was done, but its output reached no reader; the text says why."""


class _Pipe(io.RawIOBase):
    """Writes to a file descriptor; drops what a closed pipe no longer takes."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        """The file descriptor it writes to."""
        return self._fd

    def isatty(self) -> bool:
        """Never: a terminal is not wrapped."""
        return False

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: object) -> int:
        """Write what the reader takes; everything counts as written once it has left. Raises UnwrittenOutput."""
        view = memoryview(data)  # type: ignore[arg-type]  # any buffer, as RawIOBase promises
        if not _closed[0]:
            try:
                return os.write(self._fd, view)
            except BrokenPipeError:
                _closed[0] = True
            except OSError as error:
                _closed[0] = True  # what is still held is not tried again when the process ends
                raise UnwrittenOutput(f"standard output cannot be written: {error.strerror}") from None
        return view.nbytes


def reopen_closed() -> None:
    """Put something harmless where the caller closed a standard stream (`<&- >&- 2>&-`): the next file that is opened would
    get its number, and an error message would end up in the store. What is printed then is an error of the command, as on a
    full disk; errors go nowhere, and input has ended."""
    for fd, name, flags in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_RDONLY),
        (2, "stderr", os.O_WRONLY),
    ):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, flags)
        if opened != fd:
            os.dup2(opened, fd)
            os.close(opened)
        if fd == 0:
            sys.stdin = open(fd, encoding="utf-8")  # noqa: SIM115 for as long as the process
        elif fd == 1:  # read only: whoever writes is told that nobody gets it
            sys.stdout = open(fd, "w", encoding="utf-8")  # noqa: SIM115
        else:
            sys.stderr = open(fd, "w", encoding="utf-8")  # noqa: SIM115


def guard() -> None:
    """Make standard output of this process one that survives its reader. Does nothing for a terminal."""
    reopen_closed()
    out = sys.stdout
    if out.isatty():
        return
    try:
        fd = out.fileno()
        out.flush()
    except (OSError, ValueError):
        return
    # What an encoding other than UTF-8 cannot say is escaped: an emoji is no reason to end.
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Pipe(fd)), encoding=out.encoding, errors="backslashreplace", newline="\n"
    )


def reader_left() -> bool:
    """Whether whoever read standard output has closed it."""
    return _closed[0]


def finish() -> None:
    """Write what is still held. Raises UnwrittenOutput."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
