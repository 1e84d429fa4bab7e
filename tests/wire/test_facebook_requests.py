"""Every request we make fits Meta's own description of Graph API v25.0."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from facebook_specs import check
from platform_rules import configured

from inbox.adapters import http, simkit
from inbox.adapters.facebook import PLATFORM
from inbox.adapters.facebook.sim import Simulator
from inbox.domain.model import Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import replace
from inbox.errors import Refused
from inbox.ports.platform import Outgoing
from inbox.ports.secrets import Secret

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def everything(sim: Simulator, clock: simkit.VirtualClock) -> None:
    """Ask for everything that the adapter can ask for."""
    account = configured(name="acme", platform="facebook", page_id="1001", human_agent=True, ads=True)
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
    for thing in (
        sim.world.photo("photo", of=post),
        sim.world.album("album"),
        sim.world.live_video("on the air"),
        sim.world.ad("ad"),
    ):
        sim.world.comments(thing, f"under {thing.text}", by=ann)
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
        "GET photos",
        "GET albums",
        "GET live_videos",
        "GET ads_posts",
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
