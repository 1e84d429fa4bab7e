"""A real terminal for the real program: a tmux server of our own with one window."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE = 20.0
SERVERS = itertools.count()
"""A server of the same name might still be on its way out."""
INBOX = Path(sys.executable).with_name("inbox")


def _missing(reason: str) -> None:
    """Skip on a machine of somebody's own; where CI is set nothing may be left out."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Terminal:
    """One tmux server of our own, with one window."""

    socket: str
    folder: Path

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout

    def start(self, command: str, *, width: int = 80, height: int = 24) -> None:
        told = self.folder / "status"
        shell = f"{command}; echo $? > {shlex.quote(str(told))}; stty -a > {told}.tty; exec sleep 600"
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height), shell)

    def press(self, *keys: str) -> None:
        """Keys as tmux names them, one after the other."""
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    @property
    def text(self) -> str:
        return self.tmux("capture-pane", "-p")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def until(self, seen: str | Callable[[str], object]) -> str:
        """Wait until the screen shows it; returns the screen."""
        holds = (lambda text: seen in text) if isinstance(seen, str) else seen
        end = time.monotonic() + PATIENCE
        while not holds(text := self.text):
            if time.monotonic() > end:
                raise AssertionError(f"not seen in {PATIENCE} s: {seen!r}; the screen shows\n{text}")
            time.sleep(0.05)
        return text

    def status(self) -> int:
        """The exit status, once the program has ended."""
        told = self.folder / "status.tty"
        end = time.monotonic() + PATIENCE
        while not told.exists() or not told.read_text("utf-8"):
            if time.monotonic() > end:
                raise AssertionError(f"it did not end in {PATIENCE} s; the screen shows\n{self.text}")
            time.sleep(0.05)
        return int((self.folder / "status").read_text("utf-8"))


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        _missing("tmux is not installed")
    if not INBOX.exists():
        _missing("the program is not installed beside this Python")
    made = Terminal(f"inbox-test-{os.getpid()}-{next(SERVERS)}", tmp_path)
    try:
        yield made
    finally:
        subprocess.run(["tmux", "-L", made.socket, "kill-server"], capture_output=True, check=False)
