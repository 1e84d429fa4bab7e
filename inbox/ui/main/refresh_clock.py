"""When the screen looks again: on every second of the wall clock, and meanwhile for what others wrote.

One tick a second turns all timers together. It lets keys go first, so that no key shares its frame; and only what was
written, or ends by itself, is read anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from inbox.errors import StoreError
from inbox.ui.main import due_notice
from inbox.wording.language import said

if TYPE_CHECKING:
    from inbox.ui.context import Context
    from inbox.ui.main.bars import Bars

KEYS_REST = 0.1
"""Seconds after a key in which no tick comes."""
TICK_WAITS = 0.4
"""Seconds for which a tick lets keys go before it."""
TYPED_ON = 0.5
"""Seconds after a key in which another is likely: nobody reads on to below what is seen."""
LOOK_RARELY = 0.5
"""Seconds between two looks for changes while nothing happens."""
LOOK_EVERY = 0.22
"""Seconds between two looks for changes."""
READ_AFTER = 300
"""Ticks after which the picture is read anew even if nobody wrote and nothing is said to have ended by itself."""
READ_SHARE = 700
"""Of a core reading it because something ends by itself (a snooze, a window) may take at most the 700th part."""


class RefreshClock:
    """Turns all timers of the screen once a second, and looks for changes meanwhile."""

    def __init__(self, context: Context, bars: Bars) -> None:
        self.context = context
        self.bars = bars
        self._read_ahead: Callable[[], None] = lambda: None
        self.pressed_at = 0.0
        """When the latest key came, by the monotonic clock."""
        self.ticks = 0
        self.rests_until = 0
        """The tick until which what ends by itself waits to be shown."""
        self._look_after = LOOK_EVERY
        self._figures_due = False
        self._figures_not_before = 0.0

    def begin(self, read_ahead: Callable[[], None]) -> None:
        """Start. `read_ahead` reads on below what is seen, while nothing is typed."""
        self._read_ahead = read_ahead
        self.context.screen.run_worker(self._watch(), group="watch")
        self.context.run(self.context.part(due_notice.DueNotice).show_named(), group="named")
        self.context.screen.set_timer(_to_next_second(), self.on_second)

    def has_read(self, took: float, figures: bool) -> None:
        """Note that a picture was read in `took` seconds, with the counts or without: what is slow is read less often."""
        self._look_after = max(LOOK_EVERY, 5 * took)
        self.rests_until = self.ticks + round(READ_SHARE * took)
        if figures:
            self._figures_not_before = time.monotonic() + max(0.9, 10 * took)

    async def _watch(self) -> None:
        """Look for what others wrote: the station, another window, the command line."""
        while True:
            await asyncio.sleep(self._look_after)
            if not self.context.inbox.session.stirred():
                self._look_after = LOOK_RARELY
                continue
            try:
                touched = await self.context.ask(lambda desk: desk.queue.changes())
            except StoreError as error:
                self.context.say(said(str(error)), "late")
                continue
            if touched is not None:
                self.context.run(self.context.part(due_notice.DueNotice).show_named(), group="named")
                self.context.renew(figures=time.monotonic() >= self._figures_not_before)
                self._figures_due = True
            else:
                self._look_after = LOOK_RARELY

    def on_second(self, waited: float = 0.0) -> None:
        """On the second; a little later while keys come."""
        keys = self.pressed_at + KEYS_REST - time.monotonic()
        if keys > 0 and waited < TICK_WAITS:
            self.context.screen.set_timer(keys, partial(self.on_second, waited + keys))
        else:
            self.context.screen.set_timer(_to_next_second(), self.on_second)
            self.tick()

    def show_now(self) -> None:
        """Show what reads another way than a second ago."""
        context, inbox = self.context, self.context.inbox
        context.now = inbox.session.clock.now()
        context.opens_at = inbox.hours.resumes_at(context.now)
        context.queue.tick(context.now, context.opens_at)
        context.thread.tick(context.now)
        self.bars.show_times()

    def tick(self) -> None:
        """Timers and countdowns, and a new picture where that is due."""
        context = self.context
        self.ticks += 1
        self.show_now()
        due = self._figures_due and time.monotonic() >= self._figures_not_before
        ended = context.figures is not None and context.now >= context.figures.until
        rested = self.ticks - self.rests_until
        if due or (ended and rested >= 0) or rested >= READ_AFTER:
            self._figures_due = False
            context.renew()
        elif context.queue.short and time.monotonic() - self.pressed_at > TYPED_ON:
            self._read_ahead()


def _to_next_second() -> float:
    return 1.0 - time.time() % 1.0
