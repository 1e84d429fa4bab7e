"""What the statistics count, and how: figures a team is judged by must be right to the wait."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.builders import ALWAYS
from inbox.domain.hours import DAYS, Interval, ServiceHours
from inbox.domain.model import FIRST, NEXT
from inbox.domain.statistics import (
    RUNNING,
    PassedOn,
    Statistics,
    Times,
    Wait,
    _Served,
    beginning,
    summed,
    times,
)

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DAYTIME = ServiceHours(BERLIN, {day: (Interval(time(7), time(23)),) for day in DAYS})
WEEK = NOW - timedelta(days=7)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def wait(
    began: float, lasted: float, *, kind: str = FIRST, how: str = "answered", due: float = 3, **more: str
) -> Wait:
    """In hours: how long ago it began, how long it lasted, after how long it was due."""
    since = ago(hours=began)
    return Wait(
        account=more.get("account", "acme-x"),
        agent=more.get("agent", "tanja"),
        kind=kind,
        how=how,
        since=since,
        ended_at=None if how == RUNNING else since + timedelta(hours=lasted),
        due_at=since + timedelta(hours=due),
    )


def of(*waits: Wait, hours: ServiceHours = ALWAYS, passed: tuple[PassedOn, ...] = ()) -> Statistics:
    return summed(waits, passed, hours, WEEK, NOW)


def test_answers_within_the_target_are_told_from_late_ones() -> None:
    total = of(wait(9, 1), wait(9, 3), wait(9, 4), wait(9, 1, due=0.5)).total
    assert (total.answered, total.in_time, total.share) == (4, 2, 0.5)


def test_an_answer_without_a_due_time_is_in_time() -> None:
    """Service that never opens sets nobody a target."""
    total = of(
        Wait(account="a", agent=None, kind=FIRST, how="answered", since=ago(hours=2), ended_at=NOW)
    ).total
    assert total.share == 1


def test_no_answer_has_no_share() -> None:
    """0 % would be a reproach, 100 % a boast."""
    assert of().total.share is None


def test_first_and_next_answers_have_times_of_their_own() -> None:
    total = of(wait(9, 1), wait(9, 3), wait(9, 2), wait(9, 0.5, kind=NEXT)).total
    assert (total.first.count, total.first.median) == (3, timedelta(hours=2))
    assert (total.next.count, total.next.median, total.next.p90) == (
        1,
        timedelta(minutes=30),
        timedelta(minutes=30),
    )


def test_a_night_counts_on_the_wall_and_not_in_service() -> None:
    """Asked at 22:00, answered at 8:00 the next morning: ten hours for the customer, two for the team."""
    since = datetime(2026, 11, 23, 22, tzinfo=BERLIN)
    night = Wait(
        account="a", agent="t", kind=FIRST, how="answered", since=since, ended_at=since + timedelta(hours=10)
    )
    total = of(night, hours=DAYTIME).total
    assert total.first.median == timedelta(hours=10)
    assert total.first_service.median == timedelta(hours=2)


def test_who_waits_is_counted_and_so_is_who_waits_too_long() -> None:
    total = of(wait(2, 0, how=RUNNING), wait(5, 0, how=RUNNING)).total
    assert (total.unanswered, total.overdue, total.answered) == (2, 1, 0)


def test_closing_without_an_answer_is_no_answer() -> None:
    total = of(wait(9, 1, how="resolved"), wait(9, 1)).total
    assert (total.resolved, total.answered, total.first.count) == (1, 1, 1)


def test_the_same_figures_stand_apart_by_account_agent_and_day() -> None:
    found = of(
        wait(3, 1),
        wait(3, 1, account="acme-page", agent="ben"),
        wait(27, 1, agent="ben"),
        wait(1, 0, how=RUNNING, agent=""),
        passed=(PassedOn(account="acme-x", agent="ben", at=ago(hours=26)),),
    )
    assert {name: f.answered for name, f in found.accounts.items()} == {"acme-page": 1, "acme-x": 2}
    assert {name: f.answered for name, f in found.agents.items() if name} == {"ben": 2, "tanja": 1}
    assert [(day.day, f.answered, f.unanswered, f.passed_on) for day, f in found.days.items()] == [
        (23, 1, 0, 1),
        (24, 2, 1, 0),
    ]
    assert found.total.passed_on == 1


def test_an_old_wait_that_runs_counts_in_all_but_makes_no_day_of_its_own() -> None:
    found = of(wait(24 * 60, 0, how=RUNNING))
    assert found.total.unanswered == 1
    assert found.days == {}


def test_a_day_is_a_day_of_the_service_time_zone() -> None:
    """Half past midnight in Berlin is still yesterday in UTC."""
    since = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    late = Wait(
        account="a",
        agent="t",
        kind=FIRST,
        how="answered",
        since=since,
        ended_at=since + timedelta(minutes=30),
    )
    assert [day.day for day in of(late, hours=DAYTIME).days] == [24]


@pytest.mark.parametrize(
    ("lengths", "median", "p90"),
    [
        ([5], 5, 5),
        ([1, 3], 2, 3),
        ([3, 1, 2], 2, 3),
        (list(range(1, 11)), 5.5, 9),
        (list(range(1, 101)), 50.5, 90),
    ],
)
def test_median_and_p90(lengths: list[float], median: float, p90: float) -> None:
    assert times(lengths) == Times(
        count=len(lengths), median=timedelta(seconds=median), p90=timedelta(seconds=p90)
    )


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_service_time_is_that_of_the_calendar(start: int, length: int) -> None:
    """The quick table and the careful walk must not drift apart."""
    begin = WEEK - timedelta(days=20) + timedelta(seconds=start)
    end = begin + timedelta(seconds=length)
    table = _Served(DAYTIME, begin, end + timedelta(days=1))
    assert table.between(begin, end) == pytest.approx(DAYTIME.between(begin, end).total_seconds())


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("7d", "2026-11-18 00:00"),
        ("1d", "2026-11-24 00:00"),
        ("2w", "2026-11-11 00:00"),
        ("3h", "2026-11-24 12:05"),
        ("2026-11-01", "2026-11-01 00:00"),
        ("yesterday", "2026-11-23 00:00"),
        ("mon", "2026-11-23 00:00"),
        ("1.11.", "2026-11-01 00:00"),
        ("last week", "2026-11-16 00:00"),
    ],
)
def test_a_period_begins_at_midnight_unless_hours_are_named(text: str, local: str) -> None:
    """Else the first day of the table would be half a day that looks like a bad one."""
    assert f"{beginning(text, NOW, BERLIN).astimezone(BERLIN):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2027-01-01", "0d"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"neither a duration nor a date|still to come|there is no 2026-13-01|no time at all"
    ):
        beginning(text, NOW, BERLIN)
