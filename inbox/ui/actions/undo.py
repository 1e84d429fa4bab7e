"""Taking back, and doing again, whatever a command has stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.engine.desk.undo import Done
from inbox.wording.language import said

if TYPE_CHECKING:
    from inbox.ui.main.screen import Main


class Undo:
    def __init__(self, screen: Main) -> None:
        self.screen = screen

    async def undo(self) -> None:
        self._close_draft()
        done = await self.screen.ask(lambda desk: desk.undo())
        self._tell(done)
        if done.writing is not None:
            await self.screen.write.take_back(done.writing)

    async def redo(self) -> None:
        self._close_draft()
        self._tell(await self.screen.ask(lambda desk: desk.redo()))

    def _close_draft(self) -> None:
        """What stands in the composer is a draft like any other while it is not written on."""
        writing = self.screen.writing
        if writing is not None and not writing.note:
            self.screen.write.put_aside()

    def _tell(self, done: Done) -> None:
        screen = self.screen
        screen.leaving.difference_update(done.ids)
        if len(done.ids) == 1:
            screen.select_next = done.ids[0]
        what = said(done.what)
        whom = f" · {screen.whom(done.ids)}" if done.ids else ""
        screen.say(f"{what[:1].upper()}{what[1:]}{whom}")
        screen.renew()
