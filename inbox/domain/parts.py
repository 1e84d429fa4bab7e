"""A text that is too long for one post, as a numbered thread."""

from __future__ import annotations

import re
from collections.abc import Callable

from inbox.domain.graphemes import whole

MOST = 25
"""Nobody reads on beyond that; and a slip (a pasted file) must not become two hundred posts."""

_BREAK = re.compile(r"\n\s*\n|(?<=[.!?…])\s+|\n|\s+")


class TooManyParts(ValueError):
    """The text would need more than `MOST` posts."""


def split(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The parts in order, each with its number (`2/3`) at the end and none longer than `fits` allows.

    Breaks between paragraphs, sentences or words, in this order of liking; a single endless word is cut, between two signs. A text
    that fits is returned as it is. Raises TooManyParts.
    """
    entire = text.strip()
    if fits(entire):
        return [entire]
    for total in range(2, MOST + 1):
        parts = _attempt(entire, total, fits)
        if parts is not None:
            return parts
    raise TooManyParts(f"the text is too long for {MOST} posts")


def _attempt(text: str, total: int, fits: Callable[[str], bool]) -> list[str] | None:
    parts: list[str] = []
    rest = text
    for number in range(1, total + 1):
        mark = f" {number}/{total}"
        if fits(rest + mark):
            return [*parts, rest + mark] if number == total else None
        end = _cut(rest, lambda piece, mark=mark: fits(piece + mark))  # type: ignore[misc]  # mark is bound now
        if end == 0:
            return None
        parts.append(rest[:end].rstrip() + mark)
        rest = rest[end:].lstrip()
    return None


def _cut(text: str, fits: Callable[[str], bool]) -> int:
    """Where the first piece ends: the last good break within what fits, else as much as fits."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[:middle].rstrip()):
            low = middle
        else:
            high = middle - 1
    low = _between_signs(text, low)
    best = 0
    strength = 0
    for match in _BREAK.finditer(text, 0, min(low + 1, len(text))):
        if match.start() == 0 or match.start() > low or whole(text, match.end()) != match.end():
            continue  # a mark that stands on the blank belongs to it
        kind = _strength(match.group(), text[match.start() - 1])
        # A paragraph or sentence end is worth giving up a third of the room for.
        if kind >= strength or match.start() > best + low // 3:
            best, strength = match.start(), kind
    return best or low


def _between_signs(text: str, end: int) -> int:
    """The last end of a sign within what fits; a sign that is longer than a whole part is cut where it must be."""
    return whole(text, end) or end


def _strength(gap: str, before: str) -> int:
    if gap.count("\n") > 1:
        return 3
    return 2 if before in ".!?…" else 1
