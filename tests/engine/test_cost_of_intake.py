"""What taking in a message costs the store: a storm of ten thousand is read beside an agent who works."""

from __future__ import annotations

from engine.world import NOON, TIMERS, World, said, source
from inbox.domain.model import Person
from inbox.engine.station.intake import take_in
from inbox.ports.platform import Page

PER_MESSAGE = 16
"""Statements for a message that begins a conversation, those of its full text included."""


def storm(first: int) -> Page:
    people = [Person(name=f"P{n}", handle=f"p{n}", remote_id=f"7{n}") for n in range(100)]
    return Page(
        messages=[
            said(str(first + n), f"Where is {n}?", thread=f"root:7{n}", author=one, contact=one)
            for n, one in enumerate(people)
        ]
    )


def statements(world: World, page: Page) -> int:
    ran: list[str] = []
    database = world.store.handle.sql._db
    # SQLite traces the statements inside its full text as comments.
    database.set_trace_callback(lambda sql: None if sql.startswith("--") else ran.append(sql))
    take_in(world.store, page, source(), TIMERS, NOON)
    database.set_trace_callback(None)
    return len(ran)


def test_a_message_costs_a_bounded_number_of_statements(world: World) -> None:
    """What is the same for a page, or was read a moment ago, is not asked again for each message."""
    fresh, again = (statements(world, storm(first)) / 100 for first in (1000, 2000))
    assert fresh <= PER_MESSAGE
    assert again <= PER_MESSAGE
