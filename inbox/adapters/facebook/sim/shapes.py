"""How conversations, messages, posts and comments look in an answer, with the lists inside them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim import lists as sim_lists
from inbox.adapters.facebook.sim.call import Call
from inbox.adapters.facebook.sim.fields import Field
from inbox.adapters.facebook.sim.paging import Paging
from inbox.adapters.facebook.sim.values import (
    choice,
    inner,
    moment,
    number,
    stamp,
)
from inbox.adapters.facebook.sim.world import (
    INSTAGRAM_ID,
    WEEK,
    Comment,
    Conversation,
    Message,
    Person,
    Post,
    overlay,
)


class Shapes:
    """Writes what the world holds as the Graph API does, for one request."""

    def __init__(self, call: Call, paging: Paging) -> None:
        self._call, self._world, self._knobs = call, call.world, call.knobs
        self._paging = paging

    def thread(self, conversation: Conversation, fields: Sequence[Field]) -> dict[str, Any]:
        """Return a conversation with the fields that are asked for."""
        both = (conversation.person, None)
        people = [
            self._on_instagram(p) if conversation.instagram else self._person(p, comment=False) for p in both
        ]
        members: dict[str, Any] = {
            "id": conversation.id,
            "updated_time": stamp(conversation.updated),
            "unread_count": conversation.unread,
            "can_reply": None if conversation.instagram else conversation.can_reply,
            "link": f"/{self._world.page_id}/inbox/{conversation.number}/",
            "message_count": len(conversation.messages),
            "participants": {"data": people},
            "senders": {"data": people},
            "snippet": conversation.messages[-1].text if conversation.messages else "",
            "messages": lambda wanted: self.messages_of(
                conversation,
                wanted.children or sim_fields.parse(sim_fields.DEFAULTS["UnifiedMessage"]),
                wanted.modifiers,
                number(wanted.modifiers.get("limit"), 25),
            ),
        }
        return self._show(members, fields)

    def message(
        self, conversation: Conversation, message: Message, fields: Sequence[Field]
    ) -> dict[str, Any]:
        """Return a message with the fields that are asked for."""
        person, page = (
            self._on_instagram(p) if conversation.instagram else self._person(p, comment=False)
            for p in (conversation.person, None)
        )
        author, to = (page, person) if message.by_page else (person, page)
        members: dict[str, Any] = {
            "id": message.id,
            "created_time": stamp(message.at),
            "from": author,
            "to": {"data": [to]},
            "message": message.text,
            "sticker": message.sticker,
            "tags": {"data": [{"name": "inbox"}]},
            "attachments": (lambda wanted: inner("Attachment", message.attachments, wanted))
            if message.attachments
            else None,
            "shares": (lambda wanted: inner("Share", message.shares, wanted)) if message.shares else None,
            "reply_to": {"mid": message.reply_to, "is_self_reply": False} if message.reply_to else None,
            "is_unsupported": True if message.unsupported else None,
            "reactions": {
                "data": [
                    {"reaction": word, "users": [{"name": who.name, "id": who.psid}]}
                    for word, who in message.reactions
                ]
            }
            if message.reactions
            else None,
            "story": message.story,
        }
        return overlay(self._show(members, fields), message.extra)

    def messages_of(
        self,
        conversation: Conversation,
        fields: Sequence[Field],
        params: Mapping[str, str],
        limit: int | None,
    ) -> Any:
        """Return a page of a conversation's messages, newest first; of older ones nothing but the id. `limit` None:
        from `params`."""
        newest_first = list(reversed(conversation.messages))
        detailed = {m.id for m in newest_first[: self._knobs.details]}

        def show(message: Message, wanted: Sequence[Field]) -> Any:
            if message.id not in detailed:
                return {"id": message.id}
            return self.message(conversation, message, wanted)

        return self._paging.list(
            newest_first,
            "UnifiedMessage",
            lambda m: (m.at.timestamp(), m.id),
            show,
            path=f"{conversation.id}/messages",
            fields=fields,
            params=params,
            limit=limit,
        )

    def post(self, post: Post, fields: Sequence[Field], *, tagged: bool = False) -> dict[str, Any]:
        """Return a post with the fields that are asked for. `tagged`: in the list of posts that tag the Page."""
        members: dict[str, Any] = {
            "id": post.id,
            **sim_lists.own_members(post, self._world.page_id),
            "created_time": stamp(post.at),
            "updated_time": stamp(post.updated),
            "likes": lambda wanted: self._likes(post.liked, wanted),
            "tagged_time": stamp(post.at) if post.tags_page else None,
            # Of posts that tag the Page only the caller's own name their author.
            "from": None
            if tagged or not self._tells(post.author)
            else self._person(post.author, comment=True),
            "attachments": (lambda wanted: inner("StoryAttachment", post.attachments, wanted))
            if post.attachments
            else None,
            "can_reply_privately": post.author is not None
            and post.private_reply is None
            and self._world.now() - post.at <= WEEK,
            "is_hidden": post.hidden,
            "is_published": post.kind != "ad",
            "comments": lambda wanted: self.comments_of(
                post,
                wanted.children or sim_fields.parse(sim_fields.DEFAULTS["Comment"]),
                wanted.modifiers,
                number(wanted.modifiers.get("limit"), 25),
            ),
        }
        return overlay(self._show(members, fields), post.extra)

    def comment(self, comment: Comment, fields: Sequence[Field]) -> dict[str, Any]:
        """Return a comment with the fields that are asked for."""
        top = comment.parent or comment
        link = sim_lists.comment_link(comment.post, self._world.page_id, top.short_id)
        if comment.parent:
            link += f"&reply_comment_id={comment.short_id}"
        parent = comment.parent
        used = comment.private_reply
        members: dict[str, Any] = {
            "id": comment.id,
            "message": comment.text,
            "created_time": stamp(comment.at),
            "from": self._person(comment.author, comment=True) if self._tells(comment.author) else None,
            "attachment": comment.attachment,
            "can_comment": not comment.post.closed,
            "can_hide": comment.author is not None,
            "can_remove": True,
            "can_like": True,
            "can_reply_privately": comment.author is not None
            and used is None
            and self._world.now() - comment.at <= WEEK,
            "private_reply_conversation": {
                "id": used.id,
                "link": f"/{self._world.page_id}/inbox/{used.number}/",
            }
            if used
            else None,
            "comment_count": len(self._under(comment, stream=True)),
            "is_hidden": comment.hidden,
            "is_private": False,
            "like_count": 0,
            "user_likes": comment.liked,
            "permalink_url": link,
            "parent": (
                lambda wanted: self.comment(
                    parent, wanted.children or sim_fields.parse(sim_fields.DEFAULTS["Comment"])
                )
            )
            if parent
            else None,
            "comments": lambda wanted: self.comments_of(
                comment,
                wanted.children or sim_fields.parse(sim_fields.DEFAULTS["Comment"]),
                wanted.modifiers,
                number(wanted.modifiers.get("limit"), 25),
            ),
        }
        return overlay(self._show(members, fields), comment.extra)

    def comments_of(
        self, under: Post | Comment, fields: Sequence[Field], params: Mapping[str, str], limit: int | None
    ) -> Any:
        """Return a page of the comments under a post or comment, in the order that is asked for. `limit` None: from
        `params`."""
        stream = choice(params, "filter", ("toplevel", "stream")) == "stream"
        order = choice(params, "order", ("chronological", "reverse_chronological"))
        backwards = order != "chronological" and self._knobs.keeps_order
        found = self._under(under, stream)
        if isinstance(under, Post) and under.on_air and params.get("live_filter") != "no_filter":
            found = [c for c in found if c.id not in under.low_quality]
        if (since := params.get("since")) is not None:
            found = [c for c in found if c.at >= moment(since)]
        found.sort(key=lambda c: (c.at, c.id), reverse=backwards)
        post = under if isinstance(under, Post) else under.post
        body = self._paging.list(
            [] if self._knobs.person_token else found,
            "Comment",
            lambda c: (c.at.timestamp(), c.id),
            self.comment,
            path=f"{under.id}/comments",
            fields=fields,
            params=params,
            limit=limit,
            backwards=backwards,
        )
        if params.get("summary") in ("1", "true", "total_count"):
            order = "reverse_chronological" if backwards else "chronological"
            body["summary"] = {
                "order": order,
                "total_count": len(found) + post.overcounted,
                "can_comment": not post.closed,
            }
        return body

    def rank(self, post: Post) -> tuple[float, str]:
        """Roughly by time, but two days to and fro by what Facebook finds interesting."""
        shift = zlib.crc32(post.id.encode()) % 172_800 if self._knobs.ranked else 0
        return post.at.timestamp() + shift, post.id

    def _under(self, under: Post | Comment, stream: bool) -> list[Comment]:
        if isinstance(under, Post):
            shown = under.comments
            if self._knobs.first_photo_with_post:
                photos = (p for p in self._world.posts.values() if p.story is under)
                shown = [*shown, *(c for photo in [*photos][:1] for c in photo.comments)]
            return [c for c in shown if stream or c.parent is None]
        return [c for c in under.post.comments if c.parent is under]

    def _show(self, members: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
        """Only what was asked for; members without content are left out, `id` always comes along."""
        shown: dict[str, Any] = {}
        for wanted in fields:
            value = members.get(wanted.name)
            if callable(value):
                value = value(wanted)
            elif isinstance(value, dict) and wanted.children is not None and "data" not in value:
                value = {f.name: value[f.name] for f in wanted.children if f.name in value}
            if value is not None:
                shown[wanted.label] = value
        if "id" in members and members["id"] is not None:
            shown.setdefault("id", members["id"])
        return shown

    def _on_instagram(self, person: Person | None) -> dict[str, Any]:
        if person is None:
            return {"username": self._world.instagram, "id": INSTAGRAM_ID}
        return {"username": person.handle, "id": person.igsid}

    def _likes(self, liked: bool, wanted: Field) -> dict[str, Any]:
        body: dict[str, Any] = {"data": []}
        if wanted.modifiers.get("summary") == "true":
            body["summary"] = {"total_count": int(liked), "can_like": True, "has_liked": liked}
        return body

    def _person(self, person: Person | None, *, comment: bool) -> dict[str, Any]:
        if person is None:
            found = {"name": self._world.page_name, "id": self._world.page_id}
        else:
            found = {"name": person.name, "id": person.author_id if comment else person.psid}
        if not comment:
            found["email"] = f"{found['id']}@facebook.com"
        return found

    def _tells(self, author: Person | None) -> bool:
        return author is None or self._knobs.tells_authors
