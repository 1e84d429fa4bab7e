"""Facebook's JSON, understood: posts and the comments under them.

Pure functions from decoded JSON to the records of `inbox.ports`. What cannot be understood raises `Unreadable`
with the reason; the caller sets that one item aside. Shapes and traps: facts/facebook.md#3.3 and recorded
bodies (Graph v1 to v16): anything may be missing, null or of another type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from inbox.adapters.facebook.permalinks import Permalink, permalink
from inbox.adapters.facebook.values import (
    EMPTY,
    NOT_SHOWN,
    SITE,
    Edge,
    Unreadable,
    fingerprint,
    flag,
    key,
    mapping,
    members,
    moment,
    named,
    nested,
    person,
    post_key,
    text,
    text_id,
    web_link,
)
from inbox.domain.model import Answerable, Attachment, Context, Deed, Person, Surface
from inbox.domain.records import Record
from inbox.ports.platform import Incoming

# -- posts -------------------------------------------------------------------------------------------------

POST_FIELDS = "id,message,story,created_time,updated_time,from,permalink_url"
COMMENT_FIELDS = (
    "id,message,created_time,from,attachment,can_comment,can_reply_privately,private_reply_conversation,"
    "permalink_url,is_hidden,user_likes,can_hide,can_like,can_remove,message_tags"
)
FULL_COMMENT_FIELDS = f"{COMMENT_FIELDS},parent{{{COMMENT_FIELDS},parent{{id}}}}"
"""With the whole parent: an answer to a comment of long ago is only understood with that comment."""


class Post(Record, kw_only=True):
    """A post and the first page of its comments. `stamp` changes when Facebook says that something did."""

    id: str
    author: Person
    text: str
    created: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    attachments: tuple[Attachment, ...] = ()
    comments: Edge = EMPTY
    stamp: str = ""
    can_reply_privately: bool | None = None
    hidden: bool | None = None
    liked: bool | None = None
    barred: tuple[Deed, ...] = ()
    story: str | None = None
    """For a photo: id of the post it belongs to."""

    @property
    def mark(self) -> str:
        """As `Comment.mark`."""
        rest = (self.can_reply_privately, self.hidden, self.liked, self.barred)
        return f"{fingerprint(self.text)}:{fingerprint(rest)}"


def post(raw: Any) -> Post:
    """One item of a list of posts, Reels, photos, albums or live videos; raises Unreadable."""
    if not isinstance(raw, Mapping):
        raise Unreadable("the post is no object")
    comments = nested(raw.get("comments"))
    updated = raw.get("updated_time")
    likes = mapping(mapping(raw.get("likes")).get("summary"))
    times = (moment(raw.get(n)) for n in ("created_time", "tagged_time", "creation_time"))
    return Post(
        id=text_id(raw.get("id")),
        author=person(raw.get("from")),
        text=next(filter(None, (text(raw.get(n)) for n in _TEXTS)), ""),
        created=next(filter(None, times), None),
        updated=moment(updated),
        url=_permanent(raw.get("permalink_url")) or web_link(raw.get("link")),
        attachments=tuple(
            _story_attachment(a) for a in members(raw.get("attachments")) if isinstance(a, Mapping)
        ),
        comments=comments,
        stamp=fingerprint(updated, comments.total),
        can_reply_privately=flag(raw.get("can_reply_privately")),
        hidden=flag(raw.get("is_hidden")),
        liked=flag(likes.get("has_liked")),
        barred=_barred(like=flag(likes.get("can_like"))),
        story=_id_or_none(raw.get("page_story_id")),
    )


_TEXTS = ("message", "story", "description", "title", "name")
"""Members that hold the text: of posts, Reels and live videos, photos and albums."""


def _id_or_none(value: Any) -> str | None:
    try:
        return text_id(value)
    except Unreadable:
        return None


def _permanent(value: Any) -> str | None:
    """The link of a post; that of a video is a path on the site (`/reel/123/`)."""
    return SITE + value if isinstance(value, str) and value.startswith("/") else web_link(value)


def _barred(
    *, hide: bool | None = None, like: bool | None = None, remove: bool | None = None
) -> tuple[Deed, ...]:
    """What `can_hide`, `can_like` and `can_remove` forbid; what they do not tell is not forbidden."""
    flags = ((hide, Deed.HIDE), (like, Deed.LIKE), (remove, Deed.DELETE))
    return tuple(deed for allowed, deed in flags if allowed is False)


def post_context(found: Post, page_id: str, page: Person) -> Context:
    """Our own post as what people comment on. `id` is the bare key: the caller's account stands before it."""
    return Context(
        id=post_key(found.id),
        remote_id=found.id,
        author=found.author if found.author != Person() else page,
        ours=found.author.remote_id in (None, page_id),
        text=found.text,
        sent_at=found.created,
        reply_to=post_key(found.story) if found.story and found.story != found.id else None,
        attachments=found.attachments,
        url=found.url,
    )


def post_message(found: Post, surface: Surface, page_id: str) -> Incoming:
    """A post by somebody else (on our Page, or naming it) as the message it is; its id names the conversation.

    `from` is missing for posts that tag us (facts/facebook.md#3.3).
    """
    private = found.can_reply_privately
    ours = found.author.remote_id == page_id
    elsewhere = (Deed.HIDE, Deed.UNHIDE) if surface is Surface.TAGGED else ()  # on somebody else's wall
    return Incoming(
        key=post_key(found.id),
        remote_id=found.id,
        surface=surface,
        thread=found.id,
        author=found.author,
        ours=ours,
        text=found.text,
        sent_at=found.created,
        contact=None if ours or found.author == Person() else found.author,
        attachments=found.attachments if found.attachments or found.text.strip() else (NOT_SHOWN,),
        url=found.url,
        thread_url=found.url,
        answerable=Answerable(private=private, reason="not_offered" if private is False else None),
        hidden=found.hidden,
        liked=found.liked,
        barred=(*found.barred, *elsewhere),
    )


_STORY_KINDS = {
    "photo": "image",
    "cover_photo": "image",
    "profile_media": "image",
    "album": "image",
    "sticker": "sticker",
    "link": "link",
    "share": "link",
    "file_upload": "file",
}


def _story_attachment(raw: Mapping[str, Any]) -> Attachment:
    """An attachment of a post or comment. The page link lasts, the media link expires, so it comes second."""
    kind = raw.get("type") if isinstance(raw.get("type"), str) else raw.get("media_type")
    kind = kind if isinstance(kind, str) else ""
    media = mapping(raw.get("media"))
    url = (
        web_link(raw.get("url"))
        or web_link(media.get("source"))
        or web_link(mapping(media.get("image")).get("src"))
    )
    name = named(raw.get("title")) or named(raw.get("description"))
    if not (url or name or kind):
        return NOT_SHOWN
    if kind.startswith("animated"):
        return Attachment(kind="gif", name=name, url=url)
    if "video" in kind:
        return Attachment(kind="video", name=name, url=url)
    return Attachment(kind=_STORY_KINDS.get(kind, "share"), name=name, url=url)


# -- comments ----------------------------------------------------------------------------------------------


class Comment(Record, kw_only=True):
    """One comment, with its place in the tree. `top` is the key of the top-level comment as far as this item
    tells; `Tree` walks on."""

    key: str
    remote_id: str
    top: str | None
    parent: str | None
    """Key of the parent comment; None for a top-level one."""
    post: str | None
    """Number of the post."""
    author: Person
    text: str
    created: datetime | None
    attachments: tuple[Attachment, ...] = ()
    url: str | None = None
    answerable: Answerable = Answerable()
    private_conversation: str | None = None
    """The Messenger conversation that a private answer opened."""
    hidden: bool | None = None
    liked: bool | None = None
    barred: tuple[Deed, ...] = ()
    ancestors: tuple[Comment, ...] = ()
    names: tuple[str, ...] = ()
    """Ids and names of the people its text tags."""

    @property
    def mark(self) -> str:
        """What it looked like, as two short sums: of the text, and of the rest."""
        state = (self.hidden, self.liked, self.barred)
        rest = (self.answerable, [(a.kind, a.name) for a in self.attachments], state)
        return f"{fingerprint(self.text)}:{fingerprint(rest)}"


def comment(raw: Any) -> Comment:
    """One comment; raises Unreadable.

    Where `id` is missing it is derived from the permalink, which holds post, comment and reply (recorded 2021).
    """
    if not isinstance(raw, Mapping):
        raise Unreadable("the comment is no object")
    url = _permanent(raw.get("permalink_url"))
    link = permalink(url)
    remote_id = _comment_id(raw.get("id"), link)
    words = text(raw.get("message"))
    attachment = raw.get("attachment")
    shown = (_story_attachment(attachment),) if isinstance(attachment, Mapping) and attachment else ()
    if not shown and not words.strip():
        shown = (NOT_SHOWN,)
    ancestors, parent = _ancestors(raw.get("parent"))
    own = key(remote_id)
    if parent is None and link.comment not in (None, own):
        parent = link.comment
    return Comment(
        key=own,
        remote_id=remote_id,
        top=link.comment,
        parent=parent,
        post=link.post or (key(remote_id.rsplit("_", 1)[0]) if "_" in remote_id else None),
        author=person(raw.get("from")),
        text=words,
        created=moment(raw.get("created_time")),
        attachments=shown,
        url=url,
        answerable=_comment_answerable(raw),
        private_conversation=conversation_id(raw.get("private_reply_conversation")),
        hidden=flag(raw.get("is_hidden")),
        liked=flag(raw.get("user_likes")),
        barred=_barred(
            hide=flag(raw.get("can_hide")),
            like=flag(raw.get("can_like")),
            remove=flag(raw.get("can_remove")),
        ),
        ancestors=ancestors,
        names=_tagged(raw.get("message_tags")),
    )


def _tagged(value: Any) -> tuple[str, ...]:
    """Who is tagged: a list, an edge, or lists by offset (recorded). By id and by name, as `from` may lack either."""
    found = mapping(value)
    listed = members(value) or [tag for tags in found.values() for tag in members(tags)]
    people = [person(tag) for tag in listed]
    return tuple(
        dict.fromkeys(part for who in people for part in (who.remote_id, who.name) if part is not None)
    )


def parent_key(raw: Any) -> str | None:
    """Key of the comment that a comment hangs under, by its `parent` or its permalink; None for a top-level one."""
    try:
        found = comment({"message": "", **mapping(raw)})
    except Unreadable:
        return None
    return found.parent


def conversation_id(value: Any) -> str | None:
    """The id in `private_reply_conversation`, an object that the specs do not describe."""
    return _id_or_none(value.get("id") if isinstance(value, Mapping) else value)


def _comment_id(value: Any, link: Permalink) -> str:
    if value is None and link.own:
        return f"{link.post}_{link.own}" if link.post else link.own
    return text_id(value)


def _ancestors(value: Any) -> tuple[tuple[Comment, ...], str | None]:
    """The parent, and what it says of its own parent. A parent of which only the id came has no message."""
    if not isinstance(value, Mapping):
        return (), None
    try:
        parent = comment(value)
    except Unreadable:
        return (), None
    return (parent, *parent.ancestors), parent.key


def _comment_answerable(raw: Mapping[str, Any]) -> Answerable:
    public, private = flag(raw.get("can_comment")), flag(raw.get("can_reply_privately"))
    used = bool(raw.get("private_reply_conversation"))
    if used:
        private = False
    reason = None
    if public is False:
        reason = "comments_closed"
    elif private is False:
        reason = "private_reply_used" if used else "not_offered"
    return Answerable(public=public, private=private, reason=reason)


class Tree:
    """The comments of one post that were read together: who belongs under which top-level comment."""

    def __init__(self, comments: Iterable[Comment]) -> None:
        self.comments: dict[str, Comment] = {}
        self._parents: dict[str, str] = {}
        for found in comments:
            self.comments.setdefault(found.key, found)
            for known in (found, *found.ancestors):
                if known.parent and known.parent != known.key:
                    self._parents.setdefault(known.key, known.parent)

    def top(self, found: Comment) -> str:
        """Key of the top-level comment: up along the parents, then what the permalink says."""
        seen, at = {found.key}, found.key
        while (above := self._parents.get(at)) and above not in seen:
            seen.add(above)
            at = above
        if at not in self.comments and found.top and found.top not in seen:
            return found.top
        return at

    def missing_parents(self) -> list[Comment]:
        """Parents that came inside their answers only, in full (with a text or an author)."""
        found: dict[str, Comment] = {}
        for child in self.comments.values():
            for parent in child.ancestors:
                whole = parent.created is not None
                if whole and parent.key not in self.comments:
                    found.setdefault(parent.key, parent)
        return list(found.values())


def comment_message(
    found: Comment,
    *,
    thread: str | None,
    surface: Surface,
    page_id: str,
    post: str | None,
    root: Person | None,
) -> Incoming:
    """A comment as a message of its thread (None: of the one that holds it already). `post`: id of the post, where it
    is known from elsewhere. `root` is the author of the top-level comment or visitor post."""
    post = post or found.post
    ours = found.author.remote_id == page_id
    contact = root if root and root != Person() and root.remote_id != page_id else None
    return Incoming(
        key=found.key,
        remote_id=found.remote_id,
        surface=surface,
        thread=thread,
        author=found.author,
        ours=ours,
        text=found.text,
        sent_at=found.created,
        parent=found.parent or (post_key(post) if post else None),
        contact=contact,
        attachments=found.attachments,
        url=found.url,
        answerable=Answerable() if ours else found.answerable,
        hidden=found.hidden,
        liked=found.liked,
        barred=found.barred,
        names=found.names if ours else (),
    )
