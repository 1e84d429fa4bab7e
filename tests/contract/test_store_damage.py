"""Damage of every kind to a store's files: whatever it is, the next start has a store again, and what the backup had.

`INBOX_FUZZ=1000 pytest tests/contract/test_store_damage.py` tries as many of each kind.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from store_samples import NOW, conversation, message, reply

from inbox.domain.model import Draft, Event, Message
from inbox.domain.outbox import Phase
from inbox.domain.queue import Scope
from inbox.errors import Damaged, StoreError, Unreadable
from inbox.store.sqlite import backup, restore
from inbox.store.sqlite.store import LocalStore, open_store

ROUNDS = int(os.environ.get("INBOX_FUZZ", "3"))
PAGE = 4096
COUNT = 20
SINCE = 10

Damage = Callable[[random.Random, Path, Path], None]
"""Gets the folder to damage, and one with the same store of an earlier moment."""


def put(store: LocalStore, number: int, word: str) -> None:
    with store.transaction():
        head = conversation(number, preview=word)
        known = store.conversations.get(head.id)
        store.conversations.put(known or head)
        store.messages.put(
            message(number, f"{word} {number} " + "lorem ipsum " * (number % 7 * 90), conversation=head.id)
        )
        store.outbox.put_draft(Draft(conversation=head.id, agent="ann", text=word, saved_at=NOW))
        store.small_things.log(Event(conversation=head.id, at=NOW, what="noted"))
        store.small_things.put_cursor(f"feed {number}", {"at": number})
        store.small_things.put_setting(f"setting {number}", number)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A store of an earlier moment; the same with a backup and more since, closed; and killed, with its log."""
    root = tmp_path_factory.mktemp("damage")
    early, closed, killed = (root / name for name in ("early", "closed", "killed"))
    store = LocalStore(closed)
    for number in range(COUNT // 2):
        put(store, number, "early")
    shutil.copytree(closed, early)
    store.close()
    store = LocalStore(closed)
    for number in range(COUNT // 2, COUNT):
        put(store, number, "backed")
    store.outbox.put(reply(1))
    store.upkeep.backup()
    for number in range(COUNT, COUNT + SINCE):
        put(store, number, "since")
    shutil.copytree(closed, killed)
    store.close()
    return early, closed, killed


# -- kinds of damage ---------------------------------------------------------------------------------------


def swapped_pages(choice: random.Random, folder: Path, early: Path) -> None:
    path = folder / "inbox.db"
    raw = bytearray(path.read_bytes())
    one, two = choice.sample(range(len(raw) // PAGE), 2)
    first, second = (slice(page * PAGE, page * PAGE + PAGE) for page in (one, two))
    raw[first], raw[second] = raw[second], raw[first]
    path.write_bytes(raw)


def doubled_page(choice: random.Random, folder: Path, early: Path) -> None:
    path = folder / "inbox.db"
    raw = bytearray(path.read_bytes())
    one, two = choice.sample(range(len(raw) // PAGE), 2)
    raw[two * PAGE : two * PAGE + PAGE] = raw[one * PAGE : one * PAGE + PAGE]
    path.write_bytes(raw)


def zeroed_pages(choice: random.Random, folder: Path, early: Path) -> None:
    path = folder / "inbox.db"
    raw = bytearray(path.read_bytes())
    at = choice.randrange(len(raw) // PAGE) * PAGE
    length = choice.choice((512, PAGE, 4 * PAGE))
    raw[at : at + length] = bytes(len(raw[at : at + length]))
    path.write_bytes(raw)


def cut(choice: random.Random, folder: Path, early: Path) -> None:
    path = folder / "inbox.db"
    raw = path.read_bytes()
    path.write_bytes(raw[: choice.choice((0, 1, 50, 100, 511, 4095, choice.randrange(len(raw))))])


def header(choice: random.Random, folder: Path, early: Path) -> None:
    path = folder / "inbox.db"
    raw = bytearray(path.read_bytes())
    start = choice.choice((0, 0, 16, 24, 52, choice.randrange(100)))
    end = choice.choice((100, start + 1, start + 4, PAGE))
    new = choice.choice((bytes(end - start), choice.randbytes(end - start)))
    raw[start:end] = new
    path.write_bytes(raw)


def garbled(choice: random.Random, folder: Path, early: Path) -> None:
    path = folder / "inbox.db"
    raw = bytearray(path.read_bytes())
    at = choice.randrange(len(raw))
    length = choice.choice((1, 8, 100, PAGE, 20 * PAGE))
    raw[at : at + length] = choice.randbytes(len(raw[at : at + length]))
    path.write_bytes(raw)


def gone(choice: random.Random, folder: Path, early: Path) -> None:
    (folder / "inbox.db").unlink()


def early_file(choice: random.Random, folder: Path, early: Path) -> None:
    shutil.copy(early / "inbox.db", folder / "inbox.db")


def early_log(choice: random.Random, folder: Path, early: Path) -> None:
    shutil.copy(early / "inbox.db-wal", folder / "inbox.db-wal")


def no_log(choice: random.Random, folder: Path, early: Path) -> None:
    (folder / "inbox.db-wal").unlink(missing_ok=True)


def log_header(choice: random.Random, folder: Path, early: Path) -> None:
    log = folder / "inbox.db-wal"
    if log.exists():
        raw = log.read_bytes()
        log.write_bytes(choice.choice((bytes(32), choice.randbytes(32))) + raw[32:])


def log_middle(choice: random.Random, folder: Path, early: Path) -> None:
    log = folder / "inbox.db-wal"
    if log.exists():
        raw = bytearray(log.read_bytes())
        at = choice.randrange(32, len(raw) // 2)
        raw[at : at + 16] = choice.randbytes(16)
        log.write_bytes(raw)


KINDS: list[Damage] = [
    *(swapped_pages, doubled_page, zeroed_pages, cut, header, garbled, gone),
    *(early_file, early_log, no_log, log_header, log_middle),
]


# -- what must hold afterwards -----------------------------------------------------------------------------


def use_until_it_shows(folder: Path) -> str:
    """Start as often as an agent would, and use everything; returns what was said. The second start restores what the
    first one met."""
    said = ""
    for _ in range(3):
        store, notice = open_store(folder)
        said += notice
        try:
            use(store)
        except Damaged:
            continue
        finally:
            with suppress(StoreError):
                store.close()
        return said
    raise AssertionError("damaged again after each restore")


def use(store: LocalStore) -> None:
    """Read everything, and write to every table."""
    ids = store.conversations.order(Scope(), now=NOW)
    assert {c.id for c in store.conversations.get_many(ids)} == set(ids)
    store.conversations.counts({"all": Scope()}, now=NOW)
    store.conversations.waiting_figures(NOW)
    store.outbox.items()
    store.changes.since(0)
    for number in range(COUNT + SINCE):
        cid = conversation(number).id
        store.messages.of_conversation(cid), store.outbox.drafts(cid), store.small_things.events(cid)
        store.small_things.cursor(f"feed {number}"), store.small_things.setting(f"setting {number}")
    store.messages.search(["lorem"], limit=None)
    put(store, 999, "after")
    store.outbox.put(reply(999))
    if not store.upkeep.health().ok:
        raise store.handle.sql.damaged("as `inbox check` says, and the daily backup")


def missing(store: LocalStore, numbers: range) -> list[str]:
    """What of these is not there."""
    found = []
    for number in numbers:
        cid = conversation(number).id
        texts = [m.text.split()[1] for m in store.messages.of_conversation(cid) if isinstance(m, Message)]
        there = {
            "conversation": store.conversations.get(cid) is not None,
            "message": texts == [str(number)],
            "draft": [d.conversation for d in store.outbox.drafts(cid)] == [cid],
            "event": len(store.small_things.events(cid)) >= 1,
            "cursor": store.small_things.cursor(f"feed {number}") == {"at": number},
            "setting": store.small_things.setting(f"setting {number}") == number,
        }
        found += [f"{what} {number}" for what, is_there in there.items() if not is_there]
    return found


@pytest.mark.parametrize("damage", KINDS, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("state", ["closed", "killed"])
def test_whatever_is_damaged_the_backup_is_there_again(
    stores: tuple[Path, Path, Path], tmp_path: Path, state: str, damage: Damage
) -> None:
    """A swap of two pages was a `KeyError` at every start, with a good backup beside it."""
    early, closed, killed = stores
    for seed in range(ROUNDS):
        choice = random.Random(f"{damage.__name__} {state} {seed}")
        folder = tmp_path / "data"
        shutil.copytree(closed if state == "closed" else killed, folder)
        damage(choice, folder, early)
        said = use_until_it_shows(folder)
        store, notice = open_store(folder)
        try:
            assert (notice, missing(store, range(COUNT))) == ("", []), f"seed {seed}"
            assert len(store.messages.search(["lorem"], limit=None)) >= COUNT - 6
            assert store.outbox.get("reply-1").phase in (Phase.QUEUED, Phase.ASK_AGENT)  # type: ignore[union-attr]
            assert store.upkeep.health().findings == []
            if said:
                assert list(folder.glob("damaged-*/inbox.db*")) or damage is gone or damage is cut
        finally:
            store.close()
        if seed < 2:
            settled = contents(folder)
            for _ in range(4):
                store, notice = open_store(folder)
                store.close()
                assert (notice, contents(folder)) == ("", settled), (
                    f"seed {seed}: each start gives another store"
                )
        shutil.rmtree(folder)


def contents(folder: Path) -> tuple[list[str], list[object]]:
    """Names of the backups, and every document of the store."""
    with closing(sqlite3.connect(f"{(folder / 'inbox.db').as_uri()}?mode=ro", uri=True)) as db:
        tables = [
            row[0]
            for row in db.execute("SELECT name FROM sqlite_master WHERE name GLOB 'doc_*' AND type = 'table'")
        ]
        rows = [
            row for name in sorted(tables) for row in db.execute(f"SELECT id, doc FROM {name} ORDER BY id")
        ]
    return [kept.name for kept in backup.backups(folder)], rows


# -- without a backup ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["closed", "killed"])
@pytest.mark.parametrize("lost", [16, 100, PAGE], ids=lambda lost: f"{lost} bytes")
def test_pages_behind_a_broken_header_are_read_back(
    stores: tuple[Path, Path, Path], tmp_path: Path, state: str, lost: int
) -> None:
    """Without a backup an empty store took the place of 120 messages, though every page of them was whole."""
    folder = tmp_path / "data"
    shutil.copytree(stores[1 if state == "closed" else 2], folder)
    shutil.rmtree(folder / "backups")
    path = folder / "inbox.db"
    path.write_bytes(b"\xff" * lost + path.read_bytes()[lost:])
    store, notice = open_store(folder)
    assert "there was no good backup" in notice
    assert missing(store, range(COUNT + SINCE)) == []
    assert len(store.messages.search(["lorem"], limit=None)) == sum(
        number % 7 > 0 for number in range(COUNT + SINCE)
    )
    store.close()


def noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(50_000))


def nothing(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [noise, nothing, Path.unlink], ids=lambda damage: damage.__name__)
def test_where_nothing_can_be_read_a_person_is_asked(folder: Path, damage: Callable[[Path], None]) -> None:
    """An empty inbox looks like a quiet day. The medium may be gone for a moment, or a copy lie elsewhere."""
    store = LocalStore(folder)
    put(store, 1, "word")
    store.close()
    path = folder / "inbox.db"
    damage(path)
    left = path.read_bytes() if path.exists() else None
    for _ in range(2):
        with pytest.raises(Unreadable, match="inbox restore --empty"):
            open_store(folder)
    assert (path.read_bytes() if path.exists() else None) == left
    aside = restore.begin_empty(folder)
    assert [entry.read_bytes() for entry in aside.iterdir()] == ([] if left is None else [left])
    store, notice = open_store(folder)
    assert (notice, store.conversations.order(Scope(), now=NOW)) == ("", [])
    store.close()


def test_a_backup_that_went_back_on_purpose_stays(stores: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """What somebody restored is of an earlier moment, too: it must not be undone after the next crash."""
    folder = tmp_path / "data"
    shutil.copytree(stores[1], folder)
    store = LocalStore(folder)
    store.upkeep.backup()
    store.close()
    backup.put_back(folder, backup.backups(folder)[-1].stem)
    store, notice = open_store(folder)
    put(store, 1, "again")
    shutil.copytree(folder, tmp_path / "killed")
    store.close()
    again, after = open_store(tmp_path / "killed")
    assert (notice, after) == ("", "")
    assert len(missing(again, range(COUNT + SINCE))) == SINCE * 6
    again.close()


def test_a_store_that_another_program_holds_is_not_damaged(folder: Path) -> None:
    """A database browser that locks the file for a moment costs an answer, and no store."""
    store = LocalStore(folder)
    put(store, 1, "word")
    shutil.copytree(folder, folder.with_name("killed"))
    store.close()
    folder = folder.with_name("killed")
    with closing(sqlite3.connect(folder / "inbox.db", isolation_level=None)) as browser:
        browser.execute("PRAGMA locking_mode=EXCLUSIVE")
        browser.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError) as caught:
            open_store(folder)
        assert not isinstance(caught.value, Damaged)
    store, notice = open_store(folder)
    assert (notice, missing(store, range(1, 2))) == ("", [])
    store.close()
