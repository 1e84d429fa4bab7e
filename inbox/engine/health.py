"""How the day and the accounts do: what the header and the account line show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.domain.model import FIRST, Conversation, Response, SurfaceKind
from inbox.domain.records import Record, field, replace
from inbox.engine import figures
from inbox.engine.reply_lessons import in_words, lesson
from inbox.engine.station.horizon import KEPT_DAYS
from inbox.engine.station.spending import cost, spent_today

if TYPE_CHECKING:
    from inbox.domain.statistics import Wait
    from inbox.ports.store import Store


class Today(Record, kw_only=True):
    """The header: waits that ended with an answer since local midnight, and how many of them in time."""

    answered: int
    in_time: int
    waiting: int
    breached: int
    oldest: datetime | None


class KnownGap(Record, kw_only=True):
    """A stretch of time of which the platform gave no more; what was written in it may be missing for good."""

    surface: str
    since: datetime | None
    until: datetime | None
    reason: str


class Trouble(Record, kw_only=True):
    """A task of the process that reads and sends (reading, sending, backup ...) that does not work now. `message` is
    a sentence for the agent; `account` where it is about one."""

    task: str
    account: str | None = None
    message: str
    since: datetime


INTERRUPTING = ("station", "reading", "sending")
"""Tasks without which an account is not served."""


class FirstReading(Record, kw_only=True):
    """How far the first reading of a surface has come: messages so far, and back to when."""

    surface: str
    count: int = 0
    back_to: datetime | None = None


class AccountHealth(Record, kw_only=True):
    """How an account does. `problem` and `next_step` are words for the agent; `lag` runs since `last_read_at`."""

    account: str
    platform: str
    signed_in: bool = False
    name: str | None = None
    handle: str | None = None
    last_read_at: datetime | None = None
    remaining: int | None = None
    limit: int | None = None
    percent_used: int | None = None
    """Of the tightest limit, where the platform tells percentages."""
    resumes_at: datetime | None = None
    problem: str | None = None
    kind: str | None = None
    next_step: str | None = None
    notes: Sequence[str] = ()
    quarantined: int = 0
    gaps: Sequence[KnownGap] = ()
    spent: Mapping[str, int] = field(default_factory=dict)
    """What was read and written today (UTC), by the names of the price table."""
    cost_today: float | None = None
    """What that comes to, estimated; None where the platform charges nothing."""
    token_ends_at: datetime | None = None
    """When somebody has to sign in again; None where that is not known, or it renews itself."""
    troubles: Sequence[Trouble] = ()
    """What does not work now in the process that reads and sends, as far as it concerns this account."""

    first_reading: Sequence[FirstReading] = ()
    """Surfaces whose first reading is not over."""

    @property
    def read_so_far(self) -> int:
        """Messages that the first reading has brought, over all surfaces in which it is not over."""
        return sum(one.count for one in self.first_reading)

    @property
    def read_back_to(self) -> datetime | None:
        return min((one.back_to for one in self.first_reading if one.back_to), default=None)

    def token_days_left(self, now: datetime) -> int | None:
        """Whole days, negative afterwards."""
        return (self.token_ends_at - now).days if self.token_ends_at is not None else None


def health_key(account: str) -> str:
    """The setting under which an account's health is kept."""
    return f"health:{account}"


def note_signed_in(store: Store, name: str, signed_in: bool) -> None:
    """Record that the account was signed in or out, where its health is kept already. A trouble of another kind than
    the sign-in's is not ended by signing in."""
    with store.transaction():
        kept = store.small_things.setting(health_key(name))
        if not kept or (signed_in and kept.get("kind") != "auth"):
            return
        if signed_in:
            said: dict[str, str | None] = {"problem": None, "kind": None, "next_step": None}
        else:
            said = {"problem": "signed out", "kind": "auth", "next_step": f"Sign in: inbox login {name}."}
        store.small_things.put_setting(health_key(name), {**kept, **said, "signed_in": signed_in})


def day_so_far(store: Store, now: datetime, zone: tzinfo) -> Today:
    """Since midnight in `zone`, with what ended today in conversations that were erased since."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    ended = [
        response
        for c in store.conversations.answered_since(midnight)
        for response in c.responses
        if response.how == "answered" and response.ended_at >= midnight and not _nobody_asked(c, response)
    ]
    gone = _ended_elsewhere(store, midnight)
    waiting = store.conversations.waiting_figures(now)
    return Today(
        answered=len(ended) + len(gone),
        in_time=sum(r.in_time for r in ended) + sum(bool(wait.in_time) for wait in gone),
        waiting=waiting.waiting,
        breached=waiting.breached,
        oldest=waiting.oldest,
    )


def _ended_elsewhere(store: Store, since: datetime) -> list[Wait]:
    """Answered waits of conversations that are gone."""
    first = since.astimezone(UTC).date().isoformat()
    if not any(day >= first for day in store.small_things.setting(KEPT_DAYS) or ()):
        return []  # nearly always; nothing more is imported
    kept = figures.kept_since(store, since).waits
    return [wait for wait in kept if wait.how == "answered" and not wait.proactive]


def _nobody_asked(c: Conversation, response: Response) -> bool:
    """The first answer to a search hit: counted apart, in the statistics."""
    return response.proactive or (c.surface.kind is SurfaceKind.SEARCH and response.kind == FIRST)


def turns_at(store: Store, now: datetime, zone: tzinfo) -> datetime:
    """When queue and header are next others though nobody writes: midnight at the latest."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(0), zone)
    return min(midnight, store.conversations.turns_at(now) or midnight)


def account_health(
    store: Store,
    name: str,
    platform: str,
    prices: Mapping[str, float],
    now: datetime,
    zone: tzinfo,
    troubles: Sequence[Trouble] = (),
) -> AccountHealth:
    """As the last reading left it, with what was spent today, and with the troubles of the process that reads."""
    kept = store.small_things.setting(health_key(name)) or {}
    health = msgspec.convert({**kept, "account": name, "platform": platform}, AccountHealth)
    counts = spent_today(store, name, now)
    ours = [trouble for trouble in troubles if trouble.account in (None, name)]
    health = _with_troubles(health, ours)
    return replace(
        health,
        notes=(*health.notes, *(_in_words(gap, zone) for gap in health.gaps), *_learned(store, name, now)),
        quarantined=store.small_things.quarantined(name),
        spent=counts,
        cost_today=cost(counts, prices),
    )


def _with_troubles(health: AccountHealth, troubles: Sequence[Trouble]) -> AccountHealth:
    """What interrupts reading or sending is the account's problem where it has no other; the rest is a note."""
    first = next((t for t in troubles if t.task in INTERRUPTING), None)
    if first is not None and not health.problem:
        step = "It is retried automatically."
        health = replace(health, problem=first.message, kind="station", next_step=step)
    else:
        first = None
    rest = tuple(t.message for t in troubles if t is not first)
    return replace(health, troubles=tuple(troubles), notes=(*health.notes, *rest))


def _learned(store: Store, name: str, now: datetime) -> list[str]:
    known = lesson(store, name)
    return [in_words(known, now)] if known.closed_until(now) is not None else []


def _in_words(gap: KnownGap, zone: tzinfo) -> str:
    since, until = (
        f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "?" for moment in (gap.since, gap.until)
    )
    return f"Missing for good: {gap.surface} from {since} to {until}. {gap.reason}."


def forget_gaps(store: Store, account: str) -> list[Any]:
    """Returns what was forgotten, as it is kept."""
    with store.transaction():
        kept = store.small_things.setting(health_key(account)) or {}
        gaps = kept.get("gaps", [])
        if gaps:
            store.small_things.put_setting(health_key(account), {**kept, "gaps": []})
    return list(gaps)
