"""What the platforms of the accounts allow in a conversation: length, files, moderation, profile, price.

`Platforms` knows no platform. It answers for conversations of accounts that the config names no longer; what is known
of the others `wiring.platforms` adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from inbox.domain import reply
from inbox.ports import platform as platform_ports

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.domain.model import Conversation, Deed
    from inbox.domain.reply import ReplyWay
    from inbox.ports.platform import FileRule, Length

LIMIT = 10_000
"""Characters of a reply where no platform says how many it takes."""


class Platforms:
    """The rules of the platforms for a conversation. Any thread may ask: nothing is read from the store."""

    def __init__(self, accounts: Mapping[str, str], prices: Mapping[str, float] | None = None) -> None:
        """Take `accounts`, account name to platform name, and `prices`, US dollars by the name of what is charged."""
        self.accounts = accounts
        self.prices = prices or {}

    def length(self, conversation: Conversation, text: str, private: bool) -> Length:
        """Measure a reply by the platform's own rule."""
        return platform_ports.Length(used=len(text), limit=LIMIT, valid_to=len(text))

    def deeds(self, conversation: Conversation) -> frozenset[Deed]:
        """Return what can be done to messages and persons of the conversation."""
        return frozenset()

    def files(self, conversation: Conversation, private: bool) -> FileRule | None:
        """Return which files may go with a reply; None where none may."""
        return None

    def profile(self, conversation: Conversation) -> str | None:
        """Return the address of the contact's page in a browser; None where the platform has none."""
        return None

    def priced_as(self, conversation: Conversation, text: str, private: bool) -> str | None:
        """Return under which name of the price table a reply is charged; None where it costs nothing."""
        return None

    def price(self, conversation: Conversation, text: str, private: bool) -> float | None:
        """Return what a reply costs in US dollars; None where the platform charges nothing."""
        name = self.priced_as(conversation, text, private)
        return self.prices.get(name) if name else None

    def reply_way(
        self,
        conversation: Conversation,
        now: datetime,
        *,
        private: bool | None = None,
        human_agent: bool = False,
    ) -> ReplyWay:
        """Return the way a reply takes, by the platform's rules alone. `private` None: what is offered first."""
        return reply.reply_way(conversation, now, private=private, human_agent=human_agent)
