"""Telling once that an answer is due soon: in the status line, and by the terminal's bell or a desktop notice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from inbox.config import Screen, interval
from inbox.domain.model import Conversation
from inbox.domain.sla import TimerState, timer


class DueNotices:
    """One notice per wait. What is due soon when the program starts is no news: the queue begins with it."""

    def __init__(self, settings: Screen, agent: str, zone: tzinfo) -> None:
        self.agent = agent
        self.zone = zone
        self.how = settings.notify
        self._quiet = [interval(hours) for hours in settings.quiet]
        self._told: set[tuple[str, datetime | None]] | None = None

    def fresh(self, urgent: Iterable[Conversation], now: datetime) -> list[Conversation]:
        """Those that became due soon since the last call and are nobody else's."""
        soon = [
            c
            for c in urgent
            if timer(c, now).state is TimerState.DUE_SOON and c.assignee in (None, self.agent)
        ]
        first, told = self._told is None, self._told or set()
        new = [c for c in soon if (c.id, c.waiting_since) not in told]
        self._told = told | {(c.id, c.waiting_since) for c in new}
        return [] if first else new

    def quiet(self, now: datetime) -> bool:
        """Nobody wants to hear anything at this time of the day."""
        at = now.astimezone(self.zone).time()
        return any(
            (i.opens <= at < i.closes) if i.opens < i.closes else (at >= i.opens or at < i.closes)
            for i in self._quiet
        )


def desktop_notice(due: Sequence[Conversation]) -> str:
    """OSC 9, as kitty, iTerm2, WezTerm, Windows Terminal and others take it. Without names: it may stand on a locked
    screen, and a customer's words never go into an escape sequence."""
    count = "An answer is" if len(due) == 1 else f"{len(due)} answers are"
    return f"\x1b]9;inbox: {count} due soon\x1b\\"
