"""`inbox sync` against bytes that no platform should send: nothing stored is lost, one line says what is wrong, and the
next run is fine.

    ODD_BYTES=all pytest tests/faults/test_odd_bytes.py      all kinds at all places: some minutes
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from faults.matrix import CANARY
from faults.odd_server import FAULTS, OddServer, odd_server
from inbox.adapters import http
from inbox.cli import main
from inbox.domain.queue import Scope
from inbox.store.sqlite.store import LocalStore
from inbox.system.clocks import SystemClock

CONFIG = """
agent = "tanja"

[[accounts]]
name = "acme-x"
platform = "twitter"
surfaces = ["mentions"]
api_url = "{x}"

[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "1001"
surfaces = ["messenger"]
api_url = "{page}"
"""
PLACES = {"acme-x": ("mentions", "tweets", "me"), "acme-page": ("conversations", "me")}
ALL = os.environ.get("ODD_BYTES") == "all"
KINDS = sorted(FAULTS)
TRIED = [
    (account, place, kind)
    for account, places in PLACES.items()
    for at, place in enumerate(places)
    for n, kind in enumerate(KINDS)
    if ALL or (at == 0 and n % 6 == (0 if account == "acme-x" else 3))
]


@dataclass
class Run:
    """One inbox between two servers, whose store goes through all of it."""

    folder: Path
    servers: dict[str, OddServer]
    written: int = 0

    def sync(self) -> int:
        words = ["--config", str(self.folder / "config.toml"), "--data", str(self.folder / "data")]
        return main(["sync", "--once", "--json", *words])

    def write(self, account: str) -> str:
        self.written += 1
        letter = f"letter {self.written} of somebody"
        self.servers[account].write(letter)
        return letter

    def stored(self) -> dict[str, list[str]]:
        store = LocalStore(self.folder / "data")
        try:
            return {
                account: [
                    m.text
                    for cid in store.conversations.order(Scope(account=account), now=SystemClock().now())
                    for m in store.messages.of_conversation(cid)
                    if m.shown
                ]
                for account in PLACES
            }
        finally:
            store.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("odd-bytes")
    with odd_server() as x, odd_server() as page, pytest.MonkeyPatch.context() as patch:
        patch.setenv("INBOX_TOKEN_ACME_X", CANARY)
        patch.setenv("INBOX_TOKEN_ACME_PAGE", CANARY)
        patch.setattr(http, "READ_SECONDS", 3.0)
        (folder / "config.toml").write_text(CONFIG.format(x=x.url, page=page.url), "utf-8")
        made = Run(folder, {"acme-x": x, "acme-page": page})
        made.write("acme-x")
        made.write("acme-page")
        assert made.sync() == 0
        yield made


def holds(texts: list[str], wanted: str) -> bool:
    return any(text.endswith(wanted) for text in texts)


@pytest.mark.parametrize(("account", "place", "kind"), TRIED, ids=" - ".join)
def test_odd_bytes_cost_nothing_that_is_stored(
    run: Run, account: str, place: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a proxy, a portal or a broken server sends in place of an answer."""
    other = next(name for name in PLACES if name != account)
    before = {name: list(server.letters) for name, server in run.servers.items()}
    new = {account: run.write(account), other: run.write(other)}
    server = run.servers[account]
    server.fault, server.at, server.met = FAULTS[kind], place, False
    capsys.readouterr()
    run.sync()
    said = capsys.readouterr()
    assert server.met, "the answer was not asked for"
    server.fault = None
    reports: dict[str, Any] = {one["account"]: one for one in json.loads(said.out)["accounts"]}
    error = reports[account]["error"]
    if error is not None:
        assert error["message"]
        assert error["next_step"]
        assert "\n" not in error["message"]
    assert "Traceback" not in said.err
    assert CANARY not in said.out + said.err
    after = run.stored()
    for name, letters in before.items():
        assert [one for one in letters if not holds(after[name], one)] == [], "stored before"
    assert reports[other]["ok"]
    assert holds(after[other], new[other]), "the other account"
    assert run.sync() == 0, capsys.readouterr().err
    if not holds(run.stored()[account], new[account]):
        run.sync()
    assert holds(run.stored()[account], new[account]), "shown at the next readings"
