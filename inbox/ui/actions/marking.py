"""Marks: one by one, a range, all of the filter, all that say the same; and the last ones again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.listening import groups
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.ui.context import Context

AMONG = 5000
"""Conversations whose newest messages are compared at once: more keep the desk busy for longer than a second."""


class Marks:
    """Marking of rows for decisions about many."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def mark(self) -> None:
        """Mark the current conversation, or take its mark off."""
        context, current = self.context, self.context.current
        if current is not None:
            context.queue.toggle_mark(current.id)
            context.bars.show_keys()

    def mark_and_move(self) -> None:
        """Mark the current conversation and go to the next one."""
        self.mark()
        self.context.queue.move(1)

    def mark_range(self) -> None:
        """Mark everything from the newest mark to the cursor."""
        self.context.queue.mark_range()
        self.context.bars.show_keys()

    def mark_again(self) -> None:
        """Mark what was marked last, as far as it is listed."""
        context = self.context
        if context.queue.mark_again():
            context.bars.show_keys()
        else:
            context.say(tr("Nothing that was marked before is listed here."))

    async def mark_all(self) -> None:
        """Mark everything that the view and the filter list, also what lies below the window."""
        context, view = self.context, self.context.view
        ids = await context.ask(lambda desk: desk.queue.order(view.name, view.filter_text))
        context.queue.mark(ids)
        context.say(tr("{plural} marked.", plural=words.plural(len(ids), "conversation")))
        context.bars.show_keys()

    async def mark_alike(self) -> None:
        """Mark what says the same as the conversation under the cursor."""
        context, view, current = self.context, self.context.view, self.context.current
        if current is None:
            return
        text = current.preview
        found = await context.ask(lambda desk: _alike(desk, text, view.name, view.filter_text))
        others = [cid for cid in found if cid != current.id]
        if not others:
            context.say(tr("Nobody else in this view wrote anything like that."))
            return
        context.queue.mark([current.id, *others])
        context.say(
            tr(
                "Marked: {plural} as {name} wrote, or nearly so.",
                plural=words.plural(len(others) + 1, "conversation"),
                name=safe_text.person(current.contact),
            )
        )
        context.bars.show_keys()


def _alike(desk: Desk, text: str, view: str, filter_text: str) -> list[str]:
    ids = desk.queue.order(view, filter_text, AMONG)
    heads = desk.workplace.store.conversations.get_many(ids)
    return groups.like(text, ((c.id, c.preview) for c in heads if not c.preview_out))
