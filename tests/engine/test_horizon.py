"""History is shown and never waits: of an account before its first connection, of a thread before it was forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from engine.facebook_world import PageDesk, page_desk
from engine.world import NOON, TIMERS, World, build, said, source
from inbox.domain.model import Status, Surface
from inbox.domain.records import replace
from inbox.engine.station.horizon import account_horizon, forgotten_at
from inbox.engine.station.intake import take_in
from inbox.engine.station.retention import retain
from inbox.ports.platform import Page

CID = "acme-x:mentions:root:7"
DAY = timedelta(days=1)
KEEP = timedelta(days=90)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path)


def on_a_page(folder: Path, scene: Callable[[PageDesk], None], surface: Surface) -> None:
    with page_desk(folder, surfaces=(surface,)) as desk:
        desk.reader.history = DAY
        scene(desk)


def read(desk: PageDesk) -> None:
    asyncio.run(_read(desk))


async def _read(desk: PageDesk) -> None:
    await desk.read()
    await desk.reader.close()


# -- of an account -----------------------------------------------------------------------------------------


def test_an_old_thread_with_a_new_question_waits_since_that_question(tmp_path: Path) -> None:
    """Two years old, never closed in so many words: whoever connects the inbox today is not late by two years."""

    def scene(desk: PageDesk) -> None:
        anna = desk.world.person("Anna")
        desk.world.writes(anna, "where is my order")
        desk.clock.advance(60)
        desk.world.answers(anna, "on its way")
        desk.clock.advance(DAY.total_seconds())
        desk.world.writes(anna, "thanks!")
        desk.clock.advance(timedelta(days=699).total_seconds())
        asked = desk.clock.now()
        desk.world.writes(anna, "a new question")
        read(desk)
        head = desk.desk.conversation.get(desk.only())
        assert (head.status, head.waiting_since, head.wait_kind) == (Status.OPEN, asked, "next")
        assert [m.text for m in desk.store.messages.of_conversation(head.id)] == [
            "where is my order",
            "on its way",
            "thanks!",
            "a new question",
        ]

    on_a_page(tmp_path, scene, Surface.MESSENGER)


@pytest.mark.parametrize("turn", list(permutations(range(4))))
def test_pages_in_any_order_lead_to_the_same_wait(world: World, turn: Sequence[int]) -> None:
    """A round reads newest first, is cut off, and goes on behind; what waits is a function of what was written."""
    pages = [
        said("1", at=NOON - 30 * DAY),
        said("2", "Yes.", ours=True, at=NOON - 29 * DAY),
        said("3", "And?", at=NOON - 28 * DAY),
        said("4", "Hello?", at=NOON - timedelta(hours=20)),
    ]
    for one in turn:
        world.arrive(pages[one], first=True)
    head = world.desk.conversation.get(CID)
    assert (head.status, head.waiting_since, head.wait_kind) == (
        Status.OPEN,
        NOON - timedelta(hours=20),
        "next",
    )
    assert head.responses == ()


def test_ten_days_without_a_network_are_ten_days_late(world: World) -> None:
    """What was published after the horizon waits from its publication, however late it is read."""
    asyncio.run(world.reader.round())
    world.clock.advance(10 * DAY.total_seconds())
    world.platform.pages = {Surface.MENTIONS: [Page(messages=[said("1", at=NOON + timedelta(minutes=5))])]}
    asyncio.run(world.reader.round())
    assert world.desk.conversation.get(CID).waiting_since == NOON + timedelta(minutes=5)


def test_the_horizon_is_set_once(world: World) -> None:
    """A restart, another config, a clock that runs on: the first connection stays what it was."""
    first = account_horizon(world.store, "acme-x", DAY, NOON)
    assert first == NOON - DAY
    assert account_horizon(world.store, "acme-x", 3 * DAY, NOON + 50 * DAY) == first


def test_a_horizon_of_a_clock_that_ran_ahead_is_put_right(world: World) -> None:
    """A machine that believed in 2040 on its first day would file everything as history."""
    account_horizon(world.store, "acme-x", DAY, NOON + 5000 * DAY)
    assert account_horizon(world.store, "acme-x", DAY, NOON) == NOON - DAY


def test_search_hits_are_never_filed(world: World) -> None:
    """They stay in their own view, however old; who is taken waits."""
    world.arrive(said("1", at=NOON - 5 * DAY, surface=Surface.SEARCH), surface=Surface.SEARCH, first=True)
    assert world.desk.queue.order("hits") == ["acme-x:search:root:7"]


# -- a store of a time before horizons --------------------------------------------------------------------------


def test_an_older_store_keeps_what_waits_in_it(world: World) -> None:
    """Its first connection is when the oldest of its messages was read; what already waits goes on waiting."""
    world.arrive(said("1", at=NOON - 20 * DAY, thread="a:7"), said("2", at=NOON - 2 * DAY, thread="b:7"))
    world.desk.triage.resolve(["acme-x:mentions:b:7"])
    later = NOON + 100 * DAY
    horizon = account_horizon(world.store, "acme-x", DAY, later)
    assert horizon == NOON - DAY
    now_ = replace(source(), horizon=horizon)
    arrived = [
        said("3", "Hello?", at=later, thread="a:7"),
        said("4", "old", at=NOON - 9 * DAY, thread="b:7"),
        said("5", "older", at=NOON - 30 * DAY, thread="a:7"),
    ]
    take_in(world.store, Page(messages=arrived), now_, TIMERS, later)
    waiting, resolved = (world.desk.conversation.get(f"acme-x:mentions:{t}:7") for t in "ab")
    assert (waiting.status, waiting.waiting_since) == (Status.OPEN, NOON - 20 * DAY)
    assert (resolved.status, resolved.waiting_since) == (Status.RESOLVED, None)


# -- of a conversation that was forgotten -----------------------------------------------------------------------


def test_a_forgotten_thread_comes_back_with_a_new_message_only(tmp_path: Path) -> None:
    """Readings overlap; nothing new on the platform is nothing new here. The new message alone waits."""

    def scene(desk: PageDesk) -> None:
        anna = desk.world.person("Anna")
        for text in ("one", "two"):
            desk.world.writes(anna, text)
            desk.clock.advance(3600)
        read(desk)
        cid = desk.only()
        desk.desk.triage.resolve([cid])
        desk.clock.advance(100 * DAY.total_seconds())
        assert retain(desk.store, KEEP, desk.clock.now()) == 1
        for _ in range(2):
            desk.store.small_things.put_cursor(
                f"acme:{Surface.MESSENGER}", {"cursor": None, "backfilled": True}
            )
            read(desk)
            assert desk.desk.queue.order("all") == []
        desk.clock.advance(60)
        asked = desk.clock.now()
        desk.world.writes(anna, "a new question")
        read(desk)
        head = desk.desk.conversation.get(cid)
        assert (head.status, head.waiting_since) == (Status.OPEN, asked)
        assert [m.text for m in desk.store.messages.of_conversation(cid)] == ["one", "two", "a new question"]
        desk.desk.triage.resolve([cid])
        read(desk)
        assert desk.desk.conversation.get(cid).status is Status.RESOLVED

    on_a_page(tmp_path, scene, Surface.MESSENGER)


def test_the_mark_holds_no_word_no_name_and_no_id(world: World, tmp_path: Path) -> None:
    """Who was forgotten is forgotten; an id of the platform is one too."""
    long_ago = NOON - 200 * DAY
    world.arrive(said("1", "a secret", at=long_ago, thread="root:4711", author=None))
    cid = "acme-x:mentions:root:4711"
    world.desk.triage.resolve([cid])
    assert retain(world.store, KEEP, NOON + 100 * DAY) == 1
    assert forgotten_at(world.store, cid) == NOON + 100 * DAY
    kept = [dict(row) for row in _settings(world)]
    assert "4711" not in str(kept)
    assert "secret" not in str(kept)


def _settings(world: World) -> list[dict[str, object]]:
    rows = world.store.handle.sql.rows(
        "SELECT id, CAST(doc AS TEXT) FROM doc_settings WHERE id LIKE 'forgotten:%'"
    )
    found = [{"id": doc_id, "doc": doc} for doc_id, doc in rows]
    assert found
    return found


def test_a_message_without_a_time_brings_a_thread_back(world: World) -> None:
    """It may be new, and nobody knows: better seen twice than never."""
    world.arrive(said("1", at=NOON - 200 * DAY))
    world.desk.triage.resolve([CID])
    later: datetime = NOON + 100 * DAY
    assert retain(world.store, KEEP, later) == 1
    untimed = replace(said("2", "new?"), sent_at=None)
    take_in(world.store, Page(messages=[said("1", at=NOON - 200 * DAY), untimed]), source(), TIMERS, later)
    head = world.desk.conversation.get(CID)
    assert (head.status, head.message_count, head.waiting_since) == (Status.OPEN, 2, later)
