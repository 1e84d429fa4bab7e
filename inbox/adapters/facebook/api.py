"""The Facebook adapter: one Page behind the interface of `inbox.ports.Adapter`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from inbox.adapters.facebook import comment_refresh, comments, deletion, messenger, moderation, send
from inbox.adapters.facebook.graph import Graph
from inbox.adapters.facebook.usage import area_of
from inbox.domain.model import Deed, Person, Surface
from inbox.ports.clock import Clock
from inbox.ports.platform import Asked, Identity, Look, Outgoing, Pace, Page, Presence, Receipt, Sightings
from inbox.ports.secrets import TokenSource

if TYPE_CHECKING:
    import httpx

    from inbox.config.model import Account


class Facebook:
    """One Page. Reads may be repeated by the caller; a reply is sent once."""

    def __init__(self, account: Account, client: httpx.AsyncClient, token: TokenSource, clock: Clock) -> None:
        self._graph = Graph(account, client, token, clock)
        self._instagram = any(name.startswith(Surface.INSTAGRAM.value) for name in account.surfaces)
        self._shared = f"facebook app {account.client_id or 'unknown'}"
        self._client = client
        self._clock = clock

    async def identify(self) -> Identity:
        return await self._graph.identify()

    async def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
    ) -> AsyncIterator[Page]:
        graph = self._graph.on(surface)
        if surface.private:
            pages = messenger.read(graph, surface, cursor, since)
        else:
            pages = comments.read(graph, surface, cursor, since)
        async for page in pages:
            # Conversations of the overlap are read at every round; only the watermark tells that one moved.
            moved = page.cursor not in (None, cursor) if surface.private else bool(page.messages)
            if moved:
                self._graph.usage.changed(surface, self._clock.now())
            yield page

    def refresh(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        if surface.private:
            return messenger.refresh(self._graph.on(surface), surface, thread)
        return comment_refresh.refresh(self._graph.on(surface), surface, thread)

    async def send(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        self._graph.usage.changed(outgoing.surface, self._clock.now())
        return await send.send(self._graph.on(outgoing.surface), outgoing, on_wire)

    async def show(self, presence: Presence, surface: Surface, contact: Person) -> None:
        """Messenger only: the signs are described for it alone."""
        if surface is Surface.MESSENGER:
            await send.show(self._graph.on(surface), presence, contact)

    async def find(self, outgoing: Outgoing, since: datetime) -> Sightings:
        return await send.find(self._graph.on(outgoing.surface), outgoing, since)

    async def do(self, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
        await moderation.do(self._graph.on(outgoing.surface), deed, outgoing, on_wire)

    async def whole(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        """The thread of a comment or post is the conversation itself, so there is nothing more around it."""
        return
        yield

    async def look(self, surface: Surface, asked: Sequence[Asked]) -> Look:
        return await deletion.look(self._graph.on(surface), surface, asked)

    def spent(self) -> Mapping[str, int]:
        return self._graph.take_spent()

    def pace(self) -> Pace:
        return self._graph.usage.pace(self._clock.now(), instagram=self._instagram)

    @property
    def limit_scopes(self) -> Sequence[str]:
        return ("", self._shared)

    def limits(self) -> Mapping[str, Mapping[str, Any]]:
        now = self._clock.now()
        usage = self._graph.usage
        return {"": usage.dump(now, shared=False), self._shared: usage.dump(now, shared=True)}

    def restore_limits(self, kept: Mapping[str, Any]) -> None:
        self._graph.usage.load(kept, self._clock.now())

    def try_again(self) -> None:
        self._graph.usage.try_again(self._clock.now())

    def held_until(self, surface: Surface) -> datetime | None:
        now = self._clock.now()
        return self._graph.usage.closed_until(now, write=False, area=area_of(surface))

    def interval(self, surface: Surface) -> float:
        return self._graph.usage.interval(surface, self._clock.now())

    async def aclose(self) -> None:
        await self._client.aclose()
