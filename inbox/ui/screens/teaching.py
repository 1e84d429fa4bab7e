"""Teaching beside the work: hints in the first days, and in the demo a line that follows three answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from inbox.engine.desk import Desk
from inbox.language import tr
from inbox.ui.lessons import Learned, Tutorial, keyed
from inbox.ui.picture import Open, Picture
from inbox.ui.screens.accounts import Accounts
from inbox.ui.widgets.bar import Bar, Part

if TYPE_CHECKING:
    from inbox.ui.widgets.composer import Ruler, Writing


class Teaching(Accounts):
    learned: Learned | None = None
    """None while it is not known yet, and in the demo, where the tutorial speaks."""
    tutorial: Tutorial | None = None
    lesson_bar: Bar | None = None
    _seen_held = False
    """The reply the tutorial speaks of was seen waiting, so when it waits no more it has left."""

    def on_mount(self) -> None:
        if self.inbox.demo:
            self.tutorial, self.lesson_bar = Tutorial(), Bar(id="lesson")
            self.mount(self.lesson_bar, before="#panes")
            self._show_lesson()

    # -- hints -------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        super()._begin()
        if self.tutorial is None:
            self.run(self._recall())

    async def _recall(self) -> None:
        agent = self.inbox.agent
        self.learned = await self.ask(lambda desk: _started(desk, agent))
        self._show_status()

    def whisper(self) -> list[Part]:
        hint = self.learned.next if self.learned is not None and self.place == "queue" else None
        return [Part(" "), *keyed(hint.words, self.inbox.keymap, "quiet")] if hint else []

    def _learn(self, learned: Learned) -> None:
        if learned != self.learned:
            self.learned = learned
            agent = self.inbox.agent
            self.inbox.session.call(lambda desk: _remember(desk, agent, learned))
            self._show_status()

    def watch_focused(self, focused: Widget | None) -> None:
        super().watch_focused(focused)
        if self.learned is not None:
            self._show_status()

    def action_run_command(self, id: str) -> None:
        super().action_run_command(id)
        if self.learned is not None:
            self._learn(self.learned.after(id))

    def do_back(self) -> None:
        """With nothing to go back from, Esc sends the hint away."""
        hint = self.learned.next if self.learned is not None else None
        nothing = self.place == "queue" and not (self.queue.marks or self.filter_text or self.said)
        super().do_back()
        if nothing and hint is not None and self.learned is not None:
            self._learn(self.learned.without(hint))

    # -- the tutorial ------------------------------------------------------------------------------------

    def do_end_tutorial(self) -> None:
        if self.tutorial is None:
            self.say(tr("The tutorial is part of the demo: inbox demo."))
        elif self.lesson_bar is not None:
            self.tutorial.over = True
            self.lesson_bar.display = False

    def _happened(self, event: str) -> None:
        if self.tutorial is not None:
            self._seen_held = self._seen_held and event not in ("sent", "taken_back")
            self.tutorial.happened(event)
            self._show_lesson()

    def _show_lesson(self) -> None:
        if self.tutorial is not None and self.lesson_bar is not None:
            self.lesson_bar.show(*self.tutorial.parts(self.inbox.keymap))

    def open(self, cid: str) -> None:
        super().open(cid)
        self._happened("opened")

    async def _start_writing(
        self, opened: Open, writing: Writing, text: str, saved: str, ruler: Ruler | None
    ) -> None:
        await super()._start_writing(opened, writing, text, saved, ruler)
        if not writing.note:
            self._happened("writing")

    async def do_send(self, mode: str) -> None:
        before = self.writing
        await super().do_send(mode)
        if before is not None and not before.note and self.writing is None:
            self._happened("answered" if mode == "resolve" or before.resolve else "sent")

    async def take_back(self, cid: str) -> None:
        await super().take_back(cid)
        self._happened("taken_back")

    def do_resolve(self) -> None:
        super().do_resolve()
        self._happened("resolved")

    def _show(self, taken: Picture) -> None:
        super()._show(taken)
        if self.tutorial is not None and taken.figures is not None:
            held = any(item.state == "held" for item in taken.figures.outbox)
            if self._seen_held and not held:
                self._happened("left")
            self._seen_held = held


# -- what is kept ------------------------------------------------------------------------------------------


def _key(agent: str) -> str:
    return f"learned:{agent}"


def _started(desk: Desk, agent: str) -> Learned:
    """What the agent knows, with this start counted."""
    kept = desk.store.setting(_key(agent)) or {}
    learned = Learned(ids=frozenset(kept.get("ids", ())), starts=kept.get("starts", 0))
    if learned.next is None:
        return learned
    learned = Learned(ids=learned.ids, starts=learned.starts + 1)
    _remember(desk, agent, learned)
    return learned


def _remember(desk: Desk, agent: str, learned: Learned) -> None:
    desk.store.put_setting(_key(agent), {"ids": sorted(learned.ids), "starts": learned.starts})
