"""Browsing: from a key to what it means, and moving among conversations, views and hits."""

from __future__ import annotations

import inspect

from textual import on
from textual.widgets import Input

from inbox.engine.people import Contact
from inbox.language import said, tr
from inbox.ui import picture, words
from inbox.ui.commands import BY_ID, Command
from inbox.ui.screens.live import Live
from inbox.ui.widgets.bar import Bar
from inbox.ui.widgets.person import PersonPanel, Target
from inbox.ui.widgets.queue import Queue


class Browse(Live):
    # -- commands ----------------------------------------------------------------------------------------

    def action_run_command(self, id: str) -> None:
        command = BY_ID[id]
        reason = command.blocked(self.situation())
        if reason is not None:
            self.say(said(reason), "soon")
        else:
            self._do_command(command)
        if self.hint:
            self.teaching.used(id)

    def _do_command(self, command: Command) -> None:
        group, _, name = command.action.rpartition(".")
        act = getattr(getattr(self, group), name) if group else getattr(self, f"do_{name}")
        result = act() if command.argument is None else act(command.argument)
        if inspect.iscoroutine(result):
            self.run(result)

    @on(Bar.Pressed)
    def _pressed(self, message: Bar.Pressed) -> None:
        message.stop()
        self.action_run_command(message.command)

    @on(Queue.Opened)
    def _opened(self, message: Queue.Opened) -> None:
        message.stop()
        self.do_open_conversation()

    @on(PersonPanel.Opened)
    def _person_opened(self, message: PersonPanel.Opened) -> None:
        message.stop()
        self.open_from_person(message.target)

    # -- moving ------------------------------------------------------------------------------------------

    def do_queue_move(self, steps: int) -> None:
        self.queue.move(steps)

    def do_queue_edge(self, which: str) -> None:
        if which == "last" and self.queue.cut:
            self._to_end = True
            self.renew(figures=False)
        else:
            self.queue.go(0 if which == "first" else len(self.queue.order) - 1)

    def do_jump(self) -> None:
        self.queue.jump()
        self.say(tr("Type the letter beside the conversation; any other key ends it."))

    @on(Queue.Jumped)
    def _jumped(self, message: Queue.Jumped) -> None:
        message.stop()
        self.say("")

    def do_queue_page(self, direction: int) -> None:
        self.queue.page(direction)

    def do_open_conversation(self) -> None:
        if self.place == "person":
            self.open_from_person(self.person.cursor)
        elif self.queue.selected:
            self.open(self.queue.selected)

    def open_from_person(self, target: Target | None) -> None:
        """An earlier conversation is opened; a likely match is joined, which the person line says."""
        if isinstance(target, Contact) and self.thread_id is not None:
            self.run(self.join_person(self.thread_id, target.key))
        elif isinstance(target, str):
            self.open(target)

    async def join_person(self, cid: str, other: str) -> None:
        """Say that two contacts are one human; people have it."""

    def do_reader_move(self, steps: int) -> None:
        if self.place == "person":
            self.person.move(steps)
        else:
            self.thread.scroll_lines(self.thread.top + steps)

    def do_reader_edge(self, which: str) -> None:
        pane = self.person if self.place == "person" else self.thread
        pane.scroll_lines(0 if which == "first" else pane.last_top)

    def do_reader_page(self, direction: int) -> None:
        self.thread.page(direction)

    def do_step(self, steps: int) -> None:
        """The next or previous conversation, without leaving the reader."""
        at = self.queue.cur
        self.queue.move(steps)
        if self.queue.cur == at:
            self.say(tr("That was the last one.") if steps > 0 else tr("That was the first one."))
        elif self.queue.selected:
            self.open(self.queue.selected)

    def do_whole_thread(self) -> None:
        """What others wrote around it, read from the platform as far as its limits allow."""
        self.whole = not self.whole
        if self.whole and self.thread_id is not None:
            self.inbox.session.read_thread(self.thread_id)
        self.say(
            tr("The whole public thread; more appears as it is read.")
            if self.whole
            else tr("This conversation alone.")
        )
        self.renew(figures=False)

    def do_toggle_original(self) -> None:
        original = self.thread.toggle_original()
        self.say(tr("Every hidden character is written out; v goes back.") if original else "")

    def do_toggle_person(self) -> None:
        if self.place == "person":
            self.remove_class("person")
            self.set_focus(self.thread)
            return
        current = self.current
        if current is not None and current.id != self.thread_id:
            self.read(current.id)
        self.add_class("person")
        self.set_focus(self.person)
        self.renew(figures=False)

    def do_back(self) -> None:
        """One level back: person, reader, marks, filter."""
        if self.place == "person":
            self.remove_class("person")
            self.set_focus(self.thread)
        elif self.place == "within" or (self.finding and self.place == "reader"):
            self.stop_finding()
            self.set_focus(self.thread)
        elif self.place == "filter":
            self._set_filter("")
            self.set_focus(self.queue)
        elif self.reading:
            self.set_focus(self.queue)
            if self.thread_id:
                self.queue.select(self.thread_id)
        elif self.queue.marks:
            self.queue.clear_marks()
            self.say("")
        elif self.filter_text:
            self._set_filter("")
        elif self.said or not self.hint:
            self.say("")
        else:  # with nothing to go back from, Esc sends the hint away
            self.teaching.send_away()

    # -- views, filter, sort -----------------------------------------------------------------------------

    def do_show_view(self, name: str) -> None:
        self.view = name
        self._begin_again()

    def do_step_view(self, steps: int) -> None:
        names = [v.name for v in self.figures.views] if self.figures else ["waiting"]
        at = names.index(self.view) if self.view in names else 0
        self.do_show_view(names[(at + steps) % len(names)])

    def do_sort(self) -> None:
        kinds = list(picture.SORTS)
        self.sort = kinds[(kinds.index(self.sort) + 1) % len(kinds)]
        self.say(tr("Sorted {how}.", how=tr(picture.SORTS[self.sort][0])))
        self._begin_again()

    def _begin_again(self) -> None:
        self.queue.clear_marks()
        self.leaving.clear()
        self._fresh = True
        self.show_bars()
        self.set_focus(self.queue)
        self.renew(figures=self.figures is None)

    # -- finding in the open conversation ----------------------------------------------------------------

    async def _find(self) -> None:
        if self.within is None:
            self.within = Input(id="within", compact=True, placeholder=tr("find in this conversation"))
            self.places[self.within] = "within"
            await self.query_one("#reader").mount(self.within, after="#subtitle")
        self.within.display = True
        self.set_focus(self.within)

    @on(Input.Changed, "#within")
    def _finding(self, event: Input.Changed) -> None:
        event.stop()
        found = picture.hits(event.value.strip())
        self.thread.set_hits(found or picture.hits(self.filter_text))
        if found:
            number = self.thread.count_hits()
            self.say(
                tr("{plural}; Enter, then n and N.", plural=words.plural(number, "hit"))
                if number
                else tr("Not here.")
            )

    @on(Input.Submitted, "#within")
    def _found(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_focus(self.thread)
        self.thread.first_hit()

    def stop_finding(self) -> None:
        if self.within is not None and self.within.display:
            self.within.value = ""
            self.within.display = False
            self.say("")

    # -- filter ------------------------------------------------------------------------------------------

    async def do_filter(self) -> None:
        """Of the queue; in an open conversation: what is looked for in it."""
        if self.place in ("reader", "within"):
            await self._find()
            return
        self.filter.display = True
        self.set_focus(self.filter)

    @on(Input.Changed, "#filter")
    def _filtering(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.strip() != self.filter_text:
            self.filter_text = event.value.strip()
            self._fresh = True
            self._set_hits(picture.hits(self.filter_text))
            self.renew(figures=False)

    @on(Input.Submitted, "#filter")
    def _filtered(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_focus(self.queue)  # at once: the next key is meant for it
        if not self.filter_text:
            self.filter.display = False

    def _set_hits(self, hits: tuple[str, ...]) -> None:
        self.thread.set_hits(hits)
        self.queue.hits = hits

    def _set_filter(self, text: str) -> None:
        """Without a filter again the cursor stays on the conversation it found."""
        if not text:
            self.select_next = self.queue.selected
            self.say("")
        self.filter.value = text
        self.filter.display = bool(text)
        self.filter_text = text
        self._set_hits(picture.hits(text))
        self._fresh = True
        self.renew(figures=False)

    def do_next_hit(self, direction: int) -> None:
        """The next hit in this conversation, then the next conversation; without a filter the next that waits."""
        if self.finding:
            if not self.thread.next_hit(direction):
                self.say(tr("That was the last hit.") if direction > 0 else tr("That was the first hit."))
            return
        if self.filter_text and self.reading and self.thread.next_hit(direction):
            return
        if self.reading:
            self.do_step(direction)
        else:
            self.queue.move(direction)
