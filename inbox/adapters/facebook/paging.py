"""Reading lists to their end, and never further.

A list ends where `paging.next` is missing. It is also ended, and the agent told, where the platform repeats a
page, gives nothing three times, points to another host or never stops (FAULTS.md, F33 and F56).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any

from inbox.adapters.facebook import values
from inbox.adapters.facebook.errors import TooMuch
from inbox.domain.records import Record
from inbox.errors import Unavailable

EMPTY_IN_A_ROW = 3

Ask = Callable[[str, Mapping[str, str]], Awaitable[Any]]


class Listing(Record):
    """One page. `last`: nothing comes after it, and the list was really read to its end. `note` says why it was
    not, where that is so; then nothing comes after it either. `full`: the bound on pages was reached."""

    edge: values.Edge
    last: bool = False
    note: str | None = None
    full: bool = False


async def pages(
    ask: Ask,
    path: str,
    shape: Callable[[int], Mapping[str, str]],
    limit: int,
    *,
    most: int,
    hosts: Collection[str],
    first: values.Edge | None = None,
) -> AsyncIterator[Listing]:
    """Page by page of the list at `path`. `shape(limit)` makes the parameters for a page size.

    `first` is a page that came nested in another answer: reading goes on behind it. Only the parameters of
    `next` are used, on our own path: never its host, never the token in it.
    """
    seen: set[tuple[tuple[str, str], ...]] = set()
    empty = 0
    more: Mapping[str, str] | None = first.next if first else {}
    if first:
        if (trap := _foreign(first, hosts)) is not None or more is None:
            yield Listing(values.Edge(), last=trap is None, note=trap)
            return
        seen.add(_mark(more))
    for turn in range(most):
        edge, limit = await one(ask, path, shape, limit, more or {})
        empty = 0 if edge.items else empty + 1
        if edge.next is None:
            yield Listing(edge, last=True)
            return
        note = _trap(edge, seen, empty, hosts)
        full = note is None and turn == most - 1
        if full:
            note = "the list did not end; older entries may be missing"
        yield Listing(edge, note=note, full=full)
        if note is not None:
            return
        more = edge.next


def _trap(
    edge: values.Edge, seen: set[tuple[tuple[str, str], ...]], empty: int, hosts: Collection[str]
) -> str | None:
    if (foreign := _foreign(edge, hosts)) is not None:
        return foreign
    mark = _mark(edge.next or {})
    if mark in seen:
        return "Facebook repeated a page of its list; older entries may be missing"
    seen.add(mark)
    if empty >= EMPTY_IN_A_ROW:
        return "Facebook gave empty pages without end; older entries may be missing"
    return None


def _foreign(edge: values.Edge, hosts: Collection[str]) -> str | None:
    if edge.next is not None and edge.next_host not in hosts:
        return "Facebook's list pointed to another host, which was not asked; entries may be missing"
    return None


def _mark(params: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(params.items()))


async def one(
    ask: Ask,
    path: str,
    shape: Callable[[int], Mapping[str, str]],
    limit: int,
    more: Mapping[str, str],
) -> tuple[values.Edge, int]:
    """One page; where Facebook finds the question too large, half as much is asked for, down to one."""
    while True:
        own = shape(limit)
        try:
            body = await ask(path, {**more, **own})
        except TooMuch:
            if limit <= 1:
                raise
            limit //= 2
            continue
        try:
            return values.edge(body), limit
        except values.Unreadable as error:
            raise Unavailable(
                f"Facebook's answer was not understood: {error}", next_step="It is retried automatically."
            ) from None
