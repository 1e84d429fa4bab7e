"""The documents of the repository: whatever is named exists, and whatever links leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAPERS = ROOT / ".github"
NAMED = re.compile(r"(?<![\w./-])((?:\.{1,2}/|\.)?[\w][\w./-]*\.md)\b(?:#([\w.-]*\w))?")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
ELSEWHERE = {"README.md", "manual.md"}
"""Names of files that are made while the program or a test runs, or that several folders have."""


def documents() -> list[Path]:
    return [
        *sorted(PAPERS.rglob("*.md")),
        *sorted((ROOT / "inbox" / "manual").glob("*.md")),
        ROOT / "README.md",
        ROOT / ".readme" / "keys.md",
    ]


def texts() -> Iterator[Path]:
    """Everything in which a document may be named."""
    yield from documents()
    for folder in ("inbox", "tests"):
        for ending in ("*.py", "*.po", "*.tcss", "*.toml"):
            yield from sorted((ROOT / folder).rglob(ending))
    yield from (ROOT / "pyproject.toml", ROOT / "config.example.toml", ROOT / ".ci" / "run")


@cache
def anchors(page: Path) -> frozenset[str]:
    """Where a link into `page` can lead: its headings as GitHub writes them, and the numbers of its facts."""
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = (re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings)
    return frozenset(slugs) | frozenset(re.findall(r'<a id="([^"]+)"></a>', text))


def found(name: str, beside: Path) -> list[Path]:
    """The documents that `name` can mean in a text that lies in the folder `beside`."""
    near = (beside / name).resolve()
    return [page for page in documents() if page == near or page.as_posix().endswith(f"/{name}")]


def lost(text: Path) -> Iterator[str]:
    for name, anchor in NAMED.findall(text.read_text("utf-8")):
        pages = found(name, text.parent)
        if not pages and name not in ELSEWHERE:
            yield f"{text.relative_to(ROOT)}: {name}"
        elif pages and anchor and not any(anchor in anchors(page) for page in pages):
            yield f"{text.relative_to(ROOT)}: {name}#{anchor}"


def test_every_document_that_is_named_is_in_the_repository() -> None:
    """A reference to a page that only its author has explains nothing."""
    this = Path(__file__).resolve()
    missing = [name for text in texts() if text != this for name in lost(text)]
    assert missing == [], (
        "name a page of .github, with its heading or number: BEHAVIOUR.md#timers, facts/x.md#1.1"
    )


@pytest.mark.parametrize("page", documents(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    """A dead link is where a first reader gives up."""
    dead = []
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        goal = (page.parent / target).resolve() if target else page
        if not goal.exists() or (anchor and goal.suffix == ".md" and anchor not in anchors(goal)):
            dead.append(f"{target}#{anchor}")
    assert dead == []


def test_every_fact_has_a_number_of_its_own() -> None:
    """A number that two facts share, or an anchor beside another number, sends the reader to the wrong one."""
    for page in sorted((PAPERS / "facts").glob("*.md")):
        numbers = re.findall(
            r'^- <a id="([^"]+)"></a>\*\*([^*]+)\*\* ', page.read_text("utf-8"), re.MULTILINE
        )
        assert len(numbers) > 20
        assert [anchor for anchor, shown in numbers if anchor != shown] == []
        assert len(set(numbers)) == len(numbers)


# -- the architecture ---------------------------------------------------------------------------------------

ARCHITECTURE = PAPERS / "ARCHITECTURE.md"


def tree() -> dict[str, bool]:
    """The paths of the drawn tree, and whether each is a folder."""
    drawn = ARCHITECTURE.read_text("utf-8").split("```")[1]
    paths: dict[str, bool] = {}
    above: list[tuple[int, str]] = []
    for line in drawn.strip("\n").splitlines():
        indent = len(line) - len(line.lstrip())
        names = re.findall(r"(?:^\s*|(?<=/)  )([\w]+(?:/|\.py))", line)
        above = [folder for folder in above if folder[0] < indent]
        for name in names:
            parent = above[-1][1] if above else ""
            paths[f"{parent}{name}"] = name.endswith("/")
        above.append((indent, f"{above[-1][1] if above else ''}{names[0]}"))
    return paths


def test_the_tree_of_the_architecture_names_what_exists_and_every_package() -> None:
    """A map that lacks a room, or shows one that was torn down, is worse than none."""
    drawn = tree()
    assert [path for path, folder in drawn.items() if (ROOT / path).is_dir() != folder] == []
    packages = {
        f"{init.parent.relative_to(ROOT).as_posix()}/" for init in (ROOT / "inbox").rglob("__init__.py")
    }
    assert packages - drawn.keys() == set()


def test_every_path_in_the_documents_exists() -> None:
    """Pages name files for whoever wants to change something there."""
    paths = re.compile(r"`((?:inbox|tests|\.github|\.readme|\.ci)/[\w./]+)`")
    missing = [
        f"{page.relative_to(ROOT)}: {path}"
        for page in sorted(PAPERS.rglob("*.md"))
        for path in paths.findall(page.read_text("utf-8"))
        if not (ROOT / path).exists()
    ]
    assert missing == []


def test_the_import_rules_of_the_architecture_are_those_that_are_held() -> None:
    """Two lists of layers would drift apart."""
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    held = next(contract["layers"] for contract in contracts if contract["name"] == "imports point down")
    section = ARCHITECTURE.read_text("utf-8").partition("## Who may import whom")[2]
    assert section.split("```")[1].split("\n")[1:-1] == [layer.replace("inbox.", "") for layer in held]


# -- words ---------------------------------------------------------------------------------------------------


def test_the_german_words_of_the_glossary_are_those_of_the_screen() -> None:
    """One word for one thing holds in German too; a glossary beside the screen would name a third one."""
    catalogue = (ROOT / "inbox" / "wording" / "locale" / "de.po").read_text("utf-8")
    shown = " ".join(re.findall(r'^msgstr "(.*)"', catalogue, re.MULTILINE)).lower()
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", (PAPERS / "GLOSSARY.md").read_text("utf-8"), re.MULTILINE
    )
    words = [word.strip() for name, german in rows if name != "word" for word in german.split(",")]
    assert len(words) > 40
    assert [word for word in words if word not in ("-", "") and word.lower() not in shown] == []
