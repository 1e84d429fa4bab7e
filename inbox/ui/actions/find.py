"""Finding: the queue filtered as one types, words in the open conversation, and from hit to hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets import Input

from inbox.ui import picture
from inbox.ui.widgets.text_input import TextInput
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from textual.widget import Widget

    from inbox.ui.main.screen import Main


class Find:
    def __init__(self, screen: Main) -> None:
        self.screen = screen
        self._filter: Input | None = None

    def filter(self) -> None:
        """Of the queue; in an open conversation: what is looked for in it."""
        screen = self.screen
        if screen.place in ("reader", "within"):
            if screen.within is None:
                screen.within = self._field("within", tr("find in this conversation"), above=screen.thread)
            field = screen.within
        else:
            if self._filter is None:
                hint = tr("words from: in: on: is: tag: before: after:")
                self._filter = self._field("filter", hint, above=screen.queue)
            field = self._filter
        field.display = True
        screen.set_focus(field)

    def _field(self, name: str, hint: str, *, above: Widget) -> Input:
        """Nothing waits for its mounting: the next key is meant for it."""
        field = TextInput(id=name, compact=True, placeholder=hint)
        self.screen.places[field] = name
        cast("Widget", above.parent).mount(field, before=above)
        return field

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
            field.display = False

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
        if self._filter is not None:
            self._filter.value = ""
            self._filter.display = False
        self._filter_by("")

    # -- in the open conversation ------------------------------------------------------------------------

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
