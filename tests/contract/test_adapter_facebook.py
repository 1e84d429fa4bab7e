"""The Facebook adapter against its simulator: over real HTTP on loopback where the network matters."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from facebook_station import (
    MONTH,
    START,
    nothing,
    on_loopback,
    reply,
    station,
    to_comment,
    to_message,
)

from inbox.adapters import http, simkit
from inbox.adapters.facebook import PLATFORM
from inbox.adapters.facebook.sim.world import GraphError
from inbox.adapters.facebook.sim.world import Person as SimPerson
from inbox.config.model import Account
from inbox.domain.model import Person, Surface
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.secrets import Secret

# -- who we are --------------------------------------------------------------------------------------------


async def test_the_page_is_named_by_its_token() -> None:
    """The agent sees which Page is connected; without `page_id` the token decides."""
    for page_id in ("1001", None):
        found = await station(page_id=page_id).adapter.identify()
        assert (found.remote_id, found.name, found.handle) == ("1001", "Acme", "acme")


@pytest.mark.parametrize("page_id", ["1001", None])
async def test_a_persons_token_is_recognised(page_id: str | None) -> None:
    """With it every list is empty and nothing says why (trap 14)."""
    s = station(page_id=page_id, person_token=True)
    with pytest.raises(Refused) as raised:
        await s.adapter.identify()
    assert "Some Person" in raised.value.message
    assert "Page" in raised.value.next_step


async def test_another_pages_token_is_recognised() -> None:
    """Answers would go out in the wrong name."""
    with pytest.raises(Refused, match="Acme"):
        await station(page_id="2002").adapter.identify()


async def test_the_version_asked_for_needs_no_note() -> None:
    """A note at every start would soon be overlooked."""
    assert [n for p in await station().pages(Surface.MESSENGER) for n in p.notes] == []


async def test_another_version_than_asked_for_is_told_once() -> None:
    """A wrong pin silently changes behaviour."""
    s = station(version="v27.0")
    notes = [note for _ in range(2) for page in await s.pages(Surface.MESSENGER) for note in page.notes]
    assert len(notes) == 1
    assert "v27.0" in notes[0]


# -- Messenger ---------------------------------------------------------------------------------------------


async def test_messages_arrive_with_their_people_and_times() -> None:
    """The conversation is Facebook's, the customer the participant that is not the Page."""
    s = station()
    ann = s.world.person("Ann")
    asked = s.world.writes(ann, "Where is my parcel?", at=START - timedelta(hours=1))
    ours = s.world.answers(ann, "We look", at=START - timedelta(minutes=30))
    quoting = s.world.writes(ann, "Thanks", reply_to=ours.id)
    found = {m.text: m for m in await s.read(Surface.MESSENGER)}
    message = found["Where is my parcel?"]
    conversation = s.world.conversation_with(ann)
    assert conversation is not None
    assert message.key == asked.id.removeprefix("m_")
    assert message.remote_id == asked.id
    assert message.thread == conversation.id
    assert message.contact == message.author == Person(name="Ann", remote_id=ann.psid)
    assert message.sent_at == START - timedelta(hours=1)
    assert message.answerable.private is True
    assert found["We look"].ours
    assert found["We look"].contact == message.contact
    assert found["Thanks"].key == quoting.id.removeprefix("m_")
    assert found["Thanks"].parent == ours.id.removeprefix("m_")


async def test_a_later_round_asks_only_for_what_is_new() -> None:
    """A quiet Page has a very small budget of calls."""
    s = station()
    for n in range(60):
        s.world.writes(s.world.person(f"P{n}"), f"hello {n}", at=START - timedelta(hours=n))
    assert len(await s.read(Surface.MESSENGER)) == 60
    s.clock.advance(3600)
    s.world.writes(s.world.person("Late"), "new")
    before = len(s.sim.requests)
    assert "new" in {m.text for m in await s.read(Surface.MESSENGER)}
    assert len(s.sim.requests) - before == 1


async def test_a_message_published_during_the_overlap_is_not_missed() -> None:
    """Lists lag; a watermark without an overlap loses what appears late."""
    s = station()
    ann, bob = s.world.person("Ann"), s.world.person("Bob")
    s.world.writes(ann, "one")
    await s.read(Surface.MESSENGER)
    s.world.writes(bob, "late", at=START - timedelta(minutes=5))
    assert "late" in {m.text for m in await s.read(Surface.MESSENGER)}


async def test_of_a_long_conversation_all_ids_with_details_are_read_and_the_rest_is_told() -> None:
    """Facebook gives details of the 20 newest only; what is missing must not look complete."""
    s = station()
    ann = s.world.person("Ann")
    for n in range(45):
        s.world.writes(ann, f"m{n}", at=START - timedelta(minutes=45 - n))
    pages = await s.pages(Surface.MESSENGER)
    assert [m.text for p in pages for m in p.messages] == [f"m{n}" for n in range(44, 24, -1)]
    assert not any(p.poison for p in pages)
    assert any("20 newest" in note for p in pages for note in p.notes)


async def test_details_that_are_refused_do_not_stop_the_round() -> None:
    """Code 9000001 stands for "older than the 20 newest"."""
    s = station()
    ann, bob = s.world.person("Ann"), s.world.person("Bob")
    for n in range(30):
        s.world.writes(ann, f"m{n}", at=START - timedelta(minutes=40 - n))
    s.world.writes(bob, "hello", at=START - timedelta(hours=1))
    s.sim.faults.inject("fb:9000001", "GET messages")
    found = await s.read(Surface.MESSENGER)
    assert len(found) == 21
    assert "hello" in {m.text for m in found}


async def test_pages_that_move_and_shrink_lose_nothing() -> None:
    """A conversation moves to the front while we page; a short or empty page still has a next one (trap 7)."""
    s = station()
    people = [s.world.person(f"P{n}") for n in range(80)]
    for n, person in enumerate(people):
        s.world.writes(person, f"hello {n}", at=START - timedelta(hours=1, minutes=n))
    withheld = [s.world.conversation_with(p) for p in people[25:50]]
    s.sim.withheld = {c.id for c in withheld if c}
    found: list[str] = []
    async for page in s.adapter.read(Surface.MESSENGER, None, START - MONTH):
        found += [m.text for m in page.messages]
        s.world.writes(people[-1], f"again {len(found)}")
    assert {f"hello {n}" for n in (*range(25), *range(50, 79))} <= set(found)
    s.sim.withheld = set()
    assert "hello 79" in {m.text for m in await s.read(Surface.MESSENGER)}


async def test_a_list_that_repeats_a_page_is_left_and_told() -> None:
    """F56: with messages on every page, so that only the repetition tells."""
    s = station()
    for n in range(60):
        s.world.writes(s.world.person(f"P{n}"), "hello", at=START - timedelta(minutes=n))
    links: list[str] = []
    s.sim.next_url = lambda url: (links.append(url), links[0])[1] if "/conversations" in url else url
    pages = await s.pages(Surface.MESSENGER)
    assert len(pages) == 2
    assert not pages[-1].complete
    assert Surface.MESSENGER not in s.cursors
    assert any("repeated" in n for p in pages for n in p.notes)


async def test_a_page_that_becomes_too_large_on_the_way_is_halved_there() -> None:
    """`next` still holds the larger limit; ours must win."""
    s = station()
    for n in range(60):
        s.world.writes(s.world.person(f"P{n}"), f"hello {n}", at=START - timedelta(minutes=n))
    found: set[str] = set()
    async for page in s.adapter.read(Surface.MESSENGER, None, START - MONTH):
        found |= {m.text for m in page.messages}
        s.sim.most_things = 300
    assert found == {f"hello {n}" for n in range(60)}


async def test_a_list_without_end_is_left_but_not_read_from_the_start_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F56: the bound is told, and the next round asks for what is new only."""
    monkeypatch.setattr("inbox.adapters.facebook.messenger.MOST_PAGES", 2)
    s = station()
    for n in range(100):
        s.world.writes(s.world.person(f"P{n}"), "hello", at=START - timedelta(hours=n))
    pages = await s.pages(Surface.MESSENGER)
    assert (len(pages), pages[-1].complete) == (2, False)
    assert any("did not end" in n for p in pages for n in p.notes)
    assert [p.complete for p in await s.pages(Surface.MESSENGER)] == [True]


async def test_a_time_far_ahead_does_not_hide_what_comes_after_it() -> None:
    """F59: one wrong `updated_time` must not move the watermark into the future."""
    s = station()
    ann, bob = s.world.person("Ann"), s.world.person("Bob")
    s.world.writes(ann, "from the future", at=START + timedelta(days=300))
    await s.read(Surface.MESSENGER)
    s.clock.advance(60)
    s.world.writes(bob, "now")
    assert "now" in {m.text for m in await s.read(Surface.MESSENGER)}


async def test_behind_a_proxy_the_next_page_is_asked_of_the_proxy() -> None:
    """`next` names Facebook itself; only its parameters are used."""
    async with on_loopback() as s:
        s.sim.next_url = lambda url: "https://graph.facebook.com/" + url.split("/", 3)[3]
        for n in range(60):
            s.world.writes(s.world.person(f"P{n}"), f"hello {n}", at=START - timedelta(minutes=n))
        assert len(await s.read(Surface.MESSENGER)) == 60
        assert all(r.headers["host"].startswith("127.0.0.1") for r in s.sim.requests)


async def test_a_conversation_that_no_longer_takes_answers_says_so() -> None:
    """Known before the agent types."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello")
    conversation = s.world.conversation_with(ann)
    assert conversation is not None
    conversation.can_reply = False
    (message,) = await s.read(Surface.MESSENGER)
    assert message.answerable.private is False
    assert message.answerable.reason == "cannot_reply"


async def test_one_poison_message_is_set_aside_and_the_others_arrive() -> None:
    """F54, with odd shapes of a real list."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "good")
    s.world.writes(ann, "bad").extra = {"id": 1.5}
    s.world.writes(ann, "null author").extra = {"from": None}
    pages = await s.pages(Surface.MESSENGER)
    assert {m.text for p in pages for m in p.messages} == {"good", "null author"}
    assert [p.poison[0].reason for p in pages] == ["the id is no text"]
    assert pages[-1].cursor is not None


async def test_refreshing_a_conversation_takes_one_call() -> None:
    """Before sending the thread is read again; a colleague may have answered."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello")
    await s.read(Surface.MESSENGER)
    s.world.answers(ann, "from the app")
    before = len(s.sim.requests)
    conversation = s.world.conversation_with(ann)
    assert conversation is not None
    pages = [p async for p in s.adapter.refresh(Surface.MESSENGER, conversation.id)]
    assert [m.text for p in pages for m in p.messages if m.ours] == ["from the app"]
    assert {m.thread for p in pages for m in p.messages} == {conversation.id}
    assert len(s.sim.requests) - before == 1


# -- comments ----------------------------------------------------------------------------------------------


async def test_comments_form_threads_with_their_post_as_context() -> None:
    """One conversation per top-level comment; everybody who is not the Page is a customer."""
    s = station()
    ann, bob = s.world.person("Ann"), s.world.person("Bob")
    post = s.world.post("Our news")
    top = s.world.comments(post, "First", by=ann)
    answer = s.world.comments(top, "Second", by=bob)
    ours = s.world.comments(answer, "Ours")
    pages = await s.pages(Surface.COMMENTS)
    found = {m.text: m for p in pages for m in p.messages}
    assert {m.thread for m in found.values()} == {top.short_id}
    assert found["First"].key == top.short_id
    assert found["First"].remote_id == top.id
    assert found["First"].parent == "post:" + post.id.split("_")[1]
    assert found["Second"].parent == top.short_id
    assert found["Second"].contact == Person(name="Ann", remote_id=ann.author_id)
    assert found["Ours"].ours
    assert found["Ours"].key == ours.short_id
    (context,) = [c for p in pages for c in p.context]
    assert (context.id, context.text, context.ours) == (
        f"acme:post:{post.id.split('_')[1]}",
        "Our news",
        True,
    )


async def test_authors_that_facebook_does_not_tell_are_unknown_customers() -> None:
    """Without pages_read_user_content; told at every round while it lasts, with the permission's name."""
    s = station(tells_authors=False)
    s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    pages = [*await s.pages(Surface.COMMENTS), *await s.pages(Surface.COMMENTS)]
    (message,) = [m for p in pages for m in p.messages]
    assert (message.author, message.ours) == (Person(), False)
    assert sum("pages_read_user_content" in n for p in pages for n in p.notes) == 2


async def test_quiet_posts_cost_one_call_and_bring_nothing_again() -> None:
    """The budget of a quiet Page; and the store is not written for nothing."""
    s = station()
    ann = s.world.person("Ann")
    for n in range(20):
        s.world.comments(s.world.post(f"news {n}"), f"hello {n}", by=ann)
    assert len(await s.read(Surface.COMMENTS)) == 20
    before = len(s.sim.requests)
    pages = await s.pages(Surface.COMMENTS)
    assert len(s.sim.requests) - before == 1
    assert [(len(p.messages), p.cursor, p.complete) for p in pages] == [(0, None, True)]


async def test_a_post_with_many_comments_is_read_to_what_was_known() -> None:
    """Nested comments have a next page of their own (trap 7)."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news", at=START - timedelta(days=2))
    for n in range(180):
        s.world.comments(post, f"c{n}", by=ann, at=START - timedelta(minutes=200 - n))
    assert len({m.key for m in await s.read(Surface.COMMENTS)}) == 180
    s.clock.advance(3600)
    for n in range(70):
        s.world.comments(post, f"new {n}", by=ann, at=s.clock.now() - timedelta(minutes=30, seconds=-n))
    before = s.asked("/comments")
    found = {m.text for m in await s.read(Surface.COMMENTS)}
    assert {f"new {n}" for n in range(70)} <= found
    assert s.asked("/comments") - before <= 2


async def test_a_new_comment_under_an_old_post_is_found() -> None:
    """Feeds are ranked and long: an old post never ends the scan."""
    s = station()
    ann = s.world.person("Ann")
    posts = [s.world.post(f"news {n}", at=START - timedelta(days=n)) for n in range(150)]
    await s.read(Surface.COMMENTS)
    s.clock.advance(31 * 60)
    s.world.comments(posts[-1], "still there?", by=ann)
    assert [m.text for m in await s.read(Surface.COMMENTS)] == ["still there?"]


async def test_old_posts_cost_nothing_at_the_first_connection() -> None:
    """A Page has thousands of them; where nobody wrote since the backfill began, nothing is read."""
    s = station()
    ann, then = s.world.person("Ann"), START - timedelta(days=400)
    for n in range(60):
        s.world.comments(s.world.post(f"news {n}", at=then), f"c{n}", by=ann, at=then)
    assert await s.read(Surface.COMMENTS) == []
    assert [r.path.rsplit("/", 1)[1] for r in s.sim.requests] == [
        "published_posts",
        "published_posts",
        "video_reels",
        "photos",
        "albums",
        "live_videos",
    ]


async def test_a_busy_post_that_did_not_change_is_not_read_on() -> None:
    """All its comments are of the last minutes, so their times alone would not stop us."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    for n in range(120):
        s.world.comments(post, f"c{n}", by=ann, at=START - timedelta(seconds=n))
    assert len(await s.read(Surface.COMMENTS)) == 120
    before = len(s.sim.requests)
    await s.read(Surface.COMMENTS)
    assert len(s.sim.requests) - before == 1


async def test_the_page_is_never_the_customer_of_its_own_thread() -> None:
    """A comment of ours that people answer."""
    s = station()
    top = s.world.comments(s.world.post("news"), "Ask us anything")
    s.world.comments(top, "Why?", by=s.world.person("Ann"))
    found = await s.read(Surface.COMMENTS)
    assert {m.thread for m in found} == {top.short_id}
    assert {m.contact for m in found} == {None}


async def test_unchanged_posts_further_back_are_not_read_again() -> None:
    """The list of all posts tells by time and count; each post read again would cost a call."""
    s = station()
    ann = s.world.person("Ann")
    for n in range(60):
        post = s.world.post(f"news {n}", at=START - timedelta(days=n))
        s.world.comments(post, f"c{n}", by=ann, at=START - timedelta(hours=1))
    assert len(await s.read(Surface.COMMENTS)) == 60
    s.clock.advance(31 * 60)
    before = s.asked("/published_posts"), s.asked("/comments")
    assert await s.read(Surface.COMMENTS) == []
    assert (s.asked("/published_posts"), s.asked("/comments")) == (before[0] + 2, before[1])


async def test_comments_cut_short_by_a_looping_list_are_read_again() -> None:
    """F56: what the loop hid is not lost for good."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    for n in range(120):
        s.world.comments(post, f"c{n}", by=ann, at=START - timedelta(minutes=n))
    links: list[str] = []
    s.sim.next_url = lambda url: (links.append(url), links[0])[1] if "/comments" in url else url
    first = await s.pages(Surface.COMMENTS)
    assert any("repeated" in n for p in first for n in p.notes)
    assert len([m for p in first for m in p.messages]) < 120
    s.sim.next_url = lambda url: url
    second = await s.read(Surface.COMMENTS)
    texts = {m.text for p in first for m in p.messages} | {m.text for m in second}
    assert texts == {f"c{n}" for n in range(120)}


async def test_a_poison_comment_is_set_aside_once() -> None:
    """F54: read at every round, it would fill the quarantine by itself."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    s.world.comments(post, "good", by=ann)
    s.world.comments(post, "bad", by=ann).extra = {"message": ["x"]}
    pages = [*await s.pages(Surface.COMMENTS), *await s.pages(Surface.COMMENTS)]
    assert sum(len(p.poison) for p in pages) == 1
    assert [m.text for p in pages for m in p.messages] == ["good"]


async def test_comments_that_are_counted_but_not_shown_are_told() -> None:
    """What a token without the MODERATE task gets (facts/facebook.md#3.4)."""
    s = station()
    comment = s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    s.sim.withheld = {comment.id}
    pages = await s.pages(Surface.COMMENTS)
    assert any("MODERATE" in n for p in pages for n in p.notes)


async def test_comments_older_than_the_first_connection_stay_out_unless_their_thread_lives() -> None:
    """Years of old comments would bury the queue; an answer of today brings its old comment along."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news", at=START - timedelta(days=400))
    long_ago = START - timedelta(days=300)
    s.world.comments(post, "dead", by=ann, at=long_ago)
    alive = s.world.comments(post, "asked long ago", by=ann, at=long_ago)
    for n in range(60):
        s.world.comments(post, f"noise {n}", by=ann, at=long_ago + timedelta(days=1, minutes=n))
    s.world.comments(alive, "any news?", by=ann, at=START - timedelta(hours=1))
    found = await s.read(Surface.COMMENTS)
    assert {m.text for m in found} == {"asked long ago", "any news?"}
    assert {m.thread for m in found} == {alive.short_id}


async def test_an_edit_replaces_the_text_and_says_when_we_saw_it() -> None:
    """Facebook tells neither that nor when."""
    s = station()
    comment = s.world.comments(s.world.post("news"), "helo", by=s.world.person("Ann"))
    (first,) = await s.read(Surface.COMMENTS)
    assert first.edited_at is None
    s.clock.advance(180)
    s.world.edit(comment, "hello")
    (second,) = await s.read(Surface.COMMENTS)
    assert (second.key, second.text, second.edited_at) == (first.key, "hello", s.clock.now())


async def test_a_list_that_lacks_a_comment_is_handed_on_once() -> None:
    """Whoever holds the comments asks for it; a list alone deletes nothing."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    gone = s.world.comments(post, "gone", by=ann)
    hidden = s.world.comments(post, "left out", by=ann)
    s.world.comments(post, "stays", by=ann)
    await s.read(Surface.COMMENTS)
    s.world.delete(gone)
    post.comments.remove(hidden)
    pages = await s.pages(Surface.COMMENTS)
    assert [m for p in pages for m in p.messages] == []
    (listed,) = [one for p in pages for one in p.listed]
    assert (listed.parent, listed.since) == (f"post:{post.id.rsplit('_', 1)[-1]}", None)
    assert not listed.keys & {gone.short_id, hidden.short_id}
    assert len(listed.keys) == 1
    assert [one for p in await s.pages(Surface.COMMENTS) for one in p.listed] == []


async def test_an_incomplete_reading_deletes_nothing() -> None:
    """Facebook counts more than it shows: absence proves nothing."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    kept = [s.world.comments(post, f"c{n}", by=ann) for n in range(3)]
    await s.read(Surface.COMMENTS)
    s.sim.withheld = {kept[0].id}
    before = s.asked(kept[0].short_id)
    assert await s.read(Surface.COMMENTS) == []
    assert s.asked(kept[0].short_id) == before


async def test_closed_comments_and_used_private_answers_say_so() -> None:
    """The screen offers only what Facebook takes."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news")
    comment = s.world.comments(post, "hello", by=ann)
    await s.adapter.send(to_comment(comment, private=True), nothing)
    found, ours = await s.read(Surface.COMMENTS)
    assert ours.ours
    assert (found.answerable.public, found.answerable.private) == (True, False)
    assert found.answerable.reason == "private_reply_used"
    post.closed = True
    (again,) = await s.read(Surface.COMMENTS)
    assert (again.answerable.public, again.answerable.reason) == (False, "comments_closed")


async def test_comments_in_another_order_than_asked_for_are_all_read() -> None:
    """Stopping early trusts the order of the list; where it is not kept, the newest come last."""
    s = station()
    ann, post = s.world.person("Ann"), s.world.post("news", at=START - timedelta(days=90))
    await s.read(Surface.COMMENTS)
    for n in range(120):
        s.world.comments(post, f"c{n}", by=ann, at=START - timedelta(days=80) + timedelta(minutes=n))
    newest = s.world.comments(post, "newest", by=ann)
    s.sim.keeps_order = False
    assert newest.short_id in {m.key for m in await s.read(Surface.COMMENTS)}


async def test_messages_paged_by_time_as_in_old_versions_are_read_on() -> None:
    """`next` then holds `until` and `__paging_token`, and there are no cursors (trap 8)."""
    s = station(details=1000)
    ann = s.world.person("Ann")
    for n in range(45):
        s.world.writes(ann, f"m{n}", at=START - timedelta(minutes=45 - n))
    s.sim.next_url = lambda url: url.replace("&after=", "&since=&__previous=&__paging_token=x&until=")
    assert {m.text for m in await s.read(Surface.MESSENGER)} == {f"m{n}" for n in range(45)}


async def test_a_private_answer_of_a_colleague_joins_the_thread_of_its_comment() -> None:
    """It reached the customer, so nothing waits any more, whatever client wrote it."""
    s = station()
    ann = s.world.person("Ann")
    s.world.answers(ann, "from last week", at=START - timedelta(days=7))
    comment = s.world.comments(s.world.post("news"), "hello", by=ann)
    await s.read(Surface.COMMENTS)
    s.clock.advance(60)
    answer = s.world.answers_privately(comment, "Here is what to do")
    s.world.answers(ann, "And one thing more", at=START + timedelta(seconds=90))
    found = {m.text: m for m in await s.read(Surface.COMMENTS)}
    ours = found["Here is what to do"]
    assert (ours.ours, ours.thread, ours.parent) == (True, comment.short_id, comment.short_id)
    assert ours.key == "private:" + answer.id.removeprefix("m_")
    assert set(found) == {"hello", "Here is what to do"}
    assert await s.read(Surface.COMMENTS) == []


async def test_many_private_answers_are_read_over_several_rounds() -> None:
    """Each costs a call; a round has few to spare, and forgets none."""
    s = station()
    for n in range(15):
        comment = s.world.comments(s.world.post(f"news {n}"), f"c{n}", by=s.world.person(f"P{n}"))
        s.world.answers_privately(comment, f"answer {n}")
    texts: set[str] = set()
    for _ in range(2):
        before = s.asked("/messages")
        texts |= {m.text for m in await s.read(Surface.COMMENTS) if m.ours}
        assert s.asked("/messages") - before <= 10
    assert texts == {f"answer {n}" for n in range(15)}


async def test_a_question_that_is_too_large_is_asked_in_halves() -> None:
    """Code 1 "reduce the amount of data": the same question would fail for ever."""
    s = station(most_things=400)
    ann = s.world.person("Ann")
    for n in range(30):
        s.world.comments(s.world.post(f"news {n}", at=START - timedelta(days=n)), f"c{n}", by=ann)
    assert {m.text for m in await s.read(Surface.COMMENTS)} == {f"c{n}" for n in range(30)}


async def test_visitors_posts_and_their_comments_are_one_conversation() -> None:
    """The post is a message itself; our comment under it is the answer."""
    s = station()
    ann, bob = s.world.person("Ann"), s.world.person("Bob")
    post = s.world.visitor_post(ann, "On your wall")
    s.world.comments(post, "Me too", by=bob)
    s.world.comments(post, "We look into it")
    found = {m.text: m for m in await s.read(Surface.VISITOR_POSTS)}
    assert {m.thread for m in found.values()} == {post.id}
    assert {m.contact for m in found.values()} == {Person(name="Ann", remote_id=ann.author_id)}
    assert found["We look into it"].ours
    assert await s.read(Surface.COMMENTS) == []


async def test_posts_that_tag_the_page_arrive_without_author() -> None:
    """`from` is told of the caller's own posts only."""
    s = station()
    post = s.world.tagging_post(s.world.person("Ann"), "@acme is slow")
    (found,) = await s.read(Surface.TAGGED)
    assert (found.text, found.author, found.thread) == ("@acme is slow", Person(), post.id)
    assert found.url


async def test_a_refreshed_answer_belongs_to_its_thread_whatever_it_tells() -> None:
    """`parent` and permalink are left out for some tokens; where it was asked for tells enough."""
    s = station()
    ann = s.world.person("Ann")
    top = s.world.comments(s.world.post("news"), "hello", by=ann)
    s.world.comments(top, "me too", by=ann).extra = {"parent": ..., "permalink_url": ...}
    pages = [p async for p in s.adapter.refresh(Surface.COMMENTS, top.short_id)]
    assert [m.thread for p in pages for m in p.messages] == [top.short_id] * 2


async def test_a_visitors_post_that_also_tags_the_page_is_one_conversation() -> None:
    """Read twice it would jump to and fro between two."""
    s = station()
    s.world.visitor_post(s.world.person("Ann"), "Hello @acme").tags_page = True
    assert len(await s.read(Surface.VISITOR_POSTS)) == 1
    assert await s.read(Surface.TAGGED) == []


async def test_refreshing_a_comment_thread_brings_its_answers_or_its_end() -> None:
    """Before sending: did a colleague answer, is it still there?"""
    s = station()
    ann = s.world.person("Ann")
    top = s.world.comments(s.world.post("news"), "hello", by=ann)
    s.world.comments(top, "from the app")
    pages = [p async for p in s.adapter.refresh(Surface.COMMENTS, top.short_id)]
    assert {m.text for p in pages for m in p.messages} == {"hello", "from the app"}
    assert {m.thread for p in pages for m in p.messages} == {top.short_id}
    s.world.delete(top)
    (page,) = [p async for p in s.adapter.refresh(Surface.COMMENTS, top.short_id)]
    assert (page.messages, page.missing) == ((), (top.short_id,))


# -- sending -----------------------------------------------------------------------------------------------


async def test_a_message_is_sent_once_and_its_receipt_is_the_later_message() -> None:
    """Otherwise our own answer comes back as a second one (trap 6)."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello")
    receipt = await s.adapter.send(to_message(s, ann), nothing)
    (accepted,) = s.sim.accepted
    assert (accepted.kind, accepted.target, accepted.metadata) == ("message", ann.psid, "ob-1")
    ours = [m for m in await s.read(Surface.MESSENGER) if m.ours]
    assert [m.key for m in ours] == [receipt.key]


@pytest.mark.parametrize(
    ("age", "human_agent", "tag"),
    [
        (timedelta(hours=23, minutes=59, seconds=59), False, None),
        (timedelta(hours=23, minutes=59, seconds=59), True, None),
        (timedelta(hours=24, seconds=1), True, "HUMAN_AGENT"),
        (timedelta(days=6, hours=23, minutes=59, seconds=59), True, "HUMAN_AGENT"),
    ],
)
async def test_inside_its_window_a_message_goes_out_with_the_right_type(
    age: timedelta, human_agent: bool, tag: str | None
) -> None:
    """HUMAN_AGENT within 24 hours would break Meta's policy (trap 2)."""
    s = station(human_agent=human_agent)
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello", at=START - age)
    await s.adapter.send(to_message(s, ann), nothing)
    assert [a.tag for a in s.sim.accepted] == [tag]


@pytest.mark.parametrize(
    ("age", "human_agent"),
    [
        (timedelta(hours=24), False),
        (timedelta(hours=24, seconds=1), False),
        (timedelta(days=7), True),
        (timedelta(days=7, seconds=1), True),
    ],
)
async def test_outside_its_window_nothing_is_asked_at_all(age: timedelta, human_agent: bool) -> None:
    """Refused before the first byte: the agent knows at once, and Meta counts no misuse."""
    s = station(human_agent=human_agent)
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello", at=START - age)
    with pytest.raises(Refused) as raised:
        await s.adapter.send(to_message(s, ann), lambda: pytest.fail("nothing may leave"))
    assert "browser" in raised.value.next_step
    assert s.sim.requests == []


async def test_a_public_answer_hangs_under_the_comment_it_answers() -> None:
    """Also where that is an answer itself: Facebook flattens it."""
    s = station()
    ann, bob = s.world.person("Ann"), s.world.person("Bob")
    top = s.world.comments(s.world.post("news"), "hello", by=ann)
    below = s.world.comments(top, "me too", by=bob)
    receipt = await s.adapter.send(to_comment(below), nothing)
    (accepted,) = s.sim.accepted
    assert (accepted.kind, accepted.target) == ("comment", below.id)
    assert receipt.sent_at == START
    assert receipt.url
    found = {m.key: m for m in await s.read(Surface.COMMENTS)}
    assert found[receipt.key].ours
    assert found[receipt.key].thread == top.short_id
    assert top.text == "hello"


async def test_a_private_answer_names_the_comment_and_no_type() -> None:
    """The author's number in comments is not the one Messenger knows."""
    s = station()
    ann = s.world.person("Ann")
    comment = s.world.comments(s.world.post("news"), "hello", by=ann)
    receipt = await s.adapter.send(to_comment(comment, private=True), nothing)
    (accepted,) = s.sim.accepted
    assert (accepted.kind, accepted.target) == ("private", comment.id)
    assert [m.key for m in await s.read(Surface.MESSENGER)] == [receipt.key]
    with pytest.raises(Refused, match="already sent"):
        await s.adapter.send(to_comment(comment, private=True), nothing)


@pytest.mark.parametrize(
    ("age", "allowed"),
    [(timedelta(days=6, hours=23, minutes=59, seconds=59), True), (timedelta(days=7), False)],
)
async def test_a_private_answer_has_seven_days(age: timedelta, allowed: bool) -> None:
    """Checked before anything leaves."""
    s = station()
    comment = s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"), at=START - age)
    if allowed:
        await s.adapter.send(to_comment(comment, private=True), nothing)
    else:
        with pytest.raises(Refused):
            await s.adapter.send(to_comment(comment, private=True), nothing)
    assert [r.method for r in s.sim.requests] == (["GET", "POST"] if allowed else [])


async def test_a_visitors_post_is_answered_by_a_comment_or_privately() -> None:
    """`post_id`, where the post itself is answered."""
    s = station()
    post = s.world.visitor_post(s.world.person("Ann"), "On your wall")
    public = reply(Surface.VISITOR_POSTS, post.id, to=post.id, last_in_at=START)
    await s.adapter.send(public, nothing)
    private = reply(Surface.VISITOR_POSTS, post.id, to=post.id, private=True, last_in_at=START)
    await s.adapter.send(private, nothing)
    assert [(a.kind, a.target) for a in s.sim.accepted] == [("comment", post.id), ("private", post.id)]
    assert len((await s.adapter.find(private, START)).found) == 1
    assert len((await s.adapter.find(public, START)).found) == 1


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        (lambda p: setattr(p, "reachable", False), "cannot be reached"),
        (lambda p: setattr(p, "refuses", True), "cannot be reached"),
    ],
)
async def test_people_who_cannot_be_reached_are_named(
    arrange: Callable[[SimPerson], None], words: str
) -> None:
    """Final for this message, with the browser as the way out."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello")
    arrange(ann)
    with pytest.raises(Refused, match=words):
        await s.adapter.send(to_message(s, ann), nothing)


async def test_nobody_to_send_to_is_told_before_anything_leaves() -> None:
    """A conversation whose participants Facebook did not tell."""
    s = station()
    with pytest.raises(Refused, match="nobody to send to"):
        await s.adapter.send(reply(Surface.MESSENGER, "t_1", last_in_at=START), nothing)
    assert s.sim.requests == []


# -- a send without an answer ------------------------------------------------------------------------------

UNKNOWN_BUT_SENT = [
    "accept_then_drop",
    "500_accepted",
    "502_accepted",
    "503_accepted",
    "html_accepted",
    "redirect_accepted",
    "garbage_accepted",
    "sent_with_error_accepted",
    "fb:2_accepted",
    "fb:1200_accepted",
    "fb:506/1455006_accepted",
    "cut_json",
    "empty",
    "no_id",
    "wrong_type",
    "gzip_bomb",
    "not_gzip",
    "too_large",
]
UNKNOWN_AND_NOT_SENT = ["drop_before_accept", "500", "502", "html", "redirect", "garbage", "fb:1", "fb:506"]


@pytest.mark.parametrize("fault", UNKNOWN_BUT_SENT)
async def test_an_unknown_outcome_is_uncertain_and_the_message_is_found(fault: str) -> None:
    """F04-F28: never "failed" though sent, never a second request by itself."""
    async with on_loopback() as s:
        ann = s.world.person("Ann")
        s.world.writes(ann, "hello", at=START - timedelta(hours=1))
        s.world.answers(ann, "It is on its way.", at=START - timedelta(minutes=50))
        out = to_message(s, ann)
        s.sim.faults.inject(fault, "POST")
        left: list[bool] = []
        with pytest.raises(Uncertain) as raised:
            await s.adapter.send(out, lambda: left.append(True))
        assert left == [True]
        assert raised.value.next_step
        assert len(s.sim.accepted) == 1
        assert sum(r.method == "POST" for r in s.sim.requests) == 1
        seen = await s.adapter.find(out, START)
        assert [r.remote_id for r in seen.found] == [s.sim.accepted[0].id]
        assert seen.complete


@pytest.mark.parametrize("fault", UNKNOWN_AND_NOT_SENT)
async def test_an_unknown_outcome_that_was_no_send_is_found_to_be_absent(fault: str) -> None:
    """F08, F12: only a complete look that finds nothing lets the agent send again."""
    async with on_loopback() as s:
        comment = s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
        out = to_comment(comment)
        s.sim.faults.inject(fault, "POST")
        with pytest.raises(Uncertain):
            await s.adapter.send(out, nothing)
        assert s.sim.accepted == []
        seen = await s.adapter.find(out, START)
        assert (list(seen.found), seen.complete) == ([], True)


@pytest.mark.parametrize("fault", ["accept_then_drop", "500_accepted", "no_id"])
async def test_comments_and_private_answers_of_unknown_outcome_are_found(fault: str) -> None:
    """A private answer is allowed once: the comment itself is asked, before any second attempt."""
    for private in (False, True):
        async with on_loopback() as s:
            comment = s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
            out = to_comment(comment, private=private)
            s.sim.faults.inject(fault, "POST")
            with pytest.raises(Uncertain):
                await s.adapter.send(out, nothing)
            seen = await s.adapter.find(out, START)
            assert [r.remote_id for r in seen.found] == [s.sim.accepted[0].id]
            assert seen.complete


async def test_only_what_was_written_since_the_attempt_counts_as_found() -> None:
    """F43: the same words of yesterday are another reply."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello", at=START - timedelta(hours=2))
    s.world.answers(ann, "It is on its way.", at=START - timedelta(hours=1))
    s.world.writes(ann, "It is on its way.")
    out = to_message(s, ann)
    assert not (await s.adapter.find(out, START)).found
    s.world.answers(ann, "It  is on\nits way.", at=START - timedelta(minutes=1))
    assert len((await s.adapter.find(out, START)).found) == 1


async def test_an_equal_comment_from_before_the_attempt_is_not_taken_for_it() -> None:
    """The same sentence is often written under several comments of a thread."""
    s = station()
    comment = s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"), at=START - MONTH)
    s.world.comments(comment, "It is on its way.", at=START - timedelta(hours=1))
    assert not (await s.adapter.find(to_comment(comment), START)).found


async def test_a_private_answer_that_is_no_longer_allowed_is_not_called_absent() -> None:
    """Used up, but by what cannot be seen: only the agent can tell."""
    s = station()
    comment = s.world.comments(s.world.post("news"), "hello", by=s.world.person("Ann"))
    out = to_comment(comment, private=True)
    assert (await s.adapter.find(out, START)).complete
    comment.extra = {"can_reply_privately": False}
    assert not (await s.adapter.find(out, START)).complete


async def test_looking_for_a_private_answer_to_a_post_asks_only_recent_conversations() -> None:
    """Posts do not name the conversation that a private answer opened."""
    s = station()
    post = s.world.visitor_post(s.world.person("Ann"), "On your wall")
    for n in range(20):
        s.world.writes(s.world.person(f"P{n}"), "hello", at=START - timedelta(hours=1 + n))
    out = reply(Surface.VISITOR_POSTS, post.id, to=post.id, private=True, last_in_at=START)
    await s.adapter.send(out, nothing)
    before = len(s.sim.requests)
    seen = await s.adapter.find(out, START)
    assert [r.remote_id for r in seen.found] == [s.sim.accepted[0].id]
    assert seen.complete
    assert len(s.sim.requests) - before == 2


async def test_a_look_that_cannot_see_everything_proves_nothing() -> None:
    """F46: paging that loops must not end in "surely absent"."""
    s = station()
    ann = s.world.person("Ann")
    for n in range(60):
        s.world.writes(ann, f"m{n}", at=START + timedelta(seconds=n))
    s.sim.next_url = lambda url: url.split("&after=")[0] + "&after=" if "/messages" in url else url
    s.clock.advance(120)
    seen = await s.adapter.find(to_message(s, ann), START)
    assert not seen.complete


async def test_a_refused_connection_leaves_nothing_uncertain() -> None:
    """F01: certainly not sent, so it may be tried again."""
    s = station()
    ann = s.world.person("Ann")
    s.world.writes(ann, "hello")
    s.sim.faults.inject("refused", "POST")
    with pytest.raises(Unavailable):
        await s.adapter.send(to_message(s, ann), nothing)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", AuthExpired),
        ("429", RateLimited),
        ("fb:10/2018278@403", Refused),
        ("fb:368", Refused),
        ("fb:368@200", Refused),
        ("fb:190/460@200", AuthExpired),
        ("fb:80006@200", RateLimited),
    ],
)
async def test_what_facebook_says_it_did_not_take_is_not_uncertain(
    fault: str, kind: type[PlatformError]
) -> None:
    """Also where the error comes with HTTP 200 (trap 10)."""
    async with on_loopback() as s:
        ann = s.world.person("Ann")
        s.world.writes(ann, "hello")
        s.sim.faults.inject(fault, "POST")
        with pytest.raises(kind):
            await s.adapter.send(to_message(s, ann), nothing)
        assert s.sim.accepted == []


# -- reading under faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        "drop_before_accept",
        "500",
        "503",
        "html",
        "redirect",
        "garbage",
        "empty",
        "cut_json",
        "gzip_bomb",
        "fb:2",
    ],
)
@pytest.mark.parametrize("surface", [Surface.MESSENGER, Surface.COMMENTS])
async def test_a_broken_read_keeps_the_cursor_and_the_next_one_brings_everything(
    surface: Surface, fault: str
) -> None:
    """F52, F58: nothing is lost for a broken answer."""
    async with on_loopback() as s:
        ann = s.world.person("Ann")
        s.world.writes(ann, "hello")
        s.world.comments(s.world.post("news"), "hello", by=ann)
        s.sim.faults.inject(fault)
        with pytest.raises(Unavailable):
            await s.pages(surface)
        assert surface not in s.cursors
        assert [m.text for m in await s.read(surface)] == ["hello"]


async def test_an_expired_token_says_what_to_do() -> None:
    """The queue stays readable; the account shows its problem and next step."""
    s = station(token_error=(190, 460))
    with pytest.raises(AuthExpired) as raised:
        await s.pages(Surface.MESSENGER)
    assert "password" in raised.value.message
    assert "inbox login" in raised.value.next_step


async def test_a_throttled_page_asks_nothing_until_the_stated_time() -> None:
    """F60, and calls made while throttled lengthen the wait."""
    s = station(calls_left=0, regain_minutes=20)
    with pytest.raises(RateLimited) as raised:
        await s.pages(Surface.COMMENTS)
    assert raised.value.retry_at == START + timedelta(minutes=20)
    assert s.adapter.pace().resume_at == raised.value.retry_at
    before = len(s.sim.requests)
    with pytest.raises(RateLimited):
        await s.pages(Surface.MESSENGER)
    assert len(s.sim.requests) == before
    assert s.adapter.interval(Surface.MESSENGER) >= 1200
    s.clock.advance(20 * 60 + 1)
    s.sim.calls_left = None
    await s.pages(Surface.MESSENGER)


async def test_usage_headers_slow_the_reading_down() -> None:
    """Before Facebook has to refuse."""
    s = station(usage={"x-app-usage": {"call_count": 90, "total_time": 3, "total_cputime": 3}})
    assert s.adapter.interval(Surface.MESSENGER) == 45
    await s.pages(Surface.MESSENGER)
    assert s.adapter.interval(Surface.MESSENGER) > 45
    assert s.adapter.pace().percent_used == 90


@pytest.mark.parametrize("surface", [Surface.MESSENGER, Surface.COMMENTS])
async def test_a_next_page_on_another_host_is_not_asked_for(surface: Surface) -> None:
    """F33: the token would go along."""
    s = station(next_url=lambda url: url.replace("graph.facebook.com", "elsewhere.invalid"))
    for n in range(130):
        s.world.writes(s.world.person(f"P{n}"), "hello")
        s.world.post(f"news {n}")
    pages = await s.pages(surface)
    assert not pages[-1].complete
    assert any("another host" in note for p in pages for note in p.notes)
    assert {r.headers["host"] for r in s.sim.requests} == {"graph.facebook.com"}


async def test_the_token_stands_in_no_url_error_note_cursor_or_log(caplog: pytest.LogCaptureFixture) -> None:
    """Facebook itself puts it into every `next` (trap 15)."""
    caplog.set_level(logging.DEBUG)
    async with on_loopback() as s:
        ann = s.world.person("Ann")
        post = s.world.post("news")
        for n in range(120):
            s.world.writes(s.world.person(f"P{n}"), "hello")
            s.world.comments(post, f"c{n}", by=ann)
        s.world.writes(ann, "hello")
        everything: list[Any] = [await s.pages(surface) for surface in PLATFORM.surfaces]
        s.sim.token_error = (190, 463)
        for surface in PLATFORM.surfaces:
            with pytest.raises(AuthExpired) as raised:
                await s.pages(surface)
            everything += [raised.value.message, raised.value.next_step, raised.value.__cause__]
        everything += [repr(s.adapter), s.cursors, caplog.text]
        everything += [r.query for r in s.sim.requests]
        assert s.sim.token not in repr(everything)
        assert len(s.sim.requests) > 8


def test_naming_the_platform_loads_no_network_code() -> None:
    """The first frame of the screen comes before httpx."""
    code = (
        "import sys, inbox.adapters.facebook as f; assert f.PLATFORM.name == 'facebook';"
        "sys.exit(bool({'httpx', 'ssl', 'asyncio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_lengths_are_counted_in_characters_by_the_place_they_go_to() -> None:
    """2000 in a message, also in a private answer to a comment; 8000 in a comment."""
    account = Account(name="acme", platform="facebook")

    def limit(surface: Surface, private: bool) -> int:
        found = PLATFORM.length("ä" * 9000, surface, private=private, account=account)
        assert (found.used, found.valid_to, found.over) == (9000, found.limit, True)
        return found.limit

    assert limit(Surface.MESSENGER, True) == limit(Surface.COMMENTS, True) == 2000
    assert limit(Surface.COMMENTS, False) == limit(Surface.VISITOR_POSTS, False) == 8000


# -- the simulator as a witness ----------------------------------------------------------------------------


async def test_the_simulator_refuses_what_facebook_would() -> None:
    """A lenient simulator would let a wrong call pass every other test."""
    s = station()
    client = http.open_client(s.sim.url, transport=simkit.transport(s.sim))
    for path, params in (
        ("/v25.0/1001/conversations", {"fields": "id,nonsense"}),
        ("/v25.0/1001/conversations", {"since": "1"}),
        ("/v25.0/1001/published_posts", {"fields": "comments{nonsense}"}),
        ("/v25.0/1001/published_posts", {"fields": "comments.limit(2{id}"}),
        ("/v25.0/1001/published_posts", {"made_up": "1"}),
        ("/v1/1001", {}),
    ):
        s.world.comments(s.world.post("news"), "hello")
        with pytest.raises(Refused if path != "/v1/1001" else PlatformError):
            await http.call(
                client,
                "GET",
                path,
                credentials=http.Credentials(Secret(s.sim.token)),
                params=params,
                explain=lambda a: Refused("no"),
            )


def test_the_simulated_world_keeps_the_private_answer_to_one() -> None:
    """And after it the Page waits until the person answers."""
    s = station()
    ann = s.world.person("Ann")
    comment = s.world.comments(s.world.post("news"), "hello", by=ann)
    s.world.send_private(comment, "hi", None)
    with pytest.raises(GraphError, match="already replied"):
        s.world.send_private(comment, "hi", None)
    with pytest.raises(GraphError, match="outside of allowed window"):
        s.world.send(ann.psid, "hi", kind="RESPONSE", tag=None, metadata=None)
