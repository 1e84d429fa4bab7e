"""What the reading thread does between two keys: nothing."""

from __future__ import annotations

import os
import pty
import queue
import select
import threading
import tty
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from textual import events
from textual.message import Message

from inbox.ui import keyboard
from inbox.ui.keyboard import Keyboard
from inbox.ui.pasting import END, START

PATIENCE = 5.0


class Quiet(Keyboard):
    """Reads one end of a terminal and keeps what it would tell the program."""

    def __init__(self, fileno: int) -> None:
        self.fileno, self._debug = fileno, False
        self._told, self._tell = os.pipe()
        self.exit_event = threading.Event()
        self.messages: queue.Queue[Message] = queue.Queue()
        self._key_thread = threading.Thread(target=self.run_input_thread, daemon=True)

    def _disable_mouse_support(self) -> None: ...

    def process_message(self, message: Message) -> None:
        self.messages.put(message)

    def key(self) -> str:
        message = self.messages.get(timeout=PATIENCE)
        assert isinstance(message, events.Key)
        return message.key


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """For how long the thread said it would sleep, each time it went to sleep."""
    told: list[float | None] = []

    def sleeps(read: Sequence[int], write: Any, other: Any, wait: float | None) -> Any:
        told.append(wait)
        return select_(read, write, other, wait)

    select_ = select.select
    monkeypatch.setattr(keyboard.select, "select", sleeps)
    return told


@pytest.fixture
def terminal(waits: list[float | None]) -> Iterator[tuple[Quiet, int]]:
    ours, theirs = pty.openpty()

    tty.setraw(theirs)
    driver = Quiet(theirs)
    assert driver._key_thread is not None
    driver._key_thread.start()
    yield driver, ours
    if driver._key_thread.is_alive():
        driver.disable_input()
    os.close(ours)
    os.close(theirs)


def test_it_sleeps_until_a_key(terminal: tuple[Quiet, int], waits: list[float | None]) -> None:
    """Textual's own wakes ten times a second, all day."""
    driver, ours = terminal
    os.write(ours, b"j")
    assert driver.key() == "j"
    os.write(ours, b"k")
    assert driver.key() == "k"
    driver.disable_input()
    assert waits == [None] * len(waits)
    assert len(waits) <= 3


def test_escape_alone_is_a_key_once_nothing_has_followed(terminal: tuple[Quiet, int]) -> None:
    """The same byte begins every arrow key: it can be told only by waiting, and then nothing else wakes the thread."""
    driver, ours = terminal
    os.write(ours, b"\x1b")
    assert driver.key() == "escape"
    os.write(ours, b"\x1b[A")
    assert driver.key() == "up"


def test_a_paste_is_handed_over_when_the_terminal_is_quiet(terminal: tuple[Quiet, int]) -> None:
    driver, ours = terminal
    os.write(ours, f"{START}Zoë{END}".encode())
    message = driver.messages.get(timeout=PATIENCE)
    assert isinstance(message, events.Paste)
    assert message.text == "Zoë"


def test_a_byte_that_is_no_text_ends_nothing(terminal: tuple[Quiet, int]) -> None:
    """One pasted byte in another encoding was a traceback."""
    driver, ours = terminal
    os.write(ours, b"\xffj")
    driver.key()
    assert driver.key() == "j"


def test_it_can_be_ended_and_begun_again(terminal: tuple[Quiet, int]) -> None:
    """As for `$EDITOR`: while that runs, the keys are its own."""
    driver, ours = terminal
    for _ in range(2):
        driver.disable_input()
        assert driver._key_thread is not None
        assert not driver._key_thread.is_alive()
        driver._key_thread = threading.Thread(target=driver.run_input_thread, daemon=True)
        driver._key_thread.start()
        os.write(ours, b"j")
        assert driver.key() == "j"
