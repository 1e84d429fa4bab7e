"""Commands of the window that shows the same answer for one person after the other."""

from __future__ import annotations

from inbox.ui.commands.command import Command


def _walking(name: str, keys: str, title: str, help: str, footer: str) -> Command:
    """Return a command of the walk."""
    return Command(
        id=f"walk.{name}",
        keys=tuple(keys.split()),
        title=title,
        scope="walk",
        help=help,
        footer=footer,
        palette=False,
    )


WALK: tuple[Command, ...] = (
    _walking("send", "enter", "Send, next", "Sends this reply, held, and shows the next", "send"),
    _walking(
        "send_resolve",
        "alt+enter f4",
        "Send, resolve, next",
        "Sends this reply, resolves once it is out, and shows the next",
        "send, resolve",
    ),
    _walking("skip", "n", "Skip", "Sends nothing to this person and shows the next", "skip"),
    _walking("change", "r", "Change the text", "Writes this one reply by hand", "change"),
    _walking(
        "undo", "z", "Take all back", "Takes back every reply sent in this walk, and ends it", "take all back"
    ),
    _walking("stop", "escape q ctrl+g", "Stop", "What was sent stays sent; the rest stays marked", "stop"),
)
