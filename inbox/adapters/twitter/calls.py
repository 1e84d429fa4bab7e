"""One account's requests to X: their limits, their price, and what X says when it refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from inbox.adapters import http
from inbox.adapters.pauses import Pauses
from inbox.adapters.twitter import errors, limits, wire
from inbox.adapters.twitter.limits import Window
from inbox.adapters.twitter.wire import Json
from inbox.errors import PlatformError, RateLimited, Refused
from inbox.ports.clock import Clock
from inbox.ports.platform import Pace
from inbox.ports.secrets import TokenSource

if TYPE_CHECKING:
    import httpx

FILE_SECONDS = 120.0
"""A chunk of four megabytes over a slow line."""
READING = "reading"
"""The pause that holds all reads: the month's allowance is used up."""
CREDITS = "credits"
"""The pause that holds all reads because nobody pays. A reply is tried all the same."""
MOST_SKEW = timedelta(hours=26)
NO_CREDITS_PAUSE = timedelta(minutes=15)
"""Nothing is asked for so long after X said that nobody pays; only paying helps."""


class Calls:
    """Asks X for one account. `name` is the endpoint, by which windows are kept and refusals told apart: "dm",
    "mentions", "own", "search", "lookup", "post", "media", ..."""

    def __init__(self, client: httpx.AsyncClient, token: TokenSource, clock: Clock) -> None:
        self._client = client
        self._token = token
        self._clock = clock
        self._skew = timedelta(0)
        self.windows: dict[str, Window] = {}
        self.pauses = Pauses()
        """By endpoint, `READING` and `CREDITS` for all of them."""
        self.ledger = Ledger()

    async def get(self, name: str, path: str, params: Mapping[str, str]) -> Json:
        """A 200 body with something in it. Asks nothing while the window of this endpoint is used up."""
        body = await self.look(name, path, params)
        if not body.get("data") and "meta" not in body and (body.get("errors") or body.get("error")):
            raise errors.inside(body, self._token)
        return body

    async def look(self, name: str, path: str, params: Mapping[str, str]) -> Json:
        """As `get`, for look-ups by id, where errors alone are an answer."""
        self._spare(name)
        answer = await self._call(name, "GET", path, params=params)
        body: Json = answer.body
        self.ledger.read(name, body, self._clock.now().date())
        return body

    async def one(self, name: str, path: str, params: Mapping[str, str]) -> Json:
        """As `look`, for one thing that the path names: a 404 that states a problem is an answer, too."""
        self._spare(name)
        stated: list[Json] = []
        explain = self._explain(name, write=False)

        def heard(answer: http.Answer) -> PlatformError | None:
            """Tell what the answer complains of, or None."""
            if answer.status == HTTPStatus.NOT_FOUND and answer.form == "json":
                body = wire.mapping(answer.body)
                stated[:] = [body] if wire.listing(body.get("errors")) else [{"errors": [body]}]
            return explain(answer)

        try:
            answer = await self._call(name, "GET", path, params=params, explain=heard)
        except Refused:
            if stated:
                return stated[0]
            raise
        body: Json = answer.body
        self.ledger.read(name, body, self._clock.now().date())
        return body

    async def write(
        self, name: str, method: str, path: str, on_wire: Callable[[], None], body: Json | None = None
    ) -> http.Answer:
        """A change, made once; a doubtful outcome is Uncertain."""
        self._spare(name, write=True)
        return await self._call(
            name, method, path, payload=http.Payload(json=body), write=http.Write(on_wire)
        )

    async def hand_over(self, path: str, body: Json | None = None, name: str = "media") -> Json:
        """Part of an upload, or another thing nobody sees and that may be done twice: a doubt harms nothing."""
        answer = await self._call(name, "POST", path, payload=http.Payload(json=body), seconds=FILE_SECONDS)
        found: Json = answer.body
        return found

    def _spare(self, name: str, *, write: bool = False) -> None:
        """Raise RateLimited while X has asked for a wait here, in this process or an earlier one, and Refused for a
        while after it said that nobody pays."""
        now = self._clock.now()
        unpaid = None if write else self.pauses.until((CREDITS,), now)
        if unpaid is not None:
            raise errors.no_credits(unpaid)
        capped = None if write else self.pauses.until((READING,), now)
        if capped is not None:
            raise errors.capped(capped)
        until = self.pauses.until((name,), now)
        if until is not None:
            raise RateLimited(
                "the requests X allows are used up",
                retry_at=until,
                next_step="It continues automatically.",
                code="window",
            )

    async def _call(self, name: str, method: str, path: str, **more: Any) -> http.Answer:
        write = more.get("write") is not None
        answer = await http.call(
            self._client,
            method,
            path,
            credentials=http.Credentials(self._token),
            now=self._clock.now,
            **{"explain": self._explain(name, write=write or method != "GET"), **more},
        )
        self._note(name, answer)
        self.pauses.lift(CREDITS, self._clock.now())
        return answer

    def _explain(self, name: str, *, write: bool) -> http.Explain:
        def explain(answer: http.Answer) -> PlatformError | None:
            self._note(name, answer)
            error = errors.explain(answer, write=write, area=name, token=self._token, now=self._clock.now())
            if isinstance(error, RateLimited) and error.retry_at is not None:
                capped = error.code == errors.CAPPED
                self.pauses.put(READING if capped else name, error.retry_at, self._clock.now())
            elif error is not None and error.code == errors.NO_CREDITS:
                error.retry_at = self._clock.now() + NO_CREDITS_PAUSE
                self.pauses.put(CREDITS, error.retry_at, self._clock.now())
            return error

        return explain

    def server_now(self) -> datetime:
        """What X's own clock shows now, as the `Date` of its latest answer told it; ours before the first one, and
        where the two are days apart: certificates do not hold then, so it was no clock."""
        now = self._clock.now()
        return now + self._skew if abs(self._skew) < MOST_SKEW else now

    def _note(self, name: str, answer: http.Answer) -> None:
        if answer.server_time is not None:
            self._skew = http.skew(answer, self._clock.now())
        window = limits.window(answer, self._clock.now())
        if window:
            self.windows[name] = window
            if window.spent(self._clock.now()):
                self.pauses.put(name, window.resets_at, self._clock.now())

    # -- limits --------------------------------------------------------------------------------------------

    def pace(self) -> Pace:
        """The window of which least is left."""
        now = self._clock.now()
        resume = self.pauses.until((CREDITS, READING), now)
        open_ = [w for w in self.windows.values() if w.resets_at > now and w.limit > 0]
        if not open_:
            return Pace(resume_at=resume)
        tight = min(open_, key=lambda w: w.remaining / w.limit)
        return Pace(
            remaining=tight.remaining,
            limit=tight.limit,
            resets_at=tight.resets_at,
            resume_at=resume,
            percent_used=round(100 * (1 - tight.remaining / tight.limit)),
        )

    def try_again(self) -> None:
        """End what holds only because asking was no use: the agent says that somebody pays again."""
        self.pauses.lift(CREDITS, self._clock.now())

    def held_until(self, name: str) -> datetime | None:
        """Until when X wants an endpoint not to be read."""
        return self.pauses.until((name, READING), self._clock.now())

    def wait(self, name: str) -> float:
        """Seconds after which the calls that are left last until the limit is reset."""
        now, window = self._clock.now(), self.windows.get(name)
        if window is None or window.resets_at <= now:
            return 0.0
        return (window.resets_at - now).total_seconds() / max(1, window.remaining)

    def left(self, name: str) -> int | None:
        """Calls left in the window of an endpoint; None where nothing is known."""
        window = self.windows.get(name)
        return window.remaining if window and window.resets_at > self._clock.now() else None


class Ledger:
    """What X will charge: every post, person and direct message it returns or delivers, each once a day (UTC),
    and every write (pricing.mdx, 2026-08-22). Names are those of the price table in the config."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._day: date | None = None
        self._seen: set[str] = set()

    def read(self, name: str, body: Json, day: date) -> None:
        """An answer to a question of ours."""
        for kind, remote_id in _returned(name, body):
            self.charge(kind, remote_id, day)

    def charge(self, kind: str, remote_id: str, day: date) -> None:
        """One resource, by the name of its price; nothing where it was charged on this day already, whatever as."""
        self._begin(day)
        resource = f"{_RESOURCES.get(kind, kind)} {remote_id}"
        if resource not in self._seen:
            self._seen.add(resource)
            self._counts[kind] += 1

    def wrote(self, kind: str) -> None:
        """Count one write of this kind at today's price."""
        self._counts[kind] += 1

    def settle(self) -> Mapping[str, int]:
        """What was counted since the last call of this."""
        counts, self._counts = dict(self._counts), Counter()
        return counts

    def charged(self) -> tuple[str, list[str]] | None:
        """The day as ISO text and the resources charged on it; None before the first one."""
        return (self._day.isoformat(), sorted(self._seen)) if self._day is not None else None

    def recall(self, day: date, resources: Iterable[str]) -> None:
        """What another process was charged for on that day."""
        if self._day is None or day >= self._day:
            self._begin(day)
            self._seen.update(resources)

    def _begin(self, day: date) -> None:
        if day != self._day:
            self._day, self._seen = day, set()


_RESOURCES = {"post_read": "post", "own_post_read": "post", "user_read": "user", "direct_read": "direct"}
"""A post is one resource, whichever list it came in."""


def _returned(name: str, body: Json) -> Iterator[tuple[str, str]]:
    """(price name, id) of everything in an answer that has a price."""
    box = wire.mapping(body.get("includes"))
    rows = wire.listing(body.get("data"))
    if name in ("media", "public keys"):
        return
    if name == "dm event":
        rows = [wire.mapping(body.get("data"))]
    if name == "me":
        yield from (("user_read", i) for i in _ids([wire.mapping(body.get("data"))]))
    elif name.startswith("dm"):
        yield from (("direct_read", i) for i in _ids(rows))
    else:
        kind = "own_post_read" if name == "own" else "post_read"
        yield from ((kind, i) for i in _ids(rows))
    for post in ("tweets", "posts"):
        yield from (("post_read", i) for i in _ids(wire.listing(box.get(post))))
    yield from (("user_read", i) for i in _ids(wire.listing(box.get("users"))))


def _ids(rows: object) -> Iterator[str]:
    return (i for row in wire.listing(rows) if (i := wire.optional_id(row.get("id"))))
