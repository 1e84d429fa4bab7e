"""What the repository holds, and that its texts tell the truth."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from inbox.system.places import EXAMPLE

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
START = "python3 -m pip install uv && uvx --from . inbox demo"
TEST = "python3 -m pip install uv && uv run pytest -n auto"
TOP = {"pyproject.toml", "README.md", "inbox", "tests", EXAMPLE, "LICENSE"}
KEYS = ROOT / ".readme" / "keys.md"


def needs(program: str) -> str:
    """The program's path. Skips with a reason where it is missing; fails where CI is set."""
    found = shutil.which(program)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is missing")
        pytest.skip(f"{program} is not installed")
    return found


def tracked() -> list[str]:
    git = needs("git")
    # the folder is named: root runs this on clones that belong to somebody else
    command = [git, "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_top_level_holds_what_belongs_there() -> None:
    top = {name.partition("/")[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} <= TOP


def test_no_place_of_one_machine_and_no_registry_stands_in_a_file() -> None:
    """The clone of somebody else must work, with the package index they use."""
    places = ["/work" + "/", "/root" + "/", "/Users" + "/"]
    hosts = ["pypi" + ".org", "python" + "hosted", "index" + "-url", "INDEX" + "_URL", "artifact" + "ory"]
    found = [
        f"{name}: {word}"
        for name in tracked()
        for word in (*places, *hosts)
        if word in (ROOT / name).read_text("utf-8", errors="replace")
    ]
    assert found == []


def test_the_readme_names_both_commands_on_lines_of_their_own() -> None:
    lines = README.read_text("utf-8").splitlines()
    assert START in lines
    assert TEST in lines


def test_ci_runs_exactly_the_readmes_test_command_last() -> None:
    script = ROOT / ".ci" / "run"
    assert script.read_text("utf-8").splitlines()[-1] == TEST
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)


def test_the_table_of_keys_is_the_programs() -> None:
    """Mend it with `python tests/house/test_repository.py`."""
    assert KEYS.read_text("utf-8") == _keys()
    assert ".readme/keys.md" in README.read_text("utf-8")


def test_every_file_that_the_readme_names_is_there() -> None:
    """A picture that is missing, or a page that was renamed, is the first thing a visitor sees."""
    named = re.findall(r"\]\(([^)#:]+)\)", README.read_text("utf-8"))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_pictures_are_small_enough_to_be_fetched_by_everybody() -> None:
    assert sum(file.stat().st_size for file in (ROOT / ".readme").iterdir()) < 1_500_000


def _keys() -> str:
    from inbox.ui.commands.key_table import key_table

    return f"# Keys\n\n`?` shows those of the place you are in; `[keys]` in the config changes any of them.\n\n{key_table()}"


if __name__ == "__main__":
    KEYS.write_text(_keys(), "utf-8")
