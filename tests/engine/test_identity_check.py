"""Who an account is: one wrong answer to "who am I" turns no customer into us and reads no stranger's lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import World, build, said
from inbox.domain.model import Surface
from inbox.engine.station.identity_check import AFTER
from inbox.errors import Unavailable
from inbox.ports.platform import Identity, Page

US = Identity(remote_id="1", handle="acme")
OTHER = Identity(remote_id="7", handle="stranger")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build(tmp_path / "inbox")
    yield made
    made.store.close()


async def read_as(world: World, who: Identity) -> Exception | None:
    """One round of a process that begins: it asks who the account is."""
    await world.reader.close()

    async def identify() -> Identity:
        return who

    world.platform.identify = identify  # type: ignore[method-assign]
    world.platform.pages = {Surface.MENTIONS: [Page(messages=[said("1")])]}
    return (await world.reader.round()).error


async def test_another_account_is_believed_when_it_is_said_twice(world: World) -> None:
    """An agent may sign another account in under an old name; a platform may be wrong once."""
    assert await read_as(world, US) is None
    error = await read_as(world, OTHER)
    assert isinstance(error, Unavailable)
    assert error.code == "another account"
    world.clock.advance(AFTER.total_seconds() - 1)
    assert await read_as(world, OTHER) is not None
    world.clock.advance(1)
    assert await read_as(world, OTHER) is None


async def test_a_right_answer_in_between_takes_the_doubt_away(world: World) -> None:
    assert await read_as(world, US) is None
    assert await read_as(world, OTHER) is not None
    world.clock.advance(3600)
    assert await read_as(world, US) is None
    assert await read_as(world, OTHER) is not None


async def test_a_clock_that_was_set_back_keeps_nobody_out_for_long(world: World) -> None:
    assert await read_as(world, US) is None
    world.clock.advance(365 * 86_400)
    assert await read_as(world, OTHER) is not None
    world.clock.turn_to(world.clock.now() - timedelta(days=365))
    assert await read_as(world, OTHER) is not None
    world.clock.advance(AFTER.total_seconds())
    assert await read_as(world, OTHER) is None
