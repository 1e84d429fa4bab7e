"""The statistics where they are read: columns that hold their line at any width, and facts for those who listen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from rich.cells import cell_len

from inbox.domain.records import replace
from inbox.domain.statistics import Figures, Statistics, Times
from inbox.ui.windows.dialogs import Page
from inbox.wording.language import choose
from inbox.wording.statistics import facts, table
from ui import scene
from ui.conftest import Opens, Seen
from ui.test_german import english_in

TIMES = Times(count=9, median=timedelta(minutes=61), p90=timedelta(hours=50))
BUSY = Figures(
    answered=1234, in_time=1100, resolved=12, unanswered=345, overdue=6, passed_on=7, first=TIMES, next=TIMES
)
FOUND = Statistics(
    since=scene.NOW - timedelta(days=7),
    until=scene.NOW,
    total=BUSY,
    accounts={"acme-x": BUSY, "東京サポート窓口の長い名前のアカウント": Figures(unanswered=1)},
    agents={"tanja\x1b[31m": BUSY, None: Figures()},
    days={date(2026, 11, 23): BUSY},
)


@pytest.mark.parametrize("width", [69, 80, 100, 200])
@pytest.mark.parametrize("language", ["en", "de"])
def test_columns_stand_under_each_other_at_any_width(width: int, language: str) -> None:
    choose(language, {})
    lines = [line for line, _ in table(FOUND, width, scene.ZONE)]
    rows = [
        line for line in lines if (line.rstrip().endswith(("7", "0")) and "1234" in line) or "-" in line[-50:]
    ]
    assert rows
    assert len({cell_len(row) for row in rows if "  " in row}) == 1
    assert all(cell_len(line) <= width for line in lines)
    assert "\x1b" not in "".join(lines)


def test_names_that_begin_alike_are_told_apart_at_any_width() -> None:
    """Two accounts of one brand: cut to nine cells they were the same, twice."""
    names = ["acme-support-germany", "acme-support-france", "acme"]
    found = replace(FOUND, accounts=dict.fromkeys(names, BUSY))
    lines = [line for line, _ in table(found, 69, scene.ZONE)]
    for name in names[:2]:
        at = lines.index(name)
        assert lines[at + 1].strip().startswith("1234")
    assert any(line.startswith("acme ") and "1234" in line for line in lines)


def test_facts_are_sentences_without_columns() -> None:
    told = list(facts(FOUND, scene.ZONE))
    assert "1234 answered, 89% in time." in told
    assert "First answer: half within 1 h 01 min, nine of ten within 2 d 2 h." in told
    assert not any("  " in line for line in told)


async def test_the_screen_shows_them(opens: Opens) -> None:
    async with opens(size=(100, 30)) as seen:
        await seen.press("S")
        assert "Statistics" in seen.text
        assert "acme-x" in seen.text
        await seen.press("escape")
        assert "Statistics" not in seen.text


def test_german_figures_have_no_english_around_them() -> None:
    choose("de", {})
    assert (
        english_in(
            "\n".join([*facts(FOUND, scene.ZONE), *(line for line, _ in table(FOUND, 100, scene.ZONE))])
        )
        == []
    )


async def fits(seen: Seen) -> None:
    page = seen.app.screen.query_one(Page)
    wide = [line for line in page.lines if sum(cell_len(part.text) for part in line) >= page.size.width]
    assert (len(page.lines) > 10, wide) == (True, [])


async def test_a_window_that_tells_is_told_anew_when_the_terminal_changes_its_size(opens: Opens) -> None:
    """Columns and help fit the width there is, not the one there was."""
    async with opens(size=(140, 40)) as seen:
        await seen.press("S")
        await seen.pilot.resize_terminal(80, 24)
        await seen.settle()
        await fits(seen)
        await seen.press("S", "?")
        await fits(seen)
