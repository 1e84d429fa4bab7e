"""Taking back, and doing again, whatever a command has stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.engine.desk.undo import Done
from inbox.ui.actions.write import Write
from inbox.wording.language import said

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Undo:
    """Undo and redo, with what they say."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def undo(self) -> None:
        """Take back the last change, and open the reply that came back from the outbox."""
        self._close_draft()
        done = await self.context.ask(lambda desk: desk.undo())
        self._tell(done)
        if done.writing is not None:
            await self.context.part(Write).take_back(done.writing)

    async def redo(self) -> None:
        """Do again what was taken back."""
        self._close_draft()
        self._tell(await self.context.ask(lambda desk: desk.redo()))

    def _close_draft(self) -> None:
        """What stands in the composer is a draft like any other while it is not written on."""
        writing = self.context.writing
        if writing is not None and not writing.note:
            self.context.part(Write).put_aside()

    def _tell(self, done: Done) -> None:
        context = self.context
        context.view.stay(done.ids)
        if len(done.ids) == 1:
            context.view.select_after_renewal(done.ids[0])
        what = said(done.what)
        whom = f" · {context.whom(done.ids)}" if done.ids else ""
        context.say(f"{what[:1].upper()}{what[1:]}{whom}")
        context.renew()
