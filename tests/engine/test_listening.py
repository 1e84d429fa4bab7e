"""Topics, groups and hints over the store: every figure opens conversations."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.world import NOON, World, said
from inbox.domain.model import Person
from inbox.engine.desk.errors import Unknown


def person(number: int) -> Person:
    return Person(name=f"P{number}", handle=f"p{number}", remote_id=str(number))


def arrive(world: World, number: int, text: str, *, ago: float = 1.0) -> str:
    """One post by a person of its own; returns its conversation."""
    at = NOON - timedelta(hours=ago)
    thread = f"{number}:{number}"
    world.arrive(said(str(number), text, at=at, thread=thread, author=person(number), contact=person(number)))
    return f"acme-x:mentions:{thread}"


def test_topics_are_those_of_today_and_open_conversations(world: World) -> None:
    """Compared with the four weeks before, over all accounts."""
    for n in range(30):
        arrive(world, 1000 + n, "Wo bleibt mein Paket", ago=24.0 * (n % 20) + 25)
    today = [arrive(world, n, "Kabelbrand im Lager") for n in range(4)]
    first = world.desk.listening.topics(NOON - timedelta(days=1))[0]
    assert first.words[0] == "Kabelbrand Lager"
    assert sorted(first.messages) == sorted(today)


def test_groups_say_how_many_can_be_answered(world: World) -> None:
    """X lets us answer only who addressed us; a group that cannot be answered needs another way."""
    same = [arrive(world, n, f"Warum schweigt ihr zum Rückruf? Nummer {n}") for n in range(5)]
    arrive(world, 77, "Habt ihr sonntags geöffnet?")
    found = world.desk.listening.groups(world.desk.queue.order("waiting"))
    assert [sorted(group.messages) for group in found.groups] == [sorted(same)]
    assert found.alone == 1
    assert found.can_answer[found.groups[0].id] == 5


def test_a_hint_that_was_refused_is_gone(world: World) -> None:
    """One key says no, and it holds."""
    cid = arrive(world, 1, "nobody answers and my parcel is lost, this is unacceptable")
    kinds = [hint.kind for hint in world.desk.listening.hints(cid)[0]]
    assert kinds == ["negative", "complaint"]
    world.desk.listening.refuse_hint(cid, "negative")
    assert [hint.kind for hint in world.desk.listening.hints(cid)[0]] == ["complaint"]


def test_hints_never_change_the_queue(world: World) -> None:
    """They sort, hide, route and answer nothing."""
    cids = [arrive(world, 1, "Rauch aus dem Router!", ago=1), arrive(world, 2, "Danke!", ago=2)]
    before = world.desk.queue.order("waiting")
    for cid in cids:
        world.desk.listening.hints(cid)
    assert world.desk.queue.order("waiting") == before


def test_an_unknown_conversation_is_said_to_be(world: World) -> None:
    """A typing mistake in a script must not pass for calm."""
    with pytest.raises(Unknown):
        world.desk.listening.hints("acme-x:mentions:0:0")
