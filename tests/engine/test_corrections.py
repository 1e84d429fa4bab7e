"""Words that a platform showed wrong once: the right ones take their place, and nobody is said to have edited.

X gives each edit an id of its own, so two texts under one id mean that one of two answers was wrong. A list goes on
from its newest entry and does not show an older one again: only the daily look by id finds out.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.world import NOON, World, said
from inbox.domain.model import Attachment, Context, Message, Person
from inbox.engine.station.corrections import MOST
from inbox.engine.station.intake import SECOND_LOOK

HOUR = SECOND_LOOK.total_seconds()


def stored(world: World, key: str) -> Message:
    message = world.store.messages.get(f"acme-x:{key}")
    assert message is not None
    return message


async def begin(world: World, **texts: str) -> None:
    """Messages of half an hour ago, and a first look at all of them."""
    at = NOON - timedelta(minutes=30)
    world.arrive(*(said(key, text, thread=f"{key}:7", at=at) for key, text in texts.items()))
    world.reader.recheck_for = timedelta(days=7)


async def look(world: World, hours: float = 0) -> None:
    world.clock.advance(hours * 3600)
    await world.reader.recheck()


async def test_the_daily_look_puts_the_right_words_in_and_says_nothing_of_an_edit(world: World) -> None:
    await begin(world, a="\u202egnorw", b="well")
    world.platform.texts = {"a": "my parcel is lost", "b": "well"}
    await look(world)
    after = stored(world, "a")
    assert (after.text, after.edited_at, after.edits) == ("my parcel is lost", None, ())
    assert [v.text for v in after.versions] == ["\u202egnorw"], "what was stored is kept"
    assert world.desk.conversation.get(after.conversation).preview == "my parcel is lost"
    assert stored(world, "b").versions == ()


async def test_a_wrong_look_is_put_right_an_hour_later(world: World) -> None:
    """One answer may be wrong; the words that were stored are kept, and the look is repeated."""
    await begin(world, a="my parcel is lost")
    world.platform.texts = {"a": "x" * 50}
    await look(world)
    world.platform.texts = {"a": "my parcel is lost"}
    await look(world, 1)
    assert stored(world, "a").text == "my parcel is lost"
    assert [v.text for v in stored(world, "a").versions] == ["x" * 50]
    assert stored(world, "a").edits == ()


async def test_many_other_words_at_once_are_believed_when_a_second_look_shows_them_too(world: World) -> None:
    """Where all is different at once, the look is likelier to be wrong than all that was read."""
    keys = [f"m{n}" for n in range(20)]
    await begin(world, **{key: f"text {key}" for key in keys})
    world.platform.texts = dict.fromkeys(keys, "the same for all")
    await look(world)
    assert stored(world, "m3").text == "text m3"
    world.platform.texts = {key: f"right {key}" for key in keys}
    await look(world, 1)
    assert stored(world, "m3").text == "text m3", "the first time that these words are shown"
    await look(world, 1)
    assert stored(world, "m3").text == "right m3"


async def test_our_own_words_stay_as_we_sent_them(world: World) -> None:
    """X writes links and mentions differently; that is no correction."""
    await begin(world, a="my parcel is lost")
    message = stored(world, "a")
    world.store.messages.put(message.__class__(**{**_fields(message), "outbox": "item-1"}))
    world.platform.texts = {"a": "@anna my parcel is lost"}
    await look(world)
    assert stored(world, "a").text == "my parcel is lost"


async def test_a_post_above_a_conversation_gets_the_words_that_two_looks_show(world: World) -> None:
    """It is asked for every day anyway, and keeps no earlier words: one wrong answer must not take them."""
    await begin(world, a="my parcel is lost")
    above = Context(id="acme-x:77", remote_id="77", author=Person(), ours=False, text="as it was", root="a")
    world.store.messages.put_context(above)
    world.platform.texts = {"a": "my parcel is lost", "77": "x" * 50}
    await look(world)
    assert world.store.messages.context(["acme-x:77"]) == [above]
    world.platform.texts |= {"77": "as it was edited"}
    await look(world, 1)
    assert world.store.messages.context(["acme-x:77"]) == [above], "the first time that these words are shown"
    await look(world, 1)
    assert [c.text for c in world.store.messages.context(["acme-x:77"])] == ["as it was edited"]


def _fields(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in message.__struct_fields__}


def test_other_words_under_the_same_id_in_a_list_are_no_edit_where_edits_have_ids(world: World) -> None:
    world.arrive(said("a", "wrong", thread="a:7", edits_have_ids=True))
    world.arrive(said("a", "right", thread="a:7", edits_have_ids=True))
    after = stored(world, "a")
    assert (after.text, after.edited_at, after.edits) == ("right", None, ())
    world.arrive(said("b", "before", thread="b:7"))
    world.arrive(said("b", "after", thread="b:7"))
    assert [v.text for v in stored(world, "b").edits] == ["before"], "as Facebook shows an edit"


def texts(message: Message) -> tuple[str, list[str], list[str], bool]:
    """The words, the earlier ones that are edits, those that were misread, and whether it is marked as edited."""
    misread = [v.text for v in message.versions if v.misread]
    return message.text, [v.text for v in message.edits], misread, message.edited_at is not None


def show(world: World, *said_in_turn: str) -> Message:
    for text in said_in_turn:
        world.clock.advance(60)
        world.arrive(said("a", text, thread="a:7"))
    return stored(world, "a")


def test_words_of_one_wrong_answer_of_facebook_are_no_edit(world: World) -> None:
    """An agent was shown "edited", with words that the customer never wrote, after one answer had been wrong."""
    assert texts(show(world, "right", "wrong", "right")) == ("right", [], ["wrong"], False)
    assert texts(show(world, "wrong", "right")) == ("right", [], ["wrong"], False), "wrong a second time"


def test_an_edit_survives_a_wrong_answer_and_an_old_one(world: World) -> None:
    edited = show(world, "before", "after")
    assert texts(edited) == ("after", ["before"], [], True)
    again = show(world, "wrong", "after")
    assert texts(again) == ("after", ["before"], ["wrong"], True)
    assert again.edited_at == edited.edited_at, "edited when the edit was first seen"
    assert texts(show(world, "before")) == ("before", [], ["wrong", "after"], False)
    assert texts(show(world, "after")) == ("after", ["before"], ["wrong"], True), "the old answer came late"


def test_an_answer_without_words_leaves_no_trace_after_the_next(world: World) -> None:
    assert texts(show(world, "right", "", "right")) == ("right", [], [], False)


def test_a_text_that_changes_at_every_showing_does_not_grow_without_end(world: World) -> None:
    world.arrive(said("a", "first", thread="a:7", edits_have_ids=True))
    for n in range(40):
        world.clock.advance(60)
        world.arrive(said("a", f"other {n}", thread="a:7", edits_have_ids=True))
    texts = [v.text for v in stored(world, "a").versions]
    assert len(texts) == MOST
    assert (texts[0], texts[-1]) == ("first", "other 38")


@pytest.mark.parametrize("bare", [Person(remote_id="7"), Person()])
def test_an_answer_without_names_and_links_takes_none_away(world: World, bare: Person) -> None:
    """X lists people and files beside the posts; an answer that lacks that part names neither."""
    anna = Person(name="Anna", handle="anna_p", remote_id="7")
    picture = Attachment(kind="image", url="https://pbs.example/1.jpg")
    world.arrive(said("a", "look", thread="a:7", author=anna, attachments=(picture,)))
    world.arrive(said("a", "look", thread="a:7", author=bare, attachments=(Attachment(kind="image"),)))
    assert stored(world, "a").author == anna
    assert stored(world, "a").attachments == (picture,)
