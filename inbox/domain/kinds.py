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


class SurfaceKind(StrEnum):
    """What a surface is to the queue, whatever its platform calls it: views, filters and rules go by it."""

    MENTION = "mention"
    DIRECT = "direct"
    COMMENT = "comment"
    POST = "post"
    SEARCH = "search"


class Surface(StrEnum):
    """The id of a surface, as stored documents, filters and the config write it. The list is open.

    The members are the ids that every store has known from the beginning. Any other text makes an id too
    (`Surface("toots")`, one object for each text), so a stored conversation stays readable where the package of its
    platform is gone; what the id means is told by `describe`.
    """

    MENTIONS = "mentions"
    DIRECT = "direct"
    SEARCH = "search"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    COMMENTS = "comments"
    VISITOR_POSTS = "visitor_posts"
    TAGGED = "tagged"

    @classmethod
    def _missing_(cls, value: object) -> Surface | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        # setdefault decides between two threads: one text is one object, since ids are compared with `is`
        return cls._value2member_map_.setdefault(value, member)  # type: ignore[return-value]  # typed as Enum

    @property
    def kind(self) -> SurfaceKind:
        """The kind; `POST` for the id of a platform that is not installed."""
        return _SURFACE_KINDS.get(self.value, SurfaceKind.POST)

    @property
    def private(self) -> bool:
        """Whether only the customer and we can read it."""
        return self.kind is SurfaceKind.DIRECT


_SURFACE_KINDS = {
    "mentions": SurfaceKind.MENTION,
    "direct": SurfaceKind.DIRECT,
    "search": SurfaceKind.SEARCH,
    "messenger": SurfaceKind.DIRECT,
    "instagram": SurfaceKind.DIRECT,
    "comments": SurfaceKind.COMMENT,
    "visitor_posts": SurfaceKind.POST,
    "tagged": SurfaceKind.POST,
}


def describe(surface: Surface, kind: SurfaceKind) -> None:
    """Say of which kind a surface is. Raises ValueError where the id already has another one."""
    if _SURFACE_KINDS.setdefault(surface.value, kind) is not kind:
        raise ValueError(f"the surface {surface} is of the kind {_SURFACE_KINDS[surface.value]}, not {kind}")


def surfaces(*kinds: SurfaceKind) -> frozenset[Surface]:
    """Return the known surfaces of these kinds; without an argument all of them."""
    wanted = kinds or tuple(SurfaceKind)
    return frozenset(Surface(value) for value, kind in _SURFACE_KINDS.items() if kind in wanted)


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

OPERATORS = (
    "from",
    "in",
    "on",
    "is",
    "to",
    "tag",
    "person",
    "before",
    "after",
    "silent",
    "priority",
    "has",
    "lang",
)
"""Of the filter language: each is followed by a colon and a value."""
HOLDINGS = ("draft", "note", "file", "link")
"""What a conversation may have: `has:` of the filter language."""
STATES = (
    "waiting",
    "overdue",
    "unassigned",
    "mine",
    "open",
    "snoozed",
    "resolved",
    "spam",
    "failed",
    "automatic",
    "mentioned",
    "new",
)
"""Values of the filter `is:`."""
STATE_ALIASES = {"breached": "overdue"}
"""Other words for a state, understood and not offered; JSON calls the timer of an overdue one `breached`."""
PLATFORMS = {"x": "twitter", "twitter": "twitter", "facebook": "facebook"}
"""Values of the filter `on:` that mean a whole platform, with its name. Declared platforms are added."""
