"""Bindings for a widget or screen, out of the command table."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from inbox.ui.commands.table import COMMANDS


def bindings(*scopes: str, only: str | None = None) -> list[BindingType]:
    """The id of a binding is the id of its command, so that the config can give it another key."""
    return [
        Binding(",".join(c.keys), f"screen.run_command('{c.id}')", c.title, show=False, id=c.id)
        for c in COMMANDS
        if c.scope in scopes or c.id == only
    ]
