"""The step of undo for a setting of the store, which several topics take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox.engine.desk.undo import Step
from inbox.errors import Conflict

if TYPE_CHECKING:
    from inbox.engine.desk.undo import ActionLog


class Kept(Step):
    """A setting: `there` now, `wanted` before. None where there was nothing."""

    key: str
    there: Any
    wanted: Any
    touches: tuple[str, ...] = ()

    def reverse(self, log: ActionLog) -> Kept:
        current = log.store.small_things.setting(self.key)
        if current != self.there:
            raise (
                log.changed(self.touches[0], current)
                if self.touches
                else Conflict(current, "It changed meanwhile.")
            )
        log.store.small_things.put_setting(self.key, self.wanted)
        return Kept(self.key, self.wanted, self.there, self.touches)
