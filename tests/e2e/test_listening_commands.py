"""What is said about us, on the command line: over the store, and over a file of one's own past."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from listening_world import START, World

from inbox.cli import main

Run = Callable[..., tuple[int, Any, str]]
DAY = 86400.0
ONSET = START + 16 * DAY + 14 * 3600


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command without a config; returns exit status, JSON or text, and standard error."""
    monkeypatch.setenv("INBOX_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("INBOX_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TZ", "UTC")

    def call(*words: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        status = main(words)
        out, err = capsys.readouterr()
        return status, json.loads(out) if "--json" in words and out else out, err

    return call


def line(at: float, text: str, number: int, **more: Any) -> str:
    return json.dumps(
        {
            "account": "acme-x",
            "author": f"a{number}",
            "text": text,
            "sent_at": iso(at),
            "id": f"m{number}",
            **more,
        }
    )


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen ordinary days, and then an evening when something burns."""
    lines = [
        line(m.sent, m.text, n, author=m.author, direction="out" if m.ours else "in")
        for n, m in enumerate(World(4, 6, 3, events=False).messages())
        if m.sent < ONSET + 1200
    ]
    lines += [
        line(ONSET + n * 40, f"Mein Akkubrand, wort{n} das geht gar nicht, niemand antwortet", 900_000 + n)
        for n in range(30)
    ]
    file = tmp_path_factory.mktemp("past") / "messages.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    return file


def test_a_replay_says_what_would_have_been_told(run: Run, past: Path) -> None:
    """How one comes to trust an alarm: by the day one remembers."""
    status, found, _ = run("surges", "--replay", str(past), "--json")
    assert status == 0
    surge = found["surges"][-1]
    assert surge["tier"] == "red"
    assert surge["until"] is None
    assert "Akkubrand" in " ".join(surge["words"])
    assert iso(ONSET)[:13] == surge["at"][:13]


def test_the_order_of_the_lines_makes_no_difference(run: Run, past: Path, tmp_path: Path) -> None:
    """An export is sorted in any way."""
    backwards = tmp_path / "backwards.jsonl"
    backwards.write_text("\n".join(reversed(past.read_text("utf-8").splitlines())), "utf-8")
    assert run("surges", "--replay", str(backwards), "--json") == run(
        "surges", "--replay", str(past), "--json"
    )


def test_check_ends_with_five_while_a_surge_runs(run: Run, past: Path) -> None:
    """For cron, and for a script that wakes somebody."""
    assert run("surges", "--replay", str(past), "--check")[0] == 5


def test_a_replay_touches_no_store(run: Run, past: Path, tmp_path: Path) -> None:
    """The past of another brand must not become ours."""
    run("surges", "--replay", str(past))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1"),
        ("[]", "line 1"),
        ('{"text": "x"}', "sent_at"),
        ('{"sent_at": "yesterday", "text": "x"}', "sent_at"),
        ('{"sent_at": "2026-11-30T14:02:00", "text": "x"}', "time zone"),
        ('{"sent_at": "2026-11-30T14:02:00Z", "text": ["x"]}', "text"),
        ('{"sent_at": "2026-11-30T14:02:00Z", "direction": "up"}', "direction"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    """One line of a hundred thousand is wrong: which one, and why."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    status, _, told = run("surges", "--replay", "-")
    assert status == 2
    assert says in told
    assert len(told.splitlines()) == 1


def test_nothing_to_read_is_no_surge(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file is an answer too."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run("surges", "--replay", "-", "--json")[1] == {"surges": []}


def test_topics_of_a_file_are_as_of_a_time(run: Run, past: Path) -> None:
    """One looks at the day one remembers, not at the last line."""
    found = run("topics", "--replay", str(past), "--json")[1]["topics"]
    assert any("Akkubrand" in word for topic in found for word in topic["words"])
    assert found[0]["conversations"][0].startswith("m9000")
    before = run("topics", "--replay", str(past), "--at", iso(ONSET - 3600), "--json")[1]["topics"]
    assert not any("Akkubrand" in word for topic in before for word in topic["words"])


def test_groups_of_a_file(run: Run, past: Path) -> None:
    """The storm of a past day, sorted into what was said."""
    found = run("groups", "--replay", str(past), "--json")[1]
    assert len(found["groups"][0]["conversations"]) >= 25
    assert found["groups"][0]["can_answer"] is None


def test_hints_of_a_file_are_one_object_a_line_in_its_order(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it can be compared with labels line by line, over several accounts."""
    texts = ["Rauch kommt aus dem Router!", "Habt ihr morgen offen?", "vielen lieben Dank"]
    lines = [line(ONSET, text, n, account=f"acme-{n % 2}") for n, text in enumerate(texts)]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    _, out, _ = run("hint", "--replay", "-")
    told = [json.loads(one) for one in out.splitlines()]
    assert [one["id"] for one in told] == ["m0", "m1", "m2"]
    assert [one["hints"][-1]["kind"] for one in told] == ["urgent", "question", "praise"]


@pytest.mark.parametrize(
    "words",
    [
        ("hint",),
        ("hint", "C", "--replay", "x"),
        ("topics", "--at", "2026-11-30T14:02:00Z"),
        ("groups", "--replay", "x", "--filter", "is:waiting"),
        ("surges", "--sensitivity", "calm"),
        ("surges", "--replay", "missing.jsonl"),
    ],
)
def test_what_does_not_go_together_is_said(run: Run, words: tuple[str, ...]) -> None:
    """One line and exit status 2, as everywhere."""
    status, _, told = run(*words)
    assert status == 2
    assert len(told.splitlines()) == 1
