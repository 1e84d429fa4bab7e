"""A machine without a keyring: the encrypted file is offered where somebody sits at the terminal, and works at once."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from inbox.accounts.vault import NO_KEYRING
from inbox.cli import config_commands
from inbox.cli.open_desk import set_up
from inbox.domain.text import clean
from inbox.errors import PlatformError
from inbox.wiring import open as wiring
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.wiring.open import Setup


def offer_encrypted_file(setup: Setup, arguments: Namespace) -> Setup:
    """Ask whether tokens may be kept in the encrypted file, where there is no keyring, and write that into the config.

    Returns the set-up to go on with; the given one where there is a keyring, nobody to ask, or a no.
    """
    if setup.config.vault.kind != "keyring" or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return setup
    missing = _missing(setup)
    if missing is None:
        return setup
    print(clean(said(missing), one_line=True), file=sys.stderr)
    question = tr("Keep the tokens in an encrypted file instead? [yes]: ")
    print(question, end="", file=sys.stderr, flush=True)
    if (sys.stdin.readline().strip() or tr("yes"))[:1].lower() not in ("y", tr("yes")[:1]):
        return setup
    config_commands.set_(Namespace(config=arguments.config, key="vault.kind", value="file"))
    print(tr("The config says so now ([vault] kind). Its passphrase is asked for."), file=sys.stderr)
    return set_up(arguments)


def _missing(setup: Setup) -> str | None:
    """Why there is no keyring; None where there is one, or where the file would not do instead."""
    try:
        wiring.writable(setup).keyring_name()
    except PlatformError as error:
        return error.message if error.code in NO_KEYRING else None
    return None
