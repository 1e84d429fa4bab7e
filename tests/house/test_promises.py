"""Every promise of the README names the tests that hold it, and every fault of the list has a test.

The list is section 13 of the reliability plan, F01 to F100. A test carries the number in its name, in its doc line
or in the table of the fault matrix; where a test says it in other words, it stands in `IN_OTHER_WORDS`.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
NUMBER = re.compile(r"(?<![A-Za-z0-9])[fF](\d{2,3})(?![A-Za-z0-9])")
PROMISES = re.compile(r"(?<=<!-- promises -->\n).*?(?=<!-- /promises -->)", re.DOTALL)
NAMED = re.compile(r"`(test_\w+)`")

IN_OTHER_WORDS = {
    47: "test_a_text_and_a_file_leave_as_two_messages_in_order",
    65: "test_an_arrival_does_not_move_what_is_under_the_cursor",
    66: "test_the_composer_says_who_will_read_it_and_f2_changes_that",
    67: "test_a_crash_keeps_the_draft_and_tells_no_words_of_customers",
    69: "test_the_browser_opens_only_after_the_host_was_shown",
    70: "test_copying_goes_through_the_terminal_and_is_clean",
    78: "test_no_acknowledged_operation_is_lost_by_kill_9",
    80: "test_a_full_disk_is_an_error_and_nothing_else",
    81: "test_what_the_disk_did_not_sync_is_not_shown_as_saved",
    82: "test_a_flipped_bit_is_never_a_wrong_document",
    83: "test_a_newer_store_is_refused_byte_for_byte_untouched",
    86: "test_a_clock_that_is_wrong_does_not_shift_the_wait",
    87: "test_the_queue_is_read_from_indexes_alone",
    89: "test_a_keyring_that_loses_or_shows_secrets_is_refused_before_it_gets_one",
    90: "test_two_processes_share_one_single_use_refresh_token_for_a_hundred_rounds",
    91: "test_an_answer_to_another_question_ends_the_attempt",
}
"""Fault number to the test that is about it."""

NOT_BUILT = {
    **dict.fromkeys(range(71, 78), "the inbox has no HTTP receiver of its own"),
    **dict.fromkeys((*range(95, 100),), "one person works one inbox; teams share none yet"),
}
"""Faults of what does not exist here."""


@cache
def named() -> dict[str, set[int]]:
    """Every test function, with the fault numbers it carries."""
    found: dict[str, set[int]] = {}
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                said = f"{node.name} {ast.get_docstring(node) or ''}"
                found.setdefault(node.name, set()).update(map(int, NUMBER.findall(said)))
    return found


def in_the_matrix() -> set[int]:
    from faults.matrix import NUMBERS

    return {int(number) for numbers in NUMBERS.values() for number in NUMBER.findall(numbers)}


def test_every_fault_has_a_test_or_a_reason() -> None:
    """A bar with gaps nobody sees is lower than it looks. What is not built is printed."""
    carried = set().union(*named().values()) | in_the_matrix() | IN_OTHER_WORDS.keys()
    for number, reason in sorted(NOT_BUILT.items()):
        print(f"F{number:02}: {reason}")
    assert [f"F{n:02}" for n in range(1, 101) if n not in carried and n not in NOT_BUILT] == []


def test_what_is_said_to_be_elsewhere_is_there() -> None:
    """A test that is renamed takes its number along."""
    assert {name for name in IN_OTHER_WORDS.values() if name not in named()} == set()
    numbered = {n for numbers in named().values() for n in numbers} | in_the_matrix()
    assert not numbered & NOT_BUILT.keys()


def test_every_promise_of_the_readme_names_tests_that_exist() -> None:
    """Printed promises are held, or they are advertising."""
    table = PROMISES.search((ROOT / "README.md").read_text("utf-8"))
    assert table is not None
    rows = [row for row in table[0].splitlines() if re.match(r"\| \d", row)]
    assert len(rows) >= 9
    for row in rows:
        names = NAMED.findall(row)
        assert names, row
        assert [name for name in names if name not in named()] == []
