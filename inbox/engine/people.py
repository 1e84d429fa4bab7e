"""Who stands behind a conversation: what else they wrote, and what colleagues noted."""

from __future__ import annotations

from collections.abc import Sequence

from inbox.domain.model import Conversation, Direction, Message, Person
from inbox.domain.queue import FAR
from inbox.domain.records import dataclass
from inbox.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFile:
    """`conversations`: the others of the same contact on the same platform, through whichever account and surface,
    newest first (no platform tells who somebody is on another one). `notes` of all of them, by time."""

    person: Person
    conversations: Sequence[Conversation]
    notes: Sequence[Message]


def person_file(store: Store, conversation: Conversation) -> PersonFile:
    contact = conversation.contact
    others: list[Conversation] = []
    if contact.remote_id:
        ids = store.of_contact(conversation.platform, contact.remote_id)
        found = [c for c in store.conversations(ids) if c.id != conversation.id]
        others = sorted(found, key=lambda c: c.last_message_at or FAR, reverse=True)
    notes = [
        m
        for cid in (conversation.id, *(c.id for c in others))
        for m in store.messages(cid)
        if m.direction is Direction.NOTE and m.deleted_at is None
    ]
    return PersonFile(
        person=contact,
        conversations=others,
        notes=sorted(notes, key=lambda m: m.sent_at),
    )
