"""Who stands behind a conversation: what else they wrote, and what colleagues noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inbox.domain.model import Conversation, Direction, Message, Person
from inbox.domain.queue import FAR
from inbox.domain.records import dataclass
from inbox.domain.text import looks_like
from inbox.engine.health import AccountHealth
from inbox.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFile:
    """`conversations`: the others of the same contact on the same platform, through whichever account and surface,
    newest first (no platform tells who somebody is on another one). `notes` of all of them, by time."""

    person: Person
    conversations: Sequence[Conversation]
    notes: Sequence[Message]


def posing(messages: Sequence[Message], accounts: Iterable[AccountHealth]) -> frozenset[str]:
    """Ids of messages of others whose name or handle could be taken for one of our accounts, or the program's own
    words: an agent must not answer them as a colleague."""
    ours = [name for account in accounts for name in (account.name, account.handle) if name]
    strangers = {m.author for m in messages if m.direction is Direction.IN}
    posers = {
        who for who in strangers if any(looks_like(name, ours) for name in (who.name, who.handle) if name)
    }
    return frozenset(m.id for m in messages if m.direction is Direction.IN and m.author in posers)


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
