"""The manual page says what the program can do, all of it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from inbox.cli.manual import commands, config_page, page
from inbox.system import places


def test_the_manual_names_every_command_and_option() -> None:
    text = "\n".join(page())
    for name, command in commands().items():
        assert f".SS {name}" in text
        for action in command._actions:
            for option in action.option_strings:
                assert option.replace("-", "\\-") in text, f"{name} {option}"
    for part in ("INBOX_TOKEN_", "CREDENTIALS_DIRECTORY", "EXIT STATUS", "EXAMPLES"):
        assert part in text


def test_no_line_of_the_manual_is_taken_for_a_request() -> None:
    """A leading dot or quote would vanish."""
    known = {".TH", ".SH", ".SS", ".TP", ".PP", ".B"}
    assert all(line.split(" ")[0] in known for line in page() if line.startswith((".", "'")))


@pytest.mark.parametrize("name", ["inbox", "inbox-config"])
@pytest.mark.parametrize(
    "checker", [["groff", "-man", "-Tutf8", "-ww", "-z"], ["mandoc", "-Tlint", "-Werror"]]
)
def test_checkers_find_nothing_in_the_pages(name: str, checker: list[str]) -> None:
    """What they complain about, some reader shows wrong."""
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    text = "\n".join(page() if name == "inbox" else config_page())
    done = subprocess.run(checker, input=f"{text}\n", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_page_about_the_config_names_every_setting_of_the_example() -> None:
    text = "\n".join(config_page()).replace("\\-", "-").replace("\\e", "\\")
    for line in places.example().splitlines():
        if line.strip() and not line.startswith("# "):
            assert " ".join(line.split()) in text, line


def test_man_reads_the_manual_without_a_word() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"],
        input="\n".join(page()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "inbox login" in " ".join(re.sub(".\b", "", done.stdout).split())
