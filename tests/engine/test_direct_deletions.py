"""Deleted direct messages on X, from the daily look to the erased words, within the calls X gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import World, build
from inbox.adapters import http
from inbox.adapters.simkit import transport
from inbox.adapters.twitter import PLATFORM
from inbox.adapters.twitter.sim import Simulator, between
from inbox.config.model import Account
from inbox.domain.model import Message, Surface
from inbox.engine.message_ids import find
from inbox.engine.station.deletions import MOST_SINGLY, SINGLY_FOR
from inbox.engine.station.second_looks import kept
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret

QUARTER = 15 * 60.0


class Direct:
    """The engine in front of a simulated X that has direct messages only."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sim = Simulator(world.clock)
        self.anna = self.sim.user("Anna", "anna")

        async def connect() -> Adapter:
            client = http.open_client(PLATFORM.api_url, transport(self.sim))
            return PLATFORM.connect(
                Account(name="acme-x", platform="twitter"), client, Secret(self.sim.token), world.clock
            )

        world.reader.open_adapter = connect
        world.reader.recheck_for = timedelta(days=7)

    def stored(self, remote_id: str) -> Message:
        mid, _ = find(self.world.store, "acme-x", Surface.DIRECT, remote_id, answers=False)
        message = self.world.store.messages.get(mid)
        assert message is not None
        return message

    def asked(self) -> list[str]:
        paths = [call.path for call in self.sim.calls]
        return [path.rpartition("/")[2] for path in paths if path.startswith("/2/dm_events/")]

    async def quarters(self, count: int) -> None:
        """So many quarters of an hour, as the station works: a look every five minutes."""
        for _ in range(3 * count):
            self.world.clock.advance(QUARTER / 3)
            await self.world.reader.recheck()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Direct]:
    world = build(tmp_path / "inbox", surfaces=(Surface.DIRECT,))
    yield Direct(world)
    world.store.close()


async def test_a_deleted_message_is_hidden_by_the_daily_look_and_erased_by_a_second_one(
    office: Direct,
) -> None:
    """They were never looked at again: what people took back stayed for good."""
    ids = [office.sim.dm(office.anna, f"text {n}") for n in range(5)]
    office.world.clock.advance(QUARTER)
    await office.world.reader.round()
    del office.sim.events[ids[2]]
    await office.world.reader.recheck()
    assert (office.stored(ids[2]).text, office.stored(ids[2]).shown) == ("text 2", False)
    await office.quarters(3)
    assert office.stored(ids[2]).text == "text 2"
    await office.quarters(2)
    assert (office.stored(ids[2]).text, office.stored(ids[2]).deleted_at is None) == ("", False)
    assert all(office.stored(i).stands for i in ids if i != ids[2])


async def test_a_conversation_that_is_read_before_a_reply_shows_what_was_deleted(office: Direct) -> None:
    """The list is read anyway; only the look-up by id hides the message."""
    first, second = (office.sim.dm(office.anna, text) for text in ("a", "b"))
    office.world.clock.advance(QUARTER)
    office.sim.leftover_dm_token = False
    await office.world.reader.round()
    del office.sim.events[first]
    await office.world.reader.refresh(Surface.DIRECT, between(office.anna, office.sim.me))
    assert office.asked() == [first]
    assert not office.stored(first).shown
    assert office.stored(second).stands


async def test_talk_that_becomes_encrypted_loses_no_message_and_no_wait(office: Direct) -> None:
    """X is silent about what the customer wrote once both sides have a key; nobody deleted anything."""
    ids = [office.sim.dm(office.anna, f"text {n}") for n in range(2)]
    office.world.clock.advance(QUARTER)
    await office.world.reader.round()
    office.sim.keyed = {office.anna, office.sim.me}
    for _ in range(3):
        await office.quarters(4)
        await office.world.reader.refresh(Surface.DIRECT, between(office.anna, office.sim.me))
        office.world.clock.advance(20 * 3600)
    assert all(office.stored(i).stands for i in ids)
    assert office.world.desk.conversation.get(office.stored(ids[0]).conversation).waiting_since is not None


async def test_each_young_message_is_asked_for_once_a_day_within_the_limits(office: Direct) -> None:
    """A hundred in fourteen calls a quarter: the rest is put off, none is forgotten, none is asked twice a day."""
    people = [office.sim.user(f"Person {n}", f"person_{n}") for n in range(100)]
    old = office.sim.dm(office.anna, "old", at=office.world.clock.now() - SINGLY_FOR)
    ids = [office.sim.dm(person, "hello") for person in people]
    office.world.clock.advance(QUARTER)
    await office.world.reader.round()
    del office.sim.events[ids[0]], office.sim.events[ids[-1]]
    await office.world.reader.recheck()
    await office.quarters(12)
    asked = office.asked()
    assert set(ids) <= set(asked)
    assert old not in asked
    assert len(asked) < 1.5 * len(ids)
    assert [i for i in ids if not office.stored(i).stands] == [ids[0], ids[-1]]
    assert len(kept(office.world.store, "acme-x").due) <= MOST_SINGLY
