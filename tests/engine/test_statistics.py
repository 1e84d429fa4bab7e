"""What the store tells the statistics: every wait once, and none that nobody had."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import ANNA, NOON, World, build, said
from inbox.domain.model import Person, Surface
from inbox.engine import report
from inbox.engine.desk.drafts import Reply

BEN = Person(name="Ben", handle="ben", remote_id="8")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path, surfaces=(Surface.MENTIONS, Surface.SEARCH))


def test_answers_and_waits_of_a_day_are_counted_once(world: World) -> None:
    world.arrive(
        said("a", at=NOON - timedelta(hours=5)),
        said("b", at=NOON - timedelta(hours=4), thread="root:8", contact=BEN),
    )
    world.arrive(said("c", ours=True, at=NOON - timedelta(hours=4), parent="a"))
    world.arrive(said("d", at=NOON - timedelta(hours=1)))
    total = report.statistics(world.desk.queue.statistics("1d"))["total"]
    assert total["answered"] == total["in_time"] == 1
    assert total["in_time_percent"] == 100.0
    assert total["first_response"] == {
        "count": 1,
        "median_seconds": 3600,
        "p90_seconds": 3600,
        "median_service_seconds": 3600,
        "p90_service_seconds": 3600,
    }
    assert total["next_response"]["median_seconds"] is None
    assert (total["unanswered"], total["overdue"]) == (2, 1)


def test_history_spam_and_hits_nobody_took_are_not_counted(world: World) -> None:
    """Nobody waited there for us: they would only make good figures worse, or bad ones better."""
    old = NOON - timedelta(days=20)
    world.arrive(said("old", at=old), said("answer", ours=True, at=old, parent="old"), first=True)
    world.arrive(said("spam", thread="root:8", contact=BEN))
    world.arrive(said("hit", thread="hit:9", surface=Surface.SEARCH), surface=Surface.SEARCH)
    spam = next(cid for cid in world.desk.queue.order("all") if cid.endswith("root:8"))
    world.desk.triage.spam([spam])
    total = world.desk.queue.statistics("60d").total
    assert (total.answered, total.resolved, total.unanswered) == (0, 0, 0)


def test_what_ended_before_the_period_is_left_out(world: World) -> None:
    world.arrive(said("a", at=NOON - timedelta(days=3)))
    world.arrive(said("b", ours=True, at=NOON - timedelta(days=2), parent="a"))
    assert world.desk.queue.statistics("1d").total.answered == 0
    assert world.desk.queue.statistics("4d").total.answered == 1


async def test_a_reply_counts_as_passing_on_only_once_it_is_out(world: World) -> None:
    """One that was taken back passed nobody on."""
    world.arrive(said("a"))
    (cid,) = world.desk.queue.order("all")
    world.desk.replying.reply(cid, Reply("Bitte wenden Sie sich an unsere Hotline."))
    world.desk.undo()
    assert world.desk.queue.statistics().total.passed_on == 0
    world.desk.replying.reply(cid, Reply("Bitte wenden Sie sich an unsere Hotline."))
    await world.turn(60)
    found = world.desk.queue.statistics()
    assert found.total.passed_on == 1
    assert {name: f.passed_on for name, f in found.agents.items() if f.passed_on} == {"tanja": 1}
    assert found.accounts["acme-x"].passed_on == 1


def test_a_resolve_is_the_agents_who_gave_it(world: World) -> None:
    world.arrive(said("a", contact=ANNA))
    world.desk.triage.resolve(world.desk.queue.order("all"))
    assert {name: f.resolved for name, f in world.desk.queue.statistics().agents.items()} == {"tanja": 1}
