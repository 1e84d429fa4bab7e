"""The agent's desk: triage with undo, views, search, the header's figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from platform_rules import declared

from engine.world import ANNA, NOON, TIMERS, World, said
from inbox.domain.filter import FilterError
from inbox.domain.model import Direction, Priority, Status, Surface
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed, NothingToUndo, Unknown
from inbox.errors import Conflict

A, B, C = (f"acme-x:mentions:root-{n}:7" for n in "abc")


@pytest.fixture
def three(world: World) -> World:
    """Three people wait, the oldest first."""
    for at, cid in enumerate((A, B, C)):
        thread = cid.split(":", 2)[2]
        world.arrive(said(f"m{at}", f"question {at}", thread=thread, at=NOON - timedelta(minutes=30 - at)))
    return world


def colleague(world: World) -> Desk:
    return Desk(
        world.store, world.clock, agent="jonas", timers=TIMERS, platforms=declared({"acme-x": "twitter"})
    )


def test_the_queue_is_most_urgent_first(three: World) -> None:
    """The main promise of the screen."""
    assert three.desk.queue.order("waiting") == [A, B, C]


def test_resolving_many_is_one_step_of_undo(three: World) -> None:
    """A slip of the finger over two hundred rows is one key to mend."""
    three.desk.triage.resolve([A, B])
    assert three.desk.queue.order("waiting") == [C]
    three.desk.undo()
    assert three.desk.queue.order("waiting") == [A, B, C]
    three.desk.redo()
    assert three.desk.queue.order("waiting") == [C]


def test_resolving_who_waits_is_counted_as_resolved_without_an_answer(three: World) -> None:
    """Allowed, never asked about, and honest in the figures."""
    three.desk.triage.resolve([A])
    assert [r.how for r in three.desk.conversation.get(A).responses] == ["resolved"]
    assert three.desk.queue.today().answered == 0


def test_reopening_by_hand_brings_the_old_wait_back(three: World) -> None:
    """The customer has waited since then, whatever we clicked."""
    three.desk.triage.resolve([A])
    three.desk.triage.reopen([A])
    assert three.desk.conversation.get(A).waiting_since == NOON - timedelta(minutes=30)


def test_a_message_read_after_the_resolve_but_written_before_it_waits(three: World) -> None:
    """A resolve covers what the store held; what nobody had seen was not resolved."""
    three.desk.triage.resolve([A])
    three.arrive(said("late", "one more thing", thread="root-a:7", at=NOON - timedelta(minutes=5)))
    head = three.desk.conversation.get(A)
    assert (head.status, head.waiting_since) == (Status.OPEN, NOON - timedelta(minutes=5))


def test_undo_refuses_where_a_colleague_changed_it_and_says_who(three: World) -> None:
    """Nobody's work is undone behind their back."""
    three.desk.triage.assign([A], "tanja")
    colleague(three).triage.assign([A], "jonas")
    with pytest.raises(Conflict, match="jonas changed it meanwhile"):
        three.desk.undo()
    assert three.desk.conversation.get(A).assignee == "jonas"


def test_undo_of_many_is_all_or_nothing(three: World) -> None:
    """Half an undone bulk would be worse than none."""
    three.desk.triage.resolve([A, B])
    colleague(three).triage.reopen([B])
    with pytest.raises(Conflict):
        three.desk.undo()
    assert three.desk.conversation.get(A).status is Status.RESOLVED


def test_a_new_message_does_not_stand_in_the_way_of_undo(three: World) -> None:
    """Only decisions count as changes; messages arrive all the time."""
    three.desk.triage.tag([A], add=["refund"])
    three.arrive(said("m9", "still there?", thread="root-a:7", at=NOON))
    three.desk.undo()
    assert three.desk.conversation.get(A).tags == ()


def test_nothing_to_undo_says_so(three: World) -> None:
    """A key that does nothing must say why."""
    with pytest.raises(NothingToUndo):
        three.desk.undo()


def test_a_snoozed_conversation_comes_back_at_its_time(three: World) -> None:
    """Snooze hides, it does not pause."""
    three.desk.triage.snooze([A], NOON + timedelta(hours=1))
    assert A not in three.desk.queue.order("waiting")
    assert three.desk.queue.order("snoozed") == [A]
    three.clock.advance(3600)
    assert three.desk.queue.order("waiting")[0] == A


def test_a_snoozed_conversation_comes_back_when_it_becomes_due_soon(three: World) -> None:
    """A long snooze must not hide a breach."""
    three.desk.triage.snooze([A], NOON + timedelta(days=2))
    three.clock.advance(2 * 3600 + 1)
    assert A in three.desk.queue.order("waiting")


def test_a_snoozed_conversation_comes_back_with_a_new_message(three: World) -> None:
    """The customer has something new to say."""
    three.desk.triage.snooze([A], NOON + timedelta(days=2))
    three.arrive(said("m9", "hello?", thread="root-a:7", at=NOON))
    assert A in three.desk.queue.order("waiting")


def test_spam_has_no_timer_and_stays_spam(three: World) -> None:
    """A troll's next message is no work."""
    three.desk.triage.spam([A])
    three.arrive(said("m9", "buy now", thread="root-a:7", at=NOON))
    head = three.desk.conversation.get(A)
    assert (head.status, head.due_at) == (Status.SPAM, None)
    assert A not in three.desk.queue.order("waiting")


def test_a_note_is_no_answer_and_no_preview(three: World) -> None:
    """Notes never leave the house and stop no timer."""
    three.desk.notes.add(A, "Known customer, be kind.")
    thread = three.desk.conversation.thread(A)
    assert [m.direction for m in thread.messages] == [Direction.IN, Direction.NOTE]
    assert thread.conversation.waiting_since is not None
    assert thread.conversation.preview == "question 0"


def test_priority_tags_and_assignment_stay_on_the_head(three: World) -> None:
    """Triage from a script or the screen is one thing."""
    three.desk.triage.prioritise([A], Priority.URGENT)
    three.desk.triage.tag([A], add=["a", "b"])
    three.desk.triage.tag([A], remove=["a"])
    three.desk.triage.assign([A], "tanja")
    head = three.desk.conversation.get(A)
    assert (head.priority, head.tags, head.assignee) == (Priority.URGENT, ("b",), "tanja")
    assert three.desk.queue.order("mine") == [A]
    assert A not in three.desk.queue.order("unassigned")


def test_a_draft_is_kept_per_agent_and_an_empty_one_is_gone(three: World) -> None:
    """A word typed is a word kept, and nobody sees half a sentence of a colleague."""
    three.desk.drafts.save(A, "Dear Ann")
    other = colleague(three)
    assert other.drafts.get(A) is None
    draft = three.desk.drafts.get(A)
    assert draft is not None
    assert draft.text == "Dear Ann"
    three.desk.drafts.save(A, "  ")
    assert three.desk.drafts.get(A) is None


def test_a_reply_takes_its_draft_along(three: World) -> None:
    """Draft and outbox change in one commit."""
    three.desk.drafts.save(A, "On its way!")
    three.desk.replying.reply(A, Reply("On its way!"))
    assert three.desk.drafts.get(A) is None
    assert three.desk.queue.rows([A])[A].outbox == {"held": 1}


def test_what_the_platform_refuses_is_said_before_anything_is_written(three: World) -> None:
    """Not summoned: no outbox item, and the way out in words."""
    from inbox.domain.model import Answerable

    no = Answerable(public=False, reason="not_summoned")
    three.arrive(said("m9", thread="root-d:7", at=NOON, answerable=no))
    with pytest.raises(NotAllowed, match="browser"):
        three.desk.replying.reply("acme-x:mentions:root-d:7", Reply("Hi"))
    assert three.desk.outbox.items() == []


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_reply_is_refused(three: World, text: str) -> None:
    """F41: nothing invisible goes out."""
    with pytest.raises(NotAllowed, match="empty"):
        three.desk.replying.reply(A, Reply(text))


def test_search_finds_every_message_ever(three: World) -> None:
    """Long dialogues are remembered."""
    three.desk.triage.resolve([A, B, C])
    assert [m.conversation for m in three.desk.queue.search("QUESTION 1")] == [B]
    assert three.desk.queue.search("question -1 in:acme-x", limit=9)[0].conversation == C
    assert three.desk.queue.search("nowhere") == []


def test_filters_narrow_a_view(three: World) -> None:
    """Words mean messages, operators mean conversations."""
    three.desk.triage.assign([B], "tanja")
    assert three.desk.queue.order("waiting", "is:mine") == [B]
    assert three.desk.queue.order("waiting", '"question 2"') == [C]
    assert three.desk.queue.order("waiting", '-"question 2"') == [A, B]
    assert three.desk.queue.order("waiting", "is:resolved") == []
    with pytest.raises(FilterError, match='did you mean "from:"'):
        three.desk.queue.order("waiting", "form:anna")


def test_an_unknown_view_names_the_known_ones(three: World) -> None:
    """A typing error is one line away from its mend."""
    with pytest.raises(Unknown, match="waiting"):
        three.desk.queue.order("wating")


def test_the_header_counts_answers_of_today_in_time_and_late(three: World) -> None:
    """The share kept stands in the header; late answers count as breached."""
    three.arrive(said("x", "old", thread="root-a:7", at=NOON - timedelta(hours=5)))
    three.arrive(
        said("r1", "Sorry!", ours=True, thread="root-a:7", at=NOON - timedelta(minutes=20)),
        said("r2", "Done!", ours=True, thread="root-b:7", at=NOON - timedelta(minutes=10)),
    )
    today = three.desk.queue.today()
    assert (today.answered, today.in_time, today.waiting) == (2, 1, 1)


def test_the_person_panel_shows_other_conversations_of_the_same_contact(three: World) -> None:
    """Who writes the third time this week should not be greeted as a stranger."""
    found = three.desk.people.file(A)
    assert found.person.remote_id == ANNA.remote_id
    assert {c.id for c in found.conversations} == {B, C}


def test_changes_name_what_others_touched(three: World) -> None:
    """The screen follows other processes without reading everything again."""
    three.desk.queue.changes()
    assert three.desk.queue.changes() is None
    colleague(three).triage.assign([B], "jonas")
    assert three.desk.queue.changes() == {B}


def test_new_targets_move_all_deadlines(three: World) -> None:
    """Changed config: no old due time may survive."""
    from inbox.domain.records import replace

    quick = Desk(
        three.store,
        three.clock,
        agent="tanja",
        timers=replace(TIMERS, first=timedelta(hours=1)),
        platforms=declared({"acme-x": "twitter"}),
    )
    assert quick.upkeep.retime_all() == 3
    assert quick.conversation.get(A).due_at == NOON + timedelta(minutes=30)
    assert quick.upkeep.retime_all() == 0


def test_why_explains_the_due_time_in_words(three: World) -> None:
    """The agent need not trust a number."""
    text = "\n".join(three.desk.conversation.why(A))
    assert "Waiting since" in text
    assert "Target 3 h" in text


def test_views_count_what_they_show(three: World) -> None:
    """The figures beside the views are the lengths of the lists."""
    three.arrive(said("s", surface=Surface.SEARCH, thread="other:9"), surface=Surface.SEARCH)
    three.desk.triage.resolve([C])
    counts = three.desk.queue.counts()
    assert counts == {view.name: len(three.desk.queue.order(view.name)) for view in three.desk.queue.views()}
    assert (counts["waiting"], counts["hits"], counts["all"]) == (2, 1, 4)


def test_a_reply_that_only_passes_the_customer_on_can_be_counted(three: World) -> None:
    """The statistics tell how often that happens; the event says so, for ever."""
    three.desk.replying.reply(A, Reply("Bitte wenden Sie sich an unsere Hotline."))
    three.desk.replying.reply(B, Reply("Morgen um neun ist es da."))
    told = [[e.detail.get("passed_on") for e in three.store.small_things.events(cid)][-1] for cid in (A, B)]
    assert told == ["yes", None]


def test_notes_in_earlier_conversations_of_a_person_are_shown_too(three: World) -> None:
    """What a colleague found out last week is worth most today."""
    three.desk.notes.add(B, "Calls back on Mondays only.")
    assert [n.text for n in three.desk.people.file(A).notes] == ["Calls back on Mondays only."]


async def test_who_could_be_taken_for_us_is_marked(three: World) -> None:
    """A fake support account under our own post is answered as what it is: somebody else."""
    from inbox.domain.model import Person

    await three.reader.round()
    fake = Person(name="Acme Support", handle="аcme", remote_id="66")
    three.arrive(said("f", "Write to us at our other account!", thread="root-a:7", author=fake))
    assert three.desk.conversation.thread(A).posing == {"acme-x:f"}
    assert three.desk.conversation.thread(B).posing == frozenset()


async def test_a_conversation_with_a_lookalike_is_marked_in_the_queue(three: World) -> None:
    """Before it is opened, and for scripts too; our own names may come later than theirs."""
    from inbox.domain.model import Person
    from inbox.engine import report

    fake = Person(name="Acme Help", handle="acme_help", remote_id="66")
    three.arrive(said("f", "Trust me", thread="root-f:66", author=fake, contact=fake))
    cid = "acme-x:mentions:root-f:66"
    assert not three.desk.queue.rows([cid])[cid].posing
    await three.reader.round()
    assert {c: row.posing for c, row in three.desk.queue.rows([cid, A]).items()} == {cid: True, A: False}
    told = report.thread(three.desk.conversation.thread(cid), three.desk.queue.rows([cid])[cid], NOON)
    assert (told["posing"], [m["posing"] for m in told["messages"]]) == (True, [True])
