"""`inbox --plain`: everything of a shift in numbered lines, for those who listen to their screen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from inbox.cli.plain import Plain
from inbox.config.screen import Macro
from inbox.domain.model import Status
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from ui import scene

Talk = Callable[..., list[str]]


@pytest.fixture
def talk(filled: Path, tmp_path: Path) -> Talk:
    """Say lines, hear lines; `look` sees the desk afterwards."""

    def talked(*said: str, look: Callable[[Desk], None] | None = None) -> list[str]:
        place = tmp_path / "store"
        if not place.exists():
            shutil.copytree(filled, place)
        session = scene.session(place, scene.StandingClock())
        heard: list[str] = []
        try:
            read = _reader(said)
            plain = Plain(
                session=session,
                agent="tanja",
                zone=scene.ZONE,
                read=read,
                write=heard.append,
                macros=[Macro(name="Storm", text="Hallo {first_name}, wir sind dran.")],
            )
            assert plain.run() == 0
            if look is not None:
                session.call(look).result(5)
        finally:
            session.close()
        return heard

    return talked


def _reader(said: Sequence[str]) -> Callable[[str], str]:
    lines = iter(said)

    def read(prompt: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    return read


def test_the_queue_is_told_in_numbered_sentences(talk: Talk) -> None:
    heard = talk("quit")
    assert "waiting: 25 conversations." in heard
    second = next(line for line in heard if line.startswith("2. "))
    assert second.startswith(
        "2. Anna Becker, X mention, Overdue by 1 h 11 min, in German, new: Seit drei Tagen"
    )


def test_nothing_but_plain_characters_is_written(talk: Talk) -> None:
    """A screen reader spells out every escape sequence, and a hostile name could send one."""
    heard = talk("view all", "more", "more", "more", "open 3", "find mallory", "outbox", "help")
    assert all(line.isprintable() for line in heard)


def test_an_answer_is_written_held_and_taken_back(talk: Talk) -> None:
    """What is taken back is the draft again, so no word is lost."""

    def look(desk: Desk) -> None:
        anna = next(
            cid for cid in desk.queue.order("all") if desk.conversation.get(cid).contact.name == "Anna Becker"
        )
        draft = desk.drafts.get(anna)
        assert draft is not None
        assert draft.text == "Hallo {name},\nIhr Paket kommt morgen."

    heard = talk("reply 2", "Hallo {name},", "Ihr Paket kommt morgen.", ".", "undo", look=look)
    assert "Public reply as acme-x to Anna Becker, everybody reads it." in heard
    assert "Hint: still open: {name}." in heard
    assert "Held, leaves in 10 s; undo takes it back." in heard


def test_an_answer_that_is_broken_off_stays_as_a_draft(talk: Talk) -> None:
    talk("reply 2", "Hallo Frau Becker,")
    assert "so far: Hallo Frau Becker," in talk("reply 2", "!")


def test_decisions_by_number_and_on_the_open_conversation(talk: Talk) -> None:
    def look(desk: Desk) -> None:
        heads = {(c := desk.conversation.get(cid)).contact.name: c for cid in desk.queue.order("all")}
        assert heads["Anna Becker"].status is Status.RESOLVED
        assert heads["Peter Hahn"].assignee == "tanja"
        assert heads["Peter Hahn"].tags == ("late",)
        assert heads["Tom Whitfield"].snoozed_until is not None

    heard = talk("resolve 2", "open 3", "take", "tag late", "snooze 4 morgen 8:30", look=look)
    assert "Resolved. undo takes it back." in heard
    assert "Until Wed 25 Nov 08:30." in heard


def test_a_conversation_sleeps_until_the_customer_writes(talk: Talk) -> None:
    """As on the screen and with `snooze --until reply --through-thanks`; when it comes back is said by `show` too."""

    def look(desk: Desk) -> None:
        peter = next(
            c for c in map(desk.conversation.get, desk.queue.order("all")) if c.contact.name == "Peter Hahn"
        )
        assert (peter.status, peter.snoozed_until, peter.through_thanks) == (Status.SNOOZED, None, True)

    heard = talk("snooze 3 reply through thanks", "view snoozed", look=look)
    assert "Until they reply, thanks do not wake it." in heard
    assert any("Snoozed until they reply, thanks do not wake it" in line for line in heard), heard


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("dance", "There is no dance; help lists the commands."),
        ("open 99", "Not done: there is no number 99; list says the numbers"),
        ("resolve", "Not done: name a number, or open a conversation first"),
        ("snooze 2 whenever", "Not done: 'whenever' is no time"),
        ("view nowhere", 'Not done: no view "nowhere"'),
        ("redo", "Not done: nothing to redo"),
        ("assign 2 nobody", "Not done: nobody here is called 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said(talk: Talk, said: str, heard: str) -> None:
    assert any(line.startswith(heard) for line in talk(said))


def test_a_person_is_told_with_notes_and_joined_by_a_line(talk: Talk) -> None:
    """What the panel shows beside the thread; the numbers then mean their other conversations."""
    heard = talk("open 2", "person", "join facebook:300", "person", "open 1", "undo", "part facebook:300")
    assert "Anna Becker on X (twitter:100)" in heard
    assert "First contact" in heard
    assert "Joined. undo takes it back." in heard
    at = heard.index("The same person: Sabine Krüger on Facebook (facebook:300)")
    assert heard[at + 1].startswith("#refund")
    assert heard[at + 2].startswith("1. Sabine Krüger, Facebook Messenger")
    assert "Joined: taken back." in heard
    assert "Not done: They are not joined." in heard


def test_a_conversation_is_told_fact_by_fact_without_signs_to_listen_to(talk: Talk) -> None:
    """A bar before every line is heard before every line; what strangers wrote is set in instead."""
    heard = talk("open 2", "quit")
    at = heard.index("Anna Becker")
    assert heard[at + 1 : at + 4] == ["X mention", "Overdue by 1 h 11 min", "An answer is public."]
    assert heard[at + 4] == "Anna Becker writes, Tue 24 Nov 10:54:"
    assert heard[at + 5].startswith("  Seit drei Tagen steht mein Paket")
    assert not any(sign in "".join(heard) for sign in "│┃░▸|<")


def test_a_reply_that_crosses_a_colleagues_is_asked_about_and_sent_on_the_agents_word(
    talk: Talk, tmp_path: Path, filled: Path
) -> None:
    """Nobody looks at a screen here: the question comes in the line after the reply."""
    place = tmp_path / "store"
    shutil.copytree(filled, place)
    session = scene.session(place, scene.StandingClock(), agent="jonas")
    first = session.call(lambda desk: desk.queue.order("waiting")[1]).result(5)
    session.call(lambda desk: desk.replying.reply(first, Reply("Ich kümmere mich."))).result(5)
    session.close()
    heard = talk("reply 2", "Ich auch.", ".", "anyway 2", "anyway 2")
    assert "jonas is answering too. Send it all the same, or take it back." in heard
    assert heard[-2:] == ["On its way.", "Not done: no reply of yours is asked about here"]


def test_a_new_colleague_is_named_on_purpose(talk: Talk) -> None:
    """A misspelt name would hold a conversation that nobody looks at; a new one is meant with --new."""

    def look(desk: Desk) -> None:
        holders = {
            desk.conversation.get(cid).contact.name: desk.conversation.get(cid).assignee
            for cid in desk.queue.order("all")
        }
        assert holders["Anna Becker"] == "lena"
        assert holders["Peter Hahn"] is None
        assert "lena" in desk.workplace.agent_names()

    heard = talk("assign 3 lena", "assign 2 lena --new", look=look)
    (refused,) = [line for line in heard if line.startswith("Not done: nobody here is called 'lena'")]
    assert refused.endswith("(A new colleague: add --new)")


def test_outside_service_hours_each_row_says_until_when_its_timer_rests(tmp_path: Path) -> None:
    """Who listens hears it too: the number stands still until the morning."""
    clock = scene.StandingClock(scene.NIGHT)
    scene.fill(tmp_path / "night", clock)
    session = scene.session(tmp_path / "night", clock)
    heard: list[str] = []
    try:
        read = _reader(["find Nadia", "open 1"])
        Plain(session=session, agent="tanja", zone=scene.ZONE, read=read, write=heard.append).run()
    finally:
        session.close()
    assert sum("rests until Wed 7h" in line for line in heard) >= 2, heard


def test_a_macro_goes_from_one_to_the_next_and_is_taken_back_as_one(talk: Talk) -> None:
    """The incident of the day, for those who listen to their screen."""

    def look(desk: Desk) -> None:
        states = [item.text for item in desk.outbox.items() if item.text.endswith("wir sind dran.")]
        assert states == []

    heard = talk("macro 2 4 sto", "", "skip", "undo", look=look)
    assert "Reply 1 of 2 to Anna Becker" in heard
    assert "  Hallo Anna, wir sind dran." in heard
    assert "Reply 2 of 2 to Tom Whitfield" in heard
    assert "1 reply held, 1 not answered; undo takes it back." in heard
    assert heard[-1] == "The reply: taken back."


def test_a_macro_that_is_not_there_is_answered_with_those_that_are(talk: Talk) -> None:
    assert "Not done: name one of the macros: Storm" in talk("macro 2 rain")


def test_drafts_are_listed_with_numbers(talk: Talk) -> None:
    heard = talk("drafts")
    assert any(line.startswith("1. Oliver Brandt") for line in heard)
