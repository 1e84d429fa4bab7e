"""X (Twitter): mentions and replies, direct messages, saved searches.

Facts come from X's API v2 specification (2.166 and 2.167) and documentation of 2026-08-22. Importing this module
loads no network code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from inbox.adapters.twitter.declaration import DECLARATION, DEEDS
from inbox.adapters.twitter.settings import settings_of
from inbox.config.platforms import INTERFACE
from inbox.domain.model import Person, Surface

if TYPE_CHECKING:
    import httpx

    from inbox.config import model
    from inbox.ports.clock import Clock
    from inbox.ports.platform import Adapter, FileRule, Length
    from inbox.ports.secrets import TokenSource
    from inbox.ports.sign_in import Authority

DIRECT_LIMIT = 10_000
"""Characters of a direct message: known from API v1.1, the v2 specification names none."""


class Twitter:
    """X as `inbox.ports.platform.Platform`."""

    interface = INTERFACE
    declaration = DECLARATION
    name = DECLARATION.name
    surfaces = DECLARATION.surface_ids
    api_url = "https://api.x.com"
    deeds = DEEDS

    def files(self, surface: Surface, *, private: bool) -> FileRule | None:
        from inbox.adapters.twitter.offers import DIRECT_FILES, PUBLIC_FILES

        return DIRECT_FILES if surface.private else None if private else PUBLIC_FILES

    def profile(self, surface: Surface, person: Person) -> str | None:
        if person.handle and re.fullmatch(r"\w{1,15}", person.handle, re.ASCII):
            return f"https://x.com/{person.handle}"
        return None

    def priced_as(self, text: str, surface: Surface, *, private: bool) -> str:
        """Return the name of a reply's price: a key of `[prices]` in the config."""
        from inbox.adapters.twitter.offers import priced_as

        return priced_as(text, private=private or surface.private)

    def connect(
        self, account: model.Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock
    ) -> Adapter:
        from inbox.adapters.twitter.api import TwitterAdapter

        return TwitterAdapter(account, client, token, clock)

    def authority(self, account: model.Account, clock: Clock) -> Authority:
        from inbox.adapters.twitter.auth import XAuthority

        return XAuthority(account, clock)

    def length(self, text: str, surface: Surface, *, private: bool, account: model.Account) -> Length:
        """Weighted characters for posts (280, or what the account may), plain ones for direct messages."""
        from inbox.adapters.lengths import characters
        from inbox.adapters.twitter.length import tweet_length
        from inbox.ports.platform import Length

        direct = private or surface.private
        count = (
            characters(text, DIRECT_LIMIT) if direct else tweet_length(text, settings_of(account).text_limit)
        )
        return Length(used=count.used, limit=count.limit, valid_to=count.valid_to, valid=count.valid)


PLATFORM = Twitter()
