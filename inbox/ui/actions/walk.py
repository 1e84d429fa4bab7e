"""Answering many alike, one by one: begins the walk, and says what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.ui.actions.undo import Undo
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.reply_walk import WalkDraft
    from inbox.ui.context import Context
    from inbox.ui.windows.reply_walk import Walked


class Walk:
    """The same answer to many people, one after the other."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def begin(self, drafts: Sequence[WalkDraft]) -> None:
        """Show one reply after the other: `drafts` of any origin, at least one."""
        from inbox.ui.windows.reply_walk import ReplyWalkScreen  # most days nobody walks

        self.context.screen.app.push_screen(ReplyWalkScreen(drafts, self.context), self._ended)

    def _ended(self, came_to: Walked | None) -> None:
        if came_to is not None:
            self.context.run(self._tell(came_to))

    async def _tell(self, came_to: Walked) -> None:
        context = self.context
        held = await context.ask(lambda desk: desk.walk.finish(came_to.walk, came_to.sent, came_to.skipped))
        context.queue.unmark(came_to.answered)
        if came_to.undone:
            await context.part(Undo).undo()
            return
        if not came_to.sent:
            context.say(tr("No reply was sent."))
            return
        context.view.wrote()
        parts = [words.plural(len(came_to.sent), "reply sent", "replies sent")]
        if held:
            parts[0] = words.plural(held, "reply held", "replies held")
        if came_to.skipped:
            parts.append(tr("{n} not answered", n=len(came_to.skipped)))
        if came_to.asked:
            key = context.inbox.keymap.key("outbox.show")
            parts.append(tr("{n} to be decided ({key})", n=came_to.asked, key=key))
        parts.append(tr("{key} takes all back", key=context.inbox.keymap.key("edit.undo")))
        context.say(" · ".join(parts), "late" if came_to.asked else "text")
        context.renew()
        context.happened("sent")
