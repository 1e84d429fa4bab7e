"""The configuration file: TOML into records, every problem at once, each with its line and a hint.

Public interface: product.md section 7. Loading raises `ConfigError`, whose `problems` are complete lines
`file:line: key: what is wrong, did you mean`.
"""

from __future__ import annotations

from datetime import date

import msgspec


class Search(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    query: str


class Account(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One account on one platform. `platform` names an entry point of the group `inbox.adapters`."""

    name: str
    platform: str
    surfaces: list[str] = []
    """Empty: all the platform offers and the account's settings allow."""
    api_url: str | None = None
    """None: the platform's own host. http is taken for loopback only."""
    page_id: str | None = None
    human_agent: bool = False
    dialect: str = "tweet"
    text_limit: int = 280
    searches: list[Search] = []


class Service(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    timezone: str | None = None
    hours: dict[str, list[str]] = msgspec.field(default_factory=lambda: {"daily": ["07:00-23:00"]})
    holidays: list[date | str] = []


class TimerPolicy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    account: str | None = None
    surface: str | None = None
    priority: str | None = None
    tag: str | None = None
    first: str | None = None
    next: str | None = None


class TimerSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    first: str = "3h"
    next: str = "3h"
    warn_before: str = "30m"
    policy: list[TimerPolicy] = []


class Sending(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    hold_public: str = "10s"
    hold_private: str = "5s"


class SavedView(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    filter: str


class Screen(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    theme: str = "dark"
    mouse: bool = True
    auto_advance: bool = True


class Config(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    agent: str = "me"
    backfill: str = "30d"
    history: str = "24h"
    service: Service = msgspec.field(default_factory=Service)
    timers: TimerSettings = msgspec.field(default_factory=TimerSettings)
    sending: Sending = msgspec.field(default_factory=Sending)
    screen: Screen = msgspec.field(default_factory=Screen)
    accounts: list[Account] = []
    views: list[SavedView] = []
    keys: dict[str, str] = {}
    """Command id to key, replacing the default keys of that command."""


class ConfigError(Exception):
    """One or more problems; `str()` is one per line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
