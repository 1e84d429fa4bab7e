"""Taking in what a platform shows: one page, one commit, cursor included.

A page read twice, pages in another order, and a restart in between all end in the same store: a message is known
by its key, its text by the newest version; the head follows from the messages. A deletion is believed slowly
(`deletions`): the first look that misses a message hides it, a second one erases it, and what is shown again is there
again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from inbox.domain import lifecycle
from inbox.domain.erasure import Erasures
from inbox.domain.model import (
    Context,
    Conversation,
    Direction,
    Event,
    Message,
    Person,
    Status,
    Surface,
    SurfaceKind,
)
from inbox.domain.records import Record, replace
from inbox.domain.sla import Timers
from inbox.domain.text import storable
from inbox.domain.waits import is_history
from inbox.engine.automatic import conversations_with, mark_messages, settle_again
from inbox.engine.breaches import noted
from inbox.engine.desk.contacts import with_person_tags
from inbox.engine.erasure_marks import erasures, gone, named
from inbox.engine.message_ids import find
from inbox.engine.station import corrections
from inbox.engine.station.contradictions import TWICE, Again, Claims, Contradiction, twice
from inbox.engine.station.earlier_messages import Arrived, lacking_earlier, put_on_list
from inbox.engine.station.horizon import conversation_horizon, forgotten_at, unmark
from inbox.engine.station.storable_items import identifiable, plain, plain_attachment, plain_person
from inbox.ports.platform import Incoming, Page, Poison
from inbox.ports.store import Store

EARLIEST = datetime(2004, 1, 1, tzinfo=UTC)
"""Neither platform is older; a time before that is a broken one."""
SECOND_LOOK = timedelta(hours=1)
"""How much later than the first look a second one must miss a message before its words are erased."""
LAG = timedelta(minutes=10)
"""How long lists may go on showing what we have deleted ourselves."""
AHEAD = timedelta(minutes=2)
"""How far a platform's clock may run ahead of ours before we take our own time instead."""


class Source(Record, kw_only=True):
    """Where a page comes from."""

    account: str
    platform: str
    surface: Surface
    horizon: datetime | None = None
    """That of the account: conversations that begin get it."""

    @property
    def feed(self) -> str:
        return f"{self.account}:{self.surface}"


class Taken(Record, kw_only=True):
    fetched: int = 0
    new: int = 0
    poison: int = 0
    touched: frozenset[str] = frozenset()


class _Settled(Record, kw_only=True):
    arrived: Arrived
    doubted: set[str]
    """Texts of ours that are taken for automatic ones from now on, or no more."""


def take_in(
    store: Store, page: Page, source: Source, timers: Timers, now: datetime, again: Again | None = None
) -> Taken:
    """Store a page: messages, context, heads, cursor and what could not be understood, all or nothing. With `again` the
    cursor stays where messages contradict others for the first time."""
    with store.transaction():
        claims, several = Claims(store, source.account, now), twice(page.messages)
        marks = erasures(store)
        for context in page.context:
            _put_context(store, context, source, marks)
        fresh: dict[str, list[Message]] = {}
        hints: dict[str, Incoming] = {}
        left: set[str] = set()
        unfit: list[Poison] = []
        asleep = _asleep(store, page, source)
        for incoming in page.messages:
            if _named(incoming, source) in asleep:
                continue  # forgotten: what it held then brings nothing back
            if marks.cover(source.platform, incoming.author, _named(incoming, source), incoming.sent_at):
                continue  # erased: reading it again must not bring it back
            if not identifiable(incoming):
                unfit.append(Poison(raw=ascii(incoming), reason="an id that cannot be kept"))
                continue
            try:
                if incoming.key in several:
                    raise Contradiction(TWICE)
                cid, new = _put(store, incoming, source, now, left, claims)
            except Contradiction as odd:
                unfit.append(Poison(raw=ascii(incoming), reason=str(odd)))
                continue
            if cid is None:
                continue
            fresh.setdefault(cid, []).extend(new)
            if cid not in hints or incoming.contact:
                hints[cid] = incoming
        for cid in fresh:
            _order_seconds(store, cid, [m for m in page.messages if m.same_second], source.account)
        doubted: set[str] = set()
        arrived: list[Arrived] = []
        for cid, new in fresh.items():
            settled = _settle(store, cid, new, hints[cid], source, timers, now)
            doubted |= settled.doubted
            if new:
                arrived.append(settled.arrived)
        put_on_list(store, source.account, lacking_earlier(store, arrived), now)
        for cid in left:
            _tidy(store, cid, timers)
        settle_again(store, conversations_with(store, doubted), timers, now)
        _set_aside(store, (*page.poison, *unfit), source, marks, now)
        if again is not None:
            again.met(poison.raw for poison in unfit)
            page = replace(page, cursor=None, complete=False) if again.holds else page
        _remember_place(store, page, source.feed)
    return Taken(
        fetched=len(page.messages) - len(unfit),
        new=sum(len(new) for new in fresh.values()),
        poison=len(page.poison) + len(unfit),
        touched=frozenset(fresh),
    )


def _put_context(store: Store, context: Context, source: Source, marks: Erasures) -> None:
    """Store one post around conversations. A gap in an answer never takes the place of words that are stored:
    whether they are still there is for `deletions` to find out."""
    if context.gone and any(not known.gone for known in store.messages.context([context.id])):
        return
    known = store.messages.get(context.id)
    removed = known is not None and known.deleted_at is not None and _erased_by_us(known)
    if removed or marks.cover(source.platform, context.author, None, context.sent_at):
        context = gone(context)
    store.messages.put_context(
        replace(
            context,
            text=storable(context.text)[0],
            author=plain_person(context.author),
            attachments=tuple(map(plain_attachment, context.attachments)),
            url=plain(context.url),
        )
    )


def _set_aside(store: Store, odd: Iterable[Poison], source: Source, marks: Erasures, now: datetime) -> None:
    """Keep what could not be understood, without its text where that names a person who was erased."""
    for poison in odd:
        raw = "" if marks.named_in(source.platform, poison.raw) else poison.raw
        store.small_things.quarantine(source.account, now, replace(poison, raw=raw))


def _remember_place(store: Store, page: Page, feed: str) -> None:
    """Where to read on. `backfilled` once a first round has reached its end."""
    kept = store.small_things.cursor(feed) or {"cursor": None, "backfilled": False}
    place = {
        "cursor": kept["cursor"] if page.cursor is None else dict(page.cursor),
        "backfilled": kept["backfilled"] or page.complete,
    }
    if place != kept:
        store.small_things.put_cursor(feed, place)


def _put(
    store: Store, incoming: Incoming, source: Source, now: datetime, left: set[str], claims: Claims
) -> tuple[str | None, list[Message]]:
    """Store one message. Returns its conversation (None: left out) and the message if it is new there; a search
    hit that turns out to address us moves, and the conversation it came from goes into `left`. Raises Contradiction."""
    answers = incoming.parent is not None or incoming.deleted
    mid, known = find(store, source.account, incoming.surface, incoming.key, answers=answers)
    if known is not None and claims.believe(known, incoming):
        known = replace(known, sent_at=incoming.sent_at or known.sent_at, direction=_direction(incoming))
        incoming = replace(incoming, edits_have_ids=True)
    incoming = _with_stored_parent(store, incoming, source.account)
    cid = _conversation_id(store, incoming, source, known)
    if cid is None:
        return None, []
    if known is not None and known.conversation != cid:
        if incoming.surface.kind is SurfaceKind.SEARCH:
            cid = known.conversation
        else:
            left.add(known.conversation)
    merged = merge(known, incoming, mid, cid, now)
    if merged == known:
        return cid, []
    stored = store.messages.put(merged)
    return cid, [stored] if known is None or known.conversation != cid else []


def _with_stored_parent(store: Store, incoming: Incoming, account: str) -> Incoming:
    """With the parent's key as the store has it, where that is a private message."""
    if incoming.parent is None or not incoming.surface.private:
        return incoming
    mid, _ = find(store, account, incoming.surface, incoming.parent, answers=False)
    return replace(incoming, parent=mid.split(":", 1)[1])


def _order_seconds(store: Store, cid: str, shown: list[Incoming], account: str) -> None:
    """Rank the messages of one second by the platform's list, however little of it this reading showed."""
    surface = Surface(cid.split(":", 2)[1])
    for keys in {m.same_second for m in shown}:
        messages = store.messages.of_conversation(cid)
        known = {m.id: m for m in messages}
        ids = (find(store, account, surface, key, answers=True)[0] for key in keys)
        in_list = [mid for mid in ids if mid in known]
        if not in_list:
            continue
        moments = {known[mid].sent_at for mid in in_list}
        of_second = [m.id for m in messages if m.sent_at in moments]
        for rank, mid in enumerate(lifecycle.one_order(of_second, in_list)):
            if known[mid].rank != rank:
                store.messages.put(replace(known[mid], rank=rank))


def _asleep(store: Store, page: Page, source: Source) -> set[str]:
    """Conversations of the page that retention let go, and in which nothing was written since."""
    named = {cid: None for incoming in page.messages if (cid := _named(incoming, source)) is not None}
    known = {head.id for head in store.conversations.get_many(list(named))}
    asleep = {cid: at for cid in named if cid not in known and (at := forgotten_at(store, cid)) is not None}
    for incoming in page.messages if asleep else ():
        cid = _named(incoming, source) or ""
        at = asleep.get(cid)
        if at is not None and not incoming.deleted and (incoming.sent_at is None or incoming.sent_at >= at):
            del asleep[cid]
    return set(asleep)


def _named(incoming: Incoming, source: Source) -> str | None:
    """The conversation the platform puts it into."""
    return None if incoming.thread is None else f"{source.account}:{incoming.surface}:{incoming.thread}"


def _conversation_id(store: Store, incoming: Incoming, source: Source, known: Message | None) -> str | None:
    named = _named(incoming, source)
    if not incoming.ours and named is not None:
        return named
    if known is not None:
        return known.conversation
    # Ours: it belongs where its parent is, which for a search hit is not where X would put it.
    parent = store.messages.get(f"{source.account}:{incoming.parent}") if incoming.parent else None
    return parent.conversation if parent and (named is None or ":search:" in parent.conversation) else named


def _tidy(store: Store, cid: str, timers: Timers) -> None:
    """Settle a conversation that lost a message; without any it goes."""
    messages, head = store.messages.of_conversation(cid), store.conversations.get(cid)
    if head is None:
        return
    if messages:
        store.conversations.put(lifecycle.settle(head, messages, timers))
    else:
        store.conversations.delete(cid)


def merge(known: Message | None, incoming: Incoming, mid: str, cid: str, now: datetime) -> Message:
    """The message after one more showing of it. The order of the showings makes no difference."""
    text, altered = storable(incoming.text)
    told = incoming.sent_at
    sent_at = told if told is not None and EARLIEST <= told <= now + AHEAD else None
    shown = Message(
        id=mid,
        conversation=cid,
        remote_id=incoming.remote_id,
        direction=_direction(incoming),
        author=plain_person(incoming.author),
        text=text,
        sent_at=sent_at or now,
        received_at=now,
        edited_at=incoming.edited_at,
        reply_to=incoming.parent,
        attachments=tuple(map(plain_attachment, incoming.attachments)),
        url=plain(incoming.url),
        answerable=incoming.answerable,
        private=incoming.private,
        hidden=_told(incoming.hidden, known is not None and known.hidden),
        liked=_told(incoming.liked, known is not None and known.liked),
        barred=incoming.barred,
        time_known=sent_at is not None,
        altered=altered,
        names=incoming.names,
        notice=incoming.notice,
    )
    if known is None:
        return replace(emptied(shown, now), gone_at=now) if incoming.deleted else shown
    if incoming.deleted:
        return missed(replace(known, conversation=cid), now)
    if known.deleted_at is not None:
        if _erased_by_us(known) or (now - known.deleted_at < LAG and known.gone_at is None):
            return replace(known, conversation=cid)
        known = replace(known, text=shown.text, edited_at=None, deleted_at=None)
    return _newer(replace(known, gone_at=None), shown, now, edits_have_ids=incoming.edits_have_ids)


def _direction(incoming: Incoming) -> Direction:
    if incoming.notice:
        return Direction.NOTICE
    return Direction.OUT if incoming.ours else Direction.IN


def _told(said: bool | None, before: bool) -> bool:
    return before if said is None else said


def missed(message: Message, now: datetime, *, for_good: bool = True) -> Message:
    """The message after a look that did not find it: hidden by the first one; a tombstone by one that comes
    `SECOND_LOOK` later. `for_good` False: hidden only, however often it is missed."""
    if message.deleted_at is not None:
        return message
    if message.gone_at is None:
        return replace(message, gone_at=now)
    return emptied(message, now) if for_good and now - message.gone_at >= SECOND_LOOK else message


def emptied(message: Message, now: datetime) -> Message:
    """The row stays, what it said goes (X's terms ask for it)."""
    return replace(message, text="", attachments=(), versions=(), deleted_at=now)


def _erased_by_us(message: Message) -> bool:
    """Erased by an agent's word (`marks.erased`), which also takes the author: no reading brings that back."""
    return message.gone_at is None and message.author == Person()


def _newer(known: Message, shown: Message, now: datetime, *, edits_have_ids: bool) -> Message:
    kept = replace(
        shown,
        seq=known.seq,
        received_at=known.received_at,
        outbox=known.outbox,
        agent=known.agent,
        versions=known.versions,
        rank=known.rank,
        private=known.private or shown.private,
        sent_at=min(known.sent_at, shown.sent_at)
        if shown.time_known and known.time_known
        else _known_time(known, shown),
        time_known=known.time_known or shown.time_known,
        author=corrections.author(shown.author, known.author),
        attachments=corrections.attachments(
            shown.attachments, known.attachments, same_text=shown.text == known.text
        ),
        reply_to=shown.reply_to or known.reply_to,
        url=shown.url or known.url,
        edited_at=shown.edited_at or known.edited_at,
        altered=known.altered or shown.altered,
        automatic=known.automatic,
        names=named(known, shown),
    )
    if known.outbox is not None:
        # We sent it ourselves: whatever its words look like, it is no notice of the platform.
        kept = replace(kept, direction=known.direction, notice=known.notice)
    if shown.text == known.text:
        return kept
    if known.outbox is not None and shown.edited_at is None:
        # X puts mentions in front and wraps links: the same words, not an edit.
        return replace(kept, text=known.text, edited_at=known.edited_at)
    if edits_have_ids and shown.remote_id == known.remote_id:
        return corrections.corrected(
            replace(kept, text=known.text, edited_at=known.edited_at), shown.text, now
        )
    if shown.edited_at is None and shown.remote_id == known.remote_id:
        return corrections.rewritten(
            replace(kept, text=known.text, edited_at=known.edited_at), shown.text, now
        )
    if _older(shown, known):
        old, at = shown.text, known.edited_at or now
        kept = replace(
            kept,
            text=known.text,
            remote_id=known.remote_id,
            edited_at=known.edited_at,
            attachments=known.attachments,
        )
    else:
        old, at = known.text, shown.edited_at or now
        kept = replace(kept, edited_at=at)
    return corrections.with_version(kept, old, at)


def _older(shown: Message, known: Message) -> bool:
    """Whether a page of an earlier time shows what was edited since. Where the platform tells when (X), by that; X also
    gives each version an id of its own. Facebook tells nothing: what it shows last is what stands there."""
    if known.edited_at is None:
        return False
    if shown.edited_at is None:
        return shown.remote_id != known.remote_id
    return shown.edited_at < known.edited_at


def _known_time(known: Message, shown: Message) -> datetime:
    return shown.sent_at if shown.time_known else known.sent_at


def _settle(
    store: Store,
    cid: str,
    new: list[Message],
    hint: Incoming,
    source: Source,
    timers: Timers,
    now: datetime,
) -> _Settled:
    """Bring the head up to date after an arrival."""
    before = store.conversations.get(cid)
    stored = store.messages.of_conversation(cid)
    forgotten = None if before else forgotten_at(store, cid)
    if forgotten is not None:
        unmark(store, cid)
    head = before or _begin(cid, source, stored, forgotten)
    if head.horizon is None:
        head = replace(head, horizon=conversation_horizon(head, source.horizon))
    messages, doubted = mark_messages(store, head, stored, timers)
    url = plain(hint.thread_url) or head.url or next((m.url for m in messages if m.url), None)
    head = replace(head, contact=_contact(head, hint, messages), url=url)
    if before is None:
        head = with_person_tags(store, head)
    after = lifecycle.receive(head, messages, new, timers)
    after = noted(store, after, now)
    arrived = Arrived(head=after, messages=messages, returned=forgotten is not None)
    settled = _Settled(arrived=arrived, doubted=doubted)
    if after == before:
        return settled
    store.conversations.put(after)
    if (
        before is not None
        and before.status in (Status.RESOLVED, Status.SNOOZED)
        and after.status is Status.OPEN
    ):
        store.small_things.log(Event(conversation=cid, at=now, what="reopened by a new message"))
    return settled


def _begin(cid: str, source: Source, messages: Iterable[Message], forgotten: datetime | None) -> Conversation:
    """A new conversation, or one that comes back after retention let it go (`forgotten`). Where only we have written since its horizon, and where all is
    history, there is no open work."""
    surface = Surface(cid.split(":", 2)[1])
    # Search hits are never filed: nobody waits there before an agent takes one.
    horizon = forgotten or (None if surface.kind is SurfaceKind.SEARCH else source.horizon)
    spoken_to = any(m.direction is Direction.IN and not is_history(m, horizon) for m in messages)
    return Conversation(
        id=cid,
        account=source.account,
        platform=source.platform,
        surface=surface,
        thread=cid.split(":", 2)[2],
        status=Status.OPEN if spoken_to else Status.RESOLVED,
        horizon=horizon,
    )


def _contact(head: Conversation, hint: Incoming, messages: list[Message]) -> Person:
    """Whom we talk to: as the platform says, else whoever of the customers wrote first."""
    if hint.contact is not None and hint.contact != Person():
        told = plain_person(hint.contact)
        same = head.contact.remote_id == told.remote_id
        return replace(
            told,
            name=told.name or (head.contact.name if same else None),
            handle=told.handle or (head.contact.handle if same else None),
        )
    if head.contact != Person():
        return head.contact
    return next(
        (m.author for m in messages if m.direction is Direction.IN and m.author != Person()), Person()
    )
