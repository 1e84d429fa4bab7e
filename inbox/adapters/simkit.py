"""What every simulated platform needs: a clock to turn, limits to keep, faults to inject, and two ways to be reached.

A simulator is a second witness of the platform's behaviour, for tests and the demo: it shares no code with the
parser or the API module beside it. It answers in the same process (`transport`) or over real HTTP (`loopback`).

    sim.faults.inject("accept_then_drop", "POST /2/tweets")
    async with loopback(sim) as url: ...

Fault names (a name alone happens before the call is taken in, with `_accepted` after it):

    refused  drop_before_accept  accept_then_drop  late_accept  slow  drip
    500 502 503 504 401 402 429 429_no_headers 429_past 429_far 429_garbage html redirect wrong_type garbage
    empty  cut_json  no_id  too_large  gzip_bomb  not_gzip          (these always accept first)
"""

from __future__ import annotations

import asyncio
import gzip
import heapq
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

if TYPE_CHECKING:
    import httpx


# -- requests and responses --------------------------------------------------------------------------------


class Request(Struct, frozen=True):
    """`path` is unquoted; `query` keeps order and repeats; header names are lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        parts = urlsplit(target)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        lower = {name.lower(): value for name, value in headers.items()}
        return cls(method.upper(), unquote(parts.path), query, lower, body)

    @property
    def params(self) -> dict[str, str]:
        return dict(self.query)

    @property
    def bearer(self) -> str | None:
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme == "Bearer" and value else None

    def json(self) -> Any:
        """The parsed body; ValueError if it is none."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Response(Struct, frozen=True):
    """`pace` is the pause in seconds between single bytes of the body (a dripping server)."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pace: float = 0.0


JSON_TYPE = {"content-type": "application/json; charset=utf-8"}


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    raw = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Response(status, raw, {**JSON_TYPE, **(headers or {})})


class Dropped(Exception):
    """The connection ends here without an answer."""


class NotListening(Exception):
    """The connection is refused."""


class Simulation(Protocol):
    async def handle(self, request: Request) -> Response: ...


# -- time --------------------------------------------------------------------------------------------------


class VirtualClock:
    """A clock that stands still until it is turned. `sleep` returns when somebody has turned it far enough."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._now

    def __call__(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), self._count, future))
        await future

    def advance(self, seconds: float) -> None:
        self.turn_to(self._now + timedelta(seconds=seconds))

    def turn_to(self, moment: datetime) -> None:
        """Also backwards, as clocks of real machines do."""
        self._now = moment.astimezone(UTC)
        while self._sleepers and self._sleepers[0][0] <= self._now:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


# -- limits ------------------------------------------------------------------------------------------------


class Allowance(Struct, frozen=True):
    """What a limit leaves after a call: `granted` says whether this one was within it."""

    granted: bool
    limit: int
    remaining: int
    resets_at: datetime


class Limiter:
    """Fixed windows that begin with the first call in them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._windows: dict[str, tuple[datetime, int]] = {}

    def take(self, key: str, limit: int, window: timedelta) -> Allowance:
        now = self._clock()
        resets_at, used = self._windows.get(key, (now + window, 0))
        if resets_at <= now:
            resets_at, used = now + window, 0
        granted = used < limit
        used += granted
        self._windows[key] = (resets_at, used)
        return Allowance(granted, limit, limit - used, resets_at)


# -- faults ------------------------------------------------------------------------------------------------


class Fault(Struct, frozen=True):
    name: str
    endpoint: str | None = None
    """Matches the beginning of the endpoint's name; None matches every call."""
    seconds: float = 0.2


class Faults:
    """Faults to come, in the order in which they were injected; each is used once."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.hit: list[Fault] = []
        self.background: set[asyncio.Task[Response]] = set()
        """Late acceptances still under way; wait for them before looking at what was accepted."""

    def inject(self, name: str, endpoint: str | None = None, *, times: int = 1, seconds: float = 0.2) -> None:
        self._waiting.extend([Fault(name, endpoint, seconds)] * times)

    def take(self, endpoint: str) -> Fault | None:
        for fault in self._waiting:
            if fault.endpoint is None or endpoint.startswith(fault.endpoint):
                self._waiting.remove(fault)
                self.hit.append(fault)
                return fault
        return None

    async def settle(self) -> None:
        """Wait until everything that is accepted late has been."""
        while self.background:
            await asyncio.wait(set(self.background))


Work = Callable[[], Response]
Canned = Callable[[str], Response | None]


async def perform(faults: Faults, fault: Fault | None, work: Work, canned: Canned) -> Response:
    """Do the work of one call under a fault. `canned` gives the platform's own form of a named error."""
    if fault is None:
        return work()
    name, after = fault.name, fault.name.endswith("_accepted") and not fault.name.endswith("_not_accepted")
    match name:
        case "refused":
            raise NotListening
        case "drop_before_accept":
            raise Dropped
        case "accept_then_drop":
            work()
            raise Dropped
        case "late_accept":
            task = asyncio.create_task(_later(work, fault.seconds))
            faults.background.add(task)
            task.add_done_callback(faults.background.discard)
            return await asyncio.shield(task)
        case "slow":
            response = work()
            await asyncio.sleep(fault.seconds)
            return response
        case "drip":
            return replace(work(), pace=fault.seconds)
    spoiled = _spoil(name, work) if name in _SPOILERS else None
    if spoiled is not None:
        return spoiled
    if after:
        work()
    base = name.removesuffix("_not_accepted").removesuffix("_accepted")
    error = canned(base) or _common(base)
    if error is None:
        raise ValueError(f"no fault is called {name}")
    return error


async def _later(work: Work, seconds: float) -> Response:
    await asyncio.sleep(seconds)
    return work()


_SPOILERS = frozenset({"cut_json", "no_id", "empty", "too_large", "gzip_bomb", "not_gzip", "wrong_type"})


def _spoil(name: str, work: Work) -> Response:
    """The work is done, and its answer arrives damaged."""
    good = work()
    zipped = {**good.headers, "content-encoding": "gzip"}
    match name:
        case "cut_json":
            return replace(good, body=good.body[: len(good.body) // 2])
        case "no_id":
            return replace(good, body=b'{"data":{}}')
        case "empty":
            return replace(good, body=b"")
        case "too_large":
            return replace(good, body=b" " * 20_000_000 + good.body)
        case "gzip_bomb":
            return replace(good, body=gzip.compress(bytes(50_000_000), 9), headers=zipped)
        case "not_gzip":
            return replace(good, headers=zipped)
        case _:
            return replace(good, headers={**good.headers, "content-type": "text/plain"})


def _common(name: str) -> Response | None:
    """Errors that look the same whoever sends them."""
    page = {"content-type": "text/html; charset=utf-8"}
    match name:
        case "500" | "502" | "503" | "504":
            return Response(int(name), b"<html><body>Something went wrong.</body></html>", page)
        case "html":
            return Response(200, b"<!doctype html><title>Sign in to the network</title>", page)
        case "redirect":
            return Response(307, b"", {"location": "https://elsewhere.invalid/steal"})
        case "garbage":
            return Response(200, b"\x00\xff\xfe{", dict(JSON_TYPE))
        case _:
            return None


# -- reaching a simulation ---------------------------------------------------------------------------------


def transport(simulation: Simulation) -> httpx.AsyncBaseTransport:
    """For `http.open_client(url, transport=...)`: the simulation in the same process, no socket."""
    import httpx

    class InProcess(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            target = request.url.raw_path.decode("ascii")
            asked = Request.of(request.method, target, dict(request.headers), await request.aread())
            try:
                response = await simulation.handle(asked)
            except Dropped:
                raise httpx.ReadError("dropped") from None
            except NotListening:
                raise httpx.ConnectError("refused") from None
            return httpx.Response(
                response.status, headers=dict(response.headers), stream=_Body(response.body, response.pace)
            )

    class _Body(httpx.AsyncByteStream):
        def __init__(self, body: bytes, pace: float) -> None:
            self._body, self._pace = body, pace

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 1 if self._pace else 65_536
            for at in range(0, len(self._body), size):
                await asyncio.sleep(self._pace)
                yield self._body[at : at + size]

    return InProcess()


@asynccontextmanager
async def loopback(simulation: Simulation) -> AsyncIterator[str]:
    """Serve the simulation on a free port of 127.0.0.1; yields its base URL. `Dropped` becomes a reset, and so does
    "refused": a port that listens cannot refuse (use a closed one for that)."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await _exchange(simulation, reader, writer):
                pass
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _exchange(
    simulation: Simulation, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """One request and its answer; False when the connection is to end."""
    request = await _read_request(reader)
    if request is None:
        return False
    try:
        response = await simulation.handle(request)
    except (Dropped, NotListening):
        writer.transport.abort()
        return False
    head = {"content-length": str(len(response.body)), **response.headers}
    lines = [f"HTTP/1.1 {response.status} -", *(f"{name}: {value}" for name, value in head.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    size = 1 if response.pace else 65_536
    for at in range(0, len(response.body), size):
        writer.write(response.body[at : at + size])
        await writer.drain()
        if response.pace:
            await asyncio.sleep(response.pace)
    await writer.drain()
    return True


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = dict(line.split(": ", 1) for line in rest if ": " in line)
    length = next((int(v) for k, v in headers.items() if k.lower() == "content-length"), 0)
    return Request.of(method, target, headers, await reader.readexactly(length))
