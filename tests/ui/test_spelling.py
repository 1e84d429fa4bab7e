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


async def test_without_what_it_needs_it_is_silent(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Ihr Pakett kommt ")
        assert "spelling?" not in seen.text
        await seen.press("f9")
        assert "No word looks misspelt." in seen.main.context.bars.message[0]
