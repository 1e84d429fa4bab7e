"""What the statistics count, read from the documents one after the other: nothing is held but the figures.

Of a head only the few fields that count are made into values; the rest of its bytes is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from inbox.domain.model import AUTOMATIC, FIRST, PERHAPS, Case, Event, Response, Surface, SurfaceKind
from inbox.domain.statistics import ANSWERED, RESOLVED, RUNNING, Automatic, Closed, PassedOn, Wait
from inbox.store.sqlite.connection import Connection
from inbox.store.sqlite.documents import Rows


class _Head(msgspec.Struct):
    """What is needed of a conversation."""

    account: str
    surface: Surface
    assignee: str | None
    waiting_since: datetime | None
    wait_kind: str | None
    due_at: datetime | None
    responses: list[Response]
    breached_at: datetime | None = None


def waits(sql: Connection, since: datetime) -> Iterator[Wait]:
    """Those that ended at or after `since`, also in what was marked as spam afterwards, then those that run. None runs in
    spam, nor in search hits until somebody takes or answers them (BEHAVIOUR.md#timers, rules 9 and 12)."""
    decode = msgspec.json.Decoder(_Head).decode
    heads = Rows(sql, "conversations")
    for _, doc in heads.stored("WHERE ended >= ?", (since.timestamp(),)):
        head = decode(doc)
        for response in head.responses:
            if response.ended_at >= since and response.how in (ANSWERED, RESOLVED):
                hit = head.surface.kind is SurfaceKind.SEARCH and response.kind == FIRST
                yield Wait(
                    account=head.account,
                    agent=response.agent,
                    kind=response.kind,
                    how=response.how,
                    since=response.since,
                    ended_at=response.ended_at,
                    due_at=response.due_at,
                    in_time=response.in_time,
                    proactive=response.proactive or hit,
                )
    for _, doc in heads.stored("WHERE waits = 1"):
        head = decode(doc)
        if head.waiting_since is not None and head.wait_kind is not None:
            yield Wait(
                account=head.account,
                agent=head.assignee,
                kind=head.wait_kind,
                how=RUNNING,
                since=head.waiting_since,
                due_at=head.due_at,
                breached=head.breached_at is not None,
            )


class _Cases(msgspec.Struct):
    account: str
    cases: list[Case] = []


def closed(sql: Connection, since: datetime) -> Iterator[Closed]:
    """Matters that were resolved at or after `since`."""
    decode = msgspec.json.Decoder(_Cases).decode
    for _, doc in Rows(sql, "conversations").stored("WHERE ended >= ?", (since.timestamp(),)):
        head = decode(doc)
        for case in head.cases:
            if case.ended_at >= since:
                yield Closed(
                    account=head.account,
                    agent=case.agent,
                    since=case.since,
                    ended_at=case.ended_at,
                    due_at=case.due_at,
                )


class _Ours(msgspec.Struct):
    id: str
    sent_at: datetime


def automatic(sql: Connection, since: datetime) -> Iterator[Automatic]:
    """Messages of ours since then that no person wrote."""
    decode = msgspec.json.Decoder(_Ours).decode
    marks = " OR ".join(
        f'instr(CAST(doc AS TEXT), \'"automatic":"{mark}"\')' for mark in (AUTOMATIC, PERHAPS)
    )
    query = f"SELECT CAST(doc AS BLOB) FROM doc_messages INDEXED BY doc_messages_newest WHERE sent >= ? AND ({marks})"
    for (doc,) in sql.rows(query, (since.timestamp(),)):
        message = decode(doc)
        yield Automatic(account=message.id.partition(":")[0], at=message.sent_at)


def passed_on(sql: Connection, since: datetime) -> Iterator[PassedOn]:
    """Replies that really went out: one that was taken back passed nobody on."""
    query = (
        "SELECT CAST(e.doc AS BLOB), o.account FROM doc_events e "
        "JOIN doc_outbox o ON o.id = json_extract(e.doc, '$.detail.item') "
        "WHERE instr(CAST(e.doc AS TEXT), '\"passed_on\":\"yes\"') AND o.phase = 'sent' ORDER BY e.n"
    )
    decode = msgspec.json.Decoder(Event).decode
    for doc, account in sql.rows(query):
        event = decode(doc)
        if event.at >= since:
            yield PassedOn(account=str(account), agent=event.agent, at=event.at)
