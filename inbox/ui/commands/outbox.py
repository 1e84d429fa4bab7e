"""Commands of the window with the unsent replies."""

from __future__ import annotations

from inbox.ui.commands.command import Command


def _settling(name: str, key: str, title: str, help: str, footer: str) -> Command:
    """Return a command of the window of unsent replies."""
    return Command(
        id=f"outbox.{name}",
        keys=(key,),
        title=title,
        scope="outbox",
        help=help,
        footer=footer,
        palette=False,
    )


OUTBOX: tuple[Command, ...] = (
    _settling("retry", "r", "Send again", "Your decision to send it (again)", "send again"),
    _settling("there", "t", "It is there", "You saw it on the platform: settled as sent", "it is there"),
    _settling(
        "drop", "d", "Take back", "Not sent; the text becomes the draft again", "take back, keep as draft"
    ),
    _settling("open", "enter", "Open the conversation", "Read the conversation the reply belongs to", "open"),
)
