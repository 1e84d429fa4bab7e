"""Reading: nodes by id, and the lists of a Page, a conversation, a post and a comment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim import lists as sim_lists
from inbox.adapters.facebook.sim.call import Call
from inbox.adapters.facebook.sim.paging import Paging
from inbox.adapters.facebook.sim.shapes import Shapes
from inbox.adapters.facebook.sim.values import (
    gone,
)
from inbox.adapters.facebook.sim.world import (
    GraphError,
    Post,
)

FEED_PARAMS = frozenset({"include_hidden", "show_expired", "with"})
COMMENT_PARAMS = frozenset({"filter", "live_filter", "order"})
PERSON_ID = "777"
"""Who signed in, where the token is a person's."""


class Reading:
    """Answers one GET."""

    def __init__(self, call: Call, paging: Paging, shapes: Shapes) -> None:
        self._call, self._world, self._knobs = call, call.world, call.knobs
        self._paging, self._shapes = paging, shapes

    def get(self, id_: str, edge: str | None) -> Any:
        """Answer for a node, or for one of its edges."""
        if edge is None:
            return self._node(id_)
        match edge:
            case "conversations":
                return self._conversations(id_)
            case "messages":
                return self._message_list(id_)
            case "comments":
                return self._comment_list(id_)
            case "published_posts" | "posts" | "feed" | "visitor_posts" | "tagged":
                return self._post_list(id_, edge)
            case _ if edge in sim_lists.LISTS:
                return self._beside_list(id_, sim_lists.LISTS[edge])
            case _:
                raise GraphError(100, f"(#100) Tried accessing nonexisting field ({edge})")

    def _node(self, id_: str) -> Any:
        self._call.allow()
        if id_ in self._world.unreadable:
            raise gone(id_)
        if id_ in ("me", PERSON_ID) and self._knobs.person_token:
            return self._shapes._show({"id": PERSON_ID, "name": "Some Person"}, self._call.fields("User"))
        if id_ in ("me", self._world.page_id):
            return self._shapes._show(sim_lists.page_members(self._world), self._call.fields("Page"))
        if id_ in self._world.conversations:
            return self._shapes.thread(self._world.conversations[id_], self._call.fields("UnifiedThread"))
        if id_ in self._world.posts:
            post = self._world.posts[id_]
            return self._shapes.post(post, self._call.fields(sim_lists.NODES.get(post.kind, "PagePost")))
        if id_.startswith(("m_", "aWdfZAG")):
            return self._single_message(id_)
        return self._shapes.comment(self._call.comment(id_), self._call.fields("Comment"))

    def _single_message(self, id_: str) -> Any:
        for conversation in self._world.conversations.values():
            newest = conversation.messages[-self._knobs.details :]
            for message in conversation.messages:
                if message.id == id_ and message in newest:
                    return self._shapes.message(conversation, message, self._call.fields("UnifiedMessage"))
                if message.id == id_:
                    raise GraphError(9000001, "The requested resource has been deleted")
        raise gone(id_)

    def _conversations(self, page: str) -> Any:
        self._call.own_page(page)
        self._call.allow(
            frozenset({"folder", "platform", "tags", "user_id"}), less=frozenset({"since", "until"})
        )
        platform = self._call.params.get("platform", "messenger").lower()
        if platform not in ("messenger", "instagram"):
            raise GraphError(100, "(#100) Param platform must be one of {INSTAGRAM, MESSENGER}")
        if self._knobs.person_token:
            return {"data": []}
        wanted = self._call.params.get("user_id")
        found = [
            c
            for c in self._world.conversations.values()
            if c.messages
            and c.instagram is (platform == "instagram")
            and wanted in (None, c.person.igsid if c.instagram else c.person.psid)
        ]
        found.sort(key=lambda c: (c.updated, c.number), reverse=True)
        return self._paging.list(
            found,
            "UnifiedThread",
            lambda c: (c.updated.timestamp(), c.number),
            self._shapes.thread,
            path=f"{self._world.page_id}/conversations",
        )

    def _message_list(self, id_: str) -> Any:
        conversation = self._world.conversations.get(id_)
        if conversation is None:
            raise gone(id_)
        if "__paging_token" in self._call.params:
            self._call.allow(frozenset({"source", "__paging_token"}), less=frozenset({"since"}))
        else:
            self._call.allow(frozenset({"source"}), less=frozenset({"since", "until"}))
        return self._shapes.messages_of(
            conversation, self._call.fields("UnifiedMessage"), self._call.params, None
        )

    def _post_list(self, page: str, edge: str) -> Any:
        self._call.own_page(page)
        self._call.allow(frozenset() if edge == "tagged" else FEED_PARAMS)
        if self._knobs.person_token:
            return {"data": []}
        pick: dict[str, Callable[[Post], bool]] = {
            "published_posts": lambda p: p.author is None and p.kind == "post",
            "posts": lambda p: p.author is None and p.kind == "post",
            "visitor_posts": lambda p: p.author is not None and p.id.startswith(f"{self._world.page_id}_"),
            "tagged": lambda p: p.tags_page,
            "feed": lambda p: p.kind == "post",
        }
        found = sorted(
            (p for p in self._world.posts.values() if pick[edge](p)), key=self._shapes.rank, reverse=True
        )
        return self._paging.list(
            found,
            "PagePost",
            self._shapes.rank,
            lambda post, fields: self._shapes.post(post, fields, tagged=edge == "tagged"),
            path=f"{self._world.page_id}/{edge}",
            fields=self._call.fields("PagePost", sim_fields.TAGGED_ONLY if edge == "tagged" else frozenset()),
        )

    def _beside_list(self, page: str, wanted: sim_lists.SimList) -> Any:
        """Reels, photos, albums, live videos, ads."""
        self._call.own_page(page)
        self._call.allow(wanted.params, less=frozenset({"since", "until"} - wanted.params))
        fields = self._call.fields(wanted.node)
        if wanted.edge in self._knobs.refuses:
            raise self._knobs.refuses[wanted.edge]
        found = [] if self._knobs.person_token else wanted.pick(self._world.posts.values(), self._call.params)
        return self._paging.list(
            sorted(found, key=self._shapes.rank, reverse=True),
            wanted.node,
            self._shapes.rank,
            self._shapes.post,
            path=f"{self._world.page_id}/{wanted.edge}",
            fields=fields,
        )

    def _comment_list(self, id_: str) -> Any:
        self._call.allow(COMMENT_PARAMS)
        post = self._world.posts.get(id_)
        if post is not None:
            return self._shapes.comments_of(post, self._call.fields("Comment"), self._call.params, None)
        return self._shapes.comments_of(
            self._call.comment(id_), self._call.fields("Comment"), self._call.params, None
        )
