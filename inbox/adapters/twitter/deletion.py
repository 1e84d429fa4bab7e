"""What X must answer for a post or a direct message to count as deleted; everything else proves nothing.

Only a look-up by id is asked (`/2/tweets?ids=`, specification 2.167): it answers 200 with `data` for what it shows and
`errors` for the rest. The title is no help: recorded bodies say "Forbidden" beside `resource-not-found` and the other
way round (facts/x.md#7.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from inbox.adapters.twitter.wire import Json, listing, optional_id, string

PROBLEMS = MappingProxyType(
    {
        # last step of `type`: (does it prove a deletion?, why, source)
        "resource-not-found": (True, "there is no such post", "specification 2.167, ResourceNotFoundProblem"),
        "not-authorized-for-resource": (
            False,
            "protected, or its author is suspended: there, but not for us",
            "specification 2.167, ResourceUnauthorizedProblem; facts/x.md#7.3",
        ),
        "resource-unavailable": (False, "this part of X is out of order", "specification 2.167"),
        "operational-disconnect": (False, "X ended a connection", "specification 2.167"),
        "not-authorized-for-field": (False, "a field is withheld, not the post", "specification 2.167"),
        "disallowed-resource": (False, "withheld by a rule of X's", "specification 2.167"),
        "unsupported-authentication": (False, "the token is of the wrong kind", "specification 2.167"),
        "invalid-request": (False, "our question was wrong", "specification 2.167"),
        "field-hydration-failure": (False, "X could not fill a field", "specification 2.167"),
        "field-unauthorized": (False, "a field is withheld, not the post", "specification 2.167"),
        "internal-error": (False, "X has internal problems", "specification 2.167"),
        "about:blank": (False, "says nothing", "RFC 9457, section 4.2.1"),
    }
)
"""A type that is not listed here proves nothing either."""

POSTS = frozenset({"tweet", "post"})
"""`resource_type` of a post, in either dialect."""
ASKED_BY = frozenset({"ids", "id", None})
"""`parameter` of an error about what was asked for (the specification lets it be missing); others are about posts that
what was asked for refers to."""

ASKED_BY_EVENT = frozenset({"event_id", "id", None})
"""The same for the look-up of one direct message, whose path names it."""


def problem(error: Json) -> str:
    """The last step of an error's `type`, however X spells its host."""
    return (string(error.get("type")) or "").rstrip("/").rpartition("/")[2]


def proves_deletion(error: Json) -> str | None:
    """The id of the post that this error proves deleted; None where it proves nothing."""
    proof, *_ = PROBLEMS.get(problem(error), (False,))
    if not proof or error.get("resource_type") not in POSTS or error.get("parameter") not in ASKED_BY:
        return None
    named = {optional_id(error.get(name)) for name in ("resource_id", "value")} - {None}
    return named.pop() if len(named) == 1 else None


def event_deleted(body: Json, event_id: str) -> bool:
    """Whether the answer to a look-up of one direct message proves that there is no such message. What X calls the
    type of resource is in no recorded body: any word for a direct message counts, one for something else does not."""
    for error in listing(body.get("errors")):
        proof, *_ = PROBLEMS.get(problem(error), (False,))
        kind = (string(error.get("resource_type")) or "").lower()
        a_message = kind.startswith(("dm", "direct")) and "conversation" not in kind
        named = {optional_id(error.get(name)) for name in ("resource_id", "value")} - {None}
        if proof and a_message and error.get("parameter") in ASKED_BY_EVENT and named == {event_id}:
            return True
    return False


def shown(body: Json, asked: Sequence[str]) -> set[str]:
    """Which of the posts asked for are in the answer."""
    found = (optional_id(row.get("id")) for row in listing(body.get("data")))
    return {i for i in found if i is not None and i in asked}


def deleted(body: Json, asked: Sequence[str]) -> set[str]:
    """Which of the posts asked for this answer proves deleted. What it also shows is not deleted, nor is what it names
    for another reason too; posts in another form than a list prove nothing."""
    if not isinstance(body.get("data") or [], list):
        return set()
    errors = listing(body.get("errors"))
    named = {i for error in errors if (i := proves_deletion(error)) is not None and i in asked}
    doubted = {
        optional_id(error.get(name))
        for error in errors
        if problem(error) in PROBLEMS
        and not PROBLEMS[problem(error)][0]
        and error.get("resource_type") in POSTS
        for name in ("resource_id", "value")
    }
    return named - doubted - shown(body, asked)
