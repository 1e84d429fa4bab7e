"""One command: its keys, its words, where it works and what may bar it."""

from __future__ import annotations

from inbox.domain.records import Record
from inbox.ui.commands.availability import Blocked, free


class Command(Record, kw_only=True):
    """`keys`: as Textual names them, in the order of importance. `footer`: shown at the foot of the screen."""

    id: str
    keys: tuple[str, ...]
    title: str
    scope: str
    help: str
    blocked: Blocked = free
    footer: str | None = None
    palette: bool = True
    """False for movements: nobody looks for them in a list."""


def movement(id: str, keys: str, title: str, scope: str) -> Command:
    """Return a command that moves: its title says all, and nobody looks for it in the palette."""
    return Command(
        id=id,
        keys=tuple(keys.split()),
        title=title,
        scope=scope,
        help=title,
        palette=False,
    )
