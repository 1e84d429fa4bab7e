"""X's stream may bring anything at any time: nothing stored is lost, and readings show what X shows.

What single deliveries mean is held in `wire/test_twitter_stream.py`. Here they are falsified, cut and mixed with what is
no event at all, while the account is read beside them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from faults.odd_answers import PARTS
from faults.odd_world import SHORT, Between, Stage, lost
from inbox.adapters.simkit import Request, Response
from inbox.adapters.twitter import stream
from inbox.ports.secrets import Secret

SEEDS = range(4)
NO_EVENTS = (
    *(
        b"",
        b"\r",
        b"{",
        b"}",
        b"[]",
        b"null",
        b"0",
        b'"x"',
        b"{}",
        b'{"data":null}',
        b'{"data":[]}',
        b'{"data":{}}',
    ),
    *(b"\xff\xfe\x00", b'{"data":{"event_type":7}}', b'{"data":{"event_type":"post.mention.create"}}'),
    *(b'{"data":{"event_type":"%s","payload":[]}}' % kind.encode() for kind in stream.WANTED),
    *(b'{"data":{"event_type":"%s","payload":{"id":"1"}}}' % kind.encode() for kind in stream.WANTED),
    b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect",'
    b'"type":"https://api.twitter.com/2/problems/operational-disconnect"}]}',
    b'{"data":{"event_type":"dm.received","payload":{"direct_message_events":[{"id":"1","created_timestamp":"9"}]}}}',
    b'{"data":{"event_type":"oauth.revoke","payload":{"user_id":"1"}}}',
    b'{"data":{"event_type":"post.mention.create","event_type":"post.delete","payload":{"id":"x"}}}',
    b"[" * 5000,
)


class Streaming(Between):
    """Answers the stream once with `lines`; the second connection stays open and silent."""

    lines: tuple[bytes, ...] = ()
    over: asyncio.Event

    async def handle(self, request: Request) -> Response:
        if request.path == stream.SUBSCRIPTIONS:
            return Response(200, b'{"data":[]}' if request.method == "GET" else b'{"data":[{}]}', JSON)
        if request.path != stream.PATH:
            return await super().handle(request)
        if self.lines:
            lines, self.lines = self.lines, ()
            return Response(200, b"\r\n".join(lines), JSON)
        self.over.set()
        return await asyncio.Future()


JSON: Mapping[str, str] = {"content-type": "application/json; charset=utf-8"}


def events(stage: Stage) -> Iterator[dict[str, Any]]:
    """What the stream would have told of all that people wrote, in both shapes."""
    number = 0
    for asked, good in stage.between["twitter"].asked.items():
        body = json.loads(good.body)
        rows = body.get("data") if isinstance(body, dict) else None
        for row in rows if isinstance(rows, list) else ():
            number += 1
            event: dict[str, Any] = {"event_uuid": f"u{number}"}
            if "dm_events" in asked:
                yield event | {"event_type": "dm.received", "payload": _as_once(row)}
            elif "text" in row and "author_id" in row:
                box = body.get("includes", {})
                people = [{"data": user} if number % 2 else user for user in box.get("users", [])]
                kind = "post.mention.create" if number % 3 else "post.reply.create"
                yield event | {"event_type": kind, "payload": row, "includes": {**box, "users": people}}


def _as_once(row: Mapping[str, Any]) -> dict[str, Any]:
    """A direct message in the form of API v1.1."""
    one, other = str(row["dm_conversation_id"]).split("-")
    recipient = other if row["sender_id"] == one else one
    at = datetime.fromisoformat(row["created_at"]).timestamp()
    said = {"sender_id": row["sender_id"], "target": {"recipient_id": recipient}}
    return {
        "direct_message_events": [
            {
                "id": row["id"],
                "created_timestamp": str(int(at * 1000)),
                "message_create": {**said, "message_data": {"text": row["text"]}},
            }
        ],
        "users": {row["sender_id"]: {"id": row["sender_id"], "name": "P"}},
    }


def falsified(stage: Stage, chance: Random) -> Iterator[bytes]:
    """Every delivery once as it is or with a part of it changed, some cut or twice, and lines that are none."""
    for event in list(events(stage)):
        told: dict[str, Any] = json.loads(json.dumps({"data": event}))
        for _ in range(chance.choice((0, 1, 1, 2))):
            chance.choice(PARTS)(told, chance)
        raw = json.dumps(told).encode("utf-8", "surrogatepass")
        yield raw[: chance.randrange(len(raw))] if chance.random() < 0.1 else raw
        if chance.random() < 0.2:
            yield raw
        if chance.random() < 0.3:
            yield chance.choice(NO_EVENTS)
        if chance.random() < 0.15:
            gone = {"event_type": "post.delete", "payload": {"id": event["payload"].get("id")}}
            yield json.dumps({"data": gone}).encode()
    yield from NO_EVENTS


async def hear(stage: Stage, lines: tuple[bytes, ...]) -> None:
    """Until all of it was taken in and the connection was opened a second time."""
    between = stage.between["twitter"]
    assert isinstance(between, Streaming)
    between.lines, between.over = lines, asyncio.Event()
    reader = stage.readers["twitter"]

    async def token() -> Secret:
        return Secret("app")

    reader.push_token = token
    listening = asyncio.create_task(reader.listen())
    over = asyncio.create_task(between.over.wait())
    try:
        async with asyncio.timeout(30):
            while not over.done() and not listening.done():
                await asyncio.sleep(0)
                stage.clock.advance(0.25)  # it waits before it connects again
        assert not listening.done(), listening
    finally:
        listening.cancel()
        over.cancel()
        await asyncio.wait({listening, over})


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_delivery_costs_a_word(seed: int, tmp_path: Path) -> None:
    """It comes without being asked, minutes before readings and in another form than these."""
    chance = Random(f"stream {seed}")
    stage = Stage(tmp_path)
    stage.between["twitter"].__class__ = Streaming
    await stage.pass_and_read(1)
    await stage.read()
    for _ in range(3):
        before = stage.kept()
        stage.write("twitter")
        stage.write("facebook")
        await hear(stage, tuple(falsified(stage, chance)))
        assert lost(stage, before) == []
        await stage.pass_and_read(2, chance.choice((SHORT, timedelta(hours=2), timedelta(hours=21))))
        for _ in range(3):
            if stage.missing("twitter"):
                await stage.pass_and_read(1, timedelta(hours=1))
                await stage.readers["twitter"].recheck()
        assert lost(stage, before) == []
        assert stage.missing("facebook") == []
        assert stage.missing("twitter") == []
    stage.store.close()


async def test_the_good_stream_tells_before_any_reading(tmp_path: Path) -> None:
    """Else the test above would hear nothing."""
    stage = Stage(tmp_path)
    stage.between["twitter"].__class__ = Streaming
    await stage.pass_and_read(1)
    told = [json.dumps({"data": event}).encode() for event in events(stage)]
    stage.store.close()
    other = Stage(tmp_path / "other")
    other.between["twitter"].__class__ = Streaming
    await hear(other, tuple(told))
    heard = other.kept()
    assert len([text for text in stage.wanted["twitter"] if any(one.endswith(text) for one in heard)]) > 6
    other.store.close()
