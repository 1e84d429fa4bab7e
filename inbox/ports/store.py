"""The store as the engine sees it: six small ports, and `Store`, which holds them and opens transactions.

A store keeps records (`inbox.domain`) by id. Any database will do as long as it keeps what these docstrings and the
contract suite (`tests/contract/test_store_contract.py`) say:

- What a call has written is durable when it returns, or when the outermost `Store.transaction` ends.
- Reads see the writes of their own transaction. Outside one, each call sees one moment of the store.
- Everything raises `StoreError` (with what the agent can do) where the store cannot answer, and one of its kinds where
  that matters: `Damaged` (the data cannot be trusted), `StoreFull`, `StoreBusy` (another process has held the write lock
  too long), `LeaseLost` (this process may no longer write). A failed call or transaction has changed nothing.
- Unknown ids are no error: a lookup returns None, a list leaves them out, a removal does nothing.
- Datetimes are aware and in UTC. Text never holds half a surrogate pair: it is replaced before it is written.
- Costs are stated where a caller might expect less; everything else reads a handful of rows by index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from inbox.domain.records import Record

if TYPE_CHECKING:
    from inbox.domain.model import Context, Conversation, Draft, Event, Message, Surface
    from inbox.domain.outbox import OutboxItem
    from inbox.domain.queue import Scope
    from inbox.domain.statistics import Automatic, Closed, PassedOn, Wait
    from inbox.ports.platform import Poison


class Health(Record, kw_only=True):
    """What an examination of the store has found."""

    ok: bool
    findings: Sequence[str]
    """Sentences in English, one per fault; empty if `ok`."""
    facts: Mapping[str, str]
    """Facts to show by name, such as `size`, `conversations`, `messages`, `newest backup`."""


class WaitingFigures(Record, kw_only=True):
    """Figures about open conversations that wait for an answer."""

    waiting: int
    breached: int
    """How many of them are past their due time."""
    oldest: datetime | None
    """Since when the first of them has waited; None if none waits."""


class Conversations(Protocol):
    """Heads of conversations by id, the order of the queue, and what the statistics count.

    Each put or removal counts as a change of its conversation (see `Changes.since`).
    """

    def get(self, cid: str) -> Conversation | None: ...

    def get_many(self, cids: Sequence[str]) -> list[Conversation]:
        """Return those of `cids` that exist, in the order asked."""
        ...

    def put(self, conversation: Conversation) -> Conversation:
        """Insert or replace by `id`; returns it with its new `version`, which is the stored one plus 1."""
        ...

    def languages(self) -> dict[str, str]:
        """Return by account the code of the language most of its customers write; no entry where none is known."""
        ...

    def delete(self, cid: str) -> None:
        """Remove the head alone. Its messages stay: they have moved to another conversation, or are removed next."""
        ...

    def order(self, scope: Scope, *, now: datetime, limit: int | None = None) -> list[str]:
        """Return the ids within a scope in queue order (BEHAVIOUR.md#queue), at most `limit`.

        First those that wait, by effective deadline (of the response target and the reply window the sooner one that
        has not passed); then the rest, newest message first. Ties go by id. The cost grows with `limit`, not
        with the size of the store, except for rare words: no document is read that is not needed.
        """
        ...

    def counts(self, scopes: Mapping[str, Scope], *, now: datetime) -> dict[str, int]:
        """Count the conversations within each scope, by its name here.

        All counts are of one moment. A scope with words or tests is counted up to `domain.queue.MANY` + 1; the others
        must cost next to nothing, as they are counted with every change.
        """
        ...

    def waiting_figures(self, now: datetime) -> WaitingFigures:
        """Count those that wait at `now`, by index."""
        ...

    def turns_at(self, now: datetime) -> datetime | None:
        """Return when order or counts next change without a write: a snooze ends, a deadline or a reply window passes.

        None if nothing is due. Never later than the true moment; sooner only costs a refresh.
        """
        ...

    def overdue(self, since: datetime, until: datetime) -> list[str]:
        """Return the ids of waiting conversations that became overdue after `since` and by `until`."""
        ...

    def answered_since(self, moment: datetime) -> list[Conversation]:
        """Return the conversations with a wait that ended at or after `moment`, in any order."""
        ...

    def of_contact(self, platform: str, remote_id: str) -> list[str]:
        """Return the ids of all conversations with one person, over all accounts of a platform, sorted."""
        ...

    def waits(self, since: datetime) -> Iterable[Wait]:
        """Yield waits that ended at or after `since`, and all that still run. Reads one row for each."""
        ...

    def passed_on(self, since: datetime) -> Iterable[PassedOn]:
        """Yield replies sent at or after `since` that only pass people on to another channel."""
        ...

    def automatic(self, since: datetime) -> Iterable[Automatic]:
        """Yield messages of ours at or after `since` that no person wrote."""
        ...

    def closed(self, since: datetime) -> Iterable[Closed]:
        """Yield matters that an agent resolved at or after `since`."""
        ...


class Messages(Protocol):
    """Messages of conversations, the posts around them (context), and search in the text of messages."""

    def get(self, mid: str) -> Message | None: ...

    def of_conversation(self, cid: str) -> list[Message]:
        """Return all messages of one conversation, oldest first (the order of `lifecycle.when`)."""
        ...

    def put(self, message: Message) -> Message:
        """Insert or replace by `id`; returns it as stored. Counts as a change of its conversation.

        A message that is new to its conversation gets the next `seq` of the store; a known one keeps the `seq` it has.
        """
        ...

    def sent_since(self, moment: datetime, *, until: datetime | None = None, after: int = 0) -> list[Message]:
        """Return messages of all accounts that were sent at or after `moment` and before `until`, oldest first.

        `after`: only those that the store held later than the one with this `seq`.
        """
        ...

    def newest_seq(self) -> int:
        """Return the `seq` of the message that the store came to hold last; 0 without any."""
        ...

    def first_received(self, account: str) -> datetime | None:
        """Return when the oldest message of an account was read; None without any. Reads all of its messages."""
        ...

    def context(self, ids: Iterable[str]) -> list[Context]:
        """Return those of the posts that exist, in the order asked."""
        ...

    def put_context(self, context: Context) -> None:
        """Insert or replace by `id`."""
        ...

    def context_under(self, account: str, root: str) -> list[Context]:
        """Return all context of one public thread, oldest first; posts without a time come last."""
        ...

    def threads_under(self, account: str, surface: Surface, parents: Sequence[str]) -> list[str]:
        """Return the sorted ids of conversations of a surface with a message that answers one of these keys.

        Reads all messages of the surface.
        """
        ...

    def search(
        self,
        terms: Sequence[str],
        *,
        without: Sequence[str] = (),
        within: Scope | None = None,
        now: datetime | None = None,
        limit: int | None = 50,
    ) -> list[Message]:
        """Return messages that contain every term and none of `without`, newest first.

        Terms are folded (`domain.fold`) and match any part of a word; those under three characters match the beginning
        of words. Without a term that is left after folding nothing is found. `within`: only conversations within this
        scope at `now`, which must then be given. `limit` None: all.
        """
        ...

    def newest_with(self, terms: Sequence[str], cids: Sequence[str]) -> dict[str, str]:
        """Return the newest text that contains every term, by conversation; those of `cids` without one are left out."""
        ...

    def written_by(self, account: str, remote_id: str) -> tuple[list[Message], list[Context]]:
        """Return what a person has written in one account, in any conversation. Reads everything."""
        ...


class Outbox(Protocol):
    """Replies on their way, and drafts: what agents write before it is a message."""

    def get(self, oid: str) -> OutboxItem | None: ...

    def by_key(self, key: str) -> OutboxItem | None:
        """Return the item that was queued under an idempotency key."""
        ...

    def by_remote_id(self, account: str, remote_id: str) -> OutboxItem | None:
        """Return the item that an account's platform has taken under this id."""
        ...

    def put(self, item: OutboxItem) -> None:
        """Insert or replace by `id`. Counts as a change of its conversation.

        Raises Conflict (with the other item) if another one has the same key.
        """
        ...

    def items(
        self, *, conversation: str | None = None, phases: Iterable[str] | None = None
    ) -> list[OutboxItem]:
        """Return items, oldest first: of one conversation, or in some phases, or both; else all."""
        ...

    def draft(self, cid: str, agent: str) -> Draft | None:
        """Return what an agent has begun to write in a conversation."""
        ...

    def put_draft(self, draft: Draft) -> None:
        """Insert or replace the one draft of its agent in its conversation."""
        ...

    def delete_draft(self, cid: str, agent: str) -> None: ...

    def drafts(self, cid: str) -> list[Draft]:
        """Return the drafts of every agent in a conversation."""
        ...

    def drafts_of(self, agent: str) -> list[Draft]:
        """Return every draft of an agent, in no order."""
        ...

    def drafted(self, cids: Sequence[str], agent: str) -> set[str]:
        """Return those of `cids` in which an agent has a draft."""
        ...


class SmallThings(Protocol):
    """Cursors of feeds, settings, the log of events, and what could not be read (quarantine)."""

    def cursor(self, feed: str) -> dict[str, Any] | None:
        """Return how far a feed has been read: JSON values as its adapter put them; None before the first page."""
        ...

    def put_cursor(self, feed: str, cursor: Mapping[str, Any]) -> None: ...

    def setting(self, key: str) -> Any:
        """Return the JSON value of a setting; None if there is none. Most keys have the form `kind:of what`.

        Must be cheap for kinds of which the store holds nothing: a page of messages asks for several per message.
        """
        ...

    def settings(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return the JSON values of those of `keys` that are there."""
        ...

    def put_setting(self, key: str, value: Any) -> None:
        """Insert or replace a JSON value; None removes the key."""
        ...

    def log(self, event: Event) -> None:
        """Append an event."""
        ...

    def events(self, cid: str) -> list[Event]:
        """Return the events of a conversation in the order they were logged."""
        ...

    def quarantine(self, account: str, at: datetime, poison: Poison) -> None:
        """Keep an item that could not be read. Bounded per account and per item: the oldest and the longest give way."""
        ...

    def quarantined(self, account: str) -> int:
        """Count the items of an account in quarantine."""
        ...

    def set_aside(self, account: str) -> dict[int, dict[str, Any]]:
        """Return the items of an account in quarantine by number: `account`, `at` (ISO 8601), `raw`, `reason`."""
        ...

    def drop_set_aside(self, numbers: Iterable[int]) -> None:
        """Remove items from quarantine by number."""
        ...


class Changes(Protocol):
    """What has been written, by any process, for whoever shows it. Belongs to one handle."""

    def pending(self) -> bool:
        """Return whether anybody has committed since the last call of `since`. Costs microseconds; may be true in vain,
        never false in vain."""
        ...

    def since(self, number: int | None) -> tuple[int, set[str]]:
        """Return the newest change number, and the ids of conversations changed after `number`; None: no ids.

        Numbers only grow. What is committed while this reads is returned now or by the next call, never lost.
        """
        ...


class Upkeep(Protocol):
    """What keeps the store well: the lease, erasure, backups, the index of the search, examination."""

    def lease(self, name: str) -> AbstractContextManager[bool]:
        """Yield True for exactly one holder among all processes, False for the others.

        Held until it leaves or dies. While it is held each transaction of this handle raises LeaseLost if another
        process has taken over, as this one stood still for too long.
        """
        ...

    def forget(self, cids: Sequence[str]) -> None:
        """Remove conversations with their messages, drafts, replies and events. Counts as a change of each.

        Backups keep them until these are replaced.
        """
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keep everybody else out while inside. Raises StoreError if somebody has the store open."""
        ...

    def scrub(self) -> None:
        """Let nothing that was removed be left on the disk, backups included. Call it inside `alone`; reads everything."""
        ...

    def backup_due(self) -> bool:
        """Return whether the newest backup is older than a day."""
        ...

    def backup(self) -> str:
        """Write a backup and read it back; returns its name. Not inside a transaction. Raises StoreError."""
        ...

    def backup_when_due(self) -> str | None:
        """Write a backup if it is due; returns its name. None if none is due, or another process was quicker."""
        ...

    def index_more(self) -> bool:
        """Continue what search lacks after an update, for some 50 ms; returns whether anything is left.

        Not inside a transaction.
        """
        ...

    def health(self) -> Health:
        """Examine the whole store. Reads everything; never raises Damaged, but reports it."""
        ...


class Store(Protocol):
    """One handle on a store. It belongs to one thread; several handles and processes may work on one store.

    The rules live in the engine: a use case opens a transaction, loads, applies a rule and puts back.
    """

    @property
    def conversations(self) -> Conversations: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def small_things(self) -> SmallThings: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def upkeep(self) -> Upkeep: ...

    def transaction(self) -> AbstractContextManager[None]:
        """Make all writes inside one: all or nothing, over the six ports.

        It takes the write lock at once, so what is read inside cannot change before it is put back. Nestable: the
        outermost one commits, an inner one that fails takes back its own writes alone.
        """
        ...

    def close(self) -> None:
        """Close the handle and give up a lease it still holds. A second call does nothing."""
        ...
