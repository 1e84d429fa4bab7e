"""What is decided before anything runs: the config with its places, zone, timers, vault and network."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from inbox.accounts import lock, vault
from inbox.config import calendar, platforms
from inbox.config import file as config_file
from inbox.config.model import Config
from inbox.domain.durations import duration
from inbox.domain.hours import ServiceHours
from inbox.domain.records import Record, field
from inbox.domain.sla import Policy, Timers
from inbox.system import places, redact
from inbox.system.clocks import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, timedelta, tzinfo

    import httpx

    from inbox.accounts.vault import SystemVault
    from inbox.engine.listening_settings import Listening
    from inbox.ports.clock import Clock
    from inbox.ports.vault import Vault
    from inbox.system.spelling import Spelling

HOLIDAY_YEARS = range(-1, 4)
"""Years around the present one for which holidays of countries are looked up."""


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
    """Load the config and find the places. `data`: the folder given on the command line. Raises ConfigError."""
    loaded = config_file.load(config, env)
    return make_setup(loaded, places.data_path(data, env), open_vault(loaded, env), env)


def open_vault(config: Config, env: Mapping[str, str]) -> SystemVault:
    """Return the keyring, or the encrypted file where the config says so. Nothing is opened yet."""
    settings = config.vault
    if settings.kind == "keyring":
        return vault.SystemVault(env)
    from inbox.accounts.encrypted_file import EncryptedFile, Passphrase

    path = Path(settings.file).expanduser() if settings.file else places.sign_in_folder() / "tokens"
    file = Path(settings.passphrase_file).expanduser() if settings.passphrase_file else None
    box = EncryptedFile(path, Passphrase(file, env), functools.partial(lock.alone, "tokens"))
    return vault.SystemVault(env, open_keyring=lambda: box, box=box)


def encrypted_file(setup: Setup) -> object | None:
    """Return the `EncryptedFile` in use, if one is."""
    return getattr(setup.vault, "box", None)


def spelling(setup: Setup, env: Mapping[str, str]) -> Spelling:
    """Return the spelling checker, as far as this machine has what it needs."""
    from inbox.system.spelling import Spelling

    return Spelling(setup.folder, env)


def make_setup(
    config: Config,
    folder: Path,
    vault: Vault,
    env: Mapping[str, str],
    *,
    clock: Clock | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> Setup:
    """Decide everything from a config that is loaded already; the network is chosen for the whole process.

    `clock`, `transports`: what stands in for the machine's clock and the network (demo, tests). Raises ConfigError.
    """
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
    """Return the targets and policies of the config over the service hours."""
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
        human_agent=frozenset(a.name for a in config.accounts if getattr(a.settings, "human_agent", False)),
    )


def hold_times(config: Config) -> tuple[timedelta, timedelta]:
    """Return how long a public and a private reply are held."""
    return duration(config.sending.hold_public), duration(config.sending.hold_private)


def make_listening(config: Config) -> Listening:
    """Return what the config decides about surges, topics and hints."""
    from inbox.domain.listening.tokens import words_of
    from inbox.engine.listening_settings import Listening

    insight = config.insight
    return Listening(
        surge=insight.surge,
        notify=insight.notify,
        own_words=frozenset(words_of(" ".join(insight.own_words))),
    )


def timer_fingerprint(setup: Setup) -> str:
    """Return a text that changes when service hours, holidays, targets or policies do."""
    import msgspec

    config, human = setup.config, sorted(setup.timers.human_agent)
    closed = [(start.isoformat(), end.isoformat()) for start, end in setup.timers.hours.closed]
    days = sorted(map(str, setup.calendar_days))
    decided = (config.service, config.timers, human, str(setup.zone), closed, days)
    return msgspec.json.encode(decided, order="sorted").decode()
