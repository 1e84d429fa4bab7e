"""Internal notes: messages that never leave the house."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.domain.model import Conversation, Direction, Draft, Message, Person
from inbox.domain.records import replace
from inbox.engine.desk import agents
from inbox.engine.desk.undo import Done, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace
    from inbox.ports.store import Store

BEGUN = "note:"
"""Before the agent's name in the draft of a note, so that it is no draft of a reply."""


def new_note(conversation: Conversation, agent: str, text: str, now: datetime) -> Message:
    key = f"note-{uuid.uuid4().hex}"
    return Message(
        id=f"{conversation.account}:{key}",
        conversation=conversation.id,
        remote_id=key,
        direction=Direction.NOTE,
        author=Person(name=agent),
        text=text,
        sent_at=now,
        received_at=now,
    )


def begun(store: Store, cid: str, agent: str) -> str:
    """The words of a note that is not finished: a draft under a name of its own."""
    draft = store.outbox.draft(cid, BEGUN + agent)
    return draft.text if draft else ""


def begin(store: Store, cid: str, agent: str, text: str, now: datetime) -> None:
    """Keep them; without words nothing is kept."""
    if text.strip():
        store.outbox.put_draft(Draft(conversation=cid, agent=BEGUN + agent, text=text, saved_at=now))
    else:
        store.outbox.delete_draft(cid, BEGUN + agent)


def withdrawn(note: Message, now: datetime) -> Message:
    """Its words are gone from the store too; that there was one stays, for the record."""
    return replace(note, text="", deleted_at=now)


class Noted(Step):
    """A note that stands (`kept`), or was withdrawn."""

    note: Message
    kept: bool = True

    @property
    def touches(self) -> Sequence[str]:
        return [self.note.conversation]

    def reverse(self, log: ActionLog) -> Noted:
        head = log.head(self.note.conversation)
        log.store.messages.put(withdrawn(self.note, log.clock.now()) if self.kept else self.note)
        log.store.conversations.put(log.settled(head))
        return Noted(self.note, not self.kept)


class Notes:
    """Keeps notes for colleagues, by the id of a conversation."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def begun(self, cid: str) -> str:
        """Return the text of a note that is not finished."""
        return begun(self._work.store, cid, self._work.agent)

    def begin(self, cid: str, text: str) -> None:
        """Save a note that is not finished; durable when it returns. No colleague sees it before `add`."""
        begin(self._work.store, cid, self._work.agent, text, self._work.clock.now())

    def add(self, cid: str, text: str) -> Done:
        """Add a note. It never leaves the house and stops no timer; who is named with `@` gets a notice. Raises
        Unknown."""
        work = self._work
        with work.store.transaction():
            self.begin(cid, "")
            head = work.conversation(cid)
            now = work.clock.now()
            note = work.store.messages.put(new_note(head, work.agent, text, now))
            named = agents.named_in(text, work.agent_names())
            head = agents.notify(work.store, head, named, "mentioned", work.agent, now)
            work.store.conversations.put(work.log.settled(head))
            work.log.tell(cid, "noted")
            for name in named:
                work.log.tell(cid, f"{name} was named in a note")
            work.log.remember("noted", Noted(note))
        return Done(what="noted", ids=(cid,))
