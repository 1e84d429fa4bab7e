"""Reading and writing the terminal where keys are answered: on the event loop.

Textual 8.2.8 has a thread for each. In a storm a key waits until the reading thread gets its turn in Python, the loop
its own behind it, and the writing thread once more: up to 5 ms each time. Ten times a second the reading thread looks
whether it is to end, for an eighth of a percent of a core. It also decodes strictly, so that one pasted byte that is
no UTF-8 ended it in a traceback.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import select
from collections.abc import Iterable
from functools import partial
from typing import TextIO, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from inbox.ui.terminal.pasting import Parser

CHUNK = 4096
"""Bytes read at a time."""
LOOK_EVERY = 0.02
"""Seconds between two looks at a terminal that the loop cannot wait for."""
FAREWELL = 2.0
"""Seconds a terminal that takes nothing is waited for at the end: what restores it is among the last words."""


class Output:
    """What goes to the terminal: at once as far as it takes it, the rest when it does again. Never in another order."""

    def __init__(self, file: TextIO, loop: asyncio.AbstractEventLoop) -> None:
        self._file, self._loop = file, loop
        self._fd = _unblocking(file.fileno())
        self._said: list[str] = []
        self._rest = b""
        """Said, and not taken yet."""
        self._soon: asyncio.Handle | None = None
        self._look: asyncio.TimerHandle | None = None
        """Where the loop cannot wait for this terminal: when it is tried again."""
        self.behind = False
        """The terminal has not taken all yet; the loop tells when it takes more."""
        self._closed = False

    def write(self, text: str) -> None:
        """Sent with the next `flush`, or in the next round of the loop."""
        if self._closed:  # the terminal is somebody else's
            return
        self._said.append(text)
        if self._soon is None:
            self._soon = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        if self._soon is None:
            return
        self._soon.cancel()
        self._soon = None
        self._rest += "".join(self._said).encode(self._file.encoding, self._file.errors or "strict")
        self._said.clear()
        if not self.behind:
            self._send()

    def close(self) -> None:
        """Returns when all was taken, or the terminal does not seem to take any more."""
        if self._closed:
            return
        self._closed = True
        self.flush()
        self._wait(False)
        while self._rest and select.select([], [self._fd], [], FAREWELL)[1]:
            self._put()
        if self._fd != self._file.fileno():
            os.close(self._fd)

    def _send(self) -> None:
        self._put()
        self._wait(bool(self._rest))

    def _put(self) -> None:
        try:
            self._rest = self._rest[os.write(self._fd, self._rest) :]
        except BlockingIOError:
            return
        except OSError:  # it is gone; SIGHUP tells so
            self._rest = b""

    def _wait(self, waits: bool) -> None:
        if waits and not self.behind:
            try:
                self._loop.add_writer(self._fd, self._send)
            except OSError:  # kqueue of macOS cannot wait for /dev/tty
                self._look = self._loop.call_later(LOOK_EVERY, self._look_again)
        elif self.behind and not waits:
            if self._look is not None:
                self._look.cancel()
                self._look = None
            else:
                self._loop.remove_writer(self._fd)
        self.behind = waits

    def _look_again(self) -> None:
        self._look = self._loop.call_later(LOOK_EVERY, self._look_again)
        self._send()


def _unblocking(fd: int) -> int:
    """The same terminal, opened once more: one that takes nothing must not hold up the loop, and whoever shares the
    old opening (the shell, what it runs next) expects it to. Where that cannot be had, the old one."""
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:  # a file; or after `su`, another one's terminal
        return fd


class Terminal(LinuxDriver):
    """Textual's driver for Linux and macOS, without its threads: both end as soon as they have begun."""

    _look: asyncio.TimerHandle | None = None
    """Where the loop cannot wait for this terminal: when it is looked at next."""

    def __init__(
        self, app: App[None], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output = Output(cast("TextIO", self._file), self._loop)
        self._tick: asyncio.TimerHandle | None = None
        """When what came so far means something by itself: ESC is a key of its own if nothing follows."""

    # -- as Textual calls it -----------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Also while it is on: SIGCONT does not tell what stopped the program."""
        self._output.close()
        self._output = Output(cast("TextIO", self._file), self._loop)
        self._key_thread = self._writer_thread = None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:
            self._writer_thread.stop()
        if self._key_thread is not None:  # not while the shell has the program in the background
            self.listen()

    def run_input_thread(self) -> None:
        """`listen` does its work."""

    @property
    def behind(self) -> bool:
        """The terminal has not taken all yet: frames can wait for one another."""
        return self._output.behind

    def write(self, data: str) -> None:
        self._output.write(data)

    def flush(self) -> None:
        self._output.flush()

    def disable_input(self) -> None:
        self.ignore()
        super().disable_input()

    def close(self) -> None:
        self._output.close()

    def send_message(self, message: Message) -> None:
        """At once: Textual would send it from one thread to another."""
        self._app.post_message(message)

    def _sigcont_application(self, *_: object) -> None:
        """`fg`: what the shell wrote meanwhile is painted over. Textual leaves it to the next change of each line."""
        super()._sigcont_application()
        anew = partial(self._app.refresh, layout=True)
        self._loop.call_soon_threadsafe(self._app.call_later, anew)

    # -- keys --------------------------------------------------------------------------------------------

    def listen(self) -> None:
        self._parser = Parser(self._debug)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        try:
            self._loop.add_reader(self.fileno, self._read)
        except PermissionError:  # from a file no key ever comes
            return
        except OSError:  # kqueue of macOS cannot wait for /dev/tty (`inbox </dev/tty`); select can
            self._look_again()

    def _look_again(self) -> None:
        self._look = self._loop.call_later(LOOK_EVERY, self._look_again)
        if select.select([self.fileno], [], [], 0)[0]:
            self._read()

    def ignore(self) -> None:
        """Leave what is typed to others: `$EDITOR`, the shell."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        else:
            self._loop.remove_reader(self.fileno)
        if self._tick is not None:
            self._tick.cancel()

    def _read(self) -> None:
        try:
            read = os.read(self.fileno, CHUNK)
        except OSError:  # the terminal is gone; SIGHUP tells so
            read = b""
        if not read:
            self.ignore()
        elif text := self._decode(read):
            self._pass_on(self._parser.feed(text))

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
        if self._tick is not None:
            self._tick.cancel()
        patience = self._parser.patience()
        self._tick = None if patience is None else self._loop.call_later(patience, self._on_tick)

    def _on_tick(self) -> None:
        self._pass_on(self._parser.tick())
