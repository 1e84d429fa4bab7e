"""Days and hours without service from a calendar file (iCalendar, RFC 5545), such as the team's own .ics.

All-day events are days without service, timed ones spans without it. What repeats is written out for the years asked
for; cancelled events and such that do not block time (TRANSP:TRANSPARENT) count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inbox.domain.records import Record
from inbox.system import installation

if TYPE_CHECKING:
    from collections.abc import Set

SUFFIX = ".ics"
LARGEST = 8 * 1024 * 1024
"""Bytes of a calendar that is read."""
MOST = 2000
"""Times that one event is repeated at most."""


class Closed(Record):
    """`days` without service, and `spans` (from, until) in UTC, by their beginning."""

    days: frozenset[date] = frozenset()
    spans: tuple[tuple[datetime, datetime], ...] = ()


def read(path: Path, zone: tzinfo, years: Sequence[int]) -> Closed:
    """What a calendar file closes in some years. `zone`: for times without one. Raises ValueError with what is wrong."""
    try:
        icalendar: Any = import_module("icalendar")  # 60 ms: only where a calendar is named
    except ImportError:
        code = path.name
        raise ValueError(
            f"{code} needs the extra `holidays`: {installation.how_to_add('holidays')}; or write the dates"
        ) from None
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise ValueError(f"{path}: is too large for a calendar")
    try:
        events = list(icalendar.Calendar.from_ical(raw).walk("VEVENT"))
        days, spans = set[date](), set[tuple[datetime, datetime]]()
        replaced = {
            (str(e.get("UID")), _instant(e["RECURRENCE-ID"].dt, zone)) for e in events if "RECURRENCE-ID" in e
        }
        for event in filter(_closes, events):
            _add(event, zone, years, replaced, days, spans)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"{path}: is no calendar that can be read ({error})") from None
    return Closed(frozenset(days), tuple(sorted(spans)))


def _closes(event: Any) -> bool:
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    return "DTSTART" in event and not cancelled and str(event.get("TRANSP", "")).upper() != "TRANSPARENT"


def _add(
    event: Any,
    zone: tzinfo,
    years: Sequence[int],
    replaced: Set[tuple[str, datetime]],
    days: set[date],
    spans: set[tuple[datetime, datetime]],
) -> None:
    start = event["DTSTART"].dt
    whole_days = not isinstance(start, datetime)
    length = _length(event, start)
    for begin in _beginnings(event, start, zone, years):
        again = "RECURRENCE-ID" not in event and (str(event.get("UID")), _instant(begin, zone)) in replaced
        if again:
            continue
        if whole_days:
            days.update(begin + timedelta(days=n) for n in range(min(max(length.days, 1), 400)))
        elif length > timedelta(0):
            moment = _instant(begin, zone)
            spans.add((moment, moment + length))


def _length(event: Any, start: date | datetime) -> timedelta:
    if "DURATION" in event:
        length: timedelta = event["DURATION"].dt
        return length
    if "DTEND" in event:
        end = event["DTEND"].dt
        return end - start if isinstance(end, type(start)) else timedelta(0)
    return timedelta(0) if isinstance(start, datetime) else timedelta(days=1)


def _beginnings(event: Any, start: Any, zone: tzinfo, years: Sequence[int]) -> Iterator[Any]:
    """Its beginning, and those of its repetitions that lie in the years asked for."""
    rule = event.get("RRULE")
    left_out = {_instant(one.dt, zone) for one in _dates(event.get("EXDATE"))}
    found = [start] if rule is None else list(_repeated(rule, start, years))
    found += [one.dt for one in _dates(event.get("RDATE"))]
    for begin in found:
        if begin.year in years and _instant(begin, zone) not in left_out:
            yield begin


def _dates(entry: Any) -> Iterator[Any]:
    for one in entry if isinstance(entry, list) else [entry]:
        if one is not None:
            yield from one.dts


def _repeated(rule: Any, start: Any, years: Sequence[int]) -> Iterator[Any]:
    rules: Any = import_module("dateutil.rrule")  # comes with icalendar
    # The wall clock repeats, not the instant: without its zone, which is put back afterwards.
    zone = start.tzinfo if isinstance(start, datetime) else None
    naive = datetime.combine(
        start, start.time().replace(tzinfo=None) if isinstance(start, datetime) else time(0)
    )
    text = re.sub(r"(UNTIL=\d{8}T\d{6})Z", r"\1", rule.to_ical().decode())
    last = datetime.combine(date(max(years) + 1, 1, 1), time(0))
    for count, moment in enumerate(rules.rrulestr(text, dtstart=naive)):
        if moment >= last or count >= MOST:
            return
        yield moment.replace(tzinfo=zone) if isinstance(start, datetime) else moment.date()


def _instant(moment: date | datetime, zone: tzinfo) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
