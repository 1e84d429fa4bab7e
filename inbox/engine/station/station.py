"""The station: reads every account and delivers the outbox, for as long as it is wanted or just once.

Exactly one process works a store (a lease in it); any other only follows. Everything here runs on one thread
with one event loop and one store handle of its own. Every task stands under the supervisor: none ends for good.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from inbox.domain.outbox import OutboxItem
from inbox.engine.breaches import note_all
from inbox.engine.health import Trouble
from inbox.engine.station.calls import courteously
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.presence import Courtesy
from inbox.engine.station.reader import Reader
from inbox.engine.station.retention import retain
from inbox.engine.station.round_report import RoundReport
from inbox.engine.station.single_run import (
    HOLDS_WAITED_FOR,
    LAST_BREATH,
    SENDING_GRACE,
    SingleRun,
    SyncReport,
)
from inbox.engine.station.supervisor import Supervisor, Task
from inbox.engine.station.surge_watch import SurgeWatch
from inbox.errors import LeaseLost
from inbox.ports.clock import Clock
from inbox.ports.platform import Presence
from inbox.ports.store import Store

log = logging.getLogger(__name__)

LEASE = "station"
LEASE_PAUSE = 2.0
"""Seconds between two tries to become the one that works the store."""
STEP = 0.25
"""Seconds between two looks at the outbox: what a held reply may leave late."""
REST = 1.0
"""The same while nothing is held or on its way."""
RECHECK_PAUSE = 300.0
"""Seconds between two looks whether something missing, or everything, is to be asked for again."""
LISTEN_PAUSE = 300.0
"""Seconds between two tries to be told, after the platform has said no."""
LISTENING_WELL = 60.0
"""Seconds after which a connection that stays open counts as working."""
QUIET = 60.0
"""Seconds after which a task that only waits for a word counts as working."""
BACKUP_PAUSE = 3600.0
"""Seconds between two looks whether a backup is due."""
BREACHES_PAUSE = 20.0
"""Seconds between two looks at what has become overdue; the event bears the moment itself."""
RETENTION_PAUSE = 3600.0
"""Seconds between two looks whether closed conversations are to be forgotten."""
INDEX_PAUSE = 0.05
"""Seconds between two pieces of work on the full text: readers and the screen come first."""
INDEXED_PAUSE = 3600.0
"""The same once the full text is complete."""
INDEXED_IN_ONE_GO = 100
"""Pieces that a single run does."""


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
        notify: Callable[[Sequence[Trouble]], None] | None = None,
        surges: SurgeWatch | None = None,
    ) -> None:
        """`retention`: how long closed conversations are kept; nothing: for ever. `notify`: where troubles are written
        for other processes; it may raise."""
        self.store = store
        self.retention = retention
        self.surges = surges
        self.clock = clock
        self.readers = readers
        self.delivery = delivery
        self.on_report: Callable[[RoundReport], None] | None = None
        self.supervisor = Supervisor(clock, notify)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._stopped = asyncio.Event()
        self._lost = asyncio.Event()
        self._hurry = asyncio.Event()
        self._wanted: list[str] = []
        self._asked = asyncio.Event()
        self._courtesy = Courtesy({reader.account: reader for reader in readers})
        self._signs: dict[str, Presence] = {}
        self._signed = asyncio.Event()
        self._nobody_listens: BrokenPipeError | None = None

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

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What does not work now."""
        return self.supervisor.troubles

    def stop(self) -> None:
        """End the run, long or single, within a few seconds. From a signal handler too."""
        self._stopping = True
        self._poke(self._stopped.set)

    def _poke(self, what: Callable[[], None]) -> None:
        if self._loop is None:
            what()  # it is found when the run begins
        elif not self._loop.is_closed():
            with suppress(RuntimeError):  # it was closed in this very moment
                self._loop.call_soon_threadsafe(what)

    def _hurry_all(self) -> None:
        for reader in self.readers:
            reader.hurry()
        self._hurry.set()

    # -- the long run ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Work until `stop`; blocks. Raises BrokenPipeError where nobody takes the reports any more."""
        asyncio.run(self._run())
        if self._nobody_listens is not None:
            raise self._nobody_listens

    async def _run(self) -> None:
        self._begin()
        try:
            await self.supervisor.keep(Task("station"), self._hold_the_lease, self._pause, self._over)
        finally:
            await self._close()
            self.supervisor.end()

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._stopping:  # before there was a loop to be told
            self._stopped.set()

    def _over(self) -> bool:
        return self._stopping

    async def _hold_the_lease(self) -> float:
        with self.store.upkeep.lease(LEASE) as mine:
            if mine:
                self._lost.clear()
                self.delivery.recover()
                self.supervisor.worked(Task("station"))
                await self._until_stopped(self._tasks())
                with suppress(Exception):  # else the next run does it
                    self.delivery.recover()
        return LEASE_PAUSE

    def _tasks(self) -> list[tuple[Task, Callable[[], Awaitable[float]]]]:
        def of(step: Callable[[Reader], Awaitable[float]], reader: Reader) -> Callable[[], Awaitable[float]]:
            return lambda: step(reader)

        tasks = [(Task("reading", r.account), of(self._read, r)) for r in self.readers]
        tasks += [
            (Task("listening", r.account), of(self._listen, r))
            for r in self.readers
            if r.push_token is not None
        ]
        tasks += [(Task("recheck", r.account), of(self._recheck, r)) for r in self.readers]
        return [
            *tasks,
            (Task("sending"), self._deliver),
            (Task("backup"), self._back_up),
            (Task("threads"), self._read_threads),
            (Task("presence"), self._show_presence),
            (Task("retention"), self._let_go),
            (Task("index"), self._index),
            (Task("breaches"), self._note_breaches),
            *([(Task("surges"), self._look_for_surges)] if self.surges is not None else []),
        ]

    async def _until_stopped(self, tasks: Sequence[tuple[Task, Callable[[], Awaitable[float]]]]) -> None:
        running = [
            asyncio.create_task(
                self.supervisor.keep(task, self._leased(step), self._pause, self._over),
                name=f"{task.name} {task.account}",
            )
            for task, step in tasks
        ]
        ends = [asyncio.create_task(event.wait()) for event in (self._stopped, self._lost)]
        try:
            await asyncio.wait({*ends, *running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*ends, *running):
                task.cancel()
            await asyncio.wait(running, timeout=SENDING_GRACE + 3 * LAST_BREATH)

    def _leased(self, step: Callable[[], Awaitable[float]]) -> Callable[[], Awaitable[float]]:
        """The step; where the store says that another process has the lease now, all of them end."""

        async def guarded() -> float:
            try:
                return await step()
            except LeaseLost:
                log.warning("another process has taken over reading and sending")
                self._lost.set()
                return LEASE_PAUSE

        return guarded

    async def _read(self, reader: Reader) -> float:
        """Read what is due of one account, each surface at its own pace."""
        surfaces = reader.due_now()
        if surfaces:
            report = await reader.round(surfaces)
            if self.on_report is not None:
                try:
                    self.on_report(report)
                except BrokenPipeError as error:
                    self._nobody_listens = error
                    self.stop()
        return 1.0

    async def _listen(self, reader: Reader) -> float:
        """Be told by the platform beside reading it; trouble here costs speed only."""
        told = asyncio.create_task(
            courteously(reader.listen(), f"{reader.account}: listening to the platform")
        )
        try:
            await asyncio.wait({told}, timeout=LISTENING_WELL)
            if not told.done():
                self.supervisor.worked(Task("listening", reader.account))
            await told
        finally:
            told.cancel()
        return LISTEN_PAUSE

    async def _deliver(self) -> float:
        try:
            while True:
                self.delivery.start_due()
                error = self.delivery.resting.error
                if error is not None:
                    self.supervisor.failed(Task("sending"), error)
                else:
                    self.supervisor.worked(Task("sending"))
                await self.clock.sleep(STEP if self.delivery.waiting else REST)
        except asyncio.CancelledError:
            await self.delivery.stop(SENDING_GRACE)
            raise

    async def _read_threads(self) -> float:
        """Whole threads, as the screen asks for them."""
        by_name = {reader.account: reader for reader in self.readers}
        await self._told(self._asked)
        wanted, self._wanted = self._wanted, []
        for cid in dict.fromkeys(wanted):
            reader = by_name.get(cid.split(":", 1)[0])
            if reader is not None:
                await courteously(reader.whole(cid), f"reading the thread of {cid}")
        return 1.0  # what comes meanwhile is done at once, and each only once

    async def _show_presence(self) -> float:
        await self._told(self._signed)
        signs, self._signs = self._signs, {}
        for cid, presence in signs.items():
            await courteously(self._courtesy.show(cid, presence), "showing that somebody is there")
        return 1.0  # of what comes meanwhile only the newest counts

    async def _told(self, event: asyncio.Event) -> None:
        """Wait until another thread has something to say; now and then return without: what went wrong once is
        not said for hours."""
        await self._wait(QUIET, event)
        event.clear()

    async def _recheck(self, reader: Reader) -> float:
        """Look whether what we hold is still on the platform: within a day, as X's terms ask."""
        await courteously(reader.recheck(), f"{reader.account}: looking for deleted messages")
        return RECHECK_PAUSE

    async def _back_up(self) -> float:
        self.back_up()
        return BACKUP_PAUSE

    def back_up(self) -> None:
        """Make the daily backup where it is due. Raises StoreError, OSError."""
        if self.store.upkeep.backup_due():
            log.info("backup made: %s", self.store.upkeep.backup())

    async def _let_go(self) -> float:
        self.let_go()
        return RETENTION_PAUSE

    def let_go(self) -> None:
        """Forget conversations that have been closed for longer than they are kept. Raises StoreError."""
        retain(self.store, self.retention, self.clock.now())

    async def _note_breaches(self) -> float:
        self.note_breaches()
        return BREACHES_PAUSE

    def note_breaches(self) -> None:
        """Write down which answers have become overdue. Raises StoreError."""
        note_all(self.store, self.clock.now())

    async def _look_for_surges(self) -> float:
        """Learn what is usual, and notice what is not."""
        return self.surges.step() if self.surges is not None else QUIET

    def look_for_surges(self) -> None:
        """Take in what has arrived. Raises StoreError."""
        if self.surges is not None:
            self.surges.finish()

    async def _index(self) -> float:
        """Let search find by index again, after an update of the store."""
        return INDEX_PAUSE if self.store.upkeep.index_more() else INDEXED_PAUSE

    def index_some(self) -> None:
        """Complete a part of the full text. Raises StoreError."""
        for _ in range(INDEXED_IN_ONE_GO):
            if not self.store.upkeep.index_more():
                break

    async def _pause(self, seconds: float) -> None:
        """Sleep, but wake for `read_now` and `stop`."""
        await self._wait(seconds, self._hurry, self._stopped)
        self._hurry.clear()

    async def _wait(self, seconds: float, *events: asyncio.Event) -> None:
        """Until one of the events, or for so long."""
        sleeping = asyncio.ensure_future(self.clock.sleep(seconds))
        waited_for: set[asyncio.Future[Any]] = {
            sleeping,
            *(asyncio.ensure_future(event.wait()) for event in events),
        }
        try:
            done, _ = await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waited_for:
                waiting.cancel()
        if sleeping in done:
            sleeping.result()  # a clock that cannot sleep says so

    # -- one run -----------------------------------------------------------------------------------------

    def run_once(self, *, hold: timedelta = HOLDS_WAITED_FOR) -> SyncReport:
        """Read all accounts once, and deliver beside it what is due or will be within `hold`. Raises LeaseTaken."""
        return asyncio.run(self._once(hold))

    async def _once(self, hold: timedelta) -> SyncReport:
        self._begin()
        try:
            with self.store.upkeep.lease(LEASE) as mine:
                if not mine:
                    raise LeaseTaken
                return await self._single_run(hold).whole(self._stopped)
        finally:
            await self._close()

    def _single_run(self, hold: timedelta) -> SingleRun:
        return SingleRun(
            self.store,
            self.clock,
            self.readers,
            self.delivery,
            self.supervisor,
            hold=hold,
            afterwards=(
                (Task("retention"), self.let_go),
                (Task("backup"), self.back_up),
                (Task("index"), self.index_some),
                (Task("breaches"), self.note_breaches),
                (Task("surges"), self.look_for_surges),
            ),
        )

    def deliver_one(self, oid: str, within: float | None = None) -> OutboxItem:
        """Deliver one reply now and wait for its outcome, as far as that is known soon; at most `within` seconds. Raises
        LeaseTaken."""
        return asyncio.run(self._one(oid, within))

    async def _one(self, oid: str, within: float | None) -> OutboxItem:
        self._begin()
        try:
            with self.store.upkeep.lease(LEASE) as mine:
                if not mine:
                    raise LeaseTaken
                await self._single_run(HOLDS_WAITED_FOR).only(oid, self._stopped, within)
                item = self.store.outbox.get(oid)
                assert item is not None
                return item
        finally:
            await self._close()

    def close(self) -> None:
        """Let go of the store; on the thread that opened it."""
        self.store.close()

    async def _close(self) -> None:
        closing = [asyncio.create_task(reader.close()) for reader in self.readers]
        if closing:
            await asyncio.wait(closing, timeout=LAST_BREATH)
        for task in closing:
            if task.done() and not task.cancelled() and task.exception() is not None:
                log.info("a connection could not be closed (%s)", type(task.exception()).__name__)
