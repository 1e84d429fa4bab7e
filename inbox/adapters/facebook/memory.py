"""What the reader of posts remembers between two rounds: its cursor.

Facebook announces neither edits nor deletions nor private answers given elsewhere, so what each comment of the
newest posts looked like is kept, in a bounded way, as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field

from inbox.adapters.facebook import values

OVERLAP = timedelta(minutes=15)
REMEMBERED_POSTS = 1000
REMEMBERED_COMMENTS = 100
"""Per post. Edits of older ones are seen by the daily look and on refresh only."""

PRIVATE_KEY = "private:"
"""Before the key of a private answer where it stands in the thread of its comment: the same message is also one
of the Messenger conversation it opened, with its bare key."""
POISON_KEY = "!"


class Known(Struct):
    """A post as we last saw it. `stamp`: empty where its comments were cut short. `marks`: comment (or post) key
    to what it looked like, and notes of our own; None where not kept."""

    stamp: str
    marks: dict[str, str] | None = None
    total: int | None = None
    """How many comments Facebook counted."""


class Memory(Struct):
    """The cursor. `floor`: nothing older is taken in, unless its thread is alive. `scanned_at`: when the list of
    all posts was last read to its end."""

    floor: datetime
    scanned_at: datetime | None = None
    reels_at: datetime | None = None
    """When Reels are to be looked at next."""
    posts: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def load(cls, cursor: Mapping[str, Any] | None, since: datetime) -> Memory:
        """From a stored cursor; one that cannot be read is as none at all."""
        if not cursor or (floor := values.moment(cursor.get("floor"))) is None:
            return cls(since)
        stored = cursor.get("posts")
        posts = {
            post: Known(
                str(entry[0]),
                dict(entry[1]) if isinstance(entry[1], dict) else None,
                entry[2] if len(entry) > 2 and isinstance(entry[2], int) else None,
            )
            for post, entry in (stored.items() if isinstance(stored, Mapping) else ())
            if isinstance(entry, list) and len(entry) in (2, 3)
        }
        return cls(
            floor, values.moment(cursor.get("scanned_at")), values.moment(cursor.get("reels_at")), posts
        )

    def dump(self) -> dict[str, Any]:
        kept = list(self.posts.items())[-REMEMBERED_POSTS:]
        return {
            "floor": self.floor.isoformat(),
            "scanned_at": self.scanned_at.isoformat() if self.scanned_at else None,
            "reels_at": self.reels_at.isoformat() if self.reels_at else None,
            "posts": {post: [known.stamp, known.marks, known.total] for post, known in kept},
        }

    def remember(self, post: str, known: Known) -> None:
        """The newest last, so that the bound drops what was seen longest ago."""
        self.posts.pop(post, None)
        self.posts[post] = known

    @property
    def read_up_to(self) -> datetime:
        """Comments older than this were read in an earlier round."""
        return self.scanned_at - OVERLAP if self.scanned_at else self.floor


def is_note(mark: str) -> bool:
    """A mark of ours beside those of the comments: poison that was set aside, private answers that were read."""
    return mark.startswith((POISON_KEY, PRIVATE_KEY))


def kept_marks(notes: Mapping[str, str], comments: Mapping[str, str]) -> dict[str, str]:
    """The newest notes and the first comments (they come newest first), each up to their bound."""
    newest = [mark for mark in notes if is_note(mark)][-REMEMBERED_COMMENTS:]
    return dict.fromkeys(newest, "") | dict(list(comments.items())[:REMEMBERED_COMMENTS])
