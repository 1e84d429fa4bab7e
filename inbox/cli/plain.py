"""The inbox as a conversation in plain lines: `inbox --plain`, for screen readers, Braille lines and slow links.

One command a line, answered in sentences; nothing moves, nothing is coloured, nothing is written unasked. What it
says of the queue is numbered, and the number is what later commands take; without one they mean the open conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TypeVar

from msgspec import Struct, field

from inbox.cli import plain_walk
from inbox.cli.lines import NOT_US, changed
from inbox.cli.usage import known_agent
from inbox.config.screen import Macro
from inbox.domain import checks, durations, languages
from inbox.domain.model import Direction
from inbox.domain.outbox import Phase
from inbox.domain.text import clean
from inbox.engine.desk.contacts import Contact
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import REFUSALS, NotAllowed
from inbox.engine.desk.rows import Row, Thread
from inbox.engine.desk.undo import Done
from inbox.engine.session import Session
from inbox.errors import UsageError
from inbox.wording import words
from inbox.wording.language import plural, said, tr
from inbox.wording.statistics import facts

T = TypeVar("T")
PAGE = 10
END = "."
HELP = (
    ("list", "the most urgent conversations, ten at a time; more goes on"),
    ("open N", "read a conversation; next opens the one after it"),
    ("reply [N]", "write an answer, line by line; a single . ends it, a single ! leaves it as a draft"),
    ("private [N]", "the same, privately"),
    ("macro [N ...] NAME", "a canned answer for these, one after the other, filled in for each"),
    ("drafts", "the conversations in which you have begun an answer"),
    ("note [N] TEXT", "for colleagues only"),
    ("resolve [N], spam [N], reopen [N], take [N]", "decide"),
    ("assign [N] WHO", "give it to somebody"),
    ("tag [N] WORD or -WORD", "add or remove a tag"),
    ("snooze [N] WHEN", "hide it until mon 9, +3h or reply; with through thanks those do not wake it"),
    ("undo, redo", "the last change: a decision, a note, a draft, a reply that is still held"),
    ("why [N]", "why this due time"),
    ("person [N]", "who they are, who else they are, notes and other conversations"),
    ("join [N] CONTACT", "they are the same person as @handle, platform:id or another conversation"),
    ("part [N] CONTACT", "they are two persons after all"),
    ("view NAME", "waiting, mine, unassigned, mentions, direct, comments, hits, snoozed, failed, all"),
    ("find WORDS", "as in the screen: words, from: in: on: is: tag:; find alone ends it"),
    ("outbox", "unsent replies"),
    ("anyway [N]", "send a reply that was asked about all the same"),
    ("stats [SINCE]", "how well people were answered, in the last 7d"),
    ("quit", "leave"),
)
"""Commands and what they do, a line each."""
WRITERS = {
    Direction.IN: "{name} writes",
    Direction.OUT: "{name}, that is us, writes",
    Direction.NOTE: "Note by {name}",
}
EXPECTED = (*REFUSALS, ValueError, UsageError)


class Plain(Struct, kw_only=True):
    """`read` gives the next line and raises EOFError at the end; `write` says one line."""

    session: Session
    agent: str
    zone: tzinfo
    read: Callable[[str], str]
    write: Callable[[str], None]
    macros: Sequence[Macro] = ()
    view: str = "waiting"
    filter: str = ""
    listed: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    open: str | None = None

    def run(self) -> int:
        """Run the prompt until `quit` or the end of the input; returns the exit status."""
        self.write(tr("inbox, plain lines. help lists the commands."))
        self.do_list("")
        while True:
            try:
                line = self.read("> ").strip()
            except (EOFError, KeyboardInterrupt):
                return 0
            name, _, rest = line.partition(" ")
            if name in ("quit", "q", "exit"):
                return 0
            self._do(name, rest.strip())

    def _do(self, name: str, rest: str) -> None:
        act = getattr(self, f"do_{name}", None) if name.isalpha() else None
        if act is None:
            if name:
                no_such = clean(name, one_line=True)
                self.write(tr("There is no {no_such}; help lists the commands.", no_such=no_such))
            return
        try:
            act(rest)
        except EXPECTED as error:
            self.write(tr("Not done: {why}", why=clean(said(str(error)), one_line=True)))

    def ask(self, use_case: Callable[[Desk], T]) -> T:
        """Call a use case on the desk's own thread and wait for its result."""
        return self.session.call(use_case).result()

    # -- looking -----------------------------------------------------------------------------------------

    def do_help(self, rest: str) -> None:
        """List the commands."""
        for name, does in HELP:
            self.write(f"{name}: {tr(does)}")

    def do_list(self, rest: str) -> None:
        """List the first conversations of the view."""
        self.order = self.ask(lambda desk: desk.queue.order(self.view, self.filter))
        self.listed = []
        self.write(f"{tr(self.view)}: {plural(len(self.order), 'conversation')}.")
        self.do_more(rest)

    def do_more(self, rest: str) -> None:
        """List the next ones."""
        at = len(self.listed)
        ids = self.order[at : at + PAGE]
        rows = self.ask(lambda desk: desk.queue.rows(ids))
        for number, cid in enumerate(ids, at + 1):
            if cid in rows:
                self.write(f"{number}. {self._row(rows[cid])}")
        self.listed += ids
        if not ids:
            self.write(tr("That is all."))

    def _row(self, row: Row) -> str:
        c, now = row.conversation, self.session.clock.now()
        parts = [
            clean(c.contact.label, one_line=True),
            f"{words.platform(c.platform)} {words.surface(c)}",
            words.timer_sentence(c, now, self._opens_at(), self.zone),
        ]
        if c.assignee:
            who = clean(c.assignee, one_line=True)
            parts.append(tr("yours") if c.assignee == self.agent else tr("with {who}", who=who))
        if c.unanswered > 1:
            parts.append(tr("{n} messages wait", n=c.unanswered))
        if row.language:
            parts.append(tr("in {language}", language=tr(languages.named(row.language))))
        parts += [tr("new")] if row.new else []
        parts += [tr("not us, though the name looks like it")] if row.posing else []
        parts += [tr("you have a draft")] if row.has_draft else []
        parts += [f"{count} {tr(state)}" for state, count in row.outbox.items()]
        parts += [clean(said(row.why_not), one_line=True).rstrip(".")] if row.why_not else []
        return f"{', '.join(parts)}: {clean(c.preview, one_line=True)}"

    def _opens_at(self) -> datetime | None:
        """When service resumes; None while it is open."""
        return self.ask(lambda desk: desk.queue.opens_at())

    def do_open(self, rest: str) -> None:
        """Read the conversation with this number."""
        cid, _ = self._which(rest)
        self.open = cid
        thread = self.ask(lambda desk: desk.conversation.thread(cid))
        self.ask(lambda desk: desk.queue.look(cid))
        for line in self._told(thread):
            self.write(line)

    def _told(self, thread: Thread) -> Iterator[str]:
        """Whose it is and how it stands, then who wrote what and when. Their words are set in by two blanks, so that
        none of them can pass for ours."""
        c, now = thread.conversation, self.session.clock.now()
        yield clean(c.contact.label, one_line=True)
        yield f"{words.platform(c.platform)} {words.surface(c)}"
        yield words.timer_sentence(c, now, self._opens_at(), self.zone)
        way = thread.way
        how = tr("An answer is {how}.", how=tr(way.how)) if way.allowed else clean(said(way.reason or ""))
        yield how
        if way.unsure:
            yield f"{said(way.unsure)}."
        for context in thread.context:
            yield tr("Around it, by {name}:", name=clean(context.author.label, one_line=True))
            yield from _set_in(context.text)
        for m in thread.messages:
            name, at = clean(m.author.label, one_line=True), words.moment(m.sent_at, self.zone)
            posing = f" ({tr(NOT_US)})" if m.id in thread.posing else ""
            yield f"{tr(WRITERS[m.direction], name=name)}{posing}, {at}{changed(m, thread.late.get(m.id))}:"
            yield from _set_in(m.text)
            for a in m.attachments:
                what = f"{tr(a.kind)} {a.name or ''} {a.url or ''}"
                yield f"  {clean(what, one_line=True)}".rstrip()
        for item in thread.replies:
            yield f"{tr('Your reply')}, {words.reply_state(item, now)}:"
            yield from _set_in(item.text)
        if thread.draft:
            yield tr("Your draft:")
            yield from _set_in(thread.draft.text)

    def do_next(self, rest: str) -> None:
        """Read the next conversation of the list."""
        at = self.order.index(self.open) + 1 if self.open in self.order else 0
        if at >= len(self.order):
            self.write(tr("That was the last one."))
            return
        self.open = self.order[at]
        self.do_open("")

    def do_why(self, rest: str) -> None:
        """Explain the timer of the open conversation."""
        cid, _ = self._which(rest)
        for line in self.ask(lambda desk: desk.conversation.why(cid)):
            self.write(clean(said(line), one_line=True))

    def do_person(self, rest: str) -> None:
        """Say what is known about the person."""
        cid, _ = self._which(rest)
        file, likely = self.ask(lambda desk: (desk.people.file(cid), desk.people.likely(cid)))
        one = file.contact
        self.write(self._contact(one))
        if file.posing:
            self.write(tr("not us, though it looks like it"))
        for other in file.joined:
            self.write(tr("The same person: {name}", name=self._contact(other)))
        for other in likely:
            self.write(tr("Perhaps the same: {name}; join says so", name=self._contact(other)))
        for tag in file.tags:
            self.write(clean(f"#{tag}", one_line=True))
        for note in file.notes:
            self.write(
                tr("Note by {name}: {text}", name=note.author.label, text=clean(note.text, one_line=True))
            )
        self.listed = [c.id for c in file.conversations]
        for number, row in enumerate(self.ask(lambda desk: desk.queue.rows(self.listed)).values(), 1):
            self.write(f"{number}. {self._row(row)}")
        if not self.listed:
            self.write(tr("First contact"))

    @staticmethod
    def _contact(one: Contact) -> str:
        name = tr("{name} on {platform}", name=one.person.label, platform=words.platform(one.platform))
        return clean(f"{name} ({one.key})" if one.key else name, one_line=True)

    def do_join(self, rest: str) -> None:
        """Join the person with another contact."""
        cid, other = self._which(rest)
        self._decided(self.ask(lambda desk: desk.people.join(cid, other)))

    def do_part(self, rest: str) -> None:
        """Part a contact from the person."""
        cid, other = self._which(rest)
        self._decided(self.ask(lambda desk: desk.people.part(cid, other or None)))

    def do_view(self, rest: str) -> None:
        """Change to another view."""
        before, self.view = self.view, rest or "waiting"
        try:
            self.do_list("")
        except EXPECTED:
            self.view = before
            raise

    def do_find(self, rest: str) -> None:
        """Filter the view."""
        before, self.filter = self.filter, rest
        try:
            self.do_list("")
        except EXPECTED:
            self.filter = before
            raise

    def do_outbox(self, rest: str) -> None:
        """List what has not left."""
        items = self.ask(lambda desk: desk.outbox.items())
        now = self.session.clock.now()
        for item in items:
            state = words.reply_state(item, now)
            self.write(f"{state}. {words.reply_reason(item)} {clean(item.text, one_line=True)}")
        if not items:
            self.write(tr("All replies have been sent."))

    def do_anyway(self, rest: str) -> None:
        """Send what was held back because a colleague answers too."""
        cid, _ = self._which(rest)
        replies = self.ask(lambda desk: desk.conversation.thread(cid)).replies
        asked = [item for item in replies if item.phase is Phase.STALE and item.agent == self.agent]
        if not asked:
            raise ValueError("no reply of yours is asked about here")
        for item in asked:
            self.ask(lambda desk, oid=item.id: desk.outbox.retry(oid))  # type: ignore[misc]
        self.write(tr("On its way."))

    # -- deciding ----------------------------------------------------------------------------------------

    def _which(self, rest: str) -> tuple[str, str]:
        """The conversation a command means, and what follows its number."""
        head, _, tail = rest.partition(" ")
        if head.isdecimal():
            at = int(head) - 1
            if not 0 <= at < len(self.listed):
                raise ValueError(f"there is no number {head}; list says the numbers")
            return self.listed[at], tail.strip()
        if self.open is None:
            raise ValueError("name a number, or open a conversation first")
        return self.open, rest

    def _decided(self, done: Done) -> None:
        self.write(f"{_sentence(done)} {tr('undo takes it back.')}")

    def do_resolve(self, rest: str) -> None:
        """Resolve conversations."""
        cid, _ = self._which(rest)
        self._decided(self.ask(lambda desk: desk.triage.resolve([cid])))

    def do_spam(self, rest: str) -> None:
        """Mark conversations as spam."""
        cid, _ = self._which(rest)
        self._decided(self.ask(lambda desk: desk.triage.spam([cid])))

    def do_reopen(self, rest: str) -> None:
        """Reopen conversations."""
        cid, _ = self._which(rest)
        self._decided(self.ask(lambda desk: desk.triage.reopen([cid])))

    def do_take(self, rest: str) -> None:
        """Assign conversations to oneself."""
        cid, _ = self._which(rest)
        self._decided(self.ask(lambda desk: desk.triage.assign([cid], self.agent)))

    def do_assign(self, rest: str) -> None:
        """Assign a conversation to an agent."""
        cid, who = self._which(rest)
        who, _, new = who.partition(" ")
        known = self.ask(lambda desk: desk.workplace.agent_names())
        if who not in ("", "-", *known) and new != "--new":
            known_agent(who, known)
        self._decided(self.ask(lambda desk: desk.triage.assign([cid], None if who in ("", "-") else who)))

    def do_tag(self, rest: str) -> None:
        """Add or remove tags."""
        cid, tags = self._which(rest)
        add = [tag for tag in tags.split() if not tag.startswith("-")]
        remove = [tag[1:] for tag in tags.split() if tag.startswith("-")]
        self._decided(self.ask(lambda desk: desk.triage.tag([cid], add, remove)))

    def do_snooze(self, rest: str) -> None:
        """Hide a conversation until a time."""
        cid, when = self._which(rest)
        sleep = durations.sleep(when, self.session.clock.now(), self.zone)
        self._decided(
            self.ask(lambda desk: desk.triage.snooze([cid], sleep.until, through_thanks=sleep.through_thanks))
        )
        until = words.moment(sleep.until, self.zone) if sleep.until else tr("they reply")
        if sleep.through_thanks:
            until = tr("{when}, thanks do not wake it", when=until)
        self.write(tr("Until {moment}.", moment=until))

    def do_note(self, rest: str) -> None:
        """Add a note for colleagues."""
        cid, text = self._which(rest)
        if not text:
            raise ValueError("the note is empty")
        self._decided(self.ask(lambda desk: desk.notes.add(cid, text)))

    def do_stats(self, rest: str) -> None:
        """Print how well people were answered, since a date or for a week."""
        for line in facts(self.ask(lambda desk: desk.queue.statistics(rest or None)), self.zone):
            self.write(line)

    def do_undo(self, rest: str) -> None:
        """Take back the last step."""
        self.write(_sentence(self.ask(lambda desk: desk.undo())))

    def do_redo(self, rest: str) -> None:
        """Do again what was taken back."""
        self.write(_sentence(self.ask(lambda desk: desk.redo())))

    # -- writing -----------------------------------------------------------------------------------------

    def do_reply(self, rest: str) -> None:
        """Answer a conversation."""
        self._write(self._which(rest)[0], private=None)

    def do_macro(self, rest: str) -> None:
        """Answer one conversation after the other with a macro."""
        numbers, words_ = [], rest.split()
        while words_ and words_[0].isdecimal():
            numbers.append(words_.pop(0))
        ids = [self._which(n)[0] for n in numbers] or [self._which("")[0]]
        macro = plain_walk.named(self.macros, " ".join(words_))
        plain_walk.walk(self, plain_walk.drafts(macro, list(dict.fromkeys(ids)), self.agent))

    def do_drafts(self, rest: str) -> None:
        """List the conversations with a draft; their numbers are good for the other commands."""
        self.order = self.ask(lambda desk: desk.drafts.open())
        self.listed = []
        self.write(f"{plural(len(self.order), 'conversation')}.")
        self.do_more(rest)

    def do_private(self, rest: str) -> None:
        """Answer a conversation privately."""
        self._write(self._which(rest)[0], private=True)

    def _write(self, cid: str, private: bool | None) -> None:
        thread = self.ask(lambda desk: desk.conversation.thread(cid))
        c = thread.conversation
        way = self.ask(lambda desk: desk.conversation.way(c, private=private))
        if not way.allowed:
            raise NotAllowed(way.reason or "")
        secret = way.how == "private"
        how = (
            "Private reply as {account} to {name}, nobody else reads it."
            if secret
            else "Public reply as {account} to {name}, everybody reads it."
        )
        self.write(tr(how, account=c.account, name=clean(c.contact.label, one_line=True)))
        lines = thread.draft.text.split("\n") if thread.draft else []
        for line in lines:
            self.write(tr("so far: {line}", line=clean(line, one_line=True)))
        files = thread.draft.files if thread.draft else ()
        for file in files:
            self.write(tr("with the file {file}", file=clean(file.name, one_line=True)))
        ended = self._lines(cid, lines, secret, c.last_seq)
        text = "\n".join(lines)
        if not ended:
            self.ask(lambda desk: desk.drafts.end_writing(cid))
            self.write(tr("Left as a draft."))
            return
        item = self.ask(
            lambda desk: desk.replying.reply(
                cid,
                Reply(
                    text,
                    private=secret,
                    seen_seq=c.last_seq,
                    files=[file.path for file in files],
                    file_texts=[file.shows for file in files],
                ),
            )
        )
        for hint in checks.hints(text, checks.Situation(private=secret, unsure=way.unsure)):
            self.write(tr("Hint: {hint}.", hint=hint.said(tr)))
        state = words.reply_state(item, self.session.clock.now())
        self.write(f"{state[:1].upper()}{state[1:]}; {tr('undo takes it back.')}")
        if item.reason:
            self.write(clean(f"{said(item.reason)} {said(item.next_step or '')}", one_line=True))

    def _lines(self, cid: str, lines: list[str], private: bool, seen: int) -> bool:
        """Read lines until the end; each is on disk before the next is asked for. False: leave it as a draft."""
        while True:
            try:
                line = self.read("  ")
            except (EOFError, KeyboardInterrupt):
                return False
            if line in (END, "!"):
                return line == END
            lines.append(line)
            kept = "\n".join(lines)
            self.ask(lambda desk, kept=kept: desk.drafts.save(cid, kept, private=private, seen_seq=seen))  # type: ignore[misc]


def run(session: Session, *, agent: str, zone: tzinfo, macros: Sequence[Macro] = ()) -> int:
    """On standard input and output. Reading and sending go on beside it."""
    session.start()
    return Plain(session=session, agent=agent, zone=zone, read=input, write=_say, macros=macros).run()


def _set_in(text: str) -> Iterator[str]:
    return (f"  {line}" for line in clean(text).split("\n"))


def _sentence(done: Done) -> str:
    what = clean(said(done.what), one_line=True)
    return f"{what[:1].upper()}{what[1:]}."


def _say(line: str) -> None:
    print(line, flush=True)
