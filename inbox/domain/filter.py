"""The filter language: words, "phrases" and `operator:value`, a leading `-` negates.

    from:anna  in:acme-x  on:direct  is:breached  tag:refund  before:2026-11-01  after:3d  -is:mine  "lost parcel"

Words and phrases mean the text of any message (full history); operators mean the conversation. All must hold.
An `is:` that names a status looks beyond the view's own status. Raises FilterError with what to write instead.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo

from inbox.domain.durations import duration
from inbox.domain.fold import fold
from inbox.domain.model import Conversation, Priority, Status, Surface
from inbox.domain.queue import Scope, Test, waits

OPERATORS = ("from", "in", "on", "is", "tag", "before", "after", "priority")
STATES = ("waiting", "breached", "unassigned", "mine", "open", "snoozed", "resolved", "spam", "failed")
_ALIASES = {
    "dm": Surface.DIRECT,
    "hits": Surface.SEARCH,
    "mention": Surface.MENTIONS,
    "comment": Surface.COMMENTS,
}

_TOKEN = re.compile(
    r'(?P<neg>-?)(?:(?P<op>[a-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))', re.IGNORECASE
)


class FilterError(Exception):
    """The filter cannot be understood; the text says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A parsed filter: `scope` narrows a view; `words` and `not_words` (folded) go to the full-text search."""

    scope: Scope
    widens: bool = False
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()

    def within(self, view: Scope) -> Scope:
        """The view narrowed by this filter."""
        mine = self.scope
        pick = mine.statuses if self.widens else view.statuses
        return replace(
            view,
            statuses=pick,
            waiting=_both(None if self.widens else view.waiting, mine.waiting),
            surfaces=_meet(view.surfaces, mine.surfaces),
            account=mine.account or view.account,
            assignee=mine.assignee or view.assignee,
            unassigned=view.unassigned or mine.unassigned,
            troubled=view.troubled or mine.troubled,
            tests=(*view.tests, *mine.tests),
        )


def _both(a: bool | None, b: bool | None) -> bool | None:
    return b if a is None else a


def _meet(a: frozenset[Surface] | None, b: frozenset[Surface] | None) -> frozenset[Surface] | None:
    if a is None or b is None:
        return b if a is None else a
    return a & b


def parse(text: str, *, agent: str, now: datetime, zone: tzinfo) -> Filter:
    """`agent` is who "mine" means; `now` and `zone` (aware) place dates and durations."""
    result = Filter(scope=Scope())
    for match in _TOKEN.finditer(text):
        negate = bool(match["neg"])
        value = match["phrase"] if match["phrase"] is not None else match["word"] or ""
        operator = (match["op"] or "").lower()
        if operator in OPERATORS:
            result = _apply(result, operator, value, negate, agent, now, zone)
        elif operator and match["word"] and not value.startswith("//"):
            raise FilterError(_unknown(operator))
        else:
            result = _word(result, f"{operator}:{value}" if operator else value, negate)
    return result


def _unknown(operator: str) -> str:
    close = difflib.get_close_matches(operator, OPERATORS, 1)
    hint = f'did you mean "{close[0]}:"?' if close else f"there are {', '.join(o + ':' for o in OPERATORS)}"
    return f'"{operator}:" is no filter; {hint} Put it in quotes to search for the text.'


def _word(f: Filter, word: str, negate: bool) -> Filter:
    folded = fold(word)
    if not folded.strip():
        return f
    if negate:
        return replace(f, not_words=(*f.not_words, folded))
    return replace(f, words=(*f.words, folded))


def _apply(f: Filter, op: str, value: str, negate: bool, agent: str, now: datetime, zone: tzinfo) -> Filter:
    if not value:
        raise FilterError(f'"{op}:" needs a value.')
    if op == "is":
        return _state(f, value.lower(), negate, agent)
    if op == "on":
        return _test(f, op, value, negate, _on(value))
    if op == "in" and not negate and f.scope.account is None:
        return replace(f, scope=replace(f.scope, account=value))
    if op in ("before", "after"):
        return _test(f, op, value, negate, _dated(op, moment(value, now, zone)))
    return _test(f, op, value, negate, _PLAIN[op](value))


def _test(
    f: Filter, name: str, value: str, negate: bool, holds: Callable[[Conversation, datetime], bool]
) -> Filter:
    test = Test(name=name, value=value, negate=negate, holds=holds)
    return replace(f, scope=replace(f.scope, tests=(*f.scope.tests, test)))


def _from(value: str) -> Callable[[Conversation, datetime], bool]:
    wanted = fold(value.removeprefix("@"))
    return lambda c, now: any(wanted in fold(part) for part in (c.contact.name, c.contact.handle) if part)


def _in(value: str) -> Callable[[Conversation, datetime], bool]:
    return lambda c, now: c.account == value


def _tag(value: str) -> Callable[[Conversation, datetime], bool]:
    wanted = fold(value)
    return lambda c, now: any(fold(tag) == wanted for tag in c.tags)


def _priority(value: str) -> Callable[[Conversation, datetime], bool]:
    if value not in {p.value for p in Priority}:
        raise FilterError(f"priority: is one of {', '.join(Priority)}.")
    return lambda c, now: c.priority == value


_PLAIN = {"from": _from, "in": _in, "tag": _tag, "priority": _priority}


def _on(value: str) -> Callable[[Conversation, datetime], bool]:
    name = value.lower()
    if name in ("x", "twitter", "facebook"):
        platform = "facebook" if name == "facebook" else "twitter"
        return lambda c, now: c.platform == platform
    surface = _ALIASES.get(name) or next((s for s in Surface if s.value == name), None)
    if surface is None:
        raise FilterError(f'"{value}" is no surface; there are {", ".join(Surface)}.')
    return lambda c, now: c.surface is surface


def _dated(op: str, limit: datetime) -> Callable[[Conversation, datetime], bool]:
    if op == "before":
        return lambda c, now: c.last_message_at is not None and c.last_message_at < limit
    return lambda c, now: c.last_message_at is not None and c.last_message_at >= limit


def moment(value: str, now: datetime, zone: tzinfo) -> datetime:
    """`2026-11-01` (local midnight), or `3d`: so long ago."""
    try:
        return datetime.combine(date.fromisoformat(value), time(0), zone)
    except ValueError:
        pass
    try:
        return now - duration(value)
    except ValueError:
        raise FilterError(f'"{value}" is no date: write 2026-11-01, or 3d for three days ago.') from None


_STATUS = {s.value: s for s in Status}


def _state(f: Filter, value: str, negate: bool, agent: str) -> Filter:
    if value not in STATES:
        close = difflib.get_close_matches(value, STATES, 1)
        raise FilterError(
            f'"is:{value}" is not known; '
            + (f'did you mean "is:{close[0]}"?' if close else f"there are {', '.join(STATES)}.")
        )
    if value in _STATUS:
        chosen = frozenset({_STATUS[value]})
        chosen = frozenset(Status) - chosen if negate else chosen
        before = f.scope.statuses
        return replace(
            f, widens=True, scope=replace(f.scope, statuses=chosen if before is None else before & chosen)
        )
    if value == "failed" and not negate:
        return replace(f, widens=True, scope=replace(f.scope, troubled=True))
    if value == "failed":
        raise FilterError('"-is:failed" is not offered; the view "failed" shows them alone.')
    return _test(f, "is", value, negate, _holds(value, agent))


def _holds(value: str, agent: str) -> Callable[[Conversation, datetime], bool]:
    if value == "waiting":
        return lambda c, now: waits(c)
    if value == "breached":
        return lambda c, now: waits(c) and c.due_at is not None and now > c.due_at
    if value == "unassigned":
        return lambda c, now: c.assignee is None
    return lambda c, now: c.assignee == agent
