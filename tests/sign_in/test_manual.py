"""The manual page and shell completion say what the program can do, all of it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from inbox.cli import main
from inbox.cli.manual import bash, commands, fish, page, zsh


def test_the_manual_names_every_command_and_option() -> None:
    text = "\n".join(page())
    for name, command in commands().items():
        assert f".SS {name}" in text
        for action in command._actions:
            for option in action.option_strings:
                assert option.replace("-", "\\-") in text, f"{name} {option}"
    for part in ("INBOX_TOKEN_", "CREDENTIALS_DIRECTORY", "EXIT STATUS"):
        assert part in text


def test_no_line_of_the_manual_is_taken_for_a_request() -> None:
    """A leading dot or quote would vanish."""
    known = {".TH", ".SH", ".SS", ".TP", ".PP", ".B"}
    assert all(line.split(" ")[0] in known for line in page() if line.startswith((".", "'")))


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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_every_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in commands())


def test_bash_completes_commands_options_and_choices() -> None:
    """Sourced in a real one."""
    bash_ = shutil.which("bash")
    if bash_ is None:
        pytest.skip("bash is not installed")

    def complete(line: str) -> list[str]:
        words = line.split(" ")
        quoted = " ".join(f"'{word}'" for word in words)
        program = (
            f"{bash()}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _inbox; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run([bash_, "-c", program], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout.split()

    assert {"login", "logout"} <= set(complete("inbox log"))
    assert "--paste" in complete("inbox login acme --")
    assert complete("inbox completion z") == ["zsh"]
    assert "--json" in complete("inbox --config my.toml queue --j")


@pytest.mark.parametrize(("shell", "text"), [("zsh", zsh()), ("fish", fish())])
def test_other_shells_accept_theirs(shell: str, text: str) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([path, "-n"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
