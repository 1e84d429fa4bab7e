"""The way back from the browser: one port, one answer, and nobody else's (FAULTS.md, F91)."""

from __future__ import annotations

import asyncio
import socket

import pytest

from inbox.adapters import oauth
from inbox.adapters.oauth import Redirects, ask_for_grant, listening
from inbox.errors import PlatformError, Refused, Unavailable
from sign_in.conftest import Person, free_ports

STATE = "state-of-this-attempt"


async def request(port: int, target: str, *, host: str | None = None, method: str = "GET") -> tuple[int, str]:
    """What a browser would send; (status, everything that came back)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\n\r\n".encode())
    whole = (await reader.read()).decode()
    writer.close()
    return int(whole.split(" ")[1]), whole


@pytest.fixture
def redirects() -> Redirects:
    return Redirects(ports=free_ports(2))


async def answered(
    redirects: Redirects, *targets: str, host: str | None = None
) -> tuple[object, list[tuple[int, str]]]:
    """The code or the error of an attempt, and what the browser was shown for each request."""
    async with listening(redirects) as listener:
        waiting = asyncio.create_task(listener.code(STATE, 5))
        await asyncio.sleep(0)
        shown = [await request(redirects.ports[0], target, host=host) for target in targets]
        if waiting.done():
            return waiting.exception() or waiting.result(), shown
        waiting.cancel()
        return None, shown


async def test_the_code_arrives_and_the_page_does_not_repeat_it(redirects: Redirects) -> None:
    """Pages are stored, shared and read over shoulders."""
    got, [(status, page)] = await answered(redirects, f"/callback?state={STATE}&code=canary-code-1")
    assert getattr(got, "reveal", str)() == "canary-code-1"
    assert status == 200
    assert "canary-code-1" not in page
    assert STATE not in page
    assert "cache-control: no-store" in page
    assert "access-control" not in page.lower(), "no other page may read it"


@pytest.mark.parametrize(
    "query",
    [
        "state=another&code=c",
        "code=c",
        f"state={STATE}&state={STATE}&code=c",
        f"state={STATE}x&code=c",
        "state=%C3%A9%F0%9F%98%80&code=c",
        "",
    ],
)
async def test_f91_an_answer_to_another_question_does_not_end_the_attempt(
    redirects: Redirects, query: str
) -> None:
    """Any page can send a browser here: it is turned away, and the right answer is still taken. State has 256 bits,
    so nobody gets there by trying. Text that is not ASCII must not crash it."""
    right = f"/callback?state={STATE}&code=canary-code-9"
    got, [(status, page), (last, _)] = await answered(redirects, f"/callback?{query}", right)
    assert (status, last) == (400, 200)
    assert "goes on waiting" in page
    assert getattr(got, "reveal", str)() == "canary-code-9"


async def raw(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_nothing_but_the_right_answer_ends_the_attempt(
    redirects: Redirects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port scan, a proxy, another protocol, a page that shouts: the person is still in the middle of agreeing."""
    monkeypatch.setattr(oauth, "HEAD_SECONDS", 0.2)
    port = redirects.ports[0]
    host = f"Host: 127.0.0.1:{port}\r\n\r\n".encode()
    async with listening(redirects) as listener:
        waiting = asyncio.create_task(listener.code(STATE, 30))
        await asyncio.sleep(0)
        for target in (
            f"/callback?error=access_denied&state={STATE}x",
            "/callback?error=x",
            "//[/callback?state=a",
        ):
            assert (await raw(port, f"GET {target} HTTP/1.1\r\n".encode() + host)).startswith(b"HTTP/1.1 40")
        for method in (b"HEAD", b"POST", b"OPTIONS", b"CONNECT", b"get"):
            sent = method + f" /callback?state={STATE}&code=c HTTP/1.1\r\n".encode() + host
            assert (await raw(port, sent)).startswith(b"HTTP/1.1 400"), method
        assert (await raw(port, b"GET /" + b"x" * 200_000)).startswith((b"HTTP/1.1 400", b""))
        assert await raw(port, b"\x16\x03\x01\x02\x00\x01\x00") == b"", "TLS, and then silence"
        assert (await raw(port, b"\r\n\r\n")).startswith(b"HTTP/1.1 400")
        assert (await raw(port, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 400"), "no host named"
        _, closed = await asyncio.open_connection("127.0.0.1", port)
        closed.close()
        assert not waiting.done()
        status, _ = await request(port, f"/callback?state={STATE}&code=canary-code-8")
        assert (status, (await waiting).reveal()) == (200, "canary-code-8")


async def test_only_this_machine_is_listened_to(redirects: Redirects) -> None:
    async with listening(redirects):
        with socket.socket() as elsewhere:
            elsewhere.bind(("127.0.0.2", redirects.ports[0]))  # free: nothing listens on all addresses


async def test_a_person_who_says_no_is_told_so_and_nothing_else(redirects: Redirects) -> None:
    got, _ = await answered(
        redirects, f"/callback?state={STATE}&error=access_denied&error_reason=user_denied"
    )
    assert isinstance(got, Refused)
    assert (got.code, "not granted" in got.message) == ("denied", True)


async def test_an_answer_without_a_code_is_no_sign_in(redirects: Redirects) -> None:
    got, _ = await answered(redirects, f"/callback?state={STATE}&code=")
    assert isinstance(got, Refused)
    assert got.code == "no code"


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "[::1]:80"])
async def test_a_request_under_another_name_is_not_heard(redirects: Redirects, host: str) -> None:
    """DNS rebinding: a page elsewhere whose name was made to point at this machine."""
    got, [(status, _)] = await answered(redirects, f"/callback?state={STATE}&code=c", host=host)
    assert (got, status) == (None, 400)


async def test_the_browsers_own_questions_do_not_use_the_attempt_up(redirects: Redirects) -> None:
    """Every browser asks for an icon as well."""
    got, shown = await answered(redirects, "/favicon.ico", "/", f"/callback?state={STATE}&code=canary-code-2")
    assert getattr(got, "reveal", str)() == "canary-code-2"
    assert [status for status, _ in shown] == [404, 404, 200]


async def test_only_one_answer_is_taken(redirects: Redirects) -> None:
    """A second tab, or somebody who listens and repeats."""
    got, shown = await answered(
        redirects, f"/callback?state={STATE}&code=canary-code-3", f"/callback?state={STATE}&code=other"
    )
    assert getattr(got, "reveal", str)() == "canary-code-3"
    assert [status for status, _ in shown] == [200, 410]


async def test_other_methods_are_refused(redirects: Redirects) -> None:
    async with listening(redirects) as listener:
        waiting = asyncio.create_task(listener.code(STATE, 5))
        status, _ = await request(redirects.ports[0], f"/callback?state={STATE}&code=c", method="POST")
        assert (status, waiting.done()) == (400, False)
        waiting.cancel()


async def test_endless_headers_end_with_the_connection(redirects: Redirects) -> None:
    async with listening(redirects) as listener:
        waiting = asyncio.create_task(listener.code(STATE, 5))
        _, writer = await asyncio.open_connection("127.0.0.1", redirects.ports[0])
        writer.write(b"GET /callback HTTP/1.1\r\n" + b"x: y\r\n" * 20_000)
        status, _ = await request(redirects.ports[0], f"/callback?state={STATE}&code=canary-code-4")
        assert status == 200
        assert (await waiting).reveal() == "canary-code-4"
        writer.close()


async def test_only_this_machine_can_reach_it(redirects: Redirects) -> None:
    async with listening(redirects):
        with socket.socket() as other:
            # bound to 127.0.0.1 and not to every address: another loopback address is free
            other.bind(("127.0.0.2", redirects.ports[0]))


async def test_a_taken_port_makes_room_for_the_next(redirects: Redirects) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", redirects.ports[0]))
        taken.listen()
        async with listening(redirects) as listener:
            assert listener.uri == f"http://127.0.0.1:{redirects.ports[1]}/callback"


async def test_all_ports_taken_is_told_with_the_ways_out(redirects: Redirects) -> None:
    with socket.socket() as first, socket.socket() as second:
        for port, holder in zip(redirects.ports, (first, second), strict=True):
            holder.bind(("127.0.0.1", port))
            holder.listen()
        with pytest.raises(Refused, match="all taken") as caught:
            async with listening(redirects):
                pass
    assert "redirect_ports" in caught.value.next_step
    assert "--paste" in caught.value.next_step


async def test_nobody_coming_ends_the_wait(redirects: Redirects) -> None:
    with pytest.raises(Unavailable, match="nobody agreed") as caught:
        await ask_for_grant("browser", Person(), redirects, lambda uri, state: uri, patience=0.01)
    assert "--paste" in caught.value.next_step


async def test_without_a_browser_the_address_is_shown_with_what_to_do(redirects: Redirects) -> None:
    person = Person(browse=lambda url: False)
    with pytest.raises(Unavailable):
        await ask_for_grant("browser", person, redirects, lambda uri, state: uri, patience=0.01)
    assert person.opened == [f"http://127.0.0.1:{redirects.ports[0]}/callback"]
    assert "--paste" in person.told[0]


# -- carried over by hand ----------------------------------------------------------------------------------


async def pasted(shape: str) -> str:
    """The code of an attempt in which `shape`, with the attempt's own state filled in, is pasted."""
    seen: list[str] = []

    def page(uri: str, state: str) -> str:
        seen.append(state)
        return uri

    person = Person()
    person.browse = lambda url: person.answers.append(shape.format(state=seen[0])) is None
    grant = await ask_for_grant("paste", person, Redirects(ports=[8912]), page)
    assert grant.redirect_uri == "http://127.0.0.1:8912/callback"
    return grant.code.reveal()


@pytest.mark.parametrize(
    "shape",
    [
        "http://127.0.0.1:8912/callback?state={state}&code=canary-code-5",
        "  http://127.0.0.1:8912/callback?state={state}&code=canary-co\n de-5  ",
        "https://www.facebook.com/connect/login_success.html?code=canary-code-5&state={state}#_=_",
        "code=canary-code-5&state={state}",
    ],
)
async def test_a_pasted_address_is_read_however_the_terminal_broke_it(shape: str) -> None:
    assert await pasted(shape) == "canary-code-5"


@pytest.mark.parametrize(
    "text",
    ["canary-code-5", "http://127.0.0.1:8912/callback", "", "http://x/?code=c&state=of-another-attempt"],
)
async def test_something_else_pasted_is_refused_with_a_next_step(text: str) -> None:
    with pytest.raises(PlatformError) as caught:
        await pasted(text)
    assert caught.value.next_step


# -- small promises ----------------------------------------------------------------------------------------


def test_every_attempt_has_a_proof_of_its_own() -> None:
    """RFC 7636: 43 characters of 32 random bytes, and their SHA-256."""
    one, two = oauth.Proof.new(), oauth.Proof.new()
    assert one.verifier.reveal() != two.verifier.reveal()
    assert len(one.verifier.reveal()) == len(one.challenge) == 43
    assert one.verifier.reveal() not in repr(one)


def test_the_example_of_the_standard_gives_its_challenge(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7636, appendix B."""
    monkeypatch.setattr(
        oauth.secrets, "token_urlsafe", lambda _: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    assert oauth.Proof.new().challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
