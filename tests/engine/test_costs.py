"""What X charges is counted once a day and resource, whoever of us reads it and however often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from inbox.adapters import http
from inbox.adapters.simkit import VirtualClock
from inbox.adapters.twitter.calls import Ledger
from inbox.config.model import Account
from inbox.domain.hours import ServiceHours
from inbox.domain.model import Surface
from inbox.domain.sla import Timers
from inbox.engine.station.reader import Reader
from inbox.engine.station.spending import spent_today
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret
from inbox.store.sqlite.store import LocalStore
from inbox.wiring.platforms import platform

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALWAYS = Timers(
    hours=ServiceHours(UTC, {day: [] for day in range(7)}, []),
    first=timedelta(hours=3),
    next=timedelta(hours=3),
    warn_before=timedelta(minutes=30),
)


def x(request: httpx.Request) -> httpx.Response:
    """One mention by one person, shown at every reading; our own list shows the post we answered with."""
    users = {"users": [{"id": "9", "name": "Ann", "username": "ann"}]}
    mention = {"id": "2090000000000000001", "text": "@acme hi", "author_id": "9", "conversation_id": "1"}
    ours = {"id": "2090000000000000002", "text": "hi", "author_id": "7", "conversation_id": "1"}
    bodies: dict[str, Any] = {
        "me": {"data": {"id": "7", "username": "acme"}},
        "mentions": {"data": [mention], "includes": {**users, "tweets": [ours]}, "meta": {}},
        "tweets": {"data": [ours], "meta": {}},
    }
    return httpx.Response(200, json=bodies[request.url.path.rpartition("/")[2]])


async def one_process(folder: Path, clock: VirtualClock) -> dict[str, int]:
    """Open, read, close; what was spent today so far."""

    async def connect() -> Adapter:
        client = http.open_client("https://api.example", httpx.MockTransport(x))
        return platform("twitter").connect(
            Account(name="acme-x", platform="twitter"), client, Secret("t"), clock
        )

    store = LocalStore(folder)
    reader = Reader(
        account="acme-x",
        platform="twitter",
        surfaces=[Surface.MENTIONS],
        open_adapter=connect,
        store=store,
        clock=clock,
        timers=ALWAYS,
        backfill=timedelta(days=30),
        history=timedelta(days=1),
    )
    assert (await reader.round()).ok
    await reader.close()
    spent = spent_today(store, "acme-x", clock.now())
    store.close()
    return spent


async def test_a_resource_costs_once_a_day_over_all_processes(tmp_path: Path) -> None:
    """Started every minute, the estimate counted the same posts a thousand times a day."""
    clock = VirtualClock(NOON)
    first = await one_process(tmp_path, clock)
    assert first == {"post_read": 2, "user_read": 2}, "our own post is one resource, in whichever list"
    for _ in range(3):
        clock.advance(60)
        assert await one_process(tmp_path, clock) == first
    clock.advance(12 * 3600)
    assert await one_process(tmp_path, clock) == first, "at midnight UTC it begins again"


@pytest.mark.parametrize(
    "kept", [7, {}, {"day": "x"}, {"day": "2026-11-24", "resources": "x"}, {"day": None}]
)
async def test_a_damaged_record_of_charges_costs_an_estimate_and_no_round(tmp_path: Path, kept: Any) -> None:
    """It is an estimate; reading goes on."""
    store = LocalStore(tmp_path)
    store.small_things.put_setting("charged:acme-x", kept)
    store.close()
    assert (await one_process(tmp_path, VirtualClock(NOON)))["post_read"] == 2


def test_what_the_stream_delivered_is_not_charged_again_when_it_is_read() -> None:
    """A delivered post costs as much as one that is read, and is the same resource."""
    ledger, day = Ledger(), NOON.date()
    ledger.charge("post_read", "5", day)
    ledger.read("mentions", {"data": [{"id": "5"}, {"id": "6"}]}, day)
    ledger.read("own", {"data": [{"id": "6"}]}, day)
    assert ledger.settle() == {"post_read": 2}
