"""What the handler of a command may ask of the main screen. Handlers import this file, and never the screen itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections import deque

    from textual.screen import Screen
    from textual.widget import Widget
    from textual.widgets import Input

    from inbox.domain.model import Conversation
    from inbox.engine.desk.desk import Desk
    from inbox.engine.health import AccountHealth
    from inbox.ui.commands.availability import Situation
    from inbox.ui.environment import Environment
    from inbox.ui.picture import Figures, Open
    from inbox.ui.text.part import Part
    from inbox.ui.text.writing import Writing
    from inbox.ui.view import View
    from inbox.ui.widgets.composer import Composer
    from inbox.ui.widgets.person import PersonPanel
    from inbox.ui.widgets.queue import Queue
    from inbox.ui.widgets.thread import ThreadView
    from inbox.ui.windows.dialogs import Pick, Question

T = TypeVar("T")
Handler: TypeAlias = "Callable[[Context], Coroutine[Any, Any, None] | None]"
"""Does a command. What takes a while is a coroutine; the screen goes on meanwhile."""


class ReaderPane(Protocol):
    """The pane with the open conversation."""

    cid: str | None
    """The conversation it shows, or will show once that was read."""

    def read(self, cid: str | None) -> None:
        """Show a conversation; None empties the pane."""
        ...

    def open(self, cid: str) -> None:
        """Go into a conversation. The customer may see that it was seen."""
        ...

    def show(self, opened: Open | None) -> None:
        """Show a thread that was read already."""
        ...


class ScreenBars(Protocol):
    """The bars above and below the panes."""

    message: tuple[str, str]
    """What the status line says, and its tone."""
    said: deque[tuple[datetime, str, str]]
    """When it said what, and in which tone: the newest last."""
    hint: Sequence[Part]
    """What it says while there is no message."""

    def show(self) -> None:
        """Show all of them as they should be now."""
        ...

    def show_status(self) -> None:
        """Show the status line as it should be now."""
        ...

    def show_keys(self) -> None:
        """Show the footer as it should be now."""
        ...


class ScreenPanes(Protocol):
    """The panes side by side."""

    share: int | None
    """Percent of the width that the agent gives to the list; None: what the style sheet says."""

    @property
    def list_share(self) -> int:
        """Percent of the width that the list has beside the reader."""
        ...

    def set_share(self, share: object) -> None:
        """Give the list so many percent of the width, within reason; anything else: what the style sheet says."""
        ...


class Context(Protocol):
    """The main screen, as handlers see it. Names of conversations are ids; all calls are for the screen's thread."""

    screen: Screen[None]
    """For what Textual does: focus, classes, timers, mounting."""
    inbox: Environment
    view: View
    queue: Queue
    thread: ThreadView
    person: PersonPanel
    places: dict[Widget | None, str]
    """Which widgets have keys of their own, and the place each is; the queue has the keys everywhere else."""
    composer: Composer | None
    """Where a reply or a note is written, once something was."""
    within: Input | None
    """The field for finding in the open conversation, once somebody looked for something."""
    figures: Figures | None
    """Counts, accounts and outbox; None until they were read."""
    problem: str | None
    """Why the filter cannot be understood, in the agent's language."""
    now: datetime
    """The instant that the screen shows."""
    opens_at: datetime | None
    """When the service hours begin next; None: they never do, or it is open now."""

    @property
    def bars(self) -> ScreenBars: ...
    @property
    def panes(self) -> ScreenPanes: ...
    @property
    def reader(self) -> ReaderPane: ...

    # -- the desk ----------------------------------------------------------------------------------------

    async def ask(self, use_case: Callable[[Desk], T]) -> T:
        """Call a use case on the desk's thread. Raises what it raises."""
        ...

    def run(self, work: Coroutine[Any, Any, None], group: str = "command") -> None:
        """Do something that asks the desk; a refusal (`REFUSALS`) is reported in the status line."""
        ...

    def renew(self, *, figures: bool = True) -> None:
        """Read again what the screen shows. `figures`: counts, accounts and outbox too."""
        ...

    # -- people ------------------------------------------------------------------------------------------

    def say(self, text: str, tone: str = "text") -> None:
        """Show one line in the status line until the next one."""
        ...

    def choose(self, pick: Pick[T], then: Callable[[T], None]) -> None:
        """Let the agent choose; nothing happens when the window is left."""
        ...

    def confirm(self, question: Question, then: Callable[[], None]) -> None:
        """Ask, and go on only after a yes."""
        ...

    # -- where the agent is ------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """Where the keys go: queue, filter, reader, within, person or composer."""
        ...

    @property
    def reading(self) -> bool:
        """Whether commands mean the open conversation alone."""
        ...

    @property
    def finding(self) -> bool:
        """Whether something is looked for in the open conversation."""
        ...

    @property
    def current(self) -> Conversation | None:
        """The conversation that a command on one means."""
        ...

    @property
    def opened(self) -> Open | None:
        """The thread of the current conversation, where it has been read."""
        ...

    @property
    def targets(self) -> list[str]:
        """The conversations that a decision means: the open one, else the marked ones, else the cursor's."""
        ...

    @property
    def writing(self) -> Writing | None:
        """What is being written."""
        ...

    @property
    def health(self) -> Sequence[AccountHealth]:
        """Account status, as far as it was read."""
        ...

    def head(self, cid: str) -> Conversation | None:
        """Return a conversation as far as it is known without asking the desk."""
        ...

    def whom(self, ids: Sequence[str]) -> str:
        """Say whose conversations these are: a name, or a number of conversations."""
        ...

    def addresses(self) -> list[str]:
        """Return the web addresses of the current conversation, its own first."""
        ...

    def situation(self) -> Situation:
        """Return what decides whether a command can be done now."""
        ...

    def leave_view(self, ids: Sequence[str]) -> None:
        """Go on from conversations that are sent away; in the reader the next one opens."""
        ...

    # -- handlers ----------------------------------------------------------------------------------------

    def part(self, kind: Callable[[Context], T]) -> T:
        """Return this screen's one instance of a class of handlers, made when it is first asked for."""
        ...

    def run_command(self, id: str) -> None:
        """Do a command, or report why it cannot be done now."""
        ...

    def happened(self, event: str) -> None:
        """Tell the tutorial of the demo what was done; a `Lesson` names the event."""
        ...
