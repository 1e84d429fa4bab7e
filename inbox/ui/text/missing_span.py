"""Stretches of time that a platform did not give, in words."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.health import KnownGap


def gap_span(gap: KnownGap, zone: tzinfo) -> str:
    """Say from when to when messages may be missing: `23 Nov 14:05 to 24 Nov 09:10`."""
    since = _day_and_time(gap.since, zone) if gap.since else tr("the beginning")
    until = _day_and_time(gap.until, zone) if gap.until else tr("now")
    return tr("{since} to {until}", since=since, until=until)


def _day_and_time(moment: datetime, zone: tzinfo) -> str:
    return words.moment(moment, zone).partition(" ")[2]
