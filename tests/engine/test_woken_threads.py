"""First reading, retention and new messages in old threads, one after the other: nothing comes and goes by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from engine.facebook_world import PageDesk, page_desk
from engine.test_x_day import Office
from inbox.domain.model import Status, Surface
from inbox.engine.station.retention import retain
from inbox.errors import Unavailable
from inbox.ports.platform import Page

DAY = timedelta(days=1)
COMMENTS = (Surface.COMMENTS,)


def texts(desk: PageDesk, cid: str) -> list[str]:
    return [m.text for m in desk.store.messages.of_conversation(cid)]


async def test_a_direct_message_on_x_wakes_its_forgotten_thread(tmp_path: Path) -> None:
    """X shows thirty days of direct messages: what of the thread lies within them stands above the new question."""
    office = Office(tmp_path)
    anna = office.people[0]
    keep = 5 * DAY
    office.sim.dm(anna, "Where is my parcel?", at=office.clock.now() - timedelta(hours=2))
    await office.minutes(2)
    (cid,) = office.desk.queue.order("all")
    office.desk.triage.resolve([cid])
    office.clock.advance(8 * DAY.total_seconds())
    assert retain(office.store, keep, office.clock.now()) == 1
    office.store.small_things.put_cursor("acme-x:direct", {"cursor": None, "backfilled": True})
    await office.minutes(5)
    assert office.desk.queue.order("all") == [], "reading it once more brings nothing back"
    for n in range(150):  # more than one page: the new message alone does not bring what was before it
        office.clock.advance(1)
        office.sim.dm(office.people[1 + n % 20], f"other {n}")
    await office.minutes(5)
    office.clock.advance(60)
    asked = office.clock.now()
    office.sim.dm(anna, "Still nothing!")
    await office.minutes(5)
    assert [m.text for m in office.store.messages.of_conversation(cid)] == [
        "Where is my parcel?",
        "Still nothing!",
    ]
    head = office.desk.conversation.get(cid)
    assert (head.status, head.waiting_since) == (Status.OPEN, asked)
    office.store.close()


def woken_while_facebook_fails(desk: PageDesk) -> str:
    """An answer in a thread of long ago, behind many newer comments. Returns the key of the thread."""
    desk.reader.history = DAY
    anna = desk.world.person("Anna")
    top = desk.world.comments(desk.world.post("Our shop"), "old top question", by=anna)
    desk.world.comments(top, "old answer", by=None)
    for n in range(120):
        desk.clock.advance(1)
        desk.world.comments(top.post, f"other {n}", by=anna)
    desk.clock.advance(200 * DAY.total_seconds())
    desk.world.comments(top, "still open?", by=anna)
    return top.short_id


async def test_what_could_not_be_read_is_read_by_the_next_process(tmp_path: Path) -> None:
    """Nobody knows how long a process lives; the list of threads to read again is in the store."""
    with page_desk(tmp_path, surfaces=COMMENTS) as first:
        key = woken_while_facebook_fails(first)
        adapter = await first.reader.connect()

        async def down(surface: Surface, thread: str) -> AsyncIterator[Page]:
            raise Unavailable("no answer", next_step="Later.")
            yield Page()

        adapter.refresh = down  # type: ignore[method-assign]
        await first.read()
        (cid,) = (c for c in first.desk.queue.order("all") if c.endswith(f":{key}"))
        assert "old answer" not in texts(first, cid)
        left = first.clock.now()
    with page_desk(tmp_path, surfaces=COMMENTS) as second:
        second.sim.world = first.sim.world
        second.clock.advance((left - second.clock.now()).total_seconds() + 301)
        await second.read()
        assert texts(second, cid) == ["old top question", "old answer", "still open?"]


def endpoints(desk: PageDesk, since: int) -> Counter[str]:
    """What was asked for since then, without the ids."""
    paths = [r.path.strip("/").split("/") for r in desk.sim.requests[since:]]
    return Counter(steps[2] if len(steps) > 2 else "node" for steps in paths)


async def test_what_is_history_and_too_old_to_keep_comes_once_and_is_whole_when_it_wakes(
    tmp_path: Path,
) -> None:
    """The first reading brings it, retention lets it go in the same hour: reading it again in each round would never
    end. A new message brings it back with its question, and retention leaves it alone while somebody waits."""
    keep = 10 * DAY
    with page_desk(tmp_path, surfaces=COMMENTS) as desk:
        desk.reader.history = DAY
        anna = desk.world.person("Anna")
        top = desk.world.comments(desk.world.post("Our shop"), "question", by=anna)
        desk.clock.advance(60)
        desk.world.comments(top, "answer", by=None)
        desk.clock.advance(20 * DAY.total_seconds())
        await desk.read()
        cid = desk.only()
        assert desk.desk.conversation.get(cid).status is Status.RESOLVED
        assert retain(desk.store, keep, desk.clock.now()) == 1
        costs = []
        for _ in range(3):
            before = len(desk.sim.requests)
            desk.store.small_things.put_cursor(
                "acme:comments", {"cursor": None, "backfilled": True}
            )  # all of it is shown
            await desk.read()
            costs.append(endpoints(desk, before))
            assert desk.desk.queue.order("all") == []
            desk.clock.advance(DAY.total_seconds())
            assert retain(desk.store, keep, desk.clock.now()) == 0
        assert all(set(cost) <= {"published_posts", "video_reels", *BESIDE} for cost in costs), costs

        asked = desk.clock.now()
        desk.world.comments(top, "again?", by=anna)
        for _ in range(3):
            before = len(desk.sim.requests)
            await desk.read()
            costs.append(endpoints(desk, before))
            assert texts(desk, cid) == ["question", "answer", "again?"]
            head = desk.desk.conversation.get(cid)
            assert (head.status, head.waiting_since) == (Status.OPEN, asked)
            desk.clock.advance(DAY.total_seconds())
            assert retain(desk.store, keep, desk.clock.now()) == 0
        assert costs[3]["comments"] == 1, "its earlier part is read once"
        assert costs[4]["comments"] == costs[5]["comments"] == 0


BESIDE = ("photos", "albums", "live_videos")
"""Lists beside that of the posts."""
