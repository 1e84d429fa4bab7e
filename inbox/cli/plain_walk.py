"""The same answer to many people in plain lines: one after the other is told, then sent or skipped."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from inbox.domain.model import Direction
from inbox.domain.outbox import OutboxItem
from inbox.domain.text import clean
from inbox.engine.desk.reply_walk import WalkDraft
from inbox.wording import words
from inbox.wording.language import plural, said, tr

if TYPE_CHECKING:
    from inbox.config.screen import Macro
    from inbox.engine.desk.desk import Desk
    from inbox.engine.desk.reply_walk import WalkStop

T = TypeVar("T")


class Lines(Protocol):
    """What a walk needs of the plain prompt."""

    @property
    def read(self) -> Callable[[str], str]: ...
    @property
    def write(self) -> Callable[[str], None]: ...
    def ask(self, use_case: Callable[[Desk], T]) -> T: ...


def named(macros: Sequence[Macro], name: str) -> Macro:
    """Return the macro with this name, or the only one whose name begins so. Raises ValueError."""
    wanted = name.casefold()
    found = [one for one in macros if one.name.casefold() == wanted] or [
        one for one in macros if one.name.casefold().startswith(wanted)
    ]
    if not macros:
        raise ValueError("there is no macro yet; they are in the config, under [[macros]]")
    if len(found) != 1 or not name:
        raise ValueError(f"name one of the macros: {', '.join(one.name for one in macros)}")
    return found[0]


def drafts(macro: Macro, ids: Sequence[str], agent: str) -> list[WalkDraft]:
    """Return what the macro is to send to each conversation."""
    return [
        WalkDraft(
            conversation=cid,
            text=macro.text,
            tags=tuple(macro.tags),
            assign=agent if macro.assign == "me" else macro.assign,
            resolve=macro.resolve,
            macro=macro.name,
        )
        for cid in ids
    ]


def walk(lines: Lines, to_send: Sequence[WalkDraft]) -> None:
    """Tell each reply and what it answers; an empty line sends it, and what was sent is one step of undo."""
    walk_id, sent, skipped = uuid.uuid4().hex, list[OutboxItem](), list[str]()
    for at, draft in enumerate(to_send, 1):
        word = _step(lines, draft, f"{at}", len(to_send), walk_id, sent)
        if word != "sent":
            skipped.append(draft.conversation)
        if word == "stop":
            skipped += [left.conversation for left in to_send[at:]]
            break
    lines.ask(lambda desk: desk.walk.finish(walk_id, [item.id for item in sent]))
    if not sent:
        lines.write(tr("No reply was sent."))
        return
    told = plural(len(sent), "reply held", "replies held")
    rest = f", {tr('{n} not answered', n=len(skipped))}" if skipped else ""
    lines.write(f"{told}{rest}; {tr('undo takes it back.')}")


def _step(lines: Lines, draft: WalkDraft, at: str, whole: int, walk_id: str, sent: list[OutboxItem]) -> str:
    """Show one and do as the agent says: sent, skip or stop."""
    while True:
        stop = lines.ask(lambda desk: desk.walk.stop(draft))
        for line in _told(stop, at, whole):
            lines.write(line)
        word = _answer(lines, barred=stop.barred is not None)
        if word != "send":
            return word
        item = lines.ask(lambda desk, stop=stop: desk.walk.send(stop, walk_id))  # type: ignore[misc]
        if item is not None:
            sent.append(item)
            return "sent"
        lines.write(tr("They wrote again meanwhile; here is all of it."))


def _answer(lines: Lines, *, barred: bool) -> str:
    """Ask until the answer is one: send, skip or stop."""
    hint = tr("Enter skips it, stop stops.") if barred else tr("Enter sends it, skip skips it, stop stops.")
    lines.write(hint)
    while True:
        try:
            line = lines.read("  ").strip().casefold()
        except (EOFError, KeyboardInterrupt):
            return "stop"
        if line in ("", "send"):
            return "skip" if barred else "send"
        if line in ("skip", "n", "stop", "q"):
            return "skip" if line in ("skip", "n") else "stop"
        lines.write(hint)


def _told(stop: WalkStop, at: str, whole: int) -> Iterator[str]:
    c = stop.thread.conversation
    name = clean(c.contact.label, one_line=True)
    yield tr("Reply {n} of {whole} to {name}", n=at, whole=whole, name=name)
    yield f"{words.platform(c.platform)} {words.surface(c)}, {tr(stop.way.how)}"
    arrived = [m for m in stop.thread.messages if m.direction is Direction.IN and m.stands]
    for message in arrived[-1:]:
        yield from (f"  {line}" for line in clean(message.text).split("\n"))
    yield tr("The reply:")
    yield from (f"  {line}" for line in clean(stop.text).split("\n"))
    for hint in stop.hints:
        yield tr("Hint: {hint}.", hint=hint.said(tr))
    if stop.barred:
        yield clean(tr("Not sendable: {reason}", reason=said(stop.barred)), one_line=True)
