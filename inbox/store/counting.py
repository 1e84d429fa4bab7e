"""What the statistics count, read from the documents one after the other: nothing is held but the figures.

Of a head only the few fields that count are made into values; the rest of its bytes is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from inbox.domain.model import FIRST, Event, Response, Surface
from inbox.domain.statistics import RUNNING, PassedOn, Wait
from inbox.store.connection import Connection
from inbox.store.documents import Rows


class _Head(msgspec.Struct):
    """What is needed of a conversation."""

    account: str
    surface: Surface
    assignee: str | None
    waiting_since: datetime | None
    wait_kind: str | None
    due_at: datetime | None
    responses: list[Response]


def waits(sql: Connection, since: datetime) -> Iterator[Wait]:
    """Those that ended at or after `since`, then those that run. Spam has none, and neither have search hits until
    somebody takes or answers them (product.md section 3, rule 9)."""
    decode = msgspec.json.Decoder(_Head).decode
    heads = Rows(sql, "conversations")
    for _, doc in heads.stored("WHERE ended >= ? AND status <> 'spam'", (since.timestamp(),)):
        head = decode(doc)
        for response in head.responses:
            ours = head.surface is not Surface.SEARCH or response.kind != FIRST
            if ours and response.ended_at >= since:
                yield Wait(
                    account=head.account,
                    agent=response.agent,
                    kind=response.kind,
                    how=response.how,
                    since=response.since,
                    ended_at=response.ended_at,
                    due_at=response.due_at,
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
            )


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
