"""Telling once that an answer is due soon, or that a colleague asks for the agent: in the status line, and by the
terminal's bell or a desktop notice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from inbox.config.calendar import interval
from inbox.config.screen import Screen
from inbox.domain.model import Conversation
from inbox.domain.sla import TimerState, timer
from inbox.engine.desk import agents
from inbox.ui.terminal.notice import send_to_terminal, terminal_notice
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.agents import Notice
    from inbox.engine.desk.desk import Desk
    from inbox.ui.context import Context


class DueNotice:
    """Says it on the main context, and by the bell or a notice of the desktop."""

    def __init__(self, context: Context) -> None:
        self.context = context
        inbox = context.inbox
        self.notices = DueNotices(inbox.config.screen, inbox.agent, inbox.zone)

    def show(self, urgent: Sequence[Conversation]) -> None:
        """Name what became due since the last call; does nothing while an account is read for the first time."""
        context, notices = self.context, self.notices
        fresh = notices.fresh(urgent, context.now)
        if any(account.first_reading for account in context.health):
            return  # all that waits arrives at once, in no order: that is no news
        if not fresh or notices.how == "off" or notices.quiet(context.now):
            return
        c = fresh[0]
        more = _more(fresh)
        left = words.long(c.due_at - context.now) if c.due_at else ""
        contact = safe_text.person(c.contact)
        context.say(
            tr("{contact}{more}: the answer is due in {left}", contact=contact, more=more, left=left), "soon"
        )
        self._ring(desktop_notice(fresh))

    async def show_named(self) -> None:
        """Say once who gave this agent a conversation, or named them in a note. The line comes whatever the settings
        say about bells: it is work."""
        context, notices = self.context, self.notices
        told = await context.ask(_named)
        if not told:
            return
        (notice, contact), more = told[-1], _more(told)
        by = notice["by"]
        if notice["what"] == "assigned":
            said = tr("{by} gave you {contact}{more}", by=by, contact=contact, more=more)
        else:
            said = tr("{by} names you in a note: {contact}{more}", by=by, contact=contact, more=more)
        context.say(said, "soon")
        if notices.how != "off" and not notices.quiet(context.now):
            self._ring(terminal_notice(tr("inbox: A colleague asks for you")))

    def _ring(self, notice: str) -> None:
        app = self.context.screen.app
        if self.notices.how == "bell":
            app.bell()
        else:
            send_to_terminal(app, notice)


def _more(found: Sequence[object]) -> str:
    return tr(" (and {n} more)", n=len(found) - 1) if len(found) > 1 else ""


def _named(desk: Desk) -> list[tuple[Notice, str]]:
    """The notices that the agent has not seen, oldest first, and with whom each conversation is."""
    return [
        (notice, safe_text.person(head.contact))
        for notice in agents.take_notices(desk.workplace.store, desk.workplace.agent)
        for head in desk.workplace.store.conversations.get_many([notice["conversation"]])
    ]


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


def desktop_notice(due: Sequence[Conversation], env: Mapping[str, str] | None = None) -> str:
    """Write a notice of the desktop as the terminal takes it: OSC 9 (kitty, iTerm2, WezTerm, Windows Terminal, foot).

    Without names: it may be seen on a locked context, and a customer's words never go into an escape sequence.
    """
    many = len(due) > 1
    text = tr("inbox: {n} answers are due soon", n=len(due)) if many else tr("inbox: An answer is due soon")
    return terminal_notice(text, env)
