"""One line of text whose cursor follows a click to a place that the subclass chooses."""

from __future__ import annotations

from textual.widgets import Input


class ClickableInput(Input):
    """Textual's input, which would put the cursor inside a sign of several code points."""

    def place_cursor(self, index: int) -> int:
        """Return where a click on the code point at `index` puts the cursor."""
        return index

    def _cell_offset_to_index(self, offset: int) -> int:
        """Called by Textual for a click or a drag; without it a click is as exact as Textual's."""
        return self.place_cursor(super()._cell_offset_to_index(offset))
