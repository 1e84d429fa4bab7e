"""What is said about us: the log of surges, and who has seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.records import replace
from inbox.engine import listening

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.domain.listening.surge_log import Logged
    from inbox.engine.desk.workplace import Workplace


class Listening:
    """Reads what the station has found."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def surges(self, since: datetime | None = None) -> list[Logged]:
        """Return the surges of all accounts that were not over at `since`, oldest first."""
        begin = 0.0 if since is None else since.timestamp()
        found = [
            one
            for account in self._work.platforms.accounts
            for one in listening.logged(self._work.store, account)
            if one.surge.until is None or one.surge.until >= begin
        ]
        return sorted(found, key=lambda one: (one.surge.since, one.account, one.search))

    def running(self) -> list[Logged]:
        """Return the surges that run, the worst first."""
        found = [one for one in self.surges() if one.surge.until is None]
        return sorted(found, key=lambda one: (one.surge.tier != "red", -one.surge.voices))

    def acknowledge(self) -> None:
        """Note that the agent has seen what runs: it is measured on, and no longer rings."""
        store, agent = self._work.store, self._work.agent
        for account in self._work.platforms.accounts:
            with store.transaction():
                entries = listening.logged(store, account)
                seen = [
                    replace(one, acknowledged_by=agent)
                    if one.surge.until is None and one.acknowledged_by is None
                    else one
                    for one in entries
                ]
                if seen != entries:
                    listening.put_log(store, account, seen)
