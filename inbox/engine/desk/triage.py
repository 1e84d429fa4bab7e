"""Decisions about conversations: resolve, reopen, spam, snooze, assign, tag, prioritise, and macros of these.

Each applies one rule of the domain to every conversation, all or nothing, as one step of undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain import lifecycle
from inbox.engine import automatic
from inbox.engine.desk import agents, undo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from inbox.domain.model import Conversation, Priority
    from inbox.engine.desk.drafts import Drafts
    from inbox.engine.desk.undo import Done, Step
    from inbox.engine.desk.workplace import Workplace

    Rule = Callable[[Conversation], Conversation]


class Triage:
    """Decides about conversations by their ids. Every method raises Unknown for an id that does not exist."""

    def __init__(self, work: Workplace, drafts: Drafts) -> None:
        self._work = work
        self._drafts = drafts

    def resolve(self, ids: Sequence[str]) -> Done:
        """Close them: they come back with the next message of the customer."""
        work = self._work
        return self._each("resolved", ids, lambda c: lifecycle.resolve(c, work.agent, work.clock.now()))

    def reopen(self, ids: Sequence[str]) -> Done:
        """Open them again: resolved, snoozed or spam."""
        return self._each("reopened", ids, lifecycle.reopen)

    def spam(self, ids: Sequence[str]) -> Done:
        """Mark them as spam: they ask for no answer any more."""
        return self._each("marked as spam", ids, lifecycle.spam)

    def snooze(self, ids: Sequence[str], until: datetime | None, *, through_thanks: bool = False) -> Done:
        """Hide them until a time. `until` None: until the customer writes."""
        now = self._work.clock.now()
        return self._each(
            "snoozed" if until else "snoozed until the customer writes",
            ids,
            lambda c: lifecycle.snooze(c, until, now, through_thanks=through_thanks),
        )

    def assign(self, ids: Sequence[str], to: str | None) -> Done:
        """Assign them to an agent, who gets a notice; None: to nobody."""
        now = self._work.clock.now()
        if to:
            agents.note_work(self._work.store, to)
        what = f"assigned to {to}" if to else "unassigned"
        return self._each(what, ids, lambda c: self._given(c, to, now))

    def _given(self, c: Conversation, to: str | None, now: datetime) -> Conversation:
        told = [to] if to and to != c.assignee else []
        given = lifecycle.assign(c, to, now)
        return agents.notify(self._work.store, given, told, "assigned", self._work.agent, now)

    def tag(self, ids: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Done:
        """Add and remove tags."""
        words = [f"+{t}" for t in add] + [f"-{t}" for t in remove]
        return self._each(f"tagged {' '.join(words)}", ids, lambda c: lifecycle.tag(c, add, remove))

    def prioritise(self, ids: Sequence[str], priority: Priority) -> Done:
        """Set their priority, which moves them in the queue."""
        return self._each(f"priority {priority}", ids, lambda c: lifecycle.prioritise(c, priority))

    def say_automatic(self, cid: str, verdict: bool, message: str | None = None) -> Done:
        """Record the agent's word whether a person wrote a message of ours (None: the newest here). It holds for the
        same text everywhere. Raises NotAllowed, Unknown."""
        return automatic.say(self._work.log, self._work.conversation(cid), verdict, message)

    def macro(
        self, name: str, ids: Sequence[str], *, tags: Sequence[str], assign: str | None, resolve: bool
    ) -> Done:
        """Do what a macro does, its text in the draft too, as one step. `assign`: an agent, "-" for nobody, None: as
        it is."""
        work = self._work
        to, now = None if assign == "-" else assign, work.clock.now()

        def rule(c: Conversation) -> Conversation:
            c = lifecycle.tag(c, tags, ()) if tags else c
            c = self._given(c, to, now) if assign else c
            return lifecycle.resolve(c, work.agent, now) if resolve else c

        with work.store.transaction():
            drafted = [step for cid in ids for step in self._drafts.steps(cid)]
            return self._each(f"macro {name}", ids, rule, *drafted)

    def _each(self, what: str, ids: Sequence[str], rule: Rule, *also: Step) -> Done:
        work = self._work
        before, after = [], []
        with work.store.transaction():
            for cid in ids:
                old = work.conversation(cid)
                new = work.log.settled(lifecycle.relabelled(old, rule(old), work.clock.now()))
                before.append(old)
                after.append(work.store.conversations.put(new))
                work.log.tell(cid, what)
            work.log.remember(what, *also, undo.Heads(tuple(after), tuple(before)))
        return undo.Done(what=what, ids=tuple(ids))
