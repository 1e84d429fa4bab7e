"""Ways to make the figures look better, or worse, than people were served; none of them works.

Each with its numbers. The target is three hours round the clock where nothing else is said; NOON is a Tuesday.
"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.test_policies import CID, House
from engine.world import ANNA, NOON, World, build, said
from inbox.config.model import TimerPolicy
from inbox.domain.model import Conversation, Person, Priority, Status, Surface
from inbox.engine.desk.desk import Desk

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SECOND = timedelta(seconds=1)
BEN = Person(name="Ben", handle="ben", remote_id="8")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def ended(c: Conversation) -> list[tuple[Any, ...]]:
    return [(r.how, r.since - NOON, r.ended_at - NOON, r.in_time) for r in c.responses]


# -- messages that no person wrote -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Hi Anna! Thanks for your message, we will be with you soon.", 3),
        ("HI ANNA!! thanks for your message\u00a0😊", 1),
        ("Danke für deine Nachricht! Wir melden uns.", 0),
        ("👋", 2),
        ("", 4),
        ("We are looking into it.", 9),
        ("Your ticket number is 4711-22.", 5),
        ("https://example.com/faq", 6),
        ("Ticket opened", 10),
        ("ขอบคุณสำหรับข้อความของคุณ", 7),
    ],
)
def test_what_is_as_quick_as_a_machine_ends_no_wait(world: World, text: str, after: int) -> None:
    """Whatever it says: a link, a sign, a sticker without words, a ticket number that differs each time."""
    answered = said("g", text, at=NOON + after * SECOND, ours=True)
    world.clock.advance(4 * 3600)
    world.arrive(said("q", at=NOON), answered, said("a", "Here it is.", at=NOON + 3.5 * HOUR, ours=True))
    assert ended(world.desk.conversation.get(CID)) == [("answered", 0 * HOUR, 3.5 * HOUR, False)]
    assert world.desk.queue.today().in_time == 0


def test_deleting_the_question_afterwards_makes_no_person_of_a_greeting(world: World) -> None:
    """Two questions, a greeting, the answer of a person four hours later. The first question goes: the greeting would be
    eleven minutes after what is left, and so an answer in time."""
    world.clock.advance(5 * 3600)
    page = [
        said("q", at=NOON),
        said("g", "We will be with you soon.", at=NOON + 3 * SECOND, ours=True),
        said("q2", "Hello?", at=NOON + 10 * MINUTE),
        said("a", "Here it is.", at=NOON + 4 * HOUR, ours=True),
    ]
    world.arrive(*page)
    before = ended(world.desk.conversation.get(CID))
    assert before == [("answered", 0 * HOUR, 4 * HOUR, False)]
    world.arrive(said("q", deleted=True, at=NOON))
    assert ended(world.desk.conversation.get(CID)) == before


def test_a_person_who_says_that_they_look_into_it_has_answered(world: World) -> None:
    """A promise is an answer; what is asked after it waits for the next. Who wants it otherwise says so of that text."""
    world.clock.advance(3 * 3600)
    world.arrive(
        said("q", at=NOON),
        said("a", "We are looking into it.", at=NOON + HOUR, ours=True),
        said("q2", "And?", at=NOON + 2 * HOUR),
    )
    head = world.desk.conversation.get(CID)
    assert (ended(head), head.wait_kind) == ([("answered", 0 * HOUR, HOUR, True)], "next")
    world.desk.triage.say_automatic(CID, True)
    assert world.desk.conversation.get(CID).waiting_since == NOON
    world.desk.undo()
    assert world.desk.conversation.get(CID).waiting_since == NOON + 2 * HOUR


def test_an_answer_of_another_app_in_the_second_of_the_question_is_an_answer_to_the_one_before(
    world: World,
) -> None:
    """Same second: answered. But only what was asked until then."""
    world.clock.advance(2 * 3600)
    world.arrive(
        said("q", at=NOON),
        said("q2", at=NOON + HOUR),
        said("a", "Here.", at=NOON + HOUR, ours=True),
        said("q3", at=NOON + HOUR + SECOND),
    )
    head = world.desk.conversation.get(CID)
    assert (ended(head), head.waiting_since) == ([("answered", 0 * HOUR, HOUR, True)], NOON + HOUR + SECOND)


# -- decisions -------------------------------------------------------------------------------------------------


def test_a_resolve_after_a_breach_and_its_undo_leave_the_breach_where_it_was(world: World) -> None:
    """One breach a wait, with its time, however often somebody resolves and takes that back."""
    world.arrive(said("q", at=NOON))
    world.clock.advance(4 * 3600)
    for _ in range(2):
        world.desk.triage.resolve([CID])
        assert ended(world.desk.conversation.get(CID)) == [("resolved", 0 * HOUR, 4 * HOUR, False)]
        world.desk.undo()
        head = world.desk.conversation.get(CID)
        assert (head.waiting_since, head.responses, head.due_at) == (NOON, (), NOON + 3 * HOUR)
        assert world.desk.queue.order("waiting", "is:breached") == [CID]
    assert [e.at for e in world.store.small_things.events(CID) if e.what == "breached"] == [NOON + 3 * HOUR]


@pytest.mark.parametrize("act", ["snooze", "spam and back", "priority", "assign", "hide"])
def test_no_key_stops_the_time_of_who_waits(world: World, act: str) -> None:
    world.arrive(said("q", at=NOON, hidden=act == "hide"))
    world.clock.advance(3600)
    match act:
        case "snooze":
            world.desk.triage.snooze([CID], NOON + 100 * HOUR)
        case "spam and back":
            world.desk.triage.spam([CID])
            world.desk.triage.reopen([CID])
        case "priority":
            world.desk.triage.prioritise([CID], Priority.LOW)
        case "assign":
            world.desk.triage.assign([CID], "mia")
    head = world.desk.conversation.get(CID)
    assert (head.waiting_since, head.due_at) == (NOON, NOON + 3 * HOUR)
    world.clock.advance(3 * 3600)
    assert world.desk.queue.order("waiting", "is:breached") == [CID], (
        "also out of a snooze: it came back due soon"
    )


def test_giving_a_search_hit_back_and_taking_it_twice_starts_one_clock(world: World) -> None:
    hit = "acme-x:search:hit:9"
    world.arrive(
        said("h", at=NOON - 9 * HOUR, thread="hit:9", surface=Surface.SEARCH, contact=BEN, author=BEN),
        surface=Surface.SEARCH,
    )
    for to in ("tanja", None, "mia", None, "tanja"):
        world.desk.triage.assign([hit], to)
        world.clock.advance(1800)
    head = world.desk.conversation.get(hit)
    assert (head.waiting_since, head.due_at) == (NOON, NOON + 3 * HOUR)


# -- policies --------------------------------------------------------------------------------------------------


def asked(house: House, *messages: Any) -> None:
    house.arrive(said("1"), *messages)


def test_a_policy_set_in_the_second_of_the_answer_judges_it_not(house: House) -> None:
    """Answered after two hours, to the second when three hours became one: in time, and by the policy of before. Both
    the target and its name are of the same one."""
    house.desk(policy=[TimerPolicy(surface="mentions", first="3h")]).close()
    asked(house)
    house.clock.advance(2 * 3600)
    house.desk(first="1h").close()
    house.arrive(said("2", ours=True, at=NOON + 2 * HOUR))
    with closing(house.desk(first="1h")) as desk:
        (found,) = desk.conversation.get(CID).responses
        assert (found.in_time, found.target, found.policy) == (True, 3 * HOUR, "surface mentions")


def test_a_holiday_added_later_moves_what_runs_and_not_what_has_ended(house: House) -> None:
    """Wednesday is declared a holiday on Tuesday: what ends after it is due later; Tuesday's late answer stays late."""
    with closing(desk_with_holidays(house, [])):
        asked(house)
    house.clock.advance(6 * 3600)
    house.arrive(
        said("2", ours=True, at=NOON + 5 * HOUR),
        said("b", thread="root:8", contact=BEN, author=BEN, at=NOON + 5 * HOUR),
    )
    other = "acme-x:mentions:root:8"
    with closing(desk_with_holidays(house, [])) as desk:
        assert [r.in_time for r in desk.conversation.get(CID).responses] == [False]
        before = desk.conversation.get(CID).responses
        # 18:00 in Berlin, service until 20:00: two hours today, one tomorrow at 08:00.
        assert desk.conversation.get(other).due_at == NOON + 20 * HOUR
    with closing(desk_with_holidays(house, ["2026-11-25"])) as desk:
        assert desk.conversation.get(other).due_at == NOON + 44 * HOUR
        assert desk.conversation.get(CID).responses == before


def desk_with_holidays(house: House, holidays: list[str]) -> Desk:
    return house.desk(hours={"daily": ["08:00-20:00"]}, holidays=holidays)


@pytest.mark.parametrize(("first", "minutes"), [("3h", 150), ("1h", 30), ("5h", 270)])
def test_a_target_that_changes_while_it_sleeps_wakes_it_by_the_new_one(
    house: House, first: str, minutes: int
) -> None:
    """Snoozed for two days under three hours. It comes back half an hour before it is due, by what is in force then."""
    with closing(house.desk()) as desk:
        asked(house)
        desk.triage.snooze([CID], NOON + 48 * HOUR)
    house.clock.advance(minutes * 60 - 1)
    with closing(house.desk(first=first)) as desk:
        assert desk.queue.order("waiting") == []
        house.clock.advance(1)
        assert desk.queue.order("waiting") == [CID]


def test_a_person_is_tagged_and_the_tag_taken_off(house: House) -> None:
    """Press: half an hour. Tagged after ten minutes, taken off after fifty: the breach at thirty has happened. A tag that
    comes and goes before that leaves nothing."""
    settings: dict[str, Any] = {"policy": [TimerPolicy(person="press", first="30m")]}
    house.desk(**settings).close()
    asked(house)
    for minutes, add, gone in ((10, ["press"], []), (20, [], ["press"])):
        house.clock.advance(NOON.timestamp() + minutes * 60 - house.clock.now().timestamp())
        with closing(house.desk(**settings)) as desk:
            desk.people.tag([CID], add, gone)
    with closing(house.desk(**settings)) as desk:
        assert (desk.conversation.get(CID).due_at, desk.conversation.get(CID).breached_at) == (
            NOON + 3 * HOUR,
            None,
        )
        desk.people.tag([CID], ["press"])
        assert desk.conversation.get(CID).due_at == NOON + 30 * MINUTE
    house.clock.advance(1800)
    with closing(house.desk(**settings)) as desk:
        desk.people.tag([CID], (), ["press"])
        head = desk.conversation.get(CID)
        assert (head.due_at, head.breached_at) == (NOON + 3 * HOUR, NOON + 30 * MINUTE)
    house.clock.advance(600)
    house.arrive(said("2", ours=True, at=NOON + HOUR))
    with closing(house.desk(**settings)) as desk:
        assert [(r.in_time, r.policy) for r in desk.conversation.get(CID).responses] == [(False, "default")]


# -- clocks and late pages -------------------------------------------------------------------------------------


def test_a_clock_set_back_ends_nothing_before_it_began(world: World) -> None:
    """Resolved by a clock that is two hours behind the platform's: a wait of no length, not of minus two hours."""
    world.arrive(said("q", at=NOON))
    world.clock.advance(-2 * 3600)
    world.desk.triage.resolve([CID])
    assert ended(world.desk.conversation.get(CID)) == [("resolved", 0 * HOUR, 0 * HOUR, True)]
    world.clock.advance(5 * 3600)
    world.desk.undo()
    assert world.desk.conversation.get(CID).waiting_since == NOON


def test_a_message_three_years_late_is_history_after_the_first_connection(world: World) -> None:
    """A platform shows an old comment for the first time: it waits for nobody and is in no figure."""
    world.arrive(
        said("old", at=NOON - timedelta(days=3 * 365)),
        said("a", at=NOON - timedelta(days=3 * 365 - 1), ours=True),
        first=True,
    )
    head = world.desk.conversation.get(CID)
    assert (head.waiting_since, head.responses, head.status) == (None, (), Status.RESOLVED)
    world.arrive(said("new", at=NOON - MINUTE), first=True)
    head = world.desk.conversation.get(CID)
    assert (head.waiting_since, head.wait_kind) == (NOON - MINUTE, "next")


def test_an_edit_after_the_answer_asks_nothing_again_and_one_before_gains_nothing(world: World) -> None:
    world.clock.advance(3 * 3600)
    world.arrive(said("q", at=NOON), said("a", "Here.", at=NOON + HOUR, ours=True))
    before = ended(world.desk.conversation.get(CID))
    world.arrive(said("q", "And where is the other one?", at=NOON, edited_at=NOON + 2 * HOUR))
    head = world.desk.conversation.get(CID)
    assert (ended(head), head.waiting_since) == (before, None)


def test_a_private_answer_to_a_comment_ends_its_wait_and_no_others(world: World) -> None:
    """What reached Anna privately did not reach Ben, who asked after it."""
    more: dict[str, Any] = {"thread": "post:1", "surface": Surface.COMMENTS, "contact": ANNA}
    world.clock.advance(3 * 3600)
    world.arrive(
        said("q", at=NOON, **more),
        said("p", "Privately.", at=NOON + HOUR, ours=True, private=True, parent="q", **more),
        said("b", at=NOON + 2 * HOUR, author=BEN, **more),
        surface=Surface.COMMENTS,
    )
    (cid,) = world.desk.queue.order("all")
    head = world.desk.conversation.get(cid)
    assert (ended(head), head.waiting_since) == ([("answered", 0 * HOUR, HOUR, True)], NOON + 2 * HOUR)
