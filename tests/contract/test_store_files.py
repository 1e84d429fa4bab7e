"""The store's folder and file: private, refused when newer, mended when damaged, never silently empty."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest
from layout_one import layout_one
from store_samples import NOW, ago, conversation, message, reply

from inbox.domain.filter import parse
from inbox.domain.model import Person, Priority, Status
from inbox.domain.outbox import Phase
from inbox.domain.queue import Scope, views
from inbox.errors import Damaged, StoreError
from inbox.store.sqlite import backup, schema
from inbox.store.sqlite.documents import SQLiteStorage
from inbox.store.sqlite.folder import refuse_remote
from inbox.store.sqlite.store import LocalStore, open_store


def filled(folder: Path, count: int = 30) -> None:
    """A closed store with that many messages, conversations and one queued reply."""
    store = LocalStore(folder)
    with store.transaction():
        for number in range(count):
            store.conversations.put(conversation(number))
            store.messages.put(message(number, f"words {number} " + "y" * 300))
        store.outbox.put(reply(1))
    store.close()


def flip_inside(folder: Path, text: str) -> None:
    """Damage the one document that holds `text`."""
    path = folder / "inbox.db"
    held = bytearray(path.read_bytes())
    place = held.index(text.encode())
    held[place] ^= 4
    path.write_bytes(held)


# -- private -----------------------------------------------------------------------------------------------


def modes(folder: Path) -> set[str]:
    paths = [folder, *folder.rglob("*")]
    return {f"{path.name}: {stat.filemode(path.stat().st_mode)}" for path in paths}


def assert_private(folder: Path) -> None:
    wrong = {line for line in modes(folder) if not line.endswith((": drwx------", ": -rw-------"))}
    assert wrong == set()


def test_everything_is_for_the_owner_only(folder: Path) -> None:
    """Customers' messages on a shared machine."""
    old = os.umask(0)
    try:
        filled(folder)
        store = LocalStore(folder)
        store.small_things.put_setting("x", 1)
        store.upkeep.backup()
        with store.upkeep.lease("sync"):
            assert any(line.startswith("inbox.db-wal") for line in modes(folder))
            assert_private(folder)
        store.close()
    finally:
        os.umask(old)


def test_modes_that_are_too_open_are_mended(folder: Path) -> None:
    filled(folder)
    store = LocalStore(folder)
    store.upkeep.backup()
    store.close()
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    LocalStore(folder).close()
    assert_private(folder)


@pytest.mark.parametrize("name", ["", "inbox.db", "backups"])
def test_symbolic_links_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    """Somebody else may have laid the link, to read along or to have us overwrite something."""
    elsewhere = tmp_path / "elsewhere"
    filled(elsewhere)
    target = elsewhere / name
    if name:
        folder.mkdir()
    (folder / name if name else folder).symlink_to(target)
    with pytest.raises(StoreError, match="symbolic link"):
        open_store(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="no owners there")
def test_what_belongs_to_somebody_else_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(folder)
    ours = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: ours + 1)
    with pytest.raises(StoreError, match="somebody else"):
        open_store(folder)


def test_a_file_where_the_folder_should_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="in the way"):
        open_store(tmp_path / "data")


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    """Two programs on a network share break a SQLite file; the mount table tells."""
    table = tmp_path / "mounts"
    share = tmp_path / "share point"
    share.mkdir()
    local = "1 0 8:1 / / rw - ext4 /dev/sda rw"
    escaped = str(share).replace(" ", "\\040")
    remote = f"2 1 0:5 / {escaped} rw shared:9 - nfs4 server:/x rw"
    table.write_text(f"{local}\n{remote}\n")
    with pytest.raises(StoreError, match="nfs4"):
        refuse_remote(share / "data", table)
    refuse_remote(tmp_path / "share pointless", table)
    refuse_remote(tmp_path, tmp_path / "no such table")


# -- versions ----------------------------------------------------------------------------------------------


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_f83_a_newer_store_is_refused_byte_for_byte_untouched(folder: Path) -> None:
    """Going back a version for a day must not cost anything."""
    filled(folder)
    with closing(sqlite3.connect(folder / "inbox.db")) as db:
        db.execute("PRAGMA user_version = 99")
    before = fingerprint(folder)
    with pytest.raises(StoreError, match="newer inbox") as caught:
        open_store(folder)
    assert not isinstance(caught.value, Damaged)
    assert fingerprint(folder) == before


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def add_table(storage: SQLiteStorage) -> None:
        storage.db.run("CREATE TABLE doc_added (n INTEGER PRIMARY KEY)")

    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setitem(schema.MIGRATIONS, schema.VERSION - 1, add_table)


def version_of(path: Path) -> int:
    """As the header says, which is all that an older program looks at."""
    return int.from_bytes(path.read_bytes()[60:64], "big")


def test_an_older_store_is_migrated_after_a_backup(folder: Path, request: pytest.FixtureRequest) -> None:
    filled(folder)
    request.getfixturevalue("newer_program")
    store, notice = open_store(folder)
    assert notice == ""
    assert len(store.messages.of_conversation("acme:direct:1")) == 30
    store.close()
    assert version_of(folder / "inbox.db") == schema.VERSION
    assert version_of(backup.backups(folder)[0]) == schema.VERSION - 1


def test_a_store_of_the_first_layout_answers_as_a_new_one_does(folder: Path, tmp_path: Path) -> None:
    """Filters, counts and figures come from columns that it did not have; numbers once given out stay given out."""
    heads = [
        conversation(
            1, tags=("VIP",), contact=Person(name="Ànna", remote_id="7"), waiting_since=NOW, due_at=NOW
        ),
        conversation(2, status=Status.SNOOZED, snoozed_until=ago(hours=1), assignee="ann"),
        conversation(3, status=Status.RESOLVED, priority=Priority.HIGH, last_message_at=NOW),
    ]

    def fill(place: Path) -> None:
        store = LocalStore(place)
        for number, head in enumerate(heads):
            store.conversations.put(head)
            store.messages.put(message(number, "the parcel", conversation=head.id))
        store.conversations.put(conversation(9))
        store.conversations.delete(conversation(9).id)
        store.close()

    with layout_one():
        fill(folder)
    fill(tmp_path / "new")
    old, fresh = open_store(folder)[0], LocalStore(tmp_path / "new")
    scopes = {view.name: view.scope for view in views("ann")}
    for text in (
        "from:anna",
        "tag:vip",
        "-tag:vip",
        "priority:high",
        "before:1d",
        "parcel from:ann",
        "has:link",
        "-has:note",
    ):
        scopes[text] = parse(text, agent="ann", now=NOW, zone=UTC).within(Scope())
    for scope in scopes.values():
        assert old.conversations.order(scope, now=NOW) == fresh.conversations.order(scope, now=NOW)
    assert old.conversations.counts(scopes, now=NOW) == fresh.conversations.counts(scopes, now=NOW)
    assert old.conversations.waiting_figures(NOW) == fresh.conversations.waiting_figures(NOW)
    tables = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    assert list(old.handle.sql.rows(tables)) == list(fresh.handle.sql.rows(tables))
    last = "SELECT * FROM sqlite_sequence ORDER BY name"
    assert list(old.handle.sql.rows(last)) == list(fresh.handle.sql.rows(last))
    assert old.upkeep.health().ok
    old.close()
    fresh.close()


def test_heads_of_an_older_layout_learn_language_and_unanswered_messages(folder: Path) -> None:
    """Until somebody writes again their rows would say neither, for months in a quiet thread; and nothing old is new."""
    with layout_one():
        store = LocalStore(folder)
        store.conversations.put(conversation(1, waiting_since=NOW, wait_kind="first"))
        store.messages.put(message(1, "Guten Tag, wo ist mein Paket? Es ist seit gestern nicht da."))
        store.messages.put(message(2, "Ich warte noch: https://nordlicht.example/paket"))
        store.close()
    store, _ = open_store(folder)
    head = store.conversations.get(conversation(1).id)
    assert head is not None
    assert (head.language, head.unanswered, head.came_seq) == ("de", 2, 0)
    for text, found in (("lang:de", 1), ("lang:en", 0), ("has:link", 1), ("has:note", 0), ("is:new", 0)):
        scope = parse(text, agent="ann", now=NOW, zone=UTC).within(Scope())
        assert (text, len(store.conversations.order(scope, now=NOW))) == (text, found)
    store.close()


def test_a_damaged_store_of_the_first_layout_keeps_what_no_backup_has(folder: Path) -> None:
    """The first start of a new version must not cost the messages of the day."""
    with layout_one():
        filled(folder)
        store = LocalStore(folder)
        store.upkeep.backup()
        store.messages.put(message(100, "since the backup"))
        store.close()
    flip_inside(folder, "words 7 ")
    store, notice = open_store(folder)
    assert "was restored from the backup" in notice
    assert len(store.messages.of_conversation("acme:direct:1")) == 31
    store.close()


def test_a_backup_of_the_first_layout_is_put_back_and_its_replies_ask(folder: Path) -> None:
    """They may have left since; an older layout is no reason to send them again."""
    with layout_one():
        filled(folder)
        store = LocalStore(folder)
        name = Path(store.upkeep.backup()).stem
        store.close()
    open_store(folder)[0].close()
    backup.put_back(folder, name)
    store, notice = open_store(folder)
    assert notice == ""
    assert [item.phase for item in store.outbox.items()] == [Phase.ASK_AGENT]
    assert len(store.messages.of_conversation("acme:direct:1")) == 30
    store.close()


def test_f84_a_migration_that_fails_leaves_the_old_store(
    folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what a kill in the middle leaves: the old store or the new one."""
    filled(folder)
    with monkeypatch.context() as patch:

        def half(storage: SQLiteStorage) -> None:
            storage.db.run("DROP TABLE doc_messages")
            raise ZeroDivisionError

        patch.setattr(schema, "VERSION", schema.VERSION + 1)
        patch.setitem(schema.MIGRATIONS, schema.VERSION - 1, half)
        with pytest.raises(ZeroDivisionError):
            open_store(folder)
    store, notice = open_store(folder)
    assert notice == ""
    assert len(store.messages.of_conversation("acme:direct:1")) == 30
    store.close()


def test_a_migration_waits_for_the_other_inbox(folder: Path, request: pytest.FixtureRequest) -> None:
    """An old program writing old documents into a new layout would damage it."""
    filled(folder)
    old_program = LocalStore(folder)
    request.getfixturevalue("newer_program")
    with pytest.raises(StoreError, match="another inbox has it open"):
        open_store(folder)
    old_program.close()
    open_store(folder)[0].close()


# -- backups -----------------------------------------------------------------------------------------------


def test_backups_are_whole_stores_and_the_newest_seven_stay(folder: Path, tmp_path: Path) -> None:
    filled(folder)
    store = LocalStore(folder)
    assert store.upkeep.backup_due()
    written = [store.upkeep.backup() for _ in range(9)]
    assert not store.upkeep.backup_due()
    kept = backup.backups(folder)
    assert [str(path) for path in kept] == written[:1:-1]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(kept[0], elsewhere / "inbox.db")
    again = LocalStore(elsewhere)
    assert again.messages.of_conversation("acme:direct:1") == store.messages.of_conversation("acme:direct:1")
    assert len(again.messages.search(["words"])) == 30
    again.close()
    os.utime(kept[0], (0, 0))
    assert store.upkeep.backup_due()
    store.close()


def test_a_backup_inside_a_transaction_is_refused(local: LocalStore) -> None:
    """It would hold what may yet be undone."""
    with local.transaction(), pytest.raises(StoreError, match="inside a transaction"):
        local.upkeep.backup()


# -- damage ------------------------------------------------------------------------------------------------


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


def no_header(path: Path) -> None:
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 500)


def no_version(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[60:64] = bytes(4)
    path.write_bytes(held)


@pytest.mark.parametrize("damage", [cut, emptied, gone, no_header, garbage, no_version])
def test_f82_a_damaged_file_is_set_aside_and_the_backup_takes_its_place(folder: Path, damage) -> None:  # type: ignore[no-untyped-def]
    """Damage must never look like an empty inbox."""
    filled(folder)
    store = LocalStore(folder)
    store.upkeep.backup()
    store.close()
    path = folder / "inbox.db"
    damage(path)
    damaged = path.read_bytes() if path.exists() else None
    store, notice = open_store(folder)
    assert "was damaged" in notice
    assert "backup of 20" in notice
    assert len(store.messages.of_conversation("acme:direct:1")) == 30
    assert len(store.messages.search(["words"])) == 30
    assert len(store.conversations.order(Scope(), now=NOW)) == 30
    assert store.upkeep.health().findings == []
    aside = next(folder.glob("damaged-*"))
    kept = aside / "inbox.db"
    assert (kept.read_bytes() if kept.exists() else None) == damaged
    store.messages.put(message(100))
    store.close()
    again, notice = open_store(folder)
    assert notice == ""
    again.close()
    assert_private(folder)


def test_a_damaged_document_is_named_then_mended_without_losing_what_is_newer(folder: Path) -> None:
    """The backup gives back the one document, the damaged file all that came after the backup."""
    filled(folder)
    store = LocalStore(folder)
    store.upkeep.backup()
    newer = store.messages.put(message(77, "after the backup"))
    store.outbox.put(reply(2))
    store.close()
    flip_inside(folder, "words 7 ")
    store, notice = open_store(folder)
    assert notice == ""
    with pytest.raises(Damaged, match="acme:7"):
        store.messages.get("acme:7")
    assert store.messages.get("acme:8") is not None
    assert not store.upkeep.health().ok
    store.close()
    store, notice = open_store(folder)
    assert "carried over" in notice
    mended = store.messages.get("acme:7")
    assert mended is not None
    assert mended.text.startswith("words 7 ")
    assert store.messages.get("acme:77") == newer
    assert store.outbox.items() == [reply(1), reply(2)]
    assert store.messages.put(message(78)).seq > newer.seq
    assert store.upkeep.health().findings == []
    store.close()


def test_a_reply_known_from_a_backup_only_asks_before_it_leaves(folder: Path) -> None:
    """It may have been sent since the backup: sending it again by itself would be a double reply."""
    filled(folder)
    store = LocalStore(folder)
    store.outbox.put(reply(2, phase=Phase.SENT, remote_id="r2"))
    store.upkeep.backup()
    store.close()
    garbage(folder / "inbox.db")
    store, _ = open_store(folder)
    asking, sent = store.outbox.items()
    assert asking.phase is Phase.ASK_AGENT
    assert "may have been sent" in (asking.reason or "")
    assert sent.phase is Phase.SENT
    assert store.conversations.order(Scope(troubled=True), now=NOW) == ["acme:direct:1"]
    store.close()


def test_without_a_backup_all_that_is_whole_is_kept_and_said(folder: Path) -> None:
    filled(folder)
    flip_inside(folder, "words 7 ")
    store = LocalStore(folder)
    with pytest.raises(Damaged):
        store.messages.search(["words"])
    store.close()
    store, notice = open_store(folder)
    assert "there was no good backup" in notice
    assert len(store.messages.of_conversation("acme:direct:1")) == 29
    assert store.outbox.items() == [reply(1)]
    store.close()


def test_a_damaged_backup_is_passed_over(folder: Path) -> None:
    filled(folder)
    store = LocalStore(folder)
    store.upkeep.backup()
    newest = Path(store.upkeep.backup())
    store.close()
    cut(newest)
    garbage(folder / "inbox.db")
    store, notice = open_store(folder)
    assert "was damaged" in notice
    assert len(store.messages.of_conversation("acme:direct:1")) == 30
    store.close()


def test_a_damaged_store_is_not_mended_under_another_inbox(folder: Path) -> None:
    """The other one still writes into the file that would be set aside."""
    filled(folder)
    other = LocalStore(folder)
    other.upkeep.backup()
    flip_inside(folder, "words 7 ")
    reader = LocalStore(folder)
    with pytest.raises(Damaged):
        reader.messages.of_conversation("acme:direct:1")
    reader.close()
    with pytest.raises(StoreError, match="another inbox has it open"):
        open_store(folder)
    other.close()
    store, notice = open_store(folder)
    assert "was damaged" in notice
    store.close()


@pytest.mark.parametrize("moves", [[], ["inbox.db"], ["inbox.db", "inbox.db-wal"]], ids=len)
def test_mending_that_was_cut_off_is_finished(folder: Path, tmp_path: Path, moves: list[str]) -> None:
    """Killed before, while and after the old file was set aside: the log of the old one, left beside the new one,
    would be replayed into it."""
    filled(folder)
    new = tmp_path / "new"
    filled(new, 3)
    store = LocalStore(folder)
    store.messages.put(message(77))
    shutil.copytree(folder, tmp_path / "killed")  # with its log
    store.close()
    folder = tmp_path / "killed"
    (new / "inbox.db").rename(folder / "inbox.db.next.replaced-now")
    for moved in moves:
        (folder / "replaced-now").mkdir(exist_ok=True)
        (folder / moved).rename(folder / "replaced-now" / moved)
    store, notice = open_store(folder)
    assert notice == ""
    assert len(store.messages.of_conversation("acme:direct:1")) == 3
    assert store.upkeep.health().findings == []
    store.close()
    old = LocalStore(folder / "replaced-now")
    assert len(old.messages.of_conversation("acme:direct:1")) == 31
    old.close()


def test_a_swap_is_not_finished_under_another_start(folder: Path) -> None:
    """Two starts at once: the second one would put the new store aside."""
    filled(folder)
    other = LocalStore(folder)
    shutil.copy(folder / "inbox.db", folder / "inbox.db.next.replaced-now")
    with pytest.raises(StoreError, match="repairing"):
        LocalStore(folder)
    other.close()
    store = LocalStore(folder)
    store.close()


def test_damaged_full_text_is_built_anew(folder: Path) -> None:
    """It is made from the documents, so nothing is lost and no backup is needed."""
    filled(folder)
    with closing(sqlite3.connect(folder / "inbox.db")) as db, db:
        db.execute("UPDATE text_messages_data SET block = x'0102030405' WHERE id > 10")
    store = LocalStore(folder)
    with pytest.raises(Damaged):
        store.messages.search(["words"])
    store.close()
    store, notice = open_store(folder)
    assert notice == ""
    assert len(store.messages.search(["words"])) == 30
    store.close()


def test_closing_twice_is_fine(folder: Path) -> None:
    store = LocalStore(folder)
    store.close()
    store.close()
