"""What is done on Facebook besides answering (facts/facebook.md#3.4).

    hide, unhide     POST   /{comment or post}             is_hidden=true|false
    like, unlike     POST | DELETE /{comment or post}/likes
    delete           DELETE /{comment}                     our own; gone already is as good
    block, unblock   POST   /{page}/moderate_conversations by the id of a conversation's person. The author of a
                                                           comment has another id that no call takes.

Each of them may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inbox.adapters.facebook.errors import Gone
from inbox.adapters.facebook.graph import Graph, node
from inbox.adapters.facebook.offers import DEEDS
from inbox.domain.model import Deed
from inbox.errors import Refused, Uncertain
from inbox.ports.platform import Outgoing

ACTIONS = {Deed.BLOCK: "BLOCK_USER", Deed.UNBLOCK: "UNBLOCK_USER"}


async def do(graph: Graph, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
    """One request. Raises the family of `inbox.ports`."""
    if deed not in DEEDS.get(outgoing.surface, frozenset()):
        raise Refused(f"Facebook offers no way to {deed} this", next_step="Open it in the browser.")
    if deed in ACTIONS:
        await _moderate(graph, ACTIONS[deed], outgoing, on_wire)
        return
    target = outgoing.item.reply_to
    if target is None or not target.replace("_", "").isdigit():
        raise Refused(
            f"Facebook offers no way to {deed} a private message", next_step="Open it in the browser."
        )
    try:
        answer = await _to_message(graph, deed, target, on_wire)
    except Gone:
        if deed is Deed.DELETE:
            return
        raise
    _check(answer)


async def _to_message(graph: Graph, deed: Deed, target: str, on_wire: Callable[[], None]) -> Any:
    match deed:
        case Deed.HIDE | Deed.UNHIDE:
            # `message` must never stand beside it: that would overwrite the customer's words.
            form = {"is_hidden": "true" if deed is Deed.HIDE else "false"}
            return await graph.tell(node(target), form=form, on_wire=on_wire)
        case Deed.LIKE:
            return await graph.tell(node(target, "likes"), on_wire=on_wire)
        case Deed.UNLIKE:
            return await graph.tell(node(target, "likes"), method="DELETE", on_wire=on_wire)
        case _:
            return await graph.tell(node(target), method="DELETE", on_wire=on_wire)


async def _moderate(graph: Graph, action: str, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
    person = outgoing.item.recipient or outgoing.contact.remote_id
    if not person:
        raise Refused(
            "Facebook did not tell who this is, so nobody can be blocked",
            next_step="Open it in the browser.",
        )
    path = node(await graph.page_id(), "moderate_conversations")
    body = {"actions": [action], "user_ids": [{"id": person}]}
    _check(await graph.tell(path, body=body, on_wire=on_wire))


def _check(answer: Any) -> None:
    """Specs v25.0: `success`, or the node that was changed. Anything else says nothing."""
    said = answer if isinstance(answer, Mapping) else {}
    if said.get("success") is False:
        raise Refused("Facebook did not do it, without a reason", next_step="Open it in the browser.")
    if said.get("success") is not True and not said.get("id"):
        raise Uncertain(
            "Facebook did not say whether it did it",
            code="not told",
            next_step="It is retried automatically; that changes nothing where it was done.",
        )
