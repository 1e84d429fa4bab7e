"""Direct messages: the list of events, of one conversation, one event. Encrypted ones are in none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from inbox.adapters.simkit import Request, Response, answer
from inbox.adapters.twitter.sim.answers import missing
from inbox.adapters.twitter.sim.paging import Pages
from inbox.adapters.twitter.sim.records import Event
from inbox.adapters.twitter.sim.shapes import Shapes
from inbox.adapters.twitter.sim.world import World


class Direct:
    """Answers the endpoints that read direct messages."""

    def __init__(self, world: World, pages: Pages, shapes: Shapes) -> None:
        self._world, self._pages, self._shapes = world, pages, shapes

    def looked_up(self, target: str, params: Mapping[str, str]) -> Response:
        """Answer the look-up of one event."""
        if (event := self._world.events.get(target)) and not self._encrypted(event):
            return answer(200, {"data": self._shapes.event(event, params)})
        return answer(200, {"errors": [missing(target, "event_id", "dm_event")]})

    def page(self, request: Request, wanted: Callable[[Event], bool], lag: bool = False) -> Response:
        """Answer with a page of the events that are wanted. `lag`: in the list that is behind by `dm_lag`."""
        params = request.params
        now = self._world.clock()
        kinds = params.get("event_types", "MessageCreate,ParticipantsJoin,ParticipantsLeave").split(",")
        events = [
            e
            for e in self._world.events.values()
            if wanted(e)
            and not self._encrypted(e)
            and e.kind in kinds
            and (e.visible_at if lag and e.visible_at else e.created_at) <= now
            and e.created_at > now - timedelta(days=30)
        ]
        events.sort(key=lambda e: int(e.id), reverse=True)
        page, more = self._pages.page(events, params, params.get("pagination_token"), 1)
        body: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            body |= {
                "data": [self._shapes.event(e, params) for e in page],
                **self._shapes.direct_includes(page, params),
            }
            more = self._pages.next(page[-1].id) if self._world.leftover_dm_token and more is None else more
        if more:
            body["meta"]["next_token"] = more
        return answer(200, body)

    def _encrypted(self, event: Event) -> bool:
        return event.sender != self._world.me and self._world.people(event.conversation) <= self._world.keyed
