"""Records for the store's tests, with only what a test cares about spelled out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.domain.model import Conversation, Direction, Message, Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import replace

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


def conversation(number: int = 1, **fields: Any) -> Conversation:
    plain = Conversation(
        id=f"acme:direct:{number}",
        account="acme",
        platform="twitter",
        surface=Surface.DIRECT,
        thread=str(number),
    )
    return replace(plain, **fields)


def message(number: int = 1, text: str = "Hello", **fields: Any) -> Message:
    plain = Message(
        id=f"acme:{number}",
        conversation="acme:direct:1",
        remote_id=str(number),
        direction=Direction.IN,
        author=Person(name="Ada", handle="ada", remote_id="7"),
        text=text,
        sent_at=NOW + timedelta(seconds=number),
        received_at=NOW,
    )
    return replace(plain, **fields)


def reply(number: int = 1, **fields: Any) -> OutboxItem:
    plain = OutboxItem(
        id=f"reply-{number}",
        key=f"key-{number}",
        conversation="acme:direct:1",
        account="acme",
        agent="ann",
        text="On its way.",
        private=True,
        created_at=NOW + timedelta(seconds=number),
        not_before=NOW + timedelta(seconds=number + 10),
    )
    return replace(plain, **fields)
