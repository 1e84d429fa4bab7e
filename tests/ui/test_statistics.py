"""The statistics where they are read: columns that hold their line at any width, and facts for those who listen."""

from __future__ import annotations

import re
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
    columns = lines[lines.index("", 3) :] if "" in lines[3:] else lines
    rows = [line for line in columns if re.search(r"\d+ +\d+%|0 +- ", line)]
    assert len(rows) > 4
    assert len({cell_len(row) for row in rows}) == 1
    assert all(cell_len(line) <= width for line in lines)
    assert "\x1b" not in "".join(lines)


def test_three_sentences_come_first_then_bars_then_the_columns() -> None:
    """Who opens it wants to know how today goes; the columns are for the second look."""
    lines = [line for line, _ in table(FOUND, 100, scene.ZONE)]
    today = scene.NOW.astimezone(scene.ZONE).date()
    assert lines[0] == "Nothing was answered today yet. Yesterday 89% in time."
    half = replace(BUSY, answered=16, in_time=12)
    days = {today - timedelta(days=1): BUSY, today: half}
    lines = [line for line, _ in table(replace(FOUND, days=days), 100, scene.ZONE)]
    assert lines[0] == f"Today 75% in time (12 of 16)   {'█' * 15}{'░' * 5}  yesterday 89%"
    assert lines[2].strip() == "First answer: half within 1 h 01 min, nine of ten within 2 d 2 h"
    assert "345 waiting, 6 of them overdue" in lines
    bars = [line for line in lines if line.endswith("12 of 16")]
    assert [line.count("█") for line in bars] == [15]
    assert lines.index(bars[0]) < next(at for at, line in enumerate(lines) if "answers" in line)


@pytest.mark.parametrize("language", ["en", "de"])
def test_headings_need_no_explanation(language: str) -> None:
    """A column whose meaning stands in a footnote is read wrongly by who has not read that."""
    choose(language, {})
    lines = [line for line, _ in table(FOUND, 100, scene.ZONE)]
    assert not [line for line in lines if re.match(r"[\w, ]+: .*(median|Median)", line)]


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
