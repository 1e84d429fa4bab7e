"""Finding: the queue filtered as one types, words in the open conversation, and from hit to hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from inbox.language import tr
from inbox.ui import picture, words

if TYPE_CHECKING:
    from inbox.ui.screens.main import Main


class Find:
    def __init__(self, screen: Main) -> None:
        self.screen = screen

    async def filter(self) -> None:
        """Of the queue; in an open conversation: what is looked for in it."""
        if self.screen.place in ("reader", "within"):
            await self._begin()
        else:
            self.screen.filter.display = True
            self.screen.set_focus(self.screen.filter)

    def next_hit(self, direction: int) -> None:
        """The next hit in this conversation, then the next conversation; without a filter the next that waits."""
        screen = self.screen
        if screen.finding:
            if not screen.thread.next_hit(direction):
                screen.say(tr("That was the last hit.") if direction > 0 else tr("That was the first hit."))
            return
        if screen.filter_text and screen.reading and screen.thread.next_hit(direction):
            return
        if screen.reading:
            screen.browse.step(direction)
        else:
            screen.queue.move(direction)

    # -- what is typed -----------------------------------------------------------------------------------

    def typed(self, field: Input) -> None:
        if field is self.screen.within:
            self._look_for(field.value.strip())
        elif field.value.strip() != self.screen.filter_text:
            self._filter_by(field.value.strip())

    def entered(self, field: Input) -> None:
        screen = self.screen
        if field is screen.within:
            screen.set_focus(screen.thread)
            screen.thread.first_hit()
            return
        screen.set_focus(screen.queue)  # at once: the next key is meant for it
        if not screen.filter_text:
            screen.filter.display = False

    # -- in the queue ------------------------------------------------------------------------------------

    def _filter_by(self, text: str) -> None:
        screen, hits = self.screen, picture.hits(text)
        screen.filter_text = text
        screen.fresh = True
        screen.thread.set_hits(hits)
        screen.queue.hits = hits
        screen.renew(figures=False)

    def clear(self) -> None:
        """Without a filter again the cursor stays on the conversation it found."""
        screen = self.screen
        screen.select_next = screen.queue.selected
        screen.say("")
        screen.filter.value = ""
        screen.filter.display = False
        self._filter_by("")

    # -- in the open conversation ------------------------------------------------------------------------

    async def _begin(self) -> None:
        screen = self.screen
        if screen.within is None:
            screen.within = Input(id="within", compact=True, placeholder=tr("find in this conversation"))
            screen.places[screen.within] = "within"
            await screen.query_one("#reader").mount(screen.within, after="#subtitle")
        screen.within.display = True
        screen.set_focus(screen.within)

    def _look_for(self, text: str) -> None:
        screen, found = self.screen, picture.hits(text)
        screen.thread.set_hits(found or picture.hits(screen.filter_text))
        if found:
            number = screen.thread.count_hits()
            screen.say(
                tr("{plural}; Enter, then n and N.", plural=words.plural(number, "hit"))
                if number
                else tr("Not here.")
            )

    def stop(self) -> None:
        field = self.screen.within
        if field is not None and field.display:
            field.value = ""
            field.display = False
            self.screen.say("")
