"""Reading what stands under posts: comments on ours, posts by visitors, posts that tag the Page (facts/facebook.md#3.1).

Facebook ranks these lists, so an old post never ends a scan. Every round reads the newest posts with their newest
comments in one call; every half hour a light list of all posts tells by time and count which others changed.
What each comment looked like is remembered in the cursor, so that edits, which Facebook never announces, are seen by
comparing; what seems to be missing is handed on, and asked for by its id (`deletion`).

The lists of posts leave Reels, single photos, albums, live videos and ads out (facts/facebook.md#3.1, facts/facebook.md#3.5): those have lists
of their own (`comment_lists`), read less often. Where one of them is not shown to us, or fails, the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct, field

from inbox.adapters.facebook import values, wire_messages, wire_posts
from inbox.adapters.facebook.comment_lists import (
    COMMENTS,
    ONCE_A_DAY,
    SCAN_ALL_EVERY,
    UNANSWERED,
    CommentList,
    comments_shape,
    lists_beside,
    live_comments_shape,
    posts_of,
)
from inbox.adapters.facebook.comment_threads import (
    alive_threads,
    parsed,
    post_thread,
    precedes,
    thread_messages,
)
from inbox.adapters.facebook.errors import Gone, PageMoved
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.memory import POISON_KEY, PRIVATE_KEY, Known, Memory, Visit, is_note, kept_marks
from inbox.adapters.facebook.paging import Listing, one, pages
from inbox.domain.model import Attachment, Context, Deed, Person, Surface
from inbox.domain.records import replace
from inbox.errors import Refused, Unavailable
from inbox.ports.platform import Incoming, Listed, Page, Poison

log = logging.getLogger(__name__)

ALL_POSTS = 100
ALL_COMMENT_IDS = 100
MOST_LIST_PAGES = 10
"""Facebook keeps about 600 ranked posts a year reachable."""
MOST_COMMENT_PAGES = 100
EXTRA_CALLS = 10
"""A round: to read private answers that were given elsewhere, and posts that photos belong to."""
PATIENCE = 3
"""Things whose comments may fail in a round before the round does: then it is Facebook that is down."""
LOOK_AT = 25
FLUSH_AT = 200

NO_AUTHORS = (
    "Facebook does not tell who wrote the comments: the permission pages_read_user_content is missing; "
    "sign in again and grant it (inbox login)"
)
NO_COMMENTS = (
    "Facebook counts comments but shows none: the token is not the Page's own, or its person lacks the MODERATE "
    "task; sign in again (inbox login)"
)


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
        """Return the batch as a page, with the read posts as context."""
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
        for edge, visit in memory.visits.items():
            if visit.due_at is not None and visit.due_at > self._now + ONCE_A_DAY:
                memory.visits[edge] = Visit()  # the clock was set back
            elif visit.whole_at is not None and graph.is_ahead(visit.whole_at):
                memory.visits[edge] = Visit(visit.due_at)
        self._batch = _Batch()
        self._extra_calls = EXTRA_CALLS
        self._patience = PATIENCE
        self._main = posts_of(surface)
        self._cut = False
        """The list at hand ended before its end, so it is read again soon."""
        self._taken: set[str] = set()
        """Posts of this round: an ad that boosts a post is that post."""
        self._owners: Mapping[str, str] = {}
        """By comment, the post under which it was read: lists beside it may show it a second time."""

    async def run(self) -> AsyncIterator[Page]:
        """Yield the pages of one round; the last one carries the cursor."""
        before = self._memory.dump()
        scan, complete = self._scan_due(), True
        async for done in self._feed(self._main, scan):
            complete = complete and done
            if len(self._batch.messages) >= FLUSH_AT:
                yield self._batch.page(self._graph)
        if scan and not self._cut:
            self._memory.scanned_at = self._graph.read_at()
        for feed in lists_beside(self._surface, ads=self._graph.ads):
            if not self._is_due(feed):
                continue
            if self._batch.messages:
                yield self._batch.page(self._graph)
            async for done in self._beside(feed):
                complete = complete and done
                if len(self._batch.messages) >= FLUSH_AT:
                    yield self._batch.page(self._graph)
        after = self._memory.dump()
        last = self._batch.page(self._graph)
        yield replace(
            last, cursor=after if after != before or not before["posts"] else None, complete=complete
        )

    async def _beside(self, feed: CommentList) -> AsyncIterator[bool]:
        """Read a list beside that of the posts. What Facebook refuses to show there costs this list only."""
        visit = self._memory.visits.setdefault(feed.edge, Visit())
        whole = visit.whole_at is None or self._now - visit.whole_at >= feed.whole_every
        visit.due_at = self._now + feed.pause
        self._cut, self._owners, began = False, self._memory.owners(), self._graph.read_at()
        try:
            async for done in self._feed(feed, whole):
                yield done
        except PageMoved:
            raise
        except Refused as error:
            log.info("%s: %s is not read (%s)", self._graph.account, feed.edge, error.code)
            self._graph.note(feed.refused)
            visit.due_at = self._now + feed.pause_if_refused
        except Unavailable as error:
            log.info("%s: %s was not read (%s)", self._graph.account, feed.edge, error.code)
            self._graph.note(UNANSWERED)
        else:
            if whole and not self._cut:
                visit.whole_at = began

    async def _feed(self, feed: CommentList, scan: bool) -> AsyncIterator[bool]:
        """Read one list. Yields after each thing taken in whether the list was read as far as it should be."""
        path = node(self._page_id, feed.edge)
        near: set[str] = set()
        newest, _ = await one(self._graph.ask, path, feed.near, feed.near_items, {})
        if not newest.items and feed is not self._main:
            self._memory.visits[feed.edge].due_at = self._now + feed.pause_if_empty
        for raw in newest.items:
            post = self._post(raw)
            if post is not None:
                near.add(post.id)
                await self._take(post, feed, near=True)
                yield True
        if newest.next is None or not scan:
            return
        async for listing in pages(
            self._graph.ask, path, feed.light, ALL_POSTS, most=MOST_LIST_PAGES, hosts=self._graph.hosts
        ):
            for post in self._changed(listing, near, feed):
                await self._take(post, feed, near=False)
                yield True
            if listing.note:
                self._graph.note(listing.note)
                # The bound on pages counts as an end: asking for all of it again would not help.
                self._cut = self._cut or not listing.full
                yield False

    def _is_due(self, feed: CommentList) -> bool:
        at = self._memory.visits.get(feed.edge, Visit()).due_at
        return at is None or self._now >= at

    def _scan_due(self) -> bool:
        at = self._memory.scanned_at
        return at is None or self._now - at >= SCAN_ALL_EVERY

    def _post(self, raw: Any) -> wire_posts.Post | None:
        try:
            post = wire_posts.post(raw)
        except values.Unreadable as error:
            self._batch.poison.append(values.poison(raw, str(error)))
            return None
        # A post on our own wall that also names us is a visitor's post already.
        on_our_wall = self._surface is Surface.TAGGED and post.id.startswith(f"{self._page_id}_")
        return None if on_our_wall else post

    def _changed(self, listing: Listing, near: set[str], feed: CommentList) -> Iterable[wire_posts.Post]:
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
            elif feed is self._main or post.comments.total:
                self._memory.remember(post.id, Known(post.stamp))

    # -- one post ------------------------------------------------------------------------------------------

    async def _take(self, post: wire_posts.Post, feed: CommentList, *, near: bool) -> None:
        """Take a thing and its comments in. What is deleted between its list and its comments is passed over."""
        if feed is self._main:
            self._taken.add(post.id)
        elif post.id in self._taken or self._is_empty(post):
            return
        with suppress(Gone):
            await self._take_in(post, feed, near=near)

    def _is_empty(self, post: wire_posts.Post) -> bool:
        """Most photos have no comment and never had one: nothing to read or to remember."""
        return post.comments.total == 0 and not post.comments.items and post.id not in self._memory.posts

    async def _take_in(self, post: wire_posts.Post, feed: CommentList, *, near: bool) -> None:
        known = self._memory.posts.get(post.id)
        raws, how_far = await self._comments(post, known, feed, near=near)
        found, bad = parsed(raws)
        if feed.live:  # a broadcast has neither a time nor a count that would change
            post = replace(post, stamp=values.fingerprint(sorted(comment.key for comment in found)))
        self._warn(post, found, raws)
        marks = dict(known.marks or {}) if known else {}
        if self._surface is not Surface.COMMENTS and (bare := values.key(post.id)) in marks:
            marks.setdefault(values.post_key(post.id), marks.pop(bare))  # a cursor of an earlier version
        self._poison(bad, marks)
        shown = self._messages(post, found)
        own = [pair for pair in shown if self._owners.get(pair[0].key, post.id) == post.id]
        alive = alive_threads(own, self._memory.floor)
        for message, mark in own:
            was = marks.get(message.key)
            if was == mark or message.thread not in alive:
                continue
            reworded = was is not None and was.split(":")[0] != mark.split(":")[0]
            self._batch.messages.append(replace(message, edited_at=self._now) if reworded else message)
        await self._private_answers(found, own, marks, alive)
        if self._surface is Surface.COMMENTS and (alive or (known is None and (own or not shown))):
            await self._around(post, known, feed)
        if not bad and how_far is not _HowFar.CUT:
            keys = frozenset(message.key for message, _ in shown)
            await self._compare(post, known, raws, keys, whole=how_far is _HowFar.ALL)
        # What was passed over for its age is not noted: should that time have been wrong, the next reading takes it.
        taken = {message.key: mark for message, mark in own if message.thread in alive}
        kept = kept_marks(marks, taken) if near else None
        again = how_far is _HowFar.CUT or (precedes(post, found) and (known is None or known.stamp != ""))
        stamp = "" if again else post.stamp
        self._memory.remember(post.id, Known(stamp, kept, post.comments.total))

    async def _comments(
        self, post: wire_posts.Post, known: Known | None, feed: CommentList, *, near: bool
    ) -> tuple[list[Any], _HowFar]:
        """The comments of a post as far back as they may be new to us."""
        raws = list(post.comments.items)
        first: values.Edge | None = None
        # A post that was cut short, or never seen, holds older comments that are new to us.
        edge = None if feed is self._main else feed.edge
        up_to = self._memory.read_up_to(edge) if known and known.stamp else self._memory.floor
        if near and not feed.live:
            if post.comments.next is None:
                return raws, _HowFar.ALL
            if (known is not None and known.stamp == post.stamp) or values.descends_below(raws, up_to):
                return raws, _HowFar.ENOUGH
            first = post.comments
        listings = pages(
            self._graph.ask,
            node(post.id, "comments"),
            (lambda limit: live_comments_shape(limit, up_to)) if feed.live else comments_shape,
            COMMENTS,
            most=MOST_COMMENT_PAGES,
            hosts=self._graph.hosts,
            first=first,
        )
        try:
            return await self._read_on(listings, raws, up_to, live=feed.live)
        except (PageMoved, Gone):
            raise
        except (Refused, Unavailable) as error:
            # One post that fails every time must not keep the others from being read.
            self._patience -= 1
            if self._patience < 0:
                raise
            log.info("%s: comments were not read to their end (%s)", self._graph.account, error.code)
            self._graph.note(UNANSWERED)
            return raws, _HowFar.CUT

    async def _read_on(
        self, listings: AsyncIterator[Listing], raws: list[Any], up_to: datetime, *, live: bool
    ) -> tuple[list[Any], _HowFar]:
        """Page after page into `raws`, until what is known already."""
        async for listing in listings:
            raws += listing.edge.items
            if listing.last:
                return raws, _HowFar.ENOUGH if live else _HowFar.ALL
            if values.descends_below(listing.edge.items, up_to):
                return raws, _HowFar.ENOUGH
            if listing.note:
                self._graph.note(listing.note)
                return raws, _HowFar.ENOUGH if listing.full else _HowFar.CUT
        return raws, _HowFar.ENOUGH

    async def _around(self, post: wire_posts.Post, known: Known | None, feed: CommentList) -> None:
        """Hand on what the comments hang under; with a photo that is new to us, the post it belongs to as well."""
        picture = (Attachment(kind=feed.shows, url=post.url),) if feed.shows and post.url else ()
        self._context(replace(post, attachments=post.attachments or picture))
        story = post.story
        if story is None or known is not None or story in self._taken or not self._extra_calls:
            return
        self._extra_calls -= 1
        with suppress(Refused, Unavailable, values.Unreadable):
            body = await self._graph.ask(node(story), {"fields": wire_posts.POST_FIELDS})
            self._context(replace(wire_posts.post(body), id=story))

    def _messages(self, post: wire_posts.Post, found: list[wire_posts.Comment]) -> list[tuple[Incoming, str]]:
        """The comments (and, where it is a message, the post) with their marks."""
        if self._surface is not Surface.COMMENTS:
            return post_thread(post, found, self._surface, self._page_id)
        return thread_messages(
            found, surface=self._surface, page_id=self._page_id, thread=None, post=post.id, root=None
        )

    def _context(self, post: wire_posts.Post) -> None:
        found = wire_posts.post_context(post, self._page_id, self._graph.page)
        self._batch.context.append(replace(found, id=f"{self._graph.account}:{found.id}"))

    def _poison(self, bad: list[Poison], marks: dict[str, str]) -> None:
        """Set aside once, not at every round."""
        for item in bad:
            mark = POISON_KEY + values.fingerprint(item.raw)
            if mark not in marks:
                self._batch.poison.append(item)
                marks[mark] = ""

    def _warn(self, post: wire_posts.Post, found: list[wire_posts.Comment], raws: list[Any]) -> None:
        if found and all(c.author == Person() for c in found):
            self._graph.note(NO_AUTHORS)
        if post.comments.total and not raws:
            self._graph.note(NO_COMMENTS)

    # -- private answers -----------------------------------------------------------------------------------

    async def _private_answers(
        self,
        found: list[wire_posts.Comment],
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

    async def _private_answer(self, comment: wire_posts.Comment, conversation: str) -> Incoming | None:
        """Our first message of that conversation since the comment."""
        self._extra_calls -= 1
        params = {"fields": wire_messages.MESSAGE_KEY_FIELDS, "limit": str(LOOK_AT)}
        try:
            body = await self._graph.ask(node(conversation, "messages"), params)
        except Refused:
            return None
        thread, us, ours = wire_messages.Thread(id=conversation), wire_messages.Us(id=self._page_id), []
        for raw in values.nested(body).items:
            with suppress(values.Unreadable):
                message = wire_messages.message(raw, thread, us)
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
        self,
        post: wire_posts.Post,
        known: Known | None,
        raws: list[Any],
        fresh: frozenset[str],
        *,
        whole: bool,
    ) -> None:
        """Hand on what was listed where something that we knew seems to be missing: it is compared with the store,
        and asked for by its id. Facebook's counts may be off by some, so a list counts that was read to its end."""
        if known is None:
            return
        keys: frozenset[str] | None = fresh
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

    async def _all_keys(self, post: wire_posts.Post) -> frozenset[str] | None:
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
