"""What the config says about the screen: its looks, its language, its notices, and the agent's own views and macros."""

# Annotations are evaluated here, at once: as text, msgspec would evaluate them one by one at the first decoding.

import msgspec

THEMES = ("dark", "light", "high-contrast")
LANGUAGES = ("en", "de")
SURGES = ("off", "calm", "normal", "early")
SURGE_NOTICES = ("off", "red", "all")
NOTICES = ("bell", "osc9", "off")
MACRO_LANGUAGES = ("de", "en", "fr", "es", "it", "nl", "pl", "tr")
"""Those that are told apart in what customers write (`domain.spelling.CODES`)."""


class SavedView(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    filter: str


class Macro(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A canned response (empty: only what happens). `assign`: an agent, `me`, `-` for nobody. `language`: two letters,
    None: told from the text. `surfaces`: where it is offered first; empty: everywhere alike."""

    name: str
    text: str
    tags: list[str] = []
    assign: str | None = None
    resolve: bool = False
    language: str | None = None
    surfaces: list[str] = []


COLOURS = {
    "black": "#000000",
    "white": "#ffffff",
    "gray": "#808080",
    "silver": "#c0c0c0",
    "red": "#ff0000",
    "maroon": "#800000",
    "orange": "#ffa500",
    "yellow": "#ffff00",
    "olive": "#808000",
    "lime": "#00ff00",
    "green": "#008000",
    "aqua": "#00ffff",
    "teal": "#008080",
    "blue": "#0000ff",
    "navy": "#000080",
    "fuchsia": "#ff00ff",
    "purple": "#800080",
}
"""Names of colours, as on web pages; any other is written `#rrggbb`."""


class OwnTheme(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A theme of the agent's own: what it says nothing of is taken from `based_on`. Every other field is a colour."""

    based_on: str = "dark"
    background: str | None = None
    surface: str | None = None
    """Behind windows and text fields."""
    panel: str | None = None
    """Behind bars."""
    text: str | None = None
    bright: str | None = None
    """Names, and what is selected."""
    quiet: str | None = None
    faint: str | None = None
    """Lines, days, what only separates."""
    accent: str | None = None
    """Keys, tags, our own words."""
    soon: str | None = None
    late: str | None = None
    good: str | None = None
    cursor: str | None = None
    cursor_away: str | None = None
    """The selected row while another pane has the keys."""
    note: str | None = None
    note_text: str | None = None
    public: str | None = None
    """The frame of a reply that everybody reads."""
    public_text: str | None = None
    private: str | None = None
    private_text: str | None = None


class Screen(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    theme: str = "dark"
    themes: dict[str, OwnTheme] = {}
    """The agent's own, by name."""
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
