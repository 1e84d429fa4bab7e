"""What words of the config mean: service hours, holidays, the time zone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inbox.config import mistakes
from inbox.domain.hours import DAYS, MIDNIGHT, Interval
from inbox.system import installation
from inbox.system.places import system_zone

if TYPE_CHECKING:
    from inbox.config.model import Config

_INTERVAL = r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})"


def interval(text: str) -> Interval:
    """`07:00-23:00`, `22:00-02:00` (over midnight), `00:00-24:00` (all day). Raises ValueError."""
    match = re.fullmatch(_INTERVAL, text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not an interval; write for example "07:00-23:00"')
    opens_hour, opens_minute, closes_hour, closes_minute = map(int, match.groups())
    try:
        opens = time(opens_hour, opens_minute)
        closes = MIDNIGHT if (closes_hour, closes_minute) == (24, 0) else time(closes_hour, closes_minute)
    except ValueError:
        raise ValueError(f"{text!r}: hours run from 00:00 to 24:00") from None
    if opens == closes and (closes_hour, opens) != (24, MIDNIGHT):
        raise ValueError(f'{text!r} begins where it ends; all day is "00:00-24:00"')
    return Interval(opens, closes)


def week(hours: Mapping[str, list[str]]) -> dict[str, tuple[Interval, ...]]:
    """Day name to intervals. `daily` fills the days that are not named; a named day replaces it."""
    return {day: tuple(map(interval, hours.get(day, hours.get("daily", [])))) for day in DAYS}


def holiday_dates(entries: Iterable[str], years: Iterable[int]) -> frozenset[date]:
    """The dates of `service.holidays`; those of countries for `years` only (needs the extra `holidays`)."""
    wanted, found = list(years), set[date]()
    for entry in entries:
        if entry.endswith(CALENDAR):
            continue
        if re.fullmatch(COUNTRY, entry):
            found.update(_country(entry, wanted))
        else:
            found.add(date.fromisoformat(entry))
    return frozenset(found)


CALENDAR = ".ics"
"""How the name of a calendar file ends."""


def calendars(entries: Iterable[str], zone: tzinfo, years: Iterable[int]) -> Closed:
    """Days and spans without service from the calendar files of `service.holidays`. Raises ValueError."""
    named = [entry for entry in entries if entry.endswith(CALENDAR)]
    if not named:
        return _NOTHING
    from inbox.config import holidays as calendar_file

    wanted = list(years)
    found = [calendar_file.read(Path(entry), zone, wanted) for entry in named]
    return (
        frozenset(day for one in found for day in one.days),
        tuple(sorted({span for one in found for span in one.spans})),
    )


Closed = tuple[frozenset[date], tuple[tuple[datetime, datetime], ...]]
_NOTHING: Closed = (frozenset(), ())

COUNTRY = r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?"


def _country(code: str, years: list[int]) -> Iterable[date]:
    try:
        import holidays  # 120 ms: only where a country is named
    except ImportError:
        raise ValueError(
            f"{code} needs the extra `holidays`: {installation.how_to_add('holidays')}; or write the dates"
        ) from None
    country, _, region = code.partition("-")
    regions = holidays.list_supported_countries()
    if country not in regions:
        raise ValueError(f"no holidays are known for {country}{mistakes.did_you_mean(country, regions)}")
    if region and region not in regions[country]:
        raise ValueError(
            f"{country} has no region {region}; known are {', '.join(regions[country]) or 'none'}"
        )
    return holidays.country_holidays(country, subdiv=region or None, years=years)


def time_zone(config: Config, env: Mapping[str, str]) -> tuple[ZoneInfo, str | None]:
    """The configured zone, else this machine's, else UTC; with a note where the agent should look at it."""
    return (ZoneInfo(config.service.timezone), None) if config.service.timezone else system_zone(env)


def not_a_timezone(name: str) -> str | None:
    """What is wrong with the name of a time zone; None for a good one."""
    from zoneinfo import available_timezones

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: a folder of the time zone data, such as "Europe"
        zones = available_timezones()
        last = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
        hint = mistakes.did_you_mean(name, zones)
        if city := difflib.get_close_matches(name.strip().replace(" ", "_").title(), last, n=1, cutoff=0.8):
            hint = f', did you mean "{last[city[0]]}"?'
        return f"{name!r} is no IANA time zone{hint}"
    return None
