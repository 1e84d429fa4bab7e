"""X's API v2: which requests we make, in which order, and how one round of reading ends.

Every call costs money and counts against a limit, so nothing is read twice without need: timelines from the newest
post known (`since_id`, with a small overlap, because posts may arrive late), direct messages until a known event.
Writes are made once and never repeated here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox.adapters import http
from inbox.adapters.twitter import limits, refusals, wire
from inbox.adapters.twitter.limits import Window
from inbox.adapters.twitter.wire import Feed, Json, Us
from inbox.domain.model import Deed, Surface
from inbox.ports import (
    Clock,
    Identity,
    Incoming,
    Outgoing,
    Pace,
    Page,
    PlatformError,
    RateLimited,
    Receipt,
    Refused,
    Sightings,
    TokenSource,
    Unavailable,
    Uncertain,
)

if TYPE_CHECKING:
    import httpx

    from inbox import config

PAGE = "100"
MENTION_PAGES = 160
"""X serves the newest 800 mentions (timelines/introduction.mdx), in pages of 5 at the least."""
OWN_PAGES = 640
"""X serves the newest 3,200 posts of an account."""
SEARCH_PAGES = 5
"""Hits are paid for one by one; a search that finds more in one round is too wide to be read by people."""
DIRECT_PAGES = 6
"""Of 15 calls in 15 minutes; the rest of a long way back is read in later rounds."""
LOOK_UP_PAGES = 5
REFRESH_RESERVE = 5
"""Calls of the conversation look-up kept for finding replies whose outcome is unknown."""

OVERLAP = timedelta(minutes=2)
"""Read again behind the newest known post: mentions can appear late. X bills a post once a day."""
SKEW = timedelta(minutes=2)
SEARCH_REACH = timedelta(days=7) - timedelta(minutes=10)
SECONDS = 60.0
KNOWN_EVENTS = 20
BACKLOGS = 5

_TWEET = {
    "tweet.fields": "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,id,"
    "in_reply_to_user_id,note_tweet,referenced_tweets,text",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,in_reply_to_user_id,"
    "referenced_tweets.id,referenced_tweets.id.attachments.media_keys,referenced_tweets.id.author_id",
}
_POST = {
    "post.fields": "attachments,conversation_id,created_at,entities,id,note_post,text",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,edit_history_post_ids,"
    "in_reply_to_user_id,referenced_posts",
}
_PEOPLE_AND_MEDIA = {
    "user.fields": "id,name,username",
    "media.fields": "alt_text,media_key,preview_image_url,type,url,variants",
}
_POLLS = {"poll.fields": "id,options"}
_DIRECT_TWEET = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,referenced_tweets,"
    "sender_id,text",
    "expansions": "attachments.media_keys,sender_id",
}
_DIRECT_POST = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "expansions": "attachments.media_keys,referenced_posts,sender_id",
}


@dataclass(slots=True)
class _Round:
    """What a round of reading one feed has learned: the newest id of its first page."""

    newest: str | None
    started: bool = False

    def learn(self, feed: Feed) -> None:
        if not self.started:
            self.started = True
            self.newest = wire.newest([*feed.ids, *([self.newest] if self.newest else [])])


class TwitterAdapter:
    """One account on X. Implements `ports.Adapter`."""

    def __init__(
        self, account: config.Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock
    ) -> None:
        self._account = account
        self._client = client
        self._token = token
        self._clock = clock
        self._us: Us | None = None
        self._windows: dict[str, Window] = {}
        self._resume_at: datetime | None = None
        post = account.dialect == "post"
        self._post_fields = {**(_POST if post else _TWEET), **_PEOPLE_AND_MEDIA, **_POLLS}
        self._direct_fields = {**(_DIRECT_POST if post else _DIRECT_TWEET), **_PEOPLE_AND_MEDIA}

    async def identify(self) -> Identity:
        body = await self._get("me", "/2/users/me", {"user.fields": "id,name,username"})
        user = wire.mapping(body.get("data"))
        remote_id = wire.optional_id(user.get("id"))
        if remote_id is None:
            raise Unavailable("X did not say whose token this is", next_step="It is tried again by itself.")
        identity = Identity(
            remote_id=remote_id, name=wire.string(user.get("name")), handle=wire.string(user.get("username"))
        )
        self._us = Us(self._account.name, identity, self._account.enterprise)
        return identity

    # -- reading -------------------------------------------------------------------------------------------

    async def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
    ) -> AsyncIterator[Page]:
        cursor = cursor if isinstance(cursor, Mapping) else {}
        match surface:
            case Surface.MENTIONS:
                pages = self._read_mentions(cursor, since)
            case Surface.SEARCH:
                pages = self._read_searches(cursor, since)
            case Surface.DIRECT:
                pages = self._read_direct(cursor, since)
            case _:
                raise Refused(f"X has no surface {surface}", next_step="Take it out of the config.")
        async for page in pages:
            yield page

    async def _read_mentions(self, cursor: Json, since: datetime) -> AsyncIterator[Page]:
        """Mentions, then our own posts, so that answers given in X's own app stop the timer too."""
        us = await self._identified()
        after: dict[str, str | None] = {}
        for name, last, most, more in (
            ("mentions", "mentions", MENTION_PAGES, {}),
            ("own", "tweets", OWN_PAGES, {"exclude": "retweets"}),
        ):
            round_ = _Round(_known(cursor.get(name)))
            path = f"/2/users/{http.segment(us.id)}/{last}"
            async for page in self._timeline(name, path, more, round_, since, Surface.MENTIONS, most):
                yield page
            after[name] = round_.newest
        yield Page(cursor=after, complete=True)

    async def _read_searches(self, cursor: Json, since: datetime) -> AsyncIterator[Page]:
        reach = max(since, self._clock.now() - SEARCH_REACH)
        after: dict[str, str | None] = {}
        for search in self._account.searches:
            # A query that was rewritten finds other posts: what is known of the old one does not count.
            key = f"{search.name} {search.query}"
            round_ = _Round(_known(cursor.get(key)))
            path, more = "/2/tweets/search/recent", {"query": search.query}
            async for page in self._timeline(
                "search", path, more, round_, reach, Surface.SEARCH, SEARCH_PAGES
            ):
                yield _only_others(page)
            after[key] = round_.newest
        yield Page(cursor=after, complete=True)

    async def _timeline(
        self,
        name: str,
        path: str,
        more: Mapping[str, str],
        round_: _Round,
        since: datetime,
        surface: Surface,
        most: int,
    ) -> AsyncIterator[Page]:
        """All that is new in a list of posts. `since_id` holds for all pages of the round and is never mixed
        with `start_time` (X answers 400); an id X no longer takes is healed by reading from `since`."""
        us = await self._identified()

        def parse(body: Json) -> Feed:
            return wire.posts(body, us, surface)

        asked = {"max_results": PAGE, **more, **self._post_fields}
        by_time = {"start_time": _rfc3339(since)}
        known = round_.newest
        start = {"since_id": wire.earlier(known, OVERLAP)} if known else by_time
        try:
            async for page in self._pages(name, path, {**asked, **start}, parse, round_, most):
                yield page
        except Refused as error:
            if error.code != refusals.STALE_CURSOR or not known:
                raise
            async for page in self._pages(name, path, {**asked, **by_time}, parse, round_, most):
                yield page

    async def _pages(
        self,
        name: str,
        path: str,
        params: Mapping[str, str],
        parse: Callable[[Json], Feed],
        round_: _Round,
        most: int,
    ) -> AsyncIterator[Page]:
        count, left = 0, None
        async for feed in self._walk(name, path, params, parse, most):
            first = not round_.started
            round_.learn(feed)
            count, left = count + 1, feed.next_token
            yield _page(feed, first=first)
        if count >= most and left:
            yield Page(
                notes=[
                    f"There is more in {name} than X gives or than one round reads: older posts may be missing."
                ]
            )

    async def _walk(
        self,
        name: str,
        path: str,
        params: Mapping[str, str],
        parse: Callable[[Json], Feed],
        most: int,
        token: str | None = None,
    ) -> AsyncIterator[Feed]:
        """Page after page until the last, an empty one, a token seen before, or a page without anything new
        (some lists repeat one post for ever with fresh tokens); at most `most` pages."""
        tokens: set[str] = set()
        ids: set[str] = set()
        for _ in range(most):
            body = await self._get(name, path, {**params, **({"pagination_token": token} if token else {})})
            feed = _understood(parse, body)
            yield feed
            token = feed.next_token
            if token is None:
                return
            if token in tokens or ids.issuperset(feed.ids):
                yield Feed(note=f"X repeated itself while {name} was read; reading stopped there.")
                return
            tokens.add(token)
            ids.update(feed.ids)

    async def _read_direct(self, cursor: Json, since: datetime) -> AsyncIterator[Page]:
        """Events until a known one. What one round cannot reach is remembered as a backlog (page token and
        where to stop) and read on in the next rounds, within the 15 calls X gives in 15 minutes."""
        await self._identified()
        known = _id_list(cursor.get("known"))
        backlog = [b for b in wire.listing(cursor.get("backlog")) if wire.string(b.get("token"))]
        fresh: list[str] = []
        pages = 0
        left: str | None = None
        async for feed in self._walk(
            "dm", "/2/dm_events", self._direct_asked(), self._direct_parse(), DIRECT_PAGES
        ):
            pages += 1
            fresh.extend(feed.ids)
            yield _page(feed, first=pages == 1)
            left = feed.next_token
            if _reaches(feed, known, since):
                left = None
                break
        if left and pages >= DIRECT_PAGES:
            backlog.append({"token": left, "stop": known, "since": _rfc3339(since)})
        elif backlog:
            async for page in self._read_backlog(backlog, DIRECT_PAGES - pages):
                yield page
        newest = sorted({*fresh, *known}, key=wire.number, reverse=True)[:KNOWN_EVENTS]
        yield Page(cursor={"known": newest, "backlog": backlog[-BACKLOGS:]}, complete=not backlog)

    async def _read_backlog(self, backlog: list[Json], most: int) -> AsyncIterator[Page]:
        """Read the newest backlog on; changes the list in place."""
        behind = backlog.pop()
        stop = _id_list(behind.get("stop"))
        since = wire.moment(behind.get("since")) or datetime.min.replace(tzinfo=UTC)
        left: str | None = str(behind["token"])
        try:
            async for feed in self._walk(
                "dm", "/2/dm_events", self._direct_asked(), self._direct_parse(), most, left
            ):
                yield _page(feed, first=False)
                left = None if _reaches(feed, stop, since) else feed.next_token
                if left is None:
                    break
        except Refused as error:
            if error.code != refusals.STALE_PAGE:
                backlog.append(behind)
                raise
            left = None
            yield Page(notes=["X no longer knows where reading stopped: direct messages may be missing."])
        if left:
            backlog.append({**behind, "token": left})

    def _direct_asked(self) -> dict[str, str]:
        return {"max_results": PAGE, "event_types": "MessageCreate", **self._direct_fields}

    def _direct_parse(self, thread: str | None = None) -> Callable[[Json], Feed]:
        us = self._us

        def parse(body: Json) -> Feed:
            assert us is not None  # `_walk` is entered after `_identified` only
            return wire.direct_events(body, us, thread)

        return parse

    async def refresh(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        """One direct conversation, while enough calls are left; a public thread would cost money each time."""
        if surface is not Surface.DIRECT or not wire.CONVERSATION.fullmatch(thread):
            return
        window = self._windows.get("dm conversation")
        if window and window.resets_at > self._clock.now() and window.remaining <= REFRESH_RESERVE:
            return
        await self._identified()
        async for feed in self._conversation(thread, 1):
            yield _page(feed, first=False)

    async def _conversation(self, thread: str, most: int) -> AsyncIterator[Feed]:
        path = f"/2/dm_conversations/{http.segment(thread)}/dm_events"
        async for feed in self._walk(
            "dm conversation", path, self._direct_asked(), self._direct_parse(thread), most
        ):
            yield feed

    # -- sending -------------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        if outgoing.surface is Surface.DIRECT:
            return await self._send_direct(outgoing, on_wire)
        return await self._send_post(outgoing, on_wire)

    async def _send_post(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        item = outgoing.item
        if item.private:
            raise Refused(
                "a private answer to a public post does not exist on X; nothing was published",
                code="no private",
                next_step="Write it in public, or in a direct conversation.",
            )
        target = item.reply_to or ""
        if wire.number(target) < 0:
            raise Refused("there is no post to answer", code="no target", next_step=refusals.BROWSER)
        body = {"text": item.text, "reply": {"in_reply_to_tweet_id": target}}
        answer = await self._post("post", "/2/tweets", body, on_wire)
        remote_id = _made(answer, "id")
        handle = self._us.identity.handle if self._us else None
        return _receipt(remote_id, answer, wire.web_url(remote_id, handle))

    async def _send_direct(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        path = f"{self._direct_path(outgoing)}/messages"
        answer = await self._post("dm send", path, {"text": outgoing.item.text}, on_wire)
        return _receipt(_made(answer, "dm_event_id"), answer, None)

    def _direct_path(self, outgoing: Outgoing) -> str:
        if wire.CONVERSATION.fullmatch(outgoing.thread):
            return f"/2/dm_conversations/{http.segment(outgoing.thread)}"
        raise Refused(
            "X did not say which direct conversation this is",
            code="no conversation",
            next_step="Answer in X's own app.",
        )

    async def find(self, outgoing: Outgoing, since: datetime) -> Sightings:
        """Replies are matched by the post they answer, direct messages by their text (X rewrites neither ids nor
        the rest of the text; links, escapes and leading mentions are made equal first). Raises RateLimited,
        because whoever asks has to know when to ask again; any other failure is an incomplete look."""
        found: list[Receipt] = []
        start = since - SKEW
        try:
            us = await self._identified()
            if outgoing.surface is Surface.DIRECT:
                complete = await self._find_direct(outgoing, start, found)
            else:
                complete = await self._find_post(outgoing, start, us, found)
        except RateLimited:
            raise
        except PlatformError:
            complete = False
        return Sightings(found=found, complete=complete)

    async def _find_post(self, outgoing: Outgoing, start: datetime, us: Us, found: list[Receipt]) -> bool:
        targets: set[str] = set()

        def parse(body: Json) -> Feed:
            targets.update(wire.versions(body, outgoing.item.reply_to or ""))
            return wire.posts(body, us, outgoing.surface)

        path = f"/2/users/{http.segment(us.id)}/tweets"
        params = {"max_results": PAGE, "start_time": _rfc3339(start), **self._post_fields}
        complete, pages = True, 0
        async for feed in self._walk("own", path, params, parse, LOOK_UP_PAGES):
            pages += 1
            complete = not feed.poison and not feed.note and complete
            complete = not (pages >= LOOK_UP_PAGES and feed.next_token) and complete
            for message in feed.messages:
                if not message.ours or _before(message, start):
                    continue
                if message.parent in targets:
                    found.append(_sighting(message))
                elif message.parent is None and wire.alike(message.text) == wire.alike(outgoing.item.text):
                    # X left out what it answers; whether it is ours to find is not certain then.
                    found.append(_sighting(message))
                    complete = False
        return complete

    async def _find_direct(self, outgoing: Outgoing, start: datetime, found: list[Receipt]) -> bool:
        wanted = wire.alike(outgoing.item.text)
        if not wire.CONVERSATION.fullmatch(outgoing.thread):
            return False
        async for feed in self._conversation(outgoing.thread, LOOK_UP_PAGES):
            if feed.poison or feed.note or feed.missing:
                return False
            ours = [m for m in feed.messages if m.ours and not _before(m, start)]
            found += [_sighting(m) for m in ours if wire.alike(m.text) == wanted]
            if feed.next_token is None or any(_before(m, start) for m in feed.messages):
                return True
        return False

    # -- deeds, whole threads, second looks ------------------------------------------------------------------

    async def do(self, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
        raise Refused(
            f"this is not offered for X here ({deed})", code="not offered", next_step=refusals.BROWSER
        )

    async def whole(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        nothing: Sequence[Page] = ()
        for page in nothing:
            yield page

    async def recheck(self, surface: Surface, remote_ids: Sequence[str]) -> AsyncIterator[Page]:
        nothing: Sequence[Page] = ()
        for page in nothing:
            yield page

    def spent(self) -> Mapping[str, int]:
        return {}

    # -- limits --------------------------------------------------------------------------------------------

    def pace(self) -> Pace:
        """The window of which least is left."""
        now = self._clock.now()
        resume = self._resume_at if self._resume_at and self._resume_at > now else None
        open_ = [w for w in self._windows.values() if w.resets_at > now and w.limit > 0]
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

    def interval(self, surface: Surface) -> float:
        """A minute; longer when the calls that are left would not last until the limit is reset."""
        now = self._clock.now()
        names = {Surface.DIRECT: ("dm",), Surface.SEARCH: ("search",)}.get(surface, ("mentions", "own"))
        waits = [SECONDS]
        for name in names:
            window = self._windows.get(name)
            if window and window.resets_at > now:
                waits.append((window.resets_at - now).total_seconds() / max(1, window.remaining))
        return max(waits)

    async def aclose(self) -> None:
        await self._client.aclose()

    # -- calls ---------------------------------------------------------------------------------------------

    async def _identified(self) -> Us:
        if self._us is None:
            await self.identify()
        assert self._us is not None
        return self._us

    async def _get(self, name: str, path: str, params: Mapping[str, str]) -> Json:
        """A 200 body with something in it. Asks nothing while the window of this endpoint is used up."""
        window = self._windows.get(name)
        if window and window.spent(self._clock.now()):
            raise RateLimited(
                "the requests X allows are used up",
                retry_at=window.resets_at,
                next_step="It goes on by itself.",
                code="window",
            )
        answer = await http.call(
            self._client,
            "GET",
            path,
            token=self._token,
            params=params,
            explain=self._explain(name, write=False),
            now=self._clock.now,
        )
        self._note(name, answer)
        body: Json = answer.body
        if not body.get("data") and "meta" not in body and (body.get("errors") or body.get("error")):
            raise refusals.inside(body, self._token)
        return body

    async def _post(self, name: str, path: str, body: Json, on_wire: Callable[[], None]) -> http.Answer:
        answer = await http.call(
            self._client,
            "POST",
            path,
            token=self._token,
            body=body,
            write=True,
            on_wire=on_wire,
            explain=self._explain(name, write=True),
            now=self._clock.now,
        )
        self._note(name, answer)
        return answer

    def _explain(self, name: str, *, write: bool) -> http.Explain:
        def explain(answer: http.Answer) -> PlatformError | None:
            self._note(name, answer)
            error = refusals.explain(
                answer, write=write, direct=name.startswith("dm"), token=self._token, now=self._clock.now()
            )
            if isinstance(error, RateLimited) and error.code == refusals.CAPPED:
                self._resume_at = error.retry_at
            return error

        return explain

    def _note(self, name: str, answer: http.Answer) -> None:
        window = limits.window(answer, self._clock.now())
        if window:
            self._windows[name] = window


# -- small steps -------------------------------------------------------------------------------------------


def _known(value: object) -> str | None:
    """An id out of a stored cursor, if it is one."""
    return value if isinstance(value, str) and wire.number(value) >= 0 else None


def _id_list(value: object) -> list[str]:
    return [i for i in value if isinstance(i, str)] if isinstance(value, list) else []


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _understood(parse: Callable[[Json], Feed], body: Json) -> Feed:
    try:
        return parse(body)
    except wire.Malformed as error:
        raise Unavailable(
            f"X's answer was not of the form it describes ({error})",
            code="200 malformed",
            next_step="It is tried again by itself.",
        ) from None


def _page(feed: Feed, *, first: bool) -> Page:
    notes = [feed.note] if feed.note else []
    if first and feed.missing:
        left_out = ", ".join(feed.missing)
        notes.append(f"X left out what was asked for ({left_out}): names, times or threads may be missing.")
    return Page(messages=feed.messages, context=feed.context, poison=feed.poison, notes=notes)


def _only_others(page: Page) -> Page:
    return Page(
        messages=[m for m in page.messages if not m.ours],
        context=page.context,
        poison=page.poison,
        notes=page.notes,
    )


def _reaches(feed: Feed, known: Sequence[str], since: datetime) -> bool:
    """Whether a page of events goes back to what is known; without anything known, to `since`."""
    if known:
        newest = max(wire.number(k) for k in known)
        return any(i in known or wire.number(i) <= newest for i in feed.ids)
    return any(_before(m, since) for m in feed.messages)


def _before(message: Incoming, moment: datetime) -> bool:
    return message.sent_at is not None and message.sent_at < moment


def _made(answer: http.Answer, name: str) -> str:
    """The id of what was just made; without one nobody knows whether it was."""
    remote_id = wire.optional_id(wire.mapping(answer.body.get("data")).get(name))
    if remote_id is None or wire.number(remote_id) < 0:
        raise Uncertain(
            "X's answer named no reply, so it may or may not have arrived",
            code=f"{answer.status} no id",
            next_step="It is being looked up on X; it is not sent again by itself.",
        )
    return remote_id


def _receipt(remote_id: str, answer: http.Answer, url: str | None) -> Receipt:
    sent_at = wire.born(remote_id) or answer.server_time
    return Receipt(remote_id=remote_id, key=remote_id, sent_at=sent_at, url=url)


def _sighting(message: Incoming) -> Receipt:
    return Receipt(remote_id=message.remote_id, key=message.key, sent_at=message.sent_at, url=message.url)
