"""A desk on a simulated Page: the real adapter, reader, delivery and store, and a clock that is turned by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.builders import ALWAYS
from platform_rules import configured, declared

from inbox.adapters import http, simkit
from inbox.adapters.facebook import PLATFORM
from inbox.adapters.facebook.sim import Simulator
from inbox.adapters.facebook.sim.world import World
from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Surface
from inbox.domain.sla import Timers
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.workplace import Settings
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.reader import Reader
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret
from inbox.store.sqlite.store import LocalStore

MORNING = datetime(2026, 11, 20, 6, tzinfo=UTC)


@dataclass
class PageDesk:
    clock: VirtualClock
    sim: Simulator
    store: LocalStore
    reader: Reader
    delivery: Delivery
    desk: Desk

    @property
    def world(self) -> World:
        return self.sim.world

    async def read(self) -> None:
        report = await self.reader.round()
        assert report.error is None, report.error

    async def pass_time(self, span: timedelta, step: float = 15.0) -> None:
        """Let time pass as the running program would: read what is due, send what is due."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            if due := self.reader.due_now():
                await self.reader.round(due)
            await self.delivery.step()
            self.clock.advance(min(step, (end - self.clock.now()).total_seconds()))

    async def deliver(self) -> None:
        await self.delivery.step()

    def only(self) -> str:
        """Id of the one conversation there is."""
        (cid,) = self.desk.queue.order("all")
        return cid


@contextmanager
def page_desk(
    folder: Path,
    *,
    human_agent: bool = False,
    presence: bool = False,
    ads: bool = False,
    target: timedelta = timedelta(hours=3),
    surfaces: Sequence[Surface] = tuple(PLATFORM.surfaces),
) -> Iterator[PageDesk]:
    clock = VirtualClock(MORNING)
    sim = Simulator(clock)
    sim.world.human_agent = human_agent
    account = configured(
        name="acme", platform="facebook", page_id="1001", human_agent=human_agent, presence=presence, ads=ads
    )

    async def connect() -> Adapter:
        client = http.open_client(sim.url, transport=simkit.transport(sim))
        return PLATFORM.connect(account, client, Secret(sim.token), clock)

    human = frozenset({"acme"} if human_agent else ())
    timers = Timers(hours=ALWAYS, human_agent=human, first=target, next=target)
    store = LocalStore(folder)
    reader = Reader(
        account="acme",
        platform="facebook",
        surfaces=surfaces,
        open_adapter=connect,
        store=store,
        clock=clock,
        timers=timers,
        backfill=timedelta(days=30),
        history=timedelta(days=30),
    )
    delivery = Delivery(store, clock, timers, {"acme": reader})
    desk = Desk(
        store,
        clock,
        agent="tanja",
        timers=timers,
        platforms=declared(
            {"acme": "facebook"},
            length=lambda c, text, private: PLATFORM.length(
                text, c.surface, private=private, account=account
            ),
            deeds=lambda c: PLATFORM.deeds.get(c.surface, frozenset()),
            files=lambda c, private: PLATFORM.files(c.surface, private=private),
        ),
        settings=Settings(hold_public=timedelta(0), hold_private=timedelta(0)),
    )
    try:
        yield PageDesk(clock, sim, store, reader, delivery, desk)
    finally:
        store.close()
