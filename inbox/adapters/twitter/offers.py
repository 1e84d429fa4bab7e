"""Which files X takes with a post and with a direct message (x-api/media, 2026-08-22), and what a reply is priced as."""

from __future__ import annotations

from inbox.adapters.twitter.length import links
from inbox.ports.platform import FileRule

_SIZES = {
    "image/jpeg": 5_000_000,
    "image/png": 5_000_000,
    "image/webp": 5_000_000,
    "image/gif": 15_000_000,
    "video/mp4": 512_000_000,
    "video/quicktime": 512_000_000,
}
_ALONE = frozenset({"image/gif", "video/mp4", "video/quicktime"})
PUBLIC_FILES = FileRule(most=4, sizes=_SIZES, alone=_ALONE)
DIRECT_FILES = FileRule(most=1, sizes=_SIZES)
"""Four images, or one GIF, or one video; one of them in a direct message (x-api/media, 2026-08-22)."""


def priced_as(text: str, *, private: bool) -> str:
    """Return the name of a reply's price, a key of the declared `prices`: a post with a link costs twenty times one
    without."""
    if private:
        return "direct"
    return "link" if links(text) else "reply"
