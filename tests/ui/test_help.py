"""The help: found by what one wants to do, over the screen and over every window that tells something."""

from __future__ import annotations

import pytest

from inbox.config.model import Config
from inbox.ui.windows.dialogs import Page
from inbox.ui.windows.help import Help
from inbox.ui.windows.sheet import Sheet
from ui.conftest import Opens, Seen


def page(seen: Seen) -> list[str]:
    """The lines of the page on top, those out of sight too."""
    return seen.app.screen.query_one(Page).plain.splitlines()


async def test_the_signs_come_first(opens: Opens) -> None:
    """What the row says is asked before the first key is pressed."""
    async with opens(size=(100, 30)) as seen:
        await seen.press("?")
        assert page(seen)[0] == "Signs"


async def test_what_one_wants_to_do_is_found_with_its_key(opens: Opens) -> None:
    """Nobody reads a hundred lines for one key."""
    async with opens(size=(100, 30)) as seen:
        await seen.press("?", "/")
        await seen.type("snooze")
        found = page(seen)
        assert any(line.split()[:1] == ["b"] for line in found)
        assert all(
            "snooz" in line.lower() for line in found if line.startswith("  ") and line.split()[0] == "b"
        )
        assert len(found) < 20
        await seen.type(" zzz")
        assert page(seen) == ["No key and no sign is told of by these words."]
        await seen.press("escape")
        assert isinstance(seen.app.screen, Help), "Escape leaves the search first"
        assert page(seen)[0] == "Signs"
        await seen.press("escape")
        assert not isinstance(seen.app.screen, Help)


async def test_what_was_found_can_be_scrolled_to_its_ends(opens: Opens) -> None:
    async with opens(size=(80, 24)) as seen:
        await seen.press("?", "/")
        await seen.type("e")
        await seen.press("enter", "G")
        shown = seen.app.screen.query_one(Page)
        assert shown.top == shown.last_top > 0
        await seen.press("g")
        assert shown.top == 0
        await seen.press("end", "home")
        assert shown.top == 0


@pytest.mark.parametrize("opened_by", ["S", "w", "W", "f10"])
async def test_a_question_mark_in_a_window_tells_its_keys_and_q_never_ends_the_program(
    opens: Opens, opened_by: str
) -> None:
    """It closed the window, and the `q` that was meant for the window ended the program."""
    async with opens(size=(100, 30)) as seen:
        await seen.press(opened_by)
        assert isinstance(seen.app.screen, Sheet)
        await seen.press("?")
        assert "This window" in page(seen)
        assert "search" in seen.main.context.bars.keys.plain
        await seen.press("q")
        assert isinstance(seen.app.screen, Sheet)
        assert "search" not in seen.main.context.bars.keys.plain
        await seen.press("q")
        assert seen.app.screen is seen.main
        assert seen.app.is_running


async def test_a_key_of_the_config_is_found_under_its_new_name(opens: Opens) -> None:
    config = Config(agent="tanja", keys={"conversation.resolve": "f9"})
    async with opens(config=config) as seen:
        await seen.press("?", "/")
        await seen.type("f9")
        assert any("F9" in line and "Resolve" in line for line in page(seen))
