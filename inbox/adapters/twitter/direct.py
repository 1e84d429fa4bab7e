"""X's direct-message events into what the inbox means by them. No network, no clock."""

from __future__ import annotations

import re

from inbox.adapters.twitter.wire import (
    Feed,
    Includes,
    Json,
    Us,
    absent,
    as_item,
    attachments,
    check,
    each,
    full_text,
    has_media,
    identifier,
    listing,
    moment,
    next_token,
    number,
    optional_id,
    person,
    readable,
    references,
    us_person,
    web_url,
)
from inbox.domain.model import Answerable, Attachment, Surface
from inbox.ports.platform import Incoming, Poison

_PAIR = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")
CONVERSATION = re.compile(r"[0-9]{1,19}-[0-9]{1,19}|[0-9]{15,19}")
"""Ids the path of a direct conversation takes (specification 2.167)."""


def pair(one: str, other: str) -> str:
    """The id of the conversation of two people: the smaller id first, by number."""
    return "-".join(sorted((one, other), key=number))


def direct_events(body: Json, us: Us, thread: str | None = None) -> Feed:
    """A page of direct-message events. `thread` is the conversation asked for, where events do not name theirs."""
    rows = check(body).get("data") or []
    includes = Includes.of(body)
    messages: dict[str, Incoming] = {}
    poison: list[Poison] = []
    ids: list[str] = []

    def take(row: object) -> None:
        """Add one event, or set it aside with the reason."""
        event = as_item(row)
        remote_id = identifier(event.get("id"))
        ids.append(remote_id)
        if event.get("event_type", "MessageCreate") == "MessageCreate":
            messages.setdefault(remote_id, direct_message(event, us, includes, thread))

    each(rows, take, poison)
    written = [r for r in listing(rows) if r.get("event_type", "MessageCreate") == "MessageCreate"]
    return Feed(
        messages=list(messages.values()),
        poison=poison,
        ids=ids,
        next_token=next_token(body),
        missing=absent(written, ("sender_id", "created_at", "dm_conversation_id")),
    )


def direct_message(event: Json, us: Us, includes: Includes, thread: str | None) -> Incoming:
    """An event without sender (X's default fields) has an unknown author and is not taken for ours."""
    remote_id = identifier(event.get("id"))
    text, entities = full_text(event)
    sender = optional_id(event.get("sender_id"))
    ours = sender == us.id
    conversation = optional_id(event.get("dm_conversation_id")) or thread or "unknown"
    author = us_person(us) if ours else person(includes.users, sender)
    other = _other_side(conversation, us)
    contact = person(includes.users, other) if other else (author if sender and not ours else None)
    files = attachments(event, entities, includes.media, includes.polls)
    shared = [r for r in references(event) if optional_id(r.get("id"))]
    return Incoming(
        key=remote_id,
        remote_id=remote_id,
        surface=Surface.DIRECT,
        thread=conversation,
        author=author,
        ours=ours,
        text=readable(text, entities, media_shown=has_media(files)),
        sent_at=moment(event.get("created_at")),
        contact=contact,
        answerable=Answerable()
        if conversation != "unknown"
        else Answerable(private=False, reason="unknown_thread"),
        edits_have_ids=True,
        attachments=files + tuple(Attachment(kind="share", url=web_url(str(r["id"]))) for r in shared),
        thread_url=f"https://x.com/messages/{conversation}" if CONVERSATION.fullmatch(conversation) else None,
    )


def _other_side(conversation: str, us: Us) -> str | None:
    two = _PAIR.fullmatch(conversation)
    if two is None or us.id not in two.groups():
        return None
    return two[2] if two[1] == us.id else two[1]
