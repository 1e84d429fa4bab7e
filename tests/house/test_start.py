"""What may be imported before the first answer, and before the first frame.

httpx costs 27 ms of CPU, keyring 47 and up to a second of waiting, Textual 175: `inbox --version` takes 10.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from inbox.cli import arguments, fast_start

ROOT = Path(__file__).resolve().parents[2]

COMMAND = """
import contextlib, io, json, sys
from inbox.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted(sys.modules)))
"""
IMPORT = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(sys.modules)))
"""
USED = """
import importlib, json, sys
from inbox.system import lazy_modules as later
later.install()
importlib.import_module(sys.argv[1]).run
print(json.dumps([name for name, module in sys.modules.items() if not isinstance(module, later._Waiting)]))
"""
FIRST_PICTURE = """
import os, pathlib, sys
from inbox.system import lazy_modules as later
later.install()
from inbox.wiring import open as wiring
from inbox.wiring.setup import set_up
setup = set_up(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), os.environ)
desk = wiring.open_desk(setup)
from inbox.ui import picture
picture.take(desk, picture.Wish(view="waiting", limit=80, figures=False))
used = [name for name, module in sys.modules.items() if not isinstance(module, later._Waiting)]
import json
print(json.dumps(used))
"""
NETWORK = {"httpx", "httpcore", "h11", "certifi", "anyio"}
SECRETS = {"keyring", "secretstorage", "jeepney", "cryptography"}
SCREEN = {"textual", "rich"}
STORE = {"tinydb", "sqlite3"}
RARE = {"holidays", "difflib"}


def imported(program: str, *arguments: str, data: Path | None = None) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "INBOX_CONFIG": str(data), "INBOX_DATA": str(data), "HOME": str(data)}
        if data
        else None,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_version_and_help_import_next_to_nothing(argument: str) -> None:
    """They are what completion scripts and people in a hurry call."""
    got = imported(COMMAND, argument)
    assert got & (NETWORK | SECRETS | SCREEN | STORE | RARE | {"asyncio", "ssl"}) == set()


def test_the_version_needs_no_parser() -> None:
    """argparse alone takes half as long as Python itself."""
    assert (
        imported(COMMAND, "--version") & {"argparse", "inbox.cli.arguments", "dataclasses", "pathlib"}
        == set()
    )


def test_the_key_table_needs_no_screen() -> None:
    assert imported(COMMAND, "keys") & (NETWORK | SECRETS | SCREEN | STORE) == set()


def test_a_config_error_is_told_without_waiting_for_the_screen(tmp_path: Path) -> None:
    got = imported(COMMAND, "queue", data=tmp_path / "none.toml")
    assert got & (NETWORK | SECRETS | SCREEN) == set()


def test_the_config_knows_its_surfaces_without_the_platforms() -> None:
    got = imported(IMPORT, "inbox.config.model")
    assert not {name for name in got if name.startswith(("inbox.adapters", "importlib.metadata"))}
    assert got & (NETWORK | SECRETS | SCREEN | STORE | {"holidays", "platformdirs"}) == set()


@pytest.mark.parametrize("name", ["inbox.ui.app", "inbox.wiring.open", "inbox.wiring.setup"])
def test_the_first_frame_waits_for_no_network_and_no_keyring(name: str) -> None:
    """They are loaded in a thread once the screen stands."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not part of this build")
    got = imported(IMPORT, name)
    assert got & (NETWORK | SECRETS | {"holidays"}) == set()
    assert {
        module for module in got if module.startswith("inbox.adapters.") and module.endswith((".api", ".sim"))
    } == set()


def test_the_screen_comes_without_what_its_keys_do() -> None:
    """Each group of commands, with its windows and words, is executed with its first key: 12 ms the first frame saves."""
    got = imported(USED, "inbox.ui.app")
    assert "inbox.ui.main.screen" in got
    later = {
        "windows.dialogs",
        "widgets.composer",
        "main.due_notice",
        "text.empty_queue",
        "text.reply_hints",
        "terminal.event_loop_lag",
        "text.lessons",
    }
    assert not {name for name in got if name.startswith(("inbox.ui.actions.", "inbox.ui.handlers"))}
    assert not got & {"inbox.wording.statistics", *(f"inbox.ui.{name}" for name in later)}


def test_a_platform_object_does_not_bring_the_network() -> None:
    """Counting a reply's length needs the platform, on every key."""
    for name in ("inbox.adapters.twitter", "inbox.adapters.facebook"):
        assert imported(IMPORT, name) & (NETWORK | SECRETS) == set()


LATER = {
    *(
        "inbox.ports.platform",
        "inbox.ports.sign_in",
        "inbox.config.mistakes",
        "inbox.config.lines",
        "inbox.system.spelling",
    ),
    *("inbox.store.sqlite.backup", "inbox.store.sqlite.statistics", "inbox.store.sqlite.tinydb_storage"),
    *("inbox.domain.lifecycle", "inbox.domain.parts", "inbox.domain.statistics", "inbox.domain.checks"),
    *(
        "inbox.engine.desk.undo",
        "inbox.engine.desk.notes",
        "inbox.engine.desk.people",
        "inbox.engine.desk.outbox",
    ),
    *(
        "inbox.engine.desk.drafts",
        "inbox.engine.desk.files",
        "inbox.engine.desk.moderation",
        "inbox.engine.desk.passing_on",
    ),
}
"""Of ours: what the first rows do not need."""


def test_the_first_rows_wait_for_nothing_that_comes_after_them(tmp_path: Path) -> None:
    """With accounts, as everybody has them: asking for entry points takes 35 ms, TinyDB 3, ours together 5."""
    config = tmp_path / "config.toml"
    config.write_text('[[accounts]]\nname = "acme"\nplatform = "twitter"\n', "utf-8")
    for _ in ("a new store", "one that is there"):
        got = imported(FIRST_PICTURE, str(config), str(tmp_path / "data"))
    assert "sqlite3" in got
    assert (
        got & (LATER | NETWORK | SECRETS | SCREEN | {"holidays", "tinydb", "json", "importlib.metadata"})
        == set()
    )


ALONE = [
    [],
    ["--plain", "--debug", "--debug-insecure", "--verbose"],
    ["--config", "a.toml", "--data=b"],
    ["--data", "-", "--plain"],
    ["--config", "--plain"],
    ["--config"],
    ["--data="],
    ["--conf", "a.toml"],
    ["--help"],
    ["queue"],
    ["--config", "a.toml", "queue", "--json"],
]


@pytest.mark.parametrize("words", ALONE, ids=" ".join)
def test_the_screen_alone_is_understood_as_the_parser_would(words: list[str]) -> None:
    """It is read without argparse, for the first frame's sake; whatever else is said is left to argparse."""
    mine = fast_start.read(words)
    if mine is not None:
        theirs = vars(arguments.parser().parse_args(words))
        assert {**vars(mine), "run": None} == {**theirs, "run": None}
    else:
        assert words not in ALONE[:3]


def test_the_screen_needs_no_parser() -> None:
    """25 commands that nobody named would cost the first frame 8 ms."""
    got = imported(
        "import json, sys\nfrom inbox.cli import fast_start\nfast_start.read([])\nprint(json.dumps(sorted(sys.modules)))"
    )
    assert "argparse" not in got


def test_no_class_of_ours_is_written_and_compiled_at_import() -> None:
    """`dataclasses` takes 0.4 ms for each one, before the first frame; and its `field` says nothing to a record."""
    wordy = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "inbox").rglob("*.py")
        if re.search(r"^(from|import) dataclasses|@dataclass\b", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert wordy == []
