"""What the repository holds, and that its texts tell the truth."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from inbox.cli.help_commands import TOPICS
from inbox.places import EXAMPLE, example

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
START = "python3 -m pip install uv && uvx --from . inbox demo"
TEST = "python3 -m pip install uv && uv run pytest"
TOP = {"pyproject.toml", "README.md", "inbox", "tests", EXAMPLE, "LICENSE"}
KEYS = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- /keys -->)", re.DOTALL)


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


def test_the_readmes_keys_are_the_programs_keys() -> None:
    """Mend it with `python tests/house/test_repository.py`."""
    from inbox.ui.key_table import key_table

    found = KEYS.search(README.read_text("utf-8"))
    assert found is not None, "the README has lost its marks <!-- keys --> and <!-- /keys -->"
    assert found[0].strip() == key_table().strip()


def test_the_wheel_carries_the_example(tmp_path: Path) -> None:
    """`inbox init` must work for those who have no checkout."""
    uv = os.environ.get("UV") or needs("uv")
    build = [uv, "build", "--wheel", "--quiet", "--out-dir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        packed.extractall(tmp_path / "installed")
    pages = {f"inbox/manual/{topic}.md" for topic in TOPICS}
    assert names >= {"inbox/py.typed", "inbox/__main__.py", "inbox/locale/de.po", *pages}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"inbox", "social_inbox"}
    assert wheel.stat().st_size < 2_000_000
    program = "import inbox.places as p; print(p.__file__); print(p.example(), end='')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / "installed",
        capture_output=True,
        text=True,
        check=True,
    )
    where, _, text = done.stdout.partition("\n")
    assert Path(where).is_relative_to(tmp_path), "it must be the installed one that answers"
    assert text == example() == (ROOT / EXAMPLE).read_text("utf-8")


if __name__ == "__main__":
    from inbox.ui.key_table import key_table

    README.write_text(KEYS.sub(lambda _: key_table(), README.read_text("utf-8")), "utf-8")
