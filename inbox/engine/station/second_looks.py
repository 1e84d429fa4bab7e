"""What is to be asked for again, by message or context id, and when: kept in the store, one list for each account."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec
from msgspec import Struct, field

from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.ports.platform import Look
from inbox.ports.store import Store

log = logging.getLogger(__name__)


class Due(Struct):
    """When to ask for something next. `there`: it was found; until then it is left alone. `doubted`: how often in a
    row it was said to be deleted and the batch was not believed, and `since` when."""

    surface: Surface
    at: datetime
    there: bool = False
    doubted: int = 0
    since: datetime | None = None
    text: str = ""
    """Digest of other words than the stored ones, at the latest look."""


class Kept(Struct):
    """What is kept in the store for one account: by message or context id, and what the account says."""

    due: dict[str, Due] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


def setting_key(account: str) -> str:
    return f"looks:{account}"


def daily_key(account: str) -> str:
    return f"rechecked:{account}"


def kept(store: Store, account: str) -> Kept:
    found = store.small_things.setting(setting_key(account))
    try:
        return msgspec.convert(found, Kept) if found else Kept()
    except msgspec.ValidationError:
        log.warning("%s: the list of second looks could not be read; it begins anew", account)
        return Kept()


def put_off(look: Look) -> Look:
    """Return a look without what it says to be missing: no call was left for a control, so it is asked again."""
    missing = look.deleted | look.with_parent
    return replace(look, deleted=frozenset(), with_parent=frozenset(), unasked=look.unasked | missing)
