"""Targets and timers: by when, how it stands now, and why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.builders import (
    BERLIN,
    CLOCK,
    NOON,
    answers,
    asks,
    at,
    hours,
    local,
    settled,
    waiting,
    with_status,
)
from inbox.domain import lifecycle
from inbox.domain.explain import explain
from inbox.domain.hours import ServiceHours
from inbox.domain.model import Priority, Status, Surface
from inbox.domain.records import replace
from inbox.domain.sla import Deadline, Policy, Timer, Timers, TimerState, deadline, span, timer

HOURS = hours(daily="07:00-23:00")
DAILY = Timers(hours=HOURS)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "state", "remaining"),
    [
        (at(0), TimerState.RUNNING, 3 * HOUR),
        (at(150) - SECOND, TimerState.RUNNING, 30 * MINUTE + SECOND),
        (at(150), TimerState.DUE_SOON, 30 * MINUTE),
        (at(180), TimerState.DUE_SOON, timedelta(0)),
        (at(180) + SECOND, TimerState.BREACHED, -SECOND),
        (at(999), TimerState.BREACHED, -819 * MINUTE),
    ],
)
def test_the_state_at_its_edges(now: datetime, state: TimerState, remaining: timedelta) -> None:
    """Due at six is met at six, and a second later it is not; `warn_before` exactly is due soon."""
    got = timer(waiting(), now)
    assert (got.state, got.remaining, got.due_at, got.kind) == (state, remaining, at(180), "first")


def test_nothing_waits_no_timer() -> None:
    assert timer(settled(asks(1, 0), answers(2, 1)), at(2)) == Timer()
    assert timer(with_status(waiting(), Status.SPAM), at(2)) == Timer()


def test_due_soon_is_counted_in_service_time() -> None:
    """Half an hour of service is left at closing time, though the morning is nine hours away."""
    c = settled(asks(1, 0, sent_at=local("2026-11-23 20:30")), timers=DAILY)
    assert (c.warn_at, c.due_at) == (local("2026-11-23 23:00"), local("2026-11-24 07:30"))
    assert timer(c, local("2026-11-23 22:59")).state is TimerState.RUNNING
    assert timer(c, local("2026-11-23 23:00")).state is TimerState.DUE_SOON


def test_a_target_shorter_than_the_warning_is_due_soon_at_once() -> None:
    c = settled(asks(1, 0), timers=replace(CLOCK, first=10 * MINUTE))
    assert (c.warn_at, timer(c, at(0)).state) == (at(0), TimerState.DUE_SOON)


def test_a_timer_rests_outside_service_hours_and_shows_when_it_is_due() -> None:
    c = settled(asks(1, 0, sent_at=local("2026-11-23 22:00")), timers=DAILY)
    night = local("2026-11-24 02:00")
    got = timer(c, night, HOURS.opens_at(night))
    assert (got.state, got.resting_until) == (TimerState.RUNNING, local("2026-11-24 07:00"))
    assert (got.due_at, got.remaining) == (local("2026-11-24 09:00"), 7 * HOUR)


def test_a_breach_does_not_rest() -> None:
    """It is late, at night too."""
    c = settled(asks(1, 0, sent_at=local("2026-11-23 12:00")), timers=DAILY)
    night = local("2026-11-24 02:00")
    got = timer(c, night, HOURS.opens_at(night))
    assert (got.state, got.resting_until) == (TimerState.BREACHED, None)


NEVER = Timers(hours=ServiceHours(BERLIN, {}))


def test_without_service_time_nothing_is_ever_due() -> None:
    c = settled(asks(1, 0), timers=NEVER)
    assert (c.waiting_since, c.due_at, c.warn_at) == (NOON, None, None)
    assert timer(c, at(9)) == Timer(kind="first")


# -- policies --------------------------------------------------------------------------------------------------


def due(*policies: Policy, **facts: object) -> timedelta:
    c = settled(asks(1, 0), timers=replace(CLOCK, policies=policies), **facts)
    assert c.due_at
    return c.due_at - NOON


def test_the_first_matching_policy_decides_alone() -> None:
    vip, all_ = Policy(tag="vip", first=HOUR), Policy(first=2 * HOUR)
    assert due(vip, all_, tags=("vip",)) == HOUR
    assert due(all_, vip, tags=("vip",)) == 2 * HOUR
    assert due(vip, tags=("other",)) == 3 * HOUR


def test_what_the_deciding_policy_does_not_name_comes_from_the_default() -> None:
    """Not from the next policy that fits."""
    assert due(Policy(tag="vip", next=HOUR), Policy(first=2 * HOUR), tags=("vip",)) == 3 * HOUR
    timers = replace(CLOCK, policies=(Policy(next=HOUR), Policy(next=5 * HOUR)))
    c = settled(asks(1, 0), answers(2, 1), asks(3, 60), timers=timers)
    assert c.due_at == at(120)
    assert [r.due_at for r in c.responses] == [at(180)]


@pytest.mark.parametrize(
    ("policy", "fits"),
    [
        (Policy(), True),
        (Policy(account="acme", surface="comments", priority="high", tag="vip"), True),
        (Policy(account="other"), False),
        (Policy(surface="direct"), False),
        (Policy(priority="urgent"), False),
        (Policy(tag="refund"), False),
        (Policy(account="acme", tag="refund"), False),
    ],
)
def test_all_conditions_of_a_policy_must_hold(policy: Policy, fits: bool) -> None:
    c = waiting(surface=Surface.COMMENTS, priority=Priority.HIGH, tags=("a", "vip"))
    assert policy.fits(c) is fits


def test_a_decision_moves_the_deadline() -> None:
    """Raising the priority of who waits shortens the wait from its beginning."""
    timers = replace(CLOCK, policies=(Policy(priority="urgent", first=HOUR),))
    c = settled(asks(1, 0), timers=timers)
    assert lifecycle.retime(lifecycle.prioritise(c, Priority.URGENT), timers).due_at == at(60)


# -- the two clocks --------------------------------------------------------------------------------------------


def test_the_deadline_is_whichever_clock_ends_first_and_says_which() -> None:
    c = waiting(surface=Surface.MESSENGER)
    assert c.closes_at == at(24 * 60)
    assert deadline(c, at(0)) == Deadline(at=at(180), what="answer")
    long = replace(c, due_at=at(48 * 60))
    assert deadline(long, at(0)) == Deadline(at=at(24 * 60), what="window")
    assert deadline(long, at(24 * 60)) == Deadline(at=at(48 * 60), what="answer")
    assert deadline(settled(asks(1, 0), answers(2, 1)), at(2)) is None
    assert deadline(replace(c, due_at=None), at(24 * 60)) is None


# -- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (9660, "2 h 41 min"),
        (9699, "2 h 41 min"),
        (7201, "2 h"),
        (86400 * 3 + 3600 * 4 + 59, "3 d 4 h"),
        (-3600, "1 h"),
    ],
)
def test_a_length_is_said_in_at_most_two_units(seconds: float, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


def test_why_tells_the_whole_calculation() -> None:
    """Rule 11: start, target, policy, the hours that counted and that did not, due time, window."""
    timers = Timers(hours=HOURS, policies=(Policy(surface="messenger", tag="vip", first=3 * HOUR),))
    asked = asks(1, 0, sent_at=local("2026-11-23 22:00"))
    c = settled(asked, timers=timers, surface=Surface.MESSENGER, tags=("vip",))
    assert explain(c, timers, local("2026-11-24 02:00")) == [
        "Waiting since Mon 23 Nov 22:00 for our first answer.",
        "Target 3 h of service time, by the policy for surface messenger, tag vip.",
        "Counted: Mon 23 Nov 22:00 to 23:00 (1 h).",
        "Not counted: Mon 23 Nov 23:00 to Tue 24 Nov 07:00 (8 h), outside service hours.",
        "Counted: Tue 24 Nov 07:00 to 09:00 (2 h).",
        "Due Tue 24 Nov 09:00: 7 h left.",
        "Resting: service opens again Tue 24 Nov 07:00.",
        "The platform's reply window closes Tue 24 Nov 22:00: Messenger takes it within 24 hours of the customer's "
        "last message.",
    ]
    assert explain(c, timers, local("2026-11-25 02:00"))[-2:] == [
        "Due Tue 24 Nov 09:00: 17 h ago.",
        "The platform's reply window closed Tue 24 Nov 22:00: Messenger takes it within 24 hours of the customer's "
        "last message.",
    ]


def test_why_names_who_set_the_target() -> None:
    timers = Timers(hours=HOURS, policies=(Policy(tag="vip", next=HOUR),))
    assert explain(settled(asks(1, 0), timers=timers), timers, at(1))[1].endswith("by the default.")
    c = settled(asks(1, 0), timers=timers, tags=("vip",))
    assert explain(c, timers, at(1))[1] == (
        "Target 3 h of service time, by the default: the policy for tag vip names none."
    )
    c = settled(asks(1, 0), answers(2, 1), asks(3, 2), timers=timers, tags=("vip",))
    assert explain(c, timers, at(3))[:2] == [
        "Waiting since Mon 23 Nov 13:02 for our next answer.",
        "Target 1 h of service time, by the policy for tag vip.",
    ]


def test_why_keeps_long_calculations_short() -> None:
    """A week of holidays and short days is said in a handful of lines, and days without a break are one."""
    calendar = hours(daily="09:00-09:15", holidays=[date(2026, 11, 25)])
    timers = Timers(hours=calendar)
    lines = explain(settled(asks(1, 0), timers=timers), timers, at(1))
    assert lines[2] == "Not counted: Mon 23 Nov 13:00 to Tue 24 Nov 09:00 (20 h), outside service hours."
    assert lines[4] == "Not counted: Tue 24 Nov 09:15 to Thu 26 Nov 09:00 (1 d 23 h), outside service hours."
    assert lines[6:8] == ["... 19 more like these ...", "Counted: Sun 06 Dec 09:00 to 09:15 (15 min)."]
    assert len(lines) == 10
    whole = Timers(hours=hours(daily="00:00-24:00"), first=48 * HOUR)
    assert explain(settled(asks(1, 0), timers=whole), whole, at(1))[2:3] == [
        "Counted: Mon 23 Nov 13:00 to Wed 25 Nov 13:00 (2 d)."
    ]


def test_why_has_words_where_no_timer_runs() -> None:
    assert explain(with_status(waiting(), Status.SPAM), CLOCK, at(1)) == ["Spam has no timer."]
    assert explain(settled(asks(1, 0), answers(2, 1)), CLOCK, at(2))[0].startswith("Nobody is waiting")
    assert explain(waiting(surface=Surface.SEARCH), CLOCK, at(1))[0].startswith(
        "A search hit: nobody addressed us"
    )
    assert "Service never opens" in explain(settled(asks(1, 0), timers=NEVER), NEVER, at(1))[2]
    assert explain(waiting(), NEVER, at(1))[-1] == "Resting: service does not open again."
