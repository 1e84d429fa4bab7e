"""Something above the store met what damage could explain: the next start looks at all of it, and restores it if it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_samples import message
from test_store_files import filled, flip_inside

from inbox.cli import main
from inbox.engine.session import Session
from inbox.store.sqlite import backup, integrity
from inbox.store.sqlite.folder import UNCHECKED, doubt
from inbox.store.sqlite.store import LocalStore, open_store


def quietly_damaged(folder: Path) -> None:
    """One document that nothing has read yet is damaged; there is a backup."""
    filled(folder)
    store = LocalStore(folder)
    store.upkeep.backup()
    store.close()
    flip_inside(folder, "words 7 ")


def test_an_error_of_code_that_writes_lets_the_next_start_look(folder: Path) -> None:
    """A record that is not where another one says: a `KeyError` far away from the store, at every start."""
    quietly_damaged(folder)
    store, notice = open_store(folder)
    assert notice == "", "nothing reads all of it as long as nothing seems wrong"
    heads: dict[str, int] = {}

    def count() -> None:
        with store.transaction():
            store.messages.put(message(77, "not kept"))
            heads["acme:direct:7"] += 1

    with pytest.raises(KeyError):
        count()
    store.close()
    store, notice = open_store(folder)
    assert "was restored from the backup" in notice
    found = store.messages.get("acme:7")
    assert found is not None
    assert found.text.startswith("words 7 ")
    store.close()


def test_an_answer_of_the_domain_raises_no_doubt(folder: Path) -> None:
    """Errors that are answers are everyday: each start would look at everything."""

    class Refused(KeyError):
        pass

    filled(folder)
    store = LocalStore(folder)
    with pytest.raises(Refused), store.transaction():
        raise Refused
    store.close()
    assert not (folder / UNCHECKED).exists()


def test_a_doubt_about_a_sound_store_is_gone_after_one_look(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most such errors are defects of the program: they must not make every start slow."""
    filled(folder)
    looks: list[Path] = []
    examine = integrity.examine
    monkeypatch.setattr(integrity, "examine", lambda path, **how: looks.append(path) or examine(path, **how))
    doubt(folder)
    for _ in range(3):
        store, notice = open_store(folder)
        assert notice == ""
        store.close()
    assert len(looks) == 1


def test_doubt_makes_no_folder(folder: Path) -> None:
    doubt(folder)
    assert not folder.exists()


def test_a_use_case_of_the_screen_that_fails_raises_the_doubt(folder: Path) -> None:
    """Reading alone is no transaction."""
    told: list[int] = []
    session = Session(lambda: None, None, None, doubt=lambda: told.append(1))  # type: ignore[arg-type,return-value]
    with pytest.raises(KeyError):
        session.call(lambda _: {}["gone"]).result(10)
    session.close()
    assert told == [1]


def test_a_command_that_fails_raises_the_doubt(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(folder)
    config = tmp_path / "config.toml"
    config.write_text('agent = "ann"\n[service]\ntimezone = "UTC"\n', "utf-8")
    words = ["outbox", "--config", str(config), "--data", str(folder)]
    assert main(words) == 0
    assert not (folder / UNCHECKED).exists()
    monkeypatch.setattr("inbox.engine.desk.outbox.Outbox.items", lambda self: {}["gone"])
    assert main(words) == 1
    assert "KeyError" in capsys.readouterr().err
    assert (folder / UNCHECKED).exists()


def test_a_bad_day_pushes_out_no_backup_of_the_days_before(folder: Path) -> None:
    """Seven crashes of a large store make seven backups in an hour; the good ones of last week are what one goes back to."""
    filled(folder)
    kept = folder / "backups"
    days = [datetime.now(UTC) - timedelta(days=days) for days in range(1, 7)]
    for day in days:
        (kept / f"inbox-{day.strftime(backup.STAMP)}.db").write_bytes(b"")
    store = LocalStore(folder)
    for _ in range(9):
        newest = Path(store.upkeep.backup())
    store.close()
    left = backup.backups(folder)
    assert left[0] == newest
    assert len(left) == backup.KEPT
    assert all((kept / f"inbox-{day.strftime(backup.STAMP)}.db").exists() for day in days)
