"""What is shut before anything secret is read: the environment, core dumps, other processes' eyes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from inbox.cli import main

PROGRAM = "from inbox.cli import main; raise SystemExit(main())"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TEXTUAL_LOG", "keys.log"),
        ("SSLKEYLOGFILE", "tls.log"),
        ("TEXTUAL", "devtools"),
        ("TEXTUAL", "debug,devtools"),
    ],
)
def test_an_environment_that_gives_secrets_away_is_refused(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One writes every key typed, also into a password field, the other the keys of the connection (E5)."""
    monkeypatch.setenv(variable, value)
    assert main(["keys"]) == 2
    err = capsys.readouterr().err
    assert variable in err
    assert "--debug-insecure" in err
    assert main(["keys", "--debug-insecure"]) == 0


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_LOG", "")
    monkeypatch.setenv("TEXTUAL", "debug")
    assert main(["keys"]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_the_program_leaves_no_core_and_cannot_be_looked_into(home: Path) -> None:
    """A core dump holds every token; so does the memory another program of the same user attaches to."""
    look = (
        "import ctypes, resource, inbox.cli.help_commands as commands\n"
        "commands.keys = lambda _: print(resource.getrlimit(resource.RLIMIT_CORE), "
        "ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)) or 0\n"  # PR_GET_DUMPABLE
    )
    done = subprocess.run(
        [sys.executable, "-c", look + PROGRAM, "keys"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "(0, 0) 0\n"


def test_a_traceback_that_was_asked_for_hides_tokens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--debug is pasted into bug reports."""

    def broken(_: object) -> int:
        raise ValueError("GET https://x.example/?access_token=canary0 with EAABcanary0123456789")

    monkeypatch.setattr("inbox.cli.help_commands.keys", broken)
    assert main(["keys", "--debug"]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "canary" not in err


def test_a_proxy_in_the_environment_gets_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """httpx would honour it by default."""
    from inbox.adapters import http

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = http.open_client("http://127.0.0.1:1")
    assert client.trust_env is False
    assert client.follow_redirects is False
    assert not client._mounts
