"""What is only looked at, each on a sheet over the screen: why it is due, what was done, statistics, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.ui.commands.table import SCOPES, in_place
from inbox.ui.text.part import Part
from inbox.ui.windows.dialogs import Sheet
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr
from inbox.wording.statistics import table

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Look:
    def __init__(self, context: Context) -> None:
        self.context = context

    async def why(self) -> None:
        context, current = self.context, self.context.current
        if current is not None:
            lines = await context.ask(lambda desk: desk.conversation.why(current.id))
            context.screen.app.push_screen(
                Sheet(
                    tr("Why this due time: {contact}", contact=safe_text.person(current.contact)),
                    lambda width: [
                        [Part(part)]
                        for line in lines
                        for part in safe_text.wrap(safe_text.line(said(line)), width)
                    ],
                )
            )

    async def statistics(self) -> None:
        context = self.context
        found = await context.ask(lambda desk: desk.queue.statistics())

        zone = context.inbox.zone
        sheet = Sheet(
            tr("Statistics"),
            lambda width: [[Part(line, tone)] for line, tone in table(found, width, zone)],
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
        context.screen.app.push_screen(Sheet(tr("Messages"), lambda _: lines or empty, wide=True))

    def keys(self) -> None:
        self.context.screen.app.push_screen(Sheet(tr("Keys"), self._keys, wide=True))

    def _keys(self, width: int) -> list[list[Part]]:
        """The keys of this place, what each does behind its title, and the signs."""
        commands, keymap = in_place(self.context.place), self.context.inbox.keymap
        keys = max(len(keymap.shown(command)) for command in commands) + 2
        lines: list[list[Part]] = []
        scope = None
        for command in commands:
            if command.scope != scope:
                scope = command.scope
                lines += [*([[]] if lines else []), [Part(tr(SCOPES[scope]), "heading")]]
            title, does = tr(command.title), tr(command.help) if command.help != command.title else ""
            told, *more = safe_text.wrap(f"{title} · {does}" if does else title, width - 3 - keys)
            lines.append(
                [
                    Part(f"  {keymap.shown(command):<{keys}}", "key"),
                    Part(title, "bright"),
                    Part(told.removeprefix(title), "quiet"),
                ]
            )
            lines += [[Part(f"{'':<{2 + keys}}{line}", "quiet")] for line in more]
        lines += [[], [Part(tr("Signs"), "heading")]]
        for sign, meaning in words.legend():
            told, *more = safe_text.wrap(tr(meaning), width - 3 - keys)
            lines.append([Part(f"  {sign:<{keys}}", "key"), Part(told)])
            lines += [[Part(f"{'':<{2 + keys}}{line}")] for line in more]
        return lines
