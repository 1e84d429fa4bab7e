"""Timer policies belong to the store: two processes must not re-time it back and forth, and what has ended must not be
measured anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from domain.builders import ALWAYS, BERLIN, hours

from engine.world import NOON, TIMERS, said, source
from inbox.adapters.simkit import VirtualClock
from inbox.config.model import Account, Config, TimerPolicy, TimerSettings
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.domain.sla import Policy, Timers
from inbox.engine import policies
from inbox.engine.desk.desk import Desk
from inbox.engine.station.intake import take_in
from inbox.ports.platform import Page
from inbox.store.sqlite.store import LocalStore
from inbox.wiring import open as wiring
from inbox.wiring.setup import make_setup

CID = "acme-x:mentions:root:7"
HOUR = timedelta(hours=1)


class NoVault:
    def token(self, account: str) -> None:
        return None


class House:
    """A folder, a clock, and desks with configs of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = VirtualClock(NOON)

    def desk(self, *, holidays: Sequence[str] = (), **timers: object) -> Desk:
        hours = timers.pop("hours", {"daily": ["00:00-24:00"]})
        config = Config(
            agent="tanja",
            accounts=[Account(name="acme-x", platform="twitter")],
            timers=TimerSettings(**timers),  # type: ignore[arg-type]  # what the test says
        )
        config.service.hours = hours  # type: ignore[assignment]  # what the test says
        config.service.holidays = list(holidays)
        config.service.timezone = "Europe/Berlin"
        setup = make_setup(config, self.folder, NoVault(), {}, clock=self.clock)
        return wiring.open_desk(setup)

    def arrive(self, *messages: object) -> None:
        with closing(LocalStore(self.folder)) as store:
            timers = policies.current(store, TIMERS, "")
            take_in(store, Page(messages=messages), source(), timers, self.clock.now())  # type: ignore[arg-type]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_alone_a_process_puts_its_own_in_force_and_what_runs_follows(house: House) -> None:
    house.desk().close()
    house.arrive(said("1"))
    with closing(house.desk(first="1h")) as desk:
        assert desk.conversation.get(CID).due_at == NOON + HOUR
        assert [e.what for e in desk.workplace.store.small_things.events("")][-1:] == [
            "the timer policies changed"
        ]
        assert desk.notice == ""


def test_beside_another_inbox_those_in_force_are_used_and_it_is_said(house: House) -> None:
    """A script with other policies beside the screen re-timed the whole store, and the screen re-timed it back."""
    with closing(house.desk()) as screen:
        house.arrive(said("1"))
        with closing(house.desk(first="1h")) as script:
            assert "Another inbox is at work here" in script.notice
            assert script.conversation.get(CID).due_at == NOON + 3 * HOUR
            script.triage.prioritise([CID], script.conversation.get(CID).priority)
            assert script.workplace.timers.first == 3 * HOUR
        assert screen.conversation.get(CID).due_at == NOON + 3 * HOUR
        with closing(house.desk()) as same:
            assert same.notice == ""


def test_an_ended_wait_keeps_what_it_was_measured_by(house: House) -> None:
    """The figure a brand has told its customers does not move when somebody edits the config."""
    house.desk(first="1h").close()
    house.clock.advance(3 * 3600)
    house.arrive(said("1"), said("2", ours=True, at=NOON + 2 * HOUR))
    with closing(house.desk(first="1h")) as desk:
        before = desk.conversation.get(CID).responses
        assert [(r.in_time, r.target) for r in before] == [(False, HOUR)]
    with closing(house.desk(first="5h", policy=[TimerPolicy(surface="mentions", first="4h")])) as desk:
        desk.triage.tag([CID], add=["x"])  # settles it under the new policies
        assert desk.conversation.get(CID).responses == before


def test_what_is_read_late_is_judged_by_what_was_in_force_then(house: House) -> None:
    """The answer was given before the policies changed; that nobody had read it makes no difference."""
    house.desk(first="1h").close()
    house.arrive(said("1"))
    house.clock.advance(4 * 3600)
    house.desk(first="5h").close()
    house.arrive(said("2", ours=True, at=NOON + 2 * HOUR))
    with closing(house.desk(first="5h")) as desk:
        assert [(r.in_time, r.target) for r in desk.conversation.get(CID).responses] == [(False, HOUR)]


def test_a_breach_that_has_happened_stays(house: House) -> None:
    """Two hours of waiting under one hour were too long; five hours set afterwards do not make them good."""
    house.desk(first="1h").close()
    house.arrive(said("1"))
    house.clock.advance(2 * 3600)
    with closing(house.desk(first="5h")) as desk:
        head = desk.conversation.get(CID)
        assert (head.due_at, head.breached_at) == (NOON + 5 * HOUR, NOON + HOUR)
        assert desk.queue.order("waiting", "is:breached") == [CID]
        assert desk.queue.today().breached == 1
        assert [e.at for e in desk.workplace.store.small_things.events(CID) if e.what == "breached"] == [
            NOON + HOUR
        ]
    house.arrive(said("2", ours=True, at=NOON + 2.5 * HOUR))
    with closing(house.desk(first="5h")) as desk:
        assert [(r.in_time, r.breached_at) for r in desk.conversation.get(CID).responses] == [
            (False, NOON + HOUR)
        ]
        assert len([e for e in desk.workplace.store.small_things.events(CID) if e.what == "breached"]) == 1


def test_a_wrong_clock_once_puts_nothing_into_the_future_for_good(house: House) -> None:
    """Policies that a clock of next year put in force would be ignored for waits that end today."""
    house.clock.advance(400 * 86400)
    house.desk().close()
    house.desk(first="1h").close()
    house.clock.advance(-400 * 86400)
    house.desk(first="2h").close()
    house.arrive(said("1"))
    house.clock.advance(60)
    house.arrive(said("2", ours=True, at=NOON + timedelta(minutes=1)))
    with closing(house.desk(first="2h")) as desk:
        assert [r.target for r in desk.conversation.get(CID).responses] == [2 * HOUR]


def test_every_part_of_the_policies_comes_back_from_the_store(tmp_path: Path) -> None:
    """A process that uses another one's policies must measure as that one does, to the minute."""
    own = Timers(
        hours=replace(
            hours(mon="09:00-12:00 13:00-17:00", tue="22:00-02:00", sat="00:00-24:00"),
            holidays=frozenset({NOON.date()}),
            closed=((NOON, NOON + HOUR),),
        ),
        first=HOUR,
        next=2 * HOUR,
        warn_before=timedelta(minutes=7),
        policies=(Policy(surface=Surface.DIRECT.value, tag="vip", person="press", first=HOUR),),
        human_agent=frozenset({"acme-page"}),
        automatic=("Thanks for*",),
        resolve=timedelta(days=2),
    )
    with closing(LocalStore(tmp_path)) as store:
        policies.put_in_force(store, own, "a", NOON, alone=True)
        found = policies.put_in_force(store, TIMERS, "b", NOON, alone=False).timers
    assert found.hours.zone == BERLIN
    assert [found.hours.day(NOON.date() + timedelta(days=n)) for n in range(8)] == [
        own.hours.day(NOON.date() + timedelta(days=n)) for n in range(8)
    ]
    assert replace(found, hours=ALWAYS) == replace(own, hours=ALWAYS)


def test_policies_that_cannot_be_read_stop_nothing(tmp_path: Path) -> None:
    """A newer version may write them otherwise; this one then measures by its own."""
    with closing(LocalStore(tmp_path)) as store:
        store.small_things.put_setting(
            policies.POLICIES, [{"fingerprint": "x"}, {"fingerprint": "y", "since": None}]
        )
        assert policies.current(store, TIMERS, "z") is TIMERS
        assert policies.put_in_force(store, TIMERS, "z", NOON, alone=True).timers.first == TIMERS.first
