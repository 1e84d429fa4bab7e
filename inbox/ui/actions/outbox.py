"""Unsent replies, in a window of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.engine.desk.desk import Desk
from inbox.ui.windows.outbox import OutboxScreen
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Outbox:
    """The window of replies that have not left."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def show(self) -> None:
        """Open the outbox, or say that it is empty."""
        context = self.context
        items = await context.ask(lambda desk: desk.outbox.items())
        if not items:
            context.say(tr("All replies have been sent."))
            return
        names = await context.ask(lambda desk: _names(desk, [i.conversation for i in items]))
        context.screen.app.push_screen(OutboxScreen(items, names), self._closed)

    def _closed(self, conversation: str | None) -> None:
        self.context.renew()
        if conversation is not None:
            self.context.reader.open(conversation)


def _names(desk: Desk, ids: list[str]) -> dict[str, str]:
    return {cid: safe_text.person(row.conversation.contact) for cid, row in desk.queue.rows(ids).items()}
