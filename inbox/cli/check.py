"""`inbox check`: everything that can be wrong before the first message is read, each with what to do about it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping

from inbox.cli import check_accounts, check_machine, check_terminal, config_checks
from inbox.cli.exit_status import PROBLEM
from inbox.cli.finding import Finding
from inbox.cli.lines import show_json
from inbox.cli.open_desk import unlock
from inbox.config.model import ConfigError, NoConfig
from inbox.domain.text import clean
from inbox.system import places
from inbox.wiring import setup as wiring_setup
from inbox.wording.language import choose, said, tr

LEVELS = {"ok": "ok", "note": "note (of a check)", "problem": "problem"}
"""What stands before a finding, for the catalogue; in parentheses what tells it from the same word elsewhere."""


def check(arguments: Namespace) -> int:
    """Print what is in order and what is not; exit status 1 where something is a problem."""
    findings = find_problems(arguments, os.environ)
    if arguments.json:
        show_json([f.json() for f in findings])
    else:
        for f in findings:
            sign = f"{tr(LEVELS[f.level]).partition(' (')[0]:<7}"
            print(f"{sign}  {said(f.what)}: {clean(said(f.said), one_line=True)}")
            if f.mend:
                print(f"         {clean(said(f.mend), one_line=True)}")
    return 0 if all(f.ok for f in findings) else PROBLEM


def find_problems(arguments: Namespace, env: Mapping[str, str]) -> list[Finding]:
    """Every finding about config, accounts, keyring, network, store and terminal, in the order they are shown."""
    try:
        setup = wiring_setup.set_up(arguments.config, arguments.data, env)
    except ConfigError as error:
        mend = None if isinstance(error, NoConfig) else "Correct the line, then check again."
        return [Finding("config", False, problem, mend) for problem in error.problems]
    choose(setup.config.screen.language, env)
    unlock(setup, new=False)
    path = places.config_path(arguments.config, env)
    return [
        Finding("config", True, str(path)),
        *check_accounts.configured(setup),
        *check_accounts.keyring(setup),
        *check_accounts.sign_ins(setup, ask=not arguments.offline),
        *check_machine.network(setup, env),
        *check_machine.hours(setup),
        *(Finding(one.where, False, one.wrong, one.mend) for one in config_checks.problems(setup.config)),
        *check_machine.store(setup),
        *check_terminal.terminal(env),
        *check_terminal.drawing(),
        *check_terminal.notices(setup.config.screen.notify, env),
        *check_terminal.spelling(setup, env),
    ]
