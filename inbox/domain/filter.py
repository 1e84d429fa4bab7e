"""The filter language: words, "phrases" and `operator:value`, a leading `-` negates.

    from:anna  in:acme-x  on:direct  is:overdue  tag:refund  before:2026-11-01  after:3d  -is:mine  "lost parcel"

Words and phrases mean the text of any message (full history); operators mean the conversation. All must hold.
An `is:` that names a status looks beyond the view's own status (`is:resolved` in the view "waiting" finds what is
resolved); its negation only narrows. Raises FilterError with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta, tzinfo
from typing import TypeVar

from inbox.domain import dates
from inbox.domain.durations import duration
from inbox.domain.fold import fold
from inbox.domain.kinds import HOLDINGS, OPERATORS, PLATFORMS, STATE_ALIASES, STATES, surfaces
from inbox.domain.languages import CODES
from inbox.domain.model import Priority, Status, Surface
from inbox.domain.queue import Scope, Test
from inbox.domain.records import Record, replace
from inbox.domain.suggestion import closest

_SHORT = {
    "dm": Surface.DIRECT,
    "hits": Surface.SEARCH,
    "mention": Surface.MENTIONS,
    "comment": Surface.COMMENTS,
}
"""Other words for a surface."""
_STATUS = {status.value: status for status in Status}

# Compiled by `re` at its first use: no filter, no pattern.
_TOKEN = r'(?i)(?P<neg>-?)(?:(?P<op>[a-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]*))'
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'))
"""What keyboards and word processors make of a quotation mark."""

T = TypeVar("T")


class FilterError(Exception):
    """The filter cannot be understood; the text says what to write instead."""

    part: tuple[int, int] | None = None
    """From where to where in the filter the mistake lies, where that is known."""


class Filter(Record, kw_only=True):
    """A parsed filter: `scope` narrows a view; `words` and `not_words` (folded) mean messages.

    `widens`: it names a status, which then counts instead of the view's own.
    """

    scope: Scope
    widens: bool = False
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()

    def within(self, view: Scope) -> Scope:
        """The view narrowed by this filter."""
        mine = self.scope
        tests = [*view.tests, *mine.tests]
        # A scope names one account and one agent; where both do, the second must hold too.
        if mine.account is not None and view.account is not None:
            tests.append(Test(name="account", value=mine.account))
        if mine.assignee is not None and view.assignee is not None:
            tests.append(Test(name="assignee", value=mine.assignee))
        return replace(
            view,
            statuses=mine.statuses if self.widens else _meet(view.statuses, mine.statuses),
            waiting=mine.waiting if self.widens or mine.waiting is not None else view.waiting,
            surfaces=_meet(view.surfaces, mine.surfaces),
            account=mine.account if view.account is None else view.account,
            assignee=mine.assignee if view.assignee is None else view.assignee,
            unassigned=view.unassigned or mine.unassigned,
            troubled=view.troubled or mine.troubled,
            words=(*view.words, self.words) if self.words else view.words,
            not_words=(*view.not_words, *self.not_words),
            has=view.has | mine.has,
            has_not=view.has_not | mine.has_not,
            new_to=mine.new_to or view.new_to,
            seen_by=mine.seen_by or view.seen_by,
            tests=tuple(tests),
        )


def _meet(a: frozenset[T] | None, b: frozenset[T] | None) -> frozenset[T] | None:
    if a is None or b is None:
        return b if a is None else a
    return a & b


def parse(text: str, *, agent: str, now: datetime, zone: tzinfo) -> Filter:
    """`agent` is who "mine" means; `now` and `zone` (aware) place dates and durations."""
    result = Filter(scope=Scope())
    for match in re.finditer(_TOKEN, text.translate(_QUOTES)) if text else ():
        negate = bool(match["neg"])
        value = match["word"] if match["phrase"] is None else match["phrase"]
        operator = (match["op"] or "").lower()
        try:
            if operator in OPERATORS:
                result = _apply(result, operator, value, negate, agent, now, zone)
            elif operator and value and not value.startswith("//"):
                raise FilterError(_unknown(operator))
            else:
                result = _word(result, f"{operator}:{value}" if operator else value, negate)
        except FilterError as error:
            error.part = match.span()
            raise
    return result


class Operand(Record):
    """One `operator:value` of a filter. `value` may be empty; `begin`, `end`: its place in the text."""

    sign: str
    operator: str
    value: str
    begin: int
    end: int


def operands(text: str) -> list[Operand]:
    """Each `operator:value` of a filter, in its order; negated ones too."""
    found = re.finditer(_TOKEN, text.translate(_QUOTES)) if text else ()
    return [
        Operand(
            match["neg"],
            match["op"].lower(),
            match["word"] if match["phrase"] is None else match["phrase"],
            *match.span(),
        )
        for match in found
        if match["op"] and match["op"].lower() in OPERATORS
    ]


def unfinished(text: str) -> Operand | None:
    """Return the `operator:value` at the end of a filter whose value is still being typed."""
    last = next(iter(reversed(operands(text))), None)
    closed = last is not None and text[last.begin : last.end].translate(_QUOTES).count('"') > 1
    return last if last is not None and last.end == len(text) and not closed else None


def written(sign: str, operator: str, value: str) -> str:
    """Write an `operator:value` as `parse` reads it: in quotes where the value has spaces."""
    return f'{sign}{operator}:"{value}"' if re.search(r"\s", value) else f"{sign}{operator}:{value}"


def check_names(
    text: str, accounts: Iterable[str], agents: Callable[[], Iterable[str]], used: Callable[[str], bool]
) -> None:
    """Refuse names behind `in:` and `to:` that nobody has here. `agents` is called only where it matters; `used` tells of
    an account that the config does not name whether it has conversations. Raises FilterError with what may have been
    meant."""
    for one in operands(text):
        value, error = one.value, None
        if one.operator == "in" and value not in (known := list(accounts)) and not used(value):
            error = FilterError(f'there is no account "{value}"; {_hint(value, known)}')
        if one.operator == "to" and value != "-" and value not in (known := list(agents())):
            error = FilterError(f'nobody here is called "{value}"; {_hint(value, known)}')
        if error is not None:
            error.part = (one.begin, one.end)
            raise error


def _unknown(operator: str) -> str:
    hint = _hint(operator, OPERATORS, "{}:")
    return f'"{operator}:" is no filter; {hint} Put it in quotes to search for the text.'


def _hint(word: str, known: Iterable[str], form: str = "{}", listed: str = "") -> str:
    names = list(known)
    if close := closest(word, names):
        return f'did you mean "{form.format(close)}"?'
    return f"there are {', '.join((listed or form).format(name) for name in names)}."


def _word(f: Filter, word: str, negate: bool) -> Filter:
    folded = fold(word)
    if not folded:
        return f
    if negate:
        return replace(f, not_words=(*f.not_words, folded))
    return replace(f, words=(*f.words, folded))


def _apply(f: Filter, op: str, value: str, negate: bool, agent: str, now: datetime, zone: tzinfo) -> Filter:
    if not value.strip():
        raise FilterError(f'"{op}:" needs a value.')
    match op:
        case "is":
            return _state(f, value.lower(), negate, agent)
        case "on":
            return _on(f, value.lower(), negate)
        case "in" if not negate and f.scope.account is None:
            return replace(f, scope=replace(f.scope, account=value))
        case "in":
            return _test(f, "account", value, negate)
        case "from":
            return _test(f, op, _part(value), negate)
        case "tag" | "person":
            return _test(f, op, fold(value), negate)
        case "to" if value == "-":
            return _test(f, "unassigned", None, negate)
        case "to":
            return _test(f, "assignee", value, negate)
        case "silent":
            return _test(f, op, now - _longer_than(value), negate)
        case "priority":
            return _test(f, op, _priority(value), negate)
        case "has":
            return _has(f, value.lower(), negate)
        case "lang":
            return _test(f, "language", _language(value), negate)
        case _:
            return _test(f, op, moment(value, now, zone), negate)


def _test(f: Filter, name: str, value: str | datetime | None, negate: bool) -> Filter:
    test = Test(name=name, value=value, negate=negate)
    return replace(f, scope=replace(f.scope, tests=(*f.scope.tests, test)))


def _part(value: str) -> str:
    wanted = fold(value.strip().removeprefix("@"))
    if not wanted:
        raise FilterError('"from:" needs a name, or a part of one.')
    return wanted


def _longer_than(value: str) -> timedelta:
    """The length in `silent:>30m`; the sign may be missing."""
    try:
        return duration(value.removeprefix(">").lower())
    except ValueError:
        raise FilterError(f'"silent:{value}" is no length; write for example silent:>30m') from None


def _priority(value: str) -> str:
    wanted = value.lower()
    if wanted not in list(Priority):
        raise FilterError(f'"{value}" is no priority; {_hint(wanted, Priority, listed="priority:{}")}')
    return wanted


def _language(value: str) -> str:
    """A code, or the English name of a language that is told apart."""
    named = {name.lower(): code for name, code in CODES.items()}
    wanted = named.get(value.lower(), value.lower())
    if wanted not in CODES.values():
        known = sorted(CODES.values())
        raise FilterError(f'"{value}" is no language that is recognized; {_hint(wanted, known)}')
    return wanted


def _has(f: Filter, value: str, negate: bool) -> Filter:
    if value not in HOLDINGS:
        raise FilterError(f'"has:{value}" is not known; {_hint(value, HOLDINGS, "has:{}")}')
    scope = f.scope
    if negate:
        return replace(f, scope=replace(scope, has_not=scope.has_not | {value}))
    return replace(f, scope=replace(scope, has=scope.has | {value}))


def _on(f: Filter, name: str, negate: bool) -> Filter:
    """A surface, or a whole platform."""
    if name in PLATFORMS:
        return _test(f, "platform", PLATFORMS[name], negate)
    known = surfaces()
    named = {surface.value: surface for surface in known} | _SHORT
    if name not in named:
        ours = [s for s in Surface if s in known]
        others = sorted(known.difference(ours))
        platforms = [word for word, platform in PLATFORMS.items() if word == "x" or word != "twitter"]
        raise FilterError(f'"{name}" is no surface; {_hint(name, [*ours, *others, *platforms])}')
    chosen = known - {named[name]} if negate else frozenset({named[name]})
    return replace(f, scope=replace(f.scope, surfaces=_meet(f.scope.surfaces, chosen)))


def moment(value: str, now: datetime, zone: tzinfo) -> datetime:
    """A day as `dates.day` reads it (its local midnight; the nearest that is not still to come), `3d`: so long ago, or
    `+3h`: so long ahead. Raises FilterError."""
    try:
        day = dates.day(value, now.astimezone(zone).date(), ahead=False)
    except dates.NoSuchDay as error:
        raise FilterError(str(error)) from None
    if day is not None:
        return datetime.combine(day, time(0), zone)
    try:
        length = duration(value.lower().removeprefix("+"))
        return now + length if value.startswith("+") else now - length
    except ValueError:
        raise FilterError(f'"{value}" is no date: write 2026-11-01, or 3d for three days ago.') from None


def _state(f: Filter, value: str, negate: bool, agent: str) -> Filter:
    if (value := STATE_ALIASES.get(value, value)) not in STATES:
        alias = STATE_ALIASES.get(closest(value, [*STATE_ALIASES, *STATES]) or "", value)
        raise FilterError(f'"is:{value}" is not known; {_hint(alias, STATES, "is:{}")}')
    if value in _STATUS:
        named = frozenset({_STATUS[value]})
        chosen = frozenset(Status) - named if negate else named
        statuses = _meet(f.scope.statuses, chosen)
        return replace(f, widens=f.widens or not negate, scope=replace(f.scope, statuses=statuses))
    if negate and value == "failed":
        raise FilterError('"-is:failed" is not offered; the view "failed" shows them alone.')
    # What a scope can say by itself is said there.
    match value:
        case "failed":
            return replace(f, widens=True, scope=replace(f.scope, troubled=True))
        case "waiting" if not negate:
            return replace(f, scope=replace(f.scope, waiting=True))
        case "unassigned" if not negate:
            return replace(f, scope=replace(f.scope, unassigned=True))
        case "mentioned":
            return _test(f, value, agent, negate)
        case "new" if negate:
            return replace(f, scope=replace(f.scope, seen_by=agent))
        case "new":
            return replace(f, scope=replace(f.scope, new_to=agent))
        case "mine" if not negate:
            return replace(f, scope=replace(f.scope, assignee=agent))
        case "mine":
            return _test(f, "assignee", agent, negate)
        case "overdue":
            f = f if negate else replace(f, scope=replace(f.scope, waiting=True))
            return _test(f, "breached", None, negate)
        case _:
            return _test(f, value, None, negate)
