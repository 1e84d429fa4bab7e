"""The main screen: browse, triage, write, and the ways out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.ui.screens.people import People

if TYPE_CHECKING:
    from inbox.ui.widgets.composer import Composer


class Main(People):
    def on_composer_changed(self, message: Composer.Changed) -> None:
        message.stop()
        self.write.changed(message.writing)
