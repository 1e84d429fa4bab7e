"""A day of a Page, hour by hour: every request fits the specs, and what an hour costs is known."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from engine.facebook_world import PageDesk, page_desk
from facebook_specs import check

from inbox.adapters.facebook import PLATFORM
from inbox.adapters.simkit import Request
from inbox.domain.model import Deed, Direction, SendState, Surface
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.station.presence import Courtesy
from inbox.ports.platform import Presence

HOUR = timedelta(hours=1)
LONG = bool(os.environ.get("INBOX_LONG_TESTS"))
"""Whether the first day has 24 hours; else nine, six of them busy."""
DEFAULT = [s for s in PLATFORM.surfaces if s is not Surface.INSTAGRAM]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageDesk]:
    with page_desk(tmp_path / "data", human_agent=True, presence=True, ads=True) as found:
        yield found


def endpoint(request: Request) -> str:
    steps = request.path.strip("/").split("/")
    return f"{request.method} {steps[2] if len(steps) > 2 else 'node'}"


class Day:
    """People write, colleagues work: seeded, so that it is the same day everywhere."""

    def __init__(self, page: PageDesk, folder: Path) -> None:
        self.page = page
        self.dice = random.Random(4)
        self.picture = folder / "label.png"
        self.picture.write_bytes(b"\x89PNG")
        world = page.world
        self.people = [world.person(f"P{n}") for n in range(12)]
        self.posts = [world.post(f"news {n}", at=page.clock.now() - n * 24 * HOUR) for n in range(30)]
        self.posts += [world.reel(f"reel {n}") for n in range(3)]
        self.posts += [world.photo(f"photo {n}", of=self.posts[0]) for n in range(3)]
        self.posts += [world.album("album"), world.live_video("on the air"), world.ad("ad")]
        self.count = 0

    def text(self) -> str:
        self.count += 1
        return f"text {self.count}"

    def somebody_writes(self) -> None:
        world, who, dice = self.page.world, self.dice.choice(self.people), self.dice
        match dice.randrange(8):
            case 0 | 1 | 2:
                message = world.writes(who, self.text())
                if dice.random() < 0.2:
                    self.page.clock.advance(5)
                    world.unsends(message)
            case 3:
                world.writes_on_instagram(who, self.text())
            case 4 | 5:
                world.comments(dice.choice(self.posts), self.text(), by=who)
            case 6:
                standing = list(world.comments_by_id.values())
                if standing:
                    world.comments(dice.choice(standing), self.text(), by=who)
            case _:
                if dice.random() < 0.5:
                    self.posts.append(world.visitor_post(who, self.text()))
                else:
                    world.tagging_post(who, self.text())

    def an_agent_works(self) -> None:
        """Answers the first, and does something besides."""
        desk, dice = self.page.desk, self.dice
        for cid in desk.queue.order("waiting")[:1]:
            found = desk.conversation.get(cid)
            files = [str(self.picture)] if dice.random() < 0.3 and desk.replying.file_rule(cid) else []
            aside = True if not found.surface.private and dice.random() < 0.3 else None
            try:
                desk.replying.reply(cid, Reply(self.text(), private=aside, files=[] if aside else files))
            except NotAllowed:
                desk.replying.reply(cid, Reply(self.text()))
        ids = desk.queue.order("all")
        if ids:
            self.some_deed(dice.choice(ids))

    def some_deed(self, cid: str) -> None:
        desk = self.page.desk
        deed = self.dice.choice(sorted(desk.moderation.offered(cid)))
        messages = [
            m for m in desk.conversation.thread(cid).messages if m.deleted_at is None and not m.private
        ]
        wanted = Direction.OUT if deed is Deed.DELETE else Direction.IN
        fitting = [m.id for m in messages if m.direction is wanted and deed not in m.barred]
        if deed in (Deed.BLOCK, Deed.UNBLOCK) or fitting:
            desk.moderation.do(cid, deed, fitting[-1] if fitting else None)


async def test_every_request_of_a_day_fits_the_specs(page: PageDesk, tmp_path: Path) -> None:
    """Method, edge, parameters and field names: an unknown field would answer code 100 and no messages at all."""
    day = Day(page, tmp_path)
    for hour in range(24 if LONG else 9):
        busy = 1 if 2 <= hour < (12 if LONG else 8) else 0
        for _ in range(4):
            for _ in range(3 * busy):
                day.somebody_writes()
            await page.pass_time(HOUR / 8, step=90 if busy else 450)
            if busy:
                day.an_agent_works()
            await page.pass_time(HOUR / 8, step=90 if busy else 450)
    page.reader.recheck_for = 24 * HOUR
    await page.reader.recheck()
    for cid in page.desk.queue.order("all"):
        await Courtesy({"acme": page.reader}).show(cid, Presence.TYPING)
    assert page.world.signs
    for request in page.sim.requests:
        check(request)
    asked = {endpoint(r) for r in page.sim.requests}
    assert asked == {
        "GET node",
        "GET conversations",
        "GET messages",
        "GET published_posts",
        "GET video_reels",
        "GET photos",
        "GET albums",
        "GET live_videos",
        "GET ads_posts",
        "GET visitor_posts",
        "GET tagged",
        "GET comments",
        "POST messages",
        "POST message_attachments",
        "POST photos",
        "POST comments",
        "POST node",
        "POST likes",
        "DELETE likes",
        "DELETE node",
        "POST moderate_conversations",
    }
    assert not page.reader.trouble
    edited = [a for a in page.sim.accepted if a.kind == "edit"]
    assert edited == [], "an answer must never overwrite a comment (trap 1)"
    items = page.store.outbox.items()
    assert len(items) > 40
    refused = [i.reason for i in items if i.state is not SendState.SENT]
    assert refused == []


async def test_what_an_idle_and_a_busy_hour_cost(tmp_path: Path) -> None:
    """The limits are 200 Messenger calls and 4800 others a day for each active person: an idle Page must live on
    the few it has, a busy one earns more than it spends."""
    with page_desk(tmp_path / "data", surfaces=DEFAULT) as page:
        day = Day(page, tmp_path)
        await page.pass_time(3 * HOUR)
        idle = await spent(page, day, 0)
        busy = await spent(page, day, 60)
    print(f"idle hour: {sum(idle.values())} {dict(idle)}")
    print(f"busy hour: {sum(busy.values())} {dict(busy)}")
    assert sum(idle.values()) <= 60
    assert sum(busy.values()) <= 400
    messenger = idle["GET conversations"]
    assert 24 * messenger <= 700


async def spent(page: PageDesk, day: Day, messages: int) -> Counter[str]:
    before = len(page.sim.requests)
    for minute in range(60):
        for _ in range(messages // 60):
            day.somebody_writes()
        if messages and minute % 2:
            day.an_agent_works()
        await page.pass_time(timedelta(minutes=1))
    return Counter(endpoint(r) for r in page.sim.requests[before:])
