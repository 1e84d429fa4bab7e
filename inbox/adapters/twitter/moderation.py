"""What can be done to posts and direct messages besides answering. All of it may be repeated without harm."""

from __future__ import annotations

from collections.abc import Callable

from inbox.adapters import http
from inbox.adapters.twitter import errors, wire
from inbox.adapters.twitter.calls import Calls
from inbox.adapters.twitter.declaration import DEEDS
from inbox.domain.model import Deed, Surface
from inbox.errors import Refused, Uncertain
from inbox.ports.platform import Outgoing


async def do(calls: Calls, me: str, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
    """Raises the PlatformError family; what is gone already counts as deleted."""
    target = outgoing.item.reply_to or ""
    if deed not in DEEDS[outgoing.surface] or wire.number(target) < 0:
        raise Refused(f"X does not offer this here ({deed})", code="not offered", next_step=errors.BROWSER)
    name, method, path, body, told = _request(deed, me, target, outgoing.surface)
    try:
        answer = await calls.write(name, method, path, on_wire, body)
    except Refused as error:
        if deed is Deed.DELETE and (error.code or "").startswith("404"):
            return
        raise
    wanted = deed not in (Deed.UNHIDE, Deed.UNLIKE)
    said = wire.mapping(answer.body.get("data")).get(told)
    if said is (not wanted):
        raise Refused("X answered that it did not do it", code="not done", next_step=errors.BROWSER)
    if said is not wanted:
        raise Uncertain(
            "X did not say whether it did it",
            code="not told",
            next_step="It is retried automatically; that changes nothing where it was done.",
        )


def _request(
    deed: Deed, me: str, target: str, surface: Surface
) -> tuple[str, str, str, dict[str, object] | None, str]:
    """Endpoint, method, path, body, and the member of the answer that says whether it was done."""
    one = http.segment(target)
    match deed:
        case Deed.HIDE | Deed.UNHIDE:
            return "hide", "PUT", f"/2/tweets/{one}/hidden", {"hidden": deed is Deed.HIDE}, "hidden"
        case Deed.LIKE:
            return "like", "POST", f"/2/users/{http.segment(me)}/likes", {"tweet_id": target}, "liked"
        case Deed.UNLIKE:
            return "like", "DELETE", f"/2/users/{http.segment(me)}/likes/{one}", None, "liked"
        case _ if surface is Surface.DIRECT:
            return "dm delete", "DELETE", f"/2/dm_events/{one}", None, "deleted"
        case _:
            return "delete", "DELETE", f"/2/tweets/{one}", None, "deleted"
