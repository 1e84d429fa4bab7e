"""What is published is whole, small and tells the truth: wheel and sdist, version, extras, licences, the lock."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
from house import licences
from house.test_repository import needs
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from inbox import __version__
from inbox.cli.help_commands import TOPICS, page
from inbox.system.places import EXAMPLE, example

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / ".ci" / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@dataclass(frozen=True)
class Built:
    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist, and the wheel that is built from it alone."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--out-dir", str(folder), str(ROOT))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


def uv(*words: str) -> None:
    program = os.environ.get("UV") or needs("uv")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_the_program_and_nothing_else(built: Built) -> None:
    """What the program reads at run time is in it: manual, catalogue, style sheets, example config, type marker."""
    with zipfile.ZipFile(built.wheel) as packed:
        names = set(packed.namelist())
    sources = {f"inbox/{path.relative_to(ROOT / 'inbox')}" for path in (ROOT / "inbox").rglob("*")}
    shipped = {name for name in sources if name.endswith((".py", ".po", ".tcss", ".md", ".toml", ".typed"))}
    pages = {f"inbox/manual/{topic}.md" for topic in TOPICS}
    assert shipped >= {"inbox/wording/locale/de.po", "inbox/py.typed", "inbox/__main__.py", *pages}
    assert any(name.endswith(".tcss") for name in shipped)
    packages = {name for name in names if not name.startswith("social_inbox-")}
    assert packages >= shipped | {f"inbox/{EXAMPLE}"}
    assert [name for name in names if re.search(r"(^|/)(tests?|__pycache__|\.[^/]+)/|\.pyc$", name)] == []
    assert built.wheel.stat().st_size < 2_000_000


def test_the_sdist_holds_what_the_wheel_is_made_of(built: Built) -> None:
    """And no tests, no caches, no lock with the hosts of one machine."""
    with tarfile.open(built.sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    top = {name.partition("/")[0] for name in names}
    assert top == {"inbox", EXAMPLE, "pyproject.toml", "README.md", "LICENSE", "PKG-INFO", ".gitignore"}
    assert [name for name in names if "__pycache__" in name or name.endswith(".pyc")] == []
    assert built.sdist.stat().st_size < 2_000_000


def test_the_checkout_builds_the_wheel_that_the_sdist_builds(built: Built, tmp_path: Path) -> None:
    """Whoever packs from the sdist and whoever packs from the repository ship the same program."""
    uv("build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.read_bytes() == built.wheel.read_bytes()


def test_the_wheel_runs_from_an_empty_environment(built: Built, tmp_path: Path) -> None:
    """With what it says it needs, and nothing that happens to be beside it."""
    home = tmp_path / "venv"
    uv("venv", "--quiet", "--python", sys.executable, str(home))
    python = next(path for path in (home / "bin/python", home / "Scripts/python.exe") if path.exists())
    uv("pip", "install", "--quiet", "--python", str(python), str(built.wheel))
    environment = {
        "HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb",
        **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
    }  # fmt: skip

    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            [python, "-m", "inbox", *words],
            cwd=tmp_path, env=environment, input=typed, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    assert run("--version") == (0, f"inbox {__version__}\n", "")
    assert run("help", "agent") == (0, page("agent"), "")
    status, out, _ = run("help")
    assert (status, all(topic in out for topic in TOPICS)) == (0, True)
    config = tmp_path / "config.toml"
    status, _, err = run("--config", str(config), "init", "--agent", "mia")
    assert (status, err) == (0, "")
    assert "# " in config.read_text("utf-8")
    assert len(config.read_text("utf-8")) > len(example()) / 2
    status, out, _ = run("demo", "--plain", "--conversations", "20", typed="quit\n")
    assert status == 0
    assert "waiting" in out.lower()


def test_the_version_is_the_newest_of_the_changes() -> None:
    """A release whose changes nobody wrote down does not leave the house, and the other way round."""
    newest = re.search(r"^## (\S+)", page("changes"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__ == metadata.version(licences.DISTRIBUTION)


def test_the_extra_all_is_every_other_extra() -> None:
    extras = PROJECT["optional-dependencies"]
    (all_,) = map(Requirement, extras["all"])
    assert all_.extras == extras.keys() - {"all"}


def test_the_metadata_say_what_a_package_index_shows(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as packed:
        (name,) = (n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        told = email.message_from_bytes(packed.read(name))
    assert told["Description-Content-Type"] == "text/markdown"
    assert (told["License-Expression"], told["License-File"]) == ("MIT", "LICENSE")
    assert told["Requires-Python"] == PROJECT["requires-python"]
    assert str(told.get_payload()).startswith("# inbox")
    assert told.get_all("Project-URL") is None, "name an address only once there is one"


def test_every_package_that_comes_along_is_listed_with_its_licence() -> None:
    """Mend it with `python tests/house/licences.py`."""
    assert licences.PAGE.read_text("utf-8") == licences.page()


def test_what_is_listed_by_hand_agrees_with_what_is_installed() -> None:
    """Packages of other systems are compared wherever they happen to be there."""
    here = licences.closure(frozenset({"all"})) & licences.ELSEWHERE.keys()
    assert {name: licences.ELSEWHERE[name][0] for name in here} == {
        name: licences.licence(name) for name in here
    }


def test_the_lock_pins_everything_with_hashes_and_names_no_host() -> None:
    """Write it with the command in its second line. It can be installed from any index, or from a folder of wheels."""
    text = LOCK.read_text("utf-8")
    assert "://" not in text
    pins = {
        canonicalize_name(found[1]): found[0]
        for found in re.finditer(r"^([A-Za-z0-9._-]+)==\S+.*(?:\\\n.*)+", text, re.MULTILINE)
    }
    assert [name for name, lines in pins.items() if "--hash=sha256:" not in lines] == []
    wanted = [*PROJECT["dependencies"], *(r for rs in PROJECT["optional-dependencies"].values() for r in rs)]
    missing = []
    for line in wanted:
        asked = Requirement(line)
        if asked.name == licences.DISTRIBUTION:
            continue
        pinned = re.match(r"[^=]+==([^\s;]+)", pins.get(canonicalize_name(asked.name), ""))
        if pinned is None or not asked.specifier.contains(pinned[1]):
            missing.append(line)
    assert missing == []
