"""Notices for the staff must not look like answers of ours, and no customer's words may be taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.adapters.facebook import wire_posts
from inbox.adapters.facebook.notices import notice_in
from inbox.domain.model import AI_BEGINS, AI_ENDS, STAFF_NOTICE, Person

ANNA = Person(name="Anna Becker", remote_id="7")
PAGE = Person(name="Acme", remote_id="1001")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Your AI agent will respond.", AI_BEGINS),
        ("  Your AI agent will respond.\n", AI_BEGINS),
        ("You took over this chat from your AI agent.", AI_ENDS),
        ("Your AI agent transferred this chat to you. Teach your AI so it can respond next time.", AI_ENDS),
        ("Your AI agent transferred this chat to you because your customer is ready to buy.", AI_ENDS),
        ("Anna replied to an ad.", STAFF_NOTICE),
        ("Anna replied to your automated welcome message. You can respond now.", STAFF_NOTICE),
        ("Lead stage set to Qualified", STAFF_NOTICE),
        ("Auto-label added: order", STAFF_NOTICE),
        ("Transfer requested", STAFF_NOTICE),
        (
            "You are replying to a comment on your post. View comment(https://www.facebook.com/1/posts/2)",
            STAFF_NOTICE,
        ),
        ("Du antwortest auf einen Kommentar. Ansehen(https://m.facebook.com/1)", STAFF_NOTICE),
    ],
)
def test_a_known_line_of_the_page_is_a_notice(text: str, kind: str) -> None:
    assert notice_in(text, PAGE, ours=True) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Your AI agent will respond. Please wait.",
        "Hello Anna,\nTransfer requested",
        "We have set it up: Lead stage set to Qualified",
        "Here it is: https://www.facebook.com/1/posts/2",
        "Please look here (https://www.facebook.com/1/posts/2)",
        "See our shop(https://acme.example/facebook.com/1)",
        "See our shop(https://evilfacebook.com/1)",
        "",
    ],
)
def test_what_a_person_wrote_for_the_page_stays_a_message(text: str) -> None:
    assert notice_in(text, PAGE, ours=True) == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Anna Becker sent a payment.", STAFF_NOTICE),
        ("Anna sent a $20.00 payment.", STAFF_NOTICE),
        ("I sent a payment.", ""),
        ("My wife sent a 20 payment.", ""),
        ("Transfer requested", ""),
        ("Your AI agent will respond.", ""),
    ],
)
def test_a_customer_is_only_quoted_by_name(text: str, kind: str) -> None:
    """Whoever writes "I sent a payment." waits for an answer."""
    assert notice_in(text, ANNA, ours=False) == kind
    assert notice_in(text, Person(), ours=False) == ""


@pytest.mark.parametrize(
    "tags",
    [
        [{"id": "7", "name": "Anna Becker", "type": "user"}],
        {"data": [{"id": "7", "name": "Anna Becker"}]},
        {"0": [{"id": "7", "name": "Anna Becker", "offset": 0}]},
    ],
)
def test_an_answer_says_whom_it_tags(tags: Any) -> None:
    """In every shape that was recorded; without it an answer to one would end the wait of all."""
    raw = {"id": "1_2", "message": "Anna Becker, we looked.", "from": {"id": "1001"}, "message_tags": tags}
    assert wire_posts.comment(raw).names == ("7", "Anna Becker")
