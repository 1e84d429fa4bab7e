"""Durations and moments as people write them: `1h30m`, `+3h`, `mon 9`, `tomorrow`, RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(?:\d+[smhdw])+")
_PART = re.compile(r"(\d+)([smhdw])")


def duration(text: str) -> timedelta:
    """`30s`, `3h`, `1h30m`, `2d`; raises ValueError for anything else."""
    folded = text.strip().lower().replace(" ", "")
    if folded == "0":
        return timedelta(0)
    if not _DURATION.fullmatch(folded):
        raise ValueError(f'"{text}" is no duration: write 30s, 5m, 3h, 1h30m, 2d or 1w')
    try:
        return timedelta(seconds=sum(int(n) * _UNITS[unit] for n, unit in _PART.findall(folded)))
    except OverflowError:
        raise ValueError(f'"{text}" is too long') from None


_DAYS = {
    name: i
    for i, names in enumerate(
        (
            "mon monday mo montag",
            "tue tuesday di dienstag",
            "wed wednesday mi mittwoch",
            "thu thursday do donnerstag",
            "fri friday fr freitag",
            "sat saturday sa samstag",
            "sun sunday so sonntag",
        )
    )
    for name in names.split()
}
_MORNING = time(9)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?(?:\s*uhr)?")


def moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The next instant meant by `text`, UTC. `now` is aware; `zone` is where the agent's clock hangs.

    `+3h`, `3h`, `18:30`, `9`, `mon 9`, `tomorrow`, `morgen 8:30`, `2026-12-01 14:00`, RFC 3339. A day without a
    time means nine o'clock. Raises ValueError, with what to write, for the unknown and for the past.
    """
    folded = " ".join(text.strip().lower().split())
    result = (
        _relative(folded, now) or _absolute(text.strip(), zone) or _wall(folded, now.astimezone(zone), zone)
    )
    if result is None:
        raise ValueError(f'"{text}" is no time: write +3h, mon 9, tomorrow 8:30 or 2026-12-01 14:00')
    if result <= now:
        raise ValueError(f'"{text}" is already over')
    return result.astimezone(UTC)


def _relative(text: str, now: datetime) -> datetime | None:
    try:
        return now + duration(text.removeprefix("+").removeprefix("in "))
    except (ValueError, OverflowError):
        return None


def _absolute(text: str, zone: tzinfo) -> datetime | None:
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, _MORNING, zone)
    except ValueError:
        pass
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)


def _wall(text: str, here: datetime, zone: tzinfo) -> datetime | None:
    head, _, tail = text.partition(" ")
    if head in ("tomorrow", "morgen"):
        return _at(here.date() + timedelta(days=1), tail, zone)
    if head in ("today", "heute"):
        return _at(here.date(), tail, zone) if tail else None
    if head in _DAYS:
        ahead = (_DAYS[head] - here.weekday()) % 7
        chosen = _at(here.date() + timedelta(days=ahead), tail, zone)
        if chosen is not None and chosen <= here:
            chosen = _at(here.date() + timedelta(days=ahead + 7), tail, zone)
        return chosen
    chosen = _at(here.date(), text, zone) if text else None
    if chosen is not None and chosen <= here:
        chosen = _at(here.date() + timedelta(days=1), text, zone)
    return chosen


def _at(day: date, clock: str, zone: tzinfo) -> datetime | None:
    if not clock:
        return datetime.combine(day, _MORNING, zone)
    match = _CLOCK.fullmatch(clock)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    if hour > 23 or minute > 59:
        return None
    return datetime.combine(day, time(hour, minute), zone)
