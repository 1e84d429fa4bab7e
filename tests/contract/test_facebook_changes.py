"""What Facebook does not announce: messages that were unsent, Reels, how often to look at a quiet Page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from facebook_station import START, Station, nothing, station, to_comment, to_message

from inbox.adapters.facebook import values
from inbox.adapters.facebook.comment_lists import NO_REELS, NO_REELS_FOR, REELS_EVERY
from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim.world import Comment, GraphError, Post
from inbox.domain.model import Surface
from inbox.ports.platform import Asked, Look


@pytest.mark.parametrize("gone", [{"reactions"}, {"story"}, {"reactions", "story"}])
async def test_a_field_that_facebook_no_longer_knows_costs_no_message(
    gone: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a reference page lists these two; a question with an unknown field brings nothing at all."""
    known = sim_fields.NODES["UnifiedMessage"]
    monkeypatch.setattr(sim_fields, "NODES", {**sim_fields.NODES, "UnifiedMessage": known - gone})
    s = station()
    ann = s.world.person("Ann")
    for n in range(25):
        s.world.writes(ann, f"m{n}", at=START - timedelta(minutes=n))
    assert len(await s.read(Surface.MESSENGER)) == 20
    asked = len(s.sim.requests)
    await s.read(Surface.MESSENGER)
    assert len(s.sim.requests) == asked + 1, "it is not asked for again"


# -- Reels -------------------------------------------------------------------------------------------------


async def test_comments_under_reels_are_read_and_answered() -> None:
    """The lists of posts leave Reels out (trap 18)."""
    s = station()
    reel = s.world.reel("Our new shop")
    comment = s.world.comments(reel, "Where is it?", by=s.world.person("Ann"))
    (page,) = [p for p in await s.pages(Surface.COMMENTS) if p.messages]
    (found,) = page.messages
    assert (found.text, found.thread, found.parent) == ("Where is it?", comment.short_id, f"post:{reel.id}")
    (context,) = page.context
    assert (context.id, context.text) == (f"acme:post:{reel.id}", "Our new shop")
    assert context.url == f"https://www.facebook.com/reel/{reel.id}/"
    receipt = await s.adapter.send(to_comment(comment), nothing)
    assert receipt.note == ""
    s.clock.advance(REELS_EVERY.total_seconds())
    assert [m.ours for m in await s.read(Surface.COMMENTS)] == [True]


async def test_a_page_without_reels_is_seldom_asked_for_them() -> None:
    """Its budget is for what it has."""
    s = station()
    for _ in range(20):
        await s.read(Surface.COMMENTS)
        s.clock.advance(180)
    assert s.asked("/video_reels") == 1
    s.world.comments(s.world.reel("first"), "hi", by=s.world.person("Ann"))
    s.clock.advance(NO_REELS_FOR.total_seconds())
    assert [m.text for m in await s.read(Surface.COMMENTS)] == ["hi"]


async def test_reels_that_are_not_shown_are_told_and_the_comments_arrive() -> None:
    """A permission that is missing for the one is no reason to lose the other."""
    s = station(refuses={"video_reels": GraphError(10, "(#10) No permission", status=403)})
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    pages = await s.pages(Surface.COMMENTS)
    assert [m.text for p in pages for m in p.messages] == ["hello"]
    assert NO_REELS in [note for p in pages for note in p.notes]
    assert pages[-1].complete
    await s.pages(Surface.COMMENTS)
    assert s.asked("/video_reels") == 1


# -- a second look -----------------------------------------------------------------------------------------


async def look_again(s: Station, surface: Surface, *things: Comment | Post) -> Look:
    asked = [
        Asked(
            key=t.short_id if isinstance(t, Comment) else t.id.rsplit("_", 1)[-1],
            remote_id=t.id,
            thread="thread",
            parents=(t.post.id,) if isinstance(t, Comment) else (),
        )
        for t in things
    ]
    return await s.adapter.look(surface, asked)


async def test_edits_and_deletions_under_old_posts_are_seen_by_a_look_by_id() -> None:
    """The rounds compare what stands under the newest posts only. One list tells of all that are still there."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    stays, changes, goes = (s.world.comments(post, f"c{n}", by=ann) for n in range(3))
    s.world.edit(changes, "changed")
    s.world.delete(goes)
    look = await look_again(s, Surface.COMMENTS, stays, changes, goes)
    found = {m.remote_id: m for m in look.messages}
    assert (found[stays.id].text, found[changes.id].text) == ("c0", "changed")
    assert found[changes.id].thread is None, "it stays where it is"
    assert (look.there, look.deleted) == ({stays.short_id, changes.short_id}, {goes.short_id})
    assert s.asked("/comments") == 1
    assert len(s.sim.requests) <= 3, "who we are, the list, the one that is missing"


async def test_a_list_that_shows_a_comment_outranks_its_own_id() -> None:
    """100/33 names missing permissions as a cause too: what the list shows is there, whatever the node says."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    things = [s.world.comments(post, f"c{n}", by=ann) for n in range(3)]
    s.world.unreadable.update(t.id for t in things)
    look = await look_again(s, Surface.COMMENTS, *things)
    assert (look.deleted, look.with_parent) == (frozenset(), frozenset())
    assert look.there == {t.short_id for t in things}


async def test_a_visitors_post_that_is_gone_is_told() -> None:
    """Posts and comments alike."""
    s = station()
    ann = s.world.person("Ann")
    one, other = s.world.visitor_post(ann, "one"), s.world.visitor_post(ann, "other")
    s.world.delete(one)
    look = await look_again(s, Surface.VISITOR_POSTS, one, other)
    assert look.deleted == {one.id.rsplit("_", 1)[-1]}
    assert look.there == {other.id.rsplit("_", 1)[-1]}


async def test_what_hung_under_a_lost_post_is_never_proved_deleted() -> None:
    """The post may be lost to us only: a lost permission gives the same answer as a deletion."""
    s = station()
    post = s.world.post("news")
    things = [s.world.comments(post, f"c{n}", by=s.world.person("Ann")) for n in range(4)]
    s.world.delete(post)
    look = await look_again(s, Surface.COMMENTS, *things)
    assert (look.there, look.deleted) == (frozenset(), frozenset())
    assert look.with_parent == {t.short_id for t in things}


async def test_a_second_look_ends_where_a_limit_comes_near() -> None:
    """Each costs a call, and reading what is new comes first."""
    s = station(usage={"x-app-usage": {"call_count": 80, "total_time": 1, "total_cputime": 1}})
    post = s.world.post("news")
    things = [s.world.comments(post, f"c{n}", by=s.world.person("Ann")) for n in range(5)]
    for thing in things:
        s.world.delete(thing)
    await look_again(s, Surface.COMMENTS, *things)
    assert len(s.sim.requests) == 1


async def test_a_message_with_withheld_details_is_not_deleted() -> None:
    """Of those before the newest twenty Facebook says that they were deleted (9000001); its list still names them.
    One list tells of a whole conversation."""
    s = station()
    ann = s.world.person("Ann")
    written = [s.world.writes(ann, f"hello {n}") for n in range(40)]
    s.world.unsends(written[30])
    (thread,) = {t for p in await s.pages(Surface.MESSENGER) for m in p.messages if (t := m.thread)}
    before = len(s.sim.requests)
    asked = [Asked(key=values.message_key(m.id), remote_id=m.id, thread=thread) for m in written]
    look = await s.adapter.look(Surface.MESSENGER, asked)
    assert look.deleted == {values.message_key(written[30].id)}
    assert len(look.there) == 39
    assert len(s.sim.requests) - before == 2


# -- how often to look -------------------------------------------------------------------------------------


async def test_a_quiet_surface_is_read_less_often_until_something_happens() -> None:
    """The budget of a quiet Page is tiny; a customer who writes brings the usual pace back."""
    s = station()
    ann = s.world.person("Ann")
    pace = []
    for after in (0, 1801, 5400):
        s.clock.advance(after)
        await s.read(Surface.MESSENGER)
        pace.append(s.adapter.interval(Surface.MESSENGER))
    assert pace == [45.0, 90.0, 135.0]
    s.world.writes(ann, "hello")
    await s.read(Surface.MESSENGER)
    assert s.adapter.interval(Surface.MESSENGER) == 45.0
    await s.read(Surface.MESSENGER)
    s.clock.advance(1801)
    await s.read(Surface.MESSENGER)
    assert s.adapter.interval(Surface.MESSENGER) == 90.0, "the overlap brings the same message again"
    await s.adapter.send(to_message(s, ann), nothing)
    assert s.adapter.interval(Surface.MESSENGER) == 45.0, "who was answered may write back"


async def test_calls_are_counted_for_what_they_cost() -> None:
    """Facebook's limits count calls."""
    s = station()
    await s.adapter.identify()
    await s.read(Surface.MESSENGER)
    assert s.adapter.spent() == {"calls": 3}
    assert s.adapter.spent() == {}
