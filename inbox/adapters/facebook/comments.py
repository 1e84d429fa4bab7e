"""Reading what stands under posts: comments on ours, posts by visitors, posts that tag the Page (FACTS 1.3, 5).

Facebook ranks these lists, so an old post never ends a scan. Every round reads the newest posts with their newest
comments in one call; every half hour a light list of all posts tells by time and count which others changed.
What each comment looked like is remembered in the cursor, so that edits, which Facebook never announces, are seen by
comparing; what seems to be missing is handed on, and asked for by its id (`deletion`).

The lists of posts leave Reels out (FACTS 8, 18): those have a list of their own, as videos with comments. It is
read less often, and seldom where the Page has none.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from msgspec import Struct, field

from inbox.adapters.facebook import values, wire
from inbox.adapters.facebook.comment_threads import alive_threads, post_thread, thread_messages
from inbox.adapters.facebook.errors import Gone
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.memory import POISON_KEY, PRIVATE_KEY, Known, Memory, is_note, kept_marks
from inbox.adapters.facebook.paging import Listing, one, pages
from inbox.domain.model import Context, Deed, Person, Surface
from inbox.domain.records import Record, replace
from inbox.errors import Refused, Unavailable
from inbox.ports import Incoming, Listed, Page, Poison

log = logging.getLogger(__name__)

EDGES = {
    Surface.COMMENTS: "published_posts",
    Surface.VISITOR_POSTS: "visitor_posts",
    Surface.TAGGED: "tagged",
}

REELS = "video_reels"

SCAN_ALL_EVERY = timedelta(minutes=30)
REELS_EVERY = timedelta(minutes=10)
NO_REELS_FOR = timedelta(hours=6)
"""Where the Page has none, or does not show them to us."""
NEAR_POSTS = 25
ALL_POSTS = 100
ALL_COMMENT_IDS = 100
COMMENTS = 50
MOST_LIST_PAGES = 10
"""Facebook keeps about 600 ranked posts a year reachable."""
MOST_COMMENT_PAGES = 100
EXTRA_CALLS = 10
"""A round: to read private answers that were given elsewhere."""
LOOK_AT = 25
FLUSH_AT = 200

NO_AUTHORS = (
    "Facebook does not tell who wrote the comments: the permission pages_read_user_content is missing; "
    "sign in again and grant it (inbox login)"
)
NO_REELS = "Facebook does not show the Page's Reels to this program; answer their comments in the browser"
NO_COMMENTS = (
    "Facebook counts comments but shows none: the token is not the Page's own, or its person lacks the MODERATE "
    "task; sign in again (inbox login)"
)


# -- the questions -----------------------------------------------------------------------------------------


def _post_fields(surface: Surface, comments: int) -> str:
    extra = {
        Surface.COMMENTS: wire.POST_ATTACHMENT_FIELDS,
        Surface.VISITOR_POSTS: f"{wire.POST_ATTACHMENT_FIELDS},{wire.WALL_FIELDS}",
        Surface.TAGGED: f"{wire.POST_ATTACHMENT_FIELDS},{wire.LIKES_FIELD}",
    }[surface]
    return f"{wire.POST_FIELDS},{extra},{_nested_comments(comments)}"


def _nested_comments(limit: int) -> str:
    return (
        f"comments.filter(stream).order(reverse_chronological).limit({limit}).summary(true)"
        f"{{{wire.FULL_COMMENT_FIELDS}}}"
    )


class _Feed(Record):
    """A list of things people comment on."""

    edge: str
    surface: Surface

    @property
    def reels(self) -> bool:
        return self.edge == REELS

    def near(self, limit: int) -> Mapping[str, str]:
        """The newest of them with their newest comments."""
        # Halving the posts must halve the comments too, or "too much" never heals.
        comments = max(5, COMMENTS * limit // NEAR_POSTS)
        if self.reels:
            fields = f"{wire.REEL_FIELDS},{_nested_comments(comments)}"
        else:
            fields = f"{self._tagged_time}{_post_fields(self.surface, comments)}"
        return {"fields": fields, "limit": str(limit)}

    def light(self, limit: int) -> Mapping[str, str]:
        """All of them, with the count of their comments."""
        own = wire.REEL_FIELDS if self.reels else wire.POST_FIELDS
        return {
            "fields": f"{self._tagged_time}{own},comments.filter(stream).limit(0).summary(true)",
            "limit": str(limit),
        }

    @property
    def _tagged_time(self) -> str:
        return f"{wire.TAGGED_TIME}," if self.surface is Surface.TAGGED else ""


def comments_shape(limit: int) -> Mapping[str, str]:
    return {
        "filter": "stream",
        "order": "reverse_chronological",
        "fields": wire.FULL_COMMENT_FIELDS,
        "limit": str(limit),
    }


# -- one round ---------------------------------------------------------------------------------------------


class _HowFar(Enum):
    """How far the comments of a post were read: to the end with nothing left out, to what was known before, or
    cut short by an answer that made no sense (then the post is read again)."""

    ALL = "all"
    ENOUGH = "enough"
    CUT = "cut"


class _Batch(Struct):
    messages: list[Incoming] = field(default_factory=list)
    context: list[Context] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)

    def page(self, graph: Graph) -> Page:
        full = Page(
            messages=tuple(self.messages),
            context=tuple(self.context),
            poison=tuple(self.poison),
            listed=tuple(self.listed),
            notes=graph.take_notes(),
        )
        self.messages, self.context, self.poison, self.listed = [], [], [], []
        return full


async def read(
    graph: Graph, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
) -> AsyncIterator[Page]:
    """Everything new, edited or deleted under the posts of `surface`."""
    round_ = _Round(graph, surface, Memory.load(cursor, since), await graph.page_id())
    async for page in round_.run():
        yield page


class _Round:
    def __init__(self, graph: Graph, surface: Surface, memory: Memory, page_id: str) -> None:
        self._graph = graph
        self._surface = surface
        self._memory = memory
        self._page_id = page_id
        self._now = graph.clock.now()
        if memory.scanned_at is not None and graph.is_ahead(memory.scanned_at):
            memory.scanned_at = None  # what came since the true reading would count as read
        if memory.reels_at is not None and memory.reels_at > self._now + NO_REELS_FOR:
            memory.reels_at = None  # the clock was set back
        self._batch = _Batch()
        self._extra_calls = EXTRA_CALLS
        self._cut = False
        """A list ended before its end, so it is read again soon."""

    async def run(self) -> AsyncIterator[Page]:
        before = self._memory.dump()
        scan, complete = self._scan_due(), True
        async for done in self._feed(_Feed(EDGES[self._surface], self._surface), scan):
            complete = complete and done
            if len(self._batch.messages) >= FLUSH_AT:
                yield self._batch.page(self._graph)
        if self._reels_due():
            if self._batch.messages:
                yield self._batch.page(self._graph)
            try:
                async for done in self._feed(_Feed(REELS, self._surface), scan):
                    complete = complete and done
                    if len(self._batch.messages) >= FLUSH_AT:
                        yield self._batch.page(self._graph)
            except Refused as error:
                log.info("%s: Reels are not read (%s)", self._graph.account, error.code)
                self._graph.note(NO_REELS)
                self._memory.reels_at = self._now + NO_REELS_FOR
        if scan and not self._cut:
            self._memory.scanned_at = self._graph.read_at()
        after = self._memory.dump()
        last = self._batch.page(self._graph)
        yield replace(
            last, cursor=after if after != before or not before["posts"] else None, complete=complete
        )

    async def _feed(self, feed: _Feed, scan: bool) -> AsyncIterator[bool]:
        """Read one list. Yields after each thing taken in whether the list was read as far as it should be."""
        path = node(self._page_id, feed.edge)
        near: set[str] = set()
        newest, _ = await one(self._graph.ask, path, feed.near, NEAR_POSTS, {})
        if feed.reels:
            self._memory.reels_at = self._now + (REELS_EVERY if newest.items else NO_REELS_FOR)
        for raw in newest.items:
            post = self._post(raw)
            if post is not None:
                near.add(post.id)
                await self._take(post, near=True)
                yield True
        if newest.next is None or not scan:
            return
        async for listing in pages(
            self._graph.ask, path, feed.light, ALL_POSTS, most=MOST_LIST_PAGES, hosts=self._graph.hosts
        ):
            for post in self._changed(listing, near):
                await self._take(post, near=False)
                yield True
            if listing.note:
                self._graph.note(listing.note)
                # The bound on pages counts as an end: asking for all of it again would not help.
                self._cut = self._cut or not listing.full
                yield False

    def _reels_due(self) -> bool:
        at = self._memory.reels_at
        return self._surface is Surface.COMMENTS and (at is None or self._now >= at)

    def _scan_due(self) -> bool:
        at = self._memory.scanned_at
        return at is None or self._now - at >= SCAN_ALL_EVERY

    def _post(self, raw: Any) -> wire.Post | None:
        try:
            post = wire.post(raw)
        except values.Unreadable as error:
            self._batch.poison.append(values.poison(raw, str(error)))
            return None
        # A post on our own wall that also names us is a visitor's post already.
        on_our_wall = self._surface is Surface.TAGGED and post.id.startswith(f"{self._page_id}_")
        return None if on_our_wall else post

    def _changed(self, listing: Listing, near: set[str]) -> Iterable[wire.Post]:
        """Posts further back whose time or count of comments differs from what we remember."""
        for raw in listing.edge.items:
            post = self._post(raw)
            if post is None or post.id in near:
                continue
            known = self._memory.posts.get(post.id)
            if known is not None and known.stamp == post.stamp:
                continue
            touched = post.updated or post.created
            if known is not None or touched is None or touched >= self._memory.floor:
                yield post
            else:
                self._memory.remember(post.id, Known(post.stamp))

    # -- one post ------------------------------------------------------------------------------------------

    async def _take(self, post: wire.Post, *, near: bool) -> None:
        known = self._memory.posts.get(post.id)
        raws, how_far = await self._comments(post, known, near=near)
        found, bad = _parsed(raws)
        self._warn(post, found, raws)
        marks = dict(known.marks or {}) if known else {}
        if self._surface is not Surface.COMMENTS and (bare := values.key(post.id)) in marks:
            marks.setdefault(values.post_key(post.id), marks.pop(bare))  # a cursor of an earlier version
        self._poison(bad, marks)
        shown = self._messages(post, found)
        alive = alive_threads(shown, self._memory.floor)
        fresh: dict[str, str] = {}
        for message, mark in shown:
            fresh[message.key] = mark
            was = marks.get(message.key)
            if was == mark or message.thread not in alive:
                continue
            reworded = was is not None and was.split(":")[0] != mark.split(":")[0]
            self._batch.messages.append(replace(message, edited_at=self._now) if reworded else message)
        await self._private_answers(found, shown, marks, alive)
        if self._surface is Surface.COMMENTS and (alive or known is None):
            self._batch.context.append(self._context(post))
        if not bad and how_far is not _HowFar.CUT:
            await self._compare(post, known, raws, fresh, whole=how_far is _HowFar.ALL)
        kept = kept_marks(marks, fresh) if near else None
        stamp = "" if how_far is _HowFar.CUT else post.stamp
        self._memory.remember(post.id, Known(stamp, kept, post.comments.total))

    async def _comments(
        self, post: wire.Post, known: Known | None, *, near: bool
    ) -> tuple[list[Any], _HowFar]:
        """The comments of a post as far back as they may be new to us."""
        raws = list(post.comments.items)
        first: values.Edge | None = None
        # A post that was cut short, or never seen, holds older comments that are new to us.
        up_to = self._memory.read_up_to if known and known.stamp else self._memory.floor
        if near:
            if post.comments.next is None:
                return raws, _HowFar.ALL
            if (known is not None and known.stamp == post.stamp) or values.descends_below(raws, up_to):
                return raws, _HowFar.ENOUGH
            first = post.comments
        async for listing in pages(
            self._graph.ask,
            node(post.id, "comments"),
            comments_shape,
            COMMENTS,
            most=MOST_COMMENT_PAGES,
            hosts=self._graph.hosts,
            first=first,
        ):
            raws += listing.edge.items
            if listing.last:
                return raws, _HowFar.ALL
            if values.descends_below(listing.edge.items, up_to):
                return raws, _HowFar.ENOUGH
            if listing.note:
                self._graph.note(listing.note)
                return raws, _HowFar.ENOUGH if listing.full else _HowFar.CUT
        return raws, _HowFar.ENOUGH

    def _messages(self, post: wire.Post, found: list[wire.Comment]) -> list[tuple[Incoming, str]]:
        """The comments (and, where it is a message, the post) with their marks."""
        if self._surface is not Surface.COMMENTS:
            return post_thread(post, found, self._surface, self._page_id)
        return thread_messages(
            found, surface=self._surface, page_id=self._page_id, thread=None, post=post.id, root=None
        )

    def _context(self, post: wire.Post) -> Context:
        found = wire.post_context(post, self._page_id, self._graph.page)
        return replace(found, id=f"{self._graph.account}:{found.id}")

    def _poison(self, bad: list[Poison], marks: dict[str, str]) -> None:
        """Set aside once, not at every round."""
        for item in bad:
            mark = POISON_KEY + values.fingerprint(item.raw)
            if mark not in marks:
                self._batch.poison.append(item)
                marks[mark] = ""

    def _warn(self, post: wire.Post, found: list[wire.Comment], raws: list[Any]) -> None:
        if found and all(c.author == Person() for c in found):
            self._graph.note(NO_AUTHORS)
        if post.comments.total and not raws:
            self._graph.note(NO_COMMENTS)

    # -- private answers -----------------------------------------------------------------------------------

    async def _private_answers(
        self,
        found: list[wire.Comment],
        shown: list[tuple[Incoming, str]],
        marks: dict[str, str],
        alive: set[str | None],
    ) -> None:
        """A comment that was answered privately, by whatever client, is answered: the answer joins its thread."""
        threads = {message.key: message.thread for message, _ in shown}
        for comment in found:
            conversation, thread = comment.private_conversation, threads.get(comment.key)
            noted = PRIVATE_KEY + comment.key
            if conversation is None or thread not in alive or noted in marks or not self._extra_calls:
                continue
            marks[noted] = ""
            answer = await self._private_answer(comment, conversation)
            if answer is not None:
                self._batch.messages.append(replace(answer, thread=thread))

    async def _private_answer(self, comment: wire.Comment, conversation: str) -> Incoming | None:
        """Our first message of that conversation since the comment."""
        self._extra_calls -= 1
        params = {"fields": wire.MESSAGE_KEY_FIELDS, "limit": str(LOOK_AT)}
        try:
            body = await self._graph.ask(node(conversation, "messages"), params)
        except Refused:
            return None
        thread, us, ours = wire.Thread(id=conversation), wire.Us(id=self._page_id), []
        for raw in values.nested(body).items:
            with suppress(values.Unreadable):
                message = wire.message(raw, thread, us)
                if (
                    message.ours
                    and message.sent_at
                    and comment.created
                    and message.sent_at >= comment.created
                ):
                    ours.append((message.sent_at, message))
        if not ours:
            return None
        first = min(ours, key=lambda pair: pair[0])[1]
        return replace(
            first,
            key=PRIVATE_KEY + first.key,
            surface=self._surface,
            parent=comment.key,
            contact=None,
            private=True,
            barred=(Deed.DELETE, Deed.HIDE, Deed.LIKE),
        )

    # -- deletions -----------------------------------------------------------------------------------------

    async def _compare(
        self, post: wire.Post, known: Known | None, raws: list[Any], fresh: Mapping[str, str], *, whole: bool
    ) -> None:
        """Hand on what was listed where something that we knew seems to be missing: it is compared with the store,
        and asked for by its id. Facebook's counts may be off by some, so a list counts that was read to its end."""
        if known is None:
            return
        keys: frozenset[str] | None = frozenset(fresh)
        since: datetime | None = None
        fewer = None not in (known.total, post.comments.total) and post.comments.total < known.total  # type: ignore[operator]
        if whole:
            lacking = fewer or any(key not in fresh and not is_note(key) for key in known.marks or {})
        elif fewer:
            lacking, keys = True, await self._all_keys(post)
        else:
            told = [at for raw in raws if (at := values.moment(values.mapping(raw).get("created_time")))]
            lacking = known.stamp != post.stamp and bool(told)
            since = min(told, default=None)
        if lacking and keys is not None:
            own = self._surface is Surface.COMMENTS
            parent = values.post_key(post.id) if own else post.id
            self._batch.listed.append(Listed(parent=parent, keys=keys, since=since))

    async def _all_keys(self, post: wire.Post) -> frozenset[str] | None:
        """Keys of all comments of a post; None where the list could not be read to its end."""
        keys = {values.post_key(post.id)}
        listings = pages(
            self._graph.ask,
            node(post.id, "comments"),
            lambda limit: {"filter": "stream", "fields": "id", "limit": str(limit)},
            ALL_COMMENT_IDS,
            most=MOST_COMMENT_PAGES,
            hosts=self._graph.hosts,
        )
        with suppress(Refused, Unavailable):
            async for listing in listings:
                for raw in listing.edge.items:
                    with suppress(values.Unreadable):
                        keys.add(values.key(values.text_id(values.mapping(raw).get("id"))))
                if listing.last:
                    return frozenset(keys)
        return None


def _parsed(raws: Iterable[Any]) -> tuple[list[wire.Comment], list[Poison]]:
    found: dict[str, wire.Comment] = {}
    bad: list[Poison] = []
    for raw in raws:
        try:
            comment = wire.comment(raw)
        except values.Unreadable as error:
            bad.append(values.poison(raw, str(error)))
        else:
            found.setdefault(comment.key, comment)
    return list(found.values()), bad


# -- one thread again --------------------------------------------------------------------------------------


async def refresh(graph: Graph, surface: Surface, thread: str) -> AsyncIterator[Page]:
    """The top comment (or visitor post) and the newest answers under it: one or two calls."""
    page_id = await graph.page_id()
    try:
        if surface is Surface.COMMENTS:
            shown, bad, edge = await _comment_thread(graph, thread, page_id)
        else:
            shown, bad, edge = await _post_thread(graph, surface, thread, page_id)
    except Gone:
        key = values.key(thread) if surface is Surface.COMMENTS else values.post_key(thread)
        yield Page(missing=(key,), complete=True, notes=graph.take_notes())
        return
    listed = _listed(thread, shown, edge) if shown and not bad else []
    yield Page(
        messages=tuple(shown), poison=tuple(bad), listed=listed, complete=True, notes=graph.take_notes()
    )


def _listed(thread: str, shown: Sequence[Incoming], edge: values.Edge) -> list[Listed]:
    """What the newest answers of a thread say about those that did not come."""
    oldest = min((m.sent_at for m in shown[1:] if m.sent_at), default=None)
    if edge.next is not None and oldest is None:
        return []
    return [
        Listed(
            parent=thread,
            keys=frozenset(m.key for m in shown),
            since=oldest if edge.next is not None else None,
        )
    ]


_Thread = tuple[list[Incoming], list[Poison], values.Edge]


async def _comment_thread(graph: Graph, thread: str, page_id: str) -> _Thread:
    top = await graph.ask(node(thread), {"fields": wire.FULL_COMMENT_FIELDS})
    edge, _ = await one(graph.ask, node(thread, "comments"), comments_shape, COMMENTS, {})
    # The top comment is older than its answers: last in a list that begins with the newest.
    found, bad = _parsed((*edge.items, top))
    post = found[-1].post if found else None
    shown = thread_messages(
        found, surface=Surface.COMMENTS, page_id=page_id, thread=None, post=post, root=None
    )
    # Whatever hangs under this comment is this thread, also where an answer does not name its parent.
    return [replace(message, thread=thread) for message, _ in shown], bad, edge


async def _post_thread(graph: Graph, surface: Surface, thread: str, page_id: str) -> _Thread:
    body = await graph.ask(node(thread), {"fields": _post_fields(surface, COMMENTS)})
    try:
        post = replace(wire.post(body), id=thread)
    except values.Unreadable as error:
        return [], [values.poison(body, str(error))], values.EMPTY
    found, bad = _parsed(post.comments.items)
    shown = post_thread(post, found, surface, page_id)
    return [message for message, _ in shown], bad, post.comments
