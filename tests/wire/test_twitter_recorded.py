"""What X really answered, and what a broken or hostile X could answer, through the whole adapter."""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from shared import shared

from inbox.adapters import http
from inbox.adapters.simkit import VirtualClock
from inbox.adapters.twitter import PLATFORM, direct, posts, wire
from inbox.config.model import Account
from inbox.domain.model import Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.platform import Adapter, Identity, Incoming, Outgoing, Page
from inbox.ports.secrets import Secret

RECORDED = sorted(shared("wire/x/recorded").glob("*.json"))
ERRORS = sorted(shared("wire/x/errors").glob("[0-9]*.json"))
KFC = "15392391"
NOW = datetime(2030, 1, 2, 9, 30, tzinfo=UTC)
ME = {"data": {"id": KFC, "name": "KFC", "username": "kfc"}}


def body_of(path: Path) -> Any:
    return json.loads(path.read_text())["response"]["body"]


def recorded(name: str) -> Any:
    return body_of(shared(f"wire/x/recorded/{name}.json"))


Platform = Callable[[httpx.Request], httpx.Response]


def adapter_on(platform: Platform) -> Adapter:
    """The adapter on a platform that answers `/2/users/me` by itself and an empty list to our own timeline."""

    def with_us(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json=ME)
        if request.method == "GET" and request.url.path.endswith(f"/{KFC}/tweets"):
            return httpx.Response(200, json={"meta": {"result_count": 0}})
        return platform(request)

    client = http.open_client("https://api.x.com", httpx.MockTransport(with_us))
    account = Account(name="acme-x", platform="twitter")
    return PLATFORM.connect(account, client, Secret("canary-token"), VirtualClock(NOW))


async def pages_of(adapter: Adapter, surface: Surface = Surface.MENTIONS) -> list[Page]:
    return [page async for page in adapter.read(surface, None, NOW - timedelta(days=30))]


def messages_of(pages: list[Page]) -> list[Incoming]:
    return [m for page in pages for m in page.messages]


def reply(**more: Any) -> Outgoing:
    item = OutboxItem(
        id="o1",
        key="k1",
        conversation="acme-x:mentions:100:21",
        account="acme-x",
        agent="tanja",
        text="We look into it",
        private=False,
        created_at=NOW,
        not_before=NOW,
        reply_to="100",
    )
    fields: dict[str, Any] = {
        "item": item,
        "surface": Surface.MENTIONS,
        "thread": "100:21",
        "contact": Person(remote_id="21"),
    }
    return Outgoing(**fields | more)


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


# -- hostile answers ---------------------------------------------------------------------------------------


def hostile(*kinds: str) -> list[Any]:
    lines = shared("hostile/api.jsonl").read_text().splitlines()
    records = [r for r in map(json.loads, lines) if r["kind"] in kinds and r["platform"] in ("any", "x")]
    return [pytest.param(r, id=r["name"]) for r in records]


def answer_of(record: Mapping[str, Any]) -> Platform:
    if "body_b64" in record:
        raw = base64.b64decode(record["body_b64"])
    elif "parts" in record:
        raw = "".join(piece * times for piece, times in record["parts"]).encode("utf-8", "surrogatepass")
    else:
        raw = record["body"].encode("utf-8", "surrogatepass")
    return lambda _: httpx.Response(record["status"], headers=record["headers"], stream=httpx.ByteStream(raw))


@pytest.mark.parametrize("record", hostile("list"))
async def test_f54_f58_f59_a_hostile_list_meets_what_is_expected_of_it(record: dict[str, Any]) -> None:
    """Each record says what must hold; the adapter's share of it is checked here."""
    expect = set(record["expect"])
    pages: list[Page] = []
    error: PlatformError | None = None
    try:
        async for page in adapter_on(answer_of(record)).read(Surface.MENTIONS, None, NOW - timedelta(days=1)):
            pages.append(page)  # noqa: PERF401  # what came before an error counts too
    except PlatformError as caught:
        error = caught
    messages = messages_of(pages)
    by_key = {m.key: m for m in messages}
    poison = [p for page in pages for p in page.poison]
    assert len(by_key) == len(messages)
    if expect & {"clear_error", "cursor_kept", "memory_bounded", "nothing_half_stored"}:
        assert isinstance(error, Unavailable | Refused)
        assert error.message
        assert error.next_step
        assert pages == []
    else:
        assert error is None
        assert pages[-1].complete
    if "others_ingested" in expect and "1001" in record.get("body", ""):
        assert {"1001", "1003"} <= set(by_key)
    if "poison_quarantined" in expect:
        assert len(poison) == 1
    if "id_exact" in expect:
        assert {"1900000000000000001", "../../x"} & set(by_key)
    if "shown_as_empty" in expect:
        assert by_key["1002"].text == ""
    if "time_unknown_marked" in expect:
        assert by_key["1002"].sent_at is None
    if "time_exact" in expect:
        assert by_key["1002"].sent_at == datetime(2030, 1, 1, 10, 0, 30, tzinfo=UTC)
    if "timer_sane" in expect and by_key["1002"].sent_at:
        assert by_key["1002"].sent_at + timedelta(days=400)
    if "not_shown_as_message" in expect:
        assert messages == []
    newest = pages[-1].cursor["mentions"] if pages and pages[-1].cursor else None
    if newest:
        assert newest in by_key or newest in "".join(p.raw for p in poison)


@pytest.mark.parametrize("record", hostile("error"))
async def test_f62_a_hostile_error_text_is_quoted_harmlessly(record: dict[str, Any]) -> None:
    """Error texts are outside text, and platforms echo what they were sent."""
    with pytest.raises(Refused) as caught:
        await pages_of(adapter_on(answer_of(record)))
    assert caught.value.message.isprintable()
    assert "FAKE-SECRET" not in caught.value.message


@pytest.mark.parametrize("record", hostile("rate"))
async def test_f10_f11_a_hostile_limit_neither_runs_hot_nor_sleeps_for_a_year(record: dict[str, Any]) -> None:
    """The wait is clamped to 5 seconds to 1 hour, or the default."""
    with pytest.raises(RateLimited) as caught:
        await pages_of(adapter_on(answer_of(record)))
    wait = caught.value.retry_at - NOW
    assert timedelta(seconds=5) <= wait <= timedelta(hours=1)
    expect = set(record["expect"])
    if "backoff_default" in expect:
        assert wait == timedelta(minutes=1)
    if "backoff_capped" in expect:
        assert wait == timedelta(hours=1)
    if "honours_date" in expect:
        assert caught.value.retry_at == datetime(2030, 1, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("record", hostile("send"))
async def test_f15_f16_f18_f21_a_hostile_answer_to_a_send_is_never_called_failed(
    record: dict[str, Any],
) -> None:
    """What may have arrived is looked up, not sent again."""
    expect = set(record["expect"])
    sending = adapter_on(answer_of(record)).send(reply(), lambda: None)
    if "reconcile_tolerant" in expect:
        assert (await sending).remote_id == "5"
        return
    with pytest.raises(PlatformError) as caught:
        await sending
    allowed = (Uncertain,) if "unconfirmed_not_failed" in expect else (Uncertain, Refused)
    assert isinstance(caught.value, allowed)


@pytest.mark.parametrize("record", hostile("page"))
async def test_f56_a_hostile_row_of_pages_ends(record: dict[str, Any]) -> None:
    """The records name no X token; in X's own form they are self-loops, two-cycles and endless empty pages."""
    tokens = itertools.cycle(json.loads(record["body"])["next"].split(">"))
    calls = 0

    def platform(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        meta = {"result_count": 1, "next_token": next(tokens)}
        return httpx.Response(200, json={"data": [{"id": "5", "text": "again"}], "meta": meta})

    pages = await pages_of(adapter_on(platform))
    assert calls <= 3
    assert [m.key for m in messages_of(pages)] == ["5"] * calls
    assert any("repeated" in note for page in pages for note in page.notes)
    assert pages[-1].complete
