"""What the simulated world of a Page is made of: people, conversations, messages, posts, comments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, field


class GraphError(Exception):
    """An error as the Graph API answers it."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        transient: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.subcode, self.message = code, subcode, message
        self.status, self.transient = status, transient


class Person(Struct, kw_only=True):
    """`psid` names a person in Messenger, `author_id` in comments: two different numbers for one person."""

    psid: str
    author_id: str
    name: str
    handle: str = ""
    """The user name on Instagram."""
    reachable: bool = True
    refuses: bool = False
    """Has blocked the Page."""
    blocked: bool = False
    """The Page has blocked them."""

    @property
    def igsid(self) -> str:
        """Return the id of the person for Instagram messages."""
        return f"17{self.psid}"


class Message(Struct, kw_only=True):
    """One message in Messenger or Instagram. `extra` is laid over what an answer shows of it."""

    id: str
    by_page: bool
    text: str
    at: datetime
    attachments: list[dict[str, Any]] = field(default_factory=list)
    sticker: str | None = None
    shares: list[dict[str, Any]] = field(default_factory=list)
    reply_to: str | None = None
    unsupported: bool = False
    reactions: list[tuple[str, Person]] = field(default_factory=list)
    story: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    """Members laid over the answer as they are, to make odd shapes."""


class Conversation(Struct, kw_only=True):
    """Messages with one person, oldest first."""

    id: str
    person: Person
    number: int
    updated: datetime
    messages: list[Message] = field(default_factory=list)
    """Oldest first."""
    can_reply: bool = True
    unread: int = 0
    instagram: bool = False

    def newest_from_person(self) -> datetime | None:
        """Return when the person wrote last; None if never."""
        return next((m.at for m in reversed(self.messages) if not m.by_page), None)


class Comment(Struct, kw_only=True):
    """A comment under a post. `author` None: the Page."""

    id: str
    author: Person | None
    """None: the Page."""
    text: str
    at: datetime
    post: Post
    parent: Comment | None = None
    attachment: dict[str, Any] | None = None
    hidden: bool = False
    liked: bool = False
    private_reply: Conversation | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def short_id(self) -> str:
        """Return the part of the id after the post's."""
        return self.id.rsplit("_", 1)[1]


class Post(Struct, kw_only=True):
    """A post, photo, album, Reel, live video or ad, by `kind`. `author` None: the Page."""

    id: str
    author: Person | None
    text: str
    at: datetime
    updated: datetime
    tags_page: bool = False
    comments: list[Comment] = field(default_factory=list)
    """Oldest first."""
    overcounted: int = 0
    """By how many `total_count` is higher than the list is long."""
    closed: bool = False
    hidden: bool = False
    liked: bool = False
    kind: str = "post"
    """post, ad (a post that only an ad shows), or what no list of posts shows: reel, photo, album, live."""
    story: Post | None = None
    """For a photo: the post it belongs to."""
    on_air: bool = False
    low_quality: set[str] = field(default_factory=set)
    """Ids of comments on a broadcast that Facebook leaves out unless it is asked for all."""
    boosted: bool = False
    """An ad shows this post of the Page."""
    private_reply: Conversation | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


class Accepted(Struct, frozen=True, kw_only=True):
    """Something the platform took from us. `kind`: message, private, comment, edit, hide, like, delete, block or
    upload."""

    kind: str
    id: str
    target: str
    text: str
    at: datetime
    tag: str | None = None
    metadata: str | None = None
