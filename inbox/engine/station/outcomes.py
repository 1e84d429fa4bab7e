"""Write how a send ended: the item of the outbox, the message in the thread and the timer, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from inbox.domain import lifecycle
from inbox.domain.model import Deed, Direction, Event, Message, Person
from inbox.domain.outbox import Attempt, OutboxItem, Phase, move
from inbox.domain.records import replace
from inbox.engine.automatic import conversations_with, sent_from_here, settle_again
from inbox.engine.breaches import noted
from inbox.engine.message_ids import find
from inbox.errors import PlatformError, Unavailable

if TYPE_CHECKING:
    from inbox.domain.sla import Timers
    from inbox.ports.platform import Identity, Receipt
    from inbox.ports.store import Store


def record_sent(
    store: Store, timers: Timers, oid: str, receipt: Receipt, identity: Identity | None, now: datetime
) -> OutboxItem:
    """Write that a reply was sent. `identity`: the account as its platform names it. Raises LookupError for an item
    that is gone, Forbidden for one that was settled otherwise, StoreError."""
    with store.transaction():
        item = _load(store, oid)
        sent = move(
            item,
            Phase.SENT,
            remote_id=receipt.remote_id,
            sent_at=receipt.sent_at or now,
            reason=None,
            next_step=None,
        )
        store.outbox.put(sent)
        _into_thread(store, timers, sent, receipt, identity, now)
        detail = {"item": oid}
        answered = Event(
            conversation=item.conversation, at=now, what="answered", agent=item.agent, detail=detail
        )
        store.small_things.log(answered)
        if receipt.note:
            what = f"sent, but: {receipt.note}"
            store.small_things.log(Event(conversation=item.conversation, at=now, what=what, detail=detail))
    return sent


def _into_thread(
    store: Store,
    timers: Timers,
    item: OutboxItem,
    receipt: Receipt,
    identity: Identity | None,
    now: datetime,
) -> None:
    conversation = store.conversations.get(item.conversation)
    if conversation is None:
        return
    aside = item.private and not conversation.surface.private
    # A private reply is also a message of the Messenger conversation it opens: two rows, one each.
    key = f"private:{receipt.key}" if aside else receipt.key
    mid, known = find(store, item.account, conversation.surface, key, answers=True)
    sent_at = receipt.sent_at or now
    message = Message(
        id=mid,
        conversation=item.conversation,
        remote_id=receipt.remote_id,
        direction=Direction.OUT,
        author=Person(
            name=identity.name if identity else None,
            handle=identity.handle if identity else None,
            remote_id=identity.remote_id if identity else None,
        ),
        text=item.text,
        sent_at=sent_at,
        received_at=now,
        reply_to=item.reply_to,
        url=receipt.url,
        private=item.private,
        outbox=item.id,
        agent=item.agent,
        rank=lifecycle.next_rank(store.messages.of_conversation(item.conversation), sent_at),
    )
    if known is not None:
        # It was read before we knew that it is ours: a person wrote it.
        sent = replace(known, outbox=item.id, agent=item.agent)
        message = replace(sent, automatic="", direction=Direction.OUT, notice="")
    stored = store.messages.put(message)
    doubted = sent_from_here(store, conversation, stored)
    head = lifecycle.settle(conversation, store.messages.of_conversation(item.conversation), timers)
    if item.also_resolve:
        # The platform's clock may run ahead of ours: the answer came first.
        head = lifecycle.resolve(head, item.agent, max(now, stored.sent_at))
    head = lifecycle.settle(head, store.messages.of_conversation(item.conversation), timers)
    store.conversations.put(noted(store, head, now))
    settle_again(store, conversations_with(store, doubted), timers, now)


def record_done(store: Store, timers: Timers, oid: str, now: datetime) -> OutboxItem:
    """Write that something was done on the platform (hide, like, delete ...). Its effect shows at once, without
    waiting for the next reading. Raises as `record_sent`."""
    with store.transaction():
        item = _load(store, oid)
        done = move(item, Phase.SENT, sent_at=now, reason=None, next_step=None)
        store.outbox.put(done)
        target = next(
            (m for m in store.messages.of_conversation(item.conversation) if m.remote_id == item.reply_to),
            None,
        )
        if target is not None:
            store.messages.put(_after(target, Deed(item.deed or ""), now))
        head = store.conversations.get(item.conversation)
        if head is not None:
            store.conversations.put(
                lifecycle.settle(head, store.messages.of_conversation(item.conversation), timers)
            )
        store.small_things.log(
            Event(
                conversation=item.conversation,
                at=now,
                what=f"did: {item.deed}",
                agent=item.agent,
                detail={"item": oid},
            )
        )
    return done


def _after(message: Message, deed: Deed, now: datetime) -> Message:
    """The message once the platform has done it."""
    match deed:
        case Deed.HIDE | Deed.UNHIDE:
            return replace(message, hidden=deed is Deed.HIDE)
        case Deed.LIKE | Deed.UNLIKE:
            return replace(message, liked=deed is Deed.LIKE)
        case Deed.DELETE:
            return replace(message, text="", attachments=(), versions=(), deleted_at=now)
        case _:
            return message


def _load(store: Store, oid: str) -> OutboxItem:
    item = store.outbox.get(oid)
    if item is None:
        raise LookupError(oid)
    return item


def tries_in_vain(attempts: Sequence[Attempt]) -> int:
    """Return how many of the latest attempts in a row never left the machine; a rate limit ends a row."""
    vain = 0
    for attempt in reversed(attempts):
        if attempt.outcome != Unavailable.kind:
            break
        vain += 1
    return vain


def in_words(error: PlatformError) -> dict[str, Any]:
    """Return the fields of an item that say why it did not leave."""
    return {"reason": error.message, "next_step": error.next_step}
