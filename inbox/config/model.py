"""The configuration as records. Public interface: BEHAVIOUR.md#config-and-secrets. How the file becomes these: `config_file`."""

# Annotations are evaluated here, at once: as text, msgspec would evaluate them one by one at the first decoding.

import re
from typing import Any

import msgspec

from inbox.config.screen import Macro, SavedView, Screen
from inbox.domain import declarations

REDIRECT_PORTS = (8912, 8913, 8914)
"""Nobody's by IANA's list; three, because X takes ten addresses and wants each of them written out."""


class Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One account on one platform. `platform` names an entry point of the group `inbox.adapters`."""

    name: str
    platform: str
    surfaces: list[str] = []
    """Empty: all the platform offers and the account's settings allow, but for those that are not read by default."""
    api_url: str | None = None
    """None: the platform's own host. http is taken for loopback only."""
    client_id: str | None = None
    """The app that `inbox login` signs in through: X's client id, Facebook's app id. No secret."""
    auth_url: str | None = None
    """None: the platform's own page on which people sign in. http is taken for loopback only."""
    redirect_ports: list[int] = msgspec.field(default_factory=lambda: list(REDIRECT_PORTS))
    """Ports of this machine the browser is sent back to, tried in turn; the app must know the addresses."""

    @property
    def settings(self) -> Any:
        """The record of the platform's own settings, as `Declaration.settings` describes it; None without one. No field,
        because it is no key of the file."""
        return self.__dict__.get("settings")

    @settings.setter
    def settings(self, record: Any) -> None:
        self.__dict__["settings"] = record


def with_settings(account: Account, settings: Any) -> Account:
    """Give an account that no file describes the settings of its platform; returns it."""
    account.settings = settings
    return account


class Service(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    timezone: str | None = None
    hours: dict[str, list[str]] = msgspec.field(default_factory=lambda: {"daily": ["07:00-23:00"]})
    holidays: list[str] = []
    """Dates as `YYYY-MM-DD` (TOML dates arrive here as such) and country codes (`DE`, `DE-NW`)."""


class TimerPolicy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """First match decides; without a condition it matches everything."""

    account: str | None = None
    surface: str | None = None
    priority: str | None = None
    tag: str | None = None
    person: str | None = None
    """A tag on the person, which holds in every conversation with them."""
    first: str | None = None
    next: str | None = None


class TimerSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    first: str = "3h"
    next: str = "3h"
    warn_before: str = "30m"
    resolve: str | None = None
    """Within which a matter should be closed; None: nobody asks."""
    automatic: list[str] = []
    """Texts of ours that no person writes; `*` stands for anything."""
    policy: list[TimerPolicy] = []


class Sending(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    hold_public: str = "10s"
    hold_private: str = "5s"


class VaultSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where tokens are kept. `file`: an encrypted file (extra `vault`), for machines without a keyring."""

    kind: str = "keyring"
    file: str | None = None
    passphrase_file: str | None = None


class Prices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What X charges for one of each, in `currency` (pricing.mdx, 2026-08-22). Estimates only.

    An account that also owns its developer app pays 0.001 for `own_post_read`.
    """

    currency: str = "USD"
    post_read: float = 0.005
    own_post_read: float = 0.005
    user_read: float = 0.010
    direct_read: float = 0.010
    reply: float = 0.010
    link: float = 0.200
    direct: float = 0.015


class NetworkSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The way to the platforms; what the environment says of proxies and certificates is not used."""

    proxy: str | None = None
    """`http://host:port`, without a password: see the environment variable INBOX_PROXY. None: no proxy."""
    ca_file: str | None = None
    """PEM file of authorities that are trusted beside the usual ones."""


class Insight(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Listening: all of it is computed on this machine."""

    surge: str = "normal"
    """How soon a surge is told: off, calm, normal, early."""
    notify: str = "red"
    """Which surges the terminal tells beside the header: off, red, all."""
    own_words: list[str] = []
    """Names of the brand and its products, which say nothing when many use them; handles are added by themselves."""


class Privacy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`retention`: how long a closed conversation is kept after its last message; nothing: for ever."""

    retention: str = "90d"


class Config(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    agent: str = "me"
    agents: list[str] = []
    """Colleagues, beside those who have worked on the store already."""
    backfill: str = "30d"
    history: str = "24h"
    recheck: str = "7d"
    """How far back posts are looked at again, daily, for deletion; "0s": not at all."""
    service: Service = msgspec.field(default_factory=Service)
    timers: TimerSettings = msgspec.field(default_factory=TimerSettings)
    sending: Sending = msgspec.field(default_factory=Sending)
    screen: Screen = msgspec.field(default_factory=Screen)
    vault: VaultSettings = msgspec.field(default_factory=VaultSettings)
    privacy: Privacy = msgspec.field(default_factory=Privacy)
    insight: Insight = msgspec.field(default_factory=Insight)
    network: NetworkSettings = msgspec.field(default_factory=NetworkSettings)
    prices: Prices = msgspec.field(default_factory=Prices)
    accounts: list[Account] = []
    views: list[SavedView] = []
    macros: list[Macro] = []
    keys: dict[str, str] = {}
    """Command id to key, replacing the default keys of that command."""


class ConfigError(Exception):
    """One or more problems; `str()` is one per line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NoConfig(ConfigError):
    """There is no file at the place where one was looked for."""


def price_table(config: Config) -> dict[str, float]:
    """Name of what is charged to its price."""
    names = [name for name in Prices.__struct_fields__ if name != "currency"]
    declared = filter(None, (declarations.declared(account.platform) for account in config.accounts))
    others = {name: price for one in declared for name, price in one.prices.items()}
    return others | {name: getattr(config.prices, name) for name in names}


def token_variable(account: str) -> str:
    """The environment variable that overrides the keyring: `acme-x` is `INBOX_TOKEN_ACME_X`."""
    return "INBOX_TOKEN_" + re.sub(r"[^A-Z0-9]", "_", account.upper())


def secret_variable(account: str) -> str:
    """The environment variable for the secret of the account's app: `acme-x` is `INBOX_SECRET_ACME_X`."""
    return token_variable(account).replace("TOKEN", "SECRET", 1)
