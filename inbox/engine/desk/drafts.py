"""Between a draft and a reply: the files that go along, and the words that come back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from inbox.domain.model import AttachedFile, Draft
from inbox.domain.outbox import OutboxItem
from inbox.domain.records import Record, field, replace
from inbox.engine.desk.errors import NotAllowed
from inbox.engine.desk.files import altered, attach, on_hand


class Reply(Record):
    """What an agent sends. `private` None: the way the conversation offers first. `key`: the same one twice is one reply.
    `hold` None: as long as the config says. `seen_seq`: the newest message the agent has seen (None: all). `files` are
    paths, read when the reply leaves; `file_texts` say what each shows. `anyway`: although somebody else answers too."""

    text: str
    private: bool | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    hold: timedelta | None = None
    resolve: bool = False
    seen_seq: int | None = None
    files: Sequence[str] = ()
    file_texts: Sequence[str] = ()
    anyway: bool = False


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
    """The words and files of replies that did not leave, as one draft of an agent."""
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
