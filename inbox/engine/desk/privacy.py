"""What is kept about people: handed out, and removed for good.

`export` gives everything as records with a `kind`; `erase` removes one person from the store, its full text, its
backups and what was set aside, and leaves a mark (`domain.erasure`) so that polling does not bring them back.

A conversation in which only the person and we wrote goes as a whole. In a thread that others took part in, the
person's messages become tombstones: the others' words are theirs. Notes and replies of ours in such a thread stay.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from inbox.domain import lifecycle
from inbox.domain.erasure import Erasures
from inbox.domain.model import Context, Conversation, Direction, Draft, Message, Person
from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.queue import Scope
from inbox.domain.records import Record, replace
from inbox.domain.sla import Timers
from inbox.engine import figures, report
from inbox.engine.desk import undo_history
from inbox.engine.desk.contacts import Contact, contact_of, joined_with, let_go, person_tags_key
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.people import find_contact
from inbox.engine.desk.rows import Row
from inbox.engine.erasure_marks import ALIAS, erased, erasures, gone, remember, renamed
from inbox.engine.station.earlier_messages import take_off_list
from inbox.ports.store import Store
from inbox.system import progress

UNSETTLED = (Phase.PREPARED, Phase.ON_WIRE, Phase.UNCONFIRMED)
BATCH = 200

Json = dict[str, Any]


class Holdings(Record, kw_only=True):
    """Everything that is kept about one person. `whole` are conversations that are nobody else's; `elsewhere` are
    their messages in threads of others."""

    platform: str
    person: Person
    whole: Sequence[Conversation]
    shared: Sequence[Conversation]
    messages: Sequence[Message]
    """In `whole`, ours and notes included."""
    elsewhere: Sequence[Message]
    context: Sequence[Context]
    drafts: Sequence[Draft]
    replies: Sequence[OutboxItem]
    tags: Sequence[str]
    """Tags on the person."""
    joined: Sequence[Contact]
    """Other contacts that are the same human: they stay, and are handed out and erased by themselves."""
    set_aside: Mapping[int, dict[str, Any]]

    def lines(self) -> list[str]:
        """What an erasure would remove, for people."""
        counted = (
            (len(self.whole), "conversations as a whole"),
            (len(self.messages), "messages and notes in them"),
            (len(self.elsewhere), "messages of theirs in threads of others"),
            (len(self.context), "posts of theirs around other conversations"),
            (len(self.drafts), "drafts"),
            (len(self.replies), "replies in the outbox"),
            (len(self.set_aside), "items set aside"),
            (len(self.tags), "tags on the person"),
        )
        lines = [f"{number:6} {what}" for number, what in counted if number]
        return lines + [
            f"Joined with {c.key} ({c.person.label}), which stays: name it by itself." for c in self.joined
        ]


class Records:
    """The people in a store. `accounts`: account name to platform."""

    def __init__(self, store: Store, accounts: Mapping[str, str], timers: Timers) -> None:
        self.store = store
        self.accounts = accounts
        self.timers = timers

    # -- whose -------------------------------------------------------------------------------------------

    def find(self, contact: str, now: datetime) -> Holdings:
        """By the id of a conversation with them, `platform:remote_id`, or `@handle`. Raises Unknown."""
        platform, person = self._person(contact, now)
        if person.remote_id is None:
            raise Unknown(
                "The platform does not say who this is; name the conversation to resolve it instead."
            )
        ids = self.store.conversations.of_contact(platform, person.remote_id)
        heads = self.store.conversations.get_many(ids)
        own = [c for c in heads if not self._others(c, person)]
        names = [account for account, on in self.accounts.items() if on == platform]
        elsewhere, around = self._written(names, person.remote_id)
        whole = {c.id for c in own}
        messages = [m for c in own for m in self.store.messages.of_conversation(c.id)]
        return Holdings(
            platform=platform,
            person=person,
            whole=own,
            shared=[c for c in heads if c.id not in whole],
            messages=messages,
            elsewhere=[m for m in elsewhere if m.conversation not in whole],
            context=around,
            drafts=[d for c in own for d in self.store.outbox.drafts(c.id)],
            replies=[i for c in heads for i in self.store.outbox.items(conversation=c.id)],
            tags=self.store.small_things.setting(person_tags_key(f"{platform}:{person.remote_id}")) or [],
            joined=joined_with(self.store, Contact(platform=platform, person=person)),
            set_aside=self._set_aside(names, person),
        )

    def _person(self, contact: str, now: datetime) -> tuple[str, Person]:
        platform, _, remote_id = contact.partition(":")
        on = set(self.accounts.values())
        if remote_id and platform in on and self.store.conversations.get(contact) is None:
            return platform, self._known(platform, remote_id)
        found = find_contact(self.store, on, contact, now)
        return found.platform, found.person

    def _known(self, platform: str, remote_id: str) -> Person:
        for head in self.store.conversations.get_many(
            self.store.conversations.of_contact(platform, remote_id)
        ):
            return head.contact
        for account, on in self.accounts.items():
            messages, context = (
                self.store.messages.written_by(account, remote_id) if on == platform else ([], [])
            )
            authors = [m.author for m in messages] + [c.author for c in context]
            if authors:
                return authors[-1]
        raise Unknown(f"nothing is kept about {platform}:{remote_id}")

    def _others(self, conversation: Conversation, person: Person) -> bool:
        """Whether somebody else than the person and we wrote in it."""
        return any(
            m.direction is Direction.IN and m.author.remote_id not in (person.remote_id, None)
            for m in self.store.messages.of_conversation(conversation.id)
        )

    def _written(self, accounts: Sequence[str], remote_id: str) -> tuple[list[Message], list[Context]]:
        found = [self.store.messages.written_by(account, remote_id) for account in accounts]
        return [m for messages, _ in found for m in messages], [c for _, around in found for c in around]

    def _set_aside(self, accounts: Sequence[str], person: Person) -> dict[int, dict[str, Any]]:
        """By id, handle or name, as they stand in the raw text: rather one too many than one too few."""
        words = [w for w in (person.remote_id, person.handle, person.name) if w]
        words += [json.dumps(w)[1:-1] for w in words]
        return {
            number: item
            for account in accounts
            for number, item in self.store.small_things.set_aside(account).items()
            if any(word in item["raw"] for word in words)
        }

    def _heads(self, now: datetime) -> Iterator[Conversation]:
        ids = self.store.conversations.order(Scope(), now=now)
        for at in range(0, len(ids), BATCH):
            for done, head in enumerate(self.store.conversations.get_many(ids[at : at + BATCH]), at):
                progress.report("export", done, len(ids))
                yield head

    # -- handing out -------------------------------------------------------------------------------------

    def export(self, desk: Desk, held: Holdings | None = None) -> Iterator[Json]:
        """Everything, or all that is kept about one person: records with `kind`, conversation by conversation."""
        now = desk.workplace.clock.now()
        heads = self._heads(now) if held is None else iter([*held.whole, *held.shared])
        joined: set[tuple[str, ...]] = set()
        for head in heads:
            yield from self._conversation(desk, head, now, held)
            group = [contact_of(head), *joined_with(self.store, contact_of(head))]
            if len(group) > 1:
                joined.add(tuple(sorted(one.key for one in group)))
        if held is None:
            asides = {
                n: item
                for account in self.accounts
                for n, item in self.store.small_things.set_aside(account).items()
            }
        else:
            asides = dict(held.set_aside)
            yield from ({"kind": "message", **report.message(m, {})} for m in self._unlisted(held))
            yield from ({"kind": "context", **report.around(c)} for c in held.context)
        yield from self._person_tags(now, held)
        yield from ({"kind": "joined", "contacts": list(keys)} for keys in sorted(joined))
        yield from ({"kind": "set_aside", **item} for item in asides.values())

    def _person_tags(self, now: datetime, held: Holdings | None) -> Iterator[Json]:
        """What each person is tagged with, by contact."""
        if held is not None:
            contacts = {Contact(platform=held.platform, person=held.person).key}
        else:
            contacts = {contact_of(head).key for head in self._heads(now)} - {""}
        for key in sorted(contacts):
            tags = self.store.small_things.setting(person_tags_key(key))
            if tags:
                yield {"kind": "person_tags", "contact": key, "tags": tags}

    @staticmethod
    def _unlisted(held: Holdings) -> list[Message]:
        """Messages of theirs in threads that are not with them."""
        listed = {c.id for c in held.shared}
        return [m for m in held.elsewhere if m.conversation not in listed]

    def _conversation(
        self, desk: Desk, head: Conversation, now: datetime, held: Holdings | None
    ) -> Iterator[Json]:
        yield {
            "kind": "conversation",
            **report.conversation(Row(conversation=head), desk.conversation.way(head), now),
        }
        opened = desk.conversation.thread(head.id)
        messages = list(opened.messages)
        if held is not None and head in held.shared:
            # The others in the thread are not part of what this person may have.
            messages = [
                m
                for m in messages
                if m.direction is not Direction.IN or m.author.remote_id == held.person.remote_id
            ]
        yield from ({"kind": "message", **report.message(m, {})} for m in messages)
        if held is None:
            yield from ({"kind": "context", **report.around(c)} for c in opened.context)
        for draft in self.store.outbox.drafts(head.id):
            yield {
                "kind": "draft",
                "conversation": draft.conversation,
                "agent": draft.agent,
                **report.draft(draft),
            }
        yield from (
            {"kind": "reply", **line} for line in report.outbox(self.store.outbox.items(conversation=head.id))
        )
        for event in opened.events:
            yield {"kind": "event", "conversation": head.id, **report.event(event)}

    # -- removing ----------------------------------------------------------------------------------------

    def erase(self, contact: str, now: datetime) -> Holdings:
        """Remove a person for good; returns what was removed.

        Raises Unknown, NotAllowed while a reply to them may be under way, and StoreError while another inbox has
        the store open.
        """
        with self.store.upkeep.alone():
            with self.store.transaction():
                held = self.find(contact, now)
                if any(item.phase in UNSETTLED for item in held.replies):
                    raise NotAllowed(
                        "A reply to them is being sent, or its outcome is unknown. Settle it first (inbox outbox)."
                    )
                self._remove(held, now)
            self.store.upkeep.scrub()
        return held

    def erase_message(self, message: str, now: datetime) -> Message:
        """Remove what one message says and who wrote it; returns it as it was. Its row stays, so that reading
        the platform again does not bring it back. Raises Unknown, and StoreError as `erase` does."""
        with self.store.upkeep.alone():
            with self.store.transaction():
                found = self.store.messages.get(message)
                if found is None:
                    raise Unknown(f'no message "{message}"; `inbox show CONVERSATION --json` has the ids')
                alias = self._alias(found.conversation, found.author, only=found.id)
                self.store.messages.put(erased(found, now, alias))
                undo_history.forget(self.store, [found.conversation])
                for context in self.store.messages.context([message]):
                    self.store.messages.put_context(gone(context))
                for head in self.store.conversations.get_many([found.conversation]):
                    messages = self.store.messages.of_conversation(head.id)
                    self.store.conversations.put(lifecycle.settle(head, messages, self.timers))
            self.store.upkeep.scrub()
        return found

    def _remove(self, held: Holdings, now: datetime) -> None:
        whole = tuple(c.id for c in held.whole)
        figures.keep(self.store, held.whole)
        self.store.upkeep.forget(whole)
        take_off_list(self.store, whole)
        aliases = {c: self._alias(c, held.person) for c in {m.conversation for m in held.elsewhere}}
        for message in held.elsewhere:
            self.store.messages.put(erased(message, now, aliases[message.conversation]))
        for context in held.context:
            self.store.messages.put_context(gone(context))
        for item in held.replies:
            if item.conversation not in whole and item.recipient == held.person.remote_id:
                self.store.outbox.put(replace(item, recipient=None))
        self.store.small_things.drop_set_aside(list(held.set_aside))
        key = Contact(platform=held.platform, person=held.person).key
        let_go(self.store, key)
        touched = {m.conversation for m in held.elsewhere} | {c.id for c in held.shared}
        undo_history.forget(self.store, {*whole, *touched}, (key, held.person.remote_id or ""))
        for head in self.store.conversations.get_many(sorted(touched)):
            self._settle(head, held.person)
        marks = erasures(self.store)
        if not marks.key:
            marks = Erasures(secrets.token_bytes(32))
        remember(self.store, marks.with_person(held.platform, held.person, whole, now))

    def _alias(self, cid: str, person: Person, *, only: str = "") -> str:
        """Let our answers in a conversation name somebody by an alias, and return it; "" where none names them. `only`:
        the one message that goes, while others of the same person stay."""
        messages, alias = self.store.messages.of_conversation(cid), f"{ALIAS}{secrets.token_hex(8)}"
        ours = [m for m in messages if m.direction is Direction.OUT]
        naming = [(m, after) for m in ours if (after := renamed(m, person, alias)) != m]
        stays = any(
            m.direction is Direction.IN and m.id != only and m.author.remote_id == person.remote_id
            for m in messages
        )
        for before, after in naming:
            names = (*before.names, alias) if only and stays else after.names
            self.store.messages.put(replace(after, names=names))
        return alias if naming else ""

    def _settle(self, head: Conversation, person: Person) -> None:
        theirs = head.contact.remote_id == person.remote_id
        head = replace(head, contact=Person()) if theirs else head
        self.store.conversations.put(
            lifecycle.settle(head, self.store.messages.of_conversation(head.id), self.timers)
        )
