"""Three themes: calm greys, one accent. Amber and red mean "soon" and "late" and nothing else."""

from collections.abc import Mapping
from functools import lru_cache

from rich.style import Style
from textual.theme import Theme

DARK = Theme(
    name="inbox-dark",
    dark=True,
    background="#16181d",
    surface="#1b1e24",
    panel="#23272f",
    foreground="#c8ccd4",
    primary="#7cb2e8",
    secondary="#7cb2e8",
    accent="#7cb2e8",
    warning="#e0b060",
    error="#f07a78",
    success="#93c19a",
    variables={
        "quiet": "#858c98",
        "faint": "#4d5461",
        "bright": "#f1f3f6",
        "cursor": "#2b3644",
        "cursor-away": "#252a33",
        "note": "#2a271d",
        "note-text": "#d8c690",
        "chip": "#2a303a",
    },
)

LIGHT = Theme(
    name="inbox-light",
    dark=False,
    background="#fbfaf8",
    surface="#f5f3ef",
    panel="#ebe8e2",
    foreground="#31353c",
    primary="#0f5fae",
    secondary="#0f5fae",
    accent="#0f5fae",
    warning="#8a5a00",
    error="#b3261e",
    success="#2f6f3a",
    variables={
        "quiet": "#666c76",
        "faint": "#b9b6af",
        "bright": "#0e1116",
        "cursor": "#d5e4f5",
        "cursor-away": "#e7e5e0",
        "note": "#fbf3d9",
        "note-text": "#5b4a12",
        "chip": "#e3e0da",
    },
)

HIGH_CONTRAST = Theme(
    name="inbox-high-contrast",
    dark=True,
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    foreground="#ffffff",
    primary="#66d9ff",
    secondary="#66d9ff",
    accent="#66d9ff",
    warning="#ffd400",
    error="#ff8080",
    success="#7dff9a",
    variables={
        "quiet": "#d6d6d6",
        "faint": "#9a9a9a",
        "bright": "#ffffff",
        "cursor": "#00476b",
        "cursor-away": "#333333",
        "note": "#332b00",
        "note-text": "#ffe680",
        "chip": "#333333",
    },
)

THEMES = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}

TONES = {
    "text": "{foreground}",
    "bright": "bold {bright}",
    "quiet": "{quiet}",
    "faint": "{faint}",
    "accent": "{accent}",
    "soon": "{warning}",
    "late": "bold {error}",
    "good": "bold {success}",
    "key": "bold {accent}",
    "tab": "{foreground}",
    "tab-current": "bold underline {bright}",
    "note": "bold {note-text}",
    "badge": "{background} on {accent}",
}
"""How the parts of a bar look, in the colours of the theme. Not component classes: seven bars with thirteen of
them each were a quarter of all styling before the first frame."""


def tone(variables: Mapping[str, str], name: str) -> Style:
    """The style of a tone with the variables of the current theme (`App.theme_variables`)."""
    return _parsed(TONES[name].format_map(variables))


_parsed = lru_cache(256)(Style.parse)
