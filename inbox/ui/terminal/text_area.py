"""A text area that works its styles out when they change, not at each letter."""

from __future__ import annotations

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from inbox.ui.terminal.private_names import why_stock


class StyledTextArea(TextArea):
    """Textual's text area, with its styles kept while the theme and the classes stay the same."""

    _styled: TextAreaTheme | None = None
    """The theme for which the styles are worked out."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines in `crop`; `TextArea` would work the same eight styles out for each call."""
        if why_stock("writing") is not None:
            return super().render_lines(crop)
        if self._theme is not self._styled:
            self._theme.apply_css(self)
            self._styled = self._theme
        return ScrollView.render_lines(self, crop)

    def redraw_lines(self) -> None:
        """Draw the lines again although neither text nor style has changed: `TextArea` keeps them."""
        TextArea.notify_style_update(self)
        self.refresh()

    def notify_style_update(self) -> None:
        """Work the styles out again with the next line."""
        self._styled = None
        super().notify_style_update()
