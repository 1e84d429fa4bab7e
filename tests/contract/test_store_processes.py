"""Several processes on one store: none may take the log from under another.

SQLite's locks belong to the process and end with the first descriptor of the file that is closed, whoever opened it
(sqlite.org/howtocorrupt.html 2.2). A process that ends then takes itself for the last one and removes the log; what
the others write afterwards is in no file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import store_child
from store_samples import conversation, message

from inbox.errors import StoreError
from inbox.store.sqlite import backup
from inbox.store.sqlite.store import LocalStore, open_store

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="descriptors are listed by Linux alone"
)


def removed(pid: int, folder: Path) -> list[str]:
    """What the process has open in `folder` though it is in no folder any more."""
    names = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()]
    return [name for name in names if name.startswith(str(folder)) and name.endswith("(deleted)")]


@contextmanager
def screen(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process with two handles on the store, as a screen has; it takes notes from its standard input."""
    command = [sys.executable, store_child.__file__, "screen", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


def note(process: subprocess.Popen[str], text: str) -> None:
    """Write it through the process; durable when this returns."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{text}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{text}\n"


def visit(folder: Path, kind: str) -> None:
    """What a command beside the screen does with the store."""
    if kind == "restore":
        newest = backup.listing(folder)[0].name
        with pytest.raises(StoreError, match="has the store open"):
            backup.put_back(folder, newest)
        return
    store, notice = open_store(folder)
    assert notice == ""
    if kind == "write":
        store.conversations.put(conversation(500))
    elif kind == "backup":
        store.upkeep.backup()
    elif kind == "check":
        assert store.upkeep.health().ok
    elif kind == "erase":
        with pytest.raises(StoreError, match="has the store open"), store.upkeep.alone():
            raise AssertionError("alone beside a screen")
    elif kind == "twice":
        LocalStore(folder).close()
    store.close()


@pytest.mark.parametrize("kind", ["read", "write", "backup", "check", "erase", "restore", "twice"])
def test_a_command_beside_the_screen_leaves_it_its_log(folder: Path, kind: str) -> None:
    """`inbox queue` beside the open screen cost everything that the screen wrote until it ended."""
    store = LocalStore(folder)
    store.messages.put(message(1))
    store.upkeep.backup()
    store.close()
    with screen(folder) as process:
        for number in range(3):
            visit(folder, kind)
            assert removed(process.pid, folder) == []
            note(process, f"note {number}")
    store, notice = open_store(folder)
    assert notice == ""
    assert [store.small_things.setting(f"note {number}") for number in range(3)] == [True] * 3
    assert store.messages.get("acme:1")
    assert not list(folder.glob("damaged-*"))
    store.close()


def test_a_handle_more_in_this_process_leaves_the_log_alone(folder: Path) -> None:
    """The desk and the station of one screen; a process that comes and goes meanwhile must not be the last one."""
    store = LocalStore(folder)
    LocalStore(folder).close()
    subprocess.run([sys.executable, store_child.__file__, "visit", str(folder)], check=True)
    store.small_things.put_setting("after", 1)
    assert removed(os.getpid(), folder) == []
    other, notice = open_store(folder)
    assert notice == ""
    assert other.small_things.setting("after") == 1
    other.close()
    store.close()


def test_a_child_process_gets_no_descriptor_of_the_store(folder: Path, local: LocalStore) -> None:
    """An editor or a browser that outlives the screen would hold its locks for it."""
    local.small_things.put_setting("x", 1)
    code = "import os; print([os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if n != '3'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, close_fds=False
    )
    assert str(folder) not in done.stdout + done.stderr


# -- other programs that touch the file ----------------------------------------------------------------------


def test_nothing_is_written_into_a_file_that_was_moved_away(folder: Path, local: LocalStore) -> None:
    """A person who tidies up beside an open screen: what it saved afterwards was in a file that nobody opens again."""
    local.small_things.put_setting("before", 1)
    away = folder / "inbox-old.db"
    (folder / "inbox.db").rename(away)
    with pytest.raises(StoreError, match="was moved, removed or replaced"):
        local.small_things.put_setting("lost", 1)
    away.rename(folder / "inbox.db")
    local.small_things.put_setting("after", 1)
    assert [local.small_things.setting(name) for name in ("before", "lost", "after")] == [1, None, 1]


def test_a_file_laid_in_place_of_an_open_one_is_not_opened(
    folder: Path, local: LocalStore, tmp_path: Path
) -> None:
    """A backup copied there by hand: the log of the open one was taken for that of the new file."""
    copy = tmp_path / "copy.db"
    shutil.copyfile(folder / "inbox.db", copy)
    with screen(folder) as process:
        note(process, "note")
        before = (folder / "inbox.db").rename(tmp_path / "open.db")
        copy.replace(folder / "inbox.db")
        done = subprocess.run(
            [sys.executable, store_child.__file__, "visit", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "was replaced while another inbox has the store open" in done.stderr
        before.replace(folder / "inbox.db")
        note(process, "another note")
        assert removed(process.pid, folder) == []
    other, notice = open_store(folder)
    assert notice == ""
    assert [other.small_things.setting(name) for name in ("note", "another note")] == [True, True]
    other.close()


@pytest.fixture
def linked(folder: Path, tmp_path: Path) -> Path:
    """Another folder whose store is the same file under a second name."""
    LocalStore(folder).close()
    other = tmp_path / "linked"
    other.mkdir(mode=0o700)
    os.link(folder / "inbox.db", other / "inbox.db")
    return other


def test_two_folders_with_one_file_become_two_stores(folder: Path, linked: Path) -> None:
    """Under each name SQLite keeps another log: what one wrote the other destroyed."""
    with screen(folder) as process:
        note(process, "here")
        other, notice = open_store(linked)
        other.small_things.put_setting("there", 1)
        note(process, "here again")
        other.close()
    assert notice == ""
    for place, names in ((folder, ("here", "here again")), (linked, ("there",))):
        store, notice = open_store(place)
        assert notice == ""
        assert store.upkeep.health().ok
        assert [n for n in ("here", "here again", "there") if store.small_things.setting(n)] == [*names]
        store.close()


@pytest.mark.parametrize("whose", ["another process", "this process"])
def test_a_file_that_is_open_under_another_name_is_refused(folder: Path, tmp_path: Path, whose: str) -> None:
    other = tmp_path / "linked"
    other.mkdir(mode=0o700)
    with ExitStack() as stack:
        if whose == "this process":
            store = stack.enter_context(closing(LocalStore(folder)))
            store.small_things.put_setting("note", True)
        else:
            process = stack.enter_context(screen(folder))
        os.link(folder / "inbox.db", other / "inbox.db")
        with pytest.raises(StoreError, match="hard link"):
            LocalStore(other)
        if whose == "another process":
            note(process, "note")
    with closing(LocalStore(folder)) as store:
        assert store.small_things.setting("note")
    LocalStore(other).close()
