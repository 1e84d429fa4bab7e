"""One line of text parts: header, tabs, titles, status and key line are bars. A part may be a button."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from inbox.ui.terminal.painting import Painted
from inbox.ui.text.part import Part


class Bar(Painted):
    """Left parts are cut where the right ones begin; right ones are left out when there is no room at all."""

    class Pressed(Message):
        """A part of the bar was clicked that runs a command. `command`: its id."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, *, id: str | None = None, classes: str | None = None, whole: bool = False) -> None:
        """`whole`: parts after the first are shown as a whole or not at all, a key with what it does."""
        super().__init__(id=id, classes=classes)
        self.whole = whole
        self.left: tuple[Part, ...] = ()
        self.right: tuple[Part, ...] = ()

    def show(self, left: Iterable[Part], right: Iterable[Part] = ()) -> None:
        """Repaints only what is new; never asks for a layout."""
        new = (tuple(left), tuple(right))
        if new != (self.left, self.right):
            self.left, self.right = new
            self.refresh()

    @property
    def plain(self) -> str:
        """Return the bar as text without styles, for tests."""
        return "".join(p.text for p in (*self.left, *self.right))

    def _placed(self) -> list[Part]:
        """All parts, cut and padded to the width of the bar."""
        width = self.size.width
        right_width = sum(cell_len(p.text) for p in self.right)
        room = width - right_width - (1 if self.right else 0)
        right = self.right
        if room < min(20, sum(cell_len(p.text) for p in self.left)):
            right, room = (), width
        placed: list[Part] = []
        for part in self.left:
            wide = cell_len(part.text)
            if wide > room:
                if self.whole and placed:
                    room += cell_len(placed.pop().text) if placed and placed[-1].tone == "key" else 0
                    break
                if room > 0:
                    placed.append(Part(set_cell_size(part.text, room - 1) + "…", part.tone, part.command))
                room = 0
                break
            placed.append(part)
            room -= wide
        gap = room + (1 if right else 0)
        return [*placed, Part(" " * gap), *right]

    def render_line(self, y: int) -> Strip:
        if y:
            return Strip.blank(self.room.width, self.style())
        segments = [Segment(part.text, self.style(part.tone)) for part in self._placed() if part.text]
        return Strip(segments).adjust_cell_length(self.room.width, self.style())

    def on_click(self, event: events.Click) -> None:
        """Report the command of the part under the mouse."""
        x = 0
        for part in self._placed():
            x += cell_len(part.text)
            if event.x < x:
                if part.command is not None:
                    event.stop()
                    self.post_message(self.Pressed(part.command))
                return
