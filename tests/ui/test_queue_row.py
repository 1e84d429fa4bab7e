"""What a row of the queue says, in one line and in two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from platform_rules import declared
from rich.cells import cell_len

from inbox.domain.model import Conversation, Person, Priority, Surface
from inbox.domain.records import replace
from inbox.engine.desk.rows import Row
from inbox.ui.text import queue_row
from inbox.ui.text.queue_row import Look, Piece
from inbox.wording import words

declared({"acme": "twitter", "page": "facebook"})
NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
LOOK = Look("tanja", (), " ", " ")
C = Conversation(
    id="acme:direct:1",
    account="acme",
    platform="twitter",
    surface=Surface.DIRECT,
    thread="1",
    contact=Person(name="Gus Tanner"),
    preview="Und kommt mir nicht mit Gutscheinen.",
    waiting_since=NOW - timedelta(hours=1),
    wait_kind="first",
)


def text(pieces: list[Piece]) -> str:
    return "".join(piece for piece, _ in pieces)


@pytest.mark.parametrize(
    ("platform", "surface", "place"),
    [
        ("twitter", Surface.MENTIONS, "X @"),
        ("twitter", Surface.DIRECT, "X dm"),
        ("twitter", Surface.SEARCH, "X hit"),
        ("facebook", Surface.MESSENGER, "fb dm"),
        ("facebook", Surface.COMMENTS, "fb com"),
        ("facebook", Surface.VISITOR_POSTS, "fb post"),
        ("facebook", Surface.TAGGED, "fb tag"),
        ("facebook", Surface.INSTAGRAM, "ig dm"),
    ],
)
def test_each_place_has_its_own_short_name(platform: str, surface: Surface, place: str) -> None:
    """A Messenger thread and one of Instagram are answered in two different apps: one must see which it is."""
    c = replace(C, platform=platform, surface=surface)
    assert words.place(c) == place
    assert text(queue_row.first_line(Row(conversation=c), LOOK, 60)).endswith(place)
    assert f" {place} " in text(queue_row.one_line(Row(conversation=c), LOOK, 76))


@pytest.mark.parametrize("width", [40, 56, 76, 96])
def test_whatever_is_said_the_row_has_its_width(width: int) -> None:
    """A row that is longer pushes the place out; a shorter one leaves a hole in the cursor's line."""
    c = replace(C, unanswered=12, tags=("refund", "vip"), priority=Priority.URGENT, assignee="bob")
    row = Row(conversation=c, language="tr", why_not="Gus Tanner takes no direct messages.", new=True)
    for build in (queue_row.one_line, queue_row.first_line, queue_row.second_line):
        told = cell_len(text(build(row, LOOK, width)))
        assert told == width - (0 if build is queue_row.second_line else words.TIMER_WIDTH)


def test_several_messages_in_one_wait_are_counted() -> None:
    """Who has asked three times is angrier than who asked once, and gets one answer for all of it."""
    row = Row(conversation=replace(C, unanswered=3))
    assert "3×" in text(queue_row.first_line(row, LOOK, 60))
    assert "3×" in text(queue_row.one_line(row, LOOK, 80))
    once = Row(conversation=replace(C, unanswered=1))
    assert "×" not in text(queue_row.first_line(once, LOOK, 60))


def test_the_language_is_said_where_it_is_not_the_usual_one() -> None:
    """Nobody wants to open a thread to see that a colleague should have it who speaks Turkish."""
    assert " tr " in text(queue_row.first_line(Row(conversation=C, language="tr"), LOOK, 60))
    assert "tr " in text(queue_row.one_line(Row(conversation=C, language="tr"), LOOK, 80))


def test_a_failed_reply_says_why_in_its_row() -> None:
    """A cross alone sends the agent into each of them; the reason tells which can be sent again at once."""
    row = Row(conversation=C, outbox={"failed": 1}, why_not="Gus Tanner takes no direct messages.")
    assert "✗ Gus Tanner takes no" in text(queue_row.first_line(row, LOOK, 60))
    assert "Gus Tanner takes no" in text(queue_row.one_line(row, LOOK, 100))


def test_what_came_since_the_last_look_has_another_style() -> None:
    """As in any mail program: bold is what one has not seen."""
    styles = {style for _, style in queue_row.first_line(Row(conversation=C, new=True), LOOK, 60)}
    assert "queue--person-new" in styles
    styles = {style for _, style in queue_row.first_line(Row(conversation=C), LOOK, 60)}
    assert "queue--person-new" not in styles


def test_a_search_hit_says_how_old_it_is_and_not_twice_that_it_is_one() -> None:
    """ "hit" at both ends of a row told nothing twice, and hid that the post is two weeks old."""
    hit = replace(C, surface=Surface.SEARCH, waiting_since=None, last_message_at=NOW - timedelta(days=15))
    assert words.timer_cell(hit, NOW, None, UTC).text == "15d ago "
    assert words.place(hit) == "X hit"


@pytest.mark.parametrize("minutes", [0, 1, 59, 60, 1439, 1440, 143_999, 144_000, 10**7])
def test_an_age_fits_its_column(minutes: int) -> None:
    """Of any length: posts that a search finds may be years old."""
    assert len(words.age(timedelta(minutes=minutes))) <= 3
