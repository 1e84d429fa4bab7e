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

import base64
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from inbox.adapters.simkit import (
    Faults,
    Limiter,
    Request,
    Response,
    answer,
    http_date,
    perform,
    transport,
)
from inbox.adapters.twitter.sim_answers import (
    Problem,
    invalid,
    limit_headers,
    media_object,
    missing,
    out_of_order,
    problem,
    protected,
    too_many,
)
from inbox.adapters.twitter.sim_spec import (
    DAY_LIMITS,
    IDS,
    LIMITS,
    NAMES,
    PARAMETERS,
    POST_BODY,
    REPLY_BODY,
    ROUTES,
    TIMES,
)

if TYPE_CHECKING:
    import httpx

EPOCH = 1_288_834_974_657
QUARTER = timedelta(minutes=15)
DAY = timedelta(hours=24)
RECENT = timedelta(days=7)

# -- the world ---------------------------------------------------------------------------------------------


class Media(Struct):
    key: str
    type: str = "photo"
    alt_text: str | None = None


class Post(Struct):
    """`text` is as people see it; what goes over the wire is made from it. `typed_from` is where the author's
    own words begin, after the mentions X put in front."""

    id: str
    author: str
    text: str
    created_at: datetime
    conversation: str
    visible_at: datetime
    typed_from: int = 0
    reply_to: str | None = None
    reply_to_user: str | None = None
    quote: str | None = None
    repost: str | None = None
    media: list[Media] = field(default_factory=list)
    poll: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    gone: bool = False

    @property
    def first_id(self) -> str:
        return self.history[0]


class Event(Struct):
    id: str
    conversation: str
    sender: str
    text: str
    created_at: datetime
    kind: str = "MessageCreate"
    media: list[Media] = field(default_factory=list)
    visible_at: datetime | None = None


class Upload(Struct):
    """A file on its way to X. `pieces` by segment index; `ready_at`: when X has finished its work on it."""

    id: str
    category: str
    total: int
    pieces: dict[int, bytes] = field(default_factory=dict)
    ready_at: datetime | None = None
    alt_text: str | None = None

    @property
    def content(self) -> bytes:
        return b"".join(self.pieces[n] for n in sorted(self.pieces))

    @property
    def media(self) -> Media:
        kind = {"image": "photo", "gif": "animated_gif"}.get(self.category.partition("_")[2], "video")
        number = {"photo": "3", "video": "7", "animated_gif": "16"}[kind]
        return Media(f"{number}_{self.id}", kind, self.alt_text)


class Accepted(Struct, frozen=True):
    """A write the simulated X took in: the oracle for "how often did it really arrive"."""

    kind: str
    id: str
    text: str
    target: str
    at: datetime


class Simulator:
    """One X with one account of ours (`me`). `clock` returns aware UTC."""

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
        self.clock = clock
        self.token = token
        self.app_token: str | None = None
        """A token of an app: good for reading public posts only."""
        self.enterprise = False
        self.dm_lag = timedelta(0)
        """How long `/2/dm_events` is behind the conversation look-up."""
        self.closed_to_dm: set[str] = set()
        self.keyed: set[str] = set()
        """Users with a key for X Chat. Of talk between them `dm_events` shows our side alone (facts/x.md#4.1)."""
        self.hidden: set[str] = set()
        self.liked: set[str] = set()
        """Ids of posts hidden and liked by our account."""
        self.protected: set[str] = set()
        """Authors whose posts nobody is shown."""
        self.out_of_order: set[str] = set()
        """Ids of posts that look-ups answer with trouble of X's own; lists go on showing them."""
        self.uploads: dict[str, Upload] = {}
        self.media_work = 0.0
        """Seconds X works on a video."""
        self.withheld: set[str] = set()
        """Fields X leaves out in silence whatever was asked (a fault seen on the live service)."""
        self.leftover_dm_token = True
        """The recorded last page of direct messages still names a next one."""
        self.calls: list[Request] = []
        self.accepted: list[Accepted] = []
        self.faults = Faults()
        self.users: dict[str, dict[str, str]] = {}
        self.posts: dict[str, Post] = {}
        self.events: dict[str, Event] = {}
        self._random = Random(seed)
        self._limiter = Limiter(clock)
        self._last_user = int(start) - 1
        self._sequence = 0
        self._links: dict[str, str] = {}
        self._handles: dict[str, str] = {}
        self._named_in: dict[str, list[tuple[str, int, int]]] = {}
        self._tokens: dict[str, tuple[str, int]] = {}
        self.me = self.user(name, handle)

    # -- writing the script ----------------------------------------------------------------------------

    def user(self, name: str, handle: str) -> str:
        """A new account; returns its id."""
        self._last_user += self._random.randrange(1, 10**9)
        uid = str(self._last_user)
        self.users[uid] = {"id": uid, "name": name, "username": handle}
        self._handles[handle.lower()] = uid
        self._named_in.clear()
        return uid

    def post(
        self,
        author: str,
        text: str,
        *,
        reply_to: str | None = None,
        quote: str | None = None,
        repost: str | None = None,
        at: datetime | None = None,
        late: float = 0,
        media: Sequence[tuple[str, str | None]] = (),
        poll: Sequence[str] = (),
    ) -> str:
        """Publish a post; returns its id. A reply gets the mentions X puts in front of it, so `text` is what the
        author typed. `late`: seconds until lists show it. `media`: (type, alternative text)."""
        at = (at or self.clock()).astimezone(UTC)
        pid = self._snowflake(at)
        parent = self._post_by(reply_to) if reply_to else None
        prefix = self._prefix(author, parent, text) if parent else ""
        starts_with = None if parent else self._named(text, r"@(\w+)")
        post = Post(
            id=pid,
            author=author,
            text=prefix + text,
            created_at=at,
            conversation=parent.conversation if parent else pid,
            visible_at=at + timedelta(seconds=late),
            typed_from=len(prefix),
            reply_to=parent.id if parent else None,
            reply_to_user=parent.author if parent else starts_with,
            quote=quote,
            repost=repost,
            media=[self._medium(pid, kind, alt, n) for n, (kind, alt) in enumerate(media)],
            poll=list(poll),
            history=[pid],
        )
        self.posts[pid] = post
        return pid

    def edit(self, post_id: str, text: str, *, at: datetime | None = None) -> str:
        """An edit is a new post with a new id, and the old one is no longer listed."""
        old = self._post_by(post_id)
        at = (at or self.clock()).astimezone(UTC)
        new_id = self._snowflake(at)
        del self.posts[old.id]
        history = [*old.history, new_id]
        prefix = old.text[: old.typed_from]
        self.posts[new_id] = Post(
            id=new_id,
            author=old.author,
            text=prefix + text,
            created_at=at,
            conversation=old.conversation,
            visible_at=at,
            typed_from=old.typed_from,
            reply_to=old.reply_to,
            reply_to_user=old.reply_to_user,
            quote=old.quote,
            media=old.media,
            poll=old.poll,
            history=history,
        )
        return new_id

    def delete(self, post_id: str) -> None:
        self._post_by(post_id).gone = True

    def dm(
        self,
        sender: str,
        text: str,
        *,
        to: str | None = None,
        conversation: str | None = None,
        at: datetime | None = None,
        media: Sequence[tuple[str, str | None]] = (),
        kind: str = "MessageCreate",
    ) -> str:
        """A direct message to `to` (default: to us), or into a group `conversation`; returns the event's id."""
        at = (at or self.clock()).astimezone(UTC)
        eid = self._snowflake(at)
        other = to or self.me
        self.events[eid] = Event(
            id=eid,
            conversation=conversation or between(sender, other),
            sender=sender,
            text=text,
            created_at=at,
            kind=kind,
            media=[self._medium(eid, kind_, alt, n) for n, (kind_, alt) in enumerate(media)],
            visible_at=at + self.dm_lag,
        )
        return eid

    def _snowflake(self, at: datetime) -> str:
        self._sequence = (self._sequence + 1) % 4096
        milliseconds = int(at.timestamp() * 1000) - EPOCH
        while str(fresh := (milliseconds << 22) | self._sequence) in self.posts or str(fresh) in self.events:
            self._sequence = (self._sequence + 1) % 4096
        return str(fresh)

    def _medium(self, owner: str, kind: str, alt: str | None, n: int) -> Media:
        number = {"photo": "3", "video": "7", "animated_gif": "16"}[kind]
        return Media(f"{number}_{int(owner) + n}", kind, alt)

    def _post_by(self, post_id: str) -> Post:
        """By any id of its history."""
        found = self.posts.get(post_id)
        return found or next(p for p in self.posts.values() if post_id in p.history)

    def _known_post(self, post_id: str) -> Post | None:
        try:
            found = self._post_by(post_id)
        except StopIteration:
            return None
        return None if found.gone or found.author in self.protected else found

    def _why_not(self, post_id: str, parameter: str) -> dict[str, Any]:
        """X's words about a post that it does not show."""
        if post_id in self.out_of_order:
            return out_of_order(post_id, parameter)
        hidden = any(post_id in (p.id, *p.history) and not p.gone for p in self.posts.values())
        return protected(post_id, parameter) if hidden else missing(post_id, parameter)

    def _named(self, text: str, pattern: str) -> str | None:
        found = re.match(pattern, text)
        return self._by_handle(found[1]) if found else None

    def _by_handle(self, handle: str) -> str | None:
        return self._handles.get(handle.lower())

    def _prefix(self, author: str, parent: Post, text: str) -> str:
        """X puts the parent's author and everybody it mentions in front of a reply, but never the writer."""
        people = [parent.author, *(uid for uid, _, _ in self._mentions(parent.text))]
        return "".join(f"@{self.users[u]['username']} " for u in dict.fromkeys(people) if u != author)

    def _mentions(self, text: str) -> list[tuple[str, int, int]]:
        """(user, start, end) of everybody named in a text; remembered, because every reading asks for all posts."""
        if text not in self._named_in:
            marks = re.finditer(r"(?<![\w@])@(\w{1,15})", text)
            hits = ((self._by_handle(m[1]), m.start(), m.end()) for m in marks)
            self._named_in[text] = [(uid, start, end) for uid, start, end in hits if uid]
        return self._named_in[text]

    # -- being called ----------------------------------------------------------------------------------

    def transport(self) -> httpx.AsyncBaseTransport:
        return transport(self)

    async def handle(self, request: Request) -> Response:
        self.calls.append(request)
        line = f"{request.method} {request.path}"
        name, found = next(((n, m) for p, n in ROUTES if (m := p.fullmatch(line))), ("", None))
        response = await perform(
            self.faults,
            self.faults.take(name or line),
            lambda: self._answer(name, found["id"] if found and "id" in found.groupdict() else "", request),
            self._canned,
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
            self._check_parameters(name, request)
        match name:
            case "GET /2/users/me":
                return answer(200, {"data": self.users[self.me]})
            case "GET /2/users/:id/mentions":
                return self._listed(request, self._about(_user_id(target))[:800])
            case "GET /2/users/:id/tweets":
                return self._listed(request, self._by(_user_id(target), request.params)[:3200])
            case "GET /2/tweets":
                return self._looked_up(request)
            case "GET /2/tweets/search/recent":
                return self._searched(request)
            case "GET /2/dm_events":
                return self._direct_page(request, lambda e: self.me in self._people(e.conversation), lag=True)
            case "GET /2/dm_events/:id":
                return self._direct_looked_up(target, request.params)
            case "GET /2/users/:id/public_keys":
                return answer(200, {"data": [{"public_key_version": "1"}]} if target in self.keyed else {})
            case "GET /2/dm_conversations/:id/dm_events":
                return self._direct_page(request, lambda e: e.conversation == target)
            case "GET /2/dm_conversations/with/:id/dm_events":
                wanted = between(self.me, _user_id(target))
                return self._direct_page(request, lambda e: e.conversation == wanted)
            case "POST /2/tweets":
                return self._publish(request)
            case "POST /2/dm_conversations/:id/messages":
                return self._send(request, target)
            case "DELETE /2/tweets/:id" | "DELETE /2/dm_events/:id":
                return self._take_down(target, direct="dm_" in name)
            case "PUT /2/tweets/:id/hidden":
                return self._hide(request, target)
            case "POST /2/users/:id/likes" | "DELETE /2/users/:id/likes/:post":
                return self._like(request, target)
            case _ if "/2/media/" in name:
                return self._media_step(name, target, request)
            case _:
                return self._send(request, between(self.me, _user_id(target)))

    def _check_parameters(self, name: str, request: Request) -> None:
        for parameter, _ in request.query:
            if parameter not in PARAMETERS[name]:
                raise invalid(parameter, f"The query parameter [{parameter}] is not one of the allowed ones")
        params = request.params
        if "tweet.fields" in params and "post.fields" in params:
            raise invalid("post.fields", "one dialect at a time")
        names = NAMES[_dialect(params)]
        direct = "dm_" in name
        checks = {
            "tweet.fields": names["fields"],
            "post.fields": names["fields"],
            "expansions": names["dm expansions" if direct else "expansions"],
            "dm_event.fields": names["dm fields"],
        }
        for parameter, allowed in checks.items():
            if name == "GET /2/users/me":
                continue
            for value in filter(None, params.get(parameter, "").split(",")):
                if value not in allowed:
                    raise invalid(
                        parameter, f"The `{parameter}` query parameter value [{value}] is not one of them"
                    )

    # -- lists of posts --------------------------------------------------------------------------------

    def _visible(self) -> list[Post]:
        now = self.clock()
        live = [
            p
            for p in self.posts.values()
            if not p.gone and p.author not in self.protected and p.visible_at <= now
        ]
        return sorted(live, key=lambda p: int(p.id), reverse=True)

    def _about(self, user: str) -> list[Post]:
        return [
            p
            for p in self._visible()
            if p.reply_to_user == user or user in (u for u, _, _ in self._mentions(p.text))
        ]

    def _by(self, user: str, params: Mapping[str, str]) -> list[Post]:
        left_out = params.get("exclude", "").split(",")
        return [
            p
            for p in self._visible()
            if p.author == user
            and not ("replies" in left_out and p.reply_to_user)
            and not ("retweets" in left_out and p.repost)
        ]

    def _listed(self, request: Request, posts: list[Post], *, least: int = 5) -> Response:
        params = request.params
        ids, times = IDS & set(params), TIMES & set(params)
        if ids and times:
            one, other = sorted(ids)[0], sorted(times)[0]
            raise invalid(one, f"Invalid use of '{one}' in conjunction with '{other}'.")
        for name in sorted(ids):
            if not re.fullmatch(r"[0-9]{1,19}", params[name]):
                raise invalid(name, f"The `{name}` query parameter value [{params[name]}] is not valid")
        start, end = _time(params, "start_time"), _time(params, "end_time")
        since, until = int(params.get("since_id", 0)), int(params.get("until_id", 10**19))
        wanted = [
            p
            for p in posts
            if since < int(p.id) < until
            and (start is None or p.created_at >= start)
            and (end is None or p.created_at < end)
        ]
        token = params.get("pagination_token") or params.get("next_token")
        page, more = self._page(wanted, params, token, least)
        body: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            body["data"] = [self._wire(p, params) for p in page]
            body["meta"] |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
            body |= self._includes(page, params)
        if more:
            body["meta"]["next_token"] = more
        return answer(200, body)

    def _page(
        self, items: list[Any], params: Mapping[str, str], token: str | None, least: int
    ) -> tuple[list[Any], str | None]:
        """A page and the token of the next; a token stands for the last id shown, so arrivals do not shift it."""
        size = params.get("max_results", "10" if least == 5 else "100")
        if not size.isdigit() or not least <= int(size) <= 100:
            raise invalid(
                "max_results",
                f"The `max_results` query parameter value [{size}] is not between {least} and 100",
            )
        if token is not None:
            if token not in self._tokens:
                raise invalid("pagination_token", "The `pagination_token` query parameter value is not valid")
            below = self._tokens[token][1]
            items = [i for i in items if int(i.id) < below]
        page = items[: int(size)]
        more = self._next(page[-1].id) if len(items) > len(page) else None
        return page, more

    def _next(self, last_id: str) -> str:
        token = "7140dibdnow9c7btw" + "".join(self._random.choices("0123456789abcdefghjkmnp", k=24))
        self._tokens[token] = ("below", int(last_id))
        return token

    def _looked_up(self, request: Request) -> Response:
        params = request.params
        asked = params.get("ids", "").split(",")
        found = [p for i in asked if i not in self.out_of_order and (p := self._known_post(i))]
        gone = [self._why_not(i, "ids") for i in asked if i in self.out_of_order or not self._known_post(i)]
        body: dict[str, Any] = {}
        if found:
            body = {"data": [self._wire(p, params) for p in found], **self._includes(found, params)}
        if gone:
            body["errors"] = [*body.get("errors", []), *gone]
        return answer(200, body)

    def _searched(self, request: Request) -> Response:
        params = request.params
        now = self.clock()
        query = params.get("query", "")
        if not query or len(query) > 512:
            raise invalid(
                "query", "The `query` query parameter can not be empty or longer than 512 characters"
            )
        oldest = (int((now - RECENT).timestamp() * 1000) - EPOCH) << 22
        if 0 < int(params.get("since_id", oldest)) < oldest:
            stamp = (now - RECENT).strftime("%Y-%m-%dT%H:%MZ")
            raise invalid(
                "since_id",
                f"'since_id' must be a tweet id created after {stamp}. Please use a 'since_id' that is larger than {oldest}",
            )
        start = _time(params, "start_time")
        if start is not None and start < now - RECENT:
            raise invalid("start_time", "'start_time' must be on or after the last 7 days")
        if "pagination_token" in params and "next_token" in params:
            raise invalid("next_token", "one of both")
        upto = now - timedelta(seconds=30)
        hits = [
            p for p in self._visible() if p.created_at <= upto and not p.repost and self._matches(p, query)
        ]
        return self._listed(request, hits, least=10)

    def _matches(self, post: Post, query: str) -> bool:
        """Groups of OR in brackets, phrases, words, from:, to:, @, -is:retweet and negation: what brands ask."""
        groups = re.findall(r"-?\([^)]*\)|-?\"[^\"]*\"|\S+", query)
        return all(self._group(post, g) for g in groups if g.upper() != "AND")

    def _group(self, post: Post, group: str) -> bool:
        if group.startswith("-"):
            return not self._group(post, group[1:])
        if group.startswith("("):
            return any(self._matches(post, part) for part in re.split(r"\s+OR\s+", group[1:-1]))
        operator, colon, value = group.partition(":")
        if colon and operator == "from":
            return post.author == self._by_handle(value)
        if colon and operator == "to":
            return post.reply_to_user is not None and post.reply_to_user == self._by_handle(value)
        if colon and operator == "is":
            return {"retweet": bool(post.repost), "reply": bool(post.reply_to), "quote": bool(post.quote)}[
                value
            ]
        if colon and operator == "conversation_id":
            return post.conversation == value
        if group.startswith("@"):
            who = self._by_handle(group[1:])
            return any(user == who for user, _, _ in self._mentions(post.text))
        return bool(re.search(rf"(?<!\w){re.escape(group.strip(chr(34)))}(?!\w)", post.text, re.IGNORECASE))

    # -- how a post looks ------------------------------------------------------------------------------

    def _wire(self, post: Post, params: Mapping[str, str]) -> dict[str, Any]:
        dialect = _dialect(params)
        fields = set(params.get(f"{dialect}.fields", "").split(","))
        expansions = set(params.get("expansions", "").split(","))
        whole, entities = self._spelled(post.text, post.id, post.media, post.author)
        text = _cut(whole) if (long := len(post.text) > 280) else whole
        history = f"edit_history_{dialect}_ids"
        item: dict[str, Any] = {"id": post.id, "text": text}
        if dialect == "tweet" or "edit_history_post_ids" in expansions:
            item[history] = post.history
        offered: dict[str, Any] = {
            "created_at": _stamp(post.created_at),
            "conversation_id": post.conversation,
            "display_text_range": [post.typed_from, len(text)],
            "entities": entities,
            f"note_{dialect}": {"text": whole, "entities": entities} if long else None,
            "attachments": _attachments(post),
            "lang": "en",
        }
        item |= {name: value for name, value in offered.items() if name in fields and value}
        references = [
            {"type": kind, "id": target}
            for kind, target in (
                ("replied_to", post.reply_to),
                ("quoted", post.quote),
                ("retweeted", post.repost),
            )
            if target
        ]
        names: dict[str, Any] = {
            "author_id": post.author,
            "in_reply_to_user_id": post.reply_to_user,
            f"referenced_{dialect}s": references,
        }
        # In the older dialect these are fields, in the newer one they come with their expansion.
        asked = fields if dialect == "tweet" else expansions
        item |= {name: value for name, value in names.items() if name in asked and value}
        return {name: value for name, value in item.items() if name not in self.withheld}

    def _spelled(
        self, text: str, owner: str, media: Sequence[Media], author: str, direct: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """Text and entities as X sends them: escaped, links wrapped, a link for the media at the end."""
        urls: list[dict[str, Any]] = []
        mentions: list[dict[str, Any]] = []
        out = ""
        at = 0
        marks = sorted(
            [(m.start(), m.end(), "url") for m in re.finditer(r"https?://\S+", text)]
            + [(start, end, uid) for uid, start, end in self._mentions(text)]
        )
        for start, end, kind in marks:
            if start < at:
                continue
            out += _escaped(text[at:start])
            begin = len(out)
            if kind == "url":
                short = self._short(text[start:end])
                out += short
                urls.append({
                    "start": begin, "end": len(out), "url": short, "expanded_url": text[start:end],
                    "display_url": text[start:end].partition("://")[2][:27],
                })  # fmt: skip
            else:
                out += text[start:end]
                mentions.append(
                    {"start": begin, "end": len(out), "username": self.users[kind]["username"], "id": kind}
                )
            at = end
        out += _escaped(text[at:])
        if media:
            handle = self.users[author]["username"]
            page = f"https://twitter.com/{handle}/status/{owner}/photo/1"
            target = f"https://twitter.com/messages/media/{owner}" if direct else page
            short = self._short(target)
            begin = len(out) + 1
            out = f"{out} {short}"
            urls += [
                {
                    "start": begin, "end": len(out), "url": short, "expanded_url": target,
                    "display_url": "pic.twitter.com/" + short[-10:], "media_key": m.key,
                }
                for m in media
            ]  # fmt: skip
        entities = {name: value for name, value in (("urls", urls), ("mentions", mentions)) if value}
        return out, entities

    def _short(self, target: str) -> str:
        if target not in self._links:
            letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
            self._links[target] = "https://t.co/" + "".join(self._random.choices(letters, k=10))
        return self._links[target]

    def _includes(self, posts: Iterable[Post], params: Mapping[str, str]) -> dict[str, Any]:
        posts = list(posts)
        dialect = _dialect(params)
        expansions = set(params.get("expansions", "").split(","))
        people: list[str] = []
        related: dict[str, Post] = {}
        errors: list[dict[str, Any]] = []
        wanted = "referenced_tweets.id" if dialect == "tweet" else "referenced_posts"
        for post in posts:
            people += [post.author] if "author_id" in expansions else []
            if "in_reply_to_user_id" in expansions and post.reply_to_user:
                people.append(post.reply_to_user)
            for target in (post.reply_to, post.quote, post.repost):
                if wanted not in expansions or not target:
                    continue
                found = self._known_post(target)
                if found is None:
                    errors.append(self._why_not(target, wanted))
                else:
                    related[found.id] = found
                    if f"{wanted}.author_id" in expansions or dialect == "post":
                        people.append(found.author)
        box: dict[str, Any] = {}
        if people:
            box["users"] = [self.users[u] for u in dict.fromkeys(people)]
        if related:
            box["tweets" if dialect == "tweet" else "posts"] = [
                self._wire(p, params) for p in related.values()
            ]
        shown = [m for p in posts for m in p.media] if "attachments.media_keys" in expansions else []
        if shown:
            box["media"] = [media_object(m.key, m.type, m.alt_text, params) for m in shown]
        polls = [p for p in posts if p.poll] if "attachments.poll_ids" in expansions else []
        if polls:
            box["polls"] = [_poll(p) for p in polls]
        return {**({"includes": box} if box else {}), **({"errors": errors} if errors else {})}

    # -- direct messages -------------------------------------------------------------------------------

    def _people(self, conversation: str) -> set[str]:
        if "-" in conversation:
            return set(conversation.split("-"))
        return {e.sender for e in self.events.values() if e.conversation == conversation} | {self.me}

    def _encrypted(self, event: Event) -> bool:
        return event.sender != self.me and self._people(event.conversation) <= self.keyed

    def _direct_looked_up(self, target: str, params: Mapping[str, str]) -> Response:
        if (event := self.events.get(target)) and not self._encrypted(event):
            return answer(200, {"data": self._event(event, params)})
        return answer(200, {"errors": [missing(target, "event_id", "dm_event")]})

    def _direct_page(self, request: Request, wanted: Callable[[Event], bool], lag: bool = False) -> Response:
        params = request.params
        now = self.clock()
        kinds = params.get("event_types", "MessageCreate,ParticipantsJoin,ParticipantsLeave").split(",")
        events = [
            e
            for e in self.events.values()
            if wanted(e)
            and not self._encrypted(e)
            and e.kind in kinds
            and (e.visible_at if lag and e.visible_at else e.created_at) <= now
            and e.created_at > now - timedelta(days=30)
        ]
        events.sort(key=lambda e: int(e.id), reverse=True)
        page, more = self._page(events, params, params.get("pagination_token"), 1)
        body: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            body |= {"data": [self._event(e, params) for e in page], **self._direct_includes(page, params)}
            more = self._next(page[-1].id) if self.leftover_dm_token and more is None else more
        if more:
            body["meta"]["next_token"] = more
        return answer(200, body)

    def _event(self, event: Event, params: Mapping[str, str]) -> dict[str, Any]:
        fields = set(params.get("dm_event.fields", "id,text,event_type").split(","))
        expansions = set(params.get("expansions", "").split(","))
        text, entities = self._spelled(event.text, event.id, event.media, event.sender, direct=True)
        item: dict[str, Any] = {"id": event.id, "event_type": event.kind}
        if event.kind == "MessageCreate":
            item["text"] = text
        offered: dict[str, Any] = {
            "created_at": _stamp(event.created_at),
            "dm_conversation_id": event.conversation,
            "entities": entities,
            "attachments": {"media_keys": [m.key for m in event.media]} if event.media else None,
        }
        item |= {name: value for name, value in offered.items() if name in fields and value}
        if "sender_id" in (fields | expansions):
            item["sender_id"] = event.sender
        return {name: value for name, value in item.items() if name not in self.withheld}

    def _direct_includes(self, events: Iterable[Event], params: Mapping[str, str]) -> dict[str, Any]:
        events = list(events)
        expansions = set(params.get("expansions", "").split(","))
        box: dict[str, Any] = {}
        if "sender_id" in expansions:
            box["users"] = [self.users[u] for u in dict.fromkeys(e.sender for e in events)]
        shown = [m for e in events for m in e.media] if "attachments.media_keys" in expansions else []
        if shown:
            box["media"] = [media_object(m.key, m.type, m.alt_text, params) for m in shown]
        return {"includes": box} if box else {}

    # -- writes ----------------------------------------------------------------------------------------

    def _publish(self, request: Request) -> Response:
        body = _members(request, POST_BODY)
        reply = body.get("reply", {})
        if (
            not isinstance(reply, dict)
            or set(reply) - REPLY_BODY
            or (reply and "in_reply_to_tweet_id" not in reply)
        ):
            raise invalid("reply", "$.reply: is not as the schema says")
        media = self._named_media(body["media"].get("media_ids"), 4, "tweet") if "media" in body else []
        text = body.get("text", "")
        if not isinstance(text, str) or not (text.strip() or media):
            raise invalid("text", "$.text: must not be empty")
        if _weight(text) > 280:
            raise invalid(
                "text", "Your Tweet text is too long. For more information, see counting characters."
            )
        parent = self._parent(reply.get("in_reply_to_tweet_id"))
        full = (self._prefix(self.me, parent, text) if parent else "") + text
        if any(p.author == self.me and p.text == full and not p.gone for p in self.posts.values()):
            raise Problem(
                problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
            )
        pid = self.post(self.me, text, reply_to=parent.id if parent else None)
        self.posts[pid].media = media
        target = parent.id if parent else ""
        self.accepted.append(Accepted("post", pid, text, target, self.clock()))
        shown = self._spelled(full, pid, (), self.me)[0]
        # Seen on the live service in the newer dialect: a history of one empty string.
        made = {"id": pid, "text": shown, "edit_history_tweet_ids": [""]}
        return answer(201, {"data": made}, {"location": f"https://api.x.com/2/tweets/{pid}"})

    def _take_down(self, target: str, *, direct: bool) -> Response:
        if direct:
            event = self.events.get(target)
            if event is not None and event.sender == self.me:
                del self.events[target]
            return answer(200, {"data": {"deleted": True}})
        post = self._known_post(target)
        if post is not None and post.author != self.me:
            raise Problem(problem(403, "Forbidden", "You are not authorized to delete this Tweet."))
        if post is not None:
            post.gone = True
        return answer(200, {"data": {"deleted": True}})

    def _hide(self, request: Request, target: str) -> Response:
        body = _members(request, {"hidden"})
        if not isinstance(body.get("hidden"), bool):
            raise invalid("hidden", "$.hidden: must be a boolean")
        post = self._known_post(target)
        root = self._known_post(post.conversation) if post else None
        if post is None or post.reply_to is None or root is None or root.author != self.me:
            raise Problem(problem(403, "Forbidden", "You are not permitted to perform this action."))
        (self.hidden.add if body["hidden"] else self.hidden.discard)(target)
        return answer(200, {"data": {"hidden": body["hidden"]}})

    def _like(self, request: Request, target: str) -> Response:
        if not self.enterprise:
            raise Problem(problem(403, "Forbidden", "You are not permitted to perform this action."))
        if request.method == "POST":
            self.liked.add(_members(request, {"tweet_id"})["tweet_id"])
        else:
            self.liked.discard(target)
        return answer(200, {"data": {"liked": request.method == "POST"}})

    # -- files -----------------------------------------------------------------------------------------

    def _media_step(self, name: str, target: str, request: Request) -> Response:
        step = name.rpartition("/")[2]
        if request.method == "GET":
            upload = self._upload(request.params.get("media_id"))
            return self._media_answer(upload)
        if step == "upload":
            body = _members(request, {"media", "media_category", "additional_owners"})
            content = _unpacked(body.get("media"))
            upload = self._begin_upload(str(body.get("media_category")), len(content))
            upload.pieces[0] = content
            return self._media_answer(upload)
        if step == "initialize":
            body = _members(
                request, {"media_category", "media_type", "total_bytes", "shared", "additional_owners"}
            )
            upload = self._begin_upload(str(body.get("media_category")), int(body.get("total_bytes", 0)))
            return self._media_answer(upload)
        if step == "metadata":
            body = _members(request, {"id", "metadata"})
            self._upload(body.get("id")).alt_text = body["metadata"]["alt_text"]["text"]
            return answer(200, {"data": {"id": body["id"]}})
        upload = self._upload(target)
        if step == "append":
            body = _members(request, {"media", "segment_index"})
            upload.pieces[int(body["segment_index"])] = _unpacked(body["media"])
            return answer(200, {"data": {"expires_at": 1}})
        if len(upload.content) != upload.total:
            raise invalid("media_id", "Segments do not add up to provided total file size.")
        if upload.category.endswith("video"):
            upload.ready_at = self.clock() + timedelta(seconds=self.media_work)
        return self._media_answer(upload)

    def _begin_upload(self, category: str, total: int) -> Upload:
        if not re.fullmatch(r"(tweet|dm)_(image|gif|video)", category):
            raise invalid("media_category", f"$.media_category: [{category}] is none of the enumeration")
        upload = Upload(self._snowflake(self.clock()), category, total)
        self.uploads[upload.id] = upload
        return upload

    def _upload(self, remote_id: object) -> Upload:
        found = self.uploads.get(str(remote_id))
        if found is None:
            raise invalid("media_id", "The media id is not valid")
        return found

    def _media_answer(self, upload: Upload) -> Response:
        body: dict[str, Any] = {"id": upload.id, "media_key": upload.media.key, "expires_after_secs": 86_400}
        if upload.ready_at is not None:
            done = upload.ready_at <= self.clock()
            body["processing_info"] = (
                {"state": "succeeded", "progress_percent": 100}
                if done
                else {"state": "in_progress", "check_after_secs": 2, "progress_percent": 50}
            )
        return answer(200, {"data": body})

    def _named_media(self, ids: object, most: int, family: str) -> list[Media]:
        """The finished files a post or message names."""
        if not isinstance(ids, list) or not 1 <= len(ids) <= most:
            raise invalid("media_ids", f"$.media_ids: 1 to {most} of them")
        found = [self._upload(i) for i in ids]
        whole = all(len(u.content) == u.total and (u.ready_at or self.clock()) <= self.clock() for u in found)
        if not whole or not all(u.category.startswith(family) for u in found):
            raise invalid("media_ids", "Your media IDs are invalid.")
        if len(found) > 1 and any(not u.category.endswith("image") for u in found):
            raise invalid("media_ids", "One GIF or one video, alone.")
        return [u.media for u in found]

    def _parent(self, target: object) -> Post | None:
        if target is None:
            return None
        if not isinstance(target, str) or not re.fullmatch(r"[0-9]{1,19}", target):
            raise invalid(
                "reply.in_reply_to_tweet_id", "$.reply.in_reply_to_tweet_id: does not match ^[0-9]{1,19}$"
            )
        parent = self._known_post(target)
        if parent is None:
            raise Problem(
                problem(
                    403,
                    "Forbidden",
                    "You attempted to reply to a Tweet that is deleted or not visible to you.",
                )
            )
        if parent.author != self.me and not self.enterprise and not self._summons(parent):
            raise Problem(
                problem(
                    403,
                    "Forbidden",
                    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
                    "engaged by the author of the post you are replying to.",
                )
            )
        return parent

    def _summons(self, post: Post) -> bool:
        quoted = self._known_post(post.quote) if post.quote else None
        named = any(u == self.me and start >= post.typed_from for u, start, _ in self._mentions(post.text))
        return named or (quoted is not None and quoted.author == self.me)

    def _send(self, request: Request, conversation: str) -> Response:
        if not re.fullmatch(r"[0-9]{1,19}-[0-9]{1,19}|[0-9]{15,19}", conversation):
            raise invalid("dm_conversation_id", f"[{conversation}] is not a conversation id")
        body = _members(request, {"text", "attachments"})
        files = body.get("attachments") or []
        media = self._named_media([f["media_id"] for f in files], 1, "dm") if files else []
        text = body.get("text", "" if media else None)
        if not isinstance(text, str) or not (text or media):
            raise invalid("text", "$.text: must be at least 1 character long")
        others = self._people(conversation) - {self.me}
        if self.me not in self._people(conversation) or others & self.closed_to_dm:
            raise Problem(
                problem(403, "Forbidden", "You do not have permission to DM one or more participants.")
            )
        eid = self.dm(self.me, text, conversation=conversation)
        self.events[eid].media = media
        self.accepted.append(Accepted("dm", eid, text, conversation, self.clock()))
        made = {"dm_conversation_id": conversation, "dm_event_id": eid}
        return answer(201, {"data": made}, {"location": f'https://api.x.com/2/dm_events/"{eid}"'})

    # -- X's own form of named errors ------------------------------------------------------------------

    def _canned(self, name: str) -> Response | None:
        now = int(self.clock().timestamp())
        reset = {
            "429": str(now + 300),
            "429_past": str(now - 3600),
            "429_far": "99999999999",
            "429_garbage": "soon",
        }.get(name)
        if reset is not None:
            return too_many(
                {"x-rate-limit-limit": "15", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
            )
        match name:
            case "429_no_headers":
                return too_many({})
            case "429_day":
                short = {
                    "x-rate-limit-limit": "100",
                    "x-rate-limit-remaining": "42",
                    "x-rate-limit-reset": str(now + 60),
                }
                day = {
                    "x-user-limit-24hour-limit": "1440",
                    "x-user-limit-24hour-remaining": "0",
                    "x-user-limit-24hour-reset": str(now + 20_000),
                }
                return too_many({**short, **day})
            case "401":
                return problem(401, "Unauthorized", "Unauthorized")
            case "402":
                detail = "Your enrolled account [1] does not have any credits to fulfill this request."
                return problem(402, "CreditsDepleted", detail, "credits")
            case "403_duplicate":
                return problem(
                    403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."
                )
            case "403_bare":
                return problem(403, "Forbidden", "Forbidden")
            case "usage_capped":
                detail = "Usage cap exceeded: Monthly product cap"
                return problem(429, "UsageCapExceeded", detail, "usage-capped")
            case "503_json":
                return problem(503, "Service Unavailable", "Service Unavailable")
            case "errors_only":
                return answer(200, {"errors": [missing(self.me, "id", "user")]})
            case _:
                return None


# -- small steps -------------------------------------------------------------------------------------------


def between(one: str, other: str) -> str:
    """The id of the conversation of two people: the smaller number first."""
    low, high = sorted((int(one), int(other)))
    return f"{low}-{high}"


def _dialect(params: Mapping[str, str]) -> str:
    newer = "post.fields" in params or "referenced_posts" in params.get("expansions", "")
    return "post" if newer else "tweet"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str) -> str:
    return text[:270] + "… https://t.co/longerposts"


def _weight(text: str) -> int:
    light = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
    linked = re.sub(r"https?://\S+", "x" * 23, text)
    return sum(1 if any(low <= ord(c) <= high for low, high in light) else 2 for c in linked)


def _time(params: Mapping[str, str], name: str) -> datetime | None:
    if name not in params:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", params[name]):
        raise invalid(name, f"The `{name}` query parameter value [{params[name]}] is not a time")
    return datetime.fromisoformat(params[name])


def _user_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise invalid("id", f"The `id` query parameter value [{text}] is not valid")
    return text


def _members(request: Request, allowed: set[str]) -> dict[str, Any]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Problem(problem(415, "Unsupported Media Type", "Content-Type must be application/json"))
    try:
        body = request.json()
    except ValueError:
        raise invalid("body", "Requests with bodies must have JSON in them") from None
    if not isinstance(body, dict):
        raise invalid("body", "$: must be an object")
    for name in body:
        if name not in allowed:
            raise invalid(
                name,
                f"$.{name}: is not defined in the schema and the schema does not allow additional properties",
            )
    return body


def _unpacked(media: object) -> bytes:
    try:
        return base64.b64decode(str(media), validate=True)
    except ValueError:
        raise invalid("media", "$.media: is not base64") from None


def _attachments(post: Post) -> dict[str, Any] | None:
    box: dict[str, Any] = {}
    if post.media:
        box["media_keys"] = [m.key for m in post.media]
    if post.poll:
        box["poll_ids"] = [post.first_id]
    return box or None


def _poll(post: Post) -> dict[str, Any]:
    options = [{"position": n, "label": label, "votes": 0} for n, label in enumerate(post.poll, 1)]
    return {"id": post.first_id, "options": options}
