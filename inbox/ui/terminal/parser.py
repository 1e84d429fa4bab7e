"""Textual's parser of keys, behind `Pasting`, and with Alt+Enter.

Only imported where the installed Textual has what it needs (`private_names.py`, part `pasting`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from inbox.ui.terminal.pasting import Pasting


class _OwnKeys(Enum):
    """Keys that Textual 8.2.8 does not know.

    Alt+Enter is ESC CR in every terminal without the kitty protocol, tmux among them; Textual makes a plain Enter of
    it, which would put a line end into the reply instead of sending it.
    """

    ALT_ENTER = "alt+enter"


ANSI_SEQUENCES_KEYS["\x1b\r"] = (_OwnKeys.ALT_ENTER,)  # type: ignore[index]  # meant as a constant


class Parser(XTermParser):
    """A parser that gets pasted text made plain, so that no paste presses a key."""

    def __init__(self, debug: bool = False) -> None:
        self._pasting = Pasting()
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Yield the keys and pastes in what the terminal sent; "" is the end of the input."""
        seen = self._pasting.take(data) if data else data
        if seen or not data:
            yield from super().feed(seen)

    def tick(self) -> Iterable[Message]:
        """Yield what has a meaning now because nothing followed it: a lone ESC, the end of a paste."""
        if rest := self._pasting.rest():
            yield from super().feed(rest)
        yield from super().tick()

    def patience(self) -> float | None:
        """Return the seconds until `tick` may yield something; None: nothing waits for time to pass."""
        waits = [wait for wait in (self._key_patience(), self._pasting.patience()) if wait is not None]
        return min(waits, default=None)

    def _key_patience(self) -> float | None:
        from textual._time import get_time

        return None if self._timeout_time is None else max(0.0, self._timeout_time - get_time())
