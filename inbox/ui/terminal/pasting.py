"""What is pasted is plain text and presses no key, whatever stands in it.

Textual 8.2.8 takes a raw ESC inside a paste for the beginning of a key, and ends the paste at the first end mark,
also at one that the clipboard brought along: what follows would be typed, Ctrl+Q or "send" among it. Terminals are
to take such marks out of what they paste. Alacritty takes out every ESC and xterm all controls; kitty takes out the
marks; WezTerm only once over (wezterm#7784), xterm.js since 2026-02 (#5716), tmux not at all. So it is done here.

A terminal that knows no marks (bracketed paste) pastes by typing; nobody can tell that from a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic

START, END = "\x1b[200~", "\x1b[201~"

LONGEST = 40_000
"""Characters of a paste that are read: what nobody sends is not worth an agent's waiting for it."""

QUIET = 0.1
"""Seconds. The clipboard's own end mark is followed by the rest of the clipboard and the terminal's mark at once, a
paste by fingers that take longer than that."""

MARK = re.compile(r"\x1b\[20[01]~")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Pasting:
    """Stands between the bytes and the parser: everything from the start of a paste to its last end mark is text.

    What comes after an end mark waits until the terminal is quiet: another end mark proves that it was pasted, too.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._read_at = 0.0
        self._inside = False
        self._room = 0
        self._tail = ""
        """Outside of a paste: what was passed on and may be the beginning of a start mark."""
        self._held = ""
        """Inside: what may be the beginning of an end mark. After an end mark: all that came since."""
        self._after = False

    def take(self, text: str) -> str:
        """What the parser may see of the text that was read."""
        out = self.rest()
        self._read_at = self._now()
        if not self._inside:
            found = (self._tail + text).find(START)
            if found < 0:
                self._tail = (self._tail + text)[-len(START) + 1 :]
                return out + text
            begins = found + len(START) - len(self._tail)
            out, text = out + text[:begins], text[begins:]
            self._inside, self._room, self._tail = True, LONGEST, ""
        return out + self._text(text)

    def patience(self) -> float | None:
        """Seconds until `rest` has something to say; None: it waits for nothing."""
        return max(0.0, self._read_at + QUIET - self._now()) if self._after else None

    def rest(self) -> str:
        """The end of a paste and the keys behind it, once the terminal has been quiet for a moment."""
        if not self._after or self._now() - self._read_at < QUIET:
            return ""
        out = END + self._held
        self._inside = self._after = False
        self._held = ""
        return out

    def _text(self, text: str) -> str:
        """Of a paste: its text so far; the end mark is held back."""
        whole = self._held + text
        *_, (ends, mark) = [(0, ""), *((found.end(), found[0]) for found in MARK.finditer(whole))]
        self._after = mark == END or (self._after and not mark)
        if len(whole) - ends > LONGEST:
            self._after = False  # no fingers do that
        if not self._after:
            begun = next((n for n in range(len(END) - 1, 0, -1) if whole.endswith(END[:n])), 0)
            ends = len(whole) - begun
        self._held = whole[ends:]
        plain = CONTROL.sub("", MARK.sub("", whole[:ends]))[: self._room]
        self._room -= len(plain)
        return plain
