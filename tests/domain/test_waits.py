"""Figures that do not move: each rule with its numbers (BEHAVIOUR.md#timers, rules 2, 9 and 12)."""

from __future__ import annotations

from datetime import timedelta

from domain.builders import CLOCK, US, answers, asks, at, head, resolved, settled
from inbox.domain import lifecycle
from inbox.domain.explain import explain
from inbox.domain.model import Conversation, Message, Person, Priority, Status, Surface
from inbox.domain.queue import silent_since, taken, waits, wake_at
from inbox.domain.records import replace
from inbox.domain.sla import Policy, Timers, timer

HOUR = timedelta(hours=1)
BEN = Person(name="Ben", remote_id="8")
VIP = replace(CLOCK, policies=(Policy(tag="vip", first=HOUR, next=HOUR),))


def tagged(c: Conversation, minutes: float, *tags: str) -> Conversation:
    return lifecycle.relabelled(c, lifecycle.tag(c, tags, ()), at(minutes))


def settle(c: Conversation, *messages: Message, timers: Timers = VIP) -> Conversation:
    return lifecycle.settle(c, messages, timers)


def figures(c: Conversation) -> list[tuple[object, ...]]:
    return [(r.since, r.ended_at, r.due_at, r.in_time, r.policy) for r in c.responses]


# -- tags and priority -----------------------------------------------------------------------------------------


def test_a_tag_after_the_answer_moves_no_past_figure() -> None:
    """Answered after two hours under three: in time, also when the customer turns out to be important."""
    thread = [asks(1, 0), answers(2, 120)]
    c = settle(tagged(settle(head(), *thread), 200, "vip"), *thread)
    assert figures(c) == [(at(0), at(120), at(180), True, "default")]


def test_a_tag_before_the_answer_counts_however_late_the_answer_is_read() -> None:
    c = tagged(settle(head(), asks(1, 0)), 30, "vip")
    c = settle(c, asks(1, 0), answers(2, 50))
    assert figures(c) == [(at(0), at(50), at(60), True, "tag vip")]
    c = settle(lifecycle.relabelled(c, lifecycle.tag(c, (), ("vip",)), at(55)), asks(1, 0), answers(2, 50))
    assert figures(c) == [(at(0), at(50), at(60), True, "tag vip")]


def test_a_breach_under_a_tag_stays_when_the_tag_goes() -> None:
    """Due after an hour as vip; the tag taken off after 90 minutes does not make the answer of 100 minutes good."""
    c = tagged(settle(head(), asks(1, 0)), 0, "vip")
    c = lifecycle.relabelled(c, lifecycle.tag(c, (), ("vip",)), at(90))
    c = settle(c, asks(1, 0))
    assert (c.due_at, c.breached_at, timer(c, at(95)).state) == (at(180), at(60), "breached")
    c = settle(c, asks(1, 0), answers(2, 100))
    assert [(r.due_at, r.in_time, r.breached_at) for r in c.responses] == [(at(180), False, at(60))]


def test_a_tag_by_mistake_that_is_taken_back_leaves_no_breach() -> None:
    """A wrong key for ten seconds must not cost a figure."""
    before = settle(head(), asks(1, 0))
    c = settle(tagged(before, 90, "vip"), asks(1, 0))
    assert timer(c, at(91)).breached_at == at(60)
    c = settle(lifecycle.put_back(c, before, at(92)), asks(1, 0))
    assert (c.breached_at, c.due_at) == (None, at(180))
    assert figures(settle(c, asks(1, 0), answers(2, 100))) == [(at(0), at(100), at(180), True, "default")]


def test_what_ended_under_a_tag_keeps_it_when_the_tag_is_taken_back() -> None:
    before = settle(head(), asks(1, 0))
    c = settle(tagged(before, 5, "vip"), asks(1, 0), answers(2, 50))
    frozen = figures(c)
    back = lifecycle.put_back(c, before, at(70))
    assert (
        figures(settle(back, asks(1, 0), answers(2, 50)))
        == frozen
        == [(at(0), at(50), at(60), True, "tag vip")]
    )


def test_a_message_found_late_moves_times_and_not_the_target() -> None:
    """An older question turns up: the wait was longer, by the target that it had."""
    c = settle(tagged(settle(head(), asks(2, 0)), 0, "vip"), asks(2, 0), answers(3, 55))
    c = lifecycle.relabelled(c, lifecycle.tag(c, (), ("vip",)), at(60))
    c = settle(c, asks(1, -10), asks(2, 0), answers(3, 55))
    assert [(r.since, r.target, r.due_at) for r in c.responses] == [(at(-10), HOUR, at(50))]


def test_a_store_of_a_time_before_keeps_the_figures_it_has() -> None:
    """They were measured by policies that nobody wrote down: what stands there stands."""
    thread = [asks(1, 0), answers(2, 120)]
    old = settle(head(), *thread)
    old = replace(
        old, responses=tuple(replace(r, judged=False, due_at=at(60), target=None) for r in old.responses)
    )
    c = settle(old, *thread)
    assert [(r.due_at, r.in_time, r.judged) for r in c.responses] == [(at(60), False, False)]
    c = settle(c, asks(3, -10), *thread)
    assert [(r.since, r.due_at) for r in c.responses] == [(at(-10), at(50))]


# -- search hits -----------------------------------------------------------------------------------------------


def hit(*decisions: tuple[str | None, float], messages: tuple[Message, ...] = (asks(1, 0),)) -> Conversation:
    c = lifecycle.settle(head(Surface.SEARCH), messages, CLOCK)
    for to, minutes in decisions:
        c = lifecycle.settle(lifecycle.assign(c, to, at(minutes)), messages, CLOCK)
    return c


def test_a_hit_counts_from_its_first_taking() -> None:
    """A post of ten hours ago is not ten hours late because somebody reads it now."""
    c = hit(("mia", 600))
    assert (c.waiting_since, c.due_at, waits(c)) == (at(600), at(780), True)


def test_giving_a_hit_back_and_taking_it_again_gains_nothing() -> None:
    c = hit(("mia", 600), (None, 700), ("mia", 900))
    assert c.due_at == at(780)
    assert not waits(hit(("mia", 600), (None, 700)))


def test_undoing_the_taking_removes_it() -> None:
    before = hit()
    c = lifecycle.put_back(hit(("mia", 600)), before, at(601))
    again = lifecycle.assign(lifecycle.settle(c, [asks(1, 0)], CLOCK), "mia", at(900))
    assert lifecycle.settle(again, [asks(1, 0)], CLOCK).due_at == at(1080)


def test_the_first_answer_to_a_hit_is_proactive() -> None:
    thread = (asks(1, 0), answers(2, 660))
    c = lifecycle.settle(hit(("mia", 600)), thread, CLOCK)
    assert [(r.since, r.ended_at, r.due_at, r.in_time, r.proactive) for r in c.responses] == [
        (at(600), at(660), at(780), True, True)
    ]
    untaken = lifecycle.settle(head(Surface.SEARCH), thread, CLOCK)
    assert [(r.since, r.due_at, r.proactive) for r in untaken.responses] == [(at(0), None, True)]


# -- what the customer takes back ------------------------------------------------------------------------------


def test_a_wait_that_the_customer_takes_back_is_told_and_counts_for_nothing() -> None:
    """`waits` in the JSON says how each ended; nobody answered this one, and nobody was late."""
    c = settled(asks(1, 0, deleted_at=at(30)))
    assert [(r.since, r.ended_at, r.how) for r in c.responses] == [(at(0), at(30), "taken_back")]
    assert (c.waiting_since, taken(c)) == (None, False)
    assert "The message of Mon 23 Nov 12:00 was gone from the platform Mon 23 Nov 12:30" in " ".join(
        explain(c, CLOCK, at(40))
    )


def test_while_another_message_of_the_wait_is_left_it_goes_on() -> None:
    c = settled(asks(1, 0, deleted_at=at(30)), asks(2, 10))
    assert (c.waiting_since, c.responses) == (at(10), ())
    c = settled(asks(1, 0, deleted_at=at(30)), asks(2, 10), answers(3, 40))
    assert [(r.since, r.ended_at, r.how) for r in c.responses] == [(at(10), at(40), "answered")]


def test_what_was_taken_back_after_the_answer_was_answered() -> None:
    c = settled(asks(1, 0, deleted_at=at(30)), answers(2, 20))
    assert [(r.since, r.ended_at, r.how) for r in c.responses] == [(at(0), at(20), "answered")]


# -- answers that name people ----------------------------------------------------------------------------------


def comments(*messages: Message) -> Conversation:
    return settled(*messages, surface=Surface.COMMENTS)


def test_an_answer_that_names_somebody_covers_them_alone() -> None:
    thread = (asks(1, 0), asks(2, 5, author=BEN))
    c = comments(*thread, answers(3, 10, names=("8", "Ben")))
    assert (c.waiting_since, [(r.since, r.ended_at) for r in c.responses]) == (at(0), [(at(5), at(10))])
    c = comments(*thread, answers(3, 10, names=("8",)), answers(4, 20))
    assert (c.waiting_since, [r.ended_at for r in c.responses]) == (None, [at(20), at(10)])


def test_an_answer_that_names_nobody_here_covers_everybody_before_it() -> None:
    """A partner company that is tagged is not who waits."""
    thread = (asks(1, 0), asks(2, 5, author=BEN))
    assert comments(*thread, answers(3, 10)).waiting_since is None
    assert comments(*thread, answers(3, 10, names=("777", "Partner"))).waiting_since is None


def test_who_is_named_and_writes_only_afterwards_reopens_nothing() -> None:
    """Ben was answered with a word to a partner; that the partner joins in later does not unsay it."""
    thread = (asks(1, 0, author=BEN), answers(2, 10, names=("7", "Anna")))
    assert comments(*thread).waiting_since is None
    c = comments(*thread, asks(3, 30))
    assert (c.waiting_since, [(r.since, r.ended_at) for r in c.responses]) == (at(30), [(at(0), at(10))])


def test_an_answer_to_one_of_two_who_were_resolved_before_makes_no_second_wait() -> None:
    """Anna and Ben were resolved as one; that somebody answers Ben by name an hour later does not split it."""
    thread = [asks(1, 0), asks(2, 5, author=BEN)]
    c = resolved(comments(*thread), thread, 20)
    assert [(r.since, r.ended_at, r.how) for r in c.responses] == [(at(0), at(20), "resolved")]
    later = lifecycle.settle(c, [*thread, answers(3, 80, names=("8", "Ben"))], CLOCK)
    assert later.responses == c.responses


def test_an_author_the_platform_withholds_is_covered_by_no_name() -> None:
    thread = (asks(1, 0), asks(2, 5, author=Person()))
    assert comments(*thread, answers(3, 10, names=("7",))).waiting_since == at(5)


# -- snoozing --------------------------------------------------------------------------------------------------


def test_until_the_customer_writes_it_sleeps_but_for_the_timer() -> None:
    answered = settled(asks(1, 0), answers(2, 5))
    c = lifecycle.snooze(answered, None, at(6))
    assert wake_at(c) is None
    assert (
        lifecycle.receive(c, [asks(1, 0), answers(2, 5), asks(3, 9)], [asks(3, 9)], CLOCK).status
        is Status.OPEN
    )
    assert wake_at(lifecycle.snooze(settled(asks(1, 0)), None, at(6))) == at(150)


def test_it_sleeps_through_thanks_and_wakes_for_more() -> None:
    thread = [asks(1, 0), answers(2, 5)]
    c = lifecycle.snooze(settled(*thread), at(999), at(6), through_thanks=True)
    thanks = asks(3, 9, text="Super, vielen Dank!")
    c = lifecycle.receive(c, [*thread, thanks], [thanks], CLOCK)
    assert (c.status, c.waiting_since, wake_at(c)) == (Status.SNOOZED, at(9), at(999))
    more = asks(4, 12, text="Danke, aber es geht noch immer nicht")
    assert lifecycle.receive(c, [*thread, thanks, more], [more], CLOCK).status is Status.OPEN


# -- who holds it, and the whole matter ------------------------------------------------------------------------


def test_silence_counts_from_the_moment_somebody_holds_it() -> None:
    c = lifecycle.settle(lifecycle.assign(settled(asks(1, 0)), "mia", at(20)), [asks(1, 0)], CLOCK)
    assert silent_since(c) == at(20)
    assert silent_since(settled(asks(1, 0))) is None
    assert silent_since(lifecycle.settle(c, [asks(1, 0), answers(2, 30), asks(3, 40)], CLOCK)) == at(40)


def test_a_matter_runs_from_the_first_message_to_the_resolve() -> None:
    timers = replace(CLOCK, resolve=2 * HOUR)
    thread = [asks(1, 0), answers(2, 30), asks(3, 60)]
    c = resolved(settled(*thread, timers=timers), thread, 100)
    c = lifecycle.settle(c, thread, timers)
    assert [(m.since, m.ended_at, m.due_at) for m in c.cases] == [(at(0), at(100), at(120))]
    assert "To be resolved within 2 h" in " ".join(explain(settled(*thread, timers=timers), timers, at(61)))


def test_why_says_that_a_post_was_read_late_and_which_message_is_no_answer() -> None:
    thread = [
        asks(1, 0, received_at=at(30)),
        answers(2, 0.1, automatic="perhaps"),
        answers(3, 4, automatic="automatic", author=US),
    ]
    said = explain(settled(*thread), CLOCK, at(31), thread)
    assert "Read Mon 23 Nov 12:30, 30 min after it was published." in said
    assert "No answer: our message of Mon 23 Nov 12:00 is perhaps automatic." in said
    assert "No answer: our message of Mon 23 Nov 12:04 is automatic." in said


def test_why_tells_how_the_last_wait_went() -> None:
    c = settled(asks(1, 0), answers(2, 200), priority=Priority.HIGH)
    assert explain(c, CLOCK, at(201))[1:] == [
        "Answered Mon 23 Nov 15:20, 3 h 20 min after the message of Mon 23 Nov 12:00.",
        "That was late: due Mon 23 Nov 15:00, by the default.",
    ]
