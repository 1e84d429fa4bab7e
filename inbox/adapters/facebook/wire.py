"""Facebook's JSON, understood: conversations, messages, posts and comments.

Pure functions from decoded JSON to the records of `inbox.ports`. What cannot be understood raises `Unreadable`
with the reason; the caller sets that one item aside. Shapes and traps: facts/facebook.md#1.4, facts/facebook.md#3.3 and recorded
bodies (Graph v1 to v16): anything may be missing, null or of another type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from inbox.adapters.facebook.notices import notice_in
from inbox.adapters.facebook.permalinks import Permalink, permalink
from inbox.adapters.facebook.values import (
    EMPTY,
    Edge,
    Unreadable,
    fingerprint,
    flag,
    key,
    mapping,
    members,
    message_key,
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

SITE = "https://www.facebook.com"

NOT_SHOWN = Attachment(kind="unsupported", name="attachment the API does not show")


# -- conversations and messages (Messenger, Instagram) -----------------------------------------------------

ATTACHMENT_FIELDS = "id,mime_type,name,size,image_data,video_data,file_url,generic_template"
EXTRAS = "reactions,story,"
"""Members of messages that only the reference page lists: asked for until Facebook says that it knows none."""
MESSAGE_FIELDS = (
    f"id,created_time,from,to,message,sticker,is_unsupported,reply_to,{EXTRAS}"
    f"attachments{{{ATTACHMENT_FIELDS}}},shares{{id,link,name,description,type,url,title}}"
)
CONVERSATION_FIELDS = "id,updated_time,unread_count,can_reply,link,participants"
MESSAGE_KEY_FIELDS = "id,created_time,from,message"
FOUND_MESSAGE_FIELDS = f"{MESSAGE_KEY_FIELDS},attachments{{id,mime_type,name,size}}"
DETAILS = 20
"""Facebook gives the details of the 20 newest messages of a conversation (facts/facebook.md#1.2)."""


class Us(Record, kw_only=True):
    """Our side of a conversation: the Page, or the Instagram account linked to it (then with its user name,
    because the ids of one account differ between calls: IGSID and IGID)."""

    id: str
    handle: str | None = None
    surface: Surface = Surface.MESSENGER

    def is_(self, who: Person) -> bool:
        return who.remote_id == self.id or (self.handle is not None and who.handle == self.handle)


class Thread(Record, kw_only=True):
    """A conversation as a page of conversations tells it."""

    id: str
    updated: datetime | None = None
    contact: Person | None = None
    can_reply: bool | None = None
    url: str | None = None
    messages: Edge = EMPTY


def conversation(raw: Any, us: Us) -> Thread:
    """One item of `/conversations`; raises Unreadable."""
    if not isinstance(raw, Mapping):
        raise Unreadable("the conversation is no object")
    people = [person(p) for p in (*members(raw.get("participants")), *members(raw.get("senders")))]
    others = [p for p in people if p != Person() and not us.is_(p)]
    link = raw.get("link")
    return Thread(
        id=text_id(raw.get("id")),
        updated=moment(raw.get("updated_time")),
        contact=others[0] if others else None,
        can_reply=flag(raw.get("can_reply")),
        url=SITE + link if isinstance(link, str) and link.startswith("/") else web_link(link),
        messages=nested(raw.get("messages")),
    )


def withheld(raw: Any) -> bool:
    """A message of which only the id is given: older than the 20 newest."""
    return isinstance(raw, Mapping) and set(raw) == {"id"}


def listed_key(raw: Any) -> str | None:
    """The key of a message in a list, also of one that is withheld or cannot be understood."""
    try:
        return message_key(text_id(mapping(raw).get("id")))
    except Unreadable:
        return None


def message(raw: Any, thread: Thread, us: Us) -> Incoming:
    """One message of a conversation; raises Unreadable."""
    if not isinstance(raw, Mapping):
        raise Unreadable("the message is no object")
    remote_id = text_id(raw.get("id"))
    author = person(raw.get("from"))
    words, shown = text(raw.get("message")), message_attachments(raw)
    if not shown and not words.strip():
        shown = (NOT_SHOWN,)
    ours = us.is_(author)
    return Incoming(
        key=message_key(remote_id),
        remote_id=remote_id,
        surface=us.surface,
        thread=thread.id,
        author=author,
        ours=ours,
        text=words,
        sent_at=moment(raw.get("created_time")),
        parent=_reply_to(raw.get("reply_to")),
        contact=thread.contact or _other_side(raw, author, ours),
        attachments=shown,
        thread_url=thread.url,
        answerable=_messenger_answerable(thread, ours),
        notice=notice_in(words, author, ours=ours),
    )


def _messenger_answerable(thread: Thread, ours: bool) -> Answerable:
    if ours or thread.can_reply is None:
        return Answerable()
    return Answerable(private=thread.can_reply, reason=None if thread.can_reply else "cannot_reply")


def _other_side(raw: Mapping[str, Any], author: Person, ours: bool) -> Person | None:
    """The customer, where the conversation names no participants: the author, or whom we wrote to."""
    people = [person(p) for p in members(raw.get("to"))] if ours else [author]
    known = [p for p in people if p != Person()]
    return known[0] if known else None


def _reply_to(value: Any) -> str | None:
    try:
        return message_key(text_id(mapping(value).get("mid")))
    except Unreadable:
        return None


def message_attachments(raw: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Attachments, sticker and shares of a message. European media may come without any link."""
    found = [_attachment(item) for item in members(raw.get("attachments")) if isinstance(item, Mapping)]
    if (sticker := web_link(raw.get("sticker"))) and not any(a.kind == "sticker" for a in found):
        found.append(Attachment(kind="sticker", url=sticker))
    found += [_share(share) for share in members(raw.get("shares")) if isinstance(share, Mapping)]
    found += _stories(mapping(raw.get("story")))
    found += _reactions(raw.get("reactions"))
    if flag(raw.get("is_unsupported")):
        found.append(NOT_SHOWN)
    return tuple(found)


def _attachment(raw: Mapping[str, Any]) -> Attachment:
    name, mime = named(raw.get("name")), raw.get("mime_type")
    mime = mime if isinstance(mime, str) else ""
    image, video, template = (mapping(raw.get(n)) for n in ("image_data", "video_data", "generic_template"))
    if image or mime.startswith("image/"):
        return _image(image, name, mime)
    if video or mime.startswith("video/"):
        return Attachment(
            kind="video", name=name, url=web_link(video.get("url")) or web_link(video.get("preview_url"))
        )
    if template:
        return Attachment(kind="share", name=named(template.get("title")) or name)
    kind = "audio" if mime.startswith("audio/") else "file"
    url = web_link(raw.get("file_url"))
    if not (url or name or mime):
        return NOT_SHOWN
    return Attachment(kind=kind, name=name, url=url)


def _image(image: Mapping[str, Any], name: str | None, mime: str) -> Attachment:
    moving = web_link(image.get("animated_gif_url")) or web_link(image.get("animated_webp_url"))
    url = moving or web_link(image.get("url")) or web_link(image.get("preview_url"))
    if flag(image.get("render_as_sticker")):
        return Attachment(kind="sticker", name=name, url=url)
    return Attachment(kind="gif" if moving or mime == "image/gif" else "image", name=name, url=url)


def _share(raw: Mapping[str, Any]) -> Attachment:
    name = next(filter(None, (named(raw.get(n)) for n in ("title", "name", "description"))), None)
    url = web_link(raw.get("link")) or web_link(raw.get("url"))
    return Attachment(kind="share", name=name, url=url) if name or url else NOT_SHOWN


def _stories(story: Mapping[str, Any]) -> list[Attachment]:
    """The Instagram story that a message answers or that names us. Its link dies with the story."""
    known = (("reply_to", "the story this answers"), ("mention", "a story that names us"))
    return [
        Attachment(kind="share", name=words, url=web_link(mapping(story.get(member)).get("link")))
        for member, words in known
        if story.get(member)
    ]


def _reactions(raw: Any) -> list[Attachment]:
    """Hearts and the like that people put on a message: one each, with their names where told."""
    shown: list[Attachment] = []
    for item in members(raw):
        found = mapping(item)
        word = named(found.get("emoji")) or named(found.get("reaction"))
        if word is None:
            continue
        people = [person(who) for who in members(found.get("users"))]
        by = ", ".join(who.label for who in people if who != Person())
        shown.append(Attachment(kind="reaction", name=f"{word} by {by}" if by else word))
    return shown


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
