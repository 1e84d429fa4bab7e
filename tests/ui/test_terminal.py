"""What the terminal's keys become, what the program does between two of them (nothing), and how frames get out."""

from __future__ import annotations

import asyncio
import errno
import os
import pty
import selectors
import tty
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual import events
from textual.message import Message

from inbox.ui.terminal import driver as terminal
from inbox.ui.terminal.driver import Output, Terminal
from inbox.ui.terminal.pasting import END, START
from inbox.ui.terminal.private_names import why_stock

pytestmark = pytest.mark.skipif(
    why_stock("driver") is not None, reason="Textual's own part is in use, which is slower"
)

PATIENCE = 30.0


class Quiet(Terminal):
    """Reads one end of a terminal and keeps what it would tell the program."""

    def __init__(self, fileno: int) -> None:
        self.fileno, self._log_keys, self._tick = fileno, False, None
        self._events = asyncio.get_running_loop()
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


async def test_keys_come_from_a_terminal_that_the_loop_cannot_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """kqueue of macOS refuses /dev/tty, which is what `inbox </dev/tty` reads."""
    monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", refused)
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    driver = Quiet(theirs)
    driver.listen()
    for key in "jk":
        os.write(ours, key.encode())
        assert await asyncio.wait_for(driver.key(), PATIENCE) == key
    driver.ignore()
    assert driver._look is None
    os.close(ours)
    os.close(theirs)


def refused(*_: object) -> None:
    raise OSError(errno.EINVAL, "Invalid argument")


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
        assert not driver._events.remove_reader(gone)
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


# -- writing -------------------------------------------------------------------------------------------------

LONG = "".join(f"line {number} äöü\r\n" for number in range(20_000))
"""More than a terminal keeps while nobody looks."""


@contextmanager
def written() -> Iterator[tuple[Output, int]]:
    """What a program writes through, and where a terminal reads it."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        yield Output(file, asyncio.get_running_loop()), ours
    os.close(ours)


async def read(fd: int, size: int) -> bytes:
    loop, found = asyncio.get_running_loop(), b""
    while len(found) < size:
        ready = loop.create_future()
        loop.add_reader(fd, ready.set_result, None)
        await asyncio.wait_for(ready, PATIENCE)
        loop.remove_reader(fd)
        found += os.read(fd, 1 << 16)
    return found


async def test_a_frame_is_out_when_flush_returns() -> None:
    """No thread has to get its turn first."""
    with written() as (output, ours):
        output.write("a frame")
        output.flush()
        assert os.read(ours, 99) == b"a frame"


async def test_what_nobody_flushes_is_out_a_round_later() -> None:
    with written() as (output, ours):
        output.write("\a")
        assert await read(ours, 1) == b"\a"


async def test_a_terminal_that_takes_nothing_holds_nobody_up_and_gets_all_of_it_in_order() -> None:
    """A frozen window, a connection that stalls: keys and timers go on, and no half escape sequence stays behind."""
    with written() as (output, ours):
        for at in range(0, len(LONG), 1000):
            output.write(LONG[at : at + 1000])
            output.flush()
        assert output.behind
        output.write("the end")
        found = await read(ours, len(LONG.encode()) + 7)
        assert found.decode() == LONG + "the end"
        assert not output.behind


async def test_all_of_it_gets_to_a_terminal_that_the_loop_cannot_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same on the way out: /dev/tty again."""
    monkeypatch.setattr(asyncio.get_running_loop(), "add_writer", refused)
    with written() as (output, ours):
        output.write(LONG)
        output.flush()
        assert output.behind
        assert (await read(ours, len(LONG.encode()))).decode() == LONG
        while output.behind:
            await asyncio.sleep(0)
        assert output._look is None


async def test_closing_waits_for_a_terminal_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "FAREWELL", 0.01)
    with written() as (output, _):
        output.write(LONG)
        output.close()
    with written() as (output, ours):
        output.write("last words")
        output.close()
        output.write("the shell has it now")
        output.close()
        assert os.read(ours, 99) == b"last words"


async def test_a_terminal_that_cannot_be_opened_again_is_written_to_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After `su` it belongs to somebody else."""
    monkeypatch.setattr(terminal.os, "ttyname", lambda fd: "/dev/nothing")
    with written() as (output, ours):
        output.write("hello")
        output.close()
        assert os.read(ours, 99) == b"hello"


async def test_a_terminal_that_is_gone_stops_nobody() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        output = Output(file, asyncio.get_running_loop())
        os.close(ours)
        output.write("hello")
        output.flush()
        output.close()
