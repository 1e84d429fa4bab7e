"""Writing: messages, comments, likes, uploads, moderation. What was taken in is in `World.accepted`."""

from __future__ import annotations

from typing import Any

from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim.call import Call
from inbox.adapters.facebook.sim.shapes import Shapes
from inbox.adapters.facebook.sim.values import (
    check_names,
    decoded,
    gone,
    multipart,
    only,
)
from inbox.adapters.facebook.sim.world import (
    Comment,
    GraphError,
    Post,
)

SEND_MEMBERS = frozenset(
    [
        "folder",
        "message",
        "messaging_type",
        "notification_type",
        "payload",
        "persona_id",
        "recipient",
        "reply_to",
        "sender_action",
        "suggestion_action",
        "tag",
        "thread_control",
    ]
)


class Writing:
    """Answers one POST or DELETE."""

    def __init__(self, call: Call, shapes: Shapes) -> None:
        self._call, self._world, self._knobs = call, call.world, call.knobs
        self._shapes = shapes

    def post(self, id_: str, edge: str | None) -> Any:
        """Answer a POST to a node or to one of its edges."""
        body = self._body()
        if edge == "messages":
            self._call.own_page(id_)
            self._call.allow()
            return self._send(body)
        if edge == "comments":
            self._call.allow()
            return self._add_comment(id_, body)
        if edge == "likes":
            self._call.allow()
            self._world.like(self._liked(id_), True)
            return {"success": True}
        if edge in ("message_attachments", "photos", "moderate_conversations"):
            self._call.own_page(id_)
            self._call.allow()
            return self._upload(edge, body) if edge != "moderate_conversations" else self._moderate(body)
        if edge is None:
            only(body, {"message", "is_hidden", "attachment_id", "attachment_share_url", "attachment_url"})
            hidden = body.get("is_hidden")
            self._world.change(
                self._liked(id_),
                text=body.get("message"),
                hidden=None if hidden is None else str(hidden).lower() == "true",
            )
            return {"success": True}
        raise GraphError(100, "Unsupported post request.", subcode=33)

    def delete(self, id_: str, edge: str | None) -> Any:
        """Answer a DELETE of a node, or of a like."""
        self._call.allow()
        if edge == "likes":
            self._world.like(self._liked(id_), False)
        elif edge is None:
            self._world.remove_comment(self._call.comment(id_))
        else:
            raise GraphError(100, "Unsupported delete request.", subcode=33)
        return {"success": True}

    def _liked(self, id_: str) -> Post | Comment:
        return self._world.posts.get(id_) or self._call.comment(id_)

    def _moderate(self, body: dict[str, Any]) -> Any:
        only(body, {"actions", "user_ids"})
        for action in body["actions"]:
            if action not in ("BLOCK_USER", "UNBLOCK_USER"):
                raise GraphError(100, f"(#100) Param actions[0] must be one of the list, got {action}")
            for user in body["user_ids"]:
                self._world.block(str(user["id"]), action == "BLOCK_USER")
        return {"success": True}

    def _upload(self, edge: str, body: dict[str, Any]) -> Any:
        if edge == "photos":
            only(body, {"published", "source", "alt_text_custom"})
            if body.get("published") != "false" or not isinstance(body.get("source"), tuple):
                raise GraphError(100, "(#100) An unpublished photo with a source was expected")
            return {"id": self._world.upload(body["source"][0])}
        only(body, {"message", "filedata", "platform"})
        attachment = decoded(body.get("message")).get("attachment", {})
        if attachment.get("type") not in ("image", "video", "audio", "file") or "filedata" not in body:
            raise GraphError(100, "(#100) Incorrect attachment", subcode=2018047)
        return {"attachment_id": self._world.upload(body["filedata"][0])}

    def _body(self) -> dict[str, Any]:
        kind = self._call.request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            return multipart(kind, self._call.request.body)
        if "json" in kind:
            try:
                found = self._call.request.json()
            except ValueError:
                raise GraphError(100, "(#100) The body is no JSON") from None
            if not isinstance(found, dict):
                raise GraphError(100, "(#100) The body is no object")
            return found
        return dict(self._call.request.form)

    def _send(self, body: dict[str, Any]) -> Any:
        only(body, SEND_MEMBERS)
        recipient = decoded(body.get("recipient"))
        if len(recipient) != 1:
            raise GraphError(100, "(#100) The parameter recipient is required, with exactly one member")
        if "sender_action" in body:
            return self._sign(str(recipient.get("id")), body)
        message = decoded(body.get("message"))
        only(message, {"text", "metadata", "attachment", "quick_replies", "sticker_id"})
        text, metadata = message.get("text", ""), message.get("metadata")
        payload = message.get("attachment", {}).get("payload", {})
        if not isinstance(text, str) or len(metadata or "") >= 1000:
            raise GraphError(100, "(#100) Invalid message")
        kind, tag = body.get("messaging_type"), body.get("tag")
        if kind not in (None, "RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"):
            raise GraphError(100, f"(#100) Param messaging_type must be one of the list, got {kind}")
        if (kind == "MESSAGE_TAG") != (tag is not None):
            raise GraphError(100, "(#100) A tag goes with messaging_type MESSAGE_TAG, and only with it")
        name, target = next(iter(recipient.items()))
        if name == "id":
            psid, mid = self._world.send(
                str(target),
                text,
                kind=kind,
                tag=tag,
                metadata=metadata,
                attachment=payload.get("attachment_id"),
            )
        elif name in ("comment_id", "post_id"):
            if kind is not None:
                raise GraphError(100, "(#100) A private reply has no messaging_type")
            psid, mid = self._world.send_private(self._private_target(name, str(target)), text, metadata)
        else:
            raise GraphError(100, f"(#100) Recipient {name} is not simulated")
        return {"recipient_id": psid, "message_id": mid}

    def _sign(self, person: str, body: dict[str, Any]) -> Any:
        if "message" in body:
            raise GraphError(100, "(#100) A sender action goes alone", subcode=2018014)
        if body["sender_action"] not in ("typing_on", "typing_off", "mark_seen"):
            raise GraphError(100, "(#100) Param sender_action must be one of the list")
        if person not in self._world.people:
            raise GraphError(100, "(#100) No matching user found", subcode=2018001)
        self._world.signs.append((person, body["sender_action"]))
        return {"recipient_id": person}

    def _private_target(self, name: str, target: str) -> Comment | Post:
        if name == "comment_id":
            return self._call.comment(target)
        post = self._world.posts.get(target)
        if post is None:
            raise gone(target)
        return post

    def _add_comment(self, id_: str, body: dict[str, Any]) -> Any:
        only(body, {"message", "attachment_id", "attachment_url", "attachment_share_url"})
        under = self._world.posts.get(id_) or self._call.comment(id_)
        fields = sim_fields.parse(self._call.params.get("fields") or "id")
        check_names("Comment", fields)
        added = self._world.add_comment(under, str(body.get("message", "")), body.get("attachment_id"))
        return self._shapes.comment(added, fields if self._knobs.reads_back else sim_fields.parse("id"))
