"""A platform on loopback that goes wrong on purpose: raw sockets around a simulator, one fault per call.

    async with FaultServer(sim) as server:
        server.next_write = "accepted, then reset"
        client = http.open_client(server.url)

The simulator's own list of what it accepted is the oracle; the faults decide what the caller gets to know of it.
`simkit` knows the faults that are answers; here stand those that are something else than an answer, and those
that only a socket can have.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from inbox.adapters.simkit import Dropped, NotListening, Request, Response

TLS_HELLO = b"\x16"

DRIP = 0.01
"""Seconds between two bytes of a server that drips."""

FaultSteps = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request that goes wrong: what has been read of it, and what can be done."""

    server: FaultServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes

    async def request(self) -> Request:
        """The whole request, body included."""
        return await _body(self.head, self.reader)

    async def accept(self) -> Response:
        """The platform takes it in; returns what it would answer."""
        return await self.server.simulation.handle(await self.request())

    async def write(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def answer(self, response: Response) -> None:
        await self.write(_raw(response))

    async def caller_gone(self) -> None:
        """Until the caller has given up."""
        with suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass

    def reset(self) -> None:
        """RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class FaultServer:
    """Serves `simulation` on a free port. `next_write` and `next_read` are used once."""

    simulation: Any
    next_write: str | None = None
    next_read: str | None = None
    hit: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """First lines of all requests."""
    on_stage: Callable[[str], None] | None = None
    """Told how far a write has come: "connected", "head", "body", "accepted", "half", "answered"."""
    foreign: ForeignHost | None = None
    behind: tuple[datetime, Any] | None = None
    """Until when reads are answered out of the past, and by whom."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None
    tls: ssl.SSLContext | None = None
    """What it proves itself with; None: it speaks in the clear."""
    url: str = ""

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def listen(self) -> None:
        """Also again on the old port, after `stop`."""
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        # nobody waits for the other side's good-bye
        secure: dict[str, Any] = {"ssl": self.tls, "ssl_shutdown_timeout": 0.05} if self.tls else {}
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, limit=2**20, **secure)
        scheme = "https" if self.tls else "http"
        self.url = self.url or f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def listen_with(self, tls: ssl.SSLContext | None) -> None:
        """Go on at the same address with another certificate, or without any."""
        await self.stop()
        self.tls = tls
        await self.listen()

    async def stop(self) -> None:
        """Nobody listens any more, and nobody is connected."""
        if self._server is None:
            return
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def hang_up(self) -> None:
        """End the connections that are kept open and idle."""
        idle = [task for task in self._tasks if task.get_name() != "faulty"]
        for task in idle:
            task.cancel()
        await asyncio.gather(*idle, return_exceptions=True)

    async def settle(self) -> None:
        """Until every faulty exchange has come to its end; plain kept connections may stay open."""
        while any(task.get_name() == "faulty" for task in self._tasks):
            await asyncio.sleep(0.002)

    def _stage(self, name: str) -> None:
        if self.on_stage:
            self.on_stage(name)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._one(task, reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        try:
            first = await reader.readexactly(1)
            if first == TLS_HELLO and not self.tls:
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return False
            head = first + await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        line = head.split(b"\r\n", 1)[0].decode("latin-1")
        self.seen.append(line)
        name = self._take(line)
        if name is not None:
            task.set_name("faulty")
            await FAULTS[name](Exchange(self, reader, writer, head))
            return False
        await self._serve(head, reader, writer, writing=line.startswith("POST"))
        return True

    def _reads(self, writing: bool) -> Any:
        if self.behind is None or writing or self.simulation.clock() >= self.behind[0]:
            return self.simulation
        return self.behind[1]

    def _take(self, line: str) -> str | None:
        write = line.startswith("POST")
        name = self.next_write if write else self.next_read
        if name is None:
            return None
        if write:
            self.next_write = None
        else:
            self.next_read = None
        self.hit.append(name)
        return name

    async def _serve(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, writing: bool
    ) -> None:
        if writing:
            self._stage("head")
        request = await _body(head, reader)
        if writing:
            self._stage("body")
        try:
            response = await self._reads(writing).handle(request)
        except (Dropped, NotListening):
            writer.transport.abort()
            raise ConnectionResetError from None
        raw = _raw(response)
        if writing:
            self._stage("accepted")
            half, raw = raw[: len(raw) - 5], raw[len(raw) - 5 :]
            writer.write(half)
            await writer.drain()
            self._stage("half")
        writer.write(raw)
        await writer.drain()
        if writing:
            self._stage("answered")


class ForeignHost:
    """Somebody else's server: counts who comes, and what they bring."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []

    async def __aenter__(self) -> Self:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.requests.append(await reader.read(65_536))
            writer.close()

        self._server = await asyncio.start_server(connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        await self._server.wait_closed()


async def _body(head: bytes, reader: asyncio.StreamReader) -> Request:
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = dict(line.split(": ", 1) for line in rest if ": " in line)
    length = next((int(v) for k, v in headers.items() if k.lower() == "content-length"), 0)
    return Request.of(method, target, headers, await reader.readexactly(length))


def _raw(response: Response) -> bytes:
    head = {"content-length": str(len(response.body)), **response.headers}
    lines = [f"HTTP/1.1 {response.status} -", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


# -- the faults --------------------------------------------------------------------------------------------

FAULTS: dict[str, FaultSteps] = {}


def fault(name: str) -> Callable[[FaultSteps], FaultSteps]:
    def keep(steps: FaultSteps) -> FaultSteps:
        FAULTS[name] = steps
        return steps

    return keep


@fault("read, then reset")
async def _(e: Exchange) -> None:
    await e.request()
    e.reset()


@fault("read, then closed")
async def _(e: Exchange) -> None:
    await e.request()


@fault("read, then silence")
async def _(e: Exchange) -> None:
    await e.request()
    await e.caller_gone()


@fault("reset while writing")
async def _(e: Exchange) -> None:
    e.reset()


@fault("accepted, then reset")
async def _(e: Exchange) -> None:
    await e.accept()
    e.reset()


@fault("accepted, then reset, shown late")
async def _(e: Exchange) -> None:
    """Reading is behind: for 90 seconds the platform's lists are those from before our own post."""
    simulation = e.server.simulation
    before = copy.deepcopy(simulation, {id(simulation.clock): simulation.clock})
    await e.accept()
    e.server.behind = (simulation.clock() + timedelta(seconds=90), before)
    e.reset()


@fault("accepted, then closed")
async def _(e: Exchange) -> None:
    await e.accept()


@fault("accepted, answered too late")
async def _(e: Exchange) -> None:
    response = await e.accept()
    await e.caller_gone()
    with suppress(ConnectionError):
        await e.answer(response)


@fault("accepted after the caller gave up")
async def _(e: Exchange) -> None:
    request = await e.request()
    await e.caller_gone()
    await e.server.simulation.handle(request)


@fault("accepted, half an answer")
async def _(e: Exchange) -> None:
    raw = _raw(await e.accept())
    await e.write(raw[:-7])
    e.reset()


@fault("accepted, header drips")
async def _(e: Exchange) -> None:
    raw = _raw(await e.accept())
    await _drip(e, raw, at=0)


@fault("accepted, body drips")
async def _(e: Exchange) -> None:
    raw = _raw(await e.accept())
    await _drip(e, raw, at=raw.index(b"\r\n\r\n") + 4)


async def _drip(e: Exchange, raw: bytes, at: int) -> None:
    """Byte by byte, but for the last one, for as long as anybody listens."""
    await e.write(raw[:at])
    gone = asyncio.ensure_future(e.caller_gone())
    with suppress(ConnectionError):
        for number in range(at, len(raw) - 1):
            await e.write(raw[number : number + 1])
            await asyncio.sleep(DRIP)
            if gone.done():
                break
    await gone


@fault("endless 100-continue")
async def _(e: Exchange) -> None:
    await e.request()
    gone = asyncio.ensure_future(e.caller_gone())
    with suppress(ConnectionError):
        while not gone.done():
            await e.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await asyncio.sleep(DRIP)
    await gone


@fault("accepted, endless answer")
async def _(e: Exchange) -> None:
    await e.accept()
    await e.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    block = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with suppress(ConnectionError):
        for _ in range(200_000_000 // 0x10000):
            await e.write(block)


@fault("accepted, gzip bomb")
async def _(e: Exchange) -> None:
    await e.accept()
    zipped = {"content-type": "application/json", "content-encoding": "gzip"}
    with suppress(ConnectionError):
        await e.answer(Response(200, _bomb(), zipped))


def _bomb(kept: list[bytes] = []) -> bytes:  # noqa: B006 - made once, it takes a while
    if not kept:
        kept.append(gzip.compress(bytes(50_000_000), 6))
    return kept[0]


@fault("garbage")
async def _(e: Exchange) -> None:
    await e.request()
    await e.write(b"\x16\x03\x01\x00\xff\xfe no server speaks like this \r\n\r\n")


@fault("accepted, HTTP/0.9")
async def _(e: Exchange) -> None:
    response = await e.accept()
    await e.write(response.body)


@fault("accepted, 100,000 headers")
async def _(e: Exchange) -> None:
    await e.accept()
    with suppress(ConnectionError):
        await e.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: y\r\n" % n for n in range(100_000)))


def _canned(
    name: str, status: int, body: bytes, headers: Mapping[str, str], *, accepted: bool = False
) -> None:
    async def steps(e: Exchange) -> None:
        if accepted:
            await e.accept()
        else:
            await e.request()
        await e.answer(Response(status, body, headers))

    FAULTS[name] = steps


_PAGE = {"content-type": "text/html"}
_JSON = {"content-type": "application/json"}
_canned("407 of a proxy", 407, b"<html>Proxy Authentication Required</html>", _PAGE)
_canned("502 of a proxy", 502, b"<html>Bad Gateway</html>", _PAGE)
_canned("413", 413, b"<html>Request Entity Too Large</html>", _PAGE)
_canned("503, seconds", 503, b"", {**_JSON, "retry-after": "30"})
_canned("503, date", 503, b"", {**_JSON, "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"})
_canned("503, nonsense, accepted", 503, b"", {**_JSON, "retry-after": "soon\x7f"}, accepted=True)
_canned("204, accepted", 204, b"", {}, accepted=True)
_canned("200 with an array, accepted", 200, b"[]", _JSON, accepted=True)
_canned("200, an id that is none, accepted", 200, b'{"id":1e999,"data":{"id":1e999}}', _JSON, accepted=True)


def _redirect(status: int) -> None:
    async def steps(e: Exchange) -> None:
        await e.request()
        assert e.server.foreign is not None
        await e.answer(Response(status, b"", {"location": f"{e.server.foreign.url}/steal"}))

    FAULTS[f"{status} to another host"] = steps


for _status in (301, 302, 303, 307, 308):
    _redirect(_status)


@fault("307 from https to http")
async def _(e: Exchange) -> None:
    await e.request()
    assert e.server.foreign is not None
    target = e.server.foreign.url.replace("https:", "http:")
    await e.answer(Response(307, b"", {"location": f"{target}/same/path"}))
