"""Reading Messenger and Instagram: the conversations, newest first, with their newest messages inside
(facts/facebook.md#1.1, facts/facebook.md#1.2, facts/facebook.md#1.5).

There is no since or until on conversations: reading ends at the first one that is older than what we know, less
an overlap. A conversation can move to the front between two pages; messages are known by their id. The messages that
come with an older one cost no call: where they are others than the last time they are taken too, so that wrong words
in one answer are put right by the next.

Nothing tells that a message was unsent: it is missing when its conversation is read again. What each conversation
listed is handed on (`ports.Listed`), to be compared with the store; `deletion` asks for what is missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct, field

from inbox.adapters.facebook import values, wire_messages
from inbox.adapters.facebook.errors import Gone, PageMoved
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.order import same_second
from inbox.adapters.facebook.paging import pages
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.errors import PlatformError, Refused, Unavailable
from inbox.ports.platform import Incoming, Listed, Page, Poison

OVERLAP = timedelta(minutes=10)
DAILY_LOOK, LOOK_BACK = timedelta(days=1), timedelta(days=2)
"""Once a day the conversations of the last two days are read again: a list that once left one out, or once gave it an old
time, has let the position go past it. One call more a day for each 25 conversations."""
GIVEN_UP = "The stored reading position lay in the future; the list is read again without it."
CONVERSATIONS = 25
MESSAGES = 50
"""Page sizes. Larger than 200 and 100 are cut without a word."""
MOST_PAGES = 400
MOST_MESSAGE_PAGES = 40

PATIENCE = 3
"""Conversations that may fail in a round before the round does: then it is Facebook that is down."""
UNANSWERED = "Facebook did not answer for the older messages of a conversation; they are asked for again"
OLDER_WITHHELD = (
    "of some conversations Facebook shows only the 20 newest messages; older ones are in the browser"
)


def _messages(limit: int) -> str:
    return f"messages.limit({limit}){{{wire_messages.MESSAGE_FIELDS}}}"


def platform(surface: Surface) -> str:
    """The `platform` of the edge `conversations`."""
    return "instagram" if surface is Surface.INSTAGRAM else "messenger"


def _conversations_shape(surface: Surface, limit: int) -> Mapping[str, str]:
    return {
        "platform": platform(surface),
        "fields": f"{wire_messages.CONVERSATION_FIELDS},{_messages(wire_messages.DETAILS)}",
        "limit": str(limit),
    }


def _messages_shape(limit: int) -> Mapping[str, str]:
    return {"fields": wire_messages.MESSAGE_FIELDS, "limit": str(limit)}


class _Batch(Struct):
    """What one page of conversations brought; each message once."""

    messages: dict[str, Incoming] = field(default_factory=dict)
    poison: list[Poison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
    """By older conversation whose messages were taken: their hash."""
    failed: list[PlatformError] = field(default_factory=list)
    """Why conversations could not be read to their end."""

    def take(self, raws: Any, thread: wire_messages.Thread, us: wire_messages.Us) -> None:
        """Parse each message by itself."""
        for raw in raws:
            if wire_messages.withheld(raw):
                self.notes.append(OLDER_WITHHELD)
                continue
            try:
                message = wire_messages.message(raw, thread, us)
            except values.Unreadable as error:
                self.poison.append(values.poison(raw, str(error)))
                continue
            self.messages.setdefault(message.key, message)

    def in_order(self) -> list[Incoming]:
        """The messages, each with its neighbours of the same second in the order of its conversation."""
        threads: dict[str | None, list[Incoming]] = {}
        for message in self.messages.values():
            if not message.deleted:
                threads.setdefault(message.thread, []).append(message)
        seconds = {
            thread: same_second([(m.key, m.sent_at) for m in listed]) for thread, listed in threads.items()
        }
        return [
            replace(m, same_second=seconds.get(m.thread, {}).get(m.key, ())) for m in self.messages.values()
        ]


def listed(thread: wire_messages.Thread, shown: Iterable[Incoming]) -> list[Listed]:
    """What the page of newest messages that came with a conversation says about those that did not come."""
    items = thread.messages.items
    if not items:
        return []
    keys = frozenset(key for raw in items if (key := wire_messages.listed_key(raw)) is not None)
    oldest = min((m.sent_at for m in shown if m.thread == thread.id and m.sent_at), default=None)
    if thread.messages.next is not None and oldest is None:
        return []
    # Where all were shown, the first message of all can be missing too.
    return [Listed(parent=thread.id, keys=keys, since=oldest if thread.messages.next is not None else None)]


class _Begin(Struct):
    """Where a round begins: `floor` is the oldest change of interest, `newest` the newest that is known, `looked` when the
    last days were read again."""

    floor: datetime
    newest: datetime
    looked: datetime


def _begin(graph: Graph, cursor: Mapping[str, Any] | None, since: datetime) -> _Begin:
    now = graph.read_at()
    watermark = values.moment(cursor.get("watermark")) if cursor else None
    if watermark is not None and graph.is_ahead(watermark):
        watermark = None  # nothing that came since then would be read
        graph.note(GIVEN_UP)
    looked = values.moment(cursor.get("looked")) if cursor else None
    if looked is not None and timedelta(0) <= now - looked < DAILY_LOOK:
        back = OVERLAP
    else:
        looked, back = now, LOOK_BACK
    return _Begin(watermark - back if watermark else since, watermark or since, looked)


async def read(
    graph: Graph, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
) -> AsyncIterator[Page]:
    """The conversations that changed since the cursor's `watermark` (an instant of Facebook's clock), and once a day
    those of two days before it (`looked`: when that was done last)."""
    us = await graph.us(surface)
    begin = _begin(graph, cursor, since)
    newest = begin.newest
    listings = pages(
        graph.ask,
        node(await graph.page_id(), "conversations"),
        lambda limit: _conversations_shape(surface, limit),
        CONVERSATIONS,
        most=MOST_PAGES,
        hosts=graph.hosts,
    )
    failed: list[PlatformError] = []
    async for listing in listings:
        batch, old = _Batch(), list[bool]()
        for raw in listing.edge.items:
            try:
                thread = wire_messages.conversation(raw, us)
            except values.Unreadable as error:
                batch.poison.append(values.poison(raw, str(error)))
                continue
            if (updated := _updated(thread)) is not None:
                newest = max(newest, min(updated, graph.read_at()))
                old.append(updated < begin.floor)
                if old[-1]:
                    if updated >= since:
                        _take_if_others(graph, batch, thread, us)
                    continue
            batch.take(thread.messages.items, thread, us)
            batch.listed += listed(thread, batch.messages.values())
            await _take_thread(graph, batch, thread, us, begin.floor)
        # Newest first: one odd time in the middle proves nothing, the last one does.
        reached = bool(old) and (old[-1] or sum(old) > 1)
        complete = reached or listing.last
        if listing.note and not reached:
            batch.notes.append(listing.note)
        for note in batch.notes:
            graph.note(note)
        # The bound on pages counts as an end: it is told, and asking for all of it again would not help.
        failed += batch.failed
        if len(failed) > PATIENCE or (failed and not batch.messages):
            raise failed[-1]
        moves = (complete or listing.full) and not failed
        yield Page(
            messages=batch.in_order(),
            poison=batch.poison,
            listed=batch.listed,
            cursor={"watermark": newest.isoformat(), "looked": begin.looked.isoformat()} if moves else None,
            complete=complete and not failed,
            notes=graph.take_notes(),
        )
        graph.passed_over.update(batch.passed_over)  # the page is stored now
        if complete:
            return


def _take_if_others(graph: Graph, batch: _Batch, thread: wire_messages.Thread, us: wire_messages.Us) -> None:
    """Take the messages that came with an older conversation, unless they are those of the last time."""
    shown = hash(msgspec.json.encode(thread.messages.items))
    if graph.passed_over.get(thread.id) != shown:
        batch.take(thread.messages.items, thread, us)
        batch.passed_over[thread.id] = shown


def _updated(thread: wire_messages.Thread) -> datetime | None:
    """When something last happened in a conversation: a message in it that is younger than its own time shows that
    this one is wrong, and would pass the conversation over."""
    times = (values.moment(values.mapping(raw).get("created_time")) for raw in thread.messages.items)
    told = [at for at in times if at is not None]
    return None if thread.updated is None else max([thread.updated, *told])


async def _take_thread(
    graph: Graph, batch: _Batch, thread: wire_messages.Thread, us: wire_messages.Us, floor: datetime
) -> None:
    """What lies behind the nested messages, as long as it may be new to us."""
    edge = thread.messages
    nested = edge if edge.items or edge.next is not None else None
    if nested and (nested.next is None or values.descends_below(nested.items, floor)):
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
            batch.take(listing.edge.items, thread, us)
            if listing.note:
                batch.notes.append(listing.note)
            if values.descends_below(listing.edge.items, floor):
                return
    except Gone:
        batch.notes.append(OLDER_WITHHELD)
    except PageMoved:
        raise
    except (Refused, Unavailable) as error:
        # One conversation that fails every time must not keep the others from being read; the position stays.
        batch.failed.append(error)
        batch.notes.append(UNANSWERED)


async def refresh(graph: Graph, surface: Surface, thread_id: str) -> AsyncIterator[Page]:
    """One conversation with its newest messages, in one call (and two where one is missing)."""
    us = await graph.us(surface)
    body = await graph.ask(
        node(thread_id), {"fields": f"{wire_messages.CONVERSATION_FIELDS},{_messages(wire_messages.DETAILS)}"}
    )
    batch = _Batch()
    try:
        thread = replace(wire_messages.conversation(body, us), id=thread_id)
        batch.take(thread.messages.items, thread, us)
        batch.listed += listed(thread, batch.messages.values())
    except values.Unreadable as error:
        batch.poison.append(values.poison(body, str(error)))
    yield Page(
        messages=batch.in_order(),
        poison=batch.poison,
        listed=batch.listed,
        complete=True,
        notes=graph.take_notes(),
    )
