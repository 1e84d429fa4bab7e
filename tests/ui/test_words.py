"""Timers and states in words: eight cells, one glance, no colour needed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.domain.model import Conversation, Status, Surface
from inbox.domain.records import replace
from inbox.wording import words
from ui.scene import NOW, ZONE

C = Conversation(
    id="acme-x:mentions:1",
    account="acme-x",
    platform="twitter",
    surface=Surface.MENTIONS,
    thread="1",
    waiting_since=NOW - timedelta(hours=1),
    wait_kind="first",
)


def due(**left: float) -> Conversation:
    at = NOW + timedelta(**left)
    return replace(C, due_at=at, warn_at=at - timedelta(minutes=30))


def cell(c: Conversation, *, resting: bool = False) -> str:
    return words.timer_cell(c, NOW, NOW + timedelta(hours=8) if resting else None, ZONE).text


@pytest.mark.parametrize(
    ("conversation", "text"),
    [
        (due(hours=2, minutes=41), "    2h41"),
        (due(minutes=24), "!    24m"),
        (due(minutes=9, seconds=7), "!     9m"),
        (due(minutes=1, seconds=7), "!  1m07s"),
        (due(minutes=-72), "!! -1h12"),
        (due(days=-3, hours=-4), "!!-3d04h"),
        (due(seconds=-5), "!!-0m05s"),
        (replace(due(hours=5), closes_at=NOW + timedelta(hours=2)), " w  2h00"),
        (replace(due(hours=5), closes_at=NOW + timedelta(minutes=9)), "!w    9m"),
        (replace(due(hours=5), closes_at=NOW - timedelta(minutes=9)), "    5h00"),
        (replace(C, status=Status.RESOLVED), "resolved"),
        (replace(C, status=Status.SPAM), "spam    "),
        (replace(C, waiting_since=None), "answered"),
        (
            replace(C, surface=Surface.SEARCH, waiting_since=None, last_message_at=NOW - timedelta(hours=3)),
            "3h ago  ",
        ),
        (
            replace(due(days=9), status=Status.SNOOZED, snoozed_until=NOW + timedelta(hours=2)),
            "→  17:05",
        ),
        (
            replace(due(days=9), status=Status.SNOOZED, snoozed_until=NOW + timedelta(days=5)),
            "→Sun 15h",
        ),
    ],
)
def test_the_timer_cell_says_what_ends_first_and_how_urgent_it_is(
    conversation: Conversation, text: str
) -> None:
    assert cell(conversation) == text


def test_outside_service_hours_the_timer_shows_that_it_rests() -> None:
    assert cell(due(hours=10), resting=True) == " z 10h00"
    assert cell(due(minutes=20), resting=True) == "!z   20m"
    assert cell(due(minutes=-20), resting=True) == "!!  -20m"


@given(st.timedeltas(timedelta(days=-200), timedelta(days=200)), st.booleans())
def test_the_timer_cell_is_always_as_wide_as_its_column(left: timedelta, resting: bool) -> None:
    """One cell more and every name on the screen moves."""
    c = replace(C, due_at=NOW + left, warn_at=NOW + left - timedelta(minutes=30))
    assert len(cell(c, resting=resting)) == words.TIMER_WIDTH


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=300)))
def test_a_snoozed_one_is_as_wide_too(away: timedelta) -> None:
    c = replace(C, status=Status.SNOOZED, snoozed_until=NOW + away)
    assert len(cell(c)) == words.TIMER_WIDTH


def test_seconds_show_only_below_two_minutes() -> None:
    """A column of running seconds is noise, and "8m00s" beside "34m" reads as more exact than it is."""
    assert words.short(timedelta(minutes=2)) == "2m"
    assert words.short(timedelta(minutes=1, seconds=59)) == "1m59s"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=8), "8 s"),
        (timedelta(minutes=34), "34 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=4), "2 h 04 min"),
        (timedelta(days=7), "7 d"),
    ],
)
def test_spans_in_sentences_are_short(length: timedelta, text: str) -> None:
    assert words.long(length) == text
