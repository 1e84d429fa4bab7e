"""Keys that are text although Textual does not treat them as text."""

from __future__ import annotations

from textual import events

from inbox.domain.graphemes import joined, typed


class Halves:
    """Joins characters beyond the first plane that arrive as two keys (UTF-16 halves)."""

    def __init__(self) -> None:
        self._first = ""

    def text(self, event: events.Key) -> str:
        """Return the text of a key where Textual would ignore it, else "". The first half of a pair gives ""."""
        character = event.character or ""
        if len(character) == 1 and "\ud800" <= character <= "\udbff":
            self._first = character
            return ""
        first, self._first = self._first, ""
        if "\udc00" <= character <= "\udfff":
            return joined(first + character)
        return character if typed(character) and not event.is_printable else ""
