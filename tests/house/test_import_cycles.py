"""Files that import each other in a circle can only be understood together, and changed together.

Every import is counted, those for the type checker and those inside functions too: import-linter's layers say which
folder may know which, this says that no two files know each other.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def imports(root: Path) -> dict[str, set[str]]:
    """By module of the package at `root`, which others of it are imported anywhere in its file."""
    files = {module(path, root): path for path in sorted(root.rglob("*.py"))}
    return {name: named(path, files.keys()) & (files.keys() - {name}) for name, path in files.items()}


def module(path: Path, root: Path) -> str:
    parts = (root.name, *path.relative_to(root).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def named(path: Path, known: Set[str]) -> set[str]:
    """Which modules the import statements of a file mean: of `from a import b` the module `a.b`, else `a`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {module if module in known else node.module for module in modules}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def cycles(edges: Mapping[str, Set[str]]) -> list[list[str]]:
    """Groups of modules each of which reaches all others of the group."""
    reached = {name: reach(name, edges) for name in edges}
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in edges
        if name in reached[name]
    }
    return sorted(list(group) for group in groups)


def reach(name: str, edges: Mapping[str, Set[str]]) -> set[str]:
    seen, todo = set[str](), [name]
    while todo:
        new = edges[todo.pop()] - seen
        seen |= new
        todo += new
    return seen


def test_no_two_files_import_each_other() -> None:
    edges = imports(ROOT / "inbox")
    assert len(edges) > 300
    assert cycles(edges) == []


def test_a_cycle_through_a_function_and_one_for_the_type_checker_are_found(tmp_path: Path) -> None:
    """A test that finds nothing must be one that could."""
    root = tmp_path / "house"
    root.mkdir()
    (root / "__init__.py").write_text("")
    (root / "cellar.py").write_text("def stairs():\n    from house import attic\n")
    (root / "attic.py").write_text("if TYPE_CHECKING:\n    from house.cellar import stairs\n")
    (root / "garden.py").write_text("import house.attic\n")
    assert cycles(imports(root)) == [["house.attic", "house.cellar"]]
