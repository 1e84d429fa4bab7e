"""Holidays from a team's own calendar: a day off that is missed makes every answer of that day late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.builders import hours, local
from inbox.domain.hours import ServiceHours

pytest.importorskip("icalendar", reason="needs the extra `holidays`")

from inbox.config import file, holidays  # after the skip

BERLIN = ZoneInfo("Europe/Berlin")

TEAM = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//team//EN
BEGIN:VEVENT
UID:1
SUMMARY:Closed
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Founding day
DTSTART;VALUE=DATE:20190603
RRULE:FREQ=YEARLY
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Team meeting
DTSTART;TZID=Europe/Berlin:20261102T090000
DTEND;TZID=Europe/Berlin:20261102T103000
RRULE:FREQ=WEEKLY;UNTIL=20261130T230000Z
EXDATE;TZID=Europe/Berlin:20261109T090000
END:VEVENT
BEGIN:VEVENT
UID:4
SUMMARY:Cancelled
STATUS:CANCELLED
DTSTART;VALUE=DATE:20261111
END:VEVENT
BEGIN:VEVENT
UID:5
SUMMARY:Birthday of Mia
TRANSP:TRANSPARENT
DTSTART;VALUE=DATE:20261112
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def team(tmp_path: Path) -> Path:
    path = tmp_path / "team.ics"
    path.write_text(TEAM.replace("\n", "\r\n"), "utf-8")
    return path


def test_whole_days_are_holidays_and_repeat(team: Path) -> None:
    found = holidays.read(team, BERLIN, [2026, 2027])
    assert found.days == {date(2026, 12, day) for day in (24, 25, 26)} | {date(2026, 6, 3), date(2027, 6, 3)}


def test_a_meeting_is_no_service_time_in_summer_and_winter_alike(team: Path) -> None:
    """The wall clock repeats; one meeting was called off, and after the end of the series there is none."""
    found = holidays.read(team, BERLIN, [2026])
    assert [start for start, _ in found.spans] == [
        local(f"2026-11-{day:02} 09:00") for day in (2, 16, 23, 30)
    ]
    assert {end - start for start, end in found.spans} == {timedelta(minutes=90)}


def test_service_hours_leave_a_meeting_out(team: Path) -> None:
    """Asked at 8:30 on the day of the meeting, an hour of service ends at 11:00."""
    plain = hours(daily="07:00-23:00")
    found = holidays.read(team, BERLIN, [2026])
    calendar = ServiceHours(BERLIN, plain.week, found.days, found.spans)
    asked = local("2026-11-23 08:30")
    assert calendar.add(asked, timedelta(hours=1)) == local("2026-11-23 11:00")
    assert calendar.opens_at(local("2026-11-23 09:30")) == local("2026-11-23 10:30")
    assert calendar.between(asked, local("2026-11-23 12:00")) == timedelta(hours=2)


def test_the_config_names_it_from_its_own_folder(team: Path) -> None:
    config = file.parse('[service]\nholidays = ["team.ics", "2026-05-01"]', str(team.parent / "config.toml"))
    assert config.service.holidays == [str(team), "2026-05-01"]


@pytest.mark.parametrize("text", ["", "no calendar at all", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:x"])
def test_what_is_no_calendar_is_said_with_its_line(tmp_path: Path, text: str) -> None:
    """A wrong file must not silently make every holiday a working day."""
    path = tmp_path / "team.ics"
    path.write_text(text)
    with pytest.raises(file.ConfigError, match=r"config.toml:2: service.holidays\[0\]: .*team.ics"):
        file.parse('[service]\nholidays = ["team.ics"]', str(tmp_path / "config.toml"))


def test_a_missing_calendar_is_said(tmp_path: Path) -> None:
    with pytest.raises(file.ConfigError, match="cannot be read"):
        file.parse('[service]\nholidays = ["gone.ics"]', str(tmp_path / "config.toml"))


def test_a_span_without_a_zone_is_read_in_the_zone_of_service(tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    path.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260701T120000\r\n"
        "DURATION:PT2H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    noon = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert holidays.read(path, BERLIN, [2026]).spans == ((noon, noon + timedelta(hours=2)),)
