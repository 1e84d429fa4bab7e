"""Which conversations a view holds, and in what order."""

from __future__ import annotations

import random
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.builders import NOON, answers, asks, at, head, settled, snoozed, waiting, with_status
from inbox.domain.model import Conversation, Status, Surface
from inbox.domain.queue import (
    Scope,
    effective_deadline,
    order_key,
    status_at,
    taken,
    views,
    waits,
    wake_at,
)
from inbox.domain.records import replace


def ordered(*conversations: Conversation, now: datetime = NOON) -> list[str]:
    return [c.id for c in sorted(conversations, key=lambda c: order_key(c, now))]


def test_who_waits_comes_first_by_deadline_then_the_rest_by_newest_message() -> None:
    late = replace(waiting(-300), id="late")
    soon = replace(waiting(-100), id="soon")
    fresh = replace(waiting(0), id="fresh")
    old = replace(settled(asks(1, -900), answers(2, -800)), id="old talk")
    new = replace(settled(asks(1, -5), answers(2, -1)), id="new talk")
    spam = replace(with_status(waiting(-3), Status.SPAM), id="spam")
    assert ordered(new, spam, old, fresh, late, head(id="empty"), soon) == [
        "late",
        "soon",
        "fresh",
        "new talk",
        "spam",
        "old talk",
        "empty",
    ]


def test_a_closing_window_comes_before_a_later_timer_and_drops_out_once_closed() -> None:
    """A reply that the platform will soon refuse is more urgent than one that is merely due."""
    closing = replace(waiting(surface=Surface.MESSENGER), id="window", due_at=at(600), closes_at=at(60))
    other = replace(waiting(), id="timer", due_at=at(180))
    assert ordered(other, closing) == ["window", "timer"]
    assert effective_deadline(closing, at(59)) == at(60)
    assert effective_deadline(closing, at(60)) == at(600)
    assert ordered(other, closing, now=at(60)) == ["timer", "window"]
    assert effective_deadline(replace(closing, due_at=None), at(61)) is None


def test_a_window_of_a_conversation_that_does_not_wait_does_not_matter() -> None:
    c = settled(asks(1, 0), answers(2, 1), surface=Surface.MESSENGER)
    assert c.closes_at is not None
    assert effective_deadline(c, at(2)) is None


MOMENTS = st.none() | st.integers(-5, 5).map(lambda n: at(n * 60))


@st.composite
def heads(draw: st.DrawFn) -> Conversation:
    return head(
        id=str(draw(st.integers(0, 999))),
        status=draw(st.sampled_from(Status)),
        waiting_since=draw(MOMENTS),
        due_at=draw(MOMENTS),
        closes_at=draw(MOMENTS),
        last_message_at=draw(MOMENTS),
    )


@given(st.lists(heads(), max_size=8, unique_by=lambda c: c.id), st.randoms(use_true_random=False))
def test_the_order_is_total_and_does_not_depend_on_where_one_begins(
    conversations: list[Conversation], chance: random.Random
) -> None:
    """Two machines show the same queue; ties are settled by id."""
    wanted = ordered(*conversations)
    shuffled = conversations[:]
    chance.shuffle(shuffled)
    assert ordered(*shuffled) == wanted
    keys = [order_key(c, NOON) for c in conversations]
    assert len(set(keys)) == len(keys)
    deadlines = [effective_deadline(c, NOON) for c in sorted(conversations, key=lambda c: order_key(c, NOON))]
    known = [d for d in deadlines if d is not None]
    assert deadlines[: len(known)] == sorted(known)


# -- snoozing, waiting, taking -----------------------------------------------------------------------------------


def test_a_snooze_ends_at_its_time_or_when_it_becomes_due_soon() -> None:
    assert wake_at(waiting()) is None
    assert wake_at(snoozed(waiting(), 100, 10)) == at(100)
    assert wake_at(snoozed(waiting(), 600, 10)) == at(150)
    assert wake_at(snoozed(waiting(), 600, 149)) == at(150)
    assert wake_at(snoozed(waiting(), 600, 150)) == at(600)
    assert wake_at(snoozed(settled(asks(1, 0), answers(2, 1)), 600, 10)) == at(600)
    assert wake_at(head(status=Status.SNOOZED)) is None


def test_the_status_of_a_snooze_that_is_over_is_open_without_a_job() -> None:
    c = snoozed(waiting(), 100, 10)
    assert (status_at(c, at(99)), status_at(c, at(100))) == (Status.SNOOZED, Status.OPEN)
    assert status_at(with_status(c, Status.RESOLVED), at(999)) is Status.RESOLVED


def test_a_search_hit_waits_once_somebody_took_or_answered_it() -> None:
    hit = waiting(surface=Surface.SEARCH)
    assert not taken(hit)
    assert not waits(hit)
    assert waits(replace(hit, assignee="tanja"))
    assert waits(settled(asks(1, 0), answers(2, 1), asks(3, 2), surface=Surface.SEARCH))
    assert taken(settled(asks(1, 0), answers(2, 1), surface=Surface.SEARCH))


# -- views -------------------------------------------------------------------------------------------------------


def in_views(c: Conversation, minutes: float = 1, *, troubled: bool = False) -> set[str]:
    return {v.name for v in views("tanja") if v.scope.matches(c, at(minutes), troubled=troubled)}


def test_the_views_stand_in_the_order_of_their_keys() -> None:
    assert [v.name for v in views("tanja")] == [
        "waiting",
        "mine",
        "unassigned",
        "mentions",
        "direct",
        "comments",
        "hits",
        "snoozed",
        "failed",
        "all",
    ]


@pytest.mark.parametrize(
    ("surface", "view"),
    [
        (Surface.MENTIONS, "mentions"),
        (Surface.DIRECT, "direct"),
        (Surface.MESSENGER, "direct"),
        (Surface.COMMENTS, "comments"),
        (Surface.VISITOR_POSTS, "comments"),
        (Surface.TAGGED, "comments"),
    ],
)
def test_each_surface_has_its_view(surface: Surface, view: str) -> None:
    assert in_views(waiting(surface=surface)) == {"waiting", "unassigned", view, "all"}


def test_search_hits_stay_in_their_own_view_until_taken() -> None:
    hit = waiting(surface=Surface.SEARCH)
    assert in_views(hit) == {"hits", "all"}
    assert in_views(replace(hit, assignee="tanja")) == {"hits", "all", "mine", "waiting"}


def test_what_is_put_away_is_in_all_and_its_own_view() -> None:
    assert in_views(snoozed(waiting(), 100, 0)) == {"snoozed", "all"}
    assert in_views(snoozed(waiting(), 100, 0), 100) == {"waiting", "unassigned", "mentions", "all"}
    assert in_views(with_status(waiting(), Status.RESOLVED)) == {"all"}
    assert in_views(with_status(waiting(), Status.SPAM), troubled=True) == {"all", "failed"}


def test_mine_is_mine_answered_or_not() -> None:
    c = settled(asks(1, 0), answers(2, 1), assignee="tanja")
    assert in_views(c) == {"mine", "mentions", "all"}
    assert in_views(replace(c, assignee="bob")) == {"mentions", "all"}


def test_a_scope_narrows_by_what_was_said() -> None:
    """All words of a group stand in one message; an unwanted word may stand in none."""
    c, texts = waiting(), ("the parcel is lost", "no refund yet")
    assert Scope(words=(("parcel", "lost"), ("ref",))).matches(c, NOON, texts=texts)
    assert not Scope(words=(("parcel", "refund"),)).matches(c, NOON, texts=texts)
    assert not Scope(not_words=("refund",)).matches(c, NOON, texts=texts)
    assert Scope(not_words=("fund",)).matches(c, NOON, texts=texts[:1])


def test_a_scope_narrows_by_account_and_wait() -> None:
    c = waiting()
    assert not Scope(account="other").matches(c, NOON)
    assert not Scope(waiting=False).matches(c, NOON)
