"""What is only looked at, each on a sheet over the screen: why it is due, what was done, statistics, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.ui.text.part import Part
from inbox.ui.windows.help import Help
from inbox.ui.windows.sheet import Sheet
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr
from inbox.wording.listening import hint_line
from inbox.wording.statistics import table

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.ui.context import Context


class Look:
    """Windows to read: why a conversation is where it is, statistics, keys."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def why(self) -> None:
        """Explain the place of the current conversation in the queue."""
        context, current = self.context, self.context.current
        if current is not None:
            lines, hints = await context.ask(
                lambda desk: (desk.conversation.why(current.id), _hints(desk, current.id))
            )
            context.screen.app.push_screen(
                Sheet(
                    tr("Why this due time: {contact}", contact=safe_text.person(current.contact)),
                    lambda width: (
                        [
                            [Part(part)]
                            for line in lines
                            for part in safe_text.wrap(safe_text.line(said(line)), width)
                        ]
                        + [[Part(safe_text.line(line), "quiet")] for line in hints]
                    ),
                    place=context.place,
                )
            )

    async def statistics(self) -> None:
        """Show the statistics."""
        context = self.context
        found = await context.ask(lambda desk: desk.queue.statistics())

        zone = context.inbox.zone
        sheet = Sheet(
            tr("Statistics"),
            lambda width: [[Part(line, tone)] for line, tone in table(found, width, zone)],
            place=context.place,
            wide=True,
        )
        context.screen.app.push_screen(sheet)

    async def log(self) -> None:
        """Every decision, by whom and when, undone ones too."""
        context, current = self.context, self.context.current
        if current is None:
            return
        thread = await context.ask(lambda desk: desk.conversation.thread(current.id))
        lines = [
            [
                Part(f"{words.moment(e.at, context.inbox.zone):<17}", "quiet"),
                Part(f"{safe_text.line(e.agent or '-'):<12} ", "bright"),
                Part(safe_text.line(said(e.what))),
            ]
            for e in reversed(thread.events)
        ]
        empty = [[Part(tr("Nothing was done here yet."))]]
        context.screen.app.push_screen(
            Sheet(
                tr("What was done: {contact}", contact=safe_text.person(current.contact)),
                lambda _: lines or empty,
                place=context.place,
                wide=True,
            )
        )

    def messages(self) -> None:
        """What the status line said, the newest first: it shows each until the next one."""
        context = self.context
        lines = [
            [Part(f"{words.clock(at, context.inbox.zone)}  ", "quiet"), Part(safe_text.line(text), tone)]
            for at, text, tone in reversed(context.bars.said)
        ]
        empty = [[Part(tr("Nothing has been said yet."))]]
        context.screen.app.push_screen(
            Sheet(tr("Messages"), lambda _: lines or empty, place=context.place, wide=True)
        )

    def keys(self) -> None:
        """Tell the signs and the keys of this place."""
        self.context.screen.app.push_screen(Help(self.context.place))


def _hints(desk: Desk, cid: str) -> list[str]:
    """What the customer's words sound like, with the words that say so; where nothing is sure, nothing."""
    found, _ = desk.listening.hints(cid)
    return [tr("Hint: {hint}", hint=hint_line(hint)) for hint in found]
