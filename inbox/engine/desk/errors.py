"""What a use case may answer instead of doing it; the text is for the agent."""

from __future__ import annotations


class NotAllowed(Exception):
    """A rule forbids it before anything is written; the text says why and what instead."""


class NothingToUndo(Exception):
    pass


class Unknown(Exception):
    """No such conversation, person or outbox item."""
