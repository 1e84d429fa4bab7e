"""A walk: the same answer to many people, each looked at before it is sent, and all of it one step of undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from platform_rules import declared

from engine.world import NOON, TIMERS, World, said
from inbox.domain.model import Answerable, Person, SendState
from inbox.domain.outbox import OutboxItem, Phase, move
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.desk.reply_walk import LONGEST_HOLD, TO_SPARE, WalkDraft

PEOPLE = ("Karl Laufer", "Mia Wong", "Zoë Adler")
TEXT = "Hallo {first_name}, wir sind dran."


def cid(number: int) -> str:
    return f"acme-x:mentions:storm{number}:{70 + number}"


@pytest.fixture
def storm(world: World) -> World:
    """Three people with one complaint."""
    for at, name in enumerate(PEOPLE):
        who = Person(name=name, handle=name.split()[0].lower(), remote_id=str(70 + at))
        world.arrive(
            said(f"s{at}", "Warum geht nichts?", thread=f"storm{at}:{70 + at}", author=who, contact=who)
        )
    return world


def walk_through(desk: Desk, drafts: Sequence[WalkDraft], walk: str = "w1") -> list[OutboxItem]:
    items = []
    for draft in drafts:
        stop = desk.walk.stop(draft)
        assert stop.barred is None
        item = desk.walk.send(stop, walk)
        assert item is not None
        items.append(item)
    return items


def drafts(text: str = TEXT, **more: object) -> list[WalkDraft]:
    return [WalkDraft(conversation=cid(at), text=text, **more) for at in range(3)]  # type: ignore[arg-type]


def test_each_gets_the_text_filled_in_for_them_and_all_are_taken_back_at_once(storm: World) -> None:
    """A wrong answer to thirty people is the dearest mistake of a bad day: one key takes all of it back."""
    desk = storm.desk
    items = walk_through(desk, drafts(tags=("outage",), macro="outage"))
    assert [item.text for item in items] == [
        f"Hallo {name}, wir sind dran." for name in ("Karl", "Mia", "Zoë")
    ]
    assert desk.conversation.get(cid(2)).tags == ("outage",)
    done = desk.undo()
    assert done.what == "3 replies: taken back"
    assert {desk.workplace.store.outbox.get(item.id).phase for item in items} == {Phase.CANCELLED}  # type: ignore[union-attr]
    assert [desk.conversation.get(cid(at)).tags for at in range(3)] == [()] * 3
    assert [desk.drafts.get(cid(at)) for at in range(3)] == [None] * 3
    desk.redo()
    assert {desk.workplace.store.outbox.get(item.id).state for item in items} == {SendState.HELD}  # type: ignore[union-attr]
    assert desk.conversation.get(cid(0)).tags == ("outage",)


def test_what_has_left_stays_and_the_rest_is_taken_back(storm: World) -> None:
    """One that slipped out must not keep the other two from being stopped."""
    desk = storm.desk
    items = walk_through(desk, drafts())
    desk.workplace.store.outbox.put(move(items[0], Phase.PREPARED))
    assert desk.undo().what == "2 of 3 replies: taken back; the others have left"
    assert [desk.workplace.store.outbox.get(item.id).phase for item in items] == [  # type: ignore[union-attr]
        Phase.PREPARED,
        Phase.CANCELLED,
        Phase.CANCELLED,
    ]


def test_where_all_have_left_undo_says_so(storm: World) -> None:
    desk = storm.desk
    for item in walk_through(desk, drafts()):
        desk.workplace.store.outbox.put(move(item, Phase.PREPARED))
    with pytest.raises(NotAllowed, match="being sent"):
        desk.undo()


def test_the_next_run_takes_the_whole_walk_back_too(storm: World) -> None:
    """The window was closed in a hurry."""
    items = walk_through(storm.desk, drafts())
    storm.clock.advance(1)
    platforms = declared({"acme-x": "twitter"})
    later = Desk(storm.store, storm.clock, agent="tanja", timers=TIMERS, platforms=platforms)
    assert later.undo().what == "3 replies: taken back"
    assert {storm.store.outbox.get(item.id).phase for item in items} == {Phase.CANCELLED}  # type: ignore[union-attr]


def test_replies_are_held_until_the_walk_ends(storm: World) -> None:
    """Thirty replies take a minute, the usual hold ten seconds: the first would be out before the agent sees the
    mistake in the twentieth."""
    desk = storm.desk
    items = walk_through(desk, drafts())
    assert [item.not_before for item in items] == [storm.clock.now() + LONGEST_HOLD] * 3
    storm.clock.advance(60)
    assert desk.walk.finish("w1", [item.id for item in items]) == 3
    hold = desk.workplace.holds[False]
    assert {desk.workplace.store.outbox.get(item.id).not_before for item in items} == {  # type: ignore[union-attr]
        storm.clock.now() + hold
    }


def test_a_walk_makes_no_answer_late(storm: World) -> None:
    desk = storm.desk
    due = desk.conversation.get(cid(0)).due_at
    assert due is not None
    storm.clock.advance((due - NOON).total_seconds() - 60)
    stop = desk.walk.stop(drafts()[0])
    item = desk.walk.send(stop, "w")
    assert item is not None
    assert item.not_before == due - TO_SPARE


def test_what_bars_a_reply_is_said(storm: World) -> None:
    """A barred one is skipped with a key, and the agent knows why."""
    desk = storm.desk
    assert desk.walk.stop(drafts("{Termin}?")[0]).barred == "still open: {Termin}"
    assert desk.walk.stop(drafts("x" * 300)[0]).barred == "Too long: 300 of 280."
    assert desk.walk.stop(drafts(" ")[0]).barred == "The reply is empty."
    desk.drafts.save(cid(1), "Liebe Mia, ")
    assert desk.walk.stop(drafts()[1]).barred == "You have begun a reply here; it stays as it is."
    desk.replying.reply(cid(2), Reply("Schon geantwortet."))
    assert desk.walk.stop(drafts()[2]).barred == "A reply of yours is on its way here already."
    who = Person(name="Shy", handle="shy", remote_id="99")
    closed = Answerable(public=False, reason="not_summoned")
    storm.arrive(said("shy", thread="shy:99", author=who, contact=who, answerable=closed))
    stop = desk.walk.stop(WalkDraft(conversation="acme-x:mentions:shy:99", text=TEXT))
    assert stop.barred == stop.way.reason
    assert stop.barred


def test_a_place_filled_in_by_hand_may_be_sent(storm: World) -> None:
    stop = storm.desk.walk.stop(drafts("Bis {Termin}.")[0], text="Bis morgen.")
    assert stop.barred is None
    assert stop.text == "Bis morgen."


def test_who_wrote_again_meanwhile_is_looked_at_again(storm: World) -> None:
    """The text in sight answers what they wrote before."""
    desk = storm.desk
    stop = desk.walk.stop(drafts()[0])
    who = Person(name=PEOPLE[0], handle="karl", remote_id="70")
    later = said(
        "again", "Geht wieder!", at=NOON + timedelta(minutes=1), thread="storm0:70", author=who, contact=who
    )
    storm.arrive(later)
    assert desk.walk.send(stop, "w") is None
    again = desk.walk.stop(stop.draft, text=stop.text, seen_seq=stop.seen_seq)
    assert [hint.kind for hint in again.hints] == ["wrote_again"]


def test_what_fails_in_a_walk_leaves_the_rest_to_be_taken_back(storm: World) -> None:
    """A refusal in the middle must not make undo forget the replies before it."""
    desk = storm.desk
    items = walk_through(desk, drafts(tags=("outage",), macro="outage")[:1])
    stop = desk.walk.stop(drafts(tags=("outage",), macro="outage")[1])
    from inbox.domain.records import replace

    with pytest.raises(NotAllowed):
        desk.walk.send(replace(stop, text="x" * 300), "w1")
    assert desk.conversation.get(cid(1)).tags == ()
    desk.undo()
    assert desk.workplace.store.outbox.get(items[0].id).phase is Phase.CANCELLED  # type: ignore[union-attr]
    assert desk.conversation.get(cid(0)).tags == ()


def test_a_reply_changed_by_hand_comes_back_as_a_draft(storm: World) -> None:
    """No word that was typed is lost; a canned one need not lie about in thirty conversations."""
    desk = storm.desk
    stop = desk.walk.stop(drafts()[0], text="Hallo Karl, mit Liebe geschrieben.")
    desk.walk.send(stop, "w", typed=True)
    desk.undo()
    draft = desk.drafts.get(cid(0))
    assert draft is not None
    assert draft.text == "Hallo Karl, mit Liebe geschrieben."
