"""What an agent, a figure, an export and an erasure make of a message that one look has missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.world import NOON, TIMERS, World, build, said
from inbox.domain.model import Context, Message, Person
from inbox.domain.records import replace
from inbox.engine import report
from inbox.engine.automatic import settle_again
from inbox.engine.breaches import note_all
from inbox.engine.desk.privacy import Records
from inbox.engine.station.retention import retain

CID = "acme-x:mentions:root:7"
MID = "acme-x:9"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build(tmp_path / "inbox")
    made.arrive(
        said("8", "older words", at=NOON - timedelta(hours=2)),
        said("9", "newest words", at=NOON - timedelta(hours=1)),
    )
    yield made
    made.store.close()


def stored(world: World) -> Message:
    message = world.store.messages.get(MID)
    assert message is not None
    return message


def miss(world: World) -> None:
    world.store.messages.put(replace(stored(world), gone_at=world.clock.now()))
    settle_again(world.store, [CID], TIMERS, world.clock.now())


def show_again(world: World) -> None:
    world.arrive(said("9", "newest words", at=NOON - timedelta(hours=1)))


def test_a_resolve_before_it_holds_when_it_comes_back_and_can_be_undone(world: World) -> None:
    """The platform's change of mind is no new message, and no change of an agent's."""
    world.desk.triage.resolve([CID])
    miss(world)
    show_again(world)
    assert world.desk.conversation.get(CID).waiting_since is None
    world.desk.undo()
    assert world.desk.conversation.get(CID).waiting_since == NOON - timedelta(hours=2)
    world.desk.redo()
    assert world.desk.conversation.get(CID).waiting_since is None


def test_search_thread_and_counts_pass_it_over_and_have_it_back(world: World) -> None:
    """Hidden everywhere, and everywhere as it was."""
    whole = world.desk.conversation.get(CID)
    miss(world)
    hidden = world.desk.conversation.get(CID)
    assert (hidden.preview, hidden.message_count, hidden.last_in_at) == (
        "older words",
        1,
        NOON - timedelta(hours=2),
    )
    assert world.desk.queue.search("newest") == []
    assert [m.remote_id for m in world.desk.conversation.thread(CID).messages] == ["8"]
    assert world.desk.conversation.why(CID)
    show_again(world)
    back = world.desk.conversation.get(CID)
    assert (back.preview, back.message_count, back.last_in_at, back.waiting_since) == (
        whole.preview,
        whole.message_count,
        whole.last_in_at,
        whole.waiting_since,
    )
    assert [m.remote_id for m in world.desk.queue.search("newest")] == ["9"]


def test_its_wait_is_no_breach_and_in_no_figure_until_it_is_back(world: World) -> None:
    """A notice for a message that nobody can see sends an agent looking for nothing; when it is back it is as late as
    it would have been."""
    world.desk.triage.resolve([CID])
    world.arrive(said("10", "too late", at=NOON + timedelta(minutes=1), thread="other:7"))
    other = next(cid for cid in world.desk.queue.order("all") if cid != CID)
    whole = world.store.messages.get("acme-x:10")
    assert whole is not None
    world.store.messages.put(replace(whole, gone_at=NOON))
    settle_again(world.store, [other], TIMERS, world.clock.now())
    world.clock.advance(5 * 3600)
    note_all(world.store, world.clock.now())
    assert not breaches(world, other)
    assert world.desk.queue.statistics("7d").total.overdue == 0
    world.arrive(said("10", "too late", at=NOON + timedelta(minutes=1), thread="other:7"))
    note_all(world.store, world.clock.now())
    assert len(breaches(world, other)) == 1
    assert world.desk.queue.statistics("7d").total.overdue == 1
    assert world.desk.conversation.get(other).waiting_since == NOON + timedelta(minutes=1)


def breaches(world: World, cid: str) -> list[str]:
    return [event.what for event in world.store.small_things.events(cid) if event.what == "breached"]


def test_show_says_that_it_is_missing_and_not_what_it_says(world: World) -> None:
    """A script sees that something was there."""
    miss(world)
    row = world.desk.queue.rows([CID])[CID]
    told = report.thread(world.desk.conversation.thread(CID), row, world.clock.now())
    assert "newest words" not in str(told)
    assert {m["remote_id"]: m["gone"] for m in told["messages"]} == {"8": False, "9": True}


def test_what_retention_forgets_does_not_come_back_with_it(world: World) -> None:
    """The platform changes its mind after the conversation was forgotten: nobody waits for a message of that time."""
    world.desk.triage.resolve([CID])
    miss(world)
    world.clock.advance(400 * 86_400)
    assert retain(world.store, timedelta(days=90), world.clock.now()) == 1
    show_again(world)
    assert world.desk.queue.order("waiting") == []


def test_a_text_taken_as_automatic_is_so_whether_it_is_missing_or_not(world: World) -> None:
    """The agent's word on our own greeting holds for the text; a look that misses the greeting takes nothing of it back."""
    world.arrive(said("11", "Thanks for your message", ours=True, at=NOON - timedelta(minutes=50)))
    assert world.desk.conversation.get(CID).waiting_since is None
    world.desk.triage.say_automatic(CID, True, "acme-x:11")
    assert world.desk.conversation.get(CID).waiting_since == NOON - timedelta(hours=2)
    ours = world.store.messages.get("acme-x:11")
    assert ours is not None
    world.store.messages.put(replace(ours, gone_at=NOON))
    settle_again(world.store, [CID], TIMERS, world.clock.now())
    world.arrive(said("11", "Thanks for your message", ours=True, at=NOON - timedelta(minutes=50)))
    back = world.store.messages.get("acme-x:11")
    assert back is not None
    assert (back.shown, back.automatic) == (True, ours.automatic)
    assert world.desk.conversation.get(CID).waiting_since == NOON - timedelta(hours=2)


def test_it_says_nothing_in_an_export_and_is_erased_with_its_person(world: World) -> None:
    """A request of the person's is carried out whatever the platform shows at the moment."""
    miss(world)
    privacy = Records(world.store, world.desk.workplace.platforms.accounts, TIMERS)
    held = privacy.find(CID, world.clock.now())
    assert "newest words" not in str(list(privacy.export(world.desk, held)))
    privacy.erase(CID, world.clock.now())
    left = world.store.messages.get(MID)
    assert left is None or (left.text, left.author) == ("", Person())


def test_a_post_around_it_that_is_missing_shows_neither_author_nor_text(world: World) -> None:
    """Both are kept until a second look, for nobody to read."""
    post = Context(
        id="acme-x:5", remote_id="5", author=Person(name="Berta"), ours=False, text="The post", root="root"
    )
    world.store.messages.put_context(replace(post, gone_at=NOON))
    world.arrive(said("10", "An answer", parent="5", at=NOON))
    (shown,) = world.desk.conversation.thread(CID).context
    assert "Berta" not in str(report.around(shown))
    assert (shown.text, shown.author, shown.stands) == ("", Person(), False)
    (kept,) = world.store.messages.context(["acme-x:5"])
    assert (kept.text, kept.author.name) == ("The post", "Berta")
