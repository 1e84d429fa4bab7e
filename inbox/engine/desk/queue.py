"""The queue: views, their order and rows, what changed, what was found, and how people were answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.domain.filter import Filter, check_names, parse
from inbox.domain.queue import MOVING, Scope, View, views
from inbox.engine import figures, health
from inbox.engine.desk import looking, rows
from inbox.engine.desk.errors import Unknown
from inbox.engine.desk.filter_offers import Offer, offers
from inbox.engine.desk.search import find_messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from inbox.domain.model import Message
    from inbox.domain.statistics import Statistics
    from inbox.engine.desk.rows import Row
    from inbox.engine.desk.workplace import Workplace
    from inbox.engine.health import Today


COUNTED_FOR = timedelta(minutes=10)


class Queue:
    """Reads over all conversations."""

    def __init__(self, work: Workplace) -> None:
        self._work = work
        self._spoken: dict[str, str] = {}
        self._languages_at: datetime | None = None
        self._seen_change = work.store.changes.since(None)[0]

    def views(self) -> tuple[View, ...]:
        """Return the built-in views, then the saved ones of the config. Raises FilterError for a saved filter."""
        saved = tuple(
            View(name=name, title=name, scope=self._filter(text).within(Scope()))
            for name, text in self._work.settings.saved_views.items()
        )
        return (*views(self._work.agent), *saved)

    def scope(self, view: str, filter_text: str = "") -> Scope:
        """Return what a view shows, narrowed by a filter. Raises Unknown for a view, FilterError for a filter."""
        # A filter of the config is read when its view is asked for.
        saved = self._work.settings.saved_views.get(view)
        chosen = next((v.scope for v in views(self._work.agent) if v.name == view), None)
        if saved is not None:
            chosen = self._filter(saved).within(Scope())
        if chosen is None:
            raise Unknown(f'no view "{view}"; there are {", ".join(v.name for v in self.views())}')
        return self._filter(filter_text).within(chosen)

    def _filter(self, text: str) -> Filter:
        work = self._work
        found = parse(text, agent=work.agent, now=work.clock.now(), zone=work.timers.hours.zone)
        check_names(text, work.platforms.accounts, work.agent_names, self._has_conversations)
        return found

    def _has_conversations(self, account: str) -> bool:
        store, now = self._work.store, self._work.clock.now()
        return bool(store.conversations.order(Scope(account=account), now=now, limit=1))

    def order(self, view: str = "waiting", filter_text: str = "", limit: int | None = None) -> list[str]:
        """Return the ids of a view in queue order. Raises Unknown, FilterError."""
        return self._work.store.conversations.order(
            self.scope(view, filter_text), now=self._work.clock.now(), limit=limit
        )

    def filter_offers(self, view: str, filter_text: str) -> list[Offer]:
        """Return what may follow where a filter ends in the middle of an `operator:value`, at most a dozen. Raises
        Unknown for a view."""
        return offers(self._work, view, filter_text, lambda text: self.scope(view, text))

    def rows(self, ids: Sequence[str], words: Sequence[str] = ()) -> dict[str, Row]:
        """Return rows by id; unknown ids are left out. `words`, folded: what was searched for, see `Row.found`."""
        work = self._work
        return rows.rows(work.store, work.agent, work.lookalikes, ids, words, self._languages())

    def _languages(self) -> dict[str, str]:
        """Of each account, as counted a short while ago: it hardly ever changes."""
        now = self._work.clock.now()
        if self._languages_at is None or not timedelta(0) <= now - self._languages_at < COUNTED_FOR:
            self._spoken, self._languages_at = self._work.store.conversations.languages(), now
        return self._spoken

    def look(self, cid: str) -> bool:
        """Keep that the agent looks at a conversation. Returns whether anything there was new to them."""
        return looking.look(self._work.store, self._work.agent, cid)

    def counts(self) -> dict[str, int]:
        """Count the conversations of each view."""
        return self._work.store.conversations.counts(
            {v.name: v.scope for v in self.views()}, now=self._work.clock.now()
        )

    def statistics(self, since: str | None = None, target: timedelta | None = None) -> Statistics:
        """Sum up how people were answered since a date, or for a duration until now. `target`: judge every wait by
        this one in place of its own. Raises ValueError for another text."""
        work = self._work
        return figures.statistics(work.store, work.timers, work.clock.now(), since, target)

    def today(self) -> Today:
        """Sum up the day since midnight in the service hours' time zone."""
        return health.day_so_far(self._work.store, self._work.clock.now(), self._work.timers.hours.zone)

    def turns_at(self, view: str, filter_text: str = "") -> datetime:
        """Return when the queue shows something else next though nobody writes."""
        scopes = [self.scope(view, filter_text), *(v.scope for v in self.views())]
        if any(test.name in MOVING for scope in scopes for test in scope.tests):
            return self._work.clock.now()
        return health.turns_at(self._work.store, self._work.clock.now(), self._work.timers.hours.zone)

    def changes(self) -> set[str] | None:
        """Return the conversations somebody touched since the last call; None when nothing was written at all."""
        if not self._work.store.changes.pending():
            return None
        self._seen_change, touched = self._work.store.changes.since(self._seen_change)
        return touched

    def opens_at(self) -> datetime | None:
        """Return when service resumes; None while it is open, or never does."""
        return self._work.timers.hours.resumes_at(self._work.clock.now())

    def search(self, query: str, limit: int | None = 50) -> list[Message]:
        """Find messages with every word, newest first. Operators of the filter language narrow by conversation; where no
        word is asked for, all messages of those conversations are found. Raises FilterError."""
        return find_messages(self._work.store, self._filter(query), self._work.clock.now(), limit)
