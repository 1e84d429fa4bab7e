"""The main screen: browse, triage, write, and the ways out."""

from __future__ import annotations

from textual.worker import Worker

from inbox.engine.desk import Desk
from inbox.language import tr
from inbox.ui import shown, words
from inbox.ui.commands import BY_ID
from inbox.ui.lag import lags
from inbox.ui.screens.dialogs import Question
from inbox.ui.screens.teaching import Teaching

LAG_EVERY = 1.0
"""Seconds."""


class Main(Teaching):
    _lag: Worker[None] | None = None

    async def do_show_outbox(self) -> None:
        items = await self.ask(lambda desk: desk.outbox())
        if not items:
            self.say(tr("Every reply has left."))
            return
        names = await self.ask(lambda desk: _names(desk, [i.conversation for i in items]))
        from inbox.ui.screens.outbox import OutboxScreen  # nobody needs it before the first frame

        self.app.push_screen(OutboxScreen(items, names), self._after_outbox)

    def _after_outbox(self, conversation: str | None) -> None:
        self.renew()
        if conversation is not None:
            self.open(conversation)

    def do_show_lag(self) -> None:
        if self._lag is None:
            self._lag = self.run_worker(self._tell_lag(), group="watch")
        else:
            self._lag.cancel()
            self._lag = None
            self.say("")

    async def _tell_lag(self) -> None:
        while True:
            late = [f"{seconds * 1000:.1f}" for seconds in await lags(LAG_EVERY)]
            self.say(
                tr(
                    "Loop lag: {middle} ms, p99 {p99}, most {most} · {key} ends it",
                    middle=late[len(late) // 2],
                    p99=late[99 * len(late) // 100],
                    most=late[-1],
                    key=self.inbox.keymap.shown(BY_ID["screen.lag"], all_keys=False),
                )
            )

    def do_close_or_quit(self) -> None:
        if self.place in ("reader", "person"):
            self.do_back()
        else:
            self.do_quit()

    def do_quit(self) -> None:
        """With a question only if something is unsent."""
        self.keep_words()
        outbox = self.figures.outbox if self.figures else ()
        moving = sum(i.state in ("held", "sending") for i in outbox)
        if not moving:
            self.app.exit()
            return
        question = tr(
            "{plural} not left yet; {word} when inbox runs again.",
            plural=words.plural(moving, "reply has", "replies have"),
            word=tr("it leaves") if moving == 1 else tr("they leave"),
        )
        self.confirm(Question(question, yes=tr("quit"), no=tr("stay")), self.app.exit)


def _names(desk: Desk, ids: list[str]) -> dict[str, str]:
    return {cid: shown.person(row.conversation.contact) for cid, row in desk.rows(ids).items()}
