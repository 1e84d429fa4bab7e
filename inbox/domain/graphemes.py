"""Whole signs of a text (grapheme clusters, UAX #29): what a person takes for one letter, whatever it is made of.

An emoji with joiners and a letter with accents are one sign of several characters. Cursor, Backspace and cuts go by signs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

NEVER_TYPED = ("Cc", "Cs", "Zl", "Zp")
"""Categories of what no key stands for: control characters, halves of characters, separators of lines."""


def typed(character: str | None) -> bool:
    """Whether a key's character is text, also where Python calls it unprintable: joiners, selectors, no-break spaces,
    direction marks, emoji newer than Python."""
    return (
        character is not None and len(character) == 1 and unicodedata.category(character) not in NEVER_TYPED
    )


def joined(text: str) -> str:
    """`text` with each two halves of a character (UTF-16 surrogates) made one; a lone half is left out."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def before(text: str, at: int) -> int:
    """Where the sign that ends at or around `at` begins; 0 at the beginning."""
    if at <= 1 or text[at - 2 : at].isascii():
        return max(0, at - 1)
    return max(start for start in (0, *_ends(text)) if start < at)


def after(text: str, at: int) -> int:
    """Where the sign that begins at or around `at` ends; the length of the text at its end."""
    if at >= len(text) - 1 or text[at : at + 2].isascii():
        return min(len(text), at + 1)
    return next(end for end in _ends(text) if end > at)


def whole(text: str, at: int) -> int:
    """The last place not behind `at` that lies between two signs."""
    if at <= 0 or at >= len(text) or text[at - 1 : at + 1].isascii():
        return min(max(0, at), len(text))
    return max(start for start in (0, *_ends(text)) if start <= at)


def _ends(text: str) -> Iterator[int]:
    return (sign.end() for sign in _sign().finditer(text))


@cache
def _sign() -> Any:
    import regex  # type: ignore[import-untyped]  # it ships no types; imported late, for it takes 20 ms

    return regex.compile(r"\X")
