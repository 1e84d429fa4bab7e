"""What is written, in the agent's own editor."""

from __future__ import annotations

import os
import shlex
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from inbox.system import programs
from inbox.ui.actions.write import Write
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context


MOST = 200_000
"""Bytes of a file that is taken as a reply: the longest any platform takes is a twentieth of that."""


class NotTaken(ValueError):
    """What the editor left is not taken; the text says why."""


class Editor:
    """The agent's own editor for the text that is being written."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def open(self) -> None:
        """Give the text to the editor, wait for it, and take the text back."""
        context, composer = self.context, self.context.composer
        await context.part(Write).keep_draft(ended=True)
        if composer is None:
            return
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            text = self._edited(words_of(command), composer.text)
        except SuspendNotSupported:
            context.say(tr("This terminal cannot be handed to an editor."), "soon")
        except (OSError, ValueError, programs.Failed) as error:
            name = tr(str(error)) if isinstance(error, NotTaken) else type(error).__name__
            context.say(tr("{command}: {name}; the text is as it was.", command=command, name=name), "late")
        else:
            composer.area.text = text
            composer.area.move_cursor(composer.area.document.end)
            await context.part(Write).keep_draft(ended=True)

    def _edited(self, command: list[str], text: str) -> str:
        """The text after the editor; the file is readable by its owner only, and gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="inbox-") as folder:
            file = Path(folder) / "reply.txt"
            file.write_text(text, encoding="utf-8")
            with (
                self.context.screen.app.suspend(),
                suppress(programs.Ended),
            ):  # then what was saved by then counts
                programs.run_in_front([*command, str(file)])
            return taken(file, text)


def words_of(command: str) -> list[str]:
    """Return the words of a command as a shell would. Raises NotTaken."""
    try:
        words = shlex.split(command)
    except ValueError:
        raise NotTaken("a quotation mark is not closed") from None
    if not words:
        raise NotTaken("no program is named")
    return words


def taken(file: Path, before: str) -> str:
    """The text in the file. Raises NotTaken where it cannot be what the agent wrote, OSError where it is gone."""
    if not file.is_file() or file.is_symlink():
        raise NotTaken("the file is gone")
    if file.stat().st_size > MOST:
        raise NotTaken("the file is far too large for a reply")
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise NotTaken("the file is not text in UTF-8") from None
    if "\0" in text:
        raise NotTaken("the file is not text in UTF-8")
    if before.strip() and not text.strip():
        raise NotTaken("the file came back empty")
    return text.replace("\r\n", "\n").rstrip("\n")
