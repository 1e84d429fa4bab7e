"""X's activity stream: the same posts and messages minutes earlier, over one connection that we hold open.

It brings nothing that reading would not bring, but for one thing: that an encrypted chat arrived, which the API
does not let us read. Facts: x-api/activity/* and fundamentals/handling-disconnections.mdx, 2026-08-22.
"""

from __future__ import annotations

import base64
import re
import struct
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from inbox.adapters import http
from inbox.adapters.twitter import direct, errors, posts, wire
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.pages import dated
from inbox.adapters.twitter.wire import Feed, Json, Us
from inbox.domain.model import Answerable, Attachment, Person, Surface
from inbox.domain.records import replace
from inbox.errors import RateLimited, Unavailable
from inbox.ports.clock import Clock
from inbox.ports.platform import Heard, Incoming, Page, tombstone
from inbox.ports.secrets import TokenSource

if TYPE_CHECKING:
    import httpx

PATH = "/2/activity/stream"
SUBSCRIPTIONS = "/2/activity/subscriptions"
SILENCE = 25.0
"""Seconds: X sends a heartbeat every 20."""
REMEMBERED = 1000
"""Events may come twice; this many are known again by their `event_uuid`."""

POSTS = ("post.mention.create", "post.reply.create", "post.quote.create")
MESSAGES = ("dm.received", "dm.sent")
CHATS = ("chat.received", "chat.sent")
WANTED = (*POSTS, *MESSAGES, *CHATS, "post.delete")


class Backoff(Struct):
    """The three rules of reconnecting: after a lost connection a quarter of a second more each time, after an
    answer that is none 5 seconds and doubled, after 429 a minute and doubled."""

    lost: int = 0
    refused: int = 0
    limited: int = 0

    def pause(self, error: Unavailable | RateLimited) -> float:
        """Return the seconds to wait after `error`, longer each time (facts/x.md#10.1)."""
        if isinstance(error, RateLimited):
            self.limited += 1
            return float(min(60 * 2 ** (self.limited - 1), 960))
        if re.match(r"\d{3}", error.code or ""):
            self.refused += 1
            return float(min(5 * 2 ** (self.refused - 1), 320))
        self.lost += 1
        return min(0.25 * self.lost, 16.0)

    def reset(self) -> None:
        """Begin again at the shortest pause: the stream was heard."""
        self.lost = self.refused = self.limited = 0


async def listen(
    client: httpx.AsyncClient, calls: Calls, us: Us, app: TokenSource, clock: Clock
) -> AsyncIterator[Heard]:
    """Everything that happens to the account, for as long as somebody listens. Connects anew by itself; raises
    AuthExpired and Refused where that would not help."""
    await _subscribe(client, calls, us, app, clock)
    known: deque[str] = deque(maxlen=REMEMBERED)
    backoff = Backoff()
    while not client.is_closed:
        try:
            async for line in http.lines(
                client, PATH, token=app, silence=SILENCE, explain=_explain(app, clock), now=clock.now
            ):
                backoff.reset()
                for heard in _heard(line, us, known):
                    _charge(heard, calls, clock)
                    messages = [dated(message, calls.server_now()) for message in heard.page.messages]
                    yield replace(heard, page=replace(heard.page, messages=messages))
        except (Unavailable, RateLimited) as error:
            await clock.sleep(backoff.pause(error))
        else:
            await clock.sleep(backoff.pause(Unavailable("X ended the stream")))


def _explain(token: TokenSource, clock: Clock) -> http.Explain:
    return lambda answer: errors.explain(answer, write=False, area="stream", token=token, now=clock.now())


async def _subscribe(client: httpx.AsyncClient, calls: Calls, us: Us, app: TokenSource, clock: Clock) -> None:
    """Ask for the events that are not asked for yet; a subscription outlives us."""
    answer = await http.call(
        client,
        "GET",
        SUBSCRIPTIONS,
        credentials=http.Credentials(app),
        params={"max_results": "1000"},
        explain=_explain(app, clock),
        now=clock.now,
    )
    there = {
        str(s.get("event_type"))
        for s in wire.listing(answer.body.get("data"))
        if wire.mapping(s.get("filter")).get("user_id") == us.id
    }
    for event in WANTED:
        if event not in there:
            asked = {"event_type": event, "filter": {"user_id": us.id}}
            await calls.hand_over(SUBSCRIPTIONS, asked, "stream")


def _charge(heard: Heard, calls: Calls, clock: Clock) -> None:
    """A delivered post costs as much as one that is read, a received message as much as an event; what we sent and
    what was deleted cost nothing (facts/x.md#1.5)."""
    kind = "direct_read" if heard.surface is Surface.DIRECT else "post_read"
    for message in heard.page.messages:
        if not message.deleted and (kind == "post_read" or not message.ours):
            calls.ledger.charge(kind, message.remote_id, clock.now().date())


def _heard(line: bytes, us: Us, known: deque[str]) -> Iterator[Heard]:
    try:
        event = wire.mapping(wire.mapping(http.parse(line)).get("data"))
    except http.NotJson:
        return  # reading brings what was garbled here
    uuid = wire.string(event.get("event_uuid"))
    if uuid in known:
        return
    if uuid:
        known.append(uuid)
    try:
        yield from understood(event, us)
    except wire.Malformed:
        return  # as above


def understood(event: Json, us: Us) -> Iterator[Heard]:
    """What one delivery tells, as reading would have told it. Raises Malformed."""
    kind = str(event.get("event_type"))
    payload = wire.mapping(event.get("payload"))
    if kind in POSTS:
        body = {"data": [payload], "includes": _includes(event.get("includes")), "meta": {}}
        yield _page(Surface.MENTIONS, posts.posts(body, us, Surface.MENTIONS))
    elif kind in MESSAGES:
        yield _page(Surface.DIRECT, direct.direct_events(_direct(payload), us))
    elif kind in CHATS:
        yield Heard(surface=Surface.DIRECT, page=Page(messages=[_chat(event, payload, us)]))
    elif kind == "post.delete":
        remote_id = wire.identifier(payload.get("id"))
        gone = tombstone(remote_id, remote_id, Surface.MENTIONS)
        yield Heard(surface=Surface.MENTIONS, page=Page(messages=[gone]))


def _page(surface: Surface, feed: Feed) -> Heard:
    return Heard(surface=surface, page=Page(messages=feed.messages, context=feed.context, poison=feed.poison))


def _includes(box: object) -> Json:
    """Users arrive bare or in a `data` of their own."""
    named = wire.mapping(box)
    return {**named, "users": [_user(u) for u in wire.listing(named.get("users"))]}


def _user(user: Json) -> Json:
    return wire.mapping(user.get("data")) or user


def _direct(payload: Json) -> Mapping[str, Any]:
    """Direct messages come in the form of API v1.1; here they become events of v2. Their attachments are left
    to reading."""
    people = wire.mapping(payload.get("users"))
    rows = []
    for event in wire.listing(payload.get("direct_message_events")):
        said = wire.mapping(event.get("message_create"))
        sender = wire.identifier(said.get("sender_id"))
        other = wire.identifier(wire.mapping(said.get("target")).get("recipient_id"))
        words = wire.mapping(said.get("message_data"))
        rows.append(
            {
                "id": event.get("id"),
                "event_type": "MessageCreate",
                "text": words.get("text"),
                "entities": words.get("entities"),
                "sender_id": sender,
                "dm_conversation_id": direct.pair(sender, other),
                "created_at": _stamp(event.get("created_timestamp")),
            }
        )
    users = [_user(wire.mapping(u)) for u in people.values()]
    return {"data": rows, "includes": {"users": users}, "meta": {}}


def _stamp(milliseconds: object) -> str | None:
    text = str(milliseconds)
    if not re.fullmatch(r"[0-9]{10,14}", text):
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC).isoformat()


def _chat(event: Json, payload: Json, us: Us) -> Incoming:
    """An encrypted chat: only that it is there, from whom, and when. It waits in the queue like everything else.

    X publishes two shapes (event-payloads.mdx and xchat/real-time-events.mdx, 2026-08-22): the short one names
    neither message nor time, both of which `encoded_event` holds in clear, and joins the two people by a hyphen.
    """
    inside = _clear_part(payload.get("encoded_event"))
    remote_id = wire.optional_id(payload.get("id")) or inside.get(_MESSAGE_ID)
    remote_id = remote_id or f"event-{wire.identifier(event.get('event_uuid'))}"
    named = wire.optional_id(payload.get("conversation_id")) or inside.get(_CONVERSATION) or ""
    sender = wire.optional_id(payload.get("sender_id")) or inside.get(_SENDER)
    people = re.split("[:-]", named) if not named.startswith("g") else []
    other = next((p for p in people if p and p != us.id), None) or sender
    other = other or wire.identifier(named)
    return Incoming(
        key=f"chat-{remote_id}",
        remote_id=remote_id,
        surface=Surface.DIRECT,
        thread=f"chat-{other if people else named or other}",
        author=Person(remote_id=sender),
        ours=sender == us.id,
        text="",
        sent_at=wire.moment(_stamp(payload.get("created_at_msec") or inside.get(_CREATED))),
        contact=Person(remote_id=other),
        attachments=(Attachment(kind="unsupported", name="encrypted chat"),),
        answerable=Answerable(private=False, reason="encrypted"),
        thread_url="https://x.com/messages",
    )


_MESSAGE_ID, _SENDER, _CONVERSATION, _CREATED = 2, 3, 4, 6
"""Fields of a `MessageEvent` (chat-xdk documentation): Thrift in its binary form, strings up to field 6."""


def _clear_part(encoded: object) -> Mapping[int, str]:
    """The leading text fields of an encoded chat event by number; empty where it cannot be read."""
    found: dict[int, str] = {}
    try:
        raw = base64.b64decode(encoded if isinstance(encoded, str) else "", validate=True)
    except ValueError:
        return found
    at = 0
    while raw[at : at + 1] == b"\x0b" and len(raw) >= at + 7:
        number, size = struct.unpack(">hi", raw[at + 1 : at + 7])
        at += 7
        value = raw[at : at + size] if 0 <= size <= 1000 else b""
        at += size
        if size < 0 or len(value) != size:
            break
        text = wire.optional_id(value.decode("ascii", "replace"))
        if text:
            found[number] = text
    return found
