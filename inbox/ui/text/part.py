"""A piece of a line: its text, its tone, and the command that a click on it runs."""

from inbox.domain.records import Record


class Part(Record):
    """`tone` is one of `themes.TONES`; `command` is run when the part is clicked."""

    text: str
    tone: str = "text"
    command: str | None = None
