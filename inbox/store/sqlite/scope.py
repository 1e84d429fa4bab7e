"""What a scope asks beside the status and the wait, as SQL on the index columns of conversations.

Words, names and tags are looked up in the full texts. Few matches name the only conversations that can be in the
scope; for many, walking the queue and asking each conversation finds enough of them sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isqrt

from inbox.domain.fold import SHORT, spellings
from inbox.domain.outbox import Phase
from inbox.domain.queue import Scope, Test, whole_tag
from inbox.domain.records import Record
from inbox.store.sqlite import indexing
from inbox.store.sqlite.conditions import full_text, json_list, marks
from inbox.store.sqlite.connection import Connection, Value

TROUBLE = (Phase.FAILED, Phase.UNCONFIRMED, Phase.ASK_AGENT, Phase.STALE, Phase.BLOCKED)
"""Phases of a reply that keep its conversation in the view `failed`."""

FEW = 5000
"""Matches up to which they are looked up one by one: 5 us each, where a conversation of the queue costs 1 us and
the first screens are found among a few thousand."""

SHARE = 20
"""One conversation in so many is not few either, unless they are no more than `ALWAYS`: in a small store, too, walking
finds the first screens sooner."""

EVEN = 24
"""Nor is a message's word when the square of its matches is more than so many times all messages: from there on the
first screen of conversations with it is found sooner by walking."""

ALWAYS = 50

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
    "person": "instr(person_tags, ?) > 0",
    "silent": "silent < ?",
    "before": "recency <> 0 AND recency > ?",
    "after": "recency <> 0 AND recency <= ?",
}
"""`domain.queue.RULES` in SQL. `soonest` is never later than `due`, and what the queue is sorted by."""

_OF_NUMBERS = "SELECT conversation FROM doc_messages WHERE n IN (SELECT value FROM json_each(?))"
_SAYS = (
    "EXISTS (SELECT 1 FROM doc_messages AS m INDEXED BY doc_messages_thread WHERE m.conversation = "
    "doc_conversations.id AND m.n IN (SELECT rowid FROM text_messages WHERE text_messages MATCH ?))"
)


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
            numbers = few(db, "conversations", [word])
            if numbers is not None:
                named.append(set(numbers))
    for words in scope.words:
        numbers = few(db, "messages", words)
        if numbers is None:
            sql.append(_SAYS)
            args.append(full_text(words))
        else:
            named.append(numbered(db, _OF_NUMBERS, (json_list(numbers),)))
    for word in scope.not_words:
        numbers = few(db, "messages", [word])
        sql.append(f"NOT {_SAYS}" if numbers is None else f"id NOT IN ({_OF_NUMBERS})")
        args.append(full_text([word]) if numbers is None else json_list(numbers))
    if scope.troubled:
        troubled = f"SELECT conversation FROM doc_outbox WHERE phase IN ({marks(TROUBLE)})"
        named.append(numbered(db, troubled, TROUBLE))
    only = frozenset(set.intersection(*named)) if named else None
    return Narrowed(only, "".join(f" AND {condition}" for condition in sql), tuple(args))


def few(db: Connection, table: str, words: Sequence[str], without: Sequence[str] = ()) -> list[int] | None:
    """The numbers of the documents with every one of the folded `words` and none of `without`; None where they are not
    few. While the full text is being made, all of them, however many."""
    upto = indexing.indexed_to(db, table)
    newest = db.row(f"SELECT MAX(n) FROM doc_{table}")
    all_ = (newest[0] or 0) if newest else 0
    most = min(FEW, max(ALWAYS, isqrt(EVEN * all_) if table == "messages" else all_ // SHARE))
    sql = f"SELECT rowid FROM text_{table} WHERE text_{table} MATCH ? LIMIT ?"
    limit = most + 1 if upto is None else -1
    numbers = [row[0] for row in db.rows(sql, (full_text(words, without), limit))]
    if upto is not None:
        return numbers + indexing.behind(db, table, upto, words, without)
    return numbers if len(numbers) <= most else None


def plain(scope: Scope) -> bool:
    """Whether it asks only what `Facts` tell."""
    return not (scope.troubled or scope.words or scope.not_words or scope.tests)


def numbered(db: Connection, ids: str, args: Sequence[Value]) -> set[int]:
    """The numbers of the conversations whose ids a query finds."""
    return {row[0] for row in db.rows(f"SELECT n FROM doc_conversations WHERE id IN ({ids})", args)}


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
