"""Messages and context in SQLite, and search by the full text beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from inbox.domain.fold import fold
from inbox.domain.model import Context, Message, Surface
from inbox.domain.queue import Scope
from inbox.domain.records import replace
from inbox.store.sqlite import common_words, indexing
from inbox.store.sqlite.conditions import Containing, Under, Where, WrittenBy, json_list
from inbox.store.sqlite.conversations import SqliteConversations
from inbox.store.sqlite.documents import Rows
from inbox.store.sqlite.filter_words import FEW, few
from inbox.store.sqlite.handle import Handle

NEWEST_FIRST = "ORDER BY sent DESC, length(id) DESC, id DESC"
NEWEST_OF_ALL = "INDEXED BY doc_messages_newest ORDER BY sent DESC, length(id) DESC, id DESC"

NEAR = 20
"""Messages of a thread that are read to find a word before the full text is asked."""


class SqliteMessages:
    """Implements `ports.store.Messages`. `conversations` says which of them a scope holds."""

    def __init__(self, handle: Handle, conversations: SqliteConversations) -> None:
        self._handle = handle
        self._sql = handle.sql
        self._conversations = conversations

    def get(self, mid: str) -> Message | None:
        """Read one message by its id; None if there is none."""
        return self._handle.record("messages", mid, Message)

    def of_conversation(self, cid: str) -> list[Message]:
        """Read the messages of a conversation by their index, and sort them as `lifecycle.when` does."""
        return self._handle.records(
            "messages", Where("conversation", (cid,), "sent, length(id), id"), Message
        )

    def put(self, message: Message) -> Message:
        """Write a message, a new one with the next `seq`, and note the change."""
        with self._handle.joined():
            known = "SELECT seq FROM doc_messages WHERE id = ? AND conversation = ?"
            row = self._sql.row(known, (message.id, message.conversation))
            seq = row[0] if row else self._handle.storage.next_number("messages")
            stored = replace(message, seq=seq)
            self._handle.put("messages", stored.id, stored)
            self._handle.touch(stored.conversation)
        return stored

    def sent_since(self, moment: datetime, *, until: datetime | None = None, after: int = 0) -> list[Message]:
        latest = math.inf if until is None else until.timestamp()
        stored = Rows(self._sql, "messages").stored(
            "INDEXED BY doc_messages_newest WHERE sent >= ? AND sent < ? AND seq > ? "
            "ORDER BY sent, length(id), id",
            (moment.timestamp(), latest, after),
        )
        return list(self._handle.read(Message, stored))

    def newest_seq(self) -> int:
        row = self._sql.row("SELECT MAX(seq) FROM doc_messages INDEXED BY doc_messages_newest")
        return int(row[0]) if row and row[0] else 0

    def first_received(self, account: str) -> datetime | None:
        """Read all messages of the account, as no index has when they were received."""
        oldest = "SELECT MIN(json_extract(doc, '$.received_at')) FROM doc_messages WHERE id >= ? AND id < ?"
        row = self._sql.row(oldest, (f"{account}:", f"{account};"))
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def written_by(self, account: str, remote_id: str) -> tuple[list[Message], list[Context]]:
        """Read everything of the account: rare, and no index is worth its writes."""
        by_them = WrittenBy(account, remote_id)
        return (
            self._handle.records("messages", by_them, Message),
            self._handle.records("contexts", by_them, Context),
        )

    # -- context -------------------------------------------------------------------------------------------

    def context(self, ids: Iterable[str]) -> list[Context]:
        """Read posts around messages by their ids."""
        return list(self._handle.read(Context, Rows(self._sql, "contexts").named(ids)))

    def put_context(self, context: Context) -> None:
        """Write one post around messages."""
        self._handle.put("contexts", context.id, context)

    def context_under(self, account: str, root: str) -> list[Context]:
        """Read the posts of a thread by their index, oldest first."""
        contexts = self._handle.records("contexts", Under(f"{account}:{root}"), Context)
        return sorted(
            contexts, key=lambda c: (c.sent_at is None, c.sent_at or datetime.min.replace(tzinfo=UTC), c.id)
        )

    def threads_under(self, account: str, surface: Surface, parents: Sequence[str]) -> list[str]:
        """Read all messages of the surface, as no index has what they answer."""
        sql = (
            "SELECT DISTINCT conversation FROM doc_messages WHERE conversation >= ? AND conversation < ? "
            "AND json_extract(doc, '$.reply_to') IN (SELECT value FROM json_each(?)) ORDER BY conversation"
        )
        first = f"{account}:{surface}:"
        return [row[0] for row in self._sql.rows(sql, (first, f"{first[:-1]};", json_list(parents)))]

    # -- search --------------------------------------------------------------------------------------------

    def search(
        self,
        terms: Sequence[str],
        *,
        without: Sequence[str] = (),
        within: Scope | None = None,
        now: datetime | None = None,
        limit: int | None = 50,
    ) -> list[Message]:
        """Ask the full text; where the terms are too common for it, read the newest messages instead."""
        words, others = (tuple(word for word in map(fold, some) if word) for some in (terms, without))
        if not words:
            return []
        with self._sql.snapshot():
            numbers = few(self._sql, "messages", words, others)
            wanted = Containing(words, others, None if numbers is None else tuple(numbers))
            if within is None and numbers is None and limit is not None:  # noqa: SIM102
                if (leafed := self._leafed(wanted, words, others, limit)) is not None:
                    return leafed
            if within is None:
                return list(islice(self._handle.found("messages", wanted, Message), limit))
            assert now is not None
            if (
                numbers is None
                and len(ids := self._conversations.order(within, now=now, limit=FEW + 1)) <= FEW
            ):
                wanted = replace(wanted, conversations=tuple(ids))
            hits = self._handle.found("messages", wanted, Message)
            return list(islice(self._inside(hits, within, now), limit))

    def _leafed(
        self, wanted: Containing, words: tuple[str, ...], others: tuple[str, ...], limit: int
    ) -> list[Message] | None:
        """Find common words by reading the newest messages; None where they are not found soon."""
        if not common_words.worthwhile(self._sql, Scope(words=(words,), not_words=others), limit):
            return None
        newest = Rows(self._sql, "messages").stored(NEWEST_OF_ALL)
        pages = self._handle.read(Message, islice(newest, limit * common_words.PAGES))
        found = list(islice(filter(wanted, pages), limit))
        return found if len(found) == limit else None

    def _inside(self, hits: Iterator[Message], scope: Scope, now: datetime) -> Iterator[Message]:
        choose = self._conversations.chooser(scope, now)
        while batch := list(islice(hits, 256)):
            inside = choose({message.conversation for message in batch})
            yield from (message for message in batch if message.conversation in inside)

    def newest_with(self, terms: Sequence[str], cids: Sequence[str]) -> dict[str, str]:
        """Read the newest messages of each conversation, then ask the full text for those where none of them has the
        terms."""
        words = tuple(map(fold, terms))
        with self._sql.snapshot():
            newest = (
                self._handle.read(common_words.Said, islice(self._newest_first(cid), NEAR)) for cid in cids
            )
            found = (next(filter(Containing(words), thread), None) for thread in newest)
            hits = [hit for hit in found if hit is not None]
            deeper = tuple(set(cids) - {hit.conversation for hit in hits})
            if deeper:
                indexed = indexing.indexed_to(self._sql, "messages") is None
                numbers = None if indexed else tuple(few(self._sql, "messages", words) or ())
                wanted = Containing(words, numbers=numbers, conversations=deeper)
                hits += self._handle.found("messages", wanted, common_words.Said)
        return {hit.conversation: hit.text for hit in reversed(hits)}

    def _newest_first(self, cid: str) -> Iterator[tuple[str, bytes]]:
        return Rows(self._sql, "messages").stored(f"WHERE conversation = ? {NEWEST_FIRST}", (cid,))
