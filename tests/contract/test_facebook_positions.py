"""Where reading a Page goes on: a time that lies hides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from facebook_station import START, Station, station

from inbox.adapters.facebook import messenger
from inbox.adapters.simkit import Request, Response
from inbox.domain.model import Surface

MESSENGER, COMMENTS = Surface.MESSENGER, Surface.COMMENTS


async def test_a_stored_time_in_the_future_is_given_up() -> None:
    """Every conversation since would be older than it, and never read."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hidden")
    s.cursors[MESSENGER] = {"watermark": (START + timedelta(days=3)).isoformat()}
    pages = await s.pages(MESSENGER)
    assert [m.text for page in pages for m in page.messages] == ["hidden"]
    assert any(messenger.GIVEN_UP in page.notes for page in pages)
    assert s.cursors[MESSENGER]["watermark"] <= START.isoformat()


async def test_a_machine_ahead_of_facebook_stores_no_time_that_facebook_has_not_reached() -> None:
    """What is written until then would count as read."""
    s = station()
    ours = s.clock
    s.sim.clock = lambda: ours() - timedelta(hours=3)
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello")
    for conversation in s.world.conversations.values():
        conversation.updated = START + timedelta(hours=5)
    await s.read(MESSENGER)
    assert s.cursors[MESSENGER]["watermark"] <= (START - timedelta(hours=3)).isoformat()


async def test_a_clock_that_was_set_back_does_not_stop_the_scan_of_all_posts() -> None:
    """The last scan then lies in the future, for as long as the clock was wrong."""
    s = station()
    await s.read(COMMENTS)
    memory = dict(s.cursors[COMMENTS])
    memory["scanned_at"] = (START + timedelta(days=2)).isoformat()
    memory["visits"] = {edge: [(START + timedelta(days=2)).isoformat()] * 2 for edge in memory["visits"]}
    s.cursors[COMMENTS] = memory
    beside = ("video_reels", "photos", "albums", "live_videos")
    assert set(memory["visits"]) == set(beside)
    before = [s.asked(edge) for edge in beside]
    await s.read(COMMENTS)
    assert [s.asked(edge) for edge in beside] == [asked + 1 for asked in before]
    assert s.cursors[COMMENTS]["scanned_at"] <= START.isoformat()


async def test_the_position_of_an_earlier_version_is_read_on() -> None:
    """It knew the Reels as the only list beside the posts; nothing is read twice because of the new ones."""
    s = station()
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    await s.read(COMMENTS)
    memory = dict(s.cursors[COMMENTS])
    del memory["visits"]
    memory["reels_at"] = (START + timedelta(hours=5)).isoformat()
    s.cursors[COMMENTS] = memory
    before = s.asked("video_reels"), s.asked("photos")
    assert await s.read(COMMENTS) == []
    assert (s.asked("video_reels"), s.asked("photos")) == (before[0], before[1] + 1)


# -- times that are wrong once -----------------------------------------------------------------------------


@contextmanager
def falsified(s: Station, path: str, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Answers whose path ends in `path` are changed on their way."""
    good = s.sim.handle

    async def handle(request: Request) -> Response:
        found = await good(request)
        if not request.path.endswith(path):
            return found
        body = json.loads(found.body)
        change(body)
        return Response(found.status, json.dumps(body).encode(), found.headers)

    s.sim.handle = handle  # type: ignore[method-assign]
    try:
        yield
    finally:
        s.sim.handle = good  # type: ignore[method-assign]


def dates(value: str, of: str) -> Callable[[dict[str, Any]], None]:
    """Every member `of` becomes `value`."""

    def change(node: Any) -> None:
        for name, inner in node.items() if isinstance(node, dict) else enumerate(node):
            if name == of:
                node[name] = value
            elif isinstance(inner, dict | list):
                change(inner)

    return change


WRONG = ["1970-01-01T00:00:00+0000", "2016-05-01T00:00:00+0000", "9999-12-31T23:59:59Z", "yesterday", ""]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_comment_whose_time_was_wrong_once_is_taken_in(wrong: str) -> None:
    """It passed for one of before the connection, was remembered as seen, and never read again."""
    s = station()
    post = s.world.post("news")
    await s.read(COMMENTS)
    s.clock.advance(600)
    s.world.comments(post, "hello", by=s.world.person("Ann"))
    seen = []
    with falsified(s, "published_posts", dates(wrong, "created_time")):
        seen += await s.read(COMMENTS)
    s.clock.advance(600)
    seen += await s.read(COMMENTS)
    assert "hello" in [m.text for m in seen]


@pytest.mark.parametrize("wrong", WRONG)
async def test_comments_behind_a_page_with_wrong_times_are_read(wrong: str) -> None:
    """A page that seems to reach back far enough ended the list, and the post counted as read."""
    s = station()
    post = s.world.post("news", at=START - timedelta(days=2))
    for n in range(130):
        s.world.comments(post, f"c{n}", by=s.world.person("Ann"), at=START - timedelta(minutes=200 - n))
    seen = []
    with falsified(s, f"{post.id}/comments", dates(wrong, "created_time")):
        seen += await s.read(COMMENTS)
    for _ in range(3):
        s.clock.advance(1900)
        seen += await s.read(COMMENTS)
    assert {f"c{n}" for n in range(130)} <= {m.text for m in seen}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("of", ["updated_time", "created_time"])
async def test_a_conversation_whose_time_was_wrong_once_is_read(of: str, wrong: str) -> None:
    """It was passed over as old while the position went on past it."""
    s = station()
    await s.read(MESSENGER)
    s.clock.advance(7200)
    for n in range(30):
        s.world.writes(s.world.person(f"P{n}"), f"m{n}")
        s.clock.advance(120)
    seen = []
    with falsified(s, "/conversations", lambda body: dates(wrong, of)(body["data"][len(body["data"]) // 2])):
        seen += await s.read(MESSENGER)
    s.clock.advance(7200)
    s.world.writes(s.world.person("Last"), "last")
    seen += await s.read(MESSENGER)
    assert {"last", *(f"m{n}" for n in range(30))} <= {m.text for m in seen}


async def test_a_conversation_that_a_list_left_out_once_is_read_within_a_day() -> None:
    """The position has gone past it, and it moves to the front again only when somebody writes in it. The messages that
    come with the first page of the list are looked at anyway: it is beyond them."""
    s = station()
    await s.read(MESSENGER)
    s.clock.advance(7200)
    s.world.writes(s.world.person("Left out"), "forgotten")

    def leaves_out(body: dict[str, Any]) -> None:
        body["data"] = [each for each in body["data"] if "forgotten" not in json.dumps(each)]

    for n in range(messenger.CONVERSATIONS):
        s.clock.advance(120)
        s.world.writes(s.world.person(f"Shown {n}"), "seen")
    with falsified(s, "/conversations", leaves_out):
        assert {m.text for m in await s.read(MESSENGER)} == {"seen"}
    s.clock.advance(3600)
    assert {m.text for m in await s.read(MESSENGER)} == {"seen"}
    s.clock.advance(24 * 3600)
    assert "forgotten" in {m.text for m in await s.read(MESSENGER)}


async def test_what_came_with_a_quiet_conversation_is_taken_once_and_again_when_it_differs() -> None:
    """It comes with every list: parsing and storing twenty messages of each, round after round, would cost the most of
    all. What one answer had wrong differs in the next."""
    s = station()
    s.world.writes(s.world.person("Ann"), "quiet")
    s.clock.advance(7200)
    s.world.writes(s.world.person("Bo"), "newest")

    async def read() -> list[str]:
        return sorted(m.text for m in await s.read(MESSENGER))

    assert await read() == ["newest", "quiet"]
    assert await read() == ["newest", "quiet"]
    assert await read() == ["newest"]

    def wrong(body: dict[str, Any]) -> None:
        body["data"][-1]["messages"]["data"][0]["message"] = "wrong"

    with falsified(s, "/conversations", wrong):
        assert await read() == ["newest", "wrong"]
    assert await read() == ["newest", "quiet"]
    assert await read() == ["newest"]


# -- one thing that fails every time -----------------------------------------------------------------------


@contextmanager
def failing(s: Station, path: str, status: int, code: int) -> Iterator[None]:
    """Questions whose path ends in `path` are refused."""
    good = s.sim.handle
    body = json.dumps({"error": {"message": "no", "type": "OAuthException", "code": code}}).encode()

    async def handle(request: Request) -> Response:
        if request.path.endswith(path):
            return Response(status, body, {"content-type": "application/json"})
        return await good(request)

    s.sim.handle = handle  # type: ignore[method-assign]
    try:
        yield
    finally:
        s.sim.handle = good  # type: ignore[method-assign]


@pytest.mark.parametrize(("status", "code"), [(500, 1), (400, 10), (400, 100), (503, 2)])
async def test_a_post_whose_comments_always_fail_keeps_no_other_back(status: int, code: int) -> None:
    """Nothing below it in the list was read, round after round."""
    s = station()
    ann = s.world.person("Ann")
    older = s.world.post("older", at=START - timedelta(hours=3))
    odd = s.world.post("odd", at=START - timedelta(hours=2))
    for n in range(120):
        s.world.comments(odd, f"odd {n}", by=ann, at=START - timedelta(minutes=119 - n))
    s.world.comments(older, "below", by=ann)
    seen = set()
    with failing(s, f"{odd.id}/comments", status, code):
        seen |= {m.text for m in await s.read(COMMENTS)}
        assert {"below", "odd 119"} <= seen
        s.clock.advance(3600)
        s.world.comments(older, "later", by=ann)
        seen |= {m.text for m in await s.read(COMMENTS)}
        assert "later" in seen
    s.clock.advance(3600)
    seen |= {m.text for m in await s.read(COMMENTS)}
    assert {f"odd {n}" for n in range(120)} <= seen


@pytest.mark.parametrize(("status", "code"), [(500, 1), (400, 10), (503, 2)])
async def test_a_conversation_that_always_fails_keeps_no_other_back(status: int, code: int) -> None:
    s = station()
    odd = s.world.person("Odd")
    for n in range(60):
        s.world.writes(odd, f"odd {n}", at=START - timedelta(minutes=60 - n))
    s.world.writes(s.world.person("Ann"), "below", at=START - timedelta(hours=3))
    (thread,) = [one.id for one in s.world.conversations.values() if one.person is odd]
    seen = set()
    with failing(s, f"{thread}/messages", status, code):
        seen |= {m.text for m in await s.read(MESSENGER)}
        assert {"below", "odd 59"} <= seen
    s.clock.advance(3600)
    seen |= {m.text for m in await s.read(MESSENGER)}
    details = {f"odd {n}" for n in range(40, 60)}
    assert details <= seen
