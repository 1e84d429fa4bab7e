"""The log of surges: what was found, what was told, and who has seen it."""

from __future__ import annotations

from collections.abc import Iterable

from inbox.domain.listening.alarm import Surge
from inbox.domain.listening.baseline import DAY
from inbox.domain.records import Record, replace

LOGGED = 400 * DAY
"""How long a surge stays in the log; seconds."""


class Logged(Record, kw_only=True):
    """A surge in the log."""

    account: str
    search: bool
    surge: Surge
    acknowledged_by: str | None = None

    @property
    def name(self) -> tuple[str, bool, int]:
        """What makes it this one: nobody writes to one account in two surges that began in one minute."""
        return self.account, self.search, int(self.surge.since // 60)


def merged(
    known: Iterable[Logged], found: Iterable[Surge], account: str, *, search: bool, since: float, now: float
) -> list[Logged]:
    """Return the log after a walk that began at `since`.

    What was told stays, whatever is read or erased later; what nobody was told of stays only while a walk finds it.
    """
    others = [one for one in known if one.search != search or one.account != account]
    mine = [one for one in known if one.search == search and one.account == account]
    result = list(others)
    used: set[tuple[str, bool, int]] = set()
    for surge in found:
        same = [one for one in mine if one.name not in used and _overlap(one.surge, surge)]
        used.update(one.name for one in same)
        result.append(_joined(same, surge, account, search))
    for one in mine:
        walked = one.surge.since >= since
        if one.name not in used and (one.surge.at is not None or not walked):
            result.append(_closed(one, now))
    oldest = now - LOGGED
    return sorted((one for one in result if one.surge.since >= oldest), key=lambda one: one.name[::-1])


def _overlap(one: Surge, other: Surge) -> bool:
    ends, other_ends = (s.until if s.until is not None else float("inf") for s in (one, other))
    return one.since <= other_ends and other.since <= ends


def _joined(known: list[Logged], surge: Surge, account: str, search: bool) -> Logged:
    """A surge as it is found now, with what has been told of it: when, and who has seen it."""
    told = [one.surge.at for one in known if one.surge.at is not None]
    seen = next((one.acknowledged_by for one in known if one.acknowledged_by), None)
    since = min([surge.since, *(one.surge.since for one in known if one.surge.at is not None)])
    surge = replace(surge, since=since, at=min(told) if told else surge.at)
    return Logged(account=account, search=search, surge=surge, acknowledged_by=seen)


def _closed(one: Logged, now: float) -> Logged:
    """One that no walk finds any more does not run either."""
    if one.surge.until is not None:
        return one
    return replace(one, surge=replace(one.surge, until=min(now, max(one.surge.since, one.surge.at or 0.0))))
