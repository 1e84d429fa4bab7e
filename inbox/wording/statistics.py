"""The statistics in columns, for the command line and the screen, and as single facts for those who listen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from inbox.domain.statistics import Figures, Statistics
from inbox.domain.text import clean
from inbox.wording import words
from inbox.wording.language import tr
from inbox.wording.safe_text import fit

COLUMNS = (
    "answers",
    "in|time",
    "first|half",
    "answer|90 %",
    "next|half",
    "answer|90 %",
    "only|closed",
    "waits",
    "passed|on",
    "auto-|matic",
)
"""Headings; `|` divides the two lines that they stand on."""
NARROWEST, WIDEST = 9, 28
"""Cells for the name at the left."""
BAR = 20
"""Cells of a full bar."""


def table(found: Statistics, width: int, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """(line, tone) of at most `width` cells: sentences, a bar for each day, then all figures in columns; `tone` is heading,
    bright, text or quiet."""
    for sentence in _sentences(found, zone):
        yield from ((line, "bright") for line in wrap(sentence, width))
    for sentence in (*_judged(found, zone), *_more(found.total)):
        yield from ((line, "quiet") for line in wrap(re.sub(r"\.\.$", ".", sentence), width))
    days = [(day, f) for day, f in found.days.items() if f.answered]
    if len(days) > 1:
        yield "", "text"
        yield tr("In time, by day"), "heading"
        yield from ((_bar(day, f, zone), "text") for day, f in days)
    yield "", "text"
    yield from _columns(found, width, zone)


def _sentences(found: Statistics, zone: tzinfo) -> Iterator[str]:
    """Today, how quick the answers of the period were, and who waits."""
    today = found.until.astimezone(zone).date()
    now, before = (found.days.get(day, Figures()) for day in (today, today - timedelta(days=1)))
    yesterday = tr("yesterday {percent}", percent=_percent(before)) if before.answered else ""
    if now.answered:
        shown = f"{_filled(now)}  " if yesterday else _filled(now)
        said = tr(
            "Today {percent} in time ({in_time} of {n})",
            percent=_percent(now),
            in_time=now.in_time,
            n=now.answered,
        )
        yield f"{said}   {shown}{yesterday}"
    else:
        said = tr("Nothing was answered today yet.")
        yield f"{said} {tr('Yesterday {percent} in time.', percent=_percent(before))}" if yesterday else said
    yield tr("Since {since}", since=words.moment(found.since, zone)) + ":"
    yield from (f"  {line}" for line in _times(found.total))
    yield tr("{n} waiting, {overdue} of them overdue", n=found.total.unanswered, overdue=found.total.overdue)


def _times(total: Figures) -> Iterator[str]:
    for kind, answer in (("First answer", total.first), ("Next answer", total.next)):
        if answer.median is not None and answer.p90 is not None:
            yield tr(
                "{kind}: half within {median}, nine of ten within {p90}",
                kind=tr(kind),
                median=words.long(answer.median),
                p90=words.long(answer.p90),
            )


def _bar(day: date, f: Figures, zone: tzinfo) -> str:
    of = tr("{in_time} of {n}", in_time=f.in_time, n=f.answered)
    return f"  {_day(day, zone):<12}{_filled(f)} {_percent(f):>5}  {of}"


def _filled(f: Figures) -> str:
    """A bar as long as the share that was in time."""
    full = round((f.share or 0) * BAR)
    return "█" * full + "░" * (BAR - full)


def _columns(found: Statistics, width: int, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """All figures under their headings; where there is no room, without the last columns."""
    headings = [tr(column).rpartition("|")[::2] for column in COLUMNS]
    least = [max(5, *map(cell_len, heading)) + 1 for heading in headings]
    while NARROWEST + sum(least) > width and len(least) > 1:
        del headings[-1], least[-1]
    gap = 1 if width - NARROWEST - sum(least) >= len(headings) + 5 else 0
    wide = [cells + gap for cells in least]
    room = min(WIDEST, max(NARROWEST, width - sum(wide)))
    for at in (0, 1):
        cells = (_right(heading[at], w) for heading, w in zip(headings, wide, strict=True))
        yield set_cell_size("", room) + "".join(cells), "quiet"
    yield from ((line, "text") for line in _rows(tr("all"), found.total, room, wide))
    for title, groups in (
        (tr("Accounts"), [(clean(name, one_line=True), f) for name, f in found.accounts.items()]),
        (tr("Agents"), [(clean(name or tr("nobody"), one_line=True), f) for name, f in found.agents.items()]),
        (tr("Days"), [(_day(day, zone, room), f) for day, f in found.days.items()]),
    ):
        if groups:
            yield "", "text"
            yield title, "heading"
            yield from ((line, "text") for name, f in groups for line in _rows(name, f, room, wide))


def _right(text: str, cells: int) -> str:
    return " " * (cells - cell_len(text)) + text


def _rows(name: str, f: Figures, room: int, wide: list[int]) -> Iterator[str]:
    """A line; a name without room in it has one of its own, for cut names cannot be told apart."""
    if cell_len(name) > room:
        yield fit(name, room + sum(wide)).rstrip()
        name = ""
    cells = (
        f"{f.answered}",
        _percent(f),
        _short(f.first.median),
        _short(f.first.p90),
        _short(f.next.median),
        _short(f.next.p90),
        f"{f.resolved}",
        f"{f.unanswered}",
        f"{f.passed_on}",
        f"{f.automatic}",
    )
    yield set_cell_size(name, room) + "".join(_right(cell, w) for cell, w in zip(cells, wide, strict=False))


def _more(total: Figures) -> Iterator[str]:
    """What the columns do not say."""
    first, next_ = (times.median for times in (total.first_service, total.next_service))
    told = [tr(kind) + f" {_short(t)}" for kind, t in (("First answer", first), ("Next answer", next_)) if t]
    if told:
        yield tr("Times are by the clock on the wall; in service hours: {times}.", times="; ".join(told))
    if total.proactive:
        yield tr("{n} first answers to search hits, counted apart: nobody had asked us.", n=total.proactive)
    if total.closed.median is not None:
        yield tr(
            "{n} cases resolved, half of them within {median}.",
            n=total.closed.count,
            median=words.long(total.closed.median),
        )
        if total.closed_with_target:
            yield tr(
                "{in_time} of {n} resolved within their target.",
                in_time=total.closed_in_time,
                n=total.closed_with_target,
            )


def _judged(found: Statistics, zone: tzinfo) -> Iterator[str]:
    """By what the answers were judged, where that is not the same for all."""
    if found.target is not None:
        yield tr("All judged by one target: {target}.", target=words.long(found.target))
        return
    for moment in found.changes:
        yield tr(
            "The timer policies changed {when}: what ended before is judged by the earlier ones.",
            when=words.moment(moment, zone),
        )


def facts(found: Statistics, zone: tzinfo) -> Iterator[str]:
    """One fact a line: nothing to find by its place in a column."""
    for fact in _facts(found, zone):
        yield fact if fact.endswith(".") else f"{fact}."  # "2 Std." has its own


def _facts(found: Statistics, zone: tzinfo) -> Iterator[str]:
    total = found.total
    yield tr("Since {since}", since=words.moment(found.since, zone))
    yield _answers(total)
    yield from _times(total)
    yield tr("{n} waiting, {overdue} of them overdue", n=total.unanswered, overdue=total.overdue)
    yield tr("{n} closed without an answer, {passed} passed on", n=total.resolved, passed=total.passed_on)
    yield from _judged(found, zone)
    yield tr(
        "{n} automatic messages, {proactive} proactive answers", n=total.automatic, proactive=total.proactive
    )
    for name, f in (*found.accounts.items(), *found.agents.items()):
        who = clean(name or tr("nobody"), one_line=True)
        yield f"{who}: {_answers(f)}, {tr('{n} waiting', n=f.unanswered)}"


def _answers(f: Figures) -> str:
    if f.share is None:
        return tr("no answer")
    return tr("{n} answered, {percent} in time", n=f.answered, percent=_percent(f))


def _percent(f: Figures) -> str:
    return "-" if f.share is None else f"{f.share:.0%}"


def _short(length: timedelta | None) -> str:
    return "-" if length is None else words.short(length)


def _day(day: date, zone: tzinfo, room: int = WIDEST) -> str:
    """The day with its month, where there is room for it."""
    named = words.moment(datetime.combine(day, time(0), zone), zone).rpartition(" ")[0]
    return named if cell_len(named) < room else named.rpartition(" ")[0]
