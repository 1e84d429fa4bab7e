"""Reading one account: rounds over its surfaces, each at the pace the platform's limits allow.

One broken account stops only itself: it backs off, says so once when it goes down and once when it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from inbox.domain.model import Conversation, Surface
from inbox.domain.records import replace
from inbox.domain.sla import Timers
from inbox.engine.health import AccountHealth, KnownGap, health_key
from inbox.engine.station.calls import outcome_of
from inbox.engine.station.contradictions import Again
from inbox.engine.station.deletions import Deletions
from inbox.engine.station.earlier_messages import read_earlier, unknown
from inbox.engine.station.first_reading import Progress
from inbox.engine.station.horizon import account_horizon
from inbox.engine.station.identity_check import confirm_identity
from inbox.engine.station.intake import Source, take_in
from inbox.engine.station.limits import keep_limits, latest_hold, load_limits, refuse_if_held, try_again
from inbox.engine.station.round_report import RoundReport
from inbox.engine.station.spending import add_spending, keep_charged, recall_charged
from inbox.errors import AuthExpired, PlatformError, RateLimited, Refused, Unavailable
from inbox.ports.clock import Clock
from inbox.ports.platform import Adapter, Gap, Identity, Listed, Listens, LooksUp, Pace, Page
from inbox.ports.secrets import TokenSource
from inbox.ports.store import Store

log = logging.getLogger(__name__)
T = TypeVar("T")

LATER = "It is retried automatically."
FIRST_PAUSE = 5.0
LONGEST_WAY_UP = 20
"""Layers of parents that are fetched for one whole thread."""
GAPS_KEPT = 20
SOON = timedelta(seconds=10)
LONGEST_PAUSE = 900.0
"""Seconds between two tries of what is down: doubled from the first to the longest."""


class Reader(Struct):
    """Reads one account into the store. `open_adapter` may raise PlatformError; it is called at first use and
    again after a sign-in problem.

    Trouble stays where it is: limits and refusals are those of one surface, a lost sign-in is the account's.
    """

    account: str
    platform: str
    surfaces: Sequence[Surface]
    open_adapter: Callable[[], Awaitable[Adapter]]
    store: Store
    clock: Clock
    timers: Timers
    backfill: timedelta
    history: timedelta
    recheck_for: timedelta = timedelta(0)
    """How far back messages are looked at again for deletion; nothing: not at all."""
    hurried: float = 1.0
    """By how much faster than the adapter asks for surfaces are read (the demo's time runs fast)."""
    push_token: Callable[[], Awaitable[TokenSource | None]] | None = None
    """The app's token for being told; None: the account only reads."""
    push_problem: str | None = None
    token_ends: Callable[[], datetime | None] = lambda: None
    """When the agent has to sign in again, as far as it is known."""
    adapter: Adapter | None = None
    identity: Identity | None = None
    due: dict[Surface, datetime] = field(default_factory=dict)
    resume_at: datetime | None = None
    """Until then nothing at all is asked of this account."""
    trouble: dict[Surface | None, PlatformError] = field(default_factory=dict)
    """What is wrong now, by surface; None stands for the account itself."""
    failures: dict[Surface | None, int] = field(default_factory=dict)
    notes: dict[Surface, tuple[str, ...]] = field(default_factory=dict)
    _wanted_now: bool = False
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def signed_in(self) -> bool:
        return not any(isinstance(error, AuthExpired) for error in self.trouble.values())

    async def connect(self) -> Adapter:
        """The adapter, signed in. Raises PlatformError."""
        return await self._connected(())

    async def _connected(self, surfaces: Sequence[Surface]) -> Adapter:
        """As `connect`; where all of `surfaces` have to wait, not even who we are is asked."""
        async with self._connecting:
            if self.adapter is None:
                self.adapter = await self.open_adapter()
                recall_charged(self.store, self.account, self.adapter)
            load_limits(self.store, self.account, self.adapter)
            if self._wanted_now:
                self._wanted_now = False
                try_again(self.adapter)
            if self.identity is None:
                refuse_if_held(self.adapter, surfaces, self.clock.now())
                told = await self.adapter.identify()
                confirm_identity(self.store, self.account, told, self.clock.now())
                self.identity = told
            return self.adapter

    # -- one round ---------------------------------------------------------------------------------------

    async def round(
        self,
        surfaces: Sequence[Surface] | None = None,
        *,
        within: float | None = None,
        report: RoundReport | None = None,
    ) -> RoundReport:
        """Read the given surfaces (default: all) once, to the end or `within` so many seconds: none of them may take
        the others' share of that. `report` is filled as it goes. Raises StoreError, never PlatformError."""
        report = report or RoundReport(self.account)
        time = asyncio.get_running_loop().time
        ends = None if within is None else time() + within
        adapter = await self._in_time(self._connected(surfaces or self.surfaces), within, report)
        if isinstance(adapter, PlatformError):
            report.error = adapter
            self._down(None, adapter)
        elif adapter is not None:
            self._up(None)
            wanted = list(surfaces or self.surfaces)
            for at, surface in enumerate(wanted):
                share = None if ends is None else max(0.0, ends - time()) / (len(wanted) - at)
                await self._surface(adapter, surface, report, share)
                if not self.signed_in or self._must_rest(adapter):
                    break
        health = self._write_health()
        if health.first_reading:
            report.reading = (health.read_so_far, health.read_back_to)
            report.goes_on_at = min(self.due.values(), default=None)
        if not self.signed_in:
            await self.close()
        return report

    async def _surface(
        self, adapter: Adapter, surface: Surface, report: RoundReport, within: float | None
    ) -> None:
        error = await self._in_time(self._read(adapter, surface, report), within, report)
        if isinstance(error, PlatformError):
            report.error = report.error or error
            self._down(None if isinstance(error, AuthExpired) else surface, error)
        else:
            self._up(surface)
            self.due[surface] = self.clock.now() + timedelta(seconds=adapter.interval(surface) / self.hurried)

    async def _in_time(
        self, work: Awaitable[T], within: float | None, report: RoundReport
    ) -> T | PlatformError | None:
        """What a call brings or how it fails. None: its time was over, and what it brought by then is kept."""
        before = report.fetched
        try:
            async with asyncio.timeout(within):
                return await outcome_of(work)
        except TimeoutError:
            report.unfinished = True
            if report.fetched > before:
                return None
            return Unavailable("nothing arrived in time", code="deadline", next_step=LATER)

    def _must_rest(self, adapter: Adapter) -> bool:
        """Whether the platform wants no call at all for a while: asking on would lengthen it."""
        rest = adapter.pace().resume_at
        if rest is None or rest <= self.clock.now():
            return False
        self.resume_at = rest
        return True

    async def _read(self, adapter: Adapter, surface: Surface, report: RoundReport) -> None:
        source = self._source(surface)
        place = self.store.small_things.cursor(source.feed) or {}
        since = self.clock.now() - self.backfill
        notes: list[str] = []
        touched: set[str] = set()
        listed: list[Listed] = []
        missing: list[str] = []
        understood = spoiled = 0
        again = Again(self.store, source.feed)
        progress = Progress(self.store, self.account, self.platform, surface)
        async for page in adapter.read(surface, place.get("cursor"), since):
            taken = take_in(self.store, page, source, self.timers, self.clock.now(), again)
            progress.add(page.messages, taken.new)
            report.fetched += taken.fetched
            report.new += taken.new
            understood += taken.fetched
            spoiled += taken.poison
            touched |= taken.touched if taken.new else set()
            self._keep_gaps(page.gaps)
            listed += page.listed
            missing += page.missing
            notes.extend(note for note in page.notes if note not in notes)
        if spoiled:
            notes.append(f"{spoiled} of the latest items could not be read and were set aside.")
        self.notes[surface] = tuple(notes)
        if spoiled and not understood:
            raise Unavailable(
                "nothing of what arrived could be read; it was set aside",
                code="all set aside",
                next_step="Look whether there is a newer inbox.",
            )
        await self._fetch_parents(adapter, surface, self._unknown_parents(touched))
        now = self.clock.now()
        await read_earlier(self.store, self.account, adapter, surface, self._take_context, now)
        await self._compare(adapter, surface, listed, missing)

    async def _compare(
        self, adapter: Adapter, surface: Surface, listed: Sequence[Listed], missing: Sequence[str]
    ) -> None:
        """What these lists lack is asked for by id; what cannot be asked now stays due."""
        try:
            await self.deletions.compare(adapter, surface, listed, missing)
        except AuthExpired:
            raise
        except PlatformError as error:
            log.info("%s: what is missing is asked for later (%s)", self._name(surface), error.kind)

    def _keep_gaps(self, gaps: Sequence[Gap]) -> None:
        """They stand until the agent has them forgotten: what is missing once stays missing."""
        if not gaps:
            return
        with self.store.transaction():
            before = self.store.small_things.setting(health_key(self.account)) or {}
            kept = msgspec.convert(before.get("gaps", []), list[KnownGap])
            fresh = [
                KnownGap(surface=g.surface.value, since=g.since, until=g.until, reason=g.reason) for g in gaps
            ]
            known = [*kept, *(g for g in fresh if g not in kept)][-GAPS_KEPT:]
            said = {**before, "account": self.account, "platform": self.platform}
            self.store.small_things.put_setting(
                health_key(self.account), {**said, "gaps": msgspec.to_builtins(known)}
            )

    # -- threads -----------------------------------------------------------------------------------------

    def _unknown_parents(self, cids: Iterable[str]) -> list[str]:
        """Remote ids that messages of these conversations answer, and nothing is known of."""
        asked = {
            f"{self.account}:{m.reply_to}"
            for cid in cids
            for m in self.store.messages.of_conversation(cid)
            if m.reply_to
        }
        return self._unknown(asked)

    def _unknown(self, ids: set[str]) -> list[str]:
        return sorted(one.split(":", 1)[1] for one in unknown(self.store, ids))

    async def _fetch_parents(self, adapter: Adapter, surface: Surface, wanted: Sequence[str]) -> None:
        """Parents that did not come with the messages, in batches; one that is gone becomes a gap."""
        if not wanted or not isinstance(adapter, LooksUp):
            return
        try:
            await self._take_context(adapter.look_up(surface, wanted), surface)
        except PlatformError as error:
            # They explain a conversation; the conversation itself is here.
            log.info("%s: parents could not be read (%s)", self.account, error.code or error.kind)

    async def _take_context(self, pages: AsyncIterator[Page], surface: Surface) -> None:
        source = self._source(surface)
        async for page in pages:
            kept = replace(page, cursor=None, complete=False)
            take_in(self.store, kept, source, self.timers, self.clock.now())

    def _source(self, surface: Surface) -> Source:
        return Source(
            account=self.account,
            platform=self.platform,
            surface=surface,
            horizon=account_horizon(self.store, self.account, self.history, self.clock.now()),
        )

    async def refresh(self, surface: Surface, thread: str) -> None:
        """Read one conversation again, before a reply goes out. Raises PlatformError."""
        adapter = await self.connect()
        listed: list[Listed] = []
        missing: list[str] = []
        source = self._source(surface)
        async for page in adapter.refresh(surface, thread):
            kept = replace(page, cursor=None, complete=False)
            take_in(self.store, kept, source, self.timers, self.clock.now())
            listed += page.listed
            missing += page.missing
        await self._compare(adapter, surface, listed, missing)

    async def listen(self) -> None:
        """Take in what the platform tells by itself, until that ends. Raises PlatformError."""
        try:
            await self._listen()
        except PlatformError as error:
            self.push_problem = f"{error.message}. {error.next_step}"
            raise

    async def _listen(self) -> None:
        token = await self.push_token() if self.push_token is not None else None
        adapter = await self.connect()
        if token is None or not isinstance(adapter, Listens):
            return
        self.push_problem = None
        async for heard in adapter.listen(token):
            if heard.surface not in self.surfaces:
                continue
            source = self._source(heard.surface)
            with self.store.transaction():
                take_in(self.store, heard.page, source, self.timers, self.clock.now())
                self.deletions.said(heard.surface, [m.key for m in heard.page.messages if m.deleted])
            self._read_soon(heard.surface)

    def _read_soon(self, surface: Surface) -> None:
        """What is told leaves names and parents out; a reading completes it, where reads are not rare."""
        if surface is Surface.DIRECT or surface in self.trouble:
            return
        soon = self.clock.now() + SOON
        self.due[surface] = min(self.due.get(surface, soon), soon)

    async def whole(self, cid: str) -> None:
        """Read the whole public thread around a conversation. Raises PlatformError."""
        conversation = self.store.conversations.get(cid)
        if conversation is None:
            return
        adapter = await self.connect()
        surface = conversation.surface
        await self._take_context(adapter.whole(surface, conversation.thread), surface)
        await self._walk_up(adapter, conversation)
        # Context is nobody's conversation: say that this one looks different now.
        self.store.conversations.put(conversation)

    async def _walk_up(self, adapter: Adapter, conversation: Conversation) -> None:
        """From parent to parent, where the platform no longer finds the thread as a whole."""
        layer = {
            f"{self.account}:{m.reply_to}"
            for m in self.store.messages.of_conversation(conversation.id)
            if m.reply_to
        }
        seen: set[str] = set()
        for _ in range(LONGEST_WAY_UP):
            await self._fetch_parents(adapter, conversation.surface, self._unknown(layer))
            seen |= layer
            layer = {
                f"{self.account}:{c.reply_to}" for c in self.store.messages.context(layer) if c.reply_to
            } - seen
            if not layer:
                return

    async def recheck(self) -> None:
        """Look again at what is missing, when it is time, and once a day at everything of the last `recheck`. Raises
        PlatformError."""
        adapter = await self.connect()
        try:
            await self.deletions.due(adapter, self.surfaces)
            await self.deletions.daily(adapter, self.surfaces, self.recheck_for)
        finally:
            self._write_health()

    @property
    def deletions(self) -> Deletions:
        return Deletions(self.store, self.clock, self.timers, self.account, self.platform)

    # -- down and up -------------------------------------------------------------------------------------

    def _down(self, what: Surface | None, error: PlatformError) -> None:
        """Back off, and say so once."""
        if what not in self.trouble:
            log.warning(
                "%s: %s (%s) %s", self._name(what), error.message, error.code or error.kind, error.next_step
            )
        self.trouble[what] = error
        self.failures[what] = count = self.failures.get(what, 0) + 1
        pause = (
            LONGEST_PAUSE
            if isinstance(error, Refused)
            else min(FIRST_PAUSE * 2 ** (count - 1), LONGEST_PAUSE)
        )
        resume = self.clock.now() + timedelta(seconds=pause)
        resume = max(resume, error.retry_at) if error.retry_at else resume
        if what is None:
            self.resume_at = resume
        else:
            self.due[what] = resume

    def _up(self, what: Surface | None) -> None:
        if what in self.trouble:
            log.info("%s: reading again", self._name(what))
        self.trouble.pop(what, None)
        self.failures.pop(what, None)
        if what is None:
            self.resume_at = None

    def _name(self, what: Surface | None) -> str:
        return self.account if what is None else f"{self.account} {what}"

    def _settle_spending(self) -> None:
        """What was read and written is added to the day's account."""
        if self.adapter is not None:
            keep_limits(self.store, self.account, self.adapter)
            spent = self.adapter.spent()
            if spent:
                add_spending(self.store, self.account, spent, self.clock.now())
                keep_charged(self.store, self.account, self.adapter)

    def _write_health(self) -> AccountHealth:
        self._settle_spending()
        error = self.trouble.get(None) or next(iter(self.trouble.values()), None)
        pace = self.adapter.pace() if self.adapter is not None else Pace()
        before = self.store.small_things.setting(health_key(self.account)) or {}
        kept = msgspec.convert({**before, "account": self.account, "platform": self.platform}, AccountHealth)
        me = self.identity
        # A surface that rests for its limits was not read, though nothing is wrong with it.
        held = latest_hold(self.adapter, self.surfaces, self.clock.now())
        health = replace(
            kept,
            signed_in=self.signed_in and (me is not None or kept.signed_in),
            name=me.name if me else kept.name,
            handle=me.handle if me else kept.handle,
            last_read_at=kept.last_read_at if error or held else self.clock.now(),
            remaining=pace.remaining,
            limit=pace.limit,
            percent_used=pace.percent_used,
            resumes_at=self._resumes_at() if error else held,
            problem=error.message if error else None,
            kind=error.kind if error else None,
            next_step=error.next_step if error else None,
            token_ends_at=self.token_ends(),
            first_reading=[one for one in kept.first_reading if self._readable(one.surface)],
            notes=(
                *(note for surface in self.surfaces for note in self.notes.get(surface, ())),
                *([self.push_problem] if self.push_problem else []),
                *self.deletions.notes(),
            ),
        )
        self.store.small_things.put_setting(health_key(self.account), msgspec.to_builtins(health))
        return health

    def _readable(self, surface: str) -> bool:
        """False where the platform refuses a surface for good: its first reading never ends, and is no excuse."""
        return surface in self.surfaces and not isinstance(self.trouble.get(Surface(surface)), Refused)

    def _resumes_at(self) -> datetime | None:
        moments = [self.due[what] for what in self.trouble if what is not None and what in self.due]
        return max([*moments, *([self.resume_at] if self.resume_at else [])], default=None)

    async def close(self) -> None:
        """Let the connection go; the next use opens a new one, with whatever token there is then."""
        self._settle_spending()
        adapter, self.adapter, self.identity = self.adapter, None, None
        if adapter is not None:
            await adapter.aclose()

    # -- the loop's questions ----------------------------------------------------------------------------

    def due_now(self) -> list[Surface]:
        """Surfaces to read now."""
        now = self.clock.now()
        if not self.signed_in and self._signed_in_again():
            self.hurry()
        if self.resume_at is not None and now < self.resume_at:
            return []
        return [s for s in self.surfaces if self.due.get(s, now) <= now]

    def set_back(self, back: timedelta) -> None:
        """The clock was set back: what is waited for comes as soon as it would have come."""
        self.due = {surface: at - back for surface, at in self.due.items()}
        if self.resume_at is not None:
            self.resume_at -= back

    def _signed_in_again(self) -> bool:
        """Whether somebody has signed the account in meanwhile: that clears the trouble we wrote down."""
        kept = self.store.small_things.setting(health_key(self.account)) or {}
        return kept.get("kind") != AuthExpired.kind

    def hurry(self) -> None:
        """Read everything at the next moment the limits allow; a wait the platform asked for stays."""
        self._wanted_now = True
        self.due = {s: at for s, at in self.due.items() if isinstance(self.trouble.get(s), RateLimited)}
        if self.trouble and not any(isinstance(error, RateLimited) for error in self.trouble.values()):
            self.resume_at = None
