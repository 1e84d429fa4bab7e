"""What the desk hands out of conversations: lines of the queue, and one opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from inbox.domain.model import Context, Conversation, Direction, Draft, Event, Message, SendState
from inbox.domain.outbox import OPEN, OutboxItem, Phase
from inbox.domain.records import Record, field
from inbox.domain.waits import READ_LATE
from inbox.engine.desk.looking import new_to
from inbox.engine.station.horizon import connected_at

if TYPE_CHECKING:
    from datetime import timedelta

    from inbox.domain.reply import ReplyWay
    from inbox.engine.desk.contacts import Contact
    from inbox.engine.desk.impersonation import Lookalikes
    from inbox.ports.store import Store

NOTICE = "notice"
"""`what` of an event that is the platform's own line for the staff; its words are the detail `text`."""
TROUBLED = frozenset({Phase.FAILED, Phase.ASK_AGENT, Phase.STALE, Phase.BLOCKED})
"""Phases of a reply whose reason a row says."""
STATES = (SendState.HELD, SendState.SENDING, SendState.FAILED, SendState.UNCERTAIN)
"""Of replies that a row counts."""


class Row(Record, kw_only=True):
    """One line of the queue: the head, and what only this agent's desk knows about it."""

    conversation: Conversation
    has_draft: bool = False
    outbox: Mapping[str, int] = field(default_factory=dict)
    """Replies by state, as in the JSON: held, sending, failed, uncertain."""
    files: tuple[str, ...] = ()
    """Names of the files of the draft."""
    posing: bool = False
    """Their name or handle could be taken for ours."""
    found: str = ""
    """The newest text with the words that were searched for."""
    new: bool = False
    """Something waits there that came since the agent last looked."""
    language: str = ""
    """Code of the language they write, where it is another than that of most customers of the account."""
    why_not: str = ""
    """Why a reply failed, waits or is uncertain, in plain words."""


class Thread(Record, kw_only=True):
    """One conversation, opened. `messages` by time, notes among them, without those `missing`; `context` explains it (the post people
    comment on, parents by third people); `replies` are our replies that are not (yet) messages."""

    conversation: Conversation
    way: ReplyWay
    messages: Sequence[Message]
    context: Sequence[Context]
    replies: Sequence[OutboxItem]
    draft: Draft | None
    events: Sequence[Event]
    posing: frozenset[str] = frozenset()  # ids of messages whose author could be taken for us
    joined: Sequence[Contact] = ()  # contacts that are the same human
    missing: Sequence[Message] = ()  # not seen on the platform at the last look: hidden, but for the JSON
    late: Mapping[str, timedelta] = field(default_factory=dict)
    """How long after its publication a message was read, by id, where that is worth a word."""


def rows(
    store: Store,
    agent: str,
    lookalikes: Lookalikes,
    ids: Sequence[str],
    words: Sequence[str],
    languages: Mapping[str, str],
) -> dict[str, Row]:
    """By id; unknown ids are left out. `words`: see `Row.found`. `languages`: by account, as in the store."""
    heads = store.conversations.get_many(ids)
    drafts = {cid: store.outbox.draft(cid, agent) for cid in store.outbox.drafted(ids, agent)}
    replies: dict[str, dict[str, int]] = {}
    reasons: dict[str, str] = {}
    for item in store.outbox.items(phases=OPEN):
        counts = replies.setdefault(item.conversation, {})
        counts[item.state] = counts.get(item.state, 0) + 1
        if item.reason and item.phase in TROUBLED:
            reasons[item.conversation] = item.reason
    posing = lookalikes.among(c.contact for c in heads)
    new = new_to(store, agent, heads)
    found = store.messages.newest_with(words, ids) if words else {}
    return {
        c.id: Row(
            conversation=c,
            has_draft=c.id in drafts,
            outbox=replies.get(c.id, {}),
            files=tuple(file.name for file in draft.files) if (draft := drafts.get(c.id)) else (),
            posing=c.contact in posing,
            found=found.get(c.id, ""),
            new=c.id in new,
            language=c.language if c.language != languages.get(c.account) else "",
            why_not=reasons.get(c.id, ""),
        )
        for c in heads
    }


def read_late(store: Store, head: Conversation, messages: Iterable[Message]) -> dict[str, timedelta]:
    """Reading delays of others' messages, by id: those of more than a few minutes (rule 14 of the timers).

    What was published before the account was connected, or is read again after it was let go, could not be read
    sooner: there it would say nothing.
    """
    connected = connected_at(store, head.account)
    if connected is None:
        return {}
    first = max(connected, head.horizon) if head.horizon else connected
    return {
        m.id: m.received_at - m.sent_at
        for m in messages
        if m.direction is Direction.IN
        and m.time_known
        and m.sent_at >= first
        and m.received_at - m.sent_at > READ_LATE
    }


def with_notices(events: Sequence[Event], messages: Sequence[Message]) -> list[Event]:
    """The history of a conversation with the platform's notices for the staff, by time."""
    notices = [
        Event(conversation=m.conversation, at=m.sent_at, what=NOTICE, detail={"text": m.text})
        for m in messages
        if m.direction is Direction.NOTICE
    ]
    return sorted([*events, *notices], key=lambda event: event.at) if notices else list(events)
