"""A screen, plain lines and `inbox sync` at work on one store, and commands that come and go beside them.

`INBOX_COMMANDS=200 pytest tests/e2e/test_processes_on_one_store.py` runs as many.
"""

from __future__ import annotations

import os
import random
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from contract.store_samples import conversation, message

from e2e.terminal import INBOX, Terminal
from e2e.terminal import terminal as terminal
from inbox.domain.model import Direction, Person
from inbox.store.sqlite.store import LocalStore, open_store

CONFIG = """
agent = "tanja"

[service]
timezone = "Europe/Berlin"
hours = { daily = ["00:00-24:00"] }

[[accounts]]
name = "acme"
platform = "twitter"
surfaces = ["mentions"]
api_url = "http://127.0.0.1:9"
"""
COUNT = 8
COMMANDS = int(os.environ.get("INBOX_COMMANDS", "8"))

KINDS = (
    *(
        "queue",
        "show",
        "note",
        "note",
        "tag",
        "resolve",
        "reopen",
        "reply",
        "outbox",
        "check",
        "export",
        "restore",
    ),
    *("go back", "erase", "accounts", "stats"),
)

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are listed by Linux alone"),
    pytest.mark.timeout(60 + 6 * COMMANDS),
]


class Beside:
    """Runs commands on the store, and remembers what they said that they had written."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.notes: dict[str, list[str]] = {}
        self.tags: dict[str, set[str]] = {}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [INBOX, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def one(self, choice: random.Random, number: int) -> None:
        """Some command, as an agent or a script would use it."""
        cid = conversation(choice.randrange(COUNT)).id
        kind = choice.choice(KINDS)
        words = {
            "show": ("show", cid, "--json"),
            "note": ("note", cid, "--text", f"command {number}"),
            "tag": ("tag", cid, "--add", f"tag{number}"),
            "check": ("check", "--offline"),
            "resolve": ("resolve", cid),
            "reopen": ("reopen", cid),
            "reply": ("reply", cid, "--text", f"reply {number}"),
            "go back": ("restore", self.backup(), "--yes"),
            "erase": ("erase", "--contact", cid, "--yes"),
        }.get(kind, (kind,))
        done = self.run(*words)
        assert "damaged" not in done.stdout + done.stderr
        assert "restored" not in done.stdout + done.stderr
        if kind in ("go back", "erase"):
            assert (done.returncode, "has the store open" in done.stderr) == (1, True), done
        elif kind == "note":
            assert done.returncode == 0, done
            self.notes.setdefault(cid, []).append(f"command {number}")
        elif kind == "tag":
            assert done.returncode == 0, done
            self.tags.setdefault(cid, set()).add(f"tag{number}")

    def backup(self) -> str:
        return next((self.folder / "backups").glob("inbox-*.db")).stem


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    folder, config = tmp_path / "data", tmp_path / "config.toml"
    config.write_text(CONFIG, "utf-8")
    store = LocalStore(folder)
    for number in range(COUNT):
        store.conversations.put(
            conversation(
                number,
                waiting_since=message(number).sent_at,
                contact=Person(name=f"Ada {number}", remote_id=f"7{number}"),
            )
        )
        store.messages.put(message(number, f"word {number}", conversation=conversation(number).id))
    store.upkeep.backup()
    store.close()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "INBOX_CONFIG": str(config),
        "INBOX_DATA": str(folder),
        "TERM": "xterm-256color",
        "INBOX_TOKEN_ACME": "a-token-for-nobody",
    }
    return Beside(folder, environment)


class Plain:
    """`inbox --plain`, to be talked to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def say(self, line: str, answered: str) -> None:
        """Type a line; returns once the answer is there."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        while answered not in (said := self.process.stdout.readline()):
            assert said, f"{line!r} was not answered"
            assert "Not done" not in said, said


@contextmanager
def plain_lines(beside: Beside) -> Iterator[Plain]:
    with subprocess.Popen(
        [INBOX, "--plain"],
        env=beside.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Plain(process)
        finally:
            process.kill()


@contextmanager
def syncing(beside: Beside) -> Iterator[subprocess.Popen[bytes]]:
    silent = subprocess.DEVNULL
    with subprocess.Popen([INBOX, "sync"], env=beside.environment, stdout=silent, stderr=silent) as process:
        try:
            yield process
        finally:
            process.kill()


def on_the_store(folder: Path) -> dict[int, list[str]]:
    """Which process has which files of the store open."""
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                names = [os.readlink(entry) for entry in (process / "fd").iterdir()]
            except OSError:  # it has ended meanwhile
                continue
            if files := [name for name in names if name.startswith(f"{folder}/inbox.db")]:
                found[int(process.name)] = files
    return found


def test_what_each_of_them_writes_is_there_after_a_kill(beside: Beside, terminal: Terminal) -> None:
    """One `inbox queue` beside the screen cost all that the screen wrote afterwards, and the next start restored a backup
    over what the commands had written."""
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in beside.environment.items())
    terminal.start(f"env {variables} {shlex.quote(str(INBOX))}")
    terminal.until("▸")
    typed = []
    with plain_lines(beside) as plain, ExitStack() as stack:
        plain.say("view all", "conversation")
        choice = random.Random(int(os.environ.get("INBOX_SEED", "1")))
        for number in range(COMMANDS):
            if (
                number == COMMANDS // 2
            ):  # not before: it has one handle alone, and the locks of the others do not matter
                stack.enter_context(syncing(beside))
            beside.one(choice, number)
            held = on_the_store(beside.folder)
            assert len(held) >= 2, held
            assert [name for files in held.values() for name in files if "(deleted)" in name] == []
            if number % 4 == 0:
                plain.say("list", "conversation")
                plain.say(f"note 1 plain {number}", "Noted.")
                typed.append(f"plain {number}")
        terminal.press("c")
        terminal.until(lambda text: "Enter open" not in text)
        terminal.type("from the screen")
        terminal.until("from the screen")
        terminal.press("C-s")
        until_noted(beside)
        typed.append("from the screen")
        for pid in on_the_store(beside.folder):
            if pid != os.getpid():
                os.kill(pid, 9)
    store, notice = open_store(beside.folder)
    assert notice == ""
    assert list(beside.folder.glob("damaged-*")) == []
    assert store.upkeep.health().findings == []
    cids = [conversation(number).id for number in range(COUNT)]
    noted = {
        cid: [m.text for m in store.messages.of_conversation(cid) if m.direction is Direction.NOTE]
        for cid in cids
    }
    assert {text for texts in beside.notes.values() for text in texts} | set(typed) == {
        text for texts in noted.values() for text in texts
    }
    for cid, tags in beside.tags.items():
        head = store.conversations.get(cid)
        assert head
        assert tags <= set(head.tags)
    store.close()


def until_noted(beside: Beside) -> None:
    """Wait until what was written on the screen is in the store. In a process of its own, which comes and goes too."""
    code = (
        "import sys; from pathlib import Path; from inbox.store.sqlite.store import LocalStore\n"
        "s = LocalStore(Path(sys.argv[1]))\n"
        "ids = [f'acme:direct:{n}' for n in range(int(sys.argv[2]))]\n"
        "while not any(m.text == 'from the screen' for cid in ids for m in s.messages.of_conversation(cid)):\n"
        "    s.changes.since(None)\n"
        "    while not s.changes.pending(): pass\n"
    )
    command = [sys.executable, "-c", code, str(beside.folder), str(COUNT)]
    subprocess.run(command, check=True, timeout=60)
