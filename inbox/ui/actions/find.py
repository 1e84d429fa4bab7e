"""Finding: the queue filtered as one types, words in the open conversation, and from hit to hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets import Input

from inbox.ui import picture
from inbox.ui.widgets.filter_input import FilterInput
from inbox.ui.widgets.text_input import TextInput
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from textual.widget import Widget

    from inbox.ui.context import Context


class Find:
    """The filter of the queue, and the search in the open thread."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._filter: FilterInput | None = None

    def filter(self) -> None:
        """Of the queue; in an open conversation: what is looked for in it."""
        context = self.context
        if context.place in ("reader", "within"):
            if context.within is None:
                context.within = self._field("within", tr("find in this conversation"), above=context.thread)
            field = context.within
        else:
            if self._filter is None:
                hint = tr("words from: in: on: is: tag: before: after:")
                self._filter = FilterInput(self._complete, id="filter", placeholder=hint)
                self._mount("filter", self._filter, above=context.queue)
            field = self._filter
        field.display = True
        context.screen.set_focus(field)

    def _field(self, name: str, hint: str, *, above: Widget) -> Input:
        """Nothing waits for its mounting: the next key is meant for it."""
        field = TextInput(id=name, compact=True, placeholder=hint)
        self._mount(name, field, above=above)
        return field

    def _mount(self, name: str, field: Input, *, above: Widget) -> None:
        self.context.places[field] = name
        cast("Widget", above.parent).mount(field, before=above)

    def put(self, text: str) -> None:
        """Filter the queue by a text, as if it had been typed, and go there."""
        context = self.context
        context.screen.set_focus(context.queue)
        self.filter()
        assert self._filter is not None
        self._filter.value = text
        self._filter_by(text)
        context.screen.set_focus(context.queue)

    # -- what is typed -----------------------------------------------------------------------------------

    def typed(self, field: Input) -> None:
        """Search with what a field holds now."""
        if field is self.context.within:
            self._look_for(field.value.strip())
        elif field.value.strip() != self.context.view.filter_text:
            at_end = field.cursor_at_end and field.value == field.value.rstrip()
            self._filter_by(field.value.strip(), typing=at_end)

    def _complete(self) -> None:
        """Write what is offered first behind the operator; the next view, where nothing is."""
        context, field = self.context, self._filter
        if field is None or not context.view.offers:
            context.run_command("view.next")
            return
        field.value = f"{context.view.offers[0].text} "
        field.cursor_position = len(field.value)

    def entered(self, field: Input) -> None:
        """Leave a field by Enter: to the first hit, or to the filtered queue."""
        context = self.context
        if field is context.within:
            context.screen.set_focus(context.thread)
            if context.thread.first_hit():
                self.say_hit()
            return
        context.screen.set_focus(context.queue)  # at once: the next key is meant for it
        if not context.view.filter_text:
            field.display = False

    # -- in the queue ------------------------------------------------------------------------------------

    def _filter_by(self, text: str, *, typing: bool = False) -> None:
        context, hits = self.context, picture.hits(text)
        context.view.filter(text, typing=typing)
        context.thread.set_hits(hits)
        context.queue.hits = hits
        context.renew(figures=False)

    def clear(self) -> None:
        """Without a filter again the cursor stays on the conversation it found."""
        context = self.context
        context.view.select_after_renewal(context.queue.selected)
        context.say("")
        if self._filter is not None:
            self._filter.value = ""
            self._filter.display = False
        self._filter_by("")

    # -- in the open conversation ------------------------------------------------------------------------

    def _look_for(self, text: str) -> None:
        context, found = self.context, picture.hits(text)
        context.thread.set_hits(found or picture.hits(context.view.filter_text))
        if found:
            number = context.thread.count_hits()
            context.say(
                tr("{plural}; Enter, then n and N.", plural=words.plural(number, "hit"))
                if number
                else tr("Not here.")
            )

    def say_hit(self) -> None:
        """Say which of the hits in the open conversation is gone on from."""
        hit, hits = self.context.thread.at_hit
        self.context.say(tr("hit {n} of {hits}", n=hit, hits=hits))

    def stop(self) -> None:
        """End the search in the thread, and hide its field."""
        field = self.context.within
        if field is not None and field.display:
            field.value = ""
            field.display = False
            self.context.say("")
