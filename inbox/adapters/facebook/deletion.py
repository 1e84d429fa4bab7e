"""What Facebook must answer for something to count as deleted, and how it is asked.

One sentence of Facebook's (100/33) stands for four causes: deleted, not visible to us, a wrong id, a wrong host. So an id
that is answered with it counts as deleted only where a list beside it comes in the same look and does not show it:
the comments of its post, the messages of its conversation, the posts of its Page. A list that shows something outranks
the question by id. The caller asks twice, an hour apart, before it erases anything (facts/facebook.md#4.1).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from inbox.adapters.facebook import values, wire_messages, wire_posts
from inbox.adapters.facebook.errors import Gone
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.paging import pages
from inbox.adapters.facebook.usage import WIDEN_AT
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable
from inbox.ports.platform import Asked, Incoming, Look

WITH_CONTROL, NEVER = "with a control read", "never"

ANSWERS = MappingProxyType(
    {
        # code, or code and subcode: (does it prove a deletion?, what it means, source)
        "100/33": (
            WITH_CONTROL,
            "deleted, not visible to this token, a wrong id or host",
            "facts/facebook.md#4.1; recorded",
        ),
        "803": (WITH_CONTROL, "the id or alias names nothing", "facts/facebook.md#4.2"),
        "9000001": (
            NEVER,
            "details withheld: older than the 20 newest of a conversation",
            "facts/facebook.md#1.2",
        ),
        "100/9000001": (NEVER, "the same", "facts/facebook.md#1.2"),
        "100": (
            NEVER,
            "a permission or feature is missing, or our question was wrong",
            "facts/facebook.md#4.3; recorded",
        ),
        "10": (NEVER, "permission", "facts/facebook.md#4.3; recorded"),
        "3": (NEVER, "permission", "facts/facebook.md#4.3"),
        "200-299": (NEVER, "permission, role on the Page", "facts/facebook.md#4.3"),
        "21": (NEVER, "the Page was merged or moved", "facts/facebook.md#4.4"),
        "100/21": (NEVER, "the Page was merged or moved", "facts/facebook.md#4.4"),
        "190": (NEVER, "the token", "facts/facebook.md#4.3; recorded"),
        "102": (NEVER, "the session", "facts/facebook.md#4.3"),
        "2500": (NEVER, "an unknown path, or no token", "facts/facebook.md#4.3"),
        "4, 17, 32, 341, 613, 80001, 80002, 80006": (NEVER, "limits", "facts/facebook.md#7.3"),
        "1": (NEVER, "trouble of Facebook's", "facts/facebook.md#4.3; recorded"),
        "2": (NEVER, "trouble of Facebook's", "facts/facebook.md#4.3; recorded"),
        "1705": (NEVER, "a wrong form of id, or a person's token", "facts/facebook.md#4.3"),
        "HTTP 200 with `false`": (
            NEVER,
            "deleted, as old clients read it: too weak",
            "facts/facebook.md#4.3",
        ),
    }
)
"""A code that is not listed here proves nothing either. Said outright by a webhook is a first look, too."""

_PROOFS = frozenset(code for code, (proof, *_) in ANSWERS.items() if proof == WITH_CONTROL)

PAGE_OF_IDS = 100
COMMENTS = 50
MOST_PAGES = 100
MOST_POST_PAGES = 10
MOST_MESSAGE_PAGES = 10
MOST_UNDER_A_LOST_POST = 10
POSTS = MappingProxyType(
    {
        Surface.COMMENTS: "published_posts",
        Surface.VISITOR_POSTS: "visitor_posts",
        Surface.TAGGED: "tagged",
    }
)


def may_be_deleted(error: PlatformError) -> bool:
    """Whether an error says that an id names nothing, for whatever reason."""
    code = error.code or ""
    return isinstance(error, Gone) and (code in _PROOFS or code.partition("/")[0] == "803")


async def look(graph: Graph, surface: Surface, asked: Sequence[Asked]) -> Look:
    """Ask for a batch of one surface. What could not be asked is left undecided. Raises AuthExpired, and RateLimited
    where nothing at all could be asked."""
    looking = _Looking(graph, surface, await graph.page_id())
    try:
        if surface.private:
            for thread, some in _by(asked, lambda one: one.thread).items():
                await looking.private(thread, some)
        else:
            await looking.public(asked)
    except _LimitsNear:
        pass
    except RateLimited:
        if not looking.there and not looking.deleted:
            raise
    return looking.found()


class _LimitsNear(Exception):
    """Looking again costs calls, and what is new comes first."""


class _Looking(Struct):
    graph: Graph
    surface: Surface
    page_id: str
    there: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    with_parent: set[str] = field(default_factory=set)
    messages: list[Incoming] = field(default_factory=list)

    def found(self) -> Look:
        """Return what the look has brought so far."""
        return Look(
            there=frozenset(self.there),
            deleted=frozenset(self.deleted - self.there),
            with_parent=frozenset(self.with_parent - self.there),
            messages=self.messages,
            notes=self.graph.take_notes(),
        )

    async def ask(self, path: str, params: Mapping[str, str]) -> Any:
        """Ask Facebook once; a limit that comes near ends the look."""
        if (self.graph.usage.pace(self.graph.clock.now()).percent_used or 0) >= WIDEN_AT:
            raise _LimitsNear
        return await self.graph.ask(path, params)

    # -- messages ------------------------------------------------------------------------------------------

    async def private(self, thread: str, asked: Sequence[Asked]) -> None:
        """The list of a conversation names every message, also those whose details are withheld."""
        listed = set[str]()
        try:
            async for items in self.items(
                node(thread, "messages"), {"fields": "id"}, PAGE_OF_IDS, MOST_MESSAGE_PAGES
            ):
                listed |= {key for raw in items if (key := wire_messages.listed_key(raw)) is not None}
                if listed.issuperset(values.message_key(one.remote_id) for one in asked):
                    break
        except (Refused, Unavailable):
            return  # without the control nothing is proved
        for one in asked:
            if values.message_key(one.remote_id) in listed:
                self.there.add(one.key)
            elif await self.by_id(one, wire_messages.listed_key) is False:
                self.deleted.add(one.key)

    # -- comments and posts --------------------------------------------------------------------------------

    async def public(self, asked: Sequence[Asked]) -> None:
        """Look for comments and posts, those of one post together."""
        posts = [one for one in asked if self.post_above(one) is None]
        comments = [one for one in asked if self.post_above(one) is not None]
        for post, some in _by(comments, lambda one: self.post_above(one) or "").items():
            await self.comments(post, some)
        await self.posts(posts)

    def post_above(self, one: Asked) -> str | None:
        """Remote id of the post that something hangs under; None for a post."""
        if one.parents:
            return one.parents[-1]
        if self.surface is not Surface.COMMENTS or not one.thread or "_" not in one.remote_id:
            return None
        return f"{self.page_id}_{one.remote_id.rsplit('_', 1)[0]}"

    async def comments(self, post: str, asked: Sequence[Asked]) -> None:
        """Compare comments with the list of their post, then ask for those that it lacks."""
        wanted = {values.key(one.remote_id): one for one in asked}
        try:
            async for items in self.items(node(post, "comments"), _COMMENTS, COMMENTS, MOST_PAGES):
                for raw in items:
                    self.shown(raw, wanted)
                if self.there.issuperset(one.key for one in asked):
                    return
        except Gone as error:
            if may_be_deleted(error):
                await self.under_a_lost_post(asked)
            return
        except (Refused, Unavailable):
            return
        for one in asked:
            if one.key not in self.there and await self.by_id(one, _comment_key) is False:
                self.deleted.add(one.key)

    def shown(self, raw: Any, wanted: Mapping[str, Asked]) -> None:
        """A comment as the list shows it, for the conversation that holds it already."""
        key = _comment_key(raw)
        if key is None or key not in wanted or wanted[key].key in self.there:
            return
        self.there.add(wanted[key].key)
        try:
            comment = wire_posts.comment(raw)
        except values.Unreadable:
            return
        message = wire_posts.comment_message(
            comment, thread=None, surface=self.surface, page_id=self.page_id, post=None, root=None
        )
        self.messages.append(replace(message, remote_id=wanted[key].remote_id))

    async def under_a_lost_post(self, asked: Sequence[Asked]) -> None:
        """The post is not found either. Where the Page still answers, what hung under it is gone with it, or lost to
        us: it is hidden, and no look erases it."""
        await self.ask(node(self.page_id), {"fields": "id"})
        for one in asked[:MOST_UNDER_A_LOST_POST]:
            if await self.by_id(one, _comment_key) is False:
                self.with_parent.add(one.key)

    async def posts(self, asked: Sequence[Asked]) -> None:
        """Compare posts with the Page's lists, then ask for those that they lack."""
        lost = [one for one in asked if await self.by_id(one, _comment_key) is False]
        if not lost:
            return
        listed = set[str]()
        path = node(self.page_id, POSTS[self.surface])
        try:
            async for items in self.items(path, {"fields": "id"}, PAGE_OF_IDS, MOST_POST_PAGES):
                listed |= {key for raw in items if (key := _comment_key(raw)) is not None}
        except (Refused, Unavailable):
            return
        for one in lost:
            (self.there if values.key(one.remote_id) in listed else self.deleted).add(one.key)

    # -- single questions ----------------------------------------------------------------------------------

    async def by_id(self, one: Asked, key: Any) -> bool | None:
        """True where it answers, False where its id names nothing, None where the answer says neither."""
        try:
            body = await self.ask(node(one.remote_id), {"fields": "id"})
        except (RateLimited, AuthExpired):
            raise
        except PlatformError as error:
            return False if may_be_deleted(error) else None
        if key(body) is None or key(body) != key({"id": one.remote_id}):
            return None
        self.there.add(one.key)
        return True

    async def items(
        self, path: str, shape: Mapping[str, str], limit: int, most: int
    ) -> AsyncIterator[Sequence[Any]]:
        """Yield the items of a list, page by page."""
        listings = pages(
            self.ask,
            path,
            lambda size: {**shape, "limit": str(size)},
            limit,
            most=most,
            hosts=self.graph.hosts,
        )
        async for listing in listings:
            yield listing.edge.items


_COMMENTS = MappingProxyType(
    {"filter": "stream", "order": "reverse_chronological", "fields": wire_posts.FULL_COMMENT_FIELDS}
)


def _comment_key(raw: Any) -> str | None:
    """The key of a comment or post in an answer."""
    try:
        return values.key(values.text_id(values.mapping(raw).get("id")))
    except values.Unreadable:
        return None


def _by(asked: Iterable[Asked], of: Any) -> dict[str, list[Asked]]:
    groups: dict[str, list[Asked]] = {}
    for one in asked:
        groups.setdefault(of(one), []).append(one)
    return groups
