"""Who waits since when, what ended a wait, and what a decision does (BEHAVIOUR.md#timers)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.builders import (
    CLOCK,
    answers,
    asks,
    at,
    head,
    note,
    reopened,
    resolved,
    settled,
    snoozed,
    waiting,
    with_status,
)
from inbox.domain import lifecycle
from inbox.domain.lifecycle import receive, settle
from inbox.domain.model import (
    Answerable,
    Attachment,
    Direction,
    Message,
    Person,
    Priority,
    Resolve,
    Status,
    Surface,
)
from inbox.domain.queue import status_at, waits, wake_at
from inbox.domain.records import replace
from inbox.domain.sla import TimerState, timer

DAY = timedelta(hours=24)

# -- rule 1: since when ----------------------------------------------------------------------------------------


def test_the_oldest_unanswered_message_counts() -> None:
    """Writing again must not make a customer wait longer."""
    c = settled(asks(1, 0), asks(2, 10), asks(3, 20))
    assert (c.waiting_since, c.wait_kind, c.due_at) == (at(0), "first", at(180))


def test_only_what_is_later_than_our_last_answer_waits() -> None:
    c = settled(asks(1, 0), answers(2, 5), asks(3, 10), asks(4, 20))
    assert c.waiting_since == at(10)


def test_nothing_waits_after_our_answer() -> None:
    c = settled(asks(1, 0), asks(2, 3), answers(3, 5))
    assert (c.waiting_since, c.wait_kind, c.due_at, c.warn_at) == (None, None, None, None)


def test_the_same_second_as_our_answer_is_answered() -> None:
    """Platforms keep seconds: who wrote in the second of our answer is not left waiting for ever."""
    late = asks(2, 5, sent_at=at(5) + timedelta(milliseconds=900))
    assert settled(asks(1, 0), answers(3, 5), late).waiting_since is None
    assert settled(asks(1, 0), answers(3, 5), asks(2, 5 + 1 / 60)).waiting_since == at(5 + 1 / 60)


def test_a_resolve_covers_what_the_store_held() -> None:
    messages = [asks(1, 0), asks(2, 10)]
    c = resolved(settled(*messages), messages, 30)
    assert (c.status, c.waiting_since, c.due_at) == (Status.RESOLVED, None, None)


def test_what_was_read_after_the_resolve_waits_from_its_own_time_and_reopens() -> None:
    """Published before, read after: the agent never saw it."""
    messages = [asks(1, 0)]
    c = resolved(settled(*messages), messages, 30)
    unseen = asks(2, 20)
    c = receive(c, [*messages, unseen], [unseen], CLOCK)
    assert (c.status, c.waiting_since, c.due_at) == (Status.OPEN, at(20), at(200))


def test_a_message_the_store_does_not_hold_yet_is_not_covered() -> None:
    mark = Resolve(at=at(30), upto=9, agent="tanja")
    assert settled(asks(0, 0), resolves=(mark,)).waiting_since == at(0)


def test_a_wait_is_a_function_of_the_facts_not_of_the_order_of_reading() -> None:
    """Pages arrive newest first, twice, and after a pause: the head is the same."""
    facts = [asks(1, 0), answers(2, 5), asks(3, 5, author=Person(name="Bob")), asks(4, 9), answers(5, 2)]
    wanted = settled(*facts)
    for seed in range(20):
        shuffled = random.Random(seed).sample(facts, len(facts))
        renumbered = [replace(m, seq=n) for n, m in enumerate(shuffled, 1)]
        assert replace(settled(*renumbered), last_seq=5, came_seq=wanted.came_seq) == wanted


# -- rule 2: what an answer is ---------------------------------------------------------------------------------


def test_an_opening_of_ours_is_no_answer() -> None:
    """Nor is the post people comment on: it was there before anybody asked."""
    c = settled(answers(1, -60), asks(2, 0))
    assert (c.waiting_since, c.wait_kind, c.responses) == (at(0), "first", ())


def test_an_answer_from_the_platforms_own_app_counts() -> None:
    """It arrives by reading, with no outbox item behind it."""
    c = settled(asks(1, 0), answers(2, 5, outbox=None))
    assert [(r.since, r.ended_at, r.how) for r in c.responses] == [(at(0), at(5), "answered")]


def test_a_private_answer_to_a_public_comment_counts() -> None:
    """The customer was reached; it does not matter where."""
    c = settled(asks(1, 0), answers(2, 5, private=True, reply_to="1"), surface=Surface.COMMENTS)
    assert c.waiting_since is None
    assert c.privately_answered


def test_one_private_answer_is_for_one_comment() -> None:
    """Facebook allows one to each comment: a later comment may be answered privately again."""
    c = settled(asks(1, 0), answers(2, 5, private=True, reply_to="1"), asks(3, 9), surface=Surface.COMMENTS)
    assert not c.privately_answered
    assert c.last_in_id == "3"


def test_notes_stop_no_timer_and_are_no_messages() -> None:
    c = settled(asks(1, 0), note(2, 5))
    assert (c.waiting_since, c.message_count, c.preview, c.last_seq) == (at(0), 1, "text 1", 2)


@pytest.mark.parametrize("surface", [Surface.COMMENTS, Surface.MESSENGER])
def test_an_unknown_author_waits_like_any_other(surface: Surface) -> None:
    """Facebook leaves authors out; that is no reason to leave them waiting."""
    assert settled(asks(1, 0, author=Person()), surface=surface).waiting_since == at(0)


def test_third_people_in_a_thread_wait_and_one_answer_covers_them() -> None:
    """In a Facebook thread everybody who is not the Page is a customer."""
    bob = asks(2, 3, author=Person(name="Bob", remote_id="8"))
    assert settled(asks(1, 0), bob).waiting_since == at(0)
    assert settled(asks(1, 0), bob, answers(3, 5)).waiting_since is None
    assert settled(asks(1, 0), answers(3, 2), bob).waiting_since == at(3)


# -- rule 3: which kind ----------------------------------------------------------------------------------------


def test_the_kind_is_first_then_next_then_null() -> None:
    assert settled(asks(1, 0)).wait_kind == "first"
    assert settled(asks(1, 0), answers(2, 5)).wait_kind is None
    assert settled(asks(1, 0), answers(2, 5), asks(3, 9)).wait_kind == "next"


def test_a_resolve_is_no_answer_so_the_kind_stays_first() -> None:
    messages = [asks(1, 0)]
    c = resolved(settled(*messages), messages, 30)
    later = asks(2, 40)
    assert receive(c, [*messages, later], [later], CLOCK).wait_kind == "first"


# -- rule 7: snoozing ------------------------------------------------------------------------------------------


def test_snoozing_hides_and_does_not_pause() -> None:
    c = snoozed(waiting(), 600, 10)
    assert (c.status, c.waiting_since, c.due_at) == (Status.SNOOZED, at(0), at(180))


def test_a_snoozed_conversation_comes_back_when_it_becomes_due_soon() -> None:
    c = snoozed(waiting(), 600, 10)
    assert wake_at(c) == at(150)
    assert (status_at(c, at(149)), status_at(c, at(150))) == (Status.SNOOZED, Status.OPEN)


def test_a_due_soon_moment_before_the_snooze_does_not_count_again() -> None:
    """Who puts off what is nearly due knows it; it would be back at once."""
    assert wake_at(snoozed(waiting(), 600, 150)) == at(600)


def test_a_customer_message_that_is_new_to_us_wakes() -> None:
    c = snoozed(waiting(), 600, 10)
    new = asks(2, -5)
    c = receive(c, [asks(1, 0), new], [new], CLOCK)
    assert (c.status, c.snoozed_until, c.snoozed_at) == (Status.OPEN, None, None)


@pytest.mark.parametrize("new", [answers(2, 20), note(2, 20), asks(2, 20, deleted_at=at(21))])
def test_other_arrivals_do_not_wake(new: Message) -> None:
    c = snoozed(waiting(), 600, 10)
    assert receive(c, [asks(1, 0), new], [new], CLOCK).status is Status.SNOOZED


# -- rule 8: resolving -----------------------------------------------------------------------------------------


def test_resolving_who_waits_is_remembered_as_without_an_answer() -> None:
    messages = [asks(1, 0)]
    c = resolved(settled(*messages), messages, 30)
    assert [(r.how, r.agent, r.ended_at, r.due_at) for r in c.responses] == [
        ("resolved", "tanja", at(30), at(180))
    ]


def test_reopening_withdraws_the_latest_resolve() -> None:
    """What waited waits again, from the old time."""
    messages = [asks(1, 0)]
    c = reopened(resolved(settled(*messages), messages, 30), messages)
    assert (c.status, c.waiting_since, c.resolves, c.responses) == (Status.OPEN, at(0), (), ())


def test_reopening_withdraws_only_the_latest() -> None:
    one = [asks(1, 0)]
    c = resolved(settled(*one), one, 10)
    two = [*one, asks(2, 20)]
    c = receive(c, two, two[1:], CLOCK)
    c = reopened(resolved(c, two, 30), two)
    assert c.waiting_since == at(20)


def test_resolving_twice_is_resolving_once() -> None:
    """A script or a bulk step hits what is resolved already; reopening must still bring the wait back."""
    messages = [asks(1, 0)]
    c = resolved(settled(*messages), messages, 30)
    assert resolved(c, messages, 40) == c
    assert reopened(resolved(c, messages, 40), messages).waiting_since == at(0)


def test_reopening_what_is_open_withdraws_nothing() -> None:
    one, new = [asks(1, 0)], asks(2, 20)
    c = receive(resolved(settled(*one), one, 10), [*one, new], [new], CLOCK)
    assert reopened(c, [*one, new]) == c


def test_a_message_our_answer_covers_already_does_not_reopen() -> None:
    """Read late, answered long ago: no work."""
    messages = [asks(1, 0), answers(2, 10)]
    c = resolved(settled(*messages), messages, 30)
    old = asks(3, 5)
    assert receive(c, [*messages, old], [old], CLOCK).status is Status.RESOLVED


def test_an_answer_before_the_resolve_keeps_the_merit() -> None:
    """A colleague answered in the app, the agent resolved before we read it: answered, not resolved."""
    messages = [asks(1, 0)]
    c = resolved(settled(*messages), messages, 30)
    c = settle(c, [*messages, answers(2, 20)], CLOCK)
    assert [(r.how, r.ended_at) for r in c.responses] == [("answered", at(20))]


def test_answer_and_resolve_in_the_same_second_is_answered() -> None:
    """Send and resolve is one key; clocks differ by parts of a second."""
    messages = [asks(1, 0)]
    c = resolved(settled(*messages), messages, 30)
    c = settle(c, [*messages, answers(2, 30, sent_at=at(30) + timedelta(milliseconds=400))], CLOCK)
    assert [r.how for r in c.responses] == ["answered"]


def test_nothing_ends_before_it_began() -> None:
    """The platform's clock may run ahead of ours; a negative wait would spoil every median."""
    messages = [asks(1, 1)]
    c = resolved(settled(*messages), messages, 0)
    assert [(r.since, r.ended_at) for r in c.responses] == [(at(1), at(1))]


# -- rule 9: spam, search hits, deleted, edited ----------------------------------------------------------------


def test_spam_has_no_timer_and_stays_spam() -> None:
    c = with_status(waiting(), Status.SPAM)
    new = asks(2, 10)
    c = receive(c, [asks(1, 0), new], [new], CLOCK)
    assert (c.status, c.due_at, waits(c)) == (Status.SPAM, None, False)
    assert timer(c, at(999)).state is TimerState.NONE


def test_a_search_hit_has_no_timer_until_somebody_takes_it() -> None:
    c = waiting(surface=Surface.SEARCH)
    assert (c.due_at, waits(c), timer(c, at(999)).state) == (None, False, TimerState.NONE)
    taken = lifecycle.retime(lifecycle.assign(c, "tanja", at(0)), CLOCK)
    assert (taken.due_at, waits(taken)) == (at(180), True)


def test_a_search_hit_we_answered_is_a_dialogue() -> None:
    """And its later waits keep the time they were due, also once they are over."""
    messages = [asks(1, 0), answers(2, 5), asks(3, 10)]
    c = settled(*messages, surface=Surface.SEARCH)
    assert (c.due_at, waits(c)) == (at(190), True)
    c = settled(*messages, answers(4, 400), surface=Surface.SEARCH)
    assert [(r.kind, r.due_at) for r in c.responses] == [("first", None), ("next", at(190))]


def test_resolving_a_search_hit_does_not_take_it() -> None:
    messages = [asks(1, 0)]
    c = resolved(settled(*messages, surface=Surface.SEARCH), messages, 5)
    new = asks(2, 10)
    c = receive(c, [*messages, new], [new], CLOCK)
    assert (c.status, waits(c), c.due_at) == (Status.OPEN, False, None)


def test_a_deleted_message_no_longer_waits() -> None:
    c = settled(asks(1, 0, deleted_at=at(9)), asks(2, 5))
    assert (c.waiting_since, c.last_in_id, c.message_count) == (at(5), "2", 2)
    c = settled(asks(1, 0, deleted_at=at(9)))
    assert (c.waiting_since, c.last_in_id, c.last_in_at, c.preview) == (None, None, None, "(deleted)")


def test_a_deleted_question_still_makes_ours_an_answer() -> None:
    """Deleting changes what waits, not what was said: the next wait is not a first one."""
    c = settled(asks(1, 0, deleted_at=at(3)), answers(2, 5), asks(3, 9))
    assert (c.wait_kind, [r.how for r in c.responses]) == ("next", ["taken_back"])


def test_what_was_deleted_after_our_answer_was_a_wait() -> None:
    """A breach is remembered; a customer who tidies up does not take it (or our merit) away."""
    c = settled(asks(1, 0, deleted_at=at(300)), answers(2, 200))
    assert [(r.since, r.ended_at, r.due_at) for r in c.responses] == [(at(0), at(200), at(180))]


def test_an_edited_message_waits_from_its_first_version() -> None:
    c = settled(asks(1, 0, edited_at=at(50), text="new words"))
    assert (c.waiting_since, c.due_at, c.preview) == (at(0), at(180), "new words")


# -- rule 12: breaches -----------------------------------------------------------------------------------------


def test_a_late_answer_is_a_breach_with_its_time() -> None:
    c = settled(asks(1, 0), answers(2, 181), asks(3, 200), answers(4, 380))
    late, kept = c.responses
    assert (late.due_at, late.ended_at > late.due_at) == (at(180), True)
    assert (kept.due_at, kept.ended_at > kept.due_at) == (at(380), False)


def test_a_breach_is_one_per_wait() -> None:
    """Three messages, one wait, one late answer."""
    c = settled(asks(1, 0), asks(2, 1), asks(3, 2), answers(4, 500), answers(5, 600))
    assert len(c.responses) == 1


def test_a_wait_resolved_and_a_wait_answered_are_two() -> None:
    messages = [asks(1, 0)]
    c = resolved(settled(*messages), messages, 30)
    c = settle(c, [*messages, asks(2, 40), answers(3, 50)], CLOCK)
    assert [(r.since, r.ended_at, r.how) for r in c.responses] == [
        (at(0), at(30), "resolved"),
        (at(40), at(50), "answered"),
    ]


# -- history ---------------------------------------------------------------------------------------------------


def test_what_is_older_than_the_horizon_never_waits() -> None:
    """Seven hundred days old and never answered: shown, and nobody's fault."""
    c = settled(asks(1, -9999), answers(2, -9000), asks(3, -8000), horizon=at(0))
    assert (c.waiting_since, c.wait_kind, c.responses, c.message_count) == (None, None, (), 3)


def test_a_new_question_in_an_old_thread_waits_since_it_was_asked() -> None:
    """And it waits for the next answer: the first was given long ago."""
    old = [asks(1, -9999), answers(2, -9000), asks(3, -8000)]
    c = settled(*old, asks(4, 5), horizon=at(0))
    assert (c.waiting_since, c.wait_kind) == (at(5), "next")
    c = settled(*old, asks(4, 5), answers(5, 9), horizon=at(0))
    assert [(r.since, r.ended_at, r.kind) for r in c.responses] == [(at(5), at(9), "next")]


@pytest.mark.parametrize(("minutes", "waits_"), [(-0.01, False), (0, True)])
def test_the_horizon_itself_is_no_history(minutes: float, waits_: bool) -> None:
    assert (settled(asks(1, minutes), horizon=at(0)).waiting_since is not None) is waits_


def test_a_message_without_a_time_is_no_history() -> None:
    """Nobody knows when it was written, so it waits."""
    assert settled(asks(1, -5, time_known=False), horizon=at(0)).waiting_since == at(-5)


def test_history_that_is_read_late_opens_nothing() -> None:
    """The old part of a thread is read again when it wakes; an agent who resolved it is not disturbed."""
    messages = [asks(5, 10)]
    c = resolved(settled(*messages, horizon=at(0)), messages, 20)
    old = asks(6, -100)
    c = receive(c, [old, *messages], [old], CLOCK)
    assert (c.status, c.waiting_since) == (Status.RESOLVED, None)


def test_statistics_of_an_older_store_stay_without_its_history() -> None:
    """Stores of a time before horizons hold a mark on what was filed at the first connection."""
    messages = [asks(1, 0), answers(2, 5), asks(3, 10)]
    mark = Resolve(at=at(20), upto=3, reason="history")
    c = settled(*messages, status=Status.RESOLVED, resolves=(mark,))
    assert (c.waiting_since, c.responses) == (None, ())
    c = reopened(c, messages)
    assert (c.status, c.waiting_since, c.responses) == (Status.OPEN, at(10), ())


# -- the summary -----------------------------------------------------------------------------------------------


def test_the_head_sums_up_the_newest() -> None:
    no = Answerable(public=False, reason="not_summoned")
    c = settled(asks(1, 0), asks(2, 5, answerable=no), answers(3, 9))
    assert (c.message_count, c.last_message_at, c.preview, c.preview_out) == (3, at(9), "text 3", True)
    assert (c.last_in_at, c.last_in_id, c.answerable, c.last_seq) == (at(5), "2", no, 3)


def test_an_empty_conversation_is_empty() -> None:
    c = settled()
    assert (c.message_count, c.preview, c.waiting_since, c.due_at, c.last_in_id) == (0, "", None, None, None)


@pytest.mark.parametrize(
    ("more", "preview"),
    [
        ({"text": "  two\n\n lines "}, "two lines"),
        ({"text": "x" * 5000}, "x" * 300),
        ({"text": "", "attachments": (Attachment(kind="image"),)}, "[image]"),
        ({"text": " ", "attachments": (Attachment(kind="file", name="bill.pdf"),)}, "[bill.pdf]"),
        ({"text": ""}, ""),
    ],
)
def test_the_preview_is_one_short_line(more: dict[str, object], preview: str) -> None:
    assert settled(asks(1, 0, **more)).preview == preview


def test_tags_are_a_set_in_the_order_given() -> None:
    c = lifecycle.tag(head(tags=("a",)), ["b", "b", "a", "c"], ["c", "x"])
    assert c.tags == ("a", "b")


def test_undo_puts_back_decisions_and_keeps_what_arrived() -> None:
    before = waiting()
    decided = lifecycle.prioritise(lifecycle.tag(snoozed(before, 600, 10), ["vip"], []), Priority.URGENT)
    arrived = settle(decided, [asks(1, 0), asks(2, 30)], CLOCK)
    back = lifecycle.put_back(arrived, before, at(12))
    assert lifecycle.triage_facts(back) == lifecycle.triage_facts(before)
    assert back.message_count == 2


def test_a_long_dialogue_is_settled_in_one_pass() -> None:
    """Ten thousand messages, every second one ours: comparing each with each would take minutes."""
    messages = [asks(n, n) if n % 2 else answers(n, n) for n in range(1, 10_001)]
    c = settled(*messages)
    assert (len(c.responses), c.waiting_since) == (5000, None)


# -- properties ------------------------------------------------------------------------------------------------

MINUTES = st.integers(0, 40).map(lambda n: n / 2) | st.integers(0, 3).map(lambda n: n / 240)
DIRECTIONS = st.sampled_from([Direction.IN, Direction.IN, Direction.OUT, Direction.NOTE])


@st.composite
def facts(draw: st.DrawFn) -> list[Message]:
    kinds = draw(st.lists(st.tuples(DIRECTIONS, MINUTES, st.booleans()), max_size=9))
    return [
        replace(asks(n, minutes), direction=direction, deleted_at=at(25) if deleted and n % 3 == 0 else None)
        for n, (direction, minutes, deleted) in enumerate(kinds, 1)
    ]


@settings(max_examples=150, deadline=None)
@given(facts(), st.lists(st.integers(0, 9), max_size=2), st.randoms(use_true_random=False))
def test_any_order_of_the_same_facts_gives_the_same_head(
    messages: list[Message], resolves: list[int], chance: random.Random
) -> None:
    """Restarts, overlaps and pages in any order end in one inbox (promise 1)."""
    marks = tuple(Resolve(at=at(21 + n), upto=upto, agent="t") for n, upto in enumerate(resolves))
    wanted = settled(*messages, resolves=marks)
    shuffled = messages[:]
    chance.shuffle(shuffled)
    assert settled(*shuffled, resolves=marks) == wanted
    assert settle(wanted, shuffled, CLOCK) == wanted, "settling again changes nothing"
    if not marks:
        renumbered = [replace(m, seq=n) for n, m in enumerate(shuffled, 1)]
        assert replace(settled(*renumbered), came_seq=wanted.came_seq) == wanted, (
            "only a resolve, and what an agent has looked at, ask in which order we read"
        )


class Naive:
    """The rules said again, slowly: each message knows by itself whether somebody took care of it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.marks: list[tuple[datetime, set[str]]] = []
        """When somebody resolved, and the ids of all messages held then."""
        self.status = Status.OPEN

    def _cut(self, moment: datetime) -> str:
        return moment.isoformat(timespec="seconds")

    def waiting(self) -> list[Message]:
        asked = [m for m in self.messages if m.direction is Direction.IN]
        begun = min((self._cut(m.sent_at) for m in asked), default="~")
        ours = [self._cut(m.sent_at) for m in self.messages if m.direction is Direction.OUT]
        held = set().union(*(ids for _, ids in self.marks)) if self.marks else set()
        self.answered = any(moment >= begun for moment in ours)
        return [
            m
            for m in asked
            if m.deleted_at is None
            and m.id not in held
            and not any(begun <= moment >= self._cut(m.sent_at) for moment in ours)
        ]

    def since(self) -> datetime | None:
        return min((m.sent_at for m in self.waiting()), default=None)

    def kind(self) -> str | None:
        if self.since() is None:
            return None
        return "next" if self.answered else "first"


class Conversations(RuleBasedStateMachine):
    """What happens to one conversation in any order, beside the naive reading of the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.naive = Naive()
        self.head = head()
        self.now = 60.0
        self.read = 0

    def _arrive(self, message: Message) -> None:
        self.naive.messages.append(message)
        self.head = receive(self.head, self.naive.messages, [message], CLOCK)
        if message.direction is not Direction.IN:
            return
        if self.naive.status is Status.SNOOZED or (
            self.naive.status is Status.RESOLVED and self.naive.since() is not None
        ):
            self.naive.status = Status.OPEN

    @rule(ago=st.integers(0, 50), direction=DIRECTIONS)
    def a_message_is_read(self, ago: int, direction: Direction) -> None:
        self.read += 1
        self.now += 1
        self._arrive(replace(asks(self.read, self.now - ago), direction=direction))

    @precondition(lambda self: self.naive.messages)
    @rule(which=st.integers(0, 99))
    def a_message_is_deleted(self, which: int) -> None:
        n = which % len(self.naive.messages)
        gone = self.naive.messages[n]
        if gone.deleted_at is None:
            self.naive.messages[n] = replace(gone, text="", deleted_at=at(self.now))
        self.head = receive(self.head, self.naive.messages, [], CLOCK)

    @rule()
    def an_agent_resolves(self) -> None:
        self.now += 1
        if self.naive.status is not Status.RESOLVED or self.naive.since() is not None:
            self.naive.marks.append((at(self.now), {m.id for m in self.naive.messages}))
        self.naive.status = Status.RESOLVED
        self.head = resolved(self.head, self.naive.messages, self.now)

    @rule()
    def an_agent_reopens(self) -> None:
        if self.naive.status is Status.RESOLVED and self.naive.marks:
            self.naive.marks.pop()
        self.naive.status = Status.OPEN
        self.head = reopened(self.head, self.naive.messages)

    @rule(minutes=st.integers(1, 500))
    def an_agent_snoozes(self, minutes: int) -> None:
        self.naive.status = Status.SNOOZED
        self.head = lifecycle.retime(snoozed(self.head, self.now + minutes, self.now), CLOCK)

    @rule()
    def an_agent_says_spam(self) -> None:
        self.naive.status = Status.SPAM
        self.head = lifecycle.retime(lifecycle.spam(self.head), CLOCK)

    @invariant()
    def the_head_says_what_the_rules_say(self) -> None:
        since = self.naive.since()
        assert self.head.status is self.naive.status
        assert (self.head.waiting_since, self.head.wait_kind) == (since, self.naive.kind())
        running = since is not None and self.naive.status is not Status.SPAM
        assert self.head.due_at == (since + timedelta(hours=3) if since and running else None)
        assert waits(self.head) is running

    @invariant()
    def every_wait_that_ended_is_there_once(self) -> None:
        ended = self.head.responses
        assert all(r.since <= r.ended_at for r in ended)
        acts = {at for at, _ in self.naive.marks}
        acts |= {m.sent_at for m in self.naive.messages if m.direction is Direction.OUT}
        assert len([r for r in ended if r.how != "taken_back"]) <= len(acts)
        began = [r.since for r in ended]
        assert {*began} <= {m.sent_at for m in self.naive.messages if m.direction is Direction.IN}


Conversations.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
TestConversations = Conversations.TestCase
