"""The command table: one record a command, shown everywhere, remapped by its id."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import inbox.ui
from inbox.config.model import Config
from inbox.ui.commands import table as commands
from inbox.ui.commands.key_table import key_table
from inbox.ui.commands.keymap import clashes, keymap, show
from inbox.ui.commands.table import BY_ID, COMMANDS
from inbox.ui.handlers import HANDLERS
from inbox.ui.main.screen import Main
from inbox.ui.windows.dialogs import Pick
from inbox.ui.windows.outbox import OutboxScreen
from inbox.ui.windows.reply_walk import ReplyWalkScreen
from ui.conftest import Opens

ACTIONS = "inbox.ui.actions."
ALTGR_ON_GERMAN = set("@{[]}\\~|€²³")
PRODUCT_KEYS = [
    "j",
    "k",
    "g",
    "G",
    "ctrl+d",
    "ctrl+u",
    "enter",
    "escape",
    "J",
    "K",
    "n",
    "N",
    "tab",
    "/",
    "colon",
    "ctrl+p",
    "?",
    "r",
    "R",
    "c",
    "e",
    "b",
    "a",
    "A",
    "l",
    "+",
    "-",
    "!",
    "x",
    "space",
    "V",
    ".",
    "z",
    "Z",
    "i",
    "t",
    "w",
    "s",
    "o",
    "y",
    "Y",
    "ctrl+r",
    "q",
    "ctrl+s",
    "alt+enter",
    "ctrl+o",
    "f2",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
]


def test_no_key_means_two_things_in_one_place() -> None:
    assert clashes(keymap()) == []


def test_every_key_that_was_promised_is_there() -> None:
    """Agents have these keys in their fingers: none may vanish."""
    offered = {key for command in COMMANDS for key in command.keys}
    assert set(PRODUCT_KEYS) <= offered


def test_no_first_key_needs_altgr_on_a_german_keyboard() -> None:
    assert not [c.id for c in COMMANDS if set(c.keys[0]) & ALTGR_ON_GERMAN]


async def test_every_command_has_code_that_does_it() -> None:
    """The table of handlers is written by hand, so that an editor leads from a key to its code."""
    outbox = {c.id for c in COMMANDS if c.scope == "outbox"}
    walk = {c.id for c in COMMANDS if c.scope == "walk"}
    assert set(HANDLERS) == set(BY_ID) - outbox - walk
    assert set(OutboxScreen([], {}).handlers()) == outbox
    assert {id for id in ReplyWalkScreen([], None).handlers() if id in walk} == walk  # type: ignore[arg-type]


@pytest.mark.parametrize(("demo", "loaded"), [(False, set()), (True, {"Teaching"})])
async def test_no_group_of_commands_is_loaded_before_the_first_frame(
    opens: Opens, monkeypatch: pytest.MonkeyPatch, demo: bool, loaded: set[str]
) -> None:
    """Nobody waits for what no key has asked for; only the tutorial of the demo is there from the start."""
    begin, found = Main.begin, []

    def begun(screen: Main) -> None:
        parts = screen.context._parts.values()
        found.append({type(p).__name__ for p in parts if type(p).__module__.startswith(ACTIONS)})
        begin(screen)

    monkeypatch.setattr(Main, "begin", begun)
    async with opens(size=(160, 45), demo=demo):
        assert found == [loaded]


def test_every_method_that_does_something_is_a_command() -> None:
    """What no key and no palette reaches, and no other part of the screen, does not exist for the agent."""
    files = {path: path.read_text("utf-8") for path in Path(inbox.ui.__file__).parent.rglob("*.py")}
    for path, text in files.items():
        if path.parent.name == "actions":
            elsewhere = "".join(other for at, other in files.items() if at != path)
            called = rf"\b\w+\)\.{{}}\b|\b{path.stem}\.{{}}\b"
            methods = public_methods(text)
            unused = [m for m in methods if not re.search(called.format(m, m), elsewhere)]
            assert unused == [], path.name


def public_methods(text: str) -> Iterator[str]:
    """Of the classes of a file."""
    for cls in ast.parse(text).body:
        for method in cls.body if isinstance(cls, ast.ClassDef) else ():
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_"):
                yield method.name


def test_the_key_table_names_every_command_in_both_forms() -> None:
    for markdown in (True, False):
        table = key_table(markdown=markdown)
        assert all(c.id in table and c.title in table for c in COMMANDS)


def test_the_table_needs_no_screen() -> None:
    """`inbox keys` works where no terminal is, and at once."""
    code = "import sys, inbox.ui.commands.key_table as c; c.key_table(); print('textual' in sys.modules or 'rich' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_keys_are_given_another_key_by_command_id() -> None:
    changed = keymap({"conversation.resolve": "Q, ctrl+e"})
    assert changed.keys["conversation.resolve"] == ("Q", "ctrl+e")
    assert changed.problems == ()


def test_a_wish_for_an_unknown_command_is_reported_with_a_hint() -> None:
    assert 'did you mean "conversation.resolve"?' in keymap({"conversation.resolv": "W"}).problems[0]


def test_a_wish_for_a_taken_key_is_reported_and_left_out() -> None:
    changed = keymap({"conversation.resolve": "b"})
    assert changed.keys["conversation.resolve"] == ("e",)
    assert '"b" for conversation.resolve already means "Snooze"' in changed.problems[0]


def test_two_wishes_may_trade_keys() -> None:
    changed = keymap({"conversation.resolve": "b", "conversation.snooze": "e"})
    assert changed.problems == ()
    assert clashes(changed) == []


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("ctrl+s", "Ctrl+S"),
        ("?", "?"),
        ("question_mark", "?"),
        ("+", "+"),
        ("pagedown", "PgDn"),
        ("f2", "F2"),
        ("colon", ":"),
        ("G", "G"),
        ("shift+tab", "Shift+Tab"),
    ],
)
def test_keys_are_written_as_people_know_them(key: str, shown: str) -> None:
    assert show(key) == shown


async def test_a_key_of_the_config_works_and_the_old_one_does_not(opens: Opens) -> None:
    config = Config(agent="tanja", keys={"conversation.resolve": "Q"})
    async with opens(size=(80, 24), config=config) as seen:
        cid = seen.queue.order[0]
        assert "Q resolve" in seen.text
        await seen.press("e")
        assert cid in seen.queue.order
        await seen.press("Q")
        assert cid not in seen.queue.order


async def test_a_bad_key_of_the_config_is_told_at_the_start(opens: Opens) -> None:
    config = Config(agent="tanja", keys={"conversation.resolve": "b"})
    async with opens(size=(120, 24), config=config) as seen:
        assert "already means" in seen.text


async def test_help_lists_every_command_of_the_place_with_its_keys(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        await seen.press("?")
        told = seen.app.screen.page.plain  # type: ignore[attr-defined]
        for c in commands.in_place("queue"):
            assert c.title in told
            assert show(c.keys[0]) in told
        assert "Send, resolve, next" not in told


async def test_the_palette_reaches_every_command(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        await seen.press(":")
        pick = seen.app.screen
        assert isinstance(pick, Pick)
        titles = {choice.text for choice in pick.suggest("")}
        assert {c.title for c in COMMANDS if c.palette} <= titles
        assert not titles & {"Screenshot", "Save screenshot"}
        await seen.type("reso")
        await seen.press("enter")
        assert "Resolved: Renate Vogt" in seen.text


async def test_the_palette_tells_why_something_cannot_be_done(opens: Opens) -> None:
    async with opens(size=(120, 36)) as seen:
        await seen.press("ctrl+p")
        await seen.type("repeat")
        assert "There is nothing to repeat" in seen.text


async def test_commands_below_the_palette_are_those_of_the_table(opens: Opens) -> None:
    """Textual's own palette would offer a screenshot: customers' words in the downloads folder."""
    async with opens(size=(80, 24)) as seen:
        assert seen.app.ENABLE_COMMAND_PALETTE is False
        bound = {b.binding.action for b in seen.app.active_bindings.values()}
        assert not [a for a in bound if "screenshot" in a or "command_palette" in a]


def test_every_binding_of_the_screen_comes_from_the_table() -> None:
    """A key outside the table is in no help, no palette and no README, and nobody can give it another key. The
    windows over the screen close and move by keys of their own."""
    root = Path(inbox.ui.__file__).parent
    outside = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if any(
            isinstance(n, ast.Name) and n.id == "Binding"
            for n in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    ]
    assert sorted(outside) == [
        "commands/bindings.py",
        "widgets/filter_input.py",  # Tab edits what is typed, as letters do
        "windows/accounts.py",
        "windows/dialogs.py",
        "windows/help.py",
        "windows/outbox.py",
        "windows/sheet.py",
        "windows/sign_in.py",
    ]


def test_ids_follow_one_form() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", id) for id in BY_ID)
    assert len(BY_ID) == len(COMMANDS)
