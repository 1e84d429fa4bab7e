"""Hints that go away once they are learned, and the demo's tutorial: answer three people."""

from __future__ import annotations

from pathlib import Path

import pytest

from inbox.config.model import Config
from inbox.domain.model import Person
from inbox.store.sqlite.store import LocalStore
from inbox.ui.actions.teaching import Teaching
from inbox.ui.commands.keymap import keymap
from inbox.ui.commands.table import BY_ID
from inbox.ui.text.lessons import FIRST_HINTS, LAST_WORDS, LESSONS, STARTS, Learned, Tutorial, keyed
from inbox.wording.language import choose, tr
from ui import scene
from ui.conftest import Opens, Seen

# -- hints -------------------------------------------------------------------------------------------------


def status(seen: Seen) -> str:
    return seen.main.context.bars.status.plain


async def test_a_hint_goes_away_when_it_is_learned_and_the_next_one_comes(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        assert "Enter opens a conversation" in status(seen)
        await seen.press("enter")
        assert "opens a conversation" not in status(seen)
        await seen.press("escape")
        assert "r writes an answer" in status(seen)


async def test_what_is_said_goes_before_what_is_taught(opens: Opens) -> None:
    """A hint that hides what just happened would be worse than none."""
    async with opens(size=(100, 30)) as seen:
        await seen.press("e")
        assert "Resolved: Renate Vogt" in status(seen)
        assert "opens a conversation" not in status(seen)


async def test_escape_sends_a_hint_away_and_it_stays_away(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        for hint in FIRST_HINTS:
            assert keyed(hint.words, keymap(), "quiet")[-1].text in status(seen)
            await seen.press("escape")
        assert "1 failed, 1 uncertain" in status(seen)
        assert not seen.main.context.bars.hint
    async with opens(size=(100, 30)) as seen:
        assert not seen.main.context.bars.hint, "it is remembered for the agent"


async def test_after_a_few_starts_nobody_is_new_any_more(opens: Opens) -> None:
    for _ in range(STARTS):
        async with opens(size=(100, 30)) as seen:
            assert seen.main.context.bars.hint
    async with opens(size=(100, 30)) as seen:
        assert not seen.main.context.bars.hint


async def test_a_hint_names_the_key_of_the_config(opens: Opens) -> None:
    config = Config(agent="tanja", keys={"conversation.open": "ctrl+e"})
    async with opens(size=(100, 30), config=config) as seen:
        assert "Ctrl+E opens a conversation" in status(seen)


@pytest.mark.parametrize("words", [h.words for h in FIRST_HINTS] + [t.words for t in LESSONS] + [LAST_WORDS])
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_taught_fits_the_smallest_screen(words: str, language: str) -> None:
    choose(language, {})
    try:
        told = "".join(part.text for part in keyed(words, keymap()))
        beside = f"{tr(' {n} of 3 ', n=1)} F8{tr(' ends this ')} "
    finally:
        choose("en", {})
    assert "{" not in told
    assert len(told) <= 80 - len(beside)


def test_every_hint_can_be_learned() -> None:
    learned = Learned(starts=1)
    for hint in FIRST_HINTS:
        assert learned.next == hint
        learned = learned.after(BY_ID[hint.learned_by[-1]].id)
    assert learned.next is None


# -- the tutorial ------------------------------------------------------------------------------------------


def three(folder: Path) -> Path:
    """Three customers who wait, and nothing else."""
    store = LocalStore(folder)
    for at in range(3):
        who = Person(name=f"Person {at}", handle=f"p{at}", remote_id=str(at + 1000))
        scene.arrive(store, scene.said(f"n{at}", "Where is it?", who, ago=scene.minutes(100 - at)))
    store.close()
    return folder


def lesson(seen: Seen) -> str:
    bar = seen.main.context.part(Teaching).lesson_bar
    return bar.plain if bar is not None and bar.display else ""


async def writes(seen: Seen, words: str, *then: str) -> None:
    """Begins an answer, types the words, and presses what follows."""
    await seen.press("r")
    await seen.type(words)
    await seen.press(*then)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_tutorial_follows_three_answers(
    opens: Opens, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Whoever follows it has opened, answered, taken back, resolved, and done all of it with one key."""
    async with opens(size=size, demo=True, folder=three(tmp_path / "three")) as seen:
        assert "1 of 3" in lesson(seen)
        assert "Enter opens the conversation" in lesson(seen)
        await seen.press("enter")
        assert "r writes an answer" in lesson(seen)
        await seen.press("r")
        assert "Ctrl+S sends it" in lesson(seen)
        await seen.type("On its way.")
        await seen.press("ctrl+s")
        assert "z takes it back" in lesson(seen)
        await seen.press("z")
        assert "Your words are back" in lesson(seen)
        await seen.press("ctrl+s")
        assert "e resolves" in lesson(seen)
        await seen.press("e")
        assert "2 of 3" in lesson(seen)
        await writes(seen, "Tomorrow.", "alt+enter")
        assert "3 of 3" in lesson(seen)
        await writes(seen, "Friday.", "alt+enter")
        assert "All three are done!" in lesson(seen)
        await seen.press("f8")
        assert lesson(seen) == ""


async def test_the_tutorial_can_be_left_while_writing_and_nothing_is_lost(opens: Opens) -> None:
    async with opens(size=(80, 24), demo=True) as seen:
        await writes(seen, "half a sen", "f8")
        assert lesson(seen) == ""
        await seen.type("tence")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "half a sentence"


async def test_without_the_demo_there_is_no_tutorial(opens: Opens) -> None:
    """Nobody learns on real customers."""
    async with opens(size=(80, 24)) as seen:
        assert lesson(seen) == ""
        await seen.press("f8")
        assert "inbox demo" in seen.text


def test_who_knows_more_than_the_lesson_is_not_held_up() -> None:
    tutorial = Tutorial()
    tutorial.happened("writing")
    tutorial.happened("answered")
    assert tutorial.lesson is not None
    assert tutorial.lesson.person == 2


def test_a_reply_that_left_is_not_asked_for_back() -> None:
    """The hold of the demo lasts half a minute; who reads slowly must not be told to do what cannot be done."""
    tutorial = Tutorial()
    for event in ("opened", "writing", "sent", "left"):
        tutorial.happened(event)
    assert tutorial.lesson is not None
    assert "resolves" in tutorial.lesson.words


def test_looking_around_teaches_nothing_by_accident() -> None:
    tutorial = Tutorial()
    for event in ("opened", "opened", "left", "opened"):
        tutorial.happened(event)
    assert tutorial.at == 1
