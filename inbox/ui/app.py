"""The application: themes, keys, the second wall against escape sequences, and a clean way out, also in a crash.

Whoever made the session closes it after `run` has returned.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import tzinfo
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.filter import LineFilter
from textual.worker import WorkerFailed

from inbox.config.model import Config
from inbox.domain.hours import ServiceHours
from inbox.engine.session import Session
from inbox.system import programs
from inbox.ui import handlers
from inbox.ui.actions import program
from inbox.ui.commands.table import Keymap, keymap
from inbox.ui.main.screen import Main
from inbox.ui.terminal import pasting
from inbox.ui.terminal.guard import Guard
from inbox.ui.text.themes import DARK, THEMES
from inbox.wording.language import choose, tr

if TYPE_CHECKING:
    from textual.driver import Driver

    from inbox.ports.sign_in import Signing
    from inbox.system.spelling import Spelling
    from inbox.ui.context import Handler

log = logging.getLogger(__name__)


class _OwnKeys(Enum):
    """Alt+Enter is ESC CR in every terminal without the kitty protocol, tmux among them; Textual 8.2.8 makes a
    plain Enter of it, which would put a line end into the reply instead of sending it."""

    ALT_ENTER = "alt+enter"


ANSI_SEQUENCES_KEYS["\x1b\r"] = (_OwnKeys.ALT_ENTER,)  # type: ignore[index]  # meant as a constant


class InboxApp(App[None], inherit_css=False):
    """`inherit_css`: what `App` styles is the header, the palette and colours of Textual's that are not ours."""

    CSS_PATH = "inbox.tcss"
    LATER_CSS = Path(__file__).with_name("later.tcss")
    TITLE = "inbox"
    ENABLE_COMMAND_PALETTE = False  # ours shows the reasons, and offers no screenshot of customers' words

    def __init__(
        self,
        session: Session,
        *,
        agent: str,
        zone: tzinfo,
        hours: ServiceHours,
        config: Config,
        demo: bool = False,
        signing: Signing | None = None,
        spelling: Callable[[], Spelling] | None = None,
        strict: bool = False,
    ) -> None:
        """`hours`: those of the config, until the store says which are in force. `signing`: how accounts are signed in; None where they cannot be (the demo). `spelling`: asked for with the
        first text; None: no hints on it. `strict`: the guard raises where it would otherwise replace; for tests."""
        super().__init__()
        self.session = session
        self.agent = agent
        self.zone = zone
        self.hours = hours
        self.config = config
        self.demo = demo
        self.signing = signing
        self.spelling = spelling
        self.language = choose(config.screen.language, os.environ)
        self.keymap: Keymap = keymap(config.keys)
        self._guard = Guard(strict=strict)
        # The notice bar says it; Textual would put two widgets for it into every screen.
        self._disable_tooltips = self._disable_notifications = True
        self.main = Main(self, _handler)
        for theme in THEMES.values():
            self.register_theme(theme)
        self.set_reactive(App.theme, THEMES.get(config.screen.theme, DARK).name)
        self._styled_for = self.theme
        self.stylesheet.set_variables(self.get_css_variables())
        # Only what differs: Textual walks the whole map for every binding at every key (5 ms with all of them).
        self.set_keymap({id: ",".join(keys) for id, keys in self.keymap.changed.items()})

    def get_driver_class(self) -> type[Driver]:
        return pasting.reading(super().get_driver_class())

    def get_default_screen(self) -> Main:
        """The main screen, without an empty one below it that would be styled and painted first."""
        self.main.context.panes.style(update=False)  # nothing is styled yet
        return self.main

    def on_mount(self) -> None:
        if self.keymap.problems:
            self.call_after_refresh(self.main.context.say, f"[keys]: {self.keymap.problems[0]}", "soon")

    def get_css_variables(self) -> dict[str, str]:
        """None for the theme an `App` begins with: a hundred and seventy colours, and nothing is styled in them."""
        ours = {theme.name for theme in THEMES.values()}
        return super().get_css_variables() if self.theme in ours else {}

    def refresh_css(self, animate: bool = True) -> None:
        """At the start Textual parses and applies all styles twice: for the theme, too, that they were made for."""
        if self.theme != self._styled_for:
            self._styled_for = self.theme
            super().refresh_css(animate)

    def read_later_styles(self) -> None:
        """Those of writing and of windows. Nothing that stands is styled anew."""
        self.stylesheet.read(self.LATER_CSS)
        self.stylesheet.parse()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._guard]

    def browse(self, link: str) -> bool:
        """Open a checked link in the agent's browser; blocks until it was handed over."""
        return programs.open_browser(link)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Where every key is a command it is run at once. Textual lets a key climb from the focused pane through
        all containers first, a task and a message each: a quarter of what a step of the cursor takes."""
        self.main.context.clock.pressed_at = time.monotonic()
        if await super()._check_bindings(key, priority):
            return True
        if not (priority and self.main.context.panes.commanding):
            return False
        return self.main.context.queue.land(key) or await super()._check_bindings(key)

    # -- ways out ----------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Behind the letters that wait in the focused widget's queue: they belong to the draft."""
        (self.focused or self.main).call_later(self.main.context.part(program.Program).quit)

    def action_help_quit(self) -> None:
        self.main.context.say(tr("q closes; Ctrl+Q quits."))

    def _handle_exception(self, error: Exception) -> None:
        """Textual would print a traceback with the values of all locals: customers' words on the terminal. Ours
        is one line; what was being written is kept first."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        if self._exit:  # a key pressed after the last one finds no screen any more
            log.warning("on the way out: %s", _where(cause))
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        log.error("the screen stopped: %s", _where(cause))
        self._keep()
        self._exit_renderables.append(
            Text(
                tr(
                    "inbox: the screen stopped ({kind}). Drafts are kept; start inbox again. "
                    "`inbox check` looks for causes, the log says where it happened.",
                    kind=type(cause).__name__,
                )
            )
        )
        self._close_messages_no_wait()

    def _keep(self) -> None:
        main = getattr(self, "main", None)
        if main is not None:
            try:
                main.keep_text()
            except Exception as error:  # noqa: BLE001  # nothing may hide the first error
                log.error("while keeping drafts: %s", _where(error))


def _handler(id: str) -> Handler:
    """Return the code behind a command. The table is loaded with the first key."""
    return handlers.HANDLERS[id]


def _where(error: BaseException) -> str:
    """Type and places, without the message: that may quote a customer."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__} at {places}"


def run(
    session: Session, *, agent: str, zone: tzinfo, hours: ServiceHours, config: Config, demo: bool = False
) -> int:
    """Open the screen until it is closed. Returns the exit status."""
    app = InboxApp(session, agent=agent, zone=zone, hours=hours, config=config, demo=demo)
    app.run(mouse=config.screen.mouse)
    return app.return_code or 0
