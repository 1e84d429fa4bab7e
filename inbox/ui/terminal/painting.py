"""Painting no more than what changed.

For each frame Textual 8.2.8 goes through every line of every widget whose container meets the changed region: 376
strips for a cursor that moved by one row. And it makes each line of a widget anew, so that the text for the terminal,
which a strip keeps, is lost at every step of scrolling. Until a screen stands it lays it out five times and paints it
four times.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Self, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import Compositor
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.screen import UPDATE_PERIOD, Screen
from textual.strip import Strip
from textual.widget import Widget

from inbox.ui.text.themes import TONES, tone

EDGE = "▏"

CLOSE_FRAMES = 2
"""Frames that may come close on one another; the one after them waits until a period after the first."""
BEHIND = 0.05
"""Seconds until a terminal that has not taken the last frame is asked again. A connection that stalls for a night must
not find a night's frames."""


class Narrow(Compositor):
    """Asks only those widgets that have a part in the change, and only for lines of it that nothing hides."""

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """By line of the screen what stands between its cuts, by where it begins; None where nothing was asked.
        `crop`: all that changed."""
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in cuts]
        bare = {  # by line, where something is wanted and nothing stands yet
            y: [x for x, end in pairwise(cuts[y]) if x < crop.right and end > crop.x]
            for y in crop.line_range
            if is_rendered_line(y)
        }
        for widget, (region, clip) in self.visible_widgets.items():  # the foremost first
            seen = region.intersection(clip)
            (left, right), (top, bottom) = seen.column_span, seen.line_span
            lines = [y for y in bare if top <= y < bottom and any(left <= x < right for x in bare[y])]
            if not lines:
                continue
            asked = Region(left, lines[0], right - left, lines[-1] - lines[0] + 1)
            strips = widget.render_lines(asked - region.offset)
            for y in lines:
                strip, line = strips[y - lines[0]], chops[y]
                places = [x for x in cuts[y] if left <= x <= right]
                parts = strip.divide([x - left for x in places[1:]]) if len(places) > 2 else [strip]
                for x, part in zip(places, parts, strict=False):
                    if line[x] is None:
                        line[x] = part
                bare[y] = [x for x in bare[y] if line[x] is None]
                if not bare[y]:
                    del bare[y]
            if not bare:
                break
        return cast("Sequence[Mapping[int, Strip]]", chops)


class PaintedScreen(Screen[None], inherit_css=False):
    """Stands at the start after one layout and one frame, and paints what changed from then on."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in `Screen`, which would paint everything anew at each change: 25 KB for going into the reader."""
    virtual_size = Reactive(Size(0, 0), repaint=False)
    """As in `Widget`, which would lay out and paint everything once more after each layout for another size."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Narrow()
        self._frames = deque([0.0] * CLOSE_FRAMES, CLOSE_FRAMES)
        """When the latest were painted, by the loop's clock."""
        self._frame: asyncio.Handle | None = None
        """The next one, once something is to be painted."""

    async def _on_idle(self, event: events.Idle) -> None:
        """Textual paints by a timer, never sooner than a period after the last frame: a letter behind a tick of the
        clock or behind a new picture waits for up to 12 ms."""
        event.prevent_default()
        changed = self._layout_required or self._scroll_required or self._repaint_required
        if not (changed or self._recompose_required or self._dirty_widgets):
            await self._invoke_and_clear_callbacks()
        elif self.is_current and not self.app._batch_count and self._frame is None:
            loop = asyncio.get_running_loop()
            due = self._frames[0] + UPDATE_PERIOD
            # In the next round of the loop, so that what widgets have still to say is in the same frame.
            self._frame = (
                loop.call_soon(self._paint) if due <= loop.time() else loop.call_at(due, self._paint)
            )

    def _paint(self) -> None:
        self._frame, loop = None, asyncio.get_running_loop()
        if not self.is_running:
            return
        if getattr(self.app._driver, "behind", False):
            self._frame = loop.call_later(BEHIND, self._paint)
        else:
            self._frames.append(loop.time())
            self._on_timer_update()

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Textual would style all nodes a second time here, lay them out and paint them, and do both again for what
        they asked for while they were mounted: 12 ms, for which the first key waits."""
        if not self.stack_updates:
            event.prevent_default()
            self.call_later(self._stand)

    def _stand(self) -> None:
        """The first layout and the first frame, behind all that was asked for until now."""
        self.stack_updates += 1
        self._layout_required = self._repaint_required = False
        self._refresh_layout(self.app.size)


class Painted(Widget):
    """Paints its lines by `render_line` alone, and keeps each until it is refreshed.

    Knows of all borders, paddings and effects only one: with `padding-left` an edge stands there.
    """

    virtual_size = Reactive(Size(0, 0), repaint=False)
    """As in `PaintedScreen`; nothing of it scrolls by Textual's means."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._kept: dict[int, Strip] = {}
        self.room = Size(0, 0)
        """Of the lines, for `render_line`: Textual looks a size up in the map of the screen, 5 us each time."""
        self._styles: dict[str, Style] = {}
        super().__init__(id=id, classes=classes)

    # -- styles ------------------------------------------------------------------------------------------

    def style(self, *names: str) -> Style:
        """Tones (`themes.TONES`) or component classes, combined; kept until the theme changes."""
        key = " ".join(names)
        found = self._styles.get(key)
        if found is None:
            found = self.style() if names else self.rich_style
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

    def on_hide(self) -> None:
        """Nobody can say which of its lines change while it has none."""
        self._kept.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
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
    """A column of widgets, which leave nothing of it to be seen but its edge."""

    def render_line(self, y: int) -> Strip:
        return Strip.blank(self.room.width, self.style())
