"""What Facebook lets an agent do: deeds by surface, files by media type and size.

Sizes: "Saving assets" of the Messenger Platform (2026-04-22: 25 MB, images 8 MB); the reference of page photos
(4 MB).
"""

from __future__ import annotations

from collections.abc import Mapping

from inbox.domain.model import Deed, Surface

PUBLIC = frozenset({Deed.HIDE, Deed.UNHIDE, Deed.LIKE, Deed.UNLIKE, Deed.DELETE})
PRIVATE = frozenset({Deed.BLOCK, Deed.UNBLOCK})
DEEDS: Mapping[Surface, frozenset[Deed]] = {
    Surface.MESSENGER: PRIVATE,
    Surface.INSTAGRAM: PRIVATE,
    Surface.COMMENTS: PUBLIC,
    Surface.VISITOR_POSTS: PUBLIC,
    Surface.TAGGED: PUBLIC,
}
"""Single messages bar what does not fit them (`Incoming.barred`)."""

MEBIBYTE = 1024 * 1024
IMAGES = ("image/jpeg", "image/png", "image/gif")
OTHERS = (
    "video/mp4",
    "video/quicktime",
    "audio/mpeg",
    "audio/mp4",
    "audio/wav",
    "application/pdf",
    "application/zip",
    "text/plain",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
MESSAGE_SIZES: Mapping[str, int] = {
    **dict.fromkeys(IMAGES, 8 * MEBIBYTE),
    **dict.fromkeys(OTHERS, 25 * MEBIBYTE),
}
COMMENT_SIZES: Mapping[str, int] = dict.fromkeys(IMAGES, 4 * MEBIBYTE)
