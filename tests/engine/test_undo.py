"""Everything an agent did can be taken back and done again; whoever changed it meanwhile is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from platform_rules import declared

from engine.world import NOON, TIMERS, World, said
from inbox.domain.model import Deed, Direction, Draft, SendState
from inbox.domain.outbox import Phase, move
from inbox.domain.records import replace
from inbox.engine.breaches import note_all
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed, NothingToUndo
from inbox.errors import Conflict, Refused
from inbox.ports.platform import FileRule

CID = "acme-x:mentions:root:7"
OTHER = "acme-x:mentions:other:7"
PNG = FileRule(most=2, sizes={"image/png": 1000})


@pytest.fixture
def waiting(world: World) -> World:
    world.arrive(said("1"), said("2", thread="other:7"))
    world.desk.workplace.platforms.files = lambda conversation, private: PNG
    return world


def wrote(desk: Desk, text: str, cid: str = CID) -> None:
    """As in the composer: on disk while typing, a step of undo on leaving."""
    desk.drafts.save(cid, text)
    desk.drafts.end_writing(cid)


def text(desk: Desk, cid: str = CID) -> str | None:
    draft = desk.drafts.get(cid)
    return draft.text if draft else None


# -- drafts ------------------------------------------------------------------------------------------------


def test_a_draft_that_was_cleared_comes_back(waiting: World) -> None:
    """The wrong key over half an hour's work is one key to mend."""
    wrote(waiting.desk, "Half an hour's work")
    wrote(waiting.desk, "")
    assert text(waiting.desk) is None
    waiting.desk.undo()
    assert text(waiting.desk) == "Half an hour's work"
    waiting.desk.redo()
    assert text(waiting.desk) is None


def test_a_stretch_of_writing_is_one_step_however_often_it_was_saved(waiting: World) -> None:
    """Saving happens three times a second; undo counts what the agent did."""
    wrote(waiting.desk, "First")
    for words in ("First, s", "First, sec", "First, second"):
        waiting.desk.drafts.save(CID, words)
    waiting.desk.drafts.end_writing(CID)
    waiting.desk.undo()
    assert text(waiting.desk) == "First"


def test_leaving_without_a_word_is_no_step(waiting: World) -> None:
    """Who only looked takes back what they did before."""
    waiting.desk.triage.resolve([OTHER])
    wrote(waiting.desk, "Same")
    wrote(waiting.desk, "Same")
    waiting.desk.undo()
    assert text(waiting.desk) is None
    assert "resolved" in waiting.desk.undo().what


def test_a_draft_that_went_on_in_another_window_is_left_alone(waiting: World) -> None:
    """Undo never takes words it does not know."""
    wrote(waiting.desk, "Mine")
    again = Desk(waiting.store, waiting.clock, agent="tanja", timers=TIMERS, platforms=declared({}))
    again.drafts.save(CID, "Mine, and more")
    with pytest.raises(Conflict, match="another window"):
        waiting.desk.undo()
    assert text(waiting.desk) == "Mine, and more"


def test_the_history_colleagues_read_tells_nothing_of_drafts(waiting: World) -> None:
    """What was written and thrown away is nobody else's business."""
    wrote(waiting.desk, "Grr")
    waiting.desk.undo()
    assert waiting.store.small_things.events(CID) == []


def test_nothing_comes_back_into_a_conversation_that_was_let_go(waiting: World) -> None:
    """What retention or an erasure removed must not return by a key."""
    wrote(waiting.desk, "Dear Anna")
    wrote(waiting.desk, "")
    waiting.store.upkeep.forget([CID])
    with pytest.raises(Conflict, match="forgotten or erased"):
        waiting.desk.undo()
    assert waiting.store.outbox.drafts(CID) == []


# -- replies -----------------------------------------------------------------------------------------------


async def test_a_reply_taken_back_can_be_sent_again_with_its_hold(waiting: World) -> None:
    """Z after z: the same reply, held anew, sent once."""
    waiting.desk.drafts.save(CID, "On its way!")
    item = waiting.desk.replying.reply(CID, Reply("On its way!"))
    done = waiting.desk.undo()
    assert (done.writing, text(waiting.desk)) == (CID, "On its way!")
    await waiting.turn(60)
    waiting.desk.redo()
    assert text(waiting.desk) is None
    again = waiting.store.outbox.get(item.id)
    assert again is not None
    assert again.not_before == waiting.clock.now() + timedelta(seconds=10)
    await waiting.turn(10)
    assert [sent.item.text for sent in waiting.platform.accepted] == ["On its way!"]
    waiting.desk.undo()
    assert waiting.store.outbox.items(phases=(Phase.QUEUED,))[0].deed == "delete"


def test_a_reply_does_not_leave_again_once_its_draft_went_on(waiting: World) -> None:
    """Z must not send words the agent has changed since."""
    waiting.desk.replying.reply(CID, Reply("On its way!"))
    waiting.desk.undo()
    waiting.desk.drafts.save(CID, "On its way, really!")
    with pytest.raises(Conflict):
        waiting.desk.redo()
    assert {item.state for item in waiting.store.outbox.items()} == {SendState.CANCELLED}


async def test_an_uncertain_reply_that_was_dropped_is_never_sent_by_redo(waiting: World) -> None:
    """It may be there already: undo and redo leave it as uncertain as it was."""
    waiting.platform.outcomes, waiting.platform.hidden = ["silence"], True
    item = waiting.desk.replying.reply(CID, Reply("Maybe there"))
    await waiting.turn(10)
    waiting.desk.undo()
    waiting.desk.redo()
    again = waiting.store.outbox.get(item.id)
    assert again is not None
    assert again.phase is Phase.UNCONFIRMED
    await waiting.turn(60)
    assert waiting.platform.accepted == []


def test_words_written_meanwhile_stay_when_a_reply_comes_back(waiting: World) -> None:
    """Promise 2: a word typed is a word kept, in both."""
    waiting.desk.replying.reply(CID, Reply("First answer"))
    waiting.desk.drafts.save(CID, "Second thought")
    waiting.desk.undo()
    assert text(waiting.desk) == "First answer\n\nSecond thought"
    waiting.desk.redo()
    assert text(waiting.desk) == "Second thought"


def test_a_long_answer_comes_back_in_one_step_and_in_one_piece(waiting: World) -> None:
    """As it was written, not as 1/3, 2/3, 3/3."""
    long = "We looked into it and found your parcel. " * 20
    items = waiting.desk.replying.reply_in_parts(CID, Reply(long))
    waiting.desk.undo()
    assert text(waiting.desk) == long
    assert waiting.desk.outbox.items() == []
    waiting.desk.redo()
    assert [i.id for i in waiting.desk.outbox.items()] == [i.id for i in items]


async def test_of_a_long_answer_that_began_to_leave_the_rest_comes_back(waiting: World) -> None:
    """What is out stays out; what is not, is the draft again."""
    items = waiting.desk.replying.reply_in_parts(CID, Reply("We looked into it and found your parcel. " * 20))
    await waiting.turn(10)
    waiting.desk.undo()
    draft = text(waiting.desk)
    assert draft == "\n\n".join(item.text for item in items[1:])
    assert len(waiting.platform.accepted) == 1


def test_an_earlier_draft_is_a_step_behind_the_reply_that_grew_from_it(waiting: World) -> None:
    """z gives the reply back, z once more what it was made of."""
    wrote(waiting.desk, "Macro text")
    waiting.desk.drafts.save(CID, "Macro text, and mine")
    waiting.desk.replying.reply(CID, Reply("Macro text, and mine"))
    seen = []
    for _ in range(3):
        waiting.desk.undo()
        seen.append(text(waiting.desk))
    assert seen == ["Macro text, and mine", "Macro text", None]


# -- the agent's word on what did not leave ----------------------------------------------------------------


async def test_dropping_a_failed_reply_can_be_taken_back(waiting: World) -> None:
    """It stands among the failed again, with its reason, and the draft is as it was."""
    waiting.platform.outcomes = [Refused("Not in your plan.")]
    item = waiting.desk.replying.reply(CID, Reply("Hello"))
    await waiting.turn(10)
    waiting.desk.outbox.cancel(item.id)
    assert text(waiting.desk) == "Hello"
    waiting.desk.undo()
    again = waiting.store.outbox.get(item.id)
    assert again is not None
    assert (again.phase, again.reason, text(waiting.desk)) == (Phase.FAILED, "Not in your plan.", None)
    waiting.desk.redo()
    assert text(waiting.desk) == "Hello"


async def test_it_is_there_can_be_taken_back(waiting: World) -> None:
    """A slip here would lose the reply without a trace."""
    waiting.platform.outcomes = ["silence"]
    item = waiting.desk.replying.reply(CID, Reply("Hello"))
    for _ in range(200):
        await waiting.turn(1)
    waiting.desk.outbox.confirm_sent(item.id)
    waiting.desk.undo()
    assert [i.phase for i in waiting.desk.outbox.items()] == [Phase.ASK_AGENT]
    waiting.desk.redo()
    assert waiting.desk.outbox.items() == []


async def test_send_again_is_taken_back_only_until_it_goes(waiting: World) -> None:
    waiting.platform.outcomes = [Refused("No."), Refused("No.")]
    item = waiting.desk.replying.reply(CID, Reply("Hello"))
    await waiting.turn(10)
    waiting.desk.outbox.retry(item.id)
    waiting.desk.undo()
    assert [i.phase for i in waiting.desk.outbox.items()] == [Phase.FAILED]
    waiting.desk.redo()
    await waiting.turn(10)
    with pytest.raises(NotAllowed, match="failed now"):
        waiting.desk.undo()


# -- on the platform, and around ---------------------------------------------------------------------------


@pytest.mark.parametrize(("deed", "opposite"), [(Deed.HIDE, Deed.UNHIDE), (Deed.LIKE, Deed.UNLIKE)])
async def test_what_was_done_on_the_platform_is_undone_by_its_opposite(
    waiting: World, deed: Deed, opposite: Deed
) -> None:
    waiting.desk.moderation.do(CID, deed, "acme-x:1")
    await waiting.turn(0)
    waiting.desk.undo()
    await waiting.turn(0)
    waiting.desk.redo()
    await waiting.turn(0)
    assert waiting.platform.done == [(deed, "1"), (opposite, "1"), (deed, "1")]


def test_what_was_not_done_yet_is_simply_not_done(waiting: World) -> None:
    """Offline, say: nothing to ask the platform for."""
    waiting.desk.moderation.do(CID, Deed.BLOCK)
    waiting.desk.undo()
    assert waiting.desk.outbox.items() == []
    waiting.desk.redo()
    assert [i.deed for i in waiting.desk.outbox.items()] == ["block"]


async def test_a_deleted_message_says_that_nothing_brings_it_back(waiting: World) -> None:
    waiting.desk.triage.resolve([OTHER])
    waiting.arrive(said("own", "Oops", ours=True, at=NOON + timedelta(minutes=1)))
    waiting.desk.moderation.do(CID, Deed.DELETE, "acme-x:own")
    await waiting.turn(0)
    with pytest.raises(NotAllowed, match="no way to take it back"):
        waiting.desk.undo()
    assert "resolved" in waiting.desk.undo().what


def test_a_note_goes_and_comes_back(waiting: World) -> None:
    def notes() -> list[str]:
        return [m.text for m in waiting.store.messages.of_conversation(CID) if m.direction is Direction.NOTE]

    waiting.desk.notes.add(CID, "Be kind.")
    waiting.desk.undo()
    assert notes() == [""]
    waiting.desk.redo()
    assert notes() == ["Be kind."]


def test_forgotten_gaps_are_remembered_again(waiting: World) -> None:
    gap = {"surface": "mentions", "since": None, "until": None, "reason": "X gives no more"}
    waiting.store.small_things.put_setting("health:acme-x", {"gaps": [gap]})
    waiting.desk.accounts.forget_gaps("acme-x")
    waiting.desk.undo()
    assert len(waiting.desk.accounts.health()[0].gaps) == 1
    waiting.desk.redo()
    assert list(waiting.desk.accounts.health()[0].gaps) == []


def test_a_macro_is_one_step_with_its_text(waiting: World) -> None:
    """Text, tags and owner were taken together, so they go together."""
    waiting.desk.drafts.save(CID, "Dear Anna, canned")
    waiting.desk.triage.macro("late", [CID], tags=["late"], assign="tanja", resolve=False)
    waiting.desk.undo()
    head = waiting.desk.conversation.get(CID)
    assert (text(waiting.desk), head.tags, head.assignee) == (None, (), None)
    waiting.desk.redo()
    head = waiting.desk.conversation.get(CID)
    assert (text(waiting.desk), head.tags, head.assignee) == ("Dear Anna, canned", ("late",), "tanja")


def test_after_a_refusal_undo_goes_on_with_the_step_before(waiting: World) -> None:
    """One conversation a colleague took must not lock everything the agent did earlier."""
    waiting.desk.triage.tag([OTHER], add=["refund"])
    waiting.desk.triage.assign([CID], "tanja")
    jonas = Desk(waiting.store, waiting.clock, agent="jonas", timers=TIMERS, platforms=declared({}))
    jonas.triage.assign([CID], "jonas")
    waiting.desk.notes.add(CID, "mine, later")
    waiting.desk.undo()
    with pytest.raises(Conflict, match="jonas changed it meanwhile"):
        waiting.desk.undo()
    waiting.desk.undo()
    assert waiting.desk.conversation.get(OTHER).tags == ()
    with pytest.raises(NothingToUndo):
        waiting.desk.undo()


def test_a_message_that_reopened_it_is_named_and_becoming_overdue_is_not(waiting: World) -> None:
    """ "A new message changed it (breached)" named the wrong thing: nobody can act on that."""
    waiting.desk.triage.resolve([CID])
    waiting.clock.advance(60)
    waiting.arrive(said("3", at=NOON + timedelta(seconds=60)))
    waiting.clock.advance(timedelta(hours=4).total_seconds())
    waiting.desk.triage.tag([OTHER], add=["refund"])
    waiting.desk.undo()
    note_all(waiting.store, waiting.clock.now())
    with pytest.raises(Conflict, match=r"It changed meanwhile \(reopened by a new message\)"):
        waiting.desk.undo()


# -- files -------------------------------------------------------------------------------------------------


def attached(world: World, folder: Path, text: str = "See") -> Path:
    from inbox.engine.desk.files import attach

    path = folder / "label.png"
    path.write_bytes(b"12345")
    world.desk.drafts.save(CID, text, files=[attach(str(path), "a label")])
    return path


def test_files_belong_to_the_stored_draft(waiting: World, tmp_path: Path) -> None:
    """Promise 2 holds for what was attached, too: another process finds it."""
    path = attached(waiting, tmp_path, "")
    again = Desk(waiting.store, waiting.clock, agent="tanja", timers=TIMERS, platforms=declared({}))
    draft = again.drafts.get(CID)
    assert draft is not None
    (file,) = draft.files
    assert (file.path, file.name, file.kind, file.size, file.shows) == (
        str(path),
        "label.png",
        "image/png",
        5,
        "a label",
    )
    assert again.queue.rows([CID])[CID].files == ("label.png",)
    again.drafts.save(CID, "Words")
    assert again.drafts.get(CID) == replace(draft, text="Words")
    again.drafts.save(CID, "", files=())
    assert again.drafts.get(CID) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "label.png is no longer there; nothing was sent"),
        (lambda path: path.write_bytes(b"another label"), "label.png was changed since it was attached"),
    ],
)
async def test_a_file_that_is_no_longer_what_was_attached_is_told_and_nothing_is_sent(
    waiting: World, tmp_path: Path, change: object, words: str
) -> None:
    """At the send key, and for a reply that was held meanwhile."""
    path = attached(waiting, tmp_path)
    item = waiting.desk.replying.reply(CID, Reply("See", files=[str(path)]))
    change(path)  # type: ignore[operator]
    await waiting.turn(10)
    failed = waiting.store.outbox.get(item.id)
    assert failed is not None
    assert failed.phase is Phase.FAILED
    assert words in (failed.reason or "")
    waiting.desk.outbox.cancel(item.id)
    draft = waiting.desk.drafts.get(CID)
    assert isinstance(draft, Draft)
    assert [file.size for file in draft.files] == [5]
    with pytest.raises(NotAllowed, match=words):
        waiting.desk.replying.reply(CID, Reply("See", files=[str(path)]))
    assert waiting.desk.drafts.get(CID) == draft
    assert waiting.platform.accepted == []


def test_a_reply_gives_its_files_back(waiting: World, tmp_path: Path) -> None:
    path = attached(waiting, tmp_path)
    before = waiting.desk.drafts.get(CID)
    assert before is not None
    waiting.desk.replying.reply(CID, Reply("See", files=[str(path)], file_texts=["a label"]))
    assert waiting.desk.drafts.get(CID) is None
    waiting.desk.undo()
    after = waiting.desk.drafts.get(CID)
    assert after is not None
    assert (after.text, after.files) == ("See", before.files)


def test_a_reply_from_before_files_were_remembered_still_comes_back(waiting: World, tmp_path: Path) -> None:
    """A store of an older version holds paths alone."""
    path = attached(waiting, tmp_path)
    item = waiting.desk.replying.reply(CID, Reply("", files=[str(path)], file_texts=["a label"]))
    waiting.store.outbox.put(move(replace(item, attached=()), Phase.FAILED))
    waiting.desk.outbox.cancel(item.id)
    draft = waiting.desk.drafts.get(CID)
    assert draft is not None
    assert [(file.path, file.shows) for file in draft.files] == [(str(path), "a label")]
