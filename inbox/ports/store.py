"""What the engine needs of a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from inbox.domain.records import Record

if TYPE_CHECKING:
    from inbox.domain.statistics import Automatic, Closed, PassedOn, Wait
    from inbox.ports.platform import Poison

from inbox.domain.model import (
    Context,
    Conversation,
    Draft,
    Event,
    Message,
    Surface,
)
from inbox.domain.outbox import OutboxItem
from inbox.domain.queue import Scope


class Health(Record, kw_only=True):
    ok: bool
    findings: Sequence[str]
    facts: Mapping[str, str]


class WaitingFigures(Record, kw_only=True):
    """How many open conversations wait, how many of them are past their due time, since when the first."""

    waiting: int
    breached: int
    oldest: datetime | None


class Store(Protocol):
    """Documents, durable when a call returns (or when the outermost `transaction` ends).

    One handle belongs to one thread; several handles and several processes may work on one store. The rules
    live in the engine: a use case opens a transaction, loads, applies a rule and puts back.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing over every document kind. Nestable: the outermost one commits. Takes the write lock
        at once, so what is read inside cannot change before it is put back."""

    # conversations; every put bumps `version` and the change number
    def conversation(self, cid: str) -> Conversation | None: ...
    def conversations(self, cids: Sequence[str]) -> list[Conversation]:
        """In the order asked; unknown ids are left out."""

    def put_conversation(self, conversation: Conversation) -> Conversation:
        """Returns it with its new version."""

    def delete_conversation(self, cid: str) -> None:
        """Forget a head (its messages have gone elsewhere or are erased)."""

    def order(self, scope: Scope, *, now: datetime, limit: int | None = None) -> list[str]:
        """Conversation ids in queue order (BEHAVIOUR.md#queue): waiting ones by effective deadline, then the
        rest by newest message, ties by id. Uses an index; never reads documents it does not need."""

    def counts(self, scopes: Mapping[str, Scope], *, now: datetime) -> dict[str, int]:
        """How many conversations each scope holds; one with words or tests is counted up to `MANY` + 1."""

    def waiting_figures(self, now: datetime) -> WaitingFigures: ...
    def turns_at(self, now: datetime) -> datetime | None:
        """When order, counts or figures are next others though nobody writes: a snooze ends, a deadline or a reply
        window passes."""

    def automatic(self, since: datetime) -> Iterable[Automatic]:
        """Messages of ours since then that no person wrote."""
        ...

    def closed(self, since: datetime) -> Iterable[Closed]:
        """Matters that an agent resolved at or after `since`."""
        ...

    def overdue(self, since: datetime, until: datetime) -> list[str]:
        """Ids of waiting conversations whose answer became overdue after `since` and by `until`."""
        ...

    def answered_since(self, moment: datetime) -> list[Conversation]:
        """Conversations with a wait that ended at or after `moment`."""

    # what the statistics count: waits that ended at or after `since` and those that run, and replies since then
    def waits(self, since: datetime) -> Iterable[Wait]: ...
    def passed_on(self, since: datetime) -> Iterable[PassedOn]: ...

    def of_contact(self, platform: str, remote_id: str) -> list[str]:
        """Ids of all conversations with one person."""

    # messages and context
    def message(self, mid: str) -> Message | None: ...
    def messages(self, cid: str) -> list[Message]:
        """Of one conversation, in the order of `lifecycle.when`."""

    def put_message(self, message: Message) -> Message:
        """Insert or replace by `id`. A message new to its conversation gets the next `seq`; a known one keeps the
        `seq` it has."""

    def first_received(self, account: str) -> datetime | None:
        """When the oldest of an account's messages was read; None without any. Reads all of them."""

    def context(self, ids: Iterable[str]) -> list[Context]: ...
    def put_context(self, context: Context) -> None: ...
    def threads_under(self, account: str, surface: Surface, parents: Sequence[str]) -> list[str]:
        """Ids of conversations of a surface with a message that answers one of these keys. Reads all messages of
        the surface."""

    def context_under(self, account: str, root: str) -> list[Context]:
        """All context of one public thread, by time."""

    def search(
        self,
        terms: Sequence[str],
        *,
        without: Sequence[str] = (),
        within: Scope | None = None,
        now: datetime | None = None,
        limit: int | None = 50,
    ) -> list[Message]:
        """Messages that contain every folded term (substring) and none of `without`, newest first; only of
        conversations that are `within` a scope at `now`. Terms under three characters match word beginnings."""

    def newest_with(self, terms: Sequence[str], cids: Sequence[str]) -> dict[str, str]:
        """By conversation, of these, the newest text that contains every term."""

    # drafts
    def draft(self, cid: str, agent: str) -> Draft | None: ...
    def put_draft(self, draft: Draft) -> None: ...
    def delete_draft(self, cid: str, agent: str) -> None: ...
    def drafted(self, cids: Sequence[str], agent: str) -> set[str]:
        """Which of these conversations have a draft of this agent."""

    # outbox
    def outbox_item(self, oid: str) -> OutboxItem | None: ...
    def outbox_by_key(self, key: str) -> OutboxItem | None: ...
    def put_outbox(self, item: OutboxItem) -> None:
        """Insert or replace by `id`; raises Conflict when another item has the same key. Counts as a change
        of its conversation."""

    def outbox(
        self, *, conversation: str | None = None, phases: Iterable[str] | None = None
    ) -> list[OutboxItem]:
        """Oldest first."""

    def outbox_by_remote(self, account: str, remote_id: str) -> OutboxItem | None: ...

    # small things
    def cursor(self, feed: str) -> dict[str, Any] | None: ...
    def put_cursor(self, feed: str, cursor: Mapping[str, Any]) -> None: ...
    def setting(self, key: str) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None:
        """None lets go of it, key and all."""

    def log(self, event: Event) -> None: ...
    def events(self, cid: str) -> list[Event]: ...
    def quarantine(self, account: str, at: datetime, poison: Poison) -> None:
        """Bounded: the oldest go when there are too many."""

    def quarantined(self, account: str) -> int: ...

    # forgetting
    def drafts(self, cid: str) -> list[Draft]:
        """Of every agent."""

    def written_by(self, account: str, remote_id: str) -> tuple[list[Message], list[Context]]:
        """Messages and context of a person in one account, wherever they stand. Reads everything."""

    def set_aside(self, account: str) -> dict[int, dict[str, Any]]:
        """Items in quarantine by number: `account`, `at`, `raw`, `reason`."""

    def drop_set_aside(self, numbers: Iterable[int]) -> None: ...
    def forget(self, cids: Sequence[str]) -> None:
        """Remove conversations with everything that hangs on them. Backups keep them until they roll over."""

    def alone(self) -> AbstractContextManager[None]:
        """While nobody else has the store open. Raises StoreError where somebody has."""

    def scrub(self) -> None:
        """Let nothing that was removed be left on the disk, backups included. Call it inside `alone`."""

    # living together
    def changed(self) -> bool:
        """Has anybody written since the last call of `changes`? Costs microseconds."""

    def changes(self, since: int | None) -> tuple[int, set[str]]:
        """The newest change number and the conversations touched after `since` (None: only the number)."""

    def lease(self, name: str) -> AbstractContextManager[bool]:
        """True for exactly one holder on all processes until it leaves or dies; False for the others."""

    def backup_due(self) -> bool:
        """Whether the newest backup is older than a day."""

    def backup(self) -> str:
        """Make one, outside any transaction; returns its name."""

    def backup_when_due(self) -> str | None:
        """Write one where none was written for a day; None where none was due, also as another process was quicker.
        Raises StoreError."""
        ...

    def index_more(self) -> bool:
        """Go on with what search lacks after an update, for some 50 ms, outside any transaction; False: nothing is left."""

    def health(self) -> Health: ...
    def close(self) -> None: ...
