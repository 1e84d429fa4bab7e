"""Tags on a person: they hold in every conversation with them, and with the contacts joined with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from inbox.domain import lifecycle
from inbox.domain.records import replace
from inbox.engine.desk.contacts import (
    Contact,
    contact_of,
    joined_with,
    person_tags_key,
    with_person_tags,
)
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.desk.setting_step import Kept
from inbox.engine.desk.undo import Done, Step

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from inbox.engine.desk.undo import ActionLog


class PersonTags(Step):
    """Conversations with people whose tags as persons changed; the tags themselves are settings (`Kept`)."""

    of_many: ClassVar[bool] = True
    touches: tuple[str, ...]

    def reverse(self, log: ActionLog) -> PersonTags:
        return self

    def follow(self, log: ActionLog) -> None:
        """Bring the tags into the conversations, once the settings are back."""
        for head in log.store.conversations.get_many(self.touches):
            after = with_person_tags(log.store, head)
            if after != head:
                now = log.clock.now()
                log.store.conversations.put(log.settled(lifecycle.labelled_again(head, after, now)))

    def without(self, cids: Set[str]) -> PersonTags:
        return replace(self, touches=tuple(cid for cid in self.touches if cid not in cids))


def tag_person(log: ActionLog, cids: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> Done:
    """Tag the contacts of some conversations as persons, as one step of undo. Raises NotAllowed where a platform gives
    no id of somebody."""
    words = " ".join([*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)])
    what = f"tagged the person {words}"
    steps: list[Step] = []
    touched: dict[str, None] = {}
    with log.store.transaction():
        for cid in cids:
            contact = contact_of(log.head(cid))
            if not contact.key:
                raise NotAllowed("The platform gives no id of this person, so they cannot be tagged.")
            key = person_tags_key(contact.key)
            before = log.store.small_things.setting(key)
            tags = [tag for tag in dict.fromkeys([*(before or ()), *add]) if tag not in remove]
            log.store.small_things.put_setting(key, tags or None)
            steps.append(Kept(key, tags or None, before, (cid,)))
            touched |= dict.fromkeys(retag(log, contact))
            log.tell(cid, what)
        log.remember(what, *steps, PersonTags(tuple(touched)))
    return Done(what=what, ids=tuple(cids))


def retag(log: ActionLog, contact: Contact) -> list[str]:
    """Bring the tags of a person into all conversations with them. Returns their ids."""
    ids = []
    for one in (contact, *joined_with(log.store, contact)):
        ids += log.store.conversations.of_contact(one.platform, one.person.remote_id or "")
    now = log.clock.now()
    for head in log.store.conversations.get_many(ids):
        after = with_person_tags(log.store, head)
        if after != head:
            log.store.conversations.put(log.settled(lifecycle.relabelled(head, after, now)))
    return ids
