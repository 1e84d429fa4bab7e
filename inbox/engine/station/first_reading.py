"""How far the first reading of an account has come, kept in its health so that every process can say it.

While it runs nobody can claim that nobody waits: what is not read yet may wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from inbox.engine.health import FirstReading, health_key
from inbox.system import progress

if TYPE_CHECKING:
    from inbox.domain.model import Surface
    from inbox.ports.platform import Incoming
    from inbox.ports.store import Store


class Progress:
    """Counts what the first reading of one surface brings. Does nothing once that reading is over.

    A reading that goes on after a restart goes on counting.
    """

    def __init__(self, store: Store, account: str, platform: str, surface: Surface) -> None:
        self._store = store
        self._account = account
        self._platform = platform
        self._surface = surface.value
        self._feed = f"{account}:{surface}"
        self._seen = 0
        """Messages that arrived in this round."""
        if not self._over():
            self.add((), 0)

    def add(self, messages: Sequence[Incoming], new: int) -> None:
        """Count a page that was taken in. `new`: how many of its messages the store did not hold before, because
        an interrupted reading is shown some of them again."""
        kept, before = self._kept()
        self._seen += len(messages)
        if self._over():
            progress.report("reading", self._seen, account=self._account)
            if before is not None:
                self._put(kept)
            return
        dated = [m.sent_at for m in messages if m.sent_at is not None]
        known = [before.back_to] if before is not None and before.back_to is not None else []
        now = FirstReading(
            surface=self._surface,
            count=(before.count if before else 0) + new,
            back_to=min([*dated, *known], default=None),
        )
        if now != before:
            self._put([*kept, now])
        backs = [one.back_to for one in (*kept, now) if one.back_to is not None]
        so_far = sum(one.count for one in (*kept, now))
        progress.report("reading", so_far, account=self._account, back_to=min(backs, default=None))

    def _over(self) -> bool:
        return bool((self._store.small_things.cursor(self._feed) or {}).get("backfilled"))

    def _kept(self) -> tuple[list[FirstReading], FirstReading | None]:
        """The other surfaces, and this one."""
        health = self._store.small_things.setting(health_key(self._account)) or {}
        all_ = msgspec.convert(health.get("first_reading", []), list[FirstReading])
        own = next((one for one in all_ if one.surface == self._surface), None)
        return [one for one in all_ if one.surface != self._surface], own

    def _put(self, readings: Sequence[FirstReading]) -> None:
        with self._store.transaction():
            health = self._store.small_things.setting(health_key(self._account)) or {}
            named = {"account": self._account, "platform": self._platform}
            self._store.small_things.put_setting(
                health_key(self._account),
                {**health, **named, "first_reading": msgspec.to_builtins(list(readings))},
            )
