"""Conversations and messages for the tests of the rules: short to write, each fact given once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inbox.domain import lifecycle
from inbox.domain.hours import DAYS, MIDNIGHT, Interval, ServiceHours
from inbox.domain.model import Conversation, Direction, Message, Person, Status, Surface
from inbox.domain.records import replace
from inbox.domain.sla import Timers

ALWAYS = ServiceHours(ZoneInfo("UTC"), {day: (Interval(MIDNIGHT, MIDNIGHT),) for day in DAYS})
"""Round the clock."""

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A Monday; one o'clock in Berlin."""
ANNA = Person(name="Anna", handle="anna", remote_id="7")
US = Person(name="Acme", handle="acme", remote_id="1")
CLOCK = Timers(hours=ALWAYS)
"""Three hours round the clock."""


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def message(key: int, minutes: float, direction: Direction = Direction.IN, **more: Any) -> Message:
    """Message number `key`, read as number `key`, written `minutes` after noon."""
    moment = at(minutes)
    return Message(
        **{
            "id": f"acme:{key}",
            "conversation": "acme:mentions:1",
            "remote_id": str(key),
            "direction": direction,
            "author": ANNA if direction is Direction.IN else US,
            "text": f"text {key}",
            "sent_at": moment,
            "received_at": moment,
            "seq": key,
            **more,
        }
    )


def asks(key: int, minutes: float, **more: Any) -> Message:
    return message(key, minutes, Direction.IN, **more)


def answers(key: int, minutes: float, **more: Any) -> Message:
    return message(key, minutes, Direction.OUT, **more)


def note(key: int, minutes: float, **more: Any) -> Message:
    return message(key, minutes, Direction.NOTE, **more)


def head(surface: Surface = Surface.MENTIONS, **more: Any) -> Conversation:
    platform = "twitter" if surface in (Surface.MENTIONS, Surface.DIRECT, Surface.SEARCH) else "facebook"
    return Conversation(
        **{
            "id": f"acme:{surface}:1",
            "account": "acme",
            "platform": platform,
            "surface": surface,
            "thread": "1",
            **more,
        }
    )


def settled(
    *messages: Message, timers: Timers = CLOCK, surface: Surface = Surface.MENTIONS, **more: Any
) -> Conversation:
    """The head of a conversation with these messages."""
    return lifecycle.settle(head(surface, **more), messages, timers)


def waiting(minutes: float = 0, surface: Surface = Surface.MENTIONS, **more: Any) -> Conversation:
    """A conversation in which Anna has waited since so many minutes after noon."""
    return settled(asks(1, minutes), surface=surface, **more)


def hours(zone: str = "Europe/Berlin", holidays: Iterable[Any] = (), **week: str) -> ServiceHours:
    """`hours(daily="07:00-23:00")`, `hours(mon="09:00-12:00 13:00-17:00")`."""
    return ServiceHours(
        ZoneInfo(zone),
        {day: intervals(week.get(day, week.get("daily", ""))) for day in DAYS},
        frozenset(holidays),
    )


def intervals(text: str) -> tuple[Interval, ...]:
    return tuple(
        Interval(*(MIDNIGHT if end == "24:00" else time.fromisoformat(end) for end in part.split("-")))
        for part in text.split()
    )


def local(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    """`2026-11-23 16:30` on the wall there, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def resolved(conversation: Conversation, messages: Iterable[Message], minutes: float) -> Conversation:
    """Resolved by Tanja and settled."""
    return lifecycle.settle(lifecycle.resolve(conversation, "tanja", at(minutes)), [*messages], CLOCK)


def reopened(conversation: Conversation, messages: Iterable[Message]) -> Conversation:
    return lifecycle.settle(lifecycle.reopen(conversation), [*messages], CLOCK)


def snoozed(conversation: Conversation, until: float, now: float) -> Conversation:
    return lifecycle.snooze(conversation, at(until), at(now))


def with_status(conversation: Conversation, status: Status) -> Conversation:
    return lifecycle.retime(replace(conversation, status=status), CLOCK)
