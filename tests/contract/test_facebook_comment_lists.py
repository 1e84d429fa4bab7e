"""Comments that the lists of posts do not show: under single photos, albums, broadcasts and ads (facts/facebook.md#3.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from facebook_station import START, Station, nothing, station, to_comment

from inbox.adapters.facebook.comment_lists import (
    ADS_EVERY,
    BESIDE_EVERY,
    NO_ADS,
    NO_ALBUMS,
    NO_LIVE_VIDEOS,
    NO_PHOTOS,
    ONCE_A_DAY,
    UNANSWERED,
)
from inbox.adapters.facebook.sim.world import GraphError, Post
from inbox.domain.model import Context, Deed, Surface
from inbox.ports.platform import Asked, Incoming

COMMENTS = Surface.COMMENTS
MAKE: dict[str, Callable[[Station], Post]] = {
    "photo": lambda s: s.world.photo("Blue tent", of=s.world.post("Three tents")),
    "album": lambda s: s.world.album("Summer"),
    "live": lambda s: s.world.live_video("Ask our engineers"),
    "ad": lambda s: s.world.ad("Tents, half price"),
}
EDGES = {"photo": "photos", "album": "albums", "live": "live_videos", "ad": "ads_posts"}
REFUSED = {"photo": NO_PHOTOS, "album": NO_ALBUMS, "live": NO_LIVE_VIDEOS, "ad": NO_ADS}
every_kind = pytest.mark.parametrize("kind", [*MAKE])


async def look(s: Station, after: timedelta = BESIDE_EVERY) -> list[Incoming]:
    """The next round in which the lists are due."""
    s.clock.advance(after.total_seconds())
    return await s.read(COMMENTS)


def around(pages: list[list[Context]]) -> dict[str, Context]:
    return {context.id: context for page in pages for context in page}


@every_kind
async def test_a_comment_is_read_with_what_it_hangs_under_and_answered_there(kind: str) -> None:
    """Nobody else would read it; an answer needs to know what is spoken of."""
    s = station(ads=True)
    thing = MAKE[kind](s)
    comment = s.world.comments(thing, "Is it waterproof?", by=s.world.person("Ann"))
    pages = await s.pages(COMMENTS)
    (found,) = [m for p in pages for m in p.messages]
    bare = thing.id.rsplit("_", 1)[-1]
    assert (found.text, found.thread, found.parent) == ("Is it waterproof?", comment.short_id, f"post:{bare}")
    context = around([list(p.context) for p in pages])[f"acme:post:{bare}"]
    assert (context.text, context.remote_id, context.ours) == (thing.text, thing.id, True)
    assert context.url
    receipt = await s.adapter.send(to_comment(comment), nothing)
    assert receipt.note == ""
    assert [m.ours for m in await look(s)] == [True]
    assert s.sim.accepted[-1].target == comment.id


@every_kind
async def test_edits_deletions_deeds_and_second_looks_work_there_too(kind: str) -> None:
    """Otherwise a customer is answered for words that were taken back."""
    s = station(ads=True)
    thing, ann = MAKE[kind](s), s.world.person("Ann")
    stays, goes = (
        s.world.comments(thing, text, by=ann, at=START - timedelta(hours=1)) for text in ("a", "b")
    )
    last = s.world.comments(thing, "c", by=ann, at=START)
    await s.read(COMMENTS)
    s.world.edit(stays, "a, changed")
    s.world.delete(goes)
    if kind == "live":  # asked for since the last look only
        s.world.comments(thing, "d", by=ann)
    pages = []
    s.clock.advance(BESIDE_EVERY.total_seconds())
    pages = await s.pages(COMMENTS)
    if kind != "live":
        assert [(m.text, m.edited_at is not None) for p in pages for m in p.messages] == [
            ("a, changed", True)
        ]
        assert [(x.parent, goes.short_id in x.keys) for p in pages for x in p.listed] == [
            (f"post:{thing.id.rsplit('_', 1)[-1]}", False)
        ]
    asked = [
        Asked(key=c.short_id, remote_id=c.id, thread=c.short_id, parents=(thing.id,))
        for c in (stays, goes, last)
    ]
    seen = await s.adapter.look(COMMENTS, asked)
    assert (seen.there, seen.deleted) == ({stays.short_id, last.short_id}, {goes.short_id})
    await s.adapter.do(Deed.HIDE, to_comment(stays), nothing)
    assert stays.hidden
    refreshed = [m async for p in s.adapter.refresh(COMMENTS, stays.short_id) for m in p.messages]
    assert [m.text for m in refreshed] == ["a, changed"]


@every_kind
async def test_a_list_that_is_refused_costs_a_note_and_is_asked_for_again_a_day_later(kind: str) -> None:
    """A permission that is missing for the one is no reason to lose the others."""
    error = GraphError(200, "(#200) Requires a permission", status=403)
    s = station(ads=True, refuses={EDGES[kind]: error})
    MAKE[kind](s)
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    pages = await s.pages(COMMENTS)
    assert [m.text for p in pages for m in p.messages] == ["hello"]
    assert [note for p in pages for note in p.notes] == [REFUSED[kind]]
    assert pages[-1].complete
    others = {edge: s.asked(f"/{edge}") for edge in EDGES.values()}
    for _ in range(4):
        await look(s)
    assert s.asked(f"/{EDGES[kind]}") == 1
    assert all(s.asked(f"/{edge}") > n for edge, n in others.items() if edge != EDGES[kind])
    await look(s, ONCE_A_DAY)
    assert s.asked(f"/{EDGES[kind]}") == 2


async def test_an_edge_that_facebook_no_longer_knows_is_refused_alike() -> None:
    """Facebook answers with the words it has for an unknown field."""
    s = station(refuses={"albums": GraphError(100, "(#100) Tried accessing nonexisting field (albums)")})
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    pages = await s.pages(COMMENTS)
    assert [m.text for p in pages for m in p.messages] == ["hello"]
    assert NO_ALBUMS in [note for p in pages for note in p.notes]


async def test_trouble_with_one_list_is_no_failure_of_the_surface() -> None:
    """It would keep the comments on posts from being read for as long as it lasts."""
    s = station(refuses={"photos": GraphError(2, "(#2) Service temporarily unavailable", transient=True)})
    photo = s.world.photo("Tent")
    s.world.comments(photo, "under the photo", by=s.world.person("Ann"))
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    pages = await s.pages(COMMENTS)
    assert [m.text for p in pages for m in p.messages] == ["hello"]
    assert UNANSWERED in [note for p in pages for note in p.notes]
    s.sim.refuses.clear()
    assert [m.text for m in await look(s)] == ["under the photo"]


async def test_what_the_post_shows_as_well_comes_once() -> None:
    """The post's list may show the comments on its first photo; two places for one comment would be noise."""
    s = station(first_photo_with_post=True)
    ann, post = s.world.person("Ann"), s.world.post("Three tents")
    first, second = s.world.photo("one", of=post), s.world.photo("two", of=post)
    s.world.comments(first, "on the first", by=ann)
    s.world.comments(second, "on the second", by=ann)
    found = {m.text: m.parent for m in await s.read(COMMENTS)}
    number = post.id.rsplit("_", 1)[-1]
    assert found == {"on the first": f"post:{number}", "on the second": f"post:{second.id}"}
    assert await look(s) == []


async def test_a_photo_tells_the_post_it_belongs_to() -> None:
    """A photo seldom has words of its own."""
    s = station()
    long_ago = [s.world.post(f"news {n}", at=START - timedelta(days=60 + n)) for n in range(40)]
    photo = s.world.photo("", of=long_ago[-1])
    s.world.comments(photo, "How much?", by=s.world.person("Ann"))
    contexts = around([list(p.context) for p in await s.pages(COMMENTS)])
    number = long_ago[-1].id.rsplit("_", 1)[-1]
    shown = contexts[f"acme:post:{photo.id}"]
    assert shown.reply_to == f"post:{number}"
    assert [a.kind for a in shown.attachments] == ["image"]
    assert contexts[f"acme:post:{number}"].text == long_ago[-1].text


async def test_comments_on_a_broadcast_that_facebook_holds_back_are_read() -> None:
    """Facebook leaves out what it finds of low quality unless it is asked for everything: often it is a complaint."""
    s = station()
    live = s.world.live_video("Ask us")
    held = s.world.comments(live, "You never answer!!!", by=s.world.person("Ann"))
    live.low_quality.add(held.id)
    assert [m.text for m in await s.read(COMMENTS)] == ["You never answer!!!"]
    asked = next(r for r in s.sim.requests if r.path.endswith(f"/{live.id}/comments"))
    assert {k: asked.params.get(k) for k in ("live_filter", "order")} == {
        "live_filter": "no_filter",
        "order": "reverse_chronological",
    }
    assert "since" in asked.params


async def test_comments_of_a_broadcast_that_ended_are_the_same_comments() -> None:
    """They move to the post of the video; whoever wrote during the broadcast did not write twice."""
    s = station()
    live, ann = s.world.live_video("Ask us"), s.world.person("Ann")
    comment = s.world.comments(live, "When?", by=ann)
    (before,) = await s.read(COMMENTS)
    post = s.world.ends(live)
    s.world.comments(post, "And where?", by=ann)
    after = {m.key: (m.thread, m.parent) for m in await look(s)}
    number = post.id.rsplit("_", 1)[-1]
    assert after[before.key] == (comment.short_id, f"post:{number}")
    assert len(after) == 2
    assert await look(s) == []


async def test_a_post_that_an_ad_shows_is_read_once() -> None:
    """Boosted posts are the Page's own posts, under the same id."""
    s = station(ads=True)
    post = s.world.post("Tents")
    post.boosted = True
    s.world.comments(post, "hi", by=s.world.person("Ann"))
    assert [m.text for m in await s.read(COMMENTS)] == ["hi"]
    assert await look(s) == []


async def test_ads_are_read_only_where_the_account_asks_for_them() -> None:
    """They take permissions of their own, which most apps were not granted."""
    s = station()
    s.world.comments(s.world.ad("Tents"), "hi", by=s.world.person("Ann"))
    assert await s.read(COMMENTS) == []
    assert s.asked("/ads_posts") == 0


async def test_a_comment_under_an_old_photo_is_found_within_a_day() -> None:
    """One call shows the newest photos; further back the count of comments tells."""
    s = station()
    photos = [s.world.photo(f"photo {n}", at=START - timedelta(days=n)) for n in range(150)]
    ann = s.world.person("Ann")
    s.world.comments(photos[-2], "early", by=ann, at=START - timedelta(days=140))
    await s.read(COMMENTS)
    s.world.comments(photos[-1], "still sold?", by=ann)
    assert await look(s) == []
    assert [m.text for m in await look(s, ONCE_A_DAY)] == ["still sold?"]
    assert await look(s, ONCE_A_DAY) == []


async def test_many_comments_on_a_photo_between_two_looks_all_arrive() -> None:
    """Ten come with the photo; the rest is read on, back to the last look."""
    s = station()
    photo, ann = s.world.photo("Tent"), s.world.person("Ann")
    s.world.comments(photo, "first", by=ann)
    await s.read(COMMENTS)
    for n in range(120):
        s.clock.advance(10)
        s.world.comments(photo, f"c{n}", by=ann)
    found = {m.text for m in await look(s)}
    assert found >= {f"c{n}" for n in range(120)}


async def test_what_a_day_costs() -> None:
    """A Page's limits count calls: photos, albums and broadcasts take 144 a day, ads as many."""
    s = station(ads=True)
    for make in MAKE.values():
        make(s)
    s.world.ends(next(p for p in s.world.posts.values() if p.kind == "live"))
    for _ in range(int(timedelta(days=1) / timedelta(minutes=3))):
        await s.read(COMMENTS)
        s.clock.advance(180)
    beside = sum(s.asked(f"/{edge}") for edge in ("photos", "albums", "live_videos"))
    assert beside == 3 * (ONCE_A_DAY // BESIDE_EVERY)
    assert s.asked("/ads_posts") <= ONCE_A_DAY // ADS_EVERY
