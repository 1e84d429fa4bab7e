"""The first hour in a company: everything goes through its proxy, and its own authority vouches for the platforms."""

from __future__ import annotations

import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faults import certificates

from e2e.recorded import X_TOKEN, Recorded, serving
from inbox.adapters import network
from inbox.cli import main


class Tunnels(socketserver.StreamRequestHandler):
    """Opens the tunnel that was asked for, as CONNECT of HTTP/1.1 means it, and tells its server."""

    def handle(self) -> None:
        asked = self.rfile.readline().decode()
        while self.rfile.readline().strip():
            pass
        method, address, _ = asked.split()
        self.server.asked.append((method, address))  # type: ignore[attr-defined]  # of `a_proxy`
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as there:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pump(self.connection, there)


def pump(one: socket.socket, other: socket.socket) -> None:
    """Hand on what each of them says, until one has ended."""
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]  # sockets were registered
                if not data:
                    return
                key.data.sendall(data)


@contextmanager
def a_proxy() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The address of a proxy on loopback, and what it was asked for."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        asked: list[tuple[str, str]] = []

    with Server(("127.0.0.1", 0), Tunnels) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server.asked
        finally:
            server.shutdown()


@pytest.fixture(autouse=True)
def straight_again() -> Iterator[None]:
    yield
    network.choose(network.Network())


def test_what_a_newcomer_types_works_behind_a_proxy_with_an_authority_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The two settings of the manual, then `sync` and `check`: nothing goes past the proxy, and `check` names the way."""
    config, ca_file = tmp_path / "config.toml", tmp_path / "acme-ca.pem"
    ca_file.write_bytes(certificates._pem(certificates._authority().certificate))
    monkeypatch.setenv("INBOX_CONFIG", str(config))
    monkeypatch.setenv("INBOX_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("INBOX_TOKEN_ACME_X", X_TOKEN)
    platform = Recorded()
    with serving(platform, certificates.serves("good")) as url, a_proxy() as (proxy, asked):
        account = f'[[accounts]]\nname = "acme-x"\nplatform = "twitter"\napi_url = "{url}"\n'
        config.write_text(f'agent = "tanja"\n{account}', "utf-8")
        assert main(["config", "set", "network.proxy", proxy]) == 0
        assert main(["sync", "--once"]) == 1, "its authority is not known yet"
        assert platform.asked == []
        assert main(["config", "set", "network.ca_file", str(ca_file)]) == 0
        capsys.readouterr()
        assert main(["sync", "--once"]) == 0, capsys.readouterr().err
        main(["check"])
    assert set(asked) == {("CONNECT", url.removeprefix("https://"))}
    assert any(one.path.endswith("/mentions") for one in platform.asked)
    checked = capsys.readouterr().out
    assert f"calls go through the proxy {proxy}" in checked
    assert f"the authorities of {ca_file} are trusted too" in checked
    assert X_TOKEN not in checked
