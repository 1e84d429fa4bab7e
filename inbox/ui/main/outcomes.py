"""Saying what became of the agent's replies: each that left, or that failed, ends in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.outbox import Phase
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.domain.outbox import OutboxItem
    from inbox.engine.desk.desk import Desk
    from inbox.ui.context import Context

AWAITED = frozenset(
    {Phase.QUEUED, Phase.PREPARED, Phase.ON_WIRE, Phase.RETRY_WAIT, Phase.UNCONFIRMED, Phase.BLOCKED}
)
"""What may still be sent without the agent's word."""
TROUBLE = frozenset({Phase.FAILED, Phase.ASK_AGENT, Phase.STALE})


class Outcomes:
    """Compares the outbox with what it was a moment ago."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._before: dict[str, OutboxItem] = {}

    def show(self, outbox: Sequence[OutboxItem]) -> None:
        """Take the outbox as it is now, and say what became of this agent's replies that were on their way."""
        now = {item.id: item for item in outbox}
        awaited = [item for item in self._before.values() if item.phase in AWAITED]
        self._before = {item.id: item for item in outbox if item.agent == self.context.inbox.agent}
        gone = [item.id for item in awaited if item.id not in now and not item.deed]
        troubled = [now[i.id] for i in awaited if i.id in now and now[i.id].phase in TROUBLE]
        if gone:
            self.context.run(self._say_sent(gone))
        for item in troubled:
            self.context.run(self._say_trouble(item))

    async def _say_sent(self, ids: Sequence[str]) -> None:
        found = await self.context.ask(lambda desk: _sent(desk, ids))
        for item, contact in found:
            at = words.clock(item.sent_at or self.context.now, self.context.inbox.zone)
            self.context.say(
                tr("Sent to {contact} {at}, resolved.", contact=contact, at=at)
                if item.also_resolve
                else tr("Sent to {contact} {at}.", contact=contact, at=at)
            )

    async def _say_trouble(self, item: OutboxItem) -> None:
        contact = await self.context.ask(lambda desk: _contact(desk, item.conversation))
        self.context.say(
            tr(
                "The reply to {contact}: {state} · {key}",
                contact=contact,
                state=words.reply_state(item, self.context.now),
                key=self.context.inbox.keymap.key("outbox.show"),
            ),
            "late",
        )


def _contact(desk: Desk, cid: str) -> str:
    return safe_text.person(desk.conversation.get(cid).contact)


def _sent(desk: Desk, ids: Sequence[str]) -> list[tuple[OutboxItem, str]]:
    """Those of some replies that the platform took, with whom they were for."""
    found = []
    for oid in ids:
        item = desk.workplace.store.outbox.get(oid)
        if item is not None and item.phase is Phase.SENT:
            found.append((item, _contact(desk, item.conversation)))
    return found
