"""What a stored message holds, as one number of its index column: a note, a file, a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HELD: Mapping[str, int] = {"note": 1, "file": 2, "link": 4}
"""Bits, by the names of `domain.kinds.HOLDINGS`; a draft is no message."""
ALL_HELD = sum(HELD.values())
_FILES = frozenset({"image", "gif", "video", "audio", "file", "sticker"})
_LINKS = frozenset({"link", "share"})


def held(document: Mapping[str, Any]) -> int:
    """Return the bits of a message's document; 0 for one that is deleted or missing at the last look."""
    if document.get("gone_at") or document.get("deleted_at"):
        return 0
    kinds = {attachment.get("kind") for attachment in document.get("attachments") or ()}
    text = str(document.get("text") or "").lower()
    linked = "http://" in text or "https://" in text or kinds & _LINKS
    return (
        (HELD["note"] if document.get("direction") == "note" else 0)
        | (HELD["file"] if kinds & _FILES else 0)
        | (HELD["link"] if linked else 0)
    )
