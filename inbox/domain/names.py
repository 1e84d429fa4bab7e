"""Whether a name can be seen at all.

Platforms let people be called by characters that leave no trace on the screen: zero-width and soft hyphens, marks of
direction, variation selectors, tags, the fillers of Hangul, the empty pattern of Braille. A row with such a name would
be blank, and two of them could not be told apart.
"""

from __future__ import annotations

import unicodedata

_NO_GLYPH = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
"""General categories without a glyph of their own. Combining marks alone have nothing to stand on."""

_BLANK = frozenset(
    "\u115f\u1160\u3164\uffa0"  # fillers of Hangul: letters by their category, and empty
    "\u2800"  # Braille without a dot: a symbol by its category
    "\u2065\U00016fe4\U0001d159\ufffc"  # unassigned but ignorable; filler of Khitan; head of no note; object
)


def visible(name: str | None) -> str | None:
    """Return `name` if something of it can be seen, else None."""
    if not name:
        return None
    if name[0].isascii() and name[0].isalnum():
        return name  # nearly every name, without a look at each character
    return name if any(_seen(character) for character in name) else None


def _seen(character: str) -> bool:
    if character in _BLANK or unicodedata.category(character) in _NO_GLYPH:
        return False
    return not 0xE0000 <= ord(character) <= 0xE0FFF  # tags and selectors, assigned or not
