"""The screen's words in the agent's language: English in the code, others in catalogues (`locale/*.po`).

    tr("Due in {left}", left="2 h")  ->  "Fällig in 2 h"

The catalogue is read when the screen opens in another language than English, and not at all otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

LANGUAGES = ("en", "de")
FOLDER = Path(__file__).parent / "locale"
_words: dict[str, str] = {}


def choose(language: str | None, env: Mapping[str, str]) -> str:
    """Speak a language from now on; None: the one of the locale, English where it is another. Returns which."""
    _words.clear()
    chosen = language or _of_locale(env)
    if chosen != "en":
        _words.update(catalogue(chosen))
    return chosen


def _of_locale(env: Mapping[str, str]) -> str:
    """By POSIX: the first of these that is set and not empty decides."""
    named = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    code = named.partition("_")[0].partition(".")[0].lower()
    return code if code in LANGUAGES else "en"


def tr(words: str, /, **values: object) -> str:
    """The words in the chosen language, with the values in their places."""
    said = _words.get(words, words)
    return said.format_map(values) if values else said


def catalogue(language: str) -> dict[str, str]:
    """English to the words of a language; what is not translated is left out."""
    pairs = _pairs((FOLDER / f"{language}.po").read_text("utf-8"))
    return {english: other for english, other in pairs if english and other}


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The entries of a .po file: `msgid` and `msgstr`, each one or more quoted strings. No plural forms, no
    contexts: the screen needs none."""
    entry: dict[str, str] = {}
    field = ""
    for line in [*text.splitlines(), ""]:
        head, _, rest = line.strip().partition(" ")
        if head in ("msgid", "msgstr"):
            field = head
            entry[field] = ast.literal_eval(rest)
        elif line.startswith('"'):
            entry[field] += ast.literal_eval(line)
        elif not line.strip() and len(entry) == 2:
            yield entry["msgid"], entry["msgstr"]
            entry = {}
