"""Rules of platforms for a desk under test, and accounts with settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inbox.config import platforms as installed
from inbox.config.model import Account, with_settings
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


def configured(name: str, platform: str, **settings: Any) -> Account:
    """An account as a config file would make it: keys of every account, and those of its platform."""
    own = {key: settings.pop(key) for key in list(settings) if key not in Account.__struct_fields__}
    own = {key: value for key, value in own.items() if value is not None}
    declared = installed.declaration(platform)
    assert declared is not None
    assert declared.settings is not None
    return with_settings(Account(name=name, platform=platform, **settings), declared.settings(**own))
