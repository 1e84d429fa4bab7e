"""The queue in SQL: its order, its counts and its figures, read from indexes alone.

A deadline that has passed changes nothing, but a reply window that has closed and a snooze that is over do. So
each stored status is read as a few streams, each in the order of an index, and merged:

    with a deadline   window open (or none)   by the earlier of due and closes   index deadline
                      window closed           by due                             index closed
    without           nothing due             by newest message                  index recent
                      only a closed window    by newest message                  index undue
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from inbox.domain.model import Status
from inbox.domain.queue import Scope
from inbox.domain.records import Record
from inbox.store.sqlite.conditions import json_list
from inbox.store.sqlite.connection import Value
from inbox.store.sqlite.scope import Narrowed

Query = tuple[str, tuple[Value, ...]]


class Stream(Record):
    """Some conversations of a scope, in the order of one index. `key` is the column that sorts them."""

    key: str
    index: str
    where: str
    args: tuple[Value, ...]

    def order(self) -> Query:
        """Rows of (key, id), sorted."""
        return f"SELECT {self.key}, id {self._source()} ORDER BY {self.key}, id", self.args

    def count(self, most: int) -> Query:
        """One row; `most` ends it."""
        return f"SELECT COUNT(*) FROM (SELECT 1 {self._source()} LIMIT ?)", (*self.args, most)

    def _source(self) -> str:
        return f"FROM doc_conversations INDEXED BY doc_conversations_{self.index} WHERE {self.where}"


def by_deadline(scope: Scope, more: Narrowed, now: datetime) -> Iterator[Stream]:
    """Waiting conversations with an effective deadline."""
    if scope.waiting is False:
        return
    at = now.timestamp()
    for status, awake, when in status_streams(scope, at):
        rest, args = f"{awake}{more.sql}", (status, at, *when, *more.args)
        open_ = "status = ? AND soonest IS NOT NULL AND (closes IS NULL OR closes > ?)"
        yield Stream("soonest", "deadline", open_ + rest, args)
        closed = "status = ? AND due IS NOT NULL AND closes IS NOT NULL AND closes <= ?"
        yield Stream("due", "closed", closed + rest, args)


def by_recency(scope: Scope, more: Narrowed, now: datetime) -> Iterator[Stream]:
    """The rest."""
    at = now.timestamp()
    for status, awake, when in status_streams(scope, at):
        rest, args = f"{awake}{more.sql}", (*when, *more.args)
        for waits in (0, 1) if scope.waiting is None else (int(scope.waiting),):
            free = "status = ? AND waits = ? AND soonest IS NULL"
            yield Stream("recency", "recent", free + rest, (status, waits, *args))
        if scope.waiting is not False:
            undue = "status = ? AND due IS NULL AND soonest IS NOT NULL AND closes <= ?"
            yield Stream("recency", "undue", undue + rest, (status, at, *args))


def named_query(numbers: Iterable[int], scope: Scope, more: Narrowed, now: datetime) -> Query:
    """Rows of (id, soonest, due, closes, recency) for those of these conversations that are in the scope."""
    statuses: list[str] = []
    when: list[Value] = []
    for status, awake, moment in status_streams(scope, now.timestamp()):
        statuses.append(f"(+status = ?{awake})")
        when += (status, *moment)
    waits = "" if scope.waiting is None else f" AND waits = {int(scope.waiting)}"
    # CROSS JOIN fixes the order: first the numbers, then each one's row, however SQLite guesses their number.
    sql = (
        "SELECT id, soonest, due, closes, recency FROM (SELECT value AS named FROM json_each(?)) "
        "CROSS JOIN doc_conversations ON n = named "
        f"WHERE ({' OR '.join(statuses) or '0'}){waits}{more.sql}"
    )
    return sql, (json_list(numbers), *when, *more.args)


def breached_query(status: str, awake: str, when: tuple[Value, ...], at: float) -> Query:
    """One row: how many wait longer than they should. Reads those, and those whose reply window closes sooner."""
    return (
        "SELECT COUNT(*) FROM doc_conversations INDEXED BY doc_conversations_deadline "
        f"WHERE status = ? AND soonest IS NOT NULL AND soonest < ? AND due < ?{awake}",
        (status, at, at, *when),
    )


def breached_before_query(status: str, awake: str, when: tuple[Value, ...], at: float) -> Query:
    """One row: how many became overdue under an earlier policy, and are not by the present one."""
    return (
        "SELECT COUNT(*) FROM doc_conversations INDEXED BY doc_conversations_breached "
        f"WHERE status = ? AND breached IS NOT NULL AND due >= ?{awake}",
        (status, at, *when),
    )


def overdue_query(status: str, since: float, until: float) -> Query:
    """Ids of conversations whose answer became overdue after `since` and by `until`."""
    return (
        "SELECT id FROM doc_conversations INDEXED BY doc_conversations_deadline "
        "WHERE status = ? AND soonest IS NOT NULL AND soonest <= ? AND due > ? AND due <= ?",
        (status, until, since, until),
    )


def oldest_query(status: str, awake: str, when: tuple[Value, ...]) -> Query:
    """Since when the first of them waits, if any does."""
    return (
        "SELECT since FROM doc_conversations INDEXED BY doc_conversations_waiting "
        f"WHERE waits = 1 AND status = ?{awake} ORDER BY since LIMIT 1",
        (status, *when),
    )


def turn_queries(at: float) -> Iterator[Query]:
    """Each one row, with a moment not before `at` or NULL: snoozes that end, deadlines and reply windows that pass."""
    snoozed = "doc_conversations INDEXED BY doc_conversations_snoozed WHERE status = 'snoozed'"
    yield f"SELECT MIN(wake) FROM {snoozed} AND wake >= ?", (at,)
    for column, index in (("soonest", "deadline"), ("due", "closed")):
        for status in set(Status) - {Status.SPAM}:  # that waits for nothing
            yield (
                f"SELECT MIN({column}) FROM doc_conversations INDEXED BY doc_conversations_{index} "
                f"WHERE status = ? AND {column} >= ?{' AND closes IS NOT NULL' if column == 'due' else ''}",
                (status.value, at),
            )


FACTS = "SELECT status, surface, account, NULLIF(assignee, x''), waits, count FROM facts WHERE status <> 'snoozed'"
"""How many conversations share what scopes ask about: a few hundred rows at most."""

SNOOZED_FACTS = (
    "SELECT CASE WHEN wake <= ? THEN 'open' ELSE 'snoozed' END AS status, surface, account, assignee, waits, COUNT(*) "
    "FROM doc_conversations INDEXED BY doc_conversations_snoozed WHERE status = 'snoozed' GROUP BY 1, 2, 3, 4, 5"
)
"""The same for those that come back by themselves."""


def stored_statuses(scope: Scope) -> list[Status]:
    """The statuses on disk that can be in the scope: what is open now may have been stored as snoozed."""
    wanted = scope.statuses
    if scope.surfaces is not None and not scope.surfaces:
        return []
    if wanted is None:
        return list(Status)
    return [s for s in Status if s in wanted or (s is Status.SNOOZED and Status.OPEN in wanted)]


def status_streams(scope: Scope, at: float) -> Iterator[tuple[str, str, tuple[Value, ...]]]:
    """Per stored status: its name, and what else must hold for it to be one of the scope's at that moment."""
    for status in stored_statuses(scope):
        wanted = scope.statuses
        if status is not Status.SNOOZED or wanted is None or {Status.OPEN, Status.SNOOZED} <= wanted:
            yield status.value, "", ()
        elif Status.OPEN in wanted:
            yield status.value, " AND wake <= ?", (at,)
        else:
            yield status.value, " AND (wake IS NULL OR wake > ?)", (at,)


class Facts(Record):
    """How many conversations share a status, surface, account, assignee and whether they wait."""

    status: Status
    surface: str
    account: str
    assignee: str | None
    waits: bool
    count: int

    def within(self, scope: Scope) -> bool:
        """`Scope.matches`, for all that columns tell."""
        return (
            (scope.statuses is None or self.status in scope.statuses)
            and (scope.waiting is None or self.waits is scope.waiting)
            and (scope.surfaces is None or self.surface in scope.surfaces)
            and (scope.account is None or self.account == scope.account)
            and (scope.assignee is None or self.assignee == scope.assignee)
            and not (scope.unassigned and self.assignee)
        )
