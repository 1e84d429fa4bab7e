"""What is done to a message or a person on the platform, as an item of the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from inbox.domain.model import Conversation, Deed, Direction, Message
from inbox.domain.outbox import OutboxItem

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
