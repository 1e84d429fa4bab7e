"""Commands that run the machine and look after it: sync, check, keys."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from contextlib import closing
from types import FrameType
from typing import TYPE_CHECKING

from inbox import logs, places, wiring
from inbox.cli import PROBLEM, UsageError, output
from inbox.cli.failures import sentences
from inbox.cli.lines import show_json, show_json_line
from inbox.cli.opening import set_up, unlock
from inbox.domain.text import clean
from inbox.engine import report
from inbox.engine.sync import RoundReport
from inbox.language import said, tr

if TYPE_CHECKING:
    from inbox.engine.station.station import SyncStation


def sync(arguments: Namespace) -> int:
    from inbox.engine.station.station import LeaseTaken

    setup = set_up(arguments)
    if not setup.config.accounts:
        raise UsageError("the config names no account; add one under [[accounts]], or try `inbox demo`")
    unlock(setup)
    logs.configure(setup.folder, verbose=arguments.verbose)
    with closing(wiring.open_station(setup, _tell_notice)) as station:
        if not arguments.once:
            return _until_stopped(station, arguments)
        try:
            result = station.run_once(hold=max(wiring.hold_times(setup.config)))
        except LeaseTaken:
            busy = tr("another process (an open screen?) reads and sends for this inbox")
            print(f"inbox: {busy}", file=sys.stderr)
            return PROBLEM
    if arguments.json:
        show_json(report.sync(result))
    else:
        for done in result.rounds:
            _tell(done)
        counts = ", ".join(f"{n} {tr(state)}" for state, n in report.sync(result)["outbox"].items() if n)
        print(tr("outbox: {counts}", counts=counts or tr("empty")))
    return 0 if result.ok else PROBLEM


def _tell_notice(notice: str) -> None:
    """Say what became of the store, such as a backup that was restored."""
    print(f"inbox: {said(notice)}", file=sys.stderr)


def _tell(done: RoundReport) -> None:
    print(tr("{account}: {n} read, {new} new", account=done.account, n=done.fetched, new=done.new))
    if done.error is not None:
        print(
            f"inbox: {done.account}: {sentences(done.error.message, done.error.next_step)}",
            file=sys.stderr,
        )


def _until_stopped(station: SyncStation, arguments: Namespace) -> int:
    def stop(number: int, frame: FrameType | None) -> None:
        station.stop()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)

    def tell(done: RoundReport) -> None:
        if arguments.json:
            show_json_line(report.round_(done))
        elif done.new or done.error:
            _tell(done)
        sys.stdout.flush()
        if output.reader_left():
            station.stop()

    station.on_report = tell
    station.run()
    return 0


def keys(arguments: Namespace) -> int:
    """With the keys of the config, where there is one."""
    from inbox.ui.commands import keymap
    from inbox.ui.key_table import key_table

    there = places.config_path(arguments.config, os.environ).exists()
    wishes = set_up(arguments).config.keys if there else {}
    print(key_table(keymap(wishes), markdown=False))
    return 0


def check(arguments: Namespace) -> int:
    from inbox.cli.checkup import checkup

    findings = checkup(arguments, os.environ)
    if arguments.json:
        show_json([f.json() for f in findings])
    else:
        for f in findings:
            sign = tr("ok  ") if f.ok else tr("look")
            print(f"{sign}  {said(f.what)}: {clean(said(f.said), one_line=True)}")
            if f.mend:
                print(f"      {clean(said(f.mend), one_line=True)}")
    return 0 if all(f.ok for f in findings) else PROBLEM
