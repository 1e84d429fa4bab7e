"""One thread of comments or one post read again: the top comment (or post) and the newest answers under it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from inbox.adapters.facebook import values, wire_posts
from inbox.adapters.facebook.comment_lists import COMMENTS, comments_shape, post_fields
from inbox.adapters.facebook.comment_threads import parsed, post_thread, thread_messages
from inbox.adapters.facebook.errors import Gone
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.paging import one
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.ports.platform import Incoming, Listed, Page, Poison


async def refresh(graph: Graph, surface: Surface, thread: str) -> AsyncIterator[Page]:
    """The top comment (or visitor post) and the newest answers under it: one or two calls."""
    page_id = await graph.page_id()
    try:
        if surface is Surface.COMMENTS:
            shown, bad, edge = await _comment_thread(graph, thread, page_id)
        else:
            shown, bad, edge = await _post_thread(graph, surface, thread, page_id)
    except Gone:
        key = values.key(thread) if surface is Surface.COMMENTS else values.post_key(thread)
        yield Page(missing=(key,), complete=True, notes=graph.take_notes())
        return
    listed = _listed(thread, shown, edge) if shown and not bad else []
    yield Page(
        messages=tuple(shown), poison=tuple(bad), listed=listed, complete=True, notes=graph.take_notes()
    )


def _listed(thread: str, shown: Sequence[Incoming], edge: values.Edge) -> list[Listed]:
    """What the newest answers of a thread say about those that did not come."""
    oldest = min((m.sent_at for m in shown[1:] if m.sent_at), default=None)
    if edge.next is not None and oldest is None:
        return []
    return [
        Listed(
            parent=thread,
            keys=frozenset(m.key for m in shown),
            since=oldest if edge.next is not None else None,
        )
    ]


_Thread = tuple[list[Incoming], list[Poison], values.Edge]


async def _comment_thread(graph: Graph, thread: str, page_id: str) -> _Thread:
    top = await graph.ask(node(thread), {"fields": wire_posts.FULL_COMMENT_FIELDS})
    edge, _ = await one(graph.ask, node(thread, "comments"), comments_shape, COMMENTS, {})
    # The top comment is older than its answers: last in a list that begins with the newest.
    found, bad = parsed((*edge.items, top))
    post = found[-1].post if found else None
    shown = thread_messages(
        found, surface=Surface.COMMENTS, page_id=page_id, thread=None, post=post, root=None
    )
    # Whatever hangs under this comment is this thread, also where an answer does not name its parent.
    return [replace(message, thread=thread) for message, _ in shown], bad, edge


async def _post_thread(graph: Graph, surface: Surface, thread: str, page_id: str) -> _Thread:
    body = await graph.ask(node(thread), {"fields": post_fields(surface, COMMENTS)})
    try:
        post = replace(wire_posts.post(body), id=thread)
    except values.Unreadable as error:
        return [], [values.poison(body, str(error))], values.EMPTY
    found, bad = parsed(post.comments.items)
    shown = post_thread(post, found, surface, page_id)
    return [message for message, _ in shown], bad, post.comments
