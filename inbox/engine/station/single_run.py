"""One run of the station: `inbox sync --once`, and `inbox reply --wait`.

Sending goes on beside reading, each account has a deadline, and nothing waits longer than a script may expect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.records import Record
from inbox.engine.health import Trouble
from inbox.engine.station.calls import courteously
from inbox.engine.station.reader import Reader
from inbox.engine.station.round_report import RoundReport
from inbox.engine.station.supervisor import Supervisor, Task, why
from inbox.errors import StoreError, Unavailable

if TYPE_CHECKING:
    from inbox.engine.station.delivery import Delivery
    from inbox.ports.clock import Clock
    from inbox.ports.store import Store

log = logging.getLogger(__name__)

HOLDS_WAITED_FOR = timedelta(seconds=15)
"""Replies whose hold ends within this time are waited for; others stay held for the next run."""
ACCOUNT_LIMIT = 60.0
"""Seconds one account may be read for, its second looks included; the rest is read the next time."""
SENDING_LIMIT = 60.0
"""Seconds after which a run that has read everything no longer waits for what is being sent."""
SETTLE_IN_ONE_GO = timedelta(seconds=20)
"""How long a single run waits for a reply whose outcome is unknown."""
STEP = 0.25
"""Seconds between two looks at the outbox."""
SENDING_GRACE = 1.5
"""Seconds that replies on the wire have to end in when the program is stopped; later they are looked up."""
LAST_BREATH = 0.5
"""Seconds that everything else has to end in."""


class SyncReport(Record, kw_only=True):
    rounds: Sequence[RoundReport]
    replies: Sequence[OutboxItem]
    """Every reply that is or was on its way during this run, as it is at the end."""
    troubles: Sequence[Trouble] = ()
    """What else did not work: the backup, for example."""
    stopped: bool = False
    """Whether the run was ended before its time."""

    @property
    def ok(self) -> bool:
        return all(r.ok for r in self.rounds) and not self.stopped


class SingleRun:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        readers: Sequence[Reader],
        delivery: Delivery,
        supervisor: Supervisor,
        *,
        hold: timedelta,
        afterwards: Sequence[tuple[Task, Callable[[], None]]] = (),
    ) -> None:
        """`hold`: replies that leave within this time are waited for. `afterwards`: what is done at the end, each of
        it whatever becomes of the others."""
        self.store = store
        self.clock = clock
        self.readers = readers
        self.delivery = delivery
        self.supervisor = supervisor
        self._last_send = clock.now() + hold
        self._afterwards = afterwards
        self._watched: set[str] = set()
        self._rounds = {reader.account: RoundReport(reader.account) for reader in readers}

    async def whole(self, stopped: asyncio.Event) -> SyncReport:
        """Read everything and send what is due, until done or `stopped`."""
        reading = asyncio.create_task(self._read_all())
        sending = asyncio.create_task(self._drain(reading))
        over = await self._unless(stopped, reading, sending)
        if not over:
            for task, step in self._afterwards:
                self._guarded(task, step)
        return SyncReport(
            rounds=list(self._rounds.values()),
            replies=self._items(),
            troubles=self.supervisor.troubles,
            stopped=over,
        )

    async def only(self, oid: str, stopped: asyncio.Event, within: float | None = None) -> None:
        """Send what is due until this one reply is settled or will not be soon, or so many seconds are over."""
        self._watched = {oid}
        await self._unless(stopped, asyncio.create_task(self._drain(None)), within=within)

    async def _unless(
        self, stopped: asyncio.Event, *tasks: asyncio.Task[None], within: float | None = None
    ) -> bool:
        """Wait for the tasks, or end them when the run is stopped or its time is over; returns whether it came to that."""
        stopping = asyncio.create_task(stopped.wait())
        work = asyncio.gather(*tasks)
        try:
            waited_for: set[asyncio.Future[Any]] = {stopping, work}
            await asyncio.wait(waited_for, timeout=within, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
                return False
            return True
        finally:
            stopping.cancel()
            for task in tasks:
                task.cancel()
            await self.delivery.stop(SENDING_GRACE)
            await asyncio.wait(tasks, timeout=LAST_BREATH)
            self._guarded(Task("sending"), self.delivery.recover)

    def _guarded(self, task: Task, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 what was read and sent is not undone by this
            self.supervisor.failed(task, error)

    # -- reading -----------------------------------------------------------------------------------------

    async def _read_all(self) -> None:
        await asyncio.gather(*map(self._account, self.readers))

    async def _account(self, reader: Reader) -> None:
        report = self._rounds[reader.account]
        ends = asyncio.get_running_loop().time() + ACCOUNT_LIMIT
        try:
            async with asyncio.timeout_at(ends + 1.0):  # the round ends by itself before
                await reader.round(within=ACCOUNT_LIMIT, report=report)
            async with asyncio.timeout_at(ends):
                await courteously(reader.recheck(), f"{reader.account}: looking for deleted messages")
        except TimeoutError:
            report.unfinished = True
        except StoreError as error:
            report.error = Unavailable(str(error), code="store")
        except Exception as error:
            log.exception("%s: reading failed", reader.account)
            report.error = Unavailable(why(error), code="defect")

    # -- sending -----------------------------------------------------------------------------------------

    async def _drain(self, reading: asyncio.Task[None] | None) -> None:
        """Send what is due until nothing more leaves or settles soon. `reading`: what it goes on beside; without it
        only the watched replies count."""
        ends: float | None = None
        time = asyncio.get_running_loop().time
        while True:
            self._guarded(Task("sending"), self.delivery.start_due)
            if reading is not None:
                self._watched |= {i.id for i in self.delivery.open_items()}
            if reading is None or reading.done():
                ends = ends if ends is not None else time() + SENDING_LIMIT
                if time() >= ends or not self._still_to_come(self._items()):
                    return
            await self._step(reading)

    async def _step(self, reading: asyncio.Task[None] | None) -> None:
        """Until something has ended, or it is time for the next look at the outbox."""
        waited_for: set[asyncio.Future[Any]] = set(self.delivery.under_way)
        if reading is not None and not reading.done():
            waited_for.add(reading)
        if waited_for:
            await asyncio.wait(waited_for, timeout=STEP, return_when=asyncio.FIRST_COMPLETED)
        else:
            await self.clock.sleep(STEP)

    def _still_to_come(self, items: Sequence[OutboxItem]) -> bool:
        """Whether one of them leaves or settles soon."""
        now = self.clock.now()
        by = max(self._last_send, now)
        return any(
            item.phase in (Phase.PREPARED, Phase.ON_WIRE)
            or self.delivery.will_leave(item, by)
            or _settles_soon(item, now)
            for item in items
        )

    def _items(self) -> list[OutboxItem]:
        return [i for oid in sorted(self._watched) if (i := self.store.outbox.get(oid)) is not None]


def _settles_soon(item: OutboxItem, now: datetime) -> bool:
    if item.phase is not Phase.UNCONFIRMED or not item.attempts:
        return False
    return now - item.attempts[-1].started_at < SETTLE_IN_ONE_GO
