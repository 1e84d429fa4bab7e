"""A window that only tells something."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding

from inbox.ui.text.part import Part
from inbox.ui.windows.dialogs import LEAVE, Page, Window
from inbox.ui.windows.help import Help
from inbox.wording.language import tr


class Sheet(Window[None]):
    """Tells something; any of the usual keys closes it, and `?` tells its keys."""

    keys = (("j", "down"), ("k", "up"), ("G", "end"), ("escape", "close"))

    BINDINGS = [
        Binding(f"{LEAVE},q,enter,w,W,H,S", "close", show=False),
        Binding("?", "help", show=False),
    ]

    def __init__(
        self,
        title: str,
        lines: Callable[[int], Sequence[Sequence[Part]]],
        *,
        place: str,
        wide: bool = False,
    ) -> None:
        """`lines`: what is told, for the width there is; asked again when that changes. `place`: where the screen below is,
        for the help."""
        super().__init__()
        self.heading = title
        self.lines = lines
        self.place = place
        self.page = Page([], id="page")
        self.wide = wide

    def parts(self) -> ComposeResult:
        """Yield the page."""
        yield self.page

    def on_mount(self) -> None:
        """Begin with the first line."""
        self.head(self.heading, tr("Esc closes"))
        self.page.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Ask for the lines in the window's width as the style sheet has it, without border, padding and scroll bar."""
        self.page.show(self.lines(min(100 if self.wide else 76, event.size.width * 94 // 100) - 6))

    def on_click(self, event: events.Click) -> None:
        """Close it where somebody clicks beside it."""
        if event.widget is self:
            self.dismiss(None)

    def action_help(self) -> None:
        """Tell the keys of this window, and of the place below it."""
        self.app.push_screen(Help(self.place, self.keys))
