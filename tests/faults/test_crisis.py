"""F100: a storm of messages with everything hostile in it, one account failing, and an agent who goes on working."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from drills import contention
from engine.world import NOON, TIMERS, Scripted, said
from platform_rules import declared

from faults.corpus import records
from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Person, Surface
from inbox.engine.desk.desk import Desk
from inbox.engine.station.reader import Reader
from inbox.errors import Unavailable
from inbox.ports.platform import Page
from inbox.store.sqlite.store import LocalStore

MESSAGES = 10_000 if os.environ.get("INBOX_LONG_TESTS") else 2_000
ACCOUNTS = {"acme-x": "twitter", "down-x": "twitter"}


class Storm(Scripted):
    """Everybody at once, in pages of a hundred."""

    async def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: Any
    ) -> AsyncIterator[Page]:
        found = records()
        for at in range(0, MESSAGES, 100):
            await asyncio.sleep(0.02)  # what the network takes at the least
            people = [Person(name=f"P{n}", handle=f"p{n}", remote_id=f"7{n}") for n in range(at, at + 100)]
            yield Page(
                messages=[
                    said(
                        str(n),
                        found[n % len(found)]["text"],
                        at=NOON - timedelta(seconds=n),
                        thread=f"root:7{n % 1500}",
                        author=people[n - at],
                        contact=people[n - at],
                    )
                    for n in range(at, at + 100)
                ]
            )


class Down(Scripted):
    async def identify(self) -> Any:
        raise Unavailable("down", code="refused")


def reader(store: LocalStore, clock: VirtualClock, name: str, platform: Scripted) -> Reader:
    async def connect() -> Scripted:
        return platform

    return Reader(
        account=name,
        platform="twitter",
        surfaces=[Surface.MENTIONS],
        open_adapter=connect,
        store=store,
        clock=clock,
        timers=TIMERS,
        backfill=timedelta(days=30),
        history=timedelta(hours=24),
    )


def test_f100_an_agent_works_on_while_a_storm_is_read(tmp_path: Path) -> None:
    """Nothing is lost, the broken account stops itself alone, and no key waits for the reading."""
    clock = VirtualClock(NOON)
    LocalStore(tmp_path / "inbox").close()

    def read() -> None:
        with closing(LocalStore(tmp_path / "inbox")) as store:
            readers = [reader(store, clock, n, p(clock)) for n, p in (("down-x", Down), ("acme-x", Storm))]
            reports.extend(asyncio.run(each.round()) for each in readers)

    busy = contention()
    reports: list[Any] = []
    thread = threading.Thread(target=read)
    waits: list[float] = []
    with closing(LocalStore(tmp_path / "inbox")) as store:
        desk = Desk(store, clock, agent="tanja", timers=TIMERS, platforms=declared(ACCOUNTS))
        thread.start()
        keys = 0
        while thread.is_alive() or keys < 20:
            began = time.perf_counter()
            ids = desk.queue.order("waiting", limit=60)
            desk.queue.rows(ids)
            desk.queue.counts()
            if ids:
                desk.drafts.save(ids[0], f"draft {keys}")
            waits.append(time.perf_counter() - began)
            keys += 1
            thread.join(0.01)
        held = sum(len(store.messages.of_conversation(cid)) for cid in desk.queue.order("all"))
        drafts = [d.text for cid in desk.queue.order("all") for d in store.outbox.drafts(cid)]
        assert store.upkeep.health().ok
    assert held == MESSAGES
    assert [r.ok for r in reports] == [False, True]
    assert f"draft {keys - 1}" in drafts
    limit = 0.3 * max(busy, contention())
    assert sorted(waits)[int(0.95 * len(waits))] < limit, "a key waited for the reading"
