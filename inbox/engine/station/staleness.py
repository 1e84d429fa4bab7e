"""Whether a reply still fits what is in the thread now, and who else answers there.

The same question in two places: when a reply is put into the outbox (a colleague on this store may have been
quicker), and once more before it leaves (somebody may have answered in the platform's own app).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.domain.model import Direction, Message
from inbox.domain.outbox import LEAVING, OutboxItem, Phase, move
from inbox.domain.records import replace

if TYPE_CHECKING:
    from inbox.ports.store import Store

STALE_AFTER = timedelta(hours=4)
"""A reply that could not leave for so long is asked about before it goes."""

IN_FLIGHT = (Phase.PREPARED, Phase.ON_WIRE, Phase.UNCONFIRMED, Phase.ASK_AGENT, *LEAVING)
"""Phases in which a reply is out, perhaps out, or leaves by itself."""

NEXT_STEP = "Send it all the same, or take it back."


def stale_reason(store: Store, item: OutboxItem, now: datetime) -> str | None:
    """Why a reply no longer fits, in words; None where it does."""
    before = store.outbox.get(item.after) if item.after else None
    if before is not None and before.phase is not Phase.SENT:
        return "The part before it did not go out."
    if now - item.not_before > STALE_AFTER and item.phase is Phase.QUEUED:
        return "It could not leave for hours; things may have changed."
    messages = store.messages.of_conversation(item.conversation)
    target = next((m for m in messages if m.remote_id == item.reply_to), None)
    if target is not None and target.deleted_at is not None:
        return "The message it answers was deleted."
    if target is not None and not target.shown:
        return "The message it answers seems to be deleted; a second look will tell."
    seen = item.seen_at or item.created_at
    if target is not None and any(version.until > seen for version in target.versions):
        return "The message it answers was edited meanwhile."
    return answered_by_another(item, messages)


def answered_by_another(item: OutboxItem, messages: Iterable[Message]) -> str | None:
    """Who answered since the agent looked: in the platform's app, or another agent from here."""
    answers = [
        m
        for m in messages
        if m.direction is Direction.OUT and m.shown and m.seq > item.seen_seq and _by_another(m, item)
    ]
    if not answers:
        return None
    last = answers[-1]
    who = (last.agent if last.outbox else last.author.name) or "A colleague"
    return f"{who} answered meanwhile."


def _by_another(message: Message, item: OutboxItem) -> bool:
    if message.outbox is None:
        return True
    return message.agent != item.agent and message.outbox not in item.known_replies


def others_in_flight(store: Store, item: OutboxItem) -> list[OutboxItem]:
    """Replies of other agents to the same conversation that leave, are leaving or may have left."""
    return [
        other
        for other in store.outbox.items(conversation=item.conversation, phases=IN_FLIGHT)
        if other.deed is None and other.agent != item.agent and other.id != item.id
    ]


def crossed_reason(store: Store, item: OutboxItem) -> str | None:
    """Why a reply that is just being put into the outbox is asked about first; None where nobody was quicker. Call
    it in the transaction that queues the reply: of two agents in the same moment, one is asked."""
    said = answered_by_another(item, store.messages.of_conversation(item.conversation))
    if said is not None:
        return said
    others = [other for other in others_in_flight(store, item) if other.id not in item.known_replies]
    return f"{others[-1].agent} is answering too." if others else None


def asked_first(store: Store, item: OutboxItem, *, anyway: bool) -> OutboxItem:
    """The item as it goes into the outbox: stale where somebody else was quicker. `anyway`: the agent knows."""
    if anyway:
        return replace(item, known_replies=tuple(other.id for other in others_in_flight(store, item)))
    reason = crossed_reason(store, item)
    return move(item, Phase.STALE, reason=reason, next_step=NEXT_STEP) if reason else item
