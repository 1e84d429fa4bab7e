"""Whether comments and posts still stand, asked one by one (FACTS 5): the rounds compare those under the newest posts
only, and what is older would change unseen.

One call each, so it ends where a limit comes near. "No longer there" is also what a lost permission looks like: where
nothing at all can be found any more, nothing is proved.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from inbox.adapters.facebook import values, wire
from inbox.adapters.facebook.errors import Gone
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.usage import WIDEN_AT
from inbox.domain.model import Surface
from inbox.errors import Refused
from inbox.ports import Incoming, Page, tombstone

PROVES_LITTLE = 3
"""From so many on, all of them gone at once is no deletion but something that we may no longer see."""
NOTHING_FOUND = "Facebook finds none of the older comments any more; a permission may be missing, so nothing was taken as deleted"


async def recheck(graph: Graph, surface: Surface, remote_ids: Sequence[str]) -> AsyncIterator[Page]:
    """Tombstones for what is gone, and comments as they stand now."""
    page_id, found, gone = await graph.page_id(), list[Incoming](), list[Incoming]()
    fields = wire.FULL_COMMENT_FIELDS if surface is Surface.COMMENTS else "id"
    stands = 0
    for remote_id in remote_ids:
        if (graph.usage.pace(graph.clock.now()).percent_used or 0) >= WIDEN_AT:
            break
        try:
            raw = await graph.ask(node(remote_id), {"fields": fields})
        except Gone:
            gone.append(tombstone(values.key(remote_id), remote_id, surface))
            continue
        except Refused:
            continue
        stands += 1
        if surface is Surface.COMMENTS:
            found += _as_it_stands(raw, page_id)
    if not stands and len(gone) >= PROVES_LITTLE:
        graph.note(NOTHING_FOUND)
        gone = []
    if found or gone:
        yield Page(messages=(*found, *gone), notes=graph.take_notes())


def _as_it_stands(raw: object, page_id: str) -> list[Incoming]:
    """The comment, for the conversation that holds it already."""
    try:
        comment = wire.comment(raw)
    except values.Unreadable:
        return []
    return [
        wire.comment_message(
            comment, thread=None, surface=Surface.COMMENTS, page_id=page_id, post=None, root=None
        )
    ]
