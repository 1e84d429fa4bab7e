"""Unsent replies: what happened to each, and the agent's word on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding

from inbox.domain.outbox import OutboxItem
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.errors import REFUSALS
from inbox.ui.commands.bindings import bindings
from inbox.ui.commands.table import in_place
from inbox.ui.text import bars
from inbox.ui.text.part import Part
from inbox.ui.widgets.bar import Bar
from inbox.ui.windows.dialogs import LEAVE, Page, Window
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

T = TypeVar("T")


class Items(Page):
    """A page with a cursor that moves from item to item, each some lines long."""

    cursor = 0
    places: Sequence[range] = ()
    """The lines of each item."""

    def show_items(self, items: Sequence[Sequence[Sequence[Part]]]) -> None:
        """Show items, each of one or more lines; the cursor moves by items."""
        lines: list[Sequence[Part]] = []
        places = []
        for item in items:
            places.append(range(len(lines), len(lines) + len(item)))
            lines += [*item, []]
        self.places = places
        self.cursor = min(self.cursor, max(0, len(places) - 1))
        self.show(lines[:-1])

    def part_style(self, at: int, tone: str) -> Style:
        """Return the style of a part, marked in all lines of the item under the cursor."""
        if self.places and at in self.places[self.cursor]:
            return self.style("page--cursor", f"page--{tone}")
        return self.style(f"page--{tone}")

    def action_scroll(self, steps: int) -> None:
        """Move the cursor by items, and scroll it into view."""
        if not self.places:
            return
        self.cursor = min(max(0, self.cursor + steps), len(self.places) - 1)
        here = self.places[self.cursor]
        if not self.top <= here.start <= here.stop <= self.top + self.size.height:
            self.top = min(max(0, here.start - 1), self.last_top)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click chooses the reply."""
        at = self.top + event.y
        self.cursor = next((n for n, lines in enumerate(self.places) if at in lines), self.cursor)
        self.refresh()


class OutboxScreen(Window[str]):
    """Dismissed with the conversation to open, or None."""

    keys = (("j", "down"), ("k", "up"), ("escape", "close"))

    BINDINGS = [*bindings("outbox"), Binding(f"{LEAVE},q,O", "close", show=False)]

    def __init__(self, items: Sequence[OutboxItem], names: Mapping[str, str]) -> None:
        super().__init__()
        self.items, self.names = list(items), names
        self.page = Items([], id="page")

    def parts(self) -> ComposeResult:
        yield self.page
        yield Bar(id="hint")
        yield Bar(id="answers", whole=True)

    def on_mount(self) -> None:
        """Show the keys and the items, and the items again every second."""
        self.query_one("#hint", Bar).display = False  # no row before there is something to say
        self.query_one("#answers", Bar).show(*bars.keys(in_place("outbox"), self.inbox.keymap))
        self.page.focus()
        self._fill()
        self.set_interval(1.0, self._fill)

    def _fill(self) -> None:
        now = self.inbox.session.clock.now()
        title = words.plural(len(self.items), "reply has not left", "replies have not left")
        self.head(title, tr("Esc closes"))
        told = [self._told(item, now) for item in self.items]
        self.page.show_items(told or [[[Part(tr("All replies have been sent."))]]])

    def _told(self, item: OutboxItem, now: datetime) -> list[list[Part]]:
        """Whose it is, what is wrong in full, and the beginning of its text."""
        bad = item.state in ("failed", "uncertain")
        name = self.names.get(item.conversation, item.conversation)
        state = words.reply_state(item, now).capitalize()
        way = tr("privately") if item.private else tr("publicly")
        reason = safe_text.wrap(f"{state}. {words.reply_reason(item)}", (self.page.size.width or 74) - 2)
        return [
            [
                Part(safe_text.line(name), "bright"),
                Part(f" · {safe_text.line(item.account)} · {way}", "quiet"),
            ],
            *([Part(line, "late" if bad else "text")] for line in reason),
            [Part(safe_text.line(item.text or tr("asked for: {deed}", deed=tr(item.deed or ""))), "quiet")],
        ]

    @property
    def item(self) -> OutboxItem | None:
        """Return the item under the cursor; None in an empty list."""
        return self.items[self.page.cursor] if self.page.cursor < len(self.items) else None

    @on(Bar.Pressed)
    def _pressed(self, message: Bar.Pressed) -> None:
        message.stop()
        self.action_run_command(message.command)

    def action_run_command(self, id: str) -> None:
        """Do a command of this window to the reply under the cursor; others do nothing here."""
        act = self.handlers().get(id)
        if act is not None and self.item is not None:
            act(self.item)

    def handlers(self) -> Mapping[str, Callable[[OutboxItem], None]]:
        """Return the code behind each command of this window, by its id."""
        return {
            "outbox.retry": self._send_again,
            "outbox.there": self._settle_as_sent,
            "outbox.drop": self._take_back,
            "outbox.open": self._open,
        }

    def _send_again(self, item: OutboxItem) -> None:
        self._settle(lambda desk: desk.outbox.retry(item.id), tr("It is sent again."))

    def _settle_as_sent(self, item: OutboxItem) -> None:
        self._settle(
            lambda desk: desk.outbox.confirm_sent(item.id), tr("Settled as sent; the next reading brings it.")
        )

    def _take_back(self, item: OutboxItem) -> None:
        self._settle(lambda desk: desk.outbox.cancel(item.id), tr("Taken back; its text is the draft again."))

    def _open(self, item: OutboxItem) -> None:
        self.dismiss(item.conversation)

    def _settle(self, use_case: Callable[[Desk], object], told: str) -> None:
        self.run_worker(self._settling(use_case, told))

    async def _settling(self, use_case: Callable[[Desk], object], told: str) -> None:
        hint = self.query_one("#hint", Bar)
        hint.display = True
        try:
            await self._ask(use_case)
            self.items = list(await self._ask(lambda desk: desk.outbox.items()))
        except REFUSALS as error:
            hint.show([Part(f"! {safe_text.line(said(str(error)))}", "soon")])
            return
        hint.show([Part(told, "text")])
        self._fill()
        self.page.action_scroll(0)

    async def _ask(self, use_case: Callable[[Desk], T]) -> T:
        return await asyncio.wrap_future(self.inbox.session.call(use_case))
