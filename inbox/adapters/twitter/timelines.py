"""Reading lists of posts: where a round begins, how far it came, what it missed, and where it goes on after a kill.

Positions in a list are ids, which hold their moment of creation. One that lies later than X's own clock would hide
everything published until then, so it never becomes a position; a stored one that does is given up, and once a day
without anything new a list is read without its position, to see whether that hides something.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, field

from inbox.adapters.twitter import errors, posts, wire
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.pages import page_of, walk
from inbox.adapters.twitter.wire import Feed, Json, Us
from inbox.domain.model import Surface
from inbox.domain.records import Record, replace
from inbox.errors import AuthExpired, PlatformError, Refused
from inbox.ports.platform import Gap, Page

PAGE = "100"
OVERLAP = timedelta(minutes=2)
"""Read again behind the newest known post: mentions can appear late. X bills a post once a day."""
SKEW = timedelta(minutes=2)
"""How far an id may lie ahead of X's clock, as its answers tell it."""
SEARCH = "/2/tweets/search/recent"
SEARCH_REACH = timedelta(days=7) - timedelta(minutes=10)
SEARCH_LAG = timedelta(seconds=30)
"""Search ends that long before now (search/integrate, 2026-08-22)."""
FILL_PAGES = 50
"""Of search in one round, to fill what a timeline no longer serves; the rest is read in the next rounds."""
QUIET = timedelta(days=1)
"""A list that gave nothing new for so long is read once without its position."""
MOST_HOLES = 10
PATIENCE = 3
"""Lists that may fail in a round before no other is asked: then it is X that is down."""

AHEAD = "X showed a post whose id lies in the future; it is shown, and reading does not go on from it."
GIVEN_UP = "The stored reading position lay in the future; the list is read again without it."
HIDDEN = "X had not shown posts behind the stored reading position; they were read without it."
STILL_FILLING = "Older mentions are still being read from X's search."


def rfc3339(moment: datetime) -> str:
    """Write an instant as X reads it: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def known_id(value: object) -> str | None:
    """An id out of a stored cursor, if it is one."""
    return value if isinstance(value, str) and wire.number(value) >= 0 else None


class PostList(Record, kw_only=True):
    """A list of posts to read: its endpoint, its place in the cursor, how far back, and what X serves of it.
    `fill`: the query of recent search that finds what the list no longer serves."""

    key: str
    name: str
    path: str
    since: datetime
    pages: int
    more: Mapping[str, str] = field(default_factory=dict)
    served: int | None = None
    fill: str | None = None


class Round(Struct):
    """What a round of reading one list has learned: the newest id of its first page, and how far it came."""

    known: str | None
    newest: str | None
    oldest: str | None = None
    count: int = 0
    start: Mapping[str, str] = field(default_factory=dict)
    started: bool = False
    token: str | None = None
    """Of the page to read next."""
    odd: bool = False
    """The list stopped making sense before its end."""
    spoiled: bool = False
    """Posts of it could not be understood."""

    @classmethod
    def begin(cls, known: str | None) -> Round:
        """Begin a round behind what is known."""
        return cls(known=known, newest=known)

    @classmethod
    def resume(cls, known: str | None, going: Json) -> Round:
        """Where a round that was cut off (a kill, a limit) goes on."""
        round_ = cls.begin(known)
        token, start = wire.string(going.get("token")), wire.mapping(going.get("from"))
        if token and start:
            round_.newest, round_.oldest = known_id(going.get("newest")), known_id(going.get("oldest"))
            round_.count = count if isinstance(count := going.get("count"), int) else 0
            round_.start = {str(k): str(v) for k, v in start.items()}
            round_.token, round_.started = token, True
        return round_

    def restart(self, start: Mapping[str, str]) -> None:
        """Begin again without the stored id, from a time."""
        self.newest, self.oldest, self.count, self.started, self.token = self.known, None, 0, False, None
        self.start, self.odd, self.spoiled = start, False, False

    def learn(self, feed: Feed, latest: datetime) -> None:
        """Take in a page. Ids younger than `latest` are no positions."""
        self.odd = self.odd or feed.odd
        self.spoiled = self.spoiled or bool(feed.poison)
        ids = [i for i in feed.ids if not younger(i, latest)]
        if not self.started and feed.ids:
            self.started = True
            # Read by time, the list itself tells the position: a known one that lies ahead does not hold.
            known = [self.known] if self.known and "since_id" in self.start else []
            self.newest = wire.newest([*ids, *known]) or self.newest
        self.count += len(feed.ids)
        self.oldest = wire.oldest([*ids, *([self.oldest] if self.oldest else [])])
        self.token = feed.next_token

    @property
    def place(self) -> dict[str, Any]:
        """Return where the round is, as JSON, so that the next process goes on there."""
        return {
            "token": self.token,
            "newest": self.newest,
            "oldest": self.oldest,
            "count": self.count,
            "from": dict(self.start),
        }


def younger(remote_id: str, latest: datetime) -> bool:
    """Whether an id says that it was given out after `latest`."""
    at = wire.born(remote_id)
    return at is not None and at > latest


class Hole(Struct):
    """A stretch that a list did not serve, to be filled from search. `start`, `end`, `token`: where that stands."""

    key: str
    since: str
    until: str
    why: str
    start: str | None = None
    end: str | None = None
    token: str | None = None
    tries: int = 0


class Position(Struct):
    """The cursor of a surface made of lists. `looked`: when a list last gave something new, or was last read
    without its position. `odd`: lists whose last round stopped making sense."""

    known: dict[str, str | None]
    done: dict[str, str | None]
    going: Json
    looked: dict[str, str]
    odd: list[str]
    holes: list[Hole]

    @classmethod
    def load(cls, cursor: Json, keys: Sequence[str]) -> Position:
        """Read a position from the cursor; what does not fit begins anew."""
        going = wire.mapping(cursor.get("going"))
        done = wire.mapping(going.get("done"))
        looked = wire.mapping(cursor.get("looked"))
        odd = cursor.get("odd")
        return cls(
            known={key: known_id(cursor.get(key)) for key in keys},
            done={key: known_id(done.get(key)) for key in keys if key in done},
            going=going,
            looked={key: str(looked[key]) for key in keys if wire.moment(looked.get(key))},
            odd=[key for key in odd if key in keys] if isinstance(odd, list) else [],
            holes=[hole for raw in wire.listing(cursor.get("holes")) if (hole := _hole(raw, keys))],
        )

    def dump(self, positions: Mapping[str, str | None], **more: Any) -> dict[str, Any]:
        """Return the cursor with this position in it."""
        kept: dict[str, Any] = {**positions, "looked": dict(self.looked)}
        if self.odd:
            kept["odd"] = list(self.odd)
        if self.holes:
            kept["holes"] = [{n: getattr(hole, n) for n in hole.__struct_fields__} for hole in self.holes]
        return kept | more


def _hole(raw: Json, keys: Sequence[str]) -> Hole | None:
    if raw.get("key") not in keys or not wire.moment(raw.get("since")) or not wire.moment(raw.get("until")):
        return None
    tries = raw.get("tries")
    return Hole(
        key=str(raw["key"]),
        since=str(raw["since"]),
        until=str(raw["until"]),
        why=str(raw.get("why", "")),
        start=wire.string(raw.get("start")),
        end=wire.string(raw.get("end")),
        token=wire.string(raw.get("token")),
        tries=tries if isinstance(tries, int) else 0,
    )


class Timelines:
    """Reads lists of posts for one account. `fields`: what is asked of each post."""

    def __init__(self, calls: Calls, us: Us, fields: Mapping[str, str], surface: Surface) -> None:
        self._calls = calls
        self._us = us
        self._fields = fields
        self._surface = surface

    async def read(self, lists: Sequence[PostList], cursor: Json) -> AsyncIterator[Page]:
        """One round over several lists. Between pages the cursor says where the round is, so that a kill costs
        nothing; the position in a list moves only when the whole round is complete."""
        at = Position.load(cursor, [one.key for one in lists])
        failed: PlatformError | None = None
        failures = 0
        rest: dict[str, Any] = {}
        for one in lists:
            if one.key in at.done:
                continue
            cut_off = at.going if at.going.get("list") == one.key else {}
            round_ = Round.resume(at.known[one.key], cut_off)
            try:
                async for page in self._timeline(one, round_, at):
                    going = {"list": one.key, "done": dict(at.done), **round_.place}
                    place = at.dump(at.known, going=going)
                    yield replace(page, cursor=place) if round_.token else page
            except AuthExpired:
                raise
            except PlatformError as error:
                if self._surface is not Surface.SEARCH:
                    raise  # mentions and our own posts are one round
                # A search with a wrong query must not keep those behind it back.
                failed = failed or error
                if round_.token and not rest:
                    rest = {"going": {"list": one.key, "done": {}, **round_.place}}
                failures += 1
                if failures > PATIENCE or self._calls.pace().resume_at is not None:
                    break
                continue
            for page in self._ended(one, round_, at):
                yield page
        if failed is not None:
            yield Page(cursor=at.dump({**at.known, **at.done}, **rest))
            raise failed
        by_key = {one.key: one for one in lists}
        for hole in list(at.holes):
            async for page in self._filled(by_key[hole.key], hole, at):
                yield page
        yield Page(cursor=at.dump(at.done), complete=True)

    # -- one list ------------------------------------------------------------------------------------------

    async def _timeline(self, one: PostList, round_: Round, at: Position) -> AsyncIterator[Page]:
        """All that is new in a list. `since_id` holds for all pages of the round and is never mixed with
        `start_time` (X answers 400); an id or page X no longer takes is healed by reading by time."""
        starts = self._starts(one, round_, at)
        for left, start in enumerate(starts, 1 - len(starts)):
            if start is not round_.start:
                round_.restart(start)
            if left == 0 and round_.known and self._ahead(round_.known):
                yield Page(notes=[GIVEN_UP])
            try:
                async for page in self._pages(one, round_):
                    yield page
            except Refused as error:
                if left == 0 or error.code not in (errors.STALE_CURSOR, errors.STALE_PAGE):
                    raise
            else:
                break

    def _starts(self, one: PostList, round_: Round, at: Position) -> list[Mapping[str, str]]:
        """How to ask, the most exact first."""
        starts: list[Mapping[str, str]] = [round_.start] if round_.token else []
        looked = wire.moment(at.looked.get(one.key))
        now = self._calls.server_now()
        if looked is None or looked > now + SKEW:
            at.looked[one.key] = rfc3339(now)
            looked = None
        if round_.known and not self._ahead(round_.known):
            if looked is not None and now - looked >= QUIET:
                starts.append({"start_time": rfc3339(max(one.since, looked - OVERLAP))})
            else:
                starts.append({"since_id": wire.earlier(round_.known, OVERLAP)})
        starts.append({"start_time": rfc3339(one.since)})
        return starts

    def _latest(self) -> datetime:
        return self._calls.server_now() + SKEW

    def _ahead(self, remote_id: str) -> bool:
        return younger(remote_id, self._latest())

    async def _pages(self, one: PostList, round_: Round) -> AsyncIterator[Page]:
        asked = {"max_results": PAGE, **one.more, **self._fields, **round_.start}
        async for feed in walk(self._calls, one.name, one.path, asked, self._parse, one.pages, round_.token):
            first = not round_.started
            latest = self._latest()
            round_.learn(feed, latest)
            page = page_of(feed, first=first, latest=latest)
            if any(younger(i, latest) for i in feed.ids):
                page = replace(page, notes=[*page.notes, AHEAD])
            yield page

    def _parse(self, body: Json) -> Feed:
        return posts.posts(body, self._us, self._surface)

    def _ended(self, one: PostList, round_: Round, at: Position) -> Iterable[Page]:
        """Where reading goes on the next time, and what is missing."""
        now = self._calls.server_now()
        if (round_.odd or round_.spoiled) and one.key not in at.odd:
            # Once may be a slip of the platform: the same stretch is read again before it is given up.
            at.odd.append(one.key)
            at.done[one.key] = None if round_.known and self._ahead(round_.known) else round_.known
            return
        if one.key in at.odd:
            at.odd.remove(one.key)
        looked = wire.moment(at.looked.get(one.key)) or now
        position = None if round_.newest and self._ahead(round_.newest) else round_.newest
        at.done[one.key] = position
        fresh = wire.number(round_.newest or "") > wire.number(round_.known or "")
        if fresh or "since_id" not in round_.start:
            at.looked[one.key] = rfc3339(now)
        newest_at = wire.born(round_.newest or "")
        if "start_time" in round_.start and not fresh and newest_at and newest_at > looked + OVERLAP:
            yield Page(notes=[HIDDEN])  # its id lies below the position, so `since_id` left it out
        missing = self._missing(one, round_)
        if missing is None:
            return
        since, until, why = missing
        if one.fill is None:
            gap = gap_between(self._surface, since, until, why)
            yield Page(gaps=[gap] if gap else [])
            return
        found = Hole(key=one.key, since=rfc3339(since), until=rfc3339(until or now), why=why)
        at.holes = [*at.holes, found][-MOST_HOLES:]

    def _missing(self, one: PostList, round_: Round) -> tuple[datetime, datetime | None, str] | None:
        """What lies between the newest post known before this round and the oldest one read in it, if X did not
        give it."""
        before = wire.born(round_.known) if round_.known and not self._ahead(round_.known) else None
        oldest = wire.born(round_.oldest) if round_.oldest else None
        start = wire.moment(round_.start.get("start_time"))
        since = max(filter(None, (before, start)), default=one.since)
        if round_.odd:
            return since, oldest, "X repeated itself here"
        if round_.token is not None:
            if one.fill is None:
                why = "the search found more than is read in one go; a narrower one would not"
                return since, oldest, why
            return since, oldest, "the list did not end"
        if one.served is not None and round_.count >= one.served:
            return since, oldest, f"X gives only the newest {one.served} posts here"
        if self._surface is Surface.SEARCH and before and before < one.since and "start_time" in round_.start:
            return before, one.since, "X searches the last seven days only"
        return None

    # -- what the list no longer serves ----------------------------------------------------------------------

    async def _filled(self, one: PostList, hole: Hole, at: Position) -> AsyncIterator[Page]:
        """Read a stretch from recent search; what search lacks too is a gap."""
        now = self._calls.server_now()
        since, until = wire.moment(hole.since) or one.since, wire.moment(hole.until) or now
        reach = now - SEARCH_REACH
        if hole.start is None:
            begin = max(since, reach)
            # The bound is a whole second that may hold more than the oldest post of the list.
            end = min(until + timedelta(seconds=1), now - SEARCH_LAG)
            hole.start, hole.end = (rfc3339(begin), rfc3339(end)) if begin < end else ("", "")
        missing: tuple[datetime, str] | None = None
        if hole.start and hole.end:
            async for page in self._searched(one, hole, at):
                yield page
            if hole.token is not None:
                yield Page(notes=[STILL_FILLING])
                return
            if hole.tries:
                missing = until, hole.why
        at.holes.remove(hole)
        searched_from = wire.moment(hole.start) or until
        if missing is None and since < searched_from:
            missing = searched_from, hole.why
        gap = gap_between(self._surface, since, missing[0], missing[1]) if missing else None
        yield Page(gaps=[gap] if gap else [])

    async def _searched(self, one: PostList, hole: Hole, at: Position) -> AsyncIterator[Page]:
        """`hole.token` is left where search goes on in the next round; `hole.tries` counts answers without sense."""
        window = {"start_time": str(hole.start), "end_time": str(hole.end)}
        asked = {"query": str(one.fill), "max_results": PAGE, **self._fields, **window}
        try:
            async for feed in walk(self._calls, "search", SEARCH, asked, self._parse, FILL_PAGES, hole.token):
                hole.token = feed.next_token
                hole.tries += feed.odd
                page = page_of(feed, first=False, latest=self._latest())
                yield replace(page, cursor=at.dump(at.known, going={"done": dict(at.done)}))
        except Refused as error:
            if error.code == errors.STALE_PAGE and hole.token is not None and not hole.tries:
                hole.token, hole.tries = None, 1
                async for page in self._searched(one, hole, at):
                    yield page
                hole.tries -= 1
                return
            hole.token, hole.tries = None, hole.tries + 1
            hole.why = f"{hole.why}; {error.message}"


def gap_between(surface: Surface, since: datetime | None, until: datetime | None, why: str) -> Gap | None:
    """A gap, unless it would end before it begins."""
    if since is not None and until is not None and until <= since:
        return None
    return Gap(surface=surface, since=since, until=until, reason=why)
