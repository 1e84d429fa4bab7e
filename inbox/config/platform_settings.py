"""Settings that belong to one platform: taken out of `[[accounts]]`, and made the record that the platform declares."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.config import mistakes, platforms
from inbox.config.model import Account, ConfigError
from inbox.domain import declarations

if TYPE_CHECKING:
    from inbox.config.lines import Place, Problem
    from inbox.domain.records import Record

_CORE = Account.__struct_fields__
"""Keys that every account may have."""


def take_out(raw: dict[str, Any]) -> tuple[dict[int, Any], list[Problem]]:
    """Remove from `raw` what the accounts' platforms have declared; returns by position of the account the record made
    of it, and what is wrong with the rest. Of a platform that is not installed nobody can say what it offers: settings
    that another one declares are left out there."""
    records: dict[int, Any] = {}
    problems: list[Problem] = []
    accounts = raw.get("accounts")
    for at, account in enumerate(accounts if isinstance(accounts, list) else ()):
        if not isinstance(account, dict):
            continue
        platforms.declare_built_in()
        name = account.get("platform")
        if isinstance(name, str) and platforms.is_installed(name):
            own = {key: account.pop(key) for key in list(account) if key not in _CORE}
            records[at], found = _record(name, own)
            problems += ((("accounts", at, *path), what) for path, what in found)
        else:
            for key in _of_platforms():
                account.pop(key, None)
    return records, problems


def _of_platforms() -> dict[str, str]:
    """Settings that this process knows to belong to one platform, with its name."""
    return {
        key: declared.name
        for declared in reversed(declarations.all_declared())
        if declared.settings is not None
        for key in declared.settings.__struct_fields__
    }


def _record(platform: str, own: dict[str, Any]) -> tuple[Any, list[Problem]]:
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
            wrong = _wrong(declared.settings, key, own[key])
            problems += wrong
            if not wrong:
                good[key] = own[key]
    try:
        return msgspec.convert(good, declared.settings, strict=True), problems
    except Exception as error:  # noqa: BLE001 a check of its own is code of others
        return None, [*problems, (("platform",), mistakes.wrong_type(error))]


def _wrong(settings: type[Record], key: str, value: Any) -> list[Problem]:
    """What the types of the record find wrong with one value, by place."""
    try:
        msgspec.convert({key: value}, settings, strict=True)
    except msgspec.ValidationError as error:
        try:
            return mistakes.converted({key: copy.deepcopy(value)}, settings)[1]
        except ConfigError:
            return [((key,), mistakes.wrong_type(error))]
    except Exception as error:  # noqa: BLE001 a check of its own is code of others
        return [((key,), mistakes.wrong_type(error))]
    return []


def _unknown(keys: list[str], known: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    elsewhere = _of_platforms()
    for key in keys:
        platform = elsewhere.get(key)
        if platform is not None:
            yield (key,), f"is a setting of {platform} accounts"
        else:
            yield (key,), mistakes.unknown_key(key, [*_CORE, *known])
