"""Where the history of an account or a conversation ends: what was published before is shown and never waits.

An account's horizon is its first connection minus `history`, and is kept once. A conversation that retention has let
go has the moment of that for its horizon: a mark without words and names stays, so that an overlap of readings brings
nothing back, and a new message brings the conversation back and alone waits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, SurfaceKind

if TYPE_CHECKING:
    from inbox.ports.store import Store


def account_horizon(store: Store, account: str, history: timedelta, now: datetime) -> datetime:
    """Return the horizon of an account; the first call for it writes it down.

    A store of a time before horizons were kept was connected when it read the first of the messages it still has.
    """
    key = f"horizon:{account}"
    latest = now - history
    kept = store.small_things.setting(key)
    if kept is not None and (horizon := datetime.fromisoformat(kept)) <= latest:
        if store.small_things.setting(_connected(account)) is None:
            store.small_things.put_setting(_connected(account), (horizon + history).isoformat())
        return horizon
    # Nobody connected in the future: where the clock ran ahead that day, everything would be history for ever.
    earliest = (store.messages.first_received(account) or now) - history if kept is None else latest
    horizon = min(earliest, latest)
    store.small_things.put_setting(key, horizon.isoformat())
    store.small_things.put_setting(_connected(account), (horizon + history).isoformat())
    return horizon


def _connected(account: str) -> str:
    return f"connected:{account}"


def connected_at(store: Store, account: str) -> datetime | None:
    """Return when an account was read for the first time; None where it never was."""
    kept = store.small_things.setting(_connected(account))
    return datetime.fromisoformat(kept) if kept else None


def conversation_horizon(head: Conversation, horizon: datetime | None) -> datetime | None:
    """Return the horizon of a conversation that got none when it began: that of its account, but what waits in it,
    and the waits that were counted, stay."""
    if horizon is None or head.surface.kind is SurfaceKind.SEARCH:
        return None
    counted = [response.since for response in head.responses]
    return min([horizon, *counted, *([head.waiting_since] if head.waiting_since else [])])


# -- what stays of conversations that are gone -------------------------------------------------------------------

KEPT_DAYS = "figures"
"""The setting with the days (UTC) of which their figures are kept (`engine.figures`), each day in a setting of its own."""


# -- marks of what retention let go --------------------------------------------------------------------------


def _mark(cid: str) -> str:
    """A setting's name. The id of a conversation can hold the id of a person, so only a sum of it is kept."""
    return f"forgotten:{blake2b(cid.encode(), digest_size=12).hexdigest()}"


def mark_forgotten(store: Store, cid: str, now: datetime) -> None:
    store.small_things.put_setting(_mark(cid), now.isoformat())


def forgotten_at(store: Store, cid: str) -> datetime | None:
    """Return when retention let a conversation go; None where it did not, or where it is back."""
    kept = store.small_things.setting(_mark(cid))
    return datetime.fromisoformat(kept) if kept else None


def unmark(store: Store, cid: str) -> None:
    store.small_things.put_setting(_mark(cid), None)
