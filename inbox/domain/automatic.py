"""Messages of ours that no person wrote: greetings, away texts, bots.

No platform marks them (Meta's Conversations API shows a greeting as any message of the Page; X shows no app on direct
messages), so they are recognised by what surrounds them: notices about an AI agent, texts the config names, the
agent's word, and a rule of doubt (facts/facebook.md#5.4). When in doubt the conversation stays open: a
wrong "open" costs a look, a wrong "answered" loses a customer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from inbox.domain.model import (
    AI_BEGINS,
    AI_ENDS,
    AUTOMATIC,
    PERHAPS,
    Conversation,
    Direction,
    Message,
    Person,
    Surface,
)
from inbox.domain.records import Record, replace

QUICK = timedelta(seconds=10)
"""After the first unanswered message of the customer. Meta's own answers came 1 to 4 s after it, no person's before 67 s
(facts/facebook.md#5.3)."""
MET_IN = 3
"""Conversations in which the same text was as quick, before it is doubted at any delay."""
NAME = "\x02"
"""Stands for the customer's name in a normalised text; nobody types it."""


class Known(Record):
    """What is known of one text. `word`: True automatic, False not, by an agent. `frequent`: it met the rule of doubt
    in `MET_IN` conversations and was never sent from here."""

    word: bool | None = None
    frequent: bool = False


UNKNOWN = Known()
Knows = Callable[[str], Known]
"""By normalised text."""


def normalised(text: str, people: Iterable[Person]) -> str:
    """A text as it is compared: without case, marks and spaces that differ, the customers' names cut out."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for name in sorted(set(_names(people)), key=len, reverse=True):
        plain = re.sub(rf"(?<!\w)@?{re.escape(name)}(?!\w)", NAME, plain)
    return plain


def _names(people: Iterable[Person]) -> Iterable[str]:
    for person in people:
        name = " ".join(unicodedata.normalize("NFKC", person.name or "").casefold().split())
        yield from (
            part for part in (name, *name.split(" "), (person.handle or "").casefold()) if len(part) > 1
        )


def fits(pattern: str, text: str) -> bool:
    """Whether a text is one the config names; `*` stands for anything, letters of either case are equal."""
    parts = (re.escape(part) for part in _spaced(pattern).split("*"))
    return re.fullmatch(".*".join(parts), _spaced(text), re.DOTALL) is not None


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def customers(conversation: Conversation, messages: Iterable[Message]) -> list[Person]:
    """Whose names are cut out of texts in this conversation."""
    people = dict.fromkeys(
        [conversation.contact, *(m.author for m in messages if m.direction is Direction.IN)]
    )
    return list(people)


class Marked(Record):
    """`messages` as given, each of ours with its mark; `quick`: normalised texts that met the rule of doubt here;
    `texts`: normalised text by id of each of ours."""

    messages: list[Message]
    quick: frozenset[str]
    texts: dict[str, str]


def mark(
    conversation: Conversation, messages: Sequence[Message], patterns: Sequence[str], knows: Knows
) -> Marked:
    """Say of every message of ours whether a person wrote it. `messages` in any order, notices among them."""
    thread = _Thread(conversation, messages, patterns, knows)
    # Meta's times are whole seconds: a greeting may bear the second of the question, in either order.
    for message in sorted(messages, key=lambda m: (second(m.sent_at), m.direction is Direction.OUT)):
        thread.read(message)
    found = [
        m if (automatic := thread.verdicts.get(m.id, "")) == m.automatic else replace(m, automatic=automatic)
        for m in messages
    ]
    return Marked(found, frozenset(thread.quick), thread.texts)


class _Thread:
    """What is known of a conversation after reading its messages up to one."""

    def __init__(
        self, c: Conversation, messages: Sequence[Message], patterns: Sequence[str], knows: Knows
    ) -> None:
        self._people = customers(c, messages)
        self._patterns = patterns
        self._knows = knows
        self._resolved = [r.at for r in c.resolves]
        self._page_begins = c.surface in _PAGE_THREADS
        self._asked: list[Message] = []
        """Messages of the customer that nobody has answered, by time."""
        self._spoken = self._ai = False
        self.verdicts: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.quick: set[str] = set()
        self._doubted: set[str] = set()

    def read(self, m: Message) -> None:
        match m.direction:
            case Direction.NOTICE:
                self._ai = m.notice == AI_BEGINS or (self._ai and m.notice != AI_ENDS)
            case Direction.IN:
                self._spoken = True
                if m.time_known:
                    self._asked = [*(asked for asked in self._asked if not self._closed(asked, m)), m]
            case Direction.OUT:
                self.verdicts[m.id] = verdict = self._verdict(m)
                if not verdict:
                    self._asked = []

    def _closed(self, asked: Message, later: Message) -> bool:
        """An agent resolved it before the later one came: a new run begins."""
        return any(asked.sent_at <= at < later.sent_at for at in self._resolved)

    def _asked_at(self, moment: datetime) -> datetime | None:
        """Time of the first message of the customer that nobody had answered then. One that was deleted later counts: what
        a customer takes back afterwards makes no person of a machine."""
        stood = (m for m in self._asked if m.left_at is None or m.left_at > moment)
        return next((m.sent_at for m in stood), None)

    def _verdict(self, m: Message) -> str:
        """The agent's word counts first; what was sent from here a person sent, unless somebody says otherwise."""
        if m.deleted_at is not None:
            return m.automatic
        text = self.texts[m.id] = normalised(m.text, self._people) or f"{NAME}{m.id}"
        known = self._knows(text)
        # A time of our own reading says nothing about how quick it was.
        timed = m.time_known and m.outbox is None
        asked_at = self._asked_at(m.sent_at) if timed else None
        quick = asked_at is not None and m.sent_at - asked_at <= QUICK
        if quick and m.text.strip():
            self.quick.add(text)
        if known.word is not None:
            return AUTOMATIC if known.word else ""
        if any(fits(pattern, m.text) for pattern in self._patterns):
            return AUTOMATIC
        if m.outbox is not None:
            return ""
        if self._ai or (self._page_begins and not self._spoken):
            return AUTOMATIC
        if quick or known.frequent or text in self._doubted:
            self._doubted.add(text)
            return PERHAPS
        return ""


def second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


_PAGE_THREADS = (Surface.MESSENGER, Surface.INSTAGRAM)
"""Where whatever the Page says before the customer ever wrote is a greeting (facts/facebook.md#5.3, facts/facebook.md#5.4)."""
