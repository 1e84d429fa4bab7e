"""A program behind a pseudo-terminal: how soon it answers a key, with how many bytes, for how much processor time.

Linux only: processor time is read from the scheduler, in nanoseconds over all threads.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import re
import select
import signal
import statistics
import struct
import termios
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

COLUMNS, ROWS = 120, 40
QUIET = 0.05
"""Seconds of silence that end the answer to a key."""
APART = 0.004
"""Seconds between two frames, at the least."""
PATIENCE = 30.0
ANSWERS = (
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?2048\$p"), b"\x1b[?2048;0$y"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
)
"""What a terminal says when it is asked; programs switch synchronised output on by it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """To one key, in seconds since it was written; `settled` is the last byte before silence, `second` that of the
    second frame (of the only one, where there was no other)."""

    first: float
    second: float
    settled: float
    size: int


class Terminal:
    def __init__(
        self, command: Sequence[str], env: Mapping[str, str] | None = None, columns: int = COLUMNS
    ) -> None:
        whole = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        whole.pop("PYTHONDONTWRITEBYTECODE", None)
        self.received: list[tuple[float, bytes]] = []
        self.gone = False
        self._tail = b""
        self._random = random.Random(1)
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
                os.execvpe(command[0], list(command), whole)
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))

    # -- reading -----------------------------------------------------------------------------------------

    def read(self, patience: float) -> bool:
        """One chunk; False if none came in time."""
        if self.gone or not select.select([self.fd], [], [], max(0.0, patience))[0]:
            return False
        try:
            chunk = os.read(self.fd, 1 << 16)
        except OSError:  # the program closed its end
            chunk = b""
        if not chunk:
            self.gone = True
            return False
        self.received.append((time.perf_counter(), chunk))
        joined = self._tail + chunk
        for question, answer in ANSWERS:
            for match in question.finditer(joined):
                if match.end() > len(self._tail):
                    os.write(self.fd, answer)
        self._tail = joined[-16:]
        return True

    def read_for(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0 and not self.gone:
            self.read(left)

    def settle(self, quiet: float = 0.3, limit: float = 5.0) -> None:
        end = time.perf_counter() + limit
        while time.perf_counter() < end and self.read(quiet):
            pass

    def wait_for(self, text: str, patience: float = PATIENCE, since: int = 0) -> float:
        """Seconds from the start until `text` was painted in one piece. Raises TimeoutError."""
        wanted, end = text.encode(), time.perf_counter() + patience
        at, tail = since, b""
        while True:
            while at < len(self.received):
                when, chunk = self.received[at]
                tail += chunk
                if wanted in tail:
                    return when - self.started
                tail, at = tail[-len(wanted) :], at + 1
            if time.perf_counter() > end or self.gone:
                seen = b"".join(chunk for _, chunk in self.received)[-2000:]
                raise TimeoutError(f"never painted: {text!r}; last {seen!r}")
            self.read(0.5)

    def write(self, keys: str) -> float:
        """Returns the moment, by `time.perf_counter`."""
        now = time.perf_counter()
        os.write(self.fd, keys.encode())
        return now

    # -- keys --------------------------------------------------------------------------------------------

    def pause(self, mean: float) -> None:
        """So many seconds, half of them to one and a half: never in step with the program's own clock."""
        self.read_for(mean * (0.5 + self._random.random()))

    def press(self, key: str, limit: float = 2.0, pause: float = 0.06, quiet: float = QUIET) -> Answer | None:
        """One key after a pause (its mean, in seconds); None: nothing painted. `quiet` ends the answer."""
        self.pause(pause)
        before, start = len(self.received), time.perf_counter()
        os.write(self.fd, key.encode())
        if not self.read(limit):
            return None
        end = start + limit
        while time.perf_counter() < end and self.read(quiet):
            pass
        mine = self.received[before:]
        times = [when - start for when, _ in mine]
        frames = [at for at, after in pairwise([*times, float("inf")]) if after - at > APART]
        return Answer(times[0], frames[:2][-1], times[-1], sum(len(chunk) for _, chunk in mine))

    def press_all(self, keys: Iterable[str], pause: float = 0.06, quiet: float = QUIET) -> list[Answer]:
        pressed = (self.press(key, pause=pause, quiet=quiet) for key in keys)
        return [answer for answer in pressed if answer is not None]

    def type_blind(self, keys: str) -> None:
        """Write keys at once and let the program come to rest."""
        os.write(self.fd, keys.encode())
        self.settle()

    # -- the process -------------------------------------------------------------------------------------

    def seconds(self) -> float:
        """Processor time so far, over all threads."""
        spent = 0
        for stat in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            try:
                spent += int(stat.read_text().split()[0])
            except OSError:  # a thread that has just ended
                continue
        return spent / 1e9

    def resident(self) -> float:
        """Megabytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096 / 1e6

    def close(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.gone:
                break
            os.kill(self.pid, sign)
            self.settle(0.5, 2.0)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))] if ordered else float("nan")
