"""Days as people write them: `yesterday`, `mon`, `24.12.`, `24 dec`, `next week`, in English and German."""

from __future__ import annotations

import re
from datetime import date, timedelta

_NAMED = {
    "today": 0,
    "heute": 0,
    "yesterday": -1,
    "gestern": -1,
    "vorgestern": -2,
    "tomorrow": 1,
    "morgen": 1,
    "übermorgen": 2,
    "uebermorgen": 2,
}
_WEEKS = {
    "this week": 0,
    "diese woche": 0,
    "next week": 1,
    "nächste woche": 1,
    "naechste woche": 1,
    "last week": -1,
    "letzte woche": -1,
}
WEEKDAYS = {
    name: i
    for i, names in enumerate(
        (
            "mon monday mo montag",
            "tue tues tuesday di dienstag",
            "wed wednesday mi mittwoch",
            "thu thur thurs thursday do donnerstag",
            "fri friday fr freitag",
            "sat saturday sa samstag sonnabend",
            "sun sunday so sonntag",
        )
    )
    for name in names.split()
}
_MONTHS = {
    name: i
    for i, names in enumerate(
        (
            ("jan", "january", "januar", "jänner"),
            ("feb", "february", "februar"),
            ("mar", "march", "mär", "märz", "maerz"),
            ("apr", "april"),
            ("may", "mai"),
            ("jun", "june", "juni"),
            ("jul", "july", "juli"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october", "okt", "oktober"),
            ("nov", "november"),
            ("dec", "december", "dez", "dezember"),
        ),
        start=1,
    )
    for name in names
}
# Strings are compiled by `re` at their first use, which is not before the first frame.
_DOTTED = r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4}|[0-9]{2})?"
_DAY_FIRST = r"([0-9]{1,2})(?:st|nd|rd|th|\.)? ([^\W\d_]+)\.?,?(?: ([0-9]{4}))?"
_MONTH_FIRST = r"([^\W\d_]+)\.? ([0-9]{1,2})(?:st|nd|rd|th|\.)?,?(?: ([0-9]{4}))?"
NEVER = date.max
_LEAP_CYCLE = 8
"""Years within which every day of the calendar comes once, 29 February included."""


class NoSuchDay(ValueError):
    """The text is written like a day, and no calendar has it."""

    def __init__(self, said: str) -> None:
        super().__init__(f"there is no {said}")


def day(text: str, today: date, *, ahead: bool) -> date | None:
    """Return the day meant by `text`; None where it names none. Raises NoSuchDay for `31.2.` and the like.

    A day without a year, and a weekday, is the nearest one that is not over (`ahead`) or not still to come. A week is
    its Monday.
    """
    folded = " ".join(text.lower().split())
    if folded in _NAMED:
        return today + timedelta(days=_NAMED[folded])
    if folded in _WEEKS:
        return today + timedelta(days=7 * _WEEKS[folded] - today.weekday())
    if (weekday := WEEKDAYS.get(folded.rstrip(".,"))) is not None:
        forward, back = (weekday - today.weekday()) % 7, (today.weekday() - weekday) % 7
        return today + timedelta(days=forward) if ahead else today - timedelta(days=back)
    try:
        return date.fromisoformat(folded)
    except ValueError:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", folded):
            raise NoSuchDay(text.strip()) from None
        found = _of_calendar(folded, today, ahead)
    if found is NEVER:
        raise NoSuchDay(text.strip())
    return found


def _of_calendar(text: str, today: date, ahead: bool) -> date | None:
    """The day of the month; None where the text names none, NEVER where it names one that never comes."""
    if found := re.fullmatch(_DOTTED, text):
        number, month, year = int(found[1]), int(found[2]), found[3]
    elif (found := re.fullmatch(_DAY_FIRST, text)) and found[2] in _MONTHS:
        number, month, year = int(found[1]), _MONTHS[found[2]], found[3]
    elif (found := re.fullmatch(_MONTH_FIRST, text)) and found[1] in _MONTHS:
        number, month, year = int(found[2]), _MONTHS[found[1]], found[3]
    else:
        return None
    if year is not None:
        return _date(int(year) + 2000 if len(year) == 2 else int(year), month, number) or NEVER
    step = 1 if ahead else -1
    days = (_date(today.year + step * n, month, number) for n in range(_LEAP_CYCLE + 1))
    return next((d for d in days if d is not None and (d >= today if ahead else d <= today)), NEVER)


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
