"""The seam to the network: what may leave, and what every broken answer is called (FAULTS.md)."""

from __future__ import annotations

import asyncio
import errno
import gzip
import json
import logging
import socket
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from faults import certificates

from inbox.adapters import http
from inbox.adapters.simkit import Faults, Request, Response, answer, loopback, perform, transport
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.secrets import Secret

TOKEN = Secret("canary-4711-token")
NOW = datetime(2030, 1, 2, 9, 30, tzinfo=UTC)


class Echo:
    """A platform that takes everything in and gives each call an id."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.accepted: list[Request] = []
        self.seen: list[Request] = []

    async def handle(self, request: Request) -> Response:
        self.seen.append(request)

        def work() -> Response:
            self.accepted.append(request)
            return answer(200, {"data": {"id": str(len(self.accepted))}})

        return await perform(self.faults, self.faults.take(request.path), work, lambda _: None)


@asynccontextmanager
async def raw_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server that writes whatever bytes the test wants."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def client_to(url: str, over: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[http.Client]:
    client = http.open_client(url, over)
    try:
        yield client
    finally:
        await client.aclose()


async def post(client: httpx.AsyncClient, marks: list[str], path: str = "/send") -> http.Answer:
    return await http.call(
        client,
        "POST",
        path,
        credentials=http.Credentials(TOKEN),
        payload=http.Payload(json={"text": "x"}),
        write=http.Write(lambda: marks.append("wire")),
    )


async def outcome(work: Awaitable[object]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await work
    return caught.value


# -- where anything may go ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.facebook.com",
        "http://192.168.0.7:8080",
        "http://localhost.evil.example",
        "ftp://api.x.com",
        "api.x.com",
        "https://user:pass@api.x.com",
        "https://api.x.com?token=1",
        "https://",
        "",
    ],
)
def test_f36_an_address_that_would_expose_the_token_is_refused_at_start(url: str) -> None:
    """The token must never be sent in the clear, nor may a secret stand in the config as part of an address."""
    with pytest.raises(http.BadAddress):
        http.open_client(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8", "http://localhost:80"]
)
def test_plain_http_is_taken_on_loopback(url: str) -> None:
    """Tests and local proxies live there."""
    assert http.check_address(url).scheme == "http"


async def test_f33_a_paging_address_of_another_host_gets_no_request() -> None:
    """A hostile `next` link must not carry the token away."""
    thief = Echo()
    async with loopback(thief) as stolen, loopback(Echo()) as url, client_to(url) as client:
        error = await outcome(
            http.call(client, "GET", f"{stolen}/steal", credentials=http.Credentials(TOKEN))
        )
    assert isinstance(error, Refused)
    assert thief.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_f31_f32_a_redirect_is_not_followed(status: int) -> None:
    """httpx would re-send the body, and own headers, to wherever the answer points."""
    thief = Echo()
    async with loopback(thief) as stolen:

        async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status} -\r\nlocation: {stolen}/x\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()

        async with raw_server(elsewhere) as url, client_to(url) as client:
            assert isinstance(await outcome(post(client, [])), Uncertain)
            assert isinstance(await outcome(http.call(client, "GET", "/list")), Unavailable)
    assert thief.seen == []


async def test_f34_proxies_and_credentials_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy somebody left in the environment would see every token."""
    thief, platform = Echo(), Echo()
    async with loopback(thief) as stolen, loopback(platform) as url:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, stolen)
        async with client_to(url) as client:
            await http.call(client, "GET", "/list", credentials=http.Credentials(TOKEN))
    assert thief.seen == []
    assert platform.seen[0].bearer == TOKEN.reveal()


# -- before the first byte ---------------------------------------------------------------------------------


async def test_f01_a_refused_connection_has_surely_sent_nothing() -> None:
    """Only what is certain not to have left may be tried again by itself."""
    marks: list[str] = []
    async with raw_server(lambda r, w: asyncio.sleep(0)) as url:
        pass
    async with client_to(url) as client:
        error = await outcome(post(client, marks))
    assert isinstance(error, Unavailable)
    assert (error.code, marks) == ("refused", [])


async def test_f02_an_unknown_host_is_told_as_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop without network must not mark replies as failed."""

    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", unknown)
    marks: list[str] = []
    async with client_to("https://nowhere.invalid") as client:
        error = await outcome(post(client, marks))
    assert isinstance(error, Unavailable)
    assert (error.code, marks) == ("dns", [])


@pytest.mark.parametrize("together", [False, True], ids=["one address", "several"])
async def test_f02_a_machine_without_network_is_told_apart_from_a_platform_that_is_down(
    together: bool,
) -> None:
    """Offline a reply waits for a day; a platform that refuses is given up sooner."""
    unreachable = OSError(errno.ENETUNREACH, "Network is unreachable")

    def fail(request: httpx.Request) -> httpx.Response:
        cause = ExceptionGroup("all attempts failed", [unreachable, unreachable]) if together else unreachable
        raise httpx.ConnectError("no") from cause

    async with client_to("https://api.example", httpx.MockTransport(fail)) as client:
        assert (await outcome(http.call(client, "GET", "/x"))).code == "offline"


async def test_f03_a_port_without_tls_gets_neither_token_nor_plain_http() -> None:
    """There is no falling back to http, whatever answers there."""
    got = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend(await reader.read(10_000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    marks: list[str] = []
    async with raw_server(listen) as url, client_to(url.replace("http:", "https:")) as client:
        error = await outcome(post(client, marks))
    assert isinstance(error, Unavailable)
    assert (error.code, marks) == ("tls", [])
    assert TOKEN.reveal().encode() not in got
    assert b"POST" not in got


@pytest.mark.parametrize("kind", ["by itself", "expired", "other host"])
async def test_f03_a_certificate_that_proves_nothing_gets_no_token(kind: str) -> None:
    """Whoever sits in between would read and answer in our name."""
    got = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend(await reader.read(10_000))

    marks: list[str] = []
    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=certificates.serves(kind))
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        with certificates.trusted():
            async with client_to(url) as client:
                error = await outcome(post(client, marks))
    assert isinstance(error, Unavailable)
    assert (error.code, marks, bytes(got)) == ("tls", [], b"")


# -- after it ----------------------------------------------------------------------------------------------

DOUBTFUL = [
    "accept_then_drop", "drop_before_accept", "500_accepted", "500_not_accepted", "502_accepted", "503_accepted",
    "504_not_accepted", "html", "html_accepted", "redirect_accepted", "cut_json", "empty", "wrong_type", "garbage",
    "too_large", "gzip_bomb", "not_gzip",
]  # fmt: skip


@pytest.mark.parametrize("fault", DOUBTFUL)
async def test_f04_f08_f12_f13_f15_f16_f17_f19_a_write_whose_outcome_nobody_knows_is_uncertain(
    fault: str,
) -> None:
    """Calling it failed invites a second send, calling it sent loses it: both happened in trusted tools."""
    platform, marks = Echo(), []
    async with loopback(platform) as url, client_to(url) as client:
        platform.faults.inject(fault)
        error = await outcome(post(client, marks))
        assert isinstance(error, Uncertain), error
        assert error.next_step
        await post(client, marks)
    taken = (
        0 if fault in ("drop_before_accept", "500_not_accepted", "504_not_accepted", "html", "garbage") else 1
    )
    assert len(platform.accepted) == taken + 1, "nothing was sent a second time"
    assert marks == ["wire", "wire"]


@pytest.mark.parametrize("fault", [f for f in DOUBTFUL if f not in ("wrong_type", "too_large")])
async def test_a_read_that_fails_is_simply_unavailable(fault: str) -> None:
    """Reading changes nothing, so it may be tried again."""
    platform = Echo()
    async with loopback(platform) as url, client_to(url) as client:
        platform.faults.inject(fault)
        assert isinstance(await outcome(http.call(client, "GET", "/list")), Unavailable)
        assert (await http.call(client, "GET", "/list")).status == 200


@pytest.mark.parametrize("fault", ["late_accept", "slow", "drip"])
async def test_f06_f07_f24_a_deadline_holds_for_the_whole_call(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """httpx counts each read by itself: a dripping server held a call for as long as it liked."""
    monkeypatch.setattr(http, "SEND_SECONDS", 0.15)
    platform = Echo()
    async with loopback(platform) as url, client_to(url) as client:
        platform.faults.inject(fault, seconds=0.3 if fault != "drip" else 0.05)
        error = await outcome(post(client, []))
        assert isinstance(error, Uncertain)
        assert error.code == "timeout"
        await platform.faults.settle()
    assert len(platform.accepted) == 1


async def test_f25_endless_interim_answers_end_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """100-continue resets every per-read timer there is."""
    monkeypatch.setattr(http, "SEND_SECONDS", 0.15)

    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw_server(chatter) as url, client_to(url) as client:
        assert isinstance(await outcome(post(client, [])), Uncertain)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02 nonsense\r\n\r\n",
        b"<html>HTTP 0.9 answers like this</html>",
        b"HTTP/1.1 200 -\r\n" + b"".join(b"x-%d: y\r\n" % n for n in range(100_000)) + b"\r\n",
        b"HTTP/1.1 200 -\r\ncontent-length: 999\r\n\r\n{",
        b"",
    ],
    ids=["garbage", "http 0.9", "100000 headers", "cut", "nothing"],
)
async def test_f05_f27_an_answer_that_is_no_http_is_uncertain(raw: bytes) -> None:
    """The request had left; that the answer is broken says nothing about it."""

    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    async with raw_server(broken) as url, client_to(url) as client:
        assert isinstance(await outcome(post(client, [])), Uncertain)


async def test_f09_a_reset_while_we_still_write_is_uncertain() -> None:
    """What the platform read before it hung up is its secret."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(10)
        writer.transport.abort()

    async with raw_server(hang_up) as url, client_to(url) as client:
        long = {"text": "x" * 20_000_000}
        assert isinstance(
            await outcome(
                http.call(client, "POST", "/send", payload=http.Payload(json=long), write=http.Write())
            ),
            Uncertain,
        )


async def test_f28_a_connection_that_dies_after_the_request_is_not_retried() -> None:
    """Some clients re-send silently on a stale connection; here every write has a connection of its own."""
    requests: list[bytes] = []
    connections = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        if requests[-1].startswith(b"POST"):
            writer.transport.abort()
            return
        writer.write(b"HTTP/1.1 200 -\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        await reader.read()

    async with raw_server(once) as url, client_to(url) as client:
        await http.call(client, "GET", "/list")
        assert isinstance(await outcome(post(client, [])), Uncertain)
    assert [r.split()[0] for r in requests] == [b"GET", b"POST"]
    assert connections == 2


async def test_f26_a_gzip_bomb_never_unfolds() -> None:
    """300 kB of gzip grew memory by 586 MB when whole chunks were unpacked."""
    bomb = gzip.compress(bytes(200_000_000), 9)

    async def explode(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 -\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        await writer.drain()

    async with raw_server(explode) as url, client_to(url) as client:
        tracemalloc.start()
        error = await outcome(http.call(client, "GET", "/list"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert isinstance(error, Unavailable)
    assert peak < 35_000_000


async def test_a_packed_answer_is_read() -> None:
    """The limit is for bombs; ordinary answers are packed too."""
    packed = gzip.compress(json.dumps({"data": ["ä" * 5000]}).encode())

    def platform(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "gzip"
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(packed))

    async with client_to("https://api.example", httpx.MockTransport(platform)) as client:
        assert (await http.call(client, "GET", "/list")).body == {"data": ["ä" * 5000]}


# -- answers of the platform -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "family"),
    [(400, Refused), (401, AuthExpired), (403, Refused), (413, Refused), (429, RateLimited)],
)
async def test_a_refusal_in_the_platforms_own_json_is_final(status: int, family: type[PlatformError]) -> None:
    """The platform said itself that it did not accept; nothing is doubtful then."""
    over = httpx.MockTransport(lambda _: httpx.Response(status, json={"detail": "no"}))
    async with client_to("https://api.example", over) as client:
        assert type(await outcome(post(client, []))) is family


@pytest.mark.parametrize("status", [400, 403, 404, 407, 429])
async def test_f29_a_refusal_that_is_a_web_page_is_not_the_platforms(status: int) -> None:
    """A proxy or sign-in page in between knows nothing about the reply."""
    over = httpx.MockTransport(lambda _: httpx.Response(status, html="<h1>Proxy</h1>"))
    async with client_to("https://api.example", over) as client:
        assert isinstance(await outcome(post(client, [])), Uncertain)
        assert isinstance(await outcome(http.call(client, "GET", "/x")), Unavailable)


async def test_a_platform_may_explain_its_own_errors_even_with_500() -> None:
    """Meta sends final refusals with status 500."""
    over = httpx.MockTransport(lambda _: httpx.Response(500, json={"error": {"code": 551}}))
    async with client_to("https://api.example", over) as client:
        known = http.call(
            client, "POST", "/x", write=http.Write(), explain=lambda a: Refused(str(a.body["error"]["code"]))
        )
        assert str(await outcome(known)) == "551"


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 120),
        ("1", 5),
        ("999999", 3600),
        ("Wed, 02 Jan 2030 10:00:00 GMT", 1800),
        ("soon", 60),
        ("-5", 60),
        ("", 60),
        ("9" * 400, 60),
    ],
)
def test_f14_retry_after_is_honoured_within_reason(value: str, wait: int) -> None:
    """Neither hot nor silent for a year, whatever the header says."""
    given = http.Answer(429, {"retry-after": value}, None, "empty")
    assert http.retry_after(given, NOW) == NOW + timedelta(seconds=wait)


def test_a_clock_that_is_wrong_does_not_shift_the_wait() -> None:
    """Ours may be ten minutes behind; the platform's `Date` tells."""
    headers = {"retry-after": "Wed, 02 Jan 2030 10:00:00 GMT", "date": "Wed, 02 Jan 2030 09:40:00 GMT"}
    assert http.retry_after(http.Answer(429, headers, None, "empty"), NOW) == NOW + timedelta(minutes=20)


# -- poison ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"n":' + b"9" * 20_000 + b"}",
        '{"a":"ü"}'.encode("latin-1"),
        '{"a":1}'.encode("utf-16"),
        b'{"a":1}{"a":1}',
        b'{"a":',
        b"nul",
        b"\xff\xfe\x00",
    ],
    ids=["deep list", "deep object", "digits", "latin-1", "utf-16", "two documents", "cut", "word", "bytes"],
)
def test_f58_poison_is_refused_in_one_way(raw: bytes) -> None:
    """Python raises RecursionError, ValueError or nothing at all, by kind and version."""
    with pytest.raises(http.NotJson):
        http.parse(raw)


def test_f58_odd_but_readable_json_is_read() -> None:
    """A byte order mark, a lone surrogate or the same key twice are no reason to lose a page."""
    assert http.parse(b'\xef\xbb\xbf{"a":1,"a":2}') == {"a": 2}
    assert http.parse(b'{"a":"\\ud83d"}') == {"a": "\ud83d"}
    assert http.parse(b'{"a":[NaN,Infinity,-Infinity]}') == {"a": [None, None, None]}


# -- secrets -----------------------------------------------------------------------------------------------


async def test_f88_no_fault_brings_the_token_into_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs whole URLs at INFO and quotes requests in its exceptions."""
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    platform = Echo()
    async with loopback(platform) as url, client_to(url) as client:
        for fault in DOUBTFUL:
            platform.faults.inject(fault)
            call = http.call(
                client,
                "POST",
                "/x",
                credentials=http.Credentials(TOKEN),
                write=http.Write(),
                params={"q": "canary-query"},
            )
            error = await outcome(call)
            seen += [str(error), repr(error), error.next_step, str(error.code), str(error.__cause__)]
    seen += [r.getMessage() for r in caplog.records if r.name.startswith(("httpx", "httpcore"))]
    assert not [s for s in seen if "canary" in s]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "with space", "ümlaut", ""])
async def test_a_token_that_would_break_the_header_is_not_sent_and_not_shown(value: str) -> None:
    """h11 quotes an illegal header in its error, which is the token."""
    platform = Echo()
    async with client_to("https://api.example", transport(platform)) as client:
        error = await outcome(http.call(client, "GET", "/x", credentials=http.Credentials(Secret(value))))
    assert isinstance(error, AuthExpired)
    assert not value or value not in str(error)
    assert platform.seen == []


@pytest.mark.parametrize(
    "text",
    [
        "bad token EAAG-FAKE-SECRET-1",
        "bad canary-4711-token here",
        "Authorization: Bearer abc.def",
        'see https://x/?access_token=abc&x=1 and "client_secret": "abc.def"',
    ],
)
def test_f62_words_of_a_platform_are_cleaned_of_tokens(text: str) -> None:
    """Platforms echo what they were sent."""
    shown = http.words(text, TOKEN)
    assert "***" in shown
    assert not any(s in shown for s in ("FAKE", "4711", "abc"))


def test_f62_words_of_a_platform_are_one_short_plain_line() -> None:
    """An error text is outside text too."""
    shown = http.words("[/] a\x1b]0;T\x07\r\nb\u202e" + "x" * 10_000)
    assert shown.startswith("[/] a ]0;T b")
    assert shown.isprintable()
    assert len(shown) <= 300
    assert http.words({"not": "text"}) == ""


@pytest.mark.parametrize(
    ("text", "safe"), [("123-4", "123-4"), ("../x?y#z", "..%2Fx%3Fy%23z"), ("..", "%2E%2E")]
)
def test_a_step_of_a_path_can_neither_climb_nor_split(text: str, safe: str) -> None:
    """Ids come from outside."""
    assert http.segment(text) == safe


# -- one connection, one answer ----------------------------------------------------------------------------


def _raw_answer(name: str) -> bytes:
    body = json.dumps({"data": {"id": name}}).encode()
    return b"HTTP/1.1 200 -\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


@pytest.mark.parametrize("together", [True, False], ids=["in one piece", "a moment later"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_second_response_behind_the_first_answers_nothing(method: str, together: bool) -> None:
    """Taken for the answer to the next request, it would call a reply sent that never arrived."""
    connections = 0

    async def surplus(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        own = f"own {connections}"
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(_raw_answer(own))
            if not together:
                await writer.drain()
                await asyncio.sleep(0)
            writer.write(_raw_answer("surplus"))
            await writer.drain()

    async with raw_server(surplus) as url, client_to(url) as client:
        first = await http.call(client, "GET", "/list")
        second = await http.call(client, method, "/x", write=http.Write() if method == "POST" else None)
    assert (first.body["data"]["id"], second.body["data"]["id"]) == ("own 1", "own 2")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", b'{"data": {"id": "1"'),
        ("content-length: 9", b'{"data": {"id": "1"}}'),
        ("content-length: 999", b'{"data": {"id": "1"}}'),
        ("", b'{"data": {"id": "1"}} and more'),
        ("", b'{"data": {"id": "1"}}{"data": {"id": "2"}}'),
        ("content-encoding: gzip", gzip.compress(b'{"data": {"id": "1"}}') + b"more"),
        ("content-encoding: gzip", gzip.compress(b'{"data": {"id": "1"}}')[:-9]),
        ("content-encoding: br", b'{"data": {"id": "1"}}'),
    ],
    ids=[
        "cut short without a length",
        "a length too small",
        "a length too large",
        "text behind the JSON",
        "two documents",
        "bytes behind the packed body",
        "a packed body cut short",
        "a packing nobody asked for",
    ],
)
async def test_an_answer_that_does_not_end_where_it_should_proves_nothing(head: str, body: bytes) -> None:
    """Half a list taken for the whole one would move the reading position past what was never shown."""
    wire = (
        f"HTTP/1.1 200 -\r\ncontent-type: application/json\r\n{head}".rstrip().encode() + b"\r\n\r\n" + body
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(wire)
        await writer.drain()

    async with raw_server(serve) as url, client_to(url) as client:
        assert isinstance(await outcome(http.call(client, "GET", "/list")), Unavailable)
        assert isinstance(await outcome(post(client, [])), Uncertain)
