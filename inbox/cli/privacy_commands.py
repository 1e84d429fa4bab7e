"""Commands about what is kept of people: export, erase."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from contextlib import closing
from datetime import datetime

from inbox.cli.exit_status import PROBLEM
from inbox.cli.lines import show_nothing
from inbox.cli.open_desk import desk_of, set_up
from inbox.cli.progress_line import progress_line
from inbox.cli.questions import typed
from inbox.domain.text import clean
from inbox.engine.desk.errors import Unknown
from inbox.engine.desk.privacy import Holdings, Records
from inbox.wording.language import said, tr


def export(arguments: Namespace) -> int:
    """JSON Lines, the stored text as it is; escaped where a terminal would read it."""
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        records = Records(desk.workplace.store, setup.accounts, desk.workplace.timers)
        held = records.find(arguments.contact, setup.clock.now()) if arguments.contact is not None else None
        with progress_line(shares_output=True):
            empty = True
            for line in records.export(desk, held):
                json.dump(line, sys.stdout, ensure_ascii=sys.stdout.isatty())
                print()
                empty = False
    if empty:
        show_nothing(tr("there is nothing to export: no conversation has been read yet"))
    return 0


def erase(arguments: Namespace) -> int:
    """Remove what is kept about a person, or of one message, after showing it and asking. Raises Unknown."""
    setup = set_up(arguments)
    with closing(desk_of(setup)) as desk:
        records = Records(desk.workplace.store, setup.accounts, desk.workplace.timers)
        if arguments.message is not None:
            return _erase_message(arguments, records, setup.clock.now())
        held = records.find(arguments.contact, setup.clock.now())
        print(_preview(held))
        if not arguments.yes and not typed("erase"):
            print(tr("Nothing was removed."))
            return PROBLEM
        with progress_line():
            records.erase(arguments.contact, setup.clock.now())
    print(
        tr(
            "Removed, from the store, its backups and what was set aside. What the platforms hold stays there."
        )
    )
    return 0


def _erase_message(arguments: Namespace, records: Records, now: datetime) -> int:
    if records.store.messages.get(arguments.message) is None:
        raise Unknown(f'no message "{arguments.message}"; `inbox show CONVERSATION --json` has the ids')
    message = clean(arguments.message, one_line=True)
    print(tr("About to remove what the message {message} says, and who wrote it.", message=message))
    print(tr("This cannot be taken back, and every backup is replaced by a new one."))
    if not arguments.yes and not typed("erase"):
        print(tr("Nothing was removed."))
        return PROBLEM
    with progress_line():
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
