"""A machine without a keyring: what `inbox login` offers on a terminal works to the end, without another command."""

from __future__ import annotations

import shlex
from pathlib import Path

from e2e.terminal import INBOX, Terminal
from e2e.terminal import terminal as terminal

NOBODY = "http://127.0.0.1:9"
"""Nothing answers there; a token is stored as it is then."""


def begin(terminal: Terminal, folder: Path) -> Path:
    """`inbox login` with a token to paste, where Python has no keyring; returns the config."""
    config = folder / "config.toml"
    config.write_text(f'[[accounts]]\nname = "acme-x"\nplatform = "twitter"\napi_url = "{NOBODY}"\n', "utf-8")
    words = [
        "env", "-u", "INBOX_TOKEN_ACME_X", "PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring", f"HOME={folder}",
        f"INBOX_CONFIG={config}", f"INBOX_DATA={folder / 'data'}", "LC_ALL=C.UTF-8",
        str(INBOX), "login", "acme-x", "--token", "-",
    ]  # fmt: skip
    terminal.start(shlex.join(words), width=120)
    terminal.until("in an encrypted file instead?")
    return config


def test_the_encrypted_file_is_offered_and_used_at_once(terminal: Terminal, tmp_path: Path) -> None:
    config = begin(terminal, tmp_path)
    terminal.press("Enter")
    for question in ("Choose a passphrase for the encrypted file", "Once more"):
        terminal.until(question)
        terminal.type("correct horse")
        terminal.press("Enter")
    terminal.until("Token (the input stays hidden)")
    terminal.type("a-token")
    terminal.press("Enter")
    text = terminal.until("is stored (encrypted file)")
    assert terminal.status() == 0
    assert "a-token" not in text
    assert 'kind = "file"' in config.read_text("utf-8")


def test_a_no_changes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    """Whoever wants a keyring service instead is told how, as before."""
    config = begin(terminal, tmp_path)
    before = config.read_text("utf-8")
    terminal.type("no")
    terminal.press("Enter")
    terminal.until("Token (the input stays hidden)")
    terminal.type("a-token")
    terminal.press("Enter")
    terminal.until("dbus-run-session")
    assert terminal.status() != 0
    assert config.read_text("utf-8") == before
