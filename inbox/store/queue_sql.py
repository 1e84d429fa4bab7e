"""The queue in SQL: its order, its counts and its figures, read from indexes alone.

A deadline that has passed changes nothing, but a reply window that has closed and a snooze that is over do. So
each stored status is read as a few streams, each in the order of an index, and merged:

    with a deadline   window open (or none)   by the earlier of due and closes   index deadline
                      window closed           by due                             index closed
    without           nothing due             by newest message                  index recent
                      only a closed window    by newest message                  index undue
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from inbox.domain.model import Status
from inbox.domain.queue import Scope
from inbox.domain.records import dataclass
from inbox.store.conditions import marks
from inbox.store.sqlite_tinydb import Value

Query = tuple[str, tuple[Value, ...]]


def deadline_queries(scope: Scope, now: datetime) -> Iterator[Query]:
    """Waiting conversations with an effective deadline: rows of (deadline, id), each query sorted."""
    if scope.waiting is False:
        return
    at = now.timestamp()
    limits, args = _limits(scope)
    for status, awake, when in status_streams(scope, at):
        head = "SELECT {}, id FROM doc_conversations INDEXED BY doc_conversations_{} WHERE status = ? AND "
        yield (
            head.format("soonest", "deadline")
            + f"soonest IS NOT NULL AND (closes IS NULL OR closes > ?){awake}{limits} ORDER BY soonest, id",
            (status, at, *when, *args),
        )
        yield (
            head.format("due", "closed")
            + f"due IS NOT NULL AND closes IS NOT NULL AND closes <= ?{awake}{limits} ORDER BY due, id",
            (status, at, *when, *args),
        )


def recency_queries(scope: Scope, now: datetime) -> Iterator[Query]:
    """The rest: rows of (minus the time of the newest message, id), each query sorted."""
    at = now.timestamp()
    limits, args = _limits(scope)
    for status, awake, when in status_streams(scope, at):
        head = (
            "SELECT recency, id FROM doc_conversations INDEXED BY doc_conversations_{} WHERE status = ? AND "
        )
        for waits in (0, 1) if scope.waiting is None else (int(scope.waiting),):
            yield (
                head.format("recent") + f"waits = ? AND soonest IS NULL{awake}{limits} ORDER BY recency, id",
                (status, waits, *when, *args),
            )
        if scope.waiting is not False:
            yield (
                head.format("undue")
                + "due IS NULL AND soonest IS NOT NULL AND closes <= ?"
                + f"{awake}{limits} ORDER BY recency, id",
                (status, at, *when, *args),
            )


def named_query(ids: Iterable[str], scope: Scope, now: datetime) -> Query:
    """Rows of (id, soonest, due, closes, recency) for those of `ids` that are in the scope."""
    limits, args = _limits(scope)
    statuses: list[str] = []
    when: list[Value] = []
    for status, awake, moment in status_streams(scope, now.timestamp()):
        statuses.append(f"(+status = ?{awake})")
        when += (status, *moment)
    waits = "" if scope.waiting is None else f" AND waits = {int(scope.waiting)}"
    # CROSS JOIN fixes the order: first the ids, then each one's row, however SQLite guesses their number.
    sql = (
        "SELECT id, soonest, due, closes, recency FROM (SELECT value AS named FROM json_each(?)) "
        "CROSS JOIN doc_conversations ON id = named "
        f"WHERE ({' OR '.join(statuses) or '0'}){waits}{limits}"
    )
    return sql, (msgspec.json.encode(list(ids)).decode(), *when, *args)


def waiting_query(status: str, awake: str, args: tuple[Value, ...]) -> Query:
    """One row of (how many wait, how many of them too long, since when the first)."""
    return (
        "SELECT COUNT(*), COALESCE(SUM(due < ?), 0), MIN(since) FROM doc_conversations "
        f"INDEXED BY doc_conversations_waiting WHERE waits = 1 AND status = ?{awake}",
        args,
    )


def facts_query(stored: Sequence[str]) -> Query:
    """Rows of (status, surface, account, assignee, waits, wake, count) of these stored statuses."""
    sql = (
        "SELECT status, surface, account, assignee, waits, wake, COUNT(*) FROM doc_conversations "
        f"INDEXED BY doc_conversations_facts WHERE status IN ({marks(stored)}) GROUP BY 1, 2, 3, 4, 5, 6"
    )
    return sql, tuple(stored)


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


def _limits(scope: Scope) -> tuple[str, tuple[Value, ...]]:
    """The rest of a scope that columns tell."""
    sql, args = "", list[Value]()
    if scope.surfaces is not None:
        sql += f" AND surface IN ({marks(sorted(scope.surfaces))})"
        args += [surface.value for surface in sorted(scope.surfaces)]
    if scope.account is not None:
        sql += " AND account = ?"
        args.append(scope.account)
    if scope.assignee is not None:
        sql += " AND assignee = ?"
        args.append(scope.assignee)
    if scope.unassigned:
        sql += " AND (assignee IS NULL OR assignee = '')"
    return sql, tuple(args)


def structured(scope: Scope) -> bool:
    return scope.ids is None and not (scope.troubled or scope.not_ids or scope.tests)


@dataclass(frozen=True, slots=True)
class Facts:
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
