"""What follows from a changed config: deadlines and automatic texts by the policies now in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain import lifecycle
from inbox.domain.model import Event
from inbox.domain.queue import Scope
from inbox.engine import automatic
from inbox.engine.breaches import noted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.engine.desk.workplace import Workplace


class Upkeep:
    """Brings stored conversations up to date."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def follow_policies(self, earlier_patterns: Sequence[str] = ()) -> None:
        """Recompute what runs after the policies in force changed. `earlier_patterns`: texts that were automatic
        until now."""
        work = self._work
        now = work.clock.now()
        with work.store.transaction():
            work.store.small_things.log(
                Event(conversation="", at=now, what="the timer policies changed", agent=work.agent)
            )
            self.retime_all()
            changed = set(earlier_patterns) ^ set(work.timers.automatic)
            automatic.settle_again(
                work.store, automatic.conversations_fitting(work.store, changed, now), work.timers, now
            )

    def retime_all(self) -> int:
        """Recompute deadlines after the service hours, targets or policies changed. Returns how many moved."""
        work, moved = self._work, 0
        with work.store.transaction():
            for cid in work.store.conversations.order(Scope(waiting=True), now=work.clock.now()):
                old = work.conversation(cid)
                new = noted(work.store, lifecycle.retime(old, work.timers), work.clock.now())
                if new != old:
                    work.store.conversations.put(new)
                    moved += 1
        return moved
