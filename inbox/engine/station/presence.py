"""Showing a customer that somebody reads or writes: a courtesy, so no trouble with it is anybody's concern.

It counts against the platform's limits like every call, hence off unless the account's `presence` is set, and no
more often than the sign on the customer's screen needs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from inbox.engine.station.reader import Reader
from inbox.errors import PlatformError
from inbox.ports.platform import Presence, ShowsPresence

log = logging.getLogger(__name__)

LASTS = timedelta(seconds=20)
"""How long the sign "writes ..." stands without being renewed."""
MOST_KEPT = 200


class Courtesy:
    """What was shown to whom. Belongs to the loop of the station."""

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = readers
        self._shown: dict[str, tuple[Presence, datetime]] = {}

    async def show(self, cid: str, presence: Presence) -> None:
        """Show it to the customer of a private conversation. Does nothing elsewhere, or where it stands already."""
        reader = self._readers.get(cid.split(":", 1)[0])
        conversation = reader.store.conversations.get(cid) if reader else None
        if reader is None or conversation is None or not conversation.surface.private:
            return
        now = reader.clock.now()
        closed = conversation.closes_at is not None and conversation.closes_at <= now
        if closed or not reader.signed_in or self._stands(cid, presence, now):
            return
        adapter = reader.adapter
        if not isinstance(adapter, ShowsPresence):
            return
        self._remember(cid, presence, now)
        try:
            await adapter.show(presence, conversation.surface, conversation.contact)
        except PlatformError as error:
            log.info("%s: could not show that somebody is there (%s)", reader.account, error.kind)

    def _stands(self, cid: str, presence: Presence, now: datetime) -> bool:
        before, at = self._shown.get(cid, (None, now))
        if presence is Presence.IDLE:
            return before is not Presence.TYPING
        if presence is Presence.TYPING:
            return before is presence and now - at < LASTS
        return before is not None

    def _remember(self, cid: str, presence: Presence, now: datetime) -> None:
        self._shown.pop(cid, None)
        self._shown[cid] = (presence, now)
        while len(self._shown) > MOST_KEPT:
            del self._shown[next(iter(self._shown))]
