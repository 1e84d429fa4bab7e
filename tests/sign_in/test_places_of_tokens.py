"""Where a token may lie: environment, systemd's credentials, keyring, encrypted file; and what an entry holds."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inbox.accounts import encrypted_file
from inbox.accounts.encrypted_file import EncryptedFile, Passphrase
from inbox.accounts.vault import SystemVault, VaultError
from inbox.config.model import Config, VaultSettings
from inbox.ports.secrets import Secret
from inbox.ports.sign_in import SignIn
from inbox.ports.vault import WritableVault
from inbox.system.installation import how_to_add
from inbox.wiring.setup import open_vault
from sign_in.conftest import FULL_WORK

WHOLE = SignIn(
    access=Secret("canary-access"),
    refresh=Secret("canary-refresh"),
    app_secret=Secret("canary-secret"),
    expires_at=datetime(2026, 12, 1, 8, tzinfo=UTC),
    data_access_until=datetime(2027, 1, 1, tzinfo=UTC),
    scope=("tweet.read", "dm.read"),
    kind="oauth2",
)


class Drawer:
    """A keyring of a system, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, account: str) -> str | None:
        return self.kept.get(account)

    def set_password(self, service: str, account: str, value: str) -> None:
        self.kept[account] = value

    def delete_password(self, service: str, account: str) -> None:
        del self.kept[account]


Drawer.__module__ = "keyring.backends.SecretService"


def vault(drawer: Drawer | None = None, **env: str) -> SystemVault:
    chosen = drawer or Drawer()
    return SystemVault(env, open_keyring=lambda: chosen)


def file_vault(folder: Path, passphrase: str | None = "correct horse", **env: str) -> SystemVault:
    """As a new process would see it."""
    secret = folder / "passphrase"
    if passphrase is not None:
        secret.touch(0o600)
        secret.write_text(passphrase + "\n")
    settings = VaultSettings(
        kind="file",
        file=str(folder / "tokens"),
        passphrase_file=str(secret) if passphrase is not None else None,
    )
    return open_vault(Config(vault=settings), env)


# -- an entry ----------------------------------------------------------------------------------------------


def test_a_whole_sign_in_is_one_entry_and_comes_back_whole() -> None:
    """One write for a rotation: never the new access token with the old refresh token."""
    drawer = Drawer()
    vault(drawer).keep("acme-x", WHOLE)
    assert list(drawer.kept) == ["acme-x"]
    assert vault(drawer).sign_in("acme-x") == WHOLE
    token = vault(drawer).token("acme-x")
    assert token is not None
    assert token.reveal() == "canary-access"


def test_an_entry_fits_what_windows_can_hold() -> None:
    """1280 characters; tokens of both platforms stay below 250, a secret has 32."""
    drawer = Drawer()
    long = SignIn(
        access=Secret("a" * 250),
        refresh=Secret("r" * 250),
        app_secret=Secret("s" * 32),
        expires_at=WHOLE.expires_at,
        data_access_until=WHOLE.data_access_until,
        scope=tuple(f"pages_permission_{i:02d}" for i in range(12)),
        kind="page",
    )
    vault(drawer).keep("a", long)
    assert len(drawer.kept["a"]) < 1200


def test_a_bare_token_is_an_entry_too() -> None:
    """Pasted, or from before there was more to keep."""
    drawer = Drawer()
    vault(drawer).put("a", Secret("canary-bare"))
    found = vault(drawer).sign_in("a")
    assert found == SignIn(access=Secret("canary-bare"), kind="token")


@pytest.mark.parametrize("entry", ['{"refresh":"r"}', "{broken", '{"access":5}', "{}"])
def test_a_damaged_entry_is_told_and_not_sent(entry: str) -> None:
    drawer = Drawer()
    drawer.kept["a"] = entry
    with pytest.raises(VaultError) as caught:
        vault(drawer).token("a")
    assert caught.value.code == "damaged"
    assert "inbox login" in caught.value.next_step


@pytest.mark.parametrize("moment", [10**20, True, "soon", -(10**20), float("nan")])
def test_a_date_that_is_none_is_left_out(moment: Any) -> None:
    drawer = Drawer()
    drawer.kept["a"] = json.dumps({"access": "t", "expires_at": moment})
    found = vault(drawer).sign_in("a")
    assert found is not None
    assert found.expires_at is None


# -- places that are only read ------------------------------------------------------------------------------


def test_systemd_hands_tokens_over_as_files(tmp_path: Path) -> None:
    """LoadCredential=inbox-token-acme-x:... ; after the environment, before the keyring."""
    (tmp_path / "inbox-token-acme-x").write_text("canary-credential\n")
    (tmp_path / "inbox-secret-acme-x").write_text("canary-app-secret\n")
    drawer = Drawer()
    drawer.kept["acme-x"] = "in the keyring"
    found = vault(drawer, CREDENTIALS_DIRECTORY=str(tmp_path)).sign_in("acme-x")
    assert found is not None
    assert (found.access.reveal(), found.source) == ("canary-credential", "systemd credentials")
    assert found.app_secret is not None
    assert found.app_secret.reveal() == "canary-app-secret"
    found = vault(drawer, CREDENTIALS_DIRECTORY=str(tmp_path), INBOX_TOKEN_ACME_X="canary-env").sign_in(
        "acme-x"
    )
    assert found is not None
    assert found.source == "environment"


def test_credentials_of_another_unit_are_no_obstacle(tmp_path: Path) -> None:
    drawer = Drawer()
    drawer.kept["acme-x"] = "in-the-keyring"
    token = vault(drawer, CREDENTIALS_DIRECTORY=str(tmp_path / "gone")).token("acme-x")
    assert token is not None
    assert token.reveal() == "in-the-keyring"


def test_nothing_is_stored_beside_a_token_that_would_win(tmp_path: Path) -> None:
    drawer = Drawer()
    it = vault(drawer, INBOX_TOKEN_ACME_X="canary-env")
    with pytest.raises(VaultError, match="environment") as caught:
        it.keep("acme-x", WHOLE)
    assert caught.value.code == "read-only"
    assert drawer.kept == {}
    assert it.given("acme-x") == "environment"
    assert vault(drawer).given("acme-x") is None


def test_the_vault_is_one_that_can_be_written() -> None:
    """`wiring` tells it from the demo's by this."""
    assert isinstance(vault(), WritableVault)


# -- the encrypted file -------------------------------------------------------------------------------------


def test_the_file_keeps_what_it_is_given_and_shows_nothing_of_it(tmp_path: Path) -> None:
    file_vault(tmp_path).keep("acme-x", WHOLE)
    file_vault(tmp_path).keep("acme-page", SignIn(access=Secret("canary-page"), kind="page"))
    assert file_vault(tmp_path).sign_in("acme-x") == WHOLE
    raw = (tmp_path / "tokens").read_bytes()
    assert b"canary" not in raw
    assert b"acme" not in raw, "not even whose tokens they are"
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.new")) + list(tmp_path.glob(".*.new")), "nothing half written"


def test_the_file_forgets(tmp_path: Path) -> None:
    file_vault(tmp_path).keep("a", WHOLE)
    assert file_vault(tmp_path).forget("a") is True
    assert file_vault(tmp_path).forget("a") is False
    assert file_vault(tmp_path).sign_in("a") is None


def test_a_wrong_passphrase_is_told_and_nothing_is_overwritten(tmp_path: Path) -> None:
    file_vault(tmp_path).keep("a", WHOLE)
    before = (tmp_path / "tokens").read_bytes()
    wrong = file_vault(tmp_path, "incorrect horse")
    for call in (lambda: wrong.sign_in("a"), lambda: wrong.keep("b", WHOLE)):
        with pytest.raises(VaultError) as caught:
            call()
        assert caught.value.code == "wrong-passphrase"
    assert (tmp_path / "tokens").read_bytes() == before


def test_after_a_wrong_passphrase_the_right_one_works_in_the_same_process(tmp_path: Path) -> None:
    file_vault(tmp_path).keep("a", WHOLE)
    it = file_vault(tmp_path, "incorrect horse")
    with pytest.raises(VaultError):
        it.sign_in("a")
    (tmp_path / "passphrase").write_text("correct horse\n")
    assert it.sign_in("a") == WHOLE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"version":2}',
        b'{"version":1,"work":32768,"salt":"!","sealed":"x"}',
        b'{"version":1,"work":32768,"salt":5,"sealed":5}',
        b'{"version":1,"work":32768,"salt":"","sealed":"x"}',
        b'{"version":1,"work":1099511627776,"salt":"AAAAAAAAAAAAAAAAAAAAAA==","sealed":"x"}',
        b'{"version":1,"work":[],"salt":"AAAAAAAAAAAAAAAAAAAAAA==","sealed":"x"}',
        b"\xff\xfe\x00",
    ],
)
def test_a_damaged_file_is_told_and_left_alone(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "tokens").write_bytes(raw)
    with pytest.raises(VaultError) as caught:
        file_vault(tmp_path).keep("a", WHOLE)
    assert caught.value.code == "damaged-file"
    assert (tmp_path / "tokens").read_bytes() == raw


def test_one_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    """Fernet signs what it seals."""
    file_vault(tmp_path).keep("a", WHOLE)
    whole = json.loads((tmp_path / "tokens").read_text())
    sealed = whole["sealed"]
    whole["sealed"] = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    (tmp_path / "tokens").write_text(json.dumps(whole))
    with pytest.raises(VaultError):
        file_vault(tmp_path).sign_in("a")


def test_damage_is_not_taken_for_a_wrong_passphrase(tmp_path: Path) -> None:
    """Who is told that the passphrase is wrong goes on trying it."""
    file_vault(tmp_path).keep("a", WHOLE)
    whole = json.loads((tmp_path / "tokens").read_text())
    for name, other in (("sealed", whole["sealed"][:-9]), ("salt", "A" * 22 + "=="), ("work", 2**11)):
        (tmp_path / "tokens").write_text(json.dumps({**whole, name: other}))
        with pytest.raises(VaultError) as caught:
            file_vault(tmp_path).sign_in("a")
        assert caught.value.code == "damaged-file"


def test_a_file_of_less_work_opens_and_is_written_with_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As earlier versions wrote it: no sum, an easier key."""
    file_vault(tmp_path).keep("a", WHOLE)
    old = json.loads((tmp_path / "tokens").read_text())
    del old["sum"]
    (tmp_path / "tokens").write_text(json.dumps(old))
    monkeypatch.setattr(encrypted_file, "WORK", 2**11)
    it = file_vault(tmp_path)
    assert it.sign_in("a") == WHOLE
    it.keep("b", WHOLE)
    new = json.loads((tmp_path / "tokens").read_text())
    assert (old["work"], new["work"]) == (2**10, 2**11)
    assert old["salt"] != new["salt"]
    assert [file_vault(tmp_path).sign_in(name) for name in "ab"] == [WHOLE, WHOLE]


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes are a thing of POSIX")
def test_no_link_is_followed_and_the_folder_is_ours_alone(tmp_path: Path) -> None:
    """Somebody who can write in the folder may put a link where the file, or its next version, is going to be."""
    folder, victim = tmp_path / "tokens.d", tmp_path / "victim"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    victim.write_text("untouched")
    passphrase = Passphrase(None, {})
    passphrase.said = "correct horse"
    from contextlib import nullcontext

    box = EncryptedFile(folder / "tokens", passphrase, nullcontext)
    (folder / "tokens.new").symlink_to(victim)
    box.set_password("inbox", "a", "canary-value")
    assert box.get_password("inbox", "a") == "canary-value"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not (folder / "tokens").is_symlink()
    (folder / "elsewhere").write_bytes((folder / "tokens").read_bytes())
    (folder / "tokens").unlink()
    (folder / "tokens").symlink_to(folder / "elsewhere")
    for call in (lambda: box.get_password("inbox", "a"), lambda: box.set_password("inbox", "a", "x" * 9)):
        with pytest.raises(encrypted_file.LinkedFile):
            call()
    assert victim.read_text() == "untouched"


def _box(path: Path) -> EncryptedFile:
    from contextlib import nullcontext

    passphrase = Passphrase(None, {})
    passphrase.said = "correct horse"
    return EncryptedFile(path, passphrase, nullcontext)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a thing of POSIX")
@pytest.mark.parametrize("home", [True, False], ids=["an empty home folder", "a folder with a web page"])
def test_a_folder_that_holds_other_things_is_never_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: bool
) -> None:
    """Other programs read there: a web server its pages, a mail server the home folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o755)
    if home:
        monkeypatch.setenv("HOME", str(folder))
    else:
        (folder / "page.html").write_text("<p>")
    with pytest.raises(encrypted_file.SharedFolder):
        _box(folder / "tokens").set_password("inbox", "a", "canary-value")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert not (folder / "tokens").exists()
    _box(folder / "own" / "tokens").set_password("inbox", "a", "canary-value")
    assert stat.S_IMODE((folder / "own").stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a thing of POSIX")
def test_a_token_renewed_in_a_folder_that_was_opened_later_is_kept(tmp_path: Path) -> None:
    """The token before it no longer works, so refusing to write would end the sign-in."""
    box = _box(tmp_path / "folder" / "tokens")
    box.set_password("inbox", "a", "canary-old")
    (tmp_path / "folder").chmod(0o755)
    (tmp_path / "folder" / "other").touch()
    box.set_password("inbox", "a", "canary-new")
    assert box.get_password("inbox", "a") == "canary-new"
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "folder" / "tokens").stat().st_mode) == 0o600


def test_the_folder_to_choose_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "page.html").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(VaultError) as caught:
        file_vault(tmp_path).keep("a", WHOLE)
    assert caught.value.code == "shared-folder"
    assert "folder of its own" in caught.value.next_step


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_vault(tmp_path).keep("a", WHOLE)
    before = (tmp_path / "tokens").read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("inbox.system.places.os.fsync", full)
        with pytest.raises(VaultError):
            file_vault(tmp_path).keep("b", WHOLE)
    assert (tmp_path / "tokens").read_bytes() == before
    assert not list(tmp_path.glob(".*.new"))


def test_without_a_passphrase_and_without_a_person_the_ways_are_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as caught:
        file_vault(tmp_path, None).keep("a", WHOLE)
    assert caught.value.code == "no-passphrase"
    assert "passphrase_file" in caught.value.next_step
    assert "inbox-vault-passphrase" in caught.value.next_step


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a thing of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_passphrase_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    it = file_vault(tmp_path)
    (tmp_path / "passphrase").chmod(mode)
    with pytest.raises(VaultError) as caught:
        it.keep("a", WHOLE)
    assert caught.value.code == "loose-file"
    assert "chmod 600" in caught.value.next_step


def test_systemd_hands_the_passphrase_over(tmp_path: Path) -> None:
    credential = tmp_path / "inbox-vault-passphrase"
    credential.touch(0o400)
    credential.write_text("correct horse\n")
    file_vault(tmp_path, None, CREDENTIALS_DIRECTORY=str(tmp_path)).keep("a", WHOLE)
    assert file_vault(tmp_path).sign_in("a") == WHOLE


def test_without_the_extra_the_command_to_install_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(VaultError) as caught:
        file_vault(tmp_path).keep("a", WHOLE)
    assert caught.value.code == "no-cryptography"
    assert how_to_add("vault") in caught.value.next_step


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, a power cut."""
    file_vault(tmp_path).keep("a", WHOLE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(VaultError):
            file_vault(tmp_path).keep("a", SignIn(access=Secret("canary-other")))
    assert file_vault(tmp_path).sign_in("a") == WHOLE


def test_two_who_write_different_accounts_lose_neither(tmp_path: Path) -> None:
    """A login beside a renewal: the file is read and written again as a whole."""
    vaults = [file_vault(tmp_path), file_vault(tmp_path)]

    def write(number: int) -> None:
        for at in range(5):
            vaults[number].keep(f"account-{number}-{at}", SignIn(access=Secret(f"canary-{number}-{at}")))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    it = file_vault(tmp_path)
    assert all(it.sign_in(f"account-{n}-{at}") for n in range(2) for at in range(5))


def test_the_passphrase_is_stretched_once_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.1 s each time would be felt."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    file_vault(tmp_path).keep("a", WHOLE)
    count = 0
    derive = Scrypt.derive

    def counted(self: Any, key: bytes) -> bytes:
        nonlocal count
        count += 1
        return derive(self, key)

    monkeypatch.setattr(Scrypt, "derive", counted)
    it = file_vault(tmp_path)
    for _ in range(3):
        it.sign_in("a")
    assert count == 1


def test_a_new_file_is_hard_to_guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests take less work; people get the whole."""
    monkeypatch.setattr(encrypted_file, "WORK", FULL_WORK)
    file_vault(tmp_path).keep("a", WHOLE)
    assert json.loads((tmp_path / "tokens").read_text())["work"] == 2**17


def test_what_a_person_said_is_asked_for_once(tmp_path: Path) -> None:
    passphrase = Passphrase(None, {})
    assert passphrase.unknown
    passphrase.said = "correct horse"
    from contextlib import nullcontext

    box = EncryptedFile(tmp_path / "t", passphrase, nullcontext)
    box.set_password("inbox", "a", "canary-value")
    assert box.get_password("inbox", "a") == "canary-value"
    assert not passphrase.unknown
