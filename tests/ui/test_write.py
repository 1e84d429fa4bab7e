"""Writing: nothing typed is lost, the way and the length are plain, and what is sent can be taken back."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from textual import events

from inbox.config.model import Config
from inbox.domain.model import Answerable, Direction, SendState
from inbox.domain.outbox import Phase
from inbox.engine.desk.desk import Desk
from inbox.ui.actions.editor import NotTaken, taken, words_of
from inbox.ui.actions.write import Write
from inbox.ui.widgets.composer import PASTED
from inbox.ui.windows.outbox import OutboxScreen
from ui import scene
from ui.conftest import Opens, Seen

PROMISE = "Wir kümmern uns darum."


def replies(seen: Seen, cid: str) -> list[tuple[str, SendState]]:
    return [
        (i.text, i.state) for i in seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))
    ]


def draft(seen: Seen, cid: str) -> str | None:
    found = seen.desk(lambda desk: desk.drafts.get(cid))
    return found.text if found else None


async def test_a_reply_is_held_counted_down_and_can_be_taken_back(opens: Opens) -> None:
    """Undo instead of "are you sure": ten seconds in which the mistake is seen are worth more than a question."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type(PROMISE)
        await seen.press("ctrl+s")
        assert replies(seen, cid) == [(PROMISE, SendState.HELD)]
        assert "reply to Anna Becker leaves in 10 s · z takes it back" in seen.text
        assert "held, leaves in 10 s" in seen.text
        seen.clock.advance(seconds=4)
        seen.main.context.clock.tick()
        await seen.settle()
        assert "leaves in 6 s" in seen.text
        await seen.press("z")
        assert replies(seen, cid) == [(PROMISE, SendState.CANCELLED)]
        assert seen.main.context.place == "composer"
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == PROMISE


async def test_a_draft_is_on_disk_soon_after_the_last_key(opens: Opens) -> None:
    """Promise 2: a word typed is a word kept."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo An")
        await seen.until(lambda: draft(seen, cid) == "Hallo An")
        assert "draft saved" in seen.text


async def test_leaving_keeps_the_draft_at_once_and_r_goes_on(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo")
        await seen.press("escape")
        assert draft(seen, cid) == "Hallo"
        assert "Draft kept" in seen.text
        await seen.press("r")
        await seen.type(" Anna")
        await seen.press("ctrl+g")
        assert draft(seen, cid) == "Hallo Anna"
        await seen.press("escape")
        assert "✎" in next(line for line in seen.lines if "Anna Becker" in line)


async def test_f67_a_crash_keeps_the_draft_and_tells_no_words_of_customers(
    opens: Opens, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Textual's own traceback would print the locals: a customer's words on the terminal and in the log."""

    def fail() -> None:
        secret = "Seit drei Tagen steht mein Paket"  # a local, as in every frame of a real crash
        raise RuntimeError(secret)

    with pytest.raises(RuntimeError):  # noqa: PT012  # the screen raises it when it ends
        async with opens(size=(80, 24)) as seen:
            cid = seen.select("Anna Becker")
            await seen.press("r")
            seen.send("o")
            seen.send("k")
            await seen.settle()
            seen.app.call_later(fail)
            await seen.settle()
    told = capsys.readouterr()
    assert "RuntimeError" in told.err
    for words in (told.err, told.out, caplog.text):
        assert "Seit drei Tagen" not in words
        assert "Traceback" not in words
    assert "fail" in caplog.text
    after = scene.session(tmp_path / "store", scene.StandingClock())
    kept = after.call(lambda desk: desk.drafts.get(cid)).result(5)
    after.close()
    assert kept is not None
    assert kept.text == "ok"


async def test_too_long_is_seen_while_typing_and_not_sent(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        assert seen.main.context.composer is not None
        assert "0 / 280" in seen.text
        assert "does not" not in seen.text, "an empty answer is no post, and not too long"
        seen.main.context.composer.area.insert("x" * 279)
        await seen.settle()
        await seen.type("yz!")
        assert "282 / 280" in seen.text
        assert "too long by 2: what is underlined does not fit" in seen.text
        await seen.press("ctrl+s")
        assert replies(seen, cid) == []
        assert "Too long: 282 of 280" in seen.text
        assert seen.main.context.place == "composer"
        await seen.until(lambda: (draft(seen, cid) or "").endswith("yz!"))


async def test_a_public_reply_that_is_too_long_can_go_out_as_numbered_posts(opens: Opens) -> None:
    """A long dialogue is what people ask for; nobody should cut sentences by hand for it."""
    async with opens(size=(80, 40)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r", "f3")
        assert "It fits into one post" in seen.text
        assert seen.main.context.composer is not None
        seen.main.context.composer.area.insert("Wir haben nachgesehen und melden uns. " * 12)
        await seen.settle()
        assert "F3 as numbered posts" in seen.text
        await seen.press("f3")
        assert "Enter sends these 2 posts" in seen.text
        await seen.press("enter")
        items = seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))
        assert len(items) == 2
        assert items[1].after == items[0].id
        assert seen.main.context.writing is None


async def test_an_empty_reply_is_not_sent(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("r", "ctrl+s")
        assert "The reply is empty." in seen.text


async def test_f66_the_composer_says_who_will_read_it_and_f2_changes_that(opens: Opens) -> None:
    """The worst mistake of the trade is a private word in public."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Peter Hahn")
        await seen.press("r")
        assert "Public reply as acme-page to Peter Hahn · everybody reads it" in seen.text
        await seen.press("f2")
        assert "Private reply as acme-page to Peter Hahn · nobody else reads it" in seen.text
        await seen.type("Unter uns:")
        await seen.press("ctrl+s")
        item = seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))[0]
        assert item.private
        assert "leaves in 5 s" in seen.text


async def test_where_the_way_cannot_change_f2_says_why(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press("r", "f2")
        assert "no private answer to a public post" in seen.text
        assert "Public reply" in seen.text


async def test_reply_privately_begins_private(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        seen.select("Peter Hahn")
        await seen.press("R")
        assert "Private reply" in seen.text


async def test_what_cannot_be_answered_says_why_and_offers_the_browser(opens: Opens) -> None:
    """No composer for words that could never leave."""
    async with opens(size=(80, 24)) as seen:
        seen.select("Hugo Lang")
        await seen.press("r")
        assert "only where the author mentioned us" in seen.text
        assert "browser" in seen.text
        assert seen.main.context.writing is None


async def test_send_resolve_next_goes_on(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        following = seen.queue.order[seen.queue.cur + 1]
        await seen.press("enter", "r")
        await seen.type("Erledigt.")
        await seen.press("alt+enter")
        item = seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))[0]
        assert item.also_resolve
        assert seen.main.context.reader.cid == following
        assert seen.main.context.writing is None
        assert "reply to Anna Becker leaves in 10 s" in seen.text


async def test_a_sent_reply_leaves_no_draft_behind(opens: Opens) -> None:
    """The save of the last key must not come after the sending and bring the draft back."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        seen.send("o")
        seen.send("k")
        seen.send("ctrl+s")
        await seen.settle()
        await asyncio.sleep(
            0.5
        )  # longer than a draft takes to be saved: that it is not, has no event to wait for
        assert draft(seen, cid) is None
        assert replies(seen, cid) == [("ok", SendState.HELD)]


async def test_a_failed_reply_shows_its_reason_in_the_thread(opens: Opens) -> None:
    async with opens(size=(160, 45)) as seen:
        seen.select("Monika Weiß")
        await seen.settle()
        assert "Your public reply · failed" in seen.text
        assert "Facebook refused: comments on this post are limited." in seen.text
        assert "Answer privately" in seen.text


async def test_a_note_stays_in_the_house(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("c")
        assert "Internal note · colleagues only, nothing is sent" in seen.text
        await seen.type("Ruft morgen an")
        await seen.until(lambda: seen.desk(lambda desk: desk.notes.begun(cid)) == "Ruft morgen an")
        assert draft(seen, cid) is None
        await seen.press("escape", "c")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Ruft morgen an"
        await seen.press("ctrl+s")
        messages = seen.desk(lambda desk: desk.workplace.store.messages.of_conversation(cid))
        assert messages[-1].direction is Direction.NOTE
        assert seen.desk(lambda desk: desk.notes.begun(cid)) == ""
        assert "Note by tanja, for colleagues only" in seen.text
        assert replies(seen, cid) == []


async def test_hints_stand_below_the_text_and_never_block(opens: Opens) -> None:
    """Trust the agent: a hint is a quiet line, Ctrl+S sends all the same."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo {name}, 0171 1234567")
        await seen.until(lambda: "still open: {name}" in seen.text)
        assert "everybody will read a phone number" in seen.text
        await seen.press("ctrl+s")
        assert [state for _, state in replies(seen, cid)] == [SendState.HELD]


async def test_a_reply_that_x_may_refuse_says_so_and_can_be_sent(opens: Opens) -> None:
    """The rule is an inference: the agent knows it while reading and while writing, and decides."""
    async with opens(size=(80, 24)) as seen:
        asked = scene.said(
            "un", "Thanks for nothing", scene.person("Uwe", "uwe", 913), answerable=Answerable(),
            ago=timedelta(minutes=9),
        )  # fmt: skip
        await seen.changed(lambda desk: scene.arrive(desk.workplace.store, asked))
        seen.select("Anna Becker")
        await seen.press("enter")
        assert "may refuse" not in seen.text
        await seen.press("escape")
        cid = seen.select("Uwe")
        await seen.press("enter")
        assert "X may refuse a reply" in seen.text
        await seen.press("r")
        await seen.type("What happened?")
        await seen.until(lambda: "X may refuse this: you are not named in the post itself" in seen.text)
        await seen.press("ctrl+s")
        assert [state for _, state in replies(seen, cid)] == [SendState.HELD]


async def test_hints_go_as_the_text_is_mended(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Bitte wenden Sie sich an die Hotline")
        await seen.until(lambda: "only passes them on" in seen.text)
        await seen.type(". Ich habe Ihr Paket schon gefunden und schicke es los")
        await seen.until(lambda: "only passes them on" not in seen.text)


async def test_f66_another_account_than_last_time_is_told(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two brands, one agent: the wrong name under an answer is read by everybody."""
    monkeypatch.setitem(scene.ACCOUNTS, "acme-de", "twitter")
    async with opens(size=(120, 30)) as seen:
        asked = scene.said("de", "Wo ist es?", scene.person("Karl", "karl", 912), ago=timedelta(minutes=9))
        await seen.changed(lambda desk: scene.arrive(desk.workplace.store, asked, account="acme-de"))
        seen.select("Karl")
        await seen.press("r")
        await seen.type(PROMISE)
        assert "Public reply as acme-de to Karl" in seen.text
        assert "your last answer" not in seen.text
        await seen.press("ctrl+s", "escape")
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.until(lambda: "account acme-x, your last answer: acme-de" in seen.text)


async def test_f65_the_customer_writing_meanwhile_is_told_while_writing(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Nadia")
        await seen.press("r")
        await seen.type("Ja")
        who = scene.person("Nadia", "nadia_w", 111)

        def again(desk: Desk) -> None:
            message = scene.said(cid.split(":", 2)[2], "Forget it", who, ago=timedelta(0), key="again")
            scene.arrive(desk.workplace.store, message)

        await seen.press("left")
        assert seen.main.context.composer is not None
        place = seen.main.context.composer.area.cursor_location
        await seen.changed(again)
        assert "they wrote again since you began (1)" in seen.text
        assert seen.main.context.composer.text == "Ja"
        assert seen.main.context.composer.area.cursor_location == place == (0, 1)
        assert seen.queue.selected == cid


async def test_the_editor_gets_the_text_and_gives_it_back(
    opens: Opens, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(
        '#!/bin/sh\nprintf "%s, from the editor\\n" "$(cat "$1")" > "$1.new"; mv "$1.new" "$1"\n'
    )
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))
    async with opens(size=(80, 24)) as seen:
        monkeypatch.setattr(seen.app, "suspend", contextlib.nullcontext)
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo")
        await seen.press("ctrl+o")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo, from the editor"
        await seen.until(lambda: draft(seen, cid) == "Hallo, from the editor")


async def test_an_editor_that_fails_leaves_the_text_as_it_was(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "/nonexistent/editor")
    async with opens(size=(80, 24)) as seen:
        monkeypatch.setattr(seen.app, "suspend", contextlib.nullcontext)
        await seen.press("r")
        await seen.type("Hallo")
        await seen.press("ctrl+o")
        assert "the text is as it was" in seen.text
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo"


async def test_quitting_asks_only_when_something_is_unsent(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("ok")
        await seen.press("ctrl+s", "q", "q")
        assert "1 reply has not left yet" in seen.text
        await seen.press("enter")
        assert seen.app.is_running
        await seen.press("z")
        await seen.press("escape", "escape", "q")
        assert not seen.app.is_running


async def test_quitting_while_writing_keeps_the_draft(opens: Opens, tmp_path: Path) -> None:
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        seen.send("h")
        seen.send("i")
        seen.send("ctrl+q")
        await seen.settle()
    after = scene.session(tmp_path / "store", scene.StandingClock())
    kept = after.call(lambda desk: desk.drafts.get(cid)).result(5)
    after.close()
    assert kept is not None
    assert kept.text == "hi"


async def test_letters_go_into_the_text_and_trigger_nothing(opens: Opens) -> None:
    """Every command is one letter; none of them may act while words are written."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("e z q ! x 1 / ? : b + J")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "e z q ! x 1 / ? : b + J"
        assert seen.desk(lambda desk: desk.conversation.get(cid)).status == "open"
        assert seen.main.context.view.name == "waiting"
        assert replies(seen, cid) == []


async def test_a_reply_of_unknown_outcome_says_so_in_the_thread(opens: Opens) -> None:
    async with opens(size=(160, 45)) as seen:
        cid = seen.select("Jürgen K.")
        await seen.settle()
        assert "uncertain" in seen.text
        phases = [
            i.phase for i in seen.desk(lambda desk: desk.workplace.store.outbox.items(conversation=cid))
        ]
        assert phases == [Phase.ASK_AGENT]


async def test_send_resolve_next_goes_on_where_writing_was_begun(opens: Opens) -> None:
    """From the reader to the next conversation in the reader: ten answers are twenty keys, not thirty."""
    async with opens(size=(80, 24)) as seen:
        first = seen.select("Anna Becker")
        await seen.press("enter", "r")
        await seen.type("Danke")
        await seen.press("alt+enter")
        assert seen.main.context.place == "reader"
        assert seen.main.context.reader.cid != first
        await seen.press("escape", "r")
        await seen.type("Danke")
        await seen.press("alt+enter")
        assert seen.main.context.place == "queue"


async def test_people_and_emoji_are_put_in_by_name(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        seen.select("Eva Lindner")
        await seen.press("r", "f7")
        await seen.type("rico")
        await seen.press("enter", "f7")
        await seen.type("folded hands")
        await seen.press("enter")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "@rico_b 🙏"
        assert seen.main.context.place == "composer"


@pytest.mark.parametrize("width", [50, 60, 80, 120, 150])
@pytest.mark.parametrize("language", ["en", "de"])
async def test_who_answers_whom_is_never_cut_away(opens: Opens, width: int, language: str) -> None:
    """Public or private, the account and the addressee stand beside the send key at every width."""
    config = Config(agent="tanja")
    config.screen.language = language
    async with opens(size=(width, 30), config=config) as seen:
        seen.select("Eva Lindner")
        await seen.press("r")
        line = next(line for line in seen.lines if {"en": "Ctrl+S", "de": "Strg+S"}[language] in line)
        assert " acme-x " in line
        assert "Eva Lindner" in line
        assert ("public" if language == "en" else "öffentlich") in line.lower()


async def test_the_outbox_can_be_worked_with_the_mouse(opens: Opens) -> None:
    """A click chooses a reply, and the words at the foot are buttons."""
    async with opens(size=(120, 30)) as seen:
        await seen.press("O")
        screen = seen.app.screen
        assert isinstance(screen, OutboxScreen)
        second = screen.items[1]
        at = screen.page.region
        await seen.pilot.click(offset=(at.x + 3, at.y + 5))
        assert screen.item == second
        foot = screen.query_one("#answers").region
        line = seen.lines[foot.y]
        await seen.pilot.click(offset=(line.index("take back"), foot.y))
        await seen.settle()
        assert second.id not in [item.id for item in screen.items]


async def test_f64_a_paste_is_bounded_and_brings_no_control_characters(opens: Opens) -> None:
    """A megabyte by mistake must not make every later key slow, and what is invisible must not be sent."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        seen.app.post_message(events.Paste("one\x07\r\ntwo \u202e" + "wort " * 200_000))
        await seen.press("escape")
        text = draft(seen, cid)
    assert text is not None
    assert text.startswith("one\ntwo wort")
    assert 19_000 < len(text) <= PASTED


async def test_a_draft_is_not_saved_behind_the_reply_it_became(opens: Opens) -> None:
    """The timer of the draft may end while the reply is handed over: it would stand there twice."""
    async with opens(size=(80, 24)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type(PROMISE)
        seen.main.context.part(Write).unsaved = True
        goes_on = threading.Event()
        seen.session.call(lambda desk: goes_on.wait(5))
        seen.send("ctrl+s")
        while not any(w.group == "command" and not w.is_finished for w in seen.app.workers):
            await asyncio.sleep(0.003)
        seen.main.context.part(Write).save_soon()
        goes_on.set()
        await seen.settle()
        assert replies(seen, cid) == [(PROMISE, SendState.HELD)]
        assert draft(seen, cid) is None


async def test_an_editor_that_cannot_be_read_leaves_the_text(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One quotation mark too many in $EDITOR is no reason to lose a reply."""
    monkeypatch.setenv("VISUAL", 'vim "-u')
    async with opens(size=(80, 24)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type(PROMISE)
        await seen.press("ctrl+o")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == PROMISE
        assert "the text is as it was" in seen.text


@pytest.mark.parametrize(
    ("leaves", "why"),
    [
        (b"", "the file came back empty"),
        (b"\n \n", "the file came back empty"),
        (b"Gr\xfc\xdfe", "the file is not text in UTF-8"),
        (b"a\0b", "the file is not text in UTF-8"),
        (b"x" * 200_001, "the file is far too large for a reply"),
        (None, "the file is gone"),
    ],
    ids=["empty", "blank", "latin-1", "binary", "huge", "gone"],
)
def test_what_an_editor_leaves_is_taken_only_where_it_can_be_a_reply(
    tmp_path: Path, leaves: bytes | None, why: str
) -> None:
    """A crash of the editor, or a wrong program, must not cost the words that are there."""
    file = tmp_path / "reply.txt"
    if leaves is not None:
        file.write_bytes(leaves)
    with pytest.raises(NotTaken, match=why):
        taken(file, "Hallo")


@pytest.mark.parametrize("command", ['vim "-u', "it's", "  ", "vim \\"])
def test_a_command_that_is_none_is_no_error_of_ours(command: str) -> None:
    """Said in one line; the screen goes on."""
    with pytest.raises(NotTaken):
        words_of(command)
