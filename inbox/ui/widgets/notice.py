"""What is too long for the status line, in full above it; gone as soon as something else is said."""

from __future__ import annotations

from rich.segment import Segment

from inbox.ui.widgets.lines import Lines
from inbox.wording import safe_text

MOST_LINES = 4


class Notice(Lines):
    """A sentence across the screen that goes away by itself or with the next key."""

    can_focus = False
    text = ""
    tone = "text"

    def show(self, text: str, tone: str) -> None:
        """Show a text, in as many lines as it needs; hide for an empty one."""
        if (text, tone) != (self.text, self.tone):
            self.text, self.tone = text, tone
            self.display = bool(text)
            self.styles.height = min(MOST_LINES, max(1, self.count()))
            self.refresh()

    def _wrapped(self) -> list[str]:
        return safe_text.wrap(self.text, max(10, self.app.size.width - 3)) if self.text else []

    def count(self) -> int:
        return len(self._wrapped())

    def draw(self, at: int, width: int) -> list[Segment]:
        tone = self.tone if self.tone in ("soon", "late") else "text"
        return [Segment(safe_text.fit(f" {self._wrapped()[at]}", width), self.style(f"notice--{tone}"))]
