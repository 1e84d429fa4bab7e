"""A new message never stands without its question: the earlier part of a thread that wakes is read again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from engine.facebook_world import PageDesk, page_desk
from engine.world import NOON, US, Scripted, World, build, said
from inbox.domain.model import Context, Status, Surface
from inbox.engine.station.retention import retain
from inbox.errors import Unavailable
from inbox.ports.platform import Page

DAY = timedelta(days=1)
KEEP = timedelta(days=90)
COMMENTS = (Surface.COMMENTS,)


def texts(desk: PageDesk, cid: str) -> list[str]:
    return [m.text for m in desk.store.messages.of_conversation(cid)]


@pytest.mark.parametrize("between", [0, 120])
async def test_an_old_comment_thread_is_whole_when_somebody_answers_in_it(
    tmp_path: Path, between: int
) -> None:
    """Question and our answer are older than what is loaded at first, and may lie behind many other comments."""
    with page_desk(tmp_path, surfaces=COMMENTS) as desk:
        desk.reader.history = DAY
        anna, others = desk.world.person("Anna"), desk.world.person("Others")
        post = desk.world.post("Our shop")
        top = desk.world.comments(post, "old top question", by=anna)
        desk.clock.advance(DAY.total_seconds())
        desk.world.comments(top, "old answer", by=None)
        for n in range(between):
            desk.clock.advance(1)
            desk.world.comments(post, f"other {n}", by=others)
        desk.clock.advance(199 * DAY.total_seconds())
        asked = desk.clock.now()
        desk.world.comments(top, "still open?", by=anna)
        await desk.read()
        (cid,) = (c for c in desk.desk.queue.order("all") if c.endswith(f":{top.short_id}"))
        assert texts(desk, cid) == ["old top question", "old answer", "still open?"]
        thread = desk.desk.conversation.thread(cid)
        assert (thread.conversation.status, thread.conversation.waiting_since) == (Status.OPEN, asked)
        assert [c.text for c in thread.context] == ["Our shop"]


@pytest.mark.parametrize("surface", [Surface.COMMENTS, Surface.VISITOR_POSTS])
async def test_a_forgotten_thread_comes_back_whole(tmp_path: Path, surface: Surface) -> None:
    """What retention let go is read again once somebody answers in it; only the new message waits."""
    with page_desk(tmp_path, surfaces=(surface,)) as desk:
        anna = desk.world.person("Anna")
        if surface is Surface.COMMENTS:
            under = desk.world.comments(desk.world.post("Our shop"), "question", by=anna)
        else:
            under = desk.world.visitor_post(anna, "question")
        desk.world.comments(under, "answer", by=None)
        await desk.read()
        cid = desk.only()
        desk.desk.triage.resolve([cid])
        desk.clock.advance(100 * DAY.total_seconds())
        assert retain(desk.store, KEEP, desk.clock.now()) == 1
        await desk.read()
        assert desk.desk.queue.order("all") == []
        desk.clock.advance(3600)
        asked = desk.clock.now()
        desk.world.comments(under, "again!", by=anna)
        await desk.read()
        assert texts(desk, cid) == ["question", "answer", "again!"]
        assert desk.desk.conversation.get(cid).waiting_since == asked


async def test_a_failure_is_tried_again_later_and_holds_up_nothing(tmp_path: Path) -> None:
    """The message is there at once; the rest follows when the platform gives it, after a restart too."""
    with page_desk(tmp_path, surfaces=COMMENTS) as desk:
        desk.reader.history = DAY
        anna = desk.world.person("Anna")
        top = desk.world.comments(desk.world.post("Our shop"), "old top question", by=anna)
        desk.world.comments(top, "old answer", by=None)
        for n in range(120):
            desk.clock.advance(1)
            desk.world.comments(desk.world.posts[top.post.id], f"other {n}", by=anna)
        desk.clock.advance(200 * DAY.total_seconds())
        desk.world.comments(top, "still open?", by=anna)
        adapter = await desk.reader.connect()
        working, calls = adapter.refresh, []

        async def down(surface: Surface, thread: str) -> AsyncIterator[Page]:
            calls.append(thread)
            raise Unavailable("no answer", next_step="Later.")
            yield Page()

        adapter.refresh = down  # type: ignore[method-assign]
        await desk.read()
        (cid,) = (c for c in desk.desk.queue.order("all") if c.endswith(f":{top.short_id}"))
        assert texts(desk, cid)[-1] == "still open?"
        assert "old answer" not in texts(desk, cid)
        await desk.read()
        assert len(calls) == 1, "not at every round"
        adapter.refresh = working  # type: ignore[method-assign]
        desk.clock.advance(301)
        await desk.read()
        assert texts(desk, cid) == ["old top question", "old answer", "still open?"]


class Looking(Scripted):
    """X, as far as it matters here: posts by id, as context."""

    posts: Sequence[Context] = ()
    fails = 0

    async def look_up(self, surface: Surface, remote_ids: Sequence[str]) -> AsyncIterator[Page]:
        if self.fails:
            self.fails -= 1
            raise Unavailable("no answer", next_step="Later.")
        yield Page(context=[c for c in self.posts if c.remote_id in remote_ids])


def above(world: World, key: str, parent: str | None) -> Context:
    return Context(
        id=f"acme-x:{key}", remote_id=key, author=US, ours=True, text=f"post {key}", reply_to=parent, root="1"
    )


@pytest.mark.parametrize("fails", [0, 2])
def test_the_posts_above_a_new_reply_are_fetched_up_to_the_first(tmp_path: Path, fails: int) -> None:
    """Our answer, the question before it and the post it all hangs under come by their ids."""
    world = build(tmp_path)
    world.platform.__class__ = Looking
    platform = world.platform
    assert isinstance(platform, Looking)
    platform.posts = [above(world, "3", "2"), above(world, "2", "1"), above(world, "1", None)]
    platform.fails = fails
    reply = said("4", "And now?", parent="3", thread="1:7", at=NOON)
    platform.pages = {Surface.MENTIONS: [Page(messages=[reply], complete=True)]}
    asyncio.run(world.reader.round())
    assert world.desk.conversation.get("acme-x:mentions:1:7").waiting_since == NOON
    world.clock.advance(301)
    asyncio.run(world.reader.round())
    thread = world.desk.conversation.thread("acme-x:mentions:1:7")
    assert {c.text for c in thread.context} == {"post 1", "post 2", "post 3"}
