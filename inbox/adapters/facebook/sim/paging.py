"""Pages of lists, cut by place and not by count, and the address of the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from inbox.adapters.facebook.sim import fields as sim_fields
from inbox.adapters.facebook.sim.call import Call
from inbox.adapters.facebook.sim.fields import Field
from inbox.adapters.facebook.sim.knobs import VERSION
from inbox.adapters.facebook.sim.values import (
    cursor,
    number,
    uncursor,
)
from inbox.adapters.facebook.sim.world import (
    GraphError,
)

LARGEST_PAGE = {"conversations": 200, "messages": 100}


class Paging:
    """Cuts lists into pages for one request."""

    def __init__(self, call: Call) -> None:
        self._call, self._world, self._knobs = call, call.world, call.knobs

    def list(
        self,
        things: Sequence[Any],
        node: str,
        place: Callable[[Any], tuple[float, Any]],
        show: Callable[[Any, Sequence[Field]], Any],
        *,
        path: str,
        fields: Sequence[Field] | None = None,
        params: Mapping[str, str] | None = None,
        limit: int | None = None,
        backwards: bool = True,
    ) -> dict[str, Any]:
        """One page, cut by place and not by count, so that what moves between two calls moves here too."""
        params = self._call.params if params is None else params
        fields = self._call.fields(node) if fields is None else fields
        size = limit if limit is not None else number(params.get("limit"), 25)
        size = min(size, LARGEST_PAGE.get(path.rsplit("/", 1)[-1], 100))
        self._check_amount(size, fields)
        # Old versions put the place into `until`, beside a `__paging_token`.
        old = params.get("until") if "__paging_token" in params else None
        after = uncursor(params.get("after") or old)
        if after is not None:
            things = [t for t in things if (list(place(t)) < after) == backwards and list(place(t)) != after]
        page, more = list(things[:size]), len(things) > size
        shown = [show(t, fields) for t in page if getattr(t, "id", None) not in self._knobs.withheld]
        body: dict[str, Any] = {"data": shown}
        if page:
            cursors = {"before": cursor(place(page[0])), "after": cursor(place(page[-1]))}
            body["paging"] = {"cursors": cursors}
            if more:
                body["paging"]["next"] = self._next_url(path, params, fields, size, cursors["after"])
        return body

    def _check_amount(self, size: int, fields: Sequence[Field]) -> None:
        lists = [f for f in fields if f.name in ("comments", "messages")]
        inner = max((number(f.modifiers.get("limit"), 25) for f in lists), default=1)
        if size * max(inner, 1) > self._knobs.most_things:
            raise GraphError(
                1, "Please reduce the amount of data you're asking for, then retry your request", status=500
            )

    def _next_url(
        self, path: str, params: Mapping[str, str], fields: Sequence[Field], size: int, after: str
    ) -> str:
        kept = {
            k: v for k, v in params.items() if k not in ("after", "before", "access_token", "limit", "fields")
        }
        query = {
            "access_token": self._knobs.token,
            "pretty": "0",
            **kept,
            "fields": sim_fields.show(tuple(fields)),
            "limit": str(size),
            "after": after,
        }
        host = self._call.request.headers.get("host", "graph.facebook.com")
        scheme = "http" if host.startswith(("127.", "localhost")) else "https"
        return self._knobs.next_url(f"{scheme}://{host}/{VERSION}/{path}?{urlencode(query)}")
