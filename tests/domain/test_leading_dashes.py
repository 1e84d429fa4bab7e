"""What begins with a dash on the command line: an option if the command has it, else a value that was meant."""

from __future__ import annotations

import pytest

from inbox.cli.arguments import parser
from inbox.errors import UsageError


@pytest.mark.parametrize(
    "value",
    [
        "-tag:refund",
        "-has:file",
        "-is:mine is:breached",
        '-"lost parcel"',
        "-h-und-m",
        "-5",
        "--refund",
        "-tag:a=b",
    ],
)
def test_a_filter_may_begin_with_a_negation(value: str) -> None:
    """As the manual writes it; `-has:` and `-h...` begin as the option for help does."""
    assert parser().parse_args(["queue", "--filter", value, "--json"]).filter == value
    assert parser().parse_args(["queue", "--json", f"--filter={value}"]).filter == value


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (["-tag:refund"], "-tag:refund"),
        (["--limit", "3", "-has:file"], "-has:file"),
        (["-tag:refund", "--limit", "3"], "-tag:refund"),
        (["from:anna", "-tag:refund", "--json", "--limit=3", "parcel"], "from:anna -tag:refund parcel"),
        (["--limit", "3", "--", "--json"], "--json"),
        (["lost parcel"], "lost parcel"),
    ],
)
def test_search_takes_negated_words_anywhere(words: list[str], query: str) -> None:
    assert parser().parse_args(["search", *words]).query == query


@pytest.mark.parametrize("text", ["-5 % for you", "-- Anna", "-Anna", "--Anna", "-"])
def test_a_text_may_begin_with_a_dash(text: str) -> None:
    """A signature or a number is text; "-" alone goes on meaning standard input."""
    for words in (["reply", "c", "--text", text, "--wait"], ["note", "c", "--text", text]):
        assert parser().parse_args(words).text == text


@pytest.mark.parametrize(
    "words",
    [
        ["queue", "--filter", "--json"],
        ["queue", "--filter"],
        ["search"],
        ["search", "--limit", "3"],
        ["search", "--limt", "3", "parcel"],
        ["queue", "-tag:refund"],
    ],
)
def test_a_forgotten_value_and_a_mistyped_option_are_still_mistakes(words: list[str]) -> None:
    with pytest.raises(UsageError):
        parser().parse_args(words)


def test_help_is_still_asked_for_by_its_own_letters(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["search", "-h"])
    assert ended.value.code == 0
    assert "QUERY" in capsys.readouterr().out
