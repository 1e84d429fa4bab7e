"""What handlers see of the main screen (`ui/context.py` says what each of it means): its state, and its verbs."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from inbox.engine.desk.errors import REFUSALS
from inbox.ui.actions import teaching
from inbox.ui.commands.availability import Situation
from inbox.ui.commands.table import BY_ID
from inbox.ui.main.bars import Bars
from inbox.ui.main.panes import Panes
from inbox.ui.main.reader import Reader
from inbox.ui.main.refresh_clock import RefreshClock
from inbox.ui.main.renewal import Renewal
from inbox.ui.terminal.workers import close_when_done
from inbox.ui.view import View
from inbox.ui.widgets.person import PersonPanel
from inbox.ui.widgets.queue import Queue
from inbox.ui.widgets.thread import ThreadView
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from datetime import datetime

    from textual.screen import Screen
    from textual.widget import Widget
    from textual.widgets import Input
    from textual.worker import Worker

    from inbox.domain.model import Conversation
    from inbox.engine.desk.desk import Desk
    from inbox.engine.health import AccountHealth
    from inbox.ui.context import Context, Handler
    from inbox.ui.environment import Environment
    from inbox.ui.picture import Figures, Open
    from inbox.ui.text.writing import Writing
    from inbox.ui.widgets.composer import Composer
    from inbox.ui.windows.dialogs import Pick, Question

T = TypeVar("T")


class ScreenContext:
    """The main screen's parts, and what commands share."""

    def __init__(self, screen: Screen[None], inbox: Environment, handler: Callable[[str], Handler]) -> None:
        """`handler`: from the id of a command to the code that does it."""
        self.screen = screen
        self.inbox = inbox
        self.view = View()
        self.now = inbox.session.clock.now()
        self.opens_at: datetime | None = None
        self.figures: Figures | None = None
        self.problem: str | None = None
        self.composer: Composer | None = None
        self.within: Input | None = None
        self.queue = Queue(agent=inbox.agent, zone=inbox.zone, id="queue")
        self.thread = ThreadView(zone=inbox.zone, id="thread")
        self.person = PersonPanel(
            zone=inbox.zone,
            opens=inbox.keymap.key("conversation.browser"),
            joins=inbox.keymap.key("person.join"),
            id="person",
        )
        self.places: dict[Widget | None, str] = {self.thread: "reader", self.person: "person"}
        self.bars = Bars(self)
        self.panes = Panes(self)
        self.reader = Reader(self, self.panes)
        self.clock = RefreshClock(self, self.bars)
        self.renewal: Renewal = Renewal(self, self.panes, self.reader, self.clock.has_read)
        self._handler = handler
        self._parts: dict[object, object] = {}

    # -- the desk ----------------------------------------------------------------------------------------

    async def ask(self, use_case: Callable[[Desk], T]) -> T:
        """Run a use case in the desk's thread and return what it returns; raises what it raises."""
        return await asyncio.wrap_future(self.inbox.session.call(use_case))

    def run(self, work: Coroutine[Any, Any, None], group: str = "command") -> None:
        """Run work beside the screen; what goes wrong in it is said in the status line."""
        worker: Worker[None] = self.screen.run_worker(
            cast("Any", partial(self._reporting, work)), group=group
        )
        close_when_done(worker, work)

    async def _reporting(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except REFUSALS as error:
            self.say(said(str(error)), "soon")

    def renew(self, *, figures: bool = True) -> None:
        """Read the picture again. `figures` False: the counts may stay as they are."""
        self.renewal.renew(figures=figures)

    # -- people ------------------------------------------------------------------------------------------

    def say(self, text: str, tone: str = "text") -> None:
        """Show a sentence in the status line."""
        self.bars.say(text, tone)

    def choose(self, pick: Pick[T], then: Callable[[T], None]) -> None:
        """Open a window of choices; `then` gets the choice, and is not called without one."""
        self.screen.app.push_screen(pick, lambda choice: None if choice is None else then(choice))

    def confirm(self, question: Question, then: Callable[[], None]) -> None:
        """Ask a question; `then` is called for yes alone."""
        self.screen.app.push_screen(question, lambda yes: then() if yes else None)

    # -- where the agent is ------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """Return which part has the focus, by its name in the command table."""
        return self.places.get(self.screen.focused, "queue")

    @property
    def reading(self) -> bool:
        """Return whether the agent is in the open conversation and not in the queue."""
        return self.place in ("reader", "within", "person", "composer")

    @property
    def finding(self) -> bool:
        """Return whether a search in the thread is going on."""
        return self.within is not None and self.within.display and bool(self.within.value.strip())

    @property
    def current(self) -> Conversation | None:
        """Return the conversation that commands act on: the open one, or the one under the cursor; None without one."""
        cid = self.reader.cid if self.reading else self.queue.selected
        if self.reading:
            opened = self.thread.open
            if opened and opened.thread.conversation.id == cid:
                return opened.thread.conversation
        row = self.queue.row(cid) if cid else None
        return row.conversation if row else None

    @property
    def opened(self) -> Open | None:
        """Return what is read of the current conversation; None while it is not shown yet."""
        opened, current = self.thread.open, self.current
        if opened and current and opened.thread.conversation.id == current.id:
            return opened
        return None

    @property
    def targets(self) -> list[str]:
        """Return the ids of conversations that a decision is about: the marked ones, else the current one."""
        if self.reading:
            return [self.reader.cid] if self.reader.cid else []
        return self.queue.targets

    @property
    def writing(self) -> Writing | None:
        """Return what is being written; None while nothing is."""
        return self.composer.writing if self.composer is not None else None

    @property
    def health(self) -> Sequence[AccountHealth]:
        """Return how the accounts do, as of the last renewal."""
        return self.figures.accounts if self.figures else ()

    def head(self, cid: str) -> Conversation | None:
        """Return a conversation by its id, if it is shown anywhere."""
        current, row = self.current, self.queue.row(cid)
        if current is not None and current.id == cid:
            return current
        return row.conversation if row else None

    def whom(self, ids: Sequence[str]) -> str:
        """Return in words whom conversations are with: a name, or how many they are."""
        if len(ids) > 1:
            return words.plural(len(ids), "conversation")
        c = self.head(ids[0])
        return safe_text.person(c.contact) if c else tr("1 conversation")

    def addresses(self) -> list[str]:
        """Return the links that can be opened here, the nearest one first."""
        current, opened = self.current, self.opened
        found = [current.url] if current and current.url else []
        if self.place == "person" and self.person.file and self.person.file.profile:
            found.insert(0, self.person.file.profile)
        if opened is not None:
            for m in reversed(opened.thread.messages):
                found += [m.url] if m.url else []
                found += [a.url for a in m.attachments if a.url]
            found += [opened.profile] if opened.profile else []
        return list(dict.fromkeys(found))

    def situation(self) -> Situation:
        """Return what decides which commands are available now."""
        opened, composer = self.opened, self.composer
        texts = [m.text for m in opened.thread.messages] if opened else []
        return Situation(
            place=self.place,
            conversation=self.current,
            marked=0 if self.reading else len(self.queue.marks),
            way=opened.thread.way if opened else None,
            private_way=opened.private_way if opened else None,
            repeatable=self.view.repeatable,
            linked=bool(self.addresses()),
            deeds=opened.deeds if opened else None,
            hidden=safe_text.hidden_in(texts),
            too_long=composer is not None and composer.too_long,
            beside=self.panes.side_by_side,
            other_way=composer.other_way if composer is not None else None,
        )

    def leave_view(self, ids: Sequence[str]) -> None:
        """Take conversations out of the list at once, and select the next one: a decision has ended their stay."""
        following, reading = self.queue.after(ids), self.reading
        self.view.leave(ids)
        if following is not None:
            self.queue.select(following)
        if reading and following is not None:
            self.reader.open(following)
        elif reading:
            self.screen.set_focus(self.queue)

    # -- handlers ----------------------------------------------------------------------------------------

    def part(self, kind: Callable[[Context], T]) -> T:
        """Return the one object of a class of handlers, made at its first use."""
        found = self._parts.get(kind)
        if found is None:
            found = self._parts[kind] = kind(self)
        return cast("T", found)

    def run_command(self, id: str) -> None:
        """Run a command by its id, or say why it is not available."""
        reason = BY_ID[id].blocked(self.situation())
        if reason is not None:
            self.say(said(reason), "soon")
        else:
            result = self._handler(id)(self)
            if inspect.iscoroutine(result):
                self.run(result)
        if self.bars.hint:
            self.part(teaching.Teaching).used(id)

    def happened(self, event: str) -> None:
        """Tell the tutorial of the demo what the agent did."""
        if self.inbox.demo:
            self.part(teaching.Teaching).happened(event)
