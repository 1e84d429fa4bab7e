"""Private names of Textual: all in one table, all there in the installed version, none used elsewhere."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import textual

import inbox.ui.terminal.private_names as private_names
from inbox.ui.terminal.private_names import PRIVATE_NAMES, STOCK, PrivateName, difference, why_stock

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "inbox" / "ui"
ADVICE = (
    "The program still runs, with Textual's own part in its place. Look at what replaced the name, change "
    "inbox/ui/terminal and its row in private_names.py, or drop both if the name buys nothing any more."
)


@pytest.mark.parametrize("one", PRIVATE_NAMES, ids=lambda one: f"{one.owner}.{one.name}")
def test_the_installed_textual_has_the_name_as_the_table_says(one: PrivateName) -> None:
    """A new Textual is judged here, by name, before anybody wonders why the screen is slow."""
    assert difference(one) is None, f"{difference(one)} in Textual {textual.__version__}. {ADVICE}"


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (PrivateName("", "textual._gone", "x", None, ""), "textual._gone is missing"),
        (PrivateName("", "textual.screen:Gone", "x", None, ""), "textual.screen:Gone is missing"),
        (
            PrivateName("", "textual.screen:Screen", "_gone", None, ""),
            "textual.screen:Screen._gone is missing",
        ),
        (PrivateName("", "textual.screen:Screen", "_gone", (), ""), "textual.screen:Screen._gone is missing"),
        (
            PrivateName("", "textual.app:App", "_check_bindings", ("self", "key"), ""),
            "textual.app:App._check_bindings takes self, key, priority",
        ),
    ],
)
def test_what_differs_is_named(one: PrivateName, told: str) -> None:
    """It is what the agent and the next developer read."""
    assert difference(one) == told


def test_a_part_is_replaced_for_one_missing_name_and_the_others_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A renamed name of the driver must not cost the painting."""
    gone = PrivateName("driver", "textual.screen:Screen", "_gone", None, "")
    monkeypatch.setattr(private_names, "PRIVATE_NAMES", (*PRIVATE_NAMES, gone))
    monkeypatch.delenv(STOCK, raising=False)
    assert why_stock.__wrapped__("driver") == "textual.screen:Screen._gone is missing"
    assert why_stock.__wrapped__("painting") is None


def test_what_is_safe_stays_where_the_stock_parts_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for another driver must not let a paste press keys."""
    monkeypatch.setenv(STOCK, "1")
    assert why_stock.__wrapped__("painting") == f"{STOCK} is set"
    assert why_stock.__wrapped__("pasting") is None
    assert why_stock.__wrapped__("crash") is None


# -- nowhere else ----------------------------------------------------------------------------------------


def trees(folder: Path) -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py"))}


@cache
def textuals() -> frozenset[str]:
    """The private names that Textual gives to methods and attributes."""
    found = set()
    for tree in trees(Path(textual.__file__).parent).values():
        found |= own_names(tree)
    return frozenset(found)


def own_names(tree: ast.Module) -> set[str]:
    """Private names that the module itself defines: functions, and attributes that it assigns or declares."""
    found = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
    found |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    found |= {
        n.target.id for n in ast.walk(tree) if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    }
    return {name for name in found if name.startswith("_") and not name.startswith("__")}


def used(tree: ast.Module) -> set[str]:
    """Names of Textual's that the module reads, overrides or imports."""
    own = own_names(tree)
    table = {one.name for one in PRIVATE_NAMES}
    read = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)} & textuals()
    private_modules = {
        f"{n.module}.{alias.name}"
        for n in ast.walk(tree)
        if isinstance(n, ast.ImportFrom) and n.module and n.module.startswith("textual.")
        for alias in n.names
        if "._" in f"{n.module}.{alias.name}"
    }
    return (read - own) | (own & table) | private_modules


def test_no_private_name_of_textual_is_used_outside_of_its_folder() -> None:
    """Otherwise the table, and with it the fallback, is not complete."""
    outside = {
        path.relative_to(ROOT).as_posix(): names
        for path, tree in trees(UI).items()
        if "terminal" not in path.relative_to(UI).parts and (names := used(tree))
    }
    assert outside == {}


def test_all_that_is_used_is_in_the_table() -> None:
    table = {one.name for one in PRIVATE_NAMES}
    unknown = {
        path.name: rest
        for path, tree in trees(UI / "terminal").items()
        if (rest := {name.rpartition(".")[2] for name in used(tree)} - table)
    }
    assert unknown == {}


# -- on Textual's own parts ------------------------------------------------------------------------------

REPRESENTATIVE = ("tests/ui/test_triage.py", "tests/ui/test_guard.py")
"""A queue, a reader, windows and a crash; all of tests/ui with `INBOX_STOCK_TERMINAL=1 pytest tests/ui`."""


def test_asked_for_them_the_program_takes_textuals_own_parts() -> None:
    """Otherwise the test below would try our own parts once more."""
    program = (
        "import inbox.ui.terminal.painting as p, inbox.ui.terminal.driver_choice as d\n"
        "from textual.drivers import linux_driver as l\n"
        "print(p.PaintedScreen.__name__, d.choose_driver(l.LinuxDriver).__name__, l.XTermParser.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, STOCK: "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["StockScreen", "LinuxDriver", "inbox.ui.terminal.parser"]


@pytest.mark.timeout(280)
@pytest.mark.skipif(why_stock("painting") is not None, reason="runs on Textual's own parts already")
def test_the_screen_does_the_same_on_textuals_own_parts() -> None:
    """Nobody sees the fallback until a new Textual needs it: then it has to work."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            *REPRESENTATIVE,
        ],
        cwd=ROOT,
        env={**os.environ, STOCK: "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
