"""What is seen of one reply in a walk: whom it answers, what they wrote, the reply, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from rich.cells import cell_len

from inbox.domain.model import Direction
from inbox.ui.text.part import Part
from inbox.ui.text.way import way_parts
from inbox.wording import safe_text, words
from inbox.wording.language import said, tr

if TYPE_CHECKING:
    from inbox.domain.model import Message
    from inbox.engine.desk.reply_walk import WalkStop

FEWEST = 3
"""Lines of what they wrote that are shown in any case."""
OURS = "┃ "
THEIRS = "│ "


def heading(stop: WalkStop, at: int, whole: int) -> str:
    """Return the title of the window: which reply of how many, and to whom."""
    c = stop.thread.conversation
    return tr("Reply {n} of {whole} to {name}", n=at, whole=whole, name=safe_text.person(c.contact))


def place(stop: WalkStop, zone: tzinfo) -> list[Part]:
    """Return the line that says where they wrote, since when they wait, and whose conversation it is."""
    c = stop.thread.conversation
    handle = safe_text.handle(c.contact)
    told = [*([handle] if handle else []), f"{words.platform(c.platform)} {words.surface(c)}"]
    if c.waiting_since is not None:
        told.append(tr("waits since {moment}", moment=words.moment(c.waiting_since, zone)))
    tags = [f"#{safe_text.line(tag)}" for tag in c.tags]
    return [Part(" · ".join(told), "quiet"), *([Part(f"  {' '.join(tags)}", "accent")] if tags else [])]


def asked(stop: WalkStop, width: int, room: int) -> list[list[Part]]:
    """Return what they wrote since they wait, at least their newest message, in at most `room` lines: the end of it."""
    since = stop.thread.conversation.waiting_since
    arrived = [m for m in stop.thread.messages if m.direction is Direction.IN and m.stands]
    waiting = [m for m in arrived if since is not None and m.sent_at >= since] or arrived[-1:]
    lines = [line for message in waiting for line in _message(message, width)]
    room = max(FEWEST, room)
    if len(lines) > room:
        lines = [[Part(THEIRS, "faint"), Part(tr("… more above"), "quiet")], *lines[len(lines) - room + 1 :]]
    return lines


def _message(message: Message, width: int) -> Iterator[list[Part]]:
    for line in safe_text.wrap(safe_text.block(message.text), width - 2):
        yield [Part(THEIRS, "quiet"), Part(line)]
    for a in message.attachments:
        yield [Part(THEIRS, "quiet"), Part(f"[{tr(safe_text.line(a.kind))}]", "quiet")]


def way(stop: WalkStop, width: int) -> list[Part]:
    """Return the line above the reply: who will read it, through which account, and how much of it fits."""
    c, length = stop.thread.conversation, stop.length
    used = f"{length.used} / {length.limit}" if length is not None else ""
    told = way_parts(
        stop.private,
        account=safe_text.line(c.account),
        to=safe_text.person(c.contact),
        room=width - len(used) - 2,
    )
    frame = "private-frame" if stop.private else "public-frame"
    told = [told[0], *(Part(part.text, frame) for part in told[1:])]
    gap = max(1, width - sum(cell_len(part.text) for part in told) - len(used) - 1)
    over = length is not None and length.over
    return [*told, Part(" " * gap, frame), Part(used, "late" if over else frame), Part(" ", frame)]


def reply(stop: WalkStop, width: int) -> list[list[Part]]:
    """Return the reply as it would be sent."""
    tone = "quiet" if stop.barred and not stop.open_places else "bright"
    return [
        [Part(OURS, "accent"), Part(line, tone)]
        for line in safe_text.wrap(safe_text.block(stop.text), width - 2)
    ]


def does(stop: WalkStop) -> list[list[Part]]:
    """Return what happens to the conversation besides, where something does."""
    draft = stop.draft
    told = [f"+{safe_text.line(tag)}" for tag in draft.tags]
    if draft.assign:
        to = safe_text.line(draft.assign)
        told.append(tr("to nobody") if draft.assign == "-" else tr("to {assign}", assign=to))
    told += [tr("resolves once it is out")] if draft.resolve else []
    return [[Part(f"  {' · '.join(told)}", "quiet")]] if told else []


def remarks(stop: WalkStop, width: int) -> list[list[Part]]:
    """Return why it cannot be sent, or what an attentive colleague would say."""
    if stop.barred:
        told = tr("Not sendable: {reason}", reason=said(stop.barred))
        return [[Part(line, "late")] for line in safe_text.wrap(safe_text.line(told), width)]
    return [[Part(" › ", "soon"), Part(safe_text.line(hint.said(tr)))] for hint in stop.hints]


def page(stop: WalkStop, zone: tzinfo, width: int, height: int, *, writing: bool) -> Sequence[list[Part]]:
    """Return all of it for a window of `width` cells and `height` lines. `writing`: the reply stands in a field below."""
    below = [] if writing else [way(stop, width), *reply(stop, width), *does(stop)]
    told = remarks(stop, width)
    room = height - len(below) - len(told) - 4
    return [place(stop, zone), *asked(stop, width, room), [], *below, *([[], *told] if told else [])]
