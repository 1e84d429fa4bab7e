"""Lines of one second keep the order of the platform's list, wherever they are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facebook_world import PageDesk, page_desk
from engine.world import NOON, TIMERS, World, build, said, source
from inbox.adapters.facebook.order import same_second
from inbox.domain.lifecycle import one_order
from inbox.domain.model import Surface
from inbox.engine import report
from inbox.engine.desk.drafts import Reply
from inbox.engine.station.intake import take_in
from inbox.ports.platform import Page

CID = "acme-x:mentions:root:7"
LINES = ("Zz9", "Aa1", "Mm5", "Bb2")
"""Oldest first by the platform's list; by id they would be Aa1, Bb2, Mm5, Zz9."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path)


def page(*keys: str) -> Page:
    """A reading that showed these lines of one second, oldest first."""
    return Page(messages=[said(key, f"line {key}", same_second=keys) for key in reversed(keys)])


def read(world: World, *pages: Page) -> list[str]:
    for one in pages:
        take_in(world.store, one, source(), TIMERS, NOON)
    return [m.remote_id for m in world.store.messages.of_conversation(CID)]


@pytest.mark.parametrize("turn", list(permutations([(0, 3), (1, 4), (0, 2), (2, 4)])))
def test_readings_in_any_order_give_the_order_of_the_list(
    world: World, turn: Sequence[tuple[int, int]]
) -> None:
    """Pages overlap, arrive again after a restart, and show part of the list."""
    assert read(world, *(page(*LINES[start:end]) for start, end in turn)) == list(LINES)


def test_all_that_shows_messages_agrees(world: World) -> None:
    """The preview is the last line of the thread, and the first hit of the search."""
    read(world, page(*LINES))
    thread = world.desk.conversation.thread(CID)
    assert thread.conversation.preview == "line Bb2"
    assert thread.conversation.last_in_id == "Bb2"
    assert [m.remote_id for m in world.store.messages.search(["line"])] == list(reversed(LINES))
    assert world.store.messages.newest_with(["line"], [CID]) == {CID: "line Bb2"}
    row = world.desk.queue.rows([CID])[CID]
    shown = report.thread(thread, row, NOON)["messages"]
    assert [m["remote_id"] for m in shown] == list(LINES)
    assert NOON + timedelta(seconds=1) > world.store.messages.of_conversation(CID)[-1].sent_at == NOON


def test_without_a_list_ids_decide(world: World) -> None:
    """X's ids grow with time; its lists are merged from several and have no order of their own."""
    messages = [said("10"), said("9"), said("11")]
    assert read(world, Page(messages=messages)) == ["9", "10", "11"]
    assert [m.remote_id for m in world.store.messages.search(["parcel"])] == ["11", "10", "9"]


orders = st.permutations(list("abcdef"))


@given(orders, st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_two_looks_at_one_list_give_that_list(order: list[str], seen: set[str], shown: set[str]) -> None:
    """What was read is never moved by what was read later, and nothing is doubled or lost."""
    one, other = [x for x in order if x in seen], [x for x in order if x in shown]
    merged = one_order(one, other)
    assert sorted(merged) == sorted(seen | shown)
    assert [x for x in merged if x in seen] == one
    assert [x for x in merged if x in shown] == other
    assert merged == one_order(other, one)


def test_a_list_that_runs_in_no_direction_gives_no_order() -> None:
    """Facebook ranks comments where it likes; a ranked list says nothing about time."""
    later = NOON + timedelta(seconds=1)
    assert same_second([("b", later), ("a", NOON), ("d", NOON)]) == dict.fromkeys("da", ("d", "a"))
    assert same_second([("a", NOON), ("d", NOON), ("b", later)]) == dict.fromkeys("ad", ("a", "d"))
    assert same_second([("a", NOON), ("b", later), ("d", NOON)]) == {}
    assert same_second([("a", NOON), ("b", None), ("d", NOON)]) == {}


def test_messages_and_comments_of_one_second_on_a_page(tmp_path: Path) -> None:
    """People send a thought in pieces; Facebook keeps whole seconds, and its ids are no order."""

    async def scene(desk: PageDesk) -> None:
        anna = desk.world.person("Anna")
        post = desk.world.post("New!")
        top = desk.world.comments(post, "Hello", by=anna)
        desk.clock.advance(5)
        lines = [f"piece {n}" for n in range(8)]
        for line in lines[:4]:
            desk.world.writes(anna, line)
            desk.world.comments(top, line, by=anna)
        await desk.read()
        for line in lines[4:]:
            desk.world.writes(anna, line)
            desk.world.comments(top, line, by=anna)
        await desk.read()
        for surface, before in ((Surface.MESSENGER, []), (Surface.COMMENTS, ["Hello"])):
            (cid,) = (c for c in desk.desk.queue.order("all") if f":{surface}:" in c)
            assert [m.text for m in desk.store.messages.of_conversation(cid)] == [*before, *lines]
            assert desk.desk.conversation.get(cid).preview == lines[-1]

    with page_desk(tmp_path, surfaces=(Surface.MESSENGER, Surface.COMMENTS)) as desk:
        asyncio.run(scene(desk))


def test_our_own_answer_comes_after_what_it_answers(tmp_path: Path) -> None:
    """Sent in the same second, it belongs below the question at once, and after the next reading too."""

    async def scene(desk: PageDesk) -> None:
        anna = desk.world.person("Anna")
        desk.world.writes(anna, "one")
        desk.world.writes(anna, "two")
        await desk.read()
        desk.desk.replying.reply(desk.only(), Reply("Answer."))
        await desk.deliver()
        assert [m.text for m in desk.store.messages.of_conversation(desk.only())] == ["one", "two", "Answer."]
        desk.world.writes(anna, "three")
        await desk.read()
        assert [m.text for m in desk.store.messages.of_conversation(desk.only())] == [
            "one",
            "two",
            "Answer.",
            "three",
        ]

    with page_desk(tmp_path, surfaces=(Surface.MESSENGER,)) as desk:
        asyncio.run(scene(desk))
