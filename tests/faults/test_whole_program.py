"""The program as people run it, between two simulated platforms that misbehave: what it asks of whom, how it ends."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from drills import contention

from faults.matrix import CANARY
from faults.pseudo import ROOT, START, Screen
from faults.server import FaultServer
from faults.serving import serving
from inbox.adapters.facebook.sim import Simulator as FacebookSimulator
from inbox.adapters.twitter.sim import Simulator as TwitterSimulator
from inbox.cli import main
from inbox.domain.outbox import Phase
from inbox.store.sqlite.store import LocalStore

CONFIG = """
agent = "tanja"

[service]
timezone = "Europe/Berlin"
hours = {{ daily = ["00:00-24:00"] }}

[sending]
hold_public = "0s"
hold_private = "0s"

[[accounts]]
name = "acme-x"
platform = "twitter"
surfaces = ["mentions", "direct"]
api_url = "{x}"

[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "1001"
surfaces = ["messenger", "comments", "visitor_posts"]
api_url = "{page}"
"""

GUARD = """
import os, socket
_allowed = set(os.environ["TEST_ALLOWED"].split(","))
def _asked(what):
    with open(os.environ["TEST_ASKED"], "a") as file:
        file.write(repr(what) + chr(10))
def _guarded(original):
    def connect(self, address):
        loopback = isinstance(address, tuple) and address[0] == "127.0.0.1"
        if not (loopback and str(address[1]) in _allowed):
            _asked(address)
            raise OSError("refused by the test")
        return original(self, address)
    return connect
def _lookup(host, *more, **named):
    if host not in ("127.0.0.1", None):
        _asked(host)
        raise socket.gaierror("refused by the test")
    return _found(host, *more, **named)
socket.socket.connect = _guarded(socket.socket.connect)
socket.socket.connect_ex = _guarded(socket.socket.connect_ex)
socket.socket.sendto = lambda self, *more: _asked(more)
_found, socket.getaddrinfo = socket.getaddrinfo, _lookup
"""


@dataclass
class Program:
    folder: Path
    x: FaultServer
    page: FaultServer

    @property
    def words(self) -> tuple[str, ...]:
        return ("--config", str(self.folder / "config.toml"), "--data", str(self.folder / "data"))

    @property
    def environment(self) -> dict[str, str]:
        ports = [server.url.rpartition(":")[2] for server in (self.x, self.page)]
        return {
            "INBOX_TOKEN_ACME_X": CANARY,
            "INBOX_TOKEN_ACME_PAGE": CANARY,
            "TEST_ALLOWED": ",".join(ports),
            "TEST_ASKED": str(self.folder / "asked"),
        }

    @property
    def asked_elsewhere(self) -> str:
        asked = self.folder / "asked"
        return asked.read_text("utf-8") if asked.exists() else ""

    def process(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", f"{GUARD}\n{START}", *words, *self.words],
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def says(self, *words: str) -> str:
        """Run a command in this process, which is quick; returns what it printed."""
        out = io.StringIO()
        with mock.patch.dict(os.environ, self.environment), redirect_stdout(out), redirect_stderr(out):
            main([*words, *self.words])
        return out.getvalue()

    def says_guarded(self, *words: str) -> str:
        """Run it in a process of its own, which may ask nobody but the two platforms."""
        done = self.process(*words)
        out, _ = done.communicate(timeout=60)
        return out


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
    x, page = TwitterSimulator(now, token=CANARY), FacebookSimulator(now, token=CANARY)
    anna = x.user("Anna", "anna")
    x.post(anna, "@acme Where is my parcel? https://tracker.invalid/pixel.gif")
    x.dm(anna, "hello")
    person = page.world.person("Ben")
    page.world.writes(person, "Is the shop open?", attachments=[])
    page.world.comments(page.world.post("News"), "Nice https://elsewhere.invalid/x.png", by=person)
    with serving(x, page) as (x_server, page_server):
        made = Program(tmp_path, x_server, page_server)
        (tmp_path / "config.toml").write_text(CONFIG.format(x=x_server.url, page=page_server.url), "utf-8")
        yield made


def test_f94_f35_nobody_but_the_platforms_is_asked_for_anything(program: Program) -> None:
    """No telemetry, no preview, no avatar, no update check: every socket and name look-up but those to the two
    platforms is refused and written down, and everything works."""
    assert "acme-x: 2 read" in program.says_guarded("sync", "--once")
    queue = json.loads(program.says_guarded("queue", "--view", "all", "--json"))
    assert len(queue) == 4
    mention = next(c["id"] for c in queue if c["surface"] == "mentions")
    for words in (
        ("show", mention),
        ("search", "parcel"),
        ("accounts",),
        ("outbox",),
        ("export",),
        ("restore",),
        ("check", "--offline"),
        ("keys",),
    ):
        out = program.says_guarded(*words)
        assert out.strip() or words == ("outbox",), words
        assert CANARY not in out
    assert "sent:" in program.says_guarded("reply", mention, "--text", "On its way.", "--wait")
    with Screen(*program.words, env=program.environment, folder=program.folder, before=GUARD) as screen:
        screen.until(b"Waiting")
        for key in ("0", "\r", "i", "J", "w", "\x1b", "?", "\x1b", "H", "\x1b", "\x12"):
            screen.does(key, first=0.15)
        screen.until(b"Ben")
        screen.press("\x11")
        assert screen.ends(10) == 0
    assert program.asked_elsewhere == ""
    assert len(program.x.simulation.accepted) == 1


def test_f94_the_guard_itself_refuses_and_tells(program: Program) -> None:
    """A guard that lets everything through would prove nothing."""
    code = f"{GUARD}\nimport urllib.request\nurllib.request.urlopen('http://192.0.2.1/', timeout=1)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **program.environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode
    assert "192.0.2.1" in program.asked_elsewhere


def test_f38_a_polite_kill_while_sending_is_settled_by_the_next_start(program: Program) -> None:
    """`inbox sync` under a service manager: stopped in the middle of a request that never gets an answer."""
    program.says("sync", "--once")
    mention = next(
        c["id"]
        for c in json.loads(program.says("queue", "--view", "all", "--json"))
        if c["surface"] == "mentions"
    )
    assert "queued" in program.says("reply", mention, "--text", "On its way.")
    program.x.next_write = "accepted, answered too late"
    with program.process("sync") as process:
        give_up = time.monotonic() + 30
        while not program.x.simulation.accepted:
            assert time.monotonic() < give_up
            time.sleep(0.01)
        before, began = contention(), time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        assert (time.monotonic() - began) / max(before, contention()) < 8
    store = LocalStore(program.folder / "data")
    (item,) = store.outbox.items()
    assert item.phase in (Phase.ON_WIRE, Phase.UNCONFIRMED)
    program.says("sync", "--once")
    (item,) = store.outbox.items()
    store.close()
    assert item.phase is Phase.SENT
    assert len(program.x.simulation.accepted) == 1


def test_f38_leaving_the_screen_while_a_reply_is_on_the_wire(program: Program) -> None:
    """Quitting waits a few seconds, not for ever; what became of the reply is found out at the next start."""
    program.says("sync", "--once")
    queue = json.loads(program.says("queue", "--view", "all", "--json"))
    mention = next(c["id"] for c in queue if c["surface"] == "mentions")
    program.says("reply", mention, "--text", "On its way.")
    program.x.next_write = "accepted, answered too late"
    with Screen(*program.words, env=program.environment, folder=program.folder) as screen:
        screen.until(b"Waiting")
        give_up = time.monotonic() + 30
        while not program.x.simulation.accepted:
            screen.does("", first=0.05)
            assert time.monotonic() < give_up
        screen.does("\x11")
        if screen.process.poll() is None:
            screen.does("y")
        screen.ends(12)
    program.says("sync", "--once")
    store = LocalStore(program.folder / "data")
    (item,) = store.outbox.items()
    store.close()
    assert item.phase is Phase.SENT
    assert len(program.x.simulation.accepted) == 1


def test_f60_one_account_that_misbehaves_leaves_the_other_alone(program: Program) -> None:
    """A page that drips or floods must not keep X unread."""
    for fault in ("502 of a proxy", "garbage", "read, then reset"):
        program.page.next_read = fault
        report = json.loads(program.says("sync", "--once", "--json"))
        by_name: dict[str, Any] = {a["account"]: a for a in report["accounts"]}
        assert by_name["acme-x"]["ok"]
        assert not by_name["acme-page"]["ok"]
        assert by_name["acme-page"]["error"]["next_step"]
    assert json.loads(program.says("sync", "--once", "--json"))["accounts"][1]["ok"]


def test_f88_the_token_is_in_no_file_and_no_output(program: Program) -> None:
    """Byte search over everything a day of trouble leaves behind, log and backups included."""
    printed = ""
    for fault in ("407 of a proxy", "garbage", "accepted, half an answer"):
        program.x.next_read = fault
        printed += program.says("sync", "--once", "--verbose")
        printed += program.says("accounts", "--debug")
    forms = [CANARY.encode(), base64.b64encode(CANARY.encode()), CANARY.encode("utf-16-le")]
    found = [path for path in (program.folder / "data").rglob("*") if path.is_file()]
    assert not [p.name for p in found for form in forms if form in p.read_bytes()]
    assert CANARY not in printed
    assert any(p.name == "inbox.log" for p in found)


def test_a_refusal_is_not_a_traceback(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    """Words for people in every error of the new commands."""
    for words in (
        ("erase", "--contact", "nobody"),
        ("restore", "nothing", "--yes"),
        ("export", "--contact", "x:1"),
    ):
        assert main([*words, *program.words]) in (1, 2)
        assert capsys.readouterr().err.startswith("inbox: ")
