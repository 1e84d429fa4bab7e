"""Other words for a message than those that are stored, where the platform names no edit.

X gives each edit an id of its own, so other words under the same id mean that one of two answers was wrong. What is
shown last is what counts; what was stored before is kept beside it, and is no edit of the customer's. Facebook shows an
edit of a comment in the same way as a wrong answer: only what it shows next tells them apart (`rewritten`).
"""

from __future__ import annotations

import zlib
from datetime import datetime

from inbox.domain.model import Attachment, Message, Person, Version
from inbox.domain.records import replace

MOST = 8
"""Wrong texts kept for one message: the first and the newest."""


def corrected(message: Message, text: str, now: datetime) -> Message:
    """The message with `text`; the one it had is kept as misread, unless it said nothing."""
    if message.text == text:
        return message
    kept = [v for v in message.versions if not (v.misread and v.text == text)]
    misread = [v for v in kept if v.misread]
    if message.text.strip() and not any(v.text == message.text for v in kept):
        misread.append(Version(text=message.text, until=now, misread=True))
    misread = [*misread[:1], *misread[1:][-(MOST - 1) :]]
    edits = [v for v in kept if not v.misread]
    return replace(message, text=text, versions=tuple(sorted([*edits, *misread], key=lambda v: v.until)))


def rewritten(message: Message, text: str, now: datetime) -> Message:
    """The message with `text`, on a platform that gives an edit neither an id nor a time. Other words are an edit until
    those before them are shown again: then what was shown between was wrong. What was wrong once and is shown once more
    is an edit after all, and an old answer came between."""
    edits = message.edits
    if edits and edits[-1].text == text:
        left = tuple(v for v in message.versions if v != edits[-1])
        return corrected(
            replace(message, versions=left, edited_at=edits[-2].until if len(edits) > 1 else None), text, now
        )
    left = tuple(v for v in message.versions if not (v.misread and v.text == text))
    return with_version(replace(message, text=text, edited_at=now, versions=left), message.text, now)


def with_version(message: Message, old: str, until: datetime) -> Message:
    """The message with an earlier text of it, unless that is known."""
    if any(version.text == old for version in message.versions):
        return message
    versions = sorted((*message.versions, Version(text=old, until=until)), key=lambda v: v.until)
    return replace(message, versions=tuple(versions))


def digest(text: str) -> str:
    """Tells two texts apart without holding either."""
    return f"{zlib.crc32(text.encode('utf-8', 'replace')):08x}"


def author(shown: Person, known: Person) -> Person:
    """Who wrote a message: an answer that leaves the name out does not take it away."""
    if shown == Person():
        return known
    if shown.remote_id is None or shown.remote_id != known.remote_id:
        return shown
    return replace(shown, name=shown.name or known.name, handle=shown.handle or known.handle)


def attachments(
    shown: tuple[Attachment, ...], known: tuple[Attachment, ...], *, same_text: bool
) -> tuple[Attachment, ...]:
    """What is attached: the same files without their links are the files that are known."""
    same = same_text and [a.kind for a in shown] == [a.kind for a in known]
    if not same:
        return shown
    return tuple(
        replace(a, name=a.name or b.name, url=a.url or b.url) for a, b in zip(shown, known, strict=True)
    )
