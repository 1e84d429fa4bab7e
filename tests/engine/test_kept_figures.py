"""Figures of waits that have ended stay, whatever becomes of the conversation they came from.

A brand shows its customers how fast it answers; a number of last month must not move because something was let go,
erased or thrown away since.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import ANNA, NOON, TIMERS, World, build, said
from inbox.domain.model import Person, Surface
from inbox.domain.statistics import Figures
from inbox.engine import figures
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.privacy import Records
from inbox.engine.station.retention import retain

BEN = Person(name="Ben", handle="ben", remote_id="8")
HOUR = timedelta(hours=1)
GREETING = "We have got your message and come back to you."


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path)


def totals(
    world: World,
) -> tuple[Figures, dict[str, Figures], dict[str | None, Figures], dict[object, Figures]]:
    found = world.desk.queue.statistics("30d")
    return found.total, dict(found.accounts), dict(found.agents), dict(found.days)


async def two_conversations(world: World) -> tuple[str, str]:
    """Anna: greeted after two seconds, answered late, then passed on and resolved. Ben: answered in time and resolved."""
    anna, ben = "acme-x:mentions:root:7", "acme-x:mentions:root:8"
    world.arrive(
        said("a1", at=NOON - 6 * HOUR),
        said("a2", GREETING, at=NOON - 6 * HOUR + timedelta(seconds=2), ours=True),
        said("a3", "Sorry, here it is.", at=NOON - 2 * HOUR, ours=True),
        said("a4", "And the other one?", at=NOON - HOUR),
        said("b1", at=NOON - 3 * HOUR, thread="root:8", contact=BEN, author=BEN),
        said("b2", "There.", at=NOON - 2 * HOUR, thread="root:8", contact=BEN, ours=True),
    )
    world.desk.replying.reply(anna, Reply("Bitte wenden Sie sich an unsere Hotline."))
    await world.turn(60)
    world.desk.triage.resolve([anna, ben])
    return anna, ben


async def test_retention_lets_go_of_the_words_and_not_of_the_figures(world: World) -> None:
    await two_conversations(world)
    before = totals(world)
    assert (before[0].answered, before[0].in_time, before[0].automatic, before[0].passed_on) == (3, 2, 1, 1)
    world.clock.advance(20 * 86400)
    before = totals(world)
    assert retain(world.store, timedelta(days=10), world.clock.now()) == 2
    assert world.desk.queue.order("all") == []
    assert totals(world) == before


async def test_an_erased_person_is_gone_and_the_figures_are_not(world: World) -> None:
    """What stays are times, the account and our agent: nothing says whose matter it was."""
    anna, _ = await two_conversations(world)
    before, header = totals(world), world.desk.queue.today()
    Records(world.store, world.desk.workplace.platforms.accounts, TIMERS).erase(anna, world.clock.now())
    assert world.store.conversations.get(anna) is None
    assert totals(world) == before
    assert world.desk.queue.today() == header, "the header counts what ended today"
    (day,) = world.store.small_things.setting(figures.KEPT_DAYS)
    kept = json.dumps(world.store.small_things.setting(f"{figures.KEPT_DAYS}:{day}"))
    assert not [part for part in ("Anna", "anna", "root:7", "a1", "parcel", "Hotline") if part in kept]


async def test_what_comes_back_after_retention_is_not_counted_twice(world: World) -> None:
    """A new message wakes the thread and its past is read again: history, in no statistic."""
    anna, _ = await two_conversations(world)
    world.clock.advance(20 * 86400)
    before = totals(world)[0]
    retain(world.store, timedelta(days=10), world.clock.now())
    world.clock.advance(7200)
    new = world.clock.now() - HOUR
    world.arrive(
        said("a1", at=NOON - 6 * HOUR),
        said("a3", "Sorry, here it is.", at=NOON - 2 * HOUR, ours=True),
        said("a9", "Hello again", at=new),
    )
    assert world.desk.conversation.get(anna).waiting_since == new
    after = totals(world)[0]
    assert (after.answered, after.in_time, after.unanswered) == (before.answered, before.in_time, 1)


async def test_a_period_takes_of_the_kept_ones_what_ended_in_it(world: World) -> None:
    await two_conversations(world)
    retain(world.store, timedelta(0), world.clock.now())
    world.clock.advance(86400)
    assert retain(world.store, timedelta(hours=12), world.clock.now()) == 2
    assert world.desk.queue.statistics("30h").total.answered == 3
    world.clock.advance(86400)
    assert world.desk.queue.statistics("30h").total.answered == 0
    judged = world.desk.queue.statistics("30d", timedelta(minutes=30)).total
    assert (judged.answered, judged.in_time) == (3, 0), (
        "kept waits are judged anew, too, where somebody asks for it"
    )


def test_marking_as_spam_afterwards_makes_no_late_answer_good(world: World) -> None:
    """Otherwise one key would take every late answer out of the figures."""
    world.arrive(said("a1", at=NOON - 6 * HOUR), said("a2", "There.", at=NOON - 2 * HOUR, ours=True))
    before, header = world.desk.queue.statistics().total, world.desk.queue.today()
    assert (before.answered, before.in_time) == (1, 0)
    world.desk.triage.spam(world.desk.queue.order("all"))
    assert world.desk.queue.statistics().total == before
    assert world.desk.queue.today() == header


def test_erasing_one_of_a_thread_moves_no_figure_of_the_others(world: World) -> None:
    """An answer named Anna; when nothing of her is left, it does not turn into an answer to everybody."""
    more = {"thread": "post:1", "surface": Surface.COMMENTS, "contact": BEN}
    world.arrive(
        said("b", at=NOON - 4 * HOUR, author=BEN, **more),
        said("a", at=NOON - 3 * HOUR, author=ANNA, **more),
        said("to-anna", "Here, Anna", at=NOON - 2 * HOUR, ours=True, names=("7", "Anna"), **more),
        said("to-ben", "Here, Ben", at=NOON, ours=True, names=("8", "Ben"), **more),
        surface=Surface.COMMENTS,
    )
    (cid,) = world.desk.queue.order("all")

    def ended() -> list[tuple[object, ...]]:
        return [(r.since, r.ended_at) for r in world.desk.conversation.get(cid).responses]

    before = ended()
    assert sorted(before) == [(NOON - 4 * HOUR, NOON), (NOON - 3 * HOUR, NOON - 2 * HOUR)]
    Records(world.store, world.desk.workplace.platforms.accounts, TIMERS).erase(
        "twitter:7", world.clock.now()
    )
    assert ended() == before
    answer = world.store.messages.get("acme-x:to-anna")
    assert answer is not None
    assert not {"7", "Anna"}.intersection(answer.names)
    world.arrive(
        said("to-anna", "Here, Anna", at=NOON - 2 * HOUR, ours=True, names=("7", "Anna"), **more),
        surface=Surface.COMMENTS,
    )
    assert ended() == before, "also when the platform shows the answer once more"
