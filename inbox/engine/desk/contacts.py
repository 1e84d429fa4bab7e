"""Contacts: a person as one platform knows them, and which of them the agent has joined into one human."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, Person
from inbox.domain.records import Record, replace

if TYPE_CHECKING:
    from inbox.ports.store import Store


class Contact(Record, kw_only=True):
    """A person as one platform knows them."""

    platform: str
    person: Person

    @property
    def key(self) -> str:
        """Return `platform:remote_id`, as people type it; empty where the platform gives no id."""
        return f"{self.platform}:{self.person.remote_id}" if self.person.remote_id else ""


def contact_of(conversation: Conversation) -> Contact:
    """Return whom a conversation is with."""
    return Contact(platform=conversation.platform, person=conversation.contact)


def conversations_of(store: Store, contact: Contact) -> list[Conversation]:
    """Return all conversations with a contact, in no order."""
    if not contact.person.remote_id:
        return []
    return store.conversations.get_many(
        store.conversations.of_contact(contact.platform, contact.person.remote_id)
    )


def joined_key(key: str) -> str:
    """Return the name of the setting that keeps whom a contact is joined with. `key`: that of the contact."""
    return f"joined:{key}"


def person_tags_key(contact: str) -> str:
    """Return the name of the setting that keeps the tags of a contact as a person. `contact`: its key."""
    return f"person-tags:{contact}"


def group_of(store: Store, key: str) -> list[str]:
    """Return the keys of all that are joined with a contact, its own included."""
    return list(store.small_things.setting(joined_key(key)) or [key])


def joined_with(store: Store, contact: Contact) -> list[Contact]:
    """Return the other contacts that are the same human, as their newest conversation shows them."""
    if not contact.key:
        return []
    return [newest_contact(store, key) for key in group_of(store, contact.key) if key != contact.key]


def newest_contact(store: Store, key: str) -> Contact:
    """Return a contact by its key, as its newest conversation shows it."""
    platform, _, remote_id = key.partition(":")
    heads = conversations_of(store, Contact(platform=platform, person=Person(remote_id=remote_id)))
    newest = max(heads, key=lambda c: (c.last_message_at is not None, c.last_message_at), default=None)
    return Contact(platform=platform, person=newest.contact if newest else Person(remote_id=remote_id))


def tags_of(store: Store, contact: Contact) -> tuple[str, ...]:
    """Return the tags of the contact and of all who are joined with it, by name."""
    everybody = (contact, *joined_with(store, contact)) if contact.key else ()
    kept = [store.small_things.setting(person_tags_key(one.key)) or [] for one in everybody]
    return tuple(sorted({tag for tags in kept for tag in tags}))


def with_person_tags(store: Store, head: Conversation) -> Conversation:
    """Return a conversation with the tags of its contact."""
    tags = tags_of(store, contact_of(head))
    return head if tags == head.person_tags else replace(head, person_tags=tags)


def let_go(store: Store, key: str) -> None:
    """Remove what is kept of a contact, its tags too; the others stay joined without it. `key`: that of the contact."""
    rest = [one for one in group_of(store, key) if one != key]
    for one in rest:
        store.small_things.put_setting(joined_key(one), rest if len(rest) > 1 else None)
    store.small_things.put_setting(joined_key(key), None)
    store.small_things.put_setting(person_tags_key(key), None)
