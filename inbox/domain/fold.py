"""One meaning of "the same word" for search, filters and every store."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Case folded, decomposed, combining marks dropped: "Rückerstattung" and "RUCKERSTATTUNG" are one."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
