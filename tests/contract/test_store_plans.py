"""SQLite answers the queue, threads, the outbox and search by index: asked with EXPLAIN QUERY PLAN.

A plain scan would be as right and, with 100,000 messages, a hundred times slower; nothing else would notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_samples import NOW, conversation, message, reply

from inbox.domain.filter import parse
from inbox.domain.model import Draft, Event, Person, Status, Surface
from inbox.domain.outbox import OPEN, Phase
from inbox.domain.queue import Scope, views
from inbox.domain.records import replace
from inbox.ports.platform import Poison
from inbox.store.sqlite.store import LocalStore

SCOPES = {view.name: view.scope for view in views("ann")}
SCOPES["narrow"] = Scope(
    statuses=frozenset({Status.OPEN}), account="acme", surfaces=frozenset({Surface.DIRECT})
)
BUILT_IN = dict(SCOPES)


def _filtered(text: str) -> Scope:
    return parse(text, agent="ann", now=NOW, zone=UTC).within(SCOPES["waiting"])


SCOPES |= {
    text: _filtered(text)
    for text in (
        *("from:customer", "from:c", "-from:customer", "tag:vip", "-tag:vip", "in:acme -in:other"),
        *("on:x -on:facebook", "before:3d", "after:2026-11-01", "-before:3d", "is:breached", "-is:mine"),
        *(
            "-is:waiting",
            "-is:unassigned",
            "priority:high",
            "-priority:low",
            "hello",
            "he",
            "-hello",
            "is:failed",
        ),
        "from:customer tag:vip -tag:x hello -lo on:x after:3d -is:breached",
    )
}

QUESTIONS: dict[str, Callable[[LocalStore], Any]] = {
    **{
        f"order {name}": lambda s, scope=scope: s.conversations.order(scope, now=NOW)
        for name, scope in SCOPES.items()
    },
    "waiting figures": lambda s: s.conversations.waiting_figures(NOW),
    "when it turns": lambda s: s.conversations.turns_at(NOW),
    "counts": lambda s: s.conversations.counts(SCOPES, now=NOW),
    "conversation": lambda s: s.conversations.get("acme:direct:1"),
    "conversations": lambda s: s.conversations.get_many(["acme:direct:1"]),
    "answered since": lambda s: s.conversations.answered_since(NOW - timedelta(days=1)),
    "of a contact": lambda s: s.conversations.of_contact("twitter", "7"),
    "put a conversation": lambda s: s.conversations.put(conversation(assignee="bob")),
    "message": lambda s: s.messages.get("acme:1"),
    "thread": lambda s: s.messages.of_conversation("acme:direct:1"),
    "put a message": lambda s: s.messages.put(message(2)),
    "context": lambda s: s.messages.context(["acme:p1"]),
    "context under a root": lambda s: s.messages.context_under("acme", "p1"),
    "search": lambda s: s.messages.search(["hel", "lo"], without=["zzz"]),
    "newest with": lambda s: s.messages.newest_with(["hello"], ["acme:direct:1"]),
    "search within": lambda s: s.messages.search(["hello"], within=SCOPES["tag:vip"], now=NOW),
    "draft": lambda s: s.outbox.draft("acme:direct:1", "ann"),
    "drafted": lambda s: s.outbox.drafted(["acme:direct:1"], "ann"),
    "delete a draft": lambda s: s.outbox.delete_draft("acme:direct:1", "ann"),
    "outbox item": lambda s: s.outbox.get("reply-1"),
    "outbox by key": lambda s: s.outbox.by_key("key-1"),
    "outbox by phase": lambda s: s.outbox.items(phases=OPEN),
    "outbox of a conversation": lambda s: s.outbox.items(conversation="acme:direct:1"),
    "outbox by both": lambda s: s.outbox.items(conversation="acme:direct:1", phases=[Phase.QUEUED]),
    "outbox by remote id": lambda s: s.outbox.by_remote_id("acme", "r"),
    "waits": lambda s: list(s.conversations.waits(NOW - timedelta(days=1))),
    "events": lambda s: s.small_things.events("acme:direct:1"),
    "log": lambda s: s.small_things.log(Event(conversation="acme:direct:1", at=NOW, what="x")),
    "quarantine": lambda s: s.small_things.quarantine("acme", NOW, Poison(raw="", reason="")),
    "cursor": lambda s: s.small_things.cursor("feed"),
    "changes": lambda s: s.changes.since(0),
    "forget": lambda s: s.upkeep.forget(["acme:direct:1"]),
}
BOUNDED = re.compile(
    r"SCAN text_(messages|conversations) VIRTUAL TABLE INDEX \d+:M"  # the full-text index itself
    r"|SCAN facts"  # one row for all conversations alike
    r"|SCAN \(subquery-\d+\)"  # what the step before it found
    r"|SCAN json_each VIRTUAL TABLE"  # the ids that were passed in
    r"|SCAN doc_events USING (COVERING )?INDEX doc_events_number"  # its last entry only: ORDER BY id DESC LIMIT 1
    r"|SCAN doc_quarantine USING (COVERING )?INDEX doc_quarantine_number"
)


@pytest.fixture
def asked(local: LocalStore) -> LocalStore:
    local.conversations.put(conversation(assignee="ann", waiting_since=NOW, due_at=NOW))
    local.messages.put(message())
    local.outbox.put(reply(phase=Phase.FAILED))
    local.outbox.put_draft(Draft(conversation="acme:direct:1", agent="ann", text="x", saved_at=NOW))
    return local


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_answered_by_index(
    asked: LocalStore, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[tuple[str, Any]] = []
    run = asked.handle.sql.run

    def noting(sql: str, args: Any = ()) -> Any:
        statements.append((sql, args))
        return run(sql, args)

    monkeypatch.setattr(asked.handle.sql, "run", noting)
    QUESTIONS[name](asked)
    monkeypatch.undo()
    explained = [s for s in statements if re.match("SELECT|UPDATE|DELETE", s[0]) and "sqlite_" not in s[0]]
    assert explained
    for sql, args in explained:
        for *_, step in run(f"EXPLAIN QUERY PLAN {sql}", args):
            if step.startswith("SCAN"):
                assert BOUNDED.match(step), f"{step}\n{sql}"


def test_f87_the_queue_is_read_from_indexes_alone(asked: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of rows that are not shown stay unread: that is what makes 100,000 of them cheap."""
    statements: list[tuple[str, Any]] = []
    rows = asked.handle.sql.rows
    monkeypatch.setattr(
        asked.handle.sql, "rows", lambda sql, args=(): statements.append((sql, args)) or rows(sql, args)
    )
    for scope in SCOPES.values():
        asked.conversations.order(scope, now=NOW)
    asked.conversations.counts(SCOPES, now=NOW)
    asked.conversations.waiting_figures(NOW)
    asked.conversations.turns_at(NOW)
    queue = [(sql, args) for sql, args in statements if "INDEXED BY doc_conv" in sql]
    assert len(queue) > 100
    for sql, args in queue:
        steps = [row[3] for row in rows(f"EXPLAIN QUERY PLAN {sql}", args)]
        read = next(step for step in steps if "doc_conversations" in step)
        assert read.startswith("SEARCH doc_conversations USING COVERING INDEX"), (steps, sql)
        sorts = any("TEMP B-TREE" in step for step in steps)
        assert not sorts or re.search("doc_conversations_(undue|snoozed)", sql), sql


def test_f87_what_a_start_and_a_search_cost_does_not_grow_with_the_store(tmp_path: Path) -> None:
    """50,000 messages must open in two seconds and be searched in a fifth of one: counted in steps of SQLite's
    machine, so that no busy computer decides it. `tests/bench` measures the time."""
    costs = {}
    for size in (300, 1500):
        store = LocalStore(tmp_path / str(size))
        with store.transaction():
            for n in range(size):
                head = conversation(n, waiting_since=NOW, due_at=NOW + timedelta(seconds=n))
                store.conversations.put(
                    replace(head, contact=Person(name=f"Person{n}"), tags=(f"tag{n}",) if n % 9 == 2 else ())
                )
                store.messages.put(
                    message(n, f"words about parcel number{n}", conversation=f"acme:direct:{n}")
                )
        store.close()
        costs[size] = [_steps(tmp_path / str(size), question) for question in STARTING]
    for few, many in zip(costs[300], costs[1500], strict=True):
        assert many < 1.2 * few + 50


STARTING: tuple[Callable[[LocalStore], Any], ...] = (
    lambda s: s.conversations.get_many(
        s.conversations.order(Scope(statuses=frozenset({Status.OPEN})), now=NOW, limit=60)
    ),
    lambda s: s.messages.of_conversation("acme:direct:7"),
    lambda s: s.messages.search(["number299"], limit=50),
    lambda s: s.outbox.drafted(["acme:direct:1"], "ann"),
    lambda s: s.conversations.counts(BUILT_IN, now=NOW),
    lambda s: s.conversations.waiting_figures(NOW),
    lambda s: s.conversations.turns_at(NOW),
    *(
        lambda s, text=text: s.conversations.order(_filtered(text), now=NOW, limit=60)
        for text in ("number299", "from:person299", "tag:tag299", "-tag:tag299 on:x -is:mine", "-number299")
    ),
)


def _steps(folder: Path, question: Callable[[LocalStore], Any]) -> int:
    """So many instructions it takes, opening included."""
    store = LocalStore(folder)
    steps = []
    store.handle.sql._db.set_progress_handler(lambda: steps.append(1), 1)
    question(store)
    store.close()
    return len(steps)
