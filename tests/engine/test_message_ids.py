"""Ids carry their kind: platforms number comments, posts, photos and messages apart, and an equal number is no kinship."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.world import NOON, TIMERS, US, World, build, said, source
from inbox.adapters.facebook import wire_posts
from inbox.domain.model import Direction, Message, Surface
from inbox.domain.records import replace
from inbox.engine.desk.drafts import Reply
from inbox.engine.message_ids import find
from inbox.engine.station.intake import take_in
from inbox.ports.platform import Page, tombstone

PLACES = {
    Surface.COMMENTS: "comments",
    Surface.MESSENGER: "messenger",
    Surface.INSTAGRAM: "instagram",
    Surface.DIRECT: "direct",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path)


def arrive(world: World, surface: Surface, key: str, **more: object) -> None:
    message = replace(said("17", f"on {surface}", thread=f"t-{surface}", surface=surface), key=key)
    take_in(world.store, Page(messages=[replace(message, **more)]), source(surface), TIMERS, NOON)


def older(world: World, surface: Surface, key: str, **more: object) -> Message:
    """As a store of a time before kinds held it: under the bare key."""
    arrive(world, surface, key, **more)
    _mid, message = find(world.store, "acme-x", surface, key, answers=False)
    assert message is not None
    cid = message.conversation
    head = world.store.conversations.get(cid)
    assert head is not None
    world.store.upkeep.forget([cid])
    world.store.conversations.put(head)
    return world.store.messages.put(replace(message, id=f"acme-x:{key.rpartition(':')[2]}", seq=0))


def test_one_number_of_four_kinds_is_four_messages(world: World) -> None:
    """A comment that took the place of a message would drag one customer's words into another's conversation."""
    for surface in PLACES:
        arrive(world, surface, "17")
        arrive(world, surface, "17")
    for surface in PLACES:
        cid = f"acme-x:{surface}:t-{surface}"
        assert [m.text for m in world.store.messages.of_conversation(cid)] == [f"on {surface}"]


def test_a_post_and_a_comment_of_one_number_are_two(world: World) -> None:
    """Posts and photos of a Page are numbered apart from the comments under them."""
    post = wire_posts.post({"id": "1001_17", "message": "post", "created_time": "2026-11-20T12:00:00+0000"})
    comment = wire_posts.comment(
        {"id": "1001_17", "message": "hi", "created_time": "2026-11-20T12:00:00+0000"}
    )
    shown = wire_posts.post_message(post, Surface.VISITOR_POSTS, "1001")
    assert shown.key != comment.key
    assert wire_posts.post_context(post, "1001", US).id == shown.key
    arrive(world, Surface.VISITOR_POSTS, shown.key)
    arrive(world, Surface.COMMENTS, comment.key, parent=shown.key)
    for surface in (Surface.VISITOR_POSTS, Surface.COMMENTS):
        assert len(world.store.messages.of_conversation(f"acme-x:{surface}:t-{surface}")) == 1


def test_the_deletion_of_one_kind_leaves_the_other(world: World) -> None:
    """A deleted comment is not the end of a message with its number."""
    for surface in (Surface.COMMENTS, Surface.MESSENGER):
        arrive(world, surface, "17")
    gone = tombstone("17", "17", Surface.COMMENTS)
    take_in(world.store, Page(messages=[gone]), source(Surface.COMMENTS), TIMERS, NOON)
    (message,) = world.store.messages.of_conversation("acme-x:messenger:t-messenger")
    assert message.stands
    (comment,) = world.store.messages.of_conversation("acme-x:comments:t-comments")
    assert not comment.stands


@pytest.mark.parametrize("surface", [Surface.DIRECT, Surface.MESSENGER, Surface.INSTAGRAM])
def test_messages_of_an_older_store_keep_their_ids(world: World, surface: Surface) -> None:
    """Read again they are the same messages, not new ones; and a comment of that number is another record."""
    kept = older(world, surface, "17")
    arrive(world, surface, "17")
    assert (
        [m.id for m in world.store.messages.of_conversation(kept.conversation)] == [kept.id] == ["acme-x:17"]
    )
    arrive(world, Surface.COMMENTS, "17", parent="post:9")
    arrive(world, Surface.COMMENTS, "17", parent="post:9")
    assert [m.text for m in world.store.messages.of_conversation("acme-x:comments:t-comments")] == [
        "on comments"
    ]
    assert [m.id for m in world.store.messages.of_conversation(kept.conversation)] == ["acme-x:17"]


def test_posts_of_an_older_store_keep_their_ids(world: World) -> None:
    """A visitor's post is the head of its conversation; doubled it would wait twice."""
    kept = older(world, Surface.VISITOR_POSTS, "post:17")
    arrive(world, Surface.VISITOR_POSTS, "post:17")
    arrive(world, Surface.VISITOR_POSTS, "18", parent="post:17")
    assert [m.id for m in world.store.messages.of_conversation(kept.conversation)] == [
        "acme-x:17",
        "acme-x:18",
    ]


@pytest.mark.asyncio
async def test_our_sent_message_is_the_one_that_is_read_later(tmp_path: Path) -> None:
    """The receipt and the reading must meet in one record, or each answer stands twice in the thread."""
    world = build(tmp_path, surfaces=(Surface.DIRECT,))
    arrive(world, Surface.DIRECT, "17", answerable=said("x").answerable)
    (cid,) = world.desk.queue.order("all")
    world.desk.replying.reply(cid, Reply("Answer."))
    await world.turn(60)
    echo = replace(
        said("own-0", "Answer.", ours=True, thread="t-direct", surface=Surface.DIRECT), key="own-0"
    )
    take_in(world.store, Page(messages=[echo]), source(Surface.DIRECT), TIMERS, NOON)
    ours = [m for m in world.store.messages.of_conversation(cid) if m.direction is Direction.OUT]
    assert [m.outbox is not None for m in ours] == [True]
    assert ours[0].id == "acme-x:direct:own-0"


def test_a_quoted_message_is_found_under_its_stored_key(world: World) -> None:
    """What a message answers is named by the platform with the bare number."""
    arrive(world, Surface.MESSENGER, "17")
    arrive(world, Surface.MESSENGER, "18", parent="17")
    first, second = world.store.messages.of_conversation("acme-x:messenger:t-messenger")
    assert f"acme-x:{second.reply_to}" == first.id
