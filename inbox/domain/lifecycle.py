"""What messages and decisions do to a conversation.

`settle` is the heart: it reads a conversation's messages and resolves, and writes the summary into the head:
who waits since when, for which kind of answer, what was answered in time. It is a pure function of the facts, so
the order in which pages arrive does not matter (product.md section 3, rules 1-3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from inbox.domain.model import (
    Answerable,
    Conversation,
    Direction,
    Message,
    Priority,
    Resolve,
    Response,
    Status,
    Surface,
)
from inbox.domain.reply import window
from inbox.domain.sla import FIRST, NEXT, Timers

PREVIEW_LENGTH = 300


def settle(conversation: Conversation, messages: Sequence[Message], timers: Timers) -> Conversation:
    """The head with its summary brought up to date from all `messages` of the conversation."""
    public = sorted((m for m in messages if m.direction is not Direction.NOTE), key=_when)
    standing = [m for m in public if m.direction is Direction.IN and m.deleted_at is None]
    newest, last_in = _last(public), _last(standing)
    waits = _waits(public, conversation.resolves)
    summary = replace(
        conversation,
        preview=_preview(newest),
        preview_out=newest is not None and newest.direction is Direction.OUT,
        message_count=len(public),
        last_message_at=newest.sent_at if newest else None,
        last_in_at=last_in.sent_at if last_in else None,
        last_in_id=last_in.remote_id if last_in else None,
        last_seq=max((m.seq for m in messages), default=0),
        answerable=last_in.answerable if last_in else Answerable(),
        privately_answered=any(m.private and m.direction is Direction.OUT for m in public),
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


def _when(message: Message) -> tuple[datetime, int, str]:
    return (message.sent_at, message.seq, message.id)


def _last(messages: Sequence[Message]) -> Message | None:
    return messages[-1] if messages else None


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


@dataclass(frozen=True, slots=True)
class _Ended:
    since: datetime
    at: datetime
    kind: str
    how: str
    agent: str | None


@dataclass(frozen=True, slots=True)
class _Waits:
    since: datetime | None
    kind: str | None
    ended: list[_Ended]


def second(moment: datetime) -> datetime:
    """Platforms keep whole seconds at best; the same second as our answer counts as answered."""
    return moment.replace(microsecond=0)


def _waits(messages: Sequence[Message], resolves: Sequence[Resolve]) -> _Waits:
    """All waits of a conversation: those that ended, and the one that runs.

    An answer is ours and at or after the first customer message. It ends the wait of every customer message up
    to its second; what a resolve covers (by `seq`) waits no longer from the resolve on.
    """
    arrivals = [m for m in messages if m.direction is Direction.IN]
    first_in = second(arrivals[0].sent_at) if arrivals else None
    answers = [
        m for m in messages if m.direction is Direction.OUT and first_in and second(m.sent_at) >= first_in
    ]
    ended: list[_Ended] = []
    previous: datetime | None = None
    for answer in answers:
        moment = second(answer.sent_at)
        pending = [m for m in arrivals if _between(m, previous, moment) and m.deleted_at is None]
        kind = FIRST if previous is None else NEXT
        ended += _resolved_first(pending, resolves, kind, answer)
        previous = moment
    pending = [m for m in arrivals if _between(m, previous, None) and m.deleted_at is None]
    kind = NEXT if answers else FIRST
    open_ = [m for m in pending if _cover(m, resolves) is None]
    ended += _closed_by_resolve(pending, resolves, kind)
    since = min((m.sent_at for m in open_), default=None)
    return _Waits(since, kind if since else None, ended)


def _between(message: Message, after: datetime | None, upto: datetime | None) -> bool:
    moment = second(message.sent_at)
    return (after is None or moment > after) and (upto is None or moment <= upto)


def _cover(message: Message, resolves: Sequence[Resolve]) -> Resolve | None:
    """The first resolve that held this message, if any."""
    return next((r for r in resolves if message.seq and message.seq <= r.upto), None)


def _resolved_first(
    pending: Sequence[Message], resolves: Sequence[Resolve], kind: str, answer: Message
) -> list[_Ended]:
    """A wait up to an answer; what was resolved before the answer ended by the resolve."""
    earlier = [r for r in resolves if r.at < answer.sent_at]
    ended = _closed_by_resolve(pending, earlier, kind)
    rest = [m for m in pending if _cover(m, earlier) is None]
    if rest:
        ended.append(_Ended(rest[0].sent_at, answer.sent_at, kind, "answered", answer.author.name))
    return ended


def _closed_by_resolve(pending: Iterable[Message], resolves: Sequence[Resolve], kind: str) -> list[_Ended]:
    groups: dict[int, list[Message]] = {}
    for message in pending:
        resolve = _cover(message, resolves)
        if resolve is not None:
            groups.setdefault(resolves.index(resolve), []).append(message)
    return [
        _Ended(group[0].sent_at, resolves[i].at, kind, resolves[i].reason, resolves[i].agent)
        for i, group in sorted(groups.items())
    ]


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
        if wait.how != "history" and not _before_us(wait, c)
    )


def _before_us(wait: _Ended, c: Conversation) -> bool:
    """Answered before the account was connected: part of the history, not of the statistics."""
    history = [r.at for r in c.resolves if r.reason == "history"]
    return bool(history) and wait.at <= max(history)


# -- arrivals ----------------------------------------------------------------------------------------------


def receive(
    conversation: Conversation, messages: Sequence[Message], new: Sequence[Message], timers: Timers
) -> Conversation:
    """Settle after an arrival; `new` are those of `messages` that the store had not held before.

    A new customer message wakes what was snoozed, and reopens what was resolved if it waits (one that our
    answer already covers does not). Spam stays spam.
    """
    settled = settle(conversation, messages, timers)
    if not any(m.direction is Direction.IN and m.deleted_at is None for m in new):
        return settled
    reopens = settled.status is Status.RESOLVED and settled.waiting_since is not None
    if settled.status is not Status.SNOOZED and not reopens:
        return settled
    return retime(replace(settled, status=Status.OPEN, snoozed_at=None, snoozed_until=None), timers)


def file_history(conversation: Conversation, now: datetime, history: timedelta) -> Conversation:
    """On first connection: file what nobody waits for, or only waits for since longer than `history`.

    Search hits are never filed. Settle the conversation afterwards.
    """
    if conversation.surface is Surface.SEARCH or conversation.status is Status.SPAM:
        return conversation
    newest = conversation.last_in_at
    waiting = conversation.waiting_since is not None
    if waiting and newest is not None and now - newest <= history:
        return conversation
    mark = Resolve(at=now, upto=conversation.last_seq, reason="history")
    return replace(
        conversation,
        status=Status.RESOLVED,
        resolves=(*(r for r in conversation.resolves if r.reason != "history"), mark),
    )


# -- decisions of an agent ---------------------------------------------------------------------------------


def resolve(conversation: Conversation, agent: str, now: datetime) -> Conversation:
    """End the wait of everything the store holds now. Settle afterwards."""
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
    if conversation.status is Status.RESOLVED:
        resolves = resolves[:-1]
    return replace(conversation, status=Status.OPEN, resolves=resolves, snoozed_at=None, snoozed_until=None)


def snooze(conversation: Conversation, until: datetime, now: datetime) -> Conversation:
    """Hide, without pausing the timer."""
    return replace(conversation, status=Status.SNOOZED, snoozed_at=now, snoozed_until=until)


def spam(conversation: Conversation) -> Conversation:
    return replace(conversation, status=Status.SPAM, snoozed_at=None, snoozed_until=None)


def assign(conversation: Conversation, to: str | None) -> Conversation:
    return replace(conversation, assignee=to)


def tag(conversation: Conversation, add: Iterable[str], remove: Iterable[str]) -> Conversation:
    gone = set(remove)
    tags = [*conversation.tags, *(t for t in add if t not in conversation.tags)]
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
