"""Going back to a backup on purpose, and folders that are not as they should be.

Kill loops, torn logs, flipped bits, full disks, failing syncs, newer versions and half migrations (F78 to F84) are
held in `contract/test_store_crash.py` and `contract/test_store_files.py`.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from contract.store_samples import NOW, conversation, message, reply

from faults.corpus import CONFIG
from inbox.cli import main
from inbox.domain.model import Draft
from inbox.domain.outbox import Phase
from inbox.errors import StoreError
from inbox.store.sqlite import backup
from inbox.store.sqlite.store import LocalStore, open_store
from inbox.system.locks import FileLock

Run = Callable[..., tuple[int, str, str]]
CHILD = Path(__file__).resolve().parents[1] / "contract" / "store_child.py"
BATCH = 5
"""Messages that the child writes in one transaction, with a cursor that names them."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([*words, "--config", str(tmp_path / "config.toml"), "--data", str(folder)])
        return status, *capsys.readouterr()

    return call


def two_states(folder: Path) -> str:
    """A backup of the first state, and a second one after it; returns the backup's name."""
    store = LocalStore(folder)
    store.messages.put(message(1, "before"))
    store.outbox.put(reply(1))
    name = Path(store.upkeep.backup()).stem
    store.messages.put(message(2, "after"))
    store.outbox.put(reply(1, phase=Phase.SENT, remote_id="r1"))
    store.outbox.put_draft(Draft(conversation="acme:direct:1", agent="ann", text="typed", saved_at=NOW))
    store.close()
    return name


def test_backups_are_listed_with_what_is_in_them(folder: Path, run: Run) -> None:
    """One goes back to a state one knows, not to a file name."""
    name = two_states(folder)
    store = LocalStore(folder)
    store.upkeep.backup()
    store.close()
    (folder / "backups" / f"{name}.db").write_bytes(b"torn")
    _, out, _ = run("restore")
    newest, oldest = out.splitlines()[:2]
    assert "2 messages" in newest
    assert oldest.startswith(f"{name}  damaged: ")


def test_going_back_keeps_the_present_store_and_asks_about_replies(folder: Path, run: Run) -> None:
    """What had not left by then may have left since: it must not leave again by itself."""
    name = two_states(folder)
    status, out, _ = run("restore", name, "--yes")
    assert status == 0
    store, notice = open_store(folder)
    assert notice == ""
    assert [m.text for m in store.messages.of_conversation("acme:direct:1")] == ["before"]
    (item,) = store.outbox.items()
    assert item.phase is Phase.ASK_AGENT
    store.close()
    (aside,) = folder.glob("replaced-*")
    assert str(aside) in out
    kept = LocalStore(aside)
    assert [m.text for m in kept.messages.of_conversation("acme:direct:1")] == ["before", "after"]
    kept.close()


@pytest.mark.parametrize("how", ["damaged", "unknown", "open elsewhere", "nobody to ask"])
def test_a_restore_that_cannot_be_done_changes_nothing(folder: Path, run: Run, how: str) -> None:
    """Never an empty or half store over one that works."""
    name = two_states(folder)
    other = None
    if how == "damaged":
        path = folder / "backups" / f"{name}.db"
        path.write_bytes(path.read_bytes()[:5000])
    if how == "open elsewhere":
        other = LocalStore(folder)
    before = (folder / "inbox.db").read_bytes()
    words = ("restore", "none-such" if how == "unknown" else name)
    status, _, err = run(*words, *(() if how == "nobody to ask" else ("--yes",)))
    assert status in (1, 2)
    assert err.startswith("inbox: ")
    if other:
        other.close()
    assert (folder / "inbox.db").read_bytes() == before
    store = LocalStore(folder)
    assert len(store.messages.of_conversation("acme:direct:1")) == 2
    store.close()


def test_the_word_has_to_be_typed(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finger on Enter is no decision."""
    name = two_states(folder)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert run("restore", name)[0] == 1
    monkeypatch.setattr("builtins.input", lambda _: "restore")
    assert run("restore", name)[0] == 0


@pytest.mark.parametrize("step", ["start_building", "_ask", "_set_aside", "finish"])
def test_f84_a_kill_while_going_back_leaves_the_old_or_the_new_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed right after each step: the next start finds a whole store, and no step in between."""
    name = two_states(folder)

    class Killed(BaseException):
        pass

    original = getattr(backup, step)

    def die(*arguments: object) -> None:
        original(*arguments)
        raise Killed

    monkeypatch.setattr(backup, step, die)
    with pytest.raises(Killed):
        backup.put_back(folder, name)
    monkeypatch.undo()
    store, notice = open_store(folder)
    assert notice == ""
    texts = [m.text for m in store.messages.of_conversation("acme:direct:1")]
    assert texts == (["before", "after"] if step in ("start_building", "_ask") else ["before"])
    assert store.upkeep.health().ok
    store.close()


def test_a_backup_that_another_inbox_writes_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it is there meanwhile, and looks like what a killed one left."""
    two_states(folder)
    store = LocalStore(folder)
    part = folder / "backups" / "inbox-20260101T000000.000000Z.part"
    monkeypatch.setattr(backup, "PATIENCE", 0.0)
    other = FileLock(folder / "inbox.db.backup.lock")
    with other.held(0):
        part.write_bytes(b"half")
        with pytest.raises(StoreError, match="Another inbox"):
            store.upkeep.backup()
    assert part.read_bytes() == b"half"
    other.close()
    store.upkeep.backup()
    assert not part.exists()
    store.close()


def test_f84_a_kill_while_a_backup_is_written_costs_that_backup_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a backup is never taken for one, and does not lie there for ever."""
    name = two_states(folder)
    store = LocalStore(folder)

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(backup, "sync_file", die)
    monkeypatch.setattr(Path, "unlink", die)  # the dead clean nothing up
    with pytest.raises(Killed):
        store.upkeep.backup()
    monkeypatch.undo()
    assert len(list((folder / "backups").glob("*.part"))) == 1
    assert [kept.name for kept in backup.listing(folder)] == [name]
    store.upkeep.backup()
    assert list((folder / "backups").glob("*.part")) == []
    assert len(backup.listing(folder)) == 2
    store.close()


def test_f85_a_folder_of_ours_is_made_private_again(folder: Path) -> None:
    """0755 after a copy or an unpacked archive would show customers' words to everybody on the machine."""
    LocalStore(folder).close()
    folder.chmod(0o755)
    (folder / "inbox.db").chmod(0o644)
    LocalStore(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "inbox.db").stat().st_mode) == 0o600


def test_f85_a_folder_that_cannot_be_written_is_named_and_left_alone(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only medium: one sentence with the way out, no traceback, nothing half made."""
    if os.geteuid() == 0:  # root writes everywhere, so the refusal is played
        original = os.open

        def refuse(path: object, flags: int, *more: object, **named: object) -> int:
            if str(path).startswith(str(folder)) and flags & (os.O_CREAT | os.O_RDWR | os.O_WRONLY):
                raise OSError(30, "Read-only file system", str(path))
            return original(path, flags, *more, **named)  # type: ignore[arg-type,call-overload]

        folder.mkdir(mode=0o700)
        monkeypatch.setattr(os, "open", refuse)
    else:
        folder.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        LocalStore(folder)
    status, _, err = run("queue")
    assert status in (1, 2)
    assert err.startswith("inbox: ")
    assert "something went wrong" not in err


# -- the command line on a damaged store -----------------------------------------------------------------------


def spoil(folder: Path) -> None:
    """Leave a store of which nothing can be read, and no backup."""
    LocalStore(folder).close()
    (folder / "inbox.db").write_bytes(b"\xff" * 20_000)


@pytest.mark.parametrize(
    "words", [("queue",), ("sync", "--once"), ("note", "acme-x:mentions:1", "--text", "x"), ()]
)
def test_no_command_begins_an_empty_store_by_itself(folder: Path, run: Run, words: tuple[str, ...]) -> None:
    """An empty queue would say that nobody waits."""
    spoil(folder)
    status, out, err = run(*(words or ("--plain",)))
    assert (status, out.count("Waiting")) == (1, 0)
    assert "inbox restore --empty" in err
    assert (folder / "inbox.db").read_bytes() == b"\xff" * 20_000


def test_an_empty_store_is_begun_on_the_agents_word(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(folder)
    assert run("restore", "some-backup", "--empty", "--yes")[0] == 2
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert run("restore", "--empty")[0] == 1
    assert run("queue")[0] == 1
    monkeypatch.setattr("builtins.input", lambda _: "empty")
    status, out, _ = run("restore", "--empty")
    (aside,) = folder.glob("replaced-*")
    assert (status, str(aside) in out) == (0, True)
    assert (aside / "inbox.db").read_bytes() == b"\xff" * 20_000
    assert run("queue")[0] == 0


def test_plain_lines_ask_where_nothing_can_be_read(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sits there is asked at once, and need not find the command."""
    spoil(folder)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "empty")
    status, _, err = run("--plain")
    assert (status, "Nothing can be read" in err) == (0, True)
    assert run("queue")[0] == 0


def test_reading_in_the_background_restores_as_the_screen_does(folder: Path, run: Run) -> None:
    """Where only `sync` is ever used nobody else would."""
    two_states(folder)
    path = folder / "inbox.db"
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])
    _, _, err = run("sync", "--once")
    assert "was restored from the backup" in err
    store, notice = open_store(folder)
    assert (notice, len(store.messages.of_conversation("acme:direct:1"))) == ("", 2)
    store.close()


def test_who_never_opens_a_screen_has_a_backup_of_every_day(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(folder)
    store.conversations.put(conversation(1))
    store.messages.put(message(1, "before"))
    store.close()
    for text in ("one", "two"):
        assert run("note", "acme:direct:1", "--text", text)[0] == 0
        assert len(backup.backups(folder)) == 1
    (kept,) = backup.backups(folder)
    os.utime(kept, (time.time() - 2 * backup.DAY,) * 2)
    assert run("note", "acme:direct:1", "--text", "three")[0] == 0
    assert len(backup.backups(folder)) == 2

    def fail(*_: object, **__: object) -> None:
        raise StoreError("The disk took no more.")

    os.utime(backup.backups(folder)[0], (0, 0))
    monkeypatch.setattr(backup, "write", fail)
    status, _, err = run("note", "acme:direct:1", "--text", "four")
    assert (status, "No backup can be made" in err) == (0, True)


def test_two_that_find_a_backup_due_write_one(folder: Path) -> None:
    """Each more pushes an older day out of the seven."""
    two_states(folder)
    (kept,) = backup.backups(folder)
    os.utime(kept, (0, 0))
    one, two = LocalStore(folder), LocalStore(folder)
    assert one.upkeep.backup_due()
    assert two.upkeep.backup_due()
    assert one.upkeep.backup_when_due()
    assert two.upkeep.backup_when_due() is None
    assert backup.write(two.handle.storage, folder, only_if_due=True) is None
    assert len(backup.backups(folder)) == 2
    one.close()
    two.close()


def test_a_clock_that_was_wrong_once_puts_no_backup_in_front_for_ever(folder: Path) -> None:
    two_states(folder)
    (kept,) = backup.backups(folder)
    kept.rename(kept.with_name("inbox-20990101T000000.000000Z.db"))
    os.utime(backup.backups(folder)[0], (4e9, 4e9))
    store = LocalStore(folder)
    assert store.upkeep.backup_due()
    written = store.upkeep.backup()
    assert str(backup.backups(folder)[0]) == written
    assert not store.upkeep.backup_due()
    store.close()


def test_a_backup_written_while_another_process_writes_is_whole(folder: Path) -> None:
    """Of one moment: a batch with its cursor or none of it."""
    LocalStore(folder).close()
    command = [sys.executable, str(CHILD), "write", str(folder), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        store = LocalStore(folder)
        for _ in range(5):
            for _ in range(8):
                writer.stdout.readline()
            store.upkeep.backup()
        writer.kill()
    store.close()
    for kept in backup.listing(folder):
        assert kept.problem is None
        copy = folder.parent / kept.name
        copy.mkdir()
        shutil.copy(folder / "backups" / f"{kept.name}.db", copy / "inbox.db")
        read = LocalStore(copy)
        at = (read.small_things.cursor("acme:direct") or {"at": -1})["at"]
        last = at * BATCH + BATCH - 1
        assert at < 0 or read.messages.get(f"acme:{last}")
        assert read.messages.get(f"acme:{last + 1}") is None
        read.close()
