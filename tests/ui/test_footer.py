"""The footer speaks of the innermost layer: who types a filter is not told that e resolves."""

from __future__ import annotations

import pytest

from inbox.config.model import Config
from inbox.config.screen import Macro
from inbox.domain.model import Surface
from inbox.engine.desk.desk import Desk
from ui import scene
from ui.conftest import Opens, Seen

CONFIG = Config(agent="tanja", macros=[Macro(name="Hello", text="Hallo {first_name}")])


def foot(seen: Seen) -> str:
    return seen.lines[-1].strip()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["/"], "Enter to the list  Tab next view"),
        (["enter", "/"], "Enter first hit  n next hit  N previous hit"),
        (["i"], "o profile  p join  P part  c note"),
        (["c"], "Ctrl+S keep  Ctrl+O editor  PgUp thread"),
        (["r"], "Ctrl+S send  Alt+Enter send, resolve  Ctrl+T macro"),
        (["x"], "1 marked   e resolve  m macro, one by one  l tag  a take  b snooze"),
        (["m"], "↓ down  ↑ up  Enter choose  Esc leave"),
        (["w"], "j down  k up"),
        ([], "Enter open  r reply  c note  e resolve"),
    ],
)
async def test_the_footer_is_the_innermost_layers(opens: Opens, keys: list[str], told: str) -> None:
    """A key that does something else here than the footer says is the quickest way to a wrong answer."""
    async with opens(size=(100, 30), config=CONFIG) as seen:
        await seen.press(*keys)
        assert foot(seen).startswith(told)


async def test_a_note_is_offered_nothing_that_sends(opens: Opens) -> None:
    async with opens(size=(160, 45)) as seen:
        await seen.press("c")
        assert not {"send", "attach", "macro", "public/private"} & set(foot(seen).split())


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("keys", [["/"], ["i"], ["c"], ["r"], ["x"], []])
async def test_the_key_for_all_keys_is_never_cut_off(opens: Opens, width: int, keys: list[str]) -> None:
    async with opens(size=(width, 24)) as seen:
        await seen.press(*keys)
        assert foot(seen).endswith(("? keys", "F1 keys"))


async def test_after_a_window_the_footer_is_the_lists_again(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        before = foot(seen)
        await seen.press("w", "escape")
        assert foot(seen) == before


async def test_the_footer_names_the_keys_of_the_config(opens: Opens) -> None:
    config = Config(agent="tanja", keys={"conversation.resolve": "Q", "screen.back": "backspace"})
    async with opens(size=(100, 30), config=config) as seen:
        await seen.press("x")
        assert "Q resolve" in foot(seen)
        assert "backspace no marks" in foot(seen)


# -- marks -------------------------------------------------------------------------------------------------


async def test_ctrl_a_marks_all_of_the_filter_also_what_is_not_on_the_screen(opens: Opens) -> None:
    """A wave is two hundred rows, and the screen has twenty."""
    async with opens(size=(80, 12)) as seen:
        await seen.press("/")
        await seen.type("is:waiting on:mentions")
        await seen.press("enter", "ctrl+a")
        wanted = seen.desk(lambda desk: desk.queue.order("waiting", "on:mentions"))
        assert len(wanted) > 10
        assert seen.queue.targets == wanted
        assert f"{len(wanted)} marked" in foot(seen)
        await seen.press("escape")
        assert seen.queue.marks == {}
        assert foot(seen).startswith("Enter open")


async def test_marks_below_what_is_known_of_a_long_view_stay_through_a_renewal(opens: Opens) -> None:
    """The list reads five hundred at a time; a mark must not depend on how far the agent has scrolled."""
    async with opens(size=(80, 12)) as seen:
        await seen.press("ctrl+a")
        marked = dict(seen.queue.marks)
        seen.main.context.renewal._reach = 5
        seen.main.context.renew()
        await seen.settle()
        assert len(seen.queue.order) == 5
        assert seen.queue.marks == marked
        assert set(seen.queue.targets) == set(marked)


def storm(desk: Desk) -> None:
    for at in range(4):
        who = scene.person(f"Storm {at}", f"storm{at}", 900 + at)
        text = f"@acmeparcels Die App stürzt seit dem Update beim Öffnen ab{'!' * at}"
        scene.arrive(
            desk.workplace.store,
            scene.said(f"st{at}", text, who, ago=scene.minutes(10 + at), surface=Surface.MENTIONS),
        )


async def test_what_says_the_same_is_marked_with_one_key(opens: Opens) -> None:
    async with opens(size=(100, 40)) as seen:
        await seen.changed(storm)
        seen.select("Storm 2")
        await seen.press("&")
        names = {seen.queue.row(cid).conversation.contact.name for cid in seen.queue.marks}  # type: ignore[union-attr]
        assert names == {f"Storm {at}" for at in range(4)}
        assert "Marked: 4 conversations as Storm 2 wrote, or nearly so." in seen.text


async def test_where_nothing_is_alike_it_says_so_and_marks_nothing(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        seen.select("Anna Becker")
        await seen.press("&")
        assert "Nobody else in this view wrote anything like that." in seen.text
        assert seen.queue.marks == {}
