"""The one place that picks concrete parts: which store, which readers, what carries the screen.

Modules are executed when they are used (`lazy_modules`); what brings httpx or a platform is not even imported before.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from inbox.domain.durations import duration
from inbox.engine import policies, session
from inbox.engine.desk import desk, workplace
from inbox.store.sqlite import folder as store_folder
from inbox.store.sqlite import status_file, watch
from inbox.store.sqlite import store as sqlite_store
from inbox.system import places
from inbox.wiring import accounts
from inbox.wiring.platforms import ConfiguredPlatforms, surfaces
from inbox.wiring.setup import hold_times, make_listening, timer_fingerprint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from inbox.config.model import Account
    from inbox.domain.sla import Timers
    from inbox.engine.desk.desk import Desk
    from inbox.engine.health import Trouble
    from inbox.engine.policies import InForce
    from inbox.engine.session import Session
    from inbox.engine.station.station import SyncStation
    from inbox.engine.station.surge_watch import SurgeWatch
    from inbox.ports.platform import Adapter
    from inbox.ports.secrets import TokenSource
    from inbox.store.sqlite.store import LocalStore
    from inbox.wiring.setup import Setup


def open_store(setup: Setup) -> LocalStore:
    """One more handle, for the calling thread. Raises StoreError, UnsafePlace."""
    return sqlite_store.LocalStore(places.private_folder(setup.folder))


def open_desk(setup: Setup) -> Desk:
    """The desk, on the first handle of this process: a damaged store is restored here (`desk.notice` says so),
    and deadlines follow a changed config."""
    store, notice = sqlite_store.open_store(places.private_folder(setup.folder))
    in_force = _in_force(setup, store)
    public, private = hold_times(setup.config)
    opened = desk.Desk(
        store,
        setup.clock,
        agent=setup.agent,
        timers=in_force.timers,
        platforms=ConfiguredPlatforms(setup.config),
        settings=workplace.Settings(
            hold_public=public,
            hold_private=private,
            saved_views={v.name: v.filter for v in setup.config.views},
            colleagues=setup.config.agents,
            listening=make_listening(setup.config),
        ),
        notice=" ".join(filter(None, (notice, in_force.notice))),
    )
    opened.workplace.station_troubles = functools.partial(_read_troubles, setup)
    if in_force.changed:
        opened.upkeep.follow_policies(in_force.earlier_patterns)
    return opened


def _in_force(setup: Setup, store: LocalStore) -> InForce:
    """The timer policies by which this process measures: the store's, or ours where nobody else is at work here."""
    fingerprint = timer_fingerprint(setup)
    with store.transaction():
        return policies.put_in_force(
            store, setup.timers, fingerprint, setup.clock.now(), alone=not store.upkeep.others_at_work()
        )


def open_station(setup: Setup, notify: Callable[[str], None] | None = None) -> SyncStation:
    """Readers for every account and the delivery, on a store handle of the calling thread. Where this is the first handle
    of the process, a damaged store is restored; `notify` gets the sentence that says so."""
    from inbox.engine.station.delivery import Delivery
    from inbox.engine.station.reader import Reader
    from inbox.engine.station.station import SyncStation

    store, notice = sqlite_store.open_store(places.private_folder(setup.folder))
    try:
        in_force = _in_force(setup, store)
    except BaseException:
        store.close()  # it is tried again, on a new handle
        raise
    timers = in_force.timers
    if notify is not None:
        for told in filter(None, (notice, in_force.notice)):
            notify(told)
    tokens = {account.name: accounts.token_source(setup, account) for account in setup.config.accounts}
    readers = {
        account.name: Reader(
            account=account.name,
            platform=account.platform,
            surfaces=surfaces(account),
            open_adapter=_opener(setup, account, tokens[account.name]),
            push_token=accounts.push_token(setup, account),
            token_ends=_ends(tokens[account.name]),
            store=store,
            clock=setup.clock,
            timers=timers,
            backfill=duration(setup.config.backfill),
            history=duration(setup.config.history),
            recheck_for=duration(setup.config.recheck),
            hurried=setup.hurried,
        )
        for account in setup.config.accounts
    }
    delivery = Delivery(store, setup.clock, timers, readers)
    return SyncStation(
        store,
        setup.clock,
        list(readers.values()),
        delivery,
        retention=duration(setup.config.privacy.retention),
        notify=functools.partial(_write_troubles, setup),
        surges=_surge_watch(setup, store, timers),
    )


def _surge_watch(setup: Setup, store: LocalStore, timers: Timers) -> SurgeWatch:
    from inbox.engine.station.surge_watch import SurgeWatch

    return SurgeWatch(
        store,
        setup.clock,
        make_listening(setup.config),
        accounts=[account.name for account in setup.config.accounts],
        zone=setup.zone,
        is_holiday=timers.hours.holidays.__contains__,
    )


def _write_troubles(setup: Setup, troubles: Sequence[Trouble]) -> None:
    """For the other processes on this store. Raises OSError."""
    import msgspec

    entries = [msgspec.to_builtins(trouble) for trouble in troubles]
    status_file.StatusFile(setup.folder).write(entries, setup.clock.now())


def _read_troubles(setup: Setup) -> Sequence[Trouble]:
    """What the process that reads and sends, this one or another, says does not work."""
    import msgspec

    from inbox.engine.health import Trouble

    entries = status_file.StatusFile(setup.folder).read(setup.clock.now())
    try:
        return msgspec.convert(entries, list[Trouble])
    except msgspec.ValidationError:  # of another version
        return ()


def _ends(token: TokenSource) -> Callable[[], datetime | None]:
    return lambda: getattr(token, "ends_at", None)


def _opener(setup: Setup, account: Account, token: TokenSource) -> Callable[[], Awaitable[Adapter]]:
    return lambda: accounts.open_adapter(setup, account, token)


def open_session(setup: Setup) -> Session:
    """What a screen runs on."""
    stirred = watch.Stirring(setup.folder)
    doubting = functools.partial(store_folder.doubt, setup.folder)
    return session.Session(
        lambda: open_desk(setup), lambda: open_station(setup), setup.clock, stirred, doubting
    )
