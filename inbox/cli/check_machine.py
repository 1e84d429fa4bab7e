"""What `inbox check` finds about this machine: service hours and time zone, SQLite, the store, the way to the network."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from inbox.adapters import network as platforms_network
from inbox.cli.check_accounts import learned
from inbox.cli.finding import Finding
from inbox.domain.hours import NeverOpen
from inbox.domain.sla import local
from inbox.errors import StoreError
from inbox.system.places import UnsafePlace
from inbox.wiring import open as wiring
from inbox.wiring.setup import Setup

OLDEST_SQLITE = (3, 34, 0)
"""The first with the trigram index that the search uses."""

UNUSED = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR"}
"""Names of the environment that would lead tokens elsewhere, or let somebody else answer for a platform."""


def hours(setup: Setup) -> Iterator[Finding]:
    try:
        opens = setup.timers.hours.opens_at(setup.clock.now())
    except NeverOpen:
        yield Finding("service hours", False, "never open", "Correct [service] hours and holidays.")
        return
    now = "open now" if opens is None else f"open again {local(opens, setup.zone)}"
    yield Finding(
        "service hours", True, f"{now}, time zone {setup.zone}", None, {"timezone": str(setup.zone)}
    )
    for note in setup.notes:
        yield Finding("time zone", True, note, "Set [service] timezone in the config.")


def store(setup: Setup) -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield Finding(
            "SQLite", False, f"{version} is too old", "A Python with SQLite 3.34 or newer is needed."
        )
        return
    yield from _features(version)
    try:
        store = wiring.open_store(setup)
    except (StoreError, UnsafePlace) as error:
        yield Finding("data folder", False, str(error))
        return
    try:
        health, due = store.upkeep.health(), store.upkeep.backup_due()
        taught = list(learned(setup, store))
    finally:
        store.close()
    yield from taught
    yield Finding("data folder", health.ok, f"{setup.folder}", "; ".join(health.findings) or None)
    facts = ", ".join(f"{name} {value}" for name, value in health.facts.items())
    yield Finding("store", health.ok, facts or f"SQLite {version}", None, dict(health.facts))
    yield _backup(health.facts, due)


def _features(version: str) -> Iterator[Finding]:
    """What the search and the store need of SQLite, tried and not guessed: builds leave things out."""
    lacking = []
    db = sqlite3.connect(":memory:")
    try:
        for name, sql in (
            ("FTS5 with trigrams", "CREATE VIRTUAL TABLE t USING fts5(x, tokenize='trigram')"),
            ("JSON", "SELECT json_extract('{}', '$.a')"),
        ):
            try:
                db.execute(sql)
            except sqlite3.OperationalError:
                lacking.append(name)
    finally:
        db.close()
    said = f"{version} without {', '.join(lacking)}" if lacking else version
    mend = "Use a Python whose SQLite has it, such as uv's own: uv python install." if lacking else None
    yield Finding("SQLite", not lacking, said, mend, {"version": version, "lacking": lacking})


def _backup(facts: Mapping[str, str], due: bool) -> Finding:
    newest = facts.get("newest backup", "none yet")
    empty = facts.get("conversations") in (None, "0")
    old = due and not empty
    mend = "A running inbox makes one a day: open it, or let `inbox sync` run." if old else None
    said = f"{newest}, older than a day" if old and newest != "none yet" else newest
    return Finding("backup", not old, said, mend, {"newest": newest, "due": due})


def network(setup: Setup, env: Mapping[str, str]) -> Iterator[Finding]:
    """By which way calls go, and what other programs take from the environment and this one does not. Values of the
    environment may hold passwords."""
    way = platforms_network.chosen()
    if way.proxy:
        address = urlsplit(way.proxy)
        host = f"{address.scheme}://{address.hostname}{f':{address.port}' if address.port else ''}"
        source = "INBOX_PROXY" if env.get("INBOX_PROXY") else "[network] proxy"
        yield Finding("network", True, f"calls go through the proxy {host} ({source})", None, {"proxy": host})
    if way.ca_file:
        said = f"the authorities of {way.ca_file} are trusted too"
        yield Finding("network", True, said, None, {"ca_file": way.ca_file})
    names = sorted(name for name in env if env[name] and name.upper() in UNUSED)
    if not names:
        return
    if way.proxy or way.ca_file:
        said = f"not used: {', '.join(names)}; the config says how calls go"
        yield Finding("network", True, said, None, {"unused": names})
    else:
        said = f"not used: {', '.join(names)}; calls go straight to the platforms"
        mend = "Where they must not, name the proxy or the authority under [network] in the config."
        yield Finding("network", True, said, mend, {"unused": names})
