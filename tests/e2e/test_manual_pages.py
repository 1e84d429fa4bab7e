"""The manual is shipped, complete, and every command in it can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from e2e.conftest import Run
from inbox.cli.arguments import parser
from inbox.cli.help_commands import TOPICS, page
from inbox.domain.filter import OPERATORS, STATES
from inbox.errors import UsageError

CONFIG = '[[accounts]]\nname = "acme-x"\nplatform = "twitter"\napi_url = "{url}"\n# {page}\n'
README = Path(__file__).resolve().parents[2] / "README.md"
PLACES = {"SHELL": "bash", "WHEN": "+3h", "...": "text"}


def commands(text: str) -> list[str]:
    """Every command line that stands between backquotes or on a line of its own in a block."""
    spans = re.findall(r"`(inbox(?: [^`\n]*)?)`", text)
    blocks = [line for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    found = [*spans, *(line for line in blocks if line.startswith("inbox"))]
    return [re.split(r" *(?:#|\||[(),;])", line)[0].strip() for line in found]


@pytest.mark.parametrize("name", ["README", *TOPICS])
def test_every_command_of_the_texts_can_be_typed(name: str) -> None:
    """A manual with a line that is refused is worse than none."""
    text = README.read_text("utf-8") if name == "README" else page(name)
    assert {line: wrong for line in commands(text) if (wrong := refused(line))} == {}


def refused(line: str) -> str | None:
    """Why a command line is not understood; a command that is merely named, without what it asks for, is."""
    words = [PLACES.get(word, word) for word in shlex.split(line)[1:]]
    try:
        parser().parse_args(words)
    except UsageError as wrong:
        return None if len(words) <= 2 and "missing: " in str(wrong) else str(wrong)
    except SystemExit as ended:
        return str(ended.code or "") or None
    return None


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_is_shown_by_its_name(run: Run, topic: str) -> None:
    """From the package, so that it is there without a checkout."""
    status, out, err = run("help", topic)
    assert (status, err) == (0, "")
    assert out == page(topic)
    assert out.startswith("# ")
    assert f"inbox/manual/{topic}.md" in README.read_text("utf-8")


def test_a_mistyped_page_is_named(run: Run) -> None:
    status, _, err = run("help", "privcy")
    assert (status, '"privacy"' in err) == (2, True)


def test_the_filter_words_of_the_manual_are_the_programs() -> None:
    """All of them, and none that it does not know."""
    text = re.search(r"## Finding\n(.*?)\n## ", page("agent"), re.DOTALL)
    assert text is not None
    told = set(re.findall(r"`([a-z]+):`", text[1]))
    states = re.search(r"`is:` \(([^)]*)\)", text[1])
    assert states is not None
    assert (told, set(re.split(r",\s+", states[1]))) == (set(OPERATORS), set(STATES))
