"""The command line against recorded bodies. A module says with its `CONFIG` what is configured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.recorded import FACEBOOK_TOKEN, PAGE, X_TOKEN, Recorded, serving
from inbox.cli import main

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def world() -> Iterator[tuple[Recorded, str]]:
    """The server's memory of what it was asked, and its address."""
    answers = Recorded()
    with serving(answers) as url:
        yield answers, url


@pytest.fixture
def run(
    request: pytest.FixtureRequest,
    world: tuple[Recorded, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command; returns exit status, parsed JSON or text, and standard error."""
    config = tmp_path / "config.toml"
    config.write_text(request.module.CONFIG.format(url=world[1], page=PAGE), "utf-8")
    monkeypatch.setenv("INBOX_CONFIG", str(config))
    monkeypatch.setenv("INBOX_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("INBOX_TOKEN_ACME_X", X_TOKEN)
    monkeypatch.setenv("INBOX_TOKEN_ACME_PAGE", FACEBOOK_TOKEN)

    def call(*words: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        status = main(words)
        out, err = capsys.readouterr()
        return status, json.loads(out) if "--json" in words and status in (0, 1, 3, 4) and out else out, err

    return call


@pytest.fixture(scope="module")
def after_first_sync(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a module keeps the data of its first `sync --once`; each test that begins there gets a copy."""
    return tmp_path_factory.mktemp("synced") / "data"


@pytest.fixture
def synced(run: Run, after_first_sync: Path, tmp_path: Path) -> Run:
    """Commands on the data of a first reading, which is done once for a module: its accounts and bodies are the same
    in each test."""
    data = tmp_path / "data"
    if not after_first_sync.exists():
        status, report, err = run("sync", "--once", "--json")
        assert (status, err) == (0, "")
        assert all(account["ok"] for account in report["accounts"])
        shutil.copytree(data, after_first_sync)
    else:
        shutil.copytree(after_first_sync, data)
    return run
