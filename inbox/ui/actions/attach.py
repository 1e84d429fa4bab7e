"""Files that go with a reply: found by typing their path, checked by the platform's rule before they are taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from inbox.domain.files import media_type, size
from inbox.domain.fold import found_in
from inbox.domain.model import AttachedFile
from inbox.domain.records import replace
from inbox.domain.typed_path import readings
from inbox.engine.desk.files import attach, trouble
from inbox.ports.platform import FileRule
from inbox.ui.actions.write import Write
from inbox.ui.windows.dialogs import Choice, Pick
from inbox.wording import safe_text
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.ui.context import Context

SHOWN = 60
"""Entries of a folder that are offered at once; typing narrows."""


class Attach:
    """Files that go with a reply."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def choose(self) -> None:
        """Ask for a file and attach it, or say why none may go along."""
        context, w = self.context, self.context.writing
        if w is None or w.note:
            context.say(tr("A note takes no files."), "soon")
            return
        rule = await context.ask(lambda desk: desk.replying.file_rule(w.conversation, w.private))
        if rule is None:
            context.say(tr("This platform takes no files with such a reply."), "soon")
            return
        self._choose_file(rule, "~/")

    def _choose_file(self, rule: FileRule, typed: str) -> None:
        def suggest(text: str) -> list[Choice[str]]:
            taken = [Choice(path, path, tr("remove")) for path in self._paths() if found_in(path, text)]
            return [*taken, *_offered(text, self._paths(), rule)]

        def chosen(path: str | None) -> None:
            if path is None:
                self._back_to_writing()
            elif path.endswith("/"):
                self._choose_file(rule, path)
            elif path in self._paths():
                self._put_files(tuple(f for f in self._files() if f.path != path))
            else:
                self._describe(path)

        self.context.screen.app.push_screen(
            Pick(
                tr("Attach a file"),
                suggest,
                hint=tr("Type a path; Enter takes the file, or goes into the folder."),
                placeholder=tr("path"),
                typed=typed,
            ),
            chosen,
        )

    def _describe(self, path: str) -> None:
        """What a picture shows, for people who cannot see it."""
        if not (media_type(path) or "").startswith("image/"):
            self._put_files((*self._files(), attach(path)))
            return

        def suggest(text: str) -> list[Choice[str]]:
            return [Choice(text.strip() or tr("without a description"), text.strip())]

        def chosen(text: str | None) -> None:
            if text is None:
                self._back_to_writing()
            else:
                self._put_files((*self._files(), attach(path, text)))

        self.context.screen.app.push_screen(
            Pick(
                tr("What does {name} show?", name=safe_text.line(Path(path).name)),
                suggest,
                hint=tr("For people who cannot see it; Enter confirms."),
                placeholder=tr("description"),
            ),
            chosen,
        )

    def _files(self) -> tuple[AttachedFile, ...]:
        return self.context.writing.files if self.context.writing is not None else ()

    def _paths(self) -> list[str]:
        return [file.path for file in self._files()]

    def _put_files(self, files: tuple[AttachedFile, ...]) -> None:
        self.context.run(self._keep_files(files))
        self._back_to_writing()

    async def _keep_files(self, files: tuple[AttachedFile, ...]) -> None:
        """They are part of the draft, on disk at once, and a step of undo of their own."""
        context = self.context
        await context.part(Write).keep_draft(ended=True)
        if context.composer is not None and context.writing is not None:
            context.composer.renew(replace(context.writing, files=files))
            await context.part(Write).keep_draft(ended=True)

    def _back_to_writing(self) -> None:
        if self.context.composer is not None:
            self.context.composer.area.focus()


def _offered(typed: str, taken: list[str], rule: FileRule) -> list[Choice[str]]:
    """Folders and files whose path begins as typed; what the platform refuses is shown with the reason, and where there
    is nothing, why not."""
    wrong = ""
    for path in readings(typed):
        try:
            found = list(_beginning(path, taken, rule))
        except OSError as error:
            wrong = wrong or _unreadable(path, error)
            continue
        if found:
            return found
        wrong = wrong or tr("nothing here begins with this")
    return [Choice(safe_text.line(readings(typed)[0]), "", wrong, True)]


def _unreadable(path: str, error: OSError) -> str:
    folder = path.rpartition("/")[0] or "/"
    if isinstance(error, FileNotFoundError):
        return tr("there is no folder {folder}", folder=safe_text.line(folder))
    if isinstance(error, NotADirectoryError):
        return tr("{folder} is no folder", folder=safe_text.line(folder))
    return tr("{folder} cannot be read: {reason}", folder=safe_text.line(folder), reason=error.strerror or "")


def _beginning(path: str, taken: list[str], rule: FileRule) -> Iterator[Choice[str]]:
    """Raises OSError where the folder cannot be read."""
    head, slash, tail = path.rpartition("/")
    with os.scandir(_folder(f"{head}{slash}")) as found:
        entries = sorted(found, key=lambda e: (not e.is_dir(), e.name.lower()))
    fitting = [
        e
        for e in entries
        if e.name.lower().startswith(tail.lower()) and (not e.name.startswith(".") or tail.startswith("."))
    ]
    for entry in fitting[:SHOWN]:
        if entry.is_dir():
            yield Choice(f"{entry.name}/", f"{head}{slash}{entry.name}/", tr("folder"))
        elif entry.path not in taken:
            said = trouble([*taken, entry.path], rule)
            yield Choice(entry.name, entry.path, said or _size(entry), bool(said))


def _folder(head: str) -> Path:
    """Raises OSError, also for the home of nobody."""
    try:
        return Path(head or "./").expanduser()
    except RuntimeError as error:
        raise FileNotFoundError(str(error)) from None


def _size(entry: os.DirEntry[str]) -> str:
    return size(entry.stat().st_size)
