"""Opening what a command works on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from inbox.cli.progress_line import progress_line
from inbox.errors import StoreError, UsageError
from inbox.wiring import open as wiring
from inbox.wiring import setup as wiring_setup
from inbox.wording.language import choose, said, tr

if TYPE_CHECKING:
    from argparse import Namespace

    from inbox.engine.desk.desk import Desk
    from inbox.wiring.setup import Setup


def set_up(arguments: Namespace) -> Setup:
    """Config and places. Raises ConfigError."""
    setup = wiring_setup.set_up(arguments.config, arguments.data, os.environ)
    choose(setup.config.screen.language, os.environ)
    return setup


def unlock(setup: Setup, *, new: bool = True) -> None:
    """Ask for the passphrase of the encrypted file, where only a person can give it. Before the screen opens:
    nothing may ask on a terminal somebody draws on. Does nothing where nobody sits there. `new`: also where there is
    no such file yet, so that the first token can be put into it."""
    box = wiring_setup.encrypted_file(setup)
    if box is None:
        return
    from inbox.accounts.encrypted_file import EncryptedFile

    if not isinstance(box, EncryptedFile) or not box.passphrase.unknown or not sys.stdin.isatty():
        return
    from getpass import getpass

    there = box.path.exists()
    if not there and not new:
        return
    said = getpass(
        tr("Passphrase of the encrypted file: " if there else "Choose a passphrase for the encrypted file: ")
    )
    if not there and getpass(tr("Once more: ")) != said:
        raise UsageError("the two passphrases differ")
    box.passphrase.said = said


def desk_of(setup: Setup) -> Desk:
    """The desk; what must be told about the store is told."""
    with progress_line():  # an older store is brought up to date
        desk = wiring.open_desk(setup)
    if desk.notice:
        print(f"inbox: {said(desk.notice)}", file=sys.stderr)
    return desk


@contextmanager
def working_desk(setup: Setup) -> Iterator[Desk]:
    """The desk of a command that writes; afterwards the daily backup is made, where nobody else has made it: who never
    opens a screen has backups, too. That it cannot be made costs the command nothing."""
    with closing(desk_of(setup)) as desk:
        yield desk
        try:
            with progress_line():
                desk.workplace.store.upkeep.backup_when_due()
        except StoreError as error:
            print(f"inbox: {tr('No backup can be made: {why}', why=said(str(error)))}", file=sys.stderr)


def text_of(argument: str) -> str:
    """The text itself, or standard input for `-`."""
    if argument != "-":
        return argument
    if sys.stdin.isatty():
        print(tr("Type the text, then Ctrl+D."), file=sys.stderr)
    text = sys.stdin.read()
    if not text.strip():
        raise UsageError("standard input held no text")
    return text.rstrip("\n")
