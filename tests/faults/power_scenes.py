"""What is done to files while the power fails, scene by scene: `python power_scenes.py SCENE FOLDER` acts one.

python -m faults.power_scenes [STATES]     (in tests/) opens all that every cut leaves, STATES random choices at each

Each line that is printed says: from here on somebody relies on it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

sys.path.extend(str(Path(__file__).resolve().parents[up]) for up in (1, 2))

from contract.layout_one import layout_one
from contract.store_samples import NOW, conversation, message, reply
from tinydb import TinyDB
from tinydb.table import Document

from faults.power import record, states
from inbox.accounts import encrypted_file
from inbox.domain.model import Draft
from inbox.store.sqlite import backup, schema
from inbox.store.sqlite.store import LocalStore, open_store
from inbox.system import places

PERSON = b"Person Who Wants To Be Forgotten"


@dataclass(frozen=True)
class Scene:
    """`act` yields where it acknowledges; `look` is what the next start finds, and makes sure that it is sound."""

    prepare: Callable[[Path], None]
    act: Callable[[Path], Iterator[None]]
    look: Callable[[Path], Any]
    holds: Callable[[Path, int], None] = lambda root, said: None
    """What else must be true of the files before anything opens them; `said` acknowledgements were given."""


# -- stores --------------------------------------------------------------------------------------------------


def documents(store: LocalStore) -> dict[str, dict[str, Any]]:
    tables = {name: store.handle.db.table(name) for name in schema.SPECS}
    return {name: {d.doc_id: dict(d) for d in table.all()} for name, table in tables.items()}


def opened(root: Path) -> dict[str, dict[str, Any]]:
    """What the program shows after a start that has nothing to complain about; it can also be written to."""
    store, notice = open_store(root / "data")
    assert notice == ""
    return _sound(store)


def mended(root: Path) -> dict[str, dict[str, Any]]:
    """The same, and the start may have mended the store."""
    return _sound(open_store(root / "data")[0])


def _sound(store: LocalStore) -> dict[str, dict[str, Any]]:
    found = documents(store)
    assert store.upkeep.health().findings == []
    texts = [m["text"] for m in found["messages"].values()]
    assert len(store.messages.search(["words"], limit=None)) == sum("words" in text for text in texts)
    store.small_things.put_setting("written after the cut", True)
    store.close()
    return found


def filled(root: Path, count: int = 8) -> LocalStore:
    store = LocalStore(root / "data")
    with store.transaction():
        for number in range(count):
            store.conversations.put(conversation(number))
            store.messages.put(message(number, f"words {number} " + "y" * 200))
        store.outbox.put(reply(1))
    return store


def closed(root: Path) -> None:
    filled(root).close()


def work(store: LocalStore, number: int) -> None:
    """By turns triage, a draft, a page with heads and cursor, a reply."""
    match number % 4:
        case 0:
            store.conversations.put(conversation(1, preview=str(number)))
        case 1:
            store.outbox.put_draft(
                Draft(conversation="acme:direct:1", agent="ann", text=str(number), saved_at=NOW)
            )
        case 2:
            with store.transaction():
                for part in range(3):
                    store.messages.put(message(100 + 3 * number + part, f"words of page {number}"))
                store.conversations.put(conversation(2, preview=str(number)))
                store.small_things.put_cursor("acme:direct", {"at": number})
        case _:
            store.outbox.put(reply(100 + number))


def a_new_store(root: Path) -> Iterator[None]:
    store = LocalStore(root / "data")
    yield
    for number in range(3):
        work(store, number)
        yield
    store.close()
    yield


def a_day(root: Path) -> Iterator[None]:
    """The log is written back to the file every few commits, and begun anew."""
    store = LocalStore(root / "data")
    store.handle.sql.run("PRAGMA wal_autocheckpoint=12")
    for number in range(12):
        work(store, number)
        yield
    store.close()
    yield


def backups(root: Path) -> Iterator[None]:
    """Two are kept here, so that the third one drops the first."""
    store = LocalStore(root / "data")
    with mock.patch.object(backup, "KEPT", 2):
        for number in range(3):
            store.upkeep.backup()
            yield
            work(store, number)
            yield
    store.close()


def backups_are_sound(root: Path, said: int) -> None:
    found = backup.listing(root / "data") if (root / "data").exists() else []
    assert [kept.problem for kept in found if kept.problem] == []
    assert len(found) >= min(2, (said + 1) // 2)


def two_stores(root: Path) -> None:
    store = filled(root)
    store.upkeep.backup()
    store.messages.put(message(90, "words after the backup"))
    store.outbox.put(reply(2))
    store.close()


def going_back(root: Path) -> Iterator[None]:
    (kept,) = backup.backups(root / "data")
    backup.put_back(root / "data", kept.stem)
    yield


def the_newer_one_is_kept(root: Path, said: int) -> None:
    assert _is_somewhere(root, b"words after the backup")


def _is_somewhere(root: Path, words: bytes) -> bool:
    return any(words in path.read_bytes() for path in root.rglob("*") if path.is_file())


def damaged(root: Path) -> None:
    """One document of the first backup is damaged, and somebody noticed."""
    two_stores(root)
    path = root / "data" / "inbox.db"
    held = bytearray(path.read_bytes())
    held[held.index(b"words 7 ")] ^= 4
    path.write_bytes(held)
    path.with_name("inbox.db.suspect").touch(mode=0o600)


def mending(root: Path) -> Iterator[None]:
    store, notice = open_store(root / "data")
    assert "was damaged" in notice
    yield
    work(store, 0)
    yield
    store.close()


def the_damaged_file_is_kept(root: Path, said: int) -> None:
    assert _is_somewhere(root, b"sords 7 ")


def of_the_first_layout(root: Path) -> None:
    with layout_one():
        closed(root)


def migrating(root: Path) -> Iterator[None]:
    store = LocalStore(root / "data")
    yield
    work(store, 0)
    yield
    store.close()


def one_is_always_readable(root: Path, said: int) -> None:
    """By the old program too, should the new one be taken away again."""
    kept = backup.listing(root / "data")
    assert [k.problem for k in kept if k.problem] == []
    version = int.from_bytes((root / "data" / "inbox.db").read_bytes()[60:64], "big")
    assert version == 1 or kept


def known_person(root: Path) -> None:
    two_stores(root)
    store = LocalStore(root / "data")
    store.messages.put(message(50, f"words of {PERSON.decode()}", conversation="acme:direct:7"))
    store.upkeep.backup()
    store.close()
    aside = root / "data" / "replaced-20260101T000000.000000Z"
    aside.mkdir(mode=0o700)
    shutil.copy(root / "data" / "inbox.db", aside)


def erasing(root: Path) -> Iterator[None]:
    store = LocalStore(root / "data")
    with store.upkeep.alone():
        store.upkeep.forget(["acme:direct:7"])
        store.upkeep.scrub()
    yield
    store.close()


def nothing_of_them_is_left(root: Path, said: int) -> None:
    assert not said or not _is_somewhere(root, PERSON)


# -- other files ---------------------------------------------------------------------------------------------


def box(root: Path) -> encrypted_file.EncryptedFile:
    passphrase = encrypted_file.Passphrase(None, {})
    passphrase.said = "a passphrase of five words"
    return encrypted_file.EncryptedFile(root / "sign-in" / "tokens", passphrase, nullcontext)


def tokens(root: Path) -> Iterator[None]:
    with mock.patch.object(encrypted_file, "WORK", 2**10):
        for number in range(3):
            box(root).set_password("inbox", f"account {number % 2}", f"token {number}" * 40)
            yield
        box(root).delete_password("inbox", "account 0")
        yield


def tokens_found(root: Path) -> dict[str, str]:
    return box(root)._load()


def config(root: Path) -> Iterator[None]:
    places.write_config(root / "config" / "inbox" / "config.toml", places.example())
    yield


def config_found(root: Path) -> str | None:
    path = root / "config" / "inbox" / "config.toml"
    return path.read_text("utf-8") if path.exists() else None


def shrinking(root: Path) -> Iterator[None]:
    """TinyDB's own file, which is written over in place and then cut."""
    for size in (9000, 3000, 6000):
        with TinyDB(root / "db.json") as db:
            db.upsert(Document({"text": "x" * size}, doc_id=1))
        yield


def tinydb_found(root: Path) -> list[str]:
    with TinyDB(root / "db.json") as db:
        return [document["text"] for document in db]


def nothing(root: Path) -> None:
    """A machine that has never seen the program."""


SCENES = {
    "a new store": Scene(nothing, a_new_store, opened),
    "a day's work": Scene(closed, a_day, opened),
    "backups": Scene(closed, backups, opened, backups_are_sound),
    "going back to a backup": Scene(two_stores, going_back, opened, the_newer_one_is_kept),
    "mending a damaged store": Scene(damaged, mending, mended, the_damaged_file_is_kept),
    "an update of the layout": Scene(of_the_first_layout, migrating, opened, one_is_always_readable),
    "erasing a person": Scene(known_person, erasing, opened, nothing_of_them_is_left),
    "tokens in the encrypted file": Scene(nothing, tokens, tokens_found),
    "a first config": Scene(nothing, config, config_found),
}

NAIVE = {"TinyDB's own file": Scene(nothing, shrinking, tinydb_found)}
"""What must not pass."""


# -- a scene and its cuts --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    steps: int
    states: int
    """How many different ones were opened."""
    old: int
    """Of those, how many gave what had been acknowledged; the others gave what was being done."""
    wrong: list[str]


def cut(name: str, folder: Path, choice: Random, *, each: int, most: int | None = None) -> Found:
    """Play a scene with the power on, then open what every cut would have left, or `most` of it by choice."""
    scene = (SCENES | NAIVE)[name]
    expected = _with_power(scene, folder / "expected")
    root = folder / "root"
    root.mkdir(parents=True)
    scene.prepare(root)
    recording = record(root, [sys.executable, __file__, name, str(root)], folder / "trace")
    found = list(states(recording, choice, each))
    picked = found if most is None or most >= len(found) else choice.sample(found, most)
    old, wrong = 0, []
    for state in picked:
        place = folder / "cut"
        place.mkdir()
        state.lay(place)
        try:
            scene.holds(place, state.said)
            seen = scene.look(place)
        except (AssertionError, OSError, RuntimeError, ValueError) as error:
            wrong.append(f"{state}: {type(error).__name__} {error}")
        else:
            index = next(
                (n for n in range(state.said, state.said + 2) if expected[n:] and expected[n] == seen), None
            )
            old += index == state.said
            if index is None:
                wrong.append(f"{state}: neither old nor new: {seen}"[:3000])
        shutil.rmtree(place)
    return Found(len(recording.steps), len(picked), old, wrong)


def _with_power(scene: Scene, folder: Path) -> list[Any]:
    """What a start finds before anything was done, and after each acknowledgement."""
    root = folder / "root"
    root.mkdir(parents=True)
    scene.prepare(root)
    found = []

    def look() -> None:
        copy = folder / f"copy{len(found)}"
        shutil.copytree(root, copy)
        found.append(scene.look(copy))

    look()
    for _ in scene.act(root):
        look()
    return found


def main(each: int) -> None:
    print(f"{'':32}{'steps':>7}{'states':>8}{'old':>7}{'new':>7}{'else':>6}")
    for name in SCENES:
        with tempfile.TemporaryDirectory() as folder:
            found = cut(name, Path(folder), Random(0), each=each)
        counts = (
            found.steps,
            found.states,
            found.old,
            found.states - found.old - len(found.wrong),
            len(found.wrong),
        )
        print(
            f"{name:32}" + "".join(f"{n:>{w}}" for n, w in zip(counts, (7, 8, 7, 7, 6), strict=True)),
            flush=True,
        )
        for sentence in found.wrong[:3]:
            print("    WRONG", sentence[:600])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        for number, _ in enumerate((SCENES | NAIVE)[sys.argv[1]].act(Path(sys.argv[2]))):
            os.write(1, f"{number}\n".encode())  # in one call, so that it is one step
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 4)
