"""The way to the platforms that the config names: a company's proxy and its own authority for certificates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from faults import certificates

from inbox.adapters import http, network
from inbox.config import file
from inbox.errors import PlatformError, Refused, Unavailable
from inbox.ports.secrets import Secret
from inbox.system import redact
from inbox.wiring.setup import set_up

CREDENTIALS = http.Credentials(token=Secret("canary-of-a-token"))


@pytest.fixture(autouse=True)
def straight_again() -> Iterator[None]:
    yield
    network.choose(network.Network())


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    path = tmp_path / "acme-ca.pem"
    path.write_bytes(certificates._pem(certificates._authority().certificate))
    return path


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    )
    await writer.drain()
    writer.close()


@asynccontextmanager
async def platform() -> AsyncIterator[str]:
    """An https server with a certificate of the tests' own authority."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=certificates.serves("good"))
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def proxy(heads: list[bytes], says: bytes = b"200 Connection established") -> AsyncIterator[str]:
    """An HTTP proxy that opens tunnels, or says something else; `heads` gets what it was asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        writer.write(b"HTTP/1.1 " + says + b"\r\n\r\n")
        if says.startswith(b"200"):
            host, port = head.split()[1].decode().split(":")
            there = await asyncio.open_connection(host, int(port))
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.close()


async def write(url: str, on_wire: list[str]) -> http.Answer:
    async with http.open_client(url) as client:
        return await http.call(
            client,
            "POST",
            "/2/tweets",
            credentials=CREDENTIALS,
            payload=http.Payload(json={"text": "hello"}),
            write=http.Write(on_wire=lambda: on_wire.append("first byte")),
        )


async def test_all_goes_through_the_proxy_of_the_config_with_its_own_authority(ca_file: Path) -> None:
    """Where nothing else leaves the house, the inbox could not be used at all."""
    heads: list[bytes] = []
    on_wire: list[str] = []
    async with platform() as url, proxy(heads) as through:
        network.choose(network.Network(proxy=through, ca_file=str(ca_file)))
        told = await write(url, on_wire)
    assert told.status == 200
    assert on_wire == ["first byte"]
    assert heads[0].startswith(b"CONNECT 127.0.0.1:")
    assert b"canary-of-a-token" not in heads[0], "the proxy must not see what is inside the tunnel"


async def test_without_the_authority_nothing_is_sent(ca_file: Path) -> None:
    """The next step names the setting: nobody else knows why a certificate is not trusted."""
    on_wire: list[str] = []
    async with platform() as url, proxy([]) as through:
        network.choose(network.Network(proxy=through))
        with pytest.raises(Unavailable) as wrong:
            await write(url, on_wire)
    assert (wrong.value.code, on_wire) == ("tls", [])
    assert "ca_file" in wrong.value.next_step


@pytest.mark.parametrize("says", [b"403 Forbidden", b"407 Proxy Authentication Required", b"502 Bad Gateway"])
async def test_a_proxy_that_opens_no_tunnel_leaves_no_doubt(ca_file: Path, says: bytes) -> None:
    """Nothing has left: a reply is tried again by itself, and nobody is asked whether it arrived."""
    on_wire: list[str] = []
    async with platform() as url, proxy([], says) as through:
        network.choose(network.Network(proxy=through, ca_file=str(ca_file)))
        with pytest.raises(Unavailable) as wrong:
            await write(url, on_wire)
    assert (wrong.value.code, on_wire) == ("proxy", [])
    assert "[network] proxy" in wrong.value.next_step


async def test_the_environment_is_not_followed(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can set a variable could otherwise have tokens sent elsewhere."""
    heads: list[bytes] = []
    async with platform() as url, proxy(heads) as through:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, through)
        network.choose(network.Network(ca_file=str(ca_file)))
        assert (await write(url, [])).status == 200
    assert heads == []


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    network.choose(network.Network(ca_file=str(path)))
    with pytest.raises(Refused, match="the CA file") as wrong:
        http.open_client("https://api.x.com")
    assert "[network] ca_file" in wrong.value.next_step
    assert isinstance(wrong.value, PlatformError)


def test_the_config_is_what_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password belongs into the environment, and is hidden wherever it might be printed."""
    monkeypatch.setattr(redact, "_KNOWN", set())
    path = tmp_path / "config.toml"
    path.write_text('[network]\nproxy = "http://proxy.acme.example:3128"\nca_file = "/etc/acme.pem"\n')
    set_up(path, tmp_path, {})
    assert network.chosen() == network.Network(
        proxy="http://proxy.acme.example:3128", ca_file="/etc/acme.pem"
    )
    set_up(path, tmp_path, {"INBOX_PROXY": "http://anna:canary-proxy@proxy.example:1"})
    assert network.chosen().proxy == "http://anna:canary-proxy@proxy.example:1"
    assert "canary-proxy" not in redact.redact("it said canary-proxy")


@pytest.mark.parametrize(
    "wrong",
    ["proxy.acme.example:3128", "socks5://proxy:1", "http://anna:pw@proxy:1", "http://proxy:99999999", "x"],
)
def test_an_address_that_is_no_proxys_is_refused(wrong: str) -> None:
    with pytest.raises(file.ConfigError) as told:
        file.parse(f'[network]\nproxy = "{wrong}"\n')
    assert "network.proxy: " in str(told.value)
