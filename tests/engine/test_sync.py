"""Reading an account: cursors, back-off, health, and never letting one account stop the others."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from engine.world import NOON, World, build, said
from inbox.domain.model import Surface
from inbox.engine.desk.drafts import Reply
from inbox.engine.station.station import LeaseTaken, SyncStation
from inbox.errors import AuthExpired, RateLimited, Refused, Unavailable
from inbox.ports.platform import Heard, Page
from inbox.ports.secrets import Secret

M, D = Surface.MENTIONS, Surface.DIRECT


def station(world: World) -> SyncStation:
    return SyncStation(world.store, world.clock, [world.reader], world.delivery)


async def test_a_round_stores_messages_and_its_cursor(world: World) -> None:
    """Where to read on is known only after everything before it is stored."""
    world.platform.pages[M] = [
        Page(messages=[said("2")]),
        Page(messages=[said("1")], cursor={"n": "2"}, complete=True),
    ]
    report = await world.reader.round()
    assert (report.ok, report.fetched, report.new) == (True, 2, 2)
    assert world.store.small_things.cursor("acme-x:mentions") == {"cursor": {"n": "2"}, "backfilled": True}


async def test_a_broken_page_keeps_what_came_before_and_the_old_cursor(world: World) -> None:
    """The next round begins where the last whole one ended."""
    world.platform.pages[M] = [Page(messages=[said("2")]), Unavailable("connection reset")]
    report = await world.reader.round()
    assert not report.ok
    assert len(world.desk.queue.order("all")) == 1
    assert world.store.small_things.cursor("acme-x:mentions") in (None, {"cursor": None, "backfilled": False})


async def test_one_broken_surface_does_not_stop_the_other(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Direct messages go on while mentions are down."""
    world = build(tmp_path_factory.mktemp("two"), surfaces=(M, D))
    world.platform.pages[M] = [Unavailable("500")]
    world.platform.pages[D] = [Page(messages=[said("9", surface=D, thread="1-7")], complete=True)]
    report = await world.reader.round()
    assert not report.ok
    assert world.desk.queue.order("all") == ["acme-x:direct:1-7"]
    world.store.close()


async def test_a_new_sign_in_is_noticed_without_waiting_out_the_back_off(world: World) -> None:
    """`inbox login` in another window clears the trouble; the running screen reads within a second, not in a
    quarter of an hour."""
    world.platform.pages[M] = [AuthExpired("The token has expired.", next_step="Sign in again.")]
    await world.reader.round()
    assert world.reader.due_now() == []
    kept = world.store.small_things.setting("health:acme-x")
    world.store.small_things.put_setting(
        "health:acme-x", {**kept, "problem": None, "kind": None, "signed_in": True}
    )
    assert world.reader.due_now() == [M]
    world.platform.pages[M] = [Page(messages=[said("1")], complete=True)]
    assert (await world.reader.round()).ok
    assert world.reader.signed_in


async def test_a_lost_sign_in_is_told_before_lesser_trouble_and_backs_off(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A surface was down before: that must hide neither the sign-in nor make us ask every second."""
    world = build(tmp_path_factory.mktemp("both"), surfaces=(M, D))
    world.platform.pages[M] = [Unavailable("500")]
    await world.reader.round([M])
    world.platform.pages[D] = [AuthExpired("The token has expired.", next_step="Sign in again.")]
    await world.reader.round([D])
    (health,) = world.desk.accounts.health()
    assert (health.kind, health.next_step) == ("auth", "Sign in again.")
    assert world.reader.due_now() == []
    world.store.close()


async def test_a_dead_token_is_told_and_the_queue_stays_readable(world: World) -> None:
    """One clear notice with the next step; nothing hammers the platform."""
    world.arrive(said("1"))
    world.platform.pages[M] = [AuthExpired("The token has expired.", next_step="Sign in again.")]
    await world.reader.round()
    (health,) = world.desk.accounts.health()
    assert (health.signed_in, health.problem, health.next_step) == (
        False,
        "The token has expired.",
        "Sign in again.",
    )
    assert world.desk.queue.order("waiting")
    assert world.platform.closed == 1


async def test_a_rate_limit_is_waited_out(world: World) -> None:
    """No hot loop, ever."""
    resume = NOON + timedelta(minutes=10)
    world.platform.pages[M] = [RateLimited("Too many requests.", retry_at=resume)]
    await world.reader.round()
    world.clock.advance(599)
    assert world.reader.due_now() == []
    world.clock.advance(2)
    assert world.reader.due_now() == [M]


async def test_failures_back_off_and_are_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A night without network is two lines in the log, not ten thousand."""
    pauses = []
    with caplog.at_level(logging.INFO, "inbox"):
        for _ in range(6):
            world.platform.pages[M] = [Unavailable("no network")]
            await world.reader.round()
            due = world.reader.due[M]
            pauses.append((due - world.clock.now()).total_seconds())
            world.clock.turn_to(due)
        world.platform.pages[M] = [Page(complete=True)]
        await world.reader.round()
    assert pauses == [5, 10, 20, 40, 80, 160]
    assert len(caplog.records) == 2


async def test_a_first_reading_that_is_cut_off_goes_on_filing_history(world: World) -> None:
    """Backfill interrupted by a stop must not end in false alarms."""
    world.platform.pages[M] = [Page(messages=[said("2", at=NOON - timedelta(days=2))]), Unavailable("cut")]
    await world.reader.round()
    world.platform.pages[M] = [Page(messages=[said("1", at=NOON - timedelta(days=3))], complete=True)]
    await world.reader.round()
    assert world.desk.queue.order("waiting") == []


def test_one_run_reads_and_delivers_what_is_held(world: World) -> None:
    """`inbox sync --once` after `inbox reply` brings the reply out."""
    world.arrive(said("1"))
    item = world.desk.replying.reply("acme-x:mentions:root:7", Reply("Yes!", hold=timedelta(0)))
    report = station(world).run_once(hold=timedelta(seconds=10))
    assert report.ok
    assert [i.id for i in report.replies] == [item.id]
    assert len(world.platform.accepted) == 1


def test_only_one_process_reads_and_sends(world: World) -> None:
    """A screen and a script on one store: one sends, the other is told (F39)."""
    with world.store.upkeep.lease("station") as mine:
        assert mine
        other = build(world.store.folder)
        with pytest.raises(LeaseTaken):
            station(other).run_once(hold=timedelta(0))
        other.store.close()


async def test_the_long_run_reads_at_the_adapters_pace_and_stops_when_told(world: World) -> None:
    """Interval by interval, and at once when the agent asks."""
    reads: list[int] = []
    running = station(world)
    running.on_report = lambda report: reads.append(report.fetched)
    task = asyncio.create_task(running._run())
    for _ in range(130):
        await asyncio.sleep(0)
        world.clock.advance(1)
        await asyncio.sleep(0)
    assert len(reads) in (2, 3)
    running.read_now()
    for _ in range(5):
        await asyncio.sleep(0)
        world.clock.advance(0.3)
    running.stop()
    while not task.done():
        await asyncio.sleep(0)
        world.clock.advance(1)
    await task
    assert len(reads) in (3, 4)


async def test_a_limit_on_one_surface_leaves_the_others_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """X limits by endpoint: fifteen direct-message reads used up must not stop the mentions."""
    world = build(tmp_path_factory.mktemp("two"), surfaces=(D, M))
    world.platform.pages[D] = [RateLimited("Too many requests.", retry_at=NOON + timedelta(minutes=15))]
    world.platform.pages[M] = [Page(messages=[said("1")], complete=True)]
    await world.reader.round()
    assert world.desk.queue.order("all") == ["acme-x:mentions:root:7"]
    world.clock.advance(61)
    assert world.reader.due_now() == [M]
    world.reader.hurry()
    assert world.reader.due_now() == [M]
    world.store.close()


async def test_a_refused_surface_is_named_and_asked_rarely(world: World) -> None:
    """A missing permission does not heal by itself: no back-off storm, but a word for the agent."""
    world.platform.pages[M] = [Refused("The permission dm.read is missing.", next_step="Grant it.")]
    await world.reader.round()
    (health,) = world.desk.accounts.health()
    assert health.problem == "The permission dm.read is missing."
    assert (world.reader.due[M] - world.clock.now()).total_seconds() >= 900


async def test_what_the_platform_tells_by_itself_is_the_same_message(world: World) -> None:
    """Told or read, in either order: once."""
    world.reader.push_token = _app_token
    world.platform.told = [Heard(surface=M, page=Page(messages=[said("1"), said("2")]))]
    world.arrive(said("1"))
    world.reader.due[M] = NOON + timedelta(minutes=1)
    await world.reader.listen()
    world.arrive(said("2"))
    assert [m.remote_id for m in world.store.messages.of_conversation("acme-x:mentions:root:7")] == ["1", "2"]
    assert world.reader.due[M] == NOON + timedelta(seconds=10)


async def test_a_platform_that_does_not_tell_is_read_as_before(world: World) -> None:
    """And the account says why it is slower than it could be."""
    world.reader.push_token = _app_token
    world.platform.told = [Refused("not open to this app", next_step="Ask for it.")]
    with pytest.raises(Refused):
        await world.reader.listen()
    world.platform.pages[M] = [Page(messages=[said("1")], complete=True)]
    assert (await world.reader.round()).ok
    (health,) = world.desk.accounts.health()
    assert (health.problem, list(health.notes)) == (None, ["not open to this app. Ask for it."])


async def test_listening_ends_when_the_program_does(world: World) -> None:
    """A connection held open must not hold the program open."""
    world.reader.push_token = _app_token
    world.platform.told, world.platform.keeps_telling = (
        [Heard(surface=M, page=Page(messages=[said("1")]))],
        True,
    )
    running = station(world)
    listening = asyncio.create_task(running._run())
    while not world.desk.queue.order("all"):
        await asyncio.sleep(0)
    running.stop()
    await asyncio.wait_for(listening, 5)


async def _app_token() -> Secret:
    return Secret("app")
