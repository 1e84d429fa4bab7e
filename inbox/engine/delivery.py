"""Getting replies out: the outbox machine of `domain.outbox`, driven.

Every step is durable before the next begins: `prepared` before a socket is opened, `on_wire` before the first
byte leaves. A reply whose outcome is unknown is looked up on the platform, never sent again by itself.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from inbox.domain import lifecycle
from inbox.domain.model import Conversation, Deed, Direction, Event, Message, Person, SendState
from inbox.domain.outbox import LEAVING, Attempt, OutboxItem, Phase, move
from inbox.domain.records import replace
from inbox.domain.sla import Timers
from inbox.engine.files import altered
from inbox.engine.sync import Reader
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports import Clock, Outgoing, Receipt, Sightings, Store

log = logging.getLogger(__name__)

TRIES = 3
"""Tries of a reply that never left the machine, before the agent is told that it failed."""
RETRY_PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
OFFLINE_FOR = timedelta(hours=24)
"""So long a reply waits for the network itself to come back."""
STALE_AFTER = timedelta(hours=4)
"""A reply that could not leave for so long is asked about before it goes."""

SET_BACK = timedelta(seconds=5)
"""What a clock is slewed by is less; what is more was a hand, a dead battery, or the first answer of a time server."""

LOOKS = 3
SETTLE = timedelta(minutes=2)
LOOK_PAUSES = (timedelta(seconds=1), timedelta(seconds=4), timedelta(seconds=15), timedelta(seconds=45))
"""A reply accepted after our timeout must still be found: at least `LOOKS` complete look-ups over `SETTLE`."""

BUSY = frozenset({Phase.PREPARED, Phase.ON_WIRE, Phase.UNCONFIRMED, Phase.ASK_AGENT, *LEAVING})
"""Earlier replies in these phases hold later ones of the same conversation back: the order is kept."""


class Delivery:
    """Delivers for the accounts whose readers it is given; one at a time per conversation."""

    def __init__(self, store: Store, clock: Clock, timers: Timers, readers: Mapping[str, Reader]) -> None:
        self.store = store
        self.clock = clock
        self.timers = timers
        self.readers = readers
        self.worker = uuid.uuid4().hex
        self._next_look: dict[str, datetime] = {}
        self._looked: dict[str, int] = {}
        self._under_way: dict[str, asyncio.Task[OutboxItem]] = {}
        self._looked_at = clock.now()
        self.waiting = True
        """Whether anything is held or on its way, as of the last look."""

    def recover(self) -> None:
        """At start, before anything else: what a dead process left behind. Prepared: nothing had left the
        machine, so it goes on. On the wire: unknown, so it is looked up."""
        with self.store.transaction():
            for item in self.store.outbox(phases=(Phase.PREPARED, Phase.ON_WIRE)):
                if item.phase is Phase.PREPARED:
                    self.store.put_outbox(move(item, Phase.QUEUED))
                elif item.deed is not None:
                    self.store.put_outbox(move(item, Phase.RETRY_WAIT, not_before=self.clock.now()))
                else:
                    self.store.put_outbox(
                        move(
                            item,
                            Phase.UNCONFIRMED,
                            reason="The program stopped while it was being sent.",
                            next_step="It is being looked up on the platform.",
                        )
                    )

    # -- what is due -------------------------------------------------------------------------------------

    def due(self) -> list[OutboxItem]:
        """Replies that may leave now, oldest first; at most one per conversation."""
        now = self.clock.now()
        first: dict[str, OutboxItem] = {}
        for item in self.store.outbox(phases=BUSY):
            first.setdefault(item.conversation, item)
        self.waiting = any(item.phase is not Phase.ASK_AGENT for item in first.values())
        return [
            i for i in first.values() if i.phase in LEAVING and i.not_before <= now and self._may_leave(i)
        ]

    def _may_leave(self, item: OutboxItem) -> bool:
        reader = self.readers.get(item.account)
        if reader is None:
            return False
        signed_out = item.phase is Phase.BLOCKED and not reader.signed_in
        return not signed_out

    def open_items(self) -> list[OutboxItem]:
        """Replies of our accounts that leave or settle by themselves."""
        return [i for i in self.store.outbox(phases=BUSY) if i.account in self.readers]

    def will_leave(self, item: OutboxItem, by: datetime) -> bool:
        """Whether it leaves by itself no later than `by`: nothing earlier in its conversation holds it back."""
        if item.phase not in LEAVING or item.not_before > by or not self._may_leave(item):
            return False
        queue = self.store.outbox(conversation=item.conversation, phases=BUSY)
        return all(
            i.phase in LEAVING and i.not_before <= by for i in queue[: [i.id for i in queue].index(item.id)]
        )

    def unconfirmed(self) -> list[OutboxItem]:
        """Replies to look up now."""
        now = self.clock.now()
        waiting = self.store.outbox(phases=(Phase.UNCONFIRMED,))
        return [i for i in waiting if i.account in self.readers and self._next_look.get(i.id, now) <= now]

    def start_due(self) -> list[asyncio.Task[OutboxItem]]:
        """Begin to send what is due and to look up what is unknown; a slow platform delays only its own."""
        self._heed_clock()
        tasks = []
        for items, work in ((self.due(), self.send), (self.unconfirmed(), self.look_up)):
            for item in items:
                if item.id not in self._under_way:
                    task = asyncio.create_task(work(item.id), name=f"reply {item.id}")
                    self._under_way[item.id] = task
                    task.add_done_callback(self._finished)
                    tasks.append(task)
        return tasks

    def _heed_clock(self) -> None:
        """Where the machine's clock was set back an hour, nothing shall wait an hour longer for that."""
        now = self.clock.now()
        back, self._looked_at = self._looked_at - now, now
        if back < SET_BACK:
            return
        log.warning("the clock was set back by %s", back)
        with self.store.transaction():
            for item in self.store.outbox(phases=LEAVING):
                self.store.put_outbox(replace(item, not_before=item.not_before - back))
        self._next_look = {oid: at - back for oid, at in self._next_look.items()}
        for reader in self.readers.values():
            reader.set_back(back)

    def _finished(self, task: asyncio.Task[OutboxItem]) -> None:
        self._under_way = {oid: t for oid, t in self._under_way.items() if t is not task}
        if not task.cancelled() and task.exception() is not None:
            log.error("delivering a reply failed", exc_info=task.exception())

    async def step(self) -> None:
        """Send what is due, look up what is unknown, and wait for that."""
        await asyncio.gather(*self.start_due())

    # -- sending -----------------------------------------------------------------------------------------

    async def send(self, oid: str) -> OutboxItem:
        """Take one reply through an attempt. Returns it as it stands afterwards."""
        item = self._load(oid)
        reader = self.readers[item.account]
        if item.deed is not None:
            return await self._do(item, reader)
        outgoing = await self._check(oid, reader)
        if outgoing is None:
            return self._load(oid)
        prepared = self._prepare(oid)
        if prepared is None:
            return self._load(oid)
        outgoing = replace(outgoing, item=replace(prepared, reply_to=outgoing.item.reply_to))
        try:
            adapter = await reader.connect()
            receipt = await adapter.send(outgoing, lambda: self._on_wire(oid))
        except PlatformError as error:
            return self._settle_error(oid, error)
        if self._load(oid).phase is Phase.PREPARED:
            self._on_wire(oid)  # an adapter that forgot to say so
        return self._sent(oid, receipt)

    async def _do(self, item: OutboxItem, reader: Reader) -> OutboxItem:
        """A deed instead of a reply: nothing to look up, it is done again until the platform says how it went."""
        assert item.deed is not None
        conversation = self.store.conversation(item.conversation)
        prepared = self._prepare(item.id) if conversation is not None else None
        if prepared is None or conversation is None:
            return self._load(item.id)
        try:
            adapter = await reader.connect()
            await adapter.do(
                Deed(item.deed), self._outgoing(prepared, conversation), lambda: self._on_wire(item.id)
            )
        except Uncertain as error:
            return self._settle_error(
                item.id, Unavailable(error.message, next_step=error.next_step, code=error.code)
            )
        except PlatformError as error:
            return self._settle_error(item.id, error)
        return self._done(item.id)

    @staticmethod
    def _outgoing(item: OutboxItem, conversation: Conversation) -> Outgoing:
        return Outgoing(
            item=item,
            surface=conversation.surface,
            thread=conversation.thread,
            contact=conversation.contact,
            last_in_at=conversation.last_in_at,
        )

    def _load(self, oid: str) -> OutboxItem:
        item = self.store.outbox_item(oid)
        if item is None:
            raise LookupError(oid)
        return item

    async def _check(self, oid: str, reader: Reader) -> Outgoing | None:
        """Look at its files and at the thread once more; None if the reply no longer is what the agent sent, or no
        longer fits what stands there."""
        item = self._load(oid)
        said = altered(item.attached)
        if said is not None:
            self._set_aside(oid, said, "Take the reply back (O) and attach the file again.", Phase.FAILED)
            return None
        conversation = self.store.conversation(item.conversation)
        if conversation is None:
            self._set_aside(oid, "The conversation is gone.", "Drop the reply.")
            return None
        try:
            await reader.refresh(conversation.surface, conversation.thread)
        except PlatformError as error:
            # Only a courtesy: the reply itself will meet the same trouble and name it.
            log.info("%s: could not re-read the thread before sending (%s)", item.account, error.kind)
        reason = self._stale(item)
        if reason is not None:
            self._set_aside(oid, reason, "Send it all the same, or take it back.")
            return None
        return self._outgoing(self._behind(item), self.store.conversation(item.conversation) or conversation)

    def _set_aside(self, oid: str, reason: str, next_step: str, to: Phase = Phase.STALE) -> None:
        """Ask the agent, unless the agent took it back while the thread was read."""
        with self.store.transaction():
            item = self._load(oid)
            if item.phase in LEAVING:
                self.store.put_outbox(move(item, to, reason=reason, next_step=next_step))

    def _behind(self, item: OutboxItem) -> OutboxItem:
        """A later part of a numbered thread answers the part before it."""
        before = self.store.outbox_item(item.after) if item.after else None
        return replace(item, reply_to=before.remote_id) if before and before.remote_id else item

    def _stale(self, item: OutboxItem) -> str | None:
        before = self.store.outbox_item(item.after) if item.after else None
        if before is not None and before.phase is not Phase.SENT:
            return "The part before it did not go out."
        if self.clock.now() - item.not_before > STALE_AFTER and item.phase is Phase.QUEUED:
            return "It could not leave for hours; things may have changed."
        messages = self.store.messages(item.conversation)
        target = next((m for m in messages if m.remote_id == item.reply_to), None)
        if target is not None and target.deleted_at is not None:
            return "The message it answers was deleted."
        seen = item.seen_at or item.created_at
        if target is not None and any(version.until > seen for version in target.versions):
            return "The message it answers was edited meanwhile."
        answered = [
            m for m in messages if m.direction is Direction.OUT and m.seq > item.seen_seq and m.outbox is None
        ]
        if answered:
            who = answered[-1].author.name or "A colleague"
            return f"{who} answered meanwhile."
        return None

    def _put(self, item: OutboxItem, to: Phase, **changes: object) -> OutboxItem:
        """One step of the machine, durable."""
        with self.store.transaction():
            current = self._load(item.id)
            moved = move(current, to, **changes)
            self.store.put_outbox(moved)
        return moved

    def _prepare(self, oid: str) -> OutboxItem | None:
        """Claim it: from here on undo is too late. None if the agent was quicker."""
        with self.store.transaction():
            item = self._load(oid)
            if item.phase not in LEAVING:
                return None
            attempt = Attempt(started_at=self.clock.now(), worker=self.worker)
            prepared = move(
                item, Phase.PREPARED, attempts=(*item.attempts, attempt), reason=None, next_step=None
            )
            self.store.put_outbox(prepared)
        return prepared

    def _on_wire(self, oid: str) -> None:
        with self.store.transaction():
            item = self._load(oid)
            if item.phase is Phase.ON_WIRE:
                return
            last = replace(item.attempts[-1], on_wire_at=self.clock.now())
            self.store.put_outbox(move(item, Phase.ON_WIRE, attempts=(*item.attempts[:-1], last)))

    # -- outcomes ----------------------------------------------------------------------------------------

    def _settle_error(self, oid: str, error: PlatformError) -> OutboxItem:
        item = self._load(oid)
        log.warning("%s: a reply did not go out (%s)", item.account, error.code or error.kind)
        if isinstance(error, Uncertain) and item.phase is Phase.PREPARED:
            self._on_wire(oid)
            item = self._load(oid)
        words, now = _words(error), self.clock.now()
        if item.attempts:
            words["attempts"] = (*item.attempts[:-1], replace(item.attempts[-1], outcome=error.kind))
        if isinstance(error, Uncertain):
            self._next_look[oid] = now + LOOK_PAUSES[0]
            return self._put(item, Phase.UNCONFIRMED, **words)
        if isinstance(error, Refused):
            return self._put(item, Phase.FAILED, **words)
        if isinstance(error, RateLimited):
            return self._put(item, Phase.RETRY_WAIT, not_before=error.retry_at, **words)
        if isinstance(error, AuthExpired):
            return self._put(item, Phase.BLOCKED, not_before=now + RETRY_PAUSES[-1], **words)
        return self._again_later(item, error, words)

    def _again_later(self, item: OutboxItem, error: PlatformError, words: Mapping[str, Any]) -> OutboxItem:
        """Nothing has left the machine: wait and try again, but not for ever."""
        if item.phase is Phase.ON_WIRE and item.deed is None:
            # An adapter broke its promise; the safe reading of an unknown outcome.
            return self._put(item, Phase.UNCONFIRMED, **words)
        tries = _tries_in_vain(words.get("attempts", item.attempts))
        waited = self.clock.now() - item.created_at
        offline = isinstance(error, Unavailable) and error.code in ("dns", "offline")
        if (waited > OFFLINE_FOR) if offline else (tries >= TRIES):
            return self._put(item, Phase.FAILED, **words)
        pause = RETRY_PAUSES[max(0, min(tries, len(RETRY_PAUSES)) - 1)]
        return self._put(item, Phase.RETRY_WAIT, not_before=self.clock.now() + pause, **words)

    def _sent(self, oid: str, receipt: Receipt) -> OutboxItem:
        """Sent, with the message in the thread and the timer stopped, in one commit."""
        now = self.clock.now()
        with self.store.transaction():
            item = self._load(oid)
            sent = move(
                item,
                Phase.SENT,
                remote_id=receipt.remote_id,
                sent_at=receipt.sent_at or now,
                reason=None,
                next_step=None,
            )
            self.store.put_outbox(sent)
            self._into_thread(sent, receipt, now)
            self.store.log(
                Event(
                    conversation=item.conversation,
                    at=now,
                    what="answered",
                    agent=item.agent,
                    detail={"item": oid},
                )
            )
            if receipt.note:
                self.store.log(
                    Event(
                        conversation=item.conversation,
                        at=now,
                        what=f"sent, but: {receipt.note}",
                        detail={"item": oid},
                    )
                )
        self._next_look.pop(oid, None)
        return sent

    def _done(self, oid: str) -> OutboxItem:
        """A deed is done: its effect shows at once, without waiting for the next reading."""
        now = self.clock.now()
        with self.store.transaction():
            item = self._load(oid)
            done = move(item, Phase.SENT, sent_at=now, reason=None, next_step=None)
            self.store.put_outbox(done)
            target = next(
                (m for m in self.store.messages(item.conversation) if m.remote_id == item.reply_to), None
            )
            if target is not None:
                self.store.put_message(_after(target, Deed(item.deed or ""), now))
            head = self.store.conversation(item.conversation)
            if head is not None:
                self.store.put_conversation(
                    lifecycle.settle(head, self.store.messages(item.conversation), self.timers)
                )
            self.store.log(
                Event(
                    conversation=item.conversation,
                    at=now,
                    what=f"did: {item.deed}",
                    agent=item.agent,
                    detail={"item": oid},
                )
            )
        return done

    def _into_thread(self, item: OutboxItem, receipt: Receipt, now: datetime) -> None:
        conversation = self.store.conversation(item.conversation)
        if conversation is None:
            return
        aside = item.private and not conversation.surface.private
        # A private reply is also a message of the Messenger conversation it opens: two rows, one each.
        mid = f"{item.account}:private:{receipt.key}" if aside else f"{item.account}:{receipt.key}"
        known = self.store.message(mid)
        identity = self.readers[item.account].identity
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
            sent_at=receipt.sent_at or now,
            received_at=now,
            reply_to=item.reply_to,
            url=receipt.url,
            private=item.private,
            outbox=item.id,
            agent=item.agent,
        )
        if known is not None:
            message = replace(known, outbox=item.id, agent=item.agent)
        stored = self.store.put_message(message)
        head = lifecycle.settle(conversation, self.store.messages(item.conversation), self.timers)
        if item.also_resolve:
            # The platform's clock may run ahead of ours: the answer came first.
            head = lifecycle.resolve(head, item.agent, max(now, stored.sent_at))
        self.store.put_conversation(
            lifecycle.settle(head, self.store.messages(item.conversation), self.timers)
        )

    # -- looking up what is unknown ----------------------------------------------------------------------

    async def look_up(self, oid: str) -> OutboxItem:
        """One look on the platform for a reply whose outcome is unknown."""
        item = self._load(oid)
        reader = self.readers[item.account]
        conversation = self.store.conversation(item.conversation)
        if conversation is None or item.phase is not Phase.UNCONFIRMED:
            return item
        began = item.attempts[-1].started_at if item.attempts else item.created_at
        outgoing = self._outgoing(self._behind(item), conversation)
        try:
            adapter = await reader.connect()
            sightings = await adapter.find(outgoing, began)
        except PlatformError as error:
            log.info("%s: look-up of a reply failed (%s)", item.account, error.kind)
            sightings = Sightings(found=(), complete=False)
            if error.retry_at is not None:
                self._next_look[oid] = error.retry_at
        return self._judge(oid, sightings, began)

    def _judge(self, oid: str, sightings: Sightings, began: datetime) -> OutboxItem:
        item = self._load(oid)
        matches = [r for r in sightings.found if self._free(item, r, began)]
        if len(matches) == 1:
            return self._sent(oid, matches[0])
        if len(matches) > 1:
            return self._put(
                item,
                Phase.ASK_AGENT,
                reason="Several messages on the platform could be this reply.",
                next_step="Look (o), then say whether it is there, or send it again.",
            )
        now = self.clock.now()
        looks = item.looks + (1 if sightings.complete else 0)
        if looks >= LOOKS and now - began >= SETTLE:
            return self._put(
                item,
                Phase.ASK_AGENT,
                looks=looks,
                reason="It was not seen on the platform.",
                next_step="Look (o), then send it again, say it is there, or drop it.",
            )
        self._looked[oid] = tried = self._looked.get(oid, 0) + 1
        pause = LOOK_PAUSES[min(tried, len(LOOK_PAUSES) - 1)]
        self._next_look[oid] = max(self._next_look.get(oid, now), now + pause)
        if looks != item.looks:
            item = replace(item, looks=looks)
            self.store.put_outbox(item)
        return item

    def _free(self, item: OutboxItem, receipt: Receipt, began: datetime) -> bool:
        """Not another reply's, and not something we had read before this attempt began."""
        other = self.store.outbox_by_remote(item.account, receipt.remote_id)
        if other is not None and other.id != item.id:
            return False
        known = self.store.message(f"{item.account}:{receipt.key}")
        return known is None or (known.received_at >= began and known.outbox in (None, item.id))


def _tries_in_vain(attempts: Sequence[Attempt]) -> int:
    """How many attempts in a row never left the machine; a rate limit in between begins a new row."""
    vain = 0
    for attempt in reversed(attempts):
        if attempt.outcome != Unavailable.kind:
            break
        vain += 1
    return vain


def _words(error: PlatformError) -> dict[str, Any]:
    return {"reason": error.message, "next_step": error.next_step}


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


def tally(items: list[OutboxItem]) -> dict[str, int]:
    """How a delivery ended: sent, failed, uncertain, waiting."""
    names = {
        SendState.SENT: "sent",
        SendState.FAILED: "failed",
        SendState.UNCERTAIN: "uncertain",
        SendState.HELD: "waiting",
        SendState.SENDING: "waiting",
    }
    counts = {"sent": 0, "failed": 0, "uncertain": 0, "waiting": 0}
    for item in items:
        if item.deed is None and item.state in names:
            counts[names[item.state]] += 1
    return counts
