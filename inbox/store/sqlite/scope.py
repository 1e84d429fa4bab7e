"""What a scope asks beside the status and the wait, as SQL on the index columns of conversations.

Words, names and tags are looked up in the full texts (`filter_words`). Few matches name the only conversations that can
be in the scope; for many, walking the queue and asking each conversation finds enough of them sooner.
"""

from __future__ import annotations

from datetime import datetime

from inbox.domain.fold import SHORT, spellings
from inbox.domain.outbox import Phase
from inbox.domain.queue import Scope, Test, whole_tag
from inbox.domain.records import Record
from inbox.store.sqlite import filter_words
from inbox.store.sqlite.conditions import marks
from inbox.store.sqlite.connection import Connection, Value
from inbox.store.sqlite.held import ALL_HELD, HELD

TROUBLE = (Phase.FAILED, Phase.UNCONFIRMED, Phase.ASK_AGENT, Phase.STALE, Phase.BLOCKED)
"""Phases of a reply that keep its conversation in the view `failed`."""

TESTS = {
    "from": "instr(who, ?) > 0",
    "tag": "instr(tags, ?) > 0",
    "priority": "priority = ?",
    "platform": "platform = ?",
    "account": "account = ?",
    "assignee": "assignee = ?",
    "unassigned": "COALESCE(assignee, '') = ''",
    "waiting": "waits = 1",
    "breached": "((soonest < ? AND due < ?) OR breached IS NOT NULL)",
    "automatic": "automatic > 0",
    "mentioned": "instr(mentioned, ?) > 0",
    "language": "language = ?",
    "person": "instr(person_tags, ?) > 0",
    "silent": "silent < ?",
    "before": "recency <> 0 AND recency > ?",
    "after": "recency <> 0 AND recency <= ?",
}
"""`domain.queue.RULES` in SQL. `soonest` is never later than `due`, and what the queue is sorted by."""


_HELD = (
    "id IN (SELECT conversation FROM doc_messages INDEXED BY doc_messages_holding "
    "WHERE holds > 0 AND holds IN ({kinds}))"
)
HOLDINGS = {
    "draft": "id IN (SELECT conversation FROM doc_drafts)",
    **{
        name: _HELD.format(kinds=", ".join(str(sum_) for sum_ in range(1, 2 * ALL_HELD) if sum_ & bit))
        for name, bit in HELD.items()
    },
}
"""`domain.kinds.HOLDINGS` in SQL."""
_NEW = (
    "waits = 1 AND came > COALESCE((SELECT CASE WHEN json_valid(looked.doc) THEN json_extract(looked.doc, '$.value') "
    "END FROM doc_settings AS looked WHERE looked.id = 'looked:' || doc_conversations.id || char(10) || ?), 0)"
)
"""`domain.queue.is_new`; what an agent has looked at is a setting (`engine.desk.looking.looked_key`)."""


class Narrowed(Record):
    """`named`: the only conversations (`n`) that can be in the scope, where they are few. `sql`: what must hold for each,
    beginning with AND, or nothing."""

    named: frozenset[int] | None
    sql: str
    args: tuple[Value, ...]


def narrowed(db: Connection, scope: Scope, now: datetime) -> Narrowed:
    """Turn a scope into SQL conditions, and into conversation ids where words and names leave few."""
    named: list[set[int]] = []
    sql, args = _columns(scope)
    for test in scope.tests:
        values = _value(test, now)
        asked = TESTS[test.name]
        if test.name in ("from", "tag"):  # in any of its spellings
            asked = f"({' OR '.join([asked] * len(values))})"
        sql.append(f"NOT COALESCE({asked}, 0)" if test.negate else asked)
        args += values
        if not test.negate and (word := _looked_up(test)) is not None:
            numbers = filter_words.few(db, "conversations", [word])
            if numbers is not None:
                named.append(set(numbers))
    sql += [HOLDINGS[one] for one in sorted(scope.has)]
    sql += [f"NOT {HOLDINGS[one]}" for one in sorted(scope.has_not)]
    if scope.new_to is not None:
        sql.append(_NEW)
        args.append(scope.new_to)
    if scope.seen_by is not None:
        sql.append(f"NOT COALESCE({_NEW}, 0)")
        args.append(scope.seen_by)
    for words in scope.words:
        found = filter_words.holding(db, words)
        if isinstance(found, set):
            named.append(found)
        else:
            sql.append(found[0])
            args += found[1]
    for word in scope.not_words:
        condition, values = filter_words.without(db, word)
        sql.append(condition)
        args += values
    if scope.troubled:
        troubled = f"SELECT conversation FROM doc_outbox WHERE phase IN ({marks(TROUBLE)})"
        named.append(filter_words.numbered(db, troubled, TROUBLE))
    only = frozenset(set.intersection(*named)) if named else None
    return Narrowed(only, "".join(f" AND {condition}" for condition in sql), tuple(args))


def plain(scope: Scope) -> bool:
    """Whether it asks only what `Facts` tell."""
    more = (scope.troubled, scope.words, scope.not_words, scope.has, scope.has_not, scope.tests)
    return not any((*more, scope.new_to, scope.seen_by))


def _columns(scope: Scope) -> tuple[list[str], list[Value]]:
    sql, args = list[str](), list[Value]()
    if scope.surfaces is not None:
        sql.append(f"surface IN ({marks(scope.surfaces)})")
        args += sorted(surface.value for surface in scope.surfaces)
    if scope.account is not None:
        sql.append("account = ?")
        args.append(scope.account)
    if scope.assignee is not None:
        sql.append("assignee = ?")
        args.append(scope.assignee)
    if scope.unassigned:
        sql.append(TESTS["unassigned"])
    return sql, args


def _value(test: Test, now: datetime) -> list[Value]:
    """The argument of its SQL, where that takes one."""
    match test.name, test.value:
        case "tag", str(tag):
            return [*spellings(whole_tag(tag))]
        case "from", str(part):
            return [*spellings(part)]
        case "breached", _:
            return [now.timestamp()] * 2
        case "person", str(tag):
            return [whole_tag(tag)]
        case "mentioned", str(agent):
            return [whole_tag(agent)]
        case "silent", datetime() as limit:
            return [limit.timestamp()]
        case _, datetime() as limit:
            return [-limit.timestamp()]
        case _, value:
            return [] if value is None else [str(value)]


def _looked_up(test: Test) -> str | None:
    """The folded word that finds its candidates in the full text; None where only asking each conversation does."""
    if test.name == "tag":
        return whole_tag(str(test.value))
    if test.name == "from" and all(len(spelling) >= SHORT for spelling in spellings(str(test.value))):
        return str(test.value)
    return None
