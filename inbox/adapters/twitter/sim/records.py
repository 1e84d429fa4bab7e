"""What the simulated X holds: posts, direct messages, files; and what it has taken in from us."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field


class Media(Struct):
    """A picture, GIF or video of a post or message; `type` in X's words."""

    key: str
    type: str = "photo"
    alt_text: str | None = None


class Post(Struct):
    """`text` is as people see it; what goes over the wire is made from it. `typed_from` is where the author's
    own words begin, after the mentions X put in front."""

    id: str
    author: str
    text: str
    created_at: datetime
    conversation: str
    visible_at: datetime
    typed_from: int = 0
    reply_to: str | None = None
    reply_to_user: str | None = None
    quote: str | None = None
    repost: str | None = None
    media: list[Media] = field(default_factory=list)
    poll: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    gone: bool = False

    @property
    def first_id(self) -> str:
        """Return the id before any edit."""
        return self.history[0]


class Event(Struct):
    """A direct message, or a person coming into or leaving a group."""

    id: str
    conversation: str
    sender: str
    text: str
    created_at: datetime
    kind: str = "MessageCreate"
    media: list[Media] = field(default_factory=list)
    visible_at: datetime | None = None


class Upload(Struct):
    """A file on its way to X. `pieces` by segment index; `ready_at`: when X has finished its work on it."""

    id: str
    category: str
    total: int
    pieces: dict[int, bytes] = field(default_factory=dict)
    ready_at: datetime | None = None
    alt_text: str | None = None

    @property
    def content(self) -> bytes:
        """Return what has been uploaded so far, in order."""
        return b"".join(self.pieces[n] for n in sorted(self.pieces))

    @property
    def media(self) -> Media:
        """Return it as a medium of a post, with the key X gives that kind."""
        kind = {"image": "photo", "gif": "animated_gif"}.get(self.category.partition("_")[2], "video")
        number = {"photo": "3", "video": "7", "animated_gif": "16"}[kind]
        return Media(f"{number}_{self.id}", kind, self.alt_text)


class Accepted(Struct, frozen=True):
    """A write the simulated X took in: the oracle for "how often did it really arrive"."""

    kind: str
    id: str
    text: str
    target: str
    at: datetime


def between(one: str, other: str) -> str:
    """The id of the conversation of two people: the smaller number first."""
    low, high = sorted((int(one), int(other)))
    return f"{low}-{high}"
