"""X's API v2: which requests we make, in which order, and how one round of reading ends.

Every call costs money and counts against a limit, so nothing is read twice without need: timelines from the newest
post known (`since_id`, with a small overlap, because posts may arrive late), direct messages until a known event.
Writes are made once and never repeated here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inbox.adapters import http
from inbox.adapters.twitter import (
    deletion,
    direct,
    errors,
    moderation,
    offers,
    posts,
    stream,
    wire,
)
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.direct_deletion import DirectLook
from inbox.adapters.twitter.direct_reading import DirectReader, direct_listed
from inbox.adapters.twitter.media import Uploads
from inbox.adapters.twitter.pages import page_of, understood, walk
from inbox.adapters.twitter.settings import settings_of
from inbox.adapters.twitter.timelines import PAGE, SEARCH, SEARCH_REACH, PostList, Timelines, rfc3339
from inbox.adapters.twitter.wire import Feed, Json, Us
from inbox.domain.model import Deed, Surface
from inbox.domain.records import replace
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.clock import Clock
from inbox.ports.platform import (
    Asked,
    Heard,
    Identity,
    Incoming,
    Look,
    Outgoing,
    Pace,
    Page,
    Receipt,
    Sightings,
)
from inbox.ports.secrets import TokenSource

if TYPE_CHECKING:
    import httpx

    from inbox.config import model

MENTION_PAGES = 160
"""Pages can be as short as 5 posts."""
OWN_PAGES = 640
MENTIONS_SERVED = 800
OWN_SERVED = 3200
"""X serves the newest 800 mentions and 3,200 posts of an account (timelines/introduction.mdx)."""
SEARCH_PAGES = 5
"""Hits are paid for one by one; a search that finds more in one round is too wide to be read by people."""
LOOK_UP_PAGES = 5
THREAD_PAGES = 2
"""Every post of a thread and its author are paid for; beyond two hundred nobody reads."""
BATCH = 100
"""Ids in one look-up."""
REFRESH_RESERVE = 5
"""Calls of the conversation look-up kept for finding replies whose outcome is unknown."""

SKEW = timedelta(minutes=2)
SECONDS = 60.0
DIRECT_SECONDS = 75.0
"""12 of the 15 calls in 15 minutes: should X count opened conversations in the same window, three are left."""

_TWEET = {
    "tweet.fields": "attachments,author_id,conversation_id,created_at,display_text_range,edit_history_tweet_ids,"
    "entities,id,in_reply_to_user_id,note_tweet,referenced_tweets,text",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,in_reply_to_user_id,"
    "referenced_tweets.id,referenced_tweets.id.attachments.media_keys,referenced_tweets.id.author_id",
}
_POST = {
    "post.fields": "attachments,conversation_id,created_at,display_text_range,entities,id,note_post,text",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,edit_history_post_ids,"
    "in_reply_to_user_id,referenced_posts",
}
_TWEET_WORDS = {"tweet.fields": "attachments,entities,id,note_tweet,text"}
_POST_WORDS = {"post.fields": "attachments,entities,id,note_post,text"}
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


_OF_MENTIONS = ("mentions", "own")
_ENDPOINTS = {Surface.DIRECT: ("dm",), Surface.SEARCH: ("search",)}
"""What is asked for a surface, the first one first."""


class TwitterAdapter:
    """One account on X. Implements `ports.Adapter`."""

    def __init__(
        self, account: model.Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock
    ) -> None:
        self._account = account
        self._client = client
        self._clock = clock
        self._calls = Calls(client, token, clock)
        self._uploads = Uploads(self._calls, clock)
        self._us: Us | None = None
        post = settings_of(account).dialect == "post"
        self._post_fields = {**(_POST if post else _TWEET), **_PEOPLE_AND_MEDIA, **_POLLS}
        self._direct_fields = {**(_DIRECT_POST if post else _DIRECT_TWEET), **_PEOPLE_AND_MEDIA}

    async def identify(self) -> Identity:
        body = await self._calls.get("me", "/2/users/me", {"user.fields": "id,name,username"})
        user = wire.mapping(body.get("data"))
        remote_id = wire.optional_id(user.get("id"))
        if remote_id is None:
            raise Unavailable("X did not say whose token this is", next_step="It is retried automatically.")
        identity = Identity(
            remote_id=remote_id, name=wire.string(user.get("name")), handle=wire.string(user.get("username"))
        )
        self._us = Us(self._account.name, identity, settings_of(self._account).enterprise)
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
        here = f"/2/users/{http.segment(us.id)}"
        handle = us.identity.handle
        lists = (
            PostList(
                key="mentions",
                name="mentions",
                path=f"{here}/mentions",
                since=since,
                pages=MENTION_PAGES,
                served=MENTIONS_SERVED,
                fill=_about(handle) if handle else None,
            ),
            PostList(
                key="own",
                name="own",
                path=f"{here}/tweets",
                since=since,
                pages=OWN_PAGES,
                served=OWN_SERVED,
                more={"exclude": "retweets"},
            ),
        )
        async for page in self._timelines(us, Surface.MENTIONS).read(lists, cursor):
            yield page

    async def _read_searches(self, cursor: Json, since: datetime) -> AsyncIterator[Page]:
        us = await self._identified()
        reach = max(since, self._calls.server_now() - SEARCH_REACH)
        lists = [
            # A query that was rewritten finds other posts: what is known of the old one does not count.
            PostList(
                key=f"{search.name} {search.query}",
                name="search",
                path=SEARCH,
                since=reach,
                pages=SEARCH_PAGES,
                more={"query": search.query},
            )
            for search in settings_of(self._account).searches
        ]
        async for page in self._timelines(us, Surface.SEARCH).read(lists, cursor):
            yield _only_others(page)

    def _timelines(self, us: Us, surface: Surface) -> Timelines:
        return Timelines(self._calls, us, self._post_fields, surface)

    async def _read_direct(self, cursor: Json, since: datetime) -> AsyncIterator[Page]:
        async for page in (await self._direct()).read(cursor, since):
            yield page

    async def _direct(self) -> DirectReader:
        return DirectReader(self._calls, await self._identified(), self._direct_fields)

    async def refresh(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        """One direct conversation, while enough calls are left; a public thread would cost money each time."""
        if surface is not Surface.DIRECT or not direct.CONVERSATION.fullmatch(thread):
            return
        left = self._calls.left("dm conversation")
        if left is not None and left <= REFRESH_RESERVE:
            return
        async for feed in (await self._direct()).conversation(thread, 1):
            now = self._calls.server_now()
            listed = direct_listed(feed, thread, now)
            page = page_of(feed, first=False, latest=now + SKEW)
            yield replace(page, listed=[listed] if listed else [])

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
            raise Refused("there is no post to answer", code="no target", next_step=errors.BROWSER)
        body: dict[str, Any] = {"text": item.text, "reply": {"in_reply_to_tweet_id": target}}
        media = await self._hand_over(outgoing)
        if media:
            body["media"] = {"media_ids": media}
        answer = await self._write("post", "/2/tweets", on_wire, body, media)
        self._calls.ledger.wrote(offers.priced_as(item.text, private=outgoing.surface.private))
        remote_id = _made(answer, "id")
        handle = self._us.identity.handle if self._us else None
        return _receipt(remote_id, answer, wire.web_url(remote_id, handle))

    async def _send_direct(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        path, item = f"{self._direct_path(outgoing)}/messages", outgoing.item
        body: dict[str, Any] = {"text": item.text} if item.text.strip() or not item.files else {}
        media = await self._hand_over(outgoing)
        if media:
            body["attachments"] = [{"media_id": i} for i in media]
        answer = await self._write("dm send", path, on_wire, body, media)
        self._calls.ledger.wrote(offers.priced_as(item.text, private=True))
        return _receipt(_made(answer, "dm_event_id"), answer, None)

    async def _write(
        self, name: str, path: str, on_wire: Callable[[], None], body: Json, media: Sequence[str]
    ) -> http.Answer:
        try:
            answer = await self._calls.write(name, "POST", path, on_wire, body)
        except (RateLimited, AuthExpired, Unavailable):
            raise  # surely not accepted: the next try uses the files X has
        except PlatformError:
            self._uploads.forget(media)
            raise
        self._uploads.forget(media)
        return answer

    async def _hand_over(self, outgoing: Outgoing) -> list[str]:
        direct = outgoing.surface is Surface.DIRECT
        rule = offers.DIRECT_FILES if direct else offers.PUBLIC_FILES
        item = outgoing.item
        return await self._uploads.all(item.files, item.file_texts, direct=direct, sizes=rule.sizes)

    def _direct_path(self, outgoing: Outgoing) -> str:
        if direct.CONVERSATION.fullmatch(outgoing.thread):
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
            targets.update(posts.versions(body, outgoing.item.reply_to or ""))
            return posts.posts(body, us, outgoing.surface)

        path = f"/2/users/{http.segment(us.id)}/tweets"
        params = {"max_results": PAGE, "start_time": rfc3339(start), **self._post_fields}
        complete, pages = True, 0
        async for feed in walk(self._calls, "own", path, params, parse, LOOK_UP_PAGES):
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
        if not direct.CONVERSATION.fullmatch(outgoing.thread):
            return False
        async for feed in (await self._direct()).conversation(outgoing.thread, LOOK_UP_PAGES):
            if feed.poison or feed.note or feed.missing:
                return False
            ours = [m for m in feed.messages if m.ours and not _before(m, start)]
            found += [_sighting(m) for m in ours if wire.alike(m.text) == wanted]
            if feed.next_token is None or any(_before(m, start) for m in feed.messages):
                return True
        return False

    # -- deeds, whole threads, second looks ------------------------------------------------------------------

    async def do(self, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
        us = await self._identified()
        await moderation.do(self._calls, us.id, deed, outgoing, on_wire)

    async def whole(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        """The root, and what the search of the last seven days knows of the conversation. What is older is
        reached by walking up from what is known (`look_up`)."""
        root = thread.partition(":")[0]
        if surface.private or wire.number(root) < 0:
            return
        us = await self._identified()
        async for page in self.look_up(surface, [root]):
            yield page
        asked = {"query": f"conversation_id:{root}", "max_results": PAGE, **self._post_fields}

        def parse(body: Json) -> Feed:
            return posts.around(body, us)

        async for feed in walk(self._calls, "search", SEARCH, asked, parse, THREAD_PAGES):
            yield Page(context=feed.context, poison=feed.poison)

    async def look_up(self, surface: Surface, remote_ids: Sequence[str]) -> AsyncIterator[Page]:
        """Posts by id, as context; deleted and protected ones come as gaps."""
        us = await self._identified()
        if surface.private:
            return
        for ids in _batches(remote_ids):
            body = await self._calls.look("lookup", "/2/tweets", {"ids": ",".join(ids), **self._post_fields})

            def parse(body: Json) -> Feed:
                return posts.around(body, us)

            feed = understood(parse, body)
            yield Page(context=feed.context, poison=feed.poison)

    async def look(self, surface: Surface, asked: Sequence[Asked]) -> Look:
        """Posts by id, a hundred a call, with their words: X charges for a post, whatever is asked of it, and for
        people and files that come with it, so those are left out. Direct messages are asked for one by one."""
        us = await self._identified()
        if surface.private:
            return await DirectLook(self._calls, us, await self._direct()).look(asked)
        fields = _POST_WORDS if settings_of(self._account).dialect == "post" else _TWEET_WORDS
        keys = {one.remote_id: one.key for one in asked}
        there, gone, texts = set[str](), set[str](), dict[str, str]()
        for ids in _batches(list(keys)):
            body = await self._calls.look("lookup", "/2/tweets", {"ids": ",".join(ids), **fields})
            texts |= posts.texts(body, ids)
            there |= deletion.shown(body, ids)
            gone |= deletion.deleted(body, ids)
        return Look(
            there=frozenset(keys[i] for i in there),
            deleted=frozenset(keys[i] for i in gone - there),
            texts={keys[i]: text for i, text in texts.items()},
        )

    def asks_singly(self, surface: Surface) -> bool:
        return surface.private

    async def listen(self, app: TokenSource) -> AsyncIterator[Heard]:
        us = await self._identified()
        async for heard in stream.listen(self._client, self._calls, us, app, self._clock):
            yield heard

    def spent(self) -> Mapping[str, int]:
        return self._calls.ledger.settle()

    def charged(self) -> tuple[str, list[str]] | None:
        return self._calls.ledger.charged()

    def recall_charged(self, day: date, resources: Sequence[str]) -> None:
        self._calls.ledger.recall(day, resources)

    # -- limits --------------------------------------------------------------------------------------------

    def pace(self) -> Pace:
        return self._calls.pace()

    @property
    def limit_scopes(self) -> Sequence[str]:
        return ("",)

    def limits(self) -> Mapping[str, Mapping[str, Any]]:
        return {"": {"pauses": self._calls.pauses.dump(self._clock.now())}}

    def restore_limits(self, kept: Mapping[str, Any]) -> None:
        self._calls.pauses.load(wire.mapping(kept.get("pauses")), self._clock.now())

    def try_again(self) -> None:
        self._calls.try_again()

    def held_until(self, surface: Surface) -> datetime | None:
        return self._calls.held_until(_ENDPOINTS.get(surface, _OF_MENTIONS)[0])

    def interval(self, surface: Surface) -> float:
        """A minute; longer when the calls that are left would not last until the limit is reset."""
        names = _ENDPOINTS.get(surface, _OF_MENTIONS)
        least = DIRECT_SECONDS if surface is Surface.DIRECT else SECONDS
        return max(least, *(self._calls.wait(name) for name in names))

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _identified(self) -> Us:
        if self._us is None:
            await self.identify()
        assert self._us is not None
        return self._us


# -- small steps -------------------------------------------------------------------------------------------


def _batches(remote_ids: Sequence[str]) -> list[list[str]]:
    ids = [i for i in dict.fromkeys(remote_ids) if wire.number(i) >= 0]
    return [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)]


def _about(handle: str) -> str:
    """The query of recent search that finds what the mentions hold (search/integrate/operators.mdx)."""
    either = " OR ".join((f"@{handle}", f"to:{handle}"))
    return " ".join((f"({either})", f"-from:{handle}", "-is:retweet"))


def _only_others(page: Page) -> Page:
    return replace(page, messages=[m for m in page.messages if not m.ours])


def _before(message: Incoming, moment: datetime) -> bool:
    return message.sent_at is not None and message.sent_at < moment


def _made(answer: http.Answer, name: str) -> str:
    """The id of what was just made; without one nobody knows whether it was."""
    remote_id = wire.optional_id(wire.mapping(answer.body.get("data")).get(name))
    if remote_id is None or wire.number(remote_id) < 0:
        raise Uncertain(
            "X's answer named no reply, so it may or may not have arrived",
            code=f"{answer.status} no id",
            next_step="It is being looked up on X; it is not sent again automatically.",
        )
    return remote_id


def _receipt(remote_id: str, answer: http.Answer, url: str | None) -> Receipt:
    sent_at = wire.born(remote_id) or answer.server_time
    return Receipt(remote_id=remote_id, key=remote_id, sent_at=sent_at, url=url)


def _sighting(message: Incoming) -> Receipt:
    return Receipt(remote_id=message.remote_id, key=message.key, sent_at=message.sent_at, url=message.url)
