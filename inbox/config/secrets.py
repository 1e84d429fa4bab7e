"""Secrets that somebody wrote into the config: found before anything else looks at it, and never repeated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from inbox.system import redact

if TYPE_CHECKING:
    from inbox.config.lines import Place

NO_SECRETS = (
    "secrets do not belong into this file; delete it here, then put it into the system keyring with "
    "`inbox login ACCOUNT`, or set INBOX_TOKEN_<ACCOUNT> in the environment"
)


def found(value: object, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Tokens do not belong into a file. The value is never repeated, nor is a key that is one itself."""
    members: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    elif isinstance(value, str) and redact.looks_secret(value):
        yield place, NO_SECRETS
    for key, member in members:
        if isinstance(key, str) and redact.looks_secret(key):
            yield place, NO_SECRETS
        elif isinstance(key, str) and redact.is_secret_name(key):
            yield (*place, key), NO_SECRETS
        else:
            yield from found(member, (*place, key))


def without(value: Any, places: set[Place], here: Place = ()) -> Any:
    """`value` without what is at `places`; dates become text, which the records hold."""
    if isinstance(value, dict):
        return {
            key: without(member, places, (*here, key))
            for key, member in value.items()
            if (*here, key) not in places and not redact.looks_secret(key)
        }
    if isinstance(value, list):
        return [
            "" if (*here, at) in places else without(member, places, (*here, at))
            for at, member in enumerate(value)
        ]
    return value.isoformat() if here[:2] == ("service", "holidays") and type(value) is date else value
