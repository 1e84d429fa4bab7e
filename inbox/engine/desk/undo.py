"""Taking back and doing again.

A use case that changed something remembers a `Change`: steps that know the state before it. Reversing a step restores
that state, if nobody changed it since, and returns the step that does it again; so undo and redo are one thing, and
a command needs no code for either. Each kind of step is in the file of the use case that it takes back. The steps
belong to this desk: another window has its own. They are kept in the store as well (`undo_entries`), so that the next
run can take back what an earlier one did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from inbox.domain import lifecycle
from inbox.domain.model import Conversation, Deed, Event
from inbox.domain.records import Record, replace
from inbox.engine.breaches import BREACHED, noted
from inbox.engine.desk import undo_entries
from inbox.engine.desk.agents import note_work
from inbox.engine.desk.errors import NotAllowed, NothingToUndo
from inbox.errors import Conflict

if TYPE_CHECKING:
    from inbox.domain.outbox import OutboxItem
    from inbox.domain.sla import Timers
    from inbox.engine.desk.undo_entries import Entry
    from inbox.ports.clock import Clock
    from inbox.ports.store import Store

KEPT = 500
"""Changes that can be taken back: more than anybody did in a day and still remembers."""


class Step(Record):
    """One fact of a change: what it is now, and what it was. A kind of step is a record whose fields are all that is
    kept of it, in the store too; `undo_history.KINDS` lists the kinds."""

    public: ClassVar[bool] = True
    """Whether colleagues read in the history of a conversation that this was taken back."""
    replies: ClassVar[int] = 0
    """How many replies it takes back: 1 or 0."""
    of_many: ClassVar[bool] = False
    """Whether it goes on without those of its conversations that are forgotten (`without`)."""

    @property
    def touches(self) -> Sequence[str]:
        """Ids of the conversations whose history records it."""
        return ()

    def reverse(self, log: ActionLog) -> Step | None:
        """Restore the state before, and return the step that does it again, None where nothing can. Raises Conflict
        where somebody changed it since, NotAllowed where it is too late."""
        raise NotImplementedError

    def follow(self, log: ActionLog) -> None:
        """Bring what depends on it up to date, once all steps of the change are reversed."""

    def without(self, cids: Set[str]) -> Self:
        """Return it without some conversations, for a step `of_many`."""
        return self

    def plain(self) -> dict[str, Any]:
        """Return what the store keeps of it, as plain values: no text of customers, no names."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return fields


class Change(Record):
    """What one use case did, in words and as steps."""

    what: str
    steps: tuple[Step, ...]
    told: str = ""
    """What the status line says when it was taken back; else what was done, and that it was."""
    writing: str | None = None
    """The conversation whose reply is written on once it was taken back."""
    kept: str = ""
    """Its id in the store; empty where it is not kept there."""
    walk: str = ""
    """The walk whose replies these are: each is taken back by itself, and what cannot be stays."""


class Done(Record, kw_only=True):
    """What an action did, in words for the status line. `ids` are the conversations it touched; `writing` the one
    whose reply came back from the outbox."""

    what: str
    ids: Sequence[str] = ()
    writing: str | None = None


class ActionLog:
    """What this agent did, to be taken back (`undo`) and done again (`redo`), and the history everybody reads."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        agent: str,
        timers: Timers,
        holds: Mapping[bool, timedelta],
        deeds: Callable[[str], frozenset[Deed]],
        recall: Callable[[Entry], Change | None],
        began: datetime | None = None,
    ) -> None:
        """Start with nothing to undo. `holds`: how long a reply is held, by whether it is private. `deeds`: what the
        platform offers in a conversation. `recall` reads a change of an earlier run. `began`: when this run started;
        None: now."""
        self.store = store
        self.clock = clock
        self.agent = agent
        self.timers = timers
        self.holds = holds
        self.deeds = deeds
        self._read = recall
        self._undo: list[Change] = []
        self._redo: list[Change] = []
        self._began = began or clock.now()
        self._walk = ""

    @property
    def done(self) -> Sequence[Change]:
        """What was done in this run and stands, oldest first; the last `KEPT` of it."""
        return tuple(self._undo)

    @contextmanager
    def walking(self, walk: str) -> Iterator[None]:
        """Make what is remembered meanwhile one change with what was remembered of this walk before. Enter it inside the
        transaction: what fails in it is forgotten."""
        self._walk, before = walk, list(self._undo)
        try:
            yield
        except BaseException:
            self._undo[:] = before
            raise
        finally:
            self._walk = ""

    def tell(self, cid: str, what: str, **detail: str) -> None:
        """Into the history of a conversation."""
        note_work(self.store, self.agent)
        self.store.small_things.log(
            Event(conversation=cid, at=self.clock.now(), what=what, agent=self.agent, detail=dict(detail))
        )

    def remember(self, what: str, *steps: Step, told: str = "", writing: str | None = None) -> None:
        """Something was done; it can be taken back from now on. Call it inside the transaction that did it."""
        change = Change(what, steps, told, writing)
        if self._walk:
            change = Change("the replies", (*self._walked(), *steps), walk=self._walk)
        self._undo.append(self._kept(change))
        del self._undo[:-KEPT]
        self._redo.clear()

    def _walked(self) -> tuple[Step, ...]:
        """Take what was remembered of this walk so far off the list."""
        if not self._undo or self._undo[-1].walk != self._walk:
            return ()
        before = self._undo.pop()
        undo_entries.drop(self.store, [before.kept])
        return before.steps

    def _kept(self, change: Change) -> Change:
        entry = undo_entries.entry(self.agent, self.clock.now(), change.what, _size(change))
        undo_entries.keep(self.store, entry, document(change))
        return replace(change, kept=entry.id)

    def earlier(self) -> list[Entry]:
        """What this agent did in earlier runs, within a day, newest first."""
        mine = undo_entries.of_agent(self.store, self.agent, self.clock.now())
        return [entry for entry in reversed(mine) if entry.at <= self._began]

    def _recall(self) -> None:
        """Bring the newest change of an earlier run here, where this one has nothing left to take back."""
        for entry in self.earlier():
            change = self._read(entry)
            if change is not None:
                self._undo.append(replace(change, kept=entry.id))
                return
            undo_entries.drop(self.store, [entry.id])

    def undo(self) -> Done:
        """Take back the last change, of an earlier run where this one has none. Raises NothingToUndo, Conflict saying
        who changed it meanwhile, or NotAllowed where it is too late; the next call then takes back the change before
        it."""
        if not self._undo:
            self._recall()
        return self._turn(self._undo, self._redo, "taken back")

    def redo(self) -> Done:
        return self._turn(self._redo, self._undo, "done again")

    def _turn(self, source: list[Change], target: list[Change], how: str) -> Done:
        if not source:
            raise NothingToUndo("nothing to undo" if source is self._undo else "nothing to redo")
        change = source[-1]
        touched = tuple(dict.fromkeys(cid for step in change.steps for cid in step.touches))
        try:
            with self.store.transaction():
                again = self._reversed(change)
                for step in change.steps:
                    step.follow(self)
                public = (step for step in change.steps if step.public)
                for cid in dict.fromkeys(cid for step in public for cid in step.touches):
                    self.tell(cid, f"{change.what}: {how}")
                steps = tuple(step for step in again if step is not None)
                turned = replace(change, steps=steps, kept="")
                if change.kept:
                    undo_entries.drop(self.store, [change.kept])
                if target is self._undo and len(steps) == len(again):
                    turned = self._kept(turned)
        except (Conflict, NotAllowed):
            source.pop()  # it stands for good: the change before it can still be taken back
            if change.kept:
                undo_entries.drop(self.store, [change.kept])
            raise
        source.pop()
        if len(steps) == len(again):
            target.append(turned)
        back = change if source is self._undo else None
        told = (back and back.told) or f"{change.what}: {how}"
        if change.walk:
            told = _replies_told(change, steps, how)
        elif back and len(steps) < len(again):
            told = "the reply was sent already; it is being deleted there"
        return Done(what=told, ids=touched, writing=back.writing if back and steps else None)

    def _reversed(self, change: Change) -> list[Step | None]:
        """Reverse the steps, the last one first. Of a walk those that can be: raises what the last of them raised where
        none can."""
        if not change.walk:
            return [step.reverse(self) for step in reversed(change.steps)]
        again: list[Step | None] = []
        refused: Conflict | NotAllowed | None = None
        for step in reversed(change.steps):
            try:
                again.append(step.reverse(self))
            except (Conflict, NotAllowed) as error:
                refused = error
        if refused is not None and not again:
            raise refused
        return again

    def settled(self, conversation: Conversation) -> Conversation:
        """Settled, with every breach written down. Call it inside the transaction that stores it."""
        settled = lifecycle.settle(
            conversation, self.store.messages.of_conversation(conversation.id), self.timers
        )
        return noted(self.store, settled, self.clock.now())

    def changed(self, cid: str, current: object) -> Conflict:
        """Return a Conflict that says who changed it, as far as the history tells. Becoming overdue changes nothing."""
        told = [event for event in self.store.small_things.events(cid)[::-1] if event.what != BREACHED]
        last = next((event for event in told if event.agent != self.agent), next(iter(told), None))
        if last is None:
            return Conflict(current, "It changed meanwhile.")
        if last.agent is None:
            return Conflict(current, f"It changed meanwhile ({last.what}).")
        return Conflict(current, f"{last.agent} changed it meanwhile ({last.what}).")

    def head(self, cid: str) -> Conversation:
        """Nothing is put back into a conversation that was let go. Raises Conflict."""
        found = self.store.conversations.get(cid)
        if found is None:
            raise Conflict(None, "The conversation is gone: it was forgotten or erased.")
        return found

    def item(self, oid: str) -> OutboxItem:
        found = self.store.outbox.get(oid)
        if found is None:
            raise NotAllowed("The reply is gone: its conversation was forgotten.")
        return found


def document(change: Change) -> dict[str, Any]:
    """Return what the store keeps of a change beside its entry, as plain values; `undo_history.read` reads it."""
    return {
        "told": change.told,
        "writing": change.writing,
        "walk": change.walk,
        "steps": [{"step": type(step).__name__, "is": step.plain()} for step in change.steps],
    }


def _size(change: Change) -> int:
    return sum(len(step.touches) or 1 for step in change.steps)


def _replies_told(change: Change, steps: Sequence[Step], how: str) -> str:
    """Say of a walk how many of its replies were taken back, or are sent after all."""
    done = sum(step.replies for step in steps)
    whole = sum(step.replies for step in change.steps)
    if not whole:
        return f"the draft: {how}"
    if done == whole == 1:
        return f"the reply: {how}"
    if done == whole:
        return f"{done} replies: {how}"
    return f"{done} of {whole} replies: {how}; the others have left"
