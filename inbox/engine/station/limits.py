"""What platforms asked us to wait for, kept in the store: the next process must not ask before its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from inbox.errors import RateLimited

if TYPE_CHECKING:
    from inbox.domain.model import Surface
    from inbox.ports.platform import Adapter
    from inbox.ports.store import Store


@runtime_checkable
class KeepsLimits(Protocol):
    """An adapter whose platform asks for waits that must outlive the process."""

    @property
    def limit_scopes(self) -> Sequence[str]:
        """Whom limits hold: "" for this account alone, other names for what several accounts have in common."""
        ...

    def limits(self) -> Mapping[str, Mapping[str, Any]]:
        """What still has to be waited for, as JSON by scope."""
        ...

    def restore_limits(self, kept: Mapping[str, Any]) -> None:
        """Take in what `limits` gave for one scope, now or in another process. Must bear anything."""
        ...

    def try_again(self) -> None:
        """End the waits that the platform set no time for, because the agent wants to know."""
        ...

    def held_until(self, surface: Surface) -> datetime | None:
        """When a surface may be read again; None where nothing holds it."""
        ...


def _key(account: str, scope: str) -> str:
    return f"limits of {scope}" if scope else f"limits:{account}"


def load_limits(store: Store, account: str, adapter: Adapter) -> None:
    """Tell the adapter what was asked for in an earlier process, or of another account of the same app."""
    if not isinstance(adapter, KeepsLimits):
        return
    for scope in adapter.limit_scopes:
        kept = store.small_things.setting(_key(account, scope))
        if isinstance(kept, dict):
            adapter.restore_limits(kept)


def try_again(adapter: Adapter) -> None:
    """The agent wants it read now: waits of our own choice end, those that the platform asked for stay."""
    if isinstance(adapter, KeepsLimits):
        adapter.try_again()


def _holds(adapter: Adapter | None, surfaces: Sequence[Surface], now: datetime) -> list[datetime]:
    """When each of these surfaces that has to wait may be read again."""
    if not isinstance(adapter, KeepsLimits):
        return []
    return [end for surface in surfaces if (end := adapter.held_until(surface)) is not None and end > now]


def latest_hold(adapter: Adapter | None, surfaces: Sequence[Surface], now: datetime) -> datetime | None:
    """When all of these surfaces may be read again; None where none has to wait."""
    return max(_holds(adapter, surfaces, now), default=None)


def refuse_if_held(adapter: Adapter, surfaces: Sequence[Surface], now: datetime) -> None:
    """Raise RateLimited where every one of these surfaces has to wait."""
    ends = _holds(adapter, surfaces, now)
    if ends and len(ends) == len(surfaces):
        raise RateLimited(
            "the platform asked for a wait that is not over yet",
            retry_at=min(ends),
            next_step="It continues at that time; asking earlier would lengthen the wait.",
            code="not asked",
        )


def keep_limits(store: Store, account: str, adapter: Adapter) -> None:
    """Write down what the adapter has to wait for; nothing is written where nothing changed."""
    if not isinstance(adapter, KeepsLimits):
        return
    load_limits(store, account, adapter)  # what another process was told meanwhile is kept as well
    for scope, limits in adapter.limits().items():
        key = _key(account, scope)
        found = {name: held for name, held in limits.items() if held} or None
        if store.small_things.setting(key) != found:
            store.small_things.put_setting(key, found)
