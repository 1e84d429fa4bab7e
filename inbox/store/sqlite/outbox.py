"""The outbox and the drafts in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inbox.domain.model import Draft
from inbox.domain.outbox import OutboxItem
from inbox.errors import Conflict
from inbox.store.sqlite import schema
from inbox.store.sqlite.conditions import Both, Where
from inbox.store.sqlite.documents import Rows
from inbox.store.sqlite.handle import Condition, Handle


class SqliteOutbox:
    """Implements `ports.store.Outbox`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._sql = handle.sql

    def get(self, oid: str) -> OutboxItem | None:
        """Read one item by its id; None if there is none."""
        return self._handle.record("outbox", oid, OutboxItem)

    def by_key(self, key: str) -> OutboxItem | None:
        """Read the item of an idempotency key, which is unique."""
        return self._first(Where("key", (key,)))

    def by_remote_id(self, account: str, remote_id: str) -> OutboxItem | None:
        """Read the item of a platform's id by its index."""
        return self._first(Both(Where("account", (account,)), Where("remote_id", (remote_id,))))

    def _first(self, condition: Condition) -> OutboxItem | None:
        return next(iter(self._handle.records("outbox", condition, OutboxItem)), None)

    def put(self, item: OutboxItem) -> None:
        """Write an item, after a look for another one with its key in the same transaction. Raises Conflict."""
        with self._handle.joined():
            other = self.by_key(item.key)
            if other is not None and other.id != item.id:
                raise Conflict(other, "This reply is in the outbox already.")
            self._handle.put("outbox", item.id, item)
            self._handle.touch(item.conversation)

    def items(
        self, *, conversation: str | None = None, phases: Iterable[str] | None = None
    ) -> list[OutboxItem]:
        """Read items by the index of their conversation or phase; all of them without either."""
        in_phase = None if phases is None else Where("phase", tuple(map(str, phases)), "created, n")
        if conversation is not None:
            of = Where("conversation", (conversation,), "created, n")
            return self._handle.records("outbox", of if in_phase is None else Both(of, in_phase), OutboxItem)
        if in_phase is not None:
            return self._handle.records("outbox", in_phase, OutboxItem)
        everything = self._handle.read(OutboxItem, Rows(self._sql, "outbox").stored("ORDER BY n"))
        return sorted(everything, key=lambda item: item.created_at)

    # -- drafts --------------------------------------------------------------------------------------------

    def draft(self, cid: str, agent: str) -> Draft | None:
        """Read the draft of an agent by its id, which is made of both."""
        return self._handle.record("drafts", schema.draft_id(cid, agent), Draft)

    def put_draft(self, draft: Draft) -> None:
        """Write the one draft of its agent in its conversation."""
        self._handle.put("drafts", schema.draft_id(draft.conversation, draft.agent), draft)

    def delete_draft(self, cid: str, agent: str) -> None:
        """Remove a draft; does nothing without one."""
        self._handle.db.table("drafts").remove(doc_ids=[schema.draft_id(cid, agent)])

    def drafts(self, cid: str) -> list[Draft]:
        """Read the drafts of a conversation by their index."""
        return self._handle.records("drafts", Where("conversation", (cid,)), Draft)

    def drafts_of(self, agent: str) -> list[Draft]:
        return self._handle.records("drafts", Where("agent", (agent,)), Draft)

    def drafted(self, cids: Sequence[str], agent: str) -> set[str]:
        """Read the conversations of all drafts of an agent, of which there are few, from the index."""
        rows = self._sql.rows("SELECT conversation FROM doc_drafts WHERE agent = ?", (agent,))
        return {row[0] for row in rows}.intersection(cids)
