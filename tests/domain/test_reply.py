"""Whether, how and until when an answer may go out through the platform."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.builders import NOON, answers, asks, head, settled
from inbox.adapters.facebook.declaration import DECLARATION as FACEBOOK
from inbox.adapters.twitter.declaration import DECLARATION as X
from inbox.domain.model import Answerable, Conversation, Surface
from inbox.domain.reply import REASONS as COMMON
from inbox.domain.reply import ReplyWay, reply_way, window

REASONS = {**COMMON, **X.reasons, **FACEBOOK.reasons}
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
DAY, WEEK = 24 * HOUR, 7 * 24 * HOUR
BEFORE, AFTER = -SECOND, SECOND

OPEN = Answerable(public=True, private=True)
CLOSED = Answerable(public=False, private=True, reason="comments_closed")
SHUT = Answerable(public=False, private=False, reason="comments_closed")


def asked(surface: Surface, answerable: Answerable = Answerable()) -> Conversation:
    """Anna's message of noon, alone."""
    return settled(asks(1, 0, answerable=answerable), surface=surface)


def refused(code: str) -> str:
    return REASONS[code]


# -- Messenger -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passed", "human_agent", "allowed"),
    [
        (DAY + BEFORE, False, True),
        (DAY, False, False),
        (DAY + AFTER, False, False),
        (DAY + AFTER, True, True),
        (WEEK + BEFORE, True, True),
        (WEEK, True, False),
        (WEEK + AFTER, True, False),
    ],
)
def test_messenger_closes_after_a_day_or_a_week_with_human_agent(
    passed: timedelta, human_agent: bool, allowed: bool
) -> None:
    """23:59:59 is open, 24:00:00 is not: the platform would refuse, and the order drops it in the same second."""
    c = asked(Surface.MESSENGER)
    way = reply_way(c, NOON + passed, human_agent=human_agent)
    closes = NOON + (WEEK if human_agent else DAY)
    assert window(c, human_agent=human_agent) == closes
    assert (way.allowed, way.closes_at) == (allowed, closes)
    assert (way.how, way.reason) == (("private", None) if allowed else ("none", refused("window_closed")))


def test_the_window_counts_from_the_customers_last_message() -> None:
    """Our own messages do not prolong it."""
    c = settled(asks(1, 0), asks(2, 60), answers(3, 90), surface=Surface.MESSENGER)
    assert window(c) == NOON + 25 * HOUR


def test_messenger_says_when_facebook_takes_nothing_any_more() -> None:
    c = asked(Surface.MESSENGER, Answerable(private=False, reason="cannot_reply"))
    assert reply_way(c, NOON) == ReplyWay(allowed=False, how="none", reason=refused("cannot_reply"))


# -- comments --------------------------------------------------------------------------------------------------


def test_a_comment_is_answered_publicly_first_and_privately_on_wish() -> None:
    c = asked(Surface.COMMENTS, OPEN)
    assert reply_way(c, NOON) == ReplyWay(allowed=True, how="public")
    assert reply_way(c, NOON, private=False) == ReplyWay(allowed=True, how="public")
    assert reply_way(c, NOON, private=True) == ReplyWay(allowed=True, how="private", closes_at=NOON + WEEK)


@pytest.mark.parametrize(("passed", "allowed"), [(BEFORE, True), (timedelta(0), False), (AFTER, False)])
def test_a_private_reply_is_possible_for_seven_days(passed: timedelta, allowed: bool) -> None:
    way = reply_way(asked(Surface.COMMENTS, OPEN), NOON + WEEK + passed, private=True)
    assert (way.allowed, way.closes_at) == (allowed, NOON + WEEK)
    assert way.reason == (None if allowed else refused("window_closed"))


def test_a_private_reply_is_possible_once_for_each_comment() -> None:
    private = answers(2, 5, private=True, reply_to="1")
    once = settled(asks(1, 0, answerable=OPEN), private, surface=Surface.COMMENTS)
    assert reply_way(once, NOON, private=True).reason == refused("private_reply_used")
    assert reply_way(once, NOON).how == "public"
    again = settled(
        asks(1, 0, answerable=OPEN), private, asks(3, 9, answerable=OPEN), surface=Surface.COMMENTS
    )
    assert reply_way(again, NOON, private=True).allowed


def test_the_private_window_counts_only_while_it_is_the_sole_way() -> None:
    """A deadline that nobody has to keep would only push others down."""
    assert window(asked(Surface.COMMENTS, OPEN)) is None
    assert window(asked(Surface.COMMENTS)) is None
    assert window(asked(Surface.COMMENTS, SHUT)) is None
    for surface in (Surface.COMMENTS, Surface.VISITOR_POSTS):
        assert window(asked(surface, CLOSED)) == NOON + WEEK
    used = settled(
        asks(1, 0, answerable=CLOSED), answers(2, 5, private=True, reply_to="1"), surface=Surface.COMMENTS
    )
    assert window(used) is None
    assert window(asked(Surface.TAGGED, CLOSED)) is None
    assert window(head(Surface.COMMENTS)) is None


def test_where_comments_are_closed_the_private_reply_is_offered() -> None:
    c = asked(Surface.COMMENTS, CLOSED)
    assert reply_way(c, NOON) == ReplyWay(allowed=True, how="private", closes_at=NOON + WEEK)
    assert reply_way(c, NOON, private=False).reason == refused("comments_closed")


def test_where_neither_way_is_left_both_reasons_are_said() -> None:
    c = asked(Surface.COMMENTS, CLOSED)
    way = reply_way(c, NOON + WEEK)
    assert way.reason == f"{refused('comments_closed')} {refused('window_closed')}"
    assert reply_way(asked(Surface.COMMENTS, SHUT), NOON).reason == refused("comments_closed")


# -- X ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", [Surface.MENTIONS, Surface.SEARCH])
def test_x_takes_an_answer_only_where_we_were_summoned(surface: Surface) -> None:
    """What X does not say is allowed until it refuses."""
    no = Answerable(public=False, reason="not_summoned")
    assert reply_way(asked(surface, no), NOON).reason == refused("not_summoned")
    assert reply_way(asked(surface), NOON) == ReplyWay(allowed=True, how="public")
    assert reply_way(asked(surface), NOON, private=True).reason == refused("no_private")


def test_a_direct_message_has_no_window() -> None:
    c = asked(Surface.DIRECT)
    assert reply_way(c, NOON + 100 * WEEK) == ReplyWay(allowed=True, how="private")
    assert reply_way(c, NOON, private=False).how == "private", "there is no other way"
    assert window(c) is None
    assert not reply_way(asked(Surface.DIRECT, Answerable(private=False, reason="not_offered")), NOON).allowed


# -- everywhere ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", list(Surface))
def test_there_must_be_a_message_to_answer(surface: Surface) -> None:
    """Only ours, or only deleted ones: nothing to reply to."""
    for c in (head(surface), settled(asks(1, 0, deleted_at=NOON), surface=surface)):
        assert reply_way(c, NOON) == ReplyWay(allowed=False, how="none", reason=refused("nobody"))


@pytest.mark.parametrize("surface", list(Surface))
@pytest.mark.parametrize("code", [None, "nonsense", *REASONS])
def test_every_refusal_has_words(surface: Surface, code: str | None) -> None:
    """Also where an adapter gives no reason, or one nobody knows."""
    c = asked(surface, Answerable(public=False, private=False, reason=code))
    for private in (None, True, False):
        way = reply_way(c, NOON, private=private)
        assert (way.allowed, way.how) == (False, "none")
        assert way.reason
        assert way.reason.endswith(".")
