"""Every view with its count, also those for which the line of views has no room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.fold import found_in
from inbox.domain.queue import MANY
from inbox.ui.actions.browse import Browse
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.domain.queue import View
    from inbox.ui.context import Context


class ViewChoice:
    def __init__(self, context: Context) -> None:
        self.context = context

    def open(self) -> None:
        """List the views; the one that is chosen is shown."""
        figures = self.context.figures
        if figures is None:  # the first picture is still being taken
            return
        choices = [
            Choice(title, view.name, _told(figures.counts.get(view.name, 0), at))
            for at, view in enumerate(figures.views)
            for title in [_title(view)]
        ]

        def suggest(typed: str) -> Sequence[Choice[str]]:
            return [choice for choice in choices if found_in(choice.text, typed)]

        self.context.choose(
            Pick(
                tr("Views"), suggest, hint=tr("Type a few letters; Enter shows it."), placeholder=tr("view")
            ),
            self.context.part(Browse).view,
        )


def _title(view: View) -> str:
    return safe_text.line(tr(view.title))


def _told(number: int, at: int) -> str:
    """How many conversations it holds, and the digit that shows it."""
    count = f"{MANY}+" if number > MANY else f"{number}"
    return f"{count:>6}   {(at + 1) % 10}" if at < KEYS else f"{count:>6}"


KEYS = 10
"""Views with a digit."""
