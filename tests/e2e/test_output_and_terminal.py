"""Where output goes and whether there is a terminal, with real processes: pipes that close, full disks, no terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from inbox import __version__

SCREEN = [[], ["demo"], ["demo", "--conversations", "5"]]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    config = tmp_path / "config.toml"
    if not config.exists():
        config.write_text('agent = "tanja"\n', "utf-8")
    own = {"INBOX_CONFIG": str(config), "INBOX_DATA": str(tmp_path / "data"), "HOME": str(tmp_path)}
    return {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **own, **more}


def inbox(
    *words: str, env: Mapping[str, str], stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inbox", *words]
    return subprocess.run(
        command,
        env=dict(env),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("words", SCREEN, ids=str)
def test_without_a_terminal_the_screen_says_so_and_ends(tmp_path: Path, words: list[str]) -> None:
    """In a pipe, a cron job or a container it drew into nothing and never ended."""
    done = inbox(*words, env=environment(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("inbox: standard input is no terminal")
    assert shlex.join(["inbox", *words[:1], "--plain"]) in done.stderr, "what it names must work here"
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_draw_is_named(tmp_path: Path, term: str) -> None:
    """An editor's shell, or `ssh host inbox` without -t."""
    import pty

    ours, theirs = pty.openpty()
    try:
        for words in SCREEN[:2]:
            done = subprocess.run(
                [sys.executable, "-m", "inbox", *words],
                env=environment(tmp_path, TERM=term),
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                timeout=30,
                check=False,
            )
            shown = os.read(ours, 10_000).decode()
            assert done.returncode == 2
            assert "TERM is " in shown
            assert "\x1b" not in shown
    finally:
        os.close(ours)
        os.close(theirs)


def test_plain_lines_need_no_terminal(tmp_path: Path) -> None:
    """A screen reader's pipe; `--plain` may follow the command, as everything else may."""
    for words in (["--plain"], ["demo", "--plain"], ["--plain", "demo"]):
        done = inbox(*words, env=environment(tmp_path, TERM="dumb"))
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [["keys"], ["--help"], ["--version"], ["check", "--offline", "--json"], ["queue", "--json"]],
    ids=str,
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_a_failure(tmp_path: Path, words: list[str]) -> None:
    """A script that writes into a file on a full disk must not go on as if it had it."""
    with open("/dev/full", "w") as full:
        done = inbox(*words, env=environment(tmp_path), stdout=full.fileno())
    assert done.returncode == 1
    assert done.stderr == "inbox: standard output cannot be written: No space left on device\n"


def test_a_reader_that_leaves_changes_no_exit_status(tmp_path: Path) -> None:
    """`inbox sync --once | head -1` said that all was well where every account had failed."""
    config = tmp_path / "config.toml"
    config.write_text('[[accounts]]\nname = "acme"\nplatform = "twitter"\napi_url = "http://127.0.0.1:9"\n')
    for words, status in ((["sync", "--once", "--json"], 1), (["keys"], 0), (["queue", "--json"], 0)):
        ours, theirs = os.pipe()
        os.close(ours)
        try:
            done = inbox(*words, env=environment(tmp_path, INBOX_TOKEN_ACME="x" * 20), stdout=theirs)
        finally:
            os.close(theirs)
        assert (done.returncode, done.stderr) == (status, ""), words


def test_an_encoding_that_lacks_a_sign_does_not_end_the_command(tmp_path: Path) -> None:
    """Key names hold arrows, names of people hold anything."""
    done = inbox("keys", env=environment(tmp_path, PYTHONIOENCODING="latin-1"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2193" in done.stdout


@pytest.mark.parametrize(
    ("words", "closed", "status"),
    [
        (["queue", "--json"], [0, 1, 2], 1),
        (["queue", "--json"], [1], 1),
        (["queue"], [2], 0),
        (["bogus"], [2], 2),
        (["note", "x", "--text", "-"], [0], 2),
        (["--plain"], [0], 0),
        ([], [0, 1, 2], 2),
    ],
    ids=str,
)
def test_a_standard_stream_that_is_closed_is_no_file_of_ours(
    tmp_path: Path, words: list[str], closed: list[int], status: int
) -> None:
    """cron and some supervisors close them. The store's file got their number, and an error message was written into it."""
    script = " ".join(f"{fd}>&-" if fd else "<&-" for fd in closed)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {script}', "sh", sys.executable, "-m", "inbox", *words],
        env=environment(tmp_path), capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    if 2 in closed:
        assert done.stdout == ""
    for file in (tmp_path / "data").glob("inbox.db"):
        assert file.read_bytes()[:15] == b"SQLite format 3"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_error_that_cannot_be_printed_keeps_its_exit_status(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "inbox", "bogus"],
            env=environment(tmp_path),
            stderr=full,
            timeout=30,
            check=False,
        )
    assert done.returncode == 2


def test_python_runs_the_program_by_the_name_of_its_package() -> None:
    """Where the folder of scripts is not on the path, this is the way in that always works."""
    command = [sys.executable, "-m", "inbox", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[-1] == __version__
