"""What is done on the platform besides answering, and long answers in parts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.world import NOON, World, restarted, said
from inbox.domain.model import Deed, Direction, SendState
from inbox.domain.outbox import OutboxItem, Phase
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.workplace import Settings
from inbox.errors import Refused, Unavailable, Uncertain
from inbox.ports.platform import Page

CID = "acme-x:mentions:root:7"


@pytest.fixture
def waiting(world: World) -> World:
    world.arrive(said("1"))
    return world


def state(world: World, item: OutboxItem) -> OutboxItem:
    found = world.store.outbox.get(item.id)
    assert found is not None
    return found


async def test_hiding_a_message_shows_at_once_and_is_done_once(waiting: World) -> None:
    """The effect does not wait for the next reading."""
    item = waiting.desk.moderation.do(CID, Deed.HIDE, "acme-x:1")
    await waiting.turn(0)
    assert waiting.platform.done == [(Deed.HIDE, "1")]
    assert state(waiting, item).state is SendState.SENT
    assert waiting.store.messages.of_conversation(CID)[0].hidden
    assert waiting.desk.conversation.get(CID).waiting_since == NOON


async def test_a_deed_of_unknown_outcome_is_simply_done_again(waiting: World) -> None:
    """Doing it twice does no harm, so nobody has to be asked."""
    waiting.platform.outcomes = [Uncertain("silence"), Unavailable("reset"), "taken"]
    item = waiting.desk.moderation.do(CID, Deed.LIKE, "acme-x:1")
    for _ in range(60):
        await waiting.turn(1)
    assert state(waiting, item).state is SendState.SENT
    assert waiting.platform.done == [(Deed.LIKE, "1")]


async def test_a_deed_cut_off_by_a_kill_is_done_after_the_restart(waiting: World) -> None:
    """It never becomes a question."""
    item = waiting.desk.moderation.do(CID, Deed.HIDE, "acme-x:1")
    waiting.delivery._prepare(item.id)
    waiting.delivery._on_wire(item.id)
    with restarted(waiting) as after:
        await after.turn(1)
        assert state(after, item).state is SendState.SENT


async def test_a_refused_deed_is_told(waiting: World) -> None:
    """Failed, with the reason; nothing is shown as done."""
    waiting.platform.outcomes = [Refused("Not in your plan.")]
    item = waiting.desk.moderation.do(CID, Deed.LIKE, "acme-x:1")
    await waiting.turn(0)
    assert state(waiting, item).phase is Phase.FAILED
    assert not waiting.store.messages.of_conversation(CID)[0].liked
    assert waiting.desk.queue.order("failed") == [CID]


def test_what_the_platform_bars_is_said_before_it_is_asked(waiting: World) -> None:
    """The page told us what this message allows."""
    waiting.arrive(said("2", barred=(Deed.HIDE,)))
    with pytest.raises(NotAllowed, match="does not allow"):
        waiting.desk.moderation.do(CID, Deed.HIDE, "acme-x:2")
    with pytest.raises(NotAllowed, match="Only our own"):
        waiting.desk.moderation.do(CID, Deed.DELETE, "acme-x:1")
    with pytest.raises(Unknown):
        waiting.desk.moderation.do(CID, Deed.HIDE, "acme-x:nothing")


async def test_undo_after_sending_deletes_on_the_platform(waiting: World) -> None:
    """Better to make mistakes than to do nothing: the way back exists where the platform has one."""
    waiting.desk.replying.reply(CID, Reply("Wrong customer!"))
    await waiting.turn(10)
    done = waiting.desk.undo()
    await waiting.turn(0)
    assert "deleted" in done.what
    assert waiting.platform.done == [(Deed.DELETE, "own-0")]
    ours = [m for m in waiting.store.messages.of_conversation(CID) if m.direction is Direction.OUT]
    assert ours[0].deleted_at is not None


# -- long answers ------------------------------------------------------------------------------------------

LONG = "We looked into it and found your parcel. " * 20


async def test_a_long_answer_goes_out_in_parts_each_under_the_one_before(waiting: World) -> None:
    """A numbered thread, in order, each part answering the part before it."""
    items = waiting.desk.replying.reply_in_parts(CID, Reply(LONG))
    assert len(items) > 2
    for _ in range(20):
        await waiting.turn(5)
    sent = waiting.platform.accepted
    assert [o.item.text[-3:] for o in sent] == [f"{n}/{len(items)}" for n in range(1, len(items) + 1)]
    assert [o.item.reply_to for o in sent] == ["1", *(f"own-{n}" for n in range(len(items) - 1))]


async def test_a_part_waits_until_the_one_before_is_surely_out(waiting: World) -> None:
    """No gap in the thread, whatever the network does."""
    waiting.platform.outcomes, waiting.platform.hidden = ["taken, then silence"], True
    items = waiting.desk.replying.reply_in_parts(CID, Reply(LONG))
    for _ in range(20):
        await waiting.turn(5)
    assert state(waiting, items[1]).state is SendState.HELD
    waiting.platform.hidden = False
    for _ in range(40):
        await waiting.turn(5)
    assert {state(waiting, item).state for item in items} == {SendState.SENT}
    assert len(waiting.platform.accepted) == len(items)


async def test_a_part_after_a_refused_one_asks(waiting: World) -> None:
    """Part three without part two would be nonsense."""
    waiting.platform.outcomes = ["taken", Refused("No.")]
    items = waiting.desk.replying.reply_in_parts(CID, Reply(LONG))
    for _ in range(20):
        await waiting.turn(5)
    assert state(waiting, items[1]).phase is Phase.FAILED
    assert state(waiting, items[2]).phase is Phase.STALE


def test_the_same_key_sends_the_thread_once(waiting: World) -> None:
    """Pressing twice is one thread."""
    first = waiting.desk.replying.reply_in_parts(CID, Reply(LONG, key="k"))
    again = waiting.desk.replying.reply_in_parts(CID, Reply(LONG, key="k"))
    assert [i.id for i in first] == [i.id for i in again]


# -- looking again -----------------------------------------------------------------------------------------


async def test_messages_are_looked_at_again_once_a_day_and_deleted_ones_go(waiting: World) -> None:
    """X's terms: what is gone there must go here within a day."""
    waiting.reader.recheck_for = timedelta(days=7)
    waiting.platform.gone = {"1"}
    waiting.clock.advance(3600)
    await waiting.reader.recheck()
    await waiting.reader.recheck()
    assert waiting.platform.rechecked == ["1"]
    assert not waiting.store.messages.of_conversation(CID)[0].stands
    waiting.clock.advance(21 * 3600)
    waiting.arrive(said("2", at=waiting.clock.now()))
    await waiting.reader.recheck()
    assert set(waiting.platform.rechecked) == {"1"}
    assert waiting.store.messages.of_conversation(CID)[0].text == ""


async def test_the_whole_thread_is_read_on_demand_and_shown(waiting: World) -> None:
    """What others said under the same post, beyond this conversation."""
    from engine.world import US
    from inbox.domain.model import Context

    other = Context(
        id="acme-x:x1", remote_id="x1", author=US, ours=False, text="Me too", root="root", sent_at=NOON
    )
    waiting.platform.fresh = [Page(context=[other])]
    waiting.desk.queue.changes()
    await waiting.reader.whole(CID)
    assert [c.text for c in waiting.desk.conversation.public_thread(CID)] == ["Me too"]
    assert waiting.desk.queue.changes() == {CID}


async def test_who_answered_is_the_agent(waiting: World) -> None:
    """Statistics by agent, not by the account everybody shares."""
    waiting.desk.replying.reply(CID, Reply("Yes!"))
    await waiting.turn(10)
    assert [r.agent for r in waiting.desk.conversation.get(CID).responses] == ["tanja"]


def test_a_saved_view_keeps_the_words_of_its_filter(waiting: World) -> None:
    """`app is:waiting` means both."""
    waiting.desk.workplace.settings = Settings(
        saved_views={"parcels": "parcel is:waiting", "apps": "app is:waiting"}
    )
    assert waiting.desk.queue.order("parcels") == [CID]
    assert waiting.desk.queue.order("apps") == []
