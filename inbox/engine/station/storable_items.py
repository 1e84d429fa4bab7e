"""What a page holds, made fit for the store: texts, people, attachments, ids."""

from __future__ import annotations

from inbox.domain.model import Attachment, Person
from inbox.domain.records import replace
from inbox.domain.text import storable
from inbox.ports.platform import Incoming


def identifiable(incoming: Incoming) -> bool:
    """Return whether every id can be stored as it is: two that were repaired alike would be one."""
    ids = (incoming.key, incoming.remote_id, incoming.thread, incoming.parent, incoming.author.remote_id)
    return not any(storable(one)[1] for one in ids if one is not None)


def plain(text: str | None) -> str | None:
    """Return a text with what no store takes replaced; None for None."""
    return None if text is None else storable(text)[0]


def plain_attachment(attachment: Attachment) -> Attachment:
    """Return an attachment whose name and address can be stored."""
    return replace(attachment, name=plain(attachment.name), url=plain(attachment.url))


def plain_person(person: Person) -> Person:
    """Return a person whose name and handle can be stored; the id is kept as it is."""
    return Person(
        name=plain(person.name or None),
        handle=plain(person.handle or None),
        remote_id=person.remote_id,
    )
