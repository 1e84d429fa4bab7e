"""What `inbox check` finds about accounts: whether they are configured, signed in, and may do what is asked of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from inbox.cli.finding import Finding
from inbox.config import model as configuration
from inbox.config import platforms
from inbox.config.model import Account
from inbox.engine.health import health_key
from inbox.engine.reply_lessons import in_words, lesson
from inbox.engine.timer_report import instant
from inbox.errors import AuthExpired, PlatformError, StoreError, Unavailable
from inbox.ports.sign_in import SignIn, TokenCheck
from inbox.ports.store import Store
from inbox.system.places import UnsafePlace
from inbox.wiring import accounts
from inbox.wiring import open as wiring
from inbox.wiring.setup import Setup

SOON = timedelta(days=14)
"""So long before somebody has to sign in again it is worth a word."""
SKEW = timedelta(minutes=1)
"""A clock that is wrong by more tells wrong waiting times."""

KINDS = {"oauth2": "sign-in", "page": "token", "token": "pasted token", "user": "token of a person"}


def configured(setup: Setup) -> Iterator[Finding]:
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


def keyring(setup: Setup) -> Iterator[Finding]:
    vault = accounts.writable(setup)
    try:
        yield Finding("keyring", True, vault.keyring_name())
    except PlatformError as error:
        needed = any(vault.given(account.name) is None for account in setup.config.accounts)
        used = needed and bool(_used(setup))
        said = error.message
        if not setup.config.accounts:
            said = f"{error.message} The first account that signs in needs it."
        elif not needed:
            said = f"{error.message} Nothing needs it: all tokens come from elsewhere."
        mend = error.next_step if needed or not setup.config.accounts else None
        yield Finding("keyring", not used, said, mend, {"code": error.code})


def sign_ins(setup: Setup, *, ask: bool) -> Iterator[Finding]:
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
                what,
                True,
                f"a token is in the {_place(setup, kept)}; the platform was not asked",
                None,
                _kept(kept),
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
        mend = "Look whether this machine is online; a running inbox tries again by itself."
        mend = mend if isinstance(error, Unavailable) else error.next_step
        yield Finding(what, False, f"could not be checked: {error.message}", mend, _kept(kept))
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
        f"from the {place}",
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


def learned(setup: Setup, store: Store) -> Iterator[Finding]:
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
