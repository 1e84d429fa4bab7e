"""States of the program in which a signal may arrive, as real processes between two simulated platforms.

Each is a context manager that yields the program once it is in that state: `STATES`.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from faults.pseudo import ROOT, START, Screen
from faults.test_whole_program import Program
from inbox.cli import main
from inbox.domain.model import Surface
from inbox.domain.queue import Scope
from inbox.store.sqlite.store import LocalStore

DATABASE = "inbox.db"
DRAFT = "We look into it"
EDITED = " and call you"
PATIENCE = 30.0

IN_SQLITE = """
import sqlite3
def _endless(*arguments, **named):
    open({mark!r}, "w").close()
    sqlite3.connect(":memory:").execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n").fetchone()
import inbox.store.sqlite.integrity
inbox.store.sqlite.integrity.examine = _endless
"""
"""A backup, or a look at one, that takes for ever: the thread is in C, where no handler of Python's runs."""

FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
"""
"""No file may grow: the kernel's own way to say that the disk is full."""


def wait_until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


class Running:
    """The program at work. `screen` where it is on a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], screen: Screen | None = None) -> None:
        self.process = process
        self.screen = screen

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, within: float) -> float:
        """Seconds until the end; what it writes is read meanwhile."""
        began = time.monotonic()
        if self.screen is not None:
            self.screen.ends(within)
        else:
            self.process.wait(within)
        return time.monotonic() - began

    @property
    def said(self) -> str:
        """All it has written; once it has ended."""
        if self.screen is not None:
            return bytes(self.screen.written).decode("utf-8", "replace")
        assert self.process.stderr
        raw = self.process.stderr.read()
        return raw.decode("utf-8", "replace")


State = Callable[[Program], AbstractContextManager[Running]]


@contextmanager
def piped(
    program: Program, *words: str, before: str = "", out: int = subprocess.DEVNULL
) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-c", f"{before}\n{START}", *words, *program.words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **program.environment},
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=subprocess.PIPE,
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def _on_terminal(program: Program, *words: str, before: str = "", **env: str) -> Iterator[Running]:
    with Screen(
        *words, *program.words, env={**program.environment, **env}, folder=program.folder, before=before
    ) as screen:
        yield Running(screen.process, screen)  # type: ignore[arg-type]


@contextmanager
def _silence(program: Program) -> Iterator[Callable[[], bool]]:
    """Both platforms take every connection and never say a word; yields whether anybody has asked."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        listening.settimeout(0.01)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        path = program.folder / "config.toml"
        before = path.read_text("utf-8")
        path.write_text(before.replace(program.x.url, url).replace(program.page.url, url), "utf-8")
        asked: list[socket.socket] = []

        def was_asked() -> bool:
            with suppress(TimeoutError):
                asked.append(listening.accept()[0])
            return bool(asked)

        try:
            yield was_asked
        finally:
            path.write_text(before, "utf-8")
            for connection in asked:
                connection.close()


@contextmanager
def _locked(program: Program) -> Iterator[None]:
    """Another program, which knows nothing of an inbox, has the store for itself."""
    other = sqlite3.connect(program.folder / "data" / DATABASE, isolation_level=None)
    try:
        wait_until(lambda: _begun(other))
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def _begun(other: sqlite3.Connection) -> bool:
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


def filled(program: Program) -> str:
    """Read everything once, in this process; the id of the public conversation."""
    before = {name: os.environ.get(name) for name in program.environment}
    os.environ.update(program.environment)
    try:
        with redirect_stdout(StringIO()):
            assert main(["sync", "--once", *program.words]) == 0
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    with closing(LocalStore(program.folder / "data")) as store:
        heads = store.conversations.get_many(store.conversations.order(Scope(), now=datetime.now(UTC)))
        return next(head.id for head in heads if head.surface is Surface.MENTIONS)


def previews(folder: Path) -> str:
    """What the queue of the store in `folder` shows, in one text."""
    with closing(LocalStore(folder)) as store:
        heads = store.conversations.get_many(store.conversations.order(Scope(), now=datetime.now(UTC)))
        return " ".join(head.preview for head in heads)


# -- lines -----------------------------------------------------------------------------------------------


def reading_without_an_answer(*words: str) -> State:
    @contextmanager
    def state(program: Program) -> Iterator[Running]:
        with _silence(program) as asked, piped(program, *words) as running:
            wait_until(asked)
            yield running

    return state


def a_post_without_an_answer(*words: str) -> State:
    @contextmanager
    def state(program: Program) -> Iterator[Running]:
        cid = filled(program)
        program.x.next_write = "accepted, answered too late"
        command = words if words != ("reply",) else ("reply", cid, "--text", "On its way.", "--wait")
        if words != ("reply",):
            program.says("reply", cid, "--text", "On its way.")
        with piped(program, *command) as running:
            wait_until(lambda: program.x.simulation.accepted)
            yield running

    return state


def locked_out(*words: str) -> State:
    """The store is held by somebody else from the start."""

    @contextmanager
    def state(program: Program) -> Iterator[Running]:
        cid = filled(program)
        command = [cid if word == "C" else word for word in words]
        with _locked(program), piped(program, *command) as running:
            wait_until(_shared_memory_of(running))
            yield running

    return state


def _shared_memory_of(running: Running) -> Callable[[], bool]:
    def there() -> bool:
        with suppress(OSError):
            fds = Path(f"/proc/{running.process.pid}/fd")
            return any(os.readlink(fd).endswith(f"{DATABASE}-shm") for fd in fds.iterdir())
        return False

    return there


def without_room(*words: str) -> State:
    @contextmanager
    def state(program: Program) -> Iterator[Running]:
        filled(program)
        with piped(program, *words, before=FULL) as running:
            assert running.process.stderr
            assert b"disk" in running.process.stderr.readline()
            yield running

    return state


def a_look_that_never_ends(*words: str) -> State:
    """A backup that is being written, or looked at."""

    @contextmanager
    def state(program: Program) -> Iterator[Running]:
        filled(program)
        for kept in (program.folder / "data" / "backups").iterdir():
            if words[0] == "sync":  # else there is one of today
                kept.unlink()
        name = next((p.stem for p in (program.folder / "data" / "backups").glob("*.db")), "")
        mark = program.folder / "looking"
        command = [name if word == "BACKUP" else word for word in words]
        with piped(program, *command, before=IN_SQLITE.format(mark=str(mark))) as running:
            wait_until(mark.exists)
            yield running

    return state


@contextmanager
def export_that_nobody_reads(program: Program) -> Iterator[Running]:
    filled(program)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 512)
    os.set_blocking(writing, True)
    try:
        with piped(program, "export", out=writing) as running:
            time.sleep(1.5)  # it hangs in a write: there is nothing else to see
            assert running.process.poll() is None
            yield running
    finally:
        os.close(reading)
        os.close(writing)


def waiting_for_input(*words: str) -> State:
    @contextmanager
    def state(program: Program) -> Iterator[Running]:
        cid = filled(program)
        command = [cid if word == "C" else word for word in words]
        with piped(program, *command) as running:
            wait_until(lambda: _reads_standard_input(running))
            yield running

    return state


def _reads_standard_input(running: Running) -> bool:
    """Whether the main thread sleeps in read(0, ...): proc(5), syscall."""
    with suppress(OSError):
        said = Path(f"/proc/{running.process.pid}/syscall").read_text().split()
        return said[:2] == ["0", "0x0"]
    return False


@contextmanager
def login_that_waits_for_the_browser(program: Program) -> Iterator[Running]:
    config = program.folder / "config.toml"
    config.write_text(
        config.read_text("utf-8").replace(
            'platform = "twitter"', 'platform = "twitter"\nclient_id = "an-app"'
        ),
        "utf-8",
    )
    words = program.folder / "passphrase"
    words.write_text("correct horse battery staple", "utf-8")
    words.chmod(0o600)
    with config.open("a", encoding="utf-8") as file:
        file.write(f'\n[vault]\nkind = "file"\npassphrase_file = "{words}"\n')
    with _on_terminal(program, "login", "acme-x", DISPLAY=":none", INBOX_TOKEN_ACME_X="") as running:
        assert running.screen
        running.screen.until(b"code_challenge")
        running.screen.quiet(0.5)
        yield running


@contextmanager
def restore_that_asks(program: Program) -> Iterator[Running]:
    filled(program)
    name = next((program.folder / "data" / "backups").glob("*.db")).stem
    with _on_terminal(program, "restore", name) as running:
        assert running.screen
        running.screen.until(b"Type restore")
        yield running


# -- the screen ------------------------------------------------------------------------------------------


def screen(*keys: str) -> State:
    """The screen after these keys."""

    @contextmanager
    def state(program: Program) -> Iterator[Running]:
        filled(program)
        with _on_terminal(program) as running:
            assert running.screen
            running.screen.until(b"parcel")
            running.screen.quiet()
            for key in keys:
                running.screen.does(key)
            yield running

    return state


@contextmanager
def screen_writing(program: Program, **env: str) -> Iterator[Running]:
    filled(program)
    with _on_terminal(program, **env) as running:
        assert running.screen
        running.screen.until(b"parcel")
        running.screen.quiet()
        running.screen.does("r")
        running.screen.until(b"Alt+Enter")  # the composer is open
        running.screen.does(DRAFT, first=PATIENCE)
        yield running


@contextmanager
def screen_locked(program: Program) -> Iterator[Running]:
    with screen_writing(program) as running:
        assert running.screen
        with closing(LocalStore(program.folder / "data")) as store:
            ids = store.conversations.order(Scope(), now=datetime.now(UTC))
            wait_until(lambda: any(d.text == DRAFT for cid in ids for d in store.outbox.drafts(cid)))
        with _locked(program):
            running.screen.does(" at once")
            yield running


@contextmanager
def screen_posting(program: Program) -> Iterator[Running]:
    cid = filled(program)
    program.says("reply", cid, "--text", "On its way.")
    program.x.next_write = "accepted, answered too late"
    with _on_terminal(program) as running:
        assert running.screen
        give_up = time.monotonic() + PATIENCE
        while not program.x.simulation.accepted:
            running.screen.does("", first=0.05)
            assert time.monotonic() < give_up
        yield running


@contextmanager
def screen_reading(program: Program) -> Iterator[Running]:
    filled(program)
    with _silence(program) as asked, _on_terminal(program) as running:
        assert running.screen
        running.screen.until(b"parcel")
        give_up = time.monotonic() + PATIENCE
        while not asked():
            running.screen.does("", first=0.05)
            assert time.monotonic() < give_up
        yield running


@contextmanager
def screen_backing_up(program: Program) -> Iterator[Running]:
    filled(program)
    for kept in (program.folder / "data" / "backups").iterdir():
        kept.unlink()
    mark = program.folder / "looking"
    with _on_terminal(program, before=IN_SQLITE.format(mark=str(mark))) as running:
        assert running.screen
        give_up = time.monotonic() + PATIENCE
        while not mark.exists():
            running.screen.does("", first=0.05)
            assert time.monotonic() < give_up
        yield running


@contextmanager
def screen_in_editor(program: Program) -> Iterator[Running]:
    mark = program.folder / "editing"
    editor = program.folder / "editor"
    editor.write_text(f"#!/bin/sh\nprintf '{EDITED}' >>\"$1\"\ntouch {mark}\nexec sleep 60\n", "utf-8")
    editor.chmod(0o755)
    with screen_writing(program, EDITOR=str(editor), VISUAL=str(editor)) as running:
        assert running.screen
        running.screen.press("\x0f")
        give_up = time.monotonic() + PATIENCE
        while not mark.exists():
            running.screen.does("", first=0.05)
            assert time.monotonic() < give_up
        yield running


@dataclass(frozen=True)
class Ending:
    state: State
    keeps: str = ""
    """What a draft in the store begins with afterwards; nothing: there is none to be kept."""
    interrupts: bool = True
    """Whether Ctrl+C is ours: a program in front has it for itself."""


STATES: dict[str, Ending] = {
    "sync, reading": Ending(reading_without_an_answer("sync")),
    "sync --once, reading": Ending(reading_without_an_answer("sync", "--once")),
    "check, asking": Ending(reading_without_an_answer("check")),
    "sync, posting": Ending(a_post_without_an_answer("sync")),
    "sync --once, posting": Ending(a_post_without_an_answer("sync", "--once")),
    "reply --wait, posting": Ending(a_post_without_an_answer("reply")),
    "sync, locked out": Ending(locked_out("sync")),
    "sync --once, locked out": Ending(locked_out("sync", "--once")),
    "note, locked out": Ending(locked_out("note", "C", "--text", "x")),
    "reply --wait, locked out": Ending(locked_out("reply", "C", "--text", "x", "--wait")),
    "sync, disk full": Ending(without_room("sync")),
    "sync, backup": Ending(a_look_that_never_ends("sync")),
    "sync --once, backup": Ending(a_look_that_never_ends("sync", "--once")),
    "restore, looking": Ending(a_look_that_never_ends("restore", "BACKUP", "--yes")),
    "restore, asking": Ending(restore_that_asks),
    "export, unread": Ending(export_that_nobody_reads),
    "plain": Ending(waiting_for_input("--plain")),
    "reply --text -": Ending(waiting_for_input("reply", "C", "--text", "-")),
    "login --token -": Ending(waiting_for_input("login", "acme-x", "--token", "-")),
    "login, browser": Ending(login_that_waits_for_the_browser),
    "screen": Ending(screen()),
    "screen, dialog": Ending(screen("l", "billing")),
    "screen, writing": Ending(screen_writing, keeps=DRAFT),
    "screen, locked out": Ending(screen_locked, keeps=DRAFT),
    "screen, posting": Ending(screen_posting),
    "screen, reading": Ending(screen_reading),
    "screen, backup": Ending(screen_backing_up),
    "screen, editor": Ending(screen_in_editor, keeps=f"{DRAFT}{EDITED}", interrupts=False),
}
"""By a name for people: what the program is doing when the signal comes."""
