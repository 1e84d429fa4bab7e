"""A conversation as lines: who wrote what when, in an order and with signs that nobody can imitate in a text.

Every line of a message carries a gutter in its first cells that only the program writes:

    │ a customer   ┃ our account   ┆ a third person   ░ a note for colleagues   ╎ a post around it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from inbox.domain.fold import spans
from inbox.domain.model import AUTOMATIC, Attachment, Context, Conversation, Direction, Event, Message, Person
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import Record, replace
from inbox.domain.text import escaped
from inbox.domain.web_links import link_host
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.engine.desk.rows import Thread

GUTTERS = {"customer": "│", "ours": "┃", "third": "┆", "note": "░", "context": "╎"}
GUTTER_WIDTH = 2
TOLD = ("resolved", "reopened", "snoozed", "assigned", "unassigned", "marked as spam", "breached", "notice")
"""Events shown between the messages; the others tell what is seen anyway."""
BACK, AGAIN = ": taken back", ": done again"
"""How the history says that something was undone and redone (`engine.undo`)."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

Part = tuple[str, str]
"""Text and the name of its style."""


class Line(Record, kw_only=True):
    """`who` picks the gutter; None: a line of the program's own. `item`: its second part is the reply's state,
    which changes by the second. `key`: what it belongs to, for keeping the place."""

    parts: tuple[Part, ...] = ()
    who: str | None = None
    item: OutboxItem | None = None
    key: str = ""


class Look(Record, kw_only=True):
    """How the thread is looked at. `seen`: the newest message (`seq`) seen before it was opened; None: never."""

    width: int
    now: datetime
    zone: tzinfo
    original: bool = False
    seen: int | None = None
    hits: tuple[str, ...] = ()


def lines(thread: Thread, around: Sequence[Context], look: Look) -> list[Line]:
    """`around`: posts of the public thread, told at their time between the messages."""
    return list(_Page(thread, around, look).lines())


class _Page:
    def __init__(self, thread: Thread, around: Sequence[Context], look: Look) -> None:
        self.thread = thread
        self.around = around
        self.c: Conversation = thread.conversation
        self.look = look
        self.inner = max(10, look.width - GUTTER_WIDTH)
        self.by_id = {m.id: m for m in thread.messages}

    def lines(self) -> Iterator[Line]:
        for post in self.thread.context:
            yield from self._context(post)
        new_from = self._new_from()
        day, told, before = None, False, None
        for at, thing in self._timeline():
            today = at.astimezone(self.look.zone).date()
            if today != day:
                yield self._rule(words.day(at, self.look.now, self.look.zone), "thread--day")
                day = today
            if isinstance(thing, Event):
                yield self._event(thing)
                told = True
                continue
            if told:
                yield Line(key="event")
                told = False
            if isinstance(thing, Context):
                yield from self._context(thing)
                continue
            if new_from is not None and thing.id == new_from[0]:
                yield self._rule(new_from[1], "thread--new", key="new")
            yield from self._message(thing, before)
            before = thing
        if told:
            yield Line(key="event")
        for item in self.thread.replies:
            if item.state != "cancelled":
                yield from self._reply(item)

    # -- order ---------------------------------------------------------------------------------------

    def _timeline(self) -> list[tuple[datetime, Message | Event | Context]]:
        things: list[tuple[datetime, Message | Event | Context]] = []
        things += [(m.sent_at, m) for m in self.thread.messages if not _withdrawn(m)]
        things += [(e.at, e) for e in standing(self.thread.events) if e.what.startswith(TOLD)]
        things += [(c.sent_at or EARLIEST, c) for c in self.around]
        return sorted(things, key=lambda pair: pair[0])

    def _new_from(self) -> tuple[str, str] | None:
        """The message above which the line "new" (or "unanswered") stands, and the words."""
        arrivals = [m for m in self.thread.messages if m.direction is Direction.IN]
        seen = self.look.seen
        if seen is not None:
            fresh = [m for m in arrivals if m.seq > seen]
            if fresh:
                return fresh[0].id, words.plural(len(fresh), "new message")
        since = self.c.waiting_since
        waiting = [m for m in arrivals if since is not None and m.sent_at >= since]
        if waiting and waiting[0] is not self.thread.messages[0]:
            return waiting[0].id, tr("not answered yet")
        return None

    # -- pieces --------------------------------------------------------------------------------------

    def _context(self, post: Context) -> Iterator[Line]:
        when = f" · {words.moment(post.sent_at, self.look.zone)}" if post.sent_at else ""
        who = tr("our post") if post.ours else tr("post")
        name = safe_text.person(post.author)
        yield Line(
            who="context",
            key=post.id,
            parts=((name, "thread--author-third"), (f" · {who}{when}", "thread--meta")),
        )
        text = (
            tr("(deleted or protected; X and Facebook do not show it)")
            if not post.stands
            else self._text(post.text)
        )
        yield from self._wrapped(text, "context", "thread--context", post.id)
        yield from self._attachments(post.attachments if post.stands else (), "context", post.id)
        yield Line(key=post.id)

    def _message(self, m: Message, before: Message | None) -> Iterator[Line]:
        who = self._who(m)
        yield Line(who=who, key=m.id, parts=self._head(m, who))
        parent = self.by_id.get(f"{self.c.account}:{m.reply_to}")
        if parent is not None and parent is not before and m.deleted_at is None:
            quoted = safe_text.line(parent.text) if parent.deleted_at is None else tr("(deleted)")
            quote = safe_text.fit(f"↳ {safe_text.person(parent.author)}: {quoted}", self.inner - 1).rstrip()
            yield Line(who=who, key=m.id, parts=((quote, "thread--meta"),))
        body = "thread--note" if who == "note" else "thread--text"
        if m.deleted_at is not None:
            when = words.moment(m.left_at or m.deleted_at, self.look.zone)
            # Who took it away no platform says: its author, whoever owns the post, or the platform itself.
            yield from self._wrapped(
                tr("(no longer on the platform, {when})", when=when), who, "thread--meta", m.id
            )
        elif m.text:
            yield from self._wrapped(self._text(m.text), who, body, m.id)
        yield from self._attachments(m.attachments, who, m.id)
        yield Line(key=m.id)

    def _who(self, m: Message) -> str:
        if m.direction is Direction.NOTE:
            return "note"
        if m.direction is Direction.OUT:
            return "ours"
        return "customer" if same(m.author, self.c.contact) else "third"

    def _head(self, m: Message, who: str) -> tuple[Part, ...]:
        name = safe_text.person(m.author)
        handle = safe_text.handle(m.author)
        notes = [words.clock(m.sent_at, self.look.zone)]
        if not m.time_known:
            notes[0] += tr(" (time of our reading; the platform gave none)")
        if who == "note":
            return (
                (tr("Note"), "thread--author-note"),
                (tr(" by {name}, for colleagues only · {n}", name=name, n=notes[0]), "thread--meta"),
            )
        if m.private and who == "ours":
            notes.append(tr("answered privately"))
        if m.edited_at is not None and m.deleted_at is None:
            earlier = (
                tr(", {plural} kept", plural=words.plural(len(m.edits), "earlier version")) if m.edits else ""
            )
            notes.append(
                tr("edited {clock}{earlier}", clock=words.clock(m.edited_at, self.look.zone), earlier=earlier)
            )
        if m.automatic:
            notes.append(tr("automatic") if m.automatic == AUTOMATIC else tr("perhaps automatic"))
        if m.id in self.thread.late:
            notes.append(tr("read {delay} later", delay=words.long(self.thread.late[m.id])))
        if m.hidden:
            notes.append(tr("hidden from the public"))
        if m.liked:
            notes.append(tr("liked by us"))
        if m.altered or safe_text.hidden_in((m.text,)):
            notes.append(tr("hidden characters left out"))
        if who == "ours":
            return (
                (name, "thread--author-ours"),
                (
                    tr(
                        " · us{word} · {join}",
                        word=f", {safe_text.line(m.agent)}" if m.agent else "",
                        join=" · ".join(notes),
                    ),
                    "thread--meta",
                ),
            )
        tail = f" {handle}" if handle else ""
        warning = (tr(" · not us, though it looks like it"), "thread--reason")
        posing = (warning,) if m.id in self.thread.posing else ()
        role = tr(" · somebody else") if who == "third" else ""
        return (
            (name, f"thread--author-{who}"),
            *posing,
            (f"{tail}{role} · {' · '.join(notes)}", "thread--meta"),
        )

    def _reply(self, item: OutboxItem) -> Iterator[Line]:
        way = tr("private reply") if item.private else tr("public reply")
        yield Line(
            who="ours",
            key=item.id,
            item=item,
            parts=((tr("Your {way}", way=way), "thread--author-ours"), ("", "thread--pending")),
        )
        if reason := words.reply_reason(item):
            yield from self._wrapped(reason, "ours", "thread--reason", item.id)
        yield from self._wrapped(safe_text.block(item.text), "ours", "thread--text", item.id)
        yield Line(key=item.id)

    def _attachments(self, attachments: Sequence[Attachment], who: str, key: str) -> Iterator[Line]:
        for a in attachments:
            yield from self._wrapped(attachment(a), who, "thread--attachment", key)

    def _event(self, event: Event) -> Line:
        by = tr(" by {agent}", agent=safe_text.line(event.agent)) if event.agent else ""
        at = words.clock(event.at, self.look.zone)
        what = said(event.what)
        if event.what == Direction.NOTICE:
            what = tr("Notice of the platform: {text}", text=event.detail.get("text", ""))
        line = safe_text.fit(f"  {safe_text.line(what)}{by} · {at}", self.look.width).rstrip()
        return Line(parts=((line, "thread--event"),), key="event")

    def _text(self, text: str) -> str:
        return escaped(text) if self.look.original else safe_text.block(text)

    def _wrapped(self, text: str, who: str, style: str, key: str) -> Iterator[Line]:
        for line in safe_text.wrap(text, self.inner - 1):
            yield Line(who=who, key=key, parts=tuple(marked(line, style, self.look.hits)))

    def _rule(self, title: str, style: str, key: str = "rule") -> Line:
        width = self.look.width
        side = max(2, (width - len(title) - 2) // 2)
        right = max(2, width - side - len(title) - 2)
        return Line(key=key, parts=((f"{'─' * side} {title} {'─' * right}", style),))


def standing(events: Iterable[Event]) -> list[Event]:
    """What was decided and stands: between the messages nobody needs what was taken back; the log (W) has it."""
    kept: list[Event] = []
    for event in events:
        done = event.what.removesuffix(BACK)
        taken_back = next((one for one in reversed(kept) if one.what == done), None)
        if done != event.what and taken_back is not None:
            kept.remove(taken_back)
        else:
            kept.append(replace(event, what=event.what.removesuffix(AGAIN)))
    return kept


def _withdrawn(m: Message) -> bool:
    """A note that was taken back; for messages of customers the gap is shown."""
    return m.direction is Direction.NOTE and m.deleted_at is not None


def same(author: Person, contact: Person) -> bool:
    """The author is the customer of the conversation; who has no id cannot be told apart, and is taken for it."""
    if author.remote_id and contact.remote_id:
        return author.remote_id == contact.remote_id
    return author.label == contact.label or contact.label == "unknown"


def attachment(a: Attachment) -> str:
    """`[image] photo.jpg · pbs.twimg.com`."""
    if a.kind == "unsupported":
        return tr("[attachment the API does not show]")
    name = f" {safe_text.line(a.name)}" if a.name else ""
    host = link_host(a.url) if a.url else None
    return f"[{tr(safe_text.line(a.kind))}]{name}" + (f" · {host}" if host else "")


def hit_in(line: str, hits: Sequence[str]) -> int | None:
    """Where the first of the folded words stands that were searched for; None: nowhere."""
    return min((start for word in hits for start, _ in spans(line, word)), default=None)


def marked(line: str, style: str, hits: Sequence[str], hit: str = "thread--hit") -> Iterator[Part]:
    """The line with the words that were searched for set apart, in the style `hit`. `hits` are folded."""
    at = 0
    for start, end in sorted(span for word in hits for span in spans(line, word)):
        if start < at:
            continue
        if start > at:
            yield line[at:start], style
        yield line[start:end], hit
        at = end
    if at < len(line) or not line:
        yield line[at:], style
