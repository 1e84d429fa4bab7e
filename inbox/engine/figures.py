"""How people were answered, also in conversations that the store holds no more.

When retention or an erasure lets a conversation go, what it counted stays (BEHAVIOUR.md#timers, rule 12): the times of
its waits, the account and the agent. Nothing of the customer: no id, no name, no word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from inbox.domain.model import Conversation, Direction
from inbox.domain.outbox import Phase
from inbox.domain.records import Record, replace
from inbox.domain.statistics import (
    ANSWERED,
    DEFAULT,
    RESOLVED,
    Automatic,
    Closed,
    PassedOn,
    Statistics,
    Wait,
    beginning,
    summed,
)
from inbox.domain.waits import proactive
from inbox.engine.station.horizon import KEPT_DAYS

if TYPE_CHECKING:
    from inbox.domain.sla import Timers
    from inbox.ports.store import Store


class Kept(Record, kw_only=True):
    """What conversations counted that are gone, all of one day."""

    waits: tuple[Wait, ...] = ()
    passed_on: tuple[PassedOn, ...] = ()
    automatic: tuple[Automatic, ...] = ()
    closed: tuple[Closed, ...] = ()


def statistics(
    store: Store, timers: Timers, now: datetime, since: str | None, target: timedelta | None
) -> Statistics:
    """How people were answered since a date or for a duration until now. `target`: judge every wait by this one in place
    of its own. Raises ValueError for another text."""
    hours = timers.hours
    start = beginning(since or DEFAULT, now, hours.zone)
    gone = kept_since(store, start)
    found = summed(
        [*store.conversations.waits(start), *gone.waits],
        [*store.conversations.passed_on(start), *gone.passed_on],
        hours,
        start,
        now,
        automatic=[*store.conversations.automatic(start), *gone.automatic],
        closed=[*store.conversations.closed(start), *gone.closed],
        target=target,
    )
    changed = [moment for t in timers.all_in_force() if (moment := t.since) and start < moment <= now]
    return replace(found, changes=tuple(sorted(changed)))


def kept_since(store: Store, since: datetime) -> Kept:
    """What is kept of conversations that are gone, from `since` on."""
    first = since.astimezone(UTC).date().isoformat()
    days = [_of_day(store, day) for day in store.small_things.setting(KEPT_DAYS) or () if day >= first]
    return Kept(
        waits=tuple(w for day in days for w in day.waits if w.ended_at is not None and w.ended_at >= since),
        passed_on=tuple(p for day in days for p in day.passed_on if p.at >= since),
        automatic=tuple(a for day in days for a in day.automatic if a.at >= since),
        closed=tuple(c for day in days for c in day.closed if c.ended_at >= since),
    )


def keep(store: Store, heads: Iterable[Conversation]) -> None:
    """Write down what conversations counted that are about to be forgotten. Call it inside that transaction."""
    found: dict[date, Kept] = {}

    def add(at: datetime, **more: Sequence[Any]) -> None:
        day = at.astimezone(UTC).date()
        before = found.setdefault(day, Kept())
        for name, values in more.items():
            before = replace(before, **{name: (*getattr(before, name), *values)})
        found[day] = before

    for head in heads:
        for wait in _waits(head):
            assert wait.ended_at is not None
            add(wait.ended_at, waits=[wait])
        for case in head.cases:
            closed = Closed(
                account=head.account,
                agent=case.agent,
                since=case.since,
                ended_at=case.ended_at,
                due_at=case.due_at,
            )
            add(case.ended_at, closed=[closed])
        for message in store.messages.of_conversation(head.id):
            if message.direction is Direction.OUT and message.automatic:
                add(message.sent_at, automatic=[Automatic(account=head.account, at=message.sent_at)])
        for passed in _passed_on(store, head):
            add(passed.at, passed_on=[passed])
    for day, more in found.items():
        _put(store, day.isoformat(), more)


def _waits(head: Conversation) -> Iterator[Wait]:
    for response in head.responses:
        if response.how in (ANSWERED, RESOLVED):
            yield Wait(
                account=head.account,
                agent=response.agent,
                kind=response.kind,
                how=response.how,
                since=response.since,
                ended_at=response.ended_at,
                due_at=response.due_at,
                in_time=response.in_time,
                proactive=response.proactive or proactive(head, response.kind),
            )


def _passed_on(store: Store, head: Conversation) -> Iterator[PassedOn]:
    sent = {item.id for item in store.outbox.items(conversation=head.id, phases=(Phase.SENT,))}
    for event in store.small_things.events(head.id):
        if event.detail.get("passed_on") == "yes" and event.detail.get("item") in sent:
            yield PassedOn(account=head.account, agent=event.agent, at=event.at)


def _key(day: str) -> str:
    return f"{KEPT_DAYS}:{day}"


def _of_day(store: Store, day: str) -> Kept:
    return msgspec.convert(store.small_things.setting(_key(day)) or {}, Kept)


def _put(store: Store, day: str, more: Kept) -> None:
    before = _of_day(store, day)
    both = Kept(
        waits=(*before.waits, *more.waits),
        passed_on=(*before.passed_on, *more.passed_on),
        automatic=(*before.automatic, *more.automatic),
        closed=(*before.closed, *more.closed),
    )
    store.small_things.put_setting(_key(day), msgspec.to_builtins(both))
    days = store.small_things.setting(KEPT_DAYS) or []
    if day not in days:
        store.small_things.put_setting(KEPT_DAYS, sorted([*days, day]))
