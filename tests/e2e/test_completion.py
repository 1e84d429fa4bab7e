"""Shell completion: in real shells, what a command receives after Tab; and what the program answers them."""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import select
import shutil
import stat
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from engine.world import NOON, TIMERS, VirtualClock, said, source
from platform_rules import declared

from inbox.cli import completion, main
from inbox.cli.completion import Completion, split_words
from inbox.cli.manual import commands
from inbox.config.edit import place_of, setting_keys
from inbox.domain.filter import FilterError, parse
from inbox.domain.kinds import OPERATORS, STATES
from inbox.domain.model import Person
from inbox.domain.outbox import Phase
from inbox.domain.queue import views
from inbox.engine.desk.desk import Desk
from inbox.engine.station.intake import take_in
from inbox.ports.platform import Page
from inbox.store.sqlite import read_only
from inbox.store.sqlite.folder import NAME
from inbox.store.sqlite.store import LocalStore

CONFIG = """
agent = "tanja"
agents = ["mia", "ben o'neil"]
[[accounts]]
name = "acme-x"
platform = "twitter"
[[accounts]]
name = "acme-page"
platform = "facebook"
page_id = "1001"
[[views]]
name = "hot"
filter = "is:overdue"
[[macros]]
name = "sorry"
text = "Sorry, {name}!"
"""
HOSTILE = "\x1b[31m$(touch /tmp/x)\u202e`id` Anna"
INBOX = Path(sys.executable).with_name("inbox")
PATIENCE = 30.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config, and a store with three conversations, tags and an agent who is in no config."""
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    monkeypatch.setenv("INBOX_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("INBOX_DATA", str(tmp_path / "data"))
    with closing(LocalStore(tmp_path / "data")) as store:
        people = (("7", "Anna Weber", "anna"), ("8", HOSTILE, "b$(id)"), ("9", "Carl", "carl"))
        for number, name, handle in people:
            who = Person(name=name, handle=handle, remote_id=number)
            page = Page(
                messages=[
                    said(f"p{number}", f"Hello from {name}", author=who, contact=who, thread=f"t:{number}")
                ]
            )
            take_in(store, page, source(), TIMERS, NOON)
        desk = Desk(
            store, VirtualClock(NOON), agent="zoe", timers=TIMERS, platforms=declared({"acme-x": "twitter"})
        )
        desk.triage.tag(["acme-x:mentions:t:7"], ["refund", "Lost Parcel"])
        desk.people.tag(["acme-x:mentions:t:7"], ["vip"])
        desk.triage.resolve(["acme-x:mentions:t:9"])
        desk.triage.tag(["acme-x:mentions:t:9"], ["closed$(id)"])
    return tmp_path


def words(*line: str) -> list[str]:
    """What may stand at the end of a line, without descriptions."""
    *before, current = line
    return [each.partition("\t")[0] for each in Completion(before, current, os.environ).lines()]


def lines(*line: str) -> list[str]:
    *before, current = line
    return list(Completion(before, current, os.environ).lines())


# -- what is offered ---------------------------------------------------------------------------------------


def test_names_come_from_config_and_store(home: Path) -> None:
    """Nobody types `acme-x:mentions:t:7` by hand."""
    assert "acme-x:mentions:t:7\tAnna Weber: Hello from Anna Weber" in lines("show", "")
    assert words("show", "acme-x:mentions:t:7") == ["acme-x:mentions:t:7"]
    assert words("show", "")[-1] == "acme-x:mentions:t:9", "what waits comes before what is resolved"
    assert words("resolve", "acme-x:mentions:t:7", "acme-x:mentions:") == [
        "acme-x:mentions:t:8",
        "acme-x:mentions:t:9",
    ]
    assert lines("login", "acme-") == ["acme-x\ttwitter", "acme-page\tfacebook"]
    assert words("assign", "c", "--to", "") == ["-", "tanja", "mia", "ben o'neil", "zoe"]
    assert words("tag", "c", "--add", "") == ["closed$(id)", "Lost Parcel", "refund"]
    assert "hot\tis:overdue" in lines("queue", "--view", "")
    assert words("queue", "--view=h") == ["--view=hits", "--view=hot"]
    assert "@anna" in words("export", "--contact", "@")
    assert words("help", "adm") == ["administrator"]
    assert words("help", "config", "s") == ["show", "set"]
    assert words("help", "queue", "") == []
    assert words("config", "get", "accounts.acme-x.cl") == ["accounts.acme-x.client_id"]
    assert "macros.sorry.text" in words("config", "set", "macros")
    assert words("config", "set", "screen.mouse", "") == ["true", "false"]
    assert words("config", "set", "screen.theme", "d") == ["dark"]
    assert words("do", "acme-x:mentions:t:7", "hide", "--message", "")
    assert words("priority", "acme-x:mentions:t:7", "h") == ["high"]
    assert words("--config", "") == ["\x1ffiles"]


def test_a_backup_that_is_offered_is_one_that_restore_takes(home: Path) -> None:
    """The file's name was offered, and `restore` knew no backup of that name."""
    with closing(LocalStore(home / "data")) as store:
        store.upkeep.backup()
    (offered,) = words("restore", "")
    assert main(["restore", offered, "--yes"]) == 0
    assert main(["restore", f"{offered}.db", "--yes"]) == 0, "as its file is called"


def test_another_config_and_folder_on_the_line_count(home: Path, tmp_path: Path) -> None:
    """They are what the command would use."""
    (tmp_path / "other.toml").write_text('[[accounts]]\nname = "other"\nplatform = "twitter"\n', "utf-8")
    assert words("--config", str(tmp_path / "other.toml"), "login", "") == ["other"]
    assert words(f"--config={tmp_path}/other.toml", "login", "") == ["other"]
    assert words("--data", str(tmp_path / "nothing"), "show", "") == []
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("is:ov", ["is:overdue"]),
        ("-is:ov", ["-is:overdue"]),
        ("is:overdue in:acme-p", ["is:overdue in:acme-page"]),
        ("to:z", ["to:zoe"]),
        ('tag:"L', ['tag:"Lost Parcel"']),
        ('"lost parcel" on:mess', ['"lost parcel" on:messenger']),
        ("priority:u", ["priority:urgent"]),
        ("from:@an", ["from:@anna"]),
        ("silent:>3", ["silent:>30m", "silent:>3h"]),
    ],
)
def test_the_last_word_of_a_filter_is_completed(home: Path, typed: str, fits: list[str]) -> None:
    """A filter is one word for the shell and several for us."""
    assert words("queue", "--filter", typed) == fits
    if " " not in typed and not typed.startswith("-"):
        assert words("search", typed) == fits


def test_every_offered_filter_word_is_understood(home: Path) -> None:
    """What completion writes must not be answered with `is no filter`."""
    operators = words("queue", "--filter", "")
    assert operators == ["\x1fnospace", *(f"{name}:" for name in OPERATORS)]
    for operator in operators[1:]:
        found = words("queue", "--filter", operator)
        assert found, operator
        for each in found:
            try:
                parse(each, agent="tanja", now=NOON, zone=NOON.tzinfo)  # type: ignore[arg-type]  # noon has one
            except FilterError as error:
                pytest.fail(f"{each}: {error}")
    assert len(words("queue", "--filter", "is:")) == len(STATES)
    assert words("queue", "--view", "")[:10] == [view.name for view in views("tanja")]


def test_every_key_that_is_offered_is_a_setting(home: Path) -> None:
    """`config get KEY` takes each."""
    import tomllib

    keys = setting_keys(tomllib.loads(CONFIG))
    assert {
        "agent",
        "service.timezone",
        "service.hours",
        "accounts.acme-x.client_id",
        "views.hot.filter",
    } <= set(keys)
    for key in keys:
        assert place_of(key, CONFIG)


def test_every_command_is_offered_with_every_option(home: Path) -> None:
    assert set(words("")) == set(commands())
    for name, command in commands().items():
        offered = set(words(name, "--"))
        assert offered == {o for a in command._actions for o in a.option_strings if o[:2] == "--"}, name
    assert "--json" not in words("queue", "--json", "--"), "what was said need not be said again"
    assert "--add" in words("tag", "c", "--add", "x", "--"), "what may be said twice is offered again"


def test_every_value_of_the_command_line_was_thought_of() -> None:
    """A new option says what fits, or that nothing can be offered."""
    typed_by_hand = {
        ("reply", "text"), ("reply", "describe"), ("note", "text"), ("demo", "seed"), ("demo", "conversations"),
        ("demo", "speed"), ("queue", "limit"), ("search", "limit"), ("init", "agent"), ("init", "timezone"),
        ("init", "hours"), ("init", "x"), ("init", "x_client_id"), ("init", "facebook"), ("init", "facebook_app_id"),
        ("init", "page_id"), ("topics", "at"),
    }  # fmt: skip
    for name, command in commands().items():
        for action in command._actions:
            if action.nargs == 0 or action.choices is not None:
                continue
            known = completion.OF_COMMAND.get((name, action.dest)) or completion.KINDS.get(
                str(action.metavar)
            )
            assert known or (name, action.dest) in typed_by_hand, f"{name} {action.dest}"


# -- never in the way --------------------------------------------------------------------------------------


def test_text_of_strangers_is_harmless_in_a_shell(home: Path) -> None:
    """A name with an escape sequence must not reach the terminal, one with `$(...)` not be run by Enter."""
    for shell in ("zsh", "fish"):
        out = completion.answer([shell, "show", ""])
        assert "Anna" in out
        assert not set(out) & {"\x1b", "\u202e", "\x07"}
    out = completion.answer(["bash", ":", "inbox tag c --remove "])
    assert "closed\\$\\(id\\)" in out.splitlines()
    assert "closed\\$(id)" in completion.answer(["bash", ":", 'inbox tag c --remove "']).splitlines()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: (data / NAME).write_bytes(b"SQLite format 3\0" + os.urandom(5000)),
        lambda data: (data / NAME).write_bytes(b""),
        lambda data: shutil.rmtree(data),
        lambda data: ((data / NAME).unlink(), (data / NAME).mkdir()),
    ],
    ids=["damaged", "empty", "missing", "a folder"],
)
def test_a_store_that_cannot_be_read_offers_nothing_and_stays_as_it_is(
    home: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[Path], object]
) -> None:
    """Somebody who presses Tab has not asked for a repair."""
    damage(home / "data")
    before = _tree(home)
    assert completion.answer(["fish", "show", ""]) == ""
    assert "tanja" in completion.answer(["fish", "assign", "c", "--to", ""])
    assert _tree(home) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "config", ["agent = ", "\x00", "accounts = 3\nviews = [1, {}]\nagent = 7\nagents = 'x'", None]
)
def test_a_config_that_is_not_in_order_costs_no_tab(home: Path, config: str | None) -> None:
    """It is being edited, perhaps."""
    path = home / "config.toml"
    path.unlink()
    if config is not None:
        path.write_text(config, "utf-8")
    assert "waiting\tWaiting" in completion.answer(["fish", "queue", "--view", ""])
    assert completion.answer(["fish", "login", ""]) == ""
    assert completion.answer(["fish", "config", "get", "service."]).splitlines()


@pytest.mark.parametrize(
    "asked", [[], ["bash"], ["bash", ":"], ["tcsh", ""], ["fish"], ["bash", ":", ""], ["zsh", "\udcff"]]
)
def test_whatever_is_asked_there_is_no_error(home: Path, asked: list[str]) -> None:
    assert isinstance(completion.answer(asked), str)


def test_a_store_in_use_is_read_as_it_is_now_and_not_held_up(home: Path) -> None:
    """The screen is open all day; a Tab sees what it stored, takes no lock and leaves no file."""
    with closing(LocalStore(home / "data")) as store:
        store.small_things.put_setting("agents", ["newcomer"])
        before = set(_tree(home))
        with store.transaction():
            store.small_things.put_setting("agents", ["unfinished"])
            assert read_only.ReadOnlyStore(home / "data").agents() == ["newcomer"]
        assert read_only.ReadOnlyStore(home / "data").agents() == ["unfinished"]
        assert set(_tree(home)) == before
    before = set(_tree(home))
    assert read_only.ReadOnlyStore(home / "data").agents() == ["unfinished"]
    assert set(_tree(home)) == before


def _tree(folder: Path) -> dict[str, tuple[int, float]]:
    """Path to size and time of the last change."""
    return {str(p): (p.lstat().st_size, p.lstat().st_mtime) for p in sorted(folder.rglob("*"))}


def test_the_answer_needs_little_of_the_program(home: Path) -> None:
    """It is asked at every Tab: no records, no network, no screen."""
    program = (
        "import sys, json\nfrom inbox.cli import main\nsys.argv[1:] = sys.argv[1:]\nmain()\n"
        "from inbox.system import lazy_modules as later\n"
        "print(json.dumps([n for n, m in sys.modules.items() if not isinstance(m, later._Waiting)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--complete", "bash", ":", "inbox queue --filter in:"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    import json

    used = set(json.loads(done.stdout.splitlines()[-1]))
    assert not used & {
        "msgspec",
        "httpx",
        "textual",
        "keyring",
        "tinydb",
        "asyncio",
        "ssl",
        "logging",
        "inbox.wiring.open",
    }


def test_a_tab_takes_a_few_times_what_the_version_takes(home: Path) -> None:
    """100 ms where `inbox --version` takes 30. Processor time, the best of some: other programs run beside."""

    def cost(*asked: str) -> float:
        best = 60.0
        for _ in range(4):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-m", "inbox", *asked], stdout=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return best

    version = cost("--version")
    for asked in (
        ["queue", "--view", ""],
        ["queue", "--filter", "in:"],
        ["show", ""],
        ["tag", "c", "--add", ""],
    ):
        assert cost("--complete", "fish", *asked) < 4 * version, asked


def test_a_million_documents_are_not_read_for_one_tab(home: Path) -> None:
    """Each question is answered from an index, or is over after its time."""
    import sqlite3

    asked: list[str] = []

    class Seen(read_only.ReadOnlyStore):
        def _rows(self, sql: str, values: tuple[str, ...] = ()) -> Iterator[tuple[object, ...]]:
            asked.append(sql)
            return super()._rows(sql, values)

    store = Seen(home / "data")
    for answered in (
        store.conversations(""), store.conversations("a"), store.handles(), store.tags(), store.tags("person_tags"),
        store.agents(), store.messages(None), store.messages("c"), store.outbox(),
    ):  # fmt: skip
        assert isinstance(answered, list)
    with closing(sqlite3.connect(home / "data" / NAME)) as db:
        for sql in asked:
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", ("x",) * sql.count("?"))]
            assert not any(step.startswith("SCAN doc_") and "INDEX" not in step for step in plan), (sql, plan)


def test_the_outbox_offers_what_is_not_done() -> None:
    """The words are written apart, as the records would take longer than all else."""
    assert set(read_only.NOT_DONE) == set(Phase) - {Phase.SENT, Phase.CANCELLED}


# -- in real shells ----------------------------------------------------------------------------------------

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
READY = {
    "bash": "PS1='READY> '; bind 'set enable-bracketed-paste off' 'set completion-query-items 0' 2>/dev/null; source <(inbox completion bash); echo BE''GUN",
    "zsh": "PS1='READY> '; autoload -Uz compinit && compinit -D -u; source <(inbox completion zsh); echo BE''GUN",
    "fish": "inbox completion fish | source; echo BE''GUN",
}
TYPED = [
    ("inbox que\t", ["queue"]),
    ("inbox queue --vi\tho\t", ["queue", "--view", "hot"]),
    ("inbox queue --filter is:ove\t", ["queue", "--filter", "is:overdue"]),
    ('inbox queue --filter "is:overdue in:acme-p\t', ["queue", "--filter", "is:overdue in:acme-page"]),
    ("inbox queue --filter 'is:overdue to:zo\t", ["queue", "--filter", "is:overdue to:zoe"]),
    ("inbox show acme-x:mentions:t:7\t", ["show", "acme-x:mentions:t:7"]),
    (
        "inbox resolve acme-x:mentions:t:8 acme-x:mentions:t:9\t",
        ["resolve", "acme-x:mentions:t:8", "acme-x:mentions:t:9"],
    ),
    ("inbox assign acme-x:mentions:t:7 --to be\t", ["assign", "acme-x:mentions:t:7", "--to", "ben o'neil"]),
    (
        "inbox tag acme-x:mentions:t:7 --remove clo\t",
        ["tag", "acme-x:mentions:t:7", "--remove", "closed$(id)"],
    ),
    ("inbox export --contact @ann\t", ["export", "--contact", "@anna"]),
    ("inbox config get accounts.acme-page.pa\t", ["config", "get", "accounts.acme-page.page_id"]),
    ("inbox help adm\t", ["help", "administrator"]),
]


class Shell:
    """A real interactive shell on a terminal of its own, whose `inbox` prints what it was given."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        tools = folder / "bin"
        tools.mkdir()
        stub = tools / "inbox"
        stub.write_text(
            "#!/bin/sh\n"
            f'case $1 in --complete|completion) exec {INBOX} "$@" ;; esac\n'
            f"for word; do printf '%s\\n' \"$word\"; done > {folder}/got.new; mv {folder}/got.new {folder}/got\n"
        )
        stub.chmod(stub.stat().st_mode | stat.S_IEXEC)
        env = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "TERM": "xterm",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
        }
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x18\0\xc8\0\0\0\0\0")  # 24 lines of 200 columns
        self.process = subprocess.Popen(
            START[name], stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=folder, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""
        self.type(f"{READY[name]}\r")
        self._wait(lambda: "BEGUN" in self.seen)

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def _wait(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"not within {PATIENCE} s; the shell shows\n{self.seen}")
            if select.select([self.ours], [], [], 0.05)[0]:
                self.seen += os.read(self.ours, 65536).decode(errors="replace")

    def runs(self, line: str) -> list[str]:
        """Type a line, with its tabs, and Enter; the words that the command got."""
        got = self.folder / "got"
        got.unlink(missing_ok=True)
        self.type(f"{line}\r")
        self._wait(got.exists)
        return got.read_text("utf-8").splitlines()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture(params=list(START))
def shell(request: pytest.FixtureRequest, home: Path) -> Iterator[Shell]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    if not INBOX.exists():
        pytest.skip("the program is not installed beside this Python")
    made = Shell(request.param, home)
    try:
        yield made
    finally:
        made.close()


def test_tab_completes_in_a_real_shell(shell: Shell) -> None:
    """What the command receives, through each shell's own quoting; colons and quotation marks included."""
    for line, expected in TYPED:
        assert shell.runs(line) == expected, line


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("inbox ", (["inbox", ""], "")),
        ("inbox a\\ b", (["inbox", "a b"], "")),
        ('inbox "a b" \'c', (["inbox", "a b", "c"], "'")),
        ('inbox "a\\"b', (["inbox", 'a"b'], '"')),
        ("inbox '' x", (["inbox", "", "x"], "")),
        ("", ([""], "")),
    ],
)
def test_a_line_is_split_as_a_shell_splits_it(line: str, found: tuple[list[str], str]) -> None:
    assert split_words(line) == found
