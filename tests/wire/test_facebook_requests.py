"""Every request we make fits Meta's own description of Graph API v25.0."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from shared import shared

from inbox.adapters import http, simkit
from inbox.adapters.facebook import PLATFORM, simfields
from inbox.adapters.facebook.graph import VERSION
from inbox.adapters.facebook.sim import Simulator
from inbox.adapters.simkit import Request
from inbox.config import Account
from inbox.domain.model import Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.ports import Outgoing, Refused, Secret

SPECS = shared("wire/facebook/specs/v25.0")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GENERIC = {"fields", "limit", "after", "before", "since", "until", "summary", "pretty"}
"""Modifiers that the specs do not list (README beside them)."""
UNDESCRIBED = {
    "UnifiedMessage": "id created_time from to message sticker tags attachments shares reactions story reply_to "
    "is_unsupported",
}
"""Nodes the specs lack, by the reference page (FACTS 1.1)."""


@cache
def spec(node: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SPECS / f"{node}.json").read_text(encoding="utf-8"))
    return found


def readable(node: str) -> set[str]:
    edges = {a["endpoint"] for a in spec(node)["apis"] if a["method"] == "GET" and "endpoint" in a}
    return {f["name"] for f in spec(node)["fields"]} | edges


def params(node: str, method: str, edge: str | None) -> set[str]:
    for api in spec(node)["apis"]:
        if api["method"] == method and api.get("endpoint") == edge and (edge or api.get("name") == "#get"):
            return {p["name"] for p in api["params"]}
    raise AssertionError(f"{method} {edge} is no call of {node}")


def answer_of(node: str, edge: str) -> str:
    return next(a["return"] for a in spec(node)["apis"] if a.get("endpoint") == edge and a["method"] == "GET")


def check_fields(node: str, fields: tuple[simfields.Field, ...]) -> None:
    if node in UNDESCRIBED:
        assert {f.name for f in fields} <= set(UNDESCRIBED[node].split())
        return
    for f in fields:
        # `tagged_time` is on the reference page of the edge only (FACTS 1.3).
        assert f.name in readable(node) | {"tagged_time"}, f"{f.name} is nothing of {node}"
        inner = {"comments": "Comment", "parent": "Comment", "messages": "UnifiedMessage"}.get(f.name)
        if inner and f.children is not None:
            check_fields(inner, f.children)
        if f.name in ("comments", "messages"):
            modifiers = set(f.modifiers) - {"limit", "summary"}
            assert modifiers <= params(node, "GET", f.name)


def node_of(id_: str) -> str:
    if id_ in ("me", "1001"):
        return "Page"
    if id_.startswith("t_"):
        return "UnifiedThread"
    return "PagePost" if id_.startswith(("1001_", "59")) else "Comment"


def check(request: Request) -> None:
    version, id_, *edge = request.path.strip("/").split("/")
    assert version == VERSION == "v25.0"
    assert "access_token" not in request.params
    assert request.bearer
    node = node_of(id_)
    name = edge[0] if edge else None
    known = params(node, request.method, name)
    assert set(request.params) <= known | GENERIC
    if "fields" in request.params and request.method == "GET":
        check_fields(answer_of(node, name) if name else node, simfields.parse(request.params["fields"]))
    if request.method == "POST":
        body = request.json() if "json" in request.headers["content-type"] else request.form
        assert set(body) <= known
        assert {p["name"] for p in post_params(node, name) if p["required"]} <= set(body)


def post_params(node: str, edge: str | None) -> list[dict[str, Any]]:
    return next(
        a["params"] for a in spec(node)["apis"] if a["method"] == "POST" and a.get("endpoint") == edge
    )


async def everything(sim: Simulator, clock: simkit.VirtualClock) -> None:
    """Ask for everything that the adapter can ask for."""
    account = Account(name="acme", platform="facebook", page_id="1001", human_agent=True)
    client = http.open_client(sim.url, transport=simkit.transport(sim))
    adapter = PLATFORM.connect(account, client, Secret(sim.token), clock)
    await adapter.identify()
    since = clock.now() - timedelta(days=30)
    for surface in PLATFORM.surfaces:
        threads = set()
        async for page in adapter.read(surface, None, since):
            threads |= {(m.thread, m.remote_id) for m in page.messages if not m.ours}
        for thread, remote_id in sorted(threads, key=str):
            assert thread is not None
            [_ async for _ in adapter.refresh(surface, thread)]
            out = outgoing(surface, thread, remote_id)
            for private in (True,) if surface is Surface.MESSENGER else (False, True):
                item = replace(out.item, private=private, text=f"Hello {len(sim.requests)}")
                if surface is Surface.TAGGED and private:
                    continue
                with suppress(Refused):  # comments older than seven days take no private answer
                    await adapter.send(replace(out, item=item), lambda: None)
                await adapter.find(replace(out, item=item), clock.now())


def outgoing(surface: Surface, thread: str, reply_to: str) -> Outgoing:
    item = OutboxItem(
        id="ob1",
        key="k",
        conversation="c",
        account="acme",
        agent="tanja",
        text="x",
        private=False,
        created_at=NOW,
        not_before=NOW,
        reply_to=reply_to,
    )
    contact = Person(remote_id="2400000000000001")
    return Outgoing(item=item, surface=surface, thread=thread, contact=contact, last_in_at=NOW)


@pytest.fixture
def clock() -> simkit.VirtualClock:
    return simkit.VirtualClock(NOW)


async def test_every_request_fits_the_specs(clock: simkit.VirtualClock) -> None:
    """Method, edge, parameters and field names; an unknown field would answer code 100 and no messages."""
    sim = Simulator(clock)
    ann = sim.world.person("Ann")
    assert ann.psid == "2400000000000001"
    for n in range(30):
        sim.world.writes(ann, f"message {n}", at=NOW - timedelta(minutes=60 - n))
    for n in range(30):
        post = sim.world.post(f"news {n}", at=NOW - timedelta(days=n))
        sim.world.comments(post, "first", by=ann, at=post.at)
    for n in range(60):
        sim.world.comments(post, f"old {n}", by=ann, at=NOW - timedelta(minutes=n))
    sim.world.visitor_post(ann, "on your wall")
    sim.world.tagging_post(ann, "@acme")
    await everything(sim, clock)
    for request in sim.requests:
        check(request)
    seen = {f"{r.method} {([*r.path.split('/'), ''])[3]}" for r in sim.requests}
    assert seen == {
        "GET ",
        "GET conversations",
        "GET messages",
        "GET published_posts",
        "GET visitor_posts",
        "GET tagged",
        "GET video_reels",
        "GET comments",
        "POST messages",
        "POST comments",
    }


async def test_a_comment_is_never_overwritten_by_an_answer(clock: simkit.VirtualClock) -> None:
    """POST on the comment itself would replace the customer's words (trap 1)."""
    sim = Simulator(clock)
    ann = sim.world.person("Ann")
    comment = sim.world.comments(sim.world.post("news"), "Where is it?", by=ann)
    sim.world.comments(comment, "And mine?", by=ann)
    await everything(sim, clock)
    assert comment.text == "Where is it?"
    assert "edit" not in {a.kind for a in sim.accepted}
    writes = [r.path for r in sim.requests if r.method == "POST"]
    assert writes
    assert all(path.endswith(("/comments", "/messages")) for path in writes)
