"""The X adapter beyond reading and answering: deeds, files, whole threads, second looks, gaps, money."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from x_world import BACK, START, World, on_network, problems_of, specification

from inbox.adapters import http
from inbox.adapters.simkit import VirtualClock
from inbox.adapters.twitter import PLATFORM, api, direct_reading
from inbox.adapters.twitter.sim import between
from inbox.config.model import Account
from inbox.domain.model import Deed, Surface
from inbox.domain.records import replace
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable, Uncertain
from inbox.ports.platform import Asked, Outgoing, Page
from inbox.ports.secrets import Secret

MENTIONS, DIRECT, SEARCH = Surface.MENTIONS, Surface.DIRECT, Surface.SEARCH


@pytest.fixture(params=["tweet", "post"])
def world(request: pytest.FixtureRequest) -> World:
    return World(dialect=request.param)


def with_files(outgoing: Outgoing, *paths: Path, texts: tuple[str, ...] = ()) -> Outgoing:
    item = replace(outgoing.item, files=tuple(map(str, paths)), file_texts=texts)
    return replace(outgoing, item=item)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "map.png"
    path.write_bytes(b"\x89PNG" + bytes(range(256)) * 40)
    return path


# -- deeds -------------------------------------------------------------------------------------------------


async def test_a_reply_in_our_conversation_is_hidden_and_shown_again() -> None:
    """What nobody should read under our own post."""
    world = World()
    ours = world.sim.post(world.sim.me, "news")
    rude = world.sim.post(world.anna, "you idiots @acme", reply_to=ours)
    found = (await world.read()).of(rude)
    assert not {Deed.HIDE, Deed.UNHIDE} & set(found.barred)
    marks: list[str] = []
    await world.adapter.do(Deed.HIDE, world.reply(rude), lambda: marks.append("x"))
    assert (world.sim.hidden, marks) == ({rude}, ["x"])
    await world.adapter.do(Deed.HIDE, world.reply(rude), lambda: None)
    await world.adapter.do(Deed.UNHIDE, world.reply(rude), lambda: None)
    assert world.sim.hidden == set()


async def test_what_x_does_not_let_us_do_is_known_before_it_is_asked(world: World) -> None:
    """Hiding works in our own conversations only, liking on no self-serve plan."""
    elsewhere = world.sim.post(world.ben, "what do you all think?")
    strange = world.sim.post(world.anna, "ask @acme", reply_to=elsewhere)
    start = world.sim.post(world.anna, "@acme hello")
    ours = world.sim.post(world.sim.me, "news")
    under = world.sim.post(world.anna, "thanks", reply_to=ours)
    found = await world.read()
    barred = {key: set(found.of(key).barred) for key in (strange, start, under)}
    everything = {Deed.HIDE, Deed.UNHIDE, Deed.LIKE, Deed.UNLIKE}
    assert barred == {strange: everything, start: everything, under: {Deed.LIKE, Deed.UNLIKE}}


async def test_liking_is_enterprise_only_and_says_so() -> None:
    """In the specification still, but in no self-serve plan."""
    world = World()
    post = world.sim.post(world.anna, "@acme you are great")
    with pytest.raises(Refused) as caught:
        await world.adapter.do(Deed.LIKE, world.reply(post), lambda: None)
    assert (caught.value.code, "plan" in caught.value.message) == ("403 plan", True)
    world.sim.enterprise = True
    await world.adapter.do(Deed.LIKE, world.reply(post), lambda: None)
    assert world.sim.liked == {post}
    await world.adapter.do(Deed.UNLIKE, world.reply(post), lambda: None)
    assert world.sim.liked == set()


async def test_our_own_post_and_message_are_deleted_and_twice_is_as_good_as_once() -> None:
    """Undo after sending."""
    world = World()
    post = world.sim.post(world.anna, "@acme parcel lost")
    sent = await world.adapter.send(world.reply(post), lambda: None)
    for _ in range(2):
        await world.adapter.do(Deed.DELETE, world.reply(sent.remote_id), lambda: None)
    world.sim.dm(world.anna, "psst")
    message = await world.adapter.send(world.direct(), lambda: None)
    out = world.direct()
    out = replace(out, item=replace(out.item, reply_to=message.remote_id))
    await world.adapter.do(Deed.DELETE, out, lambda: None)
    assert sent.key not in (await world.read()).keys
    assert message.key not in (await world.read(DIRECT)).keys


@pytest.mark.parametrize(
    ("deed", "surface", "target"),
    [(Deed.BLOCK, MENTIONS, "5"), (Deed.HIDE, DIRECT, "5"), (Deed.DELETE, MENTIONS, "../5")],
)
async def test_what_is_not_offered_never_leaves(deed: Deed, surface: Surface, target: str) -> None:
    """A wrong deed must not become another request."""
    world = World()
    await world.adapter.identify()
    world.sim.calls.clear()
    out = replace(world.reply(target), surface=surface)
    with pytest.raises(Refused):
        await world.adapter.do(deed, out, lambda: None)
    assert world.sim.calls == []


async def test_a_deed_of_unknown_outcome_may_be_repeated() -> None:
    """The engine does it again until X says how it went."""
    world = World()
    sent = world.sim.post(world.sim.me, "typo")
    async with on_network(world):
        world.sim.faults.inject("accept_then_drop", "DELETE")
        with pytest.raises(Uncertain):
            await world.adapter.do(Deed.DELETE, world.reply(sent), lambda: None)
        await world.adapter.do(Deed.DELETE, world.reply(sent), lambda: None)


# -- files -------------------------------------------------------------------------------------------------


async def test_an_image_goes_out_with_what_it_shows(world: World, picture: Path) -> None:
    """Alternative text travels with the image, and the reply is one reply."""
    post = world.sim.post(world.anna, "@acme where are you?")
    out = with_files(world.reply(post, "Here"), picture, texts=("A map of the old town",))
    receipt = await world.adapter.send(out, lambda: None)
    (upload,) = world.sim.uploads.values()
    assert (upload.content, upload.category) == (picture.read_bytes(), "tweet_image")
    shown = (await world.read()).of(receipt.key)
    assert [(a.kind, a.name) for a in shown.attachments] == [("image", "A map of the old town")]
    assert len(world.sim.accepted) == 1


async def test_a_video_goes_in_pieces_and_waits_until_x_has_worked_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Initialise, append, finalise, ask until ready, and only then the reply."""
    monkeypatch.setattr("inbox.adapters.twitter.media.PIECE", 1000)
    world = World()
    world.sim.media_work = 5
    video = tmp_path / "unboxing.mp4"
    video.write_bytes(bytes(range(250)) * 10)
    world.sim.dm(world.anna, "show me")
    marks: list[int] = []
    sending = asyncio.create_task(
        world.adapter.send(with_files(world.direct("See"), video), lambda: marks.append(len(world.sim.calls)))
    )
    while not sending.done():
        await asyncio.sleep(0)
        world.clock.advance(0.5)
    receipt = await sending
    (upload,) = world.sim.uploads.values()
    assert (upload.content, upload.category, len(upload.pieces)) == (video.read_bytes(), "dm_video", 3)
    assert [a.kind for a in (await world.read(DIRECT)).of(receipt.key).attachments] == ["video"]
    steps = [c.path.rpartition("/")[2] for c in world.sim.calls if "media" in c.path]
    assert steps[:5] == ["initialize", "append", "append", "append", "finalize"]
    assert set(steps[5:]) == {"upload"}
    assert len(marks) == 1


async def test_a_file_alone_is_an_answer(picture: Path) -> None:
    """A picture needs no words."""
    world = World()
    world.sim.dm(world.anna, "which one?")
    await world.adapter.send(with_files(world.direct(""), picture), lambda: None)
    assert [a.kind for a in world.sim.accepted] == ["dm"]
    found = await world.adapter.find(with_files(world.direct(""), picture), START)
    assert len(found.found) == 1


async def test_a_file_x_holds_is_not_handed_over_again(picture: Path) -> None:
    """The second try after a limit uses it; another reply hands its file over itself."""
    world = World()
    post = world.sim.post(world.anna, "@acme where?")
    world.sim.faults.inject("429", "POST /2/tweets")
    out = with_files(world.reply(post), picture)
    with pytest.raises(RateLimited) as caught:
        await world.adapter.send(out, lambda: None)
    world.clock.turn_to(caught.value.retry_at)
    await world.adapter.send(out, lambda: None)
    assert len(world.sim.uploads) == 1
    await world.adapter.send(with_files(world.reply(post, "again"), picture), lambda: None)
    assert len(world.sim.uploads) == 2


@pytest.mark.parametrize("fault", ["500", "accept_then_drop", "html", "cut_json", "no_id"])
async def test_a_file_that_may_not_have_arrived_leaves_no_doubt_about_the_reply(
    picture: Path, fault: str
) -> None:
    """Nobody sees a file before a post names it: the reply surely did not go out."""
    world = World()
    post = world.sim.post(world.anna, "@acme where?")
    marks: list[str] = []
    async with on_network(world):
        world.sim.faults.inject(fault, "POST /2/media/upload")
        with pytest.raises(Unavailable):
            await world.adapter.send(with_files(world.reply(post), picture), lambda: marks.append("x"))
    assert (marks, world.sim.accepted) == ([], [])


async def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    """Between queueing and sending a download folder is tidied."""
    world = World()
    post = world.sim.post(world.anna, "@acme where?")
    for path in (tmp_path / "gone.png", tmp_path / "empty.png", tmp_path / "odd.exe"):
        if path.name != "gone.png":
            path.write_bytes(b"" if path.name == "empty.png" else b"x")
        with pytest.raises(Refused, match=path.name) as caught:
            await world.adapter.send(with_files(world.reply(post), path), lambda: None)
        assert caught.value.next_step
    assert world.sim.calls == []


def test_the_rules_for_files_are_xs() -> None:
    """Four images or one of the others; one in a direct message; none privately under a post."""
    public = PLATFORM.files(MENTIONS, private=False)
    direct = PLATFORM.files(DIRECT, private=True)
    assert public is not None
    assert direct is not None
    assert (public.most, direct.most) == (4, 1)
    assert public.alone == {"image/gif", "video/mp4", "video/quicktime"}
    assert PLATFORM.files(MENTIONS, private=True) is None


# -- threads -----------------------------------------------------------------------------------------------


async def around(world: World, thread: str) -> dict[str, Any]:
    return {c.remote_id: c async for p in world.adapter.whole(MENTIONS, thread) for c in p.context}


async def test_the_whole_thread_comes_with_what_others_said(world: World) -> None:
    """Also replies to others, which never reach our mentions."""
    root = world.sim.post(world.ben, "anyone tried acme?")
    one = world.sim.post(world.anna, "yes", reply_to=root)
    two = world.sim.post(world.ben, "and?", reply_to=one)
    world.clock.advance(60)
    found = await around(world, f"{root}:{world.anna}")
    assert set(found) == {root, one, two}
    assert {c.root for c in found.values()} == {root}
    assert found[two].reply_to == one
    assert await around(world, "../x:1") == {}
    assert [p async for p in world.adapter.whole(DIRECT, between(world.anna, world.sim.me))] == []


async def test_parents_come_in_batches_with_gaps_for_what_nobody_may_see(world: World) -> None:
    """Deleted and protected ones are marks, and nobody waits for them."""
    posts = [world.sim.post(world.anna, f"n{n}") for n in range(230)]
    secret = world.sim.post(world.ben, "for friends")
    world.sim.delete(posts[7])
    world.sim.protected.add(world.ben)
    await world.adapter.identify()
    world.sim.calls.clear()
    pages = [p async for p in world.adapter.look_up(MENTIONS, [*posts, secret, posts[0], "../x"])]  # type: ignore[attr-defined]
    found = {c.remote_id: c for p in pages for c in p.context}
    assert len(world.sim.calls) == 3
    assert set(found) == {*posts, secret}
    assert {i for i, c in found.items() if c.gone} == {posts[7], secret}


async def test_a_look_by_id_tells_deleted_posts_from_those_that_are_only_not_shown(world: World) -> None:
    """A protected author, and trouble of X's own, say nothing about a deletion."""
    stays, goes = world.sim.post(world.anna, "@acme a"), world.sim.post(world.anna, "@acme b")
    hides = world.sim.post(world.ben, "@acme c")
    world.sim.delete(goes)
    world.sim.protected.add(world.ben)
    broken = world.sim.post(world.anna, "@acme d")
    world.sim.out_of_order.add(broken)
    asked = [Asked(key=f"k{i}", remote_id=i) for i in (stays, goes, hides, broken)]
    look = await world.adapter.look(MENTIONS, asked)
    assert (look.there, look.deleted) == ({f"k{stays}"}, {f"k{goes}"})


# -- resuming, gaps ----------------------------------------------------------------------------------------


async def pages_of(world: World, surface: Surface, cursor: Any, most: int | None = None) -> list[Page]:
    found: list[Page] = []
    async for page in world.adapter.read(surface, cursor, BACK):
        found.append(page)
        if most is not None and len(found) == most:
            break
    return found


def last_cursor(pages: list[Page], before: Any) -> Any:
    return next((p.cursor for p in reversed(pages) if p.cursor is not None), before)


def shown(*pages: Page) -> list[str]:
    return [i for p in pages for i in (*(m.key for m in p.messages), *(c.remote_id for c in p.context))]


@pytest.mark.parametrize("killed_after", range(1, 9))
async def test_a_first_reading_that_is_killed_goes_on_where_it_was(world: World, killed_after: int) -> None:
    """Ten days offline: nothing is lost, and nothing paid for twice but the page that was cut off."""
    for n in range(330):
        world.sim.post(world.anna, f"@acme {n}")
        world.sim.post(world.sim.me, f"post {n}")
        world.clock.advance(60)
    known = set(world.sim.posts)
    first = await pages_of(world, MENTIONS, None, killed_after)
    cursor = last_cursor(first, None)
    during = world.sim.post(world.ben, "@acme meanwhile")
    second = await pages_of(world, MENTIONS, cursor)
    third = await pages_of(world, MENTIONS, last_cursor(second, None))
    keys = shown(*first, *second)
    assert set(keys) | {during} >= known
    assert during in {m.key for p in (*second, *third) for m in p.messages}
    assert second[-1].complete
    assert len(keys) - len(set(keys)) <= 100 + 1


async def test_direct_messages_go_on_after_a_kill_too(world: World) -> None:
    """15 calls in 15 minutes are too few to begin again."""
    for n in range(450):
        world.sim.dm(world.anna, f"m{n}")
        world.clock.advance(1)
    first = await pages_of(world, DIRECT, None, 2)
    second = await pages_of(world, DIRECT, last_cursor(first, None))
    keys = [m.key for p in (*first, *second) for m in p.messages]
    assert set(keys) == set(world.sim.events)
    assert second[-1].complete
    assert len(keys) <= 450 + 100


async def test_a_page_x_forgot_begins_the_round_anew(world: World) -> None:
    """A page token does not live for ever."""
    posts = [world.sim.post(world.anna, f"@acme {n}") for n in range(150)]
    cursor = last_cursor(await pages_of(world, MENTIONS, None, 1), None)
    cursor["going"]["token"] = "forgotten"
    assert {m.key for p in await pages_of(world, MENTIONS, cursor) for m in p.messages} == set(posts)


async def test_a_search_that_slept_for_more_than_a_week_has_a_gap() -> None:
    """X searches the last seven days."""
    world = World()
    world.sim.post(world.anna, "acme is slow")
    world.clock.advance(60)
    cursor = last_cursor(await pages_of(world, SEARCH, None), None)
    world.clock.advance(9 * 86_400)
    (gap,) = [g for p in await pages_of(world, SEARCH, cursor) for g in p.gaps]
    assert (gap.since, gap.until) == (START, world.clock.now() - api.SEARCH_REACH)


async def test_a_backlog_that_is_given_up_is_a_gap() -> None:
    """Six floods in a row: the oldest stretch is not forgotten in silence."""
    world = World()
    world.sim.dm(world.anna, "before")
    cursor = last_cursor(await pages_of(world, DIRECT, None), None)
    behind = {"token": "x" * 20, "stop": cursor["known"], "since": "2026-11-20T00:00:00Z"}
    cursor["backlog"] = [behind] * direct_reading.BACKLOGS
    for n in range(700):
        world.sim.dm(world.anna, f"m{n}")
        world.clock.advance(1)
    pages = await pages_of(world, DIRECT, cursor)
    (gap,) = [g for p in pages for g in p.gaps]
    assert (gap.since, "more arrived" in gap.reason) == (START, True)
    assert len(last_cursor(pages, None)["backlog"]) == direct_reading.BACKLOGS


async def test_thirty_days_away_are_a_gap_in_the_direct_messages() -> None:
    """X keeps direct events for thirty days."""
    world = World()
    world.sim.dm(world.anna, "hi")
    cursor = last_cursor(await pages_of(world, DIRECT, None), None)
    world.clock.advance(40 * 86_400)
    world.sim.dm(world.anna, "are you back?")
    (gap,) = [g for p in await pages_of(world, DIRECT, cursor) for g in p.gaps]
    assert (gap.since, gap.until) == (START, world.clock.now() - timedelta(days=30))


# -- limits and money --------------------------------------------------------------------------------------


async def test_everything_x_charges_for_is_counted_once_a_day(picture: Path) -> None:
    """Each post, person and message returned, and each write; a link has a price of its own."""
    world = World()
    post = world.sim.post(world.anna, "@acme x")
    world.sim.post(world.sim.me, "news")
    world.sim.dm(world.ben, "psst")
    for _ in range(2):
        await world.read()
        await world.read(DIRECT)
    spent = world.adapter.spent()
    assert spent == {"post_read": 1, "own_post_read": 1, "direct_read": 1, "user_read": 3}
    await world.adapter.send(world.reply(post, "see https://acme.com/help"), lambda: None)
    await world.adapter.send(with_files(world.reply(post, "see"), picture), lambda: None)
    await world.adapter.send(world.direct(customer=world.ben), lambda: None)
    assert world.adapter.spent() == {"link": 1, "reply": 1, "direct": 1}
    assert world.adapter.spent() == {}
    world.clock.advance(86_400)
    await world.read()
    assert world.adapter.spent()["post_read"] == 1


@pytest.mark.parametrize(("fault", "seconds"), [("402", 900), ("usage_capped", 86_400)])
async def test_when_nobody_pays_nothing_is_asked_for_a_while(fault: str, seconds: int) -> None:
    """No hot loop: waiting does not help, and asking even less."""
    world = World()
    await world.adapter.identify()
    world.sim.faults.inject(fault, "GET")
    with pytest.raises(PlatformError) as caught:
        await world.read()
    assert "used up" in caught.value.message
    assert world.adapter.pace().resume_at == START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("send", "writing posts"),
        ("direct", "direct messages"),
        ("file", "files"),
        ("hide", "hiding"),
        ("delete", "deleting"),
    ],
)
async def test_a_missing_scope_is_named_for_what_it_is_needed(call: str, words: str, picture: Path) -> None:
    """X says "Forbidden" and no more."""
    world = World()
    post = world.sim.post(world.anna, "@acme x")
    await world.adapter.identify()
    for method in ("POST", "PUT", "DELETE"):
        world.sim.faults.inject("403_bare", method)
    work = {
        "send": lambda: world.adapter.send(world.reply(post), lambda: None),
        "direct": lambda: world.adapter.send(world.direct(), lambda: None),
        "file": lambda: world.adapter.send(with_files(world.reply(post), picture), lambda: None),
        "hide": lambda: world.adapter.do(Deed.HIDE, world.reply(post), lambda: None),
        "delete": lambda: world.adapter.do(Deed.DELETE, world.reply(post), lambda: None),
    }[call]
    with pytest.raises(Refused) as caught:
        await work()
    assert caught.value.code == "403 missing scope"
    assert words in caught.value.message
    assert "inbox login" in caught.value.next_step


async def test_a_write_that_can_only_be_refused_does_not_leave() -> None:
    """No hot loop: the wait X named is kept without asking."""
    world = World()
    post = world.sim.post(world.anna, "@acme x")
    world.sim.faults.inject("429", "POST /2/tweets")
    marks: list[str] = []
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            await world.adapter.send(world.reply(post), lambda: marks.append("x"))
        assert caught.value.retry_at == START + timedelta(seconds=300)
    assert (len([c for c in world.sim.calls if c.method == "POST"]), len(marks)) == (1, 1)


STATED = {
    # status, type, detail: part of the words, part of the next step
    "duplicate": (
        403,
        None,
        "You are not allowed to create a Tweet with duplicate content.",
        "same text",
        "looked up",
    ),
    "summoned": (
        403,
        None,
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the "
        "author of the post you are replying to.",
        "mentioned this account",
        "browser",
    ),
    "oauth1": (
        403,
        "oauth1-permissions",
        "Your client app is not configured",
        "before the app",
        "inbox login",
    ),
    "kind": (403, "unsupported-authentication", "Application-Only", "wrong kind", "inbox login"),
    "enrolled": (403, "client-not-enrolled", "must use keys", "may not use", "developer console"),
    "quote": (403, None, "You do not have access to quote this post", "plan", "browser"),
    "subset": (403, None, "You currently have access to a subset of X API V2 endpoints", "plan", "browser"),
    "spam": (
        403,
        None,
        "You are not permitted to perform this action.",
        "protection against spam",
        "other words",
    ),
    "gone": (
        403,
        None,
        "You attempted to reply to a Tweet that is deleted or not visible to you.",
        "gone",
        "kept",
    ),
    "credits": (402, "credits", "does not have any credits to fulfill", "credits", "Buy credits"),
    "monthly": (429, "usage-capped", "Monthly product cap", "monthly allowance", "Raise the plan"),
    "limit": (429, None, "Too Many Requests", "fewer requests", "continues automatically"),
    "long": (400, "invalid-request", "Your Tweet text is too long.", "too long", "Shorten"),
    "signed out": (401, None, "Unauthorized", "sign-in", "inbox login"),
}


@pytest.mark.parametrize("name", sorted(STATED))
async def test_every_refusal_of_x_has_its_own_words_and_next_step(name: str) -> None:
    """What the agent reads; the draft stays with the failed reply."""
    status, kind, detail, words, step = STATED[name]
    box = {"title": "x", "status": status, "detail": detail}
    box["type"] = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    adapter = answering(status, box)
    with pytest.raises(PlatformError) as caught:
        await adapter.send(World().reply("5"), lambda: None)
    assert words in caught.value.message
    assert step in caught.value.next_step


def answering(status: int, body: dict[str, Any]) -> Any:
    """The adapter on an X that answers everything so."""
    client = http.open_client(
        PLATFORM.api_url, httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    )
    return PLATFORM.connect(
        Account(name="acme-x", platform="twitter"), client, Secret("t"), VirtualClock(START)
    )


async def test_a_dead_sign_in_stops_deeds_too() -> None:
    """One clear notice."""
    world = World()
    await world.adapter.identify()
    world.sim.faults.inject("401", "PUT", times=2)
    with pytest.raises(AuthExpired):
        await world.adapter.do(Deed.HIDE, world.reply("5"), lambda: None)


# -- the specification as judge ----------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["tweet", "post"])
async def test_every_further_request_is_in_the_specification(
    dialect: str, picture: Path, tmp_path: Path
) -> None:
    """Paths, names and bodies, unknown parameter names included."""
    world = World(dialect=dialect)
    world.sim.enterprise = True
    sim = world.sim
    video = tmp_path / "v.mp4"
    video.write_bytes(b"1234")
    sim.media_work = -1
    ours = sim.post(sim.me, "news")
    post = sim.post(world.anna, "@acme x", reply_to=ours)
    world.clock.advance(60)
    await world.adapter.send(with_files(world.reply(post), picture, texts=("a map",)), lambda: None)
    sent = await world.adapter.send(with_files(world.direct(""), video), lambda: None)
    for deed in (Deed.HIDE, Deed.UNHIDE, Deed.LIKE, Deed.UNLIKE):
        await world.adapter.do(deed, world.reply(post), lambda: None)
    await world.adapter.do(Deed.DELETE, world.reply(ours), lambda: None)
    out = world.direct()
    await world.adapter.do(
        Deed.DELETE, replace(out, item=replace(out.item, reply_to=sent.remote_id)), lambda: None
    )
    await around(world, f"{post}:{world.anna}")
    assert (await world.adapter.look(MENTIONS, [Asked(key=post, remote_id=post)])).there
    spec = specification(dialect)
    assert [p for call in sim.calls for p in problems_of(spec, call)] == []
    asked = {c.method + " " + c.path.rpartition("/2/")[2].partition("/")[0] for c in sim.calls}
    assert asked >= {"POST media", "PUT tweets", "DELETE tweets", "DELETE dm_events", "DELETE users"}
