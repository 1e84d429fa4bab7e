"""The filter as it is typed: mistakes are marked where they are, and Tab takes what is offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.highlighter import Highlighter
from textual.binding import Binding

from inbox.ui.text.themes import tone
from inbox.ui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from rich.text import Text

Span = tuple[int, int]


class FilterInput(TextInput):
    """The field of the filter: completes words, and marks the mistake in an expression."""

    BINDINGS = [Binding("tab", "complete", show=False)]

    def __init__(self, complete: Callable[[], None], *, id: str, placeholder: str) -> None:
        """`complete`: what Tab does."""
        super().__init__(id=id, compact=True, placeholder=placeholder, highlighter=_Marking(self))
        self._complete = complete
        self.mistake: Span | None = None
        """From where to where in the stripped text something cannot be understood."""

    def mark(self, mistake: Span | None) -> None:
        """Mark a part of the text as the one that cannot be understood; None: nothing."""
        if mistake != self.mistake:
            self.mistake = mistake
            self.refresh()

    def action_complete(self) -> None:
        """Complete the word at the cursor."""
        self._complete()


class _Marking(Highlighter):
    """Underlines the mistake, so that it is seen without colours too."""

    def __init__(self, field: FilterInput) -> None:
        self._field = field

    def highlight(self, text: Text) -> None:
        field = self._field
        if field.mistake is not None:
            first = len(text.plain) - len(text.plain.lstrip())
            begin, end = field.mistake
            text.stylize(tone(field.app.theme_variables, "late"), first + begin, first + end)
            text.stylize("underline", first + begin, first + end)
