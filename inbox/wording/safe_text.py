"""The one place where text from outside becomes text for the screen: cleaned, never markup.

Widgets draw what these functions return; nothing else turns a stranger's string into `Content` or a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from inbox.domain.model import Person
from inbox.domain.text import clean, hidden
from inbox.wording.language import tr

ELLIPSIS = "…"


@lru_cache(4096)
def line(text: str) -> str:
    """One line: names, previews, titles, anything in a list."""
    return clean(text, one_line=True)


@lru_cache(1024)
def block(text: str) -> str:
    """Several lines: the text of a message. Emoji are taken apart here too: in a pane with another pane to its
    right, one family emoji pushes the border six cells away in most terminals."""
    return clean(text, plain_emoji=True)


def person(someone: Person) -> str:
    return line(someone.label) if someone.name or someone.handle else tr("unknown")


def handle(someone: Person) -> str:
    """`@anna`, or nothing where the label shows it already."""
    return line(f"@{someone.handle}") if someone.handle and someone.name else ""


def content(text: str, style: str = "") -> Content:
    """For widgets that take Content."""
    return Content.styled(block(text), style) if style else Content(block(text))


def hidden_in(texts: Iterable[str]) -> bool:
    """Whether cleaning takes anything out of these texts."""
    return any(_hidden(text) for text in texts)


_hidden = lru_cache(4096)(hidden)


def fit(text: str, width: int) -> str:
    """Exactly `width` cells of a cleaned line, with an ellipsis where it was cut."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + ELLIPSIS


def wrap(text: str, width: int) -> list[str]:
    """A cleaned block as lines of at most `width` cells. Blank lines stay."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if cell_len(paragraph) <= width:
            lines.append(paragraph)
        else:
            lines += [wrapped.plain.rstrip() for wrapped in Content(paragraph).wrap(max(width, 2))]
    return lines
