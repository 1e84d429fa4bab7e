"""The one place that picks concrete parts: which store, which platforms, whose tokens, what clock.

Nothing here is imported before it is needed: the first frame waits neither for httpx nor for the keyring.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from inbox import config as configuration
from inbox import places
from inbox.config import Account, Config
from inbox.domain.durations import duration
from inbox.domain.hours import ServiceHours
from inbox.domain.model import Conversation, Surface
from inbox.domain.sla import Policy, Timers
from inbox.engine.clocks import SystemClock
from inbox.ports import Adapter, AuthExpired, Clock, Length, Platform, Refused, Secret, Vault

if TYPE_CHECKING:
    import httpx

    from inbox.engine.daemon import SyncStation
    from inbox.engine.desk import Desk
    from inbox.engine.session import Session
    from inbox.store.local import LocalStore

HOLIDAY_YEARS = range(-1, 4)
"""Years around the present one for which holidays of countries are looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything that is decided before anything runs."""

    config: Config
    folder: Path
    zone: tzinfo
    timers: Timers
    vault: Vault
    clock: Clock = field(default_factory=SystemClock)
    notes: tuple[str, ...] = ()
    transports: Mapping[str, httpx.AsyncBaseTransport] = field(default_factory=dict)
    """By account: what stands in for the network (the demo's simulators)."""
    hurried: float = 1.0
    """By how much faster than the adapters ask for surfaces are read (the demo's platforms set no limits)."""

    @property
    def agent(self) -> str:
        return self.config.agent

    @property
    def accounts(self) -> dict[str, str]:
        """Account name to platform."""
        return {a.name: a.platform for a in self.config.accounts}


def set_up(config: Path | None, data: Path | None, env: Mapping[str, str]) -> Setup:
    """Load the config and find the places. Raises ConfigError."""
    from inbox.vault import SystemVault

    loaded = configuration.load(config, env)
    return make_setup(loaded, places.data_path(data, env), SystemVault(env), env)


def make_setup(
    config: Config,
    folder: Path,
    vault: Vault,
    env: Mapping[str, str],
    *,
    clock: Clock | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> Setup:
    clock = clock or SystemClock()
    zone, note = configuration.time_zone(config, env)
    year = clock.now().year
    hours = ServiceHours(
        zone,
        configuration.week(config.service.hours),
        configuration.holiday_dates(config.service.holidays, [year + offset for offset in HOLIDAY_YEARS]),
    )
    return Setup(
        config=config,
        folder=folder,
        zone=zone,
        timers=make_timers(config, hours),
        vault=vault,
        clock=clock,
        notes=(note,) if note else (),
        transports=transports or {},
    )


def make_timers(config: Config, hours: ServiceHours) -> Timers:
    t = config.timers
    return Timers(
        hours=hours,
        first=duration(t.first),
        next=duration(t.next),
        warn_before=duration(t.warn_before),
        policies=tuple(
            Policy(
                account=p.account,
                surface=p.surface,
                priority=p.priority,
                tag=p.tag,
                first=duration(p.first) if p.first else None,
                next=duration(p.next) if p.next else None,
            )
            for p in t.policy
        ),
        human_agent=frozenset(a.name for a in config.accounts if a.human_agent),
    )


def hold_times(config: Config) -> tuple[timedelta, timedelta]:
    """(public, private)."""
    return duration(config.sending.hold_public), duration(config.sending.hold_private)


# -- platforms ---------------------------------------------------------------------------------------------


@functools.cache
def platform(name: str) -> Platform:
    """The adapter package behind a platform name, found through its entry point."""
    from importlib.metadata import entry_points

    found = entry_points(group="inbox.adapters", name=name)
    if not found:
        raise LookupError(f"no adapter for the platform {name} is installed")
    loaded: Platform = next(iter(found)).load()
    return loaded


def surfaces(account: Account) -> list[Surface]:
    """What is read of an account: all the platform offers, or the config's choice of it."""
    offered = list(platform(account.platform).surfaces)
    if not account.surfaces:
        return offered
    return [s for s in offered if s.value in account.surfaces]


def _length(setup: Setup) -> Callable[[Conversation, str, bool], Length]:
    accounts = {a.name: a for a in setup.config.accounts}

    def length(conversation: Conversation, text: str, private: bool) -> Length:
        account = accounts.get(conversation.account)
        if account is None:
            return Length(used=len(text), limit=10_000, valid_to=len(text))
        return platform(account.platform).length(text, conversation.surface, private=private, account=account)

    return length


async def _open_adapter(setup: Setup, account: Account) -> Adapter:
    """Connected and holding its token. Raises AuthExpired where there is none."""
    from inbox.adapters.http import BadAddress, open_client

    token = await find_token(setup.vault, account.name)
    offered = platform(account.platform)
    try:
        client = open_client(account.api_url or offered.api_url, setup.transports.get(account.name))
    except BadAddress as error:
        raise Refused(f"api_url of {account.name}: {error}", next_step="Mend it in the config.") from None
    return offered.connect(account, client, token, setup.clock)


async def find_token(vault: Vault, account: str) -> Secret:
    """The account's token; the keyring may ask the user to unlock it, so it is read in a thread."""
    variable = configuration.token_variable(account)
    token = await asyncio.to_thread(vault.token, account)
    if token is None:
        raise AuthExpired(
            f"There is no token for {account}.",
            next_step=f"Store one with `inbox login {account} --token -`, or set {variable}.",
        )
    return token


# -- the parts ---------------------------------------------------------------------------------------------


def open_store(setup: Setup) -> LocalStore:
    """One more handle, for the calling thread. Raises StoreError, UnsafePlace."""
    from inbox.store.local import LocalStore

    return LocalStore(places.private_folder(setup.folder))


def open_desk(setup: Setup) -> Desk:
    """The desk, on the first handle of this process: a damaged store is restored here (`desk.notice` says so),
    and deadlines follow a changed config."""
    from inbox.engine.desk import Desk
    from inbox.store.local import open_store as open_first

    store, notice = open_first(places.private_folder(setup.folder))
    public, private = hold_times(setup.config)
    desk = Desk(
        store,
        setup.clock,
        agent=setup.agent,
        timers=setup.timers,
        accounts=setup.accounts,
        hold_public=public,
        hold_private=private,
        saved_views={v.name: v.filter for v in setup.config.views},
        length=_length(setup),
        notice=notice,
    )
    desk.follow_policy(timer_fingerprint(setup))
    return desk


def timer_fingerprint(setup: Setup) -> str:
    """Changes when service hours, holidays, targets or policies do."""
    import hashlib

    import msgspec

    config, human = setup.config, sorted(setup.timers.human_agent)
    decided = msgspec.json.encode((config.service, config.timers, human, str(setup.zone)), order="sorted")
    return hashlib.sha256(decided).hexdigest()


def open_station(setup: Setup) -> SyncStation:
    """Readers for every account and the delivery, on a store handle of the calling thread."""
    from inbox.engine.daemon import SyncStation
    from inbox.engine.delivery import Delivery
    from inbox.engine.sync import Reader

    store = open_store(setup)
    readers = {
        account.name: Reader(
            account=account.name,
            platform=account.platform,
            surfaces=surfaces(account),
            open_adapter=_opener(setup, account),
            store=store,
            clock=setup.clock,
            timers=setup.timers,
            backfill=duration(setup.config.backfill),
            history=duration(setup.config.history),
            hurried=setup.hurried,
        )
        for account in setup.config.accounts
    }
    delivery = Delivery(store, setup.clock, setup.timers, readers)
    return SyncStation(store, setup.clock, list(readers.values()), delivery)


def _opener(setup: Setup, account: Account) -> Callable[[], Awaitable[Adapter]]:
    return lambda: _open_adapter(setup, account)


def open_session(setup: Setup) -> Session:
    """What a screen runs on."""
    from inbox.engine.session import Session

    return Session(lambda: open_desk(setup), lambda: open_station(setup), setup.clock)
