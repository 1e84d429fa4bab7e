"""What the reads and writes of a day (UTC, as X counts) come to, at the prices of the config. An estimate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from inbox.ports.platform import Adapter
    from inbox.ports.store import Store


@runtime_checkable
class ChargesOnce(Protocol):
    """An adapter whose platform charges a resource once a day (UTC), whoever of us reads it."""

    def charged(self) -> tuple[str, list[str]] | None:
        """The day as ISO text, and the resources that were charged on it; None where nothing was."""
        ...

    def recall_charged(self, day: date, resources: Sequence[str]) -> None:
        """Tell it what earlier processes were charged for on that day."""
        ...


def _charged_key(account: str) -> str:
    return f"charged:{account}"


def recall_charged(store: Store, account: str, adapter: Adapter) -> None:
    """Tell a new adapter what was charged for already: it costs nothing again on the same day."""
    kept = store.small_things.setting(_charged_key(account))
    if not isinstance(adapter, ChargesOnce) or not isinstance(kept, dict):
        return
    resources = kept.get("resources")
    try:
        day = date.fromisoformat(str(kept.get("day")))
    except ValueError:
        return
    adapter.recall_charged(
        day, [r for r in resources if isinstance(r, str)] if isinstance(resources, list) else []
    )


def keep_charged(store: Store, account: str, adapter: Adapter) -> None:
    """Write down what was charged for today."""
    found = adapter.charged() if isinstance(adapter, ChargesOnce) else None
    if found is not None:
        store.small_things.put_setting(_charged_key(account), {"day": found[0], "resources": found[1]})


def _key(account: str) -> str:
    return f"spent:{account}"


def add_spending(store: Store, account: str, counts: Mapping[str, int], now: datetime) -> None:
    """Add to the day's counts; the first of a day begins a new page."""
    if not counts:
        return
    with store.transaction():
        total = Counter(spent_today(store, account, now))
        total.update(counts)
        store.small_things.put_setting(_key(account), {"day": now.date().isoformat(), "counts": dict(total)})


def spent_today(store: Store, account: str, now: datetime) -> dict[str, int]:
    """By the names of the price table."""
    kept: dict[str, Any] = store.small_things.setting(_key(account)) or {}
    return dict(kept["counts"]) if kept.get("day") == now.date().isoformat() else {}


def cost(counts: Mapping[str, int], prices: Mapping[str, float]) -> float | None:
    """In the currency of the price table; None where nothing that was counted has a price (Facebook)."""
    if not any(name in prices for name in counts):
        return None
    return round(sum(number * prices.get(name, 0.0) for name, number in counts.items()), 4)
