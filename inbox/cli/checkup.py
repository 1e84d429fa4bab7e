"""`inbox check`: everything that can be wrong before the first message is read, each with its mend."""

from __future__ import annotations

import os
import sqlite3
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inbox import config as configuration
from inbox import places, wiring
from inbox.config import ConfigError
from inbox.domain.hours import NeverOpen
from inbox.places import UnsafePlace
from inbox.ports import StoreError
from inbox.wiring import Setup

OLDEST_SQLITE = (3, 34, 0)
"""The first with the trigram index that the search uses."""


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    said: str
    mend: str | None = None


def checkup(arguments: Namespace, env: Mapping[str, str]) -> list[Finding]:
    try:
        setup = wiring.set_up(arguments.config, arguments.data, env)
    except ConfigError as error:
        return [
            Finding("config", False, problem, "Mend the line, then check again.")
            for problem in error.problems
        ]
    path = places.config_path(arguments.config, env)
    return [
        Finding("config", True, str(path)),
        *_accounts(setup),
        *_keyring(setup, env),
        *_hours(setup),
        *_store(setup),
        *_terminal(env),
    ]


def _accounts(setup: Setup) -> Iterator[Finding]:
    if not setup.config.accounts:
        yield Finding(
            "accounts", False, "none is configured", "Add one under [[accounts]], or try `inbox demo`."
        )
    for account in setup.config.accounts:
        offered = [s.value for s in wiring.platform(account.platform).surfaces]
        missing = [s for s in account.surfaces if s not in offered]
        if missing:
            yield Finding(
                account.name,
                False,
                f"this version does not read {', '.join(missing)} of {account.platform}",
                f"It reads {', '.join(offered)}.",
            )


def _keyring(setup: Setup, env: Mapping[str, str]) -> Iterator[Finding]:
    from inbox.vault import SystemVault, VaultError

    vault = SystemVault(env)
    for account in setup.config.accounts:
        variable = configuration.token_variable(account.name)
        try:
            token = vault.token(account.name)
        except VaultError as error:
            yield Finding(f"token of {account.name}", False, str(error), f"Or set {variable}.")
            continue
        if token is None:
            mend = f"inbox login {account.name} --token -, or set {variable}"
            yield Finding(f"token of {account.name}", False, "there is none", mend)
        else:
            yield Finding(f"token of {account.name}", True, f"found in the {token.source}")


def _hours(setup: Setup) -> Iterator[Finding]:
    try:
        opens = setup.timers.hours.opens_at(setup.clock.now())
    except NeverOpen:
        yield Finding("service hours", False, "never open", "Mend [service] hours and holidays.")
        return
    now = "open now" if opens is None else f"open again {opens.astimezone(setup.zone):%a %d %b %H:%M}"
    yield Finding("service hours", True, f"{now}, time zone {setup.zone}")
    for note in setup.notes:
        yield Finding("time zone", False, note, "Set [service] timezone in the config.")


def _store(setup: Setup) -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield Finding(
            "SQLite", False, f"{version} is too old", "A Python with SQLite 3.34 or newer is needed."
        )
        return
    try:
        store = wiring.open_store(setup)
    except (StoreError, UnsafePlace) as error:
        yield Finding("data folder", False, str(error))
        return
    try:
        health = store.health()
    finally:
        store.close()
    yield Finding("data folder", health.ok, f"{setup.folder}", "; ".join(health.findings) or None)
    facts = ", ".join(f"{name} {value}" for name, value in health.facts.items())
    yield Finding("store", health.ok, facts or f"SQLite {version}")


def _terminal(env: Mapping[str, str]) -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "").lower()
    if encoding not in ("utf-8", "utf8"):
        yield Finding(
            "terminal", False, f"its encoding is {encoding or 'unknown'}", "Set LANG to a UTF-8 locale."
        )
    if env.get("TERM", "dumb") == "dumb":
        yield Finding(
            "terminal", False, "TERM names a terminal that cannot draw a screen", "Use the commands instead."
        )
        return
    size = os.get_terminal_size() if sys.stdout.isatty() else None
    told = f"{env['TERM']}" + (f", {size.columns}x{size.lines}" if size else "")
    small = size is not None and (size.columns < 80 or size.lines < 24)
    yield Finding("terminal", not small, told, "At least 80x24 is needed." if small else None)
