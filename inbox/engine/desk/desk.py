"""The agent's desk: every use case once, for the screen and for the command line alike.

A use case loads, applies a rule of the domain, writes once, and says what it did. The use cases are in the files beside
this one, by topic; `Desk` is their face: `desk.queue.order()`, `desk.triage.resolve(ids)`. All are synchronous and
belong to the thread that owns the store handle; the screen calls them through `session.Session.call`. A topic is loaded
when it is used first.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from inbox.engine.desk import (
    accounts,
    conversation,
    drafts,
    listening,
    moderation,
    notes,
    outbox,
    people,
    queue,
    reply_walk,
    replying,
    triage,
    undo_history,
    upkeep,
    workplace,
)

if TYPE_CHECKING:
    from inbox.domain.sla import Timers
    from inbox.engine.desk.accounts import Accounts
    from inbox.engine.desk.conversation import Conversation
    from inbox.engine.desk.drafts import Drafts
    from inbox.engine.desk.listening import Listening
    from inbox.engine.desk.moderation import Moderation
    from inbox.engine.desk.notes import Notes
    from inbox.engine.desk.outbox import Outbox
    from inbox.engine.desk.people import People
    from inbox.engine.desk.platforms import Platforms
    from inbox.engine.desk.queue import Queue
    from inbox.engine.desk.reply_walk import ReplyWalk
    from inbox.engine.desk.replying import Replying
    from inbox.engine.desk.triage import Triage
    from inbox.engine.desk.undo import Change, Done
    from inbox.engine.desk.undo_entries import Entry
    from inbox.engine.desk.upkeep import Upkeep
    from inbox.engine.desk.workplace import Settings
    from inbox.ports.clock import Clock
    from inbox.ports.store import Store


class Desk:
    """The use cases of one agent, by topic."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        agent: str,
        timers: Timers,
        platforms: Platforms,
        settings: Settings | None = None,
        notice: str = "",
    ) -> None:
        """Take the desk. `settings` None: those of a config that decides nothing. `notice`: what the agent must be told
        about the store, such as a restored backup."""
        self.notice = notice
        self.workplace = workplace.Workplace(
            store,
            clock,
            agent=agent,
            timers=timers,
            platforms=platforms,
            settings=settings or workplace.Settings(),
            recall=_recall,
        )
        self.queue: Queue = queue.Queue(self.workplace)

    @cached_property
    def conversation(self) -> Conversation:
        """One conversation, opened."""
        return conversation.Conversation(self.workplace)

    @cached_property
    def triage(self) -> Triage:
        """Decisions about conversations."""
        return triage.Triage(self.workplace, self.drafts)

    @cached_property
    def drafts(self) -> Drafts:
        """The agent's own drafts of replies."""
        return drafts.Drafts(self.workplace)

    @cached_property
    def replying(self) -> Replying:
        """Replies and what the platform says about them."""
        return replying.Replying(self.workplace, self.drafts)

    @cached_property
    def walk(self) -> ReplyWalk:
        """The same answer to many, one by one."""
        return reply_walk.ReplyWalk(
            self.workplace, self.conversation, self.drafts, self.replying, self.triage
        )

    @cached_property
    def notes(self) -> Notes:
        """Notes for colleagues."""
        return notes.Notes(self.workplace)

    @cached_property
    def people(self) -> People:
        """Who stands behind a conversation."""
        return people.People(self.workplace)

    @cached_property
    def moderation(self) -> Moderation:
        """What is done to messages and persons on the platform."""
        return moderation.Moderation(self.workplace)

    @cached_property
    def outbox(self) -> Outbox:
        """What has not left the machine, or needs a word."""
        return outbox.Outbox(self.workplace)

    @cached_property
    def accounts(self) -> Accounts:
        """Account status."""
        return accounts.Accounts(self.workplace)

    @cached_property
    def listening(self) -> Listening:
        """What is said about us: surges, topics."""
        return listening.Listening(self.workplace)

    @cached_property
    def upkeep(self) -> Upkeep:
        """What follows from a changed config."""
        return upkeep.Upkeep(self.workplace)

    def undo(self) -> Done:
        """Take back the last change: a decision, bulk too, a note, a draft, a reply that is still held.

        Raises NothingToUndo, NotAllowed where it is too late, or Conflict saying who changed it meanwhile; the next
        call then takes back the change before it.
        """
        return self.workplace.log.undo()

    def redo(self) -> Done:
        """Do again what was taken back. Raises as `undo` does."""
        return self.workplace.log.redo()

    def close(self) -> None:
        """Let go of the store."""
        self.workplace.store.close()


def _recall(store: Store, entry: Entry) -> Change | None:
    return undo_history.read(store, entry)  # loaded when something is taken back
