"""Hints on spelling: in a pause, about whole words, quiet, and gone with the word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from engine.test_spelling import Fake, dictionary

from inbox.system.spelling import Spelling
from ui.conftest import Opens


@pytest.fixture
def spelling(tmp_path: Path) -> Callable[[], Spelling]:
    dictionary(tmp_path / "dicts", "de_DE", "Hallo", "Frau", "Ihr", "Paket", "Pakete", "kommt", "morgen")
    return lambda: Spelling(tmp_path, {}, folders=[str(tmp_path / "dicts")], load=Fake)


async def test_a_word_that_looks_misspelt_is_told_and_put_right(
    opens: Opens, spelling: Callable[[], Spelling]
) -> None:
    async with opens(size=(100, 30), spelling=spelling) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo Frau Becker, Ihr Pakett")
        assert "spelling?" not in seen.text
        await seen.type(" kommt morgen. ")
        assert "spelling? Pakett" in seen.text
        await seen.press("f9")
        assert "Pakett → Paket" in seen.text
        await seen.press("enter")
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == "Hallo Frau Becker, Ihr Paket kommt morgen. "
        assert "spelling?" not in seen.text


async def test_a_word_is_taken_for_right_from_now_on(opens: Opens, spelling: Callable[[], Spelling]) -> None:
    async with opens(size=(100, 30), spelling=spelling) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Ihr Routaro kommt. ")
        assert "spelling? Routaro" in seen.text
        await seen.press("f9", "enter")
        assert "spelling?" not in seen.text
        await seen.type("Routaro kommt. ")
        assert "spelling?" not in seen.text


def without_extra(folder: Path) -> Spelling:
    found = Spelling(folder, {}, folders=[], load=Fake)
    found._load = None
    return found


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("off", "screen.spelling is off in the config."),
        ("extra", "the extra `spell` is missing"),
        ("dictionary", "there is no dictionary for the language of this reply."),
        ("there", "No word looks misspelt."),
    ],
)
async def test_f9_says_that_no_word_is_misspelt_only_where_that_was_checked(
    opens: Opens, spelling: Callable[[], Spelling], tmp_path: Path, what: str, told: str
) -> None:
    """Who is told that all is well sends it."""
    ways: dict[str, Callable[[], Spelling] | None] = {
        "off": None,
        "extra": lambda: without_extra(tmp_path),
        "dictionary": lambda: Spelling(tmp_path, {}, folders=[], load=Fake),
        "there": spelling,
    }
    async with opens(size=(120, 30), spelling=ways[what]) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Ihr Paket kommt morgen ")
        assert "spelling?" not in seen.text
        await seen.press("f9")
        assert told in seen.main.context.bars.message[0]


async def test_f9_looks_at_what_was_just_typed(opens: Opens, spelling: Callable[[], Spelling]) -> None:
    """Nobody waits half a second before a key."""
    async with opens(size=(100, 30), spelling=spelling) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Ihr Pakett")
        await seen.press("f9")
        assert "Pakett → Paket" in seen.text
