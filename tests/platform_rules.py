"""Rules of platforms for a desk under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inbox.engine.desk.platforms import Platforms


def declared(
    accounts: Mapping[str, str], prices: Mapping[str, float] | None = None, **rules: Callable[..., Any]
) -> Platforms:
    """Accounts (name to platform) whose platforms declare these rules, by the name of the method; nothing else."""
    platforms = Platforms(accounts, prices)
    for name, rule in rules.items():
        if not hasattr(Platforms, name):
            raise TypeError(f"platforms have no rule {name}")
        setattr(platforms, name, rule)
    return platforms
