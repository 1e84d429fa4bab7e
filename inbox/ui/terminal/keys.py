"""Keys that are text although Textual does not take them for it."""

from __future__ import annotations

from textual import events

from inbox.domain.graphemes import joined, typed


class Halves:
    """Characters beyond the first plane may arrive as two keys (UTF-16): the first half waits for the second."""

    def __init__(self) -> None:
        self._first = ""

    def text(self, event: events.Key) -> str:
        """What the key means as text, where Textual would leave it out; else ""."""
        character = event.character or ""
        if len(character) == 1 and "\ud800" <= character <= "\udbff":
            self._first = character
            return ""
        first, self._first = self._first, ""
        if "\udc00" <= character <= "\udfff":
            return joined(first + character)
        return character if typed(character) and not event.is_printable else ""
