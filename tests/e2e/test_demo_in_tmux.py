"""The real program in a real terminal: `inbox demo` in tmux, keys in, screen text out.

What only shows here: escape sequences of keys, the terminal given back, the screen at 80x24 as people get it.
"""

from __future__ import annotations

import os
import re
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
    offered = subprocess.run([INBOX, "demo", "--help"], capture_output=True, check=False, timeout=30)
    if offered.returncode != 0:
        _missing("`inbox demo` is not part of this build")
    made = Terminal(f"inbox-test-{os.getpid()}", tmp_path)
    try:
        yield made
    finally:
        subprocess.run(["tmux", "-L", made.socket, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def demo(terminal: Terminal) -> Terminal:
    """The demo, with the queue on the screen."""
    terminal.start(f"{shlex.quote(str(INBOX))} demo --conversations 60")
    terminal.until(lambda text: re.search(r"1 Waiting \d+", text) and "▸" in text)
    return terminal


def cursor(text: str) -> str:
    return next(line for line in text.splitlines() if "▸" in line)


def test_the_queue_is_there_with_timers_and_the_demo_says_what_it_is(demo: Terminal) -> None:
    """Nobody may take the demo's people for real ones."""
    text = demo.until("account")
    assert "demo" in text.splitlines()[0]
    rows = [line for line in text.splitlines() if re.match(r"(!!|! |  |!w| w| z|!z) *-?\d+[dhm]", line)]
    assert len(rows) > 3
    assert all(len(line) <= 80 for line in text.splitlines())


def test_moving_opening_and_going_back(demo: Terminal) -> None:
    first = cursor(demo.text)
    demo.press("j")
    second = cursor(demo.until(lambda text: cursor(text) != first))
    demo.press("Enter")
    opened = demo.until(lambda text: "▸" not in text)
    name = second[26:42].strip()
    assert name[:8] in opened
    assert "│ " in opened
    demo.press("Escape")
    assert cursor(demo.until(lambda text: "▸" in text))[20:42] == second[20:42]


def test_a_reply_is_held_and_taken_back(demo: Terminal) -> None:
    demo.press("5")
    demo.until("5 Direct")
    demo.press("r")
    demo.until("Private reply as")
    demo.type("Guten Tag, wir sehen nach.")
    demo.until("26 / ")
    demo.press("C-s")
    demo.until(lambda text: re.search(r"leaves in \d s · z takes it back", text))
    demo.press("z")
    text = demo.until("Private reply as")
    assert "Guten Tag, wir sehen nach." in text


def test_alt_enter_sends_and_goes_on(demo: Terminal) -> None:
    """ESC CR, as nearly every terminal sends it."""
    demo.press("5")
    demo.until("5 Direct")
    before = cursor(demo.text)
    demo.press("r")
    demo.until("Private reply as")
    demo.type("Danke!")
    demo.until("6 / ")
    demo.press("M-Enter")
    demo.until(lambda text: "leaves in" in text and "Private reply as" not in text)
    demo.until(lambda text: "▸" not in text or cursor(text) != before)


def test_quitting_gives_the_terminal_back(demo: Terminal) -> None:
    demo.press("q")
    assert demo.status() == 0
    settings = (demo.folder / "status.tty").read_text("utf-8")
    assert " echo " in settings.replace(";", " ")
    assert " icanon" in settings
    assert "Waiting" not in demo.text
