"""Who waited how long for what: the waits of a conversation, computed from its messages and resolves.

Everything here is a pure function of facts that carry their own time: messages, resolves, and the policies, tags and
takings that were in force at each moment. So the order in which pages are read makes no difference, and no later
decision moves the figure of a wait that has ended (BEHAVIOUR.md#timers, rules 1 to 3, 9 and 12).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from inbox.domain.hours import NeverOpen, ServiceHours
from inbox.domain.model import (
    FIRST,
    NEXT,
    Case,
    Conversation,
    Direction,
    Label,
    Message,
    Resolve,
    Response,
    SurfaceKind,
    Taking,
)
from inbox.domain.records import Record, replace
from inbox.domain.sla import Timers

_NEVER = datetime.max.replace(tzinfo=UTC)
READ_LATE = timedelta(minutes=5)
"""A longer reading delay is worth a word."""
HISTORY = "history"
"""Reason of the resolve that, before conversations had a horizon, filed what was old at the first connection."""


TAKEN_BACK = "taken_back"
"""How a wait ended whose messages were all deleted: nobody's merit and nobody's fault, and in no statistic."""


class Ended(Record):
    """A wait that one act ended. `how`: "answered", the reason of a resolve, or `TAKEN_BACK`."""

    since: datetime
    at: datetime
    kind: str
    how: str
    agent: str | None


class Waits(Record):
    """`since` and `kind` of the wait that runs (None: nobody waits), its messages, and those that ended."""

    since: datetime | None
    kind: str | None
    open: list[Message]
    ended: list[Ended]


def second(moment: datetime) -> datetime:
    """Platforms keep whole seconds at best; the same second as our answer counts as answered."""
    return moment.replace(microsecond=0)


def is_history(message: Message, horizon: datetime | None) -> bool:
    """Published before the horizon of its conversation; without a known time of publication nothing is."""
    return horizon is not None and message.time_known and message.sent_at < horizon


class _Answers:
    """Answers of ours that a person wrote, by time, and whom each covers."""

    def __init__(self, messages: Sequence[Message], arrivals: Sequence[Message]) -> None:
        begun = second(arrivals[0].sent_at) if arrivals else None
        self.all = [
            m
            for m in messages
            if m.direction is Direction.OUT
            and not m.automatic
            and begun is not None
            and second(m.sent_at) >= begun
        ]
        self.moments = [second(m.sent_at) for m in self.all]
        self._spoke: dict[str, datetime] = {}
        """When somebody first wrote here, by what an answer may name them."""
        for m in arrivals:
            for part in _known_as(m):
                self._spoke.setdefault(part, second(m.sent_at))

    def before(self, message: Message) -> int:
        """How many were given before this message of a customer."""
        return bisect_left(self.moments, second(message.sent_at))

    def covering(self, message: Message) -> int | None:
        """The first that this message is covered by. One that names people covers those; one that names nobody who had
        written here by then covers everybody before it, also when they write later."""
        for at in range(self.before(message), len(self.all)):
            names, moment = self.all[at].names, self.moments[at]
            named = {name for name in names if name in self._spoke and self._spoke[name] <= moment}
            if not named or named.intersection(_known_as(message)):
                return at
        return None


def _known_as(message: Message) -> tuple[str, ...]:
    """By what an answer may name the author of a message. `names` of a customer's message is the alias of an author who
    was erased."""
    return tuple(part for part in (message.author.remote_id, message.author.name, *message.names) if part)


def waits_of(c: Conversation, messages: Sequence[Message]) -> Waits:
    """All waits of a conversation: those that ended, and the one that runs. `messages` by time.

    An answer ends the wait of every message it covers up to its second; what a resolve covers (by `seq`) waits no
    longer from the resolve on. History never waits, but an answer in it was one: what comes after it waits for the
    next.
    """
    arrivals = [m for m in messages if m.direction is Direction.IN]
    answers = _Answers(messages, arrivals)
    pending: dict[tuple[int, _Act | None], list[Message]] = {}
    open_: list[Message] = []
    for message in arrivals:
        if is_history(message, c.horizon):
            continue
        act = _ending(message, c.resolves, answers)
        pending.setdefault((answers.before(message), act), []).append(message)
        if act is None and message.stands:
            open_.append(message)
    found = (
        _ended(asked, c, NEXT if earlier else FIRST, act, answers)
        for (earlier, act), asked in pending.items()
    )
    ended = [wait for wait in found if wait is not None]
    if not open_:
        return Waits(None, None, [], ended)
    kind = NEXT if answers.before(open_[0]) else FIRST
    return Waits(_begins(c, open_[0].sent_at, kind, None), kind, open_, ended)


_Act = tuple[str, int]
"""What ended the wait of a message: `_RESOLVE` or `_ANSWER`, and which one."""
_RESOLVE, _ANSWER = "resolve", "answer"


def _covers(resolve: Resolve, message: Message) -> bool:
    return 0 < message.seq <= resolve.upto


def _ending(message: Message, resolves: Sequence[Resolve], answers: _Answers) -> _Act | None:
    """The act that ended the wait of a message: the first resolve that held it, unless the answer came before that; else
    the answer. None: it waits."""
    at = answers.covering(message)
    answer = None if at is None else answers.all[at]
    held = (i for i, r in enumerate(resolves) if _covers(r, message) and _before(r, answer))
    if (resolve := next(held, None)) is not None:
        return _RESOLVE, resolve
    return None if at is None else (_ANSWER, at)


def _ended(
    asked: Sequence[Message], c: Conversation, kind: str, act: _Act | None, answers: _Answers
) -> Ended | None:
    """How the wait of `asked` ended, by the one act that settled them all; None: it goes on.

    What was missing or deleted before that had stopped waiting, and where that was all, the wait was taken back;
    later, it still was a wait.
    """
    at, how, agent = _told(act, c, answers)
    stayed = [m for m in asked if m.left_at is None or (at is not None and m.left_at > at)]
    if not stayed:
        return _taken_back(asked, kind)
    if at is None:
        return None
    since = _begins(c, stayed[0].sent_at, kind, at)
    # Our clock may be behind the platform's: nothing ends before it began.
    return Ended(since, max(at, since), kind, how, agent)


def _told(act: _Act | None, c: Conversation, answers: _Answers) -> tuple[datetime | None, str, str | None]:
    """When, how and by whom."""
    if act is None:
        return None, "", None
    what, which = act
    if what == _RESOLVE:
        resolve = c.resolves[which]
        return resolve.at, resolve.reason, resolve.agent
    answer = answers.all[which]
    return answer.sent_at, "answered", answer.agent or answer.author.name


def _taken_back(left: Sequence[Message], kind: str) -> Ended:
    first, at = left[0], max(m.left_at for m in left if m.left_at is not None)
    return Ended(first.sent_at, max(at, first.sent_at), kind, TAKEN_BACK, None)


def _before(resolve: Resolve, answer: Message | None) -> bool:
    return answer is None or second(resolve.at) < second(answer.sent_at)


# -- search hits -------------------------------------------------------------------------------------------


def proactive(c: Conversation, kind: str | None) -> bool:
    """The first answer to a search hit: its author had not addressed us."""
    return c.surface.kind is SurfaceKind.SEARCH and kind == FIRST


def taken_at(c: Conversation, ended_at: datetime | None) -> datetime | None:
    """When a hit was first taken; a taking that was taken back counts for waits that ended before that."""
    stood = (t.at for t in c.takings if _stood(t, ended_at))
    return next((moment for moment in stood if ended_at is None or moment <= ended_at), None)


def _stood(decision: Label | Taking, ended_at: datetime | None) -> bool:
    if decision.undone_at is None:
        return True
    return ended_at is not None and ended_at < decision.undone_at


def _begins(c: Conversation, sent_at: datetime, kind: str, ended_at: datetime | None) -> datetime:
    """A customer waits from the publication; who did not address us from the moment somebody took it on."""
    taken = taken_at(c, ended_at) if proactive(c, kind) else None
    return sent_at if taken is None else max(sent_at, taken)


# -- figures of ended waits --------------------------------------------------------------------------------


def responses(ended: Sequence[Ended], c: Conversation, timers: Timers) -> tuple[Response, ...]:
    """Ended waits with their figures; what was filed as history is nobody's merit and nobody's fault.

    `c.responses` are those known until now: what an older store measured stays as it was measured.
    """
    older = [r for r in c.responses if not r.judged]
    counted = [wait for wait in ended if wait.how != HISTORY and not _before_us(wait, c)]
    return tuple(_kept(wait, older, timers.hours) or _judged(wait, c, timers) for wait in counted)


def _before_us(wait: Ended, c: Conversation) -> bool:
    """Answered before the account was connected: part of the history, not of the statistics."""
    history = [r.at for r in c.resolves if r.reason == HISTORY]
    return bool(history) and wait.at <= max(history)


def _response(wait: Ended, due_at: datetime | None) -> Response:
    return Response(
        since=wait.since,
        ended_at=wait.at,
        due_at=due_at,
        kind=wait.kind,
        how=wait.how if wait.how in ("answered", TAKEN_BACK) else "resolved",
        agent=wait.agent,
    )


def _kept(wait: Ended, older: Sequence[Response], hours: ServiceHours) -> Response | None:
    """The figure of a store that did not say how it came about; a message found late moves its times, and the target
    follows from the due time it had."""
    known = next((r for r in older if wait.at == r.ended_at or wait.since == r.since), None)
    if known is None:
        return None
    due = known.due_at
    if due is not None and wait.since != known.since:
        try:
            due = hours.add(wait.since, hours.between(known.since, due))
        except NeverOpen:
            due = None
    return _response(wait, due)


def _judged(wait: Ended, c: Conversation, timers: Timers) -> Response:
    untaken = proactive(c, wait.kind) and taken_at(c, wait.at) is None
    *earlier, (_, _, last, as_then) = _spans(c, timers, wait.since, wait.at)
    found = replace(
        _response(wait, None),
        judged=True,
        proactive=proactive(c, wait.kind),
        policy=last.policy_words(as_then, wait.kind),
    )
    if untaken:
        return found  # nobody had taken it on: no clock ran
    return replace(
        found,
        target=last.target(as_then, wait.kind),
        due_at=last.due_by_policy(as_then, wait.since, wait.kind)[0],
        breached_at=_breach(earlier, wait.since, wait.kind) or _late(last, as_then, wait),
    )


def _late(timers: Timers, as_then: Conversation, wait: Ended) -> datetime | None:
    due = timers.due_by_policy(as_then, wait.since, wait.kind)[0]
    return due if due is not None and wait.at > due else None


_Span = tuple[datetime, datetime, Timers, Conversation]


def breach_before(c: Conversation, timers: Timers) -> datetime | None:
    """When the running wait became overdue under policies, tags or a priority that no longer hold; None: it did not.

    A breach that has happened stays, whatever is set later (rule 12).
    """
    if c.waiting_since is None or c.wait_kind is None:
        return None
    if proactive(c, c.wait_kind) and taken_at(c, None) is None:
        return None
    *earlier, _ = _spans(c, timers, c.waiting_since, None)
    return _breach(earlier, c.waiting_since, c.wait_kind)


def _breach(spans: Sequence[_Span], since: datetime, kind: str) -> datetime | None:
    for start, end, timers, as_then in spans:
        due = timers.due_by_policy(as_then, since, kind)[0]
        if due is not None and max(due, start) < end:
            return max(due, start)
    return None


def labelled(c: Conversation, at: datetime, ended_at: datetime | None) -> Conversation:
    """The conversation with the tags and the priority that it had at a moment of a wait that ended at `ended_at`."""
    stood = [label for label in c.labels if _stood(label, ended_at)]
    label = next((one for one in reversed(stood) if one.at is None or one.at <= at), None)
    if label is None:
        return c
    return replace(c, tags=label.tags, priority=label.priority, person_tags=label.person_tags)


def _spans(c: Conversation, timers: Timers, since: datetime, ended_at: datetime | None) -> Iterator[_Span]:
    """The stretches of a wait in which nothing changed that decides about its target. `ended_at` None: it runs, and
    the last stretch is the present, whatever the clocks said when something was set."""
    end = ended_at or _NEVER
    changes = [t.since for t in timers.all_in_force() if t.since is not None]
    changes += [label.at for label in c.labels if label.at is not None and _stood(label, ended_at)]
    starts = sorted({since, *(moment for moment in changes if since < moment < end)})
    for start, stop in pairwise([*starts, end]):
        if ended_at is None and stop is end:
            yield start, stop, timers, c
        else:
            yield start, stop, timers.at(start), labelled(c, start, ended_at)


# -- the whole matter --------------------------------------------------------------------------------------


def cases_of(
    c: Conversation, messages: Sequence[Message], timers: Timers
) -> tuple[tuple[Case, ...], datetime | None]:
    """Matters that an agent closed by a resolve, and since when one is open. `messages` by time.

    A matter begins with the first message of a customer that no earlier resolve covers.
    """
    asked = [m for m in messages if m.direction is Direction.IN and m.stands and not is_history(m, c.horizon)]
    cases, left = list[Case](), asked
    for resolve in c.resolves:
        closed = [m for m in left if _covers(resolve, m)]
        left = [m for m in left if not _covers(resolve, m)]
        if not closed or resolve.reason == HISTORY:
            continue
        since = closed[0].sent_at
        ended = max(resolve.at, since)
        due = timers.at(ended).resolve_due(since)
        cases.append(Case(since=since, ended_at=ended, due_at=due, agent=resolve.agent))
    return tuple(cases), left[0].sent_at if left else None
