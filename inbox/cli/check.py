"""`inbox check`: everything that can be wrong before the first message is read, each with its mend."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.cli import PROBLEM, config_checks
from inbox.cli.lines import show_json
from inbox.cli.open_desk import unlock
from inbox.config import model as configuration
from inbox.config import platforms
from inbox.config.model import Account, ConfigError, NoConfig
from inbox.domain.hours import NeverOpen
from inbox.domain.records import Record, field
from inbox.domain.sla import local
from inbox.domain.text import clean
from inbox.engine.health import health_key
from inbox.engine.reply_lessons import in_words, lesson
from inbox.engine.timer_report import instant
from inbox.errors import AuthExpired, PlatformError, StoreError
from inbox.ports.sign_in import SignIn, TokenCheck
from inbox.ports.store import Store
from inbox.system import installation, places, programs
from inbox.system.places import UnsafePlace
from inbox.ui.terminal.notice import multiplexer
from inbox.wiring import accounts
from inbox.wiring import open as wiring
from inbox.wiring import setup as wiring_setup
from inbox.wiring.setup import Setup
from inbox.wording.language import choose, said, tr

OLDEST_SQLITE = (3, 34, 0)
"""The first with the trigram index that the search uses."""
SOON = timedelta(days=14)
"""So long before somebody has to sign in again it is worth a word."""
SLOW_ESCAPE = 100
"""Milliseconds that are felt."""
SKEW = timedelta(minutes=1)
"""A clock that is wrong by more tells wrong waiting times."""

UNUSED = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR"}
"""Names of the environment that would lead tokens elsewhere, or let somebody else answer for a platform."""

KINDS = {"oauth2": "sign-in", "page": "token", "token": "pasted token", "user": "token of a person"}


class Finding(Record):
    """`ok` is False for a problem only; with a `mend`, what is in order is a note: worth a look, and no problem.
    `facts` are for scripts: names to JSON values, in addition to the words."""

    what: str
    ok: bool
    said: str
    mend: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """ok, note or problem."""
        return "problem" if not self.ok else "note" if self.mend else "ok"

    def json(self) -> dict[str, Any]:
        """The finding as `--json` prints it."""
        return {
            "what": self.what,
            "level": self.level,
            "ok": self.ok,
            "said": self.said,
            "mend": self.mend,
            "facts": dict(self.facts),
        }


def check(arguments: Namespace) -> int:
    """Print what is in order and what is not; exit status 1 where something is a problem."""
    findings = find_problems(arguments, os.environ)
    if arguments.json:
        show_json([f.json() for f in findings])
    else:
        for f in findings:
            sign = f"{tr(f.level):<7}"
            print(f"{sign}  {said(f.what)}: {clean(said(f.said), one_line=True)}")
            if f.mend:
                print(f"         {clean(said(f.mend), one_line=True)}")
    return 0 if all(f.ok for f in findings) else PROBLEM


def find_problems(arguments: Namespace, env: Mapping[str, str]) -> list[Finding]:
    """Every finding about config, accounts, keyring, network, store and terminal, in the order they are shown."""
    try:
        setup = wiring_setup.set_up(arguments.config, arguments.data, env)
    except ConfigError as error:
        mend = None if isinstance(error, NoConfig) else "Correct the line, then check again."
        return [Finding("config", False, problem, mend) for problem in error.problems]
    choose(setup.config.screen.language, env)
    unlock(setup)
    path = places.config_path(arguments.config, env)
    return [
        Finding("config", True, str(path)),
        *_accounts(setup),
        *_keyring(setup),
        *_sign_ins(setup, ask=not arguments.offline),
        *_network(setup, env),
        *_hours(setup),
        *_remapped(setup),
        *(Finding(where, False, wrong, mend) for where, wrong, mend in config_checks.problems(setup)),
        *_store(setup),
        *_terminal(env),
        *_notices(setup.config.screen.notify, env),
        *_spelling(setup, env),
    ]


def _accounts(setup: Setup) -> Iterator[Finding]:
    if not setup.config.accounts:
        yield Finding(
            "accounts", True, "none is configured", "Add one under [[accounts]], or try `inbox demo`."
        )
    for account in setup.config.accounts:
        declared = platforms.declaration(account.platform)
        offered = [rule.id.value for rule in declared.surfaces] if declared else []
        missing = [s for s in account.surfaces if s not in offered]
        if missing:
            yield Finding(
                account.name,
                False,
                f"this version does not read {', '.join(missing)} of {account.platform}",
                f"It reads {', '.join(offered)}.",
            )


def _keyring(setup: Setup) -> Iterator[Finding]:
    vault = accounts.writable(setup)
    try:
        yield Finding("keyring", True, vault.keyring_name())
    except PlatformError as error:
        needed = any(vault.given(account.name) is None for account in setup.config.accounts)
        used = needed and bool(_used(setup))
        said = (
            error.message if needed else f"{error.message} Nothing needs it: all tokens come from elsewhere."
        )
        yield Finding("keyring", not used, said, error.next_step if needed else None, {"code": error.code})


# -- accounts on their platforms ---------------------------------------------------------------------------


def _sign_ins(setup: Setup, *, ask: bool) -> Iterator[Finding]:
    used = _used(setup)
    for account in setup.config.accounts:
        what = f"sign-in of {account.name}"
        try:
            kept = accounts.writable(setup).sign_in(account.name)
        except PlatformError as error:
            yield Finding(what, account.name not in used, error.message, error.next_step)
            continue
        if kept is None:
            variable = configuration.token_variable(account.name)
            yield Finding(
                what,
                account.name not in used,
                "there is none",
                f"inbox login {account.name}, or set {variable}",
            )
        elif not ask:
            yield Finding(
                what, True, f"a token is in the {kept.source}; the platform was not asked", None, _kept(kept)
            )
        else:
            yield from _asked(setup, account, what, kept)


def _kept(kept: SignIn) -> dict[str, Any]:
    return {
        "source": kept.source,
        "kind": kept.kind,
        "scope": list(kept.scope),
        "expires_at": instant(kept.expires_at),
        "data_access_until": instant(kept.data_access_until),
        "renews_itself": kept.kind == "oauth2" and kept.refresh is not None,
    }


def _asked(setup: Setup, account: Account, what: str, kept: SignIn) -> Iterator[Finding]:
    try:
        found = asyncio.run(accounts.access(setup, account.name).check())
    except AuthExpired as error:
        yield Finding(what, False, error.message, error.next_step, _kept(kept))
        return
    except PlatformError as error:
        yield Finding(what, False, f"could not be asked about: {error.message}", error.next_step, _kept(kept))
        return
    yield _judged(account.name, what, kept, _place(setup, kept), found, setup.clock.now())
    yield from _skew(account, found, setup.clock.now())


def _place(setup: Setup, kept: SignIn) -> str:
    """Where the token lies, by its own name."""
    return accounts.writable(setup).keyring_name() if kept.source == "keyring" else kept.source


def _used(setup: Setup) -> set[str]:
    """Accounts that were read at some time: that one of them has no token is a problem, of a new one it is a note."""
    if not setup.folder.is_dir():
        return set()
    try:
        store = wiring.open_store(setup)
    except (StoreError, UnsafePlace):
        return set()
    try:
        return {name for name in setup.accounts if store.small_things.setting(health_key(name))}
    finally:
        store.close()


def _judged(account: str, what: str, kept: SignIn, place: str, found: TokenCheck, now: datetime) -> Finding:
    facts = {
        **_kept(kept),
        "kind": found.kind,
        "owner": found.owner or None,
        "scope": list(found.scope),
        "missing": list(found.missing),
        "expires_at": instant(found.expires_at),
        "data_access_until": instant(found.data_access_until),
        **found.facts,
    }
    again = f"Sign in again: inbox login {account}."
    if not found.valid or found.problem:
        return Finding(what, False, found.problem or "it is not valid", found.mend or again, facts)
    words = [
        f"{KINDS.get(found.kind, found.kind)} of {found.owner or 'the account'}",
        f"from the {kept.source}",
    ]
    words += [f"{name}: {value}" for name, value in found.facts.items()]
    if found.missing:
        lacking = ", ".join(found.missing)
        return Finding(what, False, f"not granted: {lacking}", f"Grant it on the platform. {again}", facts)
    end = min(
        filter(None, (None if facts["renews_itself"] else found.expires_at, found.data_access_until)),
        default=None,
    )
    if end is not None and end - now < SOON:
        days = max((end - now).days, 0)
        ends = "ends within a day" if days < 1 else "ends in 1 day" if days == 1 else f"ends in {days} days"
        return Finding(what, False, ends, f"{again} It can be done before.", facts)
    words.append(
        "renews itself" if facts["renews_itself"] else f"ends {end:%Y-%m-%d}" if end else "no end date"
    )
    return Finding(what, True, ", ".join(words), None, facts)


def _skew(account: Account, found: TokenCheck, now: datetime) -> Iterator[Finding]:
    if found.server_time is None:
        return
    ahead = now - found.server_time
    facts = {"seconds_ahead": round(ahead.total_seconds())}
    if abs(ahead) <= SKEW:
        yield Finding("clock", True, f"agrees with {account.platform}", None, facts)
    else:
        seconds = abs(round(ahead.total_seconds()))
        said = (
            f"{seconds} s ahead of that of {account.platform}"
            if ahead > timedelta(0)
            else f"{seconds} s behind that of {account.platform}"
        )
        yield Finding(
            "clock", False, said, "Set it; let it follow a time server (timedatectl set-ntp true).", facts
        )


# -- this machine ------------------------------------------------------------------------------------------


def _hours(setup: Setup) -> Iterator[Finding]:
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


def _remapped(setup: Setup) -> Iterator[Finding]:
    from inbox.ui.commands.keymap import keymap

    for problem in keymap(setup.config.keys).problems:
        yield Finding(
            "key table", False, problem, "Correct [keys] in the config; until then the key means what it did."
        )


def _store(setup: Setup) -> Iterator[Finding]:
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
        learned = list(_learned(setup, store))
    finally:
        store.close()
    yield from learned
    yield Finding("data folder", health.ok, f"{setup.folder}", "; ".join(health.findings) or None)
    facts = ", ".join(f"{name} {value}" for name, value in health.facts.items())
    yield Finding("store", health.ok, facts or f"SQLite {version}", None, dict(health.facts))
    yield _backup(health.facts, due)


def _learned(setup: Setup, store: Store) -> Iterator[Finding]:
    """What refusals and acceptances taught each account; nothing where nothing was tried."""
    now = setup.clock.now()
    for account in setup.config.accounts:
        known = lesson(store, account.name)
        if known.at is None:
            continue
        closed = known.closed_until(now)
        facts = {
            "refused_in_a_row": known.refused,
            "offered": closed is None,
            "offered_again_at": instant(closed),
        }
        yield Finding(f"replies of {account.name}", True, in_words(known, now), None, facts)


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


def _network(setup: Setup, env: Mapping[str, str]) -> Iterator[Finding]:
    """What other programs take from the environment and this one does not. Values may hold passwords."""
    names = sorted(name for name in env if env[name] and name.upper() in UNUSED)
    if names:
        if setup.config.network.proxy or setup.config.network.ca_file or env.get("INBOX_PROXY"):
            said = f"not used: {', '.join(names)}; the config says how calls go"
            yield Finding("network", True, said, None, {"unused": names})
            return
        said = f"not used: {', '.join(names)}; calls go straight to the platforms"
        mend = "Where they must not, name the proxy or the authority under [network] in the config."
        yield Finding("network", True, said, mend, {"unused": names})


def _terminal(env: Mapping[str, str]) -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "").lower()
    if encoding not in ("utf-8", "utf8"):
        yield Finding(
            "terminal", False, f"its encoding is {encoding or 'unknown'}", "Set LANG to a UTF-8 locale."
        )
    if env.get("TERM", "dumb") == "dumb":
        # Of a timer or a pipe it is no problem: nobody wants a screen there.
        yield Finding(
            "terminal",
            not sys.stdout.isatty(),
            "TERM names a terminal that cannot draw a screen",
            "Use the commands instead.",
        )
        return
    size = os.get_terminal_size() if sys.stdout.isatty() else None
    colours = _colours(env)
    told = f"{env['TERM']}, {colours}" + (f", {size.columns}x{size.lines}" if size else "")
    small = size is not None and (size.columns < 80 or size.lines < 24)
    facts = {
        "term": env["TERM"],
        "colours": colours,
        "columns": size.columns if size else None,
        "lines": size.lines if size else None,
        "multiplexer": multiplexer(env),
    }
    yield Finding("terminal", not small, told, "At least 80x24 is needed." if small else None, facts)
    if env.get("TMUX"):
        yield from _tmux_keys()
    if env.get("TMUX") and "256color" not in env["TERM"] and not env["TERM"].startswith("tmux"):
        yield Finding(
            "tmux",
            True,
            f"tells programs that it is {env['TERM']}",
            'set -g default-terminal "tmux-256color"',
        )


def _tmux_keys() -> Iterator[Finding]:
    """tmux holds Esc back, by default for half a second, to see whether a key sequence follows."""
    try:
        waits = int(programs.output_of(["tmux", "show-options", "-sv", "escape-time"]) or "")
    except ValueError:
        return
    slow = waits > SLOW_ESCAPE
    mend = "set -sg escape-time 10 in ~/.tmux.conf" if slow else None
    yield Finding("keys", True, f"tmux holds Esc back for {waits} ms", mend, {"escape_time": waits})


def _notices(how: str, env: Mapping[str, str]) -> Iterator[Finding]:
    """Whether a notice that an answer is due soon can arrive."""
    between = multiplexer(env)
    facts = {"notify": how, "multiplexer": between}
    if how == "off":
        yield Finding("notices", True, "switched off in the config ([screen] notify)", None, facts)
    elif how == "bell":
        yield Finding("notices", True, "by the terminal's bell", None, facts)
    elif between is None:
        said = "as notices of the desktop (OSC 9), where the terminal knows them"
        yield Finding("notices", True, said, None, facts)
    elif between == "tmux":
        # Before 3.3 tmux knows no such option and lets everything through; off has been its default since.
        passes = programs.output_of(["tmux", "show-options", "-gwv", "allow-passthrough"])
        through = passes is None or passes.strip() in ("on", "all")
        yield Finding(
            "notices",
            True,
            "through tmux, as notices of the desktop and by its bell"
            if through
            else "tmux lets no notices of the desktop through; its bell rings instead",
            None if through else "set -g allow-passthrough on in ~/.tmux.conf",
            {**facts, "passthrough": through},
        )
    else:
        said = f"{between} lets no notices of the desktop through; its bell rings instead"
        yield Finding("notices", True, said, None, facts)


def _colours(env: Mapping[str, str]) -> str:
    """What programs may draw with, by what the environment says."""
    if env.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256color" in env.get("TERM", "") else "16 colours"


def _spelling(setup: Setup, env: Mapping[str, str]) -> Iterator[Finding]:
    """Nothing needs it, so nothing about it is a problem."""
    found = wiring_setup.spelling(setup, env)
    languages = list(found.languages()) if found.installed else []
    facts = {"installed": found.installed, "languages": languages}
    if not setup.config.screen.spelling:
        yield Finding("spelling", True, "switched off in the config", None, facts)
    elif not found.installed:
        mend = f"Install it, if you want hints on it: {installation.how_to_add('spell')}"
        yield Finding("spelling", True, "not looked at: the extra `spell` is missing", mend, facts)
    elif not languages:
        mend = "Install the system's dictionaries, such as hunspell-de-de and hunspell-en-us."
        yield Finding("spelling", True, "not looked at: there is no dictionary", mend, facts)
    else:
        yield Finding("spelling", True, ", ".join(languages), None, facts)
