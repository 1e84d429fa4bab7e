"""What is done to a message or a person on the platform, as an item of the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, Deed, Direction, Message
from inbox.domain.outbox import ALLOWED, OutboxItem, Phase, move
from inbox.domain.records import replace
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.outbox import Settled, since
from inbox.engine.desk.undo import Step

if TYPE_CHECKING:
    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace

TO_PERSONS = frozenset({Deed.BLOCK, Deed.UNBLOCK})
_PAIRS = ((Deed.HIDE, Deed.UNHIDE), (Deed.LIKE, Deed.UNLIKE), (Deed.BLOCK, Deed.UNBLOCK))
OPPOSITES = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
"""What takes a deed back; nothing brings a deleted message back."""


def forbids(
    deed: Deed, conversation: Conversation, target: Message | None, offered: frozenset[Deed]
) -> str | None:
    """What speaks against it, in words; None if nothing does."""
    if deed not in offered:
        return f"{conversation.platform} does not offer that here ({deed})."
    if deed in TO_PERSONS and conversation.contact.remote_id is None:
        return "The platform does not say who this is, so nobody can be blocked."
    if target is not None and deed in target.barred:
        return f"The platform does not allow that for this message ({deed})."
    if target is not None and deed is Deed.DELETE and target.direction is not Direction.OUT:
        return "Only our own messages can be deleted."
    return None


def newest_for(messages: Sequence[Message], deed: Deed) -> Message | None:
    """The newest message the deed can be done to; `messages` by time."""
    wanted = Direction.OUT if deed is Deed.DELETE else Direction.IN
    fitting = (m for m in reversed(messages) if m.direction is wanted and m.stands and deed not in m.barred)
    return next(fitting, None)


def new_deed(
    deed: Deed, conversation: Conversation, target: Message | None, agent: str, now: datetime
) -> OutboxItem:
    return OutboxItem(
        id=uuid.uuid4().hex,
        key=uuid.uuid4().hex,
        conversation=conversation.id,
        account=conversation.account,
        agent=agent,
        text="",
        private=False,
        created_at=now,
        not_before=now,
        reply_to=target.remote_id if target else None,
        recipient=conversation.contact.remote_id,
        deed=deed.value,
    )


class Asked(Step):
    """Something done on the platform. Taken back before it left, or by its opposite."""

    item: str
    conversation: str

    @property
    def touches(self) -> Sequence[str]:
        return [self.conversation]

    def reverse(self, log: ActionLog) -> Step:
        item = log.item(self.item)
        if Phase.CANCELLED in ALLOWED[item.phase]:
            cancelled = move(item, Phase.CANCELLED, reason=None, next_step=None)
            log.store.outbox.put(cancelled)
            return Settled(cancelled, item)
        opposite = OPPOSITES.get(Deed(item.deed or ""))
        if item.phase is not Phase.SENT:
            raise NotAllowed(since(item))
        if opposite is None or opposite not in log.deeds(item.conversation):
            raise NotAllowed("It is done, and the platform has no way to take it back.")
        head = log.head(item.conversation)
        undone = replace(new_deed(opposite, head, None, log.agent, log.clock.now()), reply_to=item.reply_to)
        log.store.outbox.put(undone)
        return Asked(undone.id, item.conversation)


class Moderation:
    """Hides, likes, deletes and blocks on the platform, through the outbox."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def offered(self, cid: str) -> frozenset[Deed]:
        """Return what can be done to messages of this conversation on its platform. Raises Unknown."""
        return self._work.platforms.deeds(self._work.conversation(cid))

    def do(self, cid: str, deed: Deed, message: str | None = None) -> OutboxItem:
        """Do something on the platform: to the message with this id, or to the person (block, unblock).

        It goes through the outbox, so it survives a crash and a lost network. Raises NotAllowed, Unknown.
        """
        work = self._work
        with work.store.transaction():
            conversation = work.conversation(cid)
            target = work.store.messages.get(message) if message else None
            said = forbids(deed, conversation, target, work.platforms.deeds(conversation))
            if said is not None:
                raise NotAllowed(said)
            if deed not in TO_PERSONS and (target is None or target.conversation != cid):
                raise Unknown(f'no message "{message}" in this conversation')
            item = new_deed(deed, conversation, target, work.agent, work.clock.now())
            work.store.outbox.put(item)
            work.log.tell(cid, f"asked for: {deed}", item=item.id)
            work.log.remember(f"asked for: {deed}", Asked(item.id, cid))
        return item

    def newest_for(self, cid: str, deed: Deed) -> str | None:
        """Return the id of the newest message the deed can be done to; None for deeds that are done to a person.
        Raises NotAllowed where there is no such message, Unknown."""
        if deed in TO_PERSONS:
            return None
        found = newest_for(self._work.store.messages.of_conversation(self._work.conversation(cid).id), deed)
        if found is None:
            raise NotAllowed(f"There is no message here to which this can be done ({deed}).")
        return found.id
