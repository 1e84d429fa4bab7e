"""The same answer for one person after the other: shown filled in, sent or skipped with one key each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rich.style import Style
from textual import events, on
from textual.app import ComposeResult

from inbox.domain.outbox import Phase
from inbox.domain.records import Record, replace
from inbox.engine.desk.errors import REFUSALS
from inbox.ui.commands.bindings import bindings
from inbox.ui.commands.table import in_place
from inbox.ui.text import bars, walk_page
from inbox.ui.text.part import Part
from inbox.ui.widgets.bar import Bar
from inbox.ui.widgets.composer import ComposerArea
from inbox.ui.windows.dialogs import Page, Window
from inbox.wording import safe_text
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.domain.outbox import OutboxItem
    from inbox.engine.desk.desk import Desk
    from inbox.engine.desk.reply_walk import WalkDraft, WalkStop

T = TypeVar("T")
SAVE_AFTER = 0.3
"""Seconds after the first unsaved key, as in the composer."""
AROUND = 9
"""Lines of the window that are not the page: frame, heading, keys, and blank ones between them."""
WRITING_LINES = 7
"""Lines of the field in which one reply is changed, with the line above it."""


class Walked(Record, kw_only=True):
    """What a walk came to. `walk`: its id at the desk. `sent`: ids of the outbox; `answered`, `skipped`, `left`: ids of conversations; `asked`: how
    many wait for the agent's word; `undone`: it was taken back."""

    walk: str = ""
    sent: Sequence[str] = ()
    answered: Sequence[str] = ()
    skipped: Sequence[str] = ()
    asked: int = 0
    undone: bool = False


class Desks(Protocol):
    """How the window reaches the desk: as `ui.context.Context` does."""

    async def ask(self, use_case: Callable[[Desk], T]) -> T:
        """Run a use case in the desk's thread and return what it returns; raises what it raises."""
        ...

    def run(self, work: Coroutine[Any, Any, None], group: str = "command") -> None:
        """Run work beside the screen; one of a group at a time."""
        ...


class WalkPage(Page):
    """The reply in sight; its tones are those of the bars."""

    def part_style(self, at: int, tone: str) -> Style:
        return self.style(tone)


class ReplyWalkScreen(Window[Walked]):
    """Dismissed with what it came to."""

    BINDINGS = bindings("walk")

    def __init__(self, drafts: Sequence[WalkDraft], desks: Desks) -> None:
        """`drafts`: one for each person, in the order in which they are shown; at least one."""
        super().__init__()
        self.drafts, self.desks = list(drafts), desks
        self.walk = uuid.uuid4().hex
        self.at = 0
        self.stop: WalkStop | None = None
        self.refused = ""
        """Why nothing can be shown of this one, or why it was not sent."""
        self.typed = False
        """The agent changed this text."""
        self.came_to = Walked(walk=self.walk)
        self.page = WalkPage([], id="page")
        self.area = ComposerArea(self._changed)
        self.way = Bar(id="walk-way")
        self._busy = self._loading = self._unsaved = False

    def parts(self) -> ComposeResult:
        yield self.page
        self.way.display = self.area.display = False
        yield self.way
        yield self.area
        yield Bar(id="answers", whole=True)

    def on_mount(self) -> None:
        """Show the keys and look for the first conversation."""
        self._show_keys()
        self.page.focus()
        self._do(self._look())

    # -- looking -----------------------------------------------------------------------------------------

    @property
    def draft(self) -> WalkDraft:
        """Whose turn it is."""
        return self.drafts[self.at]

    @property
    def writing(self) -> bool:
        """Whether this reply is being changed."""
        return self.area.display

    async def _look(self, text: str | None = None, seen_seq: int | None = None) -> None:
        """Read the one whose turn it is, and show it."""
        draft = self.draft
        self.refused = ""
        try:
            self.stop = await self.desks.ask(lambda desk: desk.walk.stop(draft, text=text, seen_seq=seen_seq))
        except REFUSALS as error:
            self.stop, self.refused = None, said(str(error))
        self._show()

    def _show(self) -> None:
        whole = len(self.drafts)
        if self.stop is None:
            self.head(tr("Reply {n} of {whole}", n=self.at + 1, whole=whole), tr("Esc stops"))
        else:
            self.head(walk_page.heading(self.stop, self.at + 1, whole), tr("Esc stops"))
        width = (self.page.size.width or min(100, self.app.size.width * 94 // 100) - 4) - 2
        height = self.app.size.height * 88 // 100 - AROUND - (WRITING_LINES if self.writing else 0)
        lines: list[list[Part]] = []
        if self.stop is not None:
            zone = self.inbox.zone
            lines += walk_page.page(self.stop, zone, width, height, writing=self.writing)
            self.way.show(walk_page.way(self.stop, width))
        if self.refused:
            lines += [[], *([Part(line, "late")] for line in safe_text.wrap(self.refused, width))]
        self.page.top = 0
        self.page.show(lines)
        self._show_keys()

    def _show_keys(self) -> None:
        place = "composer" if self.writing else "walk"
        shown = {"reply.send", "reply.send_resolve", "reply.leave"} if self.writing else None
        commands = [c for c in in_place(place) if shown is None or c.id in shown]
        if not self.writing and (self.stop is None or self.stop.barred):
            skips = {"walk.skip", "walk.change", "walk.undo", "walk.stop"}
            commands = [c for c in commands if c.id in skips]
        self.query_one("#answers", Bar).show(*bars.keys(commands, self.inbox.keymap))

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the texts again for the new width."""
        if self.stop is not None or self.refused:
            self._show()

    # -- what the agent decides --------------------------------------------------------------------------

    @on(Bar.Pressed)
    def _pressed(self, message: Bar.Pressed) -> None:
        message.stop()
        self.action_run_command(message.command)

    def action_run_command(self, id: str) -> None:
        """Do a command of the walk, or of the field in which a reply is changed; others do nothing here."""
        act = self.handlers().get(id)
        if act is not None and not self._busy:
            act()

    def handlers(self) -> Mapping[str, Callable[[], None]]:
        """Return the code behind each command of this window, by its id."""
        return {
            "walk.send": lambda: self._send(resolve=False),
            "walk.send_resolve": lambda: self._send(resolve=True),
            "walk.skip": self._skip,
            "walk.change": self._change,
            "walk.undo": self._take_back,
            "walk.stop": lambda: self._do(self._end()),
            "reply.send": lambda: self._send(resolve=False),
            "reply.send_resolve": lambda: self._send(resolve=True),
            "reply.leave": lambda: self._do(self._stop_writing()),
        }

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """One thing at a time: a key that comes meanwhile was meant for what is seen no more."""
        self._busy = True
        self.desks.run(self._doing(work), group="walk")

    async def _doing(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except REFUSALS as error:
            self.refused = said(str(error))
            self._show()
        finally:
            self._busy = False

    def _send(self, *, resolve: bool) -> None:
        stop = self.stop
        if stop is not None and (self.writing or not stop.barred or (self.typed and stop.open_places)):
            self._do(self._sending(stop, resolve=resolve))
        else:
            self._skip()

    async def _sending(self, stop: WalkStop, *, resolve: bool) -> None:
        typed, draft = self.typed, stop.draft
        if self.writing:  # what was typed since the last look counts
            text, seen = self.area.text, stop.seen_seq
            stop = await self.desks.ask(lambda desk: desk.walk.stop(draft, text=text, seen_seq=seen))
            if stop.barred and not stop.open_places:
                self.stop = stop
                self._show()
                return
        item = await self.desks.ask(
            lambda desk: desk.walk.send(stop, self.walk, typed=typed, resolve=resolve)
        )
        if item is None:  # they wrote again, or somebody answered
            await self._look(stop.text, stop.seen_seq)
            return
        self._unsaved = False
        self._note(item, stop)
        await self._next()

    def _note(self, item: OutboxItem, stop: WalkStop) -> None:
        came = self.came_to
        self.came_to = replace(
            came,
            sent=[*came.sent, item.id],
            answered=[*came.answered, stop.draft.conversation],
            asked=came.asked + (item.phase is Phase.STALE),
        )

    def _skip(self) -> None:
        self._do(self._skipping())

    async def _skipping(self) -> None:
        await self._keep_draft()
        self.came_to = replace(self.came_to, skipped=[*self.came_to.skipped, self.draft.conversation])
        await self._next()

    async def _next(self) -> None:
        self._close_field()
        self.typed = False
        if self.at + 1 == len(self.drafts):
            await self._end(whole=True)
            return
        self.at += 1
        await self._look()

    def _take_back(self) -> None:
        if self.came_to.sent:
            self._do(self._taking_back())
        else:
            self._do(self._end())

    async def _taking_back(self) -> None:
        await self._keep_draft()
        self.dismiss(replace(self.came_to, undone=True))

    async def _end(self, *, whole: bool = False) -> None:
        if not whole:
            await self._keep_draft()
            left = [draft.conversation for draft in self.drafts[self.at :]]
            self.came_to = replace(self.came_to, skipped=[*self.came_to.skipped, *left])
        self.dismiss(self.came_to)

    # -- changing one ------------------------------------------------------------------------------------

    def _change(self) -> None:
        if self.stop is None or not self.stop.way.allowed or (self.stop.barred and not self._mendable()):
            self.app.bell()
            return
        self._loading = True
        self.way.display = self.area.display = True
        self.area.load_text(self.stop.text)
        self.area.move_cursor(self.area.document.end)
        self._loading = False
        self.area.focus()
        self._show()

    def _mendable(self) -> bool:
        """Whether what bars it is the text, and not a reply that is there already."""
        stop = self.stop
        return stop is not None and (
            stop.open_places or not stop.text.strip() or (stop.length is not None and stop.length.over)
        )

    def _changed(self) -> None:
        """A letter more or less: count it in the same frame, save it soon."""
        stop = self.stop
        if stop is None or self._loading or self.area.text == stop.text:
            return
        self.typed = True
        text = self.area.text
        self.stop = replace(stop, text=text)
        if not self._unsaved:
            self._unsaved = True
            self.set_timer(SAVE_AFTER, self._save_soon)

    def _save_soon(self) -> None:
        if self._unsaved and self.writing:
            self.desks.run(self._save_and_count(), group="save")

    async def _save_and_count(self) -> None:
        await self._keep_draft()
        stop, text = self.stop, self.area.text
        if stop is None or not self.writing:
            return
        looked = await self.desks.ask(
            lambda desk: desk.walk.stop(stop.draft, text=text, seen_seq=stop.seen_seq)
        )
        if self.writing and self.area.text == text and self.stop is stop:
            self.stop = looked
            self._show()

    async def _keep_draft(self) -> None:
        """On disk, as every word that was typed."""
        stop, text = self.stop, self.area.text
        if not self._unsaved or stop is None:
            return
        self._unsaved = False
        draft, private, seen = stop.draft, stop.private, stop.seen_seq
        await self.desks.ask(
            lambda desk: desk.drafts.save(draft.conversation, text, private=private, seen_seq=seen)
        )

    async def _stop_writing(self) -> None:
        """Back to the keys of the walk, with the text as it is now."""
        await self._keep_draft()
        text, stop = self.area.text, self.stop
        self._close_field()
        if stop is not None:
            await self._look(text, stop.seen_seq)

    def _close_field(self) -> None:
        self.way.display = self.area.display = False
        self.page.focus()
