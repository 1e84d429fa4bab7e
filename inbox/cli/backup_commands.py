"""Commands about backups: making one, the list of them, going back to one, and beginning an empty store."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from inbox.cli.exit_status import PROBLEM
from inbox.cli.lines import show_json
from inbox.cli.open_desk import desk_of, set_up
from inbox.cli.progress_line import progress_line
from inbox.cli.questions import typed
from inbox.cli.usage import did_you_mean
from inbox.domain.text import clean
from inbox.engine import report
from inbox.engine.timer_report import instant
from inbox.errors import UsageError
from inbox.system import places
from inbox.wording.language import plural, said, tr

if TYPE_CHECKING:
    from inbox.errors import Unreadable
    from inbox.store.sqlite.backup import Kept
    from inbox.wiring.setup import Setup


def backup(arguments: Namespace) -> int:
    """Write a backup now, read it back, and show it. The daily ones go on; the newest seven are kept.

    Raises StoreError where none can be written.
    """
    from inbox.store.sqlite.backup import kept

    with closing(desk_of(set_up(arguments))) as desk, progress_line():
        written = kept(Path(desk.workplace.store.upkeep.backup()))
    if arguments.json:
        show_json(_backup_json(written))
    else:
        print(_backup_line(written))
    return 0


def restore(arguments: Namespace) -> int:
    """List the backups, go back to one, or begin an empty store. Whatever is wrong is said before anything is asked."""
    from inbox.store.sqlite.backup import listing, put_back
    from inbox.store.sqlite.folder import backups

    setup = set_up(arguments)
    folder = places.private_folder(setup.folder)
    if arguments.empty:
        if arguments.backup is not None:
            raise UsageError("name a backup or say --empty, not both")
        return _restore_nothing(folder, yes=arguments.yes)
    if arguments.backup is None:
        with progress_line():
            kept = listing(folder)
        if arguments.json:
            show_json([_backup_json(one) for one in kept])
        else:
            for one in kept:
                print(_backup_line(one))
            print(tr("`inbox restore NAME` goes back to one." if kept else "There is no backup yet."))
        return 0
    names = [kept.stem for kept in backups(folder)]
    name = arguments.backup.removesuffix(".db")  # as its file is called
    if name not in names:
        hint = did_you_mean(name, names) or tr("; `inbox restore` lists them")
        raise UsageError(tr("there is no backup {name}{hint}", name=repr(name), hint=hint))
    print(
        tr(
            "Everything since {backup} leaves the inbox: drafts, notes, decisions. What the platforms still show "
            "is read again. Replies that had not left by then are asked about.",
            backup=clean(name, one_line=True),
        )
    )
    if not arguments.yes and not typed("restore"):
        print(tr("Nothing was changed."))
        return PROBLEM
    with progress_line():
        kept_in = put_back(folder, name)
    print(tr("Done. The store as it was is kept in {kept_in}.", kept_in=kept_in))
    return 0


def _restore_nothing(folder: Path, *, yes: bool) -> int:
    from inbox.store.sqlite.restore import begin_empty

    print(
        tr("An empty store takes the place of the present one. What the platforms still show is read again.")
    )
    if not yes and not typed("empty"):
        print(tr("Nothing was changed."))
        return PROBLEM
    print(tr("Done. The store as it was is kept in {kept_in}.", kept_in=begin_empty(folder)))
    return 0


def begin_instead(setup: Setup, error: Unreadable) -> int:
    """Ask the person in front of the terminal whether to begin an empty store, as nothing can be read of the one there is.
    Raises the error where nobody is there to answer."""
    if not sys.stdin.isatty():
        raise error
    print(f"inbox: {said(str(error))}", file=sys.stderr)
    status = _restore_nothing(places.private_folder(setup.folder), yes=False)
    if status == 0:
        print(tr("Start inbox again."))
    return status


def _backup_line(one: Kept) -> str:
    if one.problem is not None:
        return f"{one.name}  {tr('damaged')}: {clean(said(one.problem), one_line=True)}"
    return (
        f"{one.name}  {one.written:%Y-%m-%d %H:%M} UTC  {plural(one.conversations, 'conversation')}, "
        f"{plural(one.messages, 'message')}, {one.bytes / 1e6:.1f} MB"
    )


def _backup_json(one: Kept) -> report.Json:
    return {
        "name": one.name,
        "written_at": instant(one.written),
        "bytes": one.bytes,
        "conversations": one.conversations,
        "messages": one.messages,
        "problem": one.problem,
    }
