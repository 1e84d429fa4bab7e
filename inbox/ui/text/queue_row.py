"""A conversation in the queue, as pieces of text with the style each has; the timer stands before them.

In one line what was written comes last and gets what is left. In two, the first line says who and where, with marks
only where there are any, and the second is all for what they wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from inbox.domain.queue import waits
from inbox.ui.text.thread import hit_in, marked
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr
from inbox.wording.safe_text import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.engine.desk.rows import Row

Piece = tuple[str, str]
"""A text, and the name of its style."""

SIGNS = 4
"""Cells for the cursor and a mark."""
SHORTEST_REASON = 12
"""Cells from which on the reason of a failed reply is worth beginning."""


class Look(NamedTuple):
    """What the row depends on beside the conversation. `hits`: folded words that were searched for; `mark`, `cursor`: one
    cell each."""

    agent: str
    hits: tuple[str, ...]
    mark: str
    cursor: str


def one_line(row: Row, look: Look, width: int) -> list[Piece]:
    """Return the pieces behind the timer in `width` cells, the timer counted."""
    c = row.conversation
    person_width = 12 if width < 56 else 16 if width < 76 else 20
    left = width - words.TIMER_WIDTH - SIGNS - 8 - 5 - person_width - 1
    tags = _tags(row, left // 2, () if look.hits else (*_brief(row), *_why_not(row))) if left > 22 else ""
    pieces = [
        (f" {look.cursor}{look.mark} ", "queue--cursor-sign"),
        (words.sign(c) + _columns(row, look.agent), "queue--sign"),
        (safe_text.fit(safe_text.person(c.contact), person_width) + " ", _person_style(row)),
    ]
    if tags:
        pieces.append((tags + " ", "queue--tag"))
        left -= cell_len(tags) + 1
    return [*pieces, *_preview(row, look, left)]


def first_line(row: Row, look: Look, width: int) -> list[Piece]:
    """Return who wrote where, with the marks there are: the place stands at the right end."""
    c = row.conversation
    left = width - words.TIMER_WIDTH - SIGNS
    place, person = words.place(c)[:7], safe_text.person(c.contact)
    signs = _marks(row, look.agent)
    most = max(4, left - cell_len(place) - 1 - (cell_len(signs) + 2 if signs else 0))
    person = safe_text.fit(person, min(cell_len(person), most))
    spare = left - cell_len(person) - cell_len(place) - cell_len(signs) - 4
    if row.why_not and spare >= SHORTEST_REASON:
        signs += f" {safe_text.fit(said(row.why_not), min(cell_len(said(row.why_not)), spare)).rstrip()}"
    shown = f"  {signs}" if signs else ""
    gap = max(1, left - cell_len(person) - cell_len(shown) - cell_len(place))
    return [
        (f" {look.cursor}{look.mark} ", "queue--cursor-sign"),
        (person, _person_style(row)),
        (shown + " " * gap + place, "queue--sign"),
    ]


def second_line(row: Row, look: Look, width: int) -> list[Piece]:
    """Return what they wrote, behind the tags, in `width` cells: no timer stands before it. Blanks have the style of what
    follows, as each change of style costs bytes."""
    left = width - words.TIMER_WIDTH - SIGNS
    blank = " " * (words.TIMER_WIDTH + SIGNS)
    tags = _tags(row, left // 2)
    if tags:
        return [(f"{blank}{tags} ", "queue--tag"), *_preview(row, look, left - cell_len(tags) - 1)]
    (first, style), *rest = _preview(row, look, left)
    return [(blank + first, style), *rest]


def _person_style(row: Row) -> str:
    if row.new:
        return "queue--person-new"
    return "queue--person" if waits(row.conversation) else "queue--person-quiet"


def _brief(row: Row) -> tuple[str, ...]:
    """How many messages wait, where one answer is for several; their language, where it is not the usual one."""
    many = row.conversation.unanswered
    return (*([f"{many}×"] if many > 1 else []), *([row.language] if row.language else []))


def _why_not(row: Row) -> tuple[str, ...]:
    return (said(row.why_not),) if row.why_not else ()


def _tags(row: Row, most: int, first: Sequence[str] = ()) -> str:
    """What is said of the conversation before its words, in at most so many cells: `first` where there is room for all,
    then tags, and files of the draft."""
    told = [*(f"#{tag}" for tag in row.conversation.tags), *(f"+{name}" for name in row.files)]
    posing = [tr("not us")] if row.posing else []
    tags, whole = (" ".join([*posing, *map(safe_text.line, each)]) for each in (told, (*first, *told)))
    shown = whole if cell_len(whole) <= most or not tags else tags
    return safe_text.fit(shown, min(cell_len(shown), most))


def _preview(row: Row, look: Look, width: int) -> list[Piece]:
    """The newest words, or those that were searched for, set apart."""
    c, hits = row.conversation, look.hits
    line = safe_text.line(c.preview)
    if not hits:
        us = tr("us: {preview}", preview=line) if c.preview_out else line
        return [(safe_text.fit(us, width), "queue--preview")]
    if row.found and hit_in(line[:width], hits) is None:
        line = safe_text.line(row.found)
        if first := hit_in(line, hits):
            line = ELLIPSIS + line[max(0, first - width // 4) :] if first > width // 2 else line
    return list(marked(safe_text.fit(line, width), "queue--preview", hits, "queue--hit"))


def _each(row: Row, agent: str) -> tuple[str, str, str, str, str]:
    """Priority, draft, reply, owner and impersonation, one cell each; a blank where there is nothing to say."""
    c = row.conversation
    owner = " " if c.assignee is None else "●" if c.assignee == agent else "○"
    draft = "✎" if row.has_draft else " "
    posing = words.POSING if row.posing else " "
    return words.PRIORITIES[c.priority], draft, words.reply_mark(row.outbox), owner, posing


def _columns(row: Row, agent: str) -> str:
    return "".join(_each(row, agent))


def _marks(row: Row, agent: str) -> str:
    """The marks there are; a colleague is named where one line has only a sign."""
    c = row.conversation
    priority, *others = (sign for sign in _each(row, agent))
    signs = [sign for sign in (priority, *_brief(row), *others) if sign not in " ○"]
    if c.assignee is not None and c.assignee != agent:
        signs.append(f"@{safe_text.line(c.assignee)}")
    return " ".join(signs)
