"""Keeping true what the screen shows: one `Picture` at a time is asked for, and again when something was written.

renew -> wanted -> reading -> shown      what is asked for while one is read becomes one more
settled: the first frame is there, so more may be read than its rows
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from inbox.engine.desk.errors import REFUSALS
from inbox.ui import picture
from inbox.ui.actions import teaching
from inbox.ui.main import due_notice, outcomes, surge_notice
from inbox.ui.picture import Figures, Picture, Wish
from inbox.ui.text import empty_queue
from inbox.ui.text.filter_offers import filter_offers
from inbox.wording.language import said

if TYPE_CHECKING:
    from inbox.ui.context import Context
    from inbox.ui.main.panes import Panes
    from inbox.ui.main.reader import Reader
    from inbox.ui.widgets.filter_input import FilterInput

FIRST_WAIT = 0.1
"""Seconds the first frame may wait for its rows; a store that is being repaired takes longer."""
HEAD = 500
"""Conversations of a view that are asked for at first, and as many more whenever the window comes near their end."""


class Renewal:
    """Reads pictures and puts them into the widgets; nothing waits for the store."""

    def __init__(
        self, context: Context, panes: Panes, reader: Reader, has_read: Callable[[float, bool], None]
    ) -> None:
        """`has_read(seconds, figures)` is told how long each picture took, and whether counts were part of it."""
        self.context = context
        self.panes = panes
        self.reader = reader
        self.has_read = has_read
        self.settled = False
        self.wanted = False
        self._want_figures = False
        self._reading = self._reading_ahead = False
        self._about_filter: str | None = None
        """What was said of the filter last."""
        self._reach = HEAD
        """Conversations of the order that are asked for."""

    def show_first_rows(self) -> None:
        """Show rows that are there within a moment in the first frame: to paint one without them takes longer."""
        wish = self._wish()
        asked = self.context.inbox.session.call(lambda desk: picture.take(desk, wish))
        try:
            self._show(asked.result(FIRST_WAIT))
        except (TimeoutError, *REFUSALS):  # the next picture says why, or comes later
            return

    def renew(self, *, figures: bool = True) -> None:
        """Ask for a new picture; requests while one is under way become one."""
        self.wanted = True
        self._want_figures = self._want_figures or figures
        if not self._reading:
            self._reading = True
            self.context.run(self._renew(), group="renew")

    async def _renew(self) -> None:
        try:
            while self.wanted:
                wish = self._wish()
                self.wanted = self._want_figures = False
                began = time.monotonic()
                taken = await self.context.ask(lambda desk, wish=wish: picture.take(desk, wish))  # type: ignore[misc]
                self.has_read(time.monotonic() - began, wish.figures)
                self._show(taken)
        finally:
            self._reading = False

    def _wish(self) -> Wish:
        context, view = self.context, self.context.view
        height = context.queue.size.height or context.screen.app.size.height
        if view.fresh:  # what is typed is answered by two screens; the rest follows when the keys rest
            self._reach = height * 2 if view.filter_text else HEAD
        return Wish(
            view=view.name,
            filter_text=view.filter_text,
            sort=view.sort,
            limit=None if view.to_end else self._reach if self.settled else height,
            rows=() if view.fresh else context.queue.wanted(),
            first_rows=height * 2,
            thread=self.reader.cid,
            whole=view.whole,
            person=self.reader.cid if self.panes.person_shown else None,
            figures=self._want_figures,
            offers=view.typing and context.place == "filter",
        )

    # -- showing -----------------------------------------------------------------------------------------

    def _show(self, taken: Picture) -> None:
        context, wish = self.context, taken.wish
        if taken.figures is not None:
            self._show_figures(taken.figures)
        if (wish.view, wish.filter_text, wish.sort) == context.view.wanted:
            context.queue.set_rows(taken.rows)
            self._show_filter(taken)
            self._show_order(taken)
        if wish.thread is not None and wish.thread == self.reader.cid:
            self.reader.show(taken.open)
            if taken.person is not None:
                self.reader.show_person(taken.person)
        if not context.queue.order:
            context.queue.say_when_empty(self._why_empty())
        context.bars.show()
        if context.queue.missing():
            self.read_ahead()

    def _show_figures(self, figures: Figures) -> None:
        context = self.context
        context.figures = figures
        context.part(due_notice.DueNotice).show(figures.urgent)
        if figures.surges:
            context.part(surge_notice.SurgeNotice).show(figures.surges)
        context.part(outcomes.Outcomes).show(figures.outbox)
        if context.inbox.demo:
            context.part(teaching.Teaching).watch_outbox(figures.outbox)

    def _show_order(self, taken: Picture) -> None:
        """Keep the cursor where it is, unless the list is another one, or somebody wanted it elsewhere."""
        context, view, order = self.context, self.context.view, taken.order
        if order is None:
            return
        queue = context.queue
        at_queue = self.panes.commanding and context.place == "queue"
        queue.growing = at_queue and any(account.first_reading for account in context.health)
        queue.set_order(order, keep=not view.fresh, leaving=view.leaving, whole=not taken.more)
        queue.cut = taken.more
        if view.ordered(order, all_known=taken.wish.limit is None):
            self._reach = len(order) + HEAD
            queue.go(len(order) - 1)
        if view.select_next is not None and queue.select(view.select_next):
            view.selected()

    def _why_empty(self) -> tuple[str, ...]:
        context, inbox = self.context, self.context.inbox
        return empty_queue.empty_queue(
            context.view.name,
            zone=inbox.zone,
            accounts=context.health if context.figures is not None else None,
            can_sign_in=inbox.signing is not None,
            problem=context.problem,
            filtered=bool(context.view.filter_text),
            keymap=inbox.keymap,
        )

    def _show_filter(self, taken: Picture) -> None:
        """What may follow while it is typed; else why it cannot be understood, and where."""
        context = self.context
        context.problem = taken.problem and said(taken.problem)
        context.view.offers = taken.offers
        offered = filter_offers(taken.offers, context.screen.size.width)
        line = offered or context.problem
        if line != self._about_filter:
            self._about_filter = line
            context.say(line or "", "text" if offered else "soon")
        field = next((field for field, place in context.places.items() if place == "filter"), None)
        if field is not None:
            cast("FilterInput", field).mark(None if offered else taken.mistake)

    # -- further down the list ---------------------------------------------------------------------------

    def read_ahead(self) -> None:
        """Read the rows that the window of the queue lacks, and more of the order where it comes near its end."""
        queue = self.context.queue
        if queue.short and len(queue.order) >= self._reach:
            self._reach += HEAD
            self.renew(figures=False)
        if not self._reading_ahead:
            self._reading_ahead = True
            self.context.run(self._rows(), group="rows")

    async def _rows(self) -> None:
        queue = self.context.queue
        try:
            while missing := queue.missing():
                rows = await self.context.ask(lambda desk, ids=missing: desk.queue.rows(ids, queue.hits))  # type: ignore[misc]
                queue.set_rows(rows)
                if not rows:
                    return
        finally:
            self._reading_ahead = False
