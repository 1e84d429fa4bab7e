"""Sending once, and finding out whether it arrived (facts/facebook.md#2.1 to 2.9).

    Messenger        POST /{page}/messages    recipient.id = the person, messaging_type RESPONSE within 24 h,
                                              MESSAGE_TAG + HUMAN_AGENT within 7 days where the Page has it
    comment          POST /{comment}/comments the edge; POST on the comment itself would overwrite the customer's words
    private answer   POST /{page}/messages    recipient.comment_id (or post_id), once, within 7 days
    visitor's post   POST /{post}/comments
    Instagram        as Messenger, recipient.id = the person's Instagram-scoped id (facts/facebook.md#1.5)

No call takes an id of ours that could make it repeatable. A file is uploaded first, which nobody sees, and then
named in the one call that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from inbox.adapters.facebook import uploads, values, wire_messages, wire_posts
from inbox.adapters.facebook.errors import Gone
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.paging import pages
from inbox.adapters.facebook.reply_rules import HUMAN_AGENT_WINDOW, PRIVATE_REPLY_WINDOW, RESPONSE_WINDOW
from inbox.domain.model import Attachment, Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.errors import PlatformError, Refused, Uncertain
from inbox.ports.platform import Outgoing, Presence, Receipt, Sightings

SKEW = timedelta(minutes=2)
"""How far Facebook's clock and ours may differ."""
LOOK_AT = 25
MOST_LOOK_PAGES = 8
READ_BACK_FIELDS = "id,created_time,permalink_url,parent{id}"


async def send(graph: Graph, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
    """One request, one answer with an id in it; every doubt is Uncertain."""
    if outgoing.surface.private:
        recipient, kind = _recipient(outgoing), _kind(graph, outgoing)
        message = await _content(graph, outgoing)
        return await _message(graph, {"recipient": recipient, **kind, "message": message}, on_wire)
    if outgoing.item.private:
        body = _private_body(graph, outgoing)
        await _still_offered(graph, next(iter(body["recipient"].values())))
        return await _message(graph, body, on_wire)
    return await _comment(graph, outgoing, on_wire)


async def _message(graph: Graph, body: Mapping[str, Any], on_wire: Callable[[], None]) -> Receipt:
    answer = await graph.tell(node(await graph.page_id(), "messages"), body=body, on_wire=on_wire)
    remote_id = _answered_id(answer, "message_id")
    return Receipt(remote_id=remote_id, key=values.message_key(remote_id))


SIGNS = {Presence.SEEN: "mark_seen", Presence.TYPING: "typing_on", Presence.IDLE: "typing_off"}


async def show(graph: Graph, presence: Presence, contact: Person) -> None:
    """A sign instead of a message, where the account wants it; nothing can be doubtful about it."""
    if not graph.presence or not contact.remote_id:
        return
    body = {"recipient": {"id": contact.remote_id}, "sender_action": SIGNS[presence]}
    await graph.tell(node(await graph.page_id(), "messages"), body=body, on_wire=lambda: None)


def _recipient(outgoing: Outgoing) -> Mapping[str, str]:
    recipient = outgoing.item.recipient or outgoing.contact.remote_id
    if not recipient:
        raise Refused(
            "Facebook did not tell who this is, so there is nobody to send to",
            next_step="Open it in the browser.",
            code="no recipient",
        )
    return {"id": recipient}


def _kind(graph: Graph, outgoing: Outgoing) -> Mapping[str, str]:
    """Decided anew for every message: a tag inside 24 hours breaks Meta's rules, none after them is refused."""
    age = _age(graph, outgoing)
    if age is None or age < RESPONSE_WINDOW:
        return {"messaging_type": "RESPONSE"}
    if not graph.human_agent:
        raise _closed("24 hours of the customer's last message", "window 24h")
    if age >= HUMAN_AGENT_WINDOW:
        raise _closed("7 days of the customer's last message", "window 7d")
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


async def _content(graph: Graph, outgoing: Outgoing) -> Mapping[str, Any]:
    item = outgoing.item
    # Metadata is described for Messenger only; it comes back in the echo of a webhook.
    named = {} if outgoing.surface is Surface.INSTAGRAM else {"metadata": item.id}
    if not item.files:
        return {"text": item.text, **named}
    if item.text or len(item.files) > 1:
        raise Refused(
            "Messenger takes one file or one text in a message, not both; nothing was sent",
            next_step="Send them one after the other.",
            code="text and file",
        )
    kind, attachment = await uploads.for_message(graph, item.files[0])
    return {"attachment": {"type": kind, "payload": {"attachment_id": attachment}}, **named}


def _private_body(graph: Graph, outgoing: Outgoing) -> dict[str, Any]:
    age = _age(graph, outgoing)
    if age is not None and age >= PRIVATE_REPLY_WINDOW:
        raise _closed("7 days of the comment", "window 7d")
    target = outgoing.item.reply_to or outgoing.thread
    under_post = outgoing.surface is not Surface.COMMENTS
    name = "post_id" if under_post and values.key(target) == values.key(outgoing.thread) else "comment_id"
    # `messaging_type` and tags are not for private answers.
    return {
        "recipient": {name: target},
        "message": {"text": outgoing.item.text, "metadata": outgoing.item.id},
    }


async def _still_offered(graph: Graph, target: str) -> None:
    """The one private answer may have been given elsewhere meanwhile. Raises Refused, and whatever reading does."""
    comment = not target.startswith(f"{await graph.page_id()}_")
    fields = "can_reply_privately,private_reply_conversation" if comment else "can_reply_privately"
    found = await graph.ask(node(target), {"fields": fields})
    if found.get("private_reply_conversation"):
        raise Refused(
            "the one private reply that Facebook allows to a comment was already sent; nothing was sent",
            next_step="Answer publicly, or go on in the Messenger conversation.",
            code="private reply used",
        )
    if found.get("can_reply_privately") is False:
        raise Refused(
            "Facebook takes no private reply to this; nothing was sent",
            next_step="Answer publicly.",
            code="no private reply",
        )


def _age(graph: Graph, outgoing: Outgoing) -> timedelta | None:
    return graph.clock.now() - outgoing.last_in_at if outgoing.last_in_at else None


def _closed(within: str, code: str) -> Refused:
    return Refused(
        f"Facebook takes an answer only within {within}; nothing was sent",
        next_step="Open it in the browser to answer there.",
        code=code,
    )


async def _comment(graph: Graph, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
    item, target = outgoing.item, _commented(outgoing)
    form = {"message": item.text} if item.text else {}
    if item.files:
        form["attachment_id"] = await uploads.for_comment(graph, item.files[0], "".join(item.file_texts[:1]))
    answer = await graph.tell(
        node(target, "comments"), params={"fields": READ_BACK_FIELDS}, form=form, on_wire=on_wire
    )
    return await _read_back(graph, outgoing, _answered_id(answer, "id"), answer)


async def _read_back(graph: Graph, outgoing: Outgoing, remote_id: str, answer: Mapping[str, Any]) -> Receipt:
    """The new comment as it stands there. It was taken whatever this brings, so nothing here is an error."""
    shown: Mapping[str, Any] | None = answer
    note = ""
    if "created_time" not in answer:
        try:
            shown = await graph.ask(node(remote_id), {"fields": READ_BACK_FIELDS})
        except Gone:
            shown, note = None, "Facebook took the comment but does not show it: it may be held back as spam"
        except PlatformError:
            shown = None
    if shown is not None:
        note = _misplaced(outgoing, shown)
    found = shown or {}
    return Receipt(
        remote_id=remote_id,
        key=values.key(remote_id),
        sent_at=values.moment(found.get("created_time")),
        url=found["permalink_url"] if isinstance(found.get("permalink_url"), str) else None,
        note=note,
    )


def _misplaced(outgoing: Outgoing, shown: Mapping[str, Any]) -> str:
    """Words where the answer hangs elsewhere than under what was answered. Facebook flattens: under an answer to
    an answer it puts it under the top comment."""
    parent = wire_posts.parent_key(shown)
    under = {values.key(outgoing.thread), values.key(_commented(outgoing))}
    if outgoing.surface is Surface.COMMENTS:
        return "" if parent in under else "Facebook put the comment elsewhere than under the one it answers"
    return "" if parent is None or parent in under else "Facebook put the comment under another comment"


def _commented(outgoing: Outgoing) -> str:
    """What a public answer is written under: the comment that is answered, or the visitor's post."""
    if outgoing.surface is Surface.COMMENTS:
        return outgoing.item.reply_to or outgoing.thread
    return outgoing.thread


def _answered_id(answer: Mapping[str, Any], name: str) -> str:
    try:
        return values.text_id(answer.get(name))
    except values.Unreadable:
        raise Uncertain(
            "the reply may or may not have arrived: Facebook's answer names no message",
            next_step="It is being looked up on Facebook; it is not sent again automatically.",
            code="no id",
        ) from None


# -- did it arrive? ----------------------------------------------------------------------------------------


async def find(graph: Graph, outgoing: Outgoing, since: datetime) -> Sightings:
    """Messages of the Page with this text, from `since` on (less the clocks' difference)."""
    floor = since - SKEW
    if outgoing.surface.private:
        us = await graph.us(outgoing.surface)
        return await _in_conversation(graph, outgoing.thread, outgoing.item, us, floor)
    if outgoing.item.private:
        return await _private_answer(graph, outgoing, await graph.us(Surface.MESSENGER), floor)
    return await _among_comments(graph, outgoing, await graph.page_id(), floor)


async def _private_answer(
    graph: Graph, outgoing: Outgoing, us: wire_messages.Us, floor: datetime
) -> Sightings:
    """Facebook allows one; the comment itself tells whether, and in which conversation, it was used."""
    target = outgoing.item.reply_to or outgoing.thread
    fields = "can_reply_privately,private_reply_conversation"
    if outgoing.surface is not Surface.COMMENTS and values.key(target) == values.key(outgoing.thread):
        return await _by_recipient(graph, outgoing, us, floor)
    body = await graph.ask(node(target), {"fields": fields})
    conversation = wire_posts.conversation_id(body.get("private_reply_conversation"))
    if conversation is None:
        # "May not be answered privately" without a conversation: something was used up that we cannot see.
        return Sightings(found=(), complete=body.get("can_reply_privately") is not False)
    return await _in_conversation(graph, conversation, outgoing.item, us, floor)


async def _by_recipient(graph: Graph, outgoing: Outgoing, us: wire_messages.Us, floor: datetime) -> Sightings:
    """A private answer to a visitor's post: posts name no conversation, so the newest conversations are seen."""
    params = {"platform": "messenger", "fields": "id,updated_time", "limit": str(LOOK_AT)}
    edge = values.nested(await graph.ask(node(us.id, "conversations"), params))
    found: list[Receipt] = []
    complete = edge.next is None
    for raw in edge.items:
        conversation = wire_messages.conversation(raw, us)
        if conversation.updated is not None and conversation.updated < floor:
            complete = True
            break
        seen = await _in_conversation(graph, conversation.id, outgoing.item, us, floor)
        found += seen.found
    return Sightings(found=found, complete=complete)


async def _in_conversation(
    graph: Graph, conversation: str, wanted: OutboxItem, us: wire_messages.Us, floor: datetime
) -> Sightings:
    found: dict[str, Receipt] = {}
    complete = False
    thread = wire_messages.Thread(id=conversation)
    async for listing in pages(
        graph.ask,
        node(conversation, "messages"),
        lambda limit: {"fields": wire_messages.FOUND_MESSAGE_FIELDS, "limit": str(limit)},
        LOOK_AT,
        most=MOST_LOOK_PAGES,
        hosts=graph.hosts,
    ):
        reached = False
        for raw in listing.edge.items:
            try:
                message = wire_messages.message(raw, thread, us)
            except values.Unreadable:
                continue
            if message.sent_at is not None and message.sent_at < floor:
                reached = True
            elif message.ours and _same(message.text, message.attachments, wanted):
                found.setdefault(
                    message.key,
                    Receipt(remote_id=message.remote_id, key=message.key, sent_at=message.sent_at),
                )
        if reached or listing.last:
            complete = True
            break
    return Sightings(found=tuple(found.values()), complete=complete)


def _same(text: str, attachments: Sequence[Attachment], wanted: OutboxItem) -> bool:
    """Whether a message of ours can be this reply: its words, and a file where one went with it."""
    shown = [a for a in attachments if a != values.NOT_SHOWN]
    return values.same_text(text, wanted.text) and (bool(shown) or not wanted.files)


def _in_place(outgoing: Outgoing, comment: wire_posts.Comment) -> bool:
    """Whether it hangs where this answer would: under the top comment that was asked for its answers, or directly
    under the post."""
    return outgoing.surface is Surface.COMMENTS or comment.parent is None


async def _among_comments(graph: Graph, outgoing: Outgoing, page_id: str, floor: datetime) -> Sightings:
    """All levels under the thread: Facebook may hang an answer to an answer under the top comment."""
    found: dict[str, Receipt] = {}
    complete = False
    async for listing in pages(
        graph.ask,
        node(outgoing.thread, "comments"),
        lambda limit: {
            "filter": "stream",
            "order": "reverse_chronological",
            "fields": "id,created_time,from,message,permalink_url,attachment,parent{id}",
            "limit": str(limit),
        },
        LOOK_AT,
        most=MOST_LOOK_PAGES,
        hosts=graph.hosts,
    ):
        for raw in listing.edge.items:
            try:
                comment = wire_posts.comment(raw)
            except values.Unreadable:
                continue
            early = comment.created is not None and comment.created < floor
            ours = comment.author.remote_id == page_id and _in_place(outgoing, comment)
            if ours and not early and _same(comment.text, comment.attachments, outgoing.item):
                found.setdefault(
                    comment.key,
                    Receipt(
                        remote_id=comment.remote_id,
                        key=comment.key,
                        sent_at=comment.created,
                        url=comment.url,
                    ),
                )
        if listing.last or values.descends_below(listing.edge.items, floor):
            complete = True
            break
    return Sightings(found=tuple(found.values()), complete=complete)
