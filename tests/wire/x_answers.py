"""The X adapter on answers that a test gives, and the replies it sends there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from inbox.adapters import http
from inbox.adapters.simkit import VirtualClock
from inbox.adapters.twitter import PLATFORM
from inbox.config.model import Account
from inbox.domain.model import Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.ports.platform import Adapter, Incoming, Outgoing, Page
from inbox.ports.secrets import Secret

KFC = "15392391"
NOW = datetime(2030, 1, 2, 9, 30, tzinfo=UTC)
ME = {"data": {"id": KFC, "name": "KFC", "username": "kfc"}}

Platform = Callable[[httpx.Request], httpx.Response]


def adapter_on(platform: Platform) -> Adapter:
    """The adapter on a platform that answers `/2/users/me` by itself and an empty list to our own timeline."""

    def with_us(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json=ME)
        if request.method == "GET" and request.url.path.endswith(f"/{KFC}/tweets"):
            return httpx.Response(200, json={"meta": {"result_count": 0}})
        return platform(request)

    client = http.open_client("https://api.x.com", httpx.MockTransport(with_us))
    account = Account(name="acme-x", platform="twitter")
    return PLATFORM.connect(account, client, Secret("canary-token"), VirtualClock(NOW))


async def pages_of(adapter: Adapter, surface: Surface = Surface.MENTIONS) -> list[Page]:
    return [page async for page in adapter.read(surface, None, NOW - timedelta(days=30))]


def messages_of(pages: list[Page]) -> list[Incoming]:
    return [m for page in pages for m in page.messages]


def reply(**more: Any) -> Outgoing:
    item = OutboxItem(
        id="o1",
        key="k1",
        conversation="acme-x:mentions:100:21",
        account="acme-x",
        agent="tanja",
        text="We look into it",
        private=False,
        created_at=NOW,
        not_before=NOW,
        reply_to="100",
    )
    fields: dict[str, Any] = {
        "item": item,
        "surface": Surface.MENTIONS,
        "thread": "100:21",
        "contact": Person(remote_id="21"),
    }
    return Outgoing(**fields | more)
