"""The terminal shows what the screen holds, though it is only ever sent what changed.

Tests elsewhere look at what the screen holds. Half of Textual's painting is ours, and what it forgot to send would be
seen by nobody but the agent.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pyte
import pytest
from pyte.modes import DECAWM

from inbox.ui.app import InboxApp
from inbox.ui.terminal.painting import Painted
from ui.conftest import Opens, Seen

WALK = (
    *("j", "enter", "escape", "J", "i", "escape", "t", "2", "1", "x", "x", "G", "g"),
    *("r", "H", "a", "escape", "escape", "c", "N", "escape", "/", "a", "escape", "escape", "/", "enter"),
    *("?", "escape", ":", "s", "escape", "w", "escape", "b", "escape", "l", "escape", "S", "escape"),
    *(
        "e",
        "z",
        "Z",
        "z",
        "s",
        "s",
        "s",
        "enter",
        "/",
        "o",
        "enter",
        "n",
        "escape",
        "R",
        "escape",
        "I",
        "escape",
    ),
)
"""Through all panes and most windows, there and back."""


class Glass:
    """What a terminal shows of the updates it was sent."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self.screen.reset_mode(DECAWM, private=True)
        self._stream = pyte.Stream(self.screen)

    def shown(self, app: InboxApp, update: Any) -> None:
        if update is not None:
            self._stream.feed(update.render_segments(app.console))

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_what_is_painted_in_pieces_is_the_whole(
    opens: Opens, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    glass, display = Glass(*size), InboxApp._display

    def shown(app: InboxApp, screen: Any, update: Any) -> None:
        if not app._batch_count:
            glass.shown(app, update)
        display(app, screen, update)

    monkeypatch.setattr(InboxApp, "_display", shown)
    async with opens(size=size) as seen:
        assert glass.lines == held(seen)
        for at, key in enumerate(WALK):
            await seen.press(key)
            with suppress(
                AssertionError
            ):  # a window is painted by a timer of Textual's; what differs is shown below
                await seen.until(lambda: glass.lines == held(seen))
            assert glass.lines == held(seen), f"after {' '.join(WALK[: at + 1])}"


def held(seen: Seen) -> list[str]:
    """All of it, painted anew, and what was kept of it left as it is."""
    painted = [
        w for w in (*seen.app.screen.walk_children(), *seen.main.walk_children()) if isinstance(w, Painted)
    ]
    kept = [dict(widget._kept) for widget in painted]
    for widget in painted:
        widget._kept.clear()
    lines = seen.lines
    for widget, before in zip(painted, kept, strict=True):
        widget._kept.clear()
        widget._kept.update(before)
    return lines
