"""The store on this machine: `inbox.ports.Store` over TinyDB over SQLite.

Documents go through TinyDB's tables. What only needs ids or counts (the order of the queue, the numbers beside
the views, the conversations of a search) is read from indexes alone.
"""

from __future__ import annotations

import heapq
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from inbox.domain.fold import fold
from inbox.domain.model import Context, Conversation, Draft, Event, Message, Status, Surface
from inbox.domain.outbox import OutboxItem
from inbox.domain.queue import MANY, Scope
from inbox.domain.records import replace
from inbox.errors import Conflict, Damaged, StoreError
from inbox.ports import store as store_ports
from inbox.store.sqlite import backup, common_words, indexing, integrity, restore, schema, tinydb_storage
from inbox.store.sqlite.conditions import Both, Containing, Ended, Under, Where, WrittenBy, json_list
from inbox.store.sqlite.connection import Value
from inbox.store.sqlite.documents import Rows
from inbox.store.sqlite.folder import BACKUPS, NAME, OPEN, backups, closed_as, prepare, refuse_newer
from inbox.store.sqlite.lease import Lease
from inbox.store.sqlite.opening import connect
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
from inbox.store.sqlite.scope import FEW, Narrowed, few, narrowed, numbered, plain
from inbox.store.sqlite.settings import Settings
from inbox.system.locks import SharedLock
from inbox.system.places import sync_folder

if TYPE_CHECKING:
    from inbox.domain.statistics import Automatic, Closed, PassedOn, Wait
    from inbox.ports.platform import Poison
    from inbox.ports.store import Health, WaitingFigures
    from inbox.store.sqlite.tinydb_storage import SQLiteTinyDB

NEWEST_FIRST = "INDEXED BY doc_messages_newest ORDER BY sent DESC, length(id) DESC, id DESC"
INDEXED_AT_ONCE = 2.0
"""Seconds that an update of the store spends on its full text; the rest is done by whoever reads the platforms."""

NEAR = 20
"""Messages of a thread that are read to find a word before the full text is asked."""

QUARANTINED = 500
"""Items set aside that are kept per account."""

RAW = 64 * 1024
"""Characters kept of one of them."""

_Record = TypeVar("_Record")
_Key = tuple[float, str]


class _Condition(Protocol):
    """Of `conditions`: the index narrows, the object decides about each record."""

    def sql(self) -> tuple[str, Sequence[Value]]: ...

    def __call__(self, record: Any, /) -> bool: ...


def open_store(folder: Path) -> tuple[LocalStore, str]:
    """The store in `folder`, and what the agent must be told about it: "" when all is well.

    A damaged store is restored first (see `backup`); a new one is created. Raises StoreError, with what to do
    about it, when the folder or the store cannot be used.
    """
    try:
        return LocalStore(folder), ""
    except Damaged:
        notice = restore.restore(folder)
    try:
        return LocalStore(folder), notice
    except Damaged:  # what shows only when the store is used
        notice = restore.restore(folder, certain=True)
        return LocalStore(folder), notice


class LocalStore:
    """One handle on the store in `folder`; it belongs to the thread that made it.

    Raises Damaged when the file cannot be trusted (`open_store` mends that), StoreError when the folder or
    the store cannot be used, each with what to do. A failed construction leaves everything as it was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound = False
        """Opened as it should be: who closes it last may say so."""
        prepare(folder)
        self._use = SharedLock(folder / f"{NAME}.use-lock")
        try:
            self._storage = connect(folder, self._use)
            self._sql = self._storage.db
            self._settings = Settings(lambda: self._db, self._sql)
        except BaseException:
            self._use.close()
            raise
        try:
            with self._sql.fitting():
                self._set_up()
            self._use.write_word(OPEN)
            self._use.attempt(shared=True)
        except BaseException:
            self.close()
            raise
        self._sound = True
        self._seen = (-1, -1)
        self._touching = (-1, -1)
        self._touched: set[str] = set()

    def _set_up(self) -> None:
        storage = self._storage
        found = schema.version(storage)
        if found == schema.VERSION:
            self._dispel_suspicion()
            return
        refuse_newer(found)
        if not found and storage.read():
            raise Damaged("The store's file lost the number of its layout.")
        if found:
            self._migrate()
        else:
            with self._storage.transaction():
                if not schema.version(storage):  # another process may have been quicker
                    schema.create(storage)
        # The version has to stand in the file itself: an older inbox looks there before it touches anything.
        storage.db.checkpoint()

    def _migrate(self) -> None:
        if not self._use.attempt():
            raise StoreError(
                "The store needs an update, and another inbox has it open. Close that one first."
            )
        backup.write(self._storage, self.folder)
        with self._storage.transaction():
            schema.migrate(self._storage)
        self._use.attempt(shared=True)
        started = monotonic()
        while self.index_more() and monotonic() - started < INDEXED_AT_ONCE:
            pass

    def _dispel_suspicion(self) -> None:
        """Somebody met damage: make the full texts and the counts anew and look at everything once."""
        if not self._sql.suspicion.exists():
            return
        # First: it costs no document, and from SQLite 3.44 on the check reports a damaged index, too.
        for table in schema.SEARCHED:
            self._storage.rebuild_text(table)
        schema.recount(self._storage)
        for finding in integrity.findings(self._sql.rows):
            raise self._sql.damaged(f"The store's file is damaged: {finding}.")
        self._sql.suspicion.unlink(missing_ok=True)

    @cached_property
    def _db(self) -> SQLiteTinyDB:
        """What writes documents: TinyDB, over the file that is open already."""
        return tinydb_storage.SQLiteTinyDB(storage=lambda: self._storage)

    # -- transactions, closing -----------------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        return self._storage.transaction()

    def close(self) -> None:
        """Gives up a lease still held, too. A second call does nothing."""
        if self._use.closed:
            return
        try:
            self._storage.close()
            if self._sound and self._use.attempt():
                self._use.write_word(closed_as(self.folder / NAME))
        finally:
            self._use.close()

    # -- conversations -------------------------------------------------------------------------------------

    def conversation(self, cid: str) -> Conversation | None:
        return self._record("conversations", cid, Conversation)

    def conversations(self, cids: Sequence[str]) -> list[Conversation]:
        return list(self._read(Conversation, Rows(self._sql, "conversations").named(cids)))

    def put_conversation(self, conversation: Conversation) -> Conversation:
        with self._joined():
            row = self._sql.row("SELECT version FROM doc_conversations WHERE id = ?", (conversation.id,))
            stored = replace(conversation, version=(row[0] if row else 0) + 1)
            self._put("conversations", stored.id, stored)
            self._touch(stored.id)
        return stored

    def delete_conversation(self, cid: str) -> None:
        with self._joined():
            if self._db.table("conversations").remove(doc_ids=[cid]):
                self._touch(cid)

    def of_contact(self, platform: str, remote_id: str) -> list[str]:
        sql = "SELECT id FROM doc_conversations WHERE contact = ? AND platform = ? ORDER BY id"
        return [row[0] for row in self._sql.rows(sql, (remote_id, platform))]

    def waits(self, since: datetime) -> Iterator[Wait]:
        from inbox.store.sqlite.statistics import waits  # no start needs it

        return waits(self._sql, since)

    def passed_on(self, since: datetime) -> Iterator[PassedOn]:
        from inbox.store.sqlite.statistics import passed_on

        return passed_on(self._sql, since)

    def automatic(self, since: datetime) -> Iterator[Automatic]:
        from inbox.store.sqlite.statistics import automatic

        return automatic(self._sql, since)

    def closed(self, since: datetime) -> Iterator[Closed]:
        from inbox.store.sqlite.statistics import closed

        return closed(self._sql, since)

    def answered_since(self, moment: datetime) -> list[Conversation]:
        return self._records("conversations", Ended(moment), Conversation)

    # -- the queue -----------------------------------------------------------------------------------------

    def order(self, scope: Scope, *, now: datetime, limit: int | None = None) -> list[str]:
        with self._sql.snapshot():
            if limit is not None and common_words.worthwhile(self._sql, scope, limit):
                queue = (cid for _, cid in self._keys(replace(scope, words=(), not_words=()), now))
                if (found := common_words.leafed(self._sql, queue, scope, limit)) is not None:
                    return found
            return [cid for _, cid in islice(self._keys(scope, now), limit)]

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

    def waiting_figures(self, now: datetime) -> WaitingFigures:
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
        with self._sql.snapshot():
            asked = [
                overdue_query(status.value, since.timestamp(), until.timestamp())
                for status in Status
                if status is not Status.SPAM
            ]
            return [row[0] for query in asked for row in self._sql.rows(*query)]

    def turns_at(self, now: datetime) -> datetime | None:
        with self._sql.snapshot():
            asked = (self._sql.row(*query) for query in turn_queries(now.timestamp()))
            moments = [row[0] for row in asked if row and row[0] is not None]
        return datetime.fromtimestamp(min(moments), UTC) if moments else None

    # -- messages, context, search ---------------------------------------------------------------------------

    def message(self, mid: str) -> Message | None:
        return self._record("messages", mid, Message)

    def messages(self, cid: str) -> list[Message]:
        return self._records("messages", Where("conversation", (cid,), "sent, length(id), id"), Message)

    def put_message(self, message: Message) -> Message:
        with self._joined():
            known = "SELECT seq FROM doc_messages WHERE id = ? AND conversation = ?"
            row = self._sql.row(known, (message.id, message.conversation))
            seq = row[0] if row else self._storage.next_number("messages")
            stored = replace(message, seq=seq)
            self._put("messages", stored.id, stored)
            self._touch(stored.conversation)
        return stored

    def first_received(self, account: str) -> datetime | None:
        oldest = "SELECT MIN(json_extract(doc, '$.received_at')) FROM doc_messages WHERE id >= ? AND id < ?"
        row = self._sql.row(oldest, (f"{account}:", f"{account};"))
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def context(self, ids: Iterable[str]) -> list[Context]:
        return list(self._read(Context, Rows(self._sql, "contexts").named(ids)))

    def put_context(self, context: Context) -> None:
        self._put("contexts", context.id, context)

    def threads_under(self, account: str, surface: Surface, parents: Sequence[str]) -> list[str]:
        sql = (
            "SELECT DISTINCT conversation FROM doc_messages WHERE conversation >= ? AND conversation < ? "
            "AND json_extract(doc, '$.reply_to') IN (SELECT value FROM json_each(?)) ORDER BY conversation"
        )
        first = f"{account}:{surface}:"
        return [row[0] for row in self._sql.rows(sql, (first, f"{first[:-1]};", json_list(parents)))]

    def context_under(self, account: str, root: str) -> list[Context]:
        contexts = self._records("contexts", Under(f"{account}:{root}"), Context)
        return sorted(
            contexts, key=lambda c: (c.sent_at is None, c.sent_at or datetime.min.replace(tzinfo=UTC), c.id)
        )

    def search(
        self,
        terms: Sequence[str],
        *,
        without: Sequence[str] = (),
        within: Scope | None = None,
        now: datetime | None = None,
        limit: int | None = 50,
    ) -> list[Message]:
        words, others = ([word for word in map(fold, some) if word] for some in (terms, without))
        if not words:
            return []
        with self._sql.snapshot():
            numbers = few(self._sql, "messages", words, others)
            cond = Containing(tuple(words), tuple(others), None if numbers is None else tuple(numbers))
            if within is None and numbers is None and limit is not None:
                asked = Scope(words=(tuple(words),), not_words=tuple(others))
                if common_words.worthwhile(self._sql, asked, limit):
                    newest = Rows(self._sql, "messages").stored(NEWEST_FIRST)
                    leafed = filter(cond, self._read(Message, islice(newest, limit * common_words.PAGES)))
                    if len(found := list(islice(leafed, limit))) == limit:
                        return found
            if within is None:
                return list(islice(self._found("messages", cond, Message), limit))
            assert now is not None
            if numbers is None and len(ids := self.order(within, now=now, limit=FEW + 1)) <= FEW:
                cond = replace(cond, conversations=tuple(ids))
            hits = self._found("messages", cond, Message)
            return list(islice(self._inside(hits, within, now), limit))

    def newest_with(self, terms: Sequence[str], cids: Sequence[str]) -> dict[str, str]:
        words = tuple(map(fold, terms))
        with self._sql.snapshot():
            newest = (self._read(common_words.Said, islice(self._newest_first(cid), NEAR)) for cid in cids)
            found = (next(filter(Containing(words), thread), None) for thread in newest)
            hits = [hit for hit in found if hit is not None]
            deeper = tuple(set(cids) - {hit.conversation for hit in hits})
            if deeper:
                indexed = indexing.indexed_to(self._sql, "messages") is None
                numbers = None if indexed else tuple(few(self._sql, "messages", words) or ())
                cond = Containing(words, numbers=numbers, conversations=deeper)
                hits += self._found("messages", cond, common_words.Said)
        return {hit.conversation: hit.text for hit in reversed(hits)}

    def _newest_first(self, cid: str) -> Iterator[tuple[str, bytes]]:
        order = "WHERE conversation = ? ORDER BY sent DESC, length(id) DESC, id DESC"
        return Rows(self._sql, "messages").stored(order, (cid,))

    def _inside(self, hits: Iterator[Message], scope: Scope, now: datetime) -> Iterator[Message]:
        more = narrowed(self._sql, scope, now)
        while batch := list(islice(hits, 256)):
            asked = (json_list({m.conversation for m in batch}),)
            numbers = numbered(self._sql, "SELECT value FROM json_each(?)", asked)
            inside = {cid for _, cid in self._keys_of(numbers, scope, more, now)}
            yield from (message for message in batch if message.conversation in inside)

    # -- drafts --------------------------------------------------------------------------------------------

    def draft(self, cid: str, agent: str) -> Draft | None:
        return self._record("drafts", schema.draft_id(cid, agent), Draft)

    def put_draft(self, draft: Draft) -> None:
        self._put("drafts", schema.draft_id(draft.conversation, draft.agent), draft)

    def delete_draft(self, cid: str, agent: str) -> None:
        self._db.table("drafts").remove(doc_ids=[schema.draft_id(cid, agent)])

    def drafted(self, cids: Sequence[str], agent: str) -> set[str]:
        rows = self._sql.rows("SELECT conversation FROM doc_drafts WHERE agent = ?", (agent,))
        return {row[0] for row in rows}.intersection(cids)

    # -- outbox --------------------------------------------------------------------------------------------

    def outbox_item(self, oid: str) -> OutboxItem | None:
        return self._record("outbox", oid, OutboxItem)

    def outbox_by_key(self, key: str) -> OutboxItem | None:
        return next(iter(self._records("outbox", Where("key", (key,)), OutboxItem)), None)

    def put_outbox(self, item: OutboxItem) -> None:
        with self._joined():
            other = self.outbox_by_key(item.key)
            if other is not None and other.id != item.id:
                raise Conflict(other, "This reply is in the outbox already.")
            self._put("outbox", item.id, item)
            self._touch(item.conversation)

    def outbox(
        self, *, conversation: str | None = None, phases: Iterable[str] | None = None
    ) -> list[OutboxItem]:
        in_phase = None if phases is None else Where("phase", tuple(map(str, phases)), "created, n")
        if conversation is not None:
            of = Where("conversation", (conversation,), "created, n")
            return self._records("outbox", of if in_phase is None else Both(of, in_phase), OutboxItem)
        if in_phase is not None:
            return self._records("outbox", in_phase, OutboxItem)
        everything = self._read(OutboxItem, Rows(self._sql, "outbox").stored("ORDER BY n"))
        return sorted(everything, key=lambda item: item.created_at)

    def outbox_by_remote(self, account: str, remote_id: str) -> OutboxItem | None:
        cond = Both(Where("account", (account,)), Where("remote_id", (remote_id,)))
        return next(iter(self._records("outbox", cond, OutboxItem)), None)

    # -- small things --------------------------------------------------------------------------------------

    def cursor(self, feed: str) -> dict[str, Any] | None:
        with self._sql.fitting():
            document = Rows(self._sql, "cursors").get(feed)
            return None if document is None else document["cursor"]

    def put_cursor(self, feed: str, cursor: Mapping[str, Any]) -> None:
        self._db.table("cursors").put(feed, {"cursor": dict(cursor)})

    def setting(self, key: str) -> Any:
        """None where nothing was put."""
        return self._settings.get(key)

    def put_setting(self, key: str, value: Any) -> None:
        self._settings.put(key, value)

    def log(self, event: Event) -> None:
        self._db.table("events").insert(schema.plain(event))

    def events(self, cid: str) -> list[Event]:
        """Oldest first, as they were logged."""
        return self._records("events", Where("conversation", (cid,)), Event)

    def quarantine(self, account: str, at: datetime, poison: Poison) -> None:
        raw = poison.raw[:RAW].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        table = self._db.table("quarantine")
        with self._joined():
            table.insert({"account": account, "at": at.isoformat(), "raw": raw, "reason": poison.reason})
            excess = self.quarantined(account) - QUARANTINED
            if excess > 0:
                sql = "SELECT id FROM doc_quarantine WHERE account = ? ORDER BY n LIMIT ?"
                table.remove(doc_ids=[int(row[0]) for row in self._sql.rows(sql, (account, excess))])

    def quarantined(self, account: str) -> int:
        row = self._sql.row("SELECT COUNT(*) FROM doc_quarantine WHERE account = ?", (account,))
        return int(row[0]) if row else 0

    # -- living together -----------------------------------------------------------------------------------

    def changed(self) -> bool:
        return self._pulse() != self._seen

    def changes(self, since: int | None) -> tuple[int, set[str]]:
        # The pulse first: what is committed between the two is found now, and looked for once more.
        self._seen = self._pulse()
        if since is None:
            return self._newest_change(), set()
        rows = list(self._sql.rows("SELECT n, conversation FROM touched WHERE n > ? ORDER BY n", (since,)))
        return (rows[-1][0] if rows else self._newest_change()), {conversation for _, conversation in rows}

    def _newest_change(self) -> int:
        row = self._sql.row("SELECT MAX(n) FROM touched")
        return int(row[0] or 0) if row else 0

    def _pulse(self) -> tuple[int, int]:
        row = self._sql.row("PRAGMA data_version")
        return (int(row[0]) if row else 0, self._sql.commits)

    def _touch(self, cid: str) -> None:
        """Once a transaction: nobody sees it before the end of it."""
        transaction = (self._sql.commits, self._sql.rollbacks)
        if self._touching != transaction:
            self._touching, self._touched = transaction, set()
        if cid not in self._touched:
            self._touched.add(cid)
            self._sql.run("INSERT OR REPLACE INTO touched (conversation) VALUES (?)", (cid,))

    @contextmanager
    def lease(self, name: str) -> Iterator[bool]:
        lease = Lease(self.folder / f"lease-{name}.lock", self._sql.alone)
        with lease.held() as mine, self._sql.fenced(lease.fence if mine else None):
            yield mine

    # -- care ----------------------------------------------------------------------------------------------

    def backup_due(self) -> bool:
        """Is the newest backup older than a day?"""
        return backup.due(self.folder)

    def backup(self) -> str:
        """Write one, read it back, keep the newest seven; returns its path."""
        return str(backup.write(self._storage, self.folder))

    def backup_when_due(self) -> str | None:
        """The same where none was written for a day; None where another inbox was quicker."""
        if not self.backup_due():
            return None
        written = backup.write(self._storage, self.folder, only_if_due=True)
        return None if written is None else str(written)

    # -- forgetting ----------------------------------------------------------------------------------------

    def drafts(self, cid: str) -> list[Draft]:
        """Of every agent."""
        return self._records("drafts", Where("conversation", (cid,)), Draft)

    def written_by(self, account: str, remote_id: str) -> tuple[list[Message], list[Context]]:
        cond = WrittenBy(account, remote_id)
        return self._records("messages", cond, Message), self._records("contexts", cond, Context)

    def set_aside(self, account: str) -> dict[int, dict[str, Any]]:
        """Items that could not be read, by number: `account`, `at`, `raw`, `reason`."""
        found = self._db.table("quarantine").search(Where("account", (account,)))
        return {document.doc_id: dict(document) for document in found}

    def drop_set_aside(self, numbers: Iterable[int]) -> None:
        self._db.table("quarantine").remove(doc_ids=list(numbers))

    def forget(self, cids: Sequence[str]) -> None:
        """Remove conversations with everything that hangs on them. Backups keep them until they roll over."""
        with self._joined():
            for table in ("messages", "drafts", "outbox", "events"):
                self._db.table(table).remove(Where("conversation", tuple(cids)))
            self._db.table("conversations").remove(doc_ids=cids)
            for cid in cids:
                self._touch(cid)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else has the store open. Raises StoreError where somebody has."""
        if not self._use.attempt():
            raise StoreError("Another inbox has the store open (a screen, `inbox sync`). Close it first.")
        try:
            yield
        finally:
            self._use.attempt(shared=True)

    def others_at_work(self) -> bool:
        """Whether another handle, in this process or in another one, has the store open."""
        alone = self._use.attempt()
        if alone:
            self._use.attempt(shared=True)
        return not alone

    def index_more(self) -> bool:
        return any(self._storage.index_more(table) for table in schema.SEARCHED)

    def scrub(self) -> None:
        """Let nothing that was removed be left on the disk: index, log, freed pages, backups, files set aside.

        Call it inside `alone`.
        """
        with self._storage.transaction():
            self._sql.run("DELETE FROM touched WHERE conversation NOT IN (SELECT id FROM doc_conversations)")
            # Until SQLite 3.42 deleting leaves the words in the index; merging all of it drops them.
            for table in schema.SEARCHED:
                self._sql.run(f"INSERT INTO text_{table} (text_{table}) VALUES ('optimize')")
        self._sql.checkpoint()
        kept = backup.write(self._storage, self.folder)
        for old in backups(self.folder):
            if old != kept:
                old.unlink(missing_ok=True)
        sync_folder(self.folder / BACKUPS)
        for aside in (*self.folder.glob("damaged-*"), *self.folder.glob("replaced-*")):
            shutil.rmtree(aside)
        sync_folder(self.folder)

    def health(self) -> Health:
        try:
            found = list(integrity.findings(self._sql.rows))
        except Damaged as error:
            found = [str(error)]
        path = self.folder / NAME
        newest = next((b.name for b in backups(self.folder)), "none yet")
        facts = {
            "file": str(path),
            "size": f"{path.stat().st_size / 1e6:.1f} MB",
            "conversations": str(len(self._db.table("conversations"))),
            "messages": str(len(self._db.table("messages"))),
            "sqlite": sqlite3.sqlite_version,
            "newest backup": newest,
        }
        return store_ports.Health(ok=not found, findings=found, facts=facts)

    # -- documents and records -----------------------------------------------------------------------------

    def _joined(self) -> AbstractContextManager[None]:
        """A transaction of its own, or part of the one that is open."""
        return self._sql.transaction(savepoint=False)

    def _put(self, table: str, doc_id: str, record: object) -> None:
        self._db.table(table).put(doc_id, schema.plain(record))

    def _record(self, table: str, doc_id: str, kind: type[_Record]) -> _Record | None:
        found = self._read(kind, Rows(self._sql, table).stored("WHERE id = ?", (doc_id,)))
        return next(found, None)

    def _records(self, table: str, cond: _Condition, kind: type[_Record]) -> list[_Record]:
        return list(self._found(table, cond, kind))

    def _found(self, table: str, cond: _Condition, kind: type[_Record]) -> Iterator[_Record]:
        return filter(cond, self._read(kind, Rows(self._sql, table).stored(*cond.sql())))

    def _read(self, kind: type[_Record], stored: Iterable[tuple[str, bytes]]) -> Iterator[_Record]:
        """Records made from the stored bytes at once: by way of a dict they cost twice as much."""
        decode = None
        for _, doc in stored:
            if decode is None:  # not before there is a record: the first decoder of a kind takes 0.5 ms
                decode = msgspec.json.Decoder(kind).decode
            try:
                record = decode(doc)
            except msgspec.MsgspecError as error:  # a whole page of another table has right checksums
                raise self._sql.damaged(
                    f"A stored document is none of its table ({kind.__name__}). Close every inbox and open it again: the "
                    "store is then looked at, and restored from the newest backup if it is damaged."
                ) from error
            yield record
