"""What a newcomer is told and when it is enough: hints in the first days, and the demo's tutorial. Pure.

Both follow what the agent does and never stand in the way of anything. Keys are named by command, so that they
are right where the config has others: `{reply.write}`.
"""

from __future__ import annotations

from collections.abc import Iterable

from inbox.domain.records import Record
from inbox.ui.commands.keymap import Keymap
from inbox.ui.commands.table import BY_ID
from inbox.ui.text.part import Part
from inbox.wording.language import tr

STARTS = 3
"""Starts of the program after which nobody is new any more."""

# -- the first days ----------------------------------------------------------------------------------------


class FirstHint(Record):
    """`learned_by`: commands whose use shows that it need not be said any more."""

    id: str
    words: str
    learned_by: tuple[str, ...]


FIRST_HINTS = (
    FirstHint(
        "open", "{conversation.open} opens a conversation, {screen.back} goes back.", ("conversation.open",)
    ),
    FirstHint(
        "reply", "{reply.write} writes an answer; every word is kept.", ("reply.write", "reply.private")
    ),
    FirstHint(
        "resolve",
        "{conversation.resolve} resolves; {edit.undo} takes anything back.",
        ("conversation.resolve", "edit.undo"),
    ),
    FirstHint("filter", "{queue.filter} filters as you type; 1 to 0 change the view.", ("queue.filter",)),
    FirstHint(
        "help",
        "{screen.help} shows the keys of the place, {screen.palette} finds commands by name.",
        ("screen.help", "screen.palette"),
    ),
)


class Learned(Record, kw_only=True):
    """What an agent knows by now. `starts`: how often the program was opened."""

    ids: frozenset[str] = frozenset()
    starts: int = 0

    @property
    def next(self) -> FirstHint | None:
        """What is to be said; None once the agent knows it all, or is not new any more."""
        if self.starts > STARTS:
            return None
        return next((hint for hint in FIRST_HINTS if hint.id not in self.ids), None)

    def after(self, command: str) -> Learned:
        """Once a command was used."""
        taught = {hint.id for hint in FIRST_HINTS if command in hint.learned_by}
        return self if taught <= self.ids else Learned(ids=self.ids | taught, starts=self.starts)

    def without(self, hint: FirstHint) -> Learned:
        """The agent does not want to hear it."""
        return Learned(ids=self.ids | {hint.id}, starts=self.starts)


# -- the tutorial ------------------------------------------------------------------------------------------


class Lesson(Record):
    """`done_by`: what has to happen: opened, writing, sent, taken_back, answered (sent and resolved) or resolved."""

    person: int
    words: str
    done_by: tuple[str, ...]


LESSONS = (
    Lesson(1, "{conversation.open} opens the conversation that is due first.", ("opened",)),
    Lesson(1, "{reply.write} writes an answer.", ("writing",)),
    Lesson(1, "Write a line. {reply.send} sends it, after 30 seconds' hold.", ("sent",)),
    Lesson(1, "{edit.undo} takes it back while it is held. Try it!", ("taken_back", "left")),
    Lesson(1, "Your words are back. {reply.send} sends them now.", ("sent", "left")),
    Lesson(1, "{conversation.resolve} resolves: done, and on to the next.", ("resolved", "answered")),
    Lesson(
        2,
        "{reply.write}, a line, then {reply.send_resolve}: sent, resolved, next one.",
        ("answered", "resolved"),
    ),
    Lesson(
        3,
        "As you like; {macro.use} takes a macro, {screen.help} shows all keys.",
        ("answered", "resolved"),
    ),
)
LAST_WORDS = "All three are done! `inbox init` sets up your own inbox."


class Tutorial:
    """Answer three people. A lesson counts as learned when it, or a later one about the same person, was done."""

    def __init__(self) -> None:
        self.at = 0
        self.over = False
        """Not to be shown any more."""

    @property
    def finished(self) -> bool:
        """Return whether every lesson is done."""
        return self.at == len(LESSONS)

    @property
    def lesson(self) -> Lesson | None:
        """Return the current lesson; None when all are done."""
        return None if self.finished else LESSONS[self.at]

    def happened(self, event: str) -> None:
        """Go on to the lesson after the one that an event completes."""
        now = self.lesson
        if now is None or (event == "left" and event not in now.done_by):
            return
        for at, lesson in enumerate(LESSONS[self.at :], self.at):
            if lesson.person != now.person:
                return
            if event in lesson.done_by:
                self.at = at + 1
                if event == "left":
                    self._skip_to_resolving()
                return

    def _skip_to_resolving(self) -> None:
        """A reply that is out cannot be taken back and sent again."""
        while (lesson := self.lesson) is not None and "resolved" not in lesson.done_by:
            self.at += 1

    def parts(self, keymap: Keymap) -> tuple[list[Part], list[Part]]:
        """Return the left and the right half of the lesson's bar, with the keys of the config."""
        lesson = self.lesson
        where = tr(" {n} of 3 ", n=lesson.person) if lesson else " ✓ "
        told = keyed(lesson.words if lesson else LAST_WORDS, keymap)
        return [Part(where, "badge"), Part(" "), *told], [
            Part(keymap.shown(BY_ID["tutorial.end"]), "key", "tutorial.end"),
            Part(tr(" ends this "), "quiet", "tutorial.end"),
        ]


# -- words with keys in them -------------------------------------------------------------------------------


def keyed(words: str, keymap: Keymap, tone: str = "text") -> list[Part]:
    """Parts of a sentence; `{command.id}` becomes the key that does it now."""
    return list(_keyed(words, keymap, tone))


def _keyed(words: str, keymap: Keymap, tone: str) -> Iterable[Part]:
    for piece in tr(words).split("{"):
        id, brace, rest = piece.partition("}")
        if not brace:
            yield Part(piece, tone)
            continue
        yield Part(keymap.shown(BY_ID[id], all_keys=False), "key", id)
        yield Part(rest, tone)
