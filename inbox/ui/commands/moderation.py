"""Commands on messages and persons, most of them done on the platform itself."""

from __future__ import annotations

from inbox.domain.model import Deed
from inbox.ui.commands.availability import needs_deed
from inbox.ui.commands.command import Command


def _on_platform(id: str, key: str, title: str, help: str) -> Command:
    """Return the command for something done on the platform; the id ends with the deed."""
    deed = Deed(id.partition(".")[2])
    return Command(
        id=id,
        keys=(key,),
        title=title,
        scope="triage",
        help=help,
        blocked=needs_deed(deed),
    )


MODERATION: tuple[Command, ...] = (
    Command(
        id="message.automatic",
        keys=("u",),
        title="Automatic, or not",
        scope="reader",
        help="Says that no person wrote our newest message, or that one did; the same text counts alike everywhere",
    ),
    _on_platform(
        "message.hide",
        "X",
        "Hide, or show again",
        "The customer's newest comment, from the public on the platform",
    ),
    _on_platform(
        "message.like",
        "L",
        "Like, or take it back",
        "The customer's newest message, in the name of the account",
    ),
    _on_platform(
        "message.delete",
        "D",
        "Delete our newest message",
        "On the platform too; asks first, for nothing brings it back",
    ),
    _on_platform(
        "person.block", "B", "Block the person", "They can no longer write to the account; asks first"
    ),
    _on_platform("person.unblock", "U", "Unblock the person", "They can write to the account again"),
)
