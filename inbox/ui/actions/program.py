"""The program itself: its theme, how quick it is, and the ways out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.worker import Worker

from inbox.ui.actions.browse import Browse
from inbox.ui.actions.write import Write
from inbox.ui.commands.table import BY_ID
from inbox.ui.terminal.event_loop_lag import lags
from inbox.ui.windows.dialogs import Question
from inbox.wording import words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context

LAG_EVERY = 1.0
"""Seconds."""


class Program:
    """The program itself: theme, latency, leaving."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._lag: Worker[None] | None = None

    def next_theme(self) -> None:
        """Change to the next theme."""
        app, names = self.context.screen.app, self.context.inbox.theme_names
        at = names.index(app.theme) + 1 if app.theme in names else 0
        app.theme = names[at % len(names)]
        self.context.say(
            tr(
                "Theme {replace}; screen.theme in the config keeps it.",
                replace=app.theme.removeprefix("inbox-").replace("-", " "),
            )
        )

    # -- the terminal ------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Take the terminal over once more, which draws everything."""
        app = self.context.screen.app
        try:
            with app.suspend():
                pass
        except SuspendNotSupported:
            app.refresh(layout=True)

    def suspend(self) -> None:
        """Stop the process as a shell expects it; what is typed is on disk before."""
        context = self.context
        context.part(Write).keep_words()
        context.say(tr("Back again. Nothing was read or sent meanwhile."))
        context.screen.app.action_suspend_process()

    # -- how quick it is ---------------------------------------------------------------------------------

    def show_lag(self) -> None:
        """Show how long the event loop keeps keys waiting, or stop showing it."""
        if self._lag is None:
            self._lag = self.context.screen.run_worker(self._tell_lag(), group="watch")
        else:
            self._lag.cancel()
            self._lag = None
            self.context.say("")

    async def _tell_lag(self) -> None:
        key = self.context.inbox.keymap.shown(BY_ID["screen.lag"], all_keys=False)
        while True:
            late = [f"{seconds * 1000:.1f}" for seconds in await lags(LAG_EVERY)]
            self.context.say(
                tr(
                    "Loop lag: {middle} ms, p99 {p99}, most {most} · {key} ends it",
                    middle=late[len(late) // 2],
                    p99=late[99 * len(late) // 100],
                    most=late[-1],
                    key=key,
                )
            )

    # -- ways out ----------------------------------------------------------------------------------------

    def close_or_quit(self) -> None:
        """Close the open conversation, or quit from the queue."""
        if self.context.place in ("reader", "person"):
            self.context.part(Browse).back()
        else:
            self.quit()

    def quit(self) -> None:
        """With a question only if something is unsent."""
        context = self.context
        context.part(Write).keep_words()
        outbox = context.figures.outbox if context.figures else ()
        moving = sum(i.state in ("held", "sending") for i in outbox)
        if not moving:
            context.screen.app.exit()
            return
        question = tr(
            "{plural} not left yet; {word} when inbox runs again.",
            plural=words.plural(moving, "reply has", "replies have"),
            word=tr("it leaves") if moving == 1 else tr("they leave"),
        )
        context.confirm(Question(question, yes=tr("quit"), no=tr("stay")), context.screen.app.exit)
