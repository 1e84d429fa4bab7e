"""Ids of stored messages: they carry their kind, so that a comment and a message can never be one record.

Platforms number each kind of thing by itself. Public ones keep their bare key, private ones have their kind before it
("acme:direct:17"), and adapters put a kind before what is no comment among comments ("post:17"). Stores of a time
before that hold private messages and posts under bare keys; those keep their ids, and are found under them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.model import Message, Surface
from inbox.ports.platform import POST_KEY

if TYPE_CHECKING:
    from inbox.ports.store import Store

_KINDS = {
    Surface.DIRECT: "direct:",
    Surface.MESSENGER: "message:",
    Surface.INSTAGRAM: "instagram:",
}
_HEADS = (Surface.VISITOR_POSTS, Surface.TAGGED)
"""Surfaces whose conversations begin with a post."""


def _kind(surface: Surface) -> str:
    """Return what the keys of a surface begin with; "" for public ones, which share one numbering."""
    return _KINDS.get(surface, f"{surface}:" if surface.private else "")


def stored_key(surface: Surface, key: str) -> str:
    """Return `key` with the kind that messages of a private surface carry; one that has it already is kept."""
    kind = _kind(surface)
    return key if key.startswith(kind) else f"{kind}{key}"


def find(
    store: Store, account: str, surface: Surface, key: str, *, answers: bool
) -> tuple[str, Message | None]:
    """Return the id of a message of `surface` and, where it is stored, the message.

    `answers`: it hangs under another one, as a comment under a post does.
    """
    own = stored_key(surface, key)
    mid = f"{account}:{own}"
    known = store.messages.get(mid)
    bare = own.removeprefix(_kind(surface)).removeprefix(POST_KEY)
    if own != bare:
        if known is None and (older := store.messages.get(f"{account}:{bare}")) is not None:
            same_kind = _surface(older) is surface and (surface.private or older.reply_to is None)
            return (older.id, older) if same_kind else (mid, None)
        return mid, known
    if known is not None and _other_kind(known, surface, answers=answers):
        mid = f"{account}:public:{key}"  # beside a record of an older store
        return mid, store.messages.get(mid)
    return mid, known


def possible_keys(surface: Surface, key: str) -> tuple[str, ...]:
    """Return every key under which a message of `surface` may be stored, also by an earlier version."""
    own = stored_key(surface, key)
    bare = own.removeprefix(_kind(surface)).removeprefix(POST_KEY)
    return (own, bare, f"public:{key}")


def of_any_kind(store: Store, account: str, key: str) -> list[Message]:
    """Return whatever is stored under a key, of each kind."""
    found = (store.messages.get(f"{account}:{kind}{key}") for kind in ("", *_KINDS.values()))
    return [message for message in found if message is not None]


def _other_kind(older: Message, surface: Surface, *, answers: bool) -> bool:
    """A private message, or a post, that an older store holds under the bare key of something public."""
    held = _surface(older)
    post = held in _HEADS and older.reply_to is None
    return not surface.private and (held.private or (post and answers))


def _surface(message: Message) -> Surface:
    return Surface(message.conversation.split(":", 2)[1])
