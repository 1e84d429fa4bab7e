"""The agent's word on a reply that has not left, or whose outcome asks for one: take it back, send it again, it is there.

Each can be taken back itself, as long as nothing followed from it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.domain.outbox import LEAVING, OPEN, OutboxItem, Phase, move
from inbox.domain.records import replace
from inbox.engine.desk.drafts import Drafted, given_back, in_front
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.undo import Step
from inbox.engine.station.staleness import others_in_flight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace


NO_HOLD = timedelta(0)


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


def since(item: OutboxItem) -> str:
    if item.phase in (Phase.PREPARED, Phase.ON_WIRE):
        return "It is being sent right now; it can no longer be taken back."
    return f"It is {item.state} now, and stays that way."


class Settled(Step):
    """The agent's word on one item of the outbox: `there` after it, `wanted` before."""

    there: OutboxItem
    wanted: OutboxItem

    @property
    def touches(self) -> Sequence[str]:
        return [self.there.conversation]

    def reverse(self, log: ActionLog) -> Settled:
        current = log.item(self.there.id)
        if current != self.there:
            raise NotAllowed(since(current))
        return Settled(put_back(self.wanted, log), current)


def take_back(log: ActionLog, oid: str) -> OutboxItem:
    """Its text becomes the draft again, before what was begun since. Raises NotAllowed once it is on its way."""
    with log.store.transaction():
        item = _item(log, oid)
        if item.phase in (Phase.PREPARED, Phase.ON_WIRE):
            raise NotAllowed("It is being sent right now; it can no longer be taken back.")
        if item.phase in (Phase.SENT, Phase.CANCELLED):
            raise NotAllowed(f"It was {item.phase} already.")
        cancelled = move(item, Phase.CANCELLED, reason=None, next_step=None)
        log.store.outbox.put(cancelled)
        drafted = () if item.deed else (_give_back(log, item),)
        log.tell(item.conversation, "took a reply back", item=oid)
        log.remember("took a reply back", Settled(cancelled, item), *drafted)
    return cancelled


def _give_back(log: ActionLog, item: OutboxItem) -> Drafted:
    now = log.store.outbox.draft(item.conversation, log.agent)
    draft = in_front(given_back([item], log.agent, log.clock.now()), now)
    log.store.outbox.put_draft(draft)
    return Drafted(item.conversation, draft, now)


def send_again(log: ActionLog, oid: str) -> OutboxItem:
    """For what failed, is uncertain, is stale or waits."""
    with log.store.transaction():
        item = _item(log, oid)
        if item.phase is Phase.UNCONFIRMED:
            raise NotAllowed("It is still being looked up on the platform; wait until that is settled.")
        if item.phase in (Phase.PREPARED, Phase.ON_WIRE, Phase.SENT):
            raise NotAllowed(f"It is {item.state} already.")
        now = log.clock.now()
        if item.phase in LEAVING:
            again = replace(item, not_before=now)
        else:
            head = log.store.conversations.get(item.conversation)
            again = move(
                item,
                Phase.QUEUED,
                not_before=now,
                reason=None,
                next_step=None,
                looks=0,
                seen_seq=head.last_seq if head else item.seen_seq,
                seen_at=now,
                known_replies=tuple(other.id for other in others_in_flight(log.store, item)),
            )
        log.store.outbox.put(again)
        log.tell(item.conversation, "sent a reply again", item=oid)
        log.remember("sent a reply again", Settled(again, item))
    return again


def confirm(log: ActionLog, oid: str) -> OutboxItem:
    """The agent saw it on the platform: the next read brings the message itself."""
    with log.store.transaction():
        item = _item(log, oid)
        if item.phase is not Phase.ASK_AGENT:
            raise NotAllowed(f"It is {item.state}; only an uncertain reply can be settled by hand.")
        sent = move(item, Phase.SENT, reason=None, next_step=None, sent_at=log.clock.now())
        log.store.outbox.put(sent)
        log.tell(item.conversation, "confirmed a reply as sent", item=oid)
        log.remember("confirmed a reply as sent", Settled(sent, item))
    return sent


def _item(log: ActionLog, oid: str) -> OutboxItem:
    item = log.store.outbox.get(oid)
    if item is None:
        raise Unknown(f'no outbox item "{oid}"; "inbox outbox" lists them')
    return item


class Outbox:
    """Shows what has not left, and takes the agent's word on it, by the id of an item."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def items(self) -> list[OutboxItem]:
        """Return what has not left, or needs a word, oldest first."""
        return self._work.store.outbox.items(phases=OPEN)

    def cancel(self, oid: str) -> OutboxItem:
        """Take a reply back that has not left, or drop one that failed or is uncertain; its text becomes the draft
        again, before what was begun since. Raises NotAllowed once it is on its way, Unknown."""
        return take_back(self._work.log, oid)

    def retry(self, oid: str) -> OutboxItem:
        """Send (again) what failed, is uncertain, is stale or waits. Raises NotAllowed, Unknown."""
        return send_again(self._work.log, oid)

    def confirm_sent(self, oid: str) -> OutboxItem:
        """Settle an uncertain reply as sent: the agent saw it on the platform, and the next read brings the message
        itself. Raises NotAllowed, Unknown."""
        return confirm(self._work.log, oid)
