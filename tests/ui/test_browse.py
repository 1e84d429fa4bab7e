"""Moving, reading, views, filter: what the agent sees, at the sizes they work in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from domain.builders import ALWAYS
from textual.filter import Monochrome
from textual.widgets import Input

from inbox.config.model import Config
from inbox.config.screen import Screen as ScreenSettings
from inbox.domain.model import Context, Conversation, Surface
from inbox.domain.queue import MANY, Scope, View
from inbox.domain.records import replace
from inbox.engine.desk.desk import Desk
from inbox.engine.health import health_key
from inbox.ui.main import renewal
from inbox.ui.main.due_notice import DueNotices, desktop_notice
from inbox.ui.terminal.notice import terminal_notice
from inbox.ui.text import bars, queue_row
from ui import scene
from ui.conftest import Opens


def newcomer(desk: Desk, name: str = "Very Urgent", *, ago: float = 1500, key: str = "late") -> None:
    """Somebody whose message is older than all others arrives now, so they belong at the top."""
    who = scene.person(name, name.lower().replace(" ", "_"), 900 + len(key))
    scene.arrive(
        desk.workplace.store,
        scene.said(key, "Hello? Anybody?", who, ago=scene.minutes(ago), now=desk.workplace.clock.now()),
    )


async def test_the_most_urgent_stands_first_with_its_timer_at_the_left(opens: Opens) -> None:
    """The first glance must fall on whom to answer next."""
    async with opens(size=(80, 24)) as seen:
        rows = seen.lines[2:20]
        assert rows[0].startswith("!!-20h37 ▸")
        assert "Renate Vogt" in rows[0]
        assert rows[1].startswith("!! -1h11")
        assert "Anna Becker" in rows[1]


async def test_every_timer_state_reads_without_colour(opens: Opens) -> None:
    """One agent in twelve does not see red; NO_COLOR and screenshots do not either."""
    async with opens(size=(80, 45)) as seen:
        timers = {line[:8] for line in seen.lines[2:30]}
        assert "!! -1h11" in timers  # overdue
        assert "!  1m30s" in timers  # due soon, with seconds
        assert "    1h08" in timers  # running


async def test_outside_service_hours_timers_rest(opens: Opens, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Nobody should run at night for a number that stands still."""
    clock = scene.StandingClock(scene.NIGHT)
    folder = tmp_path / "night"
    scene.fill(folder, clock)
    async with opens(size=(160, 30), folder=folder, clock=clock) as seen:
        assert any(line.startswith(" z 10h40") for line in seen.lines)
        await seen.press("G")
        assert "rests until Wed 7h" in seen.text


async def test_the_resting_sign_follows_the_service_hours_in_force(
    opens: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policies belong to the store: a screen whose own config is open all night must not count where they rest."""
    clock = scene.StandingClock(scene.NIGHT)
    scene.fill(tmp_path / "night", clock)
    monkeypatch.setattr(scene, "HOURS", ALWAYS)
    async with opens(size=(160, 30), folder=tmp_path / "night", clock=clock) as seen:
        assert any(line.startswith(" z 10h40") for line in seen.lines)


async def test_a_narrow_screen_shows_list_or_reader(opens: Opens) -> None:
    """80 columns are the ssh session on the train."""
    async with opens(size=(80, 24)) as seen:
        assert "Anna Becker" in seen.text
        seen.select("Eva Lindner")
        await seen.press("enter")
        assert "Wer haftet?" in seen.text
        assert "Anna Becker" not in seen.text
        await seen.press("escape")
        assert "Anna Becker" in seen.text


async def test_a_wide_screen_shows_list_thread_and_person(opens: Opens) -> None:
    """Room is there to be used: nothing to open, nothing to close."""
    async with opens(size=(160, 45)) as seen:
        seen.select("Eva Lindner")
        await seen.settle()
        assert "Anna Becker" in seen.text
        assert "Wer haftet?" in seen.text
        assert "Opitz ruft zurück" in seen.text


async def test_f65_an_arrival_does_not_move_what_is_under_the_cursor(opens: Opens) -> None:
    """A key pressed in the moment of an arrival must hit whom the agent read."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("j", "j", "j")
        before, row = seen.queue.selected, seen.queue.cur - seen.queue.top
        await seen.changed(newcomer)
        assert seen.queue.selected == before
        assert seen.queue.cur - seen.queue.top == row
        assert seen.queue.cur == 4


async def test_an_arrival_at_the_top_keeps_the_eye_and_says_so(opens: Opens) -> None:
    """With the cursor on the first row the new one stands above the window; the count tells."""
    async with opens(size=(120, 24)) as seen:
        before = seen.lines[2][:40]
        await seen.changed(newcomer)
        assert seen.lines[2][:40] == before
        assert "▲ 1" in seen.text


async def test_what_leaves_the_view_stays_under_the_cursor_until_it_moves(opens: Opens) -> None:
    """A colleague resolves what the agent is reading: the next key must not hit the neighbour."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("j")
        cid = seen.queue.selected
        assert cid is not None
        await seen.changed(lambda desk: desk.triage.resolve([cid]))
        assert seen.queue.selected == cid
        assert "resolved" in seen.lines[3]
        await seen.press("j")
        assert cid not in seen.queue.order


async def test_changes_of_others_are_noticed_by_themselves(opens: Opens, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """`inbox sync` or a colleague writes to the same store; nobody presses a key."""
    async with opens() as seen:
        other = scene.session(tmp_path / "store", seen.clock, agent="mirko")
        other.call(lambda desk: newcomer(desk, "Night Owl")).result(5)
        other.close()
        await seen.until(lambda: any(c.contact.name == "Night Owl" for c in seen.queue.heads()))


async def test_only_rows_that_are_seen_are_built(opens: Opens, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A key must cost the same with ten and with a hundred thousand conversations."""
    folder = tmp_path / "many"
    scene.many(folder, scene.StandingClock(), 400)
    async with opens(size=(80, 24), folder=folder) as seen:
        assert len(seen.queue.order) == 400
        height = seen.queue.size.height
        assert seen.queue.drawn <= 3 * height
        seen.queue.drawn = 0
        await seen.press("j")
        assert seen.queue.drawn <= 2
        seen.queue.drawn = 0
        await seen.press("G")
        assert 0 < seen.queue.drawn <= 2 * height
        assert seen.queue.missing() == []
        assert "Person" in seen.lines[20]


async def test_a_long_queue_is_read_as_far_as_somebody_goes(
    opens: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renewing the picture after each key must not read a quarter of a million ids; the end is a key away."""
    folder = tmp_path / "many"
    scene.many(folder, scene.StandingClock(), 600)
    monkeypatch.setattr(renewal, "HEAD", 100)
    async with opens(size=(80, 24), folder=folder) as seen:
        assert len(seen.queue.order) == 100
        await seen.press("x")
        marked = list(seen.queue.marks)
        assert marked
        while seen.queue.cur < 90:
            seen.queue.page(1)
            await seen.settle()
        assert len(seen.queue.order) == 200
        await seen.press("G")
        assert (len(seen.queue.order), seen.queue.cur) == (600, 599)
        assert seen.queue.missing() == []
        await seen.press("g")
        assert (len(seen.queue.order), seen.queue.cur) == (600, 0)
        assert list(seen.queue.marks) == marked
        await seen.press("/")
        await seen.type("parcel")
        two_screens = 2 * seen.queue.size.height
        assert f"{two_screens}+ found" in seen.text
        seen.main.context.clock.tick()
        await seen.settle()
        assert f"{two_screens}+ found" in seen.text  # for somebody may type on
        seen.main.context.clock.pressed_at = 0.0
        seen.main.context.clock.tick()
        await seen.settle()
        assert f"{two_screens + 100}+ found" in seen.text


async def test_a_tick_repaints_only_the_timers_that_changed(opens: Opens) -> None:
    """Sixty ticks a minute over ssh: what did not change costs nothing."""
    async with opens(size=(80, 24)) as seen:
        seen.clock.advance(seconds=1)  # off the full minute, which all rows of the scene share
        seen.main.context.clock.tick()
        await seen.settle()
        before = seen.lines[2:22]
        seen.queue.drawn = 0
        seen.clock.advance(seconds=1)
        seen.main.context.clock.tick()
        await seen.settle()
        after = seen.lines[2:22]
        changed = [at for at, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
        assert seen.queue.drawn == len(changed)
        assert 0 < len(changed) < 8
        assert all(before[at][8:] == after[at][8:] for at in changed)


@pytest.mark.parametrize(
    ("key", "view"), [("2", "mine"), ("7", "hits"), ("8", "snoozed"), ("9", "failed"), ("0", "all")]
)
async def test_a_digit_shows_a_view(opens: Opens, key: str, view: str) -> None:
    async with opens() as seen:
        await seen.press(key)
        assert seen.main.context.view.name == view
        assert len(seen.queue.order) == seen.main.context.figures.counts[view]  # type: ignore[union-attr]


async def test_tab_goes_through_all_views_saved_ones_too(opens: Opens) -> None:
    async with opens() as seen:
        await seen.press("shift+tab")
        assert seen.main.context.view.name == "refunds"
        assert len(seen.queue.order) == 2
        await seen.press("tab")
        assert seen.main.context.view.name == "waiting"


def test_a_saved_view_of_more_than_many_says_so() -> None:
    views = [View(name=str(n), title=str(n), scope=Scope()) for n in range(11)]
    parts, _ = bars.tabs(views, {"3": MANY + 5, "10": MANY + 1}, "0", width=200, extra="")
    text = "".join(part.text for part in parts)
    assert f"·{MANY + 5} " in text
    assert f"·{MANY}+ " in text


async def test_the_filter_works_as_you_type(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("/")
        await seen.type("geburtstagsgeschenk")
        assert [c.split(":")[-1] for c in seen.queue.order] == ["150"]
        assert "1 found" in seen.text
        await seen.press("enter", "enter")
        assert seen.main.context.place == "reader"
        await seen.press("escape", "escape")
        assert len(seen.queue.order) > 20


async def test_a_filter_that_is_not_understood_says_what_to_write(opens: Opens) -> None:
    """Half a word on the way to a whole one is no error to shout about, and the list stays."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("/")
        await seen.type("is:overdeu")
        assert 'did you mean "is:overdue"?' in seen.text
        await seen.press("backspace", "backspace")
        await seen.type("ue")
        assert "did you mean" not in seen.text
        assert len(seen.queue.order) == 5


async def test_hits_are_set_apart_and_n_goes_to_the_next(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("/")
        await seen.type("paket")
        await seen.press("enter")
        seen.select("Eva Lindner")
        await seen.press("enter")
        view = seen.main.context.thread
        view.scroll_lines(0)
        hit_lines = [line for line in view.lines if any(style == "thread--hit" for _, style in line.parts)]
        assert hit_lines
        first = view.here
        await seen.press("n")
        assert view.here != first
        assert "hit 1 of 1" in seen.text
        assert view.here is not None
        assert view.top <= view.here < view.top + view.size.height
        here = view.style("thread--hit-here")
        assert [s.text.lower() for s in view.draw(view.here, 80) if s.style == here] == ["paket"]


async def test_the_queue_shows_where_the_words_stand_that_were_looked_for(opens: Opens) -> None:
    """Also those of three weeks ago, in place of the newest words: that is what the agent looks for."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("/")
        await seen.type("nachbarn")
        row = next(line for line in seen.lines if "Eva Lindner" in line)
        assert "Nachbarn, den e" in row
        at = seen.queue.order.index(next(c.id for c in seen.queue.heads() if c.contact.name == "Eva Lindner"))
        found = seen.queue.row(seen.queue.order[at])
        assert found is not None
        look = queue_row.Look("tanja", seen.queue.hits, " ", " ")
        shown = queue_row.second_line(found, look, 54)
        assert [text for text, style in shown if style == "queue--hit"] == ["Nachbarn"]
        await seen.press("escape")
        assert "Foto von der Ka" in next(line for line in seen.lines if "Eva Lindner" in line)


async def test_the_cursor_stays_on_what_a_filter_found(opens: Opens) -> None:
    """Looking for somebody must not cost the place in the queue."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("/")
        await seen.type("from:nadia")
        await seen.press("enter", "escape")
        assert seen.queue.row(seen.queue.selected or "").conversation.contact.name == "Nadia"  # type: ignore[union-attr]
        assert len(seen.queue.order) > 10


async def test_decisions_that_were_taken_back_are_in_the_log_and_not_in_the_thread(opens: Opens) -> None:
    """Between the messages stands what holds; W tells everything."""
    async with opens(size=(100, 40)) as seen:
        cid = seen.select("Anna Becker")
        await seen.changed(
            lambda desk: [desk.triage.resolve([cid]), desk.undo(), desk.triage.snooze([cid], scene.NOW)]
        )
        await seen.changed(lambda desk: [desk.undo(), desk.redo()])
        await seen.press("0")
        seen.select("Anna Becker")
        await seen.press("enter")
        told = [line.strip() for line in seen.lines if "by tanja" in line]
        assert [line.partition(" by ")[0] for line in told] == ["snoozed"]
        await seen.press("W")
        assert "resolved: taken back" in seen.text


async def test_sorting_changes_the_order_and_says_which(opens: Opens) -> None:
    async with opens() as seen:
        by_deadline = list(seen.queue.order)
        await seen.press("s")
        assert "newest first" in seen.text
        first = seen.queue.row(seen.queue.order[0])
        assert first is not None
        assert first.conversation.contact.name == "Nadia"
        assert sorted(seen.queue.order) == sorted(by_deadline)


async def test_an_empty_view_has_words(opens: Opens) -> None:
    async with opens(empty=True) as seen:
        assert "Nobody is waiting." in seen.text
        await seen.press("8")
        assert "Nothing is snoozed." in seen.text


async def test_without_an_account_it_says_how_to_begin(opens: Opens) -> None:
    async with opens(empty=True, accounts={}) as seen:
        assert "inbox init" in seen.text
        assert "inbox demo" in seen.text


async def test_the_header_tells_the_share_the_overdue_and_every_account(opens: Opens) -> None:
    """The share answered in time is what the team is measured by; it stands there all day."""
    async with opens(size=(160, 45)) as seen:
        assert "25 waiting · 5 overdue · oldest 23h37   40 % of 5 in time today" in seen.lines[0]
        assert "acme-page ok, 18 s ago" in seen.lines[0]


async def test_an_account_with_a_problem_says_so_with_the_way_out(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        await seen.changed(lambda desk: scene.health(desk, True))
        assert "acme-page: Facebook no longer accepts the token · inbox login acme-page" in seen.lines[-2]
        assert "acme-x ok" in seen.lines[0]


async def test_what_is_wrong_moves_no_row_and_comes_back_after_what_was_said(opens: Opens) -> None:
    """A line put above the queue made the next key hit another row than the eye was on."""
    async with opens(size=(80, 24)) as seen:
        before = [line[:40] for line in seen.lines[2:12]]
        await seen.changed(lambda desk: scene.health(desk, True))
        assert [line[:40] for line in seen.lines[2:12]] == before
        assert "Facebook no longer accepts" in seen.lines[-2]
        await seen.press("a")
        assert "Facebook no longer accepts" not in seen.text, "what the key did comes first"
        seen.clock.advance(seconds=15)
        seen.main.context.clock.show_now()
        await seen.settle()
        assert "Facebook no longer accepts" in seen.lines[-2]


async def test_a_token_that_ends_soon_is_told_before_it_does(opens: Opens) -> None:
    """Better on a quiet Tuesday than in the middle of a storm."""
    async with opens(size=(120, 36)) as seen:
        key = health_key("acme-page")

        def ends(desk: Desk) -> None:
            kept = desk.workplace.store.small_things.setting(key)
            desk.workplace.store.small_things.put_setting(
                key, kept | {"token_ends_at": (scene.NOW + timedelta(days=3)).isoformat()}
            )

        await seen.changed(ends)
        assert "acme-page sign in again within 3 days" in seen.lines[0]


async def test_a_stranger_cannot_write_a_line_of_the_program(opens: Opens) -> None:
    """The gutter is ours: an answer that was never given must not look given. No escape gets out either."""
    async with opens(size=(160, 45)) as seen:
        cid = next(c.id for c in seen.queue.heads() if c.contact.name and "Mallory" in c.contact.name)
        seen.queue.select(cid)
        await seen.settle()
        forged = [line for line in seen.lines if "us · 12:00" in line]
        assert len(forged) == 1
        assert "│ ┃ Acme Parcels · us · 12:00" in forged[0]
        assert "\x1b" not in seen.text
        assert "\u202e" not in seen.text
        assert "[link=file" in seen.text
        await seen.press("enter", "v")
        assert "\\u202e" in seen.text


async def test_the_post_a_comment_stands_under_is_shown_with_it(opens: Opens) -> None:
    """ "Pünktlich wäre schöner" makes no sense without the post about the new lorry."""
    async with opens(size=(160, 45)) as seen:
        seen.select("Peter Hahn")
        await seen.press("enter")
        assert "Acme Parcels · our post" in seen.text
        assert "Elektro-Laster" in seen.text


async def test_the_whole_public_thread_appears_and_goes(opens: Opens) -> None:
    async with opens(size=(160, 45)) as seen:
        rico = Context(
            id="acme-x:e99",
            remote_id="e99",
            author=scene.person("Rico", "rico_b", 151),
            ours=False,
            text="Südvorstadt auch!",
            sent_at=scene.NOW - scene.minutes(170),
            reply_to="root",
            root="root",
        )
        seen.desk(lambda desk: desk.workplace.store.messages.put_context(rico))
        seen.select("Eva Lindner")
        await seen.press("enter")
        assert "Südvorstadt auch!" not in seen.text
        await seen.press("t", "G")
        assert "Südvorstadt auch!" in seen.text
        await seen.press("t")
        assert "Südvorstadt auch!" not in seen.text


async def test_a_new_message_is_marked_as_new_while_reading(opens: Opens) -> None:
    async with opens(size=(160, 45)) as seen:
        cid = seen.select("Nadia")
        await seen.press("enter")
        who = scene.person("Nadia", "nadia_w", 111)
        thread = cid.split(":", 2)[2]
        seen.clock.advance(minutes=1)
        await seen.changed(
            lambda desk: scene.arrive(
                desk.workplace.store,
                scene.said(thread, "Or on the 27th?", who, ago=timedelta(0), now=desk.workplace.clock.now()),
                now=desk.workplace.clock.now(),
            )
        )
        assert "1 new message" in seen.text
        assert "Or on the 27th?" in seen.text


async def test_the_person_shows_other_conversations_and_opens_them(opens: Opens) -> None:
    async with opens(size=(160, 45)) as seen:
        eva = scene.person("Eva Lindner", "eva_l", 150)
        await seen.changed(
            lambda desk: scene.arrive(
                desk.workplace.store,
                scene.said(
                    "d77", "Ich bin es noch einmal.", eva, ago=scene.minutes(9), surface=Surface.DIRECT
                ),
            )
        )
        seen.select("Eva Lindner")
        await seen.press("enter", "i")
        assert seen.main.context.place == "person"
        assert "1 more conversation" in seen.text
        before = seen.main.context.reader.cid
        await seen.press("j", "enter")
        assert seen.main.context.reader.cid != before
        assert seen.main.context.place == "reader"


async def test_why_explains_the_due_time(opens: Opens) -> None:
    async with opens() as seen:
        seen.select("Nadia")
        await seen.press("w")
        assert "Target 3 h of service time, by the default." in seen.text
        await seen.press("escape")
        assert "Target 3 h" not in seen.text


async def test_the_mouse_selects_opens_and_marks(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.pilot.click(seen.queue, offset=(40, 3))
        await seen.settle()
        assert seen.queue.cur == 3
        await seen.pilot.click(seen.queue, offset=(10, 4))
        await seen.settle()
        assert len(seen.queue.marks) == 1
        await seen.pilot.click(seen.queue, offset=(40, 4))
        await seen.settle()
        assert seen.main.context.place == "reader"


async def test_a_restored_backup_is_told_at_the_start(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written since the backup is missing; who works on must know."""

    def restored(*given: object, **named: object) -> Desk:
        found = made(*given, **named)  # type: ignore[arg-type]
        found.notice = "The store was damaged; the copy of 06:00 is in use."
        return found

    made = scene.desk
    monkeypatch.setattr(scene, "desk", restored)
    async with opens(size=(80, 24)) as seen:
        assert "the copy of 06:00 is in use" in seen.text


async def test_slash_in_a_conversation_finds_in_it_and_n_goes_on(opens: Opens) -> None:
    """A dialogue of two weeks holds the one number the customer means."""
    async with opens(size=(80, 24)) as seen:
        seen.select("Eva Lindner")
        await seen.press("enter", "/")
        await seen.type("paket")
        assert "1 hit" in seen.text
        await seen.press("enter")
        assert seen.main.context.place == "reader"
        assert "Mein Paket ging angeblich" in seen.text
        await seen.press("n")
        assert "That was the last hit." in seen.text
        await seen.press("escape")
        assert seen.main.context.place == "reader"
        assert not seen.main.context.finding


async def test_what_was_looked_for_ends_with_the_conversation(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        seen.select("Eva Lindner")
        await seen.press("enter", "/")
        await seen.type("paket")
        await seen.press("enter", "J")
        assert not seen.main.context.finding
        assert seen.main.context.place == "reader"


async def test_an_answer_to_an_earlier_message_quotes_it(opens: Opens) -> None:
    """In a long thread "yes" alone says nothing."""
    async with opens(size=(100, 30)) as seen:
        cid = seen.select("Anna Becker")
        first = seen.desk(lambda desk: desk.workplace.store.messages.of_conversation(cid))[0]
        who, thread = first.author, cid.split(":", 2)[2]

        def more(desk: Desk) -> None:
            for at, (text, parent) in enumerate([("Und noch etwas", None), ("Genau das", first.remote_id)]):
                message = scene.said(
                    thread, text, who, ago=scene.minutes(5 - at), key=f"q{at}", parent=parent
                )
                scene.arrive(desk.workplace.store, message)

        await seen.changed(more)
        await seen.press("enter")
        assert "↳ Anna Becker: Seit drei Tagen steht" in seen.text


async def test_an_answer_that_becomes_due_soon_is_told_once(opens: Opens) -> None:
    """The bell before the breach is of use; the third one for the same customer is switched off."""
    async with opens(size=(100, 30)) as seen:
        rung: list[bool] = []
        seen.app.bell = lambda: rung.append(True)  # type: ignore[method-assign]
        seen.clock.advance(minutes=29)
        seen.main.context.clock.tick()
        seen.main.context.renew()
        await seen.settle()
        assert "Monika Weiß: the answer is due in 29 min" in seen.text
        assert rung == [True]
        seen.main.context.renew()
        await seen.settle()
        assert rung == [True]


async def test_in_quiet_hours_nothing_rings(opens: Opens) -> None:
    config = Config(agent="tanja")
    config.screen.quiet = ["12:00-20:00"]
    async with opens(size=(100, 30), config=config) as seen:
        seen.app.bell = lambda: pytest.fail("it rang")  # type: ignore[method-assign]
        seen.clock.advance(minutes=29)
        seen.main.context.clock.tick()
        seen.main.context.renew()
        await seen.settle()
        assert "the answer is due in" not in seen.text


def test_a_desktop_notice_names_nobody() -> None:
    """It may stand on a locked screen, and a name is a stranger's text in an escape sequence."""
    due = [Conversation(id="a", account="a", platform="twitter", surface=Surface.DIRECT, thread="1")]
    assert desktop_notice(due, {}) == "\x1b]9;inbox: An answer is due soon\x1b\\"
    assert desktop_notice(due * 2, {}) == "\x1b]9;inbox: 2 answers are due soon\x1b\\"


@pytest.mark.parametrize(
    ("env", "written"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b]9;late\x1b\\"),
        ({"TMUX": "/tmp/tmux-0/default,1,0"}, "\x1bPtmux;\x1b\x1b]9;late\x1b\x1b\\\x1b\\\a"),
        ({"TERM": "tmux-256color"}, "\x1bPtmux;\x1b\x1b]9;late\x1b\x1b\\\x1b\\\a"),
        ({"STY": "1.pts-0", "TERM": "screen"}, "\a"),
        ({"TERM": "screen.xterm-256color"}, "\a"),
        ({"ZELLIJ": "0", "TERM": "xterm-256color"}, "\a"),
    ],
)
def test_a_notice_gets_through_what_is_in_between(env: dict[str, str], written: str) -> None:
    """tmux swallows a bare OSC 9; screen and zellij print it or swallow it. A bell every one of them knows."""
    assert terminal_notice("late", env) == written


@pytest.mark.parametrize("env", [{}, {"TMUX": "x"}])
def test_a_notice_cannot_be_left_by_what_it_says(env: dict[str, str]) -> None:
    hostile = terminal_notice("a\x1b\\\x07\x9c\x1b]52;c;x\nb", env)
    assert hostile.count("\x1b") == (2 if not env else 6)
    assert "\x9c" not in hostile
    assert "\n" not in hostile


def test_quiet_hours_may_run_over_midnight() -> None:
    notices = DueNotices(ScreenSettings(quiet=["22:00-07:00"]), "tanja", scene.ZONE)
    assert [notices.quiet(datetime(2026, 11, 24, hour, tzinfo=scene.ZONE)) for hour in (21, 22, 3, 7)] == [
        False,
        True,
        True,
        False,
    ]


async def test_a_letter_jumps_to_its_conversation_and_does_nothing_else(opens: Opens) -> None:
    """Two keys to any row in sight; the letter must not be taken for a command."""
    async with opens(size=(80, 24)) as seen:
        target = seen.queue.order[12]
        await seen.press("f")
        letter = seen.queue.labels[target]
        assert seen.lines[2 + 12][10] == letter
        await seen.press(letter)
        assert seen.queue.selected == target
        assert not seen.queue.labels
        before = seen.queue.selected
        await seen.press("f", "escape")
        assert not seen.queue.labels
        assert seen.queue.selected == before
        await seen.press("j")
        assert seen.queue.selected != before


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (80, 24), (120, 35), (200, 60), (240, 70)])
async def test_every_size_is_survived_with_all_that_can_be_open(opens: Opens, size: tuple[int, int]) -> None:
    """A split pane in tmux is small for a moment; nothing may break or reach over the edge."""
    async with opens(size=size) as seen:
        await seen.press("enter", "r")
        await seen.type("Hallo {name}")
        await seen.press("escape", "escape", "question_mark", "escape", "m", "b", "escape", "i", "escape")
        assert len(seen.lines) <= size[1]
        for other in ((20, 5), size, (240, 70), (80, 24)):
            await seen.pilot.resize_terminal(*other)
            await seen.settle()
            assert seen.app.size == other


async def test_no_color_is_heeded(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR, and one man in twelve: signs and words carry what colours only repeat."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with opens(size=(80, 24)) as seen:
        assert any(isinstance(f, Monochrome) for f in seen.app.get_line_filters())
        assert seen.lines[2].startswith("!!-20h37 ▸")


async def test_the_person_stands_aside_where_three_panes_would_crush_the_preview(opens: Opens) -> None:
    """At 120 columns the list keeps its preview; `i` shows the person in the thread's place, and takes it back."""
    async with opens(size=(120, 36)) as seen:
        seen.select("Anna Becker")
        await seen.press("enter")
        assert seen.app.screen.query_one("#reader").display
        assert not seen.app.screen.query_one("#person").display
        await seen.press("i")
        assert seen.app.screen.query_one("#person").display
        assert not seen.app.screen.query_one("#reader").display
        await seen.press("i")
        assert seen.app.screen.query_one("#reader").display
    async with opens(size=(160, 45)) as seen:
        cid = seen.select("Anna Becker")
        await seen.changed(lambda desk: desk.notes.add(cid, "Rings back"))
        assert seen.app.screen.query_one("#reader").display
        assert seen.app.screen.query_one("#person").display


async def test_a_stranger_with_our_name_is_called_a_stranger(opens: Opens) -> None:
    """A fake support account must not pass for a colleague (T3)."""
    async with opens(size=(160, 45)) as seen:
        cid = seen.select("Anna Becker")

        def poses(desk: Desk) -> None:
            ours = next(a.name or a.handle for a in desk.accounts.health() if a.name or a.handle)
            first = desk.workplace.store.messages.of_conversation(cid)[0]
            desk.workplace.store.messages.put(replace(first, author=replace(first.author, name=ours)))

        await seen.changed(poses)
        await seen.press("enter")
        assert "not us, though it looks like it" in seen.text


@pytest.mark.parametrize("place", ["queue", "reader"])
async def test_what_is_typed_right_behind_the_slash_is_looked_for(opens: Opens, place: str) -> None:
    """The field is made with the first slash; a letter that overtook it would be a command: a takes, e resolves."""
    async with opens(size=(80, 24)) as seen:
        before = seen.queue.heads()
        if place == "reader":
            await seen.press("enter")
        for key in ("/", "e", "a", "!"):
            seen.send(key)
        await seen.settle()
        field = seen.main.focused
        assert isinstance(field, Input)
        assert field.value == "ea!"
        assert seen.queue.heads() == before


async def test_who_is_given_work_or_named_by_a_colleague_is_told_once(opens: Opens) -> None:
    """Work that nobody hears of waits until somebody happens to look."""
    rung: list[bool] = []
    config = Config(agent="tanja")
    config.screen.notify = "bell"
    async with opens(config=config) as seen:
        seen.app.bell = lambda: rung.append(True)  # type: ignore[method-assign]

        def given(desk: Desk) -> None:
            desk.workplace.agent = desk.workplace.log.agent = "mia"
            try:
                desk.triage.assign([seen.main.context.queue.order[0]], "tanja")
            finally:
                desk.workplace.agent = desk.workplace.log.agent = "tanja"

        await seen.changed(given)
        await seen.until(lambda: "mia gave you" in seen.main.context.bars.message[0])
        assert rung == [True]
        await seen.press("j")
        seen.main.context.say("")
        await seen.changed(lambda desk: desk.triage.tag([seen.main.context.queue.order[0]], add=["x"]))
        await seen.settle()
        assert (rung, seen.main.context.bars.message[0]) == ([True], "")


async def test_a_name_in_a_note_is_told_on_the_screen_of_who_is_named(opens: Opens) -> None:
    """`@tanja` in a colleague's note is a question; `is:mentioned` finds it again."""
    async with opens() as seen:
        cid = seen.main.context.queue.order[1]

        def asked(desk: Desk) -> None:
            desk.workplace.agent = desk.workplace.log.agent = "mia"
            try:
                desk.notes.add(cid, "Can you look at this, @tanja?")
            finally:
                desk.workplace.agent = desk.workplace.log.agent = "tanja"

        await seen.changed(asked)
        await seen.until(lambda: "mia names you in a note" in seen.main.context.bars.message[0])
        assert seen.desk(lambda desk: desk.queue.order("all", "is:mentioned")) == [cid]


async def test_the_filter_offers_what_may_follow_with_counts_and_tab_takes_it(opens: Opens) -> None:
    """Nobody knows the words behind `is:` by heart; numbers tell which of them is worth the key."""
    async with opens(size=(120, 35)) as seen:
        await seen.press("/")
        await seen.type("is:")
        assert "Tab  waiting 25 · overdue 5" in seen.text
        assert "needs a value" not in seen.text
        await seen.type("ov")
        assert "Tab  overdue 5" in seen.text
        await seen.press("tab")
        assert seen.main.query_one("#filter").value == "is:overdue "  # type: ignore[attr-defined]
        assert (len(seen.queue.order), "Tab  " in seen.text) == (5, False)
        await seen.type("from:ann")
        assert "Tab  Anna Becker 1" in seen.text
        await seen.press("tab")
        assert seen.main.context.view.filter_text == 'is:overdue from:"Anna Becker"'
        assert len(seen.queue.order) == 1
        await seen.press("tab")
        assert seen.main.context.view.name == "mine"


async def test_a_mistake_is_marked_in_the_filter_itself(opens: Opens) -> None:
    """Of five words, which one is meant must not have to be read out of a sentence."""
    async with opens(size=(100, 30)) as seen:
        await seen.press("/")
        await seen.type("paket in:acme-y is:waiting")
        field = seen.main.query_one("#filter")
        shown = field._value  # type: ignore[attr-defined]
        marked = [shown.plain[s.start : s.end] for s in shown.spans if s.style == "underline"]
        assert marked == ["in:acme-y"]
        await seen.press(*["left"] * 11, "backspace", "x")
        assert field._value.spans == []  # type: ignore[attr-defined]


async def test_what_a_conversation_has_is_found(opens: Opens) -> None:
    """A photo of the damage, a colleague's note, my own half answer: things one remembers, where words are forgotten."""
    async with opens() as seen:
        noted, drafted = seen.queue.order[3], seen.queue.order[5]
        await seen.changed(
            lambda desk: [desk.notes.add(noted, "rings back"), desk.drafts.save(drafted, "Dear")]
        )

        def found(text: str) -> list[str]:
            return seen.main.context.inbox.session.call(
                lambda desk: desk.queue.order("waiting", text)
            ).result(5)

        everything = found("")
        assert noted in found("has:note")
        assert drafted in found("has:draft")
        assert drafted not in found("has:note")
        photos = found("has:file")
        assert 0 < len(photos) < len(everything)
        assert sorted([*photos, *found("-has:file")]) == sorted(everything)
        assert not set(found("has:link")) & set(found("-has:link"))
        await seen.press("/")
        await seen.type("has:")
        assert re.search(r"Tab  draft( \d+)? · note( \d+)? · file", seen.text)
        await seen.type("fotos")
        assert '"has:fotos" is not known; there are has:draft' in seen.text
