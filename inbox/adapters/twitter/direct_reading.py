"""Reading direct messages: events until a known one, within the 15 calls X gives in 15 minutes.

There is no `since_id`. What one round cannot reach is remembered as a backlog (page token and where to stop) and
read on in the next rounds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.adapters import http
from inbox.adapters.twitter import direct, errors, wire
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.pages import page_of, walk
from inbox.adapters.twitter.timelines import AHEAD, PAGE, SKEW, gap_between, rfc3339, younger
from inbox.adapters.twitter.wire import Feed, Json, Us
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.errors import Refused
from inbox.ports.platform import Gap, Listed, Page

EVENTS = "/2/dm_events"
PAGES = 6
"""Of 15 calls in 15 minutes; the rest of a long way back is read in later rounds."""
REACH = timedelta(days=30)
KNOWN_EVENTS = 20
BACKLOGS = 5


class DirectReader:
    """The direct messages of one account. `fields`: what is asked of each event."""

    def __init__(self, calls: Calls, us: Us, fields: Mapping[str, str]) -> None:
        self._calls = calls
        self._us = us
        self._asked = {"max_results": PAGE, "event_types": "MessageCreate", **fields}

    async def read(self, cursor: Json, since: datetime) -> AsyncIterator[Page]:
        """One round; the cursor holds the newest events known and the backlogs."""
        known = [i for i in _id_list(cursor.get("known")) if not self._ahead(i)]
        backlog = [b for b in wire.listing(cursor.get("backlog")) if wire.string(b.get("token"))]
        place = _Place(known, odd_before=cursor.get("odd") is True)
        async for page in self._newest(place, backlog, since):
            yield page
        if place.left:
            backlog.append({"token": place.left, "stop": known, "since": rfc3339(since)})
            for dropped in backlog[:-BACKLOGS]:
                yield Page(gaps=self._given_up(dropped, "more arrived than X lets be read"))
        elif backlog:
            async for page in self._backlog(backlog, PAGES - place.pages):
                yield page
        last = wire.born(wire.newest(known) or "")
        horizon = self._calls.server_now() - REACH
        if last and not place.reached and not place.left:
            why = "X gives direct messages of the last 30 days only"
            if (gap := gap_between(Surface.DIRECT, last, horizon, why)) is not None:
                yield Page(gaps=[gap])
        yield Page(cursor=place.dump(backlog), complete=not backlog)

    async def _newest(self, place: _Place, backlog: list[Json], since: datetime) -> AsyncIterator[Page]:
        async for feed in walk(self._calls, "dm", EVENTS, self._asked, self._parse, PAGES):
            place.pages += 1
            place.odd = place.odd or feed.odd
            ahead = [i for i in feed.ids if self._ahead(i)]
            place.fresh.extend(i for i in feed.ids if i not in ahead)
            page = page_of(feed, first=place.pages == 1, latest=self._latest())
            feed = replace(feed, messages=page.messages)
            place.reached = _reaches(feed, place.known, since)
            place.left = None if place.reached else feed.next_token
            if ahead:
                page = replace(page, notes=[*page.notes, AHEAD])
            behind = {"token": place.left, "stop": place.known, "since": rfc3339(since)}
            yield replace(page, cursor=place.dump([*backlog, behind])) if place.left else page
            if place.reached:
                break
        if place.odd and place.odd_before:
            # The second time in a row: what lies between is given up, so that later messages are read on.
            stop = {"stop": place.known, "since": rfc3339(since)}
            yield Page(gaps=self._given_up(stop, "X repeated itself here"))

    def _latest(self) -> datetime:
        return self._calls.server_now() + SKEW

    def _ahead(self, remote_id: str) -> bool:
        return younger(remote_id, self._latest())

    async def _backlog(self, backlog: list[Json], most: int) -> AsyncIterator[Page]:
        """Read the newest backlog on; changes the list in place."""
        behind = backlog.pop()
        stop = _id_list(behind.get("stop"))
        since = wire.moment(behind.get("since")) or datetime.min.replace(tzinfo=UTC)
        left: str | None = str(behind["token"])
        try:
            async for feed in walk(self._calls, "dm", EVENTS, self._asked, self._parse, most, left):
                yield page_of(feed, first=False, latest=self._latest())
                left = None if _reaches(feed, stop, since) else feed.next_token
                if left is None:
                    break
        except Refused as error:
            if error.code != errors.STALE_PAGE:
                backlog.append(behind)
                raise
            left = None
            why = "X no longer knew where reading had stopped"
            yield Page(gaps=self._given_up(behind, why), notes=[f"{why}: direct messages may be missing."])
        if left:
            backlog.append({**behind, "token": left})

    def _given_up(self, behind: Json, why: str) -> list[Gap]:
        stop = wire.newest(_id_list(behind.get("stop")))
        since = wire.born(stop or "") or wire.moment(behind.get("since"))
        gap = gap_between(Surface.DIRECT, since, self._calls.server_now(), why)
        return [gap] if gap else []

    def _parse(self, body: Json) -> Feed:
        return direct.direct_events(body, self._us)

    async def conversation(self, thread: str, most: int, size: str = PAGE) -> AsyncIterator[Feed]:
        """The newest pages of one conversation, `size` events each."""
        path = f"/2/dm_conversations/{http.segment(thread)}/dm_events"

        def parse(body: Json) -> Feed:
            return direct.direct_events(body, self._us, thread)

        asked = {**self._asked, "max_results": size}
        async for feed in walk(self._calls, "dm conversation", path, asked, parse, most):
            yield feed


def direct_listed(feed: Feed, thread: str, now: datetime) -> Listed | None:
    """What the newest page of a conversation shows, to be compared with the store. None where what it lacks means
    nothing: a page that is not whole, or one without a word of the customer's (the talk may be encrypted, and X is
    silent about that: facts/x.md#4.1)."""
    times = [m.sent_at for m in feed.messages if m.sent_at is not None]
    if feed.poison or feed.note or feed.missing or not times or all(m.ours for m in feed.messages):
        return None
    reach = now - REACH + timedelta(days=1)
    since = max(min(times), reach) if feed.next_token is not None else reach
    return Listed(parent=thread, keys=frozenset(feed.ids), since=since)


class _Place:
    """How far a round has come."""

    def __init__(self, known: Sequence[str], *, odd_before: bool) -> None:
        self.known = known
        self.odd_before = odd_before
        self.fresh: list[str] = []
        self.pages = 0
        self.left: str | None = None
        self.reached = False
        self.odd = False

    def dump(self, backlog: Sequence[Json]) -> dict[str, Any]:
        """Where to read on. Once a round makes no sense nothing of it counts as known: it is read again."""
        retry = self.odd and not self.odd_before
        newest = self.known if retry else sorted({*self.fresh, *self.known}, key=wire.number, reverse=True)
        place: dict[str, Any] = {"known": list(newest)[:KNOWN_EVENTS], "backlog": list(backlog)[-BACKLOGS:]}
        return {**place, "odd": True} if retry else place


def _id_list(value: object) -> list[str]:
    return [i for i in value if isinstance(i, str)] if isinstance(value, list) else []


def _reaches(feed: Feed, known: Sequence[str], since: datetime) -> bool:
    """Whether a page of events goes back to what is known; without anything known, to `since`.

    Pages are newest first: one event with an odd id or time in the middle proves nothing, the last one does.
    """
    if known:
        newest = max(wire.number(k) for k in known)
        old = [i in known or 0 <= wire.number(i) <= newest for i in feed.ids]
        return any(i in known for i in feed.ids) or _at_the_end(old)
    return _at_the_end([m.sent_at < since for m in feed.messages if m.sent_at is not None])


def _at_the_end(old: Sequence[bool]) -> bool:
    return bool(old) and (old[-1] or sum(old) > 1)
