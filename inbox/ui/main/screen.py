"""The main screen: from a key, a click or a word typed to the command it means, and what all commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from textual import on

from inbox.domain.model import Conversation
from inbox.ui.commands.table import BY_ID, Command
from inbox.ui.main.panes import Live
from inbox.ui.widgets.bar import Bar
from inbox.ui.widgets.person import PersonPanel
from inbox.ui.widgets.queue import Queue
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from textual.widgets import Input

    from inbox.ui.widgets.composer import Composer
    from inbox.ui.windows.dialogs import Pick, Question

T = TypeVar("T")


class Main(Live):
    # -- commands ----------------------------------------------------------------------------------------

    def action_run_command(self, id: str) -> None:
        command = BY_ID[id]
        reason = command.blocked(self.situation())
        if reason is not None:
            self.say(said(reason), "soon")
        else:
            self._do(command)
        if self.bars.hint:
            self.teaching.used(id)

    def _do(self, command: Command) -> None:
        group, _, name = command.action.partition(".")
        act = getattr(getattr(self, group), name)
        result = act() if command.argument is None else act(command.argument)
        if inspect.iscoroutine(result):
            self.run(result)

    # -- what commands share -----------------------------------------------------------------------------

    def choose(self, pick: Pick[T], then: Callable[[T], None]) -> None:
        """Let the agent choose; nothing happens where the window is left."""
        self.app.push_screen(pick, lambda choice: None if choice is None else then(choice))

    def confirm(self, question: Question, then: Callable[[], None]) -> None:
        """Nothing happens but after a yes."""
        self.app.push_screen(question, lambda yes: then() if yes else None)

    def head(self, cid: str) -> Conversation | None:
        """As far as it is known without asking the desk."""
        current, row = self.current, self.queue.row(cid)
        if current is not None and current.id == cid:
            return current
        return row.conversation if row else None

    def whom(self, ids: Sequence[str]) -> str:
        """Whose conversations these are, in words."""
        if len(ids) > 1:
            return words.plural(len(ids), "conversation")
        c = self.head(ids[0])
        return safe_text.person(c.contact) if c else tr("1 conversation")

    # -- what widgets tell -------------------------------------------------------------------------------

    @on(Bar.Pressed)
    def _pressed(self, message: Bar.Pressed) -> None:
        message.stop()
        self.action_run_command(message.command)

    @on(Queue.Opened)
    def _opened(self, message: Queue.Opened) -> None:
        message.stop()
        self.browse.open()

    @on(Queue.Jumped)
    def _jumped(self, message: Queue.Jumped) -> None:
        message.stop()
        self.say("")

    @on(PersonPanel.Opened)
    def _person_opened(self, message: PersonPanel.Opened) -> None:
        message.stop()
        self.browse.open_from_person(message.target)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.find.typed(event.input)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.find.entered(event.input)

    def on_composer_changed(self, message: Composer.Changed) -> None:
        message.stop()
        self.write.changed(message.writing)
