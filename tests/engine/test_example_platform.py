"""A platform of another package, whole: what `inbox.platform_kit` promises is tried by a package that uses nothing else."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sign_in.conftest import Run, home, run  # noqa: F401  # fixtures

from inbox.config import platforms
from inbox.config.file import parse
from inbox.config.model import ConfigError
from inbox.domain import declarations, kinds
from inbox.wiring.platforms import platform

EXAMPLE = Path(__file__).parents[1] / "example_platform"
CONFIG = """
agent = "tanja"
history = "3000d"
[sending]
hold_private = "0s"
[vault]
kind = "file"
passphrase_file = "{home}/passphrase"
[[accounts]]
name = "desk"
platform = "letters"
folder = "{home}/letters"
"""


@pytest.fixture
def letters(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:  # noqa: F811
    """The example is installed as a wheel installs it; the folder holds one letter."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    entries = project["entry-points"]["inbox.adapters"]
    site = home / "site"
    info = site / "inbox_letters-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: inbox-letters\nVersion: 1\n", "utf-8")
    lines = [f"{name} = {target}" for name, target in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[inbox.adapters]", *lines]), "utf-8")
    (site / "inbox_letters.py").write_text((EXAMPLE / "inbox_letters.py").read_text("utf-8"), "utf-8")
    monkeypatch.syspath_prepend(str(site))
    (home / "passphrase").touch(0o600)
    (home / "passphrase").write_text("correct horse\n")
    (home / "letters").mkdir()
    (home / "letters" / "anna.in.1.txt").write_text("Where is my parcel?", "utf-8")
    (home / "config.toml").write_text(CONFIG.format(home=home), "utf-8")
    platform.cache_clear()
    yield home / "letters"
    platform.cache_clear()
    sys.modules.pop("inbox_letters", None)
    declarations._DECLARED.pop("letters", None)
    kinds.PLATFORMS.pop("letters", None)


def test_a_folder_of_letters_is_signed_in_read_answered_and_read_again(letters: Path, run: Run) -> None:  # noqa: F811
    """Its own setting and its own surface work end to end without a line in the core."""
    status, _, err = run("login", "desk", "--token", "-", typed=["letters-password"])
    assert status == 0, err
    status, out, err = run("sync", "--once", "--json")
    assert status == 0, out + err
    (head,) = json.loads(run("queue", "--json")[1])
    assert (head["surface"], head["platform"]) == ("letters", "letters")
    for narrowed in (("--view", "direct"), ("--filter", "on:letters")):
        status, out, err = run("queue", "--json", *narrowed)
        assert [c["id"] for c in json.loads(out)] == [head["id"]], (out, err)
    status, out, err = run("reply", head["id"], "--text", "On its way.")
    assert status == 0, out + err
    run("sync", "--once")
    answers = [file for file in letters.iterdir() if ".out." in file.name]
    assert [file.read_text("utf-8") for file in answers] == ["On its way."]
    run("sync", "--once")
    status, out, _ = run("show", head["id"], "--json")
    assert out.count("On its way.") >= 1
    shown = json.loads(out)
    assert len(shown["messages"]) == 2, "the answer that is read again is the one that was sent"
    status, out, err = run("check", "--offline", "--json")
    assert "Traceback" not in out + err
    assert not [one for one in json.loads(out) if one["what"] == "desk" and not one["ok"]]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('foldr = "x"', 'unknown key, did you mean "folder"?'),
        ('page_id = "1"', "is a setting of facebook accounts"),
        ('settings = "x"', "accounts[0].settings: unknown key"),
        ("folder = 7", "folder: expected text in quotes, found a whole number"),
        ('surfaces = ["leters"]', 'did you mean "letters"?'),
    ],
)
def test_a_mistake_in_its_settings_is_named_with_its_line(letters: Path, line: str, words: str) -> None:
    """As in the accounts of our own platforms: a silent mistake would be an account that does nothing."""
    with pytest.raises(ConfigError) as wrong:
        parse(f'[[accounts]]\nname = "desk"\nplatform = "letters"\n{line}\n', "c.toml")
    (problem,) = wrong.value.problems
    assert problem.startswith("c.toml:4: accounts[0].")
    assert words in problem


@pytest.mark.parametrize(("version", "words"), [(platforms.INTERFACE + 1, "newer inbox"), (0, "too old")])
def test_another_interface_version_is_refused_in_one_line(
    letters: Path, version: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it would work, and the other half raise in the middle of a day."""
    import inbox_letters  # type: ignore[import-not-found]  # installed by the fixture

    monkeypatch.setattr(inbox_letters.Letters, "interface", version)
    assert words in platforms.find("letters").problem


def test_the_example_uses_the_kit_alone() -> None:
    """What it needs beyond would be no public interface."""
    tree = ast.parse((EXAMPLE / "inbox_letters.py").read_text("utf-8"))
    used = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    assert {name for name in used if name.startswith("inbox")} == {"inbox.platform_kit"}
