"""F61, F62 on the command line: what `queue`, `show`, `search`, `outbox`, `accounts` and errors print of strangers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.corpus import CONFIG, Record, fill, records
from inbox.cli import main
from inbox.store.sqlite.store import LocalStore

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("corpus")
    store = fill(made / "data", records())
    (made / "config.toml").write_text(CONFIG, "utf-8")
    yield made
    store.close()


def output(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    main([*words, "--config", str(folder / "config.toml"), "--data", str(folder / "data")])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert "something went wrong" not in err
    return out + err


def wrong(text: str, found: list[Record]) -> list[str]:
    written = text.encode("utf-8", "surrogatepass")
    left = [
        r["name"]
        for r in found
        for h in r.get("absent_hex", ())
        if bytes.fromhex(h) in written and h != "611b"
    ]
    return left + [f"{c.group()!a} at {c.start()}" for c in CONTROL.finditer(text)]


@pytest.mark.parametrize(
    "words",
    [
        ("queue", "--view", "all", "--limit", "9999"),
        ("search", "e", "--limit", "9999"),
        ("outbox",),
        ("accounts",),
        ("queue", "--view", "\x1b]0;x\x07"),
        ("queue", "--filter", "from:\x1b[2J wrong:\x9b"),
        ("show", "\x1b]52;c;eA==\x07\u202e"),
        ("outbox", "retry", "\x1b[31m"),
        ("reply", "acme-x:mentions:\x1bnone", "--text", "x"),
        ("snooze", "acme-x:mentions:10001", "--until", "\x1b[5n"),
        ("erase", "--contact", "\x1b]0;x\x07", "--yes"),
        ("restore", "\x1b]0;x\x07", "--yes"),
    ],
    ids=lambda words: " ".join(words[:2]).encode("unicode_escape").decode(),
)
def test_f61_f62_nothing_printed_acts_on_a_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """People look at these in the same terminal; a pipe into `less -R` makes it no better."""
    text = output(folder, capsys, *words)
    assert text.strip()
    assert wrong(text, records()) == []


def test_f61_every_conversation_is_shown_clean_and_in_its_own_frame(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line breaks and box drawing must not pass for a heading of ours."""
    found = records()
    for number in range(0, len(found), 3):
        text = output(folder, capsys, "show", f"acme-x:mentions:1{number:04}")
        assert wrong(text, found) == []
    text = output(folder, capsys, "show", "acme-x:mentions:20002")
    ours = re.compile(r"  \| |[<>#] \d{4}-|\(around it\)|draft$|reply: |acme-x:|tanja|$")
    assert [line for line in text.splitlines() if not ours.match(line)] == []


def test_f62_json_for_a_terminal_is_escaped_and_whole(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON must carry the text as it is: on a terminal in escapes, which say the same."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    number, record = next((n, r) for n, r in enumerate(records()) if r["class"] == "escape")
    text = output(folder, capsys, "show", f"acme-x:mentions:1{number:04}", "--json")
    assert wrong(text, records()) == []
    assert record["text"] in [m["text"] for m in json.loads(text)["messages"]]


def test_f61_an_export_carries_everything_as_it_is_stored(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One record a line, whatever line ends the text holds."""
    lines = [json.loads(line) for line in output(folder, capsys, "export").split("\n") if line]
    texts = {line["text"] for line in lines if line["kind"] == "message"}
    kept = [r for r in records() if "stored_exact" in r["must"]]
    assert [r["name"] for r in kept if r["text"] not in texts] == []
    assert len(texts) > 100
    assert isinstance(LocalStore, type)
