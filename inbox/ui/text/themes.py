"""Three themes: calm greys, one accent. Amber and red mean "soon" and "late" and nothing else; violet that everybody
reads it, teal that one person does. An agent's own themes begin with one of them; a terminal of sixteen colours gets
colours that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style
from textual.theme import Theme

from inbox.config.screen import COLOURS

if TYPE_CHECKING:
    from inbox.config.screen import OwnTheme, Screen

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
        "public": "#46304f",
        "public-text": "#e6c2f2",
        "private": "#1e403c",
        "private-text": "#a6ddd2",
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
        "public": "#efdcf5",
        "public-text": "#6d2a83",
        "private": "#d3ece6",
        "private-text": "#0e5448",
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
        "public": "#5a0070",
        "public-text": "#ffd6ff",
        "private": "#00453a",
        "private-text": "#b8ffee",
    },
)

THEMES = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}

FEW = {
    "dark": {
        "background": "#000000",
        "surface": "#000000",
        "panel": "#000000",
        "foreground": "#aaaaaa",
        "accent": "#55ffff",
        "warning": "#ffff55",
        "error": "#ff5555",
        "success": "#55ff55",
        "quiet": "#aaaaaa",
        "faint": "#555555",
        "bright": "#ffffff",
        "cursor": "#0000aa",
        "cursor-away": "#0000aa",
        "note": "#000000",
        "note-text": "#ffff55",
        "chip": "#0000aa",
        "public": "#aa00aa",
        "public-text": "#ffffff",
        "private": "#00aaaa",
        "private-text": "#ffffff",
    },
    "light": {
        "background": "#ffffff",
        "surface": "#ffffff",
        "panel": "#ffffff",
        "foreground": "#000000",
        "accent": "#0000aa",
        "warning": "#aa5500",
        "error": "#aa0000",
        "success": "#00aa00",
        "quiet": "#555555",
        "faint": "#aaaaaa",
        "bright": "#000000",
        "cursor": "#aaaaaa",
        "cursor-away": "#aaaaaa",
        "note": "#ffffff",
        "note-text": "#aa5500",
        "chip": "#aaaaaa",
        "public": "#aa00aa",
        "public-text": "#ffffff",
        "private": "#00aaaa",
        "private-text": "#ffffff",
    },
}
"""For a terminal of sixteen colours, in the values that Rich has for them. The nearest of them to a calm colour of ours is often the same grey: "soon" would look
like everything else, and a public frame like a private one."""

_ROLES = {"text": "foreground", "soon": "warning", "late": "error", "good": "success"}
"""Colours that Textual calls otherwise."""
_OF_TEXTUAL = frozenset(
    {
        "background",
        "surface",
        "panel",
        "foreground",
        "primary",
        "secondary",
        "accent",
        "warning",
        "error",
        "success",
    }
)


def themes(screen: Screen, *, few_colours: bool = False) -> Iterator[tuple[str, Theme]]:
    """Yield (name in the config, theme): the three, then the agent's own. `few_colours`: the terminal has sixteen."""
    for name, theme in THEMES.items():
        yield name, _with_few(theme) if few_colours else theme
    for name, own in screen.themes.items():
        base = THEMES.get(own.based_on, DARK)
        yield name, _with_own(_with_few(base) if few_colours else base, name, own)


def _with_few(theme: Theme) -> Theme:
    few = {**FEW["dark" if theme.dark else "light"]}
    if theme is HIGH_CONTRAST:
        few |= {"foreground": "#ffffff", "quiet": "#ffffff", "faint": "#aaaaaa"}
    return _coloured(theme, theme.name, few)


def _with_own(base: Theme, name: str, own: OwnTheme) -> Theme:
    said = {role: getattr(own, role) for role in own.__struct_fields__[1:]}
    colours = {_ROLES.get(role, role).replace("_", "-"): colour for role, colour in said.items() if colour}
    return _coloured(base, f"inbox-{name}", colours)


def _coloured(base: Theme, name: str, colours: Mapping[str, str]) -> Theme:
    """The theme `base` with other colours, by Textual's names and those of our variables."""
    chosen = {role: COLOURS.get(colour, colour) for role, colour in colours.items()}
    if "accent" in chosen:
        chosen |= {"primary": chosen["accent"], "secondary": chosen["accent"]}
    fields = {role: colour for role, colour in chosen.items() if role in _OF_TEXTUAL}
    others = {role: colour for role, colour in chosen.items() if role not in _OF_TEXTUAL}
    return Theme(**{**vars(base), **fields, "name": name, "variables": {**base.variables, **others}})


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
    "public": "bold {public-text} on {public}",
    "public-frame": "{public-text} on {public}",
    "private": "bold {private-text} on {private}",
    "private-frame": "{private-text} on {private}",
    "badge": "{background} on {accent}",
    "lines--thumb": "{faint}",
    "notice--text": "{foreground}",
    "notice--soon": "{warning}",
    "notice--late": "bold {error}",
    "queue--timer-calm": "{foreground}",
    "queue--timer-resting": "{quiet}",
    "queue--timer-soon": "bold {warning}",
    "queue--timer-late": "bold {error}",
    "queue--timer-quiet": "{quiet}",
    "queue--sign": "{quiet}",
    "queue--person": "{bright}",
    "queue--person-new": "bold {bright}",
    "queue--person-quiet": "{quiet}",
    "queue--tag": "{accent}",
    "queue--preview": "{foreground}",
    "queue--hit": "bold {accent}",
    "queue--cursor": "on {cursor}",
    "queue--cursor-away": "on {cursor-away}",
    "queue--cursor-sign": "bold {accent}",
    "queue--empty": "{quiet}",
    "thread--gutter-customer": "{quiet}",
    "thread--gutter-ours": "bold {accent}",
    "thread--gutter-third": "{faint}",
    "thread--gutter-note": "{note-text} on {note}",
    "thread--gutter-context": "{faint}",
    "thread--author-customer": "bold {bright}",
    "thread--author-ours": "bold {accent}",
    "thread--author-third": "bold {foreground}",
    "thread--author-note": "bold {note-text} on {note}",
    "thread--meta": "{quiet}",
    "thread--text": "{foreground}",
    "thread--note": "{note-text} on {note}",
    "thread--context": "{quiet}",
    "thread--attachment": "{accent}",
    "thread--day": "{faint}",
    "thread--new": "bold {accent}",
    "thread--event": "{quiet}",
    "thread--pending": "{accent}",
    "thread--reason": "{warning}",
    "thread--hit": "{background} on {accent}",
    "thread--hit-here": "bold {background} on {warning}",
    "thread--empty": "{quiet}",
    "person--name": "bold {bright}",
    "person--quiet": "{quiet}",
    "person--text": "{foreground}",
    "person--heading": "bold {accent}",
    "person--note": "{note-text}",
    "person--warning": "{warning}",
    "person--cursor": "on {cursor}",
}
"""How the parts of bars and lines look, in the colours of the theme. Not component classes: Textual styles each of
them like a widget, before the first frame and at every change of focus."""


WITHOUT_COLOUR = {
    "late": "bold {bright}",
    "soon": "{foreground}",
    "queue--timer-late": "bold {bright}",
    "queue--timer-soon": "{foreground}",
    "queue--timer-calm": "{quiet}",
    "queue--timer-resting": "{quiet}",
    "public": "bold reverse {bright}",
    "public-frame": "reverse {foreground}",
    "private": "bold {bright}",
    "private-frame": "{foreground}",
}
"""What the theme says in red and amber, said by brightness: as a grey, red is darker than the calm text beside it."""


def tone(variables: Mapping[str, str], name: str, *, colour: bool = True) -> Style:
    """Return the style of a tone with the variables of the current theme (`App.theme_variables`). `colour`: False where
    the terminal is to show none (NO_COLOR)."""
    look = TONES[name] if colour else WITHOUT_COLOUR.get(name, TONES[name])
    return _parsed(look.format_map(variables))


_parsed = lru_cache(256)(Style.parse)
