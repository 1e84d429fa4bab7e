"""Words that are both stored and typed: statuses, priorities, surfaces, moderation, views, the operators of filters.

Apart from the records, which need msgspec: help and shell completion offer these words, and must answer at once.
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    SPAM = "spam"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Surface(StrEnum):
    MENTIONS = "mentions"
    DIRECT = "direct"
    SEARCH = "search"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    COMMENTS = "comments"
    VISITOR_POSTS = "visitor_posts"
    TAGGED = "tagged"

    @property
    def private(self) -> bool:
        return self in (Surface.DIRECT, Surface.MESSENGER, Surface.INSTAGRAM)


class Deed(StrEnum):
    """What can be done to a message on its platform, besides answering. Doing it twice does no harm.

    `DELETE` takes our own message down, `BLOCK` keeps a person away from us, the others are for one message.
    """

    HIDE = "hide"
    UNHIDE = "unhide"
    LIKE = "like"
    UNLIKE = "unlike"
    DELETE = "delete"
    BLOCK = "block"
    UNBLOCK = "unblock"


VIEWS = {
    "waiting": "Waiting",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "mentions": "Mentions",
    "direct": "Direct",
    "comments": "Comments",
    "hits": "Search hits",
    "snoozed": "Snoozed",
    "failed": "Failed",
    "all": "All",
}
"""Name to title of the built-in views, in the order of the keys 1 to 9."""

OPERATORS = ("from", "in", "on", "is", "to", "tag", "person", "before", "after", "silent", "priority")
"""Of the filter language: each is followed by a colon and a value."""
STATES = (
    "waiting",
    "breached",
    "unassigned",
    "mine",
    "open",
    "snoozed",
    "resolved",
    "spam",
    "failed",
    "automatic",
    "mentioned",
)
"""Values of the filter `is:`."""
PLATFORMS = {"x": "twitter", "twitter": "twitter", "facebook": "facebook"}
"""Values of the filter `on:` that mean a whole platform, with its name."""
