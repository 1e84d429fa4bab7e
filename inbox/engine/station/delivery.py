"""Getting replies out: the outbox machine of `domain.outbox`, driven.

Every step is durable before the next begins: `prepared` before a socket is opened, `on_wire` before the first
byte leaves. A reply whose outcome is unknown is looked up on the platform, never sent again by itself.

A store that takes nothing (a full disk) loses no outcome: what the platform answered is kept in memory until it can
be written, and a row that nothing works on any more is recovered at the next look.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.domain.model import Conversation, Deed
from inbox.domain.outbox import LEAVING, Attempt, OutboxItem, Phase, move
from inbox.domain.records import replace
from inbox.domain.sla import Timers
from inbox.engine.desk.files import altered
from inbox.engine.message_ids import of_any_kind
from inbox.engine.reply_lessons import learn_from
from inbox.engine.station.calls import outcome_of
from inbox.engine.station.outcomes import in_words, record_done, record_sent, tries_in_vain
from inbox.engine.station.reader import Reader
from inbox.engine.station.resting import Resting
from inbox.engine.station.staleness import NEXT_STEP, stale_reason
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, StoreError, Unavailable, Uncertain
from inbox.ports.clock import Clock
from inbox.ports.platform import Outgoing, Receipt, Sightings
from inbox.ports.store import Store

log = logging.getLogger(__name__)

TRIES = 3
"""Tries of a reply that never left the machine, before the agent is told that it failed."""
RETRY_PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
OFFLINE_FOR = timedelta(hours=24)
"""So long a reply waits for the network itself to come back."""

SET_BACK = timedelta(seconds=5)
"""What a clock is slewed by is less; what is more was a hand, a dead battery, or the first answer of a time server."""

LOOKS = 3
SETTLE = timedelta(minutes=2)
LOOK_PAUSES = (timedelta(seconds=1), timedelta(seconds=4), timedelta(seconds=15), timedelta(seconds=45))
"""A reply accepted after our timeout must still be found: at least `LOOKS` complete look-ups over `SETTLE`."""

BUSY = frozenset({Phase.PREPARED, Phase.ON_WIRE, Phase.UNCONFIRMED, Phase.ASK_AGENT, *LEAVING})
"""Earlier replies in these phases hold later ones of the same conversation back: the order is kept."""


LAST_BREATH = 0.5  # seconds a send has to end in after it was broken off

Outcome = Receipt | PlatformError | None
"""What a platform said: a receipt of a reply, None for a deed that is done, or how it went wrong."""


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
        self._unwritten: dict[str, Outcome] = {}
        """What a platform said of items whose outcome the store has not taken yet."""
        self.resting = Resting()
        self._looked_at = clock.now()
        self.waiting = True
        """Whether anything is held or on its way, as of the last look."""

    def recover(self) -> None:
        """Take up what nothing works on any more: a process that died left it, or its own task failed. Prepared:
        nothing had left the machine, so it goes on. On the wire: unknown, so it is looked up."""
        if not self._orphans():
            return  # asked four times a second: no write lock for nothing
        with self.store.transaction():
            for item in self._orphans():
                if item.phase is Phase.PREPARED:
                    self.store.outbox.put(move(item, Phase.QUEUED))
                elif item.deed is not None:
                    self.store.outbox.put(move(item, Phase.RETRY_WAIT, not_before=self.clock.now()))
                else:
                    self.store.outbox.put(
                        move(
                            item,
                            Phase.UNCONFIRMED,
                            reason="The program stopped while it was being sent.",
                            next_step="It is being looked up on the platform.",
                        )
                    )

    def _orphans(self) -> list[OutboxItem]:
        """Rows on their way that no task of this process has. Only the process with the lease may ask."""
        kept = self._under_way.keys() | self._unwritten.keys()
        return [
            i for i in self.store.outbox.items(phases=(Phase.PREPARED, Phase.ON_WIRE)) if i.id not in kept
        ]

    # -- what is due -------------------------------------------------------------------------------------

    def due(self) -> list[OutboxItem]:
        """Replies that may leave now, oldest first; at most one per conversation."""
        now = self.clock.now()
        first: dict[str, OutboxItem] = {}
        busy = self.store.outbox.items(phases=BUSY)
        for item in busy:
            first.setdefault(item.conversation, item)
        self.waiting = any(item.phase is not Phase.ASK_AGENT for item in first.values())
        self.resting.keep_only({item.id for item in busy})
        return [
            i
            for i in first.values()
            if i.phase in LEAVING
            and i.not_before <= now
            and self._may_leave(i)
            and self.resting.over(i.id, now)
        ]

    def _may_leave(self, item: OutboxItem) -> bool:
        reader = self.readers.get(item.account)
        if reader is None:
            return False
        signed_out = item.phase is Phase.BLOCKED and not reader.signed_in
        return not signed_out

    def open_items(self) -> list[OutboxItem]:
        """Replies of our accounts that leave or settle by themselves."""
        return [i for i in self.store.outbox.items(phases=BUSY) if i.account in self.readers]

    def will_leave(self, item: OutboxItem, by: datetime) -> bool:
        """Whether it leaves by itself no later than `by`: nothing earlier in its conversation holds it back."""
        if item.phase not in LEAVING or item.not_before > by or not self._may_leave(item):
            return False
        queue = self.store.outbox.items(conversation=item.conversation, phases=BUSY)
        return all(
            i.phase in LEAVING and i.not_before <= by for i in queue[: [i.id for i in queue].index(item.id)]
        )

    def unconfirmed(self) -> list[OutboxItem]:
        """Replies to look up now."""
        now = self.clock.now()
        waiting = self.store.outbox.items(phases=(Phase.UNCONFIRMED,))
        return [
            i
            for i in waiting
            if i.account in self.readers
            and self._next_look.get(i.id, now) <= now
            and self.resting.over(i.id, now)
        ]

    def start_due(self) -> list[asyncio.Task[OutboxItem]]:
        """Begin to send what is due and to look up what is unknown; a slow platform delays only its own."""
        self._heed_clock()
        self._write_outcomes()
        self.recover()
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
            for item in self.store.outbox.items(phases=LEAVING):
                self.store.outbox.put(replace(item, not_before=item.not_before - back))
        self._next_look = {oid: at - back for oid, at in self._next_look.items()}
        self.resting.set_back(back)
        for reader in self.readers.values():
            reader.set_back(back)

    def _finished(self, task: asyncio.Task[OutboxItem]) -> None:
        oid = next((oid for oid, t in self._under_way.items() if t is task), None)
        self._under_way = {other: t for other, t in self._under_way.items() if t is not task}
        if oid is None or task.cancelled():
            return
        error = task.exception()
        if error is None:
            self.resting.worked(oid)
        else:
            self.resting.failed(oid, error, self.clock.now())

    @property
    def under_way(self) -> set[asyncio.Task[OutboxItem]]:
        """Sends and look-ups that have begun and not ended."""
        return set(self._under_way.values())

    async def step(self) -> None:
        """Send what is due, look up what is unknown, and wait for that."""
        ended = await asyncio.gather(*self.start_due(), return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException) and not isinstance(error, Exception):
                raise error

    async def stop(self, seconds: float) -> None:
        """Let what is being sent come to its end for so long, then break it off. What broke off on the wire is
        uncertain, and is looked up by whoever sends next."""
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_BREATH)

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

        async def sending() -> Receipt:
            adapter = await reader.connect()
            return await adapter.send(outgoing, lambda: self._on_wire(oid))

        outcome = await outcome_of(sending())
        settled = self._settle(oid, outcome)
        learn_from(self.store, outgoing.item, outcome, self.clock.now())
        return settled

    async def _do(self, item: OutboxItem, reader: Reader) -> OutboxItem:
        """A deed instead of a reply: nothing to look up, it is done again until the platform says how it went."""
        assert item.deed is not None
        conversation = self.store.conversations.get(item.conversation)
        prepared = self._prepare(item.id) if conversation is not None else None
        if prepared is None or conversation is None:
            return self._load(item.id)
        deed, outgoing = Deed(item.deed), self._outgoing(prepared, conversation)

        async def doing() -> None:
            adapter = await reader.connect()
            await adapter.do(deed, outgoing, lambda: self._on_wire(item.id))

        outcome = await outcome_of(doing())
        if isinstance(outcome, Uncertain):
            outcome = Unavailable(outcome.message, next_step=outcome.next_step, code=outcome.code)
        return self._settle(item.id, outcome)

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
        item = self.store.outbox.get(oid)
        if item is None:
            raise LookupError(oid)
        return item

    async def _check(self, oid: str, reader: Reader) -> Outgoing | None:
        """Look at its files and at the thread once more; None if the reply no longer is what the agent sent, or no
        longer fits what stands there."""
        item = self._load(oid)
        said = altered(item.attached)
        if said is not None:
            self._set_aside(oid, said, "Take the reply back and attach the file again.", Phase.FAILED)
            return None
        conversation = self.store.conversations.get(item.conversation)
        if conversation is None:
            self._set_aside(oid, "The conversation is gone.", "Drop the reply.")
            return None
        # Only a courtesy: the reply itself will meet the same trouble and name it.
        error = await outcome_of(reader.refresh(conversation.surface, conversation.thread))
        if isinstance(error, PlatformError):
            log.info("%s: could not re-read the thread before sending (%s)", item.account, error.kind)
        reason = self._stale(item)
        if reason is not None:
            self._set_aside(oid, reason, NEXT_STEP)
            return None
        return self._outgoing(
            self._behind(item), self.store.conversations.get(item.conversation) or conversation
        )

    def _set_aside(self, oid: str, reason: str, next_step: str, to: Phase = Phase.STALE) -> None:
        """Ask the agent, unless the agent took it back while the thread was read."""
        with self.store.transaction():
            item = self._load(oid)
            if item.phase in LEAVING:
                self.store.outbox.put(move(item, to, reason=reason, next_step=next_step))

    def _behind(self, item: OutboxItem) -> OutboxItem:
        """A later part of a numbered thread answers the part before it."""
        before = self.store.outbox.get(item.after) if item.after else None
        return replace(item, reply_to=before.remote_id) if before and before.remote_id else item

    def _stale(self, item: OutboxItem) -> str | None:
        return stale_reason(self.store, item, self.clock.now())

    def _put(self, item: OutboxItem, to: Phase, **changes: object) -> OutboxItem:
        """One step of the machine, durable."""
        with self.store.transaction():
            current = self._load(item.id)
            moved = move(current, to, **changes)
            self.store.outbox.put(moved)
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
            self.store.outbox.put(prepared)
        return prepared

    def _on_wire(self, oid: str) -> None:
        with self.store.transaction():
            item = self._load(oid)
            if item.phase is Phase.ON_WIRE:
                return
            last = replace(item.attempts[-1], on_wire_at=self.clock.now())
            self.store.outbox.put(move(item, Phase.ON_WIRE, attempts=(*item.attempts[:-1], last)))

    # -- outcomes ----------------------------------------------------------------------------------------

    def _settle(self, oid: str, outcome: Outcome) -> OutboxItem:
        """Write an outcome; until the store has taken it, it is kept here. Raises StoreError."""
        self._unwritten[oid] = outcome
        item = self._write_outcome(oid, outcome)
        self._unwritten.pop(oid, None)
        return item

    def _write_outcome(self, oid: str, outcome: Outcome) -> OutboxItem:
        item = self._load(oid)
        ours = bool(item.attempts) and item.attempts[-1].worker == self.worker
        if item.phase not in (Phase.PREPARED, Phase.ON_WIRE) or not ours:
            return item  # written before the error came, or taken over by another process
        if isinstance(outcome, PlatformError):
            return self._settle_error(oid, outcome)
        if item.phase is Phase.PREPARED:
            self._on_wire(oid)  # an adapter that forgot to say so
        return self._done(oid) if outcome is None else self._sent(oid, outcome)

    def _write_outcomes(self) -> None:
        """What the store did not take is tried again; what cannot be written at all is looked up instead."""
        now = self.clock.now()
        for oid, outcome in list(self._unwritten.items()):
            if oid in self._under_way or not self.resting.over(oid, now):
                continue
            try:
                self._settle(oid, outcome)
            except StoreError as error:
                self.resting.failed(oid, error, now)
            except Exception as error:  # noqa: BLE001 whatever it is: the row must not wait for it
                self._unwritten.pop(oid, None)
                self.resting.failed(oid, error, now)
            else:
                self.resting.worked(oid)

    def _settle_error(self, oid: str, error: PlatformError) -> OutboxItem:
        item = self._load(oid)
        log.warning("%s: a reply did not go out (%s)", item.account, error.code or error.kind)
        if isinstance(error, Uncertain) and item.phase is Phase.PREPARED:
            self._on_wire(oid)
            item = self._load(oid)
        words, now = in_words(error), self.clock.now()
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
        tries = tries_in_vain(words.get("attempts", item.attempts))
        waited = self.clock.now() - item.created_at
        offline = isinstance(error, Unavailable) and error.code in ("dns", "offline")
        if (waited > OFFLINE_FOR) if offline else (tries >= TRIES):
            return self._put(item, Phase.FAILED, **words)
        pause = RETRY_PAUSES[max(0, min(tries, len(RETRY_PAUSES)) - 1)]
        return self._put(item, Phase.RETRY_WAIT, not_before=self.clock.now() + pause, **words)

    def _sent(self, oid: str, receipt: Receipt) -> OutboxItem:
        """Sent, with the message in the thread and the timer stopped, in one commit."""
        item = self._load(oid)
        sent = record_sent(
            self.store, self.timers, oid, receipt, self.readers[item.account].identity, self.clock.now()
        )
        self._next_look.pop(oid, None)
        return sent

    def _done(self, oid: str) -> OutboxItem:
        return record_done(self.store, self.timers, oid, self.clock.now())

    # -- looking up what is unknown ----------------------------------------------------------------------

    async def look_up(self, oid: str) -> OutboxItem:
        """One look on the platform for a reply whose outcome is unknown."""
        item = self._load(oid)
        reader = self.readers[item.account]
        conversation = self.store.conversations.get(item.conversation)
        if conversation is None or item.phase is not Phase.UNCONFIRMED:
            return item
        began = item.attempts[-1].started_at if item.attempts else item.created_at
        outgoing = self._outgoing(self._behind(item), conversation)

        async def looking() -> Sightings:
            adapter = await reader.connect()
            return await adapter.find(outgoing, began)

        found = await outcome_of(looking())
        if isinstance(found, PlatformError):
            log.info("%s: look-up of a reply failed (%s)", item.account, found.kind)
            if found.retry_at is not None:
                self._next_look[oid] = found.retry_at
            found = Sightings(found=(), complete=False)
        return self._judge(oid, found, began)

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
                next_step="Look, then say whether it is there, or send it again.",
            )
        now = self.clock.now()
        looks = item.looks + (1 if sightings.complete else 0)
        if looks >= LOOKS and now - began >= SETTLE:
            return self._put(
                item,
                Phase.ASK_AGENT,
                looks=looks,
                reason="It was not seen on the platform.",
                next_step="Look, then send it again, say it is there, or drop it.",
            )
        self._looked[oid] = tried = self._looked.get(oid, 0) + 1
        pause = LOOK_PAUSES[min(tried, len(LOOK_PAUSES) - 1)]
        self._next_look[oid] = max(self._next_look.get(oid, now), now + pause)
        if looks != item.looks:
            with self.store.transaction():
                item = self._load(oid)
                if item.phase is Phase.UNCONFIRMED:  # an agent may have dropped it meanwhile
                    item = replace(item, looks=looks)
                    self.store.outbox.put(item)
        return item

    def _free(self, item: OutboxItem, receipt: Receipt, began: datetime) -> bool:
        """Not another reply's, and not something we had read before this attempt began."""
        other = self.store.outbox.by_remote_id(item.account, receipt.remote_id)
        if other is not None and other.id != item.id:
            return False
        return all(
            known.received_at >= began and known.outbox in (None, item.id)
            for known in of_any_kind(self.store, item.account, receipt.key)
        )
