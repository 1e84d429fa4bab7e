"""Widgets that draw their lines once and keep them, on Textual's public names alone.

Textual 8.2.8 draws each line of a widget again whenever a part of the widget is wanted, so that the text for the
terminal, which a strip keeps, is lost at every step of scrolling.

`PaintedScreen` is our screen, or Textual's where a private name that ours needs is missing (`private_names.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from rich.segment import Segment
from rich.style import Style
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from inbox.ui.terminal.private_names import why_stock
from inbox.ui.text.themes import TONES, tone

if TYPE_CHECKING or why_stock("painting") is None:
    from inbox.ui.terminal.fast_screen import FastScreen as PaintedScreen
else:
    from inbox.ui.terminal.stock_screen import StockScreen as PaintedScreen

__all__ = ["EDGE", "Painted", "PaintedScreen", "Pane"]

EDGE = "▏"


class Painted(Widget):
    """A widget that draws its lines by `render_line` alone, and keeps each line until it is refreshed.

    Of all borders, paddings and effects it knows one: with `padding-left` it draws an edge there.
    """

    virtual_size = Reactive(Size(0, 0), repaint=False)
    """As in `FastScreen`; Textual scrolls nothing of it."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._kept: dict[int, Strip] = {}
        self.room = Size(0, 0)
        """Of the lines, for `render_line`: Textual looks a size up in the map of the screen, 5 us each time."""
        self._styles: dict[str, Style] = {}
        super().__init__(id=id, classes=classes)

    # -- styles ------------------------------------------------------------------------------------------

    def style(self, *names: str) -> Style:
        """Return tones (`themes.TONES`) or component classes combined; kept until the theme changes."""
        key = " ".join(names)
        found = self._styles.get(key)
        if found is None:
            found = self.style() if names else self.rich_style
            for name in names:
                found += (
                    tone(self.app.theme_variables, name, colour=not self.app.no_color)
                    if name in TONES
                    else self.get_component_rich_style(name, partial=True)
                )
            self._styles[key] = found
        return found

    def forget_styles(self) -> None:
        """Work the styles out again when they are needed next."""
        self._styles.clear()

    def notify_style_update(self) -> None:
        """Forget the styles: the theme or a class has changed."""
        self.forget_styles()
        super().notify_style_update()

    # -- lines -------------------------------------------------------------------------------------------

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Draw again the lines that meet `regions`, or all of them."""
        if regions:
            for region in regions:
                for y in region.line_range:
                    self._kept.pop(y, None)
        else:
            self._kept.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def on_hide(self) -> None:
        """Drop all lines: nobody can say which of them change while the widget is hidden."""
        self._kept.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines in `crop` (relative to the widget); only those not kept are drawn."""
        if (size := self.size) != self.room:
            self._kept.clear()
            self.room = size
        if missing := [y for y in crop.line_range if y not in self._kept]:
            self._paint(missing)
        strips = [self._kept[y] for y in crop.line_range]
        if crop.column_span == (0, self.room.width + self.styles.padding.left):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _paint(self, lines: Iterable[int]) -> None:
        # Not the one for the terminal's own sixteen colours: a theme has none of them.
        filters = [one for one in self.get_line_filters() if not isinstance(one, ANSIToTruecolor)]
        background = self.background_colors[1]
        edge = [Segment(EDGE, self.style("faint"))] if self.styles.padding.left else []
        for y in lines:
            strip = self.render_line(y)
            segments = before = [*edge, *strip]
            for one in filters:
                segments = one.apply(segments, background)
            # A strip makes seven caches of its own: a new one only where there is something new.
            new = edge or segments is not before
            self._kept[y] = Strip(segments, strip.cell_length + len(edge)) if new else strip


class Pane(Painted):
    """A column of widgets that cover all of it but its edge."""

    def render_line(self, y: int) -> Strip:
        """Return a blank line in the pane's own style."""
        return Strip.blank(self.room.width, self.style())
