"""Facebook's JSON, understood: conversations and messages (Messenger, Instagram).

Pure functions from decoded JSON to the records of `inbox.ports`. What cannot be understood raises `Unreadable`
with the reason; the caller sets that one item aside. Shapes and traps: facts/facebook.md#1.4 and recorded
bodies (Graph v1 to v16): anything may be missing, null or of another type.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.adapters.facebook.notices import notice_in
from inbox.adapters.facebook.values import (
    EMPTY,
    NOT_SHOWN,
    SITE,
    Edge,
    Unreadable,
    flag,
    mapping,
    members,
    message_key,
    moment,
    named,
    nested,
    person,
    text,
    text_id,
    web_link,
)
from inbox.domain.model import Answerable, Attachment, Person, Surface
from inbox.domain.records import Record
from inbox.ports.platform import Incoming

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
