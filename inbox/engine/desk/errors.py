"""What a use case may answer instead of doing it; the text is for the agent."""

from __future__ import annotations

from inbox.domain.filter import FilterError
from inbox.domain.outbox import Forbidden
from inbox.errors import Conflict, StoreError


class NotAllowed(Exception):
    """A rule forbids it before anything is written; the text says why and what instead."""


class NothingToUndo(Exception):
    pass


class Unknown(Exception):
    """No such conversation, person or outbox item."""


REFUSALS = (NotAllowed, NothingToUndo, Unknown, Conflict, StoreError, FilterError, Forbidden)
"""What a use case of the desk may raise instead of doing it; the text is for the agent."""
