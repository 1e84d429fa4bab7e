"""Long work says how far it is, on a terminal: one line, gone at the end, and nothing of it anywhere else."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from engine.world import NOON, TIMERS, said, source

from inbox.cli import main, progress_line
from inbox.cli.progress_line import ProgressLine
from inbox.domain.model import Person
from inbox.engine.station.intake import take_in
from inbox.ports.platform import Page
from inbox.store.sqlite import backup
from inbox.store.sqlite.store import LocalStore
from inbox.system import progress

CONFIG = """
agent = "tanja"
[[accounts]]
name = "acme-x"
platform = "twitter"
api_url = "{url}"
"""


class Terminal(io.StringIO):
    """What a person sees of standard error while something is called."""

    def isatty(self) -> bool:
        return True

    def sees(self, function: Callable[..., Any], *arguments: Any) -> Any:
        with redirect_stderr(self):
            return function(*arguments)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def left(shown: str) -> str:
    """What is still in the line after everything that was written."""
    line: list[str] = []
    at = 0
    for c in shown:
        if c == "\r":
            at = 0
        else:
            line[at : at + 1] = [c]
            at += 1
    return "".join(line).rstrip()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG.format(url="http://127.0.0.1:9"), "utf-8")
    monkeypatch.setenv("INBOX_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("INBOX_DATA", str(tmp_path / "data"))
    with closing(LocalStore(tmp_path / "data")) as store:
        for number in range(3):
            who = Person(name=f"Person {number}", remote_id=f"{number}")
            text = said(f"p{number}", "Hello", author=who, contact=who, thread=f"t:{number}")
            take_in(store, Page(messages=[text]), source(), TIMERS, NOON)
    return tmp_path


def test_the_first_reading_is_seen(run: Any, terminal: Terminal) -> None:
    """It took minutes without a character."""
    assert terminal.sees(run, "sync", "--once")[0] == 0
    assert "reading acme-x" in terminal.getvalue()
    assert "so far" in terminal.getvalue()
    assert "so far" not in left(terminal.getvalue().rpartition("\n")[2])


@pytest.mark.parametrize("words", [["sync", "--once"], ["sync", "--once", "--json"], ["export"], ["restore"]])
def test_nothing_of_it_is_in_a_pipe(run: Any, words: list[str]) -> None:
    """Scripts and logs read standard error."""
    _, _, err = run(*words)
    assert "\r" not in err
    assert "so far" not in err


def test_an_export_counts_conversations(
    home: Path, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.sees(main, ["export"]) == 0
    assert "exporting: 0 of 3 conversations" in terminal.getvalue()
    assert left(terminal.getvalue()) == ""
    assert capsys.readouterr().out.count('"kind": "conversation"') == 3


def test_an_export_onto_the_terminal_stays_undisturbed(home: Path, terminal: Terminal) -> None:
    """The line would stand among the exported ones."""
    with redirect_stdout(Terminal()):
        assert terminal.sees(main, ["export"]) == 0
    assert terminal.getvalue() == ""


def test_backups_are_counted(home: Path, terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(LocalStore(home / "data")) as store:
        store.upkeep.backup()
    assert terminal.sees(main, ["restore"]) == 0
    assert "looking through the backups: 0 of " in terminal.getvalue()
    name = backup.listing(home / "data")[0].name
    assert terminal.sees(main, ["restore", name, "--yes"]) == 0
    assert "copying the backup: " in terminal.getvalue()
    assert left(terminal.getvalue()) == ""


def test_an_erasure_says_that_it_writes_a_backup(home: Path, terminal: Terminal) -> None:
    """Of a million messages that takes 13 seconds."""
    assert terminal.sees(main, ["erase", "--contact", "acme-x:mentions:t:1", "--yes"]) == 0
    assert "writing a backup: 0 of " in terminal.getvalue()
    assert left(terminal.getvalue()) == ""


def test_an_older_store_is_brought_up_to_date_in_sight(home: Path) -> None:
    """Opening it may take a minute, once."""
    seen: list[str] = []
    with closing(LocalStore(home / "data")) as store:
        store.handle.storage.db.run("PRAGMA user_version = 3")
    with progress.watched_by(lambda work, done, of, about: seen.append(f"{work} {done} of {of}")):
        LocalStore(home / "data").close()
    assert "update 2 of 3" in seen


def test_ten_lines_a_second_are_enough(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress_line.time, "monotonic", lambda: now[0])
    line = ProgressLine()
    for done in range(1000):
        now[0] += 0.001
        terminal.sees(line.show, "export", done, 1000, {})
    assert 9 <= terminal.getvalue().count("\r") <= 11


def test_a_narrow_terminal_gets_one_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that wraps is not rewritten but repeated."""
    monkeypatch.setenv("COLUMNS", "20")
    line = ProgressLine()
    terminal.sees(line.show, "export", 1234, 99999, {})
    assert terminal.getvalue() == "\rexporting: 1,234 o…"
    terminal.sees(line.clear)
    assert left(terminal.getvalue()) == ""


def test_a_shorter_line_leaves_nothing_of_the_longer(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_line, "MOST_OFTEN", 0)
    line = ProgressLine()
    terminal.sees(line.show, "export", 1000000, 1000000, {})
    terminal.sees(line.show, "export", 1, 2, {})
    assert left(terminal.getvalue()) == "exporting: 1 of 2 conversations"


def test_a_restore_is_counted_piece_by_piece(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of some gigabytes nothing was seen but nought and all."""
    with closing(LocalStore(home / "data")) as store:
        store.upkeep.backup()
    monkeypatch.setattr(backup, "COPIED_AT_ONCE", 50_000)
    seen: list[int] = []
    with progress.watched_by(lambda work, done, of, about: seen.append(done) if work == "restore" else None):
        backup.put_back(home / "data", backup.listing(home / "data")[0].name)
    assert len(seen) > 3
    assert seen == sorted(seen)


def test_the_demo_says_nothing_of_the_readings_that_its_story_is_made_of(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first thing a newcomer saw was `writing a backup: 0 of 0 MB`."""
    with redirect_stderr(terminal), redirect_stdout(io.StringIO()), monkeypatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(""))
        assert main(["demo", "--plain", "--seed", "1"]) == 0
    assert left(terminal.getvalue()) == ""
    assert "\r" not in terminal.getvalue()
