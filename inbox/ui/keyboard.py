"""Reading the terminal: asleep until there is something to read.

Textual 8.2.8 looks ten times a second whether its reading thread is to end, for an eighth of a percent of a core. It
also decodes strictly, so that one pasted byte that is no UTF-8 ended it in a traceback.
"""

from __future__ import annotations

import codecs
import os
import select

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from inbox.ui.pasting import Parser

CHUNK = 4096


class Keyboard(LinuxDriver):
    """Textual's driver for Linux and macOS, with a reading thread of its own."""

    def __init__(
        self, app: App[None], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._told, self._tell = os.pipe()

    def disable_input(self) -> None:
        os.write(self._tell, b"\0")
        super().disable_input()
        os.read(self._told, 1)

    def run_input_thread(self) -> None:
        """Until `disable_input` or the end of the input."""
        parser, decode = Parser(self._debug), codecs.getincrementaldecoder("utf-8")("replace").decode
        while True:
            ready, _, _ = select.select([self.fileno, self._told], [], [], parser.patience())
            if self._told in ready:
                return
            if self.fileno in ready:
                read = os.read(self.fileno, CHUNK)
                if not read:
                    return
                if text := decode(read):
                    for message in parser.feed(text):
                        self.process_message(message)
            for message in parser.tick():
                self.process_message(message)
