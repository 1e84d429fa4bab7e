"""Looking for surges while the station reads: each stream of an account is walked over as its messages arrive.

What is learned belongs to the beginning of an hour some hours ago (`base`); from there on everything is walked over
again when something older arrives late, so the order of arrival makes no difference. Weeks of history are absorbed in
slices, between which reading and sending go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.domain.listening.baseline import DAY, HOUR, Places, places_in
from inbox.domain.listening.surge_log import Logged, merged
from inbox.domain.listening.surges import LONGEST, Heard, Watch, key
from inbox.engine import listening
from inbox.engine.health import AccountHealth, health_key
from inbox.engine.station.horizon import connected_at

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from inbox.domain.model import Message
    from inbox.engine.listening_settings import Listening
    from inbox.ports.clock import Clock
    from inbox.ports.store import Store

log = logging.getLogger(__name__)

SLICE = 200
"""Messages of history that are absorbed in one go."""
SOON, PAUSE = 0.05, 20.0
"""Seconds to the next go while there is history left, and to the next look at what has arrived."""
KEPT_BACK, RENEWED = 6 * HOUR, 12 * HOUR
"""How far behind the present `base` is set, and how far it may fall behind before that."""
KEPT_EVERY = 7 * DAY
"""How much history is absorbed between two times that what was learned is written down."""
GRACE = 120.0
"""Seconds after its end at which an hour is taken to be complete."""
LATE = 20
"""So many messages from before `base` that arrived late are reason to learn everything again."""


class Stream:
    """One stream of an account: what it has learned, and the messages since."""

    def __init__(self, name: str, base: Watch, walked_since: float, messages: Sequence[Heard]) -> None:
        """`base` at the beginning of an hour; `messages` since then, in order."""
        self.name = name
        self.base = base
        self.walked_since = walked_since
        self.late = 0
        self._messages = list(messages)
        self._known = {message.id for message in messages}
        self.live = base.copy()
        self._hourly = base.copy()
        self._walk(self._messages)

    def add(self, messages: Sequence[Heard]) -> None:
        """Take in what has arrived, in order, wherever it belongs."""
        start = self.base.start or 0.0
        fresh = [message for message in messages if message.id not in self._known]
        self._known.update(message.id for message in fresh)
        for message in fresh:
            if message.sent < start:
                self.late += not message.ours
                for watch in (self.base, self._hourly, self.live):
                    if message.ours:
                        watch.recall(message)
        fresh = [message for message in fresh if message.sent >= start]
        if not fresh:
            return
        last = key(self._messages[-1]) if self._messages else (0.0, "", "", "")
        self._messages = sorted([*self._messages, *fresh], key=key)
        if key(fresh[0]) > last and fresh[0].sent >= (self.live.start or 0.0):
            self._walk(fresh)
            return
        again = self._hourly if fresh[0].sent >= (self._hourly.start or 0.0) else self.base
        self.live = again.copy()
        since = self.live.start or 0.0
        self._walk([message for message in self._messages if message.sent >= since])

    def _walk(self, messages: Sequence[Heard]) -> None:
        for message in messages:
            begins = message.sent - message.sent % HOUR
            if begins > (self.live.start or 0.0):
                self.live.advance(begins)
                self._hourly = self.live.copy()
            self.live.hear(message)

    def pass_time(self, now: float) -> None:
        """Let hours end that are over; what was sent in their last seconds may arrive a little later."""
        begins = now - GRACE
        begins -= begins % HOUR
        if begins > (self.live.start or 0.0):
            self.live.advance(begins)
            self._hourly = self.live.copy()

    def renew(self, now: float) -> bool:
        """Move `base` forward where it has fallen behind; returns whether it was."""
        if now - (self.base.start or 0.0) < RENEWED:
            return False
        target = now - KEPT_BACK
        target -= target % HOUR
        for message in self._messages:
            if message.sent < target:
                self.base.hear(message)
        self.base.advance(target)
        self._messages = [message for message in self._messages if message.sent >= target]
        self._known = {message.id for message in self._messages}
        self.live = self.base.copy()
        self._hourly = self.base.copy()
        self._walk(self._messages)
        return True


class SurgeWatch:
    """Looks for surges in all accounts; `step` is one short go. It belongs to the station's thread."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Listening,
        *,
        accounts: Sequence[str],
        zone: tzinfo,
        is_holiday: Callable[[date], bool] = lambda _: False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._accounts = accounts
        self._places: Places = places_in(zone, is_holiday)
        self._streams: dict[str, Stream] = {}
        self._learning: Iterator[None] | None = None
        self._seq = 0
        self._looked = False

    def step(self) -> float:
        """Do a piece of the work; returns how many seconds the next one can wait. Raises StoreError."""
        if self._settings.surge == "off":
            return PAUSE
        if self._learning is None:
            self._learning = self._look()
        if next(self._learning, self) is None:
            return SOON
        self._learning = None
        return PAUSE

    def finish(self, within: float = 3.0) -> None:
        """Do what can be done in so many seconds, for a single run; the next one goes on. Raises StoreError."""
        ends = monotonic() + within
        while self.step() == SOON and monotonic() < ends:
            pass

    # -- one look ------------------------------------------------------------------------------------------------

    def _look(self) -> Iterator[None]:
        """Take in what has arrived since the last look; stops after each slice of history."""
        now = self._clock.now()
        oldest = now - listening.HISTORY
        newest = self._store.messages.newest_seq()
        known = self._looked and newest > self._seq
        fresh = self._store.messages.sent_since(oldest, after=self._seq) if known else []
        for account in self._accounts:
            health = self._health(account)
            if health is None or health.first_reading:
                continue
            for name in listening.streams(account):
                stream = self._streams.get(name)
                if stream is None or stream.late >= LATE:
                    stream = yield from self._learned(name, now, again=stream is not None)
                    self._streams[name] = stream
                stream.add(listening.in_order(self._heard(name, fresh)))
                self._publish(stream, account, health, now)
            yield
        self._looked = True
        self._seq = newest

    def _health(self, account: str) -> AccountHealth | None:
        kept = self._store.small_things.setting(health_key(account))
        return None if kept is None else msgspec.convert(kept, AccountHealth)

    def _heard(self, name: str, messages: Sequence[Message]) -> Iterator[Heard]:
        account = name.removesuffix(listening.SEARCHES)
        # What was there when the account was connected is learned from and raises nothing.
        begins = connected_at(self._store, account) or self._clock.now()
        return listening.heard(self._store, name, messages, begins.timestamp())

    def _read(self, name: str, since: float, until: float | None = None) -> list[Heard]:
        end = None if until is None else datetime.fromtimestamp(until, UTC)
        found = self._store.messages.sent_since(datetime.fromtimestamp(since, UTC), until=end)
        return listening.in_order(self._heard(name, found))

    # -- learning ------------------------------------------------------------------------------------------------

    def _learned(self, name: str, now: datetime, *, again: bool) -> Generator[None, None, Stream]:
        """Return a stream from what is kept, or learn it from the messages of the last weeks."""
        kept = None if again else self._store.small_things.setting(_key(name))
        base, start = self._resumed(name, kept, now) or (self._new(name), None)
        since = now.timestamp() - listening.HISTORY.total_seconds() if start is None else start
        target = now.timestamp() - KEPT_BACK
        target -= target % HOUR
        if start is None or now.timestamp() - start > RENEWED:
            yield from self._absorb(name, base, since, target)
            self._keep(name, base)
        else:
            target = start
        return Stream(name, base, since, self._read(name, target))

    def _new(self, name: str) -> Watch:
        words = listening.own_words(self._store, name.removesuffix(listening.SEARCHES), self._settings)
        return Watch(self._places, judge(), sensitivity=self._settings.surge, ignored=words)

    def _resumed(self, name: str, kept: Any, now: datetime) -> tuple[Watch, float] | None:
        """Go on from what was kept; None where that is too old, of the future, or cannot be read."""
        start = kept.get("start") if isinstance(kept, dict) else None
        if not isinstance(start, float | int):
            return None
        if not 0 <= now.timestamp() - start < listening.HISTORY.total_seconds():
            return None
        watch = self._new(name)
        before = self._read(name, start - LONGEST, start)
        return (watch, float(start)) if listening.resumed(watch, kept, before) else None

    def _absorb(self, name: str, base: Watch, since: float, target: float) -> Iterator[None]:
        """Learn from messages of the past; what has been learned is kept now and then, as a run may end before."""
        begins, number, kept = since - since % HOUR, 0, since
        while begins < target:
            ends = min(begins + DAY, target)
            for message in self._read(name, begins, ends):
                number += 1
                if number % SLICE == 0:
                    yield
                if message.sent >= begins:
                    base.hear(message)
                else:
                    base.recall(message)
            base.advance(ends)
            begins = ends
            if begins - kept > KEPT_EVERY and number:
                kept = begins
                self._keep(name, base)

    def _keep(self, name: str, base: Watch) -> None:
        self._store.small_things.put_setting(_key(name), base.to_json())

    # -- telling -----------------------------------------------------------------------------------------------

    def _publish(self, stream: Stream, account: str, health: AccountHealth, now: datetime) -> None:
        """Write what runs and what has been found. Time passes only as far as the account has been read."""
        moment = now.timestamp()
        if health.last_read_at is not None:
            read = max(health.last_read_at.timestamp(), stream.live.latest)
            moment = min(moment, read)
        stream.pass_time(moment)
        search = stream.name.endswith(listening.SEARCHES)
        with self._store.transaction():
            known = listening.logged(self._store, account)
            found = stream.live.found(moment)
            entries = merged(known, found, account, search=search, since=stream.walked_since, now=moment)
            if entries != known:
                listening.put_log(self._store, account, entries)
                _tell(entries, known)
            if stream.renew(moment):
                self._keep(stream.name, stream.base)


def _tell(entries: Sequence[Logged], known: Sequence[Logged]) -> None:
    before = {one.name for one in known}
    for one in entries:
        if one.name not in before:
            log.info(
                "%s: a surge since %s (%s, %.1f times as many voices as usual)",
                one.account,
                listening.moment(one.surge.since),
                one.surge.channel,
                one.surge.times,
            )


def _key(name: str) -> str:
    return f"listening:{name}"


@lru_cache(maxsize=1)
def judge() -> Callable[[str], bool]:
    """Return what judges whether a text is negative; it remembers its latest answers, as hours are walked over again."""
    from inbox.domain.listening import tone

    return lru_cache(maxsize=4096)(tone.is_negative)
