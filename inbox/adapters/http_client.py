"""A client bound to one platform: what may leave this machine, and to whom.

Every client comes from `open_client`, so these hold for all platforms (decisions/0010-one-seam-for-the-network.md): no proxy or
credentials from the environment (the config may name a proxy: `network`), no redirect followed, no host but the account's own, https except on loopback.

Over which connection a request goes is decided in `http_connections`.
"""

from __future__ import annotations

import functools
import importlib.util
import ipaddress
import logging
import ssl
import sys
from pathlib import Path

import httpx

from inbox.adapters import network
from inbox.adapters.http_connections import Connections
from inbox.errors import Refused

# At INFO both print whole URLs (encode/httpx#2760).
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

# httpcore asks for it several times in a request, to learn whether trio runs; where it is missing, Python searches all
# its folders each time: a tenth of the time of a quick request.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # so Python is told that there is none

CONNECT_SECONDS = 5.0
SEND_SECONDS = 60.0
"""RFC 1047: the sender waits long, because giving up early is what makes duplicates."""


class BadAddress(ValueError):
    """An `api_url` nothing may be sent to; the text says why and what to write."""


class Client(httpx.AsyncClient):
    """A client that reaches one origin and knows whether its transport tells the moment of the first byte."""

    def __init__(self, origin: httpx.URL, transport: httpx.AsyncBaseTransport) -> None:
        self.tells_first_byte = isinstance(transport, Connections)
        super().__init__(
            base_url=origin,
            transport=_OneHost(origin, transport),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(SEND_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            # gzip only: what we unpack ourselves, step by step, can be stopped at the limit.
            headers={
                "accept-encoding": "gzip",
                "accept": "application/json",
                "user-agent": "social-inbox",
            },
        )


def open_client(api_url: str, transport: httpx.AsyncBaseTransport | None = None) -> Client:
    """A client for the account whose platform lives at `api_url`; close it with `aclose`.

    `transport` replaces the network (demo, tests). Raises BadAddress for anything but https, http on loopback
    excepted, and for addresses with user, query or fragment.
    """
    origin = check_address(api_url)
    return Client(origin, transport or _network())


def check_address(api_url: str) -> httpx.URL:
    """The address as a URL, or BadAddress."""
    try:
        url = httpx.URL(api_url)
    except (httpx.InvalidURL, TypeError):
        raise BadAddress("this is no address; write it like https://api.example.com") from None
    if not url.host or url.scheme not in ("http", "https"):
        raise BadAddress("the address must begin with https:// and name a host")
    if url.scheme == "http" and not _loopback(url.host):
        raise BadAddress("http would send the token in the clear; write https://")
    if url.userinfo or url.query or url.fragment:
        raise BadAddress("the address must not hold a user name, a query or a fragment")
    return url


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _network() -> Connections:
    """Raises Refused where the CA file of the config cannot be used."""
    way = network.chosen()
    tls = trusting(way.ca_file)

    def open_transport(limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
        proxy = None
        if way.proxy:
            proxy = httpx.Proxy(way.proxy, ssl_context=tls if way.proxy.startswith("https:") else None)
        return httpx.AsyncHTTPTransport(
            verify=tls, proxy=proxy, trust_env=False, http2=False, retries=0, limits=limits
        )

    return Connections(open_transport)


@functools.cache
def trusting(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a TLS context that trusts the usual authorities and those of `ca_file`. Building one costs tens of
    milliseconds, so all accounts share it. Raises Refused where the file cannot be used."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(Path(ca_file).expanduser())
        except (OSError, ssl.SSLError) as error:
            why = (
                error.strerror
                if isinstance(error, OSError) and error.strerror
                else "no PEM certificate in it"
            )
            raise Refused(
                f"the CA file {ca_file} cannot be used: {why}",
                next_step="Correct [network] ca_file in the config.",
                code="ca file",
            ) from None
    # ssl reads SSLKEYLOGFILE by itself; whoever can set it would read the tokens.
    context.keylog_filename = None  # type: ignore[assignment]  # the stub forgets that None switches it off
    return context


class ForeignHost(httpx.TransportError):
    """A request that was not meant for this client's host; nothing was sent."""


class _OneHost(httpx.AsyncBaseTransport):
    """Refuses every request that is not for the account's own scheme, host and port."""

    def __init__(self, origin: httpx.URL, inner: httpx.AsyncBaseTransport) -> None:
        self._origin = _origin(origin)
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand on a request to the account's own host; refuse every other one."""
        if _origin(request.url) != self._origin:
            raise ForeignHost("another host")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the transport behind it."""
        await self._inner.aclose()


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
