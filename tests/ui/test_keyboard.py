"""What the terminal's keys become, and what the program does between two of them: nothing."""

from __future__ import annotations

import asyncio
import os
import pty
import selectors
import tty
from collections.abc import Callable, Coroutine
from pathlib import Path

from textual import events
from textual.message import Message

from inbox.ui.keyboard import Keyboard
from inbox.ui.pasting import END, START

PATIENCE = 5.0


class Quiet(Keyboard):
    """Reads one end of a terminal and keeps what it would tell the program."""

    def __init__(self, fileno: int) -> None:
        self.fileno, self._debug, self._tick = fileno, False, None
        self._loop = asyncio.get_running_loop()
        self.messages: asyncio.Queue[Message] = asyncio.Queue()

    def process_message(self, message: Message) -> None:
        self.messages.put_nowait(message)

    async def message(self) -> Message:
        # No timer of the loop's: the tests look at what the loop waits for.
        return await self.messages.get()

    async def key(self) -> str:
        message = await self.message()
        assert isinstance(message, events.Key)
        return message.key


class Waits(selectors.DefaultSelector):
    """Notes for how long the loop goes to sleep, each time it does."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float | None] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.told.append(timeout)
        found = super().select(PATIENCE if timeout is None else timeout)
        assert found or timeout is not None, "nothing came"
        return found


Case = Callable[[Quiet, int], Coroutine[None, None, None]]


def run(case: Case) -> list[float | None]:
    """Both ends of a terminal, and how long the loop slept."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    waits = Waits()

    async def listening() -> None:
        driver = Quiet(theirs)
        driver.listen()
        waits.told.clear()
        await case(driver, ours)
        driver.ignore()

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(waits)) as runner:
        runner.run(listening())
        told = [wait for wait in waits.told if wait != 0]
    os.close(ours)
    os.close(theirs)
    return told


def test_it_sleeps_until_a_key() -> None:
    """Textual's own wakes ten times a second, all day."""

    async def case(driver: Quiet, ours: int) -> None:
        for key in "jk":
            os.write(ours, key.encode())
            assert await driver.key() == key

    assert run(case) == [None, None]


def test_escape_alone_is_a_key_once_nothing_has_followed() -> None:
    """The same byte begins every arrow key: it can be told only by waiting, and then nothing else wakes the loop."""

    async def case(driver: Quiet, ours: int) -> None:
        os.write(ours, b"\x1b")
        assert await driver.key() == "escape"
        os.write(ours, b"\x1b[A")
        assert await driver.key() == "up"

    assert run(case)


def test_a_paste_is_handed_over_when_the_terminal_is_quiet() -> None:
    async def case(driver: Quiet, ours: int) -> None:
        os.write(ours, f"{START}Zoë{END}".encode())
        message = await driver.message()
        assert isinstance(message, events.Paste)
        assert message.text == "Zoë"

    assert run(case)


def test_a_byte_that_is_no_text_ends_nothing() -> None:
    """One pasted byte in another encoding was a traceback."""

    async def case(driver: Quiet, ours: int) -> None:
        os.write(ours, b"\xffj")
        await driver.key()
        assert await driver.key() == "j"

    run(case)


def test_it_can_be_ended_and_begun_again() -> None:
    """As for `$EDITOR`: while that runs, the keys are its own, and half a key from before is nobody's."""

    async def case(driver: Quiet, ours: int) -> None:
        os.write(ours, b"\x1b")
        while driver._tick is None:
            await asyncio.sleep(0)
        driver.ignore()
        os.write(ours, b"x")
        assert os.read(driver.fileno, 8).endswith(b"x")
        driver.listen()
        os.write(ours, b"j")
        assert await driver.key() == "j"
        assert driver.messages.empty()

    run(case)


def test_a_terminal_that_is_gone_is_not_read_again() -> None:
    """A loop that is told of it over and over takes the whole core."""

    async def case(driver: Quiet, ours: int) -> None:
        gone, ends = os.pipe()
        driver.ignore()
        driver.fileno = gone
        driver.listen()
        os.close(ends)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not driver._loop.remove_reader(gone)
        os.close(gone)

    run(case)


def test_without_a_terminal_there_are_no_keys(tmp_path: Path) -> None:
    async def case(driver: Quiet, ours: int) -> None:
        with (tmp_path / "keys").open("w+") as file:
            driver.ignore()
            driver.fileno = file.fileno()
            driver.listen()
            driver.ignore()

    run(case)
