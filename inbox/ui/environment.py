"""What every part of the screen may ask of the program: who works here, with which settings, on which session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from inbox.config.model import Config
    from inbox.domain.hours import ServiceHours
    from inbox.engine.session import Session
    from inbox.ports.sign_in import Signing
    from inbox.system.spelling import Spelling
    from inbox.ui.commands.keymap import Keymap


class Environment(Protocol):
    """The running program, as `InboxApp` is it; tests may hand in a record of their own."""

    session: Session
    agent: str
    zone: tzinfo
    hours: ServiceHours
    config: Config
    demo: bool
    """Simulated people: the tutorial follows what the agent does."""
    signing: Signing | None
    """How accounts are signed in; None where they cannot be (the demo)."""
    spelling: Callable[[], Spelling] | None
    """Makes the dictionaries; asked with the first text that is checked. None: no hints on spelling."""
    language: str
    """`de` or `en`."""
    keymap: Keymap
    theme_names: Sequence[str]
    """The themes that one key goes through, as the app knows them."""

    def browse(self, link: str) -> bool:
        """Open a checked link in the agent's browser; blocks. Returns False where no browser could be started."""
        ...

    def work_in_words(self) -> str:
        """Return how far long work on the store is, such as the daily backup; empty where none goes on."""
        ...

    def read_later_styles(self) -> None:
        """Read the styles of writing and of windows, which the first frame does without."""
        ...

    def show_keys(self) -> None:
        """Show the keys of the innermost layer in the footer."""
        ...
