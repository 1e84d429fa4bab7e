"""Surges in words: a line of the log, and the line of the header while one runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from inbox.domain.sla import local
from inbox.domain.text import clean
from inbox.wording.language import plural, said, tr

if TYPE_CHECKING:
    from datetime import tzinfo

    from inbox.domain.listening.surge_log import Logged


def surge_line(one: Logged, zone: tzinfo) -> str:
    """Return a surge as one line: since when, how much more than usual, about what, and whether it was told."""
    surge = one.surge
    parts = [
        _span(one, zone),
        clean(one.account, one_line=True) + (f" ({tr('searches')})" if one.search else ""),
        tr("red") if surge.tier == "red" else tr("yellow"),
        tr("{n} times as usual", n=f"{surge.times:.1f}"),
        plural(surge.voices, "voice"),
        tr("{n} % negative", n=round(100 * surge.negative)),
        quoted(surge.words),
        tr("while you were away") if surge.at is None else "",
        tr("seen by {who}", who=clean(one.acknowledged_by, one_line=True)) if one.acknowledged_by else "",
    ]
    return "  ".join(filter(None, parts))


def _span(one: Logged, zone: tzinfo) -> str:
    since = said(local(datetime.fromtimestamp(one.surge.since, UTC), zone))
    if one.surge.until is None:
        return tr("since {when}", when=since)
    until = datetime.fromtimestamp(one.surge.until, UTC).astimezone(zone)
    return f"{since}-{until:%H:%M}"


def quoted(words: tuple[str, ...]) -> str:
    """Return words as people wrote them, each in quotation marks."""
    return " ".join(f'"{clean(word, one_line=True)}"' for word in words)


def header_line(one: Logged, zone: tzinfo, more: int = 0) -> str:
    """Return what the header says while a surge runs. `more`: how many others run beside it."""
    surge = one.surge
    since = datetime.fromtimestamp(surge.since, UTC).astimezone(zone)
    what = tr("STORM since {when}") if surge.tier == "red" else tr("louder since {when}")
    parts = [
        what.format(when=f"{since:%H:%M}"),
        clean(one.account, one_line=True),
        f"{surge.times:.1f}x",
        plural(surge.voices, "voice"),
        quoted(surge.words),
        tr("and {n} more", n=more) if more else "",
    ]
    return " · ".join(filter(None, parts))
