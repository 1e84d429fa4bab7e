"""What is being written: a reply or a note, and to whom."""

from inbox.domain.model import AttachedFile
from inbox.domain.records import Record


class Writing(Record, kw_only=True):
    """What is written: a reply in a conversation, publicly or privately, or a note. `key` makes sending
    repeatable; `seen_seq`: the newest message when the draft was begun."""

    conversation: str
    kind: str
    key: str
    account: str
    to: str
    platform: str = ""
    private: bool = False
    resolve: bool = False
    """Resolved once it is out, as a macro wants it."""
    seen_seq: int = 0
    last_seq: int = 0
    switch: str | None = None
    """Why it cannot go the other way; None: it can."""
    files: tuple[AttachedFile, ...] = ()

    @property
    def note(self) -> bool:
        """Whether it is for colleagues only."""
        return self.kind == "note"
