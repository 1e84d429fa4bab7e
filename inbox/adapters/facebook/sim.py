"""The Graph API of a Page, simulated: a second witness of the platform, written from facts/facebook.md and the v25.0 specs.

    sim = Simulator(clock)
    ann = sim.world.person("Ann")
    sim.world.writes(ann, "Where is my parcel?")
    client = http.open_client(sim.url, transport=simkit.transport(sim))

It is strict where the real one is lenient (unknown fields and parameters answer code 100), so that a wrong call
shows in a test. Faults come through `sim.faults`, the limits through `sim.usage` and `sim.calls_left`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from inbox.adapters import simkit
from inbox.adapters.facebook import sim_fields, sim_lists
from inbox.adapters.facebook.sim_fields import Field
from inbox.adapters.facebook.sim_values import (
    check_names,
    choice,
    cursor,
    decoded,
    gone,
    inner,
    moment,
    multipart,
    number,
    only,
    stamp,
    uncursor,
)
from inbox.adapters.facebook.sim_world import (
    INSTAGRAM_ID,
    WEEK,
    Comment,
    Conversation,
    GraphError,
    Message,
    Person,
    Post,
    World,
    overlay,
)

VERSION = "v25.0"
GENERIC = frozenset(
    [
        "fields",
        "limit",
        "after",
        "before",
        "since",
        "until",
        "summary",
        "access_token",
        "appsecret_proof",
        "locale",
        "pretty",
    ]
)
FEED_PARAMS = frozenset({"include_hidden", "show_expired", "with"})
COMMENT_PARAMS = frozenset({"filter", "live_filter", "order"})
SEND_MEMBERS = frozenset(
    [
        "folder",
        "message",
        "messaging_type",
        "notification_type",
        "payload",
        "persona_id",
        "recipient",
        "reply_to",
        "sender_action",
        "suggestion_action",
        "tag",
        "thread_control",
    ]
)
DETAILS = 20
LARGEST_PAGE = {"conversations": 200, "messages": 100}
PERSON_ID = "777"
"""Who signed in, where the token is a person's."""
MOST_THINGS = 4000
"""Posts times comments in one answer, beyond which Facebook asks to reduce the amount of data."""


class Simulator:
    """`handle` answers one request; see `simkit` for ways to reach it."""

    url = "https://graph.facebook.com"

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        page_id: str = "1001",
        page_name: str = "Acme",
        token: str = "page-token-of-acme",
    ) -> None:
        self.world = World(clock, page_id=page_id, page_name=page_name)
        self.clock = clock
        self.token = token
        self.faults = simkit.Faults()
        self.requests: list[simkit.Request] = []
        """Everything that was asked, for tests of what we ask."""

        # knobs
        self.version = VERSION
        self.token_error: tuple[int, int | None] | None = None
        """(code, subcode) that every call answers, as after a password change."""
        self.person_token = False
        """The token is a person's: lists come back empty, nothing can be written."""
        self.tells_authors = True
        self.refuses: dict[str, GraphError] = {}
        """By edge of the Page, how asking for it is refused: the app may not read it."""
        self.first_photo_with_post = False
        """Whether the list of a post also shows the comments on its first photo (seen in 2015)."""
        self.reads_back = True
        """Whether the answer to a new comment shows the fields that were asked for, or its id alone."""
        self.ranked = True
        self.keeps_order = True
        """False: comments come oldest first, whatever was asked for."""
        self.details = DETAILS
        self.withheld: set[str] = set()
        """Ids left out of a page after it was cut: short and empty pages that still have a next one."""
        self.usage: dict[str, Any] = {}
        """Header name to its value, as text or as JSON."""
        self.calls_left: int | None = None
        self.regain_minutes = 0
        self.most_things = MOST_THINGS
        self.next_url: Callable[[str], str] = lambda url: url
        """Changes the `next` of every list (loops, other hosts)."""

    @property
    def accepted(self) -> list[Any]:
        """What the platform took from us, in order."""
        return list(self.world.accepted)

    async def handle(self, request: simkit.Request) -> simkit.Response:
        self.requests.append(request)
        call = _Call(self, request)
        fault = self.faults.take(call.endpoint)
        return await simkit.perform(self.faults, fault, lambda: self._answer(call), self._canned)

    def _answer(self, call: _Call) -> simkit.Response:
        try:
            if self.calls_left is not None:
                self.calls_left -= 1
                if self.calls_left < 0:
                    code = 80006 if "messages" in call.endpoint or "conversations" in call.endpoint else 80001
                    raise GraphError(code, f"(#{code}) There have been too many calls for this Page account.")
            return self._respond(200, call.run())
        except GraphError as error:
            return self._refuse(error)

    def _respond(self, status: int, body: Any) -> simkit.Response:
        headers = {
            "facebook-api-version": self.version,
            "date": simkit.http_date(self.clock()),
            "content-type": "application/json; charset=UTF-8",
        }
        for name, value in self.usage.items():
            headers[name] = value if isinstance(value, str) else json.dumps(value)
        if (
            self.calls_left is not None
            and self.calls_left <= 0
            and "x-business-use-case-usage" not in headers
        ):
            entry = {
                "type": "pages",
                "call_count": 100,
                "total_cputime": 3,
                "total_time": 5,
                "estimated_time_to_regain_access": self.regain_minutes,
            }
            headers["x-business-use-case-usage"] = json.dumps({self.world.page_id: [entry]})
        return simkit.answer(status, body, headers)

    def _refuse(self, error: GraphError) -> simkit.Response:
        body: dict[str, Any] = {
            "message": error.message,
            "type": "OAuthException",
            "code": error.code,
            "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv",
        }
        if error.subcode is not None:
            body["error_subcode"] = error.subcode
        if error.transient is not None:
            body["is_transient"] = error.transient
        return self._respond(error.status, {"error": body})

    def _canned(self, name: str) -> simkit.Response | None:
        """Faults in Facebook's own words. "fb:190/463", "fb:368@200": any code, with any status."""
        if name.startswith("fb:"):
            codes, _, status = name[3:].partition("@")
            code, _, subcode = codes.partition("/")
            return self._refuse(
                GraphError(
                    int(code),
                    f"(#{code}) Injected",
                    subcode=int(subcode) if subcode else None,
                    status=int(status or 400),
                )
            )
        match name:
            case "401":
                return self._refuse(GraphError(190, "Session has expired", subcode=463, status=401))
            case "429" | "429_no_headers":
                return self._refuse(GraphError(80001, "(#80001) There have been too many calls."))
            case "500" | "503":
                return self._refuse(
                    GraphError(2, "Service temporarily unavailable", status=int(name), transient=True)
                )
            case "sent_with_error":
                return self._refuse(GraphError(1, "An unknown error occurred", subcode=1357046, status=500))
            case "too_much":
                return self._refuse(
                    GraphError(
                        1,
                        "Please reduce the amount of data you're asking for, then retry your request",
                        status=500,
                    )
                )
            case _:
                return None


# -- one call ----------------------------------------------------------------------------------------------


class _Call:
    """One request on its way through the routes."""

    def __init__(self, sim: Simulator, request: simkit.Request) -> None:
        self.sim, self.world, self.request = sim, sim.world, request
        self.steps = [s for s in request.path.split("/") if s]
        self.params = request.params
        edge = self.steps[2] if len(self.steps) > 2 else ""
        self.endpoint = f"{request.method} {edge or 'node'}"

    def run(self) -> Any:
        if not self.steps or self.steps[0] != VERSION:
            raise GraphError(2500, "Unknown path components: " + self.request.path)
        if len(self.steps) not in (2, 3):
            raise GraphError(2500, "Unknown path components: " + self.request.path)
        self._sign_in()
        if self.request.method == "GET":
            return self._get(self.steps[1], self.steps[2] if len(self.steps) == 3 else None)
        if self.sim.person_token:
            raise GraphError(1705, "(#1705) There was an error when posting to this Page.")
        if self.request.method == "POST":
            return self._post(self.steps[1], self.steps[2] if len(self.steps) == 3 else None)
        if self.request.method == "DELETE":
            return self._delete(self.steps[1], self.steps[2] if len(self.steps) == 3 else None)
        raise GraphError(100, f"Unsupported {self.request.method.lower()} request.", subcode=33)

    def _sign_in(self) -> None:
        given = self.request.bearer or self.params.get("access_token")
        if given is None:
            raise GraphError(2500, "An active access token must be used to query information", status=400)
        if given != self.sim.token:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if self.sim.token_error is not None:
            code, subcode = self.sim.token_error
            raise GraphError(code, "Error validating access token", subcode=subcode, status=401)

    def _allow(self, extra: frozenset[str] = frozenset(), less: frozenset[str] = frozenset()) -> None:
        for name in self.params:
            if name not in (GENERIC | extra) - less:
                raise GraphError(100, f"(#100) Unknown parameter {name}")

    # -- reading -------------------------------------------------------------------------------------------

    def _get(self, id_: str, edge: str | None) -> Any:
        if edge is None:
            return self._node(id_)
        match edge:
            case "conversations":
                return self._conversations(id_)
            case "messages":
                return self._message_list(id_)
            case "comments":
                return self._comment_list(id_)
            case "published_posts" | "posts" | "feed" | "visitor_posts" | "tagged":
                return self._post_list(id_, edge)
            case _ if edge in sim_lists.LISTS:
                return self._beside_list(id_, sim_lists.LISTS[edge])
            case _:
                raise GraphError(100, f"(#100) Tried accessing nonexisting field ({edge})")

    def _node(self, id_: str) -> Any:
        self._allow()
        if id_ in self.world.unreadable:
            raise gone(id_)
        if id_ in ("me", PERSON_ID) and self.sim.person_token:
            return self._show({"id": PERSON_ID, "name": "Some Person"}, self._fields("User"))
        if id_ in ("me", self.world.page_id):
            return self._show(sim_lists.page_members(self.world), self._fields("Page"))
        if id_ in self.world.conversations:
            return self._thread(self.world.conversations[id_], self._fields("UnifiedThread"))
        if id_ in self.world.posts:
            post = self.world.posts[id_]
            return self._show_post(post, self._fields(sim_lists.NODES.get(post.kind, "PagePost")))
        if id_.startswith(("m_", "aWdfZAG")):
            return self._single_message(id_)
        return self._show_comment(self._comment(id_), self._fields("Comment"))

    def _single_message(self, id_: str) -> Any:
        for conversation in self.world.conversations.values():
            newest = conversation.messages[-self.sim.details :]
            for message in conversation.messages:
                if message.id == id_ and message in newest:
                    return self._show_message(conversation, message, self._fields("UnifiedMessage"))
                if message.id == id_:
                    raise GraphError(9000001, "The requested resource has been deleted")
        raise gone(id_)

    def _comment(self, id_: str) -> Comment:
        found = self.world.find_comment(id_)
        if found is None:
            raise gone(id_)
        return found

    def _own_page(self, id_: str) -> None:
        if id_ not in ("me", self.world.page_id):
            raise gone(id_)

    def _conversations(self, page: str) -> Any:
        self._own_page(page)
        self._allow(frozenset({"folder", "platform", "tags", "user_id"}), less=frozenset({"since", "until"}))
        platform = self.params.get("platform", "messenger").lower()
        if platform not in ("messenger", "instagram"):
            raise GraphError(100, "(#100) Param platform must be one of {INSTAGRAM, MESSENGER}")
        if self.sim.person_token:
            return {"data": []}
        wanted = self.params.get("user_id")
        found = [
            c
            for c in self.world.conversations.values()
            if c.messages
            and c.instagram is (platform == "instagram")
            and wanted in (None, c.person.igsid if c.instagram else c.person.psid)
        ]
        found.sort(key=lambda c: (c.updated, c.number), reverse=True)
        return self._list(
            found,
            "UnifiedThread",
            lambda c: (c.updated.timestamp(), c.number),
            self._thread,
            path=f"{self.world.page_id}/conversations",
        )

    def _message_list(self, id_: str) -> Any:
        conversation = self.world.conversations.get(id_)
        if conversation is None:
            raise gone(id_)
        if "__paging_token" in self.params:
            self._allow(frozenset({"source", "__paging_token"}), less=frozenset({"since"}))
        else:
            self._allow(frozenset({"source"}), less=frozenset({"since", "until"}))
        return self._messages_of(conversation, self._fields("UnifiedMessage"), self.params, None)

    def _messages_of(
        self,
        conversation: Conversation,
        fields: Sequence[Field],
        params: Mapping[str, str],
        limit: int | None,
    ) -> Any:
        newest_first = list(reversed(conversation.messages))
        detailed = {m.id for m in newest_first[: self.sim.details]}

        def show(message: Message, wanted: Sequence[Field]) -> Any:
            if message.id not in detailed:
                return {"id": message.id}
            return self._show_message(conversation, message, wanted)

        return self._list(
            newest_first,
            "UnifiedMessage",
            lambda m: (m.at.timestamp(), m.id),
            show,
            path=f"{conversation.id}/messages",
            fields=fields,
            params=params,
            limit=limit,
        )

    def _post_list(self, page: str, edge: str) -> Any:
        self._own_page(page)
        self._allow(frozenset() if edge == "tagged" else FEED_PARAMS)
        if self.sim.person_token:
            return {"data": []}
        pick: dict[str, Callable[[Post], bool]] = {
            "published_posts": lambda p: p.author is None and p.kind == "post",
            "posts": lambda p: p.author is None and p.kind == "post",
            "visitor_posts": lambda p: p.author is not None and p.id.startswith(f"{self.world.page_id}_"),
            "tagged": lambda p: p.tags_page,
            "feed": lambda p: p.kind == "post",
        }
        found = sorted((p for p in self.world.posts.values() if pick[edge](p)), key=self._rank, reverse=True)
        return self._list(
            found,
            "PagePost",
            self._rank,
            lambda post, fields: self._show_post(post, fields, tagged=edge == "tagged"),
            path=f"{self.world.page_id}/{edge}",
            fields=self._fields("PagePost", sim_fields.TAGGED_ONLY if edge == "tagged" else frozenset()),
        )

    def _beside_list(self, page: str, wanted: sim_lists.SimList) -> Any:
        """Reels, photos, albums, live videos, ads."""
        self._own_page(page)
        self._allow(wanted.params, less=frozenset({"since", "until"} - wanted.params))
        fields = self._fields(wanted.node)
        if wanted.edge in self.sim.refuses:
            raise self.sim.refuses[wanted.edge]
        found = [] if self.sim.person_token else wanted.pick(self.world.posts.values(), self.params)
        return self._list(
            sorted(found, key=self._rank, reverse=True),
            wanted.node,
            self._rank,
            self._show_post,
            path=f"{self.world.page_id}/{wanted.edge}",
            fields=fields,
        )

    def _rank(self, post: Post) -> tuple[float, str]:
        """Roughly by time, but two days to and fro by what Facebook finds interesting."""
        shift = zlib.crc32(post.id.encode()) % 172_800 if self.sim.ranked else 0
        return post.at.timestamp() + shift, post.id

    def _comment_list(self, id_: str) -> Any:
        self._allow(COMMENT_PARAMS)
        post = self.world.posts.get(id_)
        if post is not None:
            return self._comments_of(post, self._fields("Comment"), self.params, None)
        return self._comments_of(self._comment(id_), self._fields("Comment"), self.params, None)

    def _comments_of(
        self, under: Post | Comment, fields: Sequence[Field], params: Mapping[str, str], limit: int | None
    ) -> Any:
        stream = choice(params, "filter", ("toplevel", "stream")) == "stream"
        order = choice(params, "order", ("chronological", "reverse_chronological"))
        backwards = order != "chronological" and self.sim.keeps_order
        found = self._under(under, stream)
        if isinstance(under, Post) and under.on_air and params.get("live_filter") != "no_filter":
            found = [c for c in found if c.id not in under.low_quality]
        if (since := params.get("since")) is not None:
            found = [c for c in found if c.at >= moment(since)]
        found.sort(key=lambda c: (c.at, c.id), reverse=backwards)
        post = under if isinstance(under, Post) else under.post
        body = self._list(
            [] if self.sim.person_token else found,
            "Comment",
            lambda c: (c.at.timestamp(), c.id),
            self._show_comment,
            path=f"{under.id}/comments",
            fields=fields,
            params=params,
            limit=limit,
            backwards=backwards,
        )
        if params.get("summary") in ("1", "true", "total_count"):
            order = "reverse_chronological" if backwards else "chronological"
            body["summary"] = {
                "order": order,
                "total_count": len(found) + post.overcounted,
                "can_comment": not post.closed,
            }
        return body

    def _under(self, under: Post | Comment, stream: bool) -> list[Comment]:
        if isinstance(under, Post):
            shown = under.comments
            if self.sim.first_photo_with_post:
                photos = (p for p in self.world.posts.values() if p.story is under)
                shown = [*shown, *(c for photo in [*photos][:1] for c in photo.comments)]
            return [c for c in shown if stream or c.parent is None]
        return [c for c in under.post.comments if c.parent is under]

    # -- lists ---------------------------------------------------------------------------------------------

    def _list(
        self,
        things: Sequence[Any],
        node: str,
        place: Callable[[Any], tuple[float, Any]],
        show: Callable[[Any, Sequence[Field]], Any],
        *,
        path: str,
        fields: Sequence[Field] | None = None,
        params: Mapping[str, str] | None = None,
        limit: int | None = None,
        backwards: bool = True,
    ) -> dict[str, Any]:
        """One page, cut by place and not by count, so that what moves between two calls moves here too."""
        params = self.params if params is None else params
        fields = self._fields(node) if fields is None else fields
        size = limit if limit is not None else number(params.get("limit"), 25)
        size = min(size, LARGEST_PAGE.get(path.rsplit("/", 1)[-1], 100))
        self._check_amount(size, fields)
        # Old versions put the place into `until`, beside a `__paging_token`.
        old = params.get("until") if "__paging_token" in params else None
        after = uncursor(params.get("after") or old)
        if after is not None:
            things = [t for t in things if (list(place(t)) < after) == backwards and list(place(t)) != after]
        page, more = list(things[:size]), len(things) > size
        shown = [show(t, fields) for t in page if getattr(t, "id", None) not in self.sim.withheld]
        body: dict[str, Any] = {"data": shown}
        if page:
            cursors = {"before": cursor(place(page[0])), "after": cursor(place(page[-1]))}
            body["paging"] = {"cursors": cursors}
            if more:
                body["paging"]["next"] = self._next_url(path, params, fields, size, cursors["after"])
        return body

    def _check_amount(self, size: int, fields: Sequence[Field]) -> None:
        lists = [f for f in fields if f.name in ("comments", "messages")]
        inner = max((number(f.modifiers.get("limit"), 25) for f in lists), default=1)
        if size * max(inner, 1) > self.sim.most_things:
            raise GraphError(
                1, "Please reduce the amount of data you're asking for, then retry your request", status=500
            )

    def _next_url(
        self, path: str, params: Mapping[str, str], fields: Sequence[Field], size: int, after: str
    ) -> str:
        kept = {
            k: v for k, v in params.items() if k not in ("after", "before", "access_token", "limit", "fields")
        }
        query = {
            "access_token": self.sim.token,
            "pretty": "0",
            **kept,
            "fields": sim_fields.show(tuple(fields)),
            "limit": str(size),
            "after": after,
        }
        host = self.request.headers.get("host", "graph.facebook.com")
        scheme = "http" if host.startswith(("127.", "localhost")) else "https"
        return self.sim.next_url(f"{scheme}://{host}/{VERSION}/{path}?{urlencode(query)}")

    # -- showing -------------------------------------------------------------------------------------------

    def _fields(self, node: str, also: frozenset[str] = frozenset()) -> tuple[Field, ...]:
        try:
            fields = sim_fields.parse(self.params.get("fields") or sim_fields.DEFAULTS[node])
        except sim_fields.BadFields as error:
            raise GraphError(2500, f"Syntax error in fields: {error}") from None
        check_names(node, fields, also)
        return fields

    def _show(self, members: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
        """Only what was asked for; members without content are left out, `id` always comes along."""
        shown: dict[str, Any] = {}
        for wanted in fields:
            value = members.get(wanted.name)
            if callable(value):
                value = value(wanted)
            elif isinstance(value, dict) and wanted.children is not None and "data" not in value:
                value = {f.name: value[f.name] for f in wanted.children if f.name in value}
            if value is not None:
                shown[wanted.label] = value
        if "id" in members and members["id"] is not None:
            shown.setdefault("id", members["id"])
        return shown

    def _on_instagram(self, person: Person | None) -> dict[str, Any]:
        if person is None:
            return {"username": self.world.instagram, "id": INSTAGRAM_ID}
        return {"username": person.handle, "id": person.igsid}

    def _likes(self, liked: bool, wanted: Field) -> dict[str, Any]:
        body: dict[str, Any] = {"data": []}
        if wanted.modifiers.get("summary") == "true":
            body["summary"] = {"total_count": int(liked), "can_like": True, "has_liked": liked}
        return body

    def _person(self, person: Person | None, *, comment: bool) -> dict[str, Any]:
        if person is None:
            found = {"name": self.world.page_name, "id": self.world.page_id}
        else:
            found = {"name": person.name, "id": person.author_id if comment else person.psid}
        if not comment:
            found["email"] = f"{found['id']}@facebook.com"
        return found

    def _thread(self, conversation: Conversation, fields: Sequence[Field]) -> dict[str, Any]:
        both = (conversation.person, None)
        people = [
            self._on_instagram(p) if conversation.instagram else self._person(p, comment=False) for p in both
        ]
        members: dict[str, Any] = {
            "id": conversation.id,
            "updated_time": stamp(conversation.updated),
            "unread_count": conversation.unread,
            "can_reply": None if conversation.instagram else conversation.can_reply,
            "link": f"/{self.world.page_id}/inbox/{conversation.number}/",
            "message_count": len(conversation.messages),
            "participants": {"data": people},
            "senders": {"data": people},
            "snippet": conversation.messages[-1].text if conversation.messages else "",
            "messages": lambda wanted: self._messages_of(
                conversation,
                wanted.children or sim_fields.parse(sim_fields.DEFAULTS["UnifiedMessage"]),
                wanted.modifiers,
                number(wanted.modifiers.get("limit"), 25),
            ),
        }
        return self._show(members, fields)

    def _show_message(
        self, conversation: Conversation, message: Message, fields: Sequence[Field]
    ) -> dict[str, Any]:
        person, page = (
            self._on_instagram(p) if conversation.instagram else self._person(p, comment=False)
            for p in (conversation.person, None)
        )
        author, to = (page, person) if message.by_page else (person, page)
        members: dict[str, Any] = {
            "id": message.id,
            "created_time": stamp(message.at),
            "from": author,
            "to": {"data": [to]},
            "message": message.text,
            "sticker": message.sticker,
            "tags": {"data": [{"name": "inbox"}]},
            "attachments": (lambda wanted: inner("Attachment", message.attachments, wanted))
            if message.attachments
            else None,
            "shares": (lambda wanted: inner("Share", message.shares, wanted)) if message.shares else None,
            "reply_to": {"mid": message.reply_to, "is_self_reply": False} if message.reply_to else None,
            "is_unsupported": True if message.unsupported else None,
            "reactions": {
                "data": [
                    {"reaction": word, "users": [{"name": who.name, "id": who.psid}]}
                    for word, who in message.reactions
                ]
            }
            if message.reactions
            else None,
            "story": message.story,
        }
        return overlay(self._show(members, fields), message.extra)

    def _show_post(self, post: Post, fields: Sequence[Field], *, tagged: bool = False) -> dict[str, Any]:
        members: dict[str, Any] = {
            "id": post.id,
            **sim_lists.own_members(post, self.world.page_id),
            "created_time": stamp(post.at),
            "updated_time": stamp(post.updated),
            "likes": lambda wanted: self._likes(post.liked, wanted),
            "tagged_time": stamp(post.at) if post.tags_page else None,
            # Of posts that tag the Page only the caller's own name their author.
            "from": None
            if tagged or not self._tells(post.author)
            else self._person(post.author, comment=True),
            "attachments": (lambda wanted: inner("StoryAttachment", post.attachments, wanted))
            if post.attachments
            else None,
            "can_reply_privately": post.author is not None
            and post.private_reply is None
            and self.world.now() - post.at <= WEEK,
            "is_hidden": post.hidden,
            "is_published": post.kind != "ad",
            "comments": lambda wanted: self._comments_of(
                post,
                wanted.children or sim_fields.parse(sim_fields.DEFAULTS["Comment"]),
                wanted.modifiers,
                number(wanted.modifiers.get("limit"), 25),
            ),
        }
        return overlay(self._show(members, fields), post.extra)

    def _tells(self, author: Person | None) -> bool:
        return author is None or self.sim.tells_authors

    def _show_comment(self, comment: Comment, fields: Sequence[Field]) -> dict[str, Any]:
        top = comment.parent or comment
        link = sim_lists.comment_link(comment.post, self.world.page_id, top.short_id)
        if comment.parent:
            link += f"&reply_comment_id={comment.short_id}"
        parent = comment.parent
        used = comment.private_reply
        members: dict[str, Any] = {
            "id": comment.id,
            "message": comment.text,
            "created_time": stamp(comment.at),
            "from": self._person(comment.author, comment=True) if self._tells(comment.author) else None,
            "attachment": comment.attachment,
            "can_comment": not comment.post.closed,
            "can_hide": comment.author is not None,
            "can_remove": True,
            "can_like": True,
            "can_reply_privately": comment.author is not None
            and used is None
            and self.world.now() - comment.at <= WEEK,
            "private_reply_conversation": {
                "id": used.id,
                "link": f"/{self.world.page_id}/inbox/{used.number}/",
            }
            if used
            else None,
            "comment_count": len(self._under(comment, stream=True)),
            "is_hidden": comment.hidden,
            "is_private": False,
            "like_count": 0,
            "user_likes": comment.liked,
            "permalink_url": link,
            "parent": (
                lambda wanted: self._show_comment(
                    parent, wanted.children or sim_fields.parse(sim_fields.DEFAULTS["Comment"])
                )
            )
            if parent
            else None,
            "comments": lambda wanted: self._comments_of(
                comment,
                wanted.children or sim_fields.parse(sim_fields.DEFAULTS["Comment"]),
                wanted.modifiers,
                number(wanted.modifiers.get("limit"), 25),
            ),
        }
        return overlay(self._show(members, fields), comment.extra)

    # -- writing -------------------------------------------------------------------------------------------

    def _post(self, id_: str, edge: str | None) -> Any:
        body = self._body()
        if edge == "messages":
            self._own_page(id_)
            self._allow()
            return self._send(body)
        if edge == "comments":
            self._allow()
            return self._add_comment(id_, body)
        if edge == "likes":
            self._allow()
            self.world.like(self._liked(id_), True)
            return {"success": True}
        if edge in ("message_attachments", "photos", "moderate_conversations"):
            self._own_page(id_)
            self._allow()
            return self._upload(edge, body) if edge != "moderate_conversations" else self._moderate(body)
        if edge is None:
            only(body, {"message", "is_hidden", "attachment_id", "attachment_share_url", "attachment_url"})
            hidden = body.get("is_hidden")
            self.world.change(
                self._liked(id_),
                text=body.get("message"),
                hidden=None if hidden is None else str(hidden).lower() == "true",
            )
            return {"success": True}
        raise GraphError(100, "Unsupported post request.", subcode=33)

    def _delete(self, id_: str, edge: str | None) -> Any:
        self._allow()
        if edge == "likes":
            self.world.like(self._liked(id_), False)
        elif edge is None:
            self.world.remove_comment(self._comment(id_))
        else:
            raise GraphError(100, "Unsupported delete request.", subcode=33)
        return {"success": True}

    def _liked(self, id_: str) -> Post | Comment:
        return self.world.posts.get(id_) or self._comment(id_)

    def _moderate(self, body: dict[str, Any]) -> Any:
        only(body, {"actions", "user_ids"})
        for action in body["actions"]:
            if action not in ("BLOCK_USER", "UNBLOCK_USER"):
                raise GraphError(100, f"(#100) Param actions[0] must be one of the list, got {action}")
            for user in body["user_ids"]:
                self.world.block(str(user["id"]), action == "BLOCK_USER")
        return {"success": True}

    def _upload(self, edge: str, body: dict[str, Any]) -> Any:
        if edge == "photos":
            only(body, {"published", "source", "alt_text_custom"})
            if body.get("published") != "false" or not isinstance(body.get("source"), tuple):
                raise GraphError(100, "(#100) An unpublished photo with a source was expected")
            return {"id": self.world.upload(body["source"][0])}
        only(body, {"message", "filedata", "platform"})
        attachment = decoded(body.get("message")).get("attachment", {})
        if attachment.get("type") not in ("image", "video", "audio", "file") or "filedata" not in body:
            raise GraphError(100, "(#100) Incorrect attachment", subcode=2018047)
        return {"attachment_id": self.world.upload(body["filedata"][0])}

    def _body(self) -> dict[str, Any]:
        kind = self.request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            return multipart(kind, self.request.body)
        if "json" in kind:
            try:
                found = self.request.json()
            except ValueError:
                raise GraphError(100, "(#100) The body is no JSON") from None
            if not isinstance(found, dict):
                raise GraphError(100, "(#100) The body is no object")
            return found
        return dict(self.request.form)

    def _send(self, body: dict[str, Any]) -> Any:
        only(body, SEND_MEMBERS)
        recipient = decoded(body.get("recipient"))
        if len(recipient) != 1:
            raise GraphError(100, "(#100) The parameter recipient is required, with exactly one member")
        if "sender_action" in body:
            return self._sign(str(recipient.get("id")), body)
        message = decoded(body.get("message"))
        only(message, {"text", "metadata", "attachment", "quick_replies", "sticker_id"})
        text, metadata = message.get("text", ""), message.get("metadata")
        payload = message.get("attachment", {}).get("payload", {})
        if not isinstance(text, str) or len(metadata or "") >= 1000:
            raise GraphError(100, "(#100) Invalid message")
        kind, tag = body.get("messaging_type"), body.get("tag")
        if kind not in (None, "RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"):
            raise GraphError(100, f"(#100) Param messaging_type must be one of the list, got {kind}")
        if (kind == "MESSAGE_TAG") != (tag is not None):
            raise GraphError(100, "(#100) A tag goes with messaging_type MESSAGE_TAG, and only with it")
        name, target = next(iter(recipient.items()))
        if name == "id":
            psid, mid = self.world.send(
                str(target),
                text,
                kind=kind,
                tag=tag,
                metadata=metadata,
                attachment=payload.get("attachment_id"),
            )
        elif name in ("comment_id", "post_id"):
            if kind is not None:
                raise GraphError(100, "(#100) A private reply has no messaging_type")
            psid, mid = self.world.send_private(self._private_target(name, str(target)), text, metadata)
        else:
            raise GraphError(100, f"(#100) Recipient {name} is not simulated")
        return {"recipient_id": psid, "message_id": mid}

    def _sign(self, person: str, body: dict[str, Any]) -> Any:
        if "message" in body:
            raise GraphError(100, "(#100) A sender action goes alone", subcode=2018014)
        if body["sender_action"] not in ("typing_on", "typing_off", "mark_seen"):
            raise GraphError(100, "(#100) Param sender_action must be one of the list")
        if person not in self.world.people:
            raise GraphError(100, "(#100) No matching user found", subcode=2018001)
        self.world.signs.append((person, body["sender_action"]))
        return {"recipient_id": person}

    def _private_target(self, name: str, target: str) -> Comment | Post:
        if name == "comment_id":
            return self._comment(target)
        post = self.world.posts.get(target)
        if post is None:
            raise gone(target)
        return post

    def _add_comment(self, id_: str, body: dict[str, Any]) -> Any:
        only(body, {"message", "attachment_id", "attachment_url", "attachment_share_url"})
        under = self.world.posts.get(id_) or self._comment(id_)
        fields = sim_fields.parse(self.params.get("fields") or "id")
        check_names("Comment", fields)
        added = self.world.add_comment(under, str(body.get("message", "")), body.get("attachment_id"))
        return self._show_comment(added, fields if self.sim.reads_back else sim_fields.parse("id"))
