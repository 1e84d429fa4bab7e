"""Every promise of the README names the tests that hold it, and every fault of the list has a test.

The list is .github/FAULTS.md, F01 to F100. A test carries the number in its name, in its doc line
or in the table of the fault matrix.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
NUMBER = re.compile(r"(?<![A-Za-z0-9])[fF](\d{2,3})(?![A-Za-z0-9])")
PROMISES = re.compile(r"^## Ten promises\n(.*?)^## ", re.DOTALL | re.MULTILINE)

HELD_BY = {
    1: (
        "test_f52_f53_ten_days_offline_are_caught_up_through_any_number_of_deaths",
        "test_pages_in_any_order_end_in_the_same_inbox",
    ),
    2: (
        "test_a_draft_is_on_disk_soon_after_the_last_key",
        "test_a_file_is_on_disk_with_the_draft_and_seen_in_the_queue",
        "test_f38_f68_a_terminal_that_dies_ends_the_program_with_the_draft_kept",
    ),
    3: (
        "test_a_fault_ends_sent_once_failed_or_asked",
        "test_f37_a_death_at_any_place_neither_doubles_nor_loses",
        "test_f37_a_real_kill_while_sending",
    ),
    4: (
        "test_f78_no_acknowledged_operation_is_lost_by_kill_9",
        "test_f79_a_power_cut_leaves_the_old_or_the_new_state",
        "test_f80_a_full_disk_is_an_error_and_nothing_else",
        "test_f82_a_damaged_file_is_set_aside_and_the_backup_takes_its_place",
    ),
    5: (
        "test_f64_no_clipboard_presses_a_key",
        "test_f61_f62_nothing_of_the_corpus_reaches_the_terminal",
        "test_f61_f62_nothing_printed_acts_on_a_terminal",
    ),
    6: (
        "test_f54_one_broken_item_is_counted_and_the_cursor_goes_on",
        "test_f60_one_account_that_misbehaves_leaves_the_other_alone",
    ),
    7: (
        "test_f88_the_token_is_in_no_file_and_no_output",
        "test_f88_no_fault_brings_the_token_into_an_error_or_a_log",
        "test_f94_f35_nobody_but_the_platforms_is_asked_for_anything",
    ),
    8: (
        "test_no_single_answer_costs_a_word_or_stops_anything",
        "test_a_message_under_the_id_of_another_one_changes_nothing_and_is_kept_for_a_look",
    ),
    9: (
        "test_what_each_of_them_writes_is_there_after_a_kill",
        "test_f92_a_contact_is_exported_with_all_that_is_kept",
        "test_f92_an_erased_person_is_in_no_file_any_more",
        "test_f92_polling_does_not_bring_an_erased_person_back",
    ),
    10: ("test_the_order_of_reading_makes_no_difference_and_what_has_ended_never_moves",),
}
"""The README's promises by number, and tests that hold them, among others."""

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
    """A bar with gaps nobody sees is lower than it looks. What is not built is said when the suite ends."""
    carried = set().union(*named().values()) | in_the_matrix()
    assert not carried & NOT_BUILT.keys()
    assert [f"F{n:02}" for n in range(1, 101) if n not in carried and n not in NOT_BUILT] == []


def test_every_promise_of_the_readme_is_held_by_tests_that_exist() -> None:
    """Printed promises are held, or they are advertising."""
    section = PROMISES.search((ROOT / "README.md").read_text("utf-8"))
    assert section is not None
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", section[1], re.MULTILINE)]
    assert numbers == list(HELD_BY)
    assert [name for names in HELD_BY.values() for name in names if name not in named()] == []


def test_the_list_of_faults_is_complete() -> None:
    """The number in a test's name must lead to what is done and expected."""
    rows = re.findall(
        r"^\| F(\d{2,3}) \| ", (ROOT / ".github" / "FAULTS.md").read_text("utf-8"), re.MULTILINE
    )
    assert [int(number) for number in rows] == list(range(1, 101))
