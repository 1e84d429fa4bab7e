"""Page after page of one of X's lists, until its end or until it stops making sense."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta

from inbox.adapters.twitter import wire
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.wire import Feed, Json
from inbox.domain.records import replace
from inbox.errors import Unavailable
from inbox.ports.platform import Incoming, Page

FAR_OLDER = timedelta(days=30)
"""A time so much older than the id beside it is wrong. Ids that X made up for its samples are off by days."""
EMPTY_IN_A_ROW = 3
"""A page can be empty and name a next one: the recorded end of a list does, and a slip of the platform may."""


async def walk(
    calls: Calls,
    name: str,
    path: str,
    params: Mapping[str, str],
    parse: Callable[[Json], Feed],
    most: int,
    token: str | None = None,
) -> AsyncIterator[Feed]:
    """The pages of the list at `path`, at most `most` of them, as `parse` understands them.

    A list that repeats a token or shows nothing new (some repeat one post for ever with fresh tokens), or gives
    nothing several times in a row, is ended with a feed that is `odd` and says so in its note.
    """
    tokens: set[str] = set()
    ids: set[str] = set()
    empty = 0
    for _ in range(most):
        body = await calls.get(name, path, {**params, **({"pagination_token": token} if token else {})})
        feed = understood(parse, body)
        yield feed
        token = feed.next_token
        if token is None:
            return
        if token in tokens or (feed.ids and ids.issuperset(feed.ids)):
            yield Feed(note=f"X repeated itself while {name} was read; reading stopped there.", odd=True)
            return
        empty = 0 if feed.ids else empty + 1
        if empty == EMPTY_IN_A_ROW:
            yield Feed(note=f"X gave empty pages without end while {name} was read.", odd=True)
            return
        tokens.add(token)
        ids.update(feed.ids)


def understood(parse: Callable[[Json], Feed], body: Json) -> Feed:
    """The feed in an answer. Raises Unavailable for one that is not of the form X describes."""
    try:
        return parse(body)
    except wire.Malformed as error:
        raise Unavailable(
            f"X's answer was not of the form it describes ({error})",
            code="200 malformed",
            next_step="It is retried automatically.",
        ) from None


def page_of(feed: Feed, *, first: bool, latest: datetime) -> Page:
    """A feed as a step of reading; the first one of a list also says which fields X left out. `latest`: ids of a later
    birth are wrong."""
    notes = [feed.note] if feed.note else []
    if first and feed.missing:
        left_out = ", ".join(feed.missing)
        notes.append(f"X left out what was asked for ({left_out}): names, times or threads may be missing.")
    messages = [dated(message, latest) for message in feed.messages]
    return Page(messages=messages, context=feed.context, poison=feed.poison, notes=notes)


def dated(message: Incoming, latest: datetime) -> Incoming:
    """The message with a time that can be true. An id holds the moment it was given out; by a time that is far older,
    what is new would pass for history."""
    given = wire.born(message.key)
    if message.sent_at is None or given is None or given > latest or message.sent_at >= given - FAR_OLDER:
        return message
    return replace(message, sent_at=given)
