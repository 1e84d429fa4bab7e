"""What messages and decisions do to a conversation.

`settle` is the heart: it reads a conversation's messages and resolves, and writes the summary into the head:
who waits since when, for which kind of answer, what was answered in time. It is a pure function of the facts, so
the order in which pages arrive does not matter (BEHAVIOUR.md#timers, rules 1 to 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from inbox.domain import languages
from inbox.domain.model import (
    Answerable,
    Conversation,
    Direction,
    Label,
    Message,
    Priority,
    Resolve,
    Status,
    SurfaceKind,
    Taking,
)
from inbox.domain.records import replace
from inbox.domain.reply import window
from inbox.domain.sla import Timers
from inbox.domain.thanks import only_thanks
from inbox.domain.waits import HISTORY, breach_before, cases_of, is_history, responses, waits_of

PREVIEW_LENGTH = 300
NEWEST_READ = 5
"""Messages of the customer by which the language is told."""

_AWAKE: dict[str, Any] = {"snoozed_at": None, "snoozed_until": None, "through_thanks": False}
"""What a conversation that does not sleep has."""
WITHDRAWN = 0
"""`upto` of a resolve that covers nothing any more."""


def settle(conversation: Conversation, messages: Sequence[Message], timers: Timers) -> Conversation:
    """The head with its summary brought up to date from all `messages` of the conversation."""
    public = sorted((m for m in messages if m.direction in (Direction.IN, Direction.OUT)), key=when)
    shown = [m for m in public if m.shown]
    standing = [m for m in shown if m.direction is Direction.IN and m.stands]
    # A greeting says nothing of the customer; the line of the queue shows what a person wrote.
    newest, last_in = _last([m for m in shown if not m.automatic] or shown), _last(standing)
    latest = _last(shown) or _last(public)
    waits = waits_of(conversation, public)
    cases, case_since = cases_of(conversation, public, timers)
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
        responses=responses(waits.ended, conversation, timers),
        automatic_count=sum(bool(m.automatic) for m in public),
        cases=cases,
        case_since=case_since,
        only_thanks=conversation.through_thanks
        and bool(waits.open)
        and all(only_thanks(m.text) for m in waits.open),
        unanswered=len(waits.open),
        language=_language(standing),
        came_seq=max((m.seq for m in standing), default=0),
    )
    return retime(summary, timers)


def with_unanswered(conversation: Conversation, messages: Sequence[Message]) -> Conversation:
    """The head with how many of its messages wait and the language of the customer, all else as it is."""
    public = sorted((m for m in messages if m.direction in (Direction.IN, Direction.OUT)), key=when)
    theirs = [m for m in public if m.direction is Direction.IN and m.stands]
    return replace(
        conversation,
        unanswered=len(waits_of(conversation, public).open),
        language=_language(theirs),
    )


def retime(conversation: Conversation, timers: Timers) -> Conversation:
    """The head after a change of status, priority, tags, assignee or policy: same facts, other deadlines."""
    c = conversation
    due = warn = breached = None
    policy = ""
    if c.waiting_since is not None and c.wait_kind is not None and c.status is not Status.SPAM:
        due, warn = timers.due(c, c.waiting_since, c.wait_kind)
        policy = timers.policy_words(c, c.wait_kind)
        breached = breach_before(c, timers) if due is not None else None
    return replace(
        c,
        due_at=due,
        warn_at=warn,
        breached_at=breached,
        policy=policy,
        closes_at=window(c, human_agent=c.account in timers.human_agent),
    )


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


def _language(theirs: Sequence[Message]) -> str:
    """Of what the customer wrote, the newest first."""
    return languages.code("\n".join(m.text for m in reversed(theirs[-NEWEST_READ:]))) if theirs else ""


def _answers_privately(message: Message, asked: Message) -> bool:
    """A private answer to this very message: Facebook allows one to each comment (facts/facebook.md#2.9)."""
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


# -- arrivals ----------------------------------------------------------------------------------------------


def receive(
    conversation: Conversation, messages: Sequence[Message], new: Sequence[Message], timers: Timers
) -> Conversation:
    """Settle after an arrival; `new` are those of `messages` that the store had not held before.

    A new customer message wakes what was snoozed, and reopens what was resolved if it waits (one that our
    answer already covers does not). History wakes nothing. Spam stays spam, and who sleeps through thanks sleeps on.
    """
    settled = settle(conversation, messages, timers)
    arrived = [m for m in new if m.direction is Direction.IN and m.stands]
    arrived = [m for m in arrived if not is_history(m, settled.horizon)]
    if not arrived:
        return settled
    if (
        settled.status is Status.SNOOZED
        and settled.through_thanks
        and all(only_thanks(m.text) for m in arrived)
    ):
        return settled
    reopens = settled.status is Status.RESOLVED and settled.waiting_since is not None
    if settled.status is not Status.SNOOZED and not reopens:
        return settled
    return retime(replace(settled, status=Status.OPEN, **_AWAKE), timers)


def settled_again(conversation: Conversation, messages: Sequence[Message], timers: Timers) -> Conversation:
    """Settle where it turned out that an answer was none, or was one: who waits again is open again."""
    settled = settle(conversation, messages, timers)
    if conversation.waiting_since is not None or settled.waiting_since is None:
        return settled
    if settled.status is Status.RESOLVED:
        return retime(replace(settled, status=Status.OPEN), timers)
    return settled


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
        **_AWAKE,
    )


def reopen(conversation: Conversation) -> Conversation:
    """Withdraw the latest resolve: what waited waits again, from the old time. Settle afterwards."""
    resolves = conversation.resolves
    if conversation.status is Status.RESOLVED and resolves:
        *earlier, latest = resolves
        # A history mark also says what was answered before us (`_before_us`): it stays, and covers nothing.
        kept = [replace(latest, upto=WITHDRAWN)] if latest.reason == HISTORY else []
        resolves = (*earlier, *kept)
    return replace(conversation, status=Status.OPEN, resolves=resolves, **_AWAKE)


def snooze(
    conversation: Conversation, until: datetime | None, now: datetime, *, through_thanks: bool = False
) -> Conversation:
    """Hide, without pausing the timer; `until` None: until the customer writes. Settle afterwards: what was spam has
    a timer again."""
    return replace(
        conversation,
        status=Status.SNOOZED,
        snoozed_at=now,
        snoozed_until=until,
        through_thanks=through_thanks,
    )


def spam(conversation: Conversation) -> Conversation:
    return replace(conversation, status=Status.SPAM, **_AWAKE)


def assign(conversation: Conversation, to: str | None, now: datetime) -> Conversation:
    """Give it to an agent, or to nobody. The first taking of a search hit starts its clock; giving it back and taking
    it again gains nothing. Settle afterwards."""
    c = conversation
    if to == c.assignee:
        return c
    takings = c.takings
    if to is not None and c.surface.kind is SurfaceKind.SEARCH and all(t.undone_at for t in takings):
        takings = (*takings, Taking(at=now))
    return replace(c, assignee=to, assigned_at=now if to else None, takings=takings)


def tag(conversation: Conversation, add: Iterable[str], remove: Iterable[str]) -> Conversation:
    gone = set(remove)
    tags = dict.fromkeys((*conversation.tags, *add))
    return replace(conversation, tags=tuple(t for t in tags if t not in gone))


def prioritise(conversation: Conversation, priority: Priority) -> Conversation:
    return replace(conversation, priority=priority)


TRIAGE = (
    "status",
    "assignee",
    "tags",
    "priority",
    "snoozed_at",
    "snoozed_until",
    "through_thanks",
    "resolves",
)
"""The fields that decisions change: what undo puts back, if nobody changed them since."""


def triage_facts(conversation: Conversation) -> tuple[object, ...]:
    return tuple(getattr(conversation, name) for name in TRIAGE)


def put_back(now_there: Conversation, before: Conversation, now: datetime) -> Conversation:
    """`now_there` with the triage facts of `before`. Settle afterwards.

    Waits that ended meanwhile keep the tags, the priority and the taking that they were measured by.
    """
    back = replace(now_there, **{name: getattr(before, name) for name in TRIAGE})
    back = replace(back, assigned_at=before.assigned_at, takings=_takings_back(now_there, before, now))
    return labelled_again(now_there, back, now)


def _takings_back(now_there: Conversation, before: Conversation, now: datetime) -> tuple[Taking, ...]:
    held, wanted = ([t for t in c.takings if t.undone_at is None] for c in (now_there, before))
    if len(held) > len(wanted):
        return tuple(t if t.undone_at else replace(t, undone_at=now) for t in now_there.takings)
    return now_there.takings if held or not wanted else (*now_there.takings, Taking(at=now))


def relabelled(before: Conversation, after: Conversation, now: datetime) -> Conversation:
    """`after` with a note of what its policies are asked from now on, where a decision changed that."""
    if _label(before) == _label(after):
        return after
    earlier = before.labels or (_label(before),)
    return replace(after, labels=(*earlier, replace(_label(after), at=now)))


def labelled_again(now_there: Conversation, back: Conversation, now: datetime) -> Conversation:
    """As `relabelled`, where a decision was taken back: the label it made counts only for waits that ended under it."""
    if _label(now_there) == _label(back):
        return back
    standing = [at for at, label in enumerate(now_there.labels) if label.undone_at is None]
    if len(standing) > 1:
        before_last, last = (now_there.labels[at] for at in standing[-2:])
        if replace(before_last, at=None) == _label(back):
            labels = list(now_there.labels)
            labels[standing[-1]] = replace(last, undone_at=now)
            return replace(back, labels=tuple(labels))
    return relabelled(now_there, back, now)


def _label(c: Conversation) -> Label:
    return Label(tags=c.tags, priority=c.priority, person_tags=c.person_tags)
