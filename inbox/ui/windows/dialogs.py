"""Small windows over the main screen: one that tells, one that asks, one to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from inbox.domain.records import Record
from inbox.ui.text.part import Part
from inbox.ui.widgets.bar import Bar
from inbox.ui.widgets.lines import Lines
from inbox.ui.widgets.text_input import TextInput
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.environment import Environment

T = TypeVar("T")
LEAVE = "escape,ctrl+g"
DIGITS = tuple("123456789")


class Page(Lines):
    """Lines of parts, read only."""

    BINDINGS = [
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("ctrl+d,pagedown,space", "page(1)", show=False),
        Binding("ctrl+u,pageup", "page(-1)", show=False),
        Binding("g,home", "edge(0)", show=False),
        Binding("G,end", "edge(1)", show=False),
    ]
    COMPONENT_CLASSES = {
        "page--text",
        "page--quiet",
        "page--bright",
        "page--heading",
        "page--key",
        "page--soon",
        "page--late",
        "page--cursor",
    }

    def __init__(self, lines: Sequence[Sequence[Part]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines = list(lines)

    def show(self, lines: Sequence[Sequence[Part]]) -> None:
        """Replace the lines; keeps the place where it is possible."""
        if list(lines) != self.lines:
            self.lines = list(lines)
            self.top = min(self.top, self.last_top)
            self.refresh(layout=True)

    def count(self) -> int:
        """Return the number of lines."""
        return len(self.lines)

    def draw(self, at: int, width: int) -> list[Segment]:
        """Draw one line, cut at the width of the page."""
        segments, left = [], width
        for part in self.lines[at]:
            text = part.text if cell_len(part.text) <= left else safe_text.fit(part.text, left)
            segments.append(Segment(text, self.part_style(at, part.tone)))
            left -= cell_len(text)
        segments.append(Segment(" " * left, self.part_style(at, "text")))
        return segments

    def part_style(self, at: int, tone: str):  # type: ignore[no-untyped-def]  # rich's Style
        """Return the style of a part of a line. `tone`: a name of the style sheet."""
        return self.style(f"page--{tone}")

    def get_content_height(self, container, viewport, width: int) -> int:  # type: ignore[no-untyped-def]
        """Tell Textual's layout how high the page would like to be, in lines."""
        return len(self.lines)

    def action_scroll(self, steps: int) -> None:
        """Scroll by lines; negative: up."""
        self.scroll_lines(self.top + steps)

    def action_page(self, direction: int) -> None:
        """Scroll by half a page; -1: up."""
        self.scroll_lines(self.top + direction * max(1, self.size.height // 2))

    def action_edge(self, end: int) -> None:
        """Go to the first line (0), or to the last (1)."""
        self.scroll_lines(self.last_top if end else 0)

    @property
    def plain(self) -> str:
        """Return the lines as text without styles, for tests."""
        return "\n".join("".join(p.text for p in line) for line in self.lines)


class Window(ModalScreen[T | None], Generic[T]):
    """The frame of what opens over the main screen: a heading, and below it the parts of the window."""

    wide = True
    keys: Sequence[tuple[str, str]] = ()
    """What the footer says while the window is open, keys and what they do; empty where the window says it."""

    @property
    def inbox(self) -> Environment:
        """Return the application as windows see it."""
        return cast("Environment", self.app)

    def compose(self) -> ComposeResult:
        """Put the heading over what the window consists of."""
        with Vertical(id="window", classes="wide" if self.wide else None):
            yield Bar(id="heading")
            yield from self.parts()

    def parts(self) -> ComposeResult:
        """Yield the widgets below the heading."""
        raise NotImplementedError

    def head(self, title: str, leave: str) -> None:
        """`leave`: how one gets out."""
        self.query_one("#heading", Bar).show([Part(title, "bright")], [Part(leave, "quiet")])

    def on_screen_resume(self) -> None:
        """It is the innermost layer now: it has opened, or a window over it has closed."""
        self.inbox.show_keys()

    def action_close(self) -> None:
        """Close the window with no result."""
        self.dismiss(None)


class Question(ModalScreen[bool]):
    """`yes` and `no` say what happens, not just yes and no. Enter is the harmless one: `no`."""

    BINDINGS = [
        Binding("y,j", "answer(True)", show=False),
        Binding(f"n,enter,q,{LEAVE}", "answer(False)", show=False),
    ]

    def __init__(self, question: str, yes: str, no: str, *, enter_is_yes: bool = False) -> None:
        super().__init__()
        self.question, self.yes, self.no, self.enter_is_yes = question, yes, no, enter_is_yes

    def compose(self) -> ComposeResult:
        with Vertical(id="window"):
            yield Page([], id="page")
            yield Bar(id="answers")

    def on_mount(self) -> None:
        page = self.query_one("#page", Page)
        page.show([[Part(line)] for line in safe_text.wrap(self.question, 58)])
        yes, no = (tr("Enter"), tr("Esc")) if self.enter_is_yes else ("y", tr("Enter"))
        self.query_one("#answers", Bar).show(
            [Part(yes, "key"), Part(f" {self.yes}    "), Part(no, "key"), Part(f" {self.no}")]
        )
        page.focus()

    def on_key(self, event: events.Key) -> None:
        """Take Enter for the answer it stands for in this question."""
        if event.key == "enter" and self.enter_is_yes:
            event.stop()
            event.prevent_default()
            self.dismiss(True)

    def action_answer(self, answer: bool) -> None:
        """Close the window with an answer."""
        self.dismiss(answer)


class Choice(Record, Generic[T]):
    """A line to choose. `detail` stands at the right; `refused`: shown, but quiet, with the reason as detail."""

    text: str
    value: T
    detail: str = ""
    refused: bool = False


class Options(Page):
    """The choices below the field; the cursor is moved by the window."""

    can_focus = False

    class Chosen(Message):
        """An option was clicked. `at`: its number from 0."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self) -> None:
        super().__init__([], id="options")
        self.cursor = 0

    def part_style(self, at: int, tone: str):  # type: ignore[no-untyped-def]
        """Return the style of a part, marked in the line under the cursor."""
        if at == self.cursor:
            return self.style("page--cursor", f"page--{tone}")
        return self.style(f"page--{tone}")

    def put(self, to: int) -> None:
        """Put the cursor on an option, and scroll it into view."""
        self.cursor = min(max(0, to), max(0, len(self.lines) - 1))
        height = max(1, self.size.height)
        if not self.top <= self.cursor < self.top + height:
            self.top = min(max(0, self.cursor - height // 2), self.last_top)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Report the option under the mouse as chosen."""
        self.post_message(self.Chosen(self.top + event.y))


class Pick(Window[T]):
    """A field to type into and what fits below it. `suggest(typed)` gives the options; `hint` explains."""

    wide = False
    keys = (("down", "down"), ("up", "up"), ("enter", "choose"), ("escape", "leave"))

    BINDINGS = [
        Binding(LEAVE, "leave", show=False),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        suggest: Callable[[str], Sequence[Choice[T]]],
        *,
        hint: str,
        placeholder: str = "",
        preview: Callable[[T], str] | None = None,
        typed: str = "",
        numbered: bool = False,
    ) -> None:
        """`preview`: what the choice under the cursor would do or write, shown below the list. `numbered`: a digit in
        the empty field takes a choice at once."""
        super().__init__()
        self.heading, self.suggest, self.hint, self.placeholder = title, suggest, hint, placeholder
        self.preview, self.typed, self.numbered = preview, typed, numbered
        self._before = typed
        self.options: Sequence[Choice[T]] = ()
        self.list = Options()

    def parts(self) -> ComposeResult:
        yield TextInput(
            self.typed, placeholder=self.placeholder, id="typed", compact=True, select_on_focus=False
        )
        yield self.list
        if self.preview is not None:
            yield Page([], id="preview")
        yield Bar(id="hint")

    def on_mount(self) -> None:
        self.head(self.heading, tr("Esc leaves"))
        self.query_one(Input).focus()
        self._fill(self.typed)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the options with every character typed."""
        event.stop()
        before, self._before = self._before, event.value
        if self.numbered and not before and event.value in DIGITS and int(event.value) <= len(self.options):
            self._choose(int(event.value) - 1)
            if self.is_current:  # it is refused, and the line below says why
                self._put(int(event.value) - 1)
                event.input.value = ""
            return
        self._fill(event.value)

    def _fill(self, typed: str) -> None:
        self.options = self.suggest(typed)
        width = (self.list.size.width or 68) - (5 if self.numbered else 3)
        lines = []
        for at, option in enumerate(self.options, 1):
            detail = safe_text.line(option.detail)
            room = max(12, width - min(cell_len(detail), 44) - 2)
            tone = "quiet" if option.refused else "bright"
            text = set_cell_size(safe_text.line(option.text), room)
            number = (
                [Part(f" {at}" if at <= len(DIGITS) else "  ", "key")] if self.numbered and not typed else []
            )
            lines.append([*number, Part(f" {text} ", tone), Part(detail, "quiet")])
        self.list.show(lines)
        self._put(0)

    def _put(self, to: int) -> None:
        self.list.put(to)
        at = self.list.cursor
        refused = at < len(self.options) and self.options[at].refused
        said = Part(safe_text.line(self.options[at].detail), "soon") if refused else Part(self.hint, "quiet")
        self.query_one("#hint", Bar).show([said])
        if self.preview is not None:
            text = self.preview(self.options[at].value) if at < len(self.options) else ""
            lines = safe_text.wrap(safe_text.block(text), (self.list.size.width or 68) - 3)
            self.query_one("#preview", Page).show([[Part(f" {line}")] for line in lines])

    def on_resize(self) -> None:
        at = self.list.cursor
        self._fill(self.query_one(Input).value)
        self._put(at)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Choose the option under the cursor."""
        event.stop()
        self._choose(self.list.cursor)

    def on_options_chosen(self, message: Options.Chosen) -> None:
        """Choose the option that was clicked."""
        message.stop()
        self._choose(message.at)

    def _choose(self, at: int) -> None:
        if at < len(self.options) and not self.options[at].refused:
            self.dismiss(self.options[at].value)

    def action_move(self, steps: int) -> None:
        """Move the cursor by options while the text keeps the focus."""
        self._put(self.list.cursor + steps)

    def action_leave(self) -> None:
        """Close the window with no choice."""
        self.dismiss(None)
