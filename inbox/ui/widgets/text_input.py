"""One line of text that is typed, by whole signs: for filters, dialogs and sign-in."""

from __future__ import annotations

from textual import events
from textual.widgets.input import Selection

from inbox.domain.graphemes import after, before, joined, whole
from inbox.ui.terminal.clickable_input import ClickableInput
from inbox.ui.terminal.keys import Halves


class TextInput(ClickableInput):
    """Textual's own, which leaves out what Python calls unprintable, and moves by code points."""

    def __init__(self, *args: object, **options: object) -> None:
        self._halves = Halves()
        super().__init__(*args, **options)  # type: ignore[arg-type]  # whatever Input takes

    async def on_key(self, event: events.Key) -> None:
        """Insert what Textual ignores; its own handler runs next and does the rest."""
        text = self._halves.text(event)
        if text:
            event.stop()
            event.prevent_default()
            self.replace(text, *sorted(self.selection))

    def on_paste(self, event: events.Paste) -> None:
        """Join UTF-16 halves, before Textual inserts the text."""
        event.text = joined(event.text)

    def action_cursor_left(self, select: bool = False) -> None:
        """Move left by a whole character. `select`: extend the selection."""
        start, end = self.selection
        if select or self.selection.is_empty:
            end = before(self.value, end)
            self.selection = Selection(start if select else end, end)
        else:
            self.cursor_position = min(start, end)

    def action_cursor_right(self, select: bool = False) -> None:
        """Move right by a whole character. `select`: extend the selection."""
        start, end = self.selection
        if not select and (not self.selection.is_empty or self.cursor_at_end):
            super().action_cursor_right()
        else:
            end = after(self.value, end)
            self.selection = Selection(start if select else end, end)

    def action_delete_left(self) -> None:
        """Delete the selection, or the whole character on the left."""
        if self.selection.is_empty:
            self.delete(before(self.value, self.cursor_position), self.cursor_position)
        else:
            self.delete_selection()

    def action_delete_right(self) -> None:
        """Delete the selection, or the whole character on the right."""
        if self.selection.is_empty:
            self.delete(self.cursor_position, after(self.value, self.cursor_position))
        else:
            self.delete_selection()

    def place_cursor(self, index: int) -> int:
        """Put the cursor before the sign that was clicked."""
        return whole(self.value, index)
