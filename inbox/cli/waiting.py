"""Wait for the outcome of a reply: `--wait`.

The reply is sent here, or by the process that has the lease of the store; its outcome is read from the store either
way. What has none after its time is said, with what is known and how to look.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from inbox.cli.failures import sentences
from inbox.cli.signals import ALL, ends_in_time
from inbox.domain.model import SendState
from inbox.domain.outbox import LEAVING, OutboxItem, Phase
from inbox.errors import StoreError
from inbox.system import logs
from inbox.wiring import open as wiring
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.engine.station.station import SyncStation
    from inbox.wiring.setup import Setup

GIVE_UP = 45.0
"""Seconds that a `--wait` takes at most, whatever it waits for: another process (an open screen), a store that takes
nothing, a platform that does not answer (30 seconds), and the first looks whether the reply is there all the same."""
TRY_AGAIN = 2.0
"""Seconds between two tries to send it here: the other process may have ended."""
LOOK = 0.1
"""Seconds between two looks into the store."""

OPEN = (*LEAVING, Phase.PREPARED, Phase.ON_WIRE, Phase.UNCONFIRMED)


def wait_for_outcomes(setup: Setup, desk: Desk, items: Sequence[OutboxItem]) -> list[OutboxItem]:
    """The items once their outcomes are known, or as they are after `GIVE_UP`. A signal ends the wait."""
    stopped: list[int] = []
    stations: list[SyncStation] = []

    def stop(number: int) -> None:
        stopped.append(number)
        for station in stations:
            station.stop()

    logs.configure(setup.folder)
    give_up = time.monotonic() + GIVE_UP
    with ends_in_time(stop, ALL):
        return [_outcome(setup, desk, item, give_up, stopped, stations) for item in items]


def _outcome(
    setup: Setup,
    desk: Desk,
    item: OutboxItem,
    give_up: float,
    stopped: list[int],
    stations: list[SyncStation],
) -> OutboxItem:
    while not stopped and item.phase in OPEN and (rest := give_up - time.monotonic()) > 0:
        sent = _sent_here(setup, item, rest, stations)
        if sent is not None:
            return sent
        item = _look(desk, item, min(give_up, time.monotonic() + TRY_AGAIN), stopped)
    return item


def _sent_here(
    setup: Setup, item: OutboxItem, within: float, stations: list[SyncStation]
) -> OutboxItem | None:
    """The item as far as sending it came; None where somebody else sends, or the store takes nothing now."""
    from inbox.engine.station.station import LeaseTaken

    with suppress(LeaseTaken, StoreError), closing(wiring.open_station(setup)) as station:
        stations[:] = [station]
        return station.deliver_one(item.id, within)
    return None


def _look(desk: Desk, item: OutboxItem, until: float, stopped: list[int]) -> OutboxItem:
    while time.monotonic() < until and not stopped:
        with suppress(StoreError):
            item = desk.workplace.store.outbox.get(item.id) or item
        if item.phase not in OPEN:
            break
        time.sleep(LOOK)
    return item


def without_outcome(item: OutboxItem) -> bool:
    """Whether a wait for it was in vain: nobody knows yet how it ends."""
    return item.state in (SendState.HELD, SendState.SENDING) and item.phase is not Phase.STALE


def say_no_outcome(item: OutboxItem, now: datetime, zone: tzinfo) -> None:
    """On standard error: what is known, and how to look."""
    look = tr("Look again with `inbox outbox`; `inbox outbox cancel {item}` takes it back.", item=item.id)
    print(f"inbox: {sentences(_known(item, now, zone), look)}", file=sys.stderr)


def _known(item: OutboxItem, now: datetime, zone: tzinfo) -> str:
    if item.state is SendState.SENDING:
        return tr("no outcome yet: it is being sent")
    if item.phase is Phase.BLOCKED:
        return tr("no outcome yet: it waits for the sign-in of {account}", account=item.account)
    if item.not_before > now:
        moment = f"{item.not_before.astimezone(zone):%H:%M:%S}"
        return tr("no outcome yet: it does not leave before {moment}", moment=moment)
    return tr("no outcome yet: it waits behind another reply, or for the process that sends")
