"""What the platforms showed us is in the inbox once: not zero times, not twice, whatever the order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.world import ANNA, NOON, TIMERS, US, World, build, said, source
from inbox.domain.model import Context, Direction, Person, Status, Surface
from inbox.domain.records import replace
from inbox.engine.erasure_marks import erased
from inbox.engine.station.intake import SECOND_LOOK, take_in
from inbox.ports.platform import Incoming, Page, Poison

CID = "acme-x:mentions:root:7"


def test_a_post_read_twice_is_one_message_with_one_timer(world: World) -> None:
    """Pages overlap on purpose; the second showing must change nothing (F48)."""
    world.arrive(said("1"))
    before = world.store.conversations.get(CID)
    world.arrive(said("1"))
    assert len(world.store.messages.of_conversation(CID)) == 1
    assert world.store.conversations.get(CID) == before


def test_our_own_post_answers_whatever_client_wrote_it(world: World) -> None:
    """An answer from the platform's own app stops the timer too."""
    world.arrive(said("1"), said("2", "We are looking.", ours=True, at=NOON + timedelta(minutes=5)))
    head = world.desk.conversation.get(CID)
    assert head.waiting_since is None
    assert [r.how for r in head.responses] == ["answered"]


def test_what_only_we_wrote_is_no_open_work(world: World) -> None:
    """An opening of ours waits for nobody."""
    world.arrive(said("2", "Hello there", ours=True))
    assert world.desk.conversation.get(CID).status is Status.RESOLVED
    assert world.desk.queue.order("waiting") == []


def test_a_late_page_with_an_older_answered_message_reopens_nothing(world: World) -> None:
    """Pages arrive newest first: the customer's older post must not look like new work."""
    world.arrive(said("2", "Done.", ours=True, at=NOON))
    world.arrive(said("1", at=NOON - timedelta(hours=1)))
    assert world.desk.conversation.get(CID).status is Status.RESOLVED


def test_a_post_of_ours_without_a_thread_joins_its_parent(world: World) -> None:
    """Answers to our own answers carry no customer; only the store knows whom they are for."""
    world.arrive(said("1"), said("2", "We look.", ours=True, at=NOON + timedelta(minutes=1)))
    world.arrive(said("3", "Found it!", ours=True, thread=None, parent="2", at=NOON + timedelta(minutes=2)))
    assert [m.id for m in world.store.messages.of_conversation(CID)] == ["acme-x:1", "acme-x:2", "acme-x:3"]


def test_a_post_of_ours_with_an_unknown_parent_is_left_out(world: World) -> None:
    """It belongs to nobody we know; no conversation is made up for it."""
    world.arrive(said("3", ours=True, thread=None, parent="unknown"))
    assert world.desk.queue.order("all") == []


def test_an_edit_replaces_the_text_and_keeps_the_earlier_one(world: World) -> None:
    """The wait goes on from the first version."""
    world.arrive(said("1", "Where is my parcle?"))
    world.arrive(
        said(
            "1", "Where is my parcel?", edited_at=NOON + timedelta(minutes=3), at=NOON + timedelta(minutes=3)
        )
    )
    (message,) = world.store.messages.of_conversation(CID)
    assert message.text == "Where is my parcel?"
    assert [v.text for v in message.versions] == ["Where is my parcle?"]
    assert world.desk.conversation.get(CID).waiting_since == NOON


def test_one_look_that_misses_a_message_hides_it_and_erases_nothing(world: World) -> None:
    """One answer of a platform proves nothing: nobody waits, nothing shows it, every word is kept."""
    world.arrive(said("1", "Where is my parcel?"), said("2", "Hello?"))
    before = world.desk.conversation.get(CID)
    for _ in range(3):
        world.arrive(said("1", deleted=True), said("2", deleted=True))
    assert [m.text for m in world.store.messages.of_conversation(CID)] == ["Where is my parcel?", "Hello?"]
    head = world.desk.conversation.get(CID)
    assert (head.waiting_since, head.preview, head.message_count, head.last_in_id) == (None, "", 0, None)
    assert world.desk.conversation.thread(CID).messages == []
    assert world.desk.queue.search("parcel", 10) == []
    assert world.desk.queue.order("all", "parcel") == []
    assert world.store.messages.newest_with(["parcel"], [CID]) == {}
    world.clock.advance(10_000)
    world.arrive(said("1"), said("2", "Hello?"))
    after = world.desk.conversation.get(CID)
    assert (after.waiting_since, after.due_at, after.status) == (
        before.waiting_since,
        before.due_at,
        before.status,
    )
    assert [m.text for m in world.desk.queue.search("parcel", 10)] == ["Where is my parcel?"]


def test_a_second_look_an_hour_later_erases_the_words_and_leaves_the_place(world: World) -> None:
    """X's terms ask for it; what a list shows later all the same is there again, with what it shows."""
    world.arrive(said("1"))
    world.arrive(said("1", deleted=True))
    world.clock.advance(SECOND_LOOK.total_seconds())
    world.arrive(said("1", deleted=True))
    (message,) = world.store.messages.of_conversation(CID)
    assert (message.text, message.deleted_at) == ("", world.clock.now())
    assert world.desk.conversation.get(CID).preview == "(deleted)"
    world.arrive(said("1", "Here I am again"))
    (message,) = world.store.messages.of_conversation(CID)
    assert (message.text, message.stands, message.versions) == ("Here I am again", True, ())
    assert world.desk.conversation.get(CID).waiting_since == NOON


def test_what_an_agent_erased_stays_erased(world: World) -> None:
    """The platform goes on showing it: the person's wish counts, not the list."""
    world.arrive(said("1"))
    (message,) = world.store.messages.of_conversation(CID)
    world.store.messages.put(erased(message, world.clock.now()))
    world.clock.advance(10_000)
    world.arrive(said("1"))
    (message,) = world.store.messages.of_conversation(CID)
    assert (message.text, message.author) == ("", Person())


def test_a_gap_in_an_answer_never_takes_the_place_of_a_stored_post(world: World) -> None:
    """X names a post among its errors, for whatever reason: the words that explain a conversation stay."""
    post = Context(id="acme-x:7", remote_id="7", author=Person(name="B"), ours=False, text="The post")
    gap = Context(id="acme-x:7", remote_id="7", author=Person(), ours=False, text="", gone=True)
    for context in (gap, post, gap):
        take_in(world.store, Page(context=[context]), source(), TIMERS, NOON)
    assert [c.text for c in world.store.messages.context(["acme-x:7"])] == ["The post"]


def test_an_unknown_author_waits_like_anybody_else(world: World) -> None:
    """Facebook often hides who wrote; nobody is made up, and nobody is forgotten."""
    world.arrive(said("1", author=Person(), contact=None))
    head = world.desk.conversation.get(CID)
    assert head.contact == Person()
    assert head.waiting_since == NOON


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_characters_no_store_can_hold_are_replaced_once_and_marked(world: World, text: str) -> None:
    """PostgreSQL refuses NUL, JSON refuses lone surrogates: cleaned at the edge, and said so."""
    world.arrive(said("1", text))
    (message,) = world.store.messages.of_conversation(CID)
    assert message.text == "a�b"
    assert message.altered


def test_a_time_in_the_future_or_missing_becomes_the_time_of_reading(world: World) -> None:
    """Otherwise one wrong clock would keep a customer out of sight for years (F59)."""
    world.arrive(said("1", at=NOON.replace(year=2099)), said("2", at=None))  # type: ignore[arg-type]
    assert [(m.sent_at, m.time_known) for m in world.store.messages.of_conversation(CID)] == [
        (NOON, False)
    ] * 2


def test_poison_is_set_aside_and_the_cursor_goes_on(world: World) -> None:
    """One item nobody understands must not stop the others (F54)."""
    page = Page(messages=[said("1")], poison=[Poison(raw="null", reason="no object")], cursor={"newest": "1"})
    take_in(world.store, page, source(), TIMERS, NOON)
    assert world.store.small_things.quarantined("acme-x") == 1
    assert world.store.small_things.cursor("acme-x:mentions") == {
        "cursor": {"newest": "1"},
        "backfilled": False,
    }
    assert len(world.store.messages.of_conversation(CID)) == 1


def test_a_page_is_stored_whole_or_not_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cursor and messages share a commit: a stop in between loses nothing (F52)."""
    monkeypatch.setattr(world.store.small_things, "put_cursor", _fail)
    with pytest.raises(OSError, match="no space"):
        take_in(world.store, Page(messages=[said("1")], cursor={"newest": "1"}), source(), TIMERS, NOON)
    assert world.store.messages.of_conversation(CID) == []
    assert world.desk.queue.order("all") == []


def _fail(*args: Any) -> None:
    raise OSError("no space")


def test_context_is_found_from_the_messages_that_answer_it(world: World) -> None:
    """The post people comment on is shown, and is no message of the conversation."""
    post = Context(
        id="acme-x:root", remote_id="root", author=US, ours=True, text="New colours!", sent_at=NOON
    )
    take_in(world.store, Page(messages=[said("1", parent="root")], context=[post]), source(), TIMERS, NOON)
    thread = world.desk.conversation.thread(CID)
    assert [c.text for c in thread.context] == ["New colours!"]
    assert thread.conversation.message_count == 1


# -- first connection --------------------------------------------------------------------------------------


def test_old_unanswered_messages_are_filed_when_an_account_is_connected(world: World) -> None:
    """No false alarm on the first day: older than a day is history, and not counted."""
    world.arrive(said("1", at=NOON - timedelta(days=3)), first=True)
    head = world.desk.conversation.get(CID)
    assert head.status is Status.RESOLVED
    assert head.waiting_since is None
    assert head.responses == ()


def test_fresh_messages_open_normally_when_an_account_is_connected(world: World) -> None:
    """What came in today waits for us."""
    world.arrive(said("1", at=NOON - timedelta(hours=2)), first=True)
    assert world.desk.queue.order("waiting") == [CID]


def test_a_filed_conversation_opens_with_the_next_message(world: World) -> None:
    """History is over the moment somebody writes again."""
    world.arrive(said("1", at=NOON - timedelta(days=3)), first=True)
    world.arrive(said("2", "Hello?", at=NOON - timedelta(minutes=1)))
    head = world.desk.conversation.get(CID)
    assert head.status is Status.OPEN
    assert head.waiting_since == NOON - timedelta(minutes=1)


# -- search hits -------------------------------------------------------------------------------------------


def test_a_post_already_in_the_inbox_is_no_search_hit(world: World) -> None:
    """Nobody answers the same post twice because two feeds showed it."""
    world.arrive(said("1"))
    world.arrive(said("1", surface=Surface.SEARCH, thread="root:7"), surface=Surface.SEARCH)
    assert world.desk.queue.order("all") == [CID]


def test_a_search_hit_that_turns_out_to_address_us_moves(world: World) -> None:
    """The order in which the feeds are read makes no difference."""
    world.arrive(said("1", surface=Surface.SEARCH), surface=Surface.SEARCH)
    world.arrive(said("1"))
    assert world.desk.queue.order("all") == [CID]
    assert world.desk.queue.order("waiting") == [CID]


def test_where_no_edit_is_dated_what_is_shown_last_stands(world: World) -> None:
    """Facebook tells no time of an edit: a comment that was edited back, or whose text one odd answer changed."""
    for text in ("Where is my parcel?", "xxx", "Where is my parcel?"):
        world.arrive(said("1", text))
    (message,) = world.store.messages.of_conversation(CID)
    assert (message.text, [v.text for v in message.versions], message.edits) == (
        "Where is my parcel?",
        ["xxx"],
        (),
    )


def test_a_search_hit_has_no_timer_until_somebody_takes_it(world: World) -> None:
    """Listening is no promise to answer within three hours."""
    world.arrive(said("1", surface=Surface.SEARCH), surface=Surface.SEARCH)
    cid = "acme-x:search:root:7"
    assert world.desk.queue.order("waiting") == []
    assert world.desk.queue.order("hits") == [cid]
    world.desk.triage.assign([cid], "tanja")
    assert world.desk.conversation.get(cid).due_at == NOON + timedelta(hours=3)
    assert world.desk.queue.order("waiting") == [cid]


def test_our_answer_to_a_search_hit_stays_with_it(world: World) -> None:
    """X counts the answer among our replies; for us it belongs where the question is."""
    world.arrive(said("1", surface=Surface.SEARCH), surface=Surface.SEARCH)
    world.arrive(said("2", "Let us help.", ours=True, parent="1", at=NOON + timedelta(minutes=1)))
    assert world.desk.queue.order("all") == ["acme-x:search:root:7"]
    assert len(world.store.messages.of_conversation("acme-x:search:root:7")) == 2


# -- any order ---------------------------------------------------------------------------------------------

FACTS: list[Incoming] = [
    said("1", "first", at=NOON - timedelta(minutes=50)),
    said("2", "answer", ours=True, at=NOON - timedelta(minutes=40)),
    said("3", "second", at=NOON - timedelta(minutes=30)),
    replace(
        said("3", "second, edited", at=NOON - timedelta(minutes=29), edited_at=NOON - timedelta(minutes=29)),
        remote_id="3 edited",  # X gives each version an id of its own
    ),
    said("4", "third", at=NOON - timedelta(minutes=20)),
    said(
        "5",
        "other thread",
        at=NOON - timedelta(minutes=10),
        thread="other:9",
        contact=replace(ANNA, remote_id="9"),
    ),
    said("6", "gone", at=NOON - timedelta(minutes=5)),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return iter(tmp_path_factory.mktemp(f"shuffled-{n}") for n in range(10_000))  # type: ignore[return-value]


def _dump(world: World) -> Any:
    ids = sorted(world.desk.queue.order("all"))
    heads = [replace(world.desk.conversation.get(cid), version=0, last_seq=0, came_seq=0) for cid in ids]
    messages = [replace(m, seq=0) for cid in ids for m in world.store.messages.of_conversation(cid)]
    return msgspec.to_builtins((heads, sorted(messages, key=lambda m: m.id)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(FACTS))),
    cuts=st.sets(st.integers(1, len(FACTS) - 1)),
    again=st.booleans(),
)
def test_pages_in_any_order_end_in_the_same_inbox(
    folders: Iterator[Path], order: list[int], cuts: set[int], again: bool
) -> None:
    """Order, page breaks and repeats are the platform's accident; the store must not show them (F49)."""
    expected, shuffled = build(next(folders)), build(next(folders))
    expected.arrive(*FACTS)
    edges = [0, *sorted(cuts), len(order)]
    pages = [order[a:b] for a, b in itertools.pairwise(edges)]
    for page in [*pages, *(pages if again else [])]:
        shuffled.arrive(*(FACTS[i] for i in page))
    assert _dump(shuffled) == _dump(expected)
    expected.store.close()
    shuffled.store.close()


def test_directions_follow_who_wrote(world: World) -> None:
    """Our own account's posts are ours however they came."""
    world.arrive(said("1"), said("2", ours=True, at=NOON + timedelta(seconds=5)))
    assert [m.direction for m in world.store.messages.of_conversation(CID)] == [Direction.IN, Direction.OUT]
