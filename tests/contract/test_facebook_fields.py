"""Fields that Facebook does not know on a kind of object, and a Page that was merged into another one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from facebook_station import START, station
from platform_rules import configured

from inbox.adapters import http
from inbox.adapters.facebook import PLATFORM
from inbox.adapters.facebook.fields import without
from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Surface
from inbox.errors import Refused
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret


async def test_a_tagged_post_is_read_again_without_the_time_of_its_tag() -> None:
    """The field belongs to the items of the list; on a single post it is answered with code 100."""
    s = station()
    post = s.world.tagging_post(s.world.person("Ann"), "thanks to Acme")
    (found,) = await s.read(Surface.TAGGED)
    pages = [page async for page in s.adapter.refresh(Surface.TAGGED, found.thread or "")]
    assert [m.remote_id for page in pages for m in page.messages] == [post.id]
    lists, nodes = (
        [r for r in s.sim.requests if r.path.endswith(end)] for end in ("/1001/tagged", f"/{post.id}")
    )
    assert all("tagged_time" in r.params["fields"] for r in lists)
    assert not any("tagged_time" in r.params["fields"] for r in nodes)
    assert [note for page in pages for note in page.notes] == []


@pytest.mark.parametrize("path", ["/v25.0/1001/visitor_posts", "/v25.0/1001/feed"])
async def test_the_simulator_knows_the_time_of_a_tag_on_one_edge_only(path: str) -> None:
    """Else it would hide what the platform refuses."""
    s = station()
    client = http.open_client(s.sim.url, _transport(s))
    answer = await client.get(
        path, params={"fields": "id,tagged_time"}, headers={"authorization": f"Bearer {s.sim.token}"}
    )
    assert answer.json()["error"]["code"] == 100


def _transport(s: Any) -> httpx.AsyncBaseTransport:
    from inbox.adapters import simkit

    return simkit.transport(s.sim)


class Picky:
    """A platform that knows no `{unknown}`; else an empty Page."""

    def __init__(self, *unknown: str) -> None:
        self.unknown = unknown
        self.asked: list[str] = []
        self.clock = VirtualClock(START)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = request.url.params.get("fields", "")
        self.asked.append(fields)
        for name in self.unknown:
            if without(fields, name) != fields:
                words = f"(#100) Tried accessing nonexisting field ({name}) on node type (PagePost)"
                return httpx.Response(400, json={"error": {"message": words, "code": 100}})
        if request.url.path.endswith(("/me", "/1001")):
            return httpx.Response(200, json={"id": "1001", "name": "Acme"})
        return httpx.Response(200, json={"data": []})

    def adapter(self) -> Adapter:
        client = http.open_client("https://graph.facebook.com", httpx.MockTransport(self))
        account = configured(name="acme", platform="facebook", page_id="1001")
        return PLATFORM.connect(account, client, Secret("t"), self.clock)


async def test_a_field_facebook_does_not_know_costs_one_question_not_the_list() -> None:
    """A version that drops a name must not silence a surface; it is said once, and not asked for again."""
    picky = Picky("permalink_url", "is_hidden")
    adapter = picky.adapter()
    await adapter.identify()
    picky.asked.clear()
    first = [page async for page in adapter.read(Surface.VISITOR_POSTS, None, START - timedelta(days=30))]
    assert first[-1].complete
    notes = [note for page in first for note in page.notes]
    assert ["permalink_url" in notes[0], "is_hidden" in notes[1], len(notes)] == [True, True, 2]
    assert len(picky.asked) == 3
    second = [
        page
        async for page in adapter.read(Surface.VISITOR_POSTS, first[-1].cursor, START - timedelta(days=30))
    ]
    assert len(picky.asked) == 4
    assert [note for page in second for note in page.notes] == []


async def test_a_field_that_one_answer_called_unknown_is_asked_for_again_a_day_later() -> None:
    """The answer may have been wrong: else what the field tells would be missing until a restart."""
    picky = Picky("permalink_url")
    adapter = picky.adapter()
    await read_visitor_posts(adapter)
    picky.unknown = ()
    picky.clock.advance(86_399)
    await read_visitor_posts(adapter)
    assert "permalink_url" not in picky.asked[-1]
    picky.clock.advance(1)
    await read_visitor_posts(adapter)
    assert "permalink_url" in picky.asked[-1]
    picky.asked.clear()
    picky.unknown = ("permalink_url",)
    await read_visitor_posts(adapter)
    assert len(picky.asked) == 2, "it is left out again"


async def test_the_words_of_messages_are_left_out_only_when_facebook_says_twice_that_it_has_none() -> None:
    """One answer "nonexisting field (message)" had every comment read again without its words."""
    picky = Picky("message")
    adapter = picky.adapter()
    for _ in range(2):
        with pytest.raises(Refused):
            await read_visitor_posts(adapter)
        picky.clock.advance(301)
    picky.unknown = ()
    await read_visitor_posts(adapter)
    picky.unknown = ("message",)
    with pytest.raises(Refused):
        await read_visitor_posts(adapter)  # said for the first time since it was answered
    picky.clock.advance(600)
    await read_visitor_posts(adapter)
    assert "message" not in picky.asked[-1].split(",")


async def read_visitor_posts(adapter: Adapter) -> None:
    async for _ in adapter.read(Surface.VISITOR_POSTS, None, START - timedelta(days=30)):
        pass


async def test_a_refusal_that_names_no_field_of_ours_is_a_refusal() -> None:
    """Asking the same again would never end."""

    def refuse(request: httpx.Request) -> httpx.Response:
        words = "(#100) Tried accessing nonexisting field (made_up) on node type (Page)"
        return httpx.Response(400, json={"error": {"message": words, "code": 100}})

    client = http.open_client("https://graph.facebook.com", httpx.MockTransport(refuse))
    account = configured(name="acme", platform="facebook", page_id="1001")
    adapter = PLATFORM.connect(account, client, Secret("t"), VirtualClock(START))
    with pytest.raises(Refused):
        await anext(aiter(adapter.read(Surface.TAGGED, None, START)))


@pytest.mark.parametrize(
    ("fields", "name", "left"),
    [
        ("id,story,from", "story", "id,from"),
        ("id,story,from,messages.limit(5){id,story}", "story", "id,from,messages.limit(5){id}"),
        ("likes.limit(0).summary(true),id", "likes", "id"),
        ("parent{parent{id},from}", "from", "parent{parent{id}}"),
        ("story", "story", "id"),
        ("id,stories", "story", "id,stories"),
    ],
)
def test_a_field_is_left_out_wherever_it_is_asked_for(fields: str, name: str, left: str) -> None:
    """With its modifiers and its own fields; names that only begin alike stay."""
    assert without(fields, name) == left


@pytest.mark.parametrize("code", [{"code": 21}, {"code": 100, "error_subcode": 21}], ids=["21", "100/21"])
async def test_a_page_that_was_merged_stops_itself_and_asks_for_the_new_id(code: dict[str, int]) -> None:
    """Nothing was deleted: under the old id there is only nothing more to see."""
    asked = 0
    words = "(#21) Page ID 1001 was migrated to page ID 2002.  Please update your API calls to the new ID"

    def moved(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(400, text=json.dumps({"error": {"message": words, **code}}))

    clock = VirtualClock(START)
    client = http.open_client("https://graph.facebook.com", httpx.MockTransport(moved))
    account = configured(name="acme", platform="facebook", page_id="1001")
    adapter = PLATFORM.connect(account, client, Secret("t"), clock)
    for surface in (Surface.COMMENTS, Surface.MESSENGER):
        with pytest.raises(Refused) as caught:
            [page async for page in adapter.read(surface, None, START)]
        assert 'page_id = "2002"' in caught.value.next_step
    assert asked == 1
    clock.advance(3601)
    with pytest.raises(Refused):
        [page async for page in adapter.read(Surface.COMMENTS, None, START)]
    assert asked == 2
