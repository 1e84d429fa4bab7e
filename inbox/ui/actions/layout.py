"""How the list is laid out: one line or two a conversation, and how wide it is. Kept for the agent between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.desk import Desk
    from inbox.ui.context import Context

STEP = 4
"""Percent of the screen by which a key moves the edge between list and reader."""


class Layout:
    """What the agent has changed of the layout."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def recall(self) -> None:
        """Lay out the list as the agent left it."""
        agent = self.context.inbox.agent
        kept = await self.context.ask(lambda desk: _kept(desk, agent))
        if kept:
            self.context.queue.set_low(bool(kept.get("low")))
            self.context.panes.set_share(kept.get("list"))

    def switch_rows(self) -> None:
        """One line a conversation, or two again where they have room."""
        queue = self.context.queue
        queue.set_low(not queue.low)
        if queue.low:
            self.context.say(tr("One line a conversation."))
        elif queue.tall == 1:
            self.context.say(
                tr("Two lines a conversation, where the list is beside the reader and 30 lines high.")
            )
        else:
            self.context.say(tr("Two lines a conversation."))
        self._keep()

    def move_edge(self, direction: int) -> None:
        """Make the list wider (1) or narrower (-1)."""
        self.context.panes.set_share(self.context.panes.list_share + direction * STEP)
        self._keep()

    def _keep(self) -> None:
        agent, queue, panes = self.context.inbox.agent, self.context.queue, self.context.panes
        wanted = {"low": queue.low, "list": panes.share}

        async def keep() -> None:
            await self.context.ask(lambda desk: _keep(desk, agent, wanted))

        self.context.run(keep())


def _key(agent: str) -> str:
    return f"layout:{agent}"


def _kept(desk: Desk, agent: str) -> dict[str, Any] | None:
    kept = desk.workplace.store.small_things.setting(_key(agent))
    return kept if isinstance(kept, dict) else None


def _keep(desk: Desk, agent: str, wanted: dict[str, Any]) -> None:
    desk.workplace.store.small_things.put_setting(_key(agent), wanted)
