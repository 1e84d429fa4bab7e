"""The station: reads every account and delivers the outbox, for as long as it is wanted or just once.

Exactly one process works a store (a lease in it); any other only follows. Everything here runs on one thread
with one event loop and one store handle of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.records import Record
from inbox.engine.delivery import Delivery
from inbox.engine.presence import Courtesy
from inbox.engine.retention import retain
from inbox.engine.sync import Reader, RoundReport
from inbox.errors import PlatformError, StoreError
from inbox.ports import Clock, Presence, Store

log = logging.getLogger(__name__)

LEASE = "station"
LEASE_PAUSE = 2.0
"""Seconds between two tries to become the one that works the store."""
STEP = 0.25
"""Seconds between two looks at the outbox: what a held reply may leave late."""
REST = 1.0
"""The same while nothing is held or on its way."""
RECHECK_PAUSE = 3600.0
"""Seconds between two looks whether messages are due for a re-check."""
LISTEN_PAUSE = 300.0
"""Seconds between two tries to be told, after the platform has said no."""
BACKUP_PAUSE = 3600.0
"""Seconds between two looks whether a backup is due."""
RETENTION_PAUSE = 3600.0
"""Seconds between two looks whether closed conversations are to be forgotten."""
INDEX_PAUSE = 0.05
"""Seconds between two pieces of work on the full text: readers and the screen come first."""
INDEXED_IN_ONE_GO = 100
"""Pieces that a single run does."""
SETTLE_IN_ONE_GO = timedelta(seconds=20)
"""How long a single run waits for a reply whose outcome is unknown."""


class SyncReport(Record, kw_only=True):
    rounds: Sequence[RoundReport]
    replies: Sequence[OutboxItem]
    """Every reply that is or was on its way during this run, as it stands at the end."""

    @property
    def ok(self) -> bool:
        return all(r.ok for r in self.rounds)


class LeaseTaken(Exception):
    """Another process reads and sends on this store."""


class SyncStation:
    """Implements `session.Station`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        readers: Sequence[Reader],
        delivery: Delivery,
        *,
        retention: timedelta = timedelta(0),
    ) -> None:
        """`retention`: how long closed conversations are kept; nothing: for ever."""
        self.store = store
        self.retention = retention
        self.clock = clock
        self.readers = readers
        self.delivery = delivery
        self.on_report: Callable[[RoundReport], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._hurry = asyncio.Event()
        self._wanted: list[str] = []
        self._asked = asyncio.Event()
        self._courtesy = Courtesy({reader.account: reader for reader in readers})
        self._signs: dict[str, Presence] = {}
        self._signed = asyncio.Event()

    # -- from other threads ------------------------------------------------------------------------------

    def read_now(self) -> None:
        self._poke(self._hurry_all)

    def read_thread(self, cid: str) -> None:
        self._poke(lambda: self._wanted.append(cid))
        self._poke(self._asked.set)

    def show_presence(self, cid: str, presence: Presence) -> None:
        """The agent opened, writes in, or left a conversation; the newest word on it counts."""
        self._poke(lambda: self._signs.update({cid: presence}))
        self._poke(self._signed.set)

    def stop(self) -> None:
        self._stopping = True
        for event in (self._hurry, self._asked, self._signed):
            self._poke(event.set)

    def _poke(self, what: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what)

    def _hurry_all(self) -> None:
        for reader in self.readers:
            reader.hurry()
        self._hurry.set()

    # -- the long run ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Work until `stop`; blocks."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            while not self._stopping:
                with self.store.lease(LEASE) as mine:
                    if mine:
                        self.delivery.recover()
                        await self._work()
                if not self._stopping:
                    await self._pause(LEASE_PAUSE)
        finally:
            await self._close()

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            for reader in self.readers:
                group.create_task(self._watch(reader))
                if reader.push_token is not None:
                    group.create_task(self._listen(reader))
            group.create_task(self._deliver())
            group.create_task(self._back_up())
            group.create_task(self._read_threads())
            group.create_task(self._show_presence())
            group.create_task(self._recheck())
            group.create_task(self._let_go())
            group.create_task(self._index())

    async def _watch(self, reader: Reader) -> None:
        """Read one account at its own pace."""
        while not self._stopping:
            surfaces = reader.due_now()
            if surfaces:
                try:
                    report = await reader.round(surfaces)
                except Exception:
                    # A defect of ours must not take the other accounts down with it.
                    log.exception("%s: reading failed", reader.account)
                    reader.resume_at = self.clock.now() + timedelta(minutes=1)
                else:
                    if self.on_report is not None:
                        self.on_report(report)
            await self._pause(1.0)

    async def _listen(self, reader: Reader) -> None:
        """Be told by the platform beside reading it; trouble here costs speed only."""
        while not self._stopping:
            told = asyncio.create_task(
                self._guarded(reader.listen(), f"{reader.account}: listening to the platform")
            )
            while not self._stopping and not told.done():
                await self._pause(1.0)
            told.cancel()
            await asyncio.wait({told})
            if not self._stopping:
                await self._pause(LISTEN_PAUSE)

    async def _deliver(self) -> None:
        while not self._stopping:
            try:
                self.delivery.start_due()
            except Exception:
                log.exception("the outbox could not be worked")
                await self._pause(5.0)
            await self.clock.sleep(STEP if self.delivery.waiting else REST)

    async def _read_threads(self) -> None:
        """Whole threads, as the screen asks for them."""
        by_name = {reader.account: reader for reader in self.readers}
        while await self._told(self._asked):
            wanted, self._wanted = self._wanted, []
            for cid in dict.fromkeys(wanted):
                reader = by_name.get(cid.split(":", 1)[0])
                if reader is not None:
                    await self._guarded(reader.whole(cid), f"reading the thread of {cid}")
            await self._pause(1.0)  # what comes meanwhile is done at once, and each only once

    async def _show_presence(self) -> None:
        while await self._told(self._signed):
            signs, self._signs = self._signs, {}
            for cid, presence in signs.items():
                await self._guarded(self._courtesy.show(cid, presence), "showing that somebody is there")
            await self._pause(1.0)  # of what comes meanwhile only the newest counts

    async def _told(self, event: asyncio.Event) -> bool:
        """Wait until another thread has something to say; False: to stop."""
        await event.wait()
        event.clear()
        return not self._stopping

    async def _recheck(self) -> None:
        """Whether what we hold still stands on the platform: within a day, as X's terms ask."""
        while not self._stopping:
            for reader in self.readers:
                await self._guarded(reader.recheck(), f"{reader.account}: looking for deleted messages")
            await self._pause(RECHECK_PAUSE)

    @staticmethod
    async def _guarded(work: Awaitable[None], what: str) -> None:
        try:
            await work
        except PlatformError as error:
            log.info("%s: %s", what, error.message)
        except Exception:
            log.exception("%s failed", what)

    async def _back_up(self) -> None:
        while not self._stopping:
            try:
                if self.store.backup_due():
                    log.info("backup made: %s", self.store.backup())
            except StoreError as error:
                log.warning("no backup could be made: %s", error)
            await self._pause(BACKUP_PAUSE)

    async def _let_go(self) -> None:
        while not self._stopping:
            try:
                retain(self.store, self.retention, self.clock.now())
            except StoreError as error:
                log.warning("closed conversations could not be forgotten: %s", error)
            await self._pause(RETENTION_PAUSE)

    async def _index(self) -> None:
        """Let search find by index again, after an update of the store."""
        while not self._stopping:
            try:
                if not self.store.index_more():
                    return
            except StoreError as error:
                log.warning("the full text could not be completed: %s", error)
                await self._pause(RETENTION_PAUSE)
            await self.clock.sleep(INDEX_PAUSE)

    async def _pause(self, seconds: float) -> None:
        """Sleep, but wake for `read_now` and `stop`."""
        waiting = asyncio.ensure_future(self._hurry.wait())
        sleeping = asyncio.ensure_future(self.clock.sleep(seconds))
        try:
            await asyncio.wait({waiting, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            sleeping.cancel()
        if not self._stopping:
            self._hurry.clear()

    # -- one run -----------------------------------------------------------------------------------------

    def run_once(self, *, hold: timedelta) -> SyncReport:
        """Read all accounts once and deliver what is due, or will be within `hold`. Raises LeaseTaken."""
        return asyncio.run(self._once(hold))

    async def _once(self, hold: timedelta) -> SyncReport:
        try:
            with self.store.lease(LEASE) as mine:
                if not mine:
                    raise LeaseTaken
                self.delivery.recover()
                watched = {i.id for i in self.delivery.open_items()}
                rounds = await asyncio.gather(*(reader.round() for reader in self.readers))
                await self._drain(watched, hold)
                for reader in self.readers:
                    await self._guarded(reader.recheck(), f"{reader.account}: looking for deleted messages")
                retain(self.store, self.retention, self.clock.now())
                for _ in range(INDEXED_IN_ONE_GO):
                    if not self.store.index_more():
                        break
                items = [i for oid in sorted(watched) if (i := self.store.outbox_item(oid)) is not None]
                return SyncReport(rounds=rounds, replies=items)
        finally:
            await self._close()

    def deliver_one(self, oid: str) -> OutboxItem:
        """Deliver one reply now and wait for its outcome, as far as that is known soon. Raises LeaseTaken."""
        return asyncio.run(self._one(oid))

    async def _one(self, oid: str) -> OutboxItem:
        try:
            with self.store.lease(LEASE) as mine:
                if not mine:
                    raise LeaseTaken
                self.delivery.recover()
                await self._drain({oid}, timedelta(0))
                item = self.store.outbox_item(oid)
                assert item is not None
                return item
        finally:
            await self._close()

    async def _drain(self, watched: set[str], hold: timedelta) -> None:
        """Step until every watched reply is settled, waits for longer than `hold`, or stays unknown."""
        last_send = self.clock.now() + hold
        while True:
            await self.delivery.step()
            now = self.clock.now()
            items = [i for oid in watched if (i := self.store.outbox_item(oid)) is not None]
            leaving = any(self.delivery.will_leave(i, max(last_send, now)) for i in items)
            unknown = any(
                i.phase is Phase.UNCONFIRMED and now - i.attempts[-1].started_at < SETTLE_IN_ONE_GO
                for i in items
                if i.attempts
            )
            if not leaving and not unknown:
                return
            await self.clock.sleep(STEP)

    def close(self) -> None:
        """Let go of the store; on the thread that opened it."""
        self.store.close()

    async def _close(self) -> None:
        for reader in self.readers:
            await reader.close()
