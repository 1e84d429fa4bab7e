"""Asks X whether stored direct messages still exist: one call for each, and what proves that one does not.

Only the look-up by id (`GET /2/dm_events/{event_id}`, specification 2.167) can prove a deletion. X gives 15 of these
calls in 15 minutes, and charges for every message it returns. Before such an answer counts, the conversation is read
too: what it lists exists. Where it shows nothing of the customer, the talk may be encrypted by now, and X is silent
about encrypted messages (facts/x.md#4.1); then the answer counts only if one side has no key for X Chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from inbox.adapters import http
from inbox.adapters.twitter import deletion, direct, wire
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.direct_reading import EVENTS, REACH, DirectReader
from inbox.adapters.twitter.wire import Us
from inbox.errors import AuthExpired, PlatformError, RateLimited
from inbox.ports.platform import Asked, Look

MOST = 14
"""Messages asked for in one look, of the 15 calls in 15 minutes."""
KEPT_FOR_REPLIES = 5
"""Calls for conversations that are kept for finding replies whose outcome is unknown."""
BESIDE = "20"
"""Newest messages of the conversation that are read beside one that seems deleted; X charges for each, once a day."""
OLDEST = REACH - timedelta(days=1)
"""X serves direct messages of 30 days; that it does not know an older one proves nothing."""


class DirectLook:
    """One look at some direct messages of one account."""

    def __init__(self, calls: Calls, us: Us, reader: DirectReader) -> None:
        self._calls = calls
        self._us = us
        self._reader = reader
        self._there = set[str]()
        self._deleted = set[str]()
        self._unasked = set[str]()
        self._keyless: dict[str, bool] = {}
        """Per user: whether X said that this person has no key for X Chat."""

    async def look(self, asked: Sequence[Asked]) -> Look:
        """What X answers about them; what is too old is left undecided. Raises AuthExpired."""
        unknown: dict[str, list[Asked]] = {}
        calls = 0
        for one in asked:
            if not self._recent(one.remote_id):
                continue
            if calls >= MOST or self._calls.left("dm event") == 0 or self._unasked:
                self._unasked.add(one.key)
                continue
            calls += 1
            if await self._proved_gone(one):
                unknown.setdefault(one.thread, []).append(one)
        for thread, some in unknown.items():
            await self._confirm(thread, some)
        return Look(
            there=frozenset(self._there),
            deleted=frozenset(self._deleted - self._there),
            unasked=frozenset(self._unasked),
        )

    def _recent(self, remote_id: str) -> bool:
        born = wire.born(remote_id)
        return born is not None and born > self._calls.server_now() - OLDEST

    async def _proved_gone(self, one: Asked) -> bool:
        """Whether the look-up by id says that there is no such message."""
        path = f"{EVENTS}/{http.segment(one.remote_id)}"
        try:
            body = await self._calls.one("dm event", path, {"dm_event.fields": "id"})
        except RateLimited:
            self._unasked.add(one.key)
            return False
        except AuthExpired:
            raise
        except PlatformError:
            return False
        if wire.optional_id(wire.mapping(body.get("data")).get("id")) == one.remote_id:
            self._there.add(one.key)
            return False
        return not body.get("data") and deletion.event_deleted(body, one.remote_id)

    async def _confirm(self, thread: str, asked: Sequence[Asked]) -> None:
        """Let the conversation speak, which outranks the look-up by id."""
        if not direct.CONVERSATION.fullmatch(thread):
            return
        left = self._calls.left("dm conversation")
        if left is not None and left <= KEPT_FOR_REPLIES:
            self._unasked.update(one.key for one in asked)
            return
        try:
            feed = await anext(self._reader.conversation(thread, 1, BESIDE))
            clear = any(not m.ours for m in feed.messages) or await self._unencrypted(thread)
        except RateLimited:
            self._unasked.update(one.key for one in asked)
            return
        except AuthExpired:
            raise
        except PlatformError:
            return
        self._there |= {one.key for one in asked if one.remote_id in feed.ids}
        if clear and not feed.missing and not feed.poison:
            self._deleted |= {one.key for one in asked}

    async def _unencrypted(self, thread: str) -> bool:
        """Whether one side has no key for X Chat: then this conversation cannot be encrypted."""
        people = [i for i in thread.split("-") if "-" in thread and i != self._us.id]
        for person in (self._us.id, *people):
            if person not in self._keyless:
                path = f"/2/users/{http.segment(person)}/public_keys"
                body = await self._calls.one("public keys", path, {})
                errors = wire.listing(body.get("errors"))
                absent = all(deletion.problem(e) == "resource-not-found" for e in errors)
                self._keyless[person] = not body.get("data") and absent
            if self._keyless[person]:
                return True
        return False
