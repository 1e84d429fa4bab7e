"""What undo knows of drafts and of replies that may not have left yet: the steps, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.domain.model import Deed, Direction, Draft
from inbox.domain.outbox import ALLOWED, LEAVING, OutboxItem, Phase, move
from inbox.domain.records import Record, replace
from inbox.engine.desk import drafts, moderation
from inbox.engine.desk.errors import NotAllowed
from inbox.errors import Conflict

if TYPE_CHECKING:
    from inbox.engine.desk.undo import ActionLog, Change, Step

NO_HOLD = timedelta(0)


def content(draft: Draft | None) -> tuple[object, ...]:
    """What of a draft the agent made; an empty one is none."""
    if draft is None or not (draft.text.strip() or draft.files):
        return ()
    return draft.text, draft.private, draft.files


class Drafted(Record):
    """The agent's own draft of a conversation."""

    cid: str
    there: Draft | None
    wanted: Draft | None

    @property
    def touches(self) -> Sequence[str]:
        return [self.cid]

    def reverse(self, log: ActionLog) -> Drafted:
        log.head(self.cid)
        current = log.store.outbox.draft(self.cid, log.agent)
        wanted = self.wanted
        if content(current) != content(self.there):
            if current is None or wanted is None or self.there is not None:
                raise Conflict(current, f"{log.agent} changed the draft meanwhile, in another window.")
            wanted = drafts.in_front(wanted, current)
        if wanted is None or not content(wanted):
            log.store.outbox.delete_draft(self.cid, log.agent)
        else:
            log.store.outbox.put_draft(wanted)
        return Drafted(self.cid, wanted, current)


class Sent(Record):
    """A reply in one or more parts that took its draft along."""

    items: tuple[str, ...]
    draft: Draft

    @property
    def touches(self) -> Sequence[str]:
        return [self.draft.conversation]

    def reverse(self, log: ActionLog) -> Step | None:
        items = [log.item(oid) for oid in self.items]
        held = [item for item in items if Phase.CANCELLED in ALLOWED[item.phase]]
        if not held:
            _delete(items[-1], log)
            return None
        for item in held:
            log.store.outbox.put(move(item, Phase.CANCELLED, reason=None, next_step=None))
        back = self.draft if len(held) == len(items) else drafts.given_back(held, log.agent, log.clock.now())
        drafted = Drafted(self.draft.conversation, None, back).reverse(log)
        return Unsent(tuple(held), drafted)


class Unsent(Record):
    """A reply that was taken back: `items` as they stood until then."""

    items: tuple[OutboxItem, ...]
    drafted: Drafted

    @property
    def touches(self) -> Sequence[str]:
        return [self.drafted.cid]

    def reverse(self, log: ActionLog) -> Sent:
        for item in self.items:
            current = log.item(item.id)
            if current.phase is not Phase.CANCELLED:
                raise NotAllowed(f"It is {current.state} already.")
            put_back(item, log)
        draft = self.drafted.there
        assert draft is not None
        self.drafted.reverse(log)
        return Sent(tuple(item.id for item in self.items), draft)


def put_back(item: OutboxItem, log: ActionLog) -> OutboxItem:
    """An item as it stood. What leaves by itself is held first, like a new reply.

    No step of the machine leads here: one that the agent took is withdrawn, while nothing followed from it.
    """
    if item.phase in LEAVING:
        hold = NO_HOLD if item.deed else log.holds[item.private]
        now = log.clock.now()
        item = replace(item, phase=Phase.QUEUED, not_before=now + hold, reason=None, next_step=None)
    log.store.outbox.put(item)
    return item


def replies_told(change: Change, steps: Sequence[Step], how: str) -> str:
    """Say of a walk how many of its replies were taken back, or are sent after all."""
    done = sum(isinstance(step, (Sent, Unsent)) for step in steps)
    whole = sum(isinstance(step, (Sent, Unsent)) for step in change.steps)
    if not whole:
        return f"the draft: {how}"
    if done == whole == 1:
        return f"the reply: {how}"
    if done == whole:
        return f"{done} replies: {how}"
    return f"{done} of {whole} replies: {how}; the others have left"


def since(item: OutboxItem) -> str:
    if item.phase in (Phase.PREPARED, Phase.ON_WIRE):
        return "It is being sent right now; it can no longer be taken back."
    return f"It is {item.state} now, and stays that way."


def _delete(item: OutboxItem, log: ActionLog) -> None:
    """A reply that is out is deleted there, where the platform lets us."""
    if item.phase is not Phase.SENT:
        raise NotAllowed(since(item))
    messages = log.store.messages.of_conversation(item.conversation)
    sent = next((m for m in messages if m.outbox == item.id and m.direction is Direction.OUT), None)
    head = log.store.conversations.get(item.conversation)
    if sent is None or head is None or Deed.DELETE not in log.deeds(head.id):
        raise NotAllowed("It is out, and the platform has no way to take it back.")
    log.store.outbox.put(moderation.new_deed(Deed.DELETE, head, sent, log.agent, log.clock.now()))
    log.tell(head.id, f"asked for: {Deed.DELETE}")
