"""The application: themes, keys, the last check of every line, and a clean way out, also in a crash.

What needs private names of Textual is in `ui/terminal/textual_app.py`. The caller closes the session afterwards.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.filter import LineFilter

from inbox.config.model import Config
from inbox.domain.hours import ServiceHours
from inbox.engine.session import Session
from inbox.system import programs
from inbox.ui import handlers
from inbox.ui.actions import program
from inbox.ui.commands.keymap import Keymap, filled, keymap
from inbox.ui.main.screen import Main
from inbox.ui.terminal.guard import Guard
from inbox.ui.terminal.textual_app import TerminalApp, where
from inbox.ui.text.long_work import LongWork
from inbox.ui.text.themes import DARK, themes
from inbox.wording.language import choose, tr

if TYPE_CHECKING:
    from inbox.ports.sign_in import Signing
    from inbox.system.spelling import Spelling
    from inbox.ui.context import Handler

log = logging.getLogger(__name__)


class InboxApp(TerminalApp, inherit_css=False):
    """The program on the screen.

    `inherit_css=False`: what `App` styles is a header and a palette that are not ours.
    """

    CSS_PATH = "inbox.tcss"
    LATER_CSS = Path(__file__).with_name("later.tcss")
    TITLE = "inbox"
    theme_names: Sequence[str] = ()
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
        """Prepare the screen; nothing is read or drawn yet.

        `hours`: those of the config, until the store says which apply. `signing`: how accounts are signed in; None
        where they cannot be (the demo). `spelling`: called with the first text; None: no hints on spelling.
        `strict`: the guard raises where it would otherwise replace; for tests.
        """
        super().__init__()
        self.session = session
        self.agent = agent
        self.zone = zone
        self.hours = hours
        self.config = config
        self.demo = demo
        self.signing = signing
        self.spelling = spelling
        self.long_work = LongWork()
        self.language = choose(config.screen.language, os.environ)
        self.keymap: Keymap = keymap(config.keys)
        self._guard = Guard(strict=strict)
        self.main = Main(self, _handler)
        few = self.console.color_system in ("standard", "windows")
        own = dict(themes(config.screen, few_colours=few))
        self.theme_names = [theme.name for theme in own.values()]
        for theme in own.values():
            self.register_theme(theme)
        self.set_reactive(App.theme, own.get(config.screen.theme, DARK).name)
        self._styled_for = self.theme
        self.stylesheet.set_variables(self.get_css_variables())
        # Only what differs: Textual walks the whole map for every binding at every key (5 ms with all of them).
        self.set_keymap({id: ",".join(keys) for id, keys in self.keymap.changed.items()})

    def get_default_screen(self) -> Main:
        """Return the main screen, without an empty one below it that would be styled and painted first."""
        self.main.context.panes.style(update=False)  # nothing is styled yet
        return self.main

    def on_mount(self) -> None:
        """Show the first mistake in the `[keys]` of the config."""
        if self.keymap.problems:
            self.call_after_refresh(self.main.context.say, f"[keys]: {self.keymap.problems[0]}", "soon")

    def get_css_variables(self) -> dict[str, str]:
        """Return no colours for the theme an `App` begins with: there are 170, and nothing is styled in them."""
        return super().get_css_variables() if self.theme in self.theme_names else {}

    def refresh_css(self, animate: bool = True) -> None:
        """Apply the styles again if the theme has changed; Textual would do so at the start, too."""
        if self.theme != self._styled_for:
            self._styled_for = self.theme
            super().refresh_css(animate)

    def show_keys(self) -> None:
        """Show the keys of the innermost layer in the footer."""
        self.main.context.bars.show_keys()

    def work_in_words(self) -> str:
        """Return how far long work on the store is; empty where none goes on."""
        return self.long_work.words()

    def read_later_styles(self) -> None:
        """Add the styles of the composer and of windows. Nothing on the screen is styled again."""
        self.stylesheet.read(self.LATER_CSS)
        self.stylesheet.parse()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters and the guard."""
        return [*super().get_line_filters(), self._guard]

    def browse(self, link: str) -> bool:
        """Open a checked link in the agent's browser; blocks until the browser has taken it."""
        return programs.open_browser(link)

    # -- hooks of TerminalApp ----------------------------------------------------------------------------

    def key_pressed(self) -> None:
        """Note the time: ticks wait while keys come."""
        self.main.context.clock.pressed_at = time.monotonic()

    def keys_are_commands(self) -> bool:
        """Return whether no text is being typed."""
        return self.main.context.panes.commanding

    def take_key(self, key: str) -> bool:
        """Let a jump in the queue take its second key."""
        return self.main.context.queue.land(key)

    def crash_message(self, kind: str) -> str:
        """Keep drafts, and return the one line that is printed after a crash."""
        self._keep()
        return tr(
            "inbox: the screen stopped ({kind}). Drafts are kept; start inbox again. "
            "`inbox check` looks for causes, the log says where it happened.",
            kind=kind,
        )

    # -- ways out ----------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Quit, after the letters that wait in the focused widget's queue: they belong to the draft."""
        (self.focused or self.main).call_later(self.main.context.part(program.Program).quit)

    def action_help_quit(self) -> None:
        """Say how to leave; bound to Ctrl+C, which no longer quits a Textual program."""
        self.main.context.say(filled("{screen.close} closes; {screen.quit} quits.", self.keymap))

    def _keep(self) -> None:
        main = getattr(self, "main", None)
        if main is not None:
            try:
                main.keep_text()
            except Exception as error:  # noqa: BLE001  # nothing may hide the first error
                log.error("while keeping drafts: %s", where(error))


def _handler(id: str) -> Handler:
    """Return the code behind a command. The table is loaded with the first key."""
    return handlers.HANDLERS[id]


def run(
    session: Session, *, agent: str, zone: tzinfo, hours: ServiceHours, config: Config, demo: bool = False
) -> int:
    """Open the screen and return the exit status once it is closed."""
    app = InboxApp(session, agent=agent, zone=zone, hours=hours, config=config, demo=demo)
    app.run(mouse=config.screen.mouse)
    return app.return_code or 0
