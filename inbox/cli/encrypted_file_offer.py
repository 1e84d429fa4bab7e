"""Machines without a keyring: `init` and `login` notice it before anything is asked of a platform, and offer the encrypted
file, which works at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from inbox.accounts.vault import NO_KEYRING, SystemVault
from inbox.cli.failures import sentences
from inbox.cli.open_desk import set_up, unlock
from inbox.cli.questions import agreed, say, somebody_answers
from inbox.config import edit
from inbox.config import file as config_file
from inbox.errors import PlatformError
from inbox.system import places
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from argparse import Namespace

    from inbox.wiring.setup import Setup


def no_keyring(vault: SystemVault) -> PlatformError | None:
    """Why this machine has no keyring that can be used; None where it has one, or has one that is only locked or slow."""
    try:
        vault.keyring_name()
    except PlatformError as error:
        return error if error.code in NO_KEYRING else None
    return None


def wanted_instead(trouble: PlatformError) -> bool:
    """Tell somebody on a terminal what is wrong, and ask whether an encrypted file shall hold the tokens."""
    say(sentences(said(trouble.message)))
    return agreed(tr("Keep tokens in an encrypted file instead? You choose its passphrase."))


def with_place_for_tokens(arguments: Namespace, setup: Setup) -> Setup:
    """The setup as it is, or with the encrypted file, where there is no keyring and the person wants that: it is then in the
    config too. Where nobody can be asked, storing the token says what is wrong."""
    account = arguments.account
    if (
        setup.config.vault.kind != "keyring"
        or not somebody_answers()
        or not isinstance(setup.vault, SystemVault)
    ):
        return setup
    if setup.vault.given(account) is not None:
        return setup
    trouble = no_keyring(setup.vault)
    if trouble is None or not wanted_instead(trouble):
        return setup
    file = places.config_path(arguments.config, os.environ)
    config_file.load(file, os.environ)
    text = file.read_text("utf-8-sig").replace("\r\n", "\n")
    places.write_whole(file, edit.with_setting(text, "vault.kind", "file", str(file)).encode())
    say(tr('Written into {file}: [vault] kind = "file".', file=file))
    changed = set_up(arguments)
    unlock(changed)
    return changed
