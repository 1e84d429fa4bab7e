"""Moving: among conversations, in the reader, between the panes, and from view to view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.ui import picture
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.main.screen import Main
    from inbox.ui.widgets.person import Target


class Browse:
    def __init__(self, screen: Main) -> None:
        self.screen = screen

    # -- in the queue ------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        self.screen.queue.move(steps)

    def page(self, direction: int) -> None:
        self.screen.queue.page(direction)

    def edge(self, which: str) -> None:
        queue = self.screen.queue
        if which == "last" and queue.cut:
            self.screen.to_end = True
            self.screen.renew(figures=False)
        else:
            queue.go(0 if which == "first" else len(queue.order) - 1)

    def jump(self) -> None:
        self.screen.queue.jump()
        self.screen.say(tr("Type the letter beside the conversation; any other key ends it."))

    def open(self) -> None:
        if self.screen.place == "person":
            self.open_from_person(self.screen.person.cursor)
        elif self.screen.queue.selected:
            self.screen.open(self.screen.queue.selected)

    # -- in the reader and beside it ---------------------------------------------------------------------

    def scroll(self, steps: int) -> None:
        if self.screen.place == "person":
            self.screen.person.move(steps)
        else:
            self.screen.thread.scroll_lines(self.screen.thread.top + steps)

    def scroll_edge(self, which: str) -> None:
        pane = self.screen.person if self.screen.place == "person" else self.screen.thread
        pane.scroll_lines(0 if which == "first" else pane.last_top)

    def scroll_page(self, direction: int) -> None:
        self.screen.thread.page(direction)

    def step(self, steps: int) -> None:
        """The next or previous conversation, without leaving the reader."""
        queue = self.screen.queue
        at = queue.cur
        queue.move(steps)
        if queue.cur == at:
            self.screen.say(tr("That was the last one.") if steps > 0 else tr("That was the first one."))
        elif queue.selected:
            self.screen.open(queue.selected)

    def whole_thread(self) -> None:
        """What others wrote around it, read from the platform as far as its limits allow."""
        screen = self.screen
        screen.whole = not screen.whole
        if screen.whole and screen.thread_id is not None:
            screen.inbox.session.read_thread(screen.thread_id)
        screen.say(
            tr("The whole public thread; more appears as it is read.")
            if screen.whole
            else tr("This conversation alone.")
        )
        screen.renew(figures=False)

    def original(self) -> None:
        original = self.screen.thread.toggle_original()
        self.screen.say(tr("Every hidden character is written out; v goes back.") if original else "")

    def person(self) -> None:
        screen, current = self.screen, self.screen.current
        if screen.place == "person":
            self._leave_person()
            return
        if current is not None and current.id != screen.thread_id:
            screen.read(current.id)
        screen.add_class("person")
        screen.set_focus(screen.person)
        screen.renew(figures=False)

    def _leave_person(self) -> None:
        self.screen.remove_class("person")
        self.screen.set_focus(self.screen.thread)

    def open_from_person(self, target: Target | None) -> None:
        """An earlier conversation is opened; a likely match is joined, which the person line says."""
        screen = self.screen
        if isinstance(target, str):
            screen.open(target)
        elif target is not None and screen.thread_id is not None:
            screen.run(screen.people.join_with(screen.thread_id, target.key))

    # -- back --------------------------------------------------------------------------------------------

    def back(self) -> None:
        """One level back: person, reader, marks, filter, and at last the hint."""
        screen, place = self.screen, self.screen.place
        if place == "person":
            self._leave_person()
        elif place == "within" or (screen.finding and place == "reader"):
            screen.find.stop()
            screen.set_focus(screen.thread)
        elif place == "filter":
            screen.find.clear()
            screen.set_focus(screen.queue)
        elif screen.reading:
            screen.set_focus(screen.queue)
            if screen.thread_id:
                screen.queue.select(screen.thread_id)
        elif screen.queue.marks:
            screen.queue.clear_marks()
            screen.say("")
        elif screen.filter_text:
            screen.find.clear()
        elif screen.said or not screen.bars.hint:
            screen.say("")
        else:
            screen.teaching.send_away()

    # -- views and their order ---------------------------------------------------------------------------

    def view(self, name: str) -> None:
        self.screen.view = name
        self._begin_again()

    def step_view(self, steps: int) -> None:
        figures = self.screen.figures
        names = [view.name for view in figures.views] if figures else ["waiting"]
        at = names.index(self.screen.view) if self.screen.view in names else 0
        self.view(names[(at + steps) % len(names)])

    def sort(self) -> None:
        kinds = list(picture.SORTS)
        self.screen.sort = kinds[(kinds.index(self.screen.sort) + 1) % len(kinds)]
        self.screen.say(tr("Sorted {how}.", how=tr(picture.SORTS[self.screen.sort][0])))
        self._begin_again()

    def _begin_again(self) -> None:
        screen = self.screen
        screen.queue.clear_marks()
        screen.leaving.clear()
        screen.fresh = True
        screen.bars.show()
        screen.set_focus(screen.queue)
        screen.renew(figures=screen.figures is None)
