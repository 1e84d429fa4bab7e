"""What messages and decisions do to a conversation.

`settle` is the heart: it reads a conversation's messages and resolves, and writes the summary into the head:
who waits since when, for which kind of answer, what was answered in time. It is a pure function of the facts, so
the order in which pages arrive does not matter (product.md section 3, rules 1-3).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from inbox.domain.model import (
    FIRST,
    NEXT,
    Answerable,
    Conversation,
    Direction,
    Message,
    Priority,
    Resolve,
    Response,
    Status,
)
from inbox.domain.records import Record, replace
from inbox.domain.reply import window
from inbox.domain.sla import Timers

PREVIEW_LENGTH = 300

HISTORY = "history"
"""Reason of the resolve that, before conversations had a horizon, filed what was old at the first connection."""
WITHDRAWN = 0
"""`upto` of a resolve that covers nothing any more."""


def settle(conversation: Conversation, messages: Sequence[Message], timers: Timers) -> Conversation:
    """The head with its summary brought up to date from all `messages` of the conversation."""
    public = sorted((m for m in messages if m.direction is not Direction.NOTE), key=when)
    shown = [m for m in public if m.shown]
    standing = [m for m in shown if m.direction is Direction.IN and m.stands]
    newest, last_in = _last(shown), _last(standing)
    latest = newest or _last(public)
    waits = _waits(public, conversation.resolves, conversation.horizon)
    summary = replace(
        conversation,
        preview=_preview(newest),
        preview_out=newest is not None and newest.direction is Direction.OUT,
        message_count=len(shown),
        last_message_at=latest.sent_at if latest else None,
        last_in_at=last_in.sent_at if last_in else None,
        last_in_id=last_in.remote_id if last_in else None,
        last_seq=max((m.seq for m in messages), default=0),
        answerable=last_in.answerable if last_in else Answerable(),
        privately_answered=last_in is not None and any(_answers_privately(m, last_in) for m in public),
        waiting_since=waits.since,
        wait_kind=waits.kind,
        responses=(),
    )
    return retime(replace(summary, responses=_responses(waits.ended, summary, timers)), timers)


def retime(conversation: Conversation, timers: Timers) -> Conversation:
    """The head after a change of status, priority, tags, assignee or policy: same facts, other deadlines."""
    c = conversation
    due = warn = None
    if c.waiting_since is not None and c.wait_kind is not None and c.status is not Status.SPAM:
        due, warn = timers.due(c, c.waiting_since, c.wait_kind)
    closes = window(c, human_agent=c.account in timers.human_agent)
    return replace(c, due_at=due, warn_at=warn, closes_at=closes)


def place(message: Message) -> datetime:
    """The instant that messages are sorted by: of publication, plus a microsecond for each rank.

    Platforms with ranks give whole seconds, so this moves nobody past a neighbour of another second.
    """
    return message.sent_at + timedelta(microseconds=message.rank)


def when(message: Message) -> tuple[datetime, int, str]:
    """Order of publication. Where the platform's list gives no order, by id: X's grow with time, and `seq` would
    depend on our reading."""
    return (place(message), len(message.id), message.id)


def next_rank(messages: Iterable[Message], sent_at: datetime) -> int:
    """The rank of a message that is written after all of these that have the same `sent_at`."""
    return max((m.rank + 1 for m in messages if m.sent_at == sent_at), default=0)


def one_order(known: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Merge two orders of ids into one. `shown` is right about what it holds; `known` about the rest.

    Where neither says which of two comes first, ids decide, so that the order in which lists are read makes no
    difference.
    """
    in_both = set(known) & set(shown)
    before: dict[str | None, list[str]] = {}
    left: list[str] = []
    for one in known:
        left.append(one)
        if one in in_both:
            before[one] = left[:-1]
            left = []
    before[None] = left
    merged: list[str] = []
    fresh: list[str] = []
    for other in (*shown, None):
        if other is not None and other not in in_both:
            fresh.append(other)
            continue
        merged += _zipped(before[other], fresh)
        fresh = []
        if other is not None:
            merged.append(other)
    return merged


def _zipped(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Both runs in one, each in its own order, the smaller id first."""
    first, second_ = list(one), list(other)
    merged: list[str] = []
    while first and second_:
        smaller = first if (len(first[0]), first[0]) <= (len(second_[0]), second_[0]) else second_
        merged.append(smaller.pop(0))
    return [*merged, *first, *second_]


def _last(messages: Sequence[Message]) -> Message | None:
    return messages[-1] if messages else None


def _answers_privately(message: Message, asked: Message) -> bool:
    """A private answer to this very message: Facebook allows one to each comment (facebook FACTS 1.3)."""
    if message.direction is not Direction.OUT or not message.private:
        return False
    return message.reply_to in (None, asked.remote_id, asked.id.partition(":")[2])


def _preview(message: Message | None) -> str:
    if message is None:
        return ""
    if message.deleted_at is not None:
        return "(deleted)"
    text = " ".join(message.text[: PREVIEW_LENGTH * 2].split())[:PREVIEW_LENGTH]
    if text or not message.attachments:
        return text
    first = message.attachments[0]
    return f"[{first.name or first.kind}]"


class _Ended(Record):
    since: datetime
    at: datetime
    kind: str
    how: str
    agent: str | None


class _Waits(Record):
    since: datetime | None
    kind: str | None
    ended: list[_Ended]


def second(moment: datetime) -> datetime:
    """Platforms keep whole seconds at best; the same second as our answer counts as answered."""
    return moment.replace(microsecond=0)


def is_history(message: Message, horizon: datetime | None) -> bool:
    """Published before the horizon of its conversation; without a known time of publication nothing is."""
    return horizon is not None and message.time_known and message.sent_at < horizon


def _waits(messages: Sequence[Message], resolves: Sequence[Resolve], horizon: datetime | None) -> _Waits:
    """All waits of a conversation: those that ended, and the one that runs. `messages` by time.

    An answer is ours and at or after the first customer message. It ends the wait of every customer message up
    to its second; what a resolve covers (by `seq`) waits no longer from the resolve on. History never waits, but
    an answer in it was one: what comes after it waits for the next.
    """
    arrivals = [m for m in messages if m.direction is Direction.IN]
    ours = [m for m in messages if m.direction is Direction.OUT]
    answers = [m for m in ours if arrivals and second(m.sent_at) >= second(arrivals[0].sent_at)]
    moments = [second(m.sent_at) for m in answers]
    asked: list[list[Message]] = [[] for _ in range(len(answers) + 1)]
    for message in arrivals:
        if is_history(message, horizon):
            continue
        asked[bisect_left(moments, second(message.sent_at))].append(message)
    ended: list[_Ended] = []
    for n, pending in enumerate(asked):
        answer = answers[n] if n < len(answers) else None
        ended += _ended(pending, resolves, NEXT if n else FIRST, answer)
    open_ = [m for m in asked[-1] if m.stands and not _covered(m, resolves)]
    if not open_:
        return _Waits(None, None, ended)
    return _Waits(open_[0].sent_at, NEXT if answers else FIRST, ended)


def _covers(resolve: Resolve, message: Message) -> bool:
    return 0 < message.seq <= resolve.upto


def _covered(message: Message, resolves: Iterable[Resolve]) -> bool:
    return any(_covers(resolve, message) for resolve in resolves)


def _ended(
    pending: Sequence[Message], resolves: Sequence[Resolve], kind: str, answer: Message | None
) -> list[_Ended]:
    """How the waits of `pending` ended: by the first resolve that held the message, unless the answer came
    before it; else by the answer. Messages that the same act settled were one wait.

    What was missing or deleted before that had stopped waiting; later, it still was a wait.
    """
    acts = [(r.at, r.reason, r.agent) for r in resolves]
    if answer is not None:
        acts.append((answer.sent_at, "answered", answer.agent or answer.author.name))
    groups: dict[int, list[Message]] = {}
    for message in pending:
        held = (i for i, r in enumerate(resolves) if _covers(r, message) and _before(r, answer))
        act = next(held, len(resolves))
        if act < len(acts) and (message.left_at is None or message.left_at > acts[act][0]):
            groups.setdefault(act, []).append(message)
    ended = []
    for act, (first, *_) in sorted(groups.items()):
        at, how, agent = acts[act]
        # Our clock may be behind the platform's: nothing ends before it began.
        ended.append(_Ended(first.sent_at, max(at, first.sent_at), kind, how, agent))
    return ended


def _before(resolve: Resolve, answer: Message | None) -> bool:
    return answer is None or second(resolve.at) < second(answer.sent_at)


def _responses(ended: Sequence[_Ended], c: Conversation, timers: Timers) -> tuple[Response, ...]:
    """Ended waits with the time they were due; what was filed as history is nobody's merit and nobody's fault."""
    return tuple(
        Response(
            since=wait.since,
            ended_at=wait.at,
            due_at=timers.due(c, wait.since, wait.kind)[0],
            kind=wait.kind,
            how="answered" if wait.how == "answered" else "resolved",
            agent=wait.agent,
        )
        for wait in ended
        if wait.how != HISTORY and not _before_us(wait, c)
    )


def _before_us(wait: _Ended, c: Conversation) -> bool:
    """Answered before the account was connected: part of the history, not of the statistics."""
    history = [r.at for r in c.resolves if r.reason == HISTORY]
    return bool(history) and wait.at <= max(history)


# -- arrivals ----------------------------------------------------------------------------------------------


def receive(
    conversation: Conversation, messages: Sequence[Message], new: Sequence[Message], timers: Timers
) -> Conversation:
    """Settle after an arrival; `new` are those of `messages` that the store had not held before.

    A new customer message wakes what was snoozed, and reopens what was resolved if it waits (one that our
    answer already covers does not). History wakes nothing. Spam stays spam.
    """
    settled = settle(conversation, messages, timers)
    arrived = [m for m in new if m.direction is Direction.IN and m.stands]
    if all(is_history(m, settled.horizon) for m in arrived):
        return settled
    reopens = settled.status is Status.RESOLVED and settled.waiting_since is not None
    if settled.status is not Status.SNOOZED and not reopens:
        return settled
    return retime(replace(settled, status=Status.OPEN, snoozed_at=None, snoozed_until=None), timers)


# -- decisions of an agent ---------------------------------------------------------------------------------


def resolve(conversation: Conversation, agent: str, now: datetime) -> Conversation:
    """End the wait of everything the store holds now. Settle afterwards.

    What is resolved already stays as it is, so that reopening finds the resolve that ended the wait.
    """
    if conversation.status is Status.RESOLVED and conversation.waiting_since is None:
        return conversation
    mark = Resolve(at=now, upto=conversation.last_seq, agent=agent)
    return replace(
        conversation,
        status=Status.RESOLVED,
        resolves=(*conversation.resolves, mark),
        snoozed_at=None,
        snoozed_until=None,
    )


def reopen(conversation: Conversation) -> Conversation:
    """Withdraw the latest resolve: what waited waits again, from the old time. Settle afterwards."""
    resolves = conversation.resolves
    if conversation.status is Status.RESOLVED and resolves:
        *earlier, latest = resolves
        # A history mark also says what was answered before us (`_before_us`): it stays, and covers nothing.
        kept = [replace(latest, upto=WITHDRAWN)] if latest.reason == HISTORY else []
        resolves = (*earlier, *kept)
    return replace(conversation, status=Status.OPEN, resolves=resolves, snoozed_at=None, snoozed_until=None)


def snooze(conversation: Conversation, until: datetime, now: datetime) -> Conversation:
    """Hide, without pausing the timer. Settle afterwards: what was spam has a timer again."""
    return replace(conversation, status=Status.SNOOZED, snoozed_at=now, snoozed_until=until)


def spam(conversation: Conversation) -> Conversation:
    return replace(conversation, status=Status.SPAM, snoozed_at=None, snoozed_until=None)


def assign(conversation: Conversation, to: str | None) -> Conversation:
    return replace(conversation, assignee=to)


def tag(conversation: Conversation, add: Iterable[str], remove: Iterable[str]) -> Conversation:
    gone = set(remove)
    tags = dict.fromkeys((*conversation.tags, *add))
    return replace(conversation, tags=tuple(t for t in tags if t not in gone))


def prioritise(conversation: Conversation, priority: Priority) -> Conversation:
    return replace(conversation, priority=priority)


TRIAGE = ("status", "assignee", "tags", "priority", "snoozed_at", "snoozed_until", "resolves")
"""The fields that decisions change: what undo puts back, if nobody changed them since."""


def triage_facts(conversation: Conversation) -> tuple[object, ...]:
    return tuple(getattr(conversation, name) for name in TRIAGE)


def put_back(now_there: Conversation, before: Conversation) -> Conversation:
    """`now_there` with the triage facts of `before`. Settle afterwards."""
    return replace(now_there, **{name: getattr(before, name) for name in TRIAGE})
