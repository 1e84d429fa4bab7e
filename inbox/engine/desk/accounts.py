"""The accounts of the config: how each does, and what it is known to miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox.engine import health
from inbox.engine.desk.undo import Step
from inbox.engine.health import health_key

if TYPE_CHECKING:
    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace
    from inbox.engine.health import AccountHealth


class Gaps(Step):
    """What an account is known to miss, in the line about it."""

    account: str
    there: tuple[Any, ...]
    wanted: tuple[Any, ...]
    touches: tuple[str, ...] = ()

    def reverse(self, log: ActionLog) -> Gaps:
        key = health_key(self.account)
        kept = log.store.small_things.setting(key) or {}
        fresh = [gap for gap in kept.get("gaps", ()) if gap not in (*self.there, *self.wanted)]
        log.store.small_things.put_setting(key, {**kept, "gaps": [*self.wanted, *fresh]})
        return Gaps(self.account, self.wanted, self.there)


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
            self._work.log.remember("forgot what is missing", Gaps(account, (), tuple(gaps)))
