"""Sending once, and finding out whether it arrived (FACTS 1.2, 1.3, 6).

    Messenger        POST /{page}/messages    recipient.id = the person, messaging_type RESPONSE within 24 h,
                                              MESSAGE_TAG + HUMAN_AGENT within 7 days where the Page has it
    comment          POST /{comment}/comments the edge; POST on the comment itself would overwrite the customer's words
    private answer   POST /{page}/messages    recipient.comment_id (or post_id), once, within 7 days
    visitor's post   POST /{post}/comments

No call takes an id of ours that could make it repeatable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from inbox.adapters.facebook import wire
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.paging import pages
from inbox.domain.model import Surface
from inbox.ports import Outgoing, Receipt, Refused, Sightings, Uncertain

RESPONSE_WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WINDOW = timedelta(days=7)
SKEW = timedelta(minutes=2)
"""How far Facebook's clock and ours may differ."""
LOOK_AT = 25
MOST_LOOK_PAGES = 8


async def send(graph: Graph, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
    """One request, one answer with an id in it; every doubt is Uncertain."""
    if outgoing.surface is Surface.MESSENGER:
        body = _messenger_body(graph, outgoing)
        return await _message(graph, body, on_wire)
    if outgoing.item.private:
        return await _message(graph, _private_body(graph, outgoing), on_wire)
    return await _comment(graph, outgoing, on_wire)


async def _message(graph: Graph, body: Mapping[str, Any], on_wire: Callable[[], None]) -> Receipt:
    answer = await graph.tell(node(await graph.page_id(), "messages"), body=body, on_wire=on_wire)
    remote_id = _answered_id(answer, "message_id")
    return Receipt(remote_id=remote_id, key=wire.message_key(remote_id))


def _messenger_body(graph: Graph, outgoing: Outgoing) -> dict[str, Any]:
    recipient = outgoing.item.recipient or outgoing.contact.remote_id
    if not recipient:
        raise Refused(
            "Facebook did not tell who this is, so there is nobody to send to",
            next_step="Open it in the browser (o).",
            code="no recipient",
        )
    kind: dict[str, Any] = {"messaging_type": "RESPONSE"}
    age = _age(graph, outgoing)
    if age is not None and age >= RESPONSE_WINDOW:
        if not graph.human_agent:
            raise _closed("24 hours of the customer's last message", "window 24h")
        if age >= HUMAN_AGENT_WINDOW:
            raise _closed("7 days of the customer's last message", "window 7d")
        kind = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    message = {"text": outgoing.item.text, "metadata": outgoing.item.id}
    return {"recipient": {"id": recipient}, **kind, "message": message}


def _private_body(graph: Graph, outgoing: Outgoing) -> dict[str, Any]:
    age = _age(graph, outgoing)
    if age is not None and age >= PRIVATE_REPLY_WINDOW:
        raise _closed("7 days of the comment", "window 7d")
    target = outgoing.item.reply_to or outgoing.thread
    under_post = outgoing.surface is not Surface.COMMENTS
    name = "post_id" if under_post and wire.key(target) == wire.key(outgoing.thread) else "comment_id"
    # `messaging_type` and tags are not for private answers.
    return {
        "recipient": {name: target},
        "message": {"text": outgoing.item.text, "metadata": outgoing.item.id},
    }


def _age(graph: Graph, outgoing: Outgoing) -> timedelta | None:
    return graph.clock.now() - outgoing.last_in_at if outgoing.last_in_at else None


def _closed(within: str, code: str) -> Refused:
    return Refused(
        f"Facebook takes an answer only within {within}; nothing was sent",
        next_step="Open it in the browser (o) to answer there.",
        code=code,
    )


async def _comment(graph: Graph, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
    answer = await graph.tell(
        node(_commented(outgoing), "comments"),
        params={"fields": "id,created_time,permalink_url"},
        form={"message": outgoing.item.text},
        on_wire=on_wire,
    )
    remote_id = _answered_id(answer, "id")
    return Receipt(
        remote_id=remote_id,
        key=wire.key(remote_id),
        sent_at=wire.moment(answer.get("created_time")),
        url=answer["permalink_url"] if isinstance(answer.get("permalink_url"), str) else None,
    )


def _commented(outgoing: Outgoing) -> str:
    """What a public answer is written under: the comment that is answered, or the visitor's post."""
    if outgoing.surface is Surface.COMMENTS:
        return outgoing.item.reply_to or outgoing.thread
    return outgoing.thread


def _answered_id(answer: Mapping[str, Any], name: str) -> str:
    try:
        return wire.text_id(answer.get(name))
    except wire.Unreadable:
        raise Uncertain(
            "the reply may or may not have arrived: Facebook's answer names no message",
            next_step="It is being looked up on Facebook; it is not sent again by itself.",
            code="no id",
        ) from None


# -- did it arrive? ----------------------------------------------------------------------------------------


async def find(graph: Graph, outgoing: Outgoing, since: datetime) -> Sightings:
    """Messages of the Page with this text, from `since` on (less the clocks' difference)."""
    page_id = await graph.page_id()
    floor = since - SKEW
    if outgoing.surface is Surface.MESSENGER:
        return await _in_conversation(graph, outgoing.thread, outgoing.item.text, page_id, floor)
    if outgoing.item.private:
        return await _private_answer(graph, outgoing, page_id, floor)
    return await _among_comments(graph, outgoing, page_id, floor)


async def _private_answer(graph: Graph, outgoing: Outgoing, page_id: str, floor: datetime) -> Sightings:
    """Facebook allows one; the comment itself tells whether, and in which conversation, it was used."""
    target = outgoing.item.reply_to or outgoing.thread
    fields = "can_reply_privately,private_reply_conversation"
    if outgoing.surface is not Surface.COMMENTS and wire.key(target) == wire.key(outgoing.thread):
        return await _by_recipient(graph, outgoing, page_id, floor)
    body = await graph.ask(node(target), {"fields": fields})
    conversation = wire.conversation_id(body.get("private_reply_conversation"))
    if conversation is None:
        # "May not be answered privately" without a conversation: something was used up that we cannot see.
        return Sightings(found=(), complete=body.get("can_reply_privately") is not False)
    return await _in_conversation(graph, conversation, outgoing.item.text, page_id, floor)


async def _by_recipient(graph: Graph, outgoing: Outgoing, page_id: str, floor: datetime) -> Sightings:
    """A private answer to a visitor's post: posts name no conversation, so the newest conversations are seen."""
    params = {"platform": "messenger", "fields": "id,updated_time", "limit": str(LOOK_AT)}
    edge = wire.nested(await graph.ask(node(page_id, "conversations"), params))
    found: list[Receipt] = []
    complete = edge.next is None
    for raw in edge.items:
        conversation = wire.conversation(raw, page_id)
        if conversation.updated is not None and conversation.updated < floor:
            complete = True
            break
        seen = await _in_conversation(graph, conversation.id, outgoing.item.text, page_id, floor)
        found += seen.found
    return Sightings(found=found, complete=complete)


async def _in_conversation(
    graph: Graph, conversation: str, wanted: str, page_id: str, floor: datetime
) -> Sightings:
    found: dict[str, Receipt] = {}
    complete = False
    thread = wire.Thread(id=conversation)
    async for listing in pages(
        graph.ask,
        node(conversation, "messages"),
        lambda limit: {"fields": wire.MESSAGE_KEY_FIELDS, "limit": str(limit)},
        LOOK_AT,
        most=MOST_LOOK_PAGES,
        hosts=graph.hosts,
    ):
        reached = False
        for raw in listing.edge.items:
            try:
                message = wire.message(raw, thread, page_id)
            except wire.Unreadable:
                continue
            if message.sent_at is not None and message.sent_at < floor:
                reached = True
            elif message.ours and wire.same_text(message.text, wanted):
                found.setdefault(
                    message.key,
                    Receipt(remote_id=message.remote_id, key=message.key, sent_at=message.sent_at),
                )
        if reached or listing.last:
            complete = True
            break
    return Sightings(found=tuple(found.values()), complete=complete)


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
            "fields": "id,created_time,from,message,permalink_url",
            "limit": str(limit),
        },
        LOOK_AT,
        most=MOST_LOOK_PAGES,
        hosts=graph.hosts,
    ):
        for raw in listing.edge.items:
            try:
                comment = wire.comment(raw)
            except wire.Unreadable:
                continue
            early = comment.created is not None and comment.created < floor
            ours = comment.author.remote_id == page_id
            if ours and not early and wire.same_text(comment.text, outgoing.item.text):
                found.setdefault(
                    comment.key,
                    Receipt(
                        remote_id=comment.remote_id,
                        key=comment.key,
                        sent_at=comment.created,
                        url=comment.url,
                    ),
                )
        if listing.last or wire.descends_below(listing.edge.items, floor):
            complete = True
            break
    return Sightings(found=tuple(found.values()), complete=complete)
