"""A walk: the same answer to many people, looked at and sent one by one, and taken back as one step.

    stop -> send -> stop -> ... -> finish      the holds of all of them begin to run out with `finish`

Where the texts come from is the caller's matter: a macro, the last answer once more, or drafts made for an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.domain import checks, macros
from inbox.domain.model import Direction
from inbox.domain.outbox import Phase
from inbox.domain.records import Record, replace
from inbox.engine.desk.drafts import Reply
from inbox.engine.station.staleness import IN_FLIGHT

if TYPE_CHECKING:
    from inbox.domain.outbox import OutboxItem
    from inbox.domain.reply import ReplyWay
    from inbox.engine.desk.conversation import Conversation
    from inbox.engine.desk.drafts import Drafts
    from inbox.engine.desk.replying import Replying
    from inbox.engine.desk.rows import Thread
    from inbox.engine.desk.triage import Triage
    from inbox.engine.desk.workplace import Workplace
    from inbox.ports.platform import Length

LONGEST_HOLD = timedelta(minutes=2)
"""A reply of a walk leaves then although the walk goes on: a customer waits for it, and the program may be left open."""
TO_SPARE = timedelta(seconds=30)
"""The longer hold of a walk makes no answer late: it ends so long before the answer is due."""
ASKED = 3
"""The customer's newest messages, from which their language is told."""


class WalkDraft(Record, kw_only=True):
    """What is to be sent to one conversation. `text` may hold places (`domain.macros`), which are filled in for the
    person. `private` None: the way that the conversation offers first. `assign`: an agent, "-" for nobody, None: as
    it is. `macro`: the name of the macro it comes from, for the history."""

    conversation: str
    text: str
    private: bool | None = None
    tags: tuple[str, ...] = ()
    assign: str | None = None
    resolve: bool = False
    macro: str = ""


class WalkStop(Record, kw_only=True):
    """One reply of a walk as it would be sent now. `barred`: why it cannot be, in words. `seen_seq`: the newest message
    the agent sees."""

    draft: WalkDraft
    thread: Thread
    text: str
    way: ReplyWay
    barred: str | None = None
    open_places: bool = False
    """It is barred by nothing but a place that was not filled in: whoever writes it by hand may send it."""
    hints: Sequence[checks.Hint] = ()
    length: Length | None = None
    seen_seq: int = 0

    @property
    def private(self) -> bool:
        """Whether nobody else reads it."""
        return self.way.how == "private"


class ReplyWalk:
    """Looks at and sends the replies of a walk. Names of conversations are ids; a walk has an id of the caller's."""

    def __init__(
        self,
        work: Workplace,
        conversation: Conversation,
        drafts: Drafts,
        replying: Replying,
        triage: Triage,
    ) -> None:
        self._work = work
        self._conversation = conversation
        self._drafts = drafts
        self._replying = replying
        self._triage = triage

    def stop(self, draft: WalkDraft, *, text: str | None = None, seen_seq: int | None = None) -> WalkStop:
        """Return a reply as it would be sent now. `text`: as the agent changed it; None: the draft's, filled in.
        `seen_seq`: the newest message the agent has seen, where this is not the first look. Raises Unknown."""
        thread = self._conversation.thread(draft.conversation)
        head = thread.conversation
        way = self._conversation.way(head, private=draft.private)
        if text is None:
            text = macros.fill(draft.text, macros.values(head, self._work.agent))
            begun = thread.draft is not None
        else:
            begun = False
        private = way.how == "private"
        length = self._replying.length(head.id, text, private) if way.allowed else None
        seen = head.last_seq if seen_seq is None else seen_seq
        barred = self._barred(thread, way, text, length, begun=begun)
        places = checks.placeholders(text) if barred is None else []
        return WalkStop(
            draft=draft,
            thread=thread,
            text=text,
            way=way,
            barred=f"still open: {' '.join(places)}" if places else barred,
            open_places=bool(places),
            hints=self._hints(thread, way, text, seen) if barred is None and not places else (),
            length=length,
            seen_seq=seen,
        )

    def _barred(
        self, thread: Thread, way: ReplyWay, text: str, length: Length | None, *, begun: bool
    ) -> str | None:
        """Say why the reply cannot be sent, or should not be without the agent's own hand."""
        if not way.allowed:
            return way.reason or "No reply is possible here."
        if begun:
            return "You have begun a reply here; it stays as it is."
        if any(item.agent == self._work.agent and item.phase in IN_FLIGHT for item in thread.replies):
            return "A reply of yours is on its way here already."
        if not text.strip():
            return "The reply is empty."
        if length is not None and length.over:
            return f"Too long: {length.used} of {length.limit}."
        return None

    def _hints(self, thread: Thread, way: ReplyWay, text: str, seen: int) -> Sequence[checks.Hint]:
        head, private, agent = thread.conversation, way.how == "private", self._work.agent
        since = [m for m in thread.messages if m.seq > seen and m.stands]
        answered = [m.agent or m.author.label for m in since if m.direction is Direction.OUT]
        asked = [m.text for m in thread.messages if m.direction is Direction.IN]
        around = checks.Situation(
            private=private,
            asked=asked[-ASKED:],
            wrote_again=sum(m.direction is Direction.IN for m in since),
            answered_by=list(dict.fromkeys([*answered, *_answering(thread.replies, agent)])),
            account=head.account,
            unsure=None if private else way.unsure,
        )
        return checks.hints(text, around)

    def send(
        self, stop: WalkStop, walk: str, *, typed: bool = False, resolve: bool = False
    ) -> OutboxItem | None:
        """Put a reply into the outbox, with what its macro does besides; None where the conversation went on since the
        agent looked, who looks again then. `typed`: the agent changed the text, so taking it back gives a draft.

        Raises as `Replying.reply` does.
        """
        work, draft = self._work, stop.draft
        with work.store.transaction(), work.log.walking(walk):
            head = work.conversation(draft.conversation)
            if head.last_seq != stop.seen_seq:
                return None
            if draft.tags or draft.assign:
                self._triage.macro(
                    draft.macro, [head.id], tags=draft.tags, assign=draft.assign, resolve=False
                )
            return self._replying.reply(
                head.id,
                Reply(
                    stop.text,
                    private=stop.private,
                    key=f"{walk}-{head.id}",
                    hold=self._hold(stop),
                    resolve=resolve or draft.resolve,
                    seen_seq=stop.seen_seq,
                    typed=typed,
                ),
            )

    def _hold(self, stop: WalkStop) -> timedelta:
        """As long as a walk may take, so that all of it can be taken back, but no answer is late for it. An agent who
        wants no hold has none."""
        usual, due = self._work.holds[stop.private], stop.thread.conversation.due_at
        if not usual:
            return usual
        left = due - self._work.clock.now() - TO_SPARE if due is not None else LONGEST_HOLD
        return max(usual, min(LONGEST_HOLD, left))

    def finish(self, walk: str, ids: Iterable[str], begun: Iterable[str] = ()) -> int:
        """Let the usual hold begin for the replies (ids of the outbox) that still wait; returns how many do. `begun`:
        conversations in which the agent wrote and did not send."""
        work, held = self._work, 0
        now = work.clock.now()
        with work.store.transaction(), work.log.walking(walk):
            for cid in begun:
                self._drafts.end_writing(cid)
            for oid in ids:
                item = work.store.outbox.get(oid)
                if item is None or item.phase is not Phase.QUEUED or item.not_before <= now:
                    continue
                held += 1
                leaves = now + work.holds[item.private]
                if leaves < item.not_before:
                    work.store.outbox.put(replace(item, not_before=leaves))
        return held


def _answering(replies: Iterable[OutboxItem], agent: str) -> list[str]:
    return [item.agent for item in replies if item.agent != agent and item.phase in IN_FLIGHT]
