"""Conversations in SQLite: heads by id, the order of the queue, counts. What needs only ids or counts is read from
indexes alone."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, Status
from inbox.domain.queue import MANY, Scope
from inbox.domain.records import replace
from inbox.ports import store as store_ports
from inbox.store.sqlite import common_words
from inbox.store.sqlite.conditions import Ended, json_list
from inbox.store.sqlite.documents import Rows
from inbox.store.sqlite.filter_words import numbered
from inbox.store.sqlite.handle import Handle
from inbox.store.sqlite.queue import (
    FACTS,
    SNOOZED_FACTS,
    Facts,
    breached_before_query,
    breached_query,
    by_deadline,
    by_recency,
    named_query,
    oldest_query,
    overdue_query,
    status_streams,
    turn_queries,
)
from inbox.store.sqlite.scope import Narrowed, narrowed, plain

if TYPE_CHECKING:
    from inbox.domain.statistics import Automatic, Closed, PassedOn, Wait

_Key = tuple[float, str]
"""Where a conversation is in its half of the queue (seconds), and its id."""


class SqliteConversations:
    """Implements `ports.store.Conversations`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._sql = handle.sql

    def get(self, cid: str) -> Conversation | None:
        """Read one head by its id; None if there is none."""
        return self._handle.record("conversations", cid, Conversation)

    def get_many(self, cids: Sequence[str]) -> list[Conversation]:
        """Read heads in one query for each few hundred ids."""
        return list(self._handle.read(Conversation, Rows(self._sql, "conversations").named(cids)))

    def put(self, conversation: Conversation) -> Conversation:
        """Write a head with its next version, and note the change."""
        with self._handle.joined():
            row = self._sql.row("SELECT version FROM doc_conversations WHERE id = ?", (conversation.id,))
            stored = replace(conversation, version=(row[0] if row else 0) + 1)
            self._handle.put("conversations", stored.id, stored)
            self._handle.touch(stored.id)
        return stored

    def delete(self, cid: str) -> None:
        """Remove a head, and note the change."""
        with self._handle.joined():
            if self._handle.db.table("conversations").remove(doc_ids=[cid]):
                self._handle.touch(cid)

    def languages(self) -> dict[str, str]:
        sql = (
            "SELECT account, language FROM (SELECT account, language, COUNT(*) AS often FROM doc_conversations "
            "INDEXED BY doc_conversations_language WHERE language <> '' GROUP BY 1, 2) ORDER BY often, language"
        )
        return dict(self._sql.rows(sql))

    def of_contact(self, platform: str, remote_id: str) -> list[str]:
        """Read ids from the index over platform and person."""
        sql = "SELECT id FROM doc_conversations WHERE contact = ? AND platform = ? ORDER BY id"
        return [row[0] for row in self._sql.rows(sql, (remote_id, platform))]

    def answered_since(self, moment: datetime) -> list[Conversation]:
        """Read the heads whose last wait ended since then, by its index."""
        return self._handle.records("conversations", Ended(moment), Conversation)

    # -- statistics ----------------------------------------------------------------------------------------

    def waits(self, since: datetime) -> Iterator[Wait]:
        """Yield waits from the columns that the schema keeps of each head; no document is read."""
        from inbox.store.sqlite.statistics import waits  # no start needs it

        return waits(self._sql, since)

    def passed_on(self, since: datetime) -> Iterator[PassedOn]:
        """Yield from the column that the schema keeps of each head."""
        from inbox.store.sqlite.statistics import passed_on

        return passed_on(self._sql, since)

    def automatic(self, since: datetime) -> Iterator[Automatic]:
        """Yield from the column that the schema keeps of each head."""
        from inbox.store.sqlite.statistics import automatic

        return automatic(self._sql, since)

    def closed(self, since: datetime) -> Iterator[Closed]:
        """Yield from the column that the schema keeps of each head."""
        from inbox.store.sqlite.statistics import closed

        return closed(self._sql, since)

    # -- the queue -----------------------------------------------------------------------------------------

    def order(self, scope: Scope, *, now: datetime, limit: int | None = None) -> list[str]:
        """Merge sorted streams of the indexes and stop after `limit`: no more rows are read than are asked for."""
        with self._sql.snapshot():
            if limit is not None and common_words.worthwhile(self._sql, scope, limit):
                queue = (cid for _, cid in self._keys(replace(scope, words=(), not_words=()), now))
                if (found := common_words.leafed(self._sql, queue, scope, limit)) is not None:
                    return found
            return [cid for _, cid in islice(self._keys(scope, now), limit)]

    def chooser(self, scope: Scope, now: datetime) -> Callable[[Iterable[str]], set[str]]:
        """Return a function that chooses among ids those within a scope at `now`. Call both in one snapshot."""
        more = narrowed(self._sql, scope, now)

        def choose(cids: Iterable[str]) -> set[str]:
            numbers = numbered(self._sql, "SELECT value FROM json_each(?)", (json_list(cids),))
            return {cid for _, cid in self._keys_of(numbers, scope, more, now)}

        return choose

    def _keys(self, scope: Scope, now: datetime) -> Iterator[_Key]:
        more = narrowed(self._sql, scope, now)
        if more.named is not None:
            return iter(self._keys_of(more.named, scope, more, now))
        return chain.from_iterable(
            heapq.merge(*(self._sql.rows(*stream.order()) for stream in streams(scope, more, now)))
            for streams in (by_deadline, by_recency)
        )

    def _keys_of(self, numbers: Iterable[int], scope: Scope, more: Narrowed, now: datetime) -> list[_Key]:
        waiting: list[_Key] = []
        rest: list[_Key] = []
        for cid, soonest, due, closes, recency in self._sql.rows(*named_query(numbers, scope, more, now)):
            deadline = due if closes is not None and closes <= now.timestamp() else soonest
            (rest if deadline is None else waiting).append((recency if deadline is None else deadline, cid))
        return sorted(waiting) + sorted(rest)

    def counts(self, scopes: Mapping[str, Scope], *, now: datetime) -> dict[str, int]:
        """Count in one snapshot, from indexes where the scope has no words."""
        with self._sql.snapshot():
            facts = self._facts(now)
            return {
                name: sum(some.count for some in facts if some.within(scope))
                if plain(scope)
                else self._count(scope, now)
                for name, scope in scopes.items()
            }

    def _facts(self, now: datetime) -> list[Facts]:
        snoozed = self._sql.rows(SNOOZED_FACTS, (now.timestamp(),))
        return [
            Facts(Status(status), surface, account, assignee, bool(waits), count)
            for status, surface, account, assignee, waits, count in chain(self._sql.rows(FACTS), snoozed)
        ]

    def _count(self, scope: Scope, now: datetime) -> int:
        more = narrowed(self._sql, scope, now)
        if more.named is not None:
            return len(self._keys_of(more.named, scope, more, now))
        counted = 0
        for stream in chain(by_deadline(scope, more, now), by_recency(scope, more, now)):
            counted += sum(row[0] for row in self._sql.rows(*stream.count(MANY + 1 - counted)))
        return counted

    def waiting_figures(self, now: datetime) -> store_ports.WaitingFigures:
        """Count from the index of deadlines, in one snapshot."""
        with self._sql.snapshot():
            waiting = Scope(statuses=frozenset({Status.OPEN}), waiting=True)
            breached, since = 0, list[float]()
            for status, awake, when in status_streams(waiting, now.timestamp()):
                late = self._sql.rows(*breached_query(status, awake, when, now.timestamp()))
                breached += sum(row[0] for row in late)
                earlier = breached_before_query(status, awake, when, now.timestamp())
                breached += sum(row[0] for row in self._sql.rows(*earlier))
                since += [row[0] for row in self._sql.rows(*oldest_query(status, awake, when))]
            return store_ports.WaitingFigures(
                waiting=sum(some.count for some in self._facts(now) if some.within(waiting)),
                breached=breached,
                oldest=datetime.fromtimestamp(min(since), UTC) if since else None,
            )

    def overdue(self, since: datetime, until: datetime) -> list[str]:
        """Read ids from the index of deadlines."""
        with self._sql.snapshot():
            asked = [
                overdue_query(status.value, since.timestamp(), until.timestamp())
                for status in Status
                if status is not Status.SPAM
            ]
            return [row[0] for query in asked for row in self._sql.rows(*query)]

    def turns_at(self, now: datetime) -> datetime | None:
        """Take the earliest of the next snooze, deadline and reply window, each the first row of an index."""
        with self._sql.snapshot():
            asked = (self._sql.row(*query) for query in turn_queries(now.timestamp()))
            moments = [row[0] for row in asked if row and row[0] is not None]
        return datetime.fromtimestamp(min(moments), UTC) if moments else None
