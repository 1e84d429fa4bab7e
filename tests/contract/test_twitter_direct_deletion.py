"""X's direct messages are asked for one by one, and only a clear answer beside a readable conversation counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from x_world import World, problems_of, specification

from inbox.adapters.simkit import Response
from inbox.adapters.twitter.direct_deletion import KEPT_FOR_REPLIES, MOST
from inbox.adapters.twitter.sim import between
from inbox.adapters.twitter.sim.answers import answer
from inbox.domain.model import Surface
from inbox.errors import AuthExpired
from inbox.ports.platform import Asked, Listed, Look

DIRECT = Surface.DIRECT


@pytest.fixture(params=["tweet", "post"])
def world(request: pytest.FixtureRequest) -> World:
    made = World(dialect=request.param)
    made.clock.advance(3600)
    return made


def asked(world: World, *ids: str, customer: str | None = None) -> list[Asked]:
    thread = between(customer or world.anna, world.sim.me)
    return [Asked(key=f"k{i}", remote_id=i, thread=thread) for i in ids]


def written(world: World, count: int = 2, customer: str | None = None) -> list[str]:
    return [world.sim.dm(customer or world.anna, f"message {n}") for n in range(count)]


def answering(world: World, path: str, response: Response) -> None:
    """From now on X says this about every path that contains `path`."""
    usual = world.sim._route

    def route(name: str, target: str, request: Any) -> Response:
        return response if path in request.path else usual(name, target, request)

    world.sim._route = route  # type: ignore[method-assign]


async def test_a_message_that_x_does_not_know_counts_where_its_conversation_is_readable(world: World) -> None:
    """One call for each message, and one for the conversation; all as the specification has them."""
    stays, goes = written(world)
    del world.sim.events[goes]
    await world.adapter.identify()
    world.sim.calls.clear()
    look = await world.adapter.look(DIRECT, asked(world, stays, goes))  # type: ignore[attr-defined]
    assert look == Look(there=frozenset({f"k{stays}"}), deleted=frozenset({f"k{goes}"}))
    assert len(world.sim.calls) == 3
    spec = specification(world.dialect)
    assert [p for call in world.sim.calls for p in problems_of(spec, call)] == []
    assert world.adapter.spent()["direct_read"] == 1


@pytest.mark.parametrize("keyed", [(), ("us",), ("anna",), ("us", "anna")])
async def test_a_conversation_without_a_word_of_the_customer_may_be_encrypted(
    world: World, keyed: tuple[str, ...]
) -> None:
    """With a key for X Chat on both sides X is silent about what the customer wrote: nothing is deleted by that."""
    (goes,) = written(world, 1)
    world.sim.dm(world.sim.me, "Hello", to=world.anna)
    world.sim.keyed = {world.sim.me if who == "us" else world.anna for who in keyed}
    del world.sim.events[goes]
    look = await world.adapter.look(DIRECT, asked(world, goes))  # type: ignore[attr-defined]
    assert look == Look(deleted=frozenset() if len(keyed) == 2 else frozenset({f"k{goes}"}))


async def test_encrypted_talk_is_neither_deleted_nor_missing_from_a_list(world: World) -> None:
    """The customer's words are still there, only not for this way of asking."""
    ids = written(world, 3)
    world.sim.dm(world.sim.me, "Hello", to=world.anna)
    world.sim.keyed = {world.sim.me, world.anna}
    assert await world.adapter.look(DIRECT, asked(world, *ids)) == Look()  # type: ignore[attr-defined]
    thread = between(world.anna, world.sim.me)
    pages = [page async for page in world.adapter.refresh(DIRECT, thread)]
    assert [one for page in pages for one in page.listed] == []


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
@pytest.mark.parametrize("path", ["/public_keys", "/dm_conversations/", "/2/dm_events/"])
async def test_an_answer_that_says_something_else_proves_nothing(
    world: World, path: str, status: int
) -> None:
    """Limits put the question off, trouble leaves it open; neither is a deletion."""
    (goes,) = written(world, 1)
    del world.sim.events[goes]
    answering(world, path, answer(status, {"title": "Odd", "type": "about:blank", "status": status}))
    look = await world.adapter.look(DIRECT, asked(world, goes))  # type: ignore[attr-defined]
    assert look == Look(unasked=frozenset({f"k{goes}"}) if status == 429 else frozenset())


async def test_a_404_that_states_the_problem_is_the_same_answer(world: World) -> None:
    """The specification lets an error come with a status of its own."""
    _, goes = written(world)
    del world.sim.events[goes]
    stated = {
        "title": "Not Found Error",
        "type": "https://api.x.com/2/problems/resource-not-found",
        "detail": "Could not find it.",
        "resource_type": "dm_event",
        "resource_id": goes,
        "status": 404,
    }
    answering(world, f"/2/dm_events/{goes}", answer(404, stated))
    look = await world.adapter.look(DIRECT, asked(world, goes))  # type: ignore[attr-defined]
    assert look.deleted == {f"k{goes}"}


async def test_a_list_that_shows_the_message_outranks_the_look_up(world: World) -> None:
    """Two answers that contradict each other: the message exists."""
    (stays,) = written(world, 1)
    missing = {
        "errors": [
            {
                "type": "https://api.x.com/2/problems/resource-not-found",
                "resource_type": "dm_event",
                "value": stays,
            }
        ]
    }
    answering(world, f"/2/dm_events/{stays}", answer(200, missing))
    look = await world.adapter.look(DIRECT, asked(world, stays))  # type: ignore[attr-defined]
    assert look == Look(there=frozenset({f"k{stays}"}))


async def test_what_the_limit_leaves_no_call_for_is_put_off(world: World) -> None:
    """15 calls in 15 minutes: the rest is asked later and not taken for missing; no call is refused by X."""
    ids = written(world, 40)
    look = await world.adapter.look(DIRECT, asked(world, *ids))  # type: ignore[attr-defined]
    assert (len(look.there), len(look.unasked)) == (MOST, 40 - MOST)
    again = await world.adapter.look(DIRECT, asked(world, *ids[MOST:]))  # type: ignore[attr-defined]
    assert (len(again.there), len(again.unasked)) == (15 - MOST, 40 - 15)
    world.clock.advance(15 * 60)
    assert (await world.adapter.look(DIRECT, asked(world, ids[-1]))).there == {f"k{ids[-1]}"}  # type: ignore[attr-defined]


async def test_calls_for_finding_replies_are_kept(world: World) -> None:
    """Whether a reply has arrived is more urgent than whether a message was deleted."""
    _, goes = written(world)
    del world.sim.events[goes]
    thread = between(world.anna, world.sim.me)
    for _ in range(15 - KEPT_FOR_REPLIES):
        assert [page async for page in world.adapter.refresh(DIRECT, thread)]
    look = await world.adapter.look(DIRECT, asked(world, goes))  # type: ignore[attr-defined]
    assert look == Look(unasked=frozenset({f"k{goes}"}))


async def test_messages_older_than_x_serves_are_not_asked_for(world: World) -> None:
    """X serves thirty days: that it does not know an older one proves nothing."""
    (old,) = written(world, 1)
    world.clock.advance(timedelta(days=29, minutes=1).total_seconds())
    written(world, 1)
    await world.adapter.identify()
    world.sim.calls.clear()
    assert await world.adapter.look(DIRECT, asked(world, old)) == Look()  # type: ignore[attr-defined]
    assert world.sim.calls == []


async def test_a_lost_sign_in_is_raised(world: World) -> None:
    """It is trouble of the account, and no answer about a message."""
    (stays,) = written(world, 1)
    await world.adapter.identify()
    answering(world, "/2/dm_events/", answer(401, {"title": "Unauthorized", "status": 401}))
    with pytest.raises(AuthExpired):
        await world.adapter.look(DIRECT, asked(world, stays))  # type: ignore[attr-defined]


async def test_a_conversation_that_is_read_anyway_says_what_it_showed(world: World) -> None:
    """So that the store can tell what it lacks; back to the end of the page, or to what X serves."""
    ids = written(world, 3)
    thread = between(world.anna, world.sim.me)
    world.sim.leftover_dm_token = False
    (page,) = [page async for page in world.adapter.refresh(DIRECT, thread)]
    reach = world.clock.now() - timedelta(days=29)
    assert page.listed == [Listed(parent=thread, keys=frozenset(ids), since=reach)]
    world.sim.leftover_dm_token = True
    (page,) = [page async for page in world.adapter.refresh(DIRECT, thread)]
    assert [one.since for one in page.listed] == [min(m.sent_at for m in page.messages if m.sent_at)]
