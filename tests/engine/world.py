"""A small world for the engine: a clock that is turned by hand, a platform that does as it is told, a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.builders import ALWAYS
from platform_rules import declared

from inbox.adapters.simkit import VirtualClock
from inbox.domain.model import Answerable, Deed, Person, Surface
from inbox.domain.sla import Timers
from inbox.engine.desk.desk import Desk
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.intake import Source, take_in
from inbox.engine.station.reader import Reader
from inbox.errors import PlatformError
from inbox.ports.platform import (
    Asked,
    Heard,
    Identity,
    Incoming,
    Length,
    Look,
    Outgoing,
    Pace,
    Page,
    Receipt,
    Sightings,
)
from inbox.ports.secrets import TokenSource
from inbox.store.sqlite.store import LocalStore

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANNA = Person(name="Anna", handle="anna", remote_id="7")
US = Person(name="Acme", handle="acme", remote_id="1")
TIMERS = Timers(hours=ALWAYS)
BERLIN = ZoneInfo("Europe/Berlin")


def said(
    key: str,
    text: str = "Where is my parcel?",
    *,
    at: datetime = NOON,
    thread: str | None = "root:7",
    ours: bool = False,
    author: Person | None = None,
    surface: Surface = Surface.MENTIONS,
    **more: Any,
) -> Incoming:
    """One message as an adapter would hand it over."""
    return Incoming(
        key=key,
        remote_id=key,
        surface=surface,
        thread=thread,
        author=author or (US if ours else ANNA),
        ours=ours,
        text=text,
        sent_at=at,
        contact=more.pop("contact", ANNA if thread else None),
        answerable=more.pop("answerable", Answerable(public=True)),
        **more,
    )


def source(surface: Surface = Surface.MENTIONS, *, first: bool = False, account: str = "acme-x") -> Source:
    """`first`: the account was connected at noon, and what is older than a day is history."""
    horizon = NOON - timedelta(hours=24) if first else None
    return Source(account=account, platform="twitter", surface=surface, horizon=horizon)


@dataclass
class Scripted:
    """An adapter that does what the test says. `accepted` is what the platform really took."""

    clock: VirtualClock
    pages: dict[Surface, list[Page | PlatformError]] = field(default_factory=dict)
    fresh: list[Page] = field(default_factory=list)
    outcomes: list[PlatformError | str | Callable[[], None]] = field(default_factory=list)
    accepted: list[Outgoing] = field(default_factory=list)
    hidden: bool = False
    """Own messages are not visible yet."""
    blind: bool = False
    """Look-ups cannot see everything."""
    closed: int = 0
    done: list[tuple[Deed, str | None]] = field(default_factory=list)
    rechecked: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    """What a look says of these keys."""
    told: list[Heard | PlatformError] = field(default_factory=list)
    keeps_telling: bool = False

    async def identify(self) -> Identity:
        return Identity(remote_id="1", name="Acme", handle="acme")

    async def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
    ) -> AsyncIterator[Page]:
        for page in self.pages.pop(surface, []):
            if isinstance(page, PlatformError):
                raise page
            yield page

    async def refresh(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        for page in self.fresh:
            yield page

    async def send(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        outcome = self.outcomes.pop(0) if self.outcomes else "taken"
        if outcome == "taken":
            on_wire()
            return self._take(outgoing)
        if isinstance(outcome, PlatformError):
            raise outcome
        if callable(outcome):
            on_wire()
            outcome()
            return self._take(outgoing)
        on_wire()
        if outcome == "taken, then silence":
            self._take(outgoing)
        raise _silence()

    def _take(self, outgoing: Outgoing) -> Receipt:
        self.accepted.append(outgoing)
        return self._receipt(len(self.accepted) - 1)

    def _receipt(self, at: int) -> Receipt:
        return Receipt(remote_id=f"own-{at}", key=f"own-{at}", sent_at=self.clock.now())

    async def find(self, outgoing: Outgoing, since: datetime) -> Sightings:
        if self.hidden:
            return Sightings(found=(), complete=True)
        found = [
            self._receipt(i)
            for i, taken in enumerate(self.accepted)
            if taken.item.text == outgoing.item.text and taken.thread == outgoing.thread
        ]
        return Sightings(found=() if self.blind else found, complete=not self.blind)

    async def do(self, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
        outcome = self.outcomes.pop(0) if self.outcomes else "taken"
        if isinstance(outcome, PlatformError):
            raise outcome
        on_wire()
        self.done.append((deed, outgoing.item.reply_to or outgoing.item.recipient))
        if outcome != "taken":
            raise _silence()

    async def whole(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        for page in self.fresh:
            yield page

    async def look(self, surface: Surface, asked: Sequence[Asked]) -> Look:
        """`gone` are ids that prove a deletion, `silent` those about which nothing is said."""
        self.rechecked.extend(one.remote_id for one in asked)
        keys = {one.key for one in asked}
        there = keys - self.gone - self.lost - self.silent
        return Look(
            there=frozenset(there),
            deleted=frozenset(keys & self.gone),
            with_parent=frozenset(keys & self.lost),
            texts={key: text for key, text in self.texts.items() if key in there},
        )

    async def listen(self, app: TokenSource) -> AsyncIterator[Heard]:
        for heard in self.told:
            if isinstance(heard, PlatformError):
                raise heard
            yield heard
        if self.keeps_telling:
            await asyncio.Event().wait()

    def spent(self) -> Mapping[str, int]:
        return {}

    def pace(self) -> Pace:
        return Pace(remaining=100, limit=300)

    def interval(self, surface: Surface) -> float:
        return 60.0

    async def aclose(self) -> None:
        self.closed += 1


def _silence() -> PlatformError:
    from inbox.errors import Uncertain

    return Uncertain("No answer came.", next_step="It is being looked up.")


@dataclass
class World:
    clock: VirtualClock
    store: LocalStore
    platform: Scripted
    reader: Reader
    delivery: Delivery
    desk: Desk

    def arrive(self, *messages: Incoming, surface: Surface = Surface.MENTIONS, first: bool = False) -> None:
        take_in(self.store, Page(messages=messages), source(surface, first=first), TIMERS, self.clock.now())

    async def turn(self, seconds: float) -> None:
        """Let time pass, and let the delivery do what is due then."""
        self.clock.advance(seconds)
        await self.delivery.step()


def build(folder: Path, *, surfaces: Sequence[Surface] = (Surface.MENTIONS,)) -> World:
    clock = VirtualClock(NOON)
    store = LocalStore(folder)
    platform = Scripted(clock)

    async def connect() -> Scripted:
        return platform

    reader = Reader(
        account="acme-x",
        platform="twitter",
        surfaces=surfaces,
        open_adapter=connect,
        store=store,
        clock=clock,
        timers=TIMERS,
        backfill=timedelta(days=30),
        history=timedelta(hours=24),
    )
    delivery = Delivery(store, clock, TIMERS, {"acme-x": reader})
    desk = Desk(
        store,
        clock,
        agent="tanja",
        timers=TIMERS,
        platforms=declared(
            {"acme-x": "twitter"},
            length=lambda conversation, text, private: Length(used=len(text), limit=280, valid_to=280),
            deeds=lambda conversation: frozenset(Deed),
        ),
    )
    return World(clock, store, platform, reader, delivery, desk)


@contextmanager
def restarted(world: World) -> Any:
    """The same store after the process died: a new delivery, nothing remembered but what is on disk."""
    delivery = Delivery(world.store, world.clock, TIMERS, {"acme-x": world.reader})
    delivery.recover()
    yield World(world.clock, world.store, world.platform, world.reader, delivery, world.desk)
