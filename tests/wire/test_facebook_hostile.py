"""Hostile and broken answers, served to the whole adapter (FAULTS.md, F15 to F36, F54 to F58)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import hostile
import httpx
import pytest
from platform_rules import configured

from inbox.adapters import http
from inbox.adapters.facebook import PLATFORM
from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.errors import PlatformError, RateLimited
from inbox.ports.platform import Adapter, Incoming, Outgoing, Page
from inbox.ports.secrets import Secret

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
TOKEN = "EAAGpagetokenofacme"


def cases(*kinds: str) -> list[Any]:
    return [pytest.param(r, id=r["name"]) for r in hostile.answers("facebook", *kinds)]


def raw(case: dict[str, Any]) -> bytes:
    if "body_b64" in case:
        return base64.b64decode(case["body_b64"])
    text = case["body"] if "body" in case else "".join(piece * times for piece, times in case["parts"])
    # The records are of no platform; these are the names Facebook gives the same members.
    for theirs, ours in (('"text"', '"message"'), ('"created_at"', '"created_time"'), ('"author"', '"from"')):
        text = text.replace(theirs, ours)
    return str(text).encode("utf-8", "surrogatepass")


Answers = Callable[[httpx.Request], httpx.Response]


def adapter(answers: Answers, clock: VirtualClock | None = None) -> Adapter:
    account = configured(name="acme", platform="facebook", page_id="1001")
    client = http.open_client(PLATFORM.api_url, transport=httpx.MockTransport(answers))
    return PLATFORM.connect(account, client, Secret(TOKEN), clock or VirtualClock(NOW))


def served(case: dict[str, Any], requests: list[httpx.Request] | None = None) -> Adapter:
    """The case as the list of messages of one conversation, and as the first page of posts."""

    def answers(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        if request.url.path.endswith("/conversations"):
            people = {"data": [{"id": "7", "name": "Ann"}, {"id": "1001"}]}
            item = {"id": "t_1", "updated_time": "2030-01-01T11:00:00+0000", "participants": people}
            return httpx.Response(200, json={"data": [item]})
        return httpx.Response(case["status"], headers=case["headers"], content=raw(case))

    return adapter(answers)


async def read(adapter: Adapter, surface: Surface) -> list[Page]:
    return [page async for page in adapter.read(surface, None, SINCE)]


async def read_or_error(adapter: Adapter, surface: Surface) -> tuple[list[Page], PlatformError | None]:
    pages: list[Page] = []
    try:
        async for page in adapter.read(surface, None, SINCE):
            pages += [page]
    except PlatformError as error:
        return pages, error
    return pages, None


def messages(pages: list[Page]) -> Iterator[Incoming]:
    return (m for page in pages for m in page.messages)


@pytest.mark.parametrize("case", cases("list"))
async def test_a_hostile_list_of_messages_costs_at_most_its_own_items(case: dict[str, Any]) -> None:
    """F54, F58: one bad item never takes the others with it, one bad answer never moves the cursor."""
    expect = set(case["expect"])
    pages, error = await read_or_error(served(case), Surface.MESSENGER)
    if "clear_error" in expect or "cursor_kept" in expect or "memory_bounded" in expect:
        assert error is not None
        assert error.kind in ("unavailable", "auth")
        assert error.message
        assert error.next_step
        assert all(page.cursor is None for page in pages)
        assert not list(messages(pages))
        return
    assert error is None
    found = {m.key: m for m in messages(pages)}
    assert len(found) == len(list(messages(pages)))
    if "others_ingested" in expect and case["name"] != "id-very-long-1":
        assert {"1001", "1003"} <= set(found)
    if "poison_quarantined" in expect:
        assert sum(len(page.poison) for page in pages) == 1
    if "time_unknown_marked" in expect:
        assert found["1002"].sent_at is None
    if "time_exact" in expect:
        assert found["1002"].sent_at == datetime(2030, 1, 1, 10, 0, 30, tzinfo=UTC)
    if "shown_as_empty" in expect:
        assert found["1002"].text == ""
    if "id_exact" in expect:
        assert {"1900000000000000001", "../../x"} & set(found)


@pytest.mark.parametrize("case", cases("list"))
async def test_a_hostile_list_of_posts_costs_at_most_its_own_items(case: dict[str, Any]) -> None:
    """The same for the other kind of list, whose items become context."""
    pages, error = await read_or_error(served(case), Surface.VISITOR_POSTS)
    if {"clear_error", "cursor_kept", "memory_bounded"} & set(case["expect"]):
        assert error is not None
        assert all(page.cursor is None for page in pages)
    else:
        assert error is None
        assert pages[-1].cursor is not None
        assert sum(len(p.poison) for p in pages) == ("poison_quarantined" in case["expect"])


@pytest.mark.parametrize("case", cases("error"))
async def test_hostile_error_texts_are_cleaned(case: dict[str, Any]) -> None:
    """They end in the log and on the screen."""
    _, error = await read_or_error(served(case), Surface.COMMENTS)
    assert error is not None
    assert error.message.isprintable()
    assert "EAAG-FAKE-SECRET-1" not in error.message


@pytest.mark.parametrize("case", cases("page"))
async def test_hostile_paging_ends_and_is_told(case: dict[str, Any]) -> None:
    """F33, F56: no loop, no other host, no token elsewhere; in Facebook's form of `next`."""
    next_page = json.loads(case["body"]).get("next")
    asked: list[httpx.Request] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if next_page is None:
            return httpx.Response(case["status"], headers=case["headers"], content=raw(case))
        names = next_page.split(">")
        after = f"{len(asked)}" if "bounded_pages" in case["expect"] else names[len(asked) % len(names)]
        link = f"https://graph.facebook.com/v25.0/1001/conversations?access_token={TOKEN}&after={after}"
        return httpx.Response(200, json={"data": [], "paging": {"next": link}})

    pages = await read(adapter(answers), Surface.MESSENGER)
    assert len(asked) <= 3
    assert not pages[-1].complete
    assert pages[-1].cursor is None
    assert any("missing" in note for page in pages for note in page.notes)
    assert {r.url.host for r in asked} == {"graph.facebook.com"}
    assert not any("access_token" in str(r.url) for r in asked)


@pytest.mark.parametrize("case", cases("rate"))
async def test_hostile_limits_neither_run_hot_nor_silence_us(case: dict[str, Any]) -> None:
    """F10, F11: never at once again, never a year."""
    a = served(case)
    _, error = await read_or_error(a, Surface.VISITOR_POSTS)
    if case["status"] == 200:
        assert error is None
        return
    assert isinstance(error, RateLimited)
    assert timedelta(seconds=5) <= error.retry_at - NOW <= timedelta(hours=24)


def reply(**changes: Any) -> Outgoing:
    item = OutboxItem(
        id="ob1",
        key="k",
        conversation="acme:messenger:t_1",
        account="acme",
        agent="tanja",
        text="Hello",
        private=True,
        created_at=NOW,
        not_before=NOW,
    )
    return Outgoing(
        item=item,
        surface=Surface.MESSENGER,
        thread="t_1",
        contact=Person(remote_id="7"),
        last_in_at=NOW,
        **changes,
    )


@pytest.mark.parametrize("case", cases("send"))
async def test_a_send_whose_answer_names_nothing_is_uncertain(case: dict[str, Any]) -> None:
    """F16, F18: it may have arrived. Only a code that Facebook defines makes it final."""
    with pytest.raises(PlatformError) as raised:
        await served(case).send(reply(), lambda: None)
    assert raised.value.kind == (
        "refused" if "failed_or_unconfirmed_by_code" in case["expect"] else "uncertain"
    )


async def test_an_id_from_outside_cannot_climb_out_of_its_path() -> None:
    """A conversation called `../../x` is asked for as one step of the path."""
    asked: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(200, json={"id": "../../me/accounts"})

    [_ async for _ in adapter(answers).refresh(Surface.MESSENGER, "../../me/accounts?x#y")]
    (path,) = asked
    assert path.startswith("/v25.0/..%2F..%2Fme%2Faccounts%3Fx%23y?fields=")


async def test_webhook_bodies_in_a_list_are_set_aside() -> None:
    """They are another channel's; nothing of them may look like a message."""
    for case in cases("webhook"):
        pages, error = await read_or_error(served(case.values[0]), Surface.VISITOR_POSTS)
        assert error is not None
        assert not pages
