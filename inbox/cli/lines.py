"""Plain lines for people: what the queue and a conversation look like without a screen.

Text from strangers comes last on its line and only through `clean`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from inbox.cli.failures import sentences
from inbox.domain.model import AUTOMATIC, Conversation, Direction, Message, Status
from inbox.domain.outbox import OutboxItem
from inbox.domain.queue import status_at, wake_at
from inbox.domain.reply import ReplyWay
from inbox.domain.sla import TimerState, deadline, local, span, timer
from inbox.domain.text import clean
from inbox.engine.desk.rows import Row, Thread
from inbox.wording.language import said, tr

NOT_US = "not us, though it looks like it"


def show_json(value: Any) -> None:
    """One JSON text. Escaped where the terminal could act on it: JSON may hold anything a stranger wrote."""
    json.dump(value, sys.stdout, ensure_ascii=sys.stdout.isatty(), indent=2)
    print()


def show_json_line(value: Any) -> None:
    """One JSON text on a line of its own, for commands that go on: each line is whole, and is read at once."""
    json.dump(value, sys.stdout, ensure_ascii=sys.stdout.isatty(), separators=(",", ":"))
    print(flush=True)


def show_nothing(words: str) -> None:
    """Say on standard error that there is nothing to show: an empty answer looks like a broken command."""
    print(f"inbox: {words}", file=sys.stderr)


def show_lines(lines: Iterable[str]) -> None:
    """Print lines that are safe for a terminal."""
    for line in lines:
        print(line)


def queue_line(row: Row, now: datetime, zone: tzinfo, opens_at: datetime | None = None) -> str:
    """`opens_at`: when service resumes; None while it is open."""
    c = row.conversation
    rest = resting(c, now, zone, opens_at)
    return f"{_clock(c, now):>14}  {c.id}  {f'({rest}) ' if rest else ''}{_marks(row)}{clean(c.contact.label, one_line=True)}: {clean(c.preview, one_line=True)}"


def _clock(c: Conversation, now: datetime) -> str:
    state = timer(c, now).state
    end = deadline(c, now)
    if state is TimerState.NONE or end is None:
        status = status_at(c, now)
        return "" if status is Status.OPEN else tr(status.value)
    late = "-" if end.at < now else ""
    sign = {TimerState.BREACHED: "!! ", TimerState.DUE_SOON: "! "}.get(state, "")
    return f"{sign}{late}{said(span(end.at - now))}{' w' if end.what == 'window' else ''}"


def resting(c: Conversation, now: datetime, zone: tzinfo, opens_at: datetime | None) -> str:
    """Until when nothing happens here, and why; empty where nothing rests."""
    if status_at(c, now) is Status.SNOOZED:
        asleep = _asleep(c, zone)
        return tr("{when}, thanks do not wake it", when=asleep) if c.through_thanks else asleep
    until = timer(c, now, opens_at).resting_until
    if until is None:
        return ""
    return tr("rests until {when}: outside service hours", when=said(local(until, zone)))


def _asleep(c: Conversation, zone: tzinfo) -> str:
    wake = wake_at(c)
    if wake is None:
        return tr("snoozed until the customer writes")
    if c.snoozed_until is None or wake < c.snoozed_until:
        return tr("snoozed until {when}, when the answer is due soon", when=said(local(wake, zone)))
    return tr("snoozed until {when}", when=said(local(wake, zone)))


def _marks(row: Row) -> str:
    words = [f"@{row.conversation.assignee}"] if row.conversation.assignee else []
    words += [f"#{tag}" for tag in row.conversation.tags]
    words += [tr("draft")] if row.has_draft else []
    words += [f"+{name}" for name in row.files]
    words += [f"{count} {tr(state)}" for state, count in row.outbox.items() if count]
    marks = clean(f"[{' '.join(words)}] ", one_line=True) if words else ""
    return f"{marks}({tr(NOT_US)}) " if row.posing else marks


def _unsure(way: ReplyWay) -> str:
    return f" ({said(way.unsure)})" if way.unsure else ""


def thread_lines(thread: Thread, now: datetime, zone: tzinfo, opens_at: datetime | None = None) -> list[str]:
    """`opens_at`: when service resumes; None while it is open."""
    c = thread.conversation
    rest = resting(c, now, zone, opens_at)
    lines = [
        clean(f"{c.id}  {tr(status_at(c, now).value)}  {c.contact.label}", one_line=True),
        *([rest] if rest else []),
        tr("reply: {how}", how=tr(thread.way.how)) + _unsure(thread.way)
        if thread.way.allowed
        else tr("reply: none. {reason}", reason=clean(said(thread.way.reason or ""))),
        *(
            clean(tr("the same person: {key}  {name}", key=j.key, name=j.person.label), one_line=True)
            for j in thread.joined
        ),
        "",
    ]
    for context in thread.context:
        who = clean(context.author.label, one_line=True)
        lines += _block(f"{tr('(around it)')} {who}", context.text if context.stands else "")
    for notice in (e for e in thread.events if e.what == Direction.NOTICE):
        text = tr("Notice of the platform: {text}", text=notice.detail.get("text", ""))
        lines.append(clean(f"* {notice.at.astimezone(zone):%Y-%m-%d %H:%M} {text}", one_line=True))
    for message in thread.messages:
        head, *body = message_lines(message, zone, thread.late.get(message.id))
        lines += [f"{head} ({tr(NOT_US)})" if message.id in thread.posing else head, *body]
    for item in thread.replies:
        lines += _block(
            f"{item.agent} ({tr(item.state.value)}{': ' + said(item.reason) if item.reason else ''})",
            item.text,
        )
    if thread.draft:
        files = [f"[{tr('file')}] {file.name} {file.size / 1e6:.1f} MB" for file in thread.draft.files]
        lines += _block(tr("draft"), "\n".join([thread.draft.text, *files]))
    return lines


def message_lines(m: Message, zone: tzinfo, late: timedelta | None = None) -> list[str]:
    """A message as a heading with arrow, time and author, and its text behind a bar. `late`: how long after its publication
    it was read, where that is worth a word."""
    arrow = {Direction.IN: "<", Direction.OUT: ">", Direction.NOTE: "#", Direction.NOTICE: "*"}[m.direction]
    head = f"{arrow} {m.sent_at.astimezone(zone):%Y-%m-%d %H:%M} {clean(m.author.label, one_line=True)}{changed(m, late)}"
    extra = [f"[{tr(a.kind)}] {a.name or ''} {a.url or ''}".rstrip() for a in m.attachments]
    return _block(head, "\n".join([m.text, *extra]))


def changed(m: Message, late: timedelta | None = None) -> str:
    """What is special about a message, behind its author. `late` as in `message_lines`."""
    marks = (
        tr(" (automatic)") if m.automatic == AUTOMATIC else tr(" (perhaps automatic)") if m.automatic else ""
    )
    if late is not None:
        marks += f" ({tr('read {delay} later', delay=said(span(late)))})"
    return marks + _fate(m)


def _fate(m: Message) -> str:
    return tr(" (deleted)") if m.deleted_at else tr(" (edited)") if m.edited_at else ""


def _block(head: str, text: str) -> list[str]:
    """A heading, and every line of the text behind a bar, so that it cannot pass for a heading."""
    return [clean(head, one_line=True), *(f"  | {line}" for line in clean(text).split("\n")), ""]


def outbox_line(item: OutboxItem) -> str:
    """A reply of the outbox on one line: id, state, conversation, reason, text."""
    reason = f" ({sentences(item.reason, item.next_step)})" if item.reason else ""
    return f"{item.id}  {tr(item.state.value)}  {item.conversation}{clean(reason, one_line=True)}: {clean(item.deed or item.text, one_line=True)}"
