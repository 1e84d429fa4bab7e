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
        """Ask whose token it is. Raises AuthExpired or Refused where it is not the Page's."""
        return await self._graph.identify()

    async def read(
        self, surface: Surface, cursor: Mapping[str, Any] | None, since: datetime
    ) -> AsyncIterator[Page]:
        """Yield the pages of `surface`, from `cursor` on, nothing older than `since`; the last one carries the next cursor."""
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
        """Yield one thread again, by its id on the platform."""
        if surface.private:
            return messenger.refresh(self._graph.on(surface), surface, thread)
        return comment_refresh.refresh(self._graph.on(surface), surface, thread)

    async def send(self, outgoing: Outgoing, on_wire: Callable[[], None]) -> Receipt:
        """Send one reply. `on_wire` is called just before the first byte; Uncertain where nobody can know the outcome."""
        self._graph.usage.changed(outgoing.surface, self._clock.now())
        return await send.send(self._graph.on(outgoing.surface), outgoing, on_wire)

    async def show(self, presence: Presence, surface: Surface, contact: Person) -> None:
        """Messenger only: the signs are described for it alone."""
        if surface is Surface.MESSENGER:
            await send.show(self._graph.on(surface), presence, contact)

    async def find(self, outgoing: Outgoing, since: datetime) -> Sightings:
        """Look for a reply whose outcome is unknown among what was published from `since` on."""
        return await send.find(self._graph.on(outgoing.surface), outgoing, since)

    async def do(self, deed: Deed, outgoing: Outgoing, on_wire: Callable[[], None]) -> None:
        """Hide, like, delete or block, and the reverse. Raises as `send` does."""
        await moderation.do(self._graph.on(outgoing.surface), deed, outgoing, on_wire)

    async def whole(self, surface: Surface, thread: str) -> AsyncIterator[Page]:
        """The thread of a comment or post is the conversation itself, so there is nothing more around it."""
        return
        yield

    async def look(self, surface: Surface, asked: Sequence[Asked]) -> Look:
        """Ask whether stored messages still exist; what proves a deletion is in `deletion`."""
        return await deletion.look(self._graph.on(surface), surface, asked)

    def spent(self) -> Mapping[str, int]:
        """Return the calls since the last question, the unit of Facebook's limits."""
        return self._graph.take_spent()

    def pace(self) -> Pace:
        """Tell how much of the limits is used and how much slower reading goes."""
        return self._graph.usage.pace(self._clock.now(), instagram=self._instagram)

    @property
    def limit_scopes(self) -> Sequence[str]:
        """Name whom a limit can hold here: app, sign-in, Page, Instagram account."""
        return ("", self._shared)

    def limits(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the limits in force as JSON, to be kept for the next process."""
        now = self._clock.now()
        usage = self._graph.usage
        return {"": usage.dump(now, shared=False), self._shared: usage.dump(now, shared=True)}

    def restore_limits(self, kept: Mapping[str, Any]) -> None:
        """Take over limits that another process was told."""
        self._graph.usage.load(kept, self._clock.now())

    def try_again(self) -> None:
        """End the waits that Facebook set no time for: the agent wants to know."""
        self._graph.usage.try_again(self._clock.now())

    def held_until(self, surface: Surface) -> datetime | None:
        """Return until when a limit holds `surface`, or None."""
        now = self._clock.now()
        return self._graph.usage.closed_until(now, write=False, area=area_of(surface))

    def interval(self, surface: Surface) -> float:
        """Return the seconds between two readings of `surface`."""
        return self._graph.usage.interval(surface, self._clock.now())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
