"""The person behind the conversation: who they are, who else they are, notes, and their other conversations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message

from inbox.domain.model import Conversation, Status
from inbox.domain.queue import status_at
from inbox.domain.web_links import link_host
from inbox.ui.commands.bindings import bindings
from inbox.ui.widgets.lines import Lines
from inbox.wording import safe_text, words
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.engine.desk.contacts import Contact
    from inbox.engine.desk.people import PersonFile

Target: TypeAlias = "str | Contact"
"""The id of a conversation to be opened, or a contact to be joined."""


class Entry(NamedTuple):
    """A line, and what Enter on it means."""

    text: str
    style: str
    target: Target | None = None


BLANK = Entry("", "person--text")


class PersonPanel(Lines):
    """What is known of the person: other conversations, joined contacts, tags, notes."""

    BINDINGS = [*bindings("reader"), *bindings(only="conversation.open")]

    class Opened(Message):
        """A line with a target was chosen."""

        def __init__(self, target: Target) -> None:
            super().__init__()
            self.target = target

    def __init__(self, *, zone: tzinfo, opens: str = "o", joins: str = "p", id: str | None = None) -> None:
        """`opens`: the key that opens the profile in the browser; `joins`: the one that joins from anywhere."""
        super().__init__(id=id)
        self.zone = zone
        self._opens, self._joins = opens, joins
        self.file: PersonFile | None = None
        self.likely: Sequence[Contact] = ()
        self.unasked = False
        """Who else they may be has not been looked up yet."""
        self.entries: list[Entry] = []
        self.cursor: Target | None = None
        self._now = datetime.min.replace(tzinfo=UTC)

    def show(self, file: PersonFile | None, now: datetime) -> None:
        """Show a person; the cursor stays where the person does."""
        if file == self.file and self.entries:
            return
        same = self.file is not None and file is not None and file.contact == self.file.contact
        if not same or file is None or self.file is None or file.joined != self.file.joined:
            self.likely, self.unasked = (), True
        self.file, self._now = file, now
        if not same:
            self.top, self.cursor = 0, None
        self._build()
        self.refresh()

    def suggest(self, likely: Sequence[Contact]) -> None:
        """Contacts that may be the same human: shown quietly below everything."""
        if list(likely) != list(self.likely):
            self.likely = likely
            self._build()
            self.refresh()

    @property
    def says_something(self) -> bool:
        """Whether more is known than who wrote and the tags, which are above the thread already."""
        file = self.file
        return file is not None and bool(
            file.notes or file.conversations or file.joined or file.posing or self.likely
        )

    def _build(self) -> None:
        self.entries = list(self._lines(self.file)) if self.file and self.size.width > 4 else []
        if self.cursor not in {entry.target for entry in self.entries}:
            self.cursor = None
            self._find_cursor()

    def _find_cursor(self) -> None:
        """With the keys here something is always under the cursor, so that Enter does what is seen."""
        if self.has_focus and self.cursor is None:
            self.cursor = next((entry.target for entry in self.entries if entry.target), None)
            if not isinstance(self.cursor, (str, type(None))):
                self.entries = list(self._lines(self.file)) if self.file else []

    @property
    def enter_does(self) -> str:
        """What Enter does to what is under the cursor, in English: open, join, or nothing."""
        if self.cursor is None:
            return ""
        return "open" if isinstance(self.cursor, str) else "join"

    def _lines(self, file: PersonFile) -> Iterator[Entry]:
        person = file.person
        yield Entry(safe_text.person(person), "person--name")
        yield from self._text(
            tr(
                "{handle} on {platform}",
                handle=safe_text.handle(person),
                platform=words.platform(file.contact.platform),
            ).strip()
        )
        if file.posing:
            yield from self._text(
                f"{words.POSING} {tr('not us, though it looks like it')}", "person--warning"
            )
        if file.profile:
            yield Entry(
                tr("{key} opens {host}", key=self._opens, host=link_host(file.profile) or ""), "person--quiet"
            )
        if person.remote_id is None:
            yield from self._text(tr("The platform gives no id: earlier conversations cannot be told."))
        for one in file.joined:
            yield from self._text(f"= {on_platform(one)}", "person--text")
        if file.tags:
            yield from self._text(" ".join(f"#{safe_text.line(tag)}" for tag in file.tags))
        yield BLANK
        yield from self._notes(file)
        yield from self._earlier(file.conversations)
        yield from self._suggested()

    def _notes(self, file: PersonFile) -> Iterator[Entry]:
        if not file.notes:
            return
        yield Entry(tr("Notes"), "person--heading")
        for note in file.notes:
            by = f"{safe_text.person(note.author)} · {words.moment(note.sent_at, self.zone)}"
            yield Entry(by, "person--quiet")
            yield from self._text(safe_text.block(note.text), "person--note")
        yield BLANK

    def _earlier(self, others: Sequence[Conversation]) -> Iterator[Entry]:
        told = words.plural(len(others), "more conversation") if others else tr("First contact")
        yield Entry(told, "person--heading")
        for c in others:
            at = f"{words.moment(c.last_message_at, self.zone)}  " if c.last_message_at else ""
            where = f"{words.platform(c.platform)} {words.surface(c)}"
            yield Entry(f"{where} · {_status(c, self._now)}", "person--quiet", c.id)
            yield Entry(f"{at}{safe_text.line(c.preview)}", "person--text", c.id)

    def _suggested(self) -> Iterator[Entry]:
        if not self.likely:
            return
        yield BLANK
        yield Entry(tr("Perhaps the same"), "person--heading")
        for one in self.likely:
            yield Entry(on_platform(one), "person--text", one)
            yield Entry(self._how_to_join(one), "person--quiet", one)

    def _how_to_join(self, one: Contact) -> str:
        """Enter does it where the cursor is; from anywhere else it takes the other key."""
        if self.has_focus and one == self.cursor:
            return tr("Enter joins them")
        return tr("{key} joins", key=self._joins)

    def _text(self, text: str, style: str = "person--quiet") -> Iterator[Entry]:
        for line in safe_text.wrap(text, self.size.width - 3):
            yield Entry(line, style)

    # -- moving ------------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        """From one earlier conversation to the next, then to likely matches; scrolls where there is neither."""
        known = list(dict.fromkeys(entry.target for entry in self.entries if entry.target))
        if not known:
            self.scroll_lines(self.top + steps)
            return
        at = known.index(self.cursor) + steps if self.cursor in known else 0
        self.cursor = known[min(max(0, at), len(known) - 1)]
        self._build()
        line = next(i for i, entry in enumerate(self.entries) if entry.target == self.cursor)
        if not self.top <= line < self.top + self.size.height - 1:
            self.top = min(max(0, line - self.size.height // 2), self.last_top)
        self.refresh()

    def watch_has_focus(self, focused: bool) -> None:
        self._find_cursor()
        self._build()
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self._build()
        super().on_resize(event)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the line under the mouse, and open its target."""
        at = self.top + event.y
        if at < len(self.entries) and (target := self.entries[at].target):
            self.cursor = target
            self.refresh()
            self.post_message(self.Opened(target))

    # -- drawing -----------------------------------------------------------------------------------------

    def count(self) -> int:
        return len(self.entries)

    def draw(self, at: int, width: int) -> list[Segment]:
        text, name, target = self.entries[at]
        here = target is not None and target == self.cursor and self.has_focus
        style = self.style("person--cursor", name) if here else self.style(name)
        sign = "▸" if here or (at == 0 and self.has_focus) else " "
        fitted = (
            safe_text.fit(text, width - 1) if cell_len(text) > width - 1 else set_cell_size(text, width - 1)
        )
        return [Segment(sign + fitted, style)]


def on_platform(one: Contact) -> str:
    """`Anna Becker @anna_b on X`."""
    name = f"{safe_text.person(one.person)} {safe_text.handle(one.person)}".rstrip()
    return tr("{name} on {platform}", name=name, platform=words.platform(one.platform))


def _status(c: Conversation, now: datetime) -> str:
    status = status_at(c, now)
    return tr("is open") if status is Status.OPEN else tr(str(status))
