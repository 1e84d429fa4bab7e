"""Painting no more than what changed.

For each frame Textual 8.2.8 goes through every line of every widget whose container meets the changed region: 376
strips for a cursor that moved by one row. And it makes each line of a widget anew, so that the text for the terminal,
which a strip keeps, is lost at every step of scrolling.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from rich.style import Style
from textual._compositor import Compositor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from inbox.ui.themes import TONES, tone


class Narrow(Compositor):
    """Asks only those widgets that have a part in the change, and only for the lines of it."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        crop = crop or self.size.region
        rows = Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip).intersection(rows)
            if seen.overlaps(crop):
                yield region, seen, widget.render_lines(seen - region.offset)
                if seen.contains_region(crop):
                    return  # it hides what lies below


class Painted(Widget):
    """Paints its lines by `render_line` alone, and keeps each until it is refreshed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._kept: dict[int, Strip] = {}
        self._kept_size = Size(0, 0)
        self._styles: dict[str, Style] = {}
        super().__init__(id=id, classes=classes)

    # -- styles ------------------------------------------------------------------------------------------

    def style(self, *names: str) -> Style:
        """Tones (`themes.TONES`) or component classes, combined; kept until the theme changes."""
        key = " ".join(names)
        found = self._styles.get(key)
        if found is None:
            found = self.rich_style
            for name in names:
                found += (
                    tone(self.app.theme_variables, name)
                    if name in TONES
                    else self.get_component_rich_style(name, partial=True)
                )
            self._styles[key] = found
        return found

    def forget_styles(self) -> None:
        self._styles.clear()

    def notify_style_update(self) -> None:
        self.forget_styles()
        super().notify_style_update()

    # -- lines -------------------------------------------------------------------------------------------

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        if regions:
            for region in regions:
                for y in region.line_range:
                    self._kept.pop(y, None)
        else:
            self._kept.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        if any(self.styles.gutter):  # a border is Textual's to draw
            return super().render_lines(crop)
        if self.size != self._kept_size:
            self._kept.clear()
            self._kept_size = self.size
        if missing := [y for y in crop.line_range if y not in self._kept]:
            self._paint(missing)
        strips = [self._kept[y] for y in crop.line_range]
        if crop.column_span == (0, self._kept_size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _paint(self, lines: Iterable[int]) -> None:
        filters, background = self.get_line_filters(), self.background_colors[1]
        for y in lines:
            strip = self.render_line(y)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            self._kept[y] = strip
