"""Durations and moments as people write them: `1h30m`, `+3h`, `mon 9`, `tomorrow`, RFC 3339."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from inbox.domain import dates
from inbox.domain.dates import WEEKDAYS
from inbox.domain.records import Record

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"\s*".join(rf"(?:(?P<{unit}>[0-9]{{1,9}})\s*{unit})?" for unit in _UNITS))
LONGEST = timedelta(days=3660)
"""Ten years: no target, hold or snooze is longer, and no sum with it leaves the calendar."""


def duration(text: str) -> timedelta:
    """`90s`, `30m`, `3h`, `30d`, `2w`, `1h30m`: the largest unit first, each once.

    Raises ValueError, saying what is wrong.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or not text.strip():
        raise ValueError(f"{text!r} is not a duration; write for example 90s, 30m, 3h, 1h30m, 30d or 2w")
    total = timedelta(**{_UNITS[unit]: int(count) for unit, count in match.groupdict().items() if count})
    if total > LONGEST:
        raise ValueError(f"{text!r} is longer than ten years")
    return total


def instant(text: str) -> datetime:
    """A moment as platforms write it (RFC 3339, ISO 8601; UTC where no offset stands), as aware UTC.

    The sixtieth second of a minute is the first of the next: Python knows no leap seconds. Raises ValueError, and
    OverflowError outside the calendar.
    """
    known = text.replace(":60", ":59", 1)
    found = datetime.fromisoformat(known) + timedelta(seconds=known != text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


_DAYS_AHEAD = {
    "today": 0,
    "heute": 0,
    "tomorrow": 1,
    "morgen": 1,
    "übermorgen": 2,
    "uebermorgen": 2,
}
MORNING = time(9)
_PARTS = {
    "morning": time(9),
    "früh": time(9),
    "frueh": time(9),
    "noon": time(12),
    "mittag": time(12),
    "afternoon": time(15),
    "nachmittag": time(15),
    "evening": time(18),
    "abend": time(18),
}
_AFTERNOON = time(15)
_TODAY = {"tonight": "today evening", "this": "today"}
# Strings are compiled by `re` at their first use, which is not before the first frame.
_CLOCK = r"(?:at |um )?(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?\s*(?:(?P<half>am|pm)|uhr)?"


def moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The next instant meant by `text`, UTC. `now` is aware; `zone` is where the agent's clock hangs.

    `+3h`, `3h`, `in 3h`, `2 days`, `3 Std. 20 Min.`, `18:30`, `9`, `6pm`, `mon 9`, `mon`, `tomorrow`, `morgen 8:30`, `montag um 9 uhr`,
    `heute abend`, `heute abend 20 uhr`, `24.12. 10 uhr`, `24 dec`, `next week`, `2026-12-01 14:00`, RFC 3339. A day without a time means
    nine o'clock. A time the clocks skip is read an hour later, one they show twice is the next of the two. Raises ValueError, with what to write, for the unknown,
    for the past and for more than ten years ahead.
    """
    folded = " ".join(text.lower().split())
    try:
        meant = (
            _relative(folded, now)
            or _absolute(folded, now, zone)
            or _wall(folded, now, zone)
            or _dated(folded, now, zone)
        )
    except OverflowError:
        raise ValueError(f"{text!r} is outside the calendar") from None
    if meant is None:
        raise ValueError(
            f"{text!r} is no time; write for example +3h, mon 9, tomorrow 8:30 or 2026-12-01 14:00"
        )
    if meant <= now:
        raise ValueError(f"{text!r} is already over")
    if meant - now > LONGEST:
        raise ValueError(f"{text!r} is more than ten years away")
    return meant.astimezone(UTC)


_SPOKEN = tuple(
    (rf"(?<=\d) ?(?:{words})(?=[ \d]|$)", unit)
    for words, unit in (
        (r"weeks?|wochen?", "w"),
        (r"days?|tage?n?|tg\.?", "d"),
        (r"hours?|hrs?|stunden?|std\.?", "h"),
        (r"minutes?|mins?\.?|minuten?", "m"),
    )
)
"""Units as they are said, and as we ourselves show them: `3 Std. 20 Min.`"""


def _relative(text: str, now: datetime) -> datetime | None:
    length = text.removeprefix("+").removeprefix("in ")
    for words, unit in _SPOKEN:
        length = re.sub(words, unit, length)
    return now + duration(length) if _DURATION.fullmatch(length.strip()) and length else None


def _absolute(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    try:
        return _next((datetime.combine(date.fromisoformat(text), MORNING),), now, zone)
    except ValueError:
        pass
    try:
        parsed = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return parsed if parsed.tzinfo else _next((parsed,), now, zone)


def _wall(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """A weekday, today or tomorrow, with or without a time; or a time alone: its next occurrence."""
    today = now.astimezone(zone).date()
    head, _, tail = text.partition(" ")
    if head in _TODAY and (head == "tonight" or tail in _PARTS):
        head, _, tail = f"{_TODAY[head]} {tail}".strip().partition(" ")
    day = head.rstrip(".,")
    ahead: tuple[int, ...] = (0, 1)
    if day in _DAYS_AHEAD:
        ahead = (_DAYS_AHEAD[day],)
    elif day in WEEKDAYS:
        first = (WEEKDAYS[day] - today.weekday()) % 7
        ahead = (first, first + 7)
    else:
        tail = text
    at = MORNING if not tail and day else _clock(tail)
    if at is None:
        return None
    return _next([datetime.combine(today + timedelta(days=days), at) for days in ahead], now, zone)


def _dated(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """A day of the calendar or a week, with or without a time behind it."""
    today, words = now.astimezone(zone).date(), text.split()
    for n in range(len(words), 0, -1):
        day = dates.day(" ".join(words[:n]), today, ahead=True)
        at = MORNING if n == len(words) else _clock(" ".join(words[n:]))
        if day is not None and at is not None:
            return _next((datetime.combine(day, at),), now, zone)
    return None


def _next(walls: Iterable[datetime], now: datetime, zone: tzinfo) -> datetime | None:
    """The first of these wall-clock times that is still to come; the last one where all are over.

    Compared as instants: in the autumn night the same time comes twice, and either may be the next.
    """
    instant = None
    for wall in walls:
        for fold in (0, 1):
            instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            if instant > now:
                return instant
    return instant


def _clock(text: str) -> time | None:
    """The time of day meant by `text`; None where it names none. Raises ValueError for one that no clock shows.

    A part of the day may stand before it: `evening 8`, `abend 20 uhr`.
    """
    if text in _PARTS:
        return _PARTS[text]
    part, _, rest = text.partition(" ")
    match = re.fullmatch(_CLOCK, rest if part in _PARTS else text)
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if minute > 59 or (not 1 <= hour <= 12 if match["half"] else hour > 23):
        said = match[0].removeprefix("at ").removeprefix("um ")
        raise ValueError(f"there is no {said}")
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "pm" else 0)
    elif hour < 12 and part in _PARTS and _PARTS[part] >= _AFTERNOON:
        hour += 12
    return time(hour, minute)


class Sleep(Record):
    """Until when a conversation is hidden; `until` None: until the customer writes. `through_thanks`: a message that only
    thanks does not count."""

    until: datetime | None
    through_thanks: bool = False


REPLY = ("reply", "they reply", "antwort", "sie antworten")
_THROUGH = r"^(.*?)[\s,+]*\b(?:through[ -]thanks|trotz dank)$"


def sleep(text: str, now: datetime, zone: tzinfo) -> Sleep:
    """`reply`, or what `moment` takes; either followed by `through thanks`. Raises ValueError as `moment` does."""
    folded = " ".join(text.lower().split())
    through = re.match(_THROUGH, folded)
    when = through[1] if through else text
    if when in REPLY or (through and not when) or folded in REPLY:
        return Sleep(None, through is not None)
    return Sleep(moment(when, now, zone), through is not None)
