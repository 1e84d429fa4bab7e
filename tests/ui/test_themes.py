"""Themes: an agent's own, and what is left of ours on a terminal of sixteen colours or of none."""

from __future__ import annotations

from itertools import product

import pytest
from rich.color import Color, ColorSystem

from inbox.config.model import Config
from inbox.config.screen import OwnTheme, Screen
from inbox.ui.text.themes import THEMES, themes, tone
from ui.conftest import Opens


def variables(name: str, *, few: bool = False, screen: Screen | None = None) -> dict[str, str]:
    """The variables of a theme as the screen has them."""
    chosen = dict(themes(screen or Screen(), few_colours=few))[name]
    return {**chosen.to_color_system().generate(), **chosen.variables}


def sixteen(colour: Color | None) -> int | None:
    """The number of the colour that a terminal of sixteen shows."""
    return None if colour is None else colour.downgrade(ColorSystem.STANDARD).number


@pytest.mark.parametrize("name", THEMES)
def test_sixteen_colours_keep_what_is_late_soon_and_calm_apart(name: str) -> None:
    """Over a serial line or an old `screen`, amber became the grey of everything else."""
    shown = variables(name, few=True)
    late, soon, calm = (tone(shown, f"queue--timer-{state}") for state in ("late", "soon", "calm"))
    assert len({sixteen(style.color) for style in (late, soon, calm)}) == 3
    assert late.bold
    assert soon.bold


@pytest.mark.parametrize(("name", "role"), list(product(THEMES, ("public", "private"))))
def test_sixteen_colours_keep_public_and_private_apart_and_readable(name: str, role: str) -> None:
    """What is meant for one person and read by all is the dearest mistake there is."""
    shown = variables(name, few=True)
    other = tone(shown, "private" if role == "public" else "public")
    style = tone(shown, role)
    assert sixteen(style.bgcolor) != sixteen(other.bgcolor)
    assert sixteen(style.bgcolor) != sixteen(style.color)


@pytest.mark.parametrize("name", THEMES)
def test_on_sixteen_colours_the_selected_row_can_be_read(name: str) -> None:
    shown = variables(name, few=True)
    ground = sixteen(tone(shown, "queue--cursor").bgcolor)
    for state in ("late", "soon", "calm", "resting"):
        assert sixteen(tone(shown, f"queue--timer-{state}").color) != ground
    assert sixteen(tone(shown, "queue--person").color) != ground


def luminance(colour: Color | None) -> float:
    """Relative luminance as WCAG 2 defines it."""
    assert colour is not None
    parts = (part / 255 for part in colour.get_truecolor())
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color | None, other: Color | None) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("light", 4.5), ("high-contrast", 7.0)])
def test_what_is_urgent_can_be_read_in_every_theme_and_is_told_apart(name: str, least: float) -> None:
    """Eight hours a day, also in the sun and with tired eyes: WCAG asks for 4.5, its highest level for 7."""
    shown = variables(name)
    ground = Color.parse(shown["background"])
    late, soon, calm = (tone(shown, f"queue--timer-{state}") for state in ("late", "soon", "calm"))
    for style in (late, soon, calm, tone(shown, "queue--person-new"), tone(shown, "queue--preview")):
        assert contrast(style.color, ground) >= least
    assert len({late.color, soon.color, calm.color}) == 3
    assert (late.bold, soon.bold, bool(calm.bold)) == (True, True, False)


async def test_a_theme_of_ones_own_is_shown_and_its_key_finds_it(opens: Opens) -> None:
    """People sit before it for eight hours, with their own eyes and their own lamp."""
    own = OwnTheme(based_on="light", late="fuchsia", public="#123456", note_text="olive")
    config = Config(agent="tanja", screen=Screen(theme="paper", themes={"paper": own}))
    async with opens(config=config) as seen:
        shown = seen.app.theme_variables
        assert shown["note-text"] == "#808000"
        assert shown["cursor"] == THEMES["light"].variables["cursor"], "not said: as in light"
        late, public = tone(shown, "queue--timer-late"), tone(shown, "public")
        assert late.color is not None
        assert late.color.triplet is not None
        assert late.color.triplet.hex == "#ff00ff"
        assert public.bgcolor is not None
        assert public.bgcolor.name == "#123456"
        met = set()
        for _ in range(4):
            await seen.press("T")
            met.add(seen.app.theme)
        assert met == {"inbox-dark", "inbox-light", "inbox-high-contrast", "inbox-paper"}
