"""Reading one account: rounds over its surfaces, each at the pace the platform's limits allow.

One broken account stops only itself: it backs off, says so once when it goes down and once when it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from inbox.domain.model import Surface
from inbox.domain.sla import Timers
from inbox.engine.desk import AccountHealth, health_key
from inbox.engine.intake import Source, Taken, finish_first_round, take_in
from inbox.ports import Adapter, AuthExpired, Clock, Identity, PlatformError, RateLimited, Store

log = logging.getLogger(__name__)

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 900.0
"""Seconds between two tries of an account that is down: doubled from the first to the longest."""


@dataclass(slots=True)
class RoundReport:
    """What one reading of an account brought; `error` is what stopped (part of) it."""

    account: str
    fetched: int = 0
    new: int = 0
    error: PlatformError | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(slots=True)
class Reader:
    """Reads one account into the store. `open_adapter` may raise PlatformError; it is called at first use and
    again after a sign-in problem."""

    account: str
    platform: str
    surfaces: Sequence[Surface]
    open_adapter: Callable[[], Awaitable[Adapter]]
    store: Store
    clock: Clock
    timers: Timers
    backfill: timedelta
    history: timedelta
    every: float | None = None
    """Seconds between two reads of a surface; None: as the adapter finds the limits allow."""
    adapter: Adapter | None = None
    identity: Identity | None = None
    failures: int = 0
    due: dict[Surface, datetime] = field(default_factory=dict)
    resume_at: datetime | None = None
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def connect(self) -> Adapter:
        """The adapter, signed in. Raises PlatformError."""
        async with self._connecting:
            if self.adapter is None:
                self.adapter = await self.open_adapter()
            if self.identity is None:
                self.identity = await self.adapter.identify()
            return self.adapter

    # -- one round ---------------------------------------------------------------------------------------

    async def round(self, surfaces: Sequence[Surface] | None = None) -> RoundReport:
        """Read the given surfaces (default: all) once, to the end. Never raises PlatformError."""
        report = RoundReport(self.account)
        notes: list[str] = []
        try:
            adapter = await self.connect()
        except PlatformError as error:
            report.error = error
            await self._down(error)
            return report
        for surface in surfaces or self.surfaces:
            try:
                await self._read(adapter, surface, report, notes)
            except PlatformError as error:
                report.error = report.error or error
                if isinstance(error, AuthExpired | RateLimited):
                    break
            pause = adapter.interval(surface) if self.every is None else self.every
            self.due[surface] = self.clock.now() + timedelta(seconds=pause)
        if report.error is None:
            self._up(adapter, notes)
        else:
            await self._down(report.error)
        return report

    async def _read(self, adapter: Adapter, surface: Surface, report: RoundReport, notes: list[str]) -> None:
        source = self._source(surface)
        place = self.store.cursor(source.feed) or {}
        since = self.clock.now() - self.backfill
        async for page in adapter.read(surface, place.get("cursor"), since):
            taken = take_in(self.store, page, source, self.timers, self.clock.now())
            self._count(report, taken)
            notes.extend(note for note in page.notes if note not in notes)
            if page.complete and source.first:
                finish_first_round(self.store, source, self.timers, self.clock.now())

    def _source(self, surface: Surface) -> Source:
        place = self.store.cursor(f"{self.account}:{surface}") or {}
        return Source(
            account=self.account,
            platform=self.platform,
            surface=surface,
            history=self.history,
            first=not place.get("backfilled", False),
        )

    @staticmethod
    def _count(report: RoundReport, taken: Taken) -> None:
        report.fetched += taken.fetched
        report.new += taken.new

    async def refresh(self, surface: Surface, thread: str) -> None:
        """Read one conversation again, before a reply goes out. Raises PlatformError."""
        adapter = await self.connect()
        source = replace(self._source(surface), first=False)
        async for page in adapter.refresh(surface, thread):
            kept = replace(page, cursor=None, complete=False)
            take_in(self.store, kept, source, self.timers, self.clock.now())

    # -- health ------------------------------------------------------------------------------------------

    def _up(self, adapter: Adapter, notes: Sequence[str]) -> None:
        if self.failures:
            log.info("%s: reading again", self.account)
        self.failures, self.resume_at = 0, None
        pace = adapter.pace()
        me = self.identity
        self._write(
            AccountHealth(
                account=self.account,
                platform=self.platform,
                signed_in=True,
                name=me.name if me else None,
                handle=me.handle if me else None,
                last_read_at=self.clock.now(),
                remaining=pace.remaining,
                limit=pace.limit,
                notes=tuple(notes),
            )
        )

    async def _down(self, error: PlatformError) -> None:
        if not self.failures:
            log.warning(
                "%s: %s (%s) %s", self.account, error.message, error.code or error.kind, error.next_step
            )
        self.failures += 1
        pause = min(FIRST_PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE)
        resume = self.clock.now() + timedelta(seconds=pause)
        self.resume_at = max(resume, error.retry_at) if error.retry_at else resume
        before = msgspec.convert(
            {
                **(self.store.setting(health_key(self.account)) or {}),
                "account": self.account,
                "platform": self.platform,
            },
            AccountHealth,
        )
        self._write(
            replace(
                before,
                signed_in=not isinstance(error, AuthExpired),
                resumes_at=self.resume_at,
                problem=error.message,
                kind=error.kind,
                next_step=error.next_step,
            )
        )
        if isinstance(error, AuthExpired):
            await self.close()

    def _write(self, health: AccountHealth) -> None:
        self.store.put_setting(health_key(self.account), msgspec.to_builtins(health))

    async def close(self) -> None:
        """Let the connection go; the next use opens a new one, with whatever token there is then."""
        adapter, self.adapter, self.identity = self.adapter, None, None
        if adapter is not None:
            await adapter.aclose()

    # -- the loop's questions ----------------------------------------------------------------------------

    def due_now(self) -> list[Surface]:
        """Surfaces to read now."""
        now = self.clock.now()
        if self.resume_at is not None and now < self.resume_at:
            return []
        return [s for s in self.surfaces if self.due.get(s, now) <= now]

    def hurry(self) -> None:
        """Read everything at the next moment the limits allow; a wait the platform asked for stands."""
        self.due.clear()
        if self.resume_at is not None and self.failures and self.adapter is None:
            self.resume_at = None
