"""What X must say for a post to count as deleted: one odd answer must never cost a stored word."""

from __future__ import annotations

import json
from typing import Any

import pytest
from shared import shared

from inbox.adapters.twitter import deletion

NOT_FOUND = "https://api.x.com/2/problems/resource-not-found"


def error(**changes: Any) -> dict[str, Any]:
    usual = {
        "value": "7",
        "resource_id": "7",
        "resource_type": "tweet",
        "parameter": "ids",
        "title": "Not Found Error",
        "detail": "Could not find tweet with ids: [7].",
        "type": NOT_FOUND,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def deleted(*errors: Any, data: Any = ()) -> set[str]:
    return deletion.deleted({"data": list(data), "errors": list(errors)}, ["7", "8"])


@pytest.mark.parametrize(
    "said",
    [
        error(),
        error(title="Forbidden"),
        error(type="https://api.twitter.com/2/problems/resource-not-found"),
        error(resource_type="post"),
        error(value=None),
        error(parameter=None),
        error(detail=None, title=None),
    ],
)
def test_only_the_type_for_that_very_post_proves_a_deletion(said: dict[str, Any]) -> None:
    """The title may say anything (recorded); two hosts and two dialects name the same thing."""
    assert deleted(said) == {"7"}


@pytest.mark.parametrize(
    "said",
    [
        error(type="about:blank", title="Service Unavailable"),
        error(type=None, title="Not Found Error"),
        *(
            error(type=f"https://api.x.com/2/problems/{kind}")
            for kind in deletion.PROBLEMS
            if kind != "resource-not-found"
        ),
        error(type="https://api.x.com/2/problems/something-new"),
        error(type=["resource-not-found"]),
        error(resource_type="user"),
        error(resource_type=None),
        error(parameter="referenced_tweets.id"),
        error(value="8"),
        error(value="9", resource_id="9"),
        error(value=None, resource_id=None),
        error(value=7.0, resource_id=None),
        "not found",
        None,
        7,
    ],
)
def test_everything_else_proves_nothing(said: Any) -> None:
    """Trouble, protection, suspension, other things than posts, and what contradicts itself."""
    assert deleted(said) == set()


def test_what_an_answer_shows_is_not_deleted_whatever_its_errors_say() -> None:
    """And what it leaves out without a word is undecided."""
    assert deleted(error(), data=[{"id": "7"}]) == set()
    assert deletion.shown({"data": [{"id": "7"}, {"id": "99"}, None]}, ["7", "8"]) == {"7"}
    assert deleted() == set()


@pytest.mark.parametrize(
    ("changes", "proved"),
    [
        ({}, True),
        ({"parameter": None}, True),
        ({"resource_type": "direct_message"}, True),
        ({"resource_id": None}, True),
        ({"resource_type": "user"}, False),
        ({"resource_type": "dm_conversation"}, False),
        ({"resource_type": None}, False),
        ({"parameter": "sender_id"}, False),
        ({"value": "8"}, False),
        ({"value": None, "resource_id": None}, False),
        ({"type": None}, False),
        ({"type": "about:blank"}, False),
        *(
            ({"type": f"https://api.x.com/2/problems/{kind}"}, False)
            for kind in deletion.PROBLEMS
            if kind != "resource-not-found"
        ),
    ],
)
def test_what_proves_that_a_direct_message_is_deleted(changes: dict[str, Any], proved: bool) -> None:
    """The same problem, for that very message; a conversation or a person that X does not know is another thing."""
    said = error(**{"resource_type": "dm_event", "parameter": "event_id", **changes})
    assert deletion.event_deleted({"errors": ["odd", said]}, "7") is proved


def test_an_answer_that_contradicts_itself_proves_nothing() -> None:
    """A post named as deleted, and shown in another form or called withheld beside it, may be there."""
    elsewhere = error(type="https://api.x.com/2/problems/resource-unavailable")
    assert deleted(error(), elsewhere) == set()
    assert deleted(elsewhere, error()) == set()
    assert deletion.deleted({"data": {"id": "7"}, "errors": [error()]}, ["7"]) == set()
    assert deletion.deleted({"data": None, "errors": [error()]}, ["7"]) == {"7"}


@pytest.mark.parametrize("name", ["posts_lookup_partial_errors", "posts_lookup_only_errors"])
def test_recorded_look_ups_are_read_as_they_were_meant(name: str) -> None:
    """Bodies of X itself, from public test suites."""
    recorded = json.loads((shared("wire/x/recorded") / f"{name}.json").read_text())["response"]["body"]
    asked = [str(e.get("resource_id") or e.get("value")) for e in recorded["errors"]]
    asked += [row["id"] for row in recorded.get("data", [])]
    wanted = {
        str(e["resource_id"])
        for e in recorded["errors"]
        if e["type"].endswith("/resource-not-found")
        and e["resource_type"] == "tweet"
        and e["parameter"] == "ids"
    }
    assert wanted
    assert deletion.deleted(recorded, asked) == wanted


def test_every_problem_of_the_specification_is_in_the_table() -> None:
    """A new type proves nothing until somebody has looked at it."""
    schemas = json.loads((shared("wire/x") / "openapi.json").read_text())["components"]["schemas"]
    named = schemas["Problem"]["discriminator"]["mapping"]
    assert {kind.rpartition("/")[2] for kind in named} <= set(deletion.PROBLEMS)
    assert [kind for kind, (proof, *_) in deletion.PROBLEMS.items() if proof] == ["resource-not-found"]
