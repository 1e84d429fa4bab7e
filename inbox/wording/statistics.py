"""The statistics in columns, for the command line and the screen, and as single facts for those who listen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from inbox.domain.statistics import Figures, Statistics
from inbox.domain.text import clean
from inbox.wording import words
from inbox.wording.language import tr
from inbox.wording.safe_text import fit

COLUMNS = ("answers", "in time", "first", "90 %", "next", "90 %", "closed", "waits", "passed", "auto")
"""Headings; what they mean is told below the table."""
ROOMY = 78
"""Cells from which on there is room for the last column; what it counts is also told below the table."""
NARROWEST, WIDEST = 9, 28
"""Cells for the name at the left."""


def table(found: Statistics, width: int, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """(line, tone) of at most `width` cells; `tone` is heading, text or quiet."""
    shown = COLUMNS if width >= ROOMY else COLUMNS[:-1]
    headings = [tr(column) for column in shown]
    spare = width - NARROWEST - sum(max(6, cell_len(heading) + 1) for heading in headings)
    gap = 2 if spare >= len(headings) + 5 else 1
    wide = [max(5 + gap, cell_len(heading) + gap) for heading in headings]
    room = min(WIDEST, max(NARROWEST, width - sum(wide)))
    yield tr("Since {since}", since=words.moment(found.since, zone)), "heading"
    yield "", "text"
    yield set_cell_size("", room) + "".join(f"{h:>{w}}" for h, w in zip(headings, wide, strict=True)), "quiet"
    yield from ((line, "text") for line in _rows(tr("all"), found.total, room, wide))
    for title, groups in (
        (tr("Accounts"), [(clean(name, one_line=True), f) for name, f in found.accounts.items()]),
        (tr("Agents"), [(clean(name or tr("nobody"), one_line=True), f) for name, f in found.agents.items()]),
        (tr("Days"), [(_day(day, zone), f) for day, f in found.days.items()]),
    ):
        if groups:
            yield "", "text"
            yield title, "heading"
            yield from ((line, "text") for name, f in groups for line in _rows(name, f, room, wide))
    yield "", "text"
    told = (*_judged(found, zone), *_meaning(found.total))
    yield from ((line, "quiet") for sentence in told for line in wrap(sentence, width))


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
    yield set_cell_size(name, room) + "".join(f"{cell:>{w}}" for cell, w in zip(cells, wide, strict=False))


def _meaning(total: Figures) -> Iterator[str]:
    yield tr("first, next: median of the time to our first or next answer; 90 %: nine of ten came within.")
    first, next_ = (times.median for times in (total.first_service, total.next_service))
    told = [tr(kind).lower() + f" {_short(t)}" for kind, t in (("first", first), ("next", next_)) if t]
    if told:
        yield tr("Wall-clock time; in service hours: {times}.", times=", ".join(told))
    if total.overdue:
        yield tr("{n} of those who wait are overdue.", n=total.overdue)
    yield tr("closed: resolved without an answer. passed: only sent on to a hotline or desk.")
    if total.automatic:
        yield tr("auto: messages of ours that no person wrote; they answer nobody.")
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
    for kind, answer in (("First answer", total.first), ("Next answer", total.next)):
        if answer.median is not None and answer.p90 is not None:
            yield tr(
                "{kind}: half within {median}, nine of ten within {p90}",
                kind=tr(kind),
                median=words.long(answer.median),
                p90=words.long(answer.p90),
            )
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


def _day(day: date, zone: tzinfo) -> str:
    return words.moment(datetime.combine(day, time(0), zone), zone).rpartition(" ")[0]
