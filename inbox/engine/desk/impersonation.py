"""Who could be taken for one of us: an agent must not answer them as a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain.model import Direction
from inbox.domain.text import looks_like
from inbox.engine import health

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inbox.domain.model import Message, Person
    from inbox.ports.store import Store

NAMES_KEPT = 20_000


class Lookalikes:
    """Who could be taken for one of our accounts, or for the program's own words. Names come again and again, so what
    was found is kept until our own names change."""

    def __init__(self, store: Store, accounts: Iterable[str]) -> None:
        self._store = store
        self._accounts = tuple(accounts)
        self._ours: tuple[str, ...] = ()
        self._found: dict[Person, bool] = {}

    def among(self, people: Iterable[Person]) -> frozenset[Person]:
        """Those whose name or handle looks like ours."""
        ours = tuple(self._names())
        if ours != self._ours or len(self._found) > NAMES_KEPT:
            self._ours, self._found = ours, {}
        return frozenset(who for who in people if self._looks_like_us(who))

    def in_thread(self, messages: Sequence[Message]) -> frozenset[str]:
        """Ids of the messages they wrote."""
        arrived = [m for m in messages if m.direction is Direction.IN]
        found = self.among({m.author for m in arrived})
        return frozenset(m.id for m in arrived if m.author in found)

    def _names(self) -> Iterable[str]:
        for account in self._accounts:
            kept = self._store.small_things.setting(health.health_key(account)) or {}
            yield from (name for name in (kept.get("name"), kept.get("handle")) if name)

    def _looks_like_us(self, who: Person) -> bool:
        if who not in self._found:
            self._found[who] = any(looks_like(name, self._ours) for name in (who.name, who.handle) if name)
        return self._found[who]
