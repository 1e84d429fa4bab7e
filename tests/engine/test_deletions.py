"""Deletions are believed slowly: no single answer of a platform costs a word, and none stays for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import NOON, World, build, said
from inbox.domain.model import Context, Message, Person, Surface
from inbox.engine.desk.drafts import Reply
from inbox.engine.health import AccountHealth
from inbox.engine.station.deletions import DOUBTED, PUT_OFF, QUIET
from inbox.engine.station.intake import SECOND_LOOK
from inbox.engine.station.second_looks import kept, setting_key
from inbox.errors import Unavailable
from inbox.ports.platform import Asked, Heard, Listed, Look, Page, tombstone
from inbox.ports.secrets import Secret

CID = "acme-x:mentions:root:7"
HOUR = SECOND_LOOK.total_seconds()


def stored(world: World) -> dict[str, Message]:
    return {
        m.remote_id: m for c in world.desk.queue.order("all") for m in world.store.messages.of_conversation(c)
    }


def health(world: World) -> AccountHealth:
    (found,) = world.desk.accounts.health()
    return found


async def begin(world: World, count: int = 30) -> None:
    """So many messages of half an hour ago, and a first look at all of them."""
    world.arrive(
        *(said(str(n), f"text {n}", thread=f"{n}:7", at=NOON - timedelta(minutes=30)) for n in range(count))
    )
    world.reader.recheck_for = timedelta(days=7)
    await world.reader.recheck()
    world.platform.rechecked.clear()


async def test_the_daily_look_hides_and_an_hour_later_a_second_one_erases(world: World) -> None:
    """Within a day in all, and without anything remembered but what is on disk."""
    await begin(world)
    world.platform.gone = {"3"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    assert (stored(world)["3"].text, stored(world)["3"].shown) == ("text 3", False)
    world.clock.advance(HOUR - 1)
    world.platform.rechecked.clear()
    await world.reader.recheck()
    assert world.platform.rechecked == [], "not before its time"
    world.clock.advance(1)
    await world.reader.recheck()
    assert (stored(world)["3"].text, stored(world)["3"].deleted_at) == ("", world.clock.now())
    assert world.platform.rechecked[0] == "3"
    assert len(world.platform.rechecked) > 1, "something that should be there is asked for beside it"
    assert kept(world.store, "acme-x").due == {}


async def test_what_the_second_look_finds_is_there_as_it_was(world: World) -> None:
    """Its words, its wait, its place: as if nothing had been."""
    await begin(world)
    before = world.desk.conversation.get("acme-x:mentions:3:7")
    world.platform.gone = {"3"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    assert world.desk.conversation.get(before.id).waiting_since is None
    world.platform.gone = set()
    world.clock.advance(HOUR)
    await world.reader.recheck()
    after = world.desk.conversation.get(before.id)
    assert (after.waiting_since, after.due_at, after.preview) == (
        before.waiting_since,
        before.due_at,
        "text 3",
    )
    assert stored(world)["3"].gone_at is None


async def test_a_second_look_that_learns_nothing_is_repeated_with_growing_pauses(world: World) -> None:
    """Neither found nor proved: hidden, kept, and asked for again until one of the two is true."""
    await begin(world)
    world.platform.gone = {"3"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    world.platform.gone, world.platform.silent = set(), {"3"}
    asked = []
    for _ in range(60):
        world.clock.advance(HOUR)
        world.platform.rechecked.clear()
        await world.reader.deletions.due(world.platform, [Surface.MENTIONS])
        asked.append("3" in world.platform.rechecked)
    assert stored(world)["3"].text == "text 3"
    assert asked[0]
    assert 4 <= sum(asked) <= 8
    world.platform.silent, world.platform.gone = set(), {"3"}
    world.clock.advance(24 * HOUR)
    await world.reader.deletions.due(world.platform, [Surface.MENTIONS])
    assert stored(world)["3"].text == ""


async def test_where_much_of_a_batch_is_missing_at_once_nothing_is_believed(world: World) -> None:
    """The account says so, it is asked again an hour later, and not one word is hidden or lost."""
    await begin(world)
    world.platform.gone = {"1", "2", "3", "4"}
    world.clock.advance(20 * 3600)
    for _ in range(3):
        await world.reader.recheck()
        assert all(m.stands for m in stored(world).values())
        assert DOUBTED.format(count=4, asked=30) in health(world).notes
        world.clock.advance(HOUR)
    world.platform.rechecked.clear()
    world.platform.gone = set()
    await world.reader.recheck()
    assert {"1", "2", "3", "4"} <= set(world.platform.rechecked)
    assert not any("deleted at once" in note for note in health(world).notes)


@pytest.mark.parametrize(
    ("gone", "of", "believed"),
    [(2, 2, True), (3, 20, False), (3, 29, False), (3, 30, True), (11, 100, False)],
)
async def test_more_than_two_and_more_than_a_tenth_is_too_much(
    world: World, gone: int, of: int, believed: bool
) -> None:
    """Two deletions of one evening are nothing unusual, and neither are ten of a hundred."""
    await begin(world, of)
    world.platform.gone = {str(n) for n in range(gone)}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    assert sum(not m.stands for m in stored(world).values()) == (gone if believed else 0)


async def test_a_second_look_proves_nothing_where_nothing_at_all_is_found(world: World) -> None:
    """A lost permission looks like a deletion: what should be there is asked for beside what is missing."""
    await begin(world)
    world.platform.gone = {"3"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    world.platform.gone = {str(n) for n in range(30)}
    for _ in range(3):
        world.clock.advance(HOUR)
        await world.reader.deletions.due(world.platform, [Surface.MENTIONS])
    assert stored(world)["3"].text == "text 3"
    assert all(m.stands for key, m in stored(world).items() if key != "3")


async def test_a_second_look_that_finds_none_of_its_neighbours_is_not_believed(world: World) -> None:
    """Too few for a share to tell anything: then one that should be there must be there."""
    await begin(world, 3)
    world.platform.gone = {"0"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    world.platform.gone = {"0", "1", "2"}
    world.clock.advance(HOUR)
    await world.reader.deletions.due(world.platform, [Surface.MENTIONS])
    assert {key: (m.text, m.shown) for key, m in stored(world).items()} == {
        "0": ("text 0", False),
        "1": ("text 1", True),
        "2": ("text 2", True),
    }


async def test_what_is_said_to_be_deleted_for_a_whole_day_is_believed_one_by_one(world: World) -> None:
    """A small account, three of whose twenty people really took their words back: X's terms ask for a day in all."""
    await begin(world, 20)
    world.platform.gone = {"1", "2", "3"}
    world.clock.advance(20 * 3600)
    for _ in range(20):
        await world.reader.recheck()
        assert all(m.stands for m in stored(world).values())
        assert DOUBTED.format(count=3, asked=20) in health(world).notes
        world.clock.advance(HOUR)
    await world.reader.recheck()
    assert {key for key, m in stored(world).items() if not m.shown} == {"1", "2", "3"}
    assert all(m.text for m in stored(world).values())
    world.clock.advance(HOUR)
    await world.reader.recheck()
    assert {key for key, m in stored(world).items() if not m.text} == {"1", "2", "3"}
    assert health(world).notes == ()


@pytest.mark.parametrize("trouble", ["it is shown once", "nothing is shown once", "hours only"])
async def test_a_platform_that_is_wrong_for_hours_hides_nothing(world: World, trouble: str) -> None:
    """The day begins again with every look that contradicts it, or that finds nothing at all."""
    await begin(world, 20)
    some, all_ = {"1", "2", "3"}, {str(n) for n in range(20)}
    world.clock.advance(20 * 3600)
    for hour in range(30):
        world.platform.gone = some
        if hour == 15:
            world.platform.gone = {"it is shown once": set(), "nothing is shown once": all_}.get(
                trouble, some
            )
        if trouble == "hours only" and hour >= 12:
            world.platform.gone = set()
        await world.reader.recheck()
        assert all(m.stands for m in stored(world).values()), hour
        world.clock.advance(HOUR)


async def test_a_second_look_that_has_no_call_left_for_a_neighbour_is_put_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no trouble of the platform's and no proof: asked again in a quarter of an hour, without a note."""
    await begin(world)
    world.platform.gone = {"3"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()

    async def only_the_first(_: Surface, asked: Sequence[Asked]) -> Look:
        return Look(deleted=frozenset({asked[0].key}), unasked=frozenset(one.key for one in asked[1:]))

    world.clock.advance(HOUR)
    with monkeypatch.context() as short:
        short.setattr(world.platform, "look", only_the_first)
        await world.reader.recheck()
    assert (stored(world)["3"].text, health(world).notes) == ("text 3", ())
    world.clock.advance(PUT_OFF.total_seconds())
    await world.reader.recheck()
    assert stored(world)["3"].text == ""


async def test_what_is_lost_with_its_post_is_hidden_and_never_erased(world: World) -> None:
    """The post may be lost to us only."""
    await begin(world)
    world.platform.lost = {"3"}
    world.clock.advance(20 * 3600)
    for _ in range(40):
        await world.reader.recheck()
        world.clock.advance(HOUR)
    assert (stored(world)["3"].text, stored(world)["3"].shown) == ("text 3", False)


async def test_a_list_that_lacks_a_stored_message_has_it_asked_for_by_id(world: World) -> None:
    """In the same round, from the store: a restart or a single run makes no difference."""
    await begin(world)
    world.arrive(said("90", "b", thread="0:7", at=NOON - timedelta(minutes=20)))
    world.platform.gone = {"0"}
    listed = Listed(parent="0:7", keys=frozenset({"90"}))
    world.platform.pages[Surface.MENTIONS] = [Page(listed=[listed], complete=True)]
    await world.reader.round()
    assert world.platform.rechecked == ["0"]
    assert not stored(world)["0"].shown
    assert stored(world)["90"].stands


async def test_what_a_list_lacks_but_its_id_finds_is_left_alone_for_hours(world: World) -> None:
    """Lists leave things out for reasons of their own; each question costs."""
    await begin(world)
    for _ in range(5):
        world.platform.pages[Surface.MENTIONS] = [
            Page(listed=[Listed(parent="0:7", keys=frozenset())], complete=True)
        ]
        await world.reader.round()
        await world.reader.recheck()
    assert world.platform.rechecked == ["0"]
    world.clock.advance(QUIET.total_seconds())
    world.platform.pages[Surface.MENTIONS] = [
        Page(listed=[Listed(parent="0:7", keys=frozenset())], complete=True)
    ]
    await world.reader.round()
    assert world.platform.rechecked == ["0", "0"]


async def test_our_own_messages_are_asked_for_daily_while_they_are_young(world: World) -> None:
    """X charges for each; one that a list lacks is asked for at any age."""
    ours = [
        said(key, "Hello", ours=True, thread="0:7", at=NOON - timedelta(hours=hours))
        for key, hours in (("80", 49), ("81", 47))
    ]
    world.arrive(said("0", at=NOON - timedelta(hours=50), thread="0:7"), *ours)
    world.reader.recheck_for = timedelta(days=7)
    await world.reader.recheck()
    assert sorted(world.platform.rechecked) == ["0", "81"]


async def test_what_is_minutes_old_is_never_judged(world: World) -> None:
    """Reads after writes lag; and older than a list reaches is not missing from it either."""
    await begin(world, 1)
    world.arrive(said("90", "just now", thread="0:7", at=NOON - timedelta(minutes=4)))
    world.platform.gone = {"0", "90"}
    listed = Listed(parent="0:7", keys=frozenset(), since=NOON - timedelta(minutes=10))
    world.platform.pages[Surface.MENTIONS] = [Page(listed=[listed], complete=True)]
    await world.reader.round()
    assert world.platform.rechecked == []
    assert all(m.stands for m in stored(world).values())


async def test_a_question_that_failed_is_asked_again_from_the_store(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble in the middle costs nothing but time, and the round is no failure for it."""
    await begin(world)
    world.platform.gone = {"0"}

    async def down(*_: object) -> object:
        raise Unavailable("down", next_step="Wait.")

    with monkeypatch.context() as broken:
        broken.setattr(world.platform, "look", down)
        world.platform.pages[Surface.MENTIONS] = [
            Page(listed=[Listed(parent="0:7", keys=frozenset())], complete=True)
        ]
        assert (await world.reader.round()).ok
    assert stored(world)["0"].stands
    await world.reader.recheck()
    assert not stored(world)["0"].shown


async def test_a_deletion_the_platform_tells_by_itself_is_a_first_look(world: World) -> None:
    """One message of the stream is one answer, too."""

    async def token() -> Secret:
        return Secret("app")

    await begin(world)
    world.reader.push_token = token
    told = Page(messages=[tombstone("3", "3", Surface.MENTIONS)])
    world.platform.told = [Heard(surface=Surface.MENTIONS, page=told)]
    await world.reader.listen()
    assert (stored(world)["3"].text, stored(world)["3"].shown) == ("text 3", False)
    world.platform.gone = {"3"}
    world.clock.advance(HOUR)
    await world.reader.recheck()
    assert stored(world)["3"].text == ""


async def test_a_post_around_a_conversation_is_believed_gone_as_slowly(world: World) -> None:
    """It is what explains the conversation."""
    await begin(world)
    post = Context(
        id="acme-x:77", remote_id="77", author=Person(name="B"), ours=False, text="The post", root="0"
    )
    world.store.messages.put_context(post)
    world.platform.gone = {"77"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    (after,) = world.store.messages.context(["acme-x:77"])
    assert (after.text, after.stands) == ("The post", False)
    world.clock.advance(HOUR)
    await world.reader.recheck()
    (after,) = world.store.messages.context(["acme-x:77"])
    assert (after.text, after.gone) == ("", True)


async def test_a_reply_to_what_seems_deleted_is_held_with_the_reason(world: World) -> None:
    """Nothing is sent into the void, and nothing the agent wrote is lost."""
    await begin(world)
    item = world.desk.replying.reply("acme-x:mentions:3:7", Reply("Here it is.", hold=timedelta(hours=20)))
    world.platform.gone = {"3"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    await world.delivery.step()
    held = world.store.outbox.get(item.id)
    assert held is not None
    assert (held.text, world.platform.accepted) == ("Here it is.", [])
    assert held.reason == "The message it answers seems to be deleted; a second look will tell."


def test_a_damaged_list_of_second_looks_stops_nothing(world: World) -> None:
    """A file may be wrong once; the daily look finds again what is missing."""
    world.store.small_things.put_setting(setting_key("acme-x"), {"due": 7})
    assert kept(world.store, "acme-x").due == {}


async def test_after_a_restart_the_second_look_is_still_to_come(tmp_path: Path) -> None:
    """What is to be asked for is in the store, not in a process."""
    world = build(tmp_path / "inbox")
    await begin(world)
    world.platform.gone = {"3"}
    world.clock.advance(20 * 3600)
    await world.reader.recheck()
    now = world.clock.now()
    world.store.close()
    again = build(tmp_path / "inbox")
    again.clock.advance((now - NOON).total_seconds() + HOUR)
    again.platform.gone = {"3"}
    await again.reader.recheck()
    assert stored(again)["3"].text == ""
    again.store.close()
