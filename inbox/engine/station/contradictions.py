"""Answers that contradict themselves or what is stored: another message under a known id.

Who wrote a message and when never changes on a platform. An answer that says otherwise is wrong, or the one before it
was. It changes nothing at first; the reading position stays, so the same stretch is read once more. What is shown so
twice, an hour apart, and not otherwise in between, takes the place of the first showing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from inbox.domain.model import Direction, Message
from inbox.engine.station.corrections import digest
from inbox.ports.platform import Incoming
from inbox.ports.store import Store

AFTER = timedelta(hours=1)
"""How much later a second showing counts."""
SAME_TIME = timedelta(minutes=1)
"""Two roads (a list, a stream) may tell the time of one message so differently."""
MOST = 200

OTHER_MESSAGE = "another message under the id of a known one"
TWICE = "several messages under one id"


class Contradiction(Exception):
    """Another message under a known id, shown for the first time."""


class Claims:
    """What was shown under known ids and not believed; digests only, kept in the store."""

    def __init__(self, store: Store, account: str, now: datetime) -> None:
        self._store = store
        self._name = f"claims:{account}"
        self._now = now
        self._kept: dict[str, tuple[str, str]] = {}
        for mid, claim in (store.small_things.setting(self._name) or {}).items():
            self._kept[mid] = (str(claim[0]), str(claim[1]))

    def believe(self, known: Message, incoming: Incoming) -> bool:
        """False where `incoming` agrees with what is stored; True where it contradicts that, but for the second time.
        Raises Contradiction the first time."""
        mid = digest(known.id)
        if not contradicts(known, incoming):
            if mid in self._kept:
                self._keep(mid, None)
            return False
        said = digest(repr((incoming.author.remote_id, incoming.ours, incoming.text, incoming.sent_at)))
        before = self._kept.get(mid)
        if before is None or before[0] != said:
            self._keep(mid, (said, self._now.isoformat()))
        elif self._now - datetime.fromisoformat(before[1]) >= AFTER:
            self._keep(mid, None)
            return True
        raise Contradiction(OTHER_MESSAGE)

    def _keep(self, mid: str, claim: tuple[str, str] | None) -> None:
        self._kept.pop(mid, None)
        if claim is not None:
            self._kept[mid] = claim
        newest = list(self._kept.items())[-MOST:]
        self._store.small_things.put_setting(self._name, {name: list(kept) for name, kept in newest} or None)


def contradicts(known: Message, incoming: Incoming) -> bool:
    """Whether both cannot be the same message. What we sent ourselves is known by its receipt."""
    if (
        incoming.deleted
        or known.outbox is not None
        or known.deleted_at is not None
        or known.author.remote_id is None
    ):
        return False
    if incoming.edits_have_ids and incoming.remote_id != known.remote_id:
        return False
    told = incoming.author.remote_id
    if told is not None and told != known.author.remote_id:
        return True
    ours = known.direction is Direction.OUT
    if (
        known.direction is not Direction.NOTICE
        and not incoming.notice
        and told is not None
        and ours != incoming.ours
    ):
        return True
    if incoming.edited_at is not None or known.edited_at is not None:
        return False  # it may carry the time of the edit
    if incoming.sent_at is None or not known.time_known or incoming.text == known.text:
        return False
    return abs(incoming.sent_at - known.sent_at) > SAME_TIME


def twice(messages: Sequence[Incoming]) -> frozenset[str]:
    """Keys under which one page shows several messages."""
    seen: dict[str, Incoming] = {}
    found = set[str]()
    for one in messages:
        other = seen.setdefault(one.key, one)
        if other is not one and not one.deleted and not other.deleted and not _same(one, other):
            found.add(one.key)
    return frozenset(found)


def _same(one: Incoming, other: Incoming) -> bool:
    if one.remote_id != other.remote_id or one.edited_at != other.edited_at:
        return True
    return (one.text, one.sent_at, one.author.remote_id) == (
        other.text,
        other.sent_at,
        other.author.remote_id,
    )


# -- reading a stretch once more -----------------------------------------------------------------------------


def oddities(raws: Iterable[str]) -> list[str]:
    """What tells items that were set aside apart."""
    return [f"{zlib.crc32(raw.encode('utf-8', 'replace')):08x}" for raw in raws]


class Again:
    """Whether a reading with contradictions is to keep its position: once for each of them."""

    def __init__(self, store: Store, feed: str) -> None:
        self._store = store
        self._name = f"again:{feed}"
        self.holds = False

    def met(self, raws: Iterable[str]) -> None:
        seen: list[str] = self._store.small_things.setting(self._name) or []
        fresh = [one for one in dict.fromkeys(oddities(raws)) if one not in seen]
        if fresh:
            self.holds = True
            self._store.small_things.put_setting(self._name, [*seen, *fresh][-MOST:])
