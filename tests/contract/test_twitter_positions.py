"""Where reading X goes on: a position that lies hides nothing, and what a timeline no longer serves is searched for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from platform_rules import configured
from x_world import BACK, START, World

from inbox.adapters import http
from inbox.adapters.simkit import Request, Response, VirtualClock, transport
from inbox.adapters.twitter import PLATFORM, timelines
from inbox.adapters.twitter.settings import Search
from inbox.config.model import Account
from inbox.domain.model import Surface
from inbox.errors import RateLimited, Refused
from inbox.ports.platform import Adapter, Page
from inbox.ports.secrets import Secret

MENTIONS, DIRECT = Surface.MENTIONS, Surface.DIRECT
DAY = 86_400


def gaps(pages: list[Page]) -> list[Any]:
    return [g for page in pages for g in page.gaps]


def texts(pages: list[Page]) -> set[str]:
    return {m.text for page in pages for m in page.messages}


def an_id(at: datetime) -> str:
    """The id X would give out at that moment."""
    return str((int(at.timestamp() * 1000) - 1_288_834_974_657) << 22)


# -- positions that lie ------------------------------------------------------------------------------------


async def test_a_post_from_the_future_is_shown_and_hides_nothing() -> None:
    """One id an hour ahead of X's clock blinded an account: every later mention was never read."""
    world = World()
    sim, clock = world.sim, world.clock
    odd = sim.post(world.anna, "@acme from ahead", at=START + timedelta(hours=1))
    sim.posts[odd].visible_at = START
    first = await world.read()
    assert odd in first.keys
    assert timelines.AHEAD in first.notes
    cursor = first.cursor
    for n in range(8):
        clock.advance(600)
        new = sim.post(world.ben, f"@acme {n}")
        found = await world.read(cursor=cursor)
        assert new in found.keys
        cursor = found.cursor


async def test_it_is_the_platforms_clock_that_tells_what_lies_ahead() -> None:
    """Our own may be wrong by hours; then an honest id must become a position, and no other."""
    world = World()
    ours = world.clock
    world.sim.clock = lambda: ours() + timedelta(hours=3)
    honest = world.sim.post(world.anna, "@acme now", at=START + timedelta(hours=3))
    found = await world.read()
    assert found.notes == []
    assert found.cursor["mentions"] == honest
    odd = world.sim.post(world.anna, "@acme ahead", at=START + timedelta(hours=4))
    world.sim.posts[odd].visible_at = START
    assert (await world.read(cursor=found.cursor)).cursor["mentions"] == honest


async def test_a_stored_position_in_the_future_is_given_up() -> None:
    """An older version may have kept one; nothing but reading without it finds what it hides."""
    world = World()
    hidden = world.sim.post(world.anna, "@acme hidden")
    cursor = {"mentions": an_id(START + timedelta(days=30)), "own": an_id(START + timedelta(days=30))}
    found = await world.read(cursor=cursor)
    assert hidden in found.keys
    assert timelines.GIVEN_UP in found.notes
    assert found.cursor["mentions"] == hidden
    assert (await world.read(cursor=found.cursor)).notes == []


async def test_a_quiet_day_is_looked_behind() -> None:
    """A position that was ahead when the program slept looks honest a day later and hides what came meanwhile."""
    world = World()
    first = await world.read()
    hidden = world.sim.post(world.anna, "@acme hidden", at=START + timedelta(hours=2))
    cursor = {**first.cursor, "mentions": an_id(START + timedelta(hours=12))}
    world.clock.advance(23 * 3600)
    before = await world.read(cursor=cursor)
    assert hidden not in before.keys
    world.clock.advance(2 * 3600)
    found = await world.read(cursor=before.cursor)
    assert hidden in found.keys
    assert timelines.HIDDEN in found.notes
    assert found.cursor["mentions"] == hidden


async def test_a_quiet_account_costs_one_look_a_day() -> None:
    """The look without a position asks only for what came since the last one, and says nothing where all is well."""
    world = World()
    world.sim.post(world.anna, "@acme hello")
    found = await world.read()
    for _ in range(5):
        world.clock.advance(DAY / 2)
        world.sim.calls.clear()
        found = await world.read(cursor=found.cursor)
        assert (found.notes, len(world.sim.calls)) == ([], 2)
    assert len(found.keys) <= 1


async def test_a_direct_message_from_the_future_hides_nothing() -> None:
    """Reading stops at the newest event that is known; one from ahead would stop it at the first page."""
    world = World()
    odd = world.sim.dm(world.anna, "from ahead", at=START + timedelta(hours=1))
    world.sim.events[odd].visible_at = START
    first = await world.read(DIRECT)
    assert timelines.AHEAD in first.notes
    for n in range(150):
        world.sim.dm(world.anna, f"m{n}")
        world.clock.advance(1)
    second = await world.read(DIRECT, first.cursor)
    assert {f"m{n}" for n in range(150)} <= {m.text for m in second.messages}


@pytest.mark.parametrize("surface", [MENTIONS, DIRECT])
async def test_a_time_far_older_than_the_id_beside_it_is_not_believed(surface: Surface) -> None:
    """What is new would pass for history: shown, but nobody is waited for."""
    world = World()
    if surface is DIRECT:
        new = world.sim.dm(world.anna, "hello")
    else:
        new = world.sim.post(world.anna, "@acme hello")
    ahead = world.sim.post(world.ben, "@acme from ahead", at=START + timedelta(days=400))
    world.sim.posts[ahead].visible_at = START
    good = world.sim.handle

    async def dating(request: Request) -> Response:
        found = await good(request)
        body = json.loads(found.body)
        for item in body.get("data", []) if isinstance(body.get("data"), list) else ():
            item["created_at"] = "2016-03-01T09:00:00.000Z"
        return Response(found.status, json.dumps(body).encode(), found.headers)

    world.sim.handle = dating  # type: ignore[method-assign]
    times = {m.remote_id: m.sent_at for m in (await world.read(surface)).messages}
    assert times[new] is not None
    assert abs(times[new] - START) < timedelta(seconds=1)
    if surface is MENTIONS:
        assert times[ahead] == datetime(2016, 3, 1, 9, tzinfo=UTC), "an id of the future tells no time either"


# -- lists that make no sense ------------------------------------------------------------------------------


class Odd:
    """A platform whose mentions are answered by a function of the page token; everything else is empty."""

    def __init__(self, mentions: Callable[[str | None], dict[str, Any]]) -> None:
        self.mentions = mentions
        self.asked: list[Mapping[str, str]] = []
        self.clock = VirtualClock(START)
        client = http.open_client("https://api.x.com", httpx.MockTransport(self._answer))
        self.adapter = PLATFORM.connect(
            Account(name="acme-x", platform="twitter"), client, Secret("t"), self.clock
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "7", "username": "acme"}})
        if request.url.path.endswith("/mentions"):
            self.asked.append(params)
            assert len(self.asked) < 200, "reading never ends"
            return httpx.Response(200, json=self.mentions(params.get("pagination_token")))
        return httpx.Response(200, json={"meta": {"result_count": 0}})

    async def read(self, cursor: Any) -> list[Page]:
        return [page async for page in self.adapter.read(MENTIONS, cursor, BACK)]


def post(n: int) -> dict[str, str]:
    return {"id": an_id(START - timedelta(minutes=n)), "text": f"@acme {n}", "author_id": "9"}


def turn(token: str | None) -> int:
    return int(token or 0) + 1


LOOPS: dict[str, Callable[[str | None], dict[str, Any]]] = {
    "the same token for ever": lambda _: {"data": [post(1)], "meta": {"next_token": "1"}},
    "one page with fresh tokens": lambda t: {"data": [post(1)], "meta": {"next_token": str(turn(t))}},
    "two tokens in turn": lambda t: {"data": [post(turn(t) % 2)], "meta": {"next_token": str(turn(t) % 2)}},
    "empty pages with fresh tokens": lambda t: {"meta": {"result_count": 0, "next_token": str(turn(t))}},
    "empty lists with fresh tokens": lambda t: {"data": [], "meta": {"next_token": str(turn(t))}},
}


@pytest.mark.parametrize("kind", LOOPS)
async def test_a_list_without_end_ends_the_round_and_says_so(kind: str) -> None:
    """It keeps what it has; the position stays once, so that a slip costs nothing, and moves the second time."""
    odd = Odd(LOOPS[kind])
    known = an_id(START - timedelta(hours=1))
    first = await odd.read({"mentions": known})
    assert first[-1].complete
    assert any("X " in note for page in first for note in page.notes)
    place = first[-1].cursor
    assert place is not None
    assert place["mentions"] == known
    assert gaps(first) == []
    second = await odd.read(place)
    assert second[-1].complete
    assert second[-1].cursor is not None
    assert second[-1].cursor["mentions"] >= known


async def test_an_empty_page_in_the_middle_ends_nothing() -> None:
    """A slip of the platform: what stands behind the empty page is read."""
    pages: dict[str | None, dict[str, Any]] = {
        None: {"data": [post(1)], "meta": {"next_token": "1"}},
        "1": {"meta": {"result_count": 0, "next_token": "2"}},
        "2": {"data": [post(2)], "meta": {}},
    }
    found = await Odd(lambda token: pages[token]).read(None)
    assert texts(found) == {"@acme 1", "@acme 2"}


async def test_a_search_with_a_wrong_query_keeps_no_other_back() -> None:
    """Those behind it in the config were never read, and the position of those before it never kept."""
    world = World()
    account = configured(
        name="acme-x",
        platform="twitter",
        searches=[Search(name="wrong", query="acme"), Search(name="right", query="acme gmbh")],
    )
    client = http.open_client(PLATFORM.api_url, transport(world.sim))
    adapter = PLATFORM.connect(account, client, world.token, world.clock)
    cursor: Any = None
    for n in range(3):
        hit = world.sim.post(world.anna, f"acme gmbh {n}")
        world.clock.advance(3600)
        world.sim.faults.inject("403_bare", "GET /2/tweets/search/recent")
        pages = await read_until_refused(adapter, cursor)
        assert hit in {m.key for page in pages for m in page.messages}
        cursor = [page.cursor for page in pages if page.cursor][-1]
    assert len([key for key in cursor if key.startswith("right") and cursor[key]]) == 1
    found = [page async for page in adapter.read(Surface.SEARCH, cursor, BACK)]
    assert found[-1].complete


async def read_until_refused(adapter: Adapter, cursor: Any) -> list[Page]:
    """The pages before the error."""
    pages: list[Page] = []

    async def read_on() -> None:
        async for page in adapter.read(Surface.SEARCH, cursor, BACK):
            pages.append(page)  # noqa: PERF401  # the pages before the error are the point

    with pytest.raises(Refused):
        await read_on()
    return pages


# -- what the timeline no longer serves --------------------------------------------------------------------


async def flooded(n: int) -> tuple[World, Any]:
    """An account that was read once, then got so many mentions, one a second."""
    world = World()
    world.sim.post(world.anna, "@acme first")
    cursor = (await world.read()).cursor
    for i in range(n):
        world.clock.advance(1)
        world.sim.post(world.anna, f"@acme {i}")
    return world, cursor


async def test_mentions_beyond_the_800_are_found_by_search() -> None:
    """Nothing is missing that X still shows in another place."""
    world, cursor = await flooded(1000)
    world.clock.advance(60)
    found = await world.read(cursor=cursor)
    assert {f"@acme {i}" for i in range(1000)} <= {m.text for m in found.messages}
    assert gaps(found.pages) == []
    assert found.pages[-1].complete
    world.sim.calls.clear()
    assert gaps((await world.read(cursor=found.cursor)).pages) == []
    assert len(world.sim.calls) == 3, "two pages of the overlap and our own posts, no search"


async def test_a_kill_while_search_fills_costs_nothing() -> None:
    """Each page says where the next one begins."""
    world, cursor = await flooded(1000)
    world.clock.advance(60)
    seen: set[str] = set()
    async for page in world.adapter.read(MENTIONS, cursor, BACK):
        seen |= {m.text for m in page.messages}
        cursor = page.cursor or cursor
        if cursor.get("holes"):
            break
    rest = await world.read(cursor=cursor)
    assert {f"@acme {i}" for i in range(1000)} <= seen | {m.text for m in rest.messages}
    assert len(rest.messages) <= 201, "the timeline is not read a second time"


async def test_what_search_lacks_too_is_a_gap_with_its_times() -> None:
    """Search reaches back seven days."""
    world, cursor = await flooded(1000)
    world.clock.advance(8 * DAY)
    found = await world.read(cursor=cursor)
    (gap,) = gaps(found.pages)
    assert gap.since == START
    assert gap.until == START + timedelta(seconds=201)
    assert "800" in gap.reason
    assert gaps((await world.read(cursor=found.cursor)).pages) == []


async def test_a_search_that_is_refused_leaves_a_gap_that_says_why() -> None:
    """Not every plan has it."""
    world, cursor = await flooded(900)
    world.clock.advance(60)
    world.sim.faults.inject("403_bare", "GET /2/tweets/search/recent")
    found = await world.read(cursor=cursor)
    (gap,) = gaps(found.pages)
    assert "800" in gap.reason
    assert gap.since < gap.until


async def test_a_limit_while_search_fills_is_waited_for() -> None:
    """The stretch is kept until search has been asked."""
    world, cursor = await flooded(900)
    world.clock.advance(60)
    world.sim.faults.inject("429", "GET /2/tweets/search/recent")
    pages: list[Page] = []

    async def read_on() -> None:
        async for page in world.adapter.read(MENTIONS, cursor, BACK):
            pages.append(page)  # noqa: PERF401  # the pages before the error are the point

    with pytest.raises(RateLimited):
        await read_on()
    seen, cursor = texts(pages), [page.cursor for page in pages if page.cursor][-1]
    world.clock.advance(3600)
    found = await world.read(cursor=cursor)
    assert {f"@acme {i}" for i in range(900)} <= seen | {m.text for m in found.messages}
    assert gaps(found.pages) == []


@pytest.mark.parametrize(
    ("since", "until"), [(START, START), (START, START - timedelta(hours=1))], ids=["empty", "turned around"]
)
def test_a_gap_that_would_end_before_it_begins_is_none(since: datetime, until: datetime) -> None:
    """Ids and times of a platform can contradict each other."""
    assert timelines.gap_between(MENTIONS, since, until, "x") is None


# -- answers with posts that cannot be understood ----------------------------------------------------------


async def test_posts_that_one_answer_spoiled_are_read_in_the_next_round() -> None:
    """Newer ones beside them moved the position on, and nothing showed the spoiled ones again; once only, since a post
    that stays spoiled must not hold a list up."""
    world = World()
    cursor = (await world.read()).cursor
    good, spoil = world.sim.handle, True

    async def spoiling(request: Request) -> Response:
        found = await good(request)
        if request.path.endswith("/mentions") and spoil:
            body = json.loads(found.body)
            for post in body.get("data", [])[1:]:
                post["id"] = None
            return Response(found.status, json.dumps(body).encode(), found.headers)
        return found

    world.sim.handle = spoiling  # type: ignore[method-assign]
    old = world.sim.post(world.anna, "@acme first")
    world.clock.advance(1800)
    new = world.sim.post(world.ben, "@acme second")
    world.clock.advance(600)
    found = await world.read(cursor=cursor)
    assert [*found.keys] == [new]
    spoil = False
    again = await world.read(cursor=found.cursor)
    assert {old, new} <= {*again.keys}
    spoil = True
    world.sim.post(world.anna, "@acme third")
    world.clock.advance(1800)
    last = world.sim.post(world.ben, "@acme fourth")
    world.clock.advance(600)
    once = await world.read(cursor=again.cursor)
    assert once.cursor["mentions"] == again.cursor["mentions"]
    assert (await world.read(cursor=once.cursor)).cursor["mentions"] == last
