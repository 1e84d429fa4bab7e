"""A key that the bars name must be the one that works: whoever gave a command another key reads that one."""

from __future__ import annotations

import ast
from pathlib import Path

import inbox.ui
from inbox.config.model import Config
from inbox.ui.commands.table import BY_ID
from ui.conftest import Opens


async def test_the_bar_names_the_key_that_takes_a_reply_back(opens: Opens) -> None:
    config = Config(agent="tanja", keys={"edit.undo": "f11"})
    async with opens(size=(120, 36), config=config) as seen:
        await seen.press("r")
        await seen.type("We look into it.")
        await seen.press("ctrl+s")
        bar = seen.main.context.bars.status.plain
        assert "F11 takes it back" in bar
        assert "z takes it back" not in bar


def test_what_can_be_clicked_is_a_command() -> None:
    """A click on a part of a bar runs the command it names; one that is not in the table would stop the screen."""
    named = [
        (path.name, argument.value)
        for path in Path(inbox.ui.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Part"
        for argument in node.args[2:3]
        if isinstance(argument, ast.Constant)
    ]
    assert len(named) > 10
    assert [(file, id) for file, id in named if id not in BY_ID] == []
