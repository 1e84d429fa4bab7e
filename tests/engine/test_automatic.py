"""What the store learns about texts of ours, and what an agent's word does to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.world import NOON, World, said
from inbox.domain.model import AUTOMATIC, PERHAPS, Person
from inbox.engine.desk.errors import NotAllowed

GREETING = "Hi {name}! Thanks for your message, we will be with you soon."


def greet(world: World, number: int, seconds: float, text: str = GREETING) -> str:
    """Customer `number` asks, and the Page greets so many seconds later. Returns the conversation."""
    name = ("Anna", "Ben", "Cleo", "Dora", "Emil")[number]
    who = Person(name=name, remote_id=f"c{number}")
    thread, at = f"t{number}:c{number}", NOON + timedelta(hours=number)
    world.clock.advance(3600 * 6 + seconds - (world.clock.now() - NOON).total_seconds() + 3600 * number)
    world.arrive(
        said(f"q{number}", "Where is it?", at=at, thread=thread, author=who, contact=who),
        said(
            f"a{number}",
            text.format(name=name),
            at=at + timedelta(seconds=seconds),
            thread=thread,
            ours=True,
            contact=who,
        ),
    )
    return f"acme-x:mentions:{thread}"


def mark_of(world: World, number: int) -> str:
    found = world.store.messages.get(f"acme-x:a{number}")
    assert found is not None
    return found.automatic


def test_a_text_that_was_quick_in_three_conversations_is_doubted_at_any_delay(world: World) -> None:
    """Away texts come later than greetings; the customer's name in them is no difference. Whichever is read first."""
    late = greet(world, 0, 900)
    assert (mark_of(world, 0), world.desk.conversation.get(late).waiting_since) == ("", None)
    for number in (1, 2, 3):
        greet(world, number, 3)
    assert mark_of(world, 0) == PERHAPS
    assert world.desk.conversation.get(late).waiting_since == NOON


async def test_a_text_that_is_also_sent_from_here_is_a_persons(world: World) -> None:
    """A saved reply is an equal text too."""
    from inbox.engine.desk.drafts import Reply

    late = greet(world, 0, 900)
    for number in (1, 2, 3):
        greet(world, number, 3)
    waiting = world.desk.conversation.get(late)
    world.desk.replying.reply(late, Reply(GREETING.format(name="Anna"), hold=timedelta(0)))
    await world.turn(1)
    assert waiting.waiting_since == NOON
    assert mark_of(world, 0) == ""
    assert mark_of(world, 1) == PERHAPS, "it was as quick as before"


def test_the_agents_word_holds_for_the_same_text_everywhere_and_is_undone_as_one(world: World) -> None:
    first, second = greet(world, 0, 900), greet(world, 1, 700)
    other = greet(world, 2, 800, "On its way, {name}.")
    world.desk.triage.say_automatic(first, True)
    assert [mark_of(world, n) for n in (0, 1, 2)] == [AUTOMATIC, AUTOMATIC, ""]
    assert [world.desk.conversation.get(cid).waiting_since is None for cid in (first, second, other)] == [
        False,
        False,
        True,
    ]
    third = greet(world, 3, 600)
    assert world.desk.conversation.get(third).waiting_since is not None, "and from now on"
    world.desk.undo()
    assert [mark_of(world, n) for n in (0, 1, 3)] == ["", "", ""]
    assert world.desk.conversation.get(first).waiting_since is None


def test_not_automatic_believes_a_quick_person(world: World) -> None:
    cid = greet(world, 0, 5)
    assert mark_of(world, 0) == PERHAPS
    world.desk.triage.say_automatic(cid, False)
    head = world.desk.conversation.get(cid)
    assert (head.waiting_since, [r.how for r in head.responses]) == (None, ["answered"])


def test_without_a_message_of_ours_there_is_nothing_to_say(world: World) -> None:
    world.arrive(said("1"))
    with pytest.raises(NotAllowed, match="no message of ours"):
        world.desk.triage.say_automatic("acme-x:mentions:root:7", True)


def test_statistics_count_greetings_in_a_column_of_their_own(world: World) -> None:
    """Five greetings are no answer: the share without them, and how many there were."""
    for number in range(4):
        greet(world, number, 2)
    total = world.desk.queue.statistics("2d").total
    assert (total.answered, total.automatic, total.unanswered, total.share) == (0, 4, 4, None)
