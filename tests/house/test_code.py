"""The rules of the house that tools can judge: style, types, the direction of imports, the size of a file."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LONGEST = 500
"""Lines of a file under inbox/: what is longer does two things."""


def succeed(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def module(name: str, *arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", name, *arguments]


def test_imports_point_down() -> None:
    """The contracts of pyproject.toml: no screen that stores, no domain that reads a clock."""
    succeed(sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()")


def test_the_code_keeps_the_style() -> None:
    succeed(*module("ruff", "check", "--no-cache", "."))
    succeed(*module("ruff", "format", "--no-cache", "--check", "."))


@pytest.mark.timeout(300)
def test_the_types_hold() -> None:
    succeed(*module("mypy", "--strict", "inbox"))


def test_no_file_does_two_things() -> None:
    too_long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in (ROOT / "inbox").rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert too_long == {}


def test_only_wiring_and_the_adapters_name_a_platform_package() -> None:
    """A third platform is a folder and an entry point; nothing else learns its name."""
    named = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "inbox").rglob("*.py")
        if not path.is_relative_to(ROOT / "inbox" / "adapters")
        and any(
            line.strip().startswith(("from inbox.adapters.twitter", "from inbox.adapters.facebook"))
            for line in path.read_text("utf-8").splitlines()
        )
    ]
    assert set(named) <= {"inbox/demo/stage.py", "inbox/demo/day.py"}


DOCUMENTED = 0.8
"""Share of the public classes and functions of a package that say what they do. It may rise."""


def test_public_names_say_what_they_do() -> None:
    """Shapes, units, errors: who calls a function should not have to read it."""
    for package in ("adapters", "cli", "domain", "engine", "store", "ui"):
        public = [
            (node.name, ast.get_docstring(node))
            for path in (ROOT / "inbox" / package).rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("_")
        ]
        silent = [name for name, words in public if not words]
        assert len(silent) <= (1 - DOCUMENTED) * len(public), f"{package}: {silent[:20]}"
