"""Replies that did not leave, in a window of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.engine.desk.desk import Desk
from inbox.ui.windows.outbox import OutboxScreen
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.main.screen import Main


class Outbox:
    def __init__(self, screen: Main) -> None:
        self.screen = screen

    async def show(self) -> None:
        screen = self.screen
        items = await screen.ask(lambda desk: desk.outbox())
        if not items:
            screen.say(tr("Every reply has left."))
            return
        names = await screen.ask(lambda desk: _names(desk, [i.conversation for i in items]))
        screen.app.push_screen(OutboxScreen(items, names), self._closed)

    def _closed(self, conversation: str | None) -> None:
        self.screen.renew()
        if conversation is not None:
            self.screen.open(conversation)


def _names(desk: Desk, ids: list[str]) -> dict[str, str]:
    return {cid: safe_text.person(row.conversation.contact) for cid, row in desk.rows(ids).items()}
