"""F86: the machine's clock is wrong, is set, or a second is counted twice.

Daylight saving in service hours is held in `domain/test_hours.py`, times of platforms that cannot be (F59) in
`engine/test_intake.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from engine.world import NOON, TIMERS, World, build, said

from inbox.adapters.facebook import values
from inbox.adapters.twitter import wire
from inbox.config.screen import Screen
from inbox.domain.hours import DAYS, Interval, ServiceHours
from inbox.domain.model import Surface
from inbox.domain.outbox import Phase
from inbox.domain.sla import timer
from inbox.engine.desk.drafts import Reply
from inbox.errors import RateLimited
from inbox.ui.main.due_notice import DueNotices

CID = "acme-x:mentions:root:7"
HOUR = timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build(tmp_path / "inbox")
    yield made
    made.store.close()


async def test_f86_a_clock_set_back_an_hour_holds_neither_reading_nor_replies_up(world: World) -> None:
    """The first answer of a time server after a start with a dead battery: nothing may wait an hour for it."""
    world.arrive(said("1"))
    await world.reader.round()
    due = world.reader.due[Surface.MENTIONS] - world.clock.now()
    item = world.desk.replying.reply(CID, Reply("On its way.", hold=timedelta(seconds=10)))
    await world.turn(4)
    world.clock.advance(-3600)
    assert world.reader.due_now() == []
    await world.turn(0)
    assert world.platform.accepted == []
    await world.turn(6)
    assert len(world.platform.accepted) == 1
    assert world.store.outbox.get(item.id).phase is Phase.SENT  # type: ignore[union-attr]
    world.clock.advance(due.total_seconds())
    assert world.reader.due_now() == [Surface.MENTIONS]


async def test_f86_a_limit_of_the_platform_ends_when_it_would_have(world: World) -> None:
    """Neither earlier, which would cost another refusal, nor an hour later."""
    world.arrive(said("1"))
    world.platform.outcomes = [RateLimited("slower", retry_at=world.clock.now() + timedelta(minutes=5))]
    world.desk.replying.reply(CID, Reply("On its way.", hold=timedelta(0)))
    await world.turn(0)
    await world.turn(-3600)
    await world.turn(299)
    assert world.platform.accepted == []
    await world.turn(2)
    assert len(world.platform.accepted) == 1


def test_f86_a_day_ahead_and_back_leaves_no_trace(world: World) -> None:
    """Timers are computed from facts: what a wrong clock called late is not late any more, and nothing wrote it down."""
    world.arrive(*(said(f"{n}", thread=f"root:{n}", at=NOON - n * timedelta(minutes=9)) for n in range(1, 9)))

    def picture() -> list[object]:
        heads = world.store.conversations.get_many(world.desk.queue.order("waiting"))
        return [(c.id, timer(c, world.clock.now())) for c in heads]

    before = picture()
    world.clock.advance(86_400)
    assert all(t.state == "breached" for _, t in picture())  # type: ignore[misc, attr-defined]
    world.clock.advance(-86_400)
    assert picture() == before
    world.clock.advance(-3600)
    assert all(t.remaining <= TIMERS.first + HOUR for _, t in picture())  # type: ignore[misc, attr-defined]


def test_f86_a_leap_of_the_clock_is_told_once_at_most(world: World) -> None:
    """Forty waits that become due in one second are one line, and going back and forth tells none of them again."""
    world.arrive(*(said(f"{n}", thread=f"root:{n}") for n in range(40)))
    notices = DueNotices(Screen(), "tanja", UTC)

    def fresh() -> int:
        urgent = world.store.conversations.get_many(world.desk.queue.order("waiting"))
        return len(notices.fresh(urgent, world.clock.now()))

    assert fresh() == 0
    told = []
    for minutes in (165, -165, 165, 1440, -1440, 0):
        world.clock.advance(60 * minutes)
        told.append(fresh())
    assert told == [40, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("moment", [wire.moment, values.moment], ids=["X", "Facebook"])
def test_f86_the_sixtieth_second_is_a_time(moment: object) -> None:
    """RFC 3339 has it, Python has not: a message of that second must not be set aside or lose its time."""
    read = moment("2016-12-31T23:59:60+00:00")  # type: ignore[operator]
    assert read == datetime(2017, 1, 1, tzinfo=UTC)


def test_f86_the_hour_that_comes_twice_is_counted_twice() -> None:
    """A wait over the end of summer time: three hours are three hours, though the clock on the wall shows two."""
    always = {day: (Interval(time(0), time(0)),) for day in DAYS}
    hours = ServiceHours(ZoneInfo("Europe/Berlin"), always)
    since = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # half past two, the first time
    assert hours.add(since, 3 * HOUR) - since == 3 * HOUR
