"""A greeting is no answer: else a bot makes the figure 100 % and nobody writes to the customer."""

from __future__ import annotations

import random
from typing import Any

import pytest

from domain.builders import ANNA, CLOCK, US, answers, asks, at, head, message, settled
from inbox.domain import automatic, lifecycle
from inbox.domain.automatic import NAME, UNKNOWN, Known, fits, normalised
from inbox.domain.model import (
    AI_BEGINS,
    AI_ENDS,
    AUTOMATIC,
    PERHAPS,
    Conversation,
    Direction,
    Message,
    Person,
    Resolve,
    Surface,
)

SECOND = 1 / 60


def marks(
    *messages: Message, surface: Surface = Surface.MESSENGER, known: Known = UNKNOWN, **more: Any
) -> dict[str, str]:
    """Message number to mark, of those of ours."""
    patterns = more.pop("patterns", ())
    found = automatic.mark(head(surface, **more), messages, patterns, lambda text: known)
    return {m.remote_id: m.automatic for m in found.messages if m.direction is Direction.OUT}


def notice(key: int, minutes: float, kind: str) -> Message:
    return message(key, minutes, Direction.NOTICE, author=US, notice=kind)


@pytest.mark.parametrize(("seconds", "mark"), [(0, PERHAPS), (4, PERHAPS), (10, PERHAPS), (11, ""), (68, "")])
def test_within_ten_seconds_of_the_first_question_it_is_doubted(seconds: float, mark: str) -> None:
    """Meta's own texts came 1 to 4 s after it, no person's before 67 s."""
    assert marks(asks(1, 0), answers(2, seconds * SECOND)) == {"2": mark}


def test_in_the_second_of_the_question_it_is_doubted_in_either_order_of_the_list() -> None:
    assert marks(answers(1, 0), asks(2, 0)) == {"1": PERHAPS}


def test_a_person_who_answers_the_first_question_seconds_after_the_third_is_believed() -> None:
    """The run counts from its first message, not from its last."""
    assert marks(asks(1, 0), asks(2, 1), asks(3, 2), answers(4, 2 + 3 * SECOND)) == {"4": ""}


def test_after_a_resolve_a_new_run_begins() -> None:
    """What an agent closed yesterday does not make today's greeting look slow."""
    closed = (Resolve(at=at(5), upto=1, agent="tanja"),)
    assert marks(asks(1, 0), asks(2, 999), answers(3, 999 + SECOND), resolves=closed) == {"3": PERHAPS}


def test_the_same_text_again_in_one_conversation_is_doubted_too() -> None:
    """An ice-breaker fires on every tap; the second time nobody is any more at the keyboard."""
    hello = {"text": "Hello Anna!"}
    assert marks(asks(1, 0), answers(2, SECOND, **hello), asks(3, 60), answers(4, 60 + SECOND, **hello)) == {
        "2": PERHAPS,
        "4": PERHAPS,
    }


@pytest.mark.parametrize(("surface", "mark"), [(Surface.MESSENGER, AUTOMATIC), (Surface.DIRECT, "")])
def test_what_the_page_says_before_the_customer_ever_wrote_is_automatic(surface: Surface, mark: str) -> None:
    """The welcome text of an ad stands before the first message; on X a person may well write first."""
    assert marks(answers(1, 0), asks(2, 5), answers(3, 50), surface=surface) == {"1": mark, "3": ""}


def test_between_its_notices_the_ai_writes() -> None:
    """At any delay; and after the notice that it ended, a person does."""
    assert marks(
        asks(1, 0),
        notice(2, 1, AI_BEGINS),
        answers(3, 30),
        asks(4, 40),
        notice(5, 50, AI_ENDS),
        answers(6, 60),
    ) == {"3": AUTOMATIC, "6": ""}


def test_without_a_notice_that_it_began_the_ai_labels_nothing() -> None:
    assert marks(asks(1, 0), answers(2, 30), notice(3, 50, AI_ENDS)) == {"2": ""}


def test_what_we_sent_ourselves_a_person_sent() -> None:
    quick = answers(2, SECOND, outbox="o1")
    assert marks(asks(1, 0), notice(3, 0, AI_BEGINS), quick) == {"2": ""}


def test_configured_texts_are_automatic_at_any_delay() -> None:
    text = "Thanks for your message, Anna. We are closed."
    late = [asks(1, 0), answers(2, 500, text=text)]
    assert marks(*late, patterns=("Thanks for your message*",)) == {"2": AUTOMATIC}
    assert marks(*late, patterns=("*we are CLOSED.",)) == {"2": AUTOMATIC}
    assert marks(*late, patterns=("Thanks", "closed")) == {"2": ""}


def test_the_agents_word_counts_first() -> None:
    quick, late = [asks(1, 0), answers(2, SECOND)], [asks(1, 0), answers(2, 500)]
    assert marks(*quick, known=Known(word=False)) == {"2": ""}
    assert marks(*late, known=Known(word=True)) == {"2": AUTOMATIC}
    assert marks(*quick, known=Known(word=False), patterns=("text*",)) == {"2": ""}


def test_a_text_that_was_quick_elsewhere_is_doubted_at_any_delay() -> None:
    """Away texts and keyword replies come a quarter of an hour later."""
    assert marks(asks(1, 0), answers(2, 15), known=Known(frequent=True)) == {"2": PERHAPS}


def test_a_time_of_our_own_reading_says_nothing_about_speed() -> None:
    assert marks(asks(1, 0), answers(2, SECOND, time_known=False)) == {"2": ""}


def test_a_deleted_greeting_is_still_no_answer() -> None:
    gone = answers(2, SECOND, text="", deleted_at=at(5), automatic=PERHAPS)
    assert marks(asks(1, 0), gone) == {"2": PERHAPS}


def test_the_order_of_reading_makes_no_difference() -> None:
    thread = [asks(1, 0), answers(2, SECOND), asks(3, 5), answers(4, 9), asks(5, 20), answers(6, 20 + SECOND)]
    expected = marks(*thread)
    for seed in range(50):
        shuffled = list(thread)
        random.Random(seed).shuffle(shuffled)
        assert marks(*shuffled) == expected


def test_a_name_is_no_part_of_a_text() -> None:
    people = [Person(name="Anna Becker", handle="abecker")]
    assert normalised("Hello ANNA becker,\n thanks!", people) == f"hello {NAME}, thanks!"
    assert normalised("Hello @abecker, thanks!", people) == f"hello {NAME}, thanks!"
    assert normalised("Savannah is far", [ANNA]) == "savannah is far"


@pytest.mark.parametrize(
    ("pattern", "text", "fit"),
    [
        ("a*c", "abbbc", True),
        ("a*c", "abbb", False),
        ("*", "anything\nat all", True),
        ("Hi. (x)", "hi. (X)", True),
        ("Hi.", "Hix", False),
        ("thanks  a lot", "Thanks\na lot", True),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_is_special(pattern: str, text: str, fit: bool) -> None:
    assert fits(pattern, text) is fit


# -- what it does to the wait ----------------------------------------------------------------------------------


def greeted(*messages: Message) -> Conversation:
    marked = automatic.mark(head(Surface.MESSENGER), messages, (), lambda text: UNKNOWN)
    return settled(*marked.messages, surface=Surface.MESSENGER)


def test_the_customer_goes_on_waiting_for_the_first_answer() -> None:
    """Asked at noon, greeted two seconds later, answered after 40 minutes: one first answer in 40 minutes."""
    c = greeted(asks(1, 0), answers(2, 2 * SECOND))
    assert (c.waiting_since, c.wait_kind, c.due_at, c.responses) == (at(0), "first", at(180), ())
    assert c.automatic_count == 1
    c = greeted(asks(1, 0), answers(2, 2 * SECOND), answers(3, 40))
    assert [(r.kind, r.since, r.ended_at) for r in c.responses] == [("first", at(0), at(40))]


def test_the_line_of_the_queue_shows_what_the_customer_wrote() -> None:
    c = greeted(
        asks(1, 0, text="Where is my parcel?"), answers(2, SECOND, text="Hi! We will be with you soon.")
    )
    assert (c.preview, c.preview_out, c.last_message_at) == ("Where is my parcel?", False, at(SECOND))


def test_a_notice_is_nobodys_message() -> None:
    c = settled(asks(1, 0), notice(2, 5, "staff"), surface=Surface.MESSENGER)
    assert (c.message_count, c.waiting_since, c.preview_out) == (1, at(0), False)


def test_a_verdict_opens_what_was_resolved_by_it() -> None:
    """The agent closed what looked answered; it was a bot's text, and somebody waits."""
    c = settled(asks(1, 0), answers(2, 9), surface=Surface.MESSENGER, status=lifecycle.Status.RESOLVED)
    again = lifecycle.settled_again(c, [asks(1, 0), answers(2, 9, automatic=AUTOMATIC)], CLOCK)
    assert (again.status, again.waiting_since) == (lifecycle.Status.OPEN, at(0))
