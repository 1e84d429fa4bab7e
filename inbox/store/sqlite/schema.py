"""Which documents the store keeps, under which ids, and what of them is indexed.

    table           id                       index columns
    conversations   account:surface:thread   what the queue sorts and filters by (`_conversation`); full text
    messages        account:key              conversation, sent, seq; full text
    contexts        account:key              account + root
    drafts          conversation, agent      conversation, agent
    outbox          made by the client       conversation, phase, key (unique), account + remote id
    events          1, 2, 3 ...              conversation
    quarantine      1, 2, 3 ...              account
    cursors         feed                     -
    settings        key                      -

Instants in index columns are seconds since 1970 as REAL (exact to the microsecond until the year 2242), equal
to what `datetime.timestamp()` gives `domain.queue`. Documents are the JSON of the records.

Two are no TinyDB tables: `touched`, one row per conversation with the number of its latest change, and `facts`,
how many conversations share status, surface, account, assignee and wait, kept by triggers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from inbox.domain import queue
from inbox.domain.model import Conversation
from inbox.store.sqlite import layout_five
from inbox.store.sqlite.connection import Value
from inbox.store.sqlite.documents import Json, Spec, SQLiteStorage
from inbox.store.sqlite.held import held

VERSION = 5
"""Of the layout of tables and documents; `PRAGMA user_version`. Raise it with an entry in MIGRATIONS, also when
a function of the domain that fills an index column (`queue.waits`, `queue.wake_at`, `queue.who`) gives other
answers; with `fold_again` when `domain.fold` does."""

BESIDE = {"touched", "facts", "indexing"}
"""Tables that hold no documents."""

SAME_DOCUMENTS = 1
"""The oldest layout whose documents are those of today: they can be carried over from a damaged file."""


def fold_again(storage: SQLiteStorage) -> None:
    """Bring what was folded up to date: names and tags at once, texts bit by bit (`index_more`)."""
    storage.remake("conversations")
    storage.empty_text("messages")


MIGRATIONS: dict[int, Callable[[SQLiteStorage], None]] = {
    1: lambda storage: storage.remake(
        "conversations"
    ),  # 2: filters are answered from indexes, counts are kept
    2: fold_again,  # 3: strokes, typographic characters and what cannot be seen make no difference, umlauts have two spellings
    3: lambda storage: storage.remake(
        "conversations"
    ),  # 4: breaches, silent holders, mentions and automatic messages are found in the index
    4: layout_five.migrate,  # 5: notes, files, links, languages and what is new are found in the index
}
"""By the version they start from, each to the next one; they run in one transaction, after a backup."""


def seconds(moment: datetime | None) -> float | None:
    """Return an instant as seconds since 1970, as indexes hold it."""
    return None if moment is None else moment.timestamp()


def _conversation(document: Json) -> tuple[Value, ...]:
    c = msgspec.convert(document, Conversation)
    waits = queue.waits(c)
    due, closes = (seconds(c.due_at), seconds(c.closes_at)) if waits else (None, None)
    newest = seconds(c.last_message_at)
    return (
        c.status.value,
        c.surface.value,
        c.account,
        c.assignee,
        int(waits),
        seconds(queue.wake_at(c)),
        min((moment for moment in (due, closes) if moment is not None), default=None),
        due,
        closes,
        0.0 if newest is None else -newest,
        seconds(_ended(c)),
        c.version,
        c.platform,
        c.contact.remote_id,
        seconds(c.waiting_since),
        c.priority.value,
        queue.tags_apart(c),
        queue.who(c),
        seconds(c.breached_at) if waits and due is not None else None,
        seconds(queue.silent_since(c)),
        queue.mentioned_apart(c),
        queue.person_tags_apart(c),
        c.automatic_count,
        c.language,
        c.came_seq,
    )


def _ended(c: Conversation) -> datetime | None:
    moments = [response.ended_at for response in c.responses] + [case.ended_at for case in c.cases]
    return max(moments, default=None)


def _conversation_text(document: Json) -> str:
    """Found by `from:`, `tag:` and plain words."""
    c = msgspec.convert(
        {
            name: document[name]
            for name in ("id", "account", "platform", "surface", "thread", "contact", "tags")
        },
        Conversation,
    )
    return queue.row_text(queue.who(c), queue.tags_apart(c))


def _message_text(document: Json) -> str:
    """Nothing while a look at the platform misses the message: search does not find it then."""
    return "" if document.get("gone_at") else str(document["text"])


def _at(field: str) -> Callable[[Json], float | None]:
    def value(document: Json) -> float | None:
        moment = document[field]
        return None if moment is None else datetime.fromisoformat(moment).timestamp()

    return value


_published, _created = _at("sent_at"), _at("created_at")


def _sent(document: Json) -> float:
    """`domain.lifecycle.place` as seconds."""
    rank: int = document.get("rank", 0)
    return (_published(document) or 0.0) + rank / 1_000_000


_ASKED = (
    "closes, due, soonest, wake, waits, surface, account, assignee, platform, priority, tags, who, "
    "breached, silent, mentioned, person_tags, automatic, language, came"
)
_SHARED = ("status", "surface", "account", "assignee", "waits")


def _counting(row: str, by: int) -> str:
    """The empty blob stands for nothing, which no key can hold."""
    values = ", ".join(f"COALESCE({row}.{column}, x'')" for column in _SHARED)
    return (
        f"INSERT INTO facts VALUES ({values}, {by}) "
        f"ON CONFLICT ({', '.join(_SHARED)}) DO UPDATE SET count = count + {by};"
    )


_FACTS = (
    "DROP TABLE IF EXISTS facts",
    f"CREATE TABLE facts ({', '.join(_SHARED)}, count, PRIMARY KEY ({', '.join(_SHARED)})) WITHOUT ROWID",
    f"CREATE TRIGGER {{table}}_came AFTER INSERT ON {{table}} BEGIN {_counting('NEW', 1)} END",
    f"CREATE TRIGGER {{table}}_went AFTER DELETE ON {{table}} BEGIN {_counting('OLD', -1)} END",
    f"CREATE TRIGGER {{table}}_moved AFTER UPDATE OF {', '.join(_SHARED)} ON {{table}} "
    f"BEGIN {_counting('OLD', -1)} {_counting('NEW', 1)} END",
)

SPECS = {
    "conversations": Spec(
        keyed=True,
        columns=(
            "status",
            "surface",
            "account",
            "assignee",
            "waits",
            "wake",  # when a snooze ends by itself
            "soonest",  # the deadline while the reply window is open: the earlier of due and closes
            "due",  # the deadline once it has closed
            "closes",
            "recency",  # minus the time of the newest message: ascending is newest first
            "ended",  # when the latest wait or matter ended
            "version",
            "platform",
            "contact",
            "since",  # waiting since
            "priority",
            "tags",
            "who",
            "breached",  # when it became overdue under an earlier policy
            "silent",  # since when the agent who holds it has not answered
            "mentioned",
            "person_tags",
            "automatic",  # how many messages of ours no person wrote
            "language",
            "came",  # `seq` of the customer's newest message
        ),
        values=_conversation,
        # The first four hold all that a scope asks, so the queue is read from the index alone, in its order.
        indexes=(
            f"CREATE INDEX {{table}}_deadline ON {{table}} (status, soonest, id, recency, {_ASKED}) "
            "WHERE soonest IS NOT NULL",
            f"CREATE INDEX {{table}}_closed ON {{table}} (status, due, id, recency, {_ASKED}) "
            "WHERE due IS NOT NULL AND closes IS NOT NULL",
            f"CREATE INDEX {{table}}_recent ON {{table}} (status, waits, recency, id, {_ASKED}) "
            "WHERE soonest IS NULL",
            f"CREATE INDEX {{table}}_undue ON {{table}} (status, closes, recency, id, {_ASKED}) "
            "WHERE due IS NULL AND soonest IS NOT NULL",
            "CREATE INDEX {table}_snoozed ON {table} (status, surface, account, assignee, waits, wake) "
            "WHERE status = 'snoozed'",
            "CREATE INDEX {table}_contact ON {table} (contact, platform) WHERE contact IS NOT NULL",
            "CREATE INDEX {table}_waiting ON {table} (waits, status, since, wake) WHERE waits = 1",
            "CREATE INDEX {table}_ended ON {table} (ended) WHERE ended IS NOT NULL",
            "CREATE INDEX {table}_language ON {table} (account, language) WHERE language <> ''",
            "CREATE INDEX {table}_breached ON {table} (status, due, wake, breached) WHERE breached IS NOT NULL",
        ),
        beside=_FACTS,
        text=_conversation_text,
    ),
    "messages": Spec(
        keyed=True,
        columns=("conversation", "sent", "seq", "holds"),
        values=lambda d: (d["conversation"], _sent(d), d["seq"], held(d)),
        indexes=(
            # `sent` holds the rank within one second as well: see `_sent`.
            "CREATE INDEX {table}_thread ON {table} (conversation, sent, length(id), id)",
            "CREATE INDEX {table}_newest ON {table} (sent, seq)",
            "CREATE INDEX {table}_holding ON {table} (holds, conversation) WHERE holds > 0",
        ),
        text=_message_text,
    ),
    "contexts": Spec(
        keyed=True,
        columns=("root",),
        values=lambda d: (None if d["root"] is None else f"{d['id'].split(':', 1)[0]}:{d['root']}",),
        indexes=("CREATE INDEX {table}_root ON {table} (root) WHERE root IS NOT NULL",),
    ),
    "drafts": Spec(
        keyed=True,
        columns=("conversation", "agent"),
        values=lambda d: (d["conversation"], d["agent"]),
        indexes=(
            "CREATE INDEX {table}_agent ON {table} (agent, conversation)",
            "CREATE INDEX {table}_conversation ON {table} (conversation)",
        ),
    ),
    "outbox": Spec(
        keyed=True,
        columns=("key", "conversation", "phase", "account", "remote_id", "created"),
        values=lambda d: (d["key"], d["conversation"], d["phase"], d["account"], d["remote_id"], _created(d)),
        indexes=(
            "CREATE UNIQUE INDEX {table}_key ON {table} (key)",
            "CREATE INDEX {table}_conversation ON {table} (conversation, created)",
            "CREATE INDEX {table}_phase ON {table} (phase, conversation)",
            "CREATE INDEX {table}_remote ON {table} (account, remote_id) WHERE remote_id IS NOT NULL",
        ),
    ),
    "events": Spec(
        columns=("conversation",),
        values=lambda d: (d["conversation"],),
        indexes=("CREATE INDEX {table}_conversation ON {table} (conversation)",),
    ),
    "quarantine": Spec(
        columns=("account",),
        values=lambda d: (d["account"],),
        indexes=("CREATE INDEX {table}_account ON {table} (account)",),
    ),
    "cursors": Spec(keyed=True),
    "settings": Spec(keyed=True),
}


SEARCHED = [table for table, spec in SPECS.items() if spec.text]
"""Tables with a full text."""


def create(storage: SQLiteStorage) -> None:
    """Every table of a new store, in one transaction with its version."""
    for table in SPECS:
        storage.ensure(table)
    storage.db.run(
        "CREATE TABLE touched (n INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL UNIQUE)"
    )
    storage.db.run(f"PRAGMA user_version = {VERSION}")


def recount(storage: SQLiteStorage) -> None:
    """Count the conversations of `facts` anew."""
    shared = ", ".join(f"COALESCE({column}, x'')" for column in _SHARED)
    with storage.transaction():
        storage.db.run("DELETE FROM facts")
        storage.db.run(
            f"INSERT INTO facts SELECT {shared}, COUNT(*) FROM doc_conversations GROUP BY 1, 2, 3, 4, 5"
        )


def version(storage: SQLiteStorage) -> int:
    """Return the number of the layout in the file."""
    row = storage.db.row("PRAGMA user_version")
    return int(row[0]) if row else 0


def migrate(storage: SQLiteStorage) -> None:
    """Take an older store to VERSION. Call it inside a transaction: a kill leaves the old store or the new."""
    for step in range(version(storage), VERSION):
        MIGRATIONS[step](storage)
    storage.db.run(f"PRAGMA user_version = {VERSION}")


def plain(record: Any) -> Json:
    """A record as the JSON values that are stored."""
    document: Json = msgspec.to_builtins(record)
    return document


def draft_id(cid: str, agent: str) -> str:
    """The id of an agent's draft; neither part holds a line break, so no two pairs read the same."""
    return f"{cid}\n{agent}"
