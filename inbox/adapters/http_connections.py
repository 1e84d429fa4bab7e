"""Connections to one platform: reads share kept ones, everything that changes something opens its own.

A server may send a second response behind the first one. On a kept connection it would be taken for the answer to
the next request, so before each reuse a connection must prove to be silent: no byte may wait anywhere between the
kernel and the HTTP parser. Three places read ahead (h11's buffer, the TLS layer, asyncio), none of which can be
asked through httpx; they are looked at where httpcore and anyio keep them. Where one of them does not look as
expected, the connection counts as not silent and is closed: another version of a library costs time, never truth.

What arrives after a request was written cannot be told from its answer. That is why a reply never goes over a
connection that was used before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from inbox.domain.records import Record

KEPT_SECONDS = 15.0
"""A round of reads is over by then. Longer would save two round trips every 45 seconds, and meet connections that a
router forgot or that a sleep of the computer ended."""
MOST_CONNECTIONS = 8
MOST_KEPT = 4

_READS = frozenset({"GET", "HEAD"})
_CONNECTING = "connection.connect_tcp.started"
"""The trace event of httpcore where no kept connection is used."""
_BROKEN = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)

OpenTransport = Callable[[httpx.Limits], httpx.AsyncHTTPTransport]

NONE_KEPT = httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=0)
SOME_KEPT = httpx.Limits(
    max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_KEPT, keepalive_expiry=KEPT_SECONDS
)


class _Pools(Record):
    kept: httpx.AsyncHTTPTransport
    fresh: httpx.AsyncHTTPTransport


class Connections(httpx.AsyncBaseTransport):
    """Sends each request over a kept or a new connection; `open_transport` makes the pools behind it.

    A read that a kept connection breaks off before its answer began is asked once more, over a new one: platforms
    end idle connections at any moment, also at that of the next request (RFC 9110, 9.2.2 and 9.3.1).
    """

    def __init__(self, open_transport: OpenTransport) -> None:
        self._open = open_transport
        self._pools = self._open_pools()
        self._loop: asyncio.AbstractEventLoop | None = None

    def _open_pools(self) -> _Pools:
        return _Pools(self._open(SOME_KEPT), self._open(NONE_KEPT))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a read over a kept connection that is silent, everything else over a new one."""
        pools = self._of_this_loop()
        if request.method not in _READS:
            return await self._over_new(pools, request)
        await _close_unless_silent(pools.kept)
        connecting = _Connecting(request)
        try:
            return await pools.kept.handle_async_request(request)
        except _BROKEN:
            if connecting.seen:
                raise
            return await self._over_new(pools, request)

    async def _over_new(self, pools: _Pools, request: httpx.Request) -> httpx.Response:
        request.headers["connection"] = "close"
        return await pools.fresh.handle_async_request(request)

    def _of_this_loop(self) -> _Pools:
        """A kept connection belongs to the event loop that opened it; with another one it is of no use."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None:
                self._pools = self._open_pools()
            self._loop = loop
        return self._pools

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._pools.kept.aclose()
        await self._pools.fresh.aclose()


class _Connecting:
    """Listens in on a request's trace: `seen` once a connection is opened for it."""

    def __init__(self, request: httpx.Request) -> None:
        self.seen = False
        self._next = request.extensions.get("trace")
        request.extensions["trace"] = self._trace

    async def _trace(self, event: str, info: dict[str, Any]) -> None:
        self.seen = self.seen or event == _CONNECTING
        if self._next is not None:
            await self._next(event, info)


async def _close_unless_silent(transport: httpx.AsyncHTTPTransport) -> None:
    for connection in getattr(getattr(transport, "_pool", None), "connections", ()):
        if connection.is_idle() and not is_silent(connection):
            await connection.aclose()


def is_silent(connection: Any) -> bool:
    """Whether surely nothing waits unread on an idle connection of httpcore, in any layer, and its end neither."""
    try:
        while (inner := getattr(connection, "_connection", None)) is not None:
            connection = inner  # around it: the choice of the protocol, a tunnel through a proxy
        if connection._h11_state.trailing_data != (b"", False):
            return False
        network = connection._network_stream
        if network.get_extra_info("is_readable"):
            return False
        stream = network._stream
        while hasattr(stream, "transport_stream"):
            if stream._ssl_object.pending() or stream._read_bio.pending:
                return False
            stream = stream.transport_stream
        protocol = stream._protocol
        return not (protocol.read_queue or protocol.is_at_eof or protocol.exception)
    except (AttributeError, TypeError):
        return False
