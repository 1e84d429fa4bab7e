"""What may follow in a filter while it is typed: values for its last operator, with how many conversations each finds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from inbox.domain.filter import FilterError, Operand, unfinished, written
from inbox.domain.fold import fold
from inbox.domain.kinds import HOLDINGS, PLATFORMS, STATES, Priority, surfaces
from inbox.domain.languages import CODES
from inbox.domain.records import Record

if TYPE_CHECKING:
    from inbox.domain.model import Conversation
    from inbox.domain.queue import Scope
    from inbox.engine.desk.workplace import Workplace

MOST = 12
COUNTING = 0.015
"""Seconds after which no further value is counted: the next letter is not to wait for numbers."""
HEADS = 500
"""Conversations of the view whose names and tags are offered."""
SAME = frozenset({"twitter"})
"""Other words for what is offered already."""
DAYS = ("today", "yesterday", "mon", "7d", "30d")
SILENCES = (">30m", ">1h", ">4h", ">1d")


class Offer(Record):
    """`text`: the whole filter with it. `value`: what is shown of it. `count`: how many conversations it finds; None:
    there was no time to count them."""

    text: str
    value: str
    count: int | None


def offers(work: Workplace, view: str, filter_text: str, scope_of: Callable[[str], Scope]) -> list[Offer]:
    """Return the values that may complete the last operator of `filter_text`; those that find nothing last. `scope_of`
    gives the scope of a filter in the view."""
    last = unfinished(filter_text)
    if last is None:
        return []
    before = filter_text[: last.begin]
    found: list[Offer] = []
    until = time.monotonic() + COUNTING
    for value in _fitting(last, _values(work, last.operator, before, scope_of))[:MOST]:
        text = before + written(last.sign, last.operator, value)
        count = None
        if time.monotonic() < until:
            try:
                counted = {"": scope_of(text)}
            except FilterError:  # before this operator, or not offered here, as "-is:failed"
                continue
            count = work.store.conversations.counts(counted, now=work.clock.now())[""]
        found.append(Offer(text, value, count))
    return sorted(found, key=lambda offer: offer.count == 0)


def _fitting(last: Operand, values: Iterable[str]) -> list[str]:
    """Those that begin with what is typed, then those with a word that does; nothing where only itself is left."""
    typed = fold(last.value.removeprefix("@"))
    folded = {value: fold(value.removeprefix("@").removeprefix(">")) for value in dict.fromkeys(values)}
    first = [value for value, text in folded.items() if text.startswith(typed.removeprefix(">"))]
    later = [value for value, text in folded.items() if value not in first and f" {typed}" in text]
    return [] if [*first, *later] == [last.value] else [*first, *later]


def _values(work: Workplace, operator: str, before: str, scope_of: Callable[[str], Scope]) -> Iterable[str]:
    match operator:
        case "is":
            return STATES
        case "on":
            return [word for word in (*sorted(surfaces()), *PLATFORMS) if word not in SAME]
        case "in":
            return list(work.platforms.accounts)
        case "to":
            return ["-", *work.agent_names()]
        case "has":
            return HOLDINGS
        case "lang":
            return sorted(CODES.values())
        case "priority":
            return list(Priority)
        case "before" | "after":
            return DAYS
        case "silent":
            return SILENCES
    heads = _heads(work, before, scope_of)
    match operator:
        case "tag":
            return sorted({tag for head in heads for tag in head.tags}, key=fold)
        case "person":
            return sorted({tag for head in heads for tag in head.person_tags}, key=fold)
        case _:
            names = (head.contact.name or head.contact.handle for head in heads)
            return [name for name in names if name]


def _heads(work: Workplace, before: str, scope_of: Callable[[str], Scope]) -> list[Conversation]:
    """The first conversations of the view as far as the filter narrows it already."""
    try:
        scope = scope_of(before)
    except FilterError:
        return []
    ids = work.store.conversations.order(scope, now=work.clock.now(), limit=HEADS)
    return work.store.conversations.get_many(ids)
