"""The order of Facebook's lists within one second.

Facebook gives whole seconds, and its ids do not grow with time; several lines of one second are common, because people
send a thought in pieces. Only the list they come in tells their order: messages newest first (facts/facebook.md#1.3), comments as
they were asked for, unless Facebook ranked them (facts/facebook.md#3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise


def same_second(listed: Sequence[tuple[str, datetime | None]]) -> Mapping[str, tuple[str, ...]]:
    """By key, the keys of one second, oldest first; only of seconds with several lines.

    `listed`: keys and times in the order of the list. One that runs in no direction, or lacks a time, gives no order.
    """
    dated = [(key, at) for key, at in dict(listed).items() if at is not None]
    times = [at for _, at in dated]
    if len(dated) < len(dict(listed)):
        return {}
    if all(one >= other for one, other in pairwise(times)):
        dated.reverse()  # newest first, also where everything is of one second
    elif not all(one <= other for one, other in pairwise(times)):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for _, group in groupby(dated, key=lambda pair: pair[1]):
        keys = tuple(key for key, _ in group)
        if len(keys) > 1:
            found.update(dict.fromkeys(keys, keys))
    return found
