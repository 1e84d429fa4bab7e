"""A user's home of its own, a config with both accounts, and an encrypted file for the tokens."""

from __future__ import annotations

import io
import re
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from inbox.accounts import encrypted_file
from inbox.cli import encrypted_file_offer, main
from inbox.errors import Refused
from inbox.system import redact
from inbox.wiring.setup import Setup, set_up
from sign_in.platforms import Facebook, X, serving

Run = Callable[..., tuple[int, str, str]]

FULL_WORK = encrypted_file.WORK
LEAKY = ("SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY", "CREDENTIALS_DIRECTORY", "TEXTUAL_LOG")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the machine's user is read or written, and what one test made known is forgotten after it."""
    for name in LEAKY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setattr(redact, "_KNOWN", set())
    # Whether the machine that runs the tests has a keyring must make no difference; `test_no_keyring` says that it has none.
    monkeypatch.setattr(encrypted_file_offer, "no_keyring", lambda vault: None)
    monkeypatch.setattr(encrypted_file, "WORK", 2**10)  # the full work is done by the processes of their own
    return tmp_path


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


@dataclass
class Person:
    """Who sits at the terminal: implements `ports.Dialogue`. `browse` gets the address that was opened and returns
    whether a browser could; `answers` are typed in turn."""

    browse: Callable[[str], bool] = lambda url: True
    answers: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    asked: list[tuple[str, bool]] = field(default_factory=list)
    choice: int = 0

    def tell(self, text: str) -> None:
        self.told.append(text)

    async def open(self, url: str) -> bool:
        self.opened.append(url)
        return self.browse(url)

    async def ask(self, question: str, *, secret: bool = False) -> str:
        self.asked.append((question, secret))
        if not self.answers:
            raise Refused("nobody answers", code="nobody")
        return self.answers.pop(0)

    async def choose(self, question: str, options: Sequence[str]) -> int:
        self.asked.append(("\n".join([question, *options]), False))
        return self.choice


@dataclass
class Office:
    """Both platforms, and a config that leads to them."""

    folder: Path
    x: X
    facebook: Facebook
    x_url: str
    facebook_url: str
    ports: list[int]

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, *, x: str = "", facebook: str = 'page_id = "1001"', more: str = "") -> None:
        self.config.write_text(
            f"""
agent = "tanja"
{more}
[vault]
kind = "file"
passphrase_file = "{self.folder / "passphrase"}"

[[accounts]]
name = "acme-x"
platform = "twitter"
surfaces = ["mentions"]
api_url = "{self.x_url}"
auth_url = "{self.x_url}/i/oauth2/authorize"
client_id = "{self.x.client_id}"
redirect_ports = {self.ports}
{x}

[[accounts]]
name = "acme-page"
platform = "facebook"
surfaces = ["messenger"]
api_url = "{self.facebook_url}"
auth_url = "{self.facebook_url}/v25.0/dialog/oauth"
client_id = "{self.facebook.app_id}"
redirect_ports = {self.ports}
{facebook}
""",
            "utf-8",
        )

    def setup(self, **env: str) -> Setup:
        return set_up(self.config, self.folder / "data", env)

    def written(self) -> bytes:
        """Everything under the home, for a search; but not what a test wrote itself."""
        files = [
            p for p in self.folder.rglob("*") if p.is_file() and p.name not in ("passphrase", "config.toml")
        ]
        return b"\n".join(p.read_bytes() for p in files)


@pytest.fixture
def office(home: Path) -> Iterator[Office]:
    x, facebook, ports = X(), Facebook(), free_ports(3)
    x.redirects = tuple(f"http://127.0.0.1:{port}/callback" for port in ports)
    facebook.redirects = (
        "https://www.facebook.com/connect/login_success.html",
        *(f"http://localhost:{port}/callback" for port in ports),
    )
    (home / "passphrase").touch(0o600)
    (home / "passphrase").write_text("correct horse\n")
    with ExitStack() as stack:
        made = Office(
            home, x, facebook, stack.enter_context(serving(x)), stack.enter_context(serving(facebook)), ports
        )
        made.configure()
        yield made


# -- the command line --------------------------------------------------------------------------------------


class Keys(io.StringIO):
    """Standard input. `typed` lines come in turn; one that can be called is asked for its line when it is read."""

    def __init__(self, typed: list[str | Callable[[], str]], *, tty: bool) -> None:
        super().__init__()
        self.typed = typed
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    def readline(self, *_: Any) -> str:
        if not self.typed:
            return ""
        line = self.typed.pop(0)
        return (line if isinstance(line, str) else line()) + "\n"

    def read(self, *_: Any) -> str:
        return "".join(iter(self.readline, ""))


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with these lines typed; returns exit status, standard output and standard error."""
    monkeypatch.setenv("INBOX_CONFIG", str(home / "config.toml"))
    monkeypatch.setenv("INBOX_DATA", str(home / "data"))

    def call(
        *words: str, typed: list[str | Callable[[], str]] | None = None, tty: bool = False
    ) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", Keys(typed or [], tty=tty))
        if tty:
            monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        status = main(words)
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """The address that stands on the terminal now; what was shown is given back to it."""

    def address() -> str:
        out, err = capsys.readouterr()
        sys.stderr.write(err)
        sys.stdout.write(out)
        found = re.findall(r"^ +(https?://\S+\?\S+)$", err, re.MULTILINE)
        assert found, err
        return str(found[-1])

    return address
