"""Every promise of the README names the tests that hold it, and every fault of the list has a test.

The list is section 13 of the reliability plan, F01 to F100. A test carries the number in its name, in its doc line
or in the table of the fault matrix.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
NUMBER = re.compile(r"(?<![A-Za-z0-9])[fF](\d{2,3})(?![A-Za-z0-9])")
PROMISES = re.compile(r"(?<=<!-- promises -->\n).*?(?=<!-- /promises -->)", re.DOTALL)
NAMED = re.compile(r"`(test_\w+)`")

NOT_BUILT = {
    **dict.fromkeys(range(71, 78), "the inbox has no HTTP receiver of its own"),
    **dict.fromkeys((*range(95, 100),), "one person works one inbox; teams share none yet"),
}
"""Faults of what does not exist here."""


@cache
def named() -> dict[str, set[int]]:
    """Every test function, with the fault numbers it carries."""
    found: dict[str, set[int]] = {}
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                said = f"{node.name} {ast.get_docstring(node) or ''}"
                found.setdefault(node.name, set()).update(map(int, NUMBER.findall(said)))
    return found


def in_the_matrix() -> set[int]:
    from faults.matrix import NUMBERS

    return {int(number) for numbers in NUMBERS.values() for number in NUMBER.findall(numbers)}


def test_every_fault_has_a_test_or_a_reason() -> None:
    """A bar with gaps nobody sees is lower than it looks. What is not built is said when the suite ends."""
    carried = set().union(*named().values()) | in_the_matrix()
    assert not carried & NOT_BUILT.keys()
    assert [f"F{n:02}" for n in range(1, 101) if n not in carried and n not in NOT_BUILT] == []


def test_every_promise_of_the_readme_names_tests_that_exist() -> None:
    """Printed promises are held, or they are advertising."""
    table = PROMISES.search((ROOT / "README.md").read_text("utf-8"))
    assert table is not None
    rows = [row for row in table[0].splitlines() if re.match(r"\| \d", row)]
    assert len(rows) >= 9
    for row in rows:
        names = NAMED.findall(row)
        assert names, row
        assert [name for name in names if name not in named()] == []
