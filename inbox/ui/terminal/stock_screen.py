"""The screen where Textual's own painting is used."""

from __future__ import annotations

from textual.screen import Screen


class StockScreen(Screen[None], inherit_css=False):
    """Textual's screen, without the styles that are not ours."""
