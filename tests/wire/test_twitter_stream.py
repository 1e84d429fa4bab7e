"""X's activity stream: what its deliveries mean, and how a lost connection is taken up again."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from shared import shared

from inbox.adapters import http
from inbox.adapters.simkit import VirtualClock
from inbox.adapters.twitter import PLATFORM, stream
from inbox.adapters.twitter.wire import Us
from inbox.config.model import Account
from inbox.domain.model import Surface
from inbox.errors import AuthExpired, PlatformError, Refused
from inbox.ports.platform import Heard, Identity
from inbox.ports.secrets import Secret

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ME = "1111111111111111111"
US = Us("acme-x", Identity(remote_id=ME, name="Acme", handle="ExampleUser"))
Answers = Callable[[int], httpx.Response]


def delivery(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared(f"wire/x/activity/{name}.json").read_text())["body"]
    return found


def mention(uuid: str, post: str = "2090000000000000009", text: str = "@ExampleUser hello") -> bytes:
    payload = {
        "id": post,
        "text": text,
        "author_id": "2222222222222222222",
        "conversation_id": post,
        "created_at": "2026-11-24T07:59:59.000Z",
        "entities": {"mentions": [{"start": 0, "end": 12, "username": "ExampleUser", "id": ME}]},
    }
    event = {"event_uuid": uuid, "event_type": "post.mention.create", "payload": payload}
    return json.dumps({"data": event}).encode() + b"\r\n"


class Wire(httpx.AsyncByteStream):
    """The chunks of a connection; an exception among them is a lost one."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


class Pauses(VirtualClock):
    """Time that passes at once, and how long was waited."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)


class X:
    """A platform whose stream answers by a script; when that is over, the client is closed."""

    def __init__(self, *answers: httpx.Response | Exception, there: tuple[str, ...] = ()) -> None:
        self.answers = list(answers)
        self.there = there
        self.asked: list[httpx.Request] = []
        self.clock = Pauses()
        self.client = http.open_client("https://api.x.com", httpx.MockTransport(self._answer))
        self.adapter = PLATFORM.connect(
            Account(name="acme-x", platform="twitter"), self.client, Secret("user"), self.clock
        )

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": ME, "username": "ExampleUser"}})
        if request.url.path == stream.SUBSCRIPTIONS:
            rows = [{"event_type": kind, "filter": {"user_id": ME}} for kind in self.there]
            return httpx.Response(200, json={"data": rows})
        if not self.answers:
            await self.client.aclose()
            return httpx.Response(200, stream=Wire())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def heard(self) -> list[Heard]:
        return [h async for h in self.adapter.listen(Secret("app"))]  # type: ignore[attr-defined]


def ok(*chunks: bytes | Exception) -> httpx.Response:
    return httpx.Response(200, stream=Wire(*chunks))


# -- deliveries --------------------------------------------------------------------------------------------


def test_a_reply_is_the_message_that_reading_would_bring() -> None:
    """The same key and thread, so that the two are one."""
    (heard,) = stream.understood(delivery("post.reply.create")["data"], US)
    (message,) = heard.page.messages
    assert heard.surface is Surface.MENTIONS
    assert message.thread == "2080761390344937796:2222222222222222222"
    assert (message.parent, message.ours) == ("2080761390344937796", False)


def test_a_direct_message_in_the_old_form_joins_its_conversation() -> None:
    """Smaller id first; the time to the millisecond."""
    (heard,) = stream.understood(delivery("dm.received")["data"], US)
    (message,) = heard.page.messages
    assert (message.key, message.text) == ("2080765901528535096", "hello!")
    assert message.thread == "1111111111111111111-2222222222222222222"
    assert message.author.handle == "OtherUser"
    assert message.sent_at == datetime(2026, 7, 24, 21, 23, 44, 372000, tzinfo=UTC)


def _encoded(**fields: str) -> str:
    """A chat event as Thrift writes it: type 11, number, length, text."""
    numbers = {"sequence": 1, "message": 2, "sender": 3, "conversation": 4, "created": 6}
    raw = b"".join(
        b"\x0b" + struct.pack(">hi", numbers[name], len(value)) + value.encode()
        for name, value in fields.items()
    )
    return base64.b64encode(raw + b"\x0c\x00\x07\x00\x00").decode()


def _short_chat(**payload: str) -> dict[str, Any]:
    """The second shape X publishes: no id, no time, people joined by a hyphen."""
    sender = "2222222222222222222"
    base = {"conversation_id": f"{ME}-{sender}", "sender_id": sender, "encoded_event": "?"}
    return {"event_type": "chat.received", "event_uuid": "0f52b591", "payload": {**base, **payload}}


def test_the_short_shape_of_an_encrypted_chat_is_the_same_message() -> None:
    """It is the only sign of a customer's message; X sends it in two shapes."""
    event = _short_chat(encoded_event=_encoded(sequence="9", message="e4f4d3fc", created="1784841183370"))
    (heard,) = stream.understood(event, US)
    (message,) = heard.page.messages
    assert (message.key, message.thread) == ("chat-e4f4d3fc", "chat-2222222222222222222")
    assert message.sent_at == datetime(2026, 7, 23, 21, 13, 3, 370000, UTC)
    assert message.contact is not None
    assert message.contact.remote_id == "2222222222222222222"


@pytest.mark.parametrize(
    ("payload", "thread"),
    [
        ({}, "chat-2222222222222222222"),
        ({"encoded_event": _encoded(message="x" * 5)[:9]}, "chat-2222222222222222222"),
        ({"conversation_id": "2222222222222222222"}, "chat-2222222222222222222"),
        ({"conversation_id": "g1933000000000000000"}, "chat-g1933000000000000000"),
    ],
    ids=["nothing readable inside", "cut short", "only the other person", "a group"],
)
def test_an_encrypted_chat_that_says_little_is_told_all_the_same(
    payload: dict[str, str], thread: str
) -> None:
    """Where neither id nor time can be read, the delivery's own id names it."""
    (heard,) = stream.understood(_short_chat(**payload), US)
    (message,) = heard.page.messages
    assert (message.key, message.thread, message.sent_at) == ("chat-event-0f52b591", thread, None)


def test_the_published_short_shape_is_read() -> None:
    """X's own sample of it."""
    sample = json.loads(shared("wire/x/chat/activity_chat.received_short.json").read_text())
    us = Us("acme-x", Identity(remote_id="1215441834412953600"))
    (heard,) = stream.understood(sample["body"]["data"], us)
    assert heard.page.messages[0].thread == "chat-1843439638876491776"


def test_an_encrypted_chat_waits_in_the_queue_as_what_it_is() -> None:
    """Nobody is overlooked because we cannot read them."""
    (heard,) = stream.understood(delivery("chat.received")["data"], US)
    (message,) = heard.page.messages
    assert (message.surface, message.thread) == (Surface.DIRECT, "chat-2222222222222222222")
    assert (message.answerable.private, message.answerable.reason) == (False, "encrypted")
    assert [a.name for a in message.attachments] == ["encrypted chat"]
    assert message.sent_at == datetime(2026, 7, 23, 21, 13, 3, 370000, tzinfo=UTC)


def test_a_deleted_post_goes_at_once() -> None:
    """And what concerns nobody here is passed over."""
    (heard,) = stream.understood(delivery("post.delete")["data"], US)
    assert [(m.key, m.deleted) for m in heard.page.messages] == [("2080761269309813134", True)]
    assert list(stream.understood(delivery("oauth.revoke")["data"], US)) == []


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"data":7}', b'{"data":{"event_type":"dm.received"}}'])
async def test_what_is_no_event_is_passed_over(line: bytes) -> None:
    """Heartbeats are empty lines; reading brings what was garbled."""
    x = X(ok(line + b"\r\n", mention("1")))
    assert [len(h.page.messages) for h in await x.heard()][-1] == 1


# -- what it costs -----------------------------------------------------------------------------------------


def direct_message(uuid: str, kind: str, event: str, sender: str, to: str) -> bytes:
    """In the form of API v1.1, in which X delivers direct messages."""
    create = {"sender_id": sender, "target": {"recipient_id": to}, "message_data": {"text": "psst"}}
    row = {"id": event, "created_timestamp": "1784841183370", "message_create": create}
    payload = {"direct_message_events": [row], "users": {}}
    return json.dumps({"data": {"event_uuid": uuid, "event_type": kind, "payload": payload}}).encode() + b"\n"


def deleted(uuid: str, post: str) -> bytes:
    event = {"event_uuid": uuid, "event_type": "post.delete", "payload": {"id": post}}
    return json.dumps({"data": event}).encode() + b"\n"


async def test_what_the_stream_delivers_is_charged_once_and_what_is_free_is_not() -> None:
    """The header shows what a day costs, and `spend_per_day` slows reading by it: a delivered post costs as much as a
    read one, also where it is delivered again; what we sent and what was deleted cost nothing (pricing.mdx)."""
    anna = "2222222222222222222"
    x = X(
        ok(
            mention("1", post="2090000000000000001"),
            mention("2", post="2090000000000000001"),  # another event of the same post
            mention("3", post="2090000000000000002"),
            direct_message("4", "dm.received", "2090000000000000003", anna, ME),
            direct_message("5", "dm.sent", "2090000000000000004", ME, anna),
            deleted("6", "2090000000000000005"),
        )
    )
    assert len(await x.heard()) == 6
    spent = {kind: count for kind, count in x.adapter.spent().items() if kind != "user_read"}
    assert spent == {"post_read": 2, "direct_read": 1}


async def test_the_stream_begins_a_new_bill_at_midnight_utc() -> None:
    """X charges a resource once a UTC day."""
    x = X(ok(mention("1")), ok(mention("2")), httpx.ConnectError("lost"), ok(mention("3")))
    x.clock.advance(
        16 * 3600 - 0.5
    )  # half a second before midnight; each connection takes a quarter of one more
    await x.heard()
    assert x.adapter.spent()["post_read"] == 2


# -- the connection ----------------------------------------------------------------------------------------


async def test_events_cut_anywhere_and_sent_twice_are_heard_once() -> None:
    """Chunks end where they like, and X may deliver again."""
    whole = b"\r\n" + mention("1") + mention("2", "2090000000000000010") + mention("1")
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    keys = [m.key for h in await X(ok(*pieces)).heard() for m in h.page.messages]
    assert keys == ["2090000000000000009", "2090000000000000010"]


async def test_only_missing_subscriptions_are_made_with_the_accounts_token() -> None:
    """They outlive us; the stream itself takes the app's token."""
    x = X(ok(mention("1")), there=stream.WANTED[:-2])
    await x.heard()
    made = [json.loads(r.content) for r in x.asked if r.method == "POST"]
    assert made == [{"event_type": kind, "filter": {"user_id": ME}} for kind in stream.WANTED[-2:]]
    tokens = {(r.method, r.url.path): r.headers["authorization"] for r in x.asked}
    assert tokens["GET", stream.PATH] == tokens["GET", stream.SUBSCRIPTIONS] == "Bearer app"
    assert tokens["POST", stream.SUBSCRIPTIONS] == "Bearer user"


async def test_a_lost_connection_is_taken_up_a_quarter_of_a_second_later_each_time() -> None:
    """And at once again after something was heard."""
    lost = httpx.ReadError("reset")
    x = X(lost, lost, lost, ok(mention("1"), lost), ok(httpx.ReadTimeout("silence")), there=stream.WANTED)
    assert len(await x.heard()) == 1
    assert x.clock.slept[:5] == [0.25, 0.5, 0.75, 0.25, 0.5]


async def test_trouble_of_x_is_given_longer_and_limits_longest() -> None:
    """5 seconds doubled up to 320; a minute doubled for 429."""
    x = X(
        *(httpx.Response(503) for _ in range(8)),
        httpx.Response(429),
        httpx.Response(429),
        there=stream.WANTED,
    )
    await x.heard()
    assert x.clock.slept[:10] == [5, 10, 20, 40, 80, 160, 320, 320, 60, 120]


@pytest.mark.parametrize(
    ("status", "body", "family", "words"),
    [
        (401, {"title": "Unauthorized", "status": 401}, AuthExpired, "sign-in"),
        (403, {"type": "https://api.x.com/2/problems/unsupported-authentication"}, AuthExpired, "of the app"),
        (403, {"title": "Forbidden", "detail": "You are not permitted"}, Refused, "not open to this X app"),
        (402, {"title": "CreditsDepleted", "type": "x/credits"}, Refused, "credits"),
    ],
)
async def test_what_waiting_does_not_mend_is_raised(
    status: int, body: dict[str, Any], family: type[PlatformError], words: str
) -> None:
    """With words; reading goes on meanwhile."""
    x = X(httpx.Response(status, json=body), there=stream.WANTED)
    with pytest.raises(family) as caught:
        await x.heard()
    assert words in caught.value.message
    assert caught.value.next_step
    assert x.clock.slept == []


async def test_a_line_without_end_does_not_fill_the_memory() -> None:
    """A stream is outside text too."""
    x = X(ok(*[b"x" * 300_000] * 10), there=stream.WANTED)
    assert await x.heard() == []


async def test_every_request_of_the_stream_is_in_the_specification() -> None:
    """As all others."""
    from contract.x_world import problems_of, specification

    from inbox.adapters.simkit import Request

    x = X(ok(mention("1")))
    await x.heard()
    spec = specification("post")
    for r in x.asked:
        asked = Request.of(r.method, r.url.raw_path.decode(), dict(r.headers), r.content)
        assert problems_of(spec, asked) == []
