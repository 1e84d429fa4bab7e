"""What is written, in the agent's own editor."""

from __future__ import annotations

import os
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from inbox import programs
from inbox.language import tr

if TYPE_CHECKING:
    from inbox.ui.screens.main import Main


class Editor:
    def __init__(self, screen: Main) -> None:
        self.screen = screen

    async def open(self) -> None:
        screen, composer = self.screen, self.screen.composer
        await screen.write.keep_draft(ended=True)
        if composer is None:
            return
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            text = self._edited(shlex.split(command), composer.text)
        except SuspendNotSupported:
            screen.say(tr("This terminal cannot be handed to an editor."), "soon")
        except (OSError, ValueError, programs.Failed) as error:
            screen.say(
                tr("{command}: {name}; the text is as it was.", command=command, name=type(error).__name__),
                "late",
            )
        else:
            composer.area.text = text
            composer.area.move_cursor(composer.area.document.end)
            await screen.write.keep_draft(ended=True)

    def _edited(self, command: list[str], text: str) -> str:
        """The text after the editor; the file is readable by its owner only, and gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
            file = Path(folder) / "reply.txt"
            file.write_text(text, encoding="utf-8")
            with self.screen.app.suspend():
                programs.run_in_front([*command, str(file)])
            return file.read_text(encoding="utf-8").rstrip("\n")
