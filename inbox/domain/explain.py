"""Why an answer is due when it is, in words: what the key for "why" and the manual of the figures rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from inbox.domain.hours import NeverOpen, ServiceHours, Stretch
from inbox.domain.model import AUTOMATIC, FIRST, Conversation, Direction, Message, Response, Status
from inbox.domain.queue import waits
from inbox.domain.reply import Rule, rules
from inbox.domain.sla import DEFAULT_POLICY, Timers, local, span
from inbox.domain.waits import READ_LATE, TAKEN_BACK, proactive, taken_at


def explain(
    conversation: Conversation, timers: Timers, now: datetime, messages: Sequence[Message] = ()
) -> list[str]:
    """Why this due time, in words, a line each. `messages`: of the conversation, by time."""
    if conversation.status is Status.SPAM:
        return ["Spam has no timer."]
    since, kind = conversation.waiting_since, conversation.wait_kind
    zone = timers.hours.zone
    if since is None or kind is None:
        nobody = "Nobody is waiting: everything was answered, resolved or deleted."
        return [nobody, *_last_wait(conversation, zone), *_matter(conversation, timers, now)]
    if not waits(conversation):
        return ["A search hit: nobody addressed us, so no timer runs until somebody takes or answers it."]
    which = "our first answer" if kind == FIRST else "our next answer"
    lines = [
        f"Waiting since {local(since, zone)} for {which}.",
        f"Target {span(timers.target(conversation, kind))} of service time, by {_named_by(conversation, timers, kind)}.",
    ]
    if conversation.due_at is None:
        lines.append("Service never opens for that long, so nothing is ever due.")
    else:
        lines += [
            *_counted(since, conversation.due_at, timers.hours),
            *_due(conversation.due_at, timers, now),
        ]
    lines += [
        *_beginning(conversation, messages, zone),
        *_no_answers(conversation, messages, zone),
        *_matter(conversation, timers, now),
    ]
    human = conversation.account in timers.human_agent
    return lines + [_ruled(rule, now, zone) for rule in rules(conversation, human_agent=human)]


def _beginning(c: Conversation, messages: Sequence[Message], zone: tzinfo) -> Iterator[str]:
    """What is special about the moment from which it counts: a taking, a breach under an earlier policy, a late
    reading."""
    assert c.waiting_since is not None
    if proactive(c, c.wait_kind) and taken_at(c, None) == c.waiting_since:
        yield "A search hit: the time runs from the moment somebody first took it, not from its publication."
    if c.breached_at is not None and c.breached_at != c.due_at:
        yield f"Overdue since {local(c.breached_at, zone)} by the policy of that time; this does not change."
    first = next((m for m in messages if m.direction is Direction.IN and m.sent_at >= c.waiting_since), None)
    if first is not None and first.received_at - first.sent_at > READ_LATE:
        delay = span(first.received_at - first.sent_at)
        yield f"Read {local(first.received_at, zone)}, {delay} after it was published."


def _no_answers(c: Conversation, messages: Sequence[Message], zone: tzinfo) -> Iterator[str]:
    """Messages of ours since then that no person wrote."""
    assert c.waiting_since is not None
    for m in messages:
        if (
            m.direction is Direction.OUT
            and m.automatic
            and m.sent_at >= c.waiting_since.replace(microsecond=0)
        ):
            if m.automatic == AUTOMATIC:
                yield f"No answer: our message of {local(m.sent_at, zone)} is automatic."
            else:
                yield f"No answer: our message of {local(m.sent_at, zone)} is perhaps automatic."


def _last_wait(c: Conversation, zone: tzinfo) -> Iterator[str]:
    """How the latest wait went, by what was in force when it ended."""
    last = max(c.responses, key=lambda r: r.ended_at, default=None)
    if last is None:
        return
    ended, began = local(last.ended_at, zone), local(last.since, zone)
    took = span(last.ended_at - last.since)
    if last.how == TAKEN_BACK:
        yield f"The message of {began} was gone from the platform {ended}, before an answer."
        return
    if last.how == "answered":
        yield f"Answered {ended}, {took} after the message of {began}."
    else:
        yield f"Resolved without an answer {ended}, {took} after the message of {began}."
    if last.due_at is None:
        return
    due = local(last.due_at, zone)
    if last.in_time:
        yield f"That was in time: due {due}, by {_policy_then(last)}."
    else:
        yield f"That was late: due {due}, by {_policy_then(last)}."


def _policy_then(response: Response) -> str:
    if not response.judged:
        return "what was in force then"
    return "the default" if response.policy == DEFAULT_POLICY else f"the policy for {response.policy}"


def _matter(c: Conversation, timers: Timers, now: datetime) -> Iterator[str]:
    """By when it should be resolved, where that is measured."""
    by = timers.resolve_due(c.case_since) if c.case_since is not None else None
    if by is None or c.case_since is None or timers.resolve is None or c.status is Status.RESOLVED:
        return
    zone, left = timers.hours.zone, by - now
    target, began, end = span(timers.resolve), local(c.case_since, zone), local(by, zone)
    yield f"To be resolved within {target} of service time since {began}: by {end}."
    if left < timedelta(0):
        yield f"That was {span(left)} ago."
    else:
        yield f"That is in {span(left)}."


def _ruled(rule: Rule, now: datetime, zone: tzinfo) -> str:
    if rule.at is None:
        return f"{rule.what} is used: {rule.why}."
    if rule.at <= now:
        return f"{rule.what} closed {local(rule.at, zone)}: {rule.why}."
    return f"{rule.what} closes {local(rule.at, zone)}: {rule.why}."


def _named_by(conversation: Conversation, timers: Timers, kind: str) -> str:
    policy = timers.policy(conversation)
    if policy is None:
        return "the default"
    if policy.target(kind) is None:
        return f"the default: the policy for {policy.words()} names none"
    return f"the policy for {policy.words()}"


def _due(due: datetime, timers: Timers, now: datetime) -> list[str]:
    """When it is due, how far off that is, and whether service rests now."""
    left = due - now
    if left < timedelta(0):
        return [f"Due {local(due, timers.hours.zone)}: {span(left)} ago."]
    line = f"Due {local(due, timers.hours.zone)}: {span(left)} left."
    try:
        opens = timers.hours.opens_at(now)
    except NeverOpen:
        return [line, "Resting: service does not open again."]
    return (
        [line]
        if opens is None
        else [line, f"Resting: service opens again {local(opens, timers.hours.zone)}."]
    )


SHOWN_STRETCHES = 6


def _counted(since: datetime, due: datetime, hours: ServiceHours) -> list[str]:
    """The time from `since` to `due`, a line for each stretch that counted and each that did not."""
    lines, reached = list[str](), since
    for stretch in _joined(hours, since, due):
        if stretch.start > reached:
            begin, end, length = _stretch(reached, stretch.start, hours.zone)
            lines.append(f"Not counted: {begin} to {end} ({length}), outside service hours.")
        begin, end, length = _stretch(stretch.start, stretch.end, hours.zone)
        lines.append(f"Counted: {begin} to {end} ({length}).")
        reached = stretch.end
    if len(lines) > SHOWN_STRETCHES:
        hidden = len(lines) - SHOWN_STRETCHES + 1
        lines = [*lines[: SHOWN_STRETCHES - 2], f"... {hidden} more like these ...", lines[-1]]
    return lines


def _joined(hours: ServiceHours, since: datetime, due: datetime) -> list[Stretch]:
    """Service time between two instants; days that follow each other without a break are one stretch."""
    joined: list[Stretch] = []
    for stretch in hours.stretches(since):
        if stretch.start >= due:
            break
        end = min(stretch.end, due)
        if joined and joined[-1].end == stretch.start:
            joined[-1] = Stretch(joined[-1].start, end)
        else:
            joined.append(Stretch(stretch.start, end))
    return joined


def _stretch(start: datetime, end: datetime, zone: tzinfo) -> tuple[str, str, str]:
    """From, until and how long, in words."""
    same_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    until = f"{end.astimezone(zone):%H:%M}" if same_day else local(end, zone)
    return local(start, zone), until, span(end - start)
