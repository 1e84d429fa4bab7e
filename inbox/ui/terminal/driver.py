"""Reading and writing the terminal where keys are answered: on the event loop.

Textual 8.2.8 has a thread for each. While many messages arrive a key waits until the reading thread gets its turn in
Python, then for the loop, then for the writing thread: up to 5 ms each time. Ten times a second the reading thread
looks whether it has to end, which takes an eighth of a percent of a core. It also decodes strictly, so that one byte
that is not UTF-8 ends it in a traceback (Textualize/textual#6456).

Where the event loop cannot wait for the terminal (kqueue of macOS refuses `/dev/tty`) it is looked at by `select`
fifty times a second; Textual's thread does the same ten times a second. Only tried with a loop that refuses, not on a
Mac.

Of Textual it uses the public `Driver` methods as far as there are any; the rest is in `private_names.py`.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import select
import sys
from collections.abc import Iterable
from functools import partial
from typing import TextIO

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from inbox.ui.terminal.parser import Parser

CHUNK = 4096
"""Bytes read at a time."""
LOOK_EVERY = 0.02
"""Seconds between two looks at a terminal that the loop cannot wait for."""
FAREWELL = 2.0
"""Seconds to wait at the end for a terminal that takes nothing: the last bytes restore it."""


class Output:
    """What goes to the terminal: at once as far as it takes it, the rest as soon as it takes more, always in order."""

    def __init__(self, file: TextIO, loop: asyncio.AbstractEventLoop) -> None:
        self._file, self._loop = file, loop
        self._fd = _unblocking(file.fileno())
        self._said: list[str] = []
        self._rest = b""
        """Bytes that the terminal has not taken yet."""
        self._soon: asyncio.Handle | None = None
        self._look: asyncio.TimerHandle | None = None
        """When the terminal is tried again, where the loop cannot wait for it."""
        self.behind = False
        """The terminal has not taken all yet; the loop calls when it takes more."""
        self._closed = False

    def write(self, text: str) -> None:
        """Keep text for the next `flush`, or for the next round of the loop, whichever comes first."""
        if self._closed:  # the terminal is somebody else's
            return
        self._said.append(text)
        if self._soon is None:
            self._soon = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what was written so far, as much as the terminal takes now."""
        if self._soon is None:
            return
        self._soon.cancel()
        self._soon = None
        self._rest += "".join(self._said).encode(self._file.encoding, self._file.errors or "strict")
        self._said.clear()
        if not self.behind:
            self._send()

    def close(self) -> None:
        """Wait until the terminal has taken everything, or takes nothing for `FAREWELL` seconds."""
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
    """Open the same terminal once more, so that writing never blocks; return `fd` itself where that is impossible.

    A terminal that takes nothing must not hold up the loop. Others who share the old descriptor (the shell, what it
    runs next) expect it to block.
    """
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:  # a file; or after `su`, another one's terminal
        return fd


class Terminal(LinuxDriver):
    """Textual's driver for Linux and macOS without its threads: both end as soon as they have begun."""

    _look: asyncio.TimerHandle | None = None
    """When the terminal is looked at next, where the loop cannot wait for it."""

    def __init__(
        self, app: App[None], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._program, self._events, self._log_keys = app, asyncio.get_running_loop(), debug
        self._output = self._new_output()
        self._tick: asyncio.TimerHandle | None = None
        """When what came so far has a meaning by itself: ESC is a key of its own if nothing follows."""

    # -- as Textual calls it -----------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal over; also while it is ours, as SIGCONT does not say what stopped the program."""
        self._output.close()
        self._output = self._new_output()
        self._key_thread = self._writer_thread = None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:
            self._writer_thread.stop()
        if self._key_thread is not None:  # not while the shell has the program in the background
            self.listen()

    def _new_output(self) -> Output:
        assert sys.__stderr__ is not None  # the program refuses to start without (`cli/screen.py`)
        return Output(sys.__stderr__, self._events)

    def run_input_thread(self) -> None:
        """Do nothing: `listen` reads."""

    @property
    def behind(self) -> bool:
        """Whether the terminal has not taken all yet: the next frame can wait."""
        return self._output.behind

    def write(self, data: str) -> None:
        """Write in this round of the loop or the next."""
        self._output.write(data)

    def flush(self) -> None:
        """Write at once."""
        self._output.flush()

    def disable_input(self) -> None:
        """Stop reading, and drop what was typed since."""
        self.ignore()
        super().disable_input()

    def close(self) -> None:
        """Write all that is left."""
        self._output.close()

    def send_message(self, message: Message) -> None:
        """Post a message at once; Textual would send it from one thread to another."""
        self._program.post_message(message)

    def _sigcont_application(self, *_: object) -> None:
        """Paint over what the shell wrote before `fg`; Textual leaves it until each line changes."""
        super()._sigcont_application()
        paint_all = partial(self._program.refresh, layout=True)
        self._events.call_soon_threadsafe(self._program.call_later, paint_all)

    # -- keys --------------------------------------------------------------------------------------------

    def listen(self) -> None:
        """Read keys whenever there are some."""
        self._keys = Parser(self._log_keys)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        try:
            self._events.add_reader(self.fileno, self._read)
        except PermissionError:  # from a file no key ever comes
            return
        except OSError:  # kqueue of macOS cannot wait for /dev/tty (`inbox </dev/tty`); select can
            self._look_again()

    def _look_again(self) -> None:
        self._look = self._events.call_later(LOOK_EVERY, self._look_again)
        if select.select([self.fileno], [], [], 0)[0]:
            self._read()

    def ignore(self) -> None:
        """Stop reading: what is typed now is for `$EDITOR` or the shell."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        else:
            self._events.remove_reader(self.fileno)
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
            self._pass_on(self._keys.feed(text))

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
        if self._tick is not None:
            self._tick.cancel()
        patience = self._keys.patience()
        self._tick = None if patience is None else self._events.call_later(patience, self._on_tick)

    def _on_tick(self) -> None:
        self._pass_on(self._keys.tick())
