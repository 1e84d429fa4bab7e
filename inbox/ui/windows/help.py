"""The help over the screen or over a window: all signs and keys of the place, searched by what one types."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from inbox.domain.fold import fold
from inbox.ui.text import help_page
from inbox.ui.widgets.text_input import TextInput
from inbox.ui.windows.dialogs import LEAVE, Page, Window
from inbox.wording.language import tr


class Help(Window[None]):
    """Shows what the keys do in `place`. `/` searches it, Escape leaves the search first."""

    keys = (("/", "search"), ("j", "down"), ("k", "up"), ("G", "end"), ("escape", "close"))

    BINDINGS = [
        Binding(LEAVE, "leave", show=False),
        Binding("q,enter,?", "close", show=False),
        Binding("/", "search", show=False),
    ]

    def __init__(self, place: str, window: Sequence[tuple[str, str]] = ()) -> None:
        """`window`: the keys of the window below, and what they do."""
        super().__init__()
        self.place, self.window = place, window
        self.page = Page([], id="page")
        self.field = TextInput(placeholder=tr("what a key does, or the key"), id="typed", compact=True)
        self.field.display = False

    def parts(self) -> ComposeResult:
        """Yield the field, which is not seen before something is searched, and the page."""
        yield self.field
        yield self.page

    def on_mount(self) -> None:
        """Begin with all of it."""
        self.head(tr("Keys"), tr("/ searches · Esc closes"))
        self.page.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the lines for the window's width as the style sheet has it, without border, padding and scroll bar."""
        self._width = min(100, event.size.width * 94 // 100) - 6
        self._fill()

    def _fill(self) -> None:
        wanted = [fold(word) for word in self.field.value.split()]
        found = help_page.entries(self.place, self.inbox.keymap, self.window)
        self.page.show(help_page.lines((e for e in found if e.holds(wanted)), self._width))

    def action_search(self) -> None:
        """Open the field. The page keeps its height meanwhile: nothing jumps while one types."""
        self.page.styles.height = self.page.size.height
        self.field.display = True
        self.field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what holds the words, from its first line."""
        event.stop()
        self.page.top = 0
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what was found, to be scrolled."""
        event.stop()
        self.page.focus()

    def action_leave(self) -> None:
        """Leave the search, or the help."""
        if not self.field.display:
            self.dismiss(None)
            return
        self.field.value = ""
        self.field.display = False
        self.page.styles.height = "auto"
        self.page.focus()
