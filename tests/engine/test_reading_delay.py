"""How long after its publication a message was read: said where the inbox could have read it sooner, and only there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.world import NOON, TIMERS, World, build, said, source
from inbox.cli.lines import thread_lines
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.engine.station.horizon import account_horizon
from inbox.engine.station.intake import take_in
from inbox.engine.station.retention import retain
from inbox.ports.platform import Page

CID = "acme-x:mentions:root:7"
DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Connected at noon, and everything until then is read."""
    made = build(tmp_path)
    made.platform.pages = {Surface.MENTIONS: [Page(messages=[said("1", at=NOON - timedelta(hours=9))])]}
    asyncio.run(made.reader.round())
    return made


def late(world: World) -> dict[str, timedelta]:
    return dict(world.desk.conversation.thread(CID).late)


def test_what_the_first_reading_brings_is_not_called_late(world: World) -> None:
    """Nobody could read it sooner: behind every line of the first picture it would be noise."""
    assert late(world) == {}
    assert "later)" not in "\n".join(thread_lines(world.desk.conversation.thread(CID), NOON, ZoneInfo("UTC")))


def test_what_is_read_late_afterwards_says_by_how_much(world: World) -> None:
    """The customer waited from the publication on; `w` and the thread tell why it could not be answered then."""
    world.clock.advance(3600)
    world.arrive(
        said("2", at=NOON + timedelta(minutes=20)),
        said("3", at=NOON + timedelta(minutes=55)),
        said("4", at=NOON + timedelta(minutes=10), ours=True),
    )
    assert late(world) == {"acme-x:2": timedelta(minutes=40)}, (
        "five minutes and our own messages are no delay"
    )
    lines = thread_lines(world.desk.conversation.thread(CID), world.clock.now(), ZoneInfo("UTC"))
    assert any(line.startswith("< 2026-11-24 12:20 Anna (read 40 min later)") for line in lines)
    assert any("40 min after it was published" in line for line in world.desk.conversation.why(CID))


def test_what_is_read_again_after_it_was_let_go_is_not_called_late(world: World) -> None:
    world.desk.triage.resolve([CID])
    world.clock.advance(100 * 86400)
    retain(world.store, 90 * DAY, world.clock.now())
    world.clock.advance(3600)
    now = world.clock.now()
    again = replace(source(), horizon=account_horizon(world.store, "acme-x", DAY, now))
    first, new = said("1", at=NOON - timedelta(hours=9)), said("5", at=now - timedelta(minutes=1))
    take_in(world.store, Page(messages=[first, new]), again, TIMERS, now)
    assert [m.remote_id for m in world.store.messages.of_conversation(CID)] == ["1", "5"]
    assert late(world) == {}


def test_a_store_that_does_not_know_its_connection_learns_it_with_the_next_round(world: World) -> None:
    """It is not written down in stores of a time before."""
    world.store.small_things.put_setting("connected:acme-x", None)
    world.clock.advance(3600)
    world.arrive(said("2", at=NOON + timedelta(minutes=20)))
    assert late(world) == {}
    asyncio.run(world.reader.round())
    assert list(late(world)) == ["acme-x:2"]
