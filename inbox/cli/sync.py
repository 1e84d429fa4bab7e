"""Commands that run the machine and look after it: sync, check, keys."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING

from inbox.cli import output
from inbox.cli.exit_status import PROBLEM
from inbox.cli.failures import sentences
from inbox.cli.lines import show_json, show_json_line
from inbox.cli.open_desk import set_up, unlock
from inbox.cli.progress_line import progress_line
from inbox.cli.signals import ALL, ends_in_time
from inbox.domain.outbox import LEAVING
from inbox.engine import report
from inbox.engine.station.round_report import RoundReport
from inbox.errors import StoreError, UsageError
from inbox.system import logs
from inbox.wiring import open as wiring
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.engine.station.single_run import SyncReport
    from inbox.engine.station.station import SyncStation
    from inbox.wiring.setup import Setup


OPENED_AGAIN = (1.0, 2.0, 5.0, 10.0)
"""Seconds between tries to open a store that takes nothing now; the last counts from then on."""


def sync(arguments: Namespace) -> int:
    """Read all accounts and deliver the outbox, once or until it is stopped."""
    setup = set_up(arguments)
    if not setup.config.accounts:
        raise UsageError("the config names no account; add one under [[accounts]], or try `inbox demo`")
    unlock(setup, new=False)
    logs.configure(setup.folder, verbose=arguments.verbose)
    run = _Stoppable()
    with ends_in_time(run.stop, ALL):
        if arguments.once:
            return _once(setup, run, arguments)
        return _until_stopped(setup, run, arguments)


class _Stoppable:
    """What a signal ends: the station, once there is one, or the wait for it."""

    def __init__(self) -> None:
        self.number = 0
        self.station: SyncStation | None = None

    def stop(self, number: int) -> None:
        """End the run: the station stops, or is never opened. Called by a signal handler."""
        self.number = number
        if self.station is not None:
            self.station.stop()

    def open(self, setup: Setup) -> SyncStation:
        """Open the station. Raises StoreError."""
        self.station = wiring.open_station(setup, _tell_notice)
        if self.number:
            self.station.stop()
        return self.station

    def open_in_the_end(self, setup: Setup) -> SyncStation | None:
        """Try until the store takes something (a full disk, a lock that lasts); None once a signal has come."""
        said: str | None = None
        pauses = iter(OPENED_AGAIN)
        pause = next(pauses)
        while not self.number:
            try:
                return self.open(setup)
            except StoreError as error:
                if not error.passing:
                    raise
                if str(error) != said:
                    said = str(error)
                    print(
                        f"inbox: {sentences(said, 'It is retried automatically.')}",
                        file=sys.stderr,
                        flush=True,
                    )
            self._wait(pause)
            pause = next(pauses, pause)
        return None

    def _wait(self, seconds: float) -> None:
        over = time.monotonic() + seconds
        while not self.number and time.monotonic() < over:
            time.sleep(0.1)


def _once(setup: Setup, run: _Stoppable, arguments: Namespace) -> int:
    from inbox.engine.station.station import LeaseTaken

    with progress_line(), closing(run.open(setup)) as station:
        try:
            result = station.run_once()
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
        _tell_rest(result, setup)
    for trouble in result.troubles:
        print(f"inbox: {sentences(trouble.message)}", file=sys.stderr)
    if run.number:
        print(
            f"inbox: {tr('stopped before everything was read and sent; the next run goes on')}",
            file=sys.stderr,
        )
        return 128 + run.number
    return 0 if result.ok else PROBLEM


def _tell_rest(result: SyncReport, setup: Setup) -> None:
    """What stays for the next run."""
    held = [i for i in result.replies if i.phase in LEAVING]
    if held:
        first = f"{min(i.not_before for i in held).astimezone(setup.zone):%Y-%m-%d %H:%M:%S}"
        print(tr("stays for the next run: {n}, the first from {first} on", n=len(held), first=first))


def _tell_notice(notice: str) -> None:
    """Say what became of the store, such as a backup that was restored."""
    print(f"inbox: {said(notice)}", file=sys.stderr)


def _tell(done: RoundReport) -> None:
    print(tr("{account}: {n} read, {new} new", account=done.account, n=done.fetched, new=done.new))
    if done.reading is not None:
        from inbox.wording.words import first_reading

        count, back_to = done.reading
        print(first_reading(done.account, count, back_to, UTC))
    if done.unfinished:
        print(tr("{account}: its time was over; the rest is read the next time", account=done.account))
    if done.error is not None:
        print(
            f"inbox: {done.account}: {sentences(done.error.message, done.error.next_step)}",
            file=sys.stderr,
        )


def _until_stopped(setup: Setup, run: _Stoppable, arguments: Namespace) -> int:
    def tell(done: RoundReport) -> None:
        line.clear()
        if arguments.json:
            show_json_line(report.round_(done))
        elif done.new or done.error:
            _tell(done)
            if done.goes_on_at is not None:
                at = f"{done.goes_on_at.astimezone(setup.zone):%H:%M:%S}"
                print(tr("{account}: goes on at {time}", account=done.account, time=at))
        sys.stdout.flush()
        if output.reader_left() and run.station is not None:
            run.station.stop()

    with progress_line() as line:
        station = run.open_in_the_end(setup)
        if station is not None:
            with closing(station):
                station.on_report = tell
                station.run()
    return 0
