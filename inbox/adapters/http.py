"""One call to a platform, and a name for everything that can go wrong with it.

What may leave the machine is decided in `http_client`. Here: a deadline for the whole call, answers counted after
unpacking, tokens in the Authorization header only (decisions/0010-one-seam-for-the-network.md).

    before the first byte      refused, DNS, TLS, no free connection            Unavailable
    after it, reading          timeout, reset, 5xx, 3xx, HTML, broken JSON      Unavailable
    after it, writing          the same, and an answer that is too large        Uncertain
    an answer of the platform  401 AuthExpired, 429 RateLimited, other 4xx Refused, unless `explain` knows better
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote as percent

import httpx

from inbox.adapters.http_body import NotJson, TooLarge, Undecodable, parse, read_body
from inbox.adapters.http_client import (
    CONNECT_SECONDS,
    SEND_SECONDS,
    BadAddress,
    Client,
    ForeignHost,
    check_address,
    open_client,
)
from inbox.adapters.network_errors import connection_lost, not_connected
from inbox.domain.records import Record
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.secrets import Secret, TokenSource

__all__ = [
    "CONNECT_SECONDS", "READ_SECONDS", "SEND_SECONDS", "Answer", "BadAddress", "Client", "Credentials", "Explain",
    "NotJson", "Payload", "Write", "call", "check_address", "clamp", "lines", "open_client", "parse", "retry_after",
    "segment", "skew", "words",
]  # fmt: skip

READ_SECONDS = 20.0

LIST_BYTES = 10_000_000
SEND_BYTES = 1_000_000

SHORTEST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
DEFAULT_WAIT = timedelta(minutes=1)

FIRST_BYTE = "http11.send_request_headers.started"
"""The trace event of httpcore right before the request line is written."""

_NOTHING_SENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol),
    httpx.ProxyError,  # the proxy of the config opened no tunnel
)
_JSON_TYPES = re.compile(r"(application|text)/(json|javascript|x-javascript|[\w.-]+\+json)\b", re.ASCII)
"""The Graph API has answered text/javascript for years; X sends problem+json."""

Form = Literal["json", "empty", "html", "other"]


class Answer(Record):
    """What came back. `body` is the parsed JSON, None unless `form` is "json"."""

    status: int
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    body: Any
    form: Form

    @property
    def server_time(self) -> datetime | None:
        """The platform's own clock (`Date`), aware UTC."""
        return _http_date(self.headers.get("date"))


Explain = Callable[[Answer], PlatformError | None]


# -- one call ----------------------------------------------------------------------------------------------


class Credentials(Record):
    """Who asks. `basic`: name and secret of an app that signs in as itself, in place of a token. `prove` makes
    parameters out of the very token that is sent (Facebook's `appsecret_proof`)."""

    token: TokenSource | None = None
    basic: tuple[str, Secret] | None = None
    prove: Callable[[Secret], Mapping[str, str]] | None = None

    def proof(self, secret: Secret | None) -> Mapping[str, str]:
        return self.prove(secret) if self.prove is not None and secret is not None else {}


class Payload(Record):
    """What is sent: `json`, or `form` fields, with `files` (field name to file name, content and media type) beside
    them as multipart."""

    json: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None


class Write(Record):
    """Marks a call that changes something, so that a doubtful outcome is Uncertain. `on_wire` is called exactly
    once, right before the first byte leaves; what it raises goes through, and nothing is sent."""

    on_wire: Callable[[], None] | None = None


NOBODY = Credentials()
NOTHING = Payload()


async def call(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    credentials: Credentials = NOBODY,
    params: Mapping[str, str] | None = None,
    payload: Payload = NOTHING,
    write: Write | None = None,
    explain: Explain | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    seconds: float | None = None,
    largest: int | None = None,
) -> Answer:
    """Ask and return an answer that is 2xx with a JSON object in it; everything else is raised.

    `path` begins with a slash, or is a whole URL of the same origin. `explain` sees every answer that is not 2xx
    first and may name the error. A 2xx whose object holds an error is the caller's to judge. `seconds` bounds the
    whole exchange, `largest` the unpacked answer in bytes.

    Asked once, but for one case: a 401 says that nothing was accepted, so where the source then has another
    token the same request goes out a second time with it.
    """
    exchange = _Exchange(
        client,
        _Call(write),
        largest or (SEND_BYTES if write else LIST_BYTES),
        seconds or (SEND_SECONDS if write else READ_SECONDS),
    )

    async def ask(secret: Secret | None) -> tuple[httpx.Response, bytes]:
        return await exchange.run(
            method,
            path,
            params={**(params or {}), **credentials.proof(secret)} or None,
            json=payload.json,
            data=payload.form,
            files=payload.files,
            headers=_authorization(secret, credentials.basic),
        )

    secret = await credentials.token.token() if credentials.token else None
    response, raw = await ask(secret)
    if response.status_code == 401 and credentials.token is not None and secret is not None:
        other = await _another(credentials.token, secret, exchange.call)
        if other is not None:
            try:
                response, raw = await ask(other)
            except Unavailable as error:
                if not exchange.call.started or not write:
                    raise
                # the 401 was the platform's last word: surely not accepted, so nothing has to be looked up
                raise _renewal_waits(error) from None
    return _judge(exchange.call, response, raw, explain, now)


async def lines(
    client: httpx.AsyncClient,
    path: str,
    *,
    token: TokenSource,
    params: Mapping[str, str] | None = None,
    silence: float,
    longest: int = SEND_BYTES,
    explain: Explain | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[bytes]:
    """Hold a connection open and yield every line of the answer, empty ones (heartbeats) too, until the
    platform ends it. Raises as `call` does for a read, and Unavailable after `silence` seconds without a byte."""
    call_ = _Call(None)
    secret = await token.token()
    request = client.build_request(
        "GET",
        path,
        params=params,
        headers={**_authorization(secret, None), "accept-encoding": "identity"},
        extensions={"timeout": {**_timeouts(client), "read": silence}},
    )
    try:
        async with asyncio.timeout(READ_SECONDS):
            response = await client.send(request, stream=True)
        try:
            if response.status_code != 200:
                _judge(call_, response, await read_body(response, longest), explain, now)
            buffer = b""
            async for chunk in response.aiter_raw():
                *whole, buffer = (buffer + chunk).split(b"\n")
                for line in whole:
                    yield line.strip()
                if len(buffer) > longest:
                    raise call_.doubt("a line was longer than any real one", "too large")
        finally:
            await response.aclose()
    except TimeoutError:
        raise call_.doubt("no answer in time", "timeout") from None
    except _NOTHING_SENT as error:
        raise not_connected(error) from None
    except (TooLarge, Undecodable):
        raise call_.doubt("the answer was not of the form the platform describes", "stream") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise call_.doubt(connection_lost(error), type(error).__name__) from None


async def _another(token: TokenSource, refused: Secret, call_: _Call) -> Secret | None:
    try:
        return await token.renew(refused)
    except PlatformError as error:
        if isinstance(error, AuthExpired) or not call_.write:
            raise
        raise _renewal_waits(error) from None


def _renewal_waits(error: PlatformError) -> AuthExpired:
    """A reply was refused with 401 and could not be repeated: it is blocked, not in doubt."""
    return AuthExpired(
        f"the sign-in could not be renewed just now: {error.message}",
        next_step="It is retried automatically.",
        code="401 not renewed",
    )


class _Exchange(Record):
    """One request and its answer, within `seconds` and up to `most` bytes."""

    client: httpx.AsyncClient
    call: _Call
    most: int
    seconds: float

    async def run(self, method: str, path: str, **parts: Any) -> tuple[httpx.Response, bytes]:
        extensions = {"trace": self.call.trace, "timeout": _timeouts(self.client)}
        request = self.client.build_request(method, path, extensions=extensions, **parts)
        if not getattr(self.client, "tells_first_byte", False):
            # No connection below us calls the trace, so the last safe moment is now.
            self.call.first_byte()
        try:
            async with asyncio.timeout(self.seconds):
                response = await self.client.send(request, stream=True)
                try:
                    return response, await read_body(response, self.most)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise self.call.doubt("no answer in time", "timeout") from None
        except ForeignHost:
            raise Refused(
                "the platform pointed to another host; nothing was sent there",
                code="foreign host",
                next_step="Check api_url of this account.",
            ) from None
        except _NOTHING_SENT as error:
            raise not_connected(error) from None
        except TooLarge:
            raise self.call.doubt("the answer was larger than any real one", "too large") from None
        except Undecodable:
            raise self.call.doubt("the answer could not be unpacked", "encoding") from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise self.call.doubt(connection_lost(error), type(error).__name__) from None


class _Call:
    """The memory of one call: whether its first byte has left."""

    def __init__(self, write: Write | None) -> None:
        self.write = write is not None
        self.started = False
        self._on_wire = write.on_wire if write is not None else None

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        request = info.get("request")
        if (
            event == FIRST_BYTE and getattr(request, "method", b"") != b"CONNECT"
        ):  # that asks the proxy for a tunnel
            self.first_byte()

    def first_byte(self) -> None:
        if self.started:
            return
        if self._on_wire:
            self._on_wire()
        self.started = True

    def doubt(self, what: str, code: str) -> PlatformError:
        """The error for an outcome nobody can know, or for a read that simply did not work."""
        if self.write and self.started:
            return Uncertain(
                f"the reply may or may not have arrived: {what}",
                code=code,
                next_step="It is being looked up on the platform; it is not sent again automatically.",
            )
        return Unavailable(what, code=code, next_step="It is retried automatically.")


def _timeouts(client: httpx.AsyncClient) -> dict[str, float | None]:
    """Per-step limits of httpx; the total deadline stands above them."""
    return client.timeout.as_dict()


def _authorization(token: Secret | None, basic: tuple[str, Secret] | None) -> dict[str, str]:
    if basic is not None:
        pair = f"{percent(basic[0], safe='')}:{percent(basic[1].reveal(), safe='')}"  # RFC 6749, 2.3.1
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {"authorization": f"Bearer {_header_safe(token)}"} if token else {}


def _header_safe(token: Secret) -> str:
    """h11 quotes an illegal header value in its error, which would print the token."""
    if not token.fits_a_header:
        raise AuthExpired("the stored token is not a token", next_step="Sign in again.", code="token form")
    return token.reveal()


def _form(raw: bytes, headers: Mapping[str, str]) -> tuple[Form, Any]:
    if not raw.strip():
        return "empty", None
    kind = headers.get("content-type", "").lower()
    if "html" in kind or raw.lstrip()[:1] == b"<":
        return "html", None
    try:
        return "json", parse(raw)
    except NotJson:
        return "other", None


def _judge(
    call_: _Call,
    response: httpx.Response,
    raw: bytes,
    explain: Explain | None,
    now: Callable[[], datetime],
) -> Answer:
    status, headers = response.status_code, response.headers
    form, body = _form(raw, headers)
    answer = Answer(status, headers, body, form)
    if 200 <= status < 300:
        return _accepted(call_, answer)
    known = explain(answer) if explain else None
    if known is not None:
        raise known
    if 300 <= status < 400:
        raise call_.doubt("the platform sent us elsewhere, which is not followed", f"{status}")
    if status >= 500:
        raise call_.doubt("the platform has trouble of its own", f"{status}")
    if form != "json" and not (form == "empty" and (status == 429 or not call_.write)):
        raise call_.doubt("this was not the platform's answer (a sign-in page or proxy?)", f"{status} {form}")
    raise _default(status, retry_after(answer, now()))


def _accepted(call_: _Call, answer: Answer) -> Answer:
    code = f"{answer.status} {answer.form}"
    if answer.form in ("html", "other"):
        what = (
            "this was not the platform's answer (a sign-in page or proxy?)"
            if answer.form == "html"
            else "the answer was cut or garbled"
        )
        raise call_.doubt(what, code)
    if not isinstance(answer.body, dict):
        raise call_.doubt("the answer was not of the form the platform describes", code)
    if call_.write and not _JSON_TYPES.match(answer.headers.get("content-type", "").lower()):
        raise call_.doubt("the answer did not call itself JSON", f"{answer.status} content type")
    return answer


def _default(status: int, again: datetime) -> PlatformError:
    code = f"{status}"
    if status == 401:
        return AuthExpired("the sign-in is no longer valid", next_step="Sign in again.", code=code)
    if status == 429:
        return RateLimited(
            "the platform wants fewer requests",
            retry_at=again,
            code=code,
            next_step="It waits, then retries automatically.",
        )
    return Refused("the platform refused the request", code=code, next_step="Open it in the browser.")


# -- small things both platforms need ----------------------------------------------------------------------


def segment(text: str) -> str:
    """`text` as one step of a path: nothing in it can climb or split."""
    return percent(text, safe="").replace(".", "%2E") if set(text) <= {"."} else percent(text, safe="")


def retry_after(answer: Answer, now: datetime) -> datetime:
    """When to ask again by `Retry-After` (seconds or a date), between 5 s and 1 h; one minute if it says nothing."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return clamp(now + timedelta(seconds=int(value)), now)
    moment = _http_date(value)
    if moment is None:
        return now + DEFAULT_WAIT
    return clamp(moment - skew(answer, now), now)


def clamp(moment: datetime, now: datetime, longest: timedelta = LONGEST_WAIT) -> datetime:
    """`moment`, but neither so near that we run hot nor so far that a garbled header silences us."""
    return min(max(moment, now + SHORTEST_WAIT), now + longest)


def skew(answer: Answer, now: datetime) -> timedelta:
    """How far the platform's clock is ahead of ours, by the `Date` of its answer; zero if it gave none."""
    theirs = answer.server_time
    return theirs - now if theirs else timedelta(0)


def _http_date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


_SECRETS = re.compile(
    r"EAA[A-Za-z0-9_-]{8,}"
    r"|(?i:bearer)\s+[^\s\"']+"
    r"|(?i:access_token|refresh_token|client_secret|appsecret_proof)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,}]+",
    re.ASCII,
)


def words(text: object, token: TokenSource | None = None, longest: int = 300) -> str:
    """What a platform said, fit for an error message: one line, no control characters, no token, not endless."""
    if not isinstance(text, str):
        return ""
    for value in (secret.reveal() for secret in (token.hidden() if token is not None else ())):
        for form in {value, percent(value, safe="")} if value else ():
            text = text.replace(form, "***")
    head = _SECRETS.sub("***", text)[: 4 * longest]
    line = " ".join("".join(c if c.isprintable() else " " for c in head).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
