"""What Facebook does not announce: messages that were unsent, Reels, how often to look at a quiet Page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from facebook_station import START, Station, nothing, station, to_comment, to_message

from inbox.adapters.facebook import simfields
from inbox.adapters.facebook.comments import NO_REELS, NO_REELS_FOR, REELS_EVERY
from inbox.adapters.facebook.simworld import Comment, Post
from inbox.domain.model import Surface
from inbox.ports import Incoming

# -- unsent messages ---------------------------------------------------------------------------------------


async def test_a_message_that_was_unsent_is_told_once_facebook_confirms_it() -> None:
    """The list only lacks it; the agent must not answer what is no longer there."""
    s = station()
    ann = s.world.person("Ann")
    sent = [s.world.writes(ann, f"m{n}", at=START - timedelta(minutes=9 - n)) for n in range(4)]
    await s.read(Surface.MESSENGER)
    s.world.unsends(sent[2])
    gone = [m for m in await s.read(Surface.MESSENGER) if m.deleted]
    assert [m.remote_id for m in gone] == [sent[2].id]
    asked = len(s.sim.requests)
    assert not any(m.deleted for m in await s.read(Surface.MESSENGER))
    assert len(s.sim.requests) == asked + 1


async def test_the_first_and_the_last_message_of_a_conversation_can_be_unsent_too() -> None:
    """Both ends of the list."""
    s = station()
    ann = s.world.person("Ann")
    sent = [s.world.writes(ann, f"m{n}", at=START - timedelta(minutes=9 - n)) for n in range(3)]
    await s.read(Surface.MESSENGER)
    s.world.unsends(sent[0])
    s.world.unsends(sent[2])
    gone = {m.remote_id for m in await s.read(Surface.MESSENGER) if m.deleted}
    assert gone == {sent[0].id, sent[2].id}


async def test_messages_pushed_out_by_newer_ones_are_not_gone() -> None:
    """Facebook shows twenty: what falls off the end was not unsent, and asking for it answers "deleted"."""
    s = station()
    ann = s.world.person("Ann")
    for n in range(20):
        s.world.writes(ann, f"m{n}", at=START + timedelta(seconds=n))
    s.clock.advance(30)
    await s.read(Surface.MESSENGER)
    for n in range(5):
        s.world.writes(ann, f"new {n}")
    asked = s.asked("/m_")
    assert not any(m.deleted for m in await s.read(Surface.MESSENGER))
    assert s.asked("/m_") == asked


async def test_a_list_that_lags_deletes_nothing() -> None:
    """A message that is missing but answers when it is asked for still stands; trouble proves nothing either."""
    s = station()
    ann = s.world.person("Ann")
    sent = [s.world.writes(ann, f"m{n}", at=START - timedelta(minutes=9 - n)) for n in range(3)]
    await s.read(Surface.MESSENGER)
    s.sim.withheld.add(sent[1].id)
    assert not any(m.deleted for m in await s.read(Surface.MESSENGER))
    s.sim.faults.inject("503", "GET node")
    assert not any(m.deleted for m in await s.read(Surface.MESSENGER))


async def test_refreshing_a_conversation_notices_what_was_unsent() -> None:
    """Right before a reply leaves."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "first", at=START - timedelta(minutes=2))
    last = s.world.writes(ann, "second")
    await s.read(Surface.MESSENGER)
    s.world.unsends(last)
    conversation = s.world.conversation_with(ann)
    assert conversation is not None
    (page,) = [p async for p in s.adapter.refresh(Surface.MESSENGER, conversation.id)]
    assert [m.remote_id for m in page.messages if m.deleted] == [last.id]


@pytest.mark.parametrize("gone", [{"reactions"}, {"story"}, {"reactions", "story"}])
async def test_a_field_that_facebook_no_longer_knows_costs_no_message(
    gone: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a reference page lists these two; a question with an unknown field brings nothing at all."""
    known = simfields.NODES["UnifiedMessage"]
    monkeypatch.setattr(simfields, "NODES", {**simfields.NODES, "UnifiedMessage": known - gone})
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
    s = station(shows_reels=False)
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    pages = await s.pages(Surface.COMMENTS)
    assert [m.text for p in pages for m in p.messages] == ["hello"]
    assert NO_REELS in [note for p in pages for note in p.notes]
    assert pages[-1].complete
    await s.pages(Surface.COMMENTS)
    assert s.asked("/video_reels") == 1


# -- a second look -----------------------------------------------------------------------------------------


async def look_again(s: Station, surface: Surface, *things: Comment | Post) -> list[Incoming]:
    pages = [p async for p in s.adapter.recheck(surface, [t.id for t in things])]
    return [m for p in pages for m in p.messages]


async def test_edits_and_deletions_under_old_posts_are_seen_by_a_second_look() -> None:
    """The rounds compare what stands under the newest posts only."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    stays, changes, goes = (s.world.comments(post, f"c{n}", by=ann) for n in range(3))
    s.world.edit(changes, "changed")
    s.world.delete(goes)
    found = {m.remote_id: m for m in await look_again(s, Surface.COMMENTS, stays, changes, goes)}
    assert (found[stays.id].text, found[changes.id].text) == ("c0", "changed")
    assert (found[goes.id].deleted, found[goes.id].key) == (True, goes.short_id)
    assert found[changes.id].thread is None, "it stays where it is"


async def test_a_visitors_post_that_is_gone_is_told() -> None:
    """Posts and comments alike."""
    s = station()
    ann = s.world.person("Ann")
    one, other = s.world.visitor_post(ann, "one"), s.world.visitor_post(ann, "other")
    s.world.delete(one)
    assert [m.remote_id for m in await look_again(s, Surface.VISITOR_POSTS, one, other)] == [one.id]


async def test_where_nothing_is_found_any_more_nothing_was_deleted() -> None:
    """A lost permission gives the same answer as a deletion."""
    s = station()
    post = s.world.post("news")
    things = [s.world.comments(post, f"c{n}", by=s.world.person("Ann")) for n in range(4)]
    s.world.delete(post)
    assert await look_again(s, Surface.COMMENTS, *things) == []


async def test_a_second_look_ends_where_a_limit_comes_near() -> None:
    """Each costs a call, and reading what is new comes first."""
    s = station(usage={"x-app-usage": {"call_count": 80, "total_time": 1, "total_cputime": 1}})
    post = s.world.post("news")
    things = [s.world.comments(post, f"c{n}", by=s.world.person("Ann")) for n in range(5)]
    await look_again(s, Surface.COMMENTS, *things)
    assert len(s.sim.requests) == 1


async def test_private_messages_are_never_asked_for_one_by_one() -> None:
    """Of those before the newest twenty Facebook says that they were deleted."""
    s = station()
    message = s.world.writes(s.world.person("Ann"), "hello")
    assert [p async for p in s.adapter.recheck(Surface.MESSENGER, [message.id])] == []
    assert s.sim.requests == []


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
