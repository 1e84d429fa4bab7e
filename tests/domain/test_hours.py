"""Service hours: which time counts, and when a given amount of it has passed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from drills import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shared import shared
from workclock import Holidays, NoWorkingTimeError, Schedule, WorkDay

from domain.builders import ALWAYS, hours, intervals, local
from inbox.config import calendar as config_hours
from inbox.domain.durations import duration
from inbox.domain.hours import DAYS, MIDNIGHT, Interval, NeverOpen, ServiceHours, Stretch

OFFICE = partial(hours, mon="09:00-17:00", tue="09:00-17:00", wed="09:00-17:00", thu="09:00-17:00")
HOUR = timedelta(hours=1)


def wrong(vectors: list[dict[str, Any]]) -> dict[str, str]:
    """What comes out where it is not what another implementation found."""
    found = {}
    for case in vectors:
        calendar = ServiceHours(
            ZoneInfo(case["zone"]),
            config_hours.week(case["hours"]),
            frozenset(map(date.fromisoformat, case["holidays"])),
        )
        start, due = (datetime.fromisoformat(case[end]) for end in ("start", "due"))
        got = calendar.add(start, duration(case["duration"]))
        if got != due or calendar.between(start, due) != duration(case["duration"]):
            found[case["name"]] = got.isoformat()
    return found


def test_cases_that_were_counted_minute_by_minute_hold() -> None:
    """Lunch breaks, nights, holidays, named days and clock changes, by the slowest way of counting."""
    vectors = json.loads((Path(__file__).parents[1] / "data" / "service_hours.json").read_text())["vectors"]
    assert len(vectors) >= 20
    assert wrong(vectors) == {}


def test_the_worked_cases_of_the_design_hold() -> None:
    """Forty cases from another implementation: lunch breaks, nights, holidays, half-hour clock changes."""
    vectors = json.loads(shared("design/clock-vectors.json").read_text())["vectors"]
    assert len(vectors) >= 40
    assert wrong(vectors) == {}


@pytest.mark.parametrize(
    ("calendar", "start", "work", "due"),
    [
        (OFFICE(), "2026-11-19 16:30", 1, "2026-11-23 09:30"),  # Thursday evening, over Friday to Sunday
        (OFFICE(), "2026-11-23 05:00", 1, "2026-11-23 10:00"),
        (OFFICE(), "2026-11-23 16:00", 1, "2026-11-23 17:00"),
        (OFFICE(), "2026-11-23 17:00", 1, "2026-11-24 10:00"),
        (hours(daily="09:00-12:00 13:00-17:00"), "2026-11-23 11:30", 1, "2026-11-23 13:30"),
        (hours(daily="09:00-13:00 12:00-17:00"), "2026-11-23 11:30", 2, "2026-11-23 13:30"),
        (hours(daily="22:00-02:00"), "2026-11-23 23:00", 4, "2026-11-24 23:00"),
        (hours(fri="22:00-02:00"), "2026-11-20 23:00", 3, "2026-11-21 02:00"),
        (hours(daily="00:00-24:00"), "2026-11-23 20:00", 30, "2026-11-25 02:00"),
        (hours(daily="09:00-10:00"), "2026-11-23 09:30", 24, "2026-12-17 09:30"),
        (hours(daily="12:00-11:00"), "2026-11-23 10:30", 1, "2026-11-23 12:30"),  # a 23-hour shift
    ],
)
def test_work_is_added_where_the_clock_on_the_wall_says_open(
    calendar: ServiceHours, start: str, work: int, due: str
) -> None:
    """Cases anybody can check by hand; they need nothing from outside."""
    assert calendar.add(local(start), work * HOUR) == local(due)


def test_the_spring_night_is_an_hour_shorter() -> None:
    """Real elapsed time counts: a shift from 22 to 6 has seven hours when the clocks go forward."""
    night = hours(daily="22:00-06:00")
    begin = local("2027-03-27 22:00")
    assert night.add(begin, 7 * HOUR) == local("2027-03-28 06:00")
    assert night.between(begin, local("2027-03-28 12:00")) == 7 * HOUR


def test_the_autumn_night_is_an_hour_longer() -> None:
    """And nine when they go back."""
    night = hours(daily="22:00-06:00")
    begin = local("2026-10-24 22:00")
    assert night.between(begin, local("2026-10-25 12:00")) == 9 * HOUR
    assert night.add(begin, 5 * HOUR) == local("2026-10-25 02:00", fold=1)


def test_overlapping_intervals_around_a_skipped_hour_lose_nothing() -> None:
    """02:30 comes after 03:00 in the night the clocks skip from two to three; both intervals count."""
    calendar = hours(daily="02:30-05:00 03:00-03:15")
    day = calendar.day(date(2027, 3, 28))
    assert day == (
        Stretch(local("2027-03-28 03:00"), local("2027-03-28 03:15")),
        Stretch(local("2027-03-28 03:30"), local("2027-03-28 05:00")),
    )


def test_an_interval_the_clocks_skip_wholly_is_left_out() -> None:
    """It ends where or before it begins; nothing negative may be counted."""
    calendar = hours(sun="02:30-03:00")
    assert calendar.day(date(2027, 3, 28)) == ()
    assert calendar.add(local("2027-03-28 00:00"), timedelta(minutes=30)) == local("2027-04-04 03:00")


def test_a_holiday_closes_the_intervals_that_begin_on_it() -> None:
    """The night before runs on over midnight; the night of the holiday does not begin."""
    night = hours(daily="22:00-06:00", holidays=[date(2026, 12, 25)])
    assert night.is_open(local("2026-12-25 05:59"))
    assert not night.is_open(local("2026-12-25 23:00"))
    assert not night.is_open(local("2026-12-26 05:00"))
    assert night.add(local("2026-12-25 05:00"), 2 * HOUR) == local("2026-12-26 23:00")


def test_a_named_day_replaces_daily() -> None:
    """`daily` with `sat` and `sun` is how people write it; an empty list closes the day."""
    week = config_hours.week({"daily": ["07:00-23:00"], "sat": ["10:00-14:00"], "sun": []})
    assert week["fri"] == intervals("07:00-23:00")
    assert week["sat"] == intervals("10:00-14:00")
    assert week["sun"] == ()
    calendar = ServiceHours(ZoneInfo("Europe/Berlin"), week)
    assert calendar.add(local("2026-11-21 13:00"), 2 * HOUR) == local("2026-11-23 08:00")


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 09:00", None),
        ("2026-11-23 16:59", None),
        ("2026-11-23 17:00", "2026-11-24 09:00"),
        ("2026-11-26 17:00", "2026-11-30 09:00"),
    ],
)
def test_open_from_the_first_minute_to_before_the_closing_one(when: str, opens: str | None) -> None:
    """What the screen calls resting, and until when."""
    calendar = OFFICE()
    assert calendar.is_open(local(when)) is (opens is None)
    assert calendar.opens_at(local(when)) == (local(opens) if opens else None)


CLOSED = ServiceHours(ZoneInfo("UTC"), {})


def test_a_calendar_without_hours_never_opens() -> None:
    """It must say so, not search for ever; and nothing has passed in it."""
    now = local("2026-11-23 12:00")
    with pytest.raises(NeverOpen):
        CLOSED.add(now, HOUR)
    with pytest.raises(NeverOpen):
        CLOSED.opens_at(now)
    assert not CLOSED.is_open(now)
    assert CLOSED.between(now, now + timedelta(days=9000)) == timedelta(0)
    assert CLOSED.add(now, timedelta(0)) == now


def test_holidays_without_end_close_for_good() -> None:
    """Eight hundred closed days in a row are no pause."""
    first = date(2026, 1, 1)
    years = [first + timedelta(days=n) for n in range(900)]
    with pytest.raises(NeverOpen):
        hours(daily="09:00-17:00", holidays=years).opens_at(datetime(2026, 1, 1, tzinfo=UTC))


def test_far_too_little_service_is_never_open() -> None:
    """Ten years of work at a minute a week would end after the calendar does."""
    calendar = hours(mon="09:00-09:01")
    with pytest.raises(NeverOpen):
        calendar.add(local("2026-11-23 12:00"), timedelta(days=3660))
    with pytest.raises(NeverOpen):
        calendar.add(local("2026-11-23 12:00"), 10 * HOUR)
    assert calendar.add(local("2026-11-23 09:00"), 4 * HOUR) == local("2031-06-23 09:01")


def test_a_long_span_is_counted_whole() -> None:
    """`between` has no horizon: twenty years of an hour a day are twenty years of it."""
    calendar = hours("UTC", daily="09:00-10:00")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert calendar.between(start, start + timedelta(days=7300)) == 7300 * HOUR


def test_adding_looks_only_at_the_days_it_needs() -> None:
    """A queue of thousands is timed on every change of the config: the cost is counted in days built."""
    calendar = hours(daily="07:00-23:00")
    calendar.add(local("2026-11-23 10:00"), 3 * HOUR)
    assert len(calendar._days) == 3
    calendar.add(local("2026-11-23 11:00"), 3 * HOUR)
    calendar.opens_at(local("2026-11-23 11:00"))
    assert len(calendar._days) == 3


def test_always_is_plain_time() -> None:
    start = local("2026-03-29 01:30")
    assert ALWAYS.add(start, 100 * HOUR) == start + 100 * HOUR
    assert ALWAYS.opens_at(start) is None


# -- properties, and another implementation as witness -------------------------------------------------------

ZONES = (
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Auckland",
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from((0, 0, 15, 30, 59)))
SPANS = st.builds(Interval, TIMES, TIMES) | st.just(Interval(MIDNIGHT, MIDNIGHT))
WEEKS = st.dictionaries(st.sampled_from(DAYS), st.lists(SPANS, max_size=3).map(tuple), max_size=7)
# 2011 holds the day Samoa skipped, 2026 the present rules.
STARTS = st.builds(
    lambda day, second: datetime.combine(day, time(0), UTC) + timedelta(seconds=second),
    st.dates(date(2011, 12, 20), date(2012, 1, 10)) | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 86399),
)
WORK = st.integers(1, 100 * 3600).map(lambda n: timedelta(seconds=n))
DATES = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5)
CALENDARS = st.builds(ServiceHours, st.sampled_from(ZONES).map(ZoneInfo), WEEKS, DATES)


def oracle(calendar: ServiceHours) -> Schedule:
    rules = [
        WorkDay(i.opens, i.closes, days=[DAYS.index(day)])
        for day, spans in calendar.week.items()
        for i in spans
    ]
    holidays = [Holidays(sorted(calendar.holidays))] if calendar.holidays else []
    return Schedule([*rules, *holidays], time_zone=str(calendar.zone))


LEFT_OUT = datetime(2011, 12, 30, 10, tzinfo=UTC)
"""The end of 29 December 2011 in Samoa, where 31 December followed."""


@settings(max_examples=examples(250), deadline=None)
@given(CALENDARS, STARTS, WORK, st.integers(0, 30 * 86400))
def test_another_implementation_agrees(
    calendar: ServiceHours, start: datetime, work: timedelta, span: int
) -> None:
    """`workclock` was written by others, in another language, from the same definition of a shift.

    Only on the day after the one that Samoa left out it forgets a night that began two dates before.
    """
    assume(not (calendar.zone.key == "Pacific/Apia" and LEFT_OUT <= start < LEFT_OUT + timedelta(days=1)))
    by_day = all(
        i.closes > i.opens or i.closes == MIDNIGHT for spans in calendar.week.values() for i in spans
    )
    if not by_day:  # it closes a holiday from midnight to midnight, we close the shifts that begin on it
        calendar = ServiceHours(calendar.zone, calendar.week)
    if not any(calendar.week.values()):
        with pytest.raises(NeverOpen):
            calendar.add(start, work)
        return
    other = oracle(calendar)
    try:
        due = other.add(start, work)
    except NoWorkingTimeError:
        with pytest.raises(NeverOpen):
            calendar.add(start, work)
        return
    assert calendar.add(start, work) == due
    end = start + timedelta(seconds=span)
    assert calendar.between(start, end) == other.between(start, end)


@settings(max_examples=examples(150), deadline=None)
@given(CALENDARS, STARTS, WORK, WORK)
def test_adding_and_measuring_are_inverse_and_monotone(
    calendar: ServiceHours, start: datetime, work: timedelta, more: timedelta
) -> None:
    """What was added can be measured; more work or a later start is never due earlier; steps add up."""
    try:
        due = calendar.add(start, work)
        later = calendar.add(start, work + more)
    except NeverOpen:
        assert calendar.between(start, start + timedelta(days=3000)) < work + more
        return
    assert calendar.between(start, due) == work
    assert calendar.between(due, start) == -work
    assert calendar.between(start, due - timedelta(microseconds=1)) < work, "the earliest such instant"
    assert due < later == calendar.add(due, more)
    assert calendar.add(start + timedelta(minutes=7), work) >= due


@settings(max_examples=examples(100), deadline=None)
@given(CALENDARS, STARTS)
def test_stretches_are_ordered_apart_and_not_empty(calendar: ServiceHours, start: datetime) -> None:
    """Whoever counts over them may add their lengths."""
    reached = start
    for stretch, _ in zip(calendar.stretches(start), range(30), strict=False):
        assert reached <= stretch.start < stretch.end
        reached = stretch.end
        assert calendar.is_open(stretch.start)
