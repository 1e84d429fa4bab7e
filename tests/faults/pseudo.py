"""The real program in a pseudo terminal: keys in, every byte it writes out."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

PATIENCE = 30.0
ROOT = Path(__file__).resolve().parents[2]
START = "from inbox.cli import main; raise SystemExit(main())"

SEQUENCE = re.compile(
    rb"\x1b\[[?>=<]?[\d;:]*[ -/]*[@-~]"  # CSI
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC
    rb"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    rb"|\x1b[ -/]*[0-~]"
    rb"|\x1b"
)


class Screen:
    """`inbox WORDS` on a terminal of its own. What it wrote so far is `written`."""

    def __init__(
        self,
        *words: str,
        env: Mapping[str, str],
        folder: Path,
        columns: int = 200,
        rows: int = 60,
        before: str = "",
    ) -> None:
        """`before`: Python that runs in the process before the program does."""
        self.written = bytearray()
        self._master, slave = pty.openpty()
        self.resize(columns, rows)
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{before}\n{START}", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={
                "PATH": os.environ.get("PATH", ""),
                "HOME": str(folder),
                "PYTHONPATH": str(ROOT),
                "TERM": "xterm-256color",
                "LC_ALL": "C.UTF-8",
                "COLORTERM": "truecolor",
                **env,
            },
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str | bytes) -> None:
        """Also more than a terminal takes at once: what it answers is read meanwhile."""
        rest = keys.encode() if isinstance(keys, str) else keys
        os.set_blocking(self._master, False)
        while rest:
            with suppress(BlockingIOError):
                rest = rest[os.write(self._master, rest[:4096]) :]
            self._read(0.0 if rest else 0.001)

    def stall(self) -> None:
        """Read nothing, while it paints ten times what a terminal keeps."""
        for number in range(30):
            self.resize(180 + number % 2, 60)
            time.sleep(0.03)  # as fast as a window is drawn larger

    def press_unread(self, keys: str) -> None:
        """As `press`, and read nothing."""
        os.write(self._master, keys.encode())

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            raw = os.read(self._master, 1 << 20)
        except OSError:  # EIO: the other side is gone
            return False
        self.written += raw
        return bool(raw)

    def until(self, seen: bytes, *, since: int = 0) -> int:
        """Wait until it was written after position `since`; returns where the output ends then."""
        end = time.monotonic() + PATIENCE
        while self.written.find(seen, since) < 0:
            if time.monotonic() > end or (self.process.poll() is not None and not self._read(0)):
                raise AssertionError(f"never written: {seen!r}; the end is {bytes(self.written[-3000:])!r}")
            self._read(0.02)
        return len(self.written)

    def does(self, keys: str | bytes, *, first: float = 0.3, then: float = 0.04) -> int:
        """Press, wait for what it does, until it is done; returns how many bytes it wrote."""
        before = len(self.written)
        self.press(keys)
        end = time.monotonic() + PATIENCE
        self._read(first)
        while self._read(then):
            assert time.monotonic() < end, "it never came to rest"
        return len(self.written) - before

    def quiet(self, seconds: float = 0.25) -> int:
        """Wait until it has nothing more to say for so long (a clock that ticks speaks once a second)."""
        end = time.monotonic() + PATIENCE
        while self._read(seconds):
            assert time.monotonic() < end, "it never came to rest"
        return len(self.written)

    def ends(self, within: float) -> int:
        """The exit status; fails when it takes longer."""
        end = time.monotonic() + within
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still running after {within} s; {bytes(self.written[-2000:])!r}"
            if not self._closed:
                self._read(0.02)
            else:
                time.sleep(0.01)
        while not self._closed and self._read(0.05):
            pass
        return self.process.returncode

    _closed = False

    def hang_up(self) -> None:
        """The terminal window is closed."""
        if not self._closed:
            self._closed = True
            os.close(self._master)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


def shapes(written: bytes) -> set[bytes]:
    """Kinds of sequences: the sequence without its numbers, for OSC with its number."""
    return {shape(found) for found in set(SEQUENCE.findall(written))}


def shape(sequence: bytes) -> bytes:
    if sequence.startswith(b"\x1b]"):
        return sequence.split(b";")[0]
    if sequence.startswith((b"\x1b[?", b"\x1b[>", b"\x1b[=", b"\x1b[<")):
        return sequence  # modes: each one counts
    return re.sub(rb"[\d;:]+", b"", sequence) if sequence.startswith(b"\x1b[") else sequence[:2]


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
