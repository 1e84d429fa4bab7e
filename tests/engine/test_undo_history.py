"""What an agent did can be taken back by the next run too, within a day, unless somebody changed it meanwhile."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta

import msgspec
import pytest
from platform_rules import declared

from engine.world import TIMERS, World, said
from inbox.domain.model import Status
from inbox.engine import desk as desk_package
from inbox.engine.desk import undo_entries, undo_history
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NothingToUndo
from inbox.engine.desk.undo import Step
from inbox.errors import Conflict

CID = "acme-x:mentions:root:7"
OTHER = "acme-x:mentions:other:7"


@pytest.fixture
def waiting(world: World) -> World:
    world.arrive(said("1", "unmistakable words"), said("2", thread="other:7"))
    return world


def next_run(world: World, agent: str = "tanja") -> Desk:
    """The same agent a moment later, in another process."""
    world.clock.advance(1)
    return Desk(
        world.store, world.clock, agent=agent, timers=TIMERS, platforms=declared({"acme-x": "twitter"})
    )


def test_the_next_run_takes_back_the_last_step_and_then_the_one_before(waiting: World) -> None:
    """A resolve by a slip, noticed after the window was closed."""
    waiting.desk.triage.tag([CID, OTHER], add=["refund"])
    waiting.clock.advance(1)
    waiting.desk.triage.resolve([CID])
    desk = next_run(waiting)
    assert [entry.what for entry in desk.workplace.log.earlier()] == ["resolved", "tagged +refund"]
    assert desk.undo().what == "resolved: taken back"
    assert desk.conversation.get(CID).status is Status.OPEN
    desk.undo()
    assert [desk.conversation.get(cid).tags for cid in (CID, OTHER)] == [(), ()]
    with pytest.raises(NothingToUndo):
        desk.undo()
    desk.redo()
    assert desk.conversation.get(CID).tags == ("refund",)
    assert next_run(waiting).undo().what == "tagged +refund: taken back"


def test_each_kind_of_step_is_read_as_it_was_written(waiting: World) -> None:
    """A note, a draft, a reply, a person's tag and a word on a greeting: none is lost between two runs."""
    desk = waiting.desk
    for do in (
        lambda: desk.notes.add(CID, "Asked the depot"),
        lambda: (desk.drafts.save(OTHER, "Dear"), desk.drafts.end_writing(OTHER)),
        lambda: desk.people.tag([CID], add=["vip"]),
        lambda: desk.replying.reply(CID, Reply("On its way!")),
    ):
        waiting.clock.advance(1)
        do()
    later = next_run(waiting)
    done = later.undo()
    assert (done.writing, later.drafts.get(CID).text) == (CID, "On its way!")  # type: ignore[union-attr]
    later.undo()
    assert later.conversation.get(CID).person_tags == ()
    later.undo()
    assert later.drafts.get(OTHER) is None
    later.undo()
    left = [m.text for m in later.conversation.thread(CID).messages if m.deleted_at is None]
    assert left == ["unmistakable words"]


def test_what_a_colleague_changed_meanwhile_stays_and_is_said(waiting: World) -> None:
    waiting.desk.triage.resolve([CID])
    next_run(waiting, "mia").triage.reopen([CID])
    later = next_run(waiting)
    with pytest.raises(Conflict, match="mia changed it meanwhile"):
        later.undo()
    with pytest.raises(NothingToUndo):
        later.undo()


def test_nobody_takes_back_what_another_agent_or_another_open_window_did(waiting: World) -> None:
    waiting.desk.triage.resolve([CID])
    with pytest.raises(NothingToUndo):
        next_run(waiting, "mia").undo()
    beside = next_run(waiting)
    waiting.clock.advance(1)
    waiting.desk.triage.resolve([OTHER])
    assert beside.undo().ids == (CID,)
    with pytest.raises(NothingToUndo):
        beside.undo()


def test_a_change_is_kept_for_a_day_and_the_number_is_bounded(waiting: World) -> None:
    waiting.desk.triage.resolve([CID])
    waiting.clock.advance(timedelta(days=1, seconds=1).total_seconds())
    assert next_run(waiting).workplace.log.earlier() == []
    undo_entries.drop_old(waiting.store, waiting.clock.now())
    assert waiting.store.small_things.setting(undo_entries.INDEX) is None
    for number in range(undo_entries.MOST + 5):
        waiting.clock.advance(1)
        waiting.desk.triage.tag([CID], add=[f"t{number}"])
    kept = next_run(waiting).workplace.log.earlier()
    assert (len(kept), kept[0].what) == (undo_entries.MOST, "tagged +t54")


def test_kept_steps_hold_no_words_of_customers(waiting: World) -> None:
    """What a customer takes back, or retention lets go of, must not survive in what an agent may undo."""
    waiting.desk.triage.resolve([CID])
    (entry,) = undo_entries.entries(waiting.store)
    assert b"unmistakable" not in msgspec.json.encode(waiting.store.small_things.setting(f"undo:{entry.id}"))


def test_of_a_forgotten_conversation_no_step_is_kept_and_of_others_each(waiting: World) -> None:
    waiting.desk.triage.resolve([CID])
    waiting.clock.advance(1)
    waiting.desk.triage.tag([CID, OTHER], add=["refund"])
    undo_history.forget(waiting.store, [CID])
    later = next_run(waiting)
    assert later.undo().ids == (OTHER,)
    assert later.conversation.get(CID).tags == ("refund",)
    with pytest.raises(NothingToUndo):
        later.undo()


def test_every_kind_of_step_can_be_read_by_the_next_run() -> None:
    """A use case whose step is in no list would be remembered, and taken back by nobody after a restart; and a step whose
    class was renamed could not be read from a store that an earlier version wrote."""
    for module in pkgutil.iter_modules(desk_package.__path__):
        importlib.import_module(f"{desk_package.__name__}.{module.name}")
    assert set(undo_history.KINDS.values()) == set(Step.__subclasses__())
    stored = {
        "Asked",
        "Drafted",
        "Gaps",
        "Heads",
        "Kept",
        "Noted",
        "PersonTags",
        "Remarked",
        "Sent",
        "Settled",
        "Unsent",
    }
    assert stored <= undo_history.KINDS.keys()
