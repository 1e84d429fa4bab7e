"""Decisions about conversations: resolve, reopen, spam, snooze, assign, tag, prioritise, and macros of these.

Each applies one rule of the domain to every conversation, all or nothing, as one step of undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from inbox.domain import lifecycle
from inbox.domain.model import Conversation
from inbox.engine.desk import agents, automatic_verdict
from inbox.engine.desk.undo import Done, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Set
    from datetime import datetime

    from inbox.domain.model import Priority
    from inbox.engine.desk.drafts import Drafts
    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace

    Rule = Callable[[Conversation], Conversation]


class Heads(Step):
    """Decisions about conversations, all or nothing."""

    of_many: ClassVar[bool] = True
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

    def without(self, cids: Set[str]) -> Heads:
        there, wanted = (tuple(c for c in heads if c.id not in cids) for heads in (self.there, self.wanted))
        return Heads(there, wanted)

    def plain(self) -> dict[str, Any]:
        there, wanted = tuple(map(_decisions, self.there)), tuple(map(_decisions, self.wanted))
        return {"there": msgspec.to_builtins(there), "wanted": msgspec.to_builtins(wanted)}


def _decisions(head: Conversation) -> Conversation:
    """Return a conversation with nothing but what undo compares and puts back."""
    return Conversation(
        id=head.id,
        account=head.account,
        platform=head.platform,
        surface=head.surface,
        thread=head.thread,
        assigned_at=head.assigned_at,
        takings=head.takings,
        **{name: getattr(head, name) for name in lifecycle.TRIAGE},
    )


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
        return automatic_verdict.say(self._work.log, self._work.conversation(cid), verdict, message)

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
            work.log.remember(what, *also, Heads(tuple(after), tuple(before)))
        return Done(what=what, ids=tuple(ids))
