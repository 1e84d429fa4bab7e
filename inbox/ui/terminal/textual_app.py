"""The application as far as it depends on private names of Textual: keys, the driver, and what a crash shows.

`InboxApp` overrides the hooks and knows nothing of Textual's inside. Without a private name (`private_names.py`) the
method that overrides it is either never called or passes on to Textual's.
"""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.worker import WorkerFailed

from inbox.ui.terminal.driver_choice import choose_driver
from inbox.ui.terminal.private_names import why_stock

if TYPE_CHECKING:
    from textual.driver import Driver

log = logging.getLogger(__name__)


class TerminalApp(App[None], inherit_css=False):
    """An application with fast keys, safe pasting and a crash message of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._leaving = False
        if why_stock("start") is None:
            # Notices have a bar of their own; Textual would put two widgets for them into every screen.
            self._disable_tooltips = self._disable_notifications = True
        self._commands_at_once = why_stock("commands") is None

    # -- hooks -------------------------------------------------------------------------------------------

    def key_pressed(self) -> None:
        """Take note that a key has come, before anything is done about it."""

    def keys_are_commands(self) -> bool:
        """Return whether every key is a command now: nothing is being typed."""
        return False

    def take_key(self, key: str) -> bool:
        """Return True if the key is used up before any binding is looked at."""
        return False

    def crash_message(self, kind: str) -> str:
        """Return what is printed after a crash. `kind`: the class of the error. May keep drafts first."""
        return kind

    # -- as Textual calls it -----------------------------------------------------------------------------

    def get_driver_class(self) -> type[Driver]:
        """Return our driver, or Textual's with our reading of pastes."""
        return choose_driver(super().get_driver_class())

    def exit(self, *args: Any, **options: Any) -> None:
        """Leave as `App.exit` does; errors from then on are only logged."""
        self._leaving = True
        super().exit(*args, **options)

    async def on_event(self, event: events.Event) -> None:
        """Tell `key_pressed` of each key first."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.key_pressed()
        await super().on_event(event)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Run a command at the first look where every key is a command.

        Textual passes a key from the focused pane through all containers first, a task and a message each.
        """
        if await super()._check_bindings(key, priority):
            return True
        if not (priority and self._commands_at_once and self.keys_are_commands()):
            return False
        return self.take_key(key) or await super()._check_bindings(key)

    def _handle_exception(self, error: Exception) -> None:
        """Leave with one line of text, after drafts were kept.

        Textual would print a traceback with the values of all local variables: customers' words on the terminal.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        if self._leaving:  # a key pressed after the last one no longer finds a screen
            log.warning("on the way out: %s", where(cause))
            return
        if why_stock("crash") is None and self._exception is None:
            self._exception = error
            self._exception_event.set()
        log.error("the screen stopped: %s", where(cause))
        from rich.text import Text

        self.exit(return_code=1, message=Text(self.crash_message(type(cause).__name__)))


def where(error: BaseException) -> str:
    """Return the type of an error and its places in the code, without its message: that may quote a customer."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__} at {places}"
