"""The help: what the signs of a row mean, then every key of a place with what it does, and what of it holds some words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from inbox.domain.fold import fold, holds
from inbox.domain.records import Record
from inbox.ui.commands.keymap import show
from inbox.ui.commands.table import SCOPES, in_place
from inbox.ui.text.part import Part
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.commands.keymap import Keymap


class Entry(Record):
    """One key or sign under the heading `section`. `title` may be empty: a sign has none."""

    section: str
    key: str
    title: str
    does: str

    def holds(self, wanted: Sequence[str]) -> bool:
        """Return whether it holds all of these folded words, in any of its parts."""
        text = fold(f"{self.section} {self.key} {self.title} {self.does}")
        return all(holds(text, word) for word in wanted)


def entries(place: str, keymap: Keymap, window: Sequence[tuple[str, str]] = ()) -> Iterator[Entry]:
    """Yield the signs, the keys of the window that is open (`window`: keys and what they do), then those of the place."""
    for sign, meaning in words.legend():
        yield Entry(tr("Signs"), sign, "", tr(meaning))
    for key, does in window:
        yield Entry(tr("This window"), show(key), tr(does), "")
    for command in in_place(place):
        title, does = tr(command.title), tr(command.help) if command.help != command.title else ""
        yield Entry(tr(SCOPES[command.scope]), keymap.shown(command), title, does)


def lines(found: Iterable[Entry], width: int) -> list[list[Part]]:
    """Return the entries below their headings, each wrapped beside its key."""
    found = list(found)
    keys = max((len(entry.key) for entry in found), default=0) + 2
    shown: list[list[Part]] = []
    section = ""
    for entry in found:
        if entry.section != section:
            section = entry.section
            shown += [*([[]] if shown else []), [Part(section, "heading")]]
        text = " · ".join(filter(None, (entry.title, entry.does)))
        first, *more = safe_text.wrap(text, width - 3 - keys)
        tone = "quiet" if entry.title else "text"
        shown.append(
            [
                Part(f"  {entry.key:<{keys}}", "key"),
                Part(entry.title, "bright"),
                Part(first.removeprefix(entry.title), tone),
            ]
        )
        shown += [[Part(f"{'':<{2 + keys}}{line}", tone)] for line in more]
    return shown or [[Part(tr("No key and no sign is told of by these words."), "quiet")]]
