"""The X adapter against the simulated X, in the same process and over real HTTP; the oracle is what X took in."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import httpx
import pytest
from x_world import BACK, START, World, on_network, problems_of, specification

from inbox.adapters import http
from inbox.adapters.simkit import Request, VirtualClock
from inbox.adapters.twitter import PLATFORM, api, limits
from inbox.adapters.twitter.sim import between
from inbox.config.model import Account
from inbox.domain.model import Person, Surface
from inbox.domain.records import replace
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.platform import Adapter, Page
from inbox.ports.secrets import Secret


@pytest.fixture(params=["tweet", "post"])
def world(request: pytest.FixtureRequest) -> World:
    return World(dialect=request.param)


# -- reading posts -----------------------------------------------------------------------------------------


async def test_identify_tells_whose_token_it_is(world: World) -> None:
    """The program shows which account it will speak for."""
    identity = await world.adapter.identify()
    assert (identity.remote_id, identity.name, identity.handle) == (world.sim.me, "Acme", "acme")


async def test_a_dialogue_is_one_conversation_whoever_wrote_where(world: World) -> None:
    """Customer, our answer from X's own app, customer again; a bystander has a conversation of his own."""
    sim, clock = world.sim, world.clock
    first = sim.post(
        world.anna, "@acme parcel lost & found? <3 https://shop.example/?a=1&b=2", media=[("photo", "a box")]
    )
    clock.advance(60)
    ours = sim.post(sim.me, "Sorry! Which number?", reply_to=first)
    clock.advance(60)
    second = sim.post(world.anna, "4711", reply_to=ours)
    bystander = sim.post(world.ben, "me too, @acme", reply_to=first)
    found = await world.read()
    assert sorted(found.keys) == sorted([first, ours, second, bystander])
    assert {found.of(k).thread for k in (first, ours, second)} == {f"{first}:{world.anna}"}
    assert found.of(bystander).thread == f"{first}:{world.ben}"
    assert [found.of(k).ours for k in (first, ours, second)] == [False, True, False]
    assert found.of(second).parent == ours
    assert found.of(first).text == "@acme parcel lost & found? <3 https://shop.example/?a=1&b=2"
    assert found.of(first).attachments[0].name == "a box"
    assert found.of(first).sent_at == START
    assert found.of(first).author.handle == "anna_b"
    assert [found.of(k).answerable.public for k in (first, second, bystander)] == [True, None, True]
    assert found.notes == []


async def test_a_round_reads_all_pages_and_the_next_only_what_is_new(world: World) -> None:
    """Each post costs money: nothing is read again but a small overlap."""
    sim, clock = world.sim, world.clock
    old = []
    for n in range(250):
        old.append(sim.post(world.anna, f"@acme case {n}"))
        clock.advance(60)
    first = await world.read()
    assert sorted(first.keys, key=int) == old
    assert [p.complete for p in first.pages].count(True) == 1
    new = sim.post(world.ben, "@acme new")
    second = await world.read(cursor=first.cursor)
    assert new in second.keys
    assert len(second.keys) <= 4
    third = await world.read(cursor=second.cursor)
    assert set(third.keys) <= set(second.keys)


async def test_a_mention_that_appears_late_is_not_lost_behind_the_cursor(world: World) -> None:
    """X shows some mentions after younger ones; a bare `since_id` never sees them."""
    sim, clock = world.sim, world.clock
    late = sim.post(world.anna, "@acme late", late=90)
    clock.advance(30)
    sim.post(world.ben, "@acme early")
    first = await world.read()
    assert late not in first.keys
    clock.advance(120)
    assert late in (await world.read(cursor=first.cursor)).keys


async def test_the_cursor_moves_only_when_a_round_is_complete(world: World) -> None:
    """Moved before, a kill between two pages would lose what was not read yet."""
    for n in range(150):
        world.sim.post(world.anna, f"@acme {n}")
    await world.adapter.identify()
    world.sim.faults.inject("500", "GET /2/users/:id/tweets")
    pages: list[Page] = []

    async def read_on() -> None:
        async for page in world.adapter.read(Surface.MENTIONS, None, BACK):
            pages.append(page)  # noqa: PERF401  # the pages before the error are the point

    with pytest.raises(Unavailable):
        await read_on()
    assert sum(len(p.messages) for p in pages) == 150
    assert [(p.cursor or {}).get("mentions") for p in pages] == [None, None]


def scripted(*answers: dict[str, Any], path: str) -> Adapter:
    """The adapter on a platform that answers `path` by a script, and anything else with an empty page."""
    left = list(answers)

    def platform(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "7", "username": "acme"}})
        empty: dict[str, Any] = {"meta": {"result_count": 0}}
        return httpx.Response(200, json=left.pop(0) if request.url.path == path and left else empty)

    client = http.open_client("https://api.x.com", httpx.MockTransport(platform))
    account = Account(name="acme-x", platform="twitter")
    return PLATFORM.connect(account, client, Secret("t"), VirtualClock(START))


async def test_the_cursor_is_the_newest_id_of_the_first_page() -> None:
    """Whatever later pages hold: only the first page tells how far the round has seen."""
    first = {"data": [{"id": "99", "text": "a"}, {"id": "100", "text": "b"}], "meta": {"next_token": "n"}}
    second = {"data": [{"id": "200", "text": "c"}], "meta": {}}
    adapter = scripted(first, second, path="/2/users/7/mentions")
    pages = [page async for page in adapter.read(Surface.MENTIONS, None, BACK)]
    assert sum(len(p.messages) for p in pages) == 3
    place = pages[-1].cursor
    assert place is not None
    assert (place["mentions"], place["own"]) == ("100", None)


async def test_an_earlier_answer_to_the_same_post_is_not_taken_for_the_new_one() -> None:
    """Even if X gave more than was asked for."""
    answers = {"author_id": "7", "referenced_tweets": [{"type": "replied_to", "id": "5"}], "text": "x"}
    old = {"id": "8", "created_at": "2026-11-23T08:00:00Z", **answers}
    new = {"id": "9", "created_at": "2026-11-24T08:00:01Z", **answers}
    adapter = scripted({"data": [new, old], "meta": {}}, path="/2/users/7/tweets")
    found = await adapter.find(World().reply("5"), START)
    assert [r.remote_id for r in found.found] == ["9"]


async def test_a_since_id_x_no_longer_takes_is_healed() -> None:
    """A stale id stopped another client's poller for ever."""
    world = World()
    post = world.sim.post(world.anna, "acme is slow")
    world.clock.advance(60)
    first = await world.read(Surface.SEARCH)
    assert first.keys == [post]
    world.clock.advance(8 * 86400)
    new = world.sim.post(world.ben, "acme is great")
    world.clock.advance(60)
    assert (await world.read(Surface.SEARCH, first.cursor)).keys == [new]


@pytest.mark.parametrize(
    "cursor", [{"mentions": 7, "own": ["x"]}, {"mentions": "abc"}, {"known": 3, "backlog": "x"}, {}]
)
async def test_a_damaged_cursor_reads_from_the_start(world: World, cursor: dict[str, Any]) -> None:
    """Reading twice is harmless, reading nothing is not."""
    post = world.sim.post(world.anna, "@acme hello")
    event = world.sim.dm(world.anna, "psst")
    assert (await world.read(cursor=cursor)).keys == [post]
    assert (await world.read(Surface.DIRECT, cursor)).keys == [event]


async def test_an_edit_is_the_same_message_with_a_new_text(world: World) -> None:
    """The customer corrected it; the timer runs from the first version."""
    post = world.sim.post(world.anna, "@acme parcl lost")
    first = await world.read()
    world.clock.advance(300)
    edited = world.sim.edit(post, "@acme parcel lost")
    second = await world.read(cursor=first.cursor)
    message = second.of(post)
    assert (message.remote_id, message.text) == (edited, "@acme parcel lost")
    assert message.sent_at == START
    assert message.edited_at == START + timedelta(minutes=5)


async def test_fields_x_leaves_out_are_told_and_nothing_breaks(world: World) -> None:
    """Names that are unknown to X are dropped with a 200."""
    world.sim.withheld = {"author_id", "sender_id"}
    world.sim.post(world.anna, "@acme hello")
    world.sim.dm(world.anna, "psst")
    found = await world.read()
    assert "author_id" in found.notes[0]
    assert found.messages[0].author == Person()
    assert "sender_id" in (await world.read(Surface.DIRECT)).notes[0]


async def test_errors_alone_with_200_are_an_error(world: World) -> None:
    """A suspended account must not look like an empty inbox."""
    await world.adapter.identify()
    world.sim.faults.inject("errors_only", "GET /2/users/:id/mentions")
    with pytest.raises(Refused):
        await world.read()
    assert (await world.read()).messages == []


async def test_our_mention_of_ourselves_and_a_deleted_parent_are_handled(world: World) -> None:
    """Our own account in the mentions is ours; a deleted parent is a gap."""
    sim = world.sim
    first = sim.post(world.anna, "lost")
    mine = sim.post(sim.me, "@acme is here for you", reply_to=first)
    second = sim.post(world.ben, "and @acme?", reply_to=first)
    sim.delete(first)
    found = await world.read()
    assert {(m.key, m.ours) for m in found.messages} == {(mine, True), (second, False)}
    assert [c.remote_id for c in found.context if c.gone] == [first, first]


async def test_saved_searches_find_what_nobody_addressed_to_us() -> None:
    """Hits are others' words; what we wrote ourselves is none."""
    world = World()
    sim = world.sim
    hit = sim.post(world.anna, "acme lost my parcel")
    sim.post(world.ben, "macmeal tonight")
    sim.post(sim.me, "acme opens at nine")
    world.clock.advance(60)
    found = await world.read(Surface.SEARCH)
    assert [(m.key, m.surface, m.thread) for m in found.messages] == [
        (hit, Surface.SEARCH, f"{hit}:{world.anna}")
    ]
    assert found.of(hit).answerable.public is not True


# -- reading direct messages -------------------------------------------------------------------------------


async def test_direct_messages_form_one_conversation_per_pair(world: World) -> None:
    """Joins are no messages; groups keep their own id."""
    sim = world.sim
    one = sim.dm(world.anna, "psst & <b>")
    two = sim.dm(sim.me, "yes?", to=world.anna)
    group = sim.dm(world.ben, "hi all", conversation="1582103724607971328")
    sim.dm(world.ben, "", conversation="1582103724607971328", kind="ParticipantsJoin")
    found = await world.read(Surface.DIRECT)
    assert set(found.keys) == {one, two, group}
    assert {found.of(k).thread for k in (one, two)} == {between(world.anna, sim.me)}
    assert found.of(two).contact == found.of(one).author
    assert found.of(one).text == "psst & <b>"
    assert (found.of(one).ours, found.of(two).ours) == (False, True)


async def test_direct_messages_are_read_until_a_known_event(world: World) -> None:
    """There is no `since_id`, and 15 calls in 15 minutes."""
    for n in range(120):
        world.sim.dm(world.anna, f"m{n}")
        world.clock.advance(1)
    first = await world.read(Surface.DIRECT)
    assert len(first.messages) == 120
    world.sim.calls.clear()
    new = world.sim.dm(world.anna, "one more")
    second = await world.read(Surface.DIRECT, first.cursor)
    assert second.keys[0] == new
    assert len(world.sim.calls) == 1


async def test_f53_a_long_way_back_is_read_over_several_rounds(world: World) -> None:
    """More pages than the limit allows must neither stop the reading for ever nor lose the middle."""
    events = []
    for n in range(950):
        events.append(world.sim.dm(world.anna, f"m{n}"))
        world.clock.advance(1)
    seen: set[str] = set()
    cursor = None
    for turn in range(4):
        found = await world.read(Surface.DIRECT, cursor)
        seen |= set(found.keys)
        cursor = found.cursor
        if turn == 0:
            assert not found.pages[-1].complete
            events.append(world.sim.dm(world.anna, "meanwhile"))
        if found.pages[-1].complete:
            break
        world.clock.advance(900)
    assert seen == set(events)
    assert cursor["backlog"] == []


async def test_a_backlog_x_forgot_is_given_up_with_a_word(world: World) -> None:
    """A page token does not live for ever."""
    world.sim.dm(world.anna, "hi")
    cursor = {"known": ["1"], "backlog": [{"token": "7140dibdnow9c7btw000", "stop": ["1"], "since": "x"}]}
    found = await world.read(Surface.DIRECT, cursor)
    assert len(found.messages) == 1
    assert any("missing" in n for n in found.notes)
    assert found.cursor["backlog"] == []


async def test_refresh_reads_one_direct_conversation_while_calls_are_left(world: World) -> None:
    """Opening a conversation must not use up what finding a lost reply needs."""
    event = world.sim.dm(world.anna, "hi")
    thread = between(world.anna, world.sim.me)
    turns = 0
    for _ in range(15):
        pages = [p async for p in world.adapter.refresh(Surface.DIRECT, thread)]
        if not pages:
            break
        turns += 1
        assert [m.key for p in pages for m in p.messages] == [event]
    assert turns == 15 - api.REFRESH_RESERVE
    assert [p async for p in world.adapter.refresh(Surface.MENTIONS, "1:2")] == []
    assert [p async for p in world.adapter.refresh(Surface.DIRECT, "../x")] == []


# -- sending -----------------------------------------------------------------------------------------------


async def test_a_reply_lands_under_the_post_it_answers() -> None:
    """The right place, once, marked before it left."""
    world = World()
    post = world.sim.post(world.anna, "@acme parcel lost")
    marks: list[int] = []
    async with on_network(world):
        receipt = await world.adapter.send(world.reply(post), lambda: marks.append(len(world.sim.calls)))
    (accepted,) = world.sim.accepted
    assert (accepted.kind, accepted.target, accepted.text) == ("post", post, "We look into it")
    assert (receipt.remote_id, receipt.key, receipt.sent_at) == (accepted.id, accepted.id, START)
    assert len(marks) == 1


async def test_a_direct_answer_lands_in_its_conversation() -> None:
    """Its receipt is an event id."""
    world = World()
    world.sim.dm(world.anna, "psst")
    receipt = await world.adapter.send(world.direct(), lambda: None)
    assert world.sim.accepted[0].target == between(world.anna, world.sim.me)
    assert receipt.remote_id == world.sim.accepted[0].id
    assert receipt.key in (await world.read(Surface.DIRECT)).keys


async def test_what_was_meant_in_private_is_never_published() -> None:
    """X has no private answer to a public post."""
    world = World()
    post = world.sim.post(world.anna, "@acme parcel lost")
    out = world.reply(post)
    marks: list[str] = []
    with pytest.raises(Refused):
        await world.adapter.send(
            replace(out, item=replace(out.item, private=True)), lambda: marks.append("x")
        )
    assert (world.sim.accepted, marks) == ([], [])


@pytest.mark.parametrize("target", [None, "", "../x", "abc"])
async def test_a_reply_without_target_does_not_leave(target: str | None) -> None:
    """Without target it would be published as a post to everybody."""
    world = World()
    out = world.reply("1")
    with pytest.raises(Refused):
        await world.adapter.send(replace(out, item=replace(out.item, reply_to=target)), lambda: None)
    assert world.sim.calls == []


async def test_f22_final_refusals_say_what_to_do() -> None:
    """Not summoned, deleted, no direct messages: each in words, with the next step, and nothing accepted."""
    world = World()
    sim = world.sim
    ours = sim.post(sim.me, "news")
    implicit = sim.post(world.anna, "thanks", reply_to=ours)
    gone = sim.post(world.ben, "@acme hello")
    sim.delete(gone)
    sim.closed_to_dm.add(world.ben)
    for out, word in (
        (world.reply(implicit), "not summoned"),
        (world.reply(gone), "gone"),
        (world.direct(customer=world.ben), "direct message"),
        (world.reply(implicit, "x" * 300), "too long"),
    ):
        with pytest.raises(Refused) as caught:
            await world.adapter.send(out, lambda: None)
        assert word in (caught.value.code or "")
        assert caught.value.next_step
    assert sim.accepted == []


async def test_f21_a_duplicate_is_looked_up_and_not_called_failed() -> None:
    """The same text stands there already: perhaps this very reply arrived the first time."""
    world = World()
    post = world.sim.post(world.anna, "@acme parcel lost")
    await world.adapter.send(world.reply(post), lambda: None)
    with pytest.raises(Uncertain):
        await world.adapter.send(world.reply(post), lambda: None)
    sightings = await world.adapter.find(world.reply(post), START)
    assert [r.remote_id for r in sightings.found] == [world.sim.accepted[0].id]


ACCEPTED = {
    "accept_then_drop": True, "drop_before_accept": False, "500_accepted": True, "500_not_accepted": False,
    "502_accepted": True, "503_json": False, "503_json_accepted": True, "504_accepted": True, "html": False,
    "html_accepted": True, "redirect": False, "redirect_accepted": True, "cut_json": True, "no_id": True,
    "empty": True, "too_large": True, "gzip_bomb": True, "not_gzip": True, "wrong_type": True, "garbage": False,
}  # fmt: skip


@pytest.mark.parametrize("surface", [Surface.MENTIONS, Surface.DIRECT])
@pytest.mark.parametrize("fault", sorted(ACCEPTED))
async def test_f04_f08_f12_f13_f15_f16_f17_f19_an_unknown_outcome_is_found_where_it_arrived_and_only_there(
    fault: str, surface: Surface
) -> None:
    """P1: never twice, never lost. The look-up sees what X took in, and is complete where it took nothing."""
    world = World()
    post = world.sim.post(world.anna, "@acme parcel lost")
    world.sim.dm(world.anna, "psst")
    world.clock.advance(600)
    out = world.reply(post) if surface is Surface.MENTIONS else world.direct()
    before = world.clock.now()
    async with on_network(world):
        world.sim.faults.inject(fault, "POST")
        with pytest.raises(Uncertain) as caught:
            await world.adapter.send(out, lambda: None)
        assert caught.value.next_step
        sightings = await world.adapter.find(out, before)
    assert [r.remote_id for r in sightings.found] == [a.id for a in world.sim.accepted]
    assert len(world.sim.accepted) == ACCEPTED[fault]
    assert sightings.complete
    assert len([c for c in world.sim.calls if c.method == "POST"]) == 1


async def test_f07_what_x_accepts_after_our_deadline_is_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Giving up early is what makes doubles."""
    monkeypatch.setattr(http, "SEND_SECONDS", 0.1)
    world = World()
    post = world.sim.post(world.anna, "@acme parcel lost")
    world.sim.faults.inject("late_accept", "POST", seconds=0.3)
    with pytest.raises(Uncertain):
        await world.adapter.send(world.reply(post), lambda: None)
    assert (await world.adapter.find(world.reply(post), START)).found == []
    await world.sim.faults.settle()
    assert len((await world.adapter.find(world.reply(post), START)).found) == 1


@pytest.mark.parametrize(
    ("fault", "family"),
    [("refused", Unavailable), ("401", AuthExpired), ("402", Refused), ("429", RateLimited)],
)
async def test_f10_f20_what_x_surely_did_not_take_is_not_uncertain(
    fault: str, family: type[PlatformError]
) -> None:
    """These may be sent again: by the program, or after signing in or paying."""
    world = World()
    post = world.sim.post(world.anna, "@acme parcel lost")
    world.sim.faults.inject(fault, "POST")
    with pytest.raises(PlatformError) as caught:
        await world.adapter.send(world.reply(post), lambda: None)
    assert type(caught.value) is family
    assert world.sim.accepted == []


# -- looking up --------------------------------------------------------------------------------------------


async def test_f43_f44_replies_are_told_apart_by_the_post_they_answer(world: World) -> None:
    """The same text to two customers, with links and escapes X rewrites."""
    sim = world.sim
    one, two = sim.post(world.anna, "@acme a"), sim.post(world.ben, "@acme b")
    text = "Grüße & bitte https://shop.example/<neu>"
    await world.adapter.send(world.reply(one, text), lambda: None)
    await world.adapter.send(world.reply(two, text, world.ben), lambda: None)
    found = await world.adapter.find(world.reply(two, text, world.ben), START)
    assert [r.remote_id for r in found.found] == [sim.accepted[1].id]
    assert found.complete


async def test_a_reply_to_an_edited_post_is_found_under_either_id(world: World) -> None:
    """The outbox knows the id it answered; X may name another version."""
    post = world.sim.post(world.anna, "@acme parcl")
    newer = world.sim.edit(post, "@acme parcel")
    await world.adapter.send(world.reply(newer), lambda: None)
    assert len((await world.adapter.find(world.reply(newer), START)).found) == 1


async def test_several_candidates_are_all_reported(world: World) -> None:
    """Which of them is ours is not for the adapter to guess."""
    world.sim.dm(world.anna, "psst")
    for _ in range(2):
        await world.adapter.send(world.direct("same"), lambda: None)
    await world.adapter.send(world.direct("other"), lambda: None)
    world.sim.dm(world.anna, "same")
    assert len((await world.adapter.find(world.direct("same"), START)).found) == 2


async def test_an_older_equal_message_is_not_taken_for_the_new_one(world: World) -> None:
    """ "Thank you" was said last week too."""
    world.sim.dm(world.sim.me, "thank you", to=world.anna, at=START - timedelta(days=7))
    found = await world.adapter.find(world.direct("thank you"), START)
    assert (list(found.found), found.complete) == ([], True)


async def test_f46_a_look_up_that_is_rate_limited_says_when_to_look_again(world: World) -> None:
    """Without the time the look-up would run hot."""
    await world.adapter.identify()
    world.sim.faults.inject("429", "GET")
    with pytest.raises(RateLimited) as caught:
        await world.adapter.find(world.direct(), START)
    assert caught.value.retry_at == START + timedelta(seconds=300)


@pytest.mark.parametrize("fault", ["500", "html", "401", "cut_json"])
async def test_f46_a_look_up_that_fails_proves_nothing(world: World, fault: str) -> None:
    """Absence counts only where everything was seen."""
    await world.adapter.identify()
    world.sim.faults.inject(fault, "GET", times=2)
    for out in (world.reply("5"), world.direct()):
        found = await world.adapter.find(out, START)
        assert (list(found.found), found.complete) == ([], False)


# -- limits and secrets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ("429", 300),
        ("429_no_headers", 60),
        ("429_past", 60),
        ("429_far", 3600),
        ("429_garbage", 60),
        ("429_day", 20_000),
    ],
)
async def test_f10_f11_the_wait_follows_the_limit_that_is_used_up(
    world: World, fault: str, wait: int
) -> None:
    """A day's cap can be gone while the short window still has requests."""
    await world.adapter.identify()
    world.sim.faults.inject(fault, "GET")
    with pytest.raises(RateLimited) as caught:
        await world.read(Surface.DIRECT)
    assert caught.value.retry_at == world.clock.now() + timedelta(seconds=wait)


def test_a_429_with_requests_left_in_the_short_window_waits_the_default() -> None:
    """The short window is not what was used up, so its reset means nothing."""
    reset = str(int(START.timestamp()) + 600)
    headers = {"x-rate-limit-remaining": "5", "x-rate-limit-reset": reset}
    answer = http.Answer(429, headers, None, "empty")
    assert limits.again(answer, START) == START + timedelta(minutes=1)
    unsaid = http.Answer(429, {"x-rate-limit-reset": reset}, None, "empty")
    assert limits.again(unsaid, START) == START + timedelta(minutes=10)


def test_a_days_cap_that_is_used_up_counts_more_than_the_short_window() -> None:
    """The next reply would only be refused."""
    reset = int(START.timestamp())
    headers = {
        "x-rate-limit-limit": "15",
        "x-rate-limit-remaining": "9",
        "x-rate-limit-reset": str(reset + 900),
        "x-user-limit-24hour-limit": "1440",
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(reset + 20_000),
        "x-app-limit-24hour-limit": "1440",
        "x-app-limit-24hour-remaining": "7",
        "x-app-limit-24hour-reset": str(reset + 30_000),
    }
    found = limits.window(http.Answer(201, headers, {}, "json"), START)
    assert found == limits.Window(1440, 0, START + timedelta(seconds=20_000))


async def test_a_clock_that_is_wrong_waits_as_long_as_x_says() -> None:
    """The reset is in X's time; our clock may be ten minutes off."""
    world = World()
    await world.adapter.identify()
    ahead = VirtualClock(START + timedelta(minutes=10))
    world.sim.clock = ahead
    world.sim.faults.inject("429", "GET")
    with pytest.raises(RateLimited) as caught:
        await world.read(Surface.DIRECT)
    assert caught.value.retry_at == START + timedelta(seconds=300)


async def test_direct_reading_stays_within_fifteen_calls_in_fifteen_minutes(world: World) -> None:
    """Following `interval` the adapter never meets a refusal, and nobody waits without need."""
    cursor = None
    world.sim.dm(world.anna, "hi")
    for _ in range(60):
        cursor = (await world.read(Surface.DIRECT, cursor)).cursor
        wait = world.adapter.interval(Surface.DIRECT)
        assert 60 <= wait <= 900
        world.clock.advance(wait)


async def test_a_used_up_window_is_not_asked_again(world: World) -> None:
    """Asking on would only bring more refusals."""
    await world.adapter.identify()
    for _ in range(15):
        await world.read(Surface.DIRECT)
    calls = len(world.sim.calls)
    with pytest.raises(RateLimited) as caught:
        await world.read(Surface.DIRECT)
    assert len(world.sim.calls) == calls
    assert caught.value.retry_at == START + timedelta(minutes=15)
    assert world.adapter.pace().remaining == 0
    world.clock.advance(901)
    await world.read(Surface.DIRECT)


def test_naming_the_platform_loads_no_network_code() -> None:
    """The first frame is on the screen before httpx is imported."""
    code = "import sys, inbox.adapters.twitter as t; t.PLATFORM.surfaces; print('httpx' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


async def test_a_token_of_the_wrong_kind_is_told(world: World) -> None:
    """An app's token reads public posts only; signing in is the cure."""
    world.sim.app_token = "app-token"
    world.token = Secret("app-token")
    world.adapter = world.connect(None)
    with pytest.raises(AuthExpired) as caught:
        await world.adapter.identify()
    assert "wrong kind" in caught.value.message


async def test_f88_the_token_is_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """P5, over every fault there is."""
    caplog.set_level(logging.DEBUG)
    world = World()
    world.sim.token = "canary-4711"
    world.token = Secret("canary-4711")
    post = world.sim.post(world.anna, "@acme x")
    texts: list[str] = []
    async with on_network(world):
        for fault in (*ACCEPTED, "401", "402", "429", "403_duplicate"):
            world.sim.faults.inject(fault, "POST")
            with pytest.raises(PlatformError) as caught:
                await world.adapter.send(world.reply(post), lambda: None)
            error = caught.value
            texts += [repr(error), error.message, error.next_step, error.code or ""]
    texts += [r.getMessage() for r in caplog.records if not r.name.startswith("asyncio")]
    assert not [t for t in texts if "canary" in t]
    assert all("canary" not in c.path + str(c.query) + c.body.decode() for c in world.sim.calls)
    assert {c.bearer for c in world.sim.calls} == {"canary-4711"}


@pytest.mark.parametrize(
    ("surface", "private", "limit"), [(Surface.MENTIONS, False, 280), (Surface.DIRECT, True, 10_000)]
)
def test_length_is_counted_by_the_rule_of_the_surface(surface: Surface, private: bool, limit: int) -> None:
    """Weighted for posts, plain for direct messages."""
    account = Account(name="a", platform="twitter")
    count = PLATFORM.length("ぎ", surface, private=private, account=account)
    assert (count.used, count.limit) == (1 if private else 2, limit)


# -- the specification as judge ----------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["tweet", "post"])
async def test_every_request_is_in_the_specification_of_its_dialect(dialect: str) -> None:
    """X drops what it does not know in silence and bills it, so only the specification tells."""
    world = World(dialect=dialect)
    sim = world.sim
    post = sim.post(world.anna, "@acme x")
    sim.dm(world.anna, "psst")
    world.clock.advance(60)
    for surface in PLATFORM.surfaces:
        first = await world.read(surface)
        await world.read(surface, first.cursor)
    await world.adapter.send(world.reply(post), lambda: None)
    await world.adapter.send(world.direct(), lambda: None)
    await world.adapter.find(world.reply(post), START)
    await world.adapter.find(world.direct(), START)
    assert [p async for p in world.adapter.refresh(Surface.DIRECT, between(world.anna, sim.me))]
    spec = specification(dialect)
    asked = {f"{c.method} {re.sub('[0-9-]{9,}', ':id', c.path)}" for c in sim.calls}
    assert asked == {
        "GET /2/users/me",
        "GET /2/users/:id/mentions",
        "GET /2/users/:id/tweets",
        "GET /2/tweets/search/recent",
        "GET /2/dm_events",
        "GET /2/dm_conversations/:id/dm_events",
        "POST /2/tweets",
        "POST /2/dm_conversations/:id/messages",
    }
    assert [p for call in sim.calls for p in problems_of(spec, call)] == []


def test_the_judge_itself_finds_mistakes() -> None:
    """A check that never complains proves nothing."""
    spec = specification("post")
    wrong = Request(
        "GET", "/2/users/5/mentions", (("tweet.fields", "x"), ("max_results", "3"), ("expansions", "nope"))
    )
    assert len(problems_of(spec, wrong)) == 3
    assert problems_of(spec, Request("POST", "/2/tweets", (), {}, b'{"text":"x","reply_to":"5"}'))
    assert problems_of(spec, Request("GET", "/2/nowhere"))
