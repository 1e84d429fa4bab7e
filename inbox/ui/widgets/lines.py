"""A window on many lines: draws only what is seen, with the scroll bar as the last cell of each line.

Textual's own scrolling costs a reflow a step; here a step is a repaint, and the cost does not depend on how many
lines there are.
"""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from inbox.ui.terminal.painting import Painted

WHEEL = 3


class Lines(Painted, can_focus=True):
    """`top` is the first visible item. Subclasses say how many items there are and draw one; each takes `tall` lines of
    the screen."""

    tall = 1

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.top = 0
        self._thumb: range | None = None

    # -- for subclasses ----------------------------------------------------------------------------------

    def count(self) -> int:
        """Return how many lines, or rows, there are to draw."""
        raise NotImplementedError

    @property
    def blank(self) -> int:
        """Lines of the screen that are left free above the first item."""
        return 0

    def draw(self, at: int, width: int) -> list[Segment]:
        """Line `at` (0 <= at < count) as segments of exactly `width` cells."""
        raise NotImplementedError

    def empty(self, y: int, width: int) -> list[Segment]:
        """A line below the last one."""
        return [Segment(" " * width, self.style())]

    # -- drawing -----------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw the line of the widget at `y`, with the scroll bar at its end."""
        width = self.room.width
        at = self.top + y - self.blank
        inner = width - 1
        segments = self.draw(at, inner) if 0 <= at < self.count() else self.empty(y, inner)
        return Strip([*segments, self._bar(y)], width)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._thumb = self._place_thumb()
        return super().render_lines(crop)

    def _place_thumb(self) -> range | None:
        rows, total = self.size.height, self.count() * self.tall
        if total <= rows:
            return None
        size = max(1, rows * rows // total)
        start = min(rows - size, round(self.top * self.tall * (rows - size) / max(1, total - rows)))
        return range(start, start + size)

    def _bar(self, y: int) -> Segment:
        if self._thumb is None:
            return Segment(" ", self.style())
        return Segment("┃" if y in self._thumb else "│", self.style("lines--thumb"))

    # -- moving ------------------------------------------------------------------------------------------

    @property
    def last_top(self) -> int:
        """Return the number of the first visible line when scrolled to the end."""
        return max(0, self.count() - self.size.height // self.tall)

    def scroll_lines(self, to: int) -> None:
        """Make a line the first visible one, as far as there are lines."""
        new = min(max(0, to), self.last_top)
        if new != self.top:
            self.top = new
            self.refresh()

    def refresh_lines(self, *items: int, width: int | None = None) -> None:
        """Repaint some items, as far as they are seen. `width`: only so many cells of their first line."""
        wide, high = (self.size.width, self.tall) if width is None else (width, 1)
        seen = range(0, self.size.height, self.tall)
        tops = (self.blank + (at - self.top) * self.tall for at in items)
        regions = [Region(0, y, wide, min(high, self.size.height - y)) for y in tops if y in seen]
        if regions:
            self.refresh(*regions)

    def on_focus(self, event: events.Focus) -> None:
        event.prevent_default()  # Textual would style the widget anew, and repaint it whole
        self.has_focus = True

    def on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False

    def watch_has_focus(self, focused: bool) -> None:
        """Repaint what looks another way; no style hangs on it."""

    def on_resize(self, event: events.Resize) -> None:
        self.top = min(self.top, self.last_top)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(self.top + WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(self.top - WHEEL)
