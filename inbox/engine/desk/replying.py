"""Replies: how long they may be, what they cost, which files may go along, and their way into the outbox."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from inbox.domain import outbox, parts
from inbox.domain.model import Deed, Direction, Draft
from inbox.domain.outbox import ALLOWED, OutboxItem, Phase, move
from inbox.domain.records import replace
from inbox.domain.text import sendable
from inbox.engine.desk import drafts, files, passing_on
from inbox.engine.desk.drafts import Drafted, given_back
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.desk.moderation import new_deed
from inbox.engine.desk.outbox import put_back, since
from inbox.engine.desk.undo import Step
from inbox.engine.station import staleness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inbox.domain.model import AttachedFile, Conversation
    from inbox.engine.desk.drafts import Drafts, Reply
    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace
    from inbox.ports.platform import FileRule, Length


class Sent(Step):
    """A reply in one or more parts that took its draft along."""

    replies: ClassVar[int] = 1
    items: tuple[str, ...]
    draft: Draft

    @property
    def touches(self) -> Sequence[str]:
        return [self.draft.conversation]

    def reverse(self, log: ActionLog) -> Step | None:
        items = [log.item(oid) for oid in self.items]
        held = [item for item in items if Phase.CANCELLED in ALLOWED[item.phase]]
        if not held:
            _delete(items[-1], log)
            return None
        for item in held:
            log.store.outbox.put(move(item, Phase.CANCELLED, reason=None, next_step=None))
        back = self.draft if len(held) == len(items) else given_back(held, log.agent, log.clock.now())
        drafted = Drafted(self.draft.conversation, None, back).reverse(log)
        return Unsent(tuple(held), drafted)


class Unsent(Step):
    """A reply that was taken back: `items` as they stood until then."""

    replies: ClassVar[int] = 1
    items: tuple[OutboxItem, ...]
    drafted: Drafted

    @property
    def touches(self) -> Sequence[str]:
        return [self.drafted.cid]

    def reverse(self, log: ActionLog) -> Sent:
        for item in self.items:
            current = log.item(item.id)
            if current.phase is not Phase.CANCELLED:
                raise NotAllowed(f"It is {current.state} already.")
            put_back(item, log)
        draft = self.drafted.there
        assert draft is not None
        self.drafted.reverse(log)
        return Sent(tuple(item.id for item in self.items), draft)


def _delete(item: OutboxItem, log: ActionLog) -> None:
    """A reply that is out is deleted there, where the platform lets us."""
    if item.phase is not Phase.SENT:
        raise NotAllowed(since(item))
    messages = log.store.messages.of_conversation(item.conversation)
    sent = next((m for m in messages if m.outbox == item.id and m.direction is Direction.OUT), None)
    head = log.store.conversations.get(item.conversation)
    if sent is None or head is None or Deed.DELETE not in log.deeds(head.id):
        raise NotAllowed("It is out, and the platform has no way to take it back.")
    log.store.outbox.put(new_deed(Deed.DELETE, head, sent, log.agent, log.clock.now()))
    log.tell(head.id, f"asked for: {Deed.DELETE}")


class Replying:
    """Answers conversations by their ids. Nothing leaves the machine here: replies wait in the outbox."""

    def __init__(self, work: Workplace, written: Drafts) -> None:
        self._work = work
        self._drafts = written

    def length(self, cid: str, text: str, private: bool) -> Length:
        """Measure a text by the platform's own rule for the way the reply would take. Raises Unknown."""
        return self.ruler(cid)(text, private)

    def ruler(self, cid: str) -> Callable[[str, bool], Length]:
        """Return `length` of one conversation, for every character typed: it asks no store, and any thread may call
        it. Raises Unknown."""
        return partial(self._work.platforms.length, self._work.conversation(cid))

    def price(self, cid: str, text: str, private: bool | None = None) -> float | None:
        """Return what sending it costs, in US dollars (on X a link makes it many times dearer); None where the
        platform charges nothing. Raises Unknown."""
        conversation = self._work.conversation(cid)
        return self._work.platforms.price(conversation, text, self._goes_private(conversation, private))

    def file_rule(self, cid: str, private: bool | None = None) -> FileRule | None:
        """Return which files may go with a reply here; None where none may. Raises Unknown."""
        return self._rule(self._work.conversation(cid), private)

    def _rule(self, conversation: Conversation, private: bool | None) -> FileRule | None:
        return self._work.platforms.files(conversation, self._goes_private(conversation, private))

    def _goes_private(self, conversation: Conversation, private: bool | None) -> bool:
        return self._work.way(conversation, private=private).how == "private"

    def reply(self, cid: str, written: Reply) -> OutboxItem:
        """Put a reply into the outbox and drop the draft, in one commit. Where somebody else was quicker, it waits
        there as stale, with the reason: the agent is asked.

        Where a text and a file are two messages, the file goes first, and the text after it is surely out. Raises
        NotAllowed with the platform's rule in words, also where a file of the draft is no longer the one that was
        attached.
        """
        work = self._work
        written = replace(written, text=sendable(written.text))
        with work.store.transaction():
            known = work.store.outbox.by_key(written.key)
            if known is not None:
                return known
            going = drafts.attached(self._drafts.get(cid), written.files, written.file_texts)
            conversation = work.conversation(cid)
            items: list[OutboxItem] = []
            if going and written.text.strip() and self._goes_apart(conversation, written.private):
                file = replace(written, text="", key=f"{written.key}-file", resolve=False)
                items.append(self._queue(conversation, file, going))
                items.append(self._queue(conversation, written, after=items[0].id))
            else:
                items.append(self._queue(conversation, written, going))
            work.store.outbox.delete_draft(cid, work.agent)
            self._sent(items, written.text if written.typed else "", going)
        return items[-1]

    def _goes_apart(self, conversation: Conversation, private: bool | None) -> bool:
        """Tell whether a text and a file are two messages here."""
        rule = self._rule(conversation, private)
        return rule is not None and not rule.with_text

    def _queue(
        self,
        conversation: Conversation,
        written: Reply,
        going: tuple[AttachedFile, ...] = (),
        after: str | None = None,
    ) -> OutboxItem:
        """Put one item into the outbox, checked by every rule. Call it inside a transaction."""
        work, is_private = self._work, self._allowed(conversation, written, going)
        now = work.clock.now()
        item = outbox.OutboxItem(
            id=uuid.uuid4().hex,
            key=written.key,
            conversation=conversation.id,
            account=conversation.account,
            agent=work.agent,
            text=written.text,
            private=is_private,
            created_at=now,
            not_before=now + (work.holds[is_private] if written.hold is None else written.hold),
            reply_to=conversation.last_in_id,
            recipient=conversation.contact.remote_id,
            seen_seq=conversation.last_seq if written.seen_seq is None else written.seen_seq,
            also_resolve=written.resolve,
            files=tuple(file.path for file in going),
            file_texts=tuple(file.shows for file in going),
            attached=going,
            after=after,
        )
        item = staleness.asked_first(work.store, item, anyway=written.anyway)
        work.store.outbox.put(item)
        counted = passing_on.counted(written.text)
        work.log.tell(conversation.id, "put a reply into the outbox", item=item.id, **counted)
        return item

    def _allowed(self, conversation: Conversation, written: Reply, going: tuple[AttachedFile, ...]) -> bool:
        """Return whether the reply goes private. Raises NotAllowed where a rule speaks against it."""
        way = self._work.way(conversation, private=written.private)
        if not way.allowed:
            raise NotAllowed(way.reason or "")
        is_private = way.how == "private"
        paths = tuple(file.path for file in going)
        said = files.trouble(paths, self._rule(conversation, written.private) if paths else None)
        if said is not None:
            raise NotAllowed(said)
        text = written.text
        if not text.strip() and not paths:
            raise NotAllowed("The reply is empty.")
        length = self._work.platforms.length(conversation, text, is_private)
        if text.strip() and length.over:
            raise NotAllowed(f"Too long: {length.used} of {length.limit}. Shorten it, then send again.")
        return is_private

    def _sent(self, items: Sequence[OutboxItem], text: str, going: tuple[AttachedFile, ...]) -> None:
        """Remember the reply, which took its draft along: undo gives it back, and once more the draft it grew
        from."""
        log = self._work.log
        draft = drafts.taken_along(items, text, going)
        self._drafts.taken_along(draft)
        log.remember(
            "the reply",
            Sent(tuple(item.id for item in items), draft),
            told="the reply was taken back; the draft has it",
            writing=items[0].conversation,
        )

    def parts(self, cid: str, text: str, private: bool) -> list[str]:
        """Split the text into the numbered posts it would go out as; one if it fits. Raises NotAllowed."""
        ruler = self.ruler(cid)
        try:
            return parts.split(text, lambda piece: not ruler(piece, private).over)
        except parts.TooManyParts as error:
            raise NotAllowed(f"Too long: {error}.") from None

    def reply_in_parts(self, cid: str, written: Reply) -> list[OutboxItem]:
        """Send an over-long reply as a numbered thread: each part leaves only after the one before is surely out.

        As in `reply`; files go with the first part. Undo takes back what has not left.
        """
        work, conversation = self._work, self._work.conversation(cid)
        pieces = self.parts(cid, written.text, self._goes_private(conversation, written.private))
        keys = [f"{written.key}-{number}" for number in range(1, len(pieces) + 1)]
        with work.store.transaction():
            known = [work.store.outbox.by_key(key) for key in keys]
            if known[0] is not None:
                return [item for item in known if item is not None]
            going = drafts.attached(self._drafts.get(cid), written.files, written.file_texts)
            conversation = work.conversation(cid)
            items: list[OutboxItem] = []
            for key, piece in zip(keys, pieces, strict=True):
                last = key == keys[-1]
                part = replace(written, text=sendable(piece), key=key, resolve=written.resolve and last)
                after = items[-1].id if items else None
                items.append(self._queue(conversation, part, () if items else going, after))
            work.store.outbox.delete_draft(cid, work.agent)
            self._sent(items, written.text, going)
        return items
