"""The panes, what they show, and keeping them true while the world goes on.

The screen asks the desk for one `Picture` at a time, and again when something was written; it never waits for
the store.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.widget import Widget

from inbox.domain.filter import FilterError
from inbox.domain.model import Conversation
from inbox.domain.outbox import Forbidden
from inbox.engine.desk.errors import NotAllowed, NothingToUndo, Unknown
from inbox.errors import Conflict, StoreError, Unreadable
from inbox.ports import platform as platform_ports
from inbox.ui import picture
from inbox.ui.commands.availability import Situation
from inbox.ui.commands.bindings import bindings
from inbox.ui.main.bars import Bars
from inbox.ui.main.groups import Groups
from inbox.ui.main.refresh_clock import Pulse
from inbox.ui.picture import Figures, Open, Picture, Wish
from inbox.ui.terminal.painting import Pane
from inbox.ui.widgets.lines import Lines
from inbox.ui.widgets.person import PersonPanel
from inbox.ui.widgets.queue import Queue
from inbox.ui.widgets.thread import ThreadView
from inbox.wording import safe_text
from inbox.wording.language import said

if TYPE_CHECKING:
    from textual.widgets import Input
    from textual.worker import Worker

    from inbox.engine.desk.desk import Desk
    from inbox.engine.desk.people import PersonFile
    from inbox.engine.health import AccountHealth
    from inbox.ui.app import InboxApp
    from inbox.ui.widgets.composer import Composer, Writing

T = TypeVar("T")

SIDE_BY_SIDE = 120
"""Columns from which list and thread stand side by side; below, one of them has the screen."""
THREE_PANES = 140
"""Columns from which the person stands beside them too; below, `i` shows it in the thread's place."""
FIRST_WAIT = 0.1
"""Seconds the first frame may wait for its rows; a store that is being mended takes longer."""
FOLLOW_AFTER = 0.16
"""Seconds the cursor rests on a conversation before the reader beside the list shows it: who walks down the list
pays for the cursor alone (600 bytes a key instead of 11,000). Longer than from one key to the next."""
HEAD = 500
"""Conversations of a view that are asked for at first, and as many more whenever the window comes near their end."""
EXPECTED = (NotAllowed, NothingToUndo, Unknown, Conflict, StoreError, FilterError, Forbidden)
"""What a use case may answer instead of doing it; the text is for the agent."""


class Live(Groups):
    BINDINGS = bindings("anywhere", "triage")
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.view = "waiting"
        self.filter_text = ""
        self.sort = "deadline"
        self.figures: Figures | None = None
        self.thread_id: str | None = None
        """The conversation the reader shows."""
        self.leaving: set[str] = set()
        """Conversations the agent has sent away: the cursor need not wait for them."""
        self.select_next: str | None = None
        """Select this one once it is in the order."""
        self.repeatable = False
        self.whole = False
        """The reader shows the public thread around the conversation too."""
        self.composer: Composer | None = None
        """Where a reply or a note is written, once something was."""
        self.within: Input | None = None
        """The field for finding in the open conversation, once somebody looked for something."""
        self._seen: dict[str, int] = {}
        self._settled = False
        """The first frame stands: more may be read than its rows."""
        self._reach = HEAD
        self.to_end = False
        """Go to the last conversation of the view once all of them are known."""
        self.fresh = True
        """The next order belongs to another view: begin at its top."""
        self._wanted = False
        self._want_figures = False
        self._renewing = self._reading = self._reading_ahead = False
        self._following: asyncio.TimerHandle | None = None
        self.pulse = Pulse(self)
        self.problem: str | None = None
        self.places: dict[Widget | None, str] = {}
        """What stands on the screen and has keys of its own; the queue has them everywhere else."""

    # -- parts -------------------------------------------------------------------------------------------

    @property
    def inbox(self) -> InboxApp:
        return cast("InboxApp", self.app)

    def compose(self) -> ComposeResult:
        agent, zone = self.inbox.agent, self.inbox.zone
        self.bars = Bars(self)
        self.queue = Queue(agent=agent, zone=zone, id="queue")
        self.thread = ThreadView(zone=zone, id="thread")
        self.person = PersonPanel(zone=zone, id="person")
        self.places |= {self.thread: "reader", self.person: "person"}
        yield self.bars.header
        yield self.bars.tabs
        with Pane(id="panes"):
            with Pane(id="list"):
                yield self.queue
            with Pane(id="reader"):
                yield self.bars.title
                yield self.bars.subtitle
                yield self.thread
            yield self.person
        yield self.bars.status
        yield self.bars.keys

    def on_mount(self) -> None:
        self.set_focus(self.queue)
        if self.inbox.demo:
            self.teaching.begin_tutorial()
        self.show_now()
        self._first_rows()
        self.call_after_refresh(self._begin)

    def _first_rows(self) -> None:
        """Rows that are there within a moment belong into the first frame: to paint one without takes longer."""
        wish = self._wish()
        asked = self.inbox.session.call(lambda desk: picture.take(desk, wish))
        try:
            self._show(asked.result(FIRST_WAIT))
        except (TimeoutError, *EXPECTED):  # the next picture tells why, or comes later
            return

    def _begin(self) -> None:
        """After the first frame: now heavy things may start."""
        if not gc.isenabled():  # for the start (`cli.screen`)
            gc.freeze()  # what stands now stays: no collection needs to walk through it
            gc.enable()
        self._settled = True
        self.inbox.read_later_styles()
        self._fit()
        self.inbox.session.start()
        self.renew()
        self.run(self._tell_notice())
        if not self.inbox.demo:
            self.run(self.teaching.recall())
        self.pulse.begin()

    async def _tell_notice(self) -> None:
        """What the agent must know of the store, such as a backup that was restored; and the service hours in force."""
        try:
            notice, self.inbox.hours = await self.ask(lambda desk: (desk.notice, desk.timers.hours))
        except Unreadable:  # asked about on the plain terminal: there is nothing to show here
            self.inbox.exit(return_code=1)
            return
        self.show_now()
        if notice:
            self.say(said(notice), "soon")

    # -- asking the desk ---------------------------------------------------------------------------------

    async def ask(self, use_case: Callable[[Desk], T]) -> T:
        return await asyncio.wrap_future(self.inbox.session.call(use_case))

    def run(self, work: Coroutine[Any, Any, None], group: str = "command") -> None:
        """Do something that asks the desk; what it may not do is told in the status line."""
        worker: Worker[None] = self.run_worker(cast("Any", partial(self._telling, work)), group=group)
        if worker._task is not None:
            worker._task.add_done_callback(lambda _: work.close())  # one that ended before it began

    async def _telling(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except EXPECTED as error:
            self.say(said(str(error)), "soon")

    # -- keeping the picture true ------------------------------------------------------------------------

    def renew(self, *, figures: bool = True) -> None:
        """Ask for a new picture; requests while one is under way become one."""
        self._wanted = True
        self._want_figures = self._want_figures or figures
        if not self._renewing:
            self._renewing = True
            self.run(self._renew(), group="renew")

    async def _renew(self) -> None:
        try:
            while self._wanted:
                wish = self._wish()
                self._wanted = self._want_figures = False
                began = time.monotonic()
                taken = await self.ask(lambda desk, wish=wish: picture.take(desk, wish))  # type: ignore[misc]
                self.pulse.has_read(time.monotonic() - began, figures=wish.figures)
                self._show(taken)
        finally:
            self._renewing = False

    def _wish(self) -> Wish:
        height = self.queue.size.height or self.app.size.height
        if self.fresh:  # what is typed is answered by two screens; the rest follows when the keys rest
            self._reach = height * 2 if self.filter_text else HEAD
        return Wish(
            view=self.view,
            filter_text=self.filter_text,
            sort=self.sort,
            limit=None if self.to_end else self._reach if self._settled else height,
            rows=() if self.fresh else self.queue.wanted(),
            first_rows=height * 2,
            thread=self.thread_id,
            whole=self.whole,
            person=self.thread_id if self.person_shown else None,
            figures=self._want_figures,
        )

    def _show(self, taken: Picture) -> None:
        wish = taken.wish
        if taken.figures is not None:
            self.figures = taken.figures
            self.due.tell(taken.figures.urgent)
            if self.inbox.demo:
                self.teaching.watch_outbox(taken.figures.outbox)
        if (wish.view, wish.filter_text, wish.sort) == (self.view, self.filter_text, self.sort):
            self.queue.set_rows(taken.rows)
            self._tell_problem(taken.problem and said(taken.problem))
            if taken.order is not None:
                at_queue = self.commanding and self.place == "queue"
                self.queue.growing = at_queue and any(account.first_reading for account in self.health)
                self.queue.set_order(taken.order, keep=not self.fresh, leaving=self.leaving)
                self.fresh = False
                self.queue.cut = taken.more
                if self.to_end and wish.limit is None:
                    self.to_end, self._reach = False, len(taken.order) + HEAD
                    self.queue.go(len(taken.order) - 1)
                if self.leaving:
                    self.leaving &= set(taken.order)
                self._select_wanted()
        if wish.thread is not None and wish.thread == self.thread_id:
            self.show_thread(taken.open)
            if taken.person is not None:
                self._show_person(taken.person)
        if not self.queue.order:
            from inbox.ui.text.empty_queue import empty_queue  # rarely

            self.queue.say_when_empty(empty_queue(self))
        self.bars.show()
        if self.queue.missing():
            self.read_ahead()

    def _select_wanted(self) -> None:
        if self.select_next is not None and self.queue.select(self.select_next):
            self.select_next = None

    def _tell_problem(self, problem: str | None) -> None:
        if problem != self.problem:
            self.problem = problem
            self.say(problem or "", "soon")

    @on(Queue.RowsWanted)
    def read_ahead(self) -> None:
        if self.queue.short and len(self.queue.order) >= self._reach:
            self._reach += HEAD
            self.renew(figures=False)
        if not self._reading_ahead:
            self._reading_ahead = True
            self.run(self._rows(), group="rows")

    async def _rows(self) -> None:
        try:
            while missing := self.queue.missing():
                rows = await self.ask(lambda desk, ids=missing: desk.rows(ids, self.queue.hits))  # type: ignore[misc]
                self.queue.set_rows(rows)
                if not rows:
                    return
        finally:
            self._reading_ahead = False

    # -- the clock ---------------------------------------------------------------------------------------

    def show_now(self) -> None:
        """What reads another way than a second ago."""
        self.now = self.inbox.session.clock.now()
        self.opens_at = self.inbox.hours.resumes_at(self.now)
        self.queue.tick(self.now, self.opens_at)
        self.thread.tick(self.now)
        self.bars.show_times()

    # -- bars --------------------------------------------------------------------------------------------

    def say(self, words: str, tone: str = "text") -> None:
        """One line at the foot of the screen; it stays until something else is to be said."""
        self.bars.say(words, tone)

    @property
    def said(self) -> str:
        return self.bars.message[0]

    # -- where the agent is ------------------------------------------------------------------------------

    @property
    def side_by_side(self) -> bool:
        return self.app.size.width >= SIDE_BY_SIDE

    @property
    def three_panes(self) -> bool:
        return self.app.size.width >= THREE_PANES

    @property
    def place(self) -> str:
        return self.places.get(self.focused, "queue")

    @property
    def person_shown(self) -> bool:
        return self.three_panes or self.has_class("person")

    @property
    def reading(self) -> bool:
        """The agent is in the reader (or beside it), so commands mean the open conversation alone."""
        return self.place in ("reader", "within", "person", "composer")

    @property
    def commanding(self) -> bool:
        """Every key is a command: no window is open, nothing is typed. A screen behind an open window is current too, as
        Textual says it (`Screen.is_current`)."""
        return self.is_current and self.app.screen is self and isinstance(self.focused, Lines)

    @property
    def finding(self) -> bool:
        """Something is looked for in the open conversation."""
        return self.within is not None and self.within.display and bool(self.within.value.strip())

    @property
    def health(self) -> Sequence[AccountHealth]:
        """How the accounts do."""
        return self.figures.accounts if self.figures else ()

    @property
    def writing(self) -> Writing | None:
        return self.composer.writing if self.composer is not None else None

    def keep_words(self) -> None:
        """Hand over what is written and not on disk yet. On the way out, and in a crash."""
        if self.writing is not None:
            self.write.keep_words()

    @property
    def current(self) -> Conversation | None:
        """What a command on one conversation means."""
        if self.reading:
            opened = self.thread.open
            if opened and opened.thread.conversation.id == self.thread_id:
                return opened.thread.conversation
        cid = self.thread_id if self.reading else self.queue.selected
        row = self.queue.row(cid) if cid else None
        return row.conversation if row else None

    @property
    def targets(self) -> list[str]:
        """What a decision means: the open conversation while reading, else the marked ones, else the cursor's."""
        if self.reading:
            return [self.thread_id] if self.thread_id else []
        return self.queue.targets

    def situation(self) -> Situation:
        opened = self.opened
        texts = [m.text for m in opened.thread.messages] if opened else []
        return Situation(
            place=self.place,
            conversation=self.current,
            marked=0 if self.reading else len(self.queue.marks),
            way=opened.thread.way if opened else None,
            private_way=opened.private_way if opened else None,
            repeatable=self.repeatable,
            linked=bool(self.addresses()),
            deeds=opened.deeds if opened else None,
            hidden=safe_text.hidden_in(texts),
            too_long=self.composer is not None and self.composer.too_long,
            other_way=self.composer.other_way if self.composer is not None else None,
        )

    @property
    def opened(self) -> Open | None:
        """The thread of the current conversation, where it has been read."""
        opened, current = self.thread.open, self.current
        if opened and current and opened.thread.conversation.id == current.id:
            return opened
        return None

    def addresses(self) -> list[str]:
        current, opened = self.current, self.opened
        found = [current.url] if current and current.url else []
        if self.place == "person" and self.person.file and self.person.file.profile:
            found.insert(0, self.person.file.profile)
        if opened is not None:
            for m in reversed(opened.thread.messages):
                found += [m.url] if m.url else []
                found += [a.url for a in m.attachments if a.url]
        return list(dict.fromkeys(found))

    # -- panes -------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        if self._settled:
            self._fit()

    def _fit(self) -> None:
        """What the size of the terminal decides."""
        self.set_panes()
        self._show_place()
        self._follow()
        self.bars.show()

    def set_panes(self, *, update: bool = True) -> None:
        """Which panes the width leaves room for. `update`: style them for it."""
        self.set_class(self.side_by_side, "wide", update=update)
        self.set_class(self.three_panes, "three", update=update)
        self.set_class(not self.side_by_side, "one", update=update)

    def _show_place(self) -> None:
        """Which pane has the screen. Where all of them have, a class would restyle each for nothing."""
        self.queue.moved = self.queue.moved or self.reading
        if not self.side_by_side:
            self.set_class(self.reading, "reading")
        if not self.three_panes:
            self.set_class(self.place == "person", "person")

    def watch_focused(self, focused: Widget | None) -> None:
        """At once, so that all of it is one frame."""
        if focused is not None:
            self._show_place()
            self.bars.show_title()
            self.bars.show_keys()
            if self.writing is not None and self.place in ("queue", "filter"):
                self.write.put_aside()
            if self.bars.hint:
                self.bars.show_status()

    @on(Queue.Selected)
    def _selected(self, message: Queue.Selected) -> None:
        message.stop()
        left = self.writing is not None and message.conversation != self.writing.conversation
        if left and self.place != "composer":  # by the mouse
            self.write.put_aside()
        self._follow_soon()
        self.bars.follow_cursor()

    def _follow_soon(self) -> None:
        if self._following is not None:
            self._following.cancel()
        self._following = asyncio.get_running_loop().call_later(FOLLOW_AFTER, self._follow)

    def _follow(self) -> None:
        """Beside the list the reader shows what is under the cursor."""
        self._following = None
        if (
            self.is_running
            and self.side_by_side
            and not self.reading
            and self.queue.selected != self.thread_id
        ):
            self.read(self.queue.selected)

    def read(self, cid: str | None) -> None:
        """Show a conversation in the reader."""
        if self.thread.open is not None and cid != self.thread_id:
            last = self.thread.open.thread.conversation
            self._seen[last.id] = last.last_seq
        if cid != self.thread_id:
            self.whole = False
            if self.within is not None:
                self.find.stop()
        self.thread_id = cid
        if cid is None:
            self.thread.show(None, self.now)
            self.person.show(None, self.now)
            self.bars.show_title()
        elif not self._reading:
            self._reading = True
            self.run(self._read(), group="read")

    async def _read(self) -> None:
        try:
            while (cid := self.thread_id) is not None:
                opened, person = await self.ask(lambda desk, cid=cid: _open(desk, cid, self.person_shown))  # type: ignore[misc]
                if cid == self.thread_id:
                    if self._passed(cid):
                        return
                    self.show_thread(opened)
                    self._show_person(person)
                    self.bars.show()
                    return
        finally:
            self._reading = False

    def _passed(self, cid: str) -> bool:
        """The cursor went on while this conversation was read: the next key's frame need not wait for it."""
        if not self.side_by_side or self.reading or self.queue.selected == cid:
            return False
        self.thread_id = self.thread.open.thread.conversation.id if self.thread.open else None
        self._follow_soon()
        return True

    def _show_person(self, file: PersonFile | None) -> None:
        """What is known at once; who else it may be is looked up after it."""
        self.person.show(file, self.now)
        if file is not None and self.thread_id is not None and self.person.unasked:
            self.person.unasked = False
            self.run(self._likely(self.thread_id), group="likely")

    async def _likely(self, cid: str) -> None:
        likely = await self.ask(lambda desk: desk.likely(cid))
        if cid == self.thread_id:
            self.person.suggest(likely)

    def show_thread(self, opened: Open | None) -> None:
        shown_now = self.thread.open.thread.conversation.id if self.thread.open else None
        if opened is None:
            self.thread.show(None, self.now)
        elif opened.thread.conversation.id == shown_now:
            self.thread.renew(opened, self.now)
        else:
            cid = opened.thread.conversation.id
            self.thread.show(opened, self.now, seen=self._seen.get(cid))
        if opened is not None and self.writing is not None:
            self.write.follow(opened.thread.conversation)

    def open(self, cid: str) -> None:
        """Go into a conversation. The customer may see that it was seen: not where only the cursor passes."""
        self.queue.select(cid)
        if cid != self.thread_id:
            self.read(cid)
        if not self.side_by_side:
            self.add_class("reading")
        self.set_focus(self.thread)
        self.inbox.session.show_presence(cid, platform_ports.Presence.SEEN)
        self.happened("opened")

    def happened(self, event: str) -> None:
        """What the tutorial of the demo follows: a `Lesson` is done by it."""
        if self.inbox.demo:
            self.teaching.happened(event)


def _open(desk: Desk, cid: str, with_person: bool):  # type: ignore[no-untyped-def]
    return picture.read(desk, cid), (desk.person(cid) if with_person else None)
