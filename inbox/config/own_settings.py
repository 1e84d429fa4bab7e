"""Settings that belong to one platform of another package: taken out of `[[accounts]]`, and made its own record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.config import mistakes, platforms
from inbox.config.model import PLATFORM_SETTINGS, Account

if TYPE_CHECKING:
    from inbox.config.lines import Problem

_BUILT_IN = frozenset(name for names in PLATFORM_SETTINGS.values() for name in names)
_CORE = tuple(n for n in Account.__struct_fields__ if n not in _BUILT_IN)
"""Keys that every account may have."""


def take_out(raw: dict[str, Any]) -> tuple[dict[int, Any], list[Problem]]:
    """Remove from `raw` what the accounts' platforms have declared; returns by position of the account the record made
    of it, and what is wrong with the rest. Accounts of our own platforms keep everything."""
    records: dict[int, Any] = {}
    problems: list[Problem] = []
    accounts = raw.get("accounts")
    for at, account in enumerate(accounts if isinstance(accounts, list) else ()):
        if not isinstance(account, dict):
            continue
        name = account.get("platform")
        if isinstance(name, str) and name and name not in platforms.BUILT_IN and name in platforms.names():
            own = {key: account.pop(key) for key in list(account) if key not in _CORE}
            records[at], found = _record(name, own)
            problems += ((("accounts", at, key), what) for key, what in found)
    return records, problems


def _record(platform: str, own: dict[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
    """The platform's record of settings; None where it has none, or is not known because it cannot be loaded."""
    declared = platforms.declaration(platform)
    if declared is None:
        return None, []
    known = declared.settings.__struct_fields__ if declared.settings else ()
    problems = list(_unknown([key for key in own if key not in known], known))
    if declared.settings is None:
        return None, problems
    good: dict[str, Any] = {}
    for key in known:
        if key in own:
            try:
                msgspec.convert({key: own[key]}, declared.settings, strict=True)
            except Exception as error:  # noqa: BLE001 a check of its own is code of others
                problems.append((key, mistakes.wrong_type(error)))
            else:
                good[key] = own[key]
    try:
        return msgspec.convert(good, declared.settings, strict=True), problems
    except Exception as error:  # noqa: BLE001 as above
        return None, [*problems, ("platform", mistakes.wrong_type(error))]


def _unknown(keys: list[str], known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key in keys:
        if key not in _BUILT_IN:  # those are named as settings of their platform
            offered = [*_CORE, *known]
            hint = mistakes.did_you_mean(key, offered)
            yield key, f"unknown key{hint}" if hint else f"unknown key; known are {', '.join(offered)}"
