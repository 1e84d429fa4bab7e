"""Who stands behind a conversation: what else they wrote, through whichever account, and what colleagues noted.

No platform tells who somebody is on another one, and Facebook gives the same person one id in Messenger and another
under a post. So the agent says it: contacts that are joined are one human. It is kept with each of them, as the list
of all, and is gone with the last conversation of a contact.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from inbox.domain.filter import parse
from inbox.domain.fold import fold, spellings
from inbox.domain.model import Conversation, Direction, Message, Person
from inbox.domain.queue import FAR, Scope
from inbox.domain.records import Record
from inbox.engine.desk import person_tags
from inbox.engine.desk.contacts import (
    Contact,
    contact_of,
    conversations_of,
    group_of,
    joined_key,
    joined_with,
    newest_contact,
)
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.setting_step import Kept
from inbox.engine.desk.undo import Done

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import datetime

    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace
    from inbox.ports.store import Store

LIKELY = 3
"""Likely matches that are suggested at most."""
LOOKED_AT = 40
"""Conversations that are looked at for one name."""


class PersonFile(Record, kw_only=True):
    """`conversations`: the others of the contact and of those `joined` with it, newest first; `notes` and `tags` of all
    of them, by time and by name. `profile`: their page in the browser. `posing`: they could be taken for us."""

    contact: Contact
    conversations: Sequence[Conversation]
    notes: Sequence[Message]
    tags: Sequence[str] = ()
    joined: Sequence[Contact] = ()
    profile: str | None = None
    posing: bool = False

    @property
    def person(self) -> Person:
        """Return the person as the platform of the conversation knows them."""
        return self.contact.person


def person_file(
    store: Store, conversation: Conversation, *, profile: str | None = None, posing: bool = False
) -> PersonFile:
    """Return what is known of the contact of a conversation, and of those joined with it."""
    contact = contact_of(conversation)
    joined = joined_with(store, contact)
    others = [
        c for one in (contact, *joined) for c in conversations_of(store, one) if c.id != conversation.id
    ]
    others.sort(key=lambda c: c.last_message_at or FAR, reverse=True)
    heads = [conversation, *others]
    notes = [
        m
        for c in heads
        for m in store.messages.of_conversation(c.id)
        if m.direction is Direction.NOTE and m.deleted_at is None
    ]
    return PersonFile(
        contact=contact,
        conversations=others,
        notes=sorted(notes, key=lambda m: m.sent_at),
        tags=sorted({tag for c in heads for tag in c.tags}),
        joined=joined,
        profile=profile,
        posing=posing,
    )


# -- joined contacts ---------------------------------------------------------------------------------------


def join(log: ActionLog, conversation: Conversation, other: Contact) -> Done:
    """Say that the contact of a conversation and another one are the same human. Raises NotAllowed."""
    one = contact_of(conversation)
    if not one.key or not other.key:
        raise NotAllowed("The platform gives no id of this person, so nothing can be joined with them.")
    with log.store.transaction():
        mine = group_of(log.store, one.key)
        if other.key in mine:
            raise NotAllowed("They are the same person already.")
        theirs = group_of(log.store, other.key)
        steps = _regroup(log, [*mine, *theirs], [conversation.id])
        log.tell(conversation.id, "joined with another contact")
        log.remember("joined", *steps)
    return Done(what="joined", ids=(conversation.id,))


def part(log: ActionLog, conversation: Conversation, other: Contact) -> Done:
    """Take a contact out of those joined with the one of a conversation. Raises NotAllowed."""
    with log.store.transaction():
        group = group_of(log.store, contact_of(conversation).key)
        if other.key not in group or len(group) < 2:
            raise NotAllowed("They are not joined.")
        steps = _regroup(log, [key for key in group if key != other.key], [conversation.id])
        steps += _regroup(log, [other.key], [])
        log.tell(conversation.id, "parted from a joined contact")
        log.remember("parted", *steps)
    return Done(what="parted", ids=(conversation.id,))


def _regroup(log: ActionLog, keys: Sequence[str], touches: Sequence[str]) -> list[Kept]:
    """Keep with each that they are one; who is alone has no entry."""
    group = list(keys) if len(keys) > 1 else None
    steps = []
    for key in keys:
        name = joined_key(key)
        steps.append(Kept(name, group, log.store.small_things.setting(name), tuple(touches)))
        log.store.small_things.put_setting(name, group)
    return steps


# -- finding people ----------------------------------------------------------------------------------------


def likely(store: Store, contact: Contact, now: datetime) -> list[Contact]:
    """Contacts elsewhere with the same folded name or handle, to be joined by the agent or not at all. Elsewhere: on
    another platform, or where the platform has several ids for one person and no handles."""
    if not contact.key:
        return []
    known, looks = set(group_of(store, contact.key)), set(_looks(contact.person))
    found: dict[str, Contact] = {}
    for head in _named(store, contact.person, now):
        other = contact_of(head)
        twin = other.platform == contact.platform and (other.person.handle or contact.person.handle)
        if other.key and other.key not in known and not twin and looks & set(_looks(other.person)):
            found.setdefault(other.key, other)
    return list(found.values())[:LIKELY]


def _looks(person: Person) -> Iterator[str]:
    """A name or handle as it is compared: letters and digits alone, so that "Anna Becker" is `anna_becker`."""
    for name in (person.name, person.handle):
        for spelling in spellings(fold(name or "")):
            squeezed = re.sub(r"[\W_]+", "", spelling)
            if squeezed:
                yield squeezed


def _named(store: Store, person: Person, now: datetime) -> Iterator[Conversation]:
    """Conversations with people whose name or handle holds one of the spellings of this one's."""
    names = [one for name in (person.name, person.handle) if name for one in spellings(fold(name))]
    written = {*names, *_looks(person), *(" ".join(re.split(r"[\W_]+", name)) for name in names)}
    for spelling in sorted(written, key=len, reverse=True):
        if len(spelling) > 2:
            yield from _called(store, spelling, now, LOOKED_AT)


def find_contact(store: Store, platforms: Container[str], named: str, now: datetime) -> Contact:
    """By the id of a conversation with them, `platform:remote_id`, or `@handle`. Raises Unknown."""
    head = store.conversations.get(named)
    if head is not None:
        return contact_of(head)
    platform, _, remote_id = named.partition(":")
    if remote_id and platform in platforms:
        if not store.conversations.of_contact(platform, remote_id):
            raise Unknown(f"nobody here is {named}; name a conversation with them")
        return newest_contact(store, named)
    found = _with_handle(store, named.removeprefix("@"), now)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(one.key for one in found))
        raise Unknown(f"{named} is several people here: {names}. Name one of them like this.")
    raise Unknown(f'nobody here is "{named}"; name a conversation, @handle, or platform:id')


def _with_handle(store: Store, handle: str, now: datetime) -> list[Contact]:
    found: dict[str, Contact] = {}
    heads = _called(store, fold(handle), now, limit=None)
    for one in map(contact_of, heads):
        if (one.person.handle or "").casefold() == handle.casefold():
            found.setdefault(one.key, one)
    return list(found.values())


def _called(store: Store, spelling: str, now: datetime, limit: int | None) -> list[Conversation]:
    """Conversations with people whose name or handle holds these folded words."""
    if not spelling or '"' in spelling:
        return []
    scope = parse(f'from:"{spelling}"', agent="", now=now, zone=UTC).within(Scope())
    return store.conversations.get_many(store.conversations.order(scope, now=now, limit=limit))


class People:
    """Shows, joins and tags the people behind conversations."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def file(self, cid: str) -> PersonFile:
        """Return the contact of a conversation, and those joined with it. Raises Unknown."""
        work, head = self._work, self._work.conversation(cid)
        return person_file(
            work.store,
            head,
            profile=work.platforms.profile(head),
            posing=bool(work.lookalikes.among([head.contact])),
        )

    def likely(self, cid: str) -> list[Contact]:
        """Return contacts that may be the same human as the one of a conversation: for the agent to decide."""
        work = self._work
        return likely(work.store, contact_of(work.conversation(cid)), work.clock.now())

    def join(self, cid: str, other: str) -> Done:
        """Say that the contact of a conversation and another are the same human. `other`: a conversation with them,
        `platform:id` or `@handle`. Raises Unknown, NotAllowed."""
        return join(self._work.log, self._work.conversation(cid), self._find(other))

    def part(self, cid: str, other: str | None = None) -> Done:
        """Take another contact (or the one of the conversation itself) out of those joined. Raises Unknown,
        NotAllowed."""
        return part(self._work.log, self._work.conversation(cid), self._find(other or cid))

    def _find(self, named: str) -> Contact:
        work = self._work
        return find_contact(work.store, set(work.platforms.accounts.values()), named, work.clock.now())

    def tag(self, ids: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Done:
        """Tag the contacts of conversations as persons. Raises NotAllowed where somebody has no id."""
        return person_tags.tag_person(self._work.log, ids, add, remove)
