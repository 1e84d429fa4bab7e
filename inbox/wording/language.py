"""What people read, in their language: English in the code, others in catalogues (`locale/*.po`).

    tr("Due in {left}", left="2 h")                  ->  "Fällig in 2 h"       words of the screen and the command line
    said("Ben changed it meanwhile (resolved).")     ->  "Ben hat es inzwischen geändert (erledigt)."

Everything below the screen and the command line speaks English, and so do the store, the log and JSON: a reason why a
reply failed outlives the process that met it, and the next to read it may have another language. So a sentence from
below is recognised here, where somebody reads it, by the same catalogue: word for word, or by the words around what
was filled in. What is not known stays as it is.

A catalogue is read when the program speaks another language than English, and not at all otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de")
FOLDER = Path(__file__).parent / "locale"
_words: dict[str, str] = {}
_spoken = ["en"]


def choose(language: str | None, env: Mapping[str, str]) -> str:
    """Speak a language from now on; None: the one of the locale, English where it is another. Returns which."""
    chosen = language or _of_locale(env)
    if chosen != _spoken[0]:
        _spoken[0] = chosen
        _words.clear()
        _templates.cache_clear()
        if chosen != "en":
            _words.update(catalogue(chosen))
    return chosen


def spoken() -> str:
    """The chosen language, as a code of `LANGUAGES`."""
    return _spoken[0]


def _of_locale(env: Mapping[str, str]) -> str:
    """By POSIX: the first of these that is set and not empty decides."""
    named = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    code = named.partition("_")[0].partition(".")[0].lower()
    return code if code in LANGUAGES else "en"


def tr(words: str, /, **values: object) -> str:
    """The words in the chosen language, with the values in their places."""
    known = _words.get(words, words)
    return known.format_map(values) if values else known


def plural(n: int, one: str, many: str | None = None) -> str:
    """`1 reply`, `2 replies`."""
    return f"{n} {tr(one if n == 1 else many or f'{one}s')}"


# -- catalogues --------------------------------------------------------------------------------------------

# Patterns are strings where a start in English does not use them: `re` compiles them at their first use.
_ENTRY = r'(?m)^msgid "(.*)"\nmsgstr "(.*)"$'


def catalogue(language: str) -> dict[str, str]:
    """English to the words of a language; what is not translated is left out.

    Of the form of a .po file only what stands in ours: `msgid` and `msgstr`, on one line or several, no plural
    forms and no contexts. A tenth of the time that unescaping every string by itself takes.
    """
    text = (FOLDER / f"{language}.po").read_text("utf-8").replace('"\n"', "")
    pairs = {english: other for english, other in re.findall(_ENTRY, text) if english and other}
    if "\\" in text:
        pairs = {_unescaped(english): _unescaped(other) for english, other in pairs.items()}
    return pairs


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), text)


# -- sentences from below ----------------------------------------------------------------------------------

TELLING = 4
"""Letters that a sentence needs beside what is filled in, to be known by them."""

LONGEST = 500
"""Characters of what is looked for: nothing of ours is longer, and a platform may put a page into its reason."""

_PLACE = r"\{(\w+)\}"
_MOMENT = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d\d) ([A-Z][a-z]{2}) (\d\d:\d\d)"
_SPAN = r"\d+ (?:d|h|min|s)(?: \d+ (?:h|min|s))?"
QUOTES = ('"', "'", "`")
_JOINTS = ("(?<=[.!?]) ", "(?<=:) ", "(?<=;) ", "(?<=,) ")
"""Where sentences that are known by themselves are put together: one after the other, a reason behind a colon."""


def said(text: str) -> str:
    """A sentence from below in the chosen language, as far as it is known."""
    if not _words or not text or len(text) > LONGEST:
        return text
    return _known(text) or _pieces(text)


def _known(text: str) -> str | None:
    if text in _words:
        return _words[text]
    found = _moment(text) or _span(text)
    if found is not None:
        return found
    for literals, pattern, template in _templates():
        if all(literal in text for literal in literals):
            match = re.fullmatch(pattern, text, re.DOTALL)
            if match is not None:
                told = template.format_map({name: _filled(match, name) for name in match.groupdict()})
                return (
                    f"{told[:-2]}." if told.endswith("..") and not text.endswith("..") else told
                )  # "2 Std." ends it
    return None


def _filled(match: re.Match[str], name: str) -> str:
    """What stands in a place of a sentence, in the chosen language; what is quoted is to be typed so, and stays."""
    begin, end = match.span(name)
    part = match[name]
    quoted = match.string[begin - 1 : begin] in QUOTES and match.string[end : end + 1] in QUOTES
    return part if quoted and " " not in part else _part(part)


def _part(text: str) -> str:
    """What was filled in: a moment, a span, a state or another sentence; a name stays what it is."""
    if " " in text:
        return said(text)
    return _words.get(text, text) if text.islower() and len(text) > 1 else text


def _pieces(text: str) -> str:
    """A longer text put together of what is known; a single word only where it begins ("resolved: taken back") or all
    are known ("German, English"), as elsewhere it is a name."""
    for joint in _JOINTS:
        first, *rest = re.split(joint, text)
        if rest:
            sure = all(piece.rstrip(",;:.") in _words for piece in (first, *rest))
            told = [_piece(first), *(_piece(piece) if sure or " " in piece else piece for piece in rest)]
            if told != [first, *rest]:
                return " ".join(told)
    return text


def _piece(text: str) -> str:
    """A part of a longer text: alone, or without the sign that joins it to the next."""
    for ends in ("", ":", ";", ",", "."):
        if text.endswith(ends):
            found = _known(text.removesuffix(ends))
            if found is not None:
                return found + ends
    return _pieces(text) if " " in text else text


def _moment(text: str) -> str | None:
    """`Mon 23 Nov 14:05`, as the domain writes it."""
    match = re.fullmatch(_MOMENT, text)
    if match is None:
        return None
    weekday, day, month, clock = match.groups()
    return f"{tr(weekday)} {tr('{day} {month}', day=int(day), month=tr(month))} {clock}"


def _span(text: str) -> str | None:
    """`2 h 41 min`, as the domain writes it."""
    if not re.fullmatch(_SPAN, text):
        return None
    return " ".join(part if part.isdigit() else tr(part) for part in text.split())


@cache
def _templates() -> list[tuple[list[str], str, str]]:
    """(what stands between the places, the pattern, the translation) of every sentence with places, the most telling
    first: a sentence that fits two is the one of which more is written down."""
    found = []
    for english, other in _words.items():
        pieces = re.split(_PLACE, english)
        names, literals = pieces[1::2], [p.replace("{{", "{").replace("}}", "}") for p in pieces[::2]]
        telling = sum(c.isalpha() for literal in literals for c in literal)
        if names and telling >= TELLING and len(set(names)) == len(names):
            pattern = re.escape(literals[0])
            for at, (name, literal) in enumerate(zip(names, literals[1:], strict=True), 1):
                # What follows at once begins with a comma or semicolon, or is nothing.
                filled = ".*?" if literal or at == len(names) else "[^,;]*"
                pattern += f"(?P<{name}>{filled}){re.escape(literal)}"
            found.append((telling, [x for x in literals if x], pattern, other))
    found.sort(key=lambda each: -each[0])
    return [(literals, pattern, other) for _, literals, pattern, other in found]
