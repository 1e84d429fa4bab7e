"""Waits that platforms ask for: whom they hold, and that they outlive the process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from platform_rules import configured

from inbox.adapters import http
from inbox.adapters.pauses import Pauses
from inbox.adapters.simkit import VirtualClock
from inbox.config.model import Account
from inbox.domain.hours import ServiceHours
from inbox.domain.model import Surface
from inbox.domain.sla import Timers
from inbox.engine.station.reader import Reader
from inbox.errors import PlatformError, RateLimited, Refused
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret
from inbox.store.sqlite.store import LocalStore
from inbox.wiring import platforms

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALWAYS = Timers(
    hours=ServiceHours(UTC, {day: [] for day in range(7)}, []),
    first=timedelta(hours=3),
    next=timedelta(hours=3),
    warn_before=timedelta(minutes=30),
)
Answers = Callable[[httpx.Request], httpx.Response]


class Platform:
    """Answers by a function, and remembers what was asked for."""

    def __init__(self, answer: Answers) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return self.answer(request)


def reader(folder: Path, clock: Any, platform: Platform, account: Account, *surfaces: Surface) -> Reader:
    """A process of its own, as far as the store can tell."""

    async def connect() -> Adapter:
        client = http.open_client("https://api.example", httpx.MockTransport(platform))
        return platforms.platform(account.platform).connect(account, client, Secret("t"), clock)

    return Reader(
        account=account.name,
        platform=account.platform,
        surfaces=surfaces,
        open_adapter=connect,
        store=LocalStore(folder),
        clock=clock,
        timers=ALWAYS,
        backfill=timedelta(days=30),
        history=timedelta(days=1),
    )


async def one_round(
    folder: Path, clock: Any, platform: Platform, account: Account, *surfaces: Surface
) -> Any:
    """Open, read once, close: what `sync --once` does."""
    one = reader(folder, clock, platform, account, *surfaces)
    report = await one.round()
    await one.close()
    one.store.close()
    return report


X = Account(name="acme-x", platform="twitter")


def x_that_limits(headers: dict[str, str]) -> Answers:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "7", "username": "acme"}})
        if request.url.path.endswith("/mentions"):
            return httpx.Response(429, json={"title": "Too Many Requests", "status": 429}, headers=headers)
        return httpx.Response(200, json={"meta": {"result_count": 0}})

    return answer


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 60),
        ({"retry-after": "300"}, 300),
        ({"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "{reset}"}, 600),
    ],
    ids=["nothing said", "seconds", "a window"],
)
async def test_the_next_process_does_not_ask_before_its_time(
    tmp_path: Path, headers: dict[str, str], wait: int
) -> None:
    """Run every minute by a timer, the program would ask on and on."""
    clock = VirtualClock(NOON)
    reset = str(int((NOON + timedelta(seconds=600)).timestamp()))
    platform = Platform(x_that_limits({k: v.format(reset=reset) for k, v in headers.items()}))
    first = await one_round(tmp_path, clock, platform, X, Surface.MENTIONS)
    assert isinstance(first.error, RateLimited)
    platform.asked.clear()
    clock.advance(wait - 5)
    second = await one_round(tmp_path, clock, platform, X, Surface.MENTIONS)
    assert isinstance(second.error, RateLimited)
    assert second.error.retry_at == NOON + timedelta(seconds=wait)
    assert platform.asked == []
    clock.advance(10)
    await one_round(tmp_path, clock, platform, X, Surface.MENTIONS)
    assert "/2/users/7/mentions" in platform.asked


async def test_an_endpoint_that_rests_leaves_the_others_alone(tmp_path: Path) -> None:
    """Limits are those of an endpoint; direct messages are read on."""
    clock, platform = VirtualClock(NOON), Platform(x_that_limits({}))
    await one_round(tmp_path, clock, platform, X, Surface.MENTIONS, Surface.DIRECT)
    platform.asked.clear()
    await one_round(tmp_path, clock, platform, X, Surface.MENTIONS, Surface.DIRECT)
    assert "/2/dm_events" in platform.asked


async def test_a_clock_that_was_set_back_does_not_lock_an_account(tmp_path: Path) -> None:
    """A wait of a minute, told while the clock was a year ahead, is a minute."""
    ahead = VirtualClock(NOON + timedelta(days=365))
    platform = Platform(x_that_limits({}))
    await one_round(tmp_path, ahead, platform, X, Surface.MENTIONS)
    clock = VirtualClock(NOON)
    for _ in range(2):
        await one_round(tmp_path, clock, platform, X, Surface.MENTIONS)
        clock.advance(61)
    platform.asked.clear()
    await one_round(tmp_path, clock, platform, X, Surface.MENTIONS)
    assert "/2/users/7/mentions" in platform.asked


def test_a_stored_pause_that_cannot_be_is_none() -> None:
    """The store is written by other processes and versions too."""
    pauses = Pauses()
    odd: dict[str, Any] = {
        "a": None, "b": ["x", "y"], "c": [1, 2], "d": "2026", "e": [NOON.isoformat()],
        "f": [NOON.isoformat(), "9999-12-31T23:59:59+00:00"],
    }  # fmt: skip
    pauses.load(odd, NOON)
    assert pauses.until("abcde", NOON) is None
    ends = pauses.until("f", NOON)
    assert ends is not None
    assert ends <= NOON + timedelta(hours=25)


# -- waits that no platform set a time for -----------------------------------------------------------------


def x_that_nobody_pays(request: httpx.Request) -> httpx.Response:
    kind = "https://api.x.com/2/problems/credits"
    body = {"title": "CreditsDepleted", "detail": "no credits", "type": kind, "status": 402}
    return httpx.Response(402, json=body)


async def test_credits_that_are_used_up_are_not_asked_about_by_every_process(tmp_path: Path) -> None:
    """Started every minute, the program would ask on and on; buying credits is what helps. What the agent is told
    stays the same all the while."""
    clock, platform = VirtualClock(NOON), Platform(x_that_nobody_pays)
    first = await one_round(tmp_path, clock, platform, X, Surface.MENTIONS)
    platform.asked.clear()
    clock.advance(14 * 60)
    second = await one_round(tmp_path, clock, platform, X, Surface.MENTIONS)
    assert platform.asked == []
    for error in (first.error, second.error):
        assert isinstance(error, Refused)
        assert "credits" in error.message
        assert "Buy credits" in error.next_step
        assert error.retry_at == NOON + timedelta(minutes=15)
    clock.advance(2 * 60)
    platform.answer = x_that_limits({})
    again = await one_round(tmp_path, clock, platform, X, Surface.DIRECT)
    assert again.error is None
    assert "/2/dm_events" in platform.asked


async def test_who_has_bought_credits_reads_at_once(tmp_path: Path) -> None:
    """ "Read now" is the agent's word that something has changed; the next process knows of it, too."""
    clock, platform = VirtualClock(NOON), Platform(x_that_nobody_pays)
    one = reader(tmp_path, clock, platform, X, Surface.DIRECT)
    await one.round()
    platform.answer = x_that_limits({})
    assert one.due_now() == []
    one.hurry()
    assert one.due_now() == [Surface.DIRECT]
    assert (await one.round()).ok
    await one.close()
    one.store.close()
    platform.asked.clear()
    assert (await one_round(tmp_path, clock, platform, X, Surface.DIRECT)).ok
    assert "/2/dm_events" in platform.asked


async def test_a_reply_that_x_takes_shows_that_somebody_pays(tmp_path: Path) -> None:
    """A reply is tried whatever was said before; where it goes out, reading may go on."""
    clock, platform = VirtualClock(NOON), Platform(x_that_nobody_pays)
    one = reader(tmp_path, clock, platform, X, Surface.DIRECT)
    await one.round()
    adapter: Any = one.adapter
    platform.answer = lambda _: httpx.Response(201, json={"data": {"id": "1"}})
    await adapter._calls.write("post", "POST", "/2/tweets", lambda: None, {"text": "x"})
    platform.answer = x_that_limits({})
    assert (await one.round()).ok
    await one.close()
    one.store.close()


# -- whom a limit of Facebook holds ------------------------------------------------------------------------

PAGE = configured(name="acme-page", platform="facebook", page_id="1001", client_id="42")
SISTER = configured(name="sister-page", platform="facebook", page_id="1002", client_id="42")
OTHER = configured(name="other-page", platform="facebook", page_id="1003", client_id="43")
MESSENGER, COMMENTS, INSTAGRAM = Surface.MESSENGER, Surface.COMMENTS, Surface.INSTAGRAM


def a_page(fails: Callable[[httpx.Request], int | None], headers: dict[str, str] | None = None) -> Answers:
    """Empty Pages with a linked account; `fails` gives the error code of a request, if it is to have one."""

    def answer(request: httpx.Request) -> httpx.Response:
        code = fails(request)
        if code is not None:
            return httpx.Response(400, json={"error": {"message": "limit", "code": code}})
        path = request.url.path
        if path.endswith("/me"):
            return httpx.Response(200, json={"id": _asks(request), "name": "Acme"})
        if path.rpartition("/")[2].isdigit():
            linked = {"instagram_business_account": {"id": "555", "username": "acme"}}
            return httpx.Response(200, json={"id": path.rpartition("/")[2], "name": "Acme", **linked})
        return httpx.Response(200, json={"data": []}, headers=headers or {})

    return answer


def _asks(request: httpx.Request) -> str:
    return request.headers.get("x-page", "1001")


def instagram(request: httpx.Request) -> bool:
    return request.url.params.get("platform") == "instagram"


def messenger(request: httpx.Request) -> bool:
    return request.url.params.get("platform") == "messenger"


@pytest.mark.parametrize(
    ("code", "held"),
    [
        (80006, {"messenger", "comments"}),
        (80001, {"messenger", "comments"}),
        (613, {"messenger", "comments"}),
        (32, {"messenger", "comments"}),
        (4, {"messenger", "comments", "instagram"}),
        (341, {"messenger", "comments", "instagram"}),
        (17, {"messenger", "comments", "instagram"}),
        (80002, {"instagram"}),
    ],
)
async def test_a_limit_holds_whom_it_names(tmp_path: Path, code: int, held: set[str]) -> None:
    """What it does not hold is read on, by the next process too."""
    where = instagram if code == 80002 else messenger
    clock = VirtualClock(NOON)
    failing = Platform(a_page(lambda r: code if where(r) else None))
    one = reader(tmp_path, clock, failing, PAGE, *((INSTAGRAM,) if code == 80002 else (MESSENGER,)))
    assert isinstance((await one.round()).error, RateLimited)
    await one.close()
    one.store.close()
    well = Platform(a_page(lambda _: None))
    for surface in (MESSENGER, COMMENTS, INSTAGRAM):
        report = await one_round(tmp_path, clock, well, PAGE, surface)
        assert (report.error is not None) == (surface.value in held), surface


@pytest.mark.parametrize("code", [4, 341, 80006])
async def test_a_limit_of_the_app_holds_all_its_pages(tmp_path: Path, code: int) -> None:
    """Asking on with the next Page would lengthen the wait of all; Pages of another app go on."""
    clock = VirtualClock(NOON)
    failing = Platform(a_page(lambda r: code if messenger(r) else None))
    await one_round(tmp_path, clock, failing, PAGE, MESSENGER)
    for account, held in ((SISTER, code in (4, 341)), (OTHER, False)):
        page = account.settings.page_id or ""

        def named(request: httpx.Request, page: str = page) -> httpx.Response:
            request.headers["x-page"] = page
            return a_page(lambda _: None)(request)

        report = await one_round(tmp_path, clock, Platform(named), account, COMMENTS)
        assert (report.error is not None) == held, account.name


async def test_a_usage_header_pauses_by_id_and_kind() -> None:
    """What another Page of the business used up, or another kind of calls, is no reason to rest."""
    from inbox.adapters.facebook.usage import Usage

    usage = Usage()
    usage.ids.update({"1001", "555"})

    def told(page: str, kind: str) -> None:
        entry = {"type": kind, "call_count": 100, "estimated_time_to_regain_access": 30}
        header = httpx.Response(200, json={page: [entry]}).text
        usage.note({"x-business-use-case-usage": header}, NOON)

    told("2002", "pages")
    assert usage.closed_until(NOON, write=False, area="pages") is None
    told("1001", "messenger")
    assert usage.closed_until(NOON, write=False, area="messenger") == NOON + timedelta(minutes=30)
    assert usage.closed_until(NOON, write=False, area="pages") is None
    assert usage.closed_until(NOON, write=False, area="instagram") is None
    told("555", "instagram")
    assert usage.closed_until(NOON, write=False, area="instagram") == NOON + timedelta(minutes=30)
    assert usage.closed_until(NOON, write=True, area="messenger") is None, "a reply may try"


# -- blocked by policy -------------------------------------------------------------------------------------


def a_page_that_blocks(where: Callable[[httpx.Request], bool], code: int, subcode: int | None) -> Answers:
    well = a_page(lambda _: None)

    def answer(request: httpx.Request) -> httpx.Response:
        if where(request):
            error = {"message": "blocked", "code": code, "error_subcode": subcode}
            return httpx.Response(400, json={"error": error})
        return well(request)

    return answer


def posted(request: httpx.Request) -> bool:
    return request.method == "POST"


async def sends(folder: Path, clock: Any, platform: Platform) -> Any:
    """Send one message in a process of its own, as far as the store can tell; the error, if any."""
    one = reader(folder, clock, platform, PAGE, MESSENGER)
    adapter: Any = await one.connect()
    graph = adapter._graph.on(MESSENGER)
    try:
        await graph.tell("/v25.0/1001/messages", on_wire=lambda: None, body={})
    except PlatformError as error:
        return error
    else:
        return None
    finally:
        await one.close()
        one.store.close()


@pytest.mark.parametrize(("code", "subcode"), [(368, None), (368, 1390008), (10, 1893063), (2022, None)])
async def test_a_policy_block_stops_replies_of_the_page_and_nothing_else(
    tmp_path: Path, code: int, subcode: int | None
) -> None:
    """Facebook lengthens the block of who goes on trying; the next process must know. Reading goes on."""
    clock = VirtualClock(NOON)
    platform = Platform(a_page_that_blocks(posted, code, subcode))
    first = await sends(tmp_path, clock, platform)
    platform.asked.clear()
    clock.advance(50 * 60)
    second = await sends(tmp_path, clock, platform)
    assert "/v25.0/1001/messages" not in platform.asked
    for error in (first, second):
        assert isinstance(error, Refused)
        assert error.retry_at == NOON + timedelta(hours=1)
        assert "blocked" in error.message
    assert (await one_round(tmp_path, clock, platform, PAGE, COMMENTS, MESSENGER)).ok
    clock.advance(11 * 60)
    platform.answer = a_page(lambda _: None)
    assert await sends(tmp_path, clock, platform) is None
    assert await sends(tmp_path, clock, platform) is None


async def test_a_policy_block_of_reading_is_not_asked_about_by_every_process(tmp_path: Path) -> None:
    """The same for reading; its Instagram account is another one."""
    clock = VirtualClock(NOON)
    failing = Platform(a_page_that_blocks(messenger, 368, None))
    assert isinstance((await one_round(tmp_path, clock, failing, PAGE, MESSENGER)).error, Refused)
    failing.asked.clear()
    report = await one_round(tmp_path, clock, failing, PAGE, MESSENGER, COMMENTS)
    assert isinstance(report.error, Refused)
    assert failing.asked == []
    one = reader(tmp_path, clock, Platform(a_page(lambda _: None)), PAGE, MESSENGER)
    assert not (await one.round()).ok
    one.hurry()
    assert (await one.round()).ok, "the agent wants to know"
    await one.close()
    one.store.close()


@pytest.mark.parametrize("code", [80000, 80004, 80009, 80014])
async def test_every_limit_of_the_business_family_is_a_limit(tmp_path: Path, code: int) -> None:
    """Taken for a refusal it would be asked again too soon, and a reply would be called failed for good."""
    platform = Platform(a_page(lambda r: code if messenger(r) else None))
    report = await one_round(tmp_path, VirtualClock(NOON), platform, PAGE, MESSENGER)
    assert isinstance(report.error, RateLimited)
