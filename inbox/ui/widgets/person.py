"""The person behind the conversation: who they are, notes, and their other conversations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message

from inbox.domain.model import Conversation, Status
from inbox.domain.queue import status_at
from inbox.engine.desk import PersonFile
from inbox.language import tr
from inbox.ui import shown, words
from inbox.ui.bindings import bindings
from inbox.ui.widgets.lines import Lines

Entry = tuple[str, str, str | None]
"""Text, style name, and the conversation it stands for."""


class PersonPanel(Lines):
    BINDINGS = [*bindings("reader"), *bindings(only="conversation.open")]

    class Opened(Message):
        def __init__(self, conversation: str) -> None:
            super().__init__()
            self.conversation = conversation

    def __init__(self, *, zone: tzinfo, id: str | None = None) -> None:
        super().__init__(id=id)
        self.zone = zone
        self.file: PersonFile | None = None
        self.entries: list[Entry] = []
        self.cursor: str | None = None
        self._now = datetime.min.replace(tzinfo=UTC)

    def show(self, file: PersonFile | None, now: datetime) -> None:
        if file == self.file and self.entries:
            return
        same = self.file is not None and file is not None and file.person == self.file.person
        self.file, self._now = file, now
        if not same:
            self.top, self.cursor = 0, None
        self._build()
        self.refresh()

    def _build(self) -> None:
        self.entries = list(self._lines()) if self.file and self.size.width > 4 else []
        known = {cid for _, _, cid in self.entries if cid}
        if self.cursor not in known:
            self.cursor = None

    def _lines(self) -> Iterator[Entry]:
        assert self.file is not None
        width = self.size.width - 3
        person = self.file.person
        yield shown.person(person), "person--name", None
        if handle := shown.handle(person):
            yield handle, "person--quiet", None
        if person.remote_id is None:
            yield from self._text(tr("The platform gives no id: earlier conversations cannot be told."))
        yield "", "person--text", None
        if self.file.notes:
            yield tr("Notes"), "person--heading", None
            for note in self.file.notes:
                yield (
                    f"{shown.person(note.author)} · {words.moment(note.sent_at, self.zone)}",
                    "person--quiet",
                    None,
                )
                for line in shown.wrap(shown.block(note.text), width):
                    yield line, "person--note", None
            yield "", "person--text", None
        others = self.file.conversations
        yield (
            (words.plural(len(others), "more conversation") if others else tr("First contact")),
            "person--heading",
            None,
        )
        for c in others:
            at = words.moment(c.last_message_at, self.zone) if c.last_message_at else ""
            yield (
                f"{at} · {_status(c, self._now)} · {words.sign(c).strip()}",
                "person--quiet",
                c.id,
            )
            yield shown.line(c.preview), "person--text", c.id

    def _text(self, text: str) -> Iterator[Entry]:
        for line in shown.wrap(text, self.size.width - 3):
            yield line, "person--quiet", None

    # -- moving ------------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        """From one earlier conversation to the next; scrolls where there is none."""
        known = list(dict.fromkeys(cid for _, _, cid in self.entries if cid))
        if not known:
            self.scroll_lines(self.top + steps)
            return
        at = known.index(self.cursor) + steps if self.cursor in known else 0
        self.cursor = known[min(max(0, at), len(known) - 1)]
        line = next(i for i, entry in enumerate(self.entries) if entry[2] == self.cursor)
        if not self.top <= line < self.top + self.size.height - 1:
            self.top = min(max(0, line - self.size.height // 2), self.last_top)
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self._build()
        super().on_resize(event)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        at = self.top + event.y
        if at < len(self.entries) and (cid := self.entries[at][2]):
            self.cursor = cid
            self.refresh()
            self.post_message(self.Opened(cid))

    # -- drawing -----------------------------------------------------------------------------------------

    def count(self) -> int:
        return len(self.entries)

    def draw(self, at: int, width: int) -> list[Segment]:
        text, name, cid = self.entries[at]
        here = cid is not None and cid == self.cursor and self.has_focus
        style = self.style("person--cursor", name) if here else self.style(name)
        sign = "▸" if here else " "
        fitted = shown.fit(text, width - 1) if cell_len(text) > width - 1 else set_cell_size(text, width - 1)
        return [Segment(sign + fitted, style)]


def _status(c: Conversation, now: datetime) -> str:
    status = status_at(c, now)
    return tr("is open") if status is Status.OPEN else tr(str(status))
