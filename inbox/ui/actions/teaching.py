"""Teaching beside the work: hints in the first days, and in the demo a line that follows three answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.domain.outbox import OutboxItem
from inbox.engine.desk.desk import Desk
from inbox.ui.text.lessons import Learned, Tutorial, keyed
from inbox.ui.text.part import Part
from inbox.ui.widgets.bar import Bar
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


class Teaching:
    """The tutorial of the demo, and hints for beginners."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.learned: Learned | None = None
        """None while it is not known yet, and in the demo, where the tutorial speaks."""
        self.tutorial: Tutorial | None = None
        self.lesson_bar: Bar | None = None
        self._seen_held = False
        """The reply the tutorial speaks of was seen waiting, so when it waits no more it has left."""

    # -- hints -------------------------------------------------------------------------------------------

    async def recall(self) -> None:
        """Read which hints this agent has learned, and show the next one."""
        agent = self.context.inbox.agent
        self.learned = await self.context.ask(lambda desk: _started(desk, agent))
        self._show_hint(self.learned)

    def used(self, command: str) -> None:
        """Who uses what a hint is about has learned it."""
        if self.learned is not None:
            self._learn(self.learned.after(command))

    def send_away(self) -> None:
        """The agent does not want to hear the hint that is shown."""
        if self.learned is not None and self.learned.next is not None:
            self._learn(self.learned.without(self.learned.next))

    def _learn(self, learned: Learned) -> None:
        if learned != self.learned:
            self.learned = learned
            agent = self.context.inbox.agent
            self.context.inbox.session.call(lambda desk: _remember(desk, agent, learned))
            self._show_hint(learned)

    def _show_hint(self, learned: Learned) -> None:
        context = self.context
        hint, keymap = learned.next, context.inbox.keymap
        context.bars.hint = [Part(" "), *keyed(hint.words, keymap, "quiet")] if hint else []
        context.bars.show_status()

    # -- the tutorial ------------------------------------------------------------------------------------

    def begin_tutorial(self) -> None:
        """Show the first lesson over the panes."""
        self.tutorial, self.lesson_bar = Tutorial(), Bar(id="lesson")
        self.context.screen.mount(self.lesson_bar, before="#panes")
        self._show_lesson()

    def end_tutorial(self) -> None:
        """End the tutorial and take its bar away."""
        if self.tutorial is None:
            self.context.say(tr("The tutorial is part of the demo: inbox demo."))
        elif self.lesson_bar is not None:
            self.tutorial.over = True
            self.lesson_bar.display = False

    def happened(self, event: str) -> None:
        """Go on to the next lesson where the agent did what this one asks for."""
        if self.tutorial is not None:
            self._seen_held = self._seen_held and event not in ("sent", "taken_back")
            self.tutorial.happened(event)
            self._show_lesson()

    def watch_outbox(self, outbox: Sequence[OutboxItem]) -> None:
        """Notice when a held reply has left, which a lesson waits for."""
        held = any(item.state == "held" for item in outbox)
        if self._seen_held and not held:
            self.happened("left")
        self._seen_held = held

    def _show_lesson(self) -> None:
        if self.tutorial is not None and self.lesson_bar is not None:
            self.lesson_bar.show(*self.tutorial.parts(self.context.inbox.keymap))


# -- what is kept ------------------------------------------------------------------------------------------


def _key(agent: str) -> str:
    return f"learned:{agent}"


def _started(desk: Desk, agent: str) -> Learned:
    """What the agent knows, with this start counted."""
    kept = desk.workplace.store.small_things.setting(_key(agent)) or {}
    learned = Learned(ids=frozenset(kept.get("ids", ())), starts=kept.get("starts", 0))
    if learned.next is None:
        return learned
    learned = Learned(ids=learned.ids, starts=learned.starts + 1)
    _remember(desk, agent, learned)
    return learned


def _remember(desk: Desk, agent: str, learned: Learned) -> None:
    desk.workplace.store.small_things.put_setting(
        _key(agent), {"ids": sorted(learned.ids), "starts": learned.starts}
    )
