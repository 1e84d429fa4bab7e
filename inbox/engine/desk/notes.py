"""Internal notes: messages that never leave the house."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, Direction, Draft, Message, Person
from inbox.domain.records import replace

if TYPE_CHECKING:
    from inbox.ports.store import Store

BEGUN = "note:"
"""Before the agent's name in the draft of a note, so that it is no draft of a reply."""


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


def begun(store: Store, cid: str, agent: str) -> str:
    """The words of a note that is not finished: a draft under a name of its own."""
    draft = store.outbox.draft(cid, BEGUN + agent)
    return draft.text if draft else ""


def begin(store: Store, cid: str, agent: str, text: str, now: datetime) -> None:
    """Keep them; without words nothing is kept."""
    if text.strip():
        store.outbox.put_draft(Draft(conversation=cid, agent=BEGUN + agent, text=text, saved_at=now))
    else:
        store.outbox.delete_draft(cid, BEGUN + agent)


def withdrawn(note: Message, now: datetime) -> Message:
    """Its words are gone from the store too; that there was one stays, for the record."""
    return replace(note, text="", deleted_at=now)
