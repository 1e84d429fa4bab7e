"""Durations and moments: what people type, in English and German."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.builders import BERLIN, local
from inbox.domain.durations import LONGEST, Sleep, duration, moment, sleep


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1 h 30 m", 5400),
        (" 2w ", 1209600),
        ("1d2h3m4s", 93784),
        ("0s", 0),
        ("3660d", 3660 * 86400),
    ],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    """Config, filters and snoozing share this one reading."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", " ", "3", "0", "h", "3 hours", "30m1h", "1h1h", "-1h", "1.5h", "3H", "٣h"]
)
def test_other_durations_are_refused_with_an_example(text: str) -> None:
    """A duration guessed wrong is a promise broken."""
    with pytest.raises(ValueError, match="is not a duration; write for example 90s"):
        duration(text)


@pytest.mark.parametrize("text", ["3661d", "999999w", "522w6d1s", "99999999h"])
def test_more_than_ten_years_is_refused(text: str) -> None:
    """Nothing waits so long, and sums with it would leave the calendar."""
    with pytest.raises(ValueError, match="longer than ten years"):
        duration(text)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 99), st.integers(0, 99))
def test_a_duration_is_the_sum_of_its_parts(days: int, hours: int, minutes: int, seconds: int) -> None:
    text = f"{days}d{hours}h{minutes}m{seconds}s"
    assert duration(text) == timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


MONDAY_EIGHT = local("2026-11-23 08:00")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("+3h", "2026-11-23 11:00"),
        ("3h", "2026-11-23 11:00"),
        ("in 3h", "2026-11-23 11:00"),
        ("in 3 Std. 20 Min.", "2026-11-23 11:20"),
        ("2 hours", "2026-11-23 10:00"),
        ("3 Tage", "2026-11-26 08:00"),
        ("in 2 Wochen", "2026-12-07 08:00"),
        ("1 week 2 days", "2026-12-02 08:00"),
        ("90 min", "2026-11-23 09:30"),
        ("+1d", "2026-11-24 08:00"),
        ("9", "2026-11-23 09:00"),
        ("8", "2026-11-24 08:00"),
        ("18:30", "2026-11-23 18:30"),
        ("18.30 Uhr", "2026-11-23 18:30"),
        ("6pm", "2026-11-23 18:00"),
        ("12am", "2026-11-24 00:00"),
        ("12 pm", "2026-11-23 12:00"),
        ("mon 9", "2026-11-23 09:00"),
        ("MON 7", "2026-11-30 07:00"),
        ("mon", "2026-11-23 09:00"),
        ("Mo. 10", "2026-11-23 10:00"),
        ("montag um 9 uhr", "2026-11-23 09:00"),
        ("di", "2026-11-24 09:00"),
        ("so 12", "2026-11-29 12:00"),
        ("fri at 6pm", "2026-11-27 18:00"),
        ("today 18", "2026-11-23 18:00"),
        ("heute 18 Uhr", "2026-11-23 18:00"),
        ("tomorrow", "2026-11-24 09:00"),
        ("tomorrow 8:30", "2026-11-24 08:30"),
        ("morgen", "2026-11-24 09:00"),
        ("  Morgen   8:30 ", "2026-11-24 08:30"),
        ("übermorgen 7", "2026-11-25 07:00"),
        ("heute abend", "2026-11-23 18:00"),
        ("heute abend 20 uhr", "2026-11-23 20:00"),
        ("heute Abend um 8", "2026-11-23 20:00"),
        ("tomorrow evening 8pm", "2026-11-24 20:00"),
        ("morgen früh 7:30", "2026-11-24 07:30"),
        ("tonight 9", "2026-11-23 21:00"),
        ("tonight", "2026-11-23 18:00"),
        ("this afternoon", "2026-11-23 15:00"),
        ("morgen früh", "2026-11-24 09:00"),
        ("Fri evening", "2026-11-27 18:00"),
        ("next week", "2026-11-30 09:00"),
        ("nächste Woche 8:30", "2026-11-30 08:30"),
        ("24.12.", "2026-12-24 09:00"),
        ("24.12. 10 Uhr", "2026-12-24 10:00"),
        ("22.11.", "2027-11-22 09:00"),
        ("24.12.2027", "2027-12-24 09:00"),
        ("24 dec", "2026-12-24 09:00"),
        ("24. Dezember 14:00", "2026-12-24 14:00"),
        ("Dec 24th, 6pm", "2026-12-24 18:00"),
        ("29.2.", "2028-02-29 09:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("2026-12-01T14:00:00Z", "2026-12-01 15:00"),
        ("2026-12-01t14:00:00z", "2026-12-01 15:00"),
        ("2026-12-01T14:00:00+01:00", "2026-12-01 14:00"),
    ],
)
def test_moments_are_read_as_people_mean_them(text: str, meant: str) -> None:
    """The snooze box and `--until` take what an agent would say to a colleague, in either language."""
    got = moment(text, MONDAY_EIGHT, BERLIN)
    assert got == local(meant)
    assert got.tzinfo is UTC


@pytest.mark.parametrize(("hour", "meant"), [(8, "2026-11-23 09:00"), (10, "2026-11-30 09:00")])
def test_monday_nine_said_on_a_monday(hour: int, meant: str) -> None:
    """At eight it is in an hour, at ten it is next week."""
    assert moment("mon 9", local(f"2026-11-23 {hour:02}:00"), BERLIN) == local(meant)
    assert moment("mon 9", local("2026-11-23 09:00"), BERLIN) == local("2026-11-30 09:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 07:59",
        "2026-11-01",
        "today 7",
        "heute 8",
        "+0s",
        "2026-11-23T06:59:00Z",
        "0002-02-02 00:00",
    ],
)
def test_what_is_over_is_refused(text: str) -> None:
    """A snooze into the past would come back at once and look like a fault."""
    with pytest.raises(ValueError, match="already over"):
        moment(text, MONDAY_EIGHT, BERLIN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "x",
        "mon x",
        "-1h",
        "mon tue",
        "tomorrow soon",
        "24 foo",
    ],
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time; write for example \+3h, mon 9"):
        moment(text, MONDAY_EIGHT, BERLIN)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("31.2.", "31.2."),
        ("31.2.2027 10 uhr", "31.2.2027"),
        ("30 Feb", "30 feb"),
        ("24.13.", "24.13."),
        ("2026-02-31", "2026-02-31"),
        ("mon 25", "25"),
        ("24:00", "24:00"),
        ("tomorrow 8:60", "8:60"),
        ("13pm", "13pm"),
        ("um 0am", "0am"),
        ("heute abend 26 uhr", "26 uhr"),
    ],
)
def test_a_day_or_time_that_does_not_exist_is_named(text: str, named: str) -> None:
    """ "31.2. is no time" sends people looking for another way to write it."""
    with pytest.raises(ValueError, match=rf"^there is no {re.escape(named)}$"):
        moment(text, MONDAY_EIGHT, BERLIN)


@pytest.mark.parametrize("text", ["2037-01-01", "9999-12-31T23:59:59-23:59", "9999-12-31 23:59", "+3661d"])
def test_what_no_calendar_holds_is_refused(text: str) -> None:
    """Such an instant would break the arithmetic of every zone later on."""
    with pytest.raises(ValueError, match=r"ten years|outside the calendar"):
        moment(text, MONDAY_EIGHT, ZoneInfo("America/New_York"))
    with pytest.raises(ValueError, match=r"over|outside the calendar"):
        moment("0001-01-01 00:00", MONDAY_EIGHT, BERLIN)


def test_nine_o_clock_is_nine_on_the_days_the_clocks_change() -> None:
    """Wall-clock times are placed on the wall, durations are real time."""
    saturday = local("2027-03-27 20:00")
    assert moment("tomorrow", saturday, BERLIN) == local("2027-03-28 09:00") == saturday + timedelta(hours=12)
    assert moment("+12h", saturday, BERLIN) == saturday + timedelta(hours=12)
    autumn = local("2026-10-24 20:00")
    assert moment("tomorrow", autumn, BERLIN) == autumn + timedelta(hours=14)


def test_a_time_the_clocks_skip_is_an_hour_later() -> None:
    """02:30 does not exist in that night; nobody is woken early."""
    assert moment("2027-03-28 02:30", local("2027-03-27 20:00"), BERLIN) == local("2027-03-28 03:30")


def test_a_time_the_clocks_show_twice_is_the_next_of_the_two() -> None:
    """At ten past two of the second round, half past two is in twenty minutes, and not over."""
    second_round = local("2026-10-25 02:10", fold=1)
    assert moment("2:30", second_round, BERLIN) == second_round + timedelta(minutes=20)
    assert moment("sun 2:30", second_round, BERLIN) == second_round + timedelta(minutes=20)
    assert moment("2026-10-25 02:30", second_round, BERLIN) == second_round + timedelta(minutes=20)
    assert moment("2:30", local("2026-10-25 01:50"), BERLIN) == local("2026-10-25 02:30", fold=0)


WORDS = st.sampled_from(
    [
        "mon",
        "so",
        "9",
        "25",
        ":",
        "30",
        "pm",
        "+",
        "3h",
        "w",
        "morgen",
        "-",
        "2026-10-25",
        "T",
        "Z",
        "9999",
        "uhr",
        " ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20) | st.lists(WORDS, max_size=6).map("".join), st.sampled_from((BERLIN, UTC)))
def test_a_moment_is_ahead_or_refused(text: str, zone: ZoneInfo) -> None:
    """Whatever is typed: an instant of the next ten years, or a ValueError, and no other error."""
    now = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)
    try:
        meant = moment(text, now, zone)
    except ValueError:
        return
    assert now < meant <= now + LONGEST


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("reply", (None, False)),
        ("Antwort", (None, False)),
        ("reply through thanks", (None, True)),
        ("through-thanks", (None, True)),
        ("mon 9", ("2026-11-30 09:00", False)),
        ("mon 9, through thanks", ("2026-11-30 09:00", True)),
        ("mo 9 trotz Dank", ("2026-11-30 09:00", True)),
    ],
)
def test_a_sleep_ends_at_a_time_or_with_a_reply(text: str, meant: tuple[str | None, bool]) -> None:
    found = sleep(text, local("2026-11-23 10:00"), BERLIN)
    assert found == Sleep(local(meant[0]) if meant[0] else None, meant[1])
