"""Keys that every program of a terminal has, and keys that mean nothing."""

from __future__ import annotations

import pytest
from textual.app import App

from ui.conftest import Opens


@pytest.mark.parametrize(("key", "told"), [("Q", "Q"), ("f5", "F5"), ("ctrl+y", "Ctrl+Y")])
async def test_a_key_that_means_nothing_says_so_and_names_the_key_for_all_keys(
    opens: Opens, key: str, told: str
) -> None:
    """Silence looks like a program that hangs."""
    async with opens(size=(100, 30)) as seen:
        await seen.press(key)
        assert f"{told} does nothing here; ? shows the keys." in seen.text


@pytest.mark.parametrize("keys", [["j"], ["x"], ["enter"], ["1"], ["r", "Q", "f9"], ["/", "Q"]])
async def test_a_key_that_means_something_says_nothing_of_the_kind(opens: Opens, keys: list[str]) -> None:
    async with opens(size=(100, 30)) as seen:
        await seen.press(*keys)
        assert not any("does nothing here" in text for _, text, _ in seen.main.context.bars.said)


async def test_ctrl_z_suspends_and_what_is_typed_is_on_disk_before(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forgets the stopped job, or kills it, has lost no word."""
    kept = []

    async with opens(size=(160, 40)) as seen:
        cid = seen.select("Anna Becker")
        await seen.press("r")
        await seen.type("Hallo Anna")

        def stopped(app: App[None]) -> None:
            kept.append(seen.desk(lambda desk: desk.drafts.get(cid)))

        monkeypatch.setattr(App, "action_suspend_process", stopped)
        await seen.press("escape", "ctrl+z")
        assert kept[0] is not None
        assert kept[0].text == "Hallo Anna"


async def test_while_writing_ctrl_z_is_undo(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(App, "action_suspend_process", lambda app: stopped.append(True))
    async with opens(size=(100, 30)) as seen:
        await seen.press("r")
        await seen.type("abc")
        await seen.press("ctrl+z")
        assert stopped == []
        assert seen.main.context.composer is not None
        assert seen.main.context.composer.text == ""
