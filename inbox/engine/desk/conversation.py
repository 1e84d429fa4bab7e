"""One conversation, opened: its thread, how it can be answered, why it is due when it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.domain import explain, outbox
from inbox.domain.model import Direction
from inbox.engine.desk import contacts, public_thread, rows

if TYPE_CHECKING:
    from inbox.domain.model import Context
    from inbox.domain.model import Conversation as Head
    from inbox.domain.reply import ReplyWay
    from inbox.engine.desk.rows import Thread
    from inbox.engine.desk.workplace import Workplace


class Conversation:
    """Reads one conversation by its id."""

    def __init__(self, work: Workplace) -> None:
        self._work = work

    def get(self, cid: str) -> Head:
        """Return its head. Raises Unknown."""
        return self._work.conversation(cid)

    def thread(self, cid: str) -> Thread:
        """Return everything a person sees of it. Raises Unknown."""
        work, conversation = self._work, self.get(cid)
        stored = work.store.messages.of_conversation(cid)
        messages = [m for m in stored if m.shown]
        return rows.Thread(
            conversation=conversation,
            way=self.way(conversation),
            messages=[m for m in messages if m.direction is not Direction.NOTICE],
            missing=[m for m in stored if not m.shown],
            context=public_thread.context_around(work.store, conversation.account, stored),
            replies=[
                i
                for i in work.store.outbox.items(conversation=cid)
                if i.phase is not outbox.Phase.SENT and i.deed is None
            ],
            draft=work.store.outbox.draft(cid, work.agent),
            events=rows.with_notices(work.store.small_things.events(cid), messages),
            posing=work.lookalikes.in_thread(messages),
            joined=contacts.joined_with(work.store, contacts.contact_of(conversation)),
            late=rows.read_late(work.store, conversation, messages),
        )

    def way(self, conversation: Head, *, private: bool | None = None) -> ReplyWay:
        """Return how it can be answered now. `private` None: the way that is offered first."""
        return self._work.way(conversation, private=private)

    def why(self, cid: str) -> list[str]:
        """Explain its due time, a line for each step."""
        work = self._work
        return explain.explain(
            self.get(cid), work.timers, work.clock.now(), work.store.messages.of_conversation(cid)
        )

    def public_thread(self, cid: str) -> list[Context]:
        """Return everything known of the public thread around it, by time."""
        conversation = self.get(cid)
        found = self._work.store.messages.context_under(
            conversation.account, conversation.thread.split(":")[0]
        )
        return [public_thread.as_shown(c) for c in found]
