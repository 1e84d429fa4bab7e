"""The accounts of the config: how each does, and what it is known to miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.engine import health
from inbox.engine.desk import undo

if TYPE_CHECKING:
    from inbox.engine.desk.workplace import Workplace
    from inbox.engine.health import AccountHealth


class Accounts:
    """Reads the health of accounts, by the name the config gives them."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def health(self) -> list[AccountHealth]:
        """Return how each configured account does, as the last reading left it."""
        work = self._work
        now, zone = work.clock.now(), work.timers.hours.zone
        troubles = work.station_troubles()
        return [
            health.account_health(work.store, name, platform, work.platforms.prices, now, zone, troubles)
            for name, platform in work.platforms.accounts.items()
        ]

    def forget_gaps(self, account: str) -> None:
        """Forget what an account is known to miss: the agent has seen it."""
        gaps = health.forget_gaps(self._work.store, account)
        if gaps:
            self._work.log.remember("forgot what is missing", undo.Gaps(account, (), tuple(gaps)))
