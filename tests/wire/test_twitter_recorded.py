"""What X really answered, through the whole adapter."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from shared import shared
from x_answers import KFC, adapter_on, messages_of, pages_of, reply

from inbox.adapters.twitter import direct, posts, wire
from inbox.domain.model import Person, Surface
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Uncertain
from inbox.ports.platform import Identity

RECORDED = sorted(shared("wire/x/recorded").glob("*.json"))
ERRORS = sorted(shared("wire/x/errors").glob("[0-9]*.json"))


def body_of(path: Path) -> Any:
    return json.loads(path.read_text())["response"]["body"]


def recorded(name: str) -> Any:
    return body_of(shared(f"wire/x/recorded/{name}.json"))


# -- recorded answers --------------------------------------------------------------------------------------

LISTS = {
    "brand_inbox_to_kfc", "home_timeline_default_fields", "mentions_default_fields", "mentions_empty",
    "mentions_full_fields", "posts_lookup_ok", "posts_lookup_partial_errors", "pt_mentions_with_next_token",
    "pt_search_with_expansions", "recent_search_default_fields", "search_page_medium",
    "search_page_partial_errors", "search_page_small", "user_timeline_a", "user_timeline_b",
    "user_timeline_default_fields",
}  # fmt: skip
OTHERS = {
    "counts_day": "counts are no posts",
    "counts_recent_hour": "counts are no posts",
    "create_post_201": "one object",
    "delete_post": "one object",
    "dm_events_with_participant": "read below as events",
    "dm_send_to_participant_201": "one object",
    "docs_dm_event_types": "read below as events",
    "hide_reply": "one object",
    "like_post": "one object",
    "liking_users": "people",
    "post_lookup_single": "one object",
    "posts_lookup_only_errors": "errors alone",
    "pt_media_v2_finalize": "one object",
    "pt_media_v2_init": "one object",
    "pt_media_v2_status": "one object",
    "pt_stream_rules_add": "rules",
    "pt_stream_rules_delete_error": "errors alone",
    "search_400_start_after_end": "a refusal",
    "search_401_unauthorized": "a refusal",
    "unhide_reply": "one object",
    "unlike_post": "one object",
    "user_by_username": "one object",
    "user_timeline_unknown_user_200_errors_only": "errors alone",
    "users_by_username_partial_errors": "people",
    "users_me": "one object",
}


def test_every_recording_has_its_place() -> None:
    """A recording nobody reads proves nothing."""
    assert {p.stem for p in RECORDED} == LISTS | set(OTHERS)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_recorded_list_gives_every_post_once(name: str) -> None:
    """Zero poison, nothing doubled; only reposts and our own announcements are no messages."""
    body = recorded(name)
    us = wire.Us("acme-x", Identity(remote_id=KFC, name="KFC", handle="kfc"))
    feed = posts.posts(body, us, Surface.MENTIONS)
    rows = body.get("data", [])
    assert feed.poison == []
    assert list(feed.ids) == [r["id"] for r in rows]
    own = [r for r in rows if not any(x["type"] == "retweeted" for x in r.get("referenced_tweets", []))]
    own = [r for r in own if not (r.get("author_id") == KFC and "in_reply_to_user_id" not in r)]
    assert [m.remote_id for m in feed.messages] == [r["id"] for r in own]


@pytest.mark.parametrize(
    "name", sorted(n for n, why in OTHERS.items() if why in ("one object", "errors alone", "a refusal"))
)
def test_a_recorded_answer_that_is_no_list_is_refused_as_one(name: str) -> None:
    """Taken for an empty page it would hide that something is wrong."""
    with pytest.raises(wire.Malformed):
        wire.check(recorded(name))


def test_the_recorded_brand_inbox_becomes_its_conversations() -> None:
    """84 real posts of customers: 77 address the brand in a post of their own, 7 reply under another root."""
    body = recorded("brand_inbox_to_kfc")
    us = wire.Us("acme-x", Identity(remote_id=KFC, name="KFC", handle="kfc"))
    messages = posts.posts(body, us, Surface.MENTIONS).messages
    assert len({m.key for m in messages}) == len(messages) == 84
    for message, row in zip(messages, body["data"], strict=True):
        assert message.thread == f"{row['conversation_id']}:{row['author_id']}"
        assert message.author.remote_id == row["author_id"]
        assert message.author.name
        assert message.author.handle
        assert not message.ours
        assert message.sent_at == datetime.fromisoformat(row["created_at"])
        assert "t.co/" not in message.text
        assert "&amp;" not in message.text
    starts = [m for m in messages if m.parent is None]
    assert len(starts) == 77
    assert all(m.answerable.public for m in starts)


async def test_the_brand_inbox_is_the_same_in_any_order_and_cut_of_pages() -> None:
    """What the inbox holds must not depend on how X cuts its pages."""
    body = recorded("brand_inbox_to_kfc")
    seen = []
    for seed, size in enumerate((5, 20, 50, 100)):
        rows = list(body["data"])
        random.Random(seed).shuffle(rows)
        cuts = [rows[at : at + size] for at in range(0, len(rows), size)]

        def platform(request: httpx.Request, cuts: list[list[Any]] = cuts) -> httpx.Response:
            at = int(request.url.params.get("pagination_token", "0"))
            more = {"next_token": str(at + 1)} if at + 1 < len(cuts) else {}
            answer = {**body, "data": cuts[at], "meta": {"result_count": len(cuts[at]), **more}}
            return httpx.Response(200, json=answer)

        found = messages_of(await pages_of(adapter_on(platform)))
        seen.append(sorted(found, key=lambda m: int(m.key)))
    assert all(s == seen[0] for s in seen)
    assert len(seen[0]) == 84


def test_recorded_direct_messages_are_read_and_their_last_page_ends() -> None:
    """Two events without sender, and a page token on the last page."""
    us = wire.Us("acme-x", Identity(remote_id="1072250532645998596"))
    body = recorded("dm_events_with_participant")
    feed = direct.direct_events(body, us, "750362064426721281-1072250532645998596")
    assert [(m.text, m.ours, m.author) for m in feed.messages] == [
        ("Testing 2", False, Person()),
        ("Testing 1", False, Person()),
    ]
    assert {m.contact.remote_id for m in feed.messages if m.contact} == {"750362064426721281"}
    events = json.loads(shared("wire/x/recorded/docs_dm_event_types.json").read_text())["events"]
    documented = direct.direct_events({"data": events}, us)
    assert [m.text for m in documented.messages] == ["Hi everyone."]
    assert len(documented.ids) == 3


async def test_the_recorded_sends_are_receipts() -> None:
    """A send of a direct message answers `dm_event_id`, not `id`."""
    platform = httpx.Response
    adapter = adapter_on(lambda _: platform(201, json=recorded("create_post_201")))
    receipt = await adapter.send(reply(), lambda: None)
    assert (receipt.remote_id, receipt.key) == ("1456012973835788293",) * 2
    assert receipt.sent_at
    assert receipt.sent_at.date().isoformat() == "2021-11-03"
    adapter = adapter_on(lambda _: platform(201, json=recorded("dm_send_to_participant_201")))
    pair = "750362064426721281-1072250532645998596"
    receipt = await adapter.send(reply(surface=Surface.DIRECT, thread=pair), lambda: None)
    assert receipt.remote_id == "1585823814058971140"


EXPECTED: dict[str, tuple[type[PlatformError], type[PlatformError], str]] = {
    "400_since_id_too_old": (Refused, Refused, "far back"),
    "402_credits_depleted": (Refused, Refused, "credits"),
    "403_dm_missing_scope": (Refused, Refused, "direct messages"),
    "403_duplicate_content": (Refused, Uncertain, "same text"),
    "403_reply_not_summoned": (Refused, Refused, "mentioned"),
    "429_too_many_requests": (RateLimited, RateLimited, "fewer"),
}


@pytest.mark.parametrize("path", ERRORS, ids=lambda p: p.stem)
async def test_f21_f22_a_recorded_refusal_has_plain_words_and_a_next_step(path: Path) -> None:
    """Each is what an agent sees when X says no."""
    response = json.loads(path.read_text())["response"]
    on_read, on_write, word = EXPECTED[path.stem]
    adapter = adapter_on(lambda _: httpx.Response(response["status"], json=response["body"]))
    with pytest.raises(PlatformError) as reading:
        await pages_of(adapter, Surface.DIRECT)
    assert type(reading.value) is on_read
    direct = "dm_" in path.stem
    out = reply(surface=Surface.DIRECT, thread="21-15392391") if direct else reply()
    with pytest.raises(PlatformError) as writing:
        await adapter.send(out, lambda: None)
    assert type(writing.value) is on_write
    assert word in writing.value.message
    assert writing.value.next_step
    assert writing.value.code


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (
            403,
            {"type": "https://api.x.com/2/problems/client-not-enrolled", "title": "Client Forbidden"},
            Refused,
        ),
        (403, {"type": "https://api.twitter.com/2/problems/unsupported-authentication"}, AuthExpired),
        (403, {"type": "https://api.x.com/2/problems/oauth1-permissions"}, AuthExpired),
        (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, Uncertain),
        (403, {"errors": [{"code": 453, "message": "You have access to a subset of X API V2"}]}, Refused),
        (403, {"errors": [{"code": 349, "message": "You cannot send messages to this user."}]}, Refused),
        (400, {"detail": "Your Tweet text is too long."}, Refused),
        (401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}, AuthExpired),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited),
        (
            429,
            {"type": "https://api.x.com/2/problems/usage-capped", "title": "UsageCapExceeded"},
            RateLimited,
        ),
        (404, {"title": "Not Found Error", "type": "x/resource-not-found"}, Refused),
        (503, {"title": "Service Unavailable"}, Uncertain),
    ],
)
async def test_f22_f23_refusals_of_a_send_by_their_form(
    status: int, body: Any, family: type[PlatformError]
) -> None:
    """Two hosts, two shapes: matched on type, code and words."""
    adapter = adapter_on(lambda _: httpx.Response(status, json=body))
    with pytest.raises(PlatformError) as caught:
        await adapter.send(reply(), lambda: None)
    assert type(caught.value) is family
    assert caught.value.next_step
