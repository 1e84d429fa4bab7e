"""A screen that paints what changed at once, and is complete after one layout and one frame.

Textual 8.2.8 paints by a timer, and lays a new screen out five times and paints it four times.
"""

from __future__ import annotations

import asyncio
from collections import deque

from textual import events
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import UPDATE_PERIOD, Screen
from textual.widget import Widget

from inbox.ui.terminal.compositor import Narrow

CLOSE_FRAMES = 2
"""Frames that may follow one another at once; the next waits until one period after the first of them."""
BEHIND = 0.05
"""Seconds until a terminal that has not taken the last frame is asked again. Otherwise a connection that stalls for a
night would be sent a night's frames."""


class FastScreen(Screen[None], inherit_css=False):
    """A screen that is complete after one layout and one frame, and then paints what changed."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in `Screen`, which would paint everything again at each change: 25 KB for going into the reader."""
    virtual_size = Reactive(Size(0, 0), repaint=False)
    """As in `Widget`, which would lay out and paint everything once more after each layout for another size."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Narrow()
        self._frames = deque([0.0] * CLOSE_FRAMES, CLOSE_FRAMES)
        """When the latest frames were painted, by the clock of the event loop."""
        self._frame: asyncio.Handle | None = None
        """The next frame, once something has changed."""

    async def on_idle(self, event: events.Idle) -> None:
        """Plan a frame if something has changed.

        Textual paints by a timer, never sooner than one period after the last frame: a letter typed just after a
        tick of the clock waits for up to 12 ms.
        """
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

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Skip what Textual does when a screen is shown for the first time.

        It would style, lay out and paint all widgets a second time here, and then once more for what they asked
        for while they were mounted; the first key waits for that.
        """
        if not self.stack_updates:
            event.prevent_default()
            self.call_later(self._show_first)

    def _show_first(self) -> None:
        """Lay out and paint for the first time, after all that was asked for so far."""
        self.stack_updates += 1
        self._layout_required = self._repaint_required = False
        self._refresh_layout(self.app.size)
