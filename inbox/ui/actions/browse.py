"""Moving: among conversations, in the reader, between the panes, and from view to view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.ui.actions.find import Find
from inbox.ui.actions.people import People
from inbox.ui.actions.teaching import Teaching
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context
    from inbox.ui.widgets.person import Target


class Browse:
    """Moving through queue, thread and panel, and changing the view."""

    def __init__(self, context: Context) -> None:
        self.context = context

    # -- in the queue ------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        """Move the cursor of the queue by rows."""
        self.context.queue.move(steps)

    def page(self, direction: int) -> None:
        """Move the cursor of the queue by half a page; -1: up."""
        self.context.queue.page(direction)

    def edge(self, which: str) -> None:
        """Go to the `first` or the `last` conversation of the whole view."""
        queue = self.context.queue
        if which == "last" and queue.cut:
            self.context.view.go_to_end()
            self.context.renew(figures=False)
        else:
            queue.go(0 if which == "first" else len(queue.order) - 1)

    def jump(self) -> None:
        """Put a letter beside each visible row; the next key goes to one."""
        self.context.queue.jump()
        self.context.say(tr("Type the letter beside the conversation; any other key ends it."))

    def open(self) -> None:
        """Open the conversation under the cursor, in the queue or in the panel of a person."""
        if self.context.place == "person":
            self.open_from_person(self.context.person.cursor)
        elif self.context.queue.selected:
            self.context.reader.open(self.context.queue.selected)

    # -- in the reader and beside it ---------------------------------------------------------------------

    def scroll(self, steps: int) -> None:
        """Scroll the thread by lines, or move the cursor in the panel of a person."""
        if self.context.place == "person":
            self.context.person.move(steps)
            self.context.bars.show_keys()
        else:
            self.context.thread.scroll_lines(self.context.thread.top + steps)

    def scroll_edge(self, which: str) -> None:
        """Scroll to the `first` or the `last` line."""
        pane = self.context.person if self.context.place == "person" else self.context.thread
        pane.scroll_lines(0 if which == "first" else pane.last_top)

    def scroll_page(self, direction: int) -> None:
        """Scroll the thread by half a page; -1: up."""
        self.context.thread.page(direction)

    def step(self, steps: int) -> None:
        """The next or previous conversation, without leaving the reader."""
        queue = self.context.queue
        at = queue.cur
        queue.move(steps)
        if queue.cur == at:
            self.context.say(tr("That was the last one.") if steps > 0 else tr("That was the first one."))
        elif queue.selected:
            self.context.reader.open(queue.selected)

    def next_hit(self, direction: int) -> None:
        """The next hit in this conversation, then the next conversation; without a filter the next that waits."""
        context = self.context
        if context.finding:
            if not context.thread.next_hit(direction):
                context.say(tr("That was the last hit.") if direction > 0 else tr("That was the first hit."))
                return
            context.part(Find).say_hit()
            return
        if context.view.filter_text and context.reading and context.thread.next_hit(direction):
            context.part(Find).say_hit()
            return
        if context.reading:
            self.step(direction)
        else:
            context.queue.move(direction)

    def whole_thread(self) -> None:
        """What others wrote around it, read from the platform as far as its limits allow."""
        context = self.context
        whole = context.view.toggle_whole()
        if whole and context.reader.cid is not None:
            context.inbox.session.read_thread(context.reader.cid)
        context.say(
            tr("The whole public thread; more appears as it is read.")
            if whole
            else tr("This conversation alone.")
        )
        context.renew(figures=False)

    def original(self) -> None:
        """Write out hidden characters of the thread, or show it as usual again."""
        original = self.context.thread.toggle_original()
        self.context.say(
            tr(
                "Every hidden character is written out; {key} goes back.",
                key=self.context.inbox.keymap.key("thread.original"),
            )
            if original
            else ""
        )

    def person(self) -> None:
        """Go into the panel of the person, or back out of it."""
        context, current = self.context, self.context.current
        if context.place == "person":
            self._leave_person()
            return
        if current is not None and current.id != context.reader.cid:
            context.reader.read(current.id)
        context.screen.add_class("person")
        context.screen.set_focus(context.person)
        context.renew(figures=False)

    def _leave_person(self) -> None:
        self.context.screen.remove_class("person")
        self.context.screen.set_focus(self.context.thread)

    def open_from_person(self, target: Target | None) -> None:
        """An earlier conversation is opened; a likely match is joined, which the person line says."""
        context = self.context
        if isinstance(target, str):
            context.reader.open(target)
        elif target is not None and context.reader.cid is not None:
            context.run(context.part(People).join_with(context.reader.cid, target.key))

    # -- back --------------------------------------------------------------------------------------------

    def back(self) -> None:
        """One level back: person, reader, marks, filter, and at last the hint."""
        context, place = self.context, self.context.place
        if place == "person":
            self._leave_person()
        elif place == "within" or (context.finding and place == "reader"):
            context.part(Find).stop()
            context.screen.set_focus(context.thread)
        elif place == "filter":
            context.part(Find).clear()
            context.screen.set_focus(context.queue)
        elif context.reading:
            context.screen.set_focus(context.queue)
            if context.reader.cid:
                context.queue.select(context.reader.cid)
        elif context.queue.marks:
            context.queue.clear_marks()
            context.bars.show_keys()
            context.say("")
        elif context.view.filter_text:
            context.part(Find).clear()
        elif context.bars.message[0] or not context.bars.hint:
            context.say("")
        else:
            context.part(Teaching).send_away()

    # -- views and their order ---------------------------------------------------------------------------

    def view(self, name: str) -> None:
        """Show another view of the queue, from its top."""
        self.context.view.show(name)
        self._begin_again()

    def step_view(self, steps: int) -> None:
        """Change to a view that many tabs further, round the ends."""
        figures = self.context.figures
        names = [view.name for view in figures.views] if figures else ["waiting"]
        at = names.index(self.context.view.name) if self.context.view.name in names else 0
        self.view(names[(at + steps) % len(names)])

    def sort(self) -> None:
        """Sort by the next kind, from the top."""
        how = self.context.view.sort_next()
        self.context.say(tr("Sorted {how}.", how=tr(how)))
        self._begin_again()

    def _begin_again(self) -> None:
        context = self.context
        context.queue.clear_marks()
        context.bars.show()
        context.screen.set_focus(context.queue)
        context.renew(figures=context.figures is None)
