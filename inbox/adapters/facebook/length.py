"""How long a message is by the rules of Messenger and Instagram, and where it stops fitting."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from inbox.adapters.lengths import Count, characters


def messenger_length(text: str, limit: int = 2000) -> Count:
    """Count characters: Messenger takes 2000 characters, not bytes (Send API reference, `message.text`; read 2026-11-23)."""
    return characters(text, limit)


def instagram_length(text: str, limit: int = 1000) -> Count:
    """Count bytes: Instagram takes 1000 bytes of UTF-8 in a direct message (two client code bases; facts/facebook.md#2.3)."""
    ends = list(accumulate(len(c.encode("utf-8", "surrogatepass")) for c in text))
    used = ends[-1] if ends else 0
    return Count(used, limit, bisect_right(ends, limit), 0 < used <= limit)
