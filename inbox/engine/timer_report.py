"""The public JSON of timers and waits (BEHAVIOUR.md#timers, BEHAVIOUR.md#json)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inbox.domain.model import AUTOMATIC, Conversation, Direction, Message, Status
from inbox.domain.queue import status_at
from inbox.domain.sla import timer
from inbox.domain.waits import proactive, taken_at

Json = dict[str, Any]


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 UTC with `Z`; milliseconds where there are any."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def timer_of(c: Conversation, now: datetime, opens_at: datetime | None) -> Json:
    """`opens_at`: when service resumes; None while it is open."""
    clock = timer(c, now, opens_at)
    taken = proactive(c, c.wait_kind) and taken_at(c, None) is not None
    return {
        "kind": clock.kind,
        "state": clock.state.value,
        "from": ("taken" if taken else "published") if clock.kind else None,
        "policy": c.policy if clock.kind and clock.due_at else None,
        "due_at": instant(clock.due_at),
        "remaining_seconds": int(clock.remaining.total_seconds()) if clock.remaining is not None else None,
        "resting_until": instant(clock.resting_until),
        "breached_at": instant(clock.breached_at),
    }


def snooze_of(c: Conversation, now: datetime) -> Json:
    """`snoozed_for`: "time", or "reply" where only the customer's next message wakes it; null where it does not sleep."""
    asleep = status_at(c, now) is Status.SNOOZED
    return {
        "snoozed_until": instant(c.snoozed_until),
        "snoozed_for": ("time" if c.snoozed_until else "reply") if asleep else None,
        "through_thanks": asleep and c.through_thanks,
    }


def waits_of(c: Conversation) -> list[Json]:
    """Waits that ended, by their beginning, as they were measured when they did; the one that runs is the last, without
    an end."""
    ended = [
        {
            "kind": r.kind,
            "since": instant(r.since),
            "due_at": instant(r.due_at),
            "ended_at": instant(r.ended_at),
            "how": r.how,
            "in_time": r.in_time,
            "policy": r.policy or None,
            "target_seconds": int(r.target.total_seconds()) if r.target is not None else None,
            "breached_at": instant(r.breached_at),
            "proactive": r.proactive,
            "agent": r.agent,
        }
        for r in sorted(c.responses, key=lambda r: r.since)
    ]
    if c.waiting_since is None:
        return ended
    spam = c.status is Status.SPAM
    running: Json = {
        **dict.fromkeys(("ended_at", "in_time", "target_seconds", "agent")),
        "kind": c.wait_kind,
        "since": instant(c.waiting_since),
        "due_at": instant(c.due_at),
        "how": "spam" if spam else None,
        "policy": c.policy or None,
        "breached_at": instant(c.breached_at),
        "proactive": proactive(c, c.wait_kind),
    }
    return [*ended, running]


def automatic_of(m: Message) -> bool | str:
    """True: no person wrote it; "perhaps": by the rule of doubt; False: a person did, or it is not ours."""
    if m.direction is not Direction.OUT or not m.automatic:
        return False
    return True if m.automatic == AUTOMATIC else m.automatic
