"""Telling once that a surge has begun, or has turned red: in the status line, and by the bell or a desktop notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.ui.main.due_notice import DueNotices
from inbox.ui.terminal.notice import send_to_terminal, terminal_notice
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.domain.listening.surge_log import Logged
    from inbox.ui.context import Context

FRESH = 20 * 60.0
"""Seconds for which it is news."""


class SurgeNotice:
    """Tells of surges that are news, each once yellow and once red, as `[insight] notify` wants it."""

    def __init__(self, context: Context) -> None:
        self.context = context
        inbox = context.inbox
        self.wanted = inbox.config.insight.notify
        self._notices = DueNotices(inbox.config.screen, inbox.agent, inbox.zone)
        self._told: set[tuple[str, bool, int, str]] = set()

    def show(self, running: Sequence[Logged]) -> None:
        """Tell of what began or turned red since the last call. Red rings in quiet hours, too: it burns."""
        for one in running:
            told = (*one.name, one.surge.tier)
            if told in self._told or not self._is_news(one, self.context.now):
                continue
            self._told.add(told)
            self._tell(one)

    def _is_news(self, one: Logged, now: datetime) -> bool:
        surge, red = one.surge, one.surge.tier == "red"
        if self.wanted == "off" or one.acknowledged_by is not None or surge.at is None:
            return False
        if not red and self.wanted != "all":
            return False
        since = max(surge.at, surge.red_at or 0.0) if red else surge.at
        return now.timestamp() - since <= FRESH

    def _tell(self, one: Logged) -> None:
        from inbox.wording.surges import header_line

        context, red = self.context, one.surge.tier == "red"
        context.say(header_line(one, context.inbox.zone), "late" if red else "soon")
        if self._notices.how == "off" or (not red and self._notices.quiet(context.now)):
            return
        app = context.screen.app
        if self._notices.how == "bell":
            app.bell()
        else:
            send_to_terminal(app, terminal_notice(tr("inbox: Many people write about one thing")))
