"""A Facebook adapter on a simulated Page, for the tests beside this file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from platform_rules import configured

from inbox.adapters import http, simkit
from inbox.adapters.facebook import PLATFORM
from inbox.adapters.facebook.sim import Simulator
from inbox.adapters.facebook.sim.world import Comment, World
from inbox.adapters.facebook.sim.world import Person as SimPerson
from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Person, Surface
from inbox.domain.outbox import OutboxItem
from inbox.ports.platform import Adapter, Incoming, Outgoing, Page
from inbox.ports.secrets import Secret

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


@dataclass(slots=True)
class Station:
    """An adapter on a simulated Page, and what it has read so far."""

    sim: Simulator
    clock: VirtualClock
    adapter: Adapter
    cursors: dict[Surface, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.sim.world

    async def pages(self, surface: Surface) -> list[Page]:
        """One round, its cursor kept as the store would."""
        found: list[Page] = []
        async for page in self.adapter.read(surface, self.cursors.get(surface), START - MONTH):
            found.append(page)
            if page.cursor is not None:
                self.cursors[surface] = page.cursor
        return found

    async def read(self, surface: Surface) -> list[Incoming]:
        return [m for page in await self.pages(surface) for m in page.messages]

    def asked(self, path: str) -> int:
        return sum(path in r.path for r in self.sim.requests)


def station(
    *,
    over: str | None = None,
    human_agent: bool = False,
    page_id: str | None = "1001",
    ads: bool = False,
    **knobs: Any,
) -> Station:
    clock = VirtualClock(START)
    sim = Simulator(clock)
    sim.world.human_agent = human_agent
    for name, value in knobs.items():
        setattr(sim, name, value)
    account = configured(name="acme", platform="facebook", page_id=page_id, human_agent=human_agent, ads=ads)
    client = http.open_client(over) if over else http.open_client(sim.url, transport=simkit.transport(sim))
    return Station(sim, clock, PLATFORM.connect(account, client, Secret(sim.token), clock))


@asynccontextmanager
async def on_loopback(**options: Any) -> AsyncIterator[Station]:
    clock = VirtualClock(START)
    sim = Simulator(clock)
    async with simkit.loopback(sim) as url:
        account = configured(name="acme", platform="facebook", page_id="1001", **options)
        adapter = PLATFORM.connect(account, http.open_client(url), Secret(sim.token), clock)
        try:
            yield Station(sim, clock, adapter)
        finally:
            await adapter.aclose()


def reply(
    surface: Surface,
    thread: str,
    *,
    text: str = "It is on its way.",
    to: str | None = None,
    person: SimPerson | None = None,
    private: bool = False,
    last_in_at: datetime | None = None,
) -> Outgoing:
    item = OutboxItem(
        id="ob-1",
        key="k",
        conversation=f"acme:{surface}:{thread}",
        account="acme",
        agent="tanja",
        text=text,
        private=private or surface.private,
        created_at=START,
        not_before=START,
        reply_to=to,
    )
    contact = Person(remote_id=person.psid) if person else Person()
    return Outgoing(item=item, surface=surface, thread=thread, contact=contact, last_in_at=last_in_at)


def to_message(s: Station, person: SimPerson, **more: Any) -> Outgoing:
    conversation = s.world.conversation_with(person)
    assert conversation is not None
    more.setdefault("last_in_at", conversation.newest_from_person())
    return reply(Surface.MESSENGER, conversation.id, person=person, **more)


def to_comment(comment: Comment, **more: Any) -> Outgoing:
    more.setdefault("last_in_at", comment.at)
    top = comment.parent or comment
    return reply(Surface.COMMENTS, top.short_id, to=comment.id, **more)


def nothing() -> None:
    pass
