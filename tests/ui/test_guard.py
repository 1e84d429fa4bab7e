"""The guard stands between every widget and the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from rich.segment import Segment, Segments
from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widgets import DataTable, Label, OptionList, Static
from textual.widgets.option_list import Option

from inbox.domain.text import clean
from inbox.ui.terminal.guard import Guard, UncleanText

FORBIDDEN = {chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F)}
FORBIDDEN |= {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000))}

BLACK = Color(0, 0, 0)

HOSTILE = {
    "screen cleared": "a\x1b[2J\x1b[Hb",
    "window title set": "a\x1b]0;HACKED\x1b\\b",
    "clipboard written": "a\x1b]52;c;cm0gLXJmIH4K\x07b",
    "link made": "a\x1b]8;;https://evil.example\x1b\\b",
    "device control without an end": "a\x1bPqb",
    "terminal reset": "a\x1bcb",
    "C1 sequence": "a\x9b31mb\x9d0;T\x9c",
    "NUL, DEL, shift out": "a\x00\x7f\x0eb",
    "text turned round": "a photo\u202egnp.exe",
    "isolates": "a\u2066b\u2069\u200f",
    "half a pair": "a\ud83db",
}


class Gallery(App[None]):
    """Shows `text` as it comes in widgets of every kind of renderable we use."""

    def __init__(self, text: str, guard: Guard | None) -> None:
        super().__init__()
        self.text = text
        self.guard = guard

    def get_line_filters(self) -> Sequence[LineFilter]:
        own = super().get_line_filters()
        return own if self.guard is None else (*own, self.guard)

    def compose(self) -> ComposeResult:
        framed = Static(Content(self.text))
        framed.styles.border = ("round", "white")
        framed.border_title = Content(self.text)
        yield framed
        yield Label(Content(self.text))
        yield Label(self.text, markup=False)
        yield Static(Text(self.text))
        yield Static(Segments([Segment(self.text, Style())]))
        yield OptionList(Option(Content(self.text)))
        table: DataTable[Text] = DataTable()
        table.add_column("who")
        table.add_row(Text(self.text))
        yield table


def written(app: App[None]) -> str:
    """All that the widgets of the screen hand to the terminal as text."""
    update = app.screen._compositor.render_strips()
    return "".join(s.text for strip in update for s in Strip(strip) if not s.control)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_nothing_that_acts_on_a_terminal_passes_the_guard(text: str) -> None:
    """A widget that forgot to clean must not hand a stranger the agent's terminal."""
    app = Gallery(text, Guard())
    async with app.run_test(size=(80, 40)):
        shown = written(app)
    assert not FORBIDDEN & set(shown)
    assert "a" in shown  # the harmless part is there: the widgets were really drawn


async def test_without_the_guard_the_same_widgets_let_it_through() -> None:
    """Proves that the test above looks where it matters."""
    app = Gallery(HOSTILE["window title set"], guard=None)
    async with app.run_test(size=(80, 40)):
        assert written(app).count("\x1b") >= 7


async def test_a_strict_guard_ends_the_app_on_uncleaned_text() -> None:
    """So that a forgotten `clean` fails the build and not only costs a glyph."""
    with pytest.raises(UncleanText):
        async with Gallery(HOSTILE["screen cleared"], Guard(strict=True)).run_test(size=(80, 40)):
            pass


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_strict_guard_has_nothing_against_cleaned_text(text: str) -> None:
    """Else nobody could keep it switched on."""
    async with Gallery(clean(text), Guard(strict=True)).run_test(size=(80, 40)):
        pass


def test_a_link_with_a_control_character_is_dropped_and_its_text_stays() -> None:
    """Textual writes a link's address into OSC 8 as it is: it can end the sequence and begin another."""
    style = Style(bold=True, link="https://e.example/\x1b\\\x1b]0;T\x1b\\")
    [segment] = Guard().apply([Segment("bank", style)], BLACK)
    assert segment.text == "bank"
    assert segment.style is not None
    assert segment.style.link is None
    assert segment.style.bold


def test_a_strict_guard_refuses_such_a_link() -> None:
    """The link is as dangerous as the text."""
    with pytest.raises(UncleanText):
        Guard(strict=True).apply([Segment("bank", Style(link="x\x07"))], BLACK)


@pytest.mark.parametrize("text", [*HOSTILE.values(), "plain", "Grüße\u00a0aus 北京 👍"])
def test_a_guarded_line_is_as_wide_as_it_was_laid_out(text: str) -> None:
    """The line's cells are counted before: a glyph more would push the frame out."""
    before = Strip([Segment(text)])
    after = before.apply_filter(Guard(), BLACK)
    assert Strip(after._segments).cell_length == before.cell_length


def test_harmless_lines_are_handed_on_as_they_are() -> None:
    """The guard runs over every line of every frame; it must not copy them."""
    line = [
        Segment("Grüße ", Style(bold=True)),
        Segment("\u00a0北京", None),
        Segment("x", Style(link="https://x.com")),
    ]
    assert Guard(strict=True).apply(line, BLACK) is line


def test_control_segments_are_the_programs_own() -> None:
    """Cursor movements of Textual itself must pass."""
    line = [Segment("\x1b[2J", None, [(2,)]), Segment("a\x1b")]  # type: ignore[list-item]
    first, second = Guard().apply(line, BLACK)
    assert first is line[0]
    assert second.text == "a"
