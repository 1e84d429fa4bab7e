"""The timer policies of a store: which are in force, and which were before.

They belong to the store, not to the process (BEHAVIOUR.md#timers, rule 13). A process that finds another inbox at
work here measures by the policies that are in force; alone, it puts its own in force. The earlier ones are kept, so
that a wait that has ended is measured by what was in force when it ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from inbox.domain.hours import Interval, ServiceHours
from inbox.domain.records import Record, replace
from inbox.domain.sla import Policy, Timers

if TYPE_CHECKING:
    from inbox.ports.store import Store

POLICIES = "policies"
"""The setting with all policies that were in force, oldest first, each with its fingerprint and its beginning."""
BEFORE = "timers"
"""The setting in which older stores keep the fingerprint of their policies."""
KEPT = 200
"""Changes of policy that are remembered: years of them."""

Json = dict[str, Any]


class InForce(Record):
    """`timers` to measure by. `notice`: what the agent must be told, or ""; `changed`: they are others than before."""

    timers: Timers
    notice: str = ""
    changed: bool = False
    earlier_patterns: tuple[str, ...] = ()


def put_in_force(store: Store, own: Timers, fingerprint: str, now: datetime, *, alone: bool) -> InForce:
    """Decide by which policies this process measures. `alone`: no other inbox is at work on the store."""
    kept: list[Json] = store.small_things.setting(POLICIES) or []
    short = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
    try:
        past = _chain(kept[:-1])
    except (KeyError, ValueError, TypeError):
        kept, past = [], None  # written by another version: what it measured stays in the heads
    if kept and kept[-1]["fingerprint"] == short:
        return InForce(replace(own, since=_since(kept[-1]), earlier=past))
    if kept and not alone:
        found = replace(_timers(kept[-1]), since=_since(kept[-1]), earlier=past)
        return InForce(found, "Another inbox is at work here; its timer policies are in force, not yours.")
    entry = {**_plain(own), "fingerprint": short, "since": None if not kept else now.isoformat()}
    store.small_things.put_setting(POLICIES, [*_sane(kept, now), entry][-KEPT:])
    earlier = _chain(_sane(kept, now))
    patterns = tuple(kept[-1].get("automatic", ())) if kept else ()
    told = "" if kept or store.small_things.setting(BEFORE) is None else FROZEN
    store.small_things.put_setting(BEFORE, fingerprint)
    return InForce(replace(own, since=_since(entry), earlier=earlier), told, True, patterns)


FROZEN = "The figures of waits that have ended stay as they are from now on, whatever policies change."


def current(store: Store, own: Timers, fingerprint: str) -> Timers:
    """Those in force, for a process in which somebody has decided that already; its own where nobody has."""
    kept: list[Json] = store.small_things.setting(POLICIES) or []
    short = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
    try:
        past = _chain(kept[:-1])
        if not kept:
            return own
        timers = own if kept[-1]["fingerprint"] == short else _timers(kept[-1])
        return replace(timers, since=_since(kept[-1]), earlier=past)
    except (KeyError, ValueError, TypeError):
        return own


def changes(timers: Timers, since: datetime, until: datetime) -> list[datetime]:
    """When policies changed within a period, oldest first."""
    moments = [t.since for t in timers.all_in_force() if t.since is not None]
    return sorted(moment for moment in moments if since < moment <= until)


def _sane(kept: Sequence[Json], now: datetime) -> list[Json]:
    """What was put in force in the future was put in force by a wrong clock: no later than now, then."""
    return [
        {**one, "since": now.isoformat()} if (at := _since(one)) is not None and at > now else one
        for one in kept
    ]


def _chain(kept: Sequence[Json]) -> Timers | None:
    chain: Timers | None = None
    for one in kept:
        chain = replace(_timers(one), since=_since(one), earlier=chain)
    return chain


def _since(kept: Json) -> datetime | None:
    return datetime.fromisoformat(kept["since"]) if kept["since"] else None


# -- as JSON -----------------------------------------------------------------------------------------------


def _plain(timers: Timers) -> Json:
    hours = timers.hours
    return {
        "zone": str(hours.zone),
        "week": {
            day: [[i.opens.isoformat(), i.closes.isoformat()] for i in of] for day, of in hours.week.items()
        },
        "holidays": sorted(day.isoformat() for day in hours.holidays),
        "closed": [[s.isoformat(), e.isoformat()] for s, e in hours.closed],
        "first": _seconds(timers.first),
        "next": _seconds(timers.next),
        "warn_before": _seconds(timers.warn_before),
        "resolve": _seconds(timers.resolve),
        "human_agent": sorted(timers.human_agent),
        "automatic": list(timers.automatic),
        "policies": [_policy(policy) for policy in timers.policies],
    }


def _policy(policy: Policy) -> Json:
    conditions = {name: getattr(policy, name) for name in _CONDITIONS if getattr(policy, name) is not None}
    return {**conditions, "first": _seconds(policy.first), "next": _seconds(policy.next)}


_CONDITIONS = ("account", "surface", "priority", "tag", "person")


def _timers(kept: Mapping[str, Any]) -> Timers:
    """Raises KeyError, ValueError, TypeError for what another version wrote."""
    hours = ServiceHours(
        ZoneInfo(kept["zone"]),
        {
            day: tuple(Interval(time.fromisoformat(o), time.fromisoformat(c)) for o, c in of)
            for day, of in kept["week"].items()
        },
        frozenset(date.fromisoformat(day) for day in kept["holidays"]),
        tuple((datetime.fromisoformat(s), datetime.fromisoformat(e)) for s, e in kept.get("closed", ())),
    )
    first, next_, warn = (_length(kept[name]) for name in ("first", "next", "warn_before"))
    if first is None or next_ is None or warn is None:
        raise KeyError("first")
    return Timers(
        hours=hours,
        first=first,
        next=next_,
        warn_before=warn,
        resolve=_length(kept.get("resolve")),
        human_agent=frozenset(kept["human_agent"]),
        automatic=tuple(kept.get("automatic", ())),
        policies=tuple(
            Policy(
                **{name: one.get(name) for name in _CONDITIONS},
                first=_length(one["first"]),
                next=_length(one["next"]),
            )
            for one in kept["policies"]
        ),
    )


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
