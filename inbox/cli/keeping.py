"""Commands about what is kept: export, erase, restore."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from inbox import places
from inbox.cli import PROBLEM, UsageError
from inbox.cli.lines import show_json
from inbox.cli.opening import desk_of, set_up
from inbox.domain.text import clean
from inbox.engine import report
from inbox.engine.privacy import Holdings, Records
from inbox.engine.timer_report import instant
from inbox.language import plural, said, tr

if TYPE_CHECKING:
    from pathlib import Path

    from inbox.errors import Unreadable
    from inbox.store import backup
    from inbox.wiring import Setup


def export(arguments: Namespace) -> int:
    """JSON Lines, the stored text as it is; escaped where a terminal would read it."""
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        records = Records(desk.store, setup.accounts, setup.timers)
        held = records.find(arguments.contact, setup.clock.now()) if arguments.contact else None
        for line in records.export(desk, held):
            json.dump(line, sys.stdout, ensure_ascii=sys.stdout.isatty())
            print()
    return 0


def erase(arguments: Namespace) -> int:
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        records = Records(desk.store, setup.accounts, setup.timers)
        if arguments.message is not None:
            return _erase_message(arguments, records, setup.clock.now())
        held = records.find(arguments.contact, setup.clock.now())
        print(_preview(held))
        if not arguments.yes and not typed("erase"):
            print(tr("Nothing was removed."))
            return PROBLEM
        records.erase(arguments.contact, setup.clock.now())
    print(
        tr(
            "Removed, from the store, its backups and what was set aside. What the platforms hold stays there."
        )
    )
    return 0


def _erase_message(arguments: Namespace, records: Records, now: datetime) -> int:
    message = clean(arguments.message, one_line=True)
    print(tr("About to remove what the message {message} says, and who wrote it.", message=message))
    print(tr("This cannot be taken back, and every backup is replaced by a new one."))
    if not arguments.yes and not typed("erase"):
        print(tr("Nothing was removed."))
        return PROBLEM
    records.erase_message(arguments.message, now)
    print(tr("Removed, from the store and its backups. What the platform holds stays there."))
    return 0


def _preview(held: Holdings) -> str:
    handle = f" @{held.person.handle}" if held.person.handle else ""
    who = clean(
        f"{held.person.name or tr('unknown')}{handle} ({held.platform}:{held.person.remote_id})",
        one_line=True,
    )
    return "\n".join(
        [
            *map(said, held.lines()),
            tr("This cannot be taken back, and every backup is replaced by a new one.")
            + tr(" `inbox export --contact` first?"),
            tr("About to remove everything about {who}", who=who),
        ]
    )


def restore(arguments: Namespace) -> int:
    from inbox.store.backup import listing, put_back

    setup = set_up(arguments)
    folder = places.private_folder(setup.folder)
    if arguments.empty:
        if arguments.backup is not None:
            raise UsageError("name a backup or say --empty, not both")
        return _restore_nothing(folder, yes=arguments.yes)
    if arguments.backup is None:
        kept = listing(folder)
        if arguments.json:
            show_json([_backup_json(one) for one in kept])
        else:
            for one in kept:
                print(_backup_line(one))
            print(tr("`inbox restore NAME` goes back to one." if kept else "There is no backup yet."))
        return 0
    print(
        tr(
            "Everything since {backup} leaves the inbox: drafts, notes, decisions. What the platforms still show "
            "is read again. Replies that had not left by then are asked about.",
            backup=clean(arguments.backup, one_line=True),
        )
    )
    if not arguments.yes and not typed("restore"):
        print(tr("Nothing was changed."))
        return PROBLEM
    kept_in = put_back(folder, arguments.backup)
    print(tr("Done. The store as it was is kept in {kept_in}.", kept_in=kept_in))
    return 0


def _restore_nothing(folder: Path, *, yes: bool) -> int:
    from inbox.store.restore import begin_empty

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


def _backup_line(one: backup.Kept) -> str:
    if one.problem is not None:
        return f"{one.name}  {tr('damaged')}: {clean(said(one.problem), one_line=True)}"
    return (
        f"{one.name}  {one.written:%Y-%m-%d %H:%M} UTC  {plural(one.conversations, 'conversation')}, "
        f"{plural(one.messages, 'message')}, {one.bytes / 1e6:.1f} MB"
    )


def _backup_json(one: backup.Kept) -> report.Json:
    return {
        "name": one.name,
        "written_at": instant(one.written),
        "bytes": one.bytes,
        "conversations": one.conversations,
        "messages": one.messages,
        "problem": one.problem,
    }


def typed(word: str) -> bool:
    """Whether the person in front of the terminal typed the word. Raises UsageError where there is nobody."""
    if not sys.stdin.isatty():
        raise UsageError(f"this asks for the word `{word}` on a terminal; scripts say --yes")
    return input(tr("Type {word} to go on: ", word=word)).strip() == word
