"""What the config says about the screen: its looks, its language, its notices, and the agent's own views and macros."""

# Annotations are evaluated here, at once: as text, msgspec would evaluate them one by one at the first decoding.

import msgspec

THEMES = ("dark", "light", "high-contrast")
LANGUAGES = ("en", "de")
NOTICES = ("bell", "osc9", "off")


class SavedView(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    filter: str


class Macro(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A canned response (empty: only what happens). `assign`: an agent, `me`, `-` for nobody."""

    name: str
    text: str
    tags: list[str] = []
    assign: str | None = None
    resolve: bool = False


class Screen(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    theme: str = "dark"
    mouse: bool = True
    auto_advance: bool = True
    language: str | None = None
    """None: the one of the locale, English where it is another."""
    notify: str = "bell"
    """How the terminal tells that an answer is due soon: bell, osc9 (a notice of the desktop), off."""
    spelling: bool = True
    """Hints on spelling, where the extra `spell` and a dictionary are installed."""
    quiet: list[str] = []
    """Hours of the day in which it does not."""
