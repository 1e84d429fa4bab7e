"""The platforms that are installed, by name, and their rules for the conversations of the accounts in the config."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING

from inbox.config import platforms
from inbox.config.model import Account, Config, price_table
from inbox.engine.desk.platforms import Platforms
from inbox.ports import platform as platform_ports

if TYPE_CHECKING:
    from inbox.domain.model import Conversation, Deed, Surface
    from inbox.ports.platform import FileRule, Length, Platform


@functools.cache
def platform(name: str) -> Platform:
    """The adapter package behind a platform name: one of ours, or found through its entry point."""
    if name in platforms.BUILT_IN:
        platforms.declare_built_in()
        ours: Platform = import_module(f"inbox.adapters.{name}").PLATFORM
        return ours
    from inbox.wiring.foreign_platform import ForeignPlatform

    return ForeignPlatform(name, platforms.find(name))


def surfaces(account: Account) -> list[Surface]:
    """What is read of an account: all the platform offers, or the config's choice of it."""
    declared = platforms.declaration(account.platform)
    offered = declared.surfaces if declared else ()
    if not account.surfaces:
        return [rule.id for rule in offered if rule.read_by_default]
    return [rule.id for rule in offered if rule.id.value in account.surfaces]


class ConfiguredPlatforms(Platforms):
    """The rules of the accounts' platforms. A conversation of an account that the config names no longer has none."""

    def __init__(self, config: Config) -> None:
        super().__init__({a.name: a.platform for a in config.accounts}, price_table(config))
        self._accounts = {a.name: a for a in config.accounts}

    def _platform(self, conversation: Conversation) -> Platform | None:
        name = self.accounts.get(conversation.account)
        return platform(name) if name else None

    def length(self, conversation: Conversation, text: str, private: bool) -> Length:
        account = self._accounts.get(conversation.account)
        if account is None:
            return super().length(conversation, text, private)
        surface = conversation.surface
        return platform(account.platform).length(text, surface, private=private, account=account)

    def deeds(self, conversation: Conversation) -> frozenset[Deed]:
        offered = self._platform(conversation)
        return offered.deeds.get(conversation.surface, frozenset()) if offered else frozenset()

    def profile(self, conversation: Conversation) -> str | None:
        offered = self._platform(conversation)
        return offered.profile(conversation.surface, conversation.contact) if offered else None

    def files(self, conversation: Conversation, private: bool) -> FileRule | None:
        offered = self._platform(conversation)
        return offered.files(conversation.surface, private=private) if offered else None

    def priced_as(self, conversation: Conversation, text: str, private: bool) -> str | None:
        offered = self._platform(conversation)
        if not isinstance(offered, platform_ports.Priced):
            return None
        return offered.priced_as(text, conversation.surface, private=private)
