"""Drafts of replies: kept while they are written, the files that go along, and the text that comes back."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from inbox.domain.model import AttachedFile, Conversation, Draft
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import Record, field, replace
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.desk.files import altered, attach, on_hand
from inbox.engine.desk.undo import Step
from inbox.errors import Conflict

if TYPE_CHECKING:
    from inbox.engine.desk.undo import ActionLog
    from inbox.engine.desk.workplace import Workplace

DRAFT, AS_BEFORE = "the draft", "the draft is as it was before"
"""What undo calls a draft, and what it says when the draft is back."""


class Reply(Record):
    """What an agent sends. `private` None: the way the conversation offers first. `key`: the same one twice is one reply.
    `hold` None: as long as the config says. `seen_seq`: the newest message the agent has seen (None: all). `files` are
    paths, read when the reply leaves; `file_texts` say what each shows. `anyway`: although somebody else answers too.
    `typed`: False for a canned text that nobody typed, of which no draft is left when it is taken back."""

    text: str
    private: bool | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    hold: timedelta | None = None
    resolve: bool = False
    seen_seq: int | None = None
    files: Sequence[str] = ()
    file_texts: Sequence[str] = ()
    anyway: bool = False
    typed: bool = True


def attached(draft: Draft | None, paths: Sequence[str], texts: Sequence[str]) -> tuple[AttachedFile, ...]:
    """Files as the draft knows them, else as they are now; `texts` say what each shows. Raises NotAllowed where
    one of the draft's is no longer the file that was attached."""
    known = {file.path: file for file in draft.files} if draft else {}
    now = [attach(path, shows) for path, shows in zip(paths, (*texts, *("" for _ in paths)), strict=False)]
    files = tuple(replace(known.get(file.path, file), shows=file.shows) for file in now)
    said = altered(file for file in files if file.path in known)
    if said is not None:
        raise NotAllowed(f"{said} Attach it again, or take it off.")
    return files


def taken_along(items: Sequence[OutboxItem], text: str, files: tuple[AttachedFile, ...]) -> Draft:
    """The draft that a reply, in one or more parts, was made of."""
    first = items[0]
    return Draft(
        conversation=first.conversation,
        agent=first.agent,
        text=text,
        saved_at=first.created_at,
        seen_seq=first.seen_seq,
        private=first.private,
        files=files,
    )


def given_back(items: Sequence[OutboxItem], agent: str, now: datetime) -> Draft:
    """The words and files of unsent replies, as one draft of an agent."""
    files = dict.fromkeys(file for item in items for file in on_hand(item))
    text = "\n\n".join(item.text for item in items if item.text.strip())
    return replace(taken_along(items, text, tuple(files)), agent=agent, saved_at=now)


def in_front(old: Draft, current: Draft | None) -> Draft:
    """What comes back stands before what was begun since: no word of either is lost."""
    if current is None:
        return old
    files = dict.fromkeys((*old.files, *current.files))
    text = "\n\n".join(filter(str.strip, (old.text, current.text)))
    return replace(current, text=text, files=tuple(files))


def content(draft: Draft | None) -> tuple[object, ...]:
    """What of a draft the agent made; an empty one is none."""
    if draft is None or not (draft.text.strip() or draft.files):
        return ()
    return draft.text, draft.private, draft.files


class Drafted(Step):
    """The agent's own draft of a conversation."""

    public: ClassVar[bool] = False  # nobody else needs to know what an agent wrote and took back
    cid: str
    there: Draft | None
    wanted: Draft | None

    @property
    def touches(self) -> Sequence[str]:
        return [self.cid]

    def reverse(self, log: ActionLog) -> Drafted:
        log.head(self.cid)
        current = log.store.outbox.draft(self.cid, log.agent)
        wanted = self.wanted
        if content(current) != content(self.there):
            if current is None or wanted is None or self.there is not None:
                raise Conflict(current, f"{log.agent} changed the draft meanwhile, in another window.")
            wanted = in_front(wanted, current)
        if wanted is None or not content(wanted):
            log.store.outbox.delete_draft(self.cid, log.agent)
        else:
            log.store.outbox.put_draft(wanted)
        return Drafted(self.cid, wanted, current)


def _urgency(head: Conversation) -> tuple[float, str]:
    """Nobody is in a hurry who does not wait."""
    return head.due_at.timestamp() if head.due_at is not None else math.inf, head.id


class Drafts:
    """Keeps the agent's own drafts, one a conversation. What is written between two calls of `end_writing` is one step
    of undo."""

    def __init__(self, work: Workplace) -> None:
        self._work = work
        self._begun: dict[str, Draft | None] = {}
        """The drafts as they were before what is being written now, by conversation."""

    def get(self, cid: str) -> Draft | None:
        """Return the draft of a conversation; None where there is none."""
        return self._work.store.outbox.draft(cid, self._work.agent)

    def open(self) -> list[str]:
        """Return the conversations in which the agent has a draft: the most urgent first."""
        work = self._work
        ids = [draft.conversation for draft in work.store.outbox.drafts_of(work.agent)]
        heads = work.store.conversations.get_many(ids)
        return [head.id for head in sorted(heads, key=_urgency)]

    def save(
        self,
        cid: str,
        text: str,
        *,
        private: bool = False,
        seen_seq: int = 0,
        files: Sequence[AttachedFile] | None = None,
    ) -> None:
        """Save a draft; durable when it returns. Without text and files it is discarded. `files` None: those it
        has."""
        work = self._work
        with work.store.transaction():
            before = self.get(cid)
            self._begun.setdefault(cid, before)
            if files is None:
                files = before.files if before else ()
            if text.strip() or files:
                draft = Draft(
                    conversation=cid,
                    agent=work.agent,
                    text=text,
                    saved_at=work.clock.now(),
                    seen_seq=seen_seq,
                    private=private,
                    files=tuple(files),
                )
                work.store.outbox.put_draft(draft)
            else:
                work.store.outbox.delete_draft(cid, work.agent)

    def end_writing(self, cid: str) -> None:
        """Make what was written since the last call one step of undo."""
        steps = self.steps(cid)
        if steps:
            self._work.log.remember(DRAFT, *steps, told=AS_BEFORE)

    def steps(self, cid: str) -> tuple[Drafted, ...]:
        """Return what was written since the last call, for a change that has more steps; nothing where it ended as it
        began."""
        if cid not in self._begun:
            return ()
        before, now = self._begun.pop(cid), self.get(cid)
        return (Drafted(cid, now, before),) if content(before) != content(now) else ()

    def taken_along(self, draft: Draft) -> None:
        """Remember the draft that `draft`, which a reply took along, grew from."""
        earlier = self._begun.pop(draft.conversation, None)
        if earlier is not None and content(earlier) != content(draft):
            step = Drafted(draft.conversation, draft, earlier)
            self._work.log.remember(DRAFT, step, told=AS_BEFORE)
