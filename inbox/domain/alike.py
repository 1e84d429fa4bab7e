"""Whether two messages say the same: by the pieces of four characters that their folded texts share.

A rule that can be explained to whoever wonders: half of all pieces are in both, or of two texts of which one goes on
longer, two thirds of the shorter one. Names that are called and addresses do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from inbox.domain.fold import fold, spellings

SAME = 0.5
"""Of all pieces of both: the share that both have."""
WITHIN = 2 / 3
"""Of the pieces of the shorter one: the share that the longer one has too."""
LONG_ENOUGH = 20
"""Pieces from which a text is long enough to be found within a longer one."""
PIECE = 4
_NOT_WORDS = r"https?://\S+|@\w+"


def pieces(text: str) -> frozenset[str]:
    """Return the pieces of a text; none where it says nothing but names and addresses."""
    plain = spellings(fold(re.sub(_NOT_WORDS, " ", text)))[0]
    words = " ".join(re.findall(r"\w+", plain))
    if not words:
        return frozenset()
    padded = f" {words} "
    return frozenset(padded[at : at + PIECE] for at in range(max(1, len(padded) - PIECE + 1)))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two texts, as their pieces, say the same."""
    shared = len(one & other)
    shorter = min(len(one), len(other))
    return shared >= SAME * (len(one) + len(other) - shared) > 0 or (
        shorter >= LONG_ENOUGH and shared >= WITHIN * shorter
    )


def like(text: str, others: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ids of the texts (id, text) that say the same as `text`, in their order."""
    wanted = pieces(text)
    return [id for id, other in others if alike(wanted, pieces(other))] if wanted else []
