"""Where the agent stands, and why a command cannot be done there. Imports no Textual."""

from __future__ import annotations

from collections.abc import Callable

from inbox.domain.model import Conversation, Deed, Status
from inbox.domain.records import Record
from inbox.domain.reply import REASONS, ReplyWay


class Situation(Record, kw_only=True):
    """Where the agent stands. `conversation` is what a command would act on: the one under the cursor, or the
    open one while reading. `way`, `private_way` are known once its thread has been read."""

    place: str = "queue"
    """queue, reader, person, filter, composer."""
    conversation: Conversation | None = None
    marked: int = 0
    way: ReplyWay | None = None
    private_way: ReplyWay | None = None
    repeatable: bool = False
    linked: bool = False
    deeds: frozenset[Deed] | None = None
    """What the platform lets us do to messages here, once the thread has been read."""
    hidden: bool = False
    """The thread holds characters that are not shown."""
    too_long: bool = False
    """In the composer: a public reply that does not fit into one post."""
    beside: bool = False
    """The reader is beside the list."""
    other_way: str | None = None
    """In the composer: why the reply cannot go the other way (private or public)."""


Blocked = Callable[[Situation], str | None]


def free(s: Situation) -> str | None:
    """Never blocked."""
    return None


def needs_conversation(s: Situation) -> str | None:
    """Return why there is nothing to decide about; None where a row is marked or a conversation is current."""
    return None if s.conversation or s.marked else "There is no conversation here."


def needs_one(s: Situation) -> str | None:
    """Return why there is no current conversation; None where there is one."""
    return None if s.conversation else "There is no conversation here."


def needs_reader_beside(s: Situation) -> str | None:
    """Return why there is no second pane; None where list and reader are side by side."""
    return None if s.beside else "The list has the whole width here."


def needs_way(s: Situation) -> str | None:
    """Return the platform's rule against answering here; None where it is allowed."""
    if s.conversation is None:
        return needs_one(s)
    return s.way.reason if s.way is not None and not s.way.allowed else None


def needs_private_way(s: Situation) -> str | None:
    """Return the platform's rule against a private answer here; None where it is allowed."""
    if s.conversation is None:
        return needs_one(s)
    way = s.private_way
    return (way.reason or REASONS["no_private"]) if way is not None and not way.allowed else None


def needs_repeatable(s: Situation) -> str | None:
    """Return why there is nothing to repeat; None after a decision or an answer."""
    return None if s.repeatable else "There is nothing to repeat yet: decide or answer something first."


def needs_closed(s: Situation) -> str | None:
    """Return why reopening changes nothing; None where something is closed or marked."""
    c = s.conversation
    if c is None and not s.marked:
        return needs_one(s)
    return "It is open already." if c and not s.marked and c.status is Status.OPEN else None


def needs_link(s: Situation) -> str | None:
    """Return why there is no link to open; None where there is one."""
    if s.conversation is None:
        return needs_one(s)
    return None if s.linked else "The platform gave no link here."


def needs_deed(deed: Deed) -> Blocked:
    """The platform offers it for this conversation."""

    def blocked(s: Situation) -> str | None:
        if s.conversation is None:
            return needs_one(s)
        if s.deeds is None:
            return "Open the conversation first, to see what it is done to."
        return None if deed in s.deeds else f"The platform does not offer that here ({deed})."

    return blocked


def needs_hidden(s: Situation) -> str | None:
    """Return why there is nothing to write out; None where the thread has hidden characters."""
    return None if s.hidden else "Nothing is hidden in this conversation."


def needs_other_way(s: Situation) -> str | None:
    """Return why the reply cannot go the other way; None where it can."""
    return s.other_way


def needs_length(s: Situation) -> str | None:
    """Return why a reply needs no parts; None where it is too long for one."""
    return None if s.too_long else "It fits into one post: send it as it is."


def not_writing(s: Situation) -> str | None:
    """Return why a command has to wait while the agent writes; None where they do not."""
    return "You are writing; Esc leaves the text as it is." if s.place == "composer" else None
