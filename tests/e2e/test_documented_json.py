"""The JSON that is printed is the JSON that the manual documents: every key, every type, nothing left over.

Scripts are written from that page. The tables of `inbox help scripts` are read here and compared with what the commands
print over the demo; shapes that no good day brings (a gap, an error) come from the functions that print them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from e2e.demo_store import Demo, demo_store
from inbox.cli import main
from inbox.cli.help_commands import page
from inbox.cli.listening_commands import group_json, topic_json
from inbox.cli.manual import commands
from inbox.domain.listening.alarm import Surge
from inbox.domain.listening.groups import Group
from inbox.domain.listening.surge_log import Logged
from inbox.domain.listening.topics import Topic
from inbox.domain.model import AttachedFile, Direction, Message, Person, Version
from inbox.domain.records import replace
from inbox.engine import report
from inbox.engine.health import AccountHealth, FirstReading, KnownGap, Trouble
from inbox.engine.listening import surge_json
from inbox.engine.station.round_report import RoundReport
from inbox.errors import PlatformError
from inbox.wiring import open as wiring

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=UTC)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
SURGE = Surge(since=0.0, until=None, tier="red", voices=41, expected=12.1, negative=0.71, words=("Akku",), channel="words", at=9.0)  # fmt: skip
TOPIC = Topic(words=("Akku",), voices=4, before=0, score=20.0, messages=("1",))
GROUP = Group(id="abc", name="Akku", messages=("1", "2"), sample="Akku?")
OVER = replace(SURGE, until=3600.0, at=None)
ROW = re.compile(r"^\| `([\w.]+)` \| ([^|]*) \|", re.MULTILINE)


@dataclass
class Tables:
    """The page's tables: shape to key to the types a value may have. `seen` collects what was met."""

    shapes: dict[str, dict[str, tuple[str, ...]]]
    seen: set[tuple[str, str]] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)

    def look(self, value: Any, type_: str, where: str) -> bool:
        """Whether a value is of a type; what does not fit inside an object is noted."""
        if type_.startswith("list of "):
            return isinstance(value, list) and all(
                self.look(each, type_[len("list of ") :], f"{where}[]") for each in value
            )
        match type_:
            case "string":
                return isinstance(value, str)
            case "number":
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "true" | "false":
                return value is (type_ == "true")
            case "null":
                return value is None
            case "instant":
                return isinstance(value, str) and INSTANT.fullmatch(value) is not None
            case "date":
                return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
            case "object":
                return isinstance(value, dict)
        if type_.startswith('"'):
            return bool(value == type_.strip('"'))
        if not isinstance(value, dict):
            return False
        self._inside(value, type_, "", where)
        return True

    def _inside(self, value: dict[str, Any], shape: str, before: str, where: str) -> None:
        known = self.shapes[shape]
        for name, member in value.items():
            key = before + name
            if isinstance(member, dict) and any(other.startswith(f"{key}.") for other in known):
                self.seen.add((shape, key))
                self._inside(member, shape, f"{key}.", f"{where}.{name}")
            elif key not in known:
                if shape != "event":  # whose page says that it has more
                    self.wrong.add(f"{where}.{name} is not in the manual")
            else:
                self.seen.add((shape, key))
                # Each is tried: those after the first that fits have nothing to add.
                if not any(self.look(member, type_, f"{where}.{name}") for type_ in known[key]):
                    self.wrong.add(f"{where}.{name}: {member!r:.60} is not {' or '.join(known[key])}")
        for key in known:
            rest = key.removeprefix(before)
            left_out = (shape, rest) == ("message", "posing") and where.startswith("search")
            if key.startswith(before) and "." not in rest and rest not in value and not left_out:
                self.wrong.add(f"{where} lacks {rest}")


def tables() -> Tables:
    shapes: dict[str, dict[str, tuple[str, ...]]] = {}
    for section in page("scripts").split("\n### ")[1:]:
        name, _, text = section.partition("\n")
        parent = re.search(r"^(?:Everything of a |A )?([\w ]+), and:$", text, re.MULTILINE)
        inherited = shapes[parent[1].lower()] if parent else {}
        shapes[name] = {**inherited, **{key: _types(types) for key, types in ROW.findall(text)}}
    return Tables(shapes)


def _types(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r", | or ", text))


def printed() -> dict[str, str]:
    """Command line to the type of what it prints, from the table of commands."""
    rows = re.findall(r"^\| `inbox ([^`]*--json)` \| (.*) \|$", page("scripts"), re.MULTILINE)
    return {line: re.split(r"[;,]", what)[0] for line, what in rows}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with demo_store() as made:
        yield made


@pytest.fixture(scope="module")
def checked(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables, after everything that the commands print over the demo was looked at."""
    found = tables()

    def run(line: str, *words: str, type_: str | None = None) -> Any:
        status, out, err = demo.run(*words)
        assert status in (0, 1), (words, err)
        value, type_ = json.loads(out), type_ or printed()[line]
        if not found.look(value, type_, line):
            found.wrong.add(f"{line} does not print {type_}")
        return value

    queue = run("queue --json", "queue", "--view", "all", "--json")
    waiting = [c for c in queue if c["waiting_since"] and c["reply"]["allowed"]]
    mention, private, comment = (
        next(c["id"] for c in waiting if c["surface"] == surface)
        for surface in ("mentions", "messenger", "comments")
    )
    picture = tmp_path_factory.mktemp("files") / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    with closing(wiring.open_desk(demo.setup)) as desk:
        file = AttachedFile(path=str(picture), kind="image", size=8)
        desk.drafts.save(private, "half a sen", files=[file])
    demo.run("join", mention, private)
    for conversation in queue:
        run("show C --json", "show", conversation["id"], "--json")
    run("search QUERY --json", "search", "the", "--json")
    run("stats --json", "stats", "--json")
    run("stats --json", "stats", "--target", "1h", "--json")
    run("accounts --json", "accounts", "--json")
    run("surges --json", "surges", "--json")
    run("topics --json", "topics", "--since", "7d", "--json")
    run("groups --json", "groups", "--json")
    for conversation in queue:
        run("hint C --json", "hint", conversation["id"], "--json")
    item = run("reply C --text T --json", "reply", mention, "--text", "We look.", "--json")
    run(
        "reply C --text T --json",
        "reply",
        mention,
        "--text",
        "word " * 99,
        "--split",
        "--json",
        type_="list of outbox item",
    )
    run("do C hide --json", "do", comment, "hide", "--json")
    run("outbox --json", "outbox", "--json")
    run("outbox --json", "outbox", "cancel", item["id"], "--json", type_="outbox item")
    run("undo --list --json", "undo", "--list", "--json")
    run("undo --json", "undo", "--json")
    run("sync --once --json", "sync", "--once", "--json")
    run("backup --json", "backup", "--json")
    run("restore --json", "restore", "--json")
    _not_on_a_good_day(found)
    return found


def _not_on_a_good_day(found: Tables) -> None:
    """What the demo never shows, through the functions that print it."""
    gap = KnownGap(surface="mentions", since=None, until=NOW, reason="X serves 800.")
    trouble = Trouble(task="backup", account=None, message="The disk is full.", since=NOW)
    health = AccountHealth(
        account="acme-x", platform="twitter", gaps=[gap], troubles=[trouble], first_reading=[FirstReading(surface="direct")]
    )  # fmt: skip
    error = RoundReport("acme-x", error=PlatformError("X does not answer."))
    somebody = Person(name=None, handle=None, remote_id=None)
    edited = Message(
        id="acme-x:1", conversation="c", remote_id="1", direction=Direction.IN, author=somebody, text="new",
        sent_at=NOW, received_at=NOW, versions=(Version(text="old", until=NOW),),
    )  # fmt: skip
    for value, type_ in (
        (report.account(health, NOW), "account"),
        (report.round_(error), "account report"),
        (topic_json(TOPIC), "topic"),
        (group_json(GROUP, None), "group"),
        (surge_json(Logged(account="acme-x", search=False, surge=SURGE)), "surge"),
        (surge_json(Logged(account="acme-x", search=True, surge=OVER, acknowledged_by="mia")), "surge"),
        ({**report.message(edited, {}), "posing": False}, "message"),
    ):
        if not found.look(value, type_, type_):
            found.wrong.add(f"this is no {type_}: {value}")


def test_every_key_that_is_printed_is_in_the_manual_with_its_type(checked: Tables) -> None:
    assert sorted(checked.wrong) == []


def test_every_key_of_the_manual_is_printed(checked: Tables) -> None:
    """A key that left the program leaves the page; and the comparison above looked at all of them."""
    documented = {(shape, key) for shape, keys in checked.shapes.items() for key in keys}
    assert sorted(documented - checked.seen - {("finding", key) for key in checked.shapes["finding"]}) == []


def test_the_findings_of_check_are_as_the_manual_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo has no config to look at, so this one has its own."""
    config = tmp_path / "config.toml"
    config.write_text('agent = "mia"\n', "utf-8")
    main(["--config", str(config), "--data", str(tmp_path / "data"), "check", "--offline", "--json"])
    found = tables()
    assert found.look(json.loads(capsys.readouterr().out), printed()["check --json"], "check")
    assert sorted(found.wrong) == []
    assert {key for _, key in found.seen} == found.shapes["finding"].keys()


def test_every_command_that_prints_json_is_in_the_table() -> None:
    able = {
        name
        for name, command in commands().items()
        if any("--json" in action.option_strings for action in command._actions)
    }
    told = re.findall(r"`inbox (\w+)[^`]*--json`", page("scripts").partition("| command | prints |")[2])
    assert {*told} - {"config"} == able
