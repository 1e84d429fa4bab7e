"""What a failed connection means, in words for the agent: which of the ways to the platform is closed."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx

from inbox.errors import Unavailable

NO_NETWORK = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


def not_connected(error: httpx.TransportError) -> Unavailable:
    """Return what to say where no connection came about. `code` is "dns" or "offline" where it is this machine that has no
    network."""
    later = "It is retried automatically."
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unavailable(
            "the platform's certificate could not be trusted; nothing was sent",
            code="tls",
            next_step="Check the network (a sign-in page, a proxy) and the clock of this machine. "
            "Where the company signs certificates itself, name its authority in [network] ca_file.",
        )
    if isinstance(error, httpx.ProxyError):
        return Unavailable(
            "the proxy of the config let nothing through; nothing was sent",
            code="proxy",
            next_step="Check [network] proxy in the config.",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unavailable("the platform's address was not found: offline?", code="dns", next_step=later)
    if any(isinstance(cause, OSError) and cause.errno in NO_NETWORK for cause in causes):
        return Unavailable("there is no way to the platform: offline?", code="offline", next_step=later)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return Unavailable("no connection in time", code="connect timeout", next_step=later)
    return Unavailable("the platform could not be reached", code="refused", next_step=later)


def _causes(error: BaseException, depth: int = 10) -> Iterator[BaseException]:
    """An error and what it came from, also where several addresses were tried and failed together."""
    yield error
    behind = error.__cause__ or error.__context__
    steps = [behind] if behind is not None else []
    if isinstance(error, BaseExceptionGroup):
        steps.extend(error.exceptions)
    for step in steps if depth else ():
        yield from _causes(step, depth - 1)


def connection_lost(error: Exception) -> str:
    """Return how a connection ended that had come about, in words."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.RemoteProtocolError):
        return "the connection ended in the middle of the answer"
    return "the connection was lost"
