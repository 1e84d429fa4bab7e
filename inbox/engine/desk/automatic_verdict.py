"""The agent's word on a message of ours: a person wrote it, or it is automatic."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from inbox.domain import automatic
from inbox.domain.model import Conversation, Direction
from inbox.domain.records import replace
from inbox.engine.automatic import conversations_with, setting_of, settle_again
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.desk.setting_step import Kept
from inbox.engine.desk.undo import Done, Step

if TYPE_CHECKING:
    from collections.abc import Set

    from inbox.engine.desk.undo import ActionLog


class Remarked(Step):
    """Conversations in which a text of ours was, or is no longer, taken for automatic; what is known of the text is a
    setting (`Kept`)."""

    of_many: ClassVar[bool] = True
    touches: tuple[str, ...]
    text: str

    def reverse(self, log: ActionLog) -> Remarked:
        return self

    def follow(self, log: ActionLog) -> None:
        """Mark and settle them anew, once the setting is back; also those that came meanwhile."""
        ids = dict.fromkeys([*self.touches, *conversations_with(log.store, [self.text])])
        settle_again(log.store, ids, log.timers, log.clock.now())

    def without(self, cids: Set[str]) -> Remarked:
        return replace(self, touches=tuple(cid for cid in self.touches if cid not in cids))


def say(log: ActionLog, head: Conversation, verdict: bool, mid: str | None) -> Done:
    """The agent's word on a message of ours, for the same text everywhere, as one step of  Raises NotAllowed where
    there is no such message."""
    ours = [
        m for m in log.store.messages.of_conversation(head.id) if m.direction is Direction.OUT and m.stands
    ]
    target = next((m for m in reversed(ours) if mid is None or m.id == mid), None)
    if target is None:
        raise NotAllowed("There is no message of ours here that this could be said of.")
    text = automatic.normalised(
        target.text, automatic.customers(head, log.store.messages.of_conversation(head.id))
    )
    text = text or f"{automatic.NAME}{target.id}"
    what = "said that a message is automatic" if verdict else "said that a person wrote a message"
    with log.store.transaction():
        key = setting_of(text)
        before = log.store.small_things.setting(key)
        after = {**(before or {}), "word": verdict, "by": log.agent}
        log.store.small_things.put_setting(key, after)
        cids = tuple(dict.fromkeys([head.id, *conversations_with(log.store, [text])]))
        settle_again(log.store, cids, log.timers, log.clock.now())
        log.tell(head.id, what)
        log.remember(what, Kept(key, after, before, (head.id,)), Remarked(cids, text))
    return Done(what=what, ids=(head.id,))
