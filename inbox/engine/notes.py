"""Internal notes: messages that never leave the house."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from inbox.domain.model import Conversation, Direction, Message, Person


def new_note(conversation: Conversation, agent: str, text: str, now: datetime) -> Message:
    key = f"note-{uuid.uuid4().hex}"
    return Message(
        id=f"{conversation.account}:{key}",
        conversation=conversation.id,
        remote_id=key,
        direction=Direction.NOTE,
        author=Person(name=agent),
        text=text,
        sent_at=now,
        received_at=now,
    )


def withdrawn(note: Message, now: datetime) -> Message:
    """Its words are gone from the store too; that there was one stays, for the record."""
    return replace(note, text="", deleted_at=now)
