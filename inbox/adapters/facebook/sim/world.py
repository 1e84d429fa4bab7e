"""A Page in memory: people, conversations, posts and comments, and what the platform lets happen between them.

Scriptable: `person`, `writes`, `post`, `comments`, `edit`, `delete` ... for the demo and the tests. Ids are
deterministic, time comes from outside.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.adapters.facebook.sim.records import (
    Accepted,
    Comment,
    Conversation,
    GraphError,
    Message,
    Person,
    Post,
)

__all__ = ["Accepted", "Comment", "Conversation", "GraphError", "Message", "Person", "Post", "World"]

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)
DUPLICATE_WITHIN = timedelta(minutes=10)
LONGEST_MESSAGE = 2000
LONGEST_COMMENT = 8000
LONGEST_INSTAGRAM = 1000
"""Bytes."""
INSTAGRAM_ID = "17841400000001001"


class World:
    """One Page and everybody around it. `accepted` is the oracle of the tests."""

    def __init__(self, now: Callable[[], datetime], *, page_id: str, page_name: str) -> None:
        self.now = now
        self.page_id, self.page_name = page_id, page_name
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, Conversation] = {}
        self.posts: dict[str, Post] = {}
        self.comments_by_id: dict[str, Comment] = {}
        """By the last part of their id: both spellings name the same comment."""
        self.accepted: list[Accepted] = []
        self.human_agent = False
        """Whether the Page's app was granted the human-agent feature."""
        self.instagram: str | None = "acme.ig"
        """User name of the linked Instagram account."""
        self.signs: list[tuple[str, str]] = []
        """What people were shown of us: their id and the sign."""
        self.uploads: dict[str, str] = {}
        """Attachment id to media type."""
        self.unreadable: set[str] = set()
        """Ids that answer 100/33 when they are asked for, while lists go on showing them (facts/facebook.md#4.5)."""
        self._by_psid: dict[str, Conversation] = {}
        self._by_igsid: dict[str, Conversation] = {}
        self._count = 0

    # -- the script: what people do ------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        """Make a person, known by another id in each place, as on Facebook."""
        number = self._next()
        handle = f"{name.lower()}.{number}"
        found = Person(psid=f"24{number:014d}", author_id=f"59{number:014d}", name=name, handle=handle)
        self.people[found.psid] = found
        return found

    def writes(self, person: Person, text: str, *, at: datetime | None = None, **members: Any) -> Message:
        """A message of a person to the Page. `members`: attachments, sticker, shares, reply_to, unsupported."""
        return self._message(self._with(person), text, at or self.now(), by_page=False, **members)

    def writes_on_instagram(
        self, person: Person, text: str, *, at: datetime | None = None, **members: Any
    ) -> Message:
        """A direct message to the linked Instagram account."""
        return self._message(
            self._with(person, instagram=True), text, at or self.now(), by_page=False, **members
        )

    def unsends(self, message: Message) -> None:
        """Gone from the conversation, which does not move because of it."""
        self.delete(message)

    def answers(self, person: Person, text: str, *, at: datetime | None = None) -> Message:
        """A message of the Page from its own app, which is not counted as accepted from us."""
        return self._message(self._with(person), text, at or self.now(), by_page=True)

    def answers_privately(self, target: Comment | Post, text: str) -> Message:
        """A private answer from the Page's own app, which is not counted as accepted from us."""
        return self._private(target, text)[1]

    def post(self, text: str, *, at: datetime | None = None) -> Post:
        """Publish a post of the Page."""
        return self._post(self.page_id, None, text, at)

    def reel(self, text: str, *, at: datetime | None = None) -> Post:
        """Publish a Reel of the Page."""
        return self._thing("reel", 73_000_000_000_000, text, at)

    def photo(self, text: str, *, of: Post | None = None, at: datetime | None = None) -> Post:
        """A photo of the Page, one of several of the post `of`."""
        found = self._thing("photo", 74_000_000_000_000, text, at)
        found.story = of
        return found

    def album(self, name: str, *, at: datetime | None = None) -> Post:
        """Publish an album of the Page."""
        return self._thing("album", 75_000_000_000_000, name, at)

    def live_video(self, title: str, *, at: datetime | None = None) -> Post:
        """A broadcast that is on the air until `ends`."""
        found = self._thing("live", 76_000_000_000_000, title, at)
        found.on_air = True
        return found

    def ends(self, live: Post) -> Post:
        """The broadcast is over: what was said under it is found under the post of its video (facts/facebook.md#3.6)."""
        live.on_air = False
        post = self.post(live.text, at=live.at)
        post.comments, live.comments = live.comments, []
        for comment in post.comments:
            comment.post = post
        return post

    def ad(self, text: str, *, at: datetime | None = None) -> Post:
        """A post that only an ad shows ("dark post")."""
        found = self.post(text, at=at)
        found.kind = "ad"
        return found

    def _thing(self, kind: str, first: int, text: str, at: datetime | None) -> Post:
        moment = at or self.now()
        found = Post(
            id=f"{first + self._next()}", author=None, text=text, at=moment, updated=moment, kind=kind
        )
        self.posts[found.id] = found
        return found

    def visitor_post(self, person: Person, text: str, *, at: datetime | None = None) -> Post:
        """Let a person post on the Page."""
        return self._post(self.page_id, person, text, at)

    def tagging_post(self, person: Person, text: str, *, at: datetime | None = None) -> Post:
        """A post on somebody's own wall that names the Page."""
        found = self._post(person.author_id, person, text, at)
        found.tags_page = True
        return found

    def comments(
        self,
        under: Post | Comment,
        text: str,
        *,
        by: Person | None = None,
        at: datetime | None = None,
        attachment: dict[str, Any] | None = None,
    ) -> Comment:
        """A comment by a person (or, without `by`, by the Page in Facebook's own app)."""
        return self._comment(under, by, text, at or self.now(), attachment)

    def edit(self, thing: Comment | Post, text: str) -> None:
        """Facebook tells neither that nor when; a post's `updated_time` moves when the post itself is edited."""
        thing.text = text
        if isinstance(thing, Post):
            thing.updated = max(thing.updated, self.now())

    def delete(self, thing: Comment | Post | Message) -> None:
        """Gone, with everything under it."""
        if isinstance(thing, Comment):
            thing.post.comments = [c for c in thing.post.comments if c is not thing and c.parent is not thing]
            for comment in [c for c in self.comments_by_id.values() if c is thing or c.parent is thing]:
                del self.comments_by_id[comment.short_id]
        elif isinstance(thing, Post):
            for comment in thing.comments:
                self.comments_by_id.pop(comment.short_id, None)
            del self.posts[thing.id]
        else:
            for conversation in self.conversations.values():
                conversation.messages = [m for m in conversation.messages if m is not thing]

    def conversation_with(self, person: Person) -> Conversation | None:
        """Return the Messenger conversation with a person; None without one."""
        return self._by_psid.get(person.psid)

    # -- what we do through the API ------------------------------------------------------------------------

    def send(
        self,
        psid: str,
        text: str,
        *,
        kind: str | None,
        tag: str | None,
        metadata: str | None,
        attachment: str | None = None,
    ) -> tuple[str, str]:
        """A message to a person. Returns recipient and message id."""
        on_instagram = psid in self._by_igsid
        person = self._by_igsid[psid].person if on_instagram else self.people.get(psid)
        if person is None:
            raise GraphError(100, "(#100) No matching user found", subcode=2018001)
        if attachment is not None:
            self._check_attachment(attachment, text)
        else:
            self._check_text(text, on_instagram)
        self._check_reachable(person)
        conversation = self._by_igsid.get(psid) if on_instagram else self._by_psid.get(psid)
        if conversation is not None and not conversation.can_reply:
            raise GraphError(10, "(#10) This person isn't receiving messages", subcode=2018108, status=403)
        last = conversation.newest_from_person() if conversation else None
        self._check_window(last, kind, tag, 2534022 if on_instagram else 2018278)
        message = self._message(self._with(person, instagram=on_instagram), text, self.now(), by_page=True)
        if attachment is not None:
            media = self.uploads[attachment]
            message.attachments.append({"id": attachment, "mime_type": media, "name": f"file-{attachment}"})
        self._accept("message", message.id, psid, text, tag=tag, metadata=metadata)
        return psid, message.id

    def _check_attachment(self, attachment: str, text: str) -> None:
        if text:
            raise GraphError(100, "(#100) A message has a text or an attachment, not both")
        if attachment not in self.uploads:
            raise GraphError(100, "(#100) Invalid attachment id", subcode=2018074)

    def _check_window(self, last: datetime | None, kind: str | None, tag: str | None, outside: int) -> None:
        age = self.now() - last if last else None
        if kind == "MESSAGE_TAG":
            if tag != "HUMAN_AGENT":
                raise GraphError(100, "(#100) Tag is no longer supported")
            if not self.human_agent:
                raise GraphError(
                    10, "(#10) This message is sent outside of allowed window", subcode=outside, status=403
                )
            if age is not None and age <= WEEK:
                return
        elif age is not None and age <= DAY:
            return
        raise GraphError(
            10, "(#10) This message is sent outside of allowed window.", subcode=outside, status=403
        )

    def send_private(self, target: Comment | Post, text: str, metadata: str | None) -> tuple[str, str]:
        """The one private answer to a comment or visitor's post, within seven days."""
        person, message = self._private(target, text)
        self._accept("private", message.id, target.id, text, metadata=metadata)
        return person.psid, message.id

    def _private(self, target: Comment | Post, text: str) -> tuple[Person, Message]:
        person = target.author
        if person is None or self.now() - target.at > WEEK:
            raise GraphError(10903, "(#10903) This user can't reply to this activity")
        if target.private_reply is not None:
            raise GraphError(10900, "(#10900) Activity already replied to")
        self._check_text(text)
        self._check_reachable(person)
        conversation = self._with(person)
        message = self._message(conversation, text, self.now(), by_page=True)
        target.private_reply = conversation
        return person, message

    def add_comment(self, under: Post | Comment, text: str, picture: str | None = None) -> Comment:
        """Take in a comment of ours. Raises GraphError where Facebook would refuse it."""
        post = under if isinstance(under, Post) else under.post
        if post.closed:
            raise GraphError(10903, "(#10903) This user can't reply to this activity")
        if picture is not None and picture not in self.uploads:
            raise GraphError(100, "(#100) Invalid attachment id")
        if not text.strip() and picture is None:
            raise GraphError(100, "(#100) Param message must be non-empty")
        if len(text) > LONGEST_COMMENT:
            raise GraphError(100, "(#100) Param message is too long")
        top = under if isinstance(under, Post) else (under.parent or under)
        again = [
            c
            for c in post.comments
            if c.author is None
            and c.text == text
            and (c.parent or post) is top
            and self.now() - c.at < DUPLICATE_WITHIN
        ]
        if again:
            raise GraphError(506, "(#506) Duplicate status message", subcode=1455006)
        shown = {"type": "photo", "target": {"id": picture}} if picture else None
        comment = self._comment(under, None, text, self.now(), shown)
        self._accept("comment", comment.id, under.id, text)
        return comment

    def change(self, thing: Comment | Post, *, text: str | None, hidden: bool | None) -> None:
        """What POST on a comment or post itself does: it overwrites the words or hides them."""
        if text is not None:
            thing.text = text
            self._accept("edit", thing.id, thing.id, text)
        if hidden is not None:
            if thing.author is None:
                raise GraphError(200, "(#200) This cannot be hidden")
            thing.hidden = hidden
            self._accept("hide", thing.id, thing.id, str(hidden))

    def like(self, thing: Comment | Post, liked: bool) -> None:
        """Like a post or comment as the Page, or take that back."""
        thing.liked = liked
        self._accept("like", thing.id, thing.id, str(liked))

    def remove_comment(self, comment: Comment) -> None:
        """Delete a comment, and what is under it, for us."""
        self.delete(comment)
        self._accept("delete", comment.id, comment.id, comment.text)

    def block(self, id_: str, blocked: bool) -> None:
        """By the id of a conversation's person."""
        conversation = self._by_psid.get(id_) or self._by_igsid.get(id_)
        if conversation is None:
            raise GraphError(100, "(#100) No matching user found", subcode=2018001)
        conversation.person.blocked = blocked
        self._accept("block", id_, id_, str(blocked))

    def upload(self, media: str) -> str:
        """Take in a file. `media`: its MIME type. Returns the id of the attachment."""
        id_ = f"{88_000_000_000 + self._next()}"
        self.uploads[id_] = media
        self._accept("upload", id_, self.page_id, media)
        return id_

    # -- inside --------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _with(self, person: Person, *, instagram: bool = False) -> Conversation:
        index, id_ = (self._by_igsid, person.igsid) if instagram else (self._by_psid, person.psid)
        found = index.get(id_)
        if found is None:
            number = self._next()
            name = base64.urlsafe_b64encode(f"ig_dm_{number:012d}".encode()).decode().rstrip("=")
            found = Conversation(
                id=name if instagram else f"t_{587956915000000 + number}",
                person=person,
                number=number,
                updated=self.now(),
                instagram=instagram,
            )
            index[id_] = self.conversations[found.id] = found
        return found

    def _message(
        self, conversation: Conversation, text: str, at: datetime, *, by_page: bool, **members: Any
    ) -> Message:
        sum_ = hashlib.sha256(f"{conversation.id}/{self._next()}".encode()).digest()
        message = Message(
            id=("aWdfZAG" if conversation.instagram else "m_")
            + base64.urlsafe_b64encode(sum_ * 2).decode().rstrip("="),
            by_page=by_page,
            text=text,
            at=at,
            **members,
        )
        conversation.messages.append(message)
        conversation.messages.sort(key=lambda m: m.at)
        conversation.updated = max(conversation.messages[-1].at, at)
        conversation.unread = 0 if by_page else conversation.unread + 1
        return message

    def _post(self, wall: str, author: Person | None, text: str, at: datetime | None) -> Post:
        moment = at or self.now()
        found = Post(
            id=f"{wall}_{122100000000000 + self._next()}",
            author=author,
            text=text,
            at=moment,
            updated=moment,
        )
        self.posts[found.id] = found
        return found

    def _comment(
        self,
        under: Post | Comment,
        author: Person | None,
        text: str,
        at: datetime,
        attachment: dict[str, Any] | None,
    ) -> Comment:
        post = under if isinstance(under, Post) else under.post
        # Facebook flattens: an answer to an answer hangs under the top comment.
        parent = None if isinstance(under, Post) else (under.parent or under)
        comment = Comment(
            id=f"{post.id.rsplit('_', 1)[-1]}_{229880000000000 + self._next()}",
            author=author,
            text=text,
            at=at,
            post=post,
            parent=parent,
            attachment=attachment,
        )
        post.comments.append(comment)
        post.comments.sort(key=lambda c: c.at)
        post.updated = max(post.updated, at)
        self.comments_by_id[comment.short_id] = comment
        return comment

    def _check_text(self, text: str, on_instagram: bool = False) -> None:
        if on_instagram and len(text.encode()) > LONGEST_INSTAGRAM:
            raise GraphError(100, "(#100) Length of param message[text] must be at most 1000 bytes")
        if not text.strip():
            raise GraphError(100, "(#100) Message cannot be empty, must provide valid attachment or text")
        if len(text) > LONGEST_MESSAGE:
            raise GraphError(100, "(#100) Length of param message[text] must be less than or equal to 2000")

    def _check_reachable(self, person: Person) -> None:
        if person.refuses or not person.reachable:
            raise GraphError(551, "(#551) This person isn't available right now.", subcode=1545041)

    def _accept(self, kind: str, id_: str, target: str, text: str, **more: Any) -> None:
        self.accepted.append(Accepted(kind=kind, id=id_, target=target, text=text, at=self.now(), **more))

    def find_comment(self, id_: str) -> Comment | None:
        """Return a comment by either form of its id; None if there is none."""
        return self.comments_by_id.get(id_.rsplit("_", 1)[-1])


def overlay(shown: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`shown` with the odd members laid over it; a member that is `...` is taken out."""
    mixed = {**shown, **extra}
    return {name: value for name, value in mixed.items() if value is not ...}
