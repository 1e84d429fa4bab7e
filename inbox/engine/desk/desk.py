"""The agent's desk: every use case once, for the screen and for the command line alike.

A use case loads, applies a rule of the domain, writes once, and tells what it did. All methods are synchronous and
belong to the thread that owns the store handle; the screen calls them through `session.Session.call`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from inbox.domain import explain, lifecycle, outbox, parts, reply
from inbox.domain.filter import Filter, parse
from inbox.domain.model import Direction, Draft, Event
from inbox.domain.queue import MOVING, Scope, View, views
from inbox.domain.records import replace
from inbox.domain.text import sendable
from inbox.engine import automatic, figures, health, reply_lessons
from inbox.engine.breaches import noted
from inbox.engine.desk import (
    agents,
    drafts,
    files,
    notes,
    passing_on,
    people,
    person_tags,
    public_thread,
    rows,
    undo,
)
from inbox.engine.desk import moderation as deeds
from inbox.engine.desk import outbox as settling
from inbox.engine.desk.errors import NotAllowed, Unknown
from inbox.engine.desk.impersonation import Lookalikes
from inbox.engine.desk.search import find_messages
from inbox.engine.station import staleness
from inbox.ports import platform as platform_ports

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.domain.model import AttachedFile, Context, Conversation, Deed, Message, Priority
    from inbox.domain.outbox import OutboxItem
    from inbox.domain.reply import ReplyWay
    from inbox.domain.sla import Timers
    from inbox.domain.statistics import Statistics
    from inbox.engine.desk.drafts import Reply
    from inbox.engine.desk.people import Contact, PersonFile
    from inbox.engine.desk.rows import Row, Thread
    from inbox.engine.desk.undo import ActionLog, Done, Drafted, Step
    from inbox.engine.health import AccountHealth, Today, Trouble
    from inbox.ports.clock import Clock
    from inbox.ports.platform import FileRule, Length
    from inbox.ports.store import Store

    Rule = Callable[[Conversation], Conversation]

DRAFT, AS_BEFORE = "the draft", "the draft is as it was before"


class Desk:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        agent: str,
        timers: Timers,
        accounts: Mapping[str, str],
        hold_public: timedelta = timedelta(seconds=10),
        hold_private: timedelta = timedelta(seconds=5),
        saved_views: Mapping[str, str] | None = None,
        length: Callable[[Conversation, str, bool], Length] | None = None,
        deeds: Callable[[Conversation], frozenset[Deed]] | None = None,
        files: Callable[[Conversation, bool], FileRule | None] | None = None,
        profile: Callable[[Conversation], str | None] | None = None,
        priced_as: Callable[[Conversation, str, bool], str | None] | None = None,
        prices: Mapping[str, float] | None = None,
        notice: str = "",
        agents: Sequence[str] = (),
    ) -> None:
        """`accounts`: account name to platform. `saved_views`: name to filter expression. `notice`: what the
        agent must be told about the store, such as a restored backup. `agents`: colleagues whom the config names."""
        self.colleagues = agents
        self.store = store
        self.notice = notice
        self.clock = clock
        self.agent = agent
        self.timers = timers
        self.accounts_by_name = accounts
        self.holds = {False: hold_public, True: hold_private}
        self.saved_views = saved_views or {}
        self._length = length
        self._deeds = deeds
        self._files = files
        self._profile = profile
        self._priced_as = priced_as
        self.prices = prices or {}
        self.station_troubles: Callable[[], Sequence[Trouble]] = tuple
        """What the process that reads and sends says does not work, be it this one or another."""
        self._begun: dict[str, Draft | None] = {}
        """The drafts as they were before what is being written now, by conversation."""
        self._lookalikes = Lookalikes(store, accounts)
        self._seen_change = store.changes.since(None)[0]
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
            deeds=self.deeds,
            began=self._opened_at,
        )

    # -- reading the queue -------------------------------------------------------------------------------

    def views(self) -> tuple[View, ...]:
        """The built-in views, then the saved ones of the config. Raises FilterError for a saved filter."""
        saved = tuple(
            View(name=name, title=name, scope=self._filter(text).within(Scope()))
            for name, text in self.saved_views.items()
        )
        return (*views(self.agent), *saved)

    def scope(self, view: str, filter_text: str = "") -> Scope:
        """Raises Unknown for a view, FilterError for a filter."""
        # A filter of the config is read when its view is asked for.
        saved = self.saved_views.get(view)
        chosen = next((v.scope for v in views(self.agent) if v.name == view), None)
        if saved is not None:
            chosen = self._filter(saved).within(Scope())
        if chosen is None:
            raise Unknown(f'no view "{view}"; there are {", ".join(v.name for v in self.views())}')
        return self._filter(filter_text).within(chosen)

    def _filter(self, text: str) -> Filter:
        return parse(text, agent=self.agent, now=self.clock.now(), zone=self.timers.hours.zone)

    def order(self, view: str = "waiting", filter_text: str = "", limit: int | None = None) -> list[str]:
        """Ids of a view in queue order."""
        return self.store.conversations.order(
            self.scope(view, filter_text), now=self.clock.now(), limit=limit
        )

    def rows(self, ids: Sequence[str], words: Sequence[str] = ()) -> dict[str, Row]:
        """Rows by id; unknown ids are left out. `words`, folded: what was searched for, see `Row.found`."""
        return rows.rows(self.store, self.agent, self._lookalikes, ids, words)

    def counts(self) -> dict[str, int]:
        """How many conversations each view holds."""
        return self.store.conversations.counts({v.name: v.scope for v in self.views()}, now=self.clock.now())

    def statistics(self, since: str | None = None, target: timedelta | None = None) -> Statistics:
        """How people were answered since a date or for a duration until now. `target`: judge every wait by this one in
        place of its own. Raises ValueError for another text."""
        return figures.statistics(self.store, self.timers, self.clock.now(), since, target)

    def today(self) -> Today:
        return health.day_so_far(self.store, self.clock.now(), self.timers.hours.zone)

    def turns_at(self, view: str, filter_text: str = "") -> datetime:
        """When what the queue shows is next another though nobody writes."""
        scopes = [self.scope(view, filter_text), *(v.scope for v in self.views())]
        if any(test.name in MOVING for scope in scopes for test in scope.tests):
            return self.clock.now()
        return health.turns_at(self.store, self.clock.now(), self.timers.hours.zone)

    def changes(self) -> set[str] | None:
        """Conversations somebody touched since the last call; None when nothing was written at all."""
        if not self.store.changes.pending():
            return None
        self._seen_change, touched = self.store.changes.since(self._seen_change)
        return touched

    # -- reading a conversation --------------------------------------------------------------------------

    def conversation(self, cid: str) -> Conversation:
        found = self.store.conversations.get(cid)
        if found is None:
            raise Unknown(f'no conversation "{cid}"; "inbox queue --view all" lists them')
        return found

    def thread(self, cid: str) -> Thread:
        conversation = self.conversation(cid)
        stored = self.store.messages.of_conversation(cid)
        messages = [m for m in stored if m.shown]
        return rows.Thread(
            conversation=conversation,
            way=self.way(conversation),
            messages=[m for m in messages if m.direction is not Direction.NOTICE],
            missing=[m for m in stored if not m.shown],
            context=public_thread.context_around(self.store, conversation.account, stored),
            replies=[
                i
                for i in self.store.outbox.items(conversation=cid)
                if i.phase is not outbox.Phase.SENT and i.deed is None
            ],
            draft=self.store.outbox.draft(cid, self.agent),
            events=rows.with_notices(self.store.small_things.events(cid), messages),
            posing=self._lookalikes.in_thread(messages),
            joined=people.joined_with(self.store, people.contact_of(conversation)),
            late=rows.read_late(self.store, conversation, messages),
        )

    def way(self, conversation: Conversation, *, private: bool | None = None) -> ReplyWay:
        """How this conversation can be answered now."""
        now = self.clock.now()
        way = reply.reply_way(
            conversation,
            now,
            private=private,
            human_agent=conversation.account in self.timers.human_agent,
        )
        if not reply.is_inferred(conversation, way):
            return way
        return reply_lessons.taught(self.store, conversation, way, now)

    def person(self, cid: str) -> PersonFile:
        """The contact of a conversation, and those joined with it."""
        head = self.conversation(cid)
        return people.person_file(
            self.store,
            head,
            profile=self._profile(head) if self._profile else None,
            posing=bool(self._lookalikes.among([head.contact])),
        )

    def likely(self, cid: str) -> list[Contact]:
        """Contacts that may be the same human as the one of a conversation: for the agent to decide."""
        return people.likely(self.store, people.contact_of(self.conversation(cid)), self.clock.now())

    def join(self, cid: str, other: str) -> Done:
        """Say that the contact of a conversation and another are the same human. `other`: a conversation with them,
        `platform:id` or `@handle`. Raises Unknown, NotAllowed."""
        return people.join(self.log, self.conversation(cid), self.contact(other))

    def part(self, cid: str, other: str | None = None) -> Done:
        """Take another contact (or the one of the conversation itself) out of those joined."""
        head = self.conversation(cid)
        return people.part(self.log, head, self.contact(other or cid))

    def contact(self, named: str) -> Contact:
        """By the id of a conversation with them, `platform:remote_id`, or `@handle`. Raises Unknown."""
        return people.find_contact(self.store, set(self.accounts_by_name.values()), named, self.clock.now())

    def opens_at(self) -> datetime | None:
        """When service resumes; None while it is open, or never does."""
        return self.timers.hours.resumes_at(self.clock.now())

    def why(self, cid: str) -> list[str]:
        """Why this due time, a line each."""
        return explain.explain(
            self.conversation(cid), self.timers, self.clock.now(), self.store.messages.of_conversation(cid)
        )

    def search(self, query: str, limit: int | None = 50) -> list[Message]:
        """Messages with every word, newest first. Operators of the filter language narrow by conversation."""
        return find_messages(self.store, self._filter(query), self.clock.now(), limit)

    def length(self, cid: str, text: str, private: bool) -> Length:
        """By the platform's own rule for the way the reply would take."""
        return self.ruler(cid)(text, private)

    def ruler(self, cid: str) -> Callable[[str, bool], Length]:
        """`length` in one conversation, for every letter typed: it asks no store, and any thread may call it."""
        conversation = self.conversation(cid)
        if self._length is None:
            return lambda text, private: platform_ports.Length(
                used=len(text), limit=10_000, valid_to=len(text)
            )
        return partial(self._length, conversation)

    def price(self, cid: str, text: str, private: bool | None = None) -> float | None:
        """What sending it costs by the price table (on X a link makes it many times dearer); None where the
        platform charges nothing."""
        conversation = self.conversation(cid)
        aside = self.way(conversation, private=private).how == "private"
        name = self._priced_as(conversation, text, aside) if self._priced_as else None
        return self.prices.get(name) if name else None

    def file_rule(self, cid: str, private: bool | None = None) -> FileRule | None:
        """Which files may go with a reply here; None where none may."""
        conversation = self.conversation(cid)
        aside = self.way(conversation, private=private).how == "private"
        return self._files(conversation, aside) if self._files else None

    # -- triage ------------------------------------------------------------------------------------------

    def resolve(self, ids: Sequence[str]) -> Done:
        return self._each("resolved", ids, lambda c: lifecycle.resolve(c, self.agent, self.clock.now()))

    def reopen(self, ids: Sequence[str]) -> Done:
        return self._each("reopened", ids, lifecycle.reopen)

    def spam(self, ids: Sequence[str]) -> Done:
        return self._each("marked as spam", ids, lifecycle.spam)

    def snooze(self, ids: Sequence[str], until: datetime | None, *, through_thanks: bool = False) -> Done:
        """`until` None: until the customer writes."""
        now = self.clock.now()
        return self._each(
            "snoozed" if until else "snoozed until the customer writes",
            ids,
            lambda c: lifecycle.snooze(c, until, now, through_thanks=through_thanks),
        )

    def assign(self, ids: Sequence[str], to: str | None) -> Done:
        now = self.clock.now()
        if to:
            agents.note_work(self.store, to)
        what = f"assigned to {to}" if to else "unassigned"
        return self._each(what, ids, lambda c: self._given(c, to, now))

    def _given(self, c: Conversation, to: str | None, now: datetime) -> Conversation:
        """Given to an agent, who gets a notice."""
        told = [to] if to and to != c.assignee else []
        return agents.notify(self.store, lifecycle.assign(c, to, now), told, "assigned", self.agent, now)

    def agent_names(self) -> list[str]:
        """Names of everybody who works here, this agent first. Notices for one: `agents.take_notices`."""
        return agents.known(self.store, self.colleagues, self.agent)

    def tag(self, ids: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Done:
        words = [f"+{t}" for t in add] + [f"-{t}" for t in remove]
        return self._each(f"tagged {' '.join(words)}", ids, lambda c: lifecycle.tag(c, add, remove))

    def tag_person(self, ids: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Done:
        """Tag the contacts of conversations as persons. Raises NotAllowed where somebody has no id."""
        return person_tags.tag_person(self.log, ids, add, remove)

    def say_automatic(self, cid: str, verdict: bool, message: str | None = None) -> Done:
        """The agent's word whether a person wrote a message of ours (None: the newest here). It holds for the same text
        everywhere. Raises NotAllowed, Unknown."""
        return automatic.say(self.log, self.conversation(cid), verdict, message)

    def prioritise(self, ids: Sequence[str], priority: Priority) -> Done:
        return self._each(f"priority {priority}", ids, lambda c: lifecycle.prioritise(c, priority))

    def macro(
        self, name: str, ids: Sequence[str], *, tags: Sequence[str], assign: str | None, resolve: bool
    ) -> Done:
        """What a macro does, its text in the draft too, as one step. `assign`: an agent, "-" for nobody, None: as it is."""
        to, now = None if assign == "-" else assign, self.clock.now()

        def rule(c: Conversation) -> Conversation:
            c = lifecycle.tag(c, tags, ()) if tags else c
            c = self._given(c, to, now) if assign else c
            return lifecycle.resolve(c, self.agent, now) if resolve else c

        with self.store.transaction():
            drafted = [step for cid in ids for step in self._drafted(cid)]
            return self._each(f"macro {name}", ids, rule, *drafted)

    def _each(self, what: str, ids: Sequence[str], rule: Rule, *also: Step) -> Done:
        """Apply one rule to every conversation, all or nothing, as one step of undo."""
        before, after = [], []
        with self.store.transaction():
            for cid in ids:
                old = self.conversation(cid)
                new = self.log.settled(lifecycle.relabelled(old, rule(old), self.clock.now()))
                before.append(old)
                after.append(self.store.conversations.put(new))
                self.log.tell(cid, what)
            self.log.remember(what, *also, undo.Heads(tuple(after), tuple(before)))
        return undo.Done(what=what, ids=tuple(ids))

    def begun_note(self, cid: str) -> str:
        """The words of a note that is not finished."""
        return notes.begun(self.store, cid, self.agent)

    def begin_note(self, cid: str, text: str) -> None:
        """Durable when it returns, like a draft; no colleague sees it before `note`."""
        notes.begin(self.store, cid, self.agent, text, self.clock.now())

    def note(self, cid: str, text: str) -> Done:
        """A note for colleagues; it never leaves the house and stops no timer."""
        with self.store.transaction():
            self.begin_note(cid, "")
            head = self.conversation(cid)
            now = self.clock.now()
            note = self.store.messages.put(notes.new_note(head, self.agent, text, now))
            named = agents.named_in(text, self.agent_names())
            head = agents.notify(self.store, head, named, "mentioned", self.agent, now)
            self.store.conversations.put(self.log.settled(head))
            self.log.tell(cid, "noted")
            for name in named:
                self.log.tell(cid, f"{name} was named in a note")
            self.log.remember("noted", undo.Noted(note))
        return undo.Done(what="noted", ids=(cid,))

    def undo(self) -> Done:
        """Take back the last change: a decision, bulk too, a note, a draft, a reply that is still held.

        Raises NothingToUndo, NotAllowed where it is too late, or Conflict saying who changed it meanwhile; the next
        call then takes back the change before it.
        """
        return self.log.undo()

    def redo(self) -> Done:
        """Do again what was taken back. Raises as `undo` does."""
        return self.log.redo()

    # -- drafts and replies ------------------------------------------------------------------------------

    def draft(self, cid: str) -> Draft | None:
        return self.store.outbox.draft(cid, self.agent)

    def save_draft(
        self,
        cid: str,
        text: str,
        *,
        private: bool = False,
        seen_seq: int = 0,
        files: Sequence[AttachedFile] | None = None,
    ) -> None:
        """Durable when it returns. Without words and files it is discarded. `files` None: those it has."""
        with self.store.transaction():
            before = self.store.outbox.draft(cid, self.agent)
            self._begun.setdefault(cid, before)
            if files is None:
                files = before.files if before else ()
            if text.strip() or files:
                draft = Draft(
                    conversation=cid,
                    agent=self.agent,
                    text=text,
                    saved_at=self.clock.now(),
                    seen_seq=seen_seq,
                    private=private,
                    files=tuple(files),
                )
                self.store.outbox.put_draft(draft)
            else:
                self.store.outbox.delete_draft(cid, self.agent)

    def end_writing(self, cid: str) -> None:
        """What was written since the last call becomes one step of undo."""
        steps = self._drafted(cid)
        if steps:
            self.log.remember(DRAFT, *steps, told=AS_BEFORE)

    def _drafted(self, cid: str) -> tuple[Drafted, ...]:
        if cid not in self._begun:
            return ()
        before, now = self._begun.pop(cid), self.store.outbox.draft(cid, self.agent)
        return (undo.Drafted(cid, now, before),) if undo.content(before) != undo.content(now) else ()

    def reply(self, cid: str, written: Reply) -> OutboxItem:
        """Put a reply into the outbox and drop the draft, in one commit. Nothing leaves the machine here. Where
        somebody else was quicker, it waits there as stale, with the reason: the agent is asked.

        Where a text and a file are two messages, the file goes first, and the text after it is surely out. Raises
        NotAllowed with the platform's rule in words, also where a file of the draft is no longer the one that was
        attached.
        """
        written = replace(written, text=sendable(written.text))
        with self.store.transaction():
            known = self.store.outbox.by_key(written.key)
            if known is not None:
                return known
            going = drafts.attached(self.draft(cid), written.files, written.file_texts)
            items: list[OutboxItem] = []
            if going and written.text.strip() and self._apart(cid, written.private):
                file = replace(written, text="", key=f"{written.key}-file", resolve=False)
                items.append(self._queue(cid, file, going))
                items.append(self._queue(cid, written, after=items[0].id))
            else:
                items.append(self._queue(cid, written, going))
            self.store.outbox.delete_draft(cid, self.agent)
            self._sent(items, written.text, going)
        return items[-1]

    def _queue(
        self, cid: str, written: Reply, going: tuple[AttachedFile, ...] = (), after: str | None = None
    ) -> OutboxItem:
        """One item of the outbox, checked by every rule. Call it inside a transaction."""
        conversation, now = self.conversation(cid), self.clock.now()
        way = self.way(conversation, private=written.private)
        if not way.allowed:
            raise NotAllowed(way.reason or "")
        is_private = way.how == "private"
        paths = tuple(file.path for file in going)
        said = files.trouble(paths, self.file_rule(cid, written.private) if paths else None)
        if said is not None:
            raise NotAllowed(said)
        text = written.text
        if not text.strip() and not paths:
            raise NotAllowed("The reply is empty.")
        length = self.length(cid, text, is_private)
        if text.strip() and length.over:
            raise NotAllowed(f"Too long: {length.used} of {length.limit}. Shorten it, then send again.")
        item = outbox.OutboxItem(
            id=uuid.uuid4().hex,
            key=written.key,
            conversation=cid,
            account=conversation.account,
            agent=self.agent,
            text=text,
            private=is_private,
            created_at=now,
            not_before=now + (self.holds[is_private] if written.hold is None else written.hold),
            reply_to=conversation.last_in_id,
            recipient=conversation.contact.remote_id,
            seen_seq=conversation.last_seq if written.seen_seq is None else written.seen_seq,
            also_resolve=written.resolve,
            files=paths,
            file_texts=tuple(file.shows for file in going),
            attached=going,
            after=after,
        )
        item = staleness.asked_first(self.store, item, anyway=written.anyway)
        self.store.outbox.put(item)
        self.log.tell(cid, "put a reply into the outbox", item=item.id, **passing_on.counted(text))
        return item

    def _sent(self, items: Sequence[OutboxItem], text: str, files: tuple[AttachedFile, ...]) -> None:
        """The reply took its draft along; undo gives it back, and once more the draft it grew from."""
        cid = items[0].conversation
        draft, earlier = drafts.taken_along(items, text, files), self._begun.pop(cid, None)
        if earlier is not None and undo.content(earlier) != undo.content(draft):
            self.log.remember(DRAFT, undo.Drafted(cid, draft, earlier), told=AS_BEFORE)
        self.log.remember(
            "the reply",
            undo.Sent(tuple(item.id for item in items), draft),
            told="the reply was taken back; the draft has it",
            writing=cid,
        )

    def _apart(self, cid: str, private: bool | None) -> bool:
        """Whether a text and a file are two messages here."""
        rule = self.file_rule(cid, private)
        return rule is not None and not rule.with_text

    def parts(self, cid: str, text: str, private: bool) -> list[str]:
        """The text as the numbered posts it would go out as; one if it fits. Raises NotAllowed."""
        try:
            return parts.split(text, lambda piece: not self.length(cid, piece, private).over)
        except parts.TooManyParts as error:
            raise NotAllowed(f"Too long: {error}.") from None

    def reply_in_parts(self, cid: str, written: Reply) -> list[OutboxItem]:
        """An over-long reply as a numbered thread: each part leaves only after the one before is surely out.

        As in `reply`; files go with the first part. Undo takes back what has not left.
        """
        way = self.way(self.conversation(cid), private=written.private)
        pieces = self.parts(cid, written.text, way.how == "private")
        keys = [f"{written.key}-{number}" for number in range(1, len(pieces) + 1)]
        with self.store.transaction():
            known = [self.store.outbox.by_key(key) for key in keys]
            if known[0] is not None:
                return [item for item in known if item is not None]
            going = drafts.attached(self.draft(cid), written.files, written.file_texts)
            items: list[OutboxItem] = []
            for key, piece in zip(keys, pieces, strict=True):
                last = key == keys[-1]
                part = replace(written, text=sendable(piece), key=key, resolve=written.resolve and last)
                after = items[-1].id if items else None
                items.append(self._queue(cid, part, () if items else going, after))
            self.store.outbox.delete_draft(cid, self.agent)
            self._sent(items, written.text, going)
        return items

    # -- deeds -------------------------------------------------------------------------------------------

    def deeds(self, cid: str) -> frozenset[Deed]:
        """What can be done to messages of this conversation on its platform."""
        return self._deeds(self.conversation(cid)) if self._deeds else frozenset()

    def do(self, cid: str, deed: Deed, message: str | None = None) -> OutboxItem:
        """Do something on the platform: to the message with this id, or to the person (block, unblock).

        It goes through the outbox, so it survives a crash and a lost network. Raises NotAllowed, Unknown.
        """
        with self.store.transaction():
            conversation = self.conversation(cid)
            target = self.store.messages.get(message) if message else None
            said = deeds.forbids(deed, conversation, target, self.deeds(cid))
            if said is not None:
                raise NotAllowed(said)
            if deed not in deeds.TO_PERSONS and (target is None or target.conversation != cid):
                raise Unknown(f'no message "{message}" in this conversation')
            item = deeds.new_deed(deed, conversation, target, self.agent, self.clock.now())
            self.store.outbox.put(item)
            self.log.tell(cid, f"asked for: {deed}", item=item.id)
            self.log.remember(f"asked for: {deed}", undo.Asked(item.id, cid))
        return item

    def newest_for(self, cid: str, deed: Deed) -> str | None:
        """Id of the newest message the deed can be done to; None for deeds that are done to a person."""
        if deed in deeds.TO_PERSONS:
            return None
        found = deeds.newest_for(self.store.messages.of_conversation(self.conversation(cid).id), deed)
        if found is None:
            raise NotAllowed(f"There is no message here to which this can be done ({deed}).")
        return found.id

    def whole_thread(self, cid: str) -> list[Context]:
        """Everything known of the public thread around a conversation, by time."""
        conversation = self.conversation(cid)
        found = self.store.messages.context_under(conversation.account, conversation.thread.split(":")[0])
        return [public_thread.as_shown(c) for c in found]

    def outbox(self) -> list[OutboxItem]:
        """What has not left, or needs a word, oldest first."""
        return self.store.outbox.items(phases=outbox.OPEN)

    def cancel(self, oid: str) -> OutboxItem:
        """Take a reply back that has not left, or drop one that failed or is uncertain; its text becomes the
        draft again, before what was begun since. Raises NotAllowed once it is on its way."""
        return settling.take_back(self.log, oid)

    def retry(self, oid: str) -> OutboxItem:
        """The agent's word to send (again): for what failed, is uncertain, is stale or waits."""
        return settling.send_again(self.log, oid)

    def confirm_sent(self, oid: str) -> OutboxItem:
        """The agent saw it on the platform: the next read brings the message itself."""
        return settling.confirm(self.log, oid)

    # -- accounts ----------------------------------------------------------------------------------------

    def accounts(self) -> list[AccountHealth]:
        """How each configured account does, as the last reading left it."""
        now, zone = self.clock.now(), self.timers.hours.zone
        troubles = self.station_troubles()
        return [
            health.account_health(self.store, name, platform, self.prices, now, zone, troubles)
            for name, platform in self.accounts_by_name.items()
        ]

    def forget_gaps(self, account: str) -> None:
        """The agent has seen them."""
        gaps = health.forget_gaps(self.store, account)
        if gaps:
            self.log.remember("forgot what is missing", undo.Gaps(account, (), tuple(gaps)))

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    # -- housekeeping ------------------------------------------------------------------------------------

    def follow_policies(self, earlier_patterns: Sequence[str] = ()) -> None:
        """Recompute what runs after the policies in force changed. `earlier_patterns`: texts that were automatic until
        now."""
        now = self.clock.now()
        with self.store.transaction():
            self.store.small_things.log(
                Event(conversation="", at=now, what="the timer policies changed", agent=self.agent)
            )
            self.retime_all()
            changed = set(earlier_patterns) ^ set(self.timers.automatic)
            automatic.settle_again(
                self.store, automatic.conversations_fitting(self.store, changed, now), self.timers, now
            )

    def retime_all(self) -> int:
        """Recompute deadlines after the service hours, targets or policies changed. Returns how many moved."""
        moved = 0
        with self.store.transaction():
            for cid in self.store.conversations.order(Scope(waiting=True), now=self.clock.now()):
                old = self.conversation(cid)
                new = noted(self.store, lifecycle.retime(old, self.timers), self.clock.now())
                if new != old:
                    self.store.conversations.put(new)
                    moved += 1
        return moved
