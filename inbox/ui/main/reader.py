"""The pane with the open conversation: it follows the cursor once that rests, or is gone into."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from inbox.ports import platform as platform_ports
from inbox.ui import picture
from inbox.ui.actions import find, write

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.engine.desk.people import PersonFile
    from inbox.ui.context import Context
    from inbox.ui.main.panes import Panes
    from inbox.ui.picture import Open

FOLLOW_AFTER = 0.16
"""Seconds the cursor rests on a conversation before the reader beside the list shows it: who walks down the list
pays for the cursor alone (600 bytes a key instead of 11,000). Longer than from one key to the next."""


class Reader:
    """Reads one conversation at a time; a newer wish replaces the one that is under way."""

    def __init__(self, context: Context, panes: Panes) -> None:
        self.context = context
        self.panes = panes
        self.cid: str | None = None
        """The conversation it shows, or will show once that was read."""
        self.busy = False
        """A conversation is being read."""
        self.following: asyncio.TimerHandle | None = None
        """Runs out when the cursor has rested."""
        self._seen: dict[str, int] = {}
        """The newest message that was there when each conversation was left, by id."""

    # -- following the cursor ----------------------------------------------------------------------------

    def follow_soon(self) -> None:
        """Show what is under the cursor once it rests."""
        if self.following is not None:
            self.following.cancel()
        self.following = asyncio.get_running_loop().call_later(FOLLOW_AFTER, self.follow)

    def follow(self) -> None:
        """Show what is under the cursor now, where the reader is beside the list."""
        context = self.context
        self.following = None
        if (
            context.screen.is_running
            and self.panes.side_by_side
            and not context.reading
            and context.queue.selected != self.cid
        ):
            self.read(context.queue.selected)

    # -- reading -----------------------------------------------------------------------------------------

    def read(self, cid: str | None) -> None:
        """Show a conversation; None empties the pane."""
        context, open_ = self.context, self.context.thread.open
        if open_ is not None and cid != self.cid:
            last = open_.thread.conversation
            self._seen[last.id] = last.last_seq
        if cid != self.cid:
            context.view.whole = False
            if context.within is not None:
                context.part(find.Find).stop()
        self.cid = cid
        if cid is None:
            context.thread.show(None, context.now)
            context.person.show(None, context.now)
            context.bars.show()
        elif not self.busy:
            self.busy = True
            context.run(self._read(), group="read")

    async def _read(self) -> None:
        context = self.context
        try:
            while (cid := self.cid) is not None:
                opened, person = await context.ask(partial(_open, cid=cid, person=self.panes.person_shown))
                if cid == self.cid:
                    if self._passed(cid):
                        return
                    self.show(opened)
                    self.show_person(person)
                    context.bars.show()
                    return
        finally:
            self.busy = False

    def _passed(self, cid: str) -> bool:
        """Return whether the cursor went on while this conversation was read: the next key's frame need not wait."""
        context = self.context
        if not self.panes.side_by_side or context.reading or context.queue.selected == cid:
            return False
        self.cid = context.thread.open.thread.conversation.id if context.thread.open else None
        self.follow_soon()
        return True

    # -- showing -----------------------------------------------------------------------------------------

    def show(self, opened: Open | None) -> None:
        """Show a thread that was read; where it is shown already, what is new in it."""
        context = self.context
        shown_now = context.thread.open.thread.conversation.id if context.thread.open else None
        if opened is None:
            context.thread.show(None, context.now)
        elif opened.thread.conversation.id == shown_now:
            context.thread.renew(opened, context.now)
        else:
            cid = opened.thread.conversation.id
            context.thread.show(opened, context.now, seen=self._seen.get(cid))
        if opened is not None:
            self._look(opened.thread.conversation.id)
        if opened is not None and context.writing is not None:
            context.part(write.Write).follow(opened.thread.conversation)

    def _look(self, cid: str) -> None:
        """What the agent has before their eyes is not new any more, in their next session neither."""
        row = self.context.queue.row(cid)
        if row is not None and row.new:
            self.context.queue.set_looked(cid)
            self.context.run(self._keep_look(cid), group="look")

    async def _keep_look(self, cid: str) -> None:
        await self.context.ask(lambda desk: desk.queue.look(cid))

    def show_person(self, file: PersonFile | None) -> None:
        """Show what is known at once; who else it may be is looked up after it."""
        person = self.context.person
        person.show(file, self.context.now)
        self.panes.weigh_person()
        if file is not None and self.cid is not None and person.unasked:
            person.unasked = False
            self.context.run(self._likely(self.cid), group="likely")

    async def _likely(self, cid: str) -> None:
        likely = await self.context.ask(lambda desk: desk.people.likely(cid))
        if cid == self.cid:
            self.context.person.suggest(likely)
            self.panes.weigh_person()

    def open(self, cid: str) -> None:
        """Go into a conversation. The customer may see that it was seen: not where only the cursor passes."""
        context = self.context
        context.queue.select(cid)
        if cid != self.cid:
            self.read(cid)
        if not self.panes.side_by_side:
            context.screen.add_class("reading")
        context.screen.set_focus(context.thread)
        context.inbox.session.show_presence(cid, platform_ports.Presence.SEEN)
        context.happened("opened")


def _open(desk: Desk, *, cid: str, person: bool) -> tuple[Open | None, PersonFile | None]:
    return picture.read(desk, cid), (desk.people.file(cid) if person else None)
