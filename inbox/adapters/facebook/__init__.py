"""Facebook Pages: Messenger conversations, comments, posts by visitors, posts that tag the Page, and the direct
messages of the linked Instagram account.

Importing this costs nothing; the network comes with `PLATFORM.connect`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from inbox.adapters.facebook.declaration import DECLARATION
from inbox.adapters.facebook.offers import COMMENT_SIZES, DEEDS, MESSAGE_SIZES
from inbox.config.platforms import INTERFACE
from inbox.domain.model import Deed, Person, Surface

if TYPE_CHECKING:
    import httpx

    from inbox.config.model import Account
    from inbox.ports.clock import Clock
    from inbox.ports.platform import Adapter, FileRule, Length
    from inbox.ports.secrets import TokenSource
    from inbox.ports.sign_in import Authority

COMMENT_CHARACTERS = 8000
MESSAGE_CHARACTERS = 2000


class Platform:
    """Facebook as `inbox.ports.Platform`."""

    interface = INTERFACE
    declaration = DECLARATION
    name = DECLARATION.name
    surfaces = DECLARATION.surface_ids
    api_url = "https://graph.facebook.com"
    deeds: Mapping[Surface, frozenset[Deed]] = DEEDS

    def files(self, surface: Surface, *, private: bool) -> FileRule | None:
        """A message takes one file instead of a text, a comment one picture beside it."""
        from inbox.ports.platform import FileRule

        if surface is Surface.MESSENGER:
            return FileRule(most=1, sizes=MESSAGE_SIZES, with_text=False)
        if surface.private or private:
            return None
        return FileRule(most=1, sizes=COMMENT_SIZES)

    def profile(self, surface: Surface, person: Person) -> str | None:
        """Of Instagram alone: on Facebook an app knows people by ids of its own, which open no page (facts/facebook.md#6.6)."""
        if surface is Surface.INSTAGRAM and re.fullmatch(r"[\w.]{1,30}", person.handle or "", re.ASCII):
            return f"https://www.instagram.com/{person.handle}/"
        return None

    def connect(
        self, account: Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock
    ) -> Adapter:
        from inbox.adapters.facebook.api import Facebook

        return Facebook(account, client, token, clock)

    def authority(self, account: Account, clock: Clock) -> Authority:
        from inbox.adapters.facebook.auth import FacebookAuthority

        return FacebookAuthority(account, clock)

    def length(self, text: str, surface: Surface, *, private: bool, account: Account) -> Length:
        """Characters: 2000 in a message (private answers too), 8000 in a comment. Instagram counts 1000 bytes."""
        from inbox.adapters.facebook.length import instagram_length, messenger_length
        from inbox.ports.platform import Length

        if surface is Surface.INSTAGRAM:
            bytes_ = instagram_length(text)
            return Length(used=bytes_.used, limit=bytes_.limit, valid_to=bytes_.valid_to)
        message = private or surface is Surface.MESSENGER
        count = messenger_length(text, MESSAGE_CHARACTERS if message else COMMENT_CHARACTERS)
        return Length(used=count.used, limit=count.limit, valid_to=count.valid_to)


PLATFORM = Platform()
