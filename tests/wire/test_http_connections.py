"""Kept connections: quicker reads, and never an answer that was meant for another request."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

import httpx
import pytest
from faults import certificates

from inbox.adapters import http
from inbox.adapters.http_connections import is_silent
from inbox.errors import Unavailable, Uncertain

Serve = Callable[["Served"], Awaitable[None]]


class Served:
    """One connection as the server has it; `number` counts from 1."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next((int(x[15:]) for x in head.lower().split(b"\r\n") if x[:15] == b"content-length:"), 0)
        await self.reader.readexactly(length)
        return head

    async def answer(self, name: str, behind: bytes = b"") -> None:
        self.writer.write(_response(name))
        if behind:
            self.writer.write(behind)
        await self.writer.drain()


class Server:
    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.connections: list[Served] = []
        self.url = ""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served = Served(len(self.connections) + 1, reader, writer)
        self.connections.append(served)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.serve(served)
        writer.close()


@pytest.fixture(params=["https", "http"])
def scheme(request: pytest.FixtureRequest) -> str:
    """TLS keeps bytes back in places of its own, so both ways are tried."""
    return str(request.param)


@asynccontextmanager
async def platform(serve: Serve, scheme: str) -> AsyncIterator[tuple[Server, http.Client]]:
    server = Server(serve)
    secure: dict[str, Any] = {}
    if scheme == "https":
        secure = {"ssl": certificates.serves("good"), "ssl_shutdown_timeout": 0.05}
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, **secure)
    server.url = f"{scheme}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    with certificates.trusted() if scheme == "https" else nullcontext():
        client = http.open_client(server.url)
        try:
            yield server, client
        finally:
            await client.aclose()
            listening.close()
            for served in server.connections:
                served.writer.transport.abort()


_HEAD = b"HTTP/1.1 200 -\r\ncontent-type: application/json\r\ncontent-length: %05d\r\n\r\n"


def _response(name: str, size: int = 0) -> bytes:
    """`size`: filled up with spaces to so many bytes in all."""
    body = json.dumps({"data": {"id": name}}).encode().ljust(size - len(_HEAD % 0))
    return _HEAD % len(body) + body


async def read(client: httpx.AsyncClient) -> str:
    return str((await http.call(client, "GET", "/list")).body["data"]["id"])


async def write(client: httpx.AsyncClient, method: str = "POST") -> str:
    payload = http.Payload(json={"text": "x"})
    answer = await http.call(client, method, "/send", payload=payload, write=http.Write())
    return str(answer.body["data"]["id"])


async def plainly(served: Served) -> None:
    while await served.request():
        await served.answer(f"connection {served.number}")


async def test_reads_share_a_connection(scheme: str) -> None:
    """A new one costs two round trips and a handshake for each page of a long list."""
    async with platform(plainly, scheme) as (server, client):
        assert [await read(client) for _ in range(4)] == ["connection 1"] * 4
        assert len(server.connections) == 1


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
async def test_what_changes_something_never_goes_over_a_used_connection(scheme: str, method: str) -> None:
    """Bytes that arrive after the request was written cannot be told from its answer: a reply that never arrived
    would be called sent."""
    heads: list[bytes] = []

    async def serve(served: Served) -> None:
        while head := await served.request():
            heads.append(head)
            await served.answer(f"connection {served.number}")

    async with platform(serve, scheme) as (_, client):
        names = [await read(client), await write(client, method), await write(client, method)]
        names.append(await read(client))
    assert names == ["connection 1", "connection 2", "connection 3", "connection 1"]
    assert [b"connection: close" in head.lower() for head in heads] == [False, True, True, False]


@pytest.mark.parametrize(
    "surplus",
    [_response("surplus"), b"HTTP/1.1 200 -\r\ncontent-", b"H", b"\r\n"],
    ids=["a whole response", "half a head", "one letter", "an empty line"],
)
@pytest.mark.parametrize("when", ["in the same piece", "right behind", "just before the next request"])
async def test_surplus_behind_a_response_ends_its_connection(scheme: str, when: str, surplus: bytes) -> None:
    """Taken for the answer to the next request it would show another conversation's messages in this one."""
    go_on, gone_out = asyncio.Event(), asyncio.Event()

    async def serve(served: Served) -> None:
        while await served.request():
            own = f"connection {served.number}"
            if when == "in the same piece":
                served.writer.write(_response(own) + surplus)
            elif when == "right behind":
                served.writer.write(_response(own))
                served.writer.write(surplus)
            else:
                served.writer.write(_response(own))
                await served.writer.drain()
                await go_on.wait()
                served.writer.write(surplus)  # loopback: it is in the other side's socket at once
                gone_out.set()
            await served.writer.drain()

    async with platform(serve, scheme) as (server, client):
        first = await read(client)
        if when == "just before the next request":
            go_on.set()
            await gone_out.wait()
        second = await read(client)
        assert (first, second) == ("connection 1", "connection 2")
        assert len(server.connections) == 2


async def test_surplus_behind_a_response_that_fills_one_read_ends_its_connection() -> None:
    """The parser takes 64 kB at a time, the event loop reads 256 kB: the surplus waits between the two."""
    full = _response("connection 1", 65_536)
    assert len(full) == 65_536

    async def serve(served: Served) -> None:
        await served.request()
        served.writer.write(full + _response("surplus") if served.number == 1 else _response("connection 2"))
        await served.writer.drain()
        await served.reader.read()

    async with platform(serve, "http") as (_, client):
        assert [await read(client), await read(client)] == ["connection 1", "connection 2"]


async def test_a_response_that_nobody_asked_for_answers_nothing(scheme: str) -> None:
    """Sent before the first request (a server that greets): it must not become the answer to it, a write's least
    of all."""

    async def serve(served: Served) -> None:
        if served.number > 1:
            await plainly(served)
        await served.request()
        await served.answer("connection 1", _response("for nobody"))
        await served.reader.read()

    async with platform(serve, scheme) as (_, client):
        assert [await read(client), await write(client), await read(client)] == [
            "connection 1",
            "connection 2",
            "connection 3",
        ]


async def test_a_response_between_the_headers_of_another_is_no_answer(scheme: str) -> None:
    """Two processes of a proxy that write into one connection: neither of the two is believed."""
    torn = b"HTTP/1.1 200 -\r\ncontent-type: application/json\r\n" + _response("surplus") + _response("own")

    async def serve(served: Served) -> None:
        await served.request()
        served.writer.write(torn)
        await served.writer.drain()
        await served.reader.read()

    async with platform(serve, scheme) as (_, client):
        with pytest.raises(Unavailable):
            await read(client)
        with pytest.raises(Uncertain):
            await write(client)


@pytest.mark.parametrize("ending", ["close", "half", "reset"])
async def test_a_connection_that_the_platform_ended_is_not_used_again(scheme: str, ending: str) -> None:
    """Platforms end idle connections without a word; the next reading must not fail for it."""
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def serve(served: Served) -> None:
        await served.request()
        await served.answer(f"connection {served.number}")
        await go_on.wait()
        if ending == "reset":
            served.writer.transport.abort()
        elif ending == "half":
            raw: Any = served.writer.get_extra_info("socket")
            raw.shutdown(socket.SHUT_WR)
        else:
            served.writer.close()
            with suppress(ConnectionError, TimeoutError):
                await served.writer.wait_closed()
        ended.set()
        await asyncio.sleep(3600)

    async with platform(serve, scheme) as (server, client):
        first = await read(client)
        go_on.set()
        await ended.wait()
        second = await read(client)
        assert (first, second) == ("connection 1", "connection 2")
        assert len(server.connections) == 2


async def test_a_read_whose_kept_connection_ends_under_it_is_asked_once_more(scheme: str) -> None:
    """The platform may end an idle connection in the moment of the next request. A read may be repeated; where the
    new connection breaks off as well, that is an answer."""
    asked: list[int] = []
    broken = {1}

    async def serve(served: Served) -> None:
        while await served.request():
            asked.append(served.number)
            if len(asked) > 1 and served.number in broken:
                served.writer.transport.abort()
                return
            await served.answer(f"connection {served.number}")

    async with platform(serve, scheme) as (_, client):
        assert [await read(client), await read(client)] == ["connection 1", "connection 2"]
        assert await read(client) == "connection 3"
        broken |= {3, 4}
        with pytest.raises(Unavailable):
            await read(client)
        assert asked == [1, 1, 2, 3, 3, 4]


async def test_without_keep_alive_every_read_has_a_connection_of_its_own(scheme: str) -> None:
    """HTTP/1.0 and `connection: close` are taken at their word."""

    async def serve(served: Served) -> None:
        await served.request()
        body = _response(f"connection {served.number}").replace(b"200 -", b"200 -\r\nconnection: close")
        served.writer.write(body)
        await served.writer.drain()
        await served.reader.read()

    async with platform(serve, scheme) as (_, client):
        assert [await read(client) for _ in range(2)] == ["connection 1", "connection 2"]


def test_a_client_outlives_its_event_loop() -> None:
    """A kept connection belongs to the loop that opened it; the next run of a command has another one."""

    async def once(client: http.Client, server: Server) -> str:
        listening = await asyncio.start_server(server.connected, "127.0.0.1", port)
        try:
            return await read(client)
        finally:
            listening.close()
            for served in server.connections:
                served.writer.transport.abort()

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(plainly)
    client = http.open_client(f"http://127.0.0.1:{port}")
    assert [asyncio.run(once(client, server)) for _ in range(2)] == ["connection 1", "connection 2"]


def test_a_connection_that_cannot_be_looked_into_is_not_silent() -> None:
    """Another version of the libraries may keep its bytes elsewhere: that costs a handshake, never an answer."""
    assert not is_silent(object())


async def test_no_request_searches_the_disk_for_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """httpcore asks for a module that need not be installed, several times in a request: a tenth of its time."""
    searched: list[str] = []

    class Finder:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            searched.append(name)

    async with platform(plainly, "http") as (_, client):
        await read(client)  # whatever is imported at the first one
        monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
        await read(client)
        await write(client)
    assert searched == []
