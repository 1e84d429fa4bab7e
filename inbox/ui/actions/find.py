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

    from inbox.ui.context import Context


class Find:
    def __init__(self, context: Context) -> None:
        self.context = context
        self._filter: Input | None = None

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
                self._filter = self._field("filter", hint, above=context.queue)
            field = self._filter
        field.display = True
        context.screen.set_focus(field)

    def _field(self, name: str, hint: str, *, above: Widget) -> Input:
        """Nothing waits for its mounting: the next key is meant for it."""
        field = TextInput(id=name, compact=True, placeholder=hint)
        self.context.places[field] = name
        cast("Widget", above.parent).mount(field, before=above)
        return field

    # -- what is typed -----------------------------------------------------------------------------------

    def typed(self, field: Input) -> None:
        if field is self.context.within:
            self._look_for(field.value.strip())
        elif field.value.strip() != self.context.view.filter_text:
            self._filter_by(field.value.strip())

    def entered(self, field: Input) -> None:
        context = self.context
        if field is context.within:
            context.screen.set_focus(context.thread)
            context.thread.first_hit()
            return
        context.screen.set_focus(context.queue)  # at once: the next key is meant for it
        if not context.view.filter_text:
            field.display = False

    # -- in the queue ------------------------------------------------------------------------------------

    def _filter_by(self, text: str) -> None:
        context, hits = self.context, picture.hits(text)
        context.view.filter(text)
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

    def stop(self) -> None:
        field = self.context.within
        if field is not None and field.display:
            field.value = ""
            field.display = False
            self.context.say("")
