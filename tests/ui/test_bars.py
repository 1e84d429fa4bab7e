"""Views, header and colourless styles: what is left out first, and what never is."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.color import Color

from inbox.domain.queue import Scope, View, views
from inbox.ui.text import bars
from inbox.ui.text.themes import DARK, HIGH_CONTRAST, LIGHT, tone
from inbox.wording.language import choose

from .conftest import Opens

COUNTS = {
    "waiting": 34,
    "mine": 1,
    "unassigned": 38,
    "mentions": 18,
    "direct": 9,
    "comments": 12,
    "snoozed": 2,
    "failed": 1,
    "all": 54,
    "refunds": 2,
    "press": 0,
}
VIEWS = (
    *views("tanja"),
    View(name="refunds", title="refunds", scope=Scope()),
    View(name="press", title="press", scope=Scope()),
)


def shown(width: int, *, current: str = "waiting", extra: str = "") -> str:
    left, right = bars.tabs(VIEWS, COUNTS, current, width=width, extra=extra)
    return "".join(part.text for part in (*left, *right))


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200])
def test_views_fit_and_failed_keeps_its_count(width: int) -> None:
    """A reply that failed must not vanish because the window is narrow."""
    text = shown(width)
    assert cell_len(text) <= width
    assert "·34 " in text
    assert "failed·1" in text.lower()


def test_a_count_is_joined_to_its_name() -> None:
    """ "9 failed 1" could be key nine, or nine failed."""
    parts, _ = bars.tabs(VIEWS, COUNTS, "mine", width=200, extra="")
    at = next(at for at, part in enumerate(parts) if part.text == "·1" and part.command == "view.failed")
    assert parts[at].tone == "late"
    assert parts[at - 2].tone == "quiet", "keys are dim"


def test_views_with_nothing_in_them_go_before_counts_do() -> None:
    """Cells are free as long as an empty view takes some of them."""
    wide, less = shown(200), shown(cell_len(shown(200)) - 1)
    assert "7 " in wide
    assert " 7 " not in less
    for count in ("·34", "·38", "·18", "·12", "·54"):
        assert count in less


def test_saved_views_are_folded_before_counts_go() -> None:
    """How many wait as a comment decides what to do next; the name of an empty saved view does not."""
    text = shown(90)
    assert "+2 " in text
    for count in ("·38", "·18", "·9 ", "·12", "·54"):
        assert count in text


def test_what_does_not_fit_at_all_is_a_number() -> None:
    text = shown(60)
    assert cell_len(text) <= 60
    assert "mine·1" in text
    assert "failed·1" in text
    assert "+" in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_at_eighty_columns_only_as_many_views_go_as_must(language: str) -> None:
    """Longer words in German must not cost the agent the whole line: messages and mentions are what one looks at."""
    choose(language, {})
    text = shown(80)
    assert cell_len(text) <= 80
    gone = [one for one in ("4 ", "5 ", "6 ") if f" {one}" not in text]
    assert gone == []
    for width in range(40, 80):
        narrow = shown(width)
        assert cell_len(narrow) <= width or width < 50
        assert len(narrow) <= len(text), "a narrower line never tells more"


async def test_the_number_of_views_left_out_opens_all_of_them(opens: Opens) -> None:
    """A saved view that is only a number would be lost at eighty columns."""
    async with opens(size=(80, 24)) as seen:
        await seen.press("*")
        await seen.type("refu")
        await seen.press("enter")
        assert seen.main.context.view.name == "refunds"


def test_saved_views_keep_a_place_and_the_open_one_its_name() -> None:
    assert "+2 " in shown(80)
    text = shown(80, current="refunds")
    assert "refunds·2" in text
    assert "+2 " in text, "the other saved view, and one with nothing in it"


def test_waiting_is_late_where_somebody_is() -> None:
    parts, _ = bars.tabs(VIEWS, COUNTS, "mine", width=200, extra="", overdue=5)
    assert next(part for part in parts if part.text == "·34").tone == "late"


@pytest.mark.parametrize("width", [100, 160])
async def test_the_share_has_a_bar_where_there_is_room(opens: Opens, width: int) -> None:
    """The share kept is what the team is measured by; a bar is read from the corner of the eye."""
    async with opens(size=(width, 45)) as seen:
        assert ("████░░░░░░" in seen.lines[0]) == (width == 160)
        assert "40 %" in seen.lines[0]


def brightness(name: str, theme: dict[str, str]) -> float:
    colour = tone(theme, name, colour=False).color
    assert isinstance(colour, Color)
    assert colour.triplet is not None
    return sum(colour.triplet) / 3


@pytest.mark.parametrize("theme", [DARK, LIGHT, HIGH_CONTRAST], ids=lambda theme: theme.name)
def test_without_colour_late_is_the_loudest_and_calm_the_quietest(theme) -> None:  # type: ignore[no-untyped-def]
    """As greys, red is darker than calm text: the most urgent timer would be the faintest."""
    variables = {
        **theme.variables,
        "foreground": theme.foreground,
        "error": theme.error,
        "warning": theme.warning,
    }
    ground = 0 if theme.dark else 255
    late, soon, calm = (
        abs(brightness(f"queue--timer-{name}", variables) - ground) for name in ("late", "soon", "calm")
    )
    assert late >= soon > calm
    assert tone(variables, "queue--timer-late", colour=False).bold


async def test_no_color_reaches_the_rows(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opens(size=(80, 24)) as seen:
        variables = seen.app.theme_variables
        assert seen.queue.style("queue--timer-late") == seen.queue.style() + tone(
            variables, "queue--timer-late", colour=False
        )
