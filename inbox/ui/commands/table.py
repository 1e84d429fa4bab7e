"""Every command of the screen, once. Bindings, footer, palette, help, the README's key table and remapping by
command id all come from `COMMANDS`. Imports no Textual, so that `inbox keys` needs no screen.

The code that does a command is found by its id: in `ui/handlers.py`, for the window of the unsent replies
in `ui/windows/outbox.py`, for a walk in `ui/windows/reply_walk.py`. `blocked` returns why it cannot be done now; pressing the key then says that reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from inbox.ui.commands.command import Command
from inbox.ui.commands.moderation import MODERATION
from inbox.ui.commands.moving import MOVING
from inbox.ui.commands.outbox import OUTBOX
from inbox.ui.commands.program import PROGRAM
from inbox.ui.commands.triage import TRIAGE
from inbox.ui.commands.walk import WALK
from inbox.ui.commands.writing import WRITING

COMMANDS: tuple[Command, ...] = (*MOVING, *TRIAGE, *MODERATION, *PROGRAM, *WRITING, *OUTBOX, *WALK)
"""In the order of footer, help and key table: within a scope, and the scopes as `SCOPES` has them."""

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}
"""By the id, which the config names too."""

SCOPES: Mapping[str, str] = {
    "queue": "In the queue",
    "reader": "In a conversation",
    "triage": "On a conversation, or on all that are marked",
    "anywhere": "Everywhere",
    "composer": "While writing",
    "outbox": "In the list of unsent replies",
    "walk": "While answering many, one by one",
}
"""Titles of the scopes, the nearest to the agent first."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "queue": ("queue", "filter"),
    "reader": ("reader", "within", "person"),
    "triage": ("queue", "filter", "reader", "within", "person"),
    "anywhere": ("queue", "filter", "reader", "within", "person"),
    "composer": ("composer",),
    "outbox": ("outbox",),
    "walk": ("walk",),
}
"""Where the keys of each scope are active. A key means one thing in each place, and may mean two things in two of them."""


def in_place(place: str) -> list[Command]:
    """Return the commands whose keys are active in a place, the nearest first."""
    scopes = [scope for scope in SCOPES if place in PLACES[scope]]
    return [command for scope in scopes for command in COMMANDS if command.scope == scope]
