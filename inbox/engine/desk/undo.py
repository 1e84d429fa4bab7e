"""Taking back and doing again.

A use case that changed something remembers a `Change`: steps that know what stood there before. Reversing a step puts
that back, if nobody changed it since, and gives the step that does it again; so undo and redo are one thing, and
a command needs no code for either. The steps belong to this desk: another window has its own. They are kept in the
store as well (`undo_history`), so that the next run can take back what an earlier one did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from inbox.domain import lifecycle
from inbox.domain.model import Conversation, Deed, Event, Message
from inbox.domain.outbox import ALLOWED, OutboxItem, Phase, move
from inbox.domain.records import Record, replace
from inbox.domain.sla import Timers
from inbox.engine.automatic import conversations_with, settle_again
from inbox.engine.breaches import BREACHED, noted
from inbox.engine.desk import moderation, notes, undo_history
from inbox.engine.desk.agents import note_work
from inbox.engine.desk.errors import NotAllowed, NothingToUndo
from inbox.engine.desk.reply_steps import Drafted, put_back, replies_told, since
from inbox.engine.health import health_key
from inbox.errors import Conflict

if TYPE_CHECKING:
    from inbox.engine.desk.undo_history import Entry
    from inbox.ports.clock import Clock
    from inbox.ports.store import Store

KEPT = 500
"""Changes that can be taken back: more than anybody did in a day and still remembers."""


class Step(Protocol):
    """One fact of a change. `touches`: the conversations whose history tells of it."""

    @property
    def touches(self) -> Sequence[str]: ...

    def reverse(self, log: ActionLog) -> Step | None:
        """Put back what stood there; returns the step that does it again, None where nothing can. Raises
        Conflict where somebody changed it since, NotAllowed where it is too late."""
        ...


class Change(Record):
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
        began: datetime | None = None,
    ) -> None:
        """`holds`: how long a reply is held, by whether it is private. `deeds`: what the platform offers in a
        conversation. `began`: when this run of the agent did; None: now."""
        self.store = store
        self.clock = clock
        self.agent = agent
        self.timers = timers
        self.holds = holds
        self.deeds = deeds
        self._undo: list[Change] = []
        self._redo: list[Change] = []
        self._began = began or clock.now()
        self._walk = ""

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
        undo_history.drop(self.store, [before.kept])
        return before.steps

    def _kept(self, change: Change) -> Change:
        return replace(change, kept=undo_history.keep(self.store, self.agent, change, self.clock.now()))

    def earlier(self) -> list[Entry]:
        """What this agent did in earlier runs, within a day, newest first."""
        mine = undo_history.of_agent(self.store, self.agent, self.clock.now())
        return [entry for entry in reversed(mine) if entry.at <= self._began]

    def _recall(self) -> None:
        """Bring the newest change of an earlier run here, where this one has nothing left to take back."""
        for entry in self.earlier():
            change = undo_history.read(self.store, entry)
            if change is not None:
                self._undo.append(replace(change, kept=entry.id))
                return
            undo_history.drop(self.store, [entry.id])

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
                    if isinstance(step, (PersonTags, Remarked)):
                        step.follow(self)
                for cid in dict.fromkeys(cid for step in change.steps for cid in _public(step)):
                    self.tell(cid, f"{change.what}: {how}")
                steps = tuple(step for step in again if step is not None)
                turned = replace(change, steps=steps, kept="")
                if change.kept:
                    undo_history.drop(self.store, [change.kept])
                if target is self._undo and len(steps) == len(again):
                    turned = self._kept(turned)
        except (Conflict, NotAllowed):
            source.pop()  # it stands for good: the change before it can still be taken back
            if change.kept:
                undo_history.drop(self.store, [change.kept])
            raise
        source.pop()
        if len(steps) == len(again):
            target.append(turned)
        back = change if source is self._undo else None
        told = (back and back.told) or f"{change.what}: {how}"
        if change.walk:
            told = replies_told(change, steps, how)
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


# -- the kinds of steps ------------------------------------------------------------------------------------


class Heads(Record):
    """Decisions about conversations, all or nothing."""

    there: tuple[Conversation, ...]
    wanted: tuple[Conversation, ...]

    @property
    def touches(self) -> Sequence[str]:
        return [c.id for c in self.there]

    def reverse(self, log: ActionLog) -> Heads:
        for expected, old in zip(self.there, self.wanted, strict=True):
            current = log.head(expected.id)
            if lifecycle.triage_facts(current) != lifecycle.triage_facts(expected):
                raise log.changed(expected.id, current)
            log.store.conversations.put(log.settled(lifecycle.put_back(current, old, log.clock.now())))
        return Heads(self.wanted, self.there)


class Noted(Record):
    """A note that stands (`kept`), or was withdrawn."""

    note: Message
    kept: bool = True

    @property
    def touches(self) -> Sequence[str]:
        return [self.note.conversation]

    def reverse(self, log: ActionLog) -> Noted:
        head = log.head(self.note.conversation)
        log.store.messages.put(notes.withdrawn(self.note, log.clock.now()) if self.kept else self.note)
        log.store.conversations.put(log.settled(head))
        return Noted(self.note, not self.kept)


class Gaps(Record):
    """What an account is known to miss, in the line about it."""

    account: str
    there: tuple[Any, ...]
    wanted: tuple[Any, ...]
    touches: tuple[str, ...] = ()

    def reverse(self, log: ActionLog) -> Gaps:
        key = health_key(self.account)
        kept = log.store.small_things.setting(key) or {}
        fresh = [gap for gap in kept.get("gaps", ()) if gap not in (*self.there, *self.wanted)]
        log.store.small_things.put_setting(key, {**kept, "gaps": [*self.wanted, *fresh]})
        return Gaps(self.account, self.wanted, self.there)


class Kept(Record):
    """A setting: `there` now, `wanted` before. None where there was nothing."""

    key: str
    there: Any
    wanted: Any
    touches: tuple[str, ...] = ()

    def reverse(self, log: ActionLog) -> Kept:
        current = log.store.small_things.setting(self.key)
        if current != self.there:
            raise (
                log.changed(self.touches[0], current)
                if self.touches
                else Conflict(current, "It changed meanwhile.")
            )
        log.store.small_things.put_setting(self.key, self.wanted)
        return Kept(self.key, self.wanted, self.there, self.touches)


class PersonTags(Record):
    """Conversations with people whose tags as persons changed; the tags themselves are settings (`Kept`)."""

    touches: tuple[str, ...]

    def reverse(self, log: ActionLog) -> PersonTags:
        return self

    def follow(self, log: ActionLog) -> None:
        """Bring the tags into the conversations, once the settings are back."""
        from inbox.engine.desk.person_tags import with_person_tags  # it makes these steps

        for head in log.store.conversations.get_many(self.touches):
            after = with_person_tags(log.store, head)
            if after != head:
                now = log.clock.now()
                log.store.conversations.put(log.settled(lifecycle.labelled_again(head, after, now)))


class Remarked(Record):
    """Conversations in which a text of ours was, or is no longer, taken for automatic; what is known of the text is a
    setting (`Kept`)."""

    touches: tuple[str, ...]
    text: str

    def reverse(self, log: ActionLog) -> Remarked:
        return self

    def follow(self, log: ActionLog) -> None:
        """Mark and settle them anew, once the setting is back; also those that came meanwhile."""
        ids = dict.fromkeys([*self.touches, *conversations_with(log.store, [self.text])])
        settle_again(log.store, ids, log.timers, log.clock.now())


class Settled(Record):
    """The agent's word on one item of the outbox: `there` after it, `wanted` before."""

    there: OutboxItem
    wanted: OutboxItem

    @property
    def touches(self) -> Sequence[str]:
        return [self.there.conversation]

    def reverse(self, log: ActionLog) -> Settled:
        current = log.item(self.there.id)
        if current != self.there:
            raise NotAllowed(since(current))
        return Settled(put_back(self.wanted, log), current)


class Asked(Record):
    """Something done on the platform. Taken back before it left, or by its opposite."""

    item: str
    conversation: str

    @property
    def touches(self) -> Sequence[str]:
        return [self.conversation]

    def reverse(self, log: ActionLog) -> Step:
        item = log.item(self.item)
        if Phase.CANCELLED in ALLOWED[item.phase]:
            cancelled = move(item, Phase.CANCELLED, reason=None, next_step=None)
            log.store.outbox.put(cancelled)
            return Settled(cancelled, item)
        opposite = moderation.OPPOSITES.get(Deed(item.deed or ""))
        if item.phase is not Phase.SENT:
            raise NotAllowed(since(item))
        if opposite is None or opposite not in log.deeds(item.conversation):
            raise NotAllowed("It is done, and the platform has no way to take it back.")
        head = log.head(item.conversation)
        undone = replace(
            moderation.new_deed(opposite, head, None, log.agent, log.clock.now()), reply_to=item.reply_to
        )
        log.store.outbox.put(undone)
        return Asked(undone.id, item.conversation)


def _public(step: Step) -> Sequence[str]:
    """Nobody else needs to know what an agent wrote and took back."""
    return () if isinstance(step, Drafted) else step.touches
