"""Tags on a person: they hold in every conversation with them, and with the contacts joined with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain import lifecycle
from inbox.domain.model import Conversation
from inbox.domain.records import replace
from inbox.engine.desk import people, undo
from inbox.engine.desk.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.engine.desk.undo import ActionLog, Done, Step
    from inbox.ports.store import Store


def tags_of(store: Store, contact: people.Contact) -> tuple[str, ...]:
    """Those of the contact and of all who are joined with it, by name."""
    everybody = (contact, *people.joined_with(store, contact)) if contact.key else ()
    kept = [store.small_things.setting(people.person_tags_key(one.key)) or [] for one in everybody]
    return tuple(sorted({tag for tags in kept for tag in tags}))


def with_person_tags(store: Store, head: Conversation) -> Conversation:
    """A conversation with the tags of its contact."""
    tags = tags_of(store, people.contact_of(head))
    return head if tags == head.person_tags else replace(head, person_tags=tags)


def tag_person(log: ActionLog, cids: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> Done:
    """Tag the contacts of some conversations as persons, as one step of undo. Raises NotAllowed where a platform gives
    no id of somebody."""
    words = " ".join([*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)])
    what = f"tagged the person {words}"
    steps: list[Step] = []
    touched: dict[str, None] = {}
    with log.store.transaction():
        for cid in cids:
            contact = people.contact_of(log.head(cid))
            if not contact.key:
                raise NotAllowed("The platform gives no id of this person, so they cannot be tagged.")
            key = people.person_tags_key(contact.key)
            before = log.store.small_things.setting(key)
            tags = [tag for tag in dict.fromkeys([*(before or ()), *add]) if tag not in remove]
            log.store.small_things.put_setting(key, tags or None)
            steps.append(undo.Kept(key, tags or None, before, (cid,)))
            touched |= dict.fromkeys(retag(log, contact))
            log.tell(cid, what)
        log.remember(what, *steps, undo.PersonTags(tuple(touched)))
    return undo.Done(what=what, ids=tuple(cids))


def retag(log: ActionLog, contact: people.Contact) -> list[str]:
    """Bring the tags of a person into all conversations with them. Returns their ids."""
    ids = []
    for one in (contact, *people.joined_with(log.store, contact)):
        ids += log.store.conversations.of_contact(one.platform, one.person.remote_id or "")
    now = log.clock.now()
    for head in log.store.conversations.get_many(ids):
        after = with_person_tags(log.store, head)
        if after != head:
            log.store.conversations.put(log.settled(lifecycle.relabelled(head, after, now)))
    return ids
