"""`inbox sync --once`: sends beside reading, each account has a deadline, and only short holds are waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.world import NOON, TIMERS, Scripted, World, said
from inbox.domain.model import SendState, Surface
from inbox.domain.outbox import OutboxItem
from inbox.engine.desk.drafts import Reply
from inbox.engine.station import single_run
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.reader import Reader
from inbox.engine.station.single_run import SyncReport
from inbox.engine.station.station import SyncStation
from inbox.errors import Unavailable
from inbox.ports.platform import Page

M = Surface.MENTIONS
CID = "acme-x:mentions:root:7"


class Endless(Scripted):
    """Pages without end: each a new message, and a cursor that goes on."""

    served = 0

    async def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
    ) -> AsyncIterator[Page]:
        at = int((cursor or {}).get("n", 0))
        while True:
            at += 1
            self.served = at
            yield Page(
                messages=[said(f"9{at}", at=NOON - timedelta(minutes=at), thread=f"root:9{at}")],
                cursor={"n": at},
            )
            await asyncio.sleep(0)


def other_reader(world: World, platform: Scripted) -> Reader:
    async def connect() -> Scripted:
        return platform

    return Reader(
        account="other-x",
        platform="twitter",
        surfaces=[M],
        open_adapter=connect,
        store=world.store,
        clock=world.clock,
        timers=TIMERS,
        backfill=timedelta(days=30),
        history=timedelta(hours=24),
    )


def run_once(world: World, *others: Reader) -> SyncReport:
    """The run, with the clock turned as its tasks wait for it."""
    readers = [world.reader, *others]
    delivery = Delivery(world.store, world.clock, TIMERS, {reader.account: reader for reader in readers})
    station = SyncStation(world.store, world.clock, readers, delivery)

    async def turned() -> SyncReport:
        run = asyncio.create_task(station._once(single_run.HOLDS_WAITED_FOR))
        while not run.done():
            await asyncio.sleep(0.001)
            world.clock.advance(0.25)
        return await run

    return asyncio.run(turned())


def held(world: World, seconds: float) -> OutboxItem:
    world.arrive(said("1"))
    return world.desk.replying.reply(CID, Reply("On its way!", hold=timedelta(seconds=seconds)))


def state(world: World, item: OutboxItem) -> SendState:
    found = world.store.outbox.get(item.id)
    assert found
    return found.state


def test_a_reply_leaves_while_another_account_pages_without_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account with a long first reading must not keep the customers of another waiting."""
    monkeypatch.setattr(single_run, "ACCOUNT_LIMIT", 1.0)
    item = held(world, 1)  # over after four pages: a busy computer reads no more in the account's time
    endless = Endless(world.clock)
    left_at: list[int] = []
    send = world.platform.send

    async def noted(*args: Any) -> Any:
        left_at.append(endless.served)
        return await send(*args)

    world.platform.send = noted  # type: ignore[method-assign, assignment]
    report = run_once(world, other_reader(world, endless))
    assert state(world, item) is SendState.SENT
    assert [r.unfinished for r in report.rounds] == [False, True]
    assert left_at[0] < endless.served, "it left beside the reading, not behind it"


def test_an_account_out_of_time_goes_on_where_it_was_in_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cron job that never gets through must not begin from the start each time."""
    monkeypatch.setattr(single_run, "ACCOUNT_LIMIT", 0.3)
    endless = Endless(world.clock)
    first = run_once(world, other_reader(world, endless))
    so_far = endless.served
    second = run_once(world, other_reader(world, endless))
    assert so_far > 0
    assert endless.served > so_far
    assert [r.rounds[1].unfinished for r in (first, second)] == [True, True]
    assert second.rounds[1].fetched == second.rounds[1].new, "nothing is read twice"
    assert first.ok, "out of time is no failure"


def test_an_account_has_a_minute() -> None:
    """What a cron job of five minutes may count on (BEHAVIOUR.md#command-line)."""
    assert single_run.ACCOUNT_LIMIT == 60.0
    assert timedelta(seconds=15) == single_run.HOLDS_WAITED_FOR


@pytest.mark.parametrize(
    ("seconds", "expected"), [(14, SendState.SENT), (16, SendState.HELD), (1800, SendState.HELD)]
)
def test_only_holds_that_end_soon_are_waited_for(world: World, seconds: float, expected: SendState) -> None:
    """A reply held for half an hour stays held and is named; the run does not wait it out."""
    item = held(world, seconds)
    report = run_once(world)
    assert state(world, item) is expected
    assert [i.id for i in report.replies] == [item.id]
    assert world.clock.now() - NOON < timedelta(seconds=60)


def test_it_makes_the_daily_backup(world: World, tmp_path: Path) -> None:
    """Who uses nothing but this run has a way back, too."""
    held(world, 0)
    folder = world.store.folder / "backups"
    assert list(folder.glob("*.db")) == []
    run_once(world)
    assert len(list(folder.glob("*.db"))) == 1
    run_once(world)
    assert len(list(folder.glob("*.db"))) == 1, "once a day"


def test_second_looks_share_the_deadline_of_their_account(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that lets the question for deleted messages hang holds the run no longer than reading may."""
    monkeypatch.setattr(single_run, "ACCOUNT_LIMIT", 0.3)
    asked: list[str] = []

    async def hangs(reader: Reader) -> None:
        asked.append(reader.account)
        await asyncio.Event().wait()

    monkeypatch.setattr(Reader, "recheck", hangs)
    item = held(world, 0)
    report = run_once(world)
    assert asked
    assert report.rounds[0].unfinished
    assert state(world, item) is SendState.SENT


def test_one_account_that_fails_is_said_and_the_others_are_done(world: World) -> None:
    """Exit status 1 for the script; the work of the others is not lost."""
    world.platform.pages[M] = [Unavailable("down", code="refused")]
    calm = Scripted(world.clock, pages={M: [Page(messages=[said("5", thread="root:5")], cursor={"n": 1})]})
    report = run_once(world, other_reader(world, calm))
    assert not report.ok
    assert [r.error is None for r in report.rounds] == [False, True]
    assert report.rounds[1].new == 1
