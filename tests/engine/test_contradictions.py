"""Another message under a known id: what is stored stays, until the platform shows the other one again.

One answer with swapped or repeated ids put a stranger's words under a customer's name, and the reading position went
past the right ones.
"""

from __future__ import annotations

from datetime import timedelta

from engine.world import NOON, World, said
from inbox.domain.model import Message, Person, Surface
from inbox.engine.station.contradictions import AFTER
from inbox.ports.platform import Incoming, Page

BEN = Person(name="Ben", handle="ben", remote_id="9")


def stored(world: World, key: str) -> Message:
    message = world.store.messages.get(f"acme-x:{key}")
    assert message is not None
    return message


def other(key: str = "1") -> Incoming:
    """Another person's message of another time, under the same id."""
    return said(key, "something else", thread="other:9", author=BEN, at=NOON + timedelta(minutes=20))


def test_a_message_under_the_id_of_another_one_changes_nothing_and_is_kept_for_a_look(world: World) -> None:
    world.arrive(said("1", "Where is my parcel?"))
    before = stored(world, "1")
    world.clock.advance(1200)
    world.arrive(other())
    assert stored(world, "1") == before
    assert world.store.small_things.quarantined("acme-x") == 1


def test_the_same_author_with_another_text_and_time_is_another_message(world: World) -> None:
    """As Facebook's lists, which name no edit: an edit keeps the time."""
    world.arrive(said("1", "Where is my parcel?"))
    world.arrive(said("1", "Thanks", at=NOON + timedelta(minutes=9)))
    assert stored(world, "1").text == "Where is my parcel?"
    world.arrive(said("1", "Where is my red parcel?"))
    assert stored(world, "1").text == "Where is my red parcel?"


def test_what_is_shown_twice_takes_the_place_of_a_wrong_first_showing(world: World) -> None:
    world.arrive(other())
    world.arrive(said("1", "Where is my parcel?"))
    assert stored(world, "1").author == BEN
    world.clock.advance(AFTER.total_seconds())
    world.arrive(said("1", "Where is my parcel?"))
    right = stored(world, "1")
    assert (right.author.remote_id, right.text, right.sent_at) == ("7", "Where is my parcel?", NOON)
    assert right.conversation == "acme-x:mentions:root:7"
    assert right.edits == ()
    assert [v.text for v in right.versions] == ["something else"]


def test_a_showing_that_agrees_in_between_ends_the_doubt(world: World) -> None:
    """Then it was two wrong answers, however alike."""
    world.arrive(said("1", "Where is my parcel?"))
    world.arrive(other())
    world.arrive(said("1", "Where is my parcel?"))
    world.clock.advance(AFTER.total_seconds())
    world.arrive(other())
    assert stored(world, "1").text == "Where is my parcel?"


def test_of_several_messages_under_one_id_in_one_answer_none_is_believed(world: World) -> None:
    world.arrive(said("1", "one"), other("1"), said("2", "two"))
    assert world.store.messages.get("acme-x:1") is None
    assert stored(world, "2").text == "two"


async def test_a_stretch_with_a_contradiction_is_read_once_more(world: World) -> None:
    """The position would go past the messages whose ids were wrong."""

    def page(*messages: Incoming, at: int) -> Page:
        return Page(messages=messages, cursor={"at": at}, complete=True)

    def position() -> object:
        return (world.store.small_things.cursor("acme-x:mentions") or {}).get("cursor")

    async def read(*messages: Incoming, at: int) -> None:
        world.platform.pages = {Surface.MENTIONS: [page(*messages, at=at)]}
        await world.reader.round()

    await read(said("0"), at=1)
    await read(said("1", "one"), other("1"), at=2)
    assert position() == {"at": 1}
    await read(said("1", "one"), said("2", "two"), at=2)
    assert position() == {"at": 2}
    for at in (3, 4):
        await read(said("3", "one"), other("3"), at=at)
    assert position() == {"at": 4}, "what stays contradictory is not asked for without end"
