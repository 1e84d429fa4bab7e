"""The main screen: what it is composed of, and which part each event goes to.

What commands do is in `ui/actions`, found by `ui/handlers.py`; what they share is `ScreenContext`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.widget import Widget

from inbox.errors import Unreadable
from inbox.ui.actions import browse, find, layout, macro_order, teaching, write
from inbox.ui.commands.bindings import bindings
from inbox.ui.commands.keymap import show
from inbox.ui.main.screen_context import ScreenContext
from inbox.ui.terminal.painting import PaintedScreen, Pane
from inbox.ui.widgets.bar import Bar
from inbox.ui.widgets.person import PersonPanel
from inbox.ui.widgets.queue import Queue
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from textual.widgets import Input

    from inbox.ui.context import Handler
    from inbox.ui.environment import Environment
    from inbox.ui.widgets.composer import Composer


class Main(PaintedScreen):
    """The queue, the reader beside it, the person beside both, and the bars around them."""

    BINDINGS = bindings("anywhere", "triage")
    AUTO_FOCUS = ""

    def __init__(self, inbox: Environment, handler: Callable[[str], Handler]) -> None:
        """`handler`: from the id of a command to the code that does it."""
        super().__init__()
        self.context = ScreenContext(self, inbox, handler)

    def compose(self) -> ComposeResult:
        context, bars = self.context, self.context.bars
        yield bars.header
        yield bars.tabs
        with Pane(id="panes"):
            with Pane(id="list"):
                yield context.queue
            with Pane(id="reader"):
                yield bars.title
                yield bars.subtitle
                yield context.thread
            yield context.person
        yield bars.status
        yield bars.keys

    # -- the start ---------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Put the focus into the queue; start the tutorial in the demo."""
        context = self.context
        self.set_focus(context.queue)
        if context.inbox.demo:
            context.part(teaching.Teaching).begin_tutorial()
        context.clock.show_now()
        context.renewal.show_first_rows()
        self.call_after_refresh(self.begin)

    def begin(self) -> None:
        """Start what is heavy, after the first frame."""
        if not gc.isenabled():  # for the start (`cli.screen`)
            gc.freeze()  # what is there now stays: no collection needs to walk through it
            gc.enable()
        context = self.context
        context.renewal.settled = True
        context.inbox.read_later_styles()
        self._fit()
        context.inbox.session.start()
        context.renew()
        context.run(self.show_notice())
        if not context.inbox.demo:
            context.run(context.part(teaching.Teaching).recall())
        context.run(context.part(layout.Layout).recall())
        if context.inbox.config.macros:
            context.run(context.part(macro_order.MacroOrder).recall())
        context.clock.begin(context.renewal.read_ahead)

    async def show_notice(self) -> None:
        """Say what the agent must know of the store, such as a backup that was restored; take the service hours in force."""
        inbox = self.context.inbox
        try:
            notice, inbox.hours = await self.context.ask(
                lambda desk: (desk.notice, desk.workplace.timers.hours)
            )
        except Unreadable:  # asked about on the plain terminal: there is nothing to show here
            self.app.exit(return_code=1)
            return
        self.context.clock.show_now()
        if notice:
            self.context.say(said(notice), "soon")

    def keep_text(self) -> None:
        """Hand over what is written and not on disk yet. On the way out, and in a crash."""
        if self.context.writing is not None:
            self.context.part(write.Write).keep_words()

    # -- size and focus ----------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Choose the panes that fit into the new size."""
        if self.context.renewal.settled:
            self._fit()

    def _fit(self) -> None:
        """Do what the size of the terminal decides."""
        self.context.panes.style()
        self.context.panes.show_place()
        self.context.reader.follow()
        self.context.bars.show()

    def watch_focused(self, focused: Widget | None) -> None:
        """At once, so that all of it is one frame."""
        if focused is not None:
            context, bars = self.context, self.context.bars
            context.panes.show_place()
            bars.show_title()
            bars.show_keys()
            if context.writing is not None and context.place in ("queue", "filter"):
                context.part(write.Write).put_aside()
            if bars.hint:
                bars.show_status()

    def on_screen_suspend(self) -> None:
        """A window has opened over this screen: the footer is the window's."""
        self.call_later(self.context.bars.show_keys)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The window is closed."""
        if self.context.renewal.settled:
            self.context.bars.show_keys()

    def on_key(self, event: events.Key) -> None:
        """Say of a key that means nothing here where the keys are found: silence looks like a program that hangs."""
        if event.key not in self.active_bindings:
            keymap = self.context.inbox.keymap
            self.context.say(
                tr(
                    "{pressed} does nothing here; {key} shows the keys.",
                    pressed=show(event.key),
                    key=keymap.key("screen.help"),
                )
            )

    # -- commands and what widgets report ----------------------------------------------------------------

    def action_run_command(self, id: str) -> None:
        """Run a command of the table by its id, as a key or a click asks for it."""
        self.context.run_command(id)

    @on(Bar.Pressed)
    def _pressed(self, message: Bar.Pressed) -> None:
        message.stop()
        self.context.run_command(message.command)

    @on(Queue.Selected)
    def _selected(self, message: Queue.Selected) -> None:
        message.stop()
        context, writing = self.context, self.context.writing
        left = writing is not None and message.conversation != writing.conversation
        if left and context.place != "composer":  # by the mouse
            context.part(write.Write).put_aside()
        context.reader.follow_soon()
        context.bars.follow_cursor()

    @on(Queue.RowsWanted)
    def _rows_wanted(self) -> None:
        self.context.renewal.read_ahead()

    @on(Queue.Opened)
    def _opened(self, message: Queue.Opened) -> None:
        message.stop()
        self.context.part(browse.Browse).open()

    @on(Queue.Jumped)
    def _jumped(self, message: Queue.Jumped) -> None:
        message.stop()
        self.context.say("")

    @on(PersonPanel.Opened)
    def _person_opened(self, message: PersonPanel.Opened) -> None:
        message.stop()
        self.context.part(browse.Browse).open_from_person(message.target)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search with every character of the filter or of the search in the thread."""
        event.stop()
        self.context.part(find.Find).typed(event.input)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Leave a search field by Enter."""
        event.stop()
        self.context.part(find.Find).entered(event.input)

    def on_composer_changed(self, message: Composer.Changed) -> None:
        """Save the draft soon after its text has changed."""
        message.stop()
        self.context.part(write.Write).changed(message.writing)
