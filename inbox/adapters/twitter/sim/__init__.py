"""X in a box: users, posts and direct messages in memory behind the v2 API.

Written from X's specification 2.167 (and 2.166 for the older dialect), its documentation of 2026-08-22 and
recorded answers, independently of the adapter: where the two disagree, one of them has misread X.

    sim = Simulator(clock)
    anna = sim.user("Anna", "anna_b")
    sim.post(anna, "@acme my parcel is gone")
    client = http.open_client("https://api.x.com", transport=sim.transport())

Unlike X, which drops names it does not know in silence, the simulator refuses them: a request that is not in the
specification is a mistake of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.adapters.simkit import Limiter, Request, Response, answer, http_date, perform, transport
from inbox.adapters.twitter.sim.answers import Problem, limit_headers, problem, too_many
from inbox.adapters.twitter.sim.canned import canned
from inbox.adapters.twitter.sim.checks import check_parameters, user_id
from inbox.adapters.twitter.sim.direct import Direct
from inbox.adapters.twitter.sim.files import Files
from inbox.adapters.twitter.sim.paging import Pages
from inbox.adapters.twitter.sim.post_lists import PostLists
from inbox.adapters.twitter.sim.records import Accepted, between
from inbox.adapters.twitter.sim.shapes import Shapes
from inbox.adapters.twitter.sim.spec import DAY_LIMITS, LIMITS, ROUTES
from inbox.adapters.twitter.sim.world import World
from inbox.adapters.twitter.sim.writes import Writes

if TYPE_CHECKING:
    import httpx

__all__ = ["Accepted", "Simulator", "between"]

QUARTER = timedelta(minutes=15)
DAY = timedelta(hours=24)


class Simulator(World):
    """Answers requests about its world; the script is written with the verbs of `World`. `clock` returns aware UTC."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        seed: int = 0,
        token: str = "sim-user-token",
        name: str = "Acme",
        handle: str = "acme",
        start: str = "1000000000000000001",
    ) -> None:
        super().__init__(clock, seed=seed, token=token, name=name, handle=handle, start=start)
        self._limiter = Limiter(clock)
        pages, shapes, self._files = Pages(self.random), Shapes(self), Files(self)
        self._lists = PostLists(self, pages, shapes)
        self._direct = Direct(self, pages, shapes)
        self._writes = Writes(self, self._files, shapes)

    def transport(self) -> httpx.AsyncBaseTransport:
        """Return a transport for the program's HTTP client that ends here."""
        return transport(self)

    async def handle(self, request: Request) -> Response:
        """Answer one request as X does, with the faults that are due."""
        self.calls.append(request)
        line = f"{request.method} {request.path}"
        name, found = next(((n, m) for p, n in ROUTES if (m := p.fullmatch(line))), ("", None))
        response = await perform(
            self.faults,
            self.faults.take(name or line),
            lambda: self._answer(name, found["id"] if found and "id" in found.groupdict() else "", request),
            lambda fault: canned(fault, self.clock(), self.me),
        )
        stamped = {"date": http_date(self.clock()), "api-version": "2.167", **response.headers}
        return Response(response.status, response.body, stamped, response.pace)

    def _answer(self, name: str, target: str, request: Request) -> Response:
        if not name:
            return Response(404)
        refusal = self._unauthorized(name, request)
        if refusal is not None:
            return refusal
        short = self._limiter.take(name, LIMITS[name], QUARTER)
        day = self._limiter.take(f"day {name}", DAY_LIMITS[name], DAY) if name in DAY_LIMITS else None
        headers = limit_headers(short, day)
        if not short.granted or (day and not day.granted):
            return too_many(headers)
        try:
            response = self._route(name, target, request)
        except Problem as problem:
            response = problem.response
        return Response(response.status, response.body, {**headers, **response.headers})

    def _unauthorized(self, name: str, request: Request) -> Response | None:
        if request.bearer == self.token:
            return None
        if request.bearer is None or request.bearer != self.app_token:
            return problem(401, "Unauthorized", "Unauthorized")
        if name in ("GET /2/users/:id/mentions", "GET /2/tweets/search/recent", "GET /2/tweets"):
            return None
        return problem(
            403,
            "Unsupported Authentication",
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
            "unsupported-authentication",
        )

    def _route(self, name: str, target: str, request: Request) -> Response:
        if request.method == "GET":
            check_parameters(name, request)
        match name:
            case "GET /2/users/me":
                return answer(200, {"data": self.users[self.me]})
            case "GET /2/users/:id/mentions":
                return self._lists.listed(request, self._lists.about(user_id(target))[:800])
            case "GET /2/users/:id/tweets":
                return self._lists.listed(request, self._lists.by(user_id(target), request.params)[:3200])
            case "GET /2/tweets":
                return self._lists.looked_up(request)
            case "GET /2/tweets/search/recent":
                return self._lists.searched(request)
            case "GET /2/dm_events":
                return self._direct.page(request, lambda e: self.me in self.people(e.conversation), lag=True)
            case "GET /2/dm_events/:id":
                return self._direct.looked_up(target, request.params)
            case "GET /2/users/:id/public_keys":
                return answer(200, {"data": [{"public_key_version": "1"}]} if target in self.keyed else {})
            case "GET /2/dm_conversations/:id/dm_events":
                return self._direct.page(request, lambda e: e.conversation == target)
            case "GET /2/dm_conversations/with/:id/dm_events":
                wanted = between(self.me, user_id(target))
                return self._direct.page(request, lambda e: e.conversation == wanted)
            case "POST /2/tweets":
                return self._writes.publish(request)
            case "POST /2/dm_conversations/:id/messages":
                return self._writes.send(request, target)
            case "DELETE /2/tweets/:id" | "DELETE /2/dm_events/:id":
                return self._writes.take_down(target, direct="dm_" in name)
            case "PUT /2/tweets/:id/hidden":
                return self._writes.hide(request, target)
            case "POST /2/users/:id/likes" | "DELETE /2/users/:id/likes/:post":
                return self._writes.like(request, target)
            case _ if "/2/media/" in name:
                return self._files.answer(name, target, request)
            case _:
                return self._writes.send(request, between(self.me, user_id(target)))
