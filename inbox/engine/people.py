"""Who stands behind a conversation: what else they wrote, and what colleagues noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inbox.domain.model import Conversation, Direction, Message, Person
from inbox.domain.queue import FAR
from inbox.domain.records import dataclass
from inbox.domain.text import looks_like
from inbox.engine.health import health_key
from inbox.ports import Store

NAMES_KEPT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFile:
    """`conversations`: the others of the same contact on the same platform, through whichever account and surface,
    newest first (no platform tells who somebody is on another one). `notes` of all of them, by time."""

    person: Person
    conversations: Sequence[Conversation]
    notes: Sequence[Message]


class Lookalikes:
    """Who could be taken for one of our accounts, or for the program's own words: an agent must not answer them as a
    colleague. Names come again and again, so what was found is kept until our own names change."""

    def __init__(self, store: Store, accounts: Iterable[str]) -> None:
        self._store = store
        self._accounts = tuple(accounts)
        self._ours: tuple[str, ...] = ()
        self._found: dict[Person, bool] = {}

    def among(self, people: Iterable[Person]) -> frozenset[Person]:
        """Those whose name or handle looks like ours."""
        ours = tuple(self._names())
        if ours != self._ours or len(self._found) > NAMES_KEPT:
            self._ours, self._found = ours, {}
        return frozenset(who for who in people if self._looks_like_us(who))

    def in_thread(self, messages: Sequence[Message]) -> frozenset[str]:
        """Ids of the messages they wrote."""
        arrived = [m for m in messages if m.direction is Direction.IN]
        found = self.among({m.author for m in arrived})
        return frozenset(m.id for m in arrived if m.author in found)

    def _names(self) -> Iterable[str]:
        for account in self._accounts:
            kept = self._store.setting(health_key(account)) or {}
            yield from (name for name in (kept.get("name"), kept.get("handle")) if name)

    def _looks_like_us(self, who: Person) -> bool:
        if who not in self._found:
            self._found[who] = any(looks_like(name, self._ours) for name in (who.name, who.handle) if name)
        return self._found[who]


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
