"""What the reads and writes of a day (UTC, as X counts) come to, at the prices of the config. An estimate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inbox.ports import Store


def _key(account: str) -> str:
    return f"spent:{account}"


def add_spending(store: Store, account: str, counts: Mapping[str, int], now: datetime) -> None:
    """Add to the day's counts; the first of a day begins a new page."""
    if not counts:
        return
    with store.transaction():
        total = Counter(spent_today(store, account, now))
        total.update(counts)
        store.put_setting(_key(account), {"day": now.date().isoformat(), "counts": dict(total)})


def spent_today(store: Store, account: str, now: datetime) -> dict[str, int]:
    """By the names of the price table."""
    kept: dict[str, Any] = store.setting(_key(account)) or {}
    return dict(kept["counts"]) if kept.get("day") == now.date().isoformat() else {}


def cost(counts: Mapping[str, int], prices: Mapping[str, float]) -> float | None:
    """In the currency of the price table; None where nothing that was counted has a price (Facebook)."""
    if not any(name in prices for name in counts):
        return None
    return round(sum(number * prices.get(name, 0.0) for name, number in counts.items()), 4)
