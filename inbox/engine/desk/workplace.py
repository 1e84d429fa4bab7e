"""What every use case of an agent works on: store, clock, agent, timers, platforms, and the log of what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from inbox.domain import reply
from inbox.domain.records import Record, field
from inbox.engine import reply_lessons
from inbox.engine.desk import agents, undo
from inbox.engine.desk.errors import Unknown
from inbox.engine.desk.impersonation import Lookalikes
from inbox.engine.listening_settings import Listening

if TYPE_CHECKING:
    from inbox.domain.model import Conversation, Deed
    from inbox.domain.reply import ReplyWay
    from inbox.domain.sla import Timers
    from inbox.engine.desk.platforms import Platforms
    from inbox.engine.desk.undo import ActionLog, Change
    from inbox.engine.desk.undo_entries import Entry
    from inbox.engine.health import Trouble
    from inbox.ports.clock import Clock
    from inbox.ports.store import Store


class Settings(Record, kw_only=True):
    """What the config decides for an agent. `saved_views`: name to filter expression. `colleagues`: agents whom the
    config names."""

    hold_public: timedelta = timedelta(seconds=10)
    hold_private: timedelta = timedelta(seconds=5)
    saved_views: Mapping[str, str] = field(default_factory=dict)
    colleagues: Sequence[str] = ()
    listening: Listening = Listening()


class Workplace:
    """One agent at one store handle; it belongs to the thread of that handle."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        agent: str,
        timers: Timers,
        platforms: Platforms,
        settings: Settings,
        recall: Callable[[Store, Entry], Change | None],
    ) -> None:
        """Take one store handle, and what the config says. `recall` reads a change that an earlier run kept
        (`undo_history.read`, which knows every topic and so cannot be known here)."""
        self.store = store
        self.clock = clock
        self.agent = agent
        self.timers = timers
        self.platforms = platforms
        self.settings = settings
        self.lookalikes = Lookalikes(store, platforms.accounts)
        self.station_troubles: Callable[[], Sequence[Trouble]] = tuple
        """Returns what does not work in the process that reads and sends, be it this one or another."""
        self._recall = recall
        self._opened_at = clock.now()

    @cached_property
    def log(self) -> ActionLog:
        """What was done here, to be taken back."""
        return undo.ActionLog(
            self.store,
            self.clock,
            agent=self.agent,
            timers=self.timers,
            holds=self.holds,
            deeds=self._deeds,
            recall=partial(self._recall, self.store),
            began=self._opened_at,
        )

    @property
    def holds(self) -> Mapping[bool, timedelta]:
        """How long a reply is held before it leaves, by whether it is private."""
        return {False: self.settings.hold_public, True: self.settings.hold_private}

    def _deeds(self, cid: str) -> frozenset[Deed]:
        return self.platforms.deeds(self.conversation(cid))

    def conversation(self, cid: str) -> Conversation:
        """Return a conversation by its id. Raises Unknown."""
        found = self.store.conversations.get(cid)
        if found is None:
            raise Unknown(f'no conversation "{cid}"; "inbox queue --view all" lists them')
        return found

    def way(self, conversation: Conversation, *, private: bool | None = None) -> ReplyWay:
        """Return how this conversation can be answered now, with what refusals taught about the account."""
        now = self.clock.now()
        way = self.platforms.reply_way(
            conversation,
            now,
            private=private,
            human_agent=conversation.account in self.timers.human_agent,
        )
        if not reply.is_inferred(conversation, way):
            return way
        return reply_lessons.taught(self.store, conversation, way, now)

    def agent_names(self) -> list[str]:
        """Return the names of everybody who works here, this agent first."""
        return agents.known(self.store, self.settings.colleagues, self.agent)
