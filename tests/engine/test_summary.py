"""What an agent is told when the program ends: what was decided and answered in this run, without what was taken back."""

from __future__ import annotations

from engine.test_undo_history import next_run
from engine.world import World, said
from inbox.domain.model import Priority
from inbox.engine.desk import summary
from inbox.engine.desk.drafts import Reply

ONE, TWO = "acme-x:mentions:root:7", "acme-x:mentions:other:7"


def test_each_conversation_counts_once_and_what_was_taken_back_not_at_all(world: World) -> None:
    """Ten tags on one complaint are one decision."""
    world.arrive(said("1"), said("2", thread="other:7"))
    assert summary.of_run(world.desk) == summary.Summary(decided=0, answered=0, share=None)
    world.desk.triage.tag([ONE, TWO], ["late"])
    world.desk.triage.prioritise([ONE], Priority.HIGH)
    world.desk.replying.reply(ONE, Reply("We look into it."))
    assert summary.of_run(world.desk) == summary.Summary(decided=2, answered=1, share=None)
    world.desk.undo()  # the reply is held: it comes back
    world.desk.undo()
    world.desk.undo()
    assert summary.of_run(world.desk) == summary.Summary(decided=0, answered=0, share=None)


def test_it_tells_of_this_run_alone(world: World) -> None:
    """Undo remembers an earlier run; a shift that has just begun has decided nothing."""
    world.arrive(said("1"))
    world.desk.triage.resolve([ONE])
    assert summary.of_run(next_run(world)).decided == 0
