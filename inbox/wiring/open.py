"""The one place that picks concrete parts: which store, which platforms, whose tokens, what clock.

Modules are executed when they are used (`later`); what brings httpx or a platform is not even imported before.
"""

from __future__ import annotations

import asyncio
import functools
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inbox.accounts import vault
from inbox.config import calendar, platforms
from inbox.config import file as config_file
from inbox.config.model import Account, Config, token_variable
from inbox.domain.durations import duration
from inbox.domain.hours import ServiceHours
from inbox.domain.records import Record, field, replace
from inbox.domain.sla import Policy, Timers
from inbox.engine import policies, session
from inbox.engine.desk import desk, workplace
from inbox.errors import AuthExpired, PlatformError, Refused
from inbox.ports import secrets as secrets_ports
from inbox.ports import sign_in as signing_in
from inbox.ports import vault as vault_ports
from inbox.store.sqlite import folder as store_folder
from inbox.store.sqlite import status_file, watch
from inbox.store.sqlite import store as local
from inbox.system import places, redact
from inbox.system.clocks import SystemClock
from inbox.wiring import platforms as registry
from inbox.wiring.platforms import platform, surfaces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime, timedelta, tzinfo

    import httpx

    from inbox.accounts.vault import SystemVault
    from inbox.adapters.oauth import LiveSignIn
    from inbox.engine.desk.desk import Desk
    from inbox.engine.health import Trouble
    from inbox.engine.policies import InForce
    from inbox.engine.session import Session
    from inbox.engine.station.station import SyncStation
    from inbox.ports.clock import Clock
    from inbox.ports.platform import Adapter
    from inbox.ports.secrets import Secret, TokenSource
    from inbox.ports.sign_in import Authority, Dialogue, SignIn, TokenCheck, Way
    from inbox.ports.vault import Vault, WritableVault
    from inbox.store.sqlite.store import LocalStore
    from inbox.system.spelling import Spelling

HOLIDAY_YEARS = range(-1, 4)
"""Years around the present one for which holidays of countries are looked up."""


RENEWAL_PATIENCE = 90.0
"""Seconds to wait for another process that renews: its request has 20, its keyring 30 for each of two calls."""


class Setup(Record, kw_only=True):
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
    calendar_days: frozenset[date] = frozenset()
    """Days without service that calendar files name; the config names only the files."""
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
    loaded = config_file.load(config, env)
    return make_setup(loaded, places.data_path(data, env), open_vault(loaded, env), env)


def open_vault(config: Config, env: Mapping[str, str]) -> SystemVault:
    """The keyring, or the encrypted file where the config says so. Nothing is opened yet."""
    settings = config.vault
    if settings.kind == "keyring":
        return vault.SystemVault(env)
    from inbox.accounts.encrypted_file import EncryptedFile, Passphrase

    path = Path(settings.file).expanduser() if settings.file else places.sign_in_folder() / "tokens"
    file = Path(settings.passphrase_file).expanduser() if settings.passphrase_file else None
    box = EncryptedFile(path, Passphrase(file, env), functools.partial(_alone, "tokens"))
    return vault.SystemVault(env, open_keyring=lambda: box, box=box)


def encrypted_file(setup: Setup) -> object | None:
    """The `EncryptedFile` in use, if one is."""
    return getattr(setup.vault, "box", None)


def spelling(setup: Setup, env: Mapping[str, str]) -> Spelling:
    """Hints on spelling, as far as this machine has what they need."""
    from inbox.system.spelling import Spelling

    return Spelling(setup.folder, env)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Nobody else on this machine does the same meanwhile. Blocks; raises StoreError after `RENEWAL_PATIENCE`."""
    from inbox.system.locks import FileLock

    lock = FileLock(places.sign_in_folder() / f"{name}.lock")
    try:
        with lock.held(RENEWAL_PATIENCE):
            yield
    finally:
        lock.close()


def make_setup(
    config: Config,
    folder: Path,
    vault: Vault,
    env: Mapping[str, str],
    *,
    clock: Clock | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> Setup:
    for account in config.accounts:
        platforms.declaration(account.platform)
    clock = clock or SystemClock()
    use_network(config, env)
    zone, note = calendar.time_zone(config, env)
    years = [clock.now().year + offset for offset in HOLIDAY_YEARS]
    days, closed = calendar.calendars(config.service.holidays, zone, years)
    hours = ServiceHours(
        zone,
        calendar.week(config.service.hours),
        calendar.holiday_dates(config.service.holidays, years) | days,
        closed,
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
        calendar_days=days,
    )


def use_network(config: Config, env: Mapping[str, str]) -> None:
    """Open clients from now on through the proxy and with the authority of the config. INBOX_PROXY, which may carry a
    password, comes before the config's proxy."""
    from inbox.adapters import network

    given = env.get("INBOX_PROXY", "")
    if given:
        from urllib.parse import urlsplit

        redact.known(urlsplit(given).password or "")
    network.choose(
        network.Network(proxy=given or config.network.proxy or None, ca_file=config.network.ca_file or None)
    )


def make_timers(config: Config, hours: ServiceHours) -> Timers:
    t = config.timers
    return Timers(
        hours=hours,
        first=duration(t.first),
        next=duration(t.next),
        resolve=duration(t.resolve) if t.resolve else None,
        automatic=tuple(t.automatic),
        warn_before=duration(t.warn_before),
        policies=tuple(
            Policy(
                account=p.account,
                surface=p.surface,
                priority=p.priority,
                tag=p.tag,
                person=p.person,
                first=duration(p.first) if p.first else None,
                next=duration(p.next) if p.next else None,
            )
            for p in t.policy
        ),
        human_agent=frozenset(
            a.name for a in config.accounts if a.human_agent or getattr(a.settings, "human_agent", False)
        ),
    )


def hold_times(config: Config) -> tuple[timedelta, timedelta]:
    """(public, private)."""
    return duration(config.sending.hold_public), duration(config.sending.hold_private)


# -- platforms ---------------------------------------------------------------------------------------------


def _account(setup: Setup, name: str) -> Account:
    found = next((a for a in setup.config.accounts if a.name == name), None)
    if found is None:
        known = ", ".join(setup.accounts) or "none"
        raise Refused(f"the config names no account {name}; there are {known}", code="no account")
    return found


async def _open_adapter(setup: Setup, account: Account, token: TokenSource) -> Adapter:
    """Connected and holding its token. Raises AuthExpired where there is none."""
    from inbox.adapters.http import BadAddress, open_client

    offered = platform(account.platform)
    getattr(offered, "loaded", None)  # of another package: Refused where it cannot be loaded
    await token.token()
    try:
        client = open_client(account.api_url or offered.api_url, setup.transports.get(account.name))
    except BadAddress as error:
        raise Refused(f"api_url of {account.name}: {error}", next_step="Mend it in the config.") from None
    return offered.connect(account, client, token, setup.clock)


# -- signing in --------------------------------------------------------------------------------------------


def live_sign_in(setup: Setup, account: Account) -> LiveSignIn:
    """What the account is signed in with, renewed when it ends. Reads nothing yet."""
    from inbox.adapters.oauth import LiveSignIn, signed_out

    return LiveSignIn(
        account=account.name,
        vault=writable(setup),
        authority=authority(setup, account.name),
        exclusive=functools.partial(_alone, account.name),
        now=setup.clock.now,
        missing=lambda: signed_out(account.name, token_variable(account.name)),
    )


def writable(setup: Setup) -> WritableVault:
    """The vault, where it can be written; the demo's cannot."""
    if not isinstance(setup.vault, vault_ports.WritableVault):
        raise Refused("the demo's accounts are signed in already", next_step="Use accounts of your own.")
    return setup.vault


def authority(setup: Setup, name: str) -> Authority:
    """What signing in on the account's platform asks for. Raises Refused."""
    account = _account(setup, name)
    return platform(account.platform).authority(account, setup.clock)


async def sign_in(
    setup: Setup, name: str, dialogue: Dialogue, way: Way, app_secret: Secret | None = None
) -> TokenCheck:
    """Sign an account in with a person's help, store it, and look whether it works. For the screen too: call it on
    any event loop, with a dialogue of its own, and then `Session.read_now`.

    The vault is opened first: nobody shall agree in a browser to something that cannot be kept. Raises the
    PlatformError family; nothing is stored then.
    """
    account, vault = _account(setup, name), writable(setup)
    asked = authority(setup, name)
    if way not in asked.ways:
        raise Refused(
            f"{account.platform} has no sign-in of this kind ({way})",
            next_step=f"It has: {', '.join(asked.ways)}.",
        )
    before = await asyncio.to_thread(_openable, vault, name)
    lying = await asyncio.to_thread(vault.app_secret, name)
    app_secret = app_secret or lying or (before.app_secret if before else None)
    found = await asked.sign_in(way, dialogue, app_secret)
    # what the environment holds is not copied out of it
    kept = found if lying is None else replace(found, app_secret=None)
    await asyncio.to_thread(_keep, vault, name, kept)
    await asyncio.to_thread(_note, setup, name, signed_in=True)
    try:
        return await asked.check(found)
    except PlatformError as error:
        unseen = f"whether it works could not be seen: {error.message}"
        return signing_in.TokenCheck(
            valid=False, kind=found.kind, problem=unseen, mend="Look again with `inbox check`."
        )


def _openable(vault: WritableVault, name: str) -> SignIn | None:
    place = vault.given(name)
    if place is not None:
        raise Refused(
            f"the token of {name} comes from the {place}, which would go on being used",
            next_step=f"Take {token_variable(name)} (or the credential) away first.",
        )
    before = vault.sign_in(name)
    if before is None:
        vault.keyring_name()
    return before


def _keep(vault: WritableVault, name: str, found: SignIn) -> None:
    with _alone(name):
        vault.keep(name, found)


async def refused_token(setup: Setup, name: str, token: Secret) -> str | None:
    """Why the platform does not take a token that was made elsewhere, in words. None where it takes it, and where it
    could not be asked: a machine without a network may be prepared."""
    try:
        found = await authority(setup, name).check(signing_in.SignIn(access=token))
    except AuthExpired as error:
        return error.message
    except PlatformError:
        return None
    return None if found.valid else found.problem or "the platform does not take it"


def keep_token(setup: Setup, name: str, token: Secret) -> str:
    """Store a token as it is; returns what it lies in. Raises VaultError, Refused. Blocks."""
    vault = writable(setup)
    with _alone(_account(setup, name).name):
        vault.put(name, token)
    return vault.keyring_name()


def keep_stream_token(setup: Setup, name: str, token: Secret) -> str:
    """Store the token of the app, for the stream; returns what it lies in. Raises VaultError, Refused. Blocks."""
    account, vault = _account(setup, name), writable(setup)
    with _alone(account.name):
        vault.put(stream_name(account.name), token)
    return vault.keyring_name()


async def sign_out(setup: Setup, name: str) -> list[str]:
    """Withdraw a sign-in on the platform, then forget it; says in words what was done. What cannot be
    withdrawn (no network, dead already) is forgotten all the same. Raises VaultError."""
    account, vault = _account(setup, name), writable(setup)
    kept = await asyncio.to_thread(vault.sign_in, name)
    if kept is None:
        return [f"There was no token for {name}."]
    said = [await _withdraw(setup, account, kept)]
    if vault.given(name) is not None:
        return [*said, f"It stands in the {vault.given(name)}: take it out there."]
    await asyncio.to_thread(_forget, vault, name)
    await asyncio.to_thread(_note, setup, name, signed_in=False)
    return [*said, f"The token of {name} is forgotten."]


def _forget(vault: WritableVault, name: str) -> None:
    with _alone(name):
        vault.forget(name)
        vault.forget(stream_name(name))


def _note(setup: Setup, name: str, *, signed_in: bool) -> None:
    """The account's health says so at once, and not only after the next reading."""
    from inbox.engine.health import health_key

    if not setup.folder.is_dir():
        return
    with closing(open_store(setup)) as store, store.transaction():
        kept = store.small_things.setting(health_key(name))
        if kept:
            said = (
                (None, None, None) if signed_in else ("signed out", "auth", f"Sign in: inbox login {name}.")
            )
            problem = dict(zip(("problem", "kind", "next_step"), said, strict=True))
            if not signed_in or kept.get("kind") == "auth":
                store.small_things.put_setting(health_key(name), {**kept, **problem, "signed_in": signed_in})


async def _withdraw(setup: Setup, account: Account, kept: SignIn) -> str:
    others = [a.name for a in setup.config.accounts if a.platform == account.platform and a is not account]
    shared = kept.kind == "page" and [
        name for name in others if await asyncio.to_thread(setup.vault.token, name) is not None
    ]
    if shared:
        return (
            f"Nothing was withdrawn on the platform: that would sign out {', '.join(shared)} too. "
            "Remove the Page from the app under Business integrations in the settings of the Facebook account."
        )
    try:
        return await authority(setup, account.name).revoke(kept)
    except PlatformError as error:
        return (
            f"The platform could not be told ({error.message}); withdraw the app in its settings to be sure."
        )


async def check_sign_in(setup: Setup, account: Account) -> TokenCheck:
    """What the platform says about the account's token; an ended one is renewed first. Raises the PlatformError
    family."""
    live = live_sign_in(setup, account)
    await live.token()
    assert live.kept is not None
    return await authority(setup, account.name).check(live.kept)


# -- the parts ---------------------------------------------------------------------------------------------


def open_store(setup: Setup) -> LocalStore:
    """One more handle, for the calling thread. Raises StoreError, UnsafePlace."""
    return local.LocalStore(places.private_folder(setup.folder))


def open_desk(setup: Setup) -> Desk:
    """The desk, on the first handle of this process: a damaged store is restored here (`desk.notice` says so),
    and deadlines follow a changed config."""
    store, notice = local.open_store(places.private_folder(setup.folder))
    in_force = _in_force(setup, store)
    public, private = hold_times(setup.config)
    opened = desk.Desk(
        store,
        setup.clock,
        agent=setup.agent,
        timers=in_force.timers,
        platforms=registry.ConfiguredPlatforms(setup.config),
        settings=workplace.Settings(
            hold_public=public,
            hold_private=private,
            saved_views={v.name: v.filter for v in setup.config.views},
            colleagues=setup.config.agents,
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


def timer_fingerprint(setup: Setup) -> str:
    """Changes when service hours, holidays, targets or policies do."""
    import msgspec

    config, human = setup.config, sorted(setup.timers.human_agent)
    closed = [(start.isoformat(), end.isoformat()) for start, end in setup.timers.hours.closed]
    days = sorted(map(str, setup.calendar_days))
    decided = (config.service, config.timers, human, str(setup.zone), closed, days)
    return msgspec.json.encode(decided, order="sorted").decode()


def open_station(setup: Setup, notify: Callable[[str], None] | None = None) -> SyncStation:
    """Readers for every account and the delivery, on a store handle of the calling thread. Where this is the first handle
    of the process, a damaged store is restored; `notify` gets the sentence that says so."""
    from inbox.engine.station.delivery import Delivery
    from inbox.engine.station.reader import Reader
    from inbox.engine.station.station import SyncStation

    store, notice = local.open_store(places.private_folder(setup.folder))
    try:
        in_force = _in_force(setup, store)
    except BaseException:
        store.close()  # it is tried again, on a new handle
        raise
    timers = in_force.timers
    if notify is not None:
        for told in filter(None, (notice, in_force.notice)):
            notify(told)
    tokens = {account.name: _token_source(setup, account) for account in setup.config.accounts}
    readers = {
        account.name: Reader(
            account=account.name,
            platform=account.platform,
            surfaces=surfaces(account),
            open_adapter=_opener(setup, account, tokens[account.name]),
            push_token=_push_token(setup, account),
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


def _token_source(setup: Setup, account: Account) -> TokenSource:
    if isinstance(setup.vault, vault_ports.WritableVault):
        try:
            return live_sign_in(setup, account)
        except PlatformError as error:  # a platform of another package that cannot say how people sign in
            from inbox.wiring.foreign_platform import NoToken

            return NoToken(error)
    return setup.vault.token(account.name) or secrets_ports.Secret("", source="nowhere")


def stream_name(account: str) -> str:
    """Under which the vault keeps the token of the app, for X's stream."""
    return f"{account}.stream"


def _push_token(setup: Setup, account: Account) -> Callable[[], Awaitable[TokenSource | None]] | None:
    if not account.stream:
        return None

    async def token() -> TokenSource:
        found = await asyncio.to_thread(setup.vault.token, stream_name(account.name))
        if found is None:
            raise AuthExpired(
                f"there is no token of the app for the stream of {account.name}",
                next_step=f"Store it with `inbox login {account.name} --stream`.",
            )
        return found

    return token


def _ends(token: TokenSource) -> Callable[[], datetime | None]:
    return lambda: getattr(token, "ends_at", None)


def _opener(setup: Setup, account: Account, token: TokenSource) -> Callable[[], Awaitable[Adapter]]:
    return lambda: _open_adapter(setup, account, token)


def open_session(setup: Setup) -> Session:
    """What a screen runs on."""
    stirred = watch.Stirring(setup.folder)
    doubting = functools.partial(store_folder.doubt, setup.folder)
    return session.Session(
        lambda: open_desk(setup), lambda: open_station(setup), setup.clock, stirred, doubting
    )
