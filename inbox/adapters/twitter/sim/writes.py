"""Writes: posts, direct messages, hiding, liking, deleting. What was taken in is in `World.accepted`."""

from __future__ import annotations

import re

from inbox.adapters.simkit import Request, Response, answer
from inbox.adapters.twitter.sim.answers import Problem, invalid, problem
from inbox.adapters.twitter.sim.checks import members
from inbox.adapters.twitter.sim.files import Files
from inbox.adapters.twitter.sim.records import Accepted, Post
from inbox.adapters.twitter.sim.shapes import Shapes
from inbox.adapters.twitter.sim.spec import POST_BODY, REPLY_BODY
from inbox.adapters.twitter.sim.world import World


class Writes:
    """Answers the endpoints that write."""

    def __init__(self, world: World, files: Files, shapes: Shapes) -> None:
        self._world, self._files, self._shapes = world, files, shapes

    def publish(self, request: Request) -> Response:
        """Take in a post or a reply. Raises Problem where X would refuse it."""
        body = members(request, POST_BODY)
        reply = body.get("reply", {})
        if (
            not isinstance(reply, dict)
            or set(reply) - REPLY_BODY
            or (reply and "in_reply_to_tweet_id" not in reply)
        ):
            raise invalid("reply", "$.reply: is not as the schema says")
        media = self._files.named(body["media"].get("media_ids"), 4, "tweet") if "media" in body else []
        text = body.get("text", "")
        if not isinstance(text, str) or not (text.strip() or media):
            raise invalid("text", "$.text: must not be empty")
        if _weight(text) > 280:
            raise invalid(
                "text", "Your Tweet text is too long. For more information, see counting characters."
            )
        parent = self._parent(reply.get("in_reply_to_tweet_id"))
        full = (self._world.prefix(self._world.me, parent, text) if parent else "") + text
        if any(
            p.author == self._world.me and p.text == full and not p.gone for p in self._world.posts.values()
        ):
            raise Problem(
                problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
            )
        pid = self._world.post(self._world.me, text, reply_to=parent.id if parent else None)
        self._world.posts[pid].media = media
        target = parent.id if parent else ""
        self._world.accepted.append(Accepted("post", pid, text, target, self._world.clock()))
        shown = self._shapes.spelled(full, pid, (), self._world.me)[0]
        # Seen on the live service in the newer dialect: a history of one empty string.
        made = {"id": pid, "text": shown, "edit_history_tweet_ids": [""]}
        return answer(201, {"data": made}, {"location": f"https://api.x.com/2/tweets/{pid}"})

    def take_down(self, target: str, *, direct: bool) -> Response:
        """Delete a post of ours or a direct message; what is gone already counts as deleted."""
        if direct:
            event = self._world.events.get(target)
            if event is not None and event.sender == self._world.me:
                del self._world.events[target]
            return answer(200, {"data": {"deleted": True}})
        post = self._world.known_post(target)
        if post is not None and post.author != self._world.me:
            raise Problem(problem(403, "Forbidden", "You are not authorized to delete this Tweet."))
        if post is not None:
            post.gone = True
        return answer(200, {"data": {"deleted": True}})

    def hide(self, request: Request, target: str) -> Response:
        """Hide or show a reply in a thread of ours."""
        body = members(request, {"hidden"})
        if not isinstance(body.get("hidden"), bool):
            raise invalid("hidden", "$.hidden: must be a boolean")
        post = self._world.known_post(target)
        root = self._world.known_post(post.conversation) if post else None
        if post is None or post.reply_to is None or root is None or root.author != self._world.me:
            raise Problem(problem(403, "Forbidden", "You are not permitted to perform this action."))
        (self._world.hidden.add if body["hidden"] else self._world.hidden.discard)(target)
        return answer(200, {"data": {"hidden": body["hidden"]}})

    def like(self, request: Request, target: str) -> Response:
        """Like a post or take that back, where the account may."""
        if not self._world.enterprise:
            raise Problem(problem(403, "Forbidden", "You are not permitted to perform this action."))
        if request.method == "POST":
            self._world.liked.add(members(request, {"tweet_id"})["tweet_id"])
        else:
            self._world.liked.discard(target)
        return answer(200, {"data": {"liked": request.method == "POST"}})

    def send(self, request: Request, conversation: str) -> Response:
        """Take in a direct message. Raises Problem where X would refuse it."""
        if not re.fullmatch(r"[0-9]{1,19}-[0-9]{1,19}|[0-9]{15,19}", conversation):
            raise invalid("dm_conversation_id", f"[{conversation}] is not a conversation id")
        body = members(request, {"text", "attachments"})
        files = body.get("attachments") or []
        media = self._files.named([f["media_id"] for f in files], 1, "dm") if files else []
        text = body.get("text", "" if media else None)
        if not isinstance(text, str) or not (text or media):
            raise invalid("text", "$.text: must be at least 1 character long")
        others = self._world.people(conversation) - {self._world.me}
        if self._world.me not in self._world.people(conversation) or others & self._world.closed_to_dm:
            raise Problem(
                problem(403, "Forbidden", "You do not have permission to DM one or more participants.")
            )
        eid = self._world.dm(self._world.me, text, conversation=conversation)
        self._world.events[eid].media = media
        self._world.accepted.append(Accepted("dm", eid, text, conversation, self._world.clock()))
        made = {"dm_conversation_id": conversation, "dm_event_id": eid}
        return answer(201, {"data": made}, {"location": f'https://api.x.com/2/dm_events/"{eid}"'})

    def _parent(self, target: object) -> Post | None:
        if target is None:
            return None
        if not isinstance(target, str) or not re.fullmatch(r"[0-9]{1,19}", target):
            raise invalid(
                "reply.in_reply_to_tweet_id", "$.reply.in_reply_to_tweet_id: does not match ^[0-9]{1,19}$"
            )
        parent = self._world.known_post(target)
        if parent is None:
            raise Problem(
                problem(
                    403,
                    "Forbidden",
                    "You attempted to reply to a Tweet that is deleted or not visible to you.",
                )
            )
        if parent.author != self._world.me and not self._world.enterprise and not self._summons(parent):
            raise Problem(
                problem(
                    403,
                    "Forbidden",
                    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
                    "engaged by the author of the post you are replying to.",
                )
            )
        return parent

    def _summons(self, post: Post) -> bool:
        quoted = self._world.known_post(post.quote) if post.quote else None
        named = any(
            u == self._world.me and start >= post.typed_from
            for u, start, _ in self._world.mentions(post.text)
        )
        return named or (quoted is not None and quoted.author == self._world.me)


def _weight(text: str) -> int:
    light = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
    linked = re.sub(r"https?://\S+", "x" * 23, text)
    return sum(1 if any(low <= ord(c) <= high for low, high in light) else 2 for c in linked)
