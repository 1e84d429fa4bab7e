"""Reading Messenger: the Page's conversations, newest first, with their newest messages inside (FACTS 1.1, 5).

There is no since or until on conversations: reading ends at the first one that is older than what we know, less
an overlap. A conversation can move to the front between two pages; messages are known by their id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from inbox.adapters.facebook import wire
from inbox.adapters.facebook.errors import Gone
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.paging import pages
from inbox.ports import Incoming, Page, Poison

OVERLAP = timedelta(minutes=10)
CONVERSATIONS = 25
MESSAGES = 50
"""Page sizes. Larger than 200 and 100 are cut without a word."""
MOST_PAGES = 400
MOST_MESSAGE_PAGES = 40

OLDER_WITHHELD = (
    "of some conversations Facebook shows only the 20 newest messages; older ones are in the browser (o)"
)


def _messages(limit: int) -> str:
    return f"messages.limit({limit}){{{wire.MESSAGE_FIELDS}}}"


def _conversations_shape(limit: int) -> Mapping[str, str]:
    return {
        "platform": "messenger",
        "fields": f"{wire.CONVERSATION_FIELDS},{_messages(wire.DETAILS)}",
        "limit": str(limit),
    }


def _messages_shape(limit: int) -> Mapping[str, str]:
    return {"fields": wire.MESSAGE_FIELDS, "limit": str(limit)}


@dataclass(slots=True)
class _Batch:
    """What one page of conversations brought; each message once."""

    messages: dict[str, Incoming] = field(default_factory=dict)
    poison: list[Poison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, raws: Any, thread: wire.Thread, page_id: str) -> datetime | None:
        """Parse each message by itself. Returns the time of the oldest one that told its time."""
        oldest: datetime | None = None
        for raw in raws:
            if wire.withheld(raw):
                self.notes.append(OLDER_WITHHELD)
                continue
            try:
                message = wire.message(raw, thread, page_id)
            except wire.Unreadable as error:
                self.poison.append(wire.poison(raw, str(error)))
                continue
            self.messages.setdefault(message.key, message)
            if message.sent_at is not None:
                oldest = min(oldest or message.sent_at, message.sent_at)
        return oldest


async def read(graph: Graph, cursor: Mapping[str, Any] | None, since: datetime) -> AsyncIterator[Page]:
    """The conversations that changed since the cursor's `watermark` (an instant of Facebook's clock)."""
    page_id = await graph.page_id()
    watermark = wire.moment(cursor.get("watermark")) if cursor else None
    floor = watermark - OVERLAP if watermark else since
    newest = watermark or since
    listings = pages(
        graph.ask,
        node(page_id, "conversations"),
        _conversations_shape,
        CONVERSATIONS,
        most=MOST_PAGES,
        hosts=graph.hosts,
    )
    async for listing in listings:
        batch, reached = _Batch(), False
        for raw in listing.edge.items:
            try:
                thread = wire.conversation(raw, page_id)
            except wire.Unreadable as error:
                batch.poison.append(wire.poison(raw, str(error)))
                continue
            if thread.updated is not None:
                newest = max(newest, min(thread.updated, graph.clock.now()))
                if thread.updated < floor:
                    reached = True
                    continue
            await _take_thread(graph, batch, thread, page_id, floor)
        complete = reached or listing.last
        if listing.note and not reached:
            batch.notes.append(listing.note)
        for note in batch.notes:
            graph.note(note)
        # The bound on pages counts as an end: it is told, and asking for all of it again would not help.
        moves = complete or listing.full
        yield Page(
            messages=list(batch.messages.values()),
            poison=batch.poison,
            cursor={"watermark": newest.isoformat()} if moves else None,
            complete=complete,
            notes=graph.take_notes(),
        )
        if complete:
            return


async def _take_thread(
    graph: Graph, batch: _Batch, thread: wire.Thread, page_id: str, floor: datetime
) -> None:
    """The nested messages, and on behind them as long as they may be new to us."""
    edge = thread.messages
    oldest = batch.take(edge.items, thread, page_id)
    nested = edge if edge.items or edge.next is not None else None
    if nested and (nested.next is None or (oldest is not None and oldest < floor)):
        return
    try:
        async for listing in pages(
            graph.ask,
            node(thread.id, "messages"),
            _messages_shape,
            MESSAGES,
            most=MOST_MESSAGE_PAGES,
            hosts=graph.hosts,
            first=nested,
        ):
            oldest = batch.take(listing.edge.items, thread, page_id)
            if listing.note:
                batch.notes.append(listing.note)
            if oldest is not None and oldest < floor:
                return
    except Gone:
        batch.notes.append(OLDER_WITHHELD)


async def refresh(graph: Graph, thread_id: str) -> AsyncIterator[Page]:
    """One conversation with its newest messages, in one call."""
    page_id = await graph.page_id()
    body = await graph.ask(
        node(thread_id), {"fields": f"{wire.CONVERSATION_FIELDS},{_messages(wire.DETAILS)}"}
    )
    batch = _Batch()
    try:
        thread = replace(wire.conversation(body, page_id), id=thread_id)
        batch.take(thread.messages.items, thread, page_id)
    except wire.Unreadable as error:
        batch.poison.append(wire.poison(body, str(error)))
    yield Page(
        messages=list(batch.messages.values()), poison=batch.poison, complete=True, notes=graph.take_notes()
    )
