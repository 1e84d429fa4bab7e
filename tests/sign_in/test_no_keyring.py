"""A machine without a keyring: `init` and `login` say so before anything is asked of a platform, and offer what works at
once. Answers that were given are not asked for twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inbox.cli import encrypted_file_offer
from inbox.config import file
from inbox.errors import PlatformError
from inbox.system import places
from sign_in.conftest import Office, Run
from sign_in.test_commands import comments

TROUBLE = PlatformError(
    "This machine has no keyring that can be used.",
    next_step="Start or unlock its keyring service, or keep tokens in an encrypted file (inbox config set vault.kind file).",
    code="missing",
)


@pytest.fixture
def without_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file_offer, "no_keyring", lambda vault: TROUBLE)
    monkeypatch.setattr("getpass.getpass", lambda _: "correct horse")


@pytest.fixture
def unsettled(office: Office) -> Office:
    """The office before it has decided where tokens are kept."""
    text = office.config.read_text("utf-8")
    begin, end = text.index("[vault]"), text.index("[[accounts]]")
    office.config.write_text(f"# ours\n{text[:begin]}{text[end:]}", "utf-8")
    return office


def test_login_offers_the_encrypted_file_and_goes_on_with_it(
    unsettled: Office, run: Run, shown: Callable[[], str], without_keyring: None
) -> None:
    """Before it ended with an error after the browser, and never named the file."""
    typed: list[Any] = ["", lambda: unsettled.x.agree(shown())]
    status, out, err = run("login", "acme-x", "--paste", typed=typed, tty=True)
    assert (status, out) == (0, "acme-x is signed in as @acme.\n"), err
    made = file.load(unsettled.config, {})
    assert made.vault.kind == "file"
    assert "# ours" in unsettled.config.read_text("utf-8"), "comments stay"
    assert (unsettled.folder / "share" / "inbox" / "sign-in" / "tokens").exists()
    assert unsettled.setup().vault.sign_in  # a second start reads the same place
    status, _, err = run("check", "--offline", tty=True)
    assert (status, "encrypted file" in err) == (0, False), err


def test_who_says_no_is_told_the_other_ways_and_nothing_changes(
    unsettled: Office, run: Run, without_keyring: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "inbox.accounts.vault._open_keyring", lambda: (_ for _ in ()).throw(RuntimeError("none"))
    )
    before = unsettled.config.read_bytes()
    status, out, _ = run("login", "acme-x", "--token", "-", typed=["no"], tty=True)
    assert (status, out) == (1, "")
    assert unsettled.config.read_bytes() == before


def test_nobody_is_asked_where_nobody_sits(unsettled: Office, run: Run, without_keyring: None) -> None:
    before = unsettled.config.read_bytes()
    _, _, err = run("login", "acme-x", "--token", "-", typed=["a-token"])
    assert "You choose its passphrase" not in err
    assert unsettled.config.read_bytes() == before


def test_init_looks_for_a_keyring_and_offers_the_file(home: Path, run: Run, without_keyring: None) -> None:
    typed: list[Any] = ["Jonas", "Europe/Berlin", "", "-", "-", "yes"]
    status, out, err = run("init", typed=typed, tty=True)
    assert status == 0, err
    assert "This machine has no keyring" in err
    text = (home / "config.toml").read_text("utf-8")
    assert file.parse(text).vault.kind == "file"
    assert comments(text) == comments(places.example())
    assert "encrypted file" in out


def test_init_of_a_script_names_the_command(home: Path, run: Run, without_keyring: None) -> None:
    status, out, err = run("init", "--agent", "jonas")
    assert (status, err) == (0, "")
    assert "inbox config set vault.kind file" in out
    (home / "config.toml").unlink()
    status, out, _ = run("init", "--agent", "jonas", "--vault", "file")
    assert (status, "inbox config set" in out) == (0, False)
    assert file.load(home / "config.toml", {}).vault.kind == "file"


def test_an_option_that_cannot_be_is_asked_again_and_the_others_stay(home: Path, run: Run) -> None:
    """One bad account name had cost all nine answers."""
    words = ("--agent", "Jonas", "--hours", "09:00-17:00", "--x", "acme x!", "--timezone", "Europe/Berlin")
    status, _, err = run("init", *words, typed=["still bad!", "acme-x"], tty=True)
    assert status == 0, err
    made = file.load(home / "config.toml", {})
    assert (made.agent, made.service.hours) == ("Jonas", {"daily": ["09:00-17:00"]})
    assert [account.name for account in made.accounts] == ["acme-x"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--x", "acme x!"], "--x"),
        (["--hours", "nine to five"], "--hours"),
        (["--facebook-app-id", "a b", "--facebook", "p"], "--facebook-app-id"),
        (["--x", "acme", "--facebook", "acme"], "--facebook"),
    ],
)
def test_a_script_is_told_the_option_and_nothing_is_written(
    home: Path, run: Run, words: list[str], named: str
) -> None:
    """The line of a file that is not there helps nobody."""
    status, out, err = run("init", *words)
    assert (status, out) == (2, "")
    assert f"nothing was written: {named}: " in err
    assert err.count("\n") == 1
    assert not (home / "config.toml").exists()


def test_two_accounts_of_one_name_are_noticed_at_the_question(home: Path, run: Run) -> None:
    typed: list[Any] = ["Jonas", "Europe/Berlin", "", "acme", "", "acme", "acme-page", ""]
    status, _, err = run("init", typed=typed, tty=True)
    assert status == 0, err
    assert "has this name already" in err
    assert [a.name for a in file.load(home / "config.toml", {}).accounts] == ["acme", "acme-page"]


def test_an_app_that_is_not_named_is_missed_before_a_passphrase_is_chosen(home: Path, run: Run) -> None:
    """The passphrase was chosen twice and eight permissions were read before it said that this could not work yet."""
    status, out, _ = run("init", "--agent", "jonas", "--x", "acme-x", "--vault", "file")
    assert status == 0
    assert "inbox config set accounts.acme-x.client_id ID" in out
    status, out, err = run("login", "acme-x", typed=[], tty=True)
    assert (status, out) == (1, "")
    assert "inbox config set accounts.acme-x.client_id ID" in err
    assert "assphrase" not in err
    assert "users.read" not in err
