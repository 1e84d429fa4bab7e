"""Decisions: one key, on one or on many, undoable, and never on somebody else than the agent saw."""

from __future__ import annotations

from datetime import timedelta

from inbox.config.model import Config
from inbox.config.screen import Screen as ScreenSettings
from inbox.domain.model import Deed, Priority, Status
from inbox.domain.outbox import Phase, move
from inbox.domain.records import replace
from inbox.engine.desk.desk import Desk
from ui import scene
from ui.conftest import Opens, Seen


def status(seen: Seen, cid: str) -> Status:
    return seen.desk(lambda desk: desk.conversation.get(cid)).status


async def test_resolve_ends_the_wait_and_goes_on(opens: Opens) -> None:
    """The key pressed most: one press a conversation, hundreds a day."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("j")
        cid, following = seen.queue.selected, seen.queue.order[2]
        await seen.press("e")
        assert status(seen, str(cid)) is Status.RESOLVED
        assert seen.queue.selected == following
        assert cid not in seen.queue.order
        assert "Resolved: Anna Becker · z takes it back" in seen.text


async def test_three_quick_keys_resolve_three_conversations(opens: Opens) -> None:
    """Typed faster than the store answers, each key still means what stood there when it was pressed."""
    async with opens(size=(80, 24)) as seen:
        first = seen.queue.order[:3]
        for _ in range(3):
            seen.send("e")
        await seen.settle()
        assert [status(seen, cid) for cid in first] == [Status.RESOLVED] * 3
        assert seen.queue.cur == 0


async def test_without_auto_advance_the_cursor_stays(opens: Opens) -> None:
    config = Config(agent="tanja", screen=ScreenSettings(auto_advance=False))
    async with opens(size=(80, 24), config=config) as seen:
        cid = seen.queue.selected
        await seen.press("e")
        assert seen.queue.selected == cid
        assert "resolved" in seen.lines[2]


async def test_in_the_reader_resolve_opens_the_next(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("enter")
        following = seen.queue.order[1]
        await seen.press("e")
        assert seen.main.context.place == "reader"
        assert seen.main.context.reader.cid == following
        assert "Anna Becker" in seen.text


async def test_undo_puts_it_back_under_the_cursor_and_redo_takes_it_away_again(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("j")
        cid = str(seen.queue.selected)
        await seen.press("e", "z")
        assert status(seen, cid) is Status.OPEN
        assert seen.queue.selected == cid
        assert "Resolved: taken back" in seen.text
        await seen.press("Z")
        assert status(seen, cid) is Status.RESOLVED
        assert "done again" in seen.text


async def test_undo_says_who_changed_it_meanwhile(opens: Opens, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Undo must not undo a colleague."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("a")
        cid = str(seen.queue.selected)
        other = scene.session(tmp_path / "store", seen.clock, agent="mirko")
        other.call(lambda desk: desk.triage.assign([cid], "mirko")).result(5)
        other.close()
        await seen.press("z")
        assert "mirko changed it meanwhile" in seen.text


async def test_nothing_to_undo_is_said(opens: Opens) -> None:
    async with opens(empty=True) as seen:
        await seen.press("z")
        assert "nothing to undo" in seen.text


async def test_a_decision_on_marked_ones_is_one_step_of_undo(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        chosen = seen.queue.order[:4]
        await seen.press("space", "space", "j", "V")
        assert list(seen.queue.marks) == chosen
        assert "4 marked" in seen.text
        await seen.press("e")
        assert {status(seen, cid) for cid in chosen} == {Status.RESOLVED}
        assert "4 conversations" in seen.text
        await seen.press("z")
        assert {status(seen, cid) for cid in chosen} == {Status.OPEN}


async def test_a_range_runs_from_the_last_mark_to_the_cursor(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("j", "x", "j", "j", "V")
        assert list(seen.queue.marks) == seen.queue.order[1:4]
        await seen.press("escape")
        assert not seen.queue.marks


async def test_in_the_reader_a_decision_means_the_open_one_alone(opens: Opens) -> None:
    """Marks that are out of sight must not be hit."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("x", "j", "enter")
        marked, opened = seen.queue.order[0], str(seen.main.context.reader.cid)
        await seen.press("e")
        assert status(seen, opened) is Status.RESOLVED
        assert status(seen, marked) is Status.OPEN


async def test_snooze_shows_the_resulting_times_and_takes_typed_ones(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("b")
        assert "Tue 24 Nov 18:00 · in 2 h 54 min" in seen.text
        await seen.type("mon 9")
        assert "Mon 30 Nov 09:00" in seen.text
        await seen.press("enter")
        found = seen.desk(lambda desk: desk.conversation.get(cid))
        assert found.status is Status.SNOOZED
        assert found.snoozed_until is not None
        assert found.snoozed_until.astimezone(scene.ZONE).hour == 9
        assert seen.queue.selected != cid


async def test_snooze_offers_to_wait_for_the_customer_and_to_sleep_through_thanks(opens: Opens) -> None:
    """As `snooze --until reply --through-thanks`: who has answered waits for them, not for an hour of the day."""
    async with opens(size=(100, 30)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("b")
        assert "they reply, thanks do not wake it" in seen.text
        await seen.type("reply")
        await seen.press("enter")
        found = seen.desk(lambda desk: desk.conversation.get(cid))
        assert (found.status, found.snoozed_until, found.through_thanks) == (Status.SNOOZED, None, False)
        assert "Snoozed until they reply" in seen.text
        await seen.press("z", "b")
        await seen.type("thanks")
        await seen.press("enter")
        found = seen.desk(lambda desk: desk.conversation.get(cid))
        assert (found.status, found.snoozed_until, found.through_thanks) == (Status.SNOOZED, None, True)
        await seen.press("z", "b")
        await seen.type("mon 9")
        await seen.press("down", "enter")
        found = seen.desk(lambda desk: desk.conversation.get(cid))
        assert found.snoozed_until is not None
        assert found.through_thanks


async def test_a_time_that_is_not_understood_is_refused_in_the_dialog(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("b")
        await seen.type("soonish")
        assert "write for example +3h" in seen.text
        await seen.press("enter", "escape")
        assert status(seen, cid) is Status.OPEN


async def test_snoozed_ones_show_when_they_come_back(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("8")
        assert seen.lines[2].startswith("→  16:15")


async def test_take_and_give_back(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("a")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).assignee == "tanja"
        assert "●" in seen.lines[2]
        await seen.press("a")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).assignee is None


async def test_assign_offers_the_colleagues_known_here(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("A")
        await seen.type("mir")
        await seen.press("enter")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).assignee == "mirko"
        assert "○" in seen.lines[2]


async def test_tags_are_added_and_removed(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("l")
        await seen.type("angry")
        await seen.press("enter")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).tags == ("angry",)
        assert "#angry" in seen.lines[2]
        await seen.press("l", "enter")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).tags == ()


async def test_priority_goes_up_and_down_and_stops_at_the_ends(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("+", "+")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).priority is Priority.URGENT
        await seen.press("+")
        assert "highest priority" in seen.text
        await seen.press("-")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).priority is Priority.HIGH


async def test_spam_goes_and_reopen_brings_it_back(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = str(seen.queue.selected)
        await seen.press("!")
        assert status(seen, cid) is Status.SPAM
        await seen.press("0")
        seen.queue.select(cid)
        await seen.press("E")
        assert status(seen, cid) is Status.OPEN


async def test_repeat_does_the_same_again(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        first, second = seen.queue.order[:2]
        await seen.press("l")
        await seen.type("wave")
        await seen.press("enter", "j", ".")
        tags = [seen.desk(lambda desk, cid=cid: desk.conversation.get(cid)).tags for cid in (first, second)]
        assert tags == [("wave",), ("wave",)]


async def test_repeat_after_a_note_or_an_answer_decides_nothing(opens: Opens) -> None:
    """What was done last was written for one person. An older decision in its place would resolve somebody who waits."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("e", "c")
        await seen.type("called them")
        await seen.press("ctrl+s", "escape", "j")
        waiting = str(seen.queue.selected)
        await seen.press(".")
        assert status(seen, waiting) is Status.OPEN
        assert "nothing to repeat" in seen.text
        await seen.press("e", "r")
        await seen.type("Thank you")
        await seen.press("ctrl+s", "escape", "j")
        waiting = str(seen.queue.selected)
        await seen.press(".")
        assert status(seen, waiting) is Status.OPEN


async def test_marks_stay_after_a_decision_that_leaves_the_rows_where_they_are(opens: Opens) -> None:
    """A wave is tagged, taken and answered: marking it once has to be enough."""
    async with opens(size=(80, 24)) as seen:
        chosen = seen.queue.order[:3]
        await seen.press("space", "space", "x", "+")
        assert list(seen.queue.marks) == chosen
        await seen.press("a")
        heads = [seen.desk(lambda desk, cid=cid: desk.conversation.get(cid)) for cid in chosen]
        assert {head.assignee for head in heads} == {"tanja"}


async def test_marks_that_were_taken_away_come_back(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        chosen = seen.queue.order[:3]
        await seen.press("space", "space", "x", "escape")
        assert not seen.queue.marks
        await seen.press("v")
        assert list(seen.queue.marks) == chosen
        await seen.press("e", "z")
        assert not seen.queue.marks
        await seen.press("v")
        assert sorted(seen.queue.marks) == sorted(chosen)


async def test_where_nothing_was_marked_before_that_is_said(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("v")
        assert not seen.queue.marks
        assert "Nothing that was marked before" in seen.text


async def test_a_command_that_cannot_be_done_says_why(opens: Opens) -> None:
    async with opens(empty=True) as seen:
        await seen.press("e")
        assert "There is no conversation here." in seen.text
        await seen.press(".")
        assert "nothing to repeat" in seen.text


async def test_f70_copying_goes_through_the_terminal_and_is_clean(opens: Opens) -> None:
    """What is pasted elsewhere must not carry an escape sequence there."""
    async with opens(size=(120, 36)) as seen:
        copied: list[str] = []
        seen.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        cid = next(c.id for c in seen.queue.heads() if c.contact.name and "Mallory" in c.contact.name)
        seen.queue.select(cid)
        await seen.settle()
        await seen.press("y", "Y")
        assert copied[0].startswith("evil")
        assert "\x1b" not in copied[0]
        assert copied[1] == "https://x.com/i/m90"


async def test_f69_the_browser_opens_only_after_the_host_was_shown(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        opened: list[str] = []
        seen.app.browse = lambda link: not opened.append(link)  # type: ignore[method-assign]
        await seen.press("j", "o")
        assert "x.com" in seen.text
        assert opened == []
        await seen.press("enter")
        assert opened == ["https://x.com/i/m0"]
        assert "Opened x.com." in seen.text


async def test_a_snooze_that_ends_brings_it_back_without_a_key(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        hidden = seen.desk(lambda desk: desk.queue.order("snoozed"))[0]
        assert hidden not in seen.queue.order
        seen.clock.moment += timedelta(hours=1, minutes=11)
        seen.main.context.clock.rests_until = 0  # a picture that took long to read would let it wait longer
        seen.main.context.clock.tick()
        await seen.until(lambda: hidden in seen.queue.order)


async def test_outbox_gives_failed_and_uncertain_replies_a_word(opens: Opens) -> None:
    """Nothing is silently lost, nothing is sent twice without the agent's word: this is where the word is given."""
    async with opens(size=(120, 36)) as seen:
        assert "1 failed, 1 uncertain" in seen.text
        await seen.press("O")
        assert "comments on this post are limited" in seen.text
        await seen.press("t")
        assert "only an uncertain reply can be settled by hand" in seen.text
        await seen.press("j", "t")
        await seen.press("k", "d")
        assert "All replies have been sent." in seen.text
        await seen.press("escape")
        left = seen.desk(lambda desk: desk.outbox.items())
        assert left == []


async def test_outbox_opens_the_conversation(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        await seen.press("O", "enter")
        await seen.settle()
        assert seen.main.context.place == "reader"
        assert "Monika Weiß" in seen.text


async def test_a_reply_that_is_out_does_not_block_the_undo_of_what_was_done_before(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("a", "r")
        await seen.type("ok")
        await seen.press("ctrl+s")

        def leaves(desk: Desk) -> None:
            item = desk.workplace.store.outbox.items(conversation=cid)[0]
            on_wire = move(move(item, Phase.PREPARED), Phase.ON_WIRE)
            desk.workplace.store.outbox.put(move(on_wire, Phase.SENT))

        await seen.changed(leaves)
        await seen.press("z")
        assert "It is out" in seen.text
        await seen.press("z")
        assert seen.desk(lambda desk: desk.conversation.get(cid)).assignee is None


async def test_the_mouse_presses_what_is_written_in_the_bars(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        at = seen.lines[1].index("8 later")
        await seen.pilot.click("#tabs", offset=(at + 3, 0))
        await seen.settle()
        assert seen.main.context.view.name == "snoozed"
        await seen.pilot.click("#keys", offset=(seen.lines[-1].index("? keys"), 0))
        await seen.settle()
        assert "In the queue" in seen.text


async def test_themes_change_all_colours_at_once(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        dark = seen.queue.render_line(0)
        await seen.press("T")
        light = seen.queue.render_line(0)
        assert seen.app.theme == "inbox-light"
        assert light.text == dark.text
        assert [s.style for s in light] != [s.style for s in dark]


async def test_deeds_of_the_platform_go_through_the_outbox_and_the_final_ones_ask(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        cid = seen.select("Peter Hahn")
        await seen.settle()
        await seen.press("X")
        assert "The platform does not offer that here (hide)." in seen.text
        seen.desk(_offer)
        await seen.changed(lambda desk: desk.triage.tag([cid], ["rude"]))
        await seen.press("X")
        assert "Asked Facebook to hide: Peter Hahn." in seen.text
        await seen.press("B")
        assert "On Facebook: block Peter Hahn?" in seen.text
        await seen.press("enter")
        deeds = [i.deed for i in seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))]
        assert deeds == ["hide"]
        await seen.press("B", "y")
        deeds = [i.deed for i in seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))]
        assert deeds == ["hide", "block"]


async def test_a_deed_goes_to_the_newest_message_it_can_be_done_to(opens: Opens) -> None:
    """Where the newest message is barred and an older one is not, the command line took the older one, the screen none."""
    async with opens(size=(120, 36)) as seen:
        cid = seen.select("Peter Hahn")
        seen.desk(_offer)
        older = seen.desk(lambda desk: desk.workplace.store.messages.of_conversation(cid))[-1]
        barred = replace(
            older,
            id=f"{older.id}x",
            remote_id="x",
            sent_at=older.sent_at + timedelta(minutes=1),
            barred=(Deed.HIDE,),
        )
        await seen.changed(lambda desk: desk.workplace.store.messages.put(barred))
        await seen.changed(lambda desk: desk.triage.tag([cid], ["rude"]))
        await seen.press("X")
        assert "Asked Facebook to hide: Peter Hahn." in seen.text
        (item,) = seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))
        assert item.reply_to == older.remote_id


def _offer(desk: Desk) -> None:
    desk.workplace.platforms.deeds = lambda conversation: frozenset(Deed)


async def test_a_note_is_taken_back_and_done_again(opens: Opens) -> None:
    """Everything can be taken back, a note to the wrong conversation too."""
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press("c")
        await seen.type("wrong one")
        await seen.press("ctrl+s")
        assert "wrong one" in seen.text
        await seen.press("z")
        assert "wrong one" not in seen.text
        await seen.press("Z")
        assert "wrong one" in seen.text


async def test_what_was_done_can_be_read(opens: Opens) -> None:
    """Who decided what, undone decisions too, is no secret."""
    async with opens(size=(100, 30)) as seen:
        seen.select("Anna Becker")
        await seen.press("a", "+", "z", "W")
        told = [line.split("tanja", 1)[1] for line in seen.lines if "tanja" in line and "24 Nov" in line]
        first = [line.split("│")[0].strip() for line in told[:3]]
        assert first == ["priority high: taken back", "priority high", "assigned to tanja"]


async def test_a_snooze_that_ends_early_says_when_and_why(opens: Opens) -> None:
    """Rule 7: what becomes due soon comes back; whoever chose a later time must not be surprised."""
    async with opens(size=(100, 30)) as seen:
        cid = seen.select("Nadia")
        await seen.press("b")
        await seen.type("tomorrow 9")
        assert "Wed 25 Nov 09:00, but back 17:31: due soon" in seen.text
        await seen.press("enter", "8")
        assert seen.queue.select(cid)
        await seen.settle()
        row = next(line for line in seen.lines if "Nadia" in line)
        assert row.startswith("→! 17:31")
        await seen.press("enter")
        assert (
            "Back Tue 24 Nov 17:31, when the answer is due soon; snoozed until Wed 25 Nov 09:00" in seen.text
        )
