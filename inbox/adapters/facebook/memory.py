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
REMEMBERED_POSTS = 2000
"""Photos, albums, Reels and ads with comments included."""
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


class Visit(Struct):
    """When a list that is read less often than the posts is due, and when it was last read to its end."""

    due_at: datetime | None = None
    whole_at: datetime | None = None


class Memory(Struct):
    """The cursor. `floor`: nothing older is taken in, unless its thread is alive. `scanned_at`: when the list of
    all posts was last read to its end."""

    floor: datetime
    scanned_at: datetime | None = None
    visits: dict[str, Visit] = field(default_factory=dict)
    """By edge, of the lists beside that of the posts."""
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
        return cls(floor, values.moment(cursor.get("scanned_at")), _visits(cursor), posts)

    def dump(self) -> dict[str, Any]:
        """Return what is remembered as JSON for the cursor."""
        kept = list(self.posts.items())[-REMEMBERED_POSTS:]
        return {
            "floor": self.floor.isoformat(),
            "scanned_at": self.scanned_at.isoformat() if self.scanned_at else None,
            "visits": {
                edge: [at.isoformat() if at else None for at in (visit.due_at, visit.whole_at)]
                for edge, visit in self.visits.items()
            },
            "posts": {post: [known.stamp, known.marks, known.total] for post, known in kept},
        }

    def remember(self, post: str, known: Known) -> None:
        """The newest last, so that the bound drops what was seen longest ago."""
        self.posts.pop(post, None)
        self.posts[post] = known

    def read_up_to(self, edge: str | None = None) -> datetime:
        """Comments older than this were read in an earlier round: under the posts, or under what is in the list
        `edge` beside them."""
        at = self.scanned_at if edge is None else self.visits.get(edge, Visit()).whole_at
        return at - OVERLAP if at else self.floor

    def owners(self) -> dict[str, str]:
        """By key of a comment, the first thing remembered under which it was seen."""
        found: dict[str, str] = {}
        for post, known in self.posts.items():
            for mark in known.marks or ():
                if not is_note(mark):
                    found.setdefault(mark, post)
        return found


def _visits(cursor: Mapping[str, Any]) -> dict[str, Visit]:
    """Cursors of an earlier version know the time of the Reels alone."""
    stored = cursor.get("visits")
    if not isinstance(stored, Mapping):
        return {"video_reels": Visit(at)} if (at := values.moment(cursor.get("reels_at"))) else {}
    return {
        edge: Visit(*map(values.moment, pair))
        for edge, pair in stored.items()
        if isinstance(pair, list) and len(pair) == 2
    }


def is_note(mark: str) -> bool:
    """A mark of ours beside those of the comments: poison that was set aside, private answers that were read."""
    return mark.startswith((POISON_KEY, PRIVATE_KEY))


def kept_marks(notes: Mapping[str, str], comments: Mapping[str, str]) -> dict[str, str]:
    """The newest notes and the first comments (they come newest first), each up to their bound."""
    newest = [mark for mark in notes if is_note(mark)][-REMEMBERED_COMMENTS:]
    return dict.fromkeys(newest, "") | dict(list(comments.items())[:REMEMBERED_COMMENTS])
