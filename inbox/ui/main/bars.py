"""The bars above and below the panes: each is shown anew where what it says may have changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.cells import cell_len

from inbox.ui import picture
from inbox.ui.actions import missing_messages
from inbox.ui.commands.table import in_place
from inbox.ui.text import bars, footer, surge_bar
from inbox.ui.text.part import Part
from inbox.ui.widgets.bar import Bar
from inbox.ui.widgets.queue import MARGIN
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.ui.context import Context
    from inbox.ui.widgets.notice import Notice

ROOMY = 100
MESSAGES_KEPT = 100
READ_WITHIN = timedelta(seconds=12)
"""Then what was said gives way to what is wrong."""


class Bars:
    """The bars of the main screen: header, tabs, title of the reader, status line, keys."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.header, self.tabs, self.title, self.status = (
            Bar(id=name) for name in ("header", "tabs", "title", "status")
        )
        self.subtitle, self.keys = (Bar(id=name, whole=True) for name in ("subtitle", "keys"))
        self._trouble: tuple[list[Part], list[Part]] = [], []
        """What is wrong and what to do about it, as long as it is: in the status line while nothing was said just now."""
        self._surge: Bar | None = None
        self._notice: Notice | None = None
        self.message: tuple[str, str] = ("", "text")
        """What was said last, and its tone."""
        self.said: deque[tuple[datetime, str, str]] = deque(maxlen=MESSAGES_KEPT)
        """When what was said in the status line, and its tone; the newest last."""
        self.hint: Sequence[Part] = ()
        """What stands in the status line while nothing is said there and the agent is in the queue."""
        self._extra = ""
        self._said_at: datetime | None = None

    def show(self) -> None:
        """Bring every bar up to date."""
        self.show_times()
        self._show_tabs()
        self.show_keys()

    def show_times(self) -> None:
        """What may read another way a second later."""
        context, inbox, health = self.context, self.context.inbox, self.context.health
        left, right = [Part(" inbox ", "bright")], list[Part]()
        if context.figures is not None:
            width, today = context.screen.size.width, context.figures.today
            left, right = bars.header(today, health, context.now, width=width, demo=inbox.demo)
        if work := inbox.work_in_words():
            right = [Part(f"{work} ", "soon", "accounts.show")]
        self.header.show(left, right)
        key = inbox.keymap.key("account.login") if inbox.signing is not None else None
        self._trouble = bars.problem(health, inbox.session.trouble, context.now, sign_in_key=key)
        if not self._trouble[0] and any(account.gaps for account in health):
            self._trouble = context.part(missing_messages.MissingMessages).line()
        self._show_surge()
        self.show_title()
        self.show_status()

    def _show_surge(self) -> None:
        """Below the header, while one runs."""
        context = self.context
        running = context.figures.surges if context.figures is not None else ()
        if running and self._surge is None:
            self._surge = Bar(id="surge")
            context.screen.mount(self._surge, before=self.tabs)
        if self._surge is not None:
            if running:
                self._surge.show(*surge_bar.surge(running, context.inbox.zone, context.inbox.keymap))
            self._surge.display = bool(running)

    # -- views -------------------------------------------------------------------------------------------

    def follow_cursor(self) -> None:
        """The cursor may have moved the window."""
        if self._extra_now() != self._extra:
            self._show_tabs()

    def _show_tabs(self) -> None:
        context, figures = self.context, self.context.figures
        self._extra = self._extra_now()
        if figures is not None:
            width = context.screen.size.width
            shown = bars.tabs(
                figures.views,
                figures.counts,
                context.view.name,
                width=width,
                extra=self._extra,
                overdue=figures.today.breached,
            )
            self.tabs.show(*shown)

    def _extra_now(self) -> str:
        """How the list differs from the plain view: filtered, sorted, and what stands above the window."""
        context, queue, words = self.context, self.context.queue, []
        if context.view.filter_text and not context.problem:
            words.append(tr("{n} found", n=f"{len(queue.order)}{'+' if queue.cut else ''}"))
        if context.view.sort != "deadline":
            words.append(tr(picture.SORTS[context.view.sort][0]))
        if queue.top and queue.cur <= queue.top + MARGIN:
            words.append(f"▲ {queue.top}")
        return " · ".join(words)

    # -- the open conversation ---------------------------------------------------------------------------

    def show_title(self) -> None:
        """Show whom the open conversation is with, over the reader."""
        context, opened = self.context, self.context.thread.open
        if opened is None:
            self.title.show([])
            self.subtitle.show([])
            return
        c, way, inbox = opened.thread.conversation, opened.thread.way, context.inbox
        self.title.show(*bars.title(c, here=context.place == "reader"))
        self.subtitle.show(*bars.subtitle(c, way, context.now, context.opens_at, inbox.zone, inbox.agent))

    # -- at the foot -------------------------------------------------------------------------------------

    def say(self, words: str, tone: str) -> None:
        """Show a sentence in the status line until the next one. `tone`: a name of the style sheet."""
        self.message = (words, tone)
        if words:
            self.said.append((self.context.now, words, tone))
            self._said_at = self.context.now
        self.show_status()

    def show_status(self) -> None:
        """Draw the status line: the last sentence, and what the outbox holds."""
        context, (words, tone) = self.context, self.message
        left, width = list[Part](), context.screen.size.width
        outbox = context.figures.outbox if context.figures else ()
        right = bars.held(outbox, self._names(), context.now, context.inbox.keymap, roomy=width >= ROOMY)
        line = f" {'! ' if tone in ('soon', 'late') else ''}{safe_text.line(words)}" if words else ""
        room = width - sum(cell_len(part.text) for part in (*left, *right)) - 2
        fits = cell_len(line) <= room
        if self._trouble[0] and (not words or self._is_old):
            self.status.show(self._trouble[0], [*self._trouble[1], *right])
            return
        hint = self.hint if not words and context.place == "queue" else ()
        if hint and sum(cell_len(part.text) for part in hint) <= room:
            left += hint
        if not fits or self._notice is not None:
            self._tell_whole("" if fits else line.strip(), tone)
        self.status.show([*left, Part(line if fits else "", tone)], right)

    @property
    def _is_old(self) -> bool:
        """What was said last has been there long enough to be read."""
        return self._said_at is None or self.context.now - self._said_at >= READ_WITHIN

    def _tell_whole(self, words: str, tone: str) -> None:
        """Above the status line, what is too long for it."""
        if self._notice is None:
            from inbox.ui.widgets.notice import Notice  # most days nothing is

            self._notice = Notice(id="notice")
            self.context.screen.mount(self._notice, before=self.status)
        self._notice.show(words, tone)

    def _names(self) -> dict[str, str]:
        """Whose replies have not left, as far as their rows are known."""
        outbox = self.context.figures.outbox if self.context.figures else ()
        rows = {i.conversation: self.context.queue.row(i.conversation) for i in outbox}
        return {cid: safe_text.person(row.conversation.contact) for cid, row in rows.items() if row}

    def show_keys(self) -> None:
        """Those of the innermost layer: a window, what is typed, the person, the marks, the list."""
        self.keys.show(*self._innermost())

    def _innermost(self) -> footer.Parts:
        context, keymap = self.context, self.context.inbox.keymap
        place, top = context.place, context.screen.app.screen
        if top is not context.screen:
            return footer.window(getattr(top, "keys", ()))
        if place == "composer" and context.writing is not None and context.writing.note:
            return footer.note(keymap)
        if place == "composer":
            situation = context.situation()
            return footer.reply({c.id for c in in_place(place) if c.blocked(situation) is None}, keymap)
        if place == "filter":
            return footer.filtering(offered=bool(context.view.offers), keymap=keymap)
        if place == "within":
            return footer.finding(keymap)
        if place == "person":
            return footer.person(context.person.enter_does, keymap)
        if context.queue.marks and place == "queue":
            return footer.marks(len(context.queue.marks), keymap)
        return bars.keys(in_place(place), keymap)
