"""Reading the terminal where its keys are answered: on the event loop, which sleeps until there is something to read.

Textual 8.2.8 reads on a thread. In a storm each key then waits until that thread gets its turn in Python, and the loop
its own behind it; and ten times a second the thread looks whether it is to end, for an eighth of a percent of a core.
It also decodes strictly, so that one pasted byte that is no UTF-8 ended it in a traceback.
"""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import Iterable

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from inbox.ui.pasting import Parser

CHUNK = 4096


class Keyboard(LinuxDriver):
    """Textual's driver for Linux and macOS, without its reading thread."""

    def __init__(
        self, app: App[None], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._tick: asyncio.TimerHandle | None = None
        """When what came so far means something by itself: ESC is a key of its own if nothing follows."""

    def start_application_mode(self) -> None:
        self._key_thread = None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._key_thread is not None:  # not while the shell has the program in the background
            self.listen()

    def disable_input(self) -> None:
        self.ignore()
        super().disable_input()

    def run_input_thread(self) -> None:
        """Textual's thread ends at once: `listen` does its work."""

    def listen(self) -> None:
        self._parser = Parser(self._debug)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        try:
            self._loop.add_reader(self.fileno, self._read)
        except PermissionError:  # from a file no key ever comes
            return

    def ignore(self) -> None:
        """Leave what is typed to others: `$EDITOR`, the shell."""
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

    def send_message(self, message: Message) -> None:
        """At once: Textual would send it from one thread to another."""
        self._app.post_message(message)
