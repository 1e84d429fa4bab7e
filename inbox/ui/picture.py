"""Everything one refresh of the screen needs, read in one go on the desk's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from inbox.domain.filter import FilterError, parse
from inbox.domain.queue import FAR
from inbox.domain.records import Record, field
from inbox.engine.desk.errors import Unknown
from inbox.wording.language import tr

if TYPE_CHECKING:
    from inbox.domain.listening.surge_log import Logged
    from inbox.domain.model import Context, Conversation, Deed
    from inbox.domain.outbox import OutboxItem
    from inbox.domain.queue import View
    from inbox.domain.reply import ReplyWay
    from inbox.engine.desk.desk import Desk
    from inbox.engine.desk.filter_offers import Offer
    from inbox.engine.desk.people import PersonFile
    from inbox.engine.desk.rows import Row, Thread
    from inbox.engine.health import AccountHealth, Today

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
URGENT = 20
"""Conversations that are watched for becoming due soon."""
SORTABLE = 5000
"""Sorting by anything but the deadline reads every head: 20 us each."""


class Wish(Record, kw_only=True):
    """What the screen shows now. `limit`: only so many ids, for the first frame. `thread`, `person`:
    conversation ids to read, or None; `whole`: with the public thread around it. `figures`: counts, today, accounts and outbox too."""

    view: str
    filter_text: str = ""
    sort: str = "deadline"
    limit: int | None = None
    rows: Sequence[str] = ()
    first_rows: int = 60
    thread: str | None = None
    whole: bool = False
    person: str | None = None
    figures: bool = True
    offers: bool = False
    """The filter is being typed, so what may follow is wanted too."""


class Figures(Record, kw_only=True):
    views: Sequence[View]
    counts: Mapping[str, int]
    today: Today
    accounts: Sequence[AccountHealth]
    outbox: Sequence[OutboxItem]
    surges: Sequence[Logged] = ()
    """Those that run, the worst first."""
    urgent: Sequence[Conversation] = ()
    """The next ones whose time runs out."""
    until: datetime = EPOCH
    """When something of the picture is another though nobody writes."""


class Open(Record, kw_only=True):
    """The open conversation. `private_way`: whether and how it can be answered privately."""

    thread: Thread
    private_way: ReplyWay
    deeds: frozenset[Deed] = frozenset()
    """What else can be done to its messages on the platform."""
    profile: str | None = None
    """Where the person's page is on the platform."""
    around: Sequence[Context] = ()
    """Everything known of the public thread it stands in, where that was asked for."""


class Picture(Record, kw_only=True):
    """`order` is None where the filter could not be understood; `problem` then says what to write instead."""

    wish: Wish
    order: Sequence[str] | None
    more: bool = False
    """The view goes on below this order."""
    rows: Mapping[str, Row] = field(default_factory=dict)
    problem: str | None = None
    mistake: tuple[int, int] | None = None
    """From where to where in the filter the problem lies."""
    offers: Sequence[Offer] = ()
    figures: Figures | None = None
    open: Open | None = None
    person: PersonFile | None = None


def take(desk: Desk, wish: Wish) -> Picture:
    problem, mistake, order = None, None, None
    limit = wish.limit if SORTS[wish.sort][1] is None else SORTABLE + 1
    try:
        order = _sorted(desk, desk.queue.order(wish.view, wish.filter_text, limit), wish)
    except (FilterError, Unknown, _TooMany) as error:
        problem = str(error)
        mistake = error.part if isinstance(error, FilterError) else None
    wanted = dict.fromkeys([*wish.rows, *(order or ())[: wish.first_rows]])
    opened = read(desk, wish.thread, whole=wish.whole) if wish.thread else None
    return Picture(
        wish=wish,
        order=order,
        more=order is not None and len(order) == limit,
        rows=desk.queue.rows(list(wanted), hits(wish.filter_text)),
        problem=problem,
        mistake=mistake,
        offers=_offers(desk, wish) if wish.offers else (),
        figures=figures(desk, wish, opened) if wish.figures else None,
        open=opened,
        person=_person(desk, wish.person) if wish.person else None,
    )


def _offers(desk: Desk, wish: Wish) -> Sequence[Offer]:
    try:
        return desk.queue.filter_offers(wish.view, wish.filter_text)
    except (FilterError, Unknown):  # a saved view that cannot be understood is reported already
        return ()


def hits(filter_text: str) -> tuple[str, ...]:
    """The words of a filter, folded, to be set apart in the thread; none while it cannot be understood."""
    try:
        return parse(filter_text, agent="", now=EPOCH, zone=UTC).words
    except FilterError:
        return ()


def figures(desk: Desk, wish: Wish, opened: Open | None) -> Figures:
    next_due = desk.queue.order("waiting", "-is:breached", URGENT)
    urgent = [row.conversation for row in desk.queue.rows(next_due).values()]
    return Figures(
        views=desk.queue.views(),
        counts=desk.queue.counts(),
        today=desk.queue.today(),
        accounts=desk.accounts.health(),
        outbox=desk.outbox.items(),
        surges=desk.listening.running(),
        urgent=urgent,
        until=_until(desk, wish, urgent, opened),
    )


def _until(desk: Desk, wish: Wish, urgent: Sequence[Conversation], opened: Open | None) -> datetime:
    now = desk.workplace.clock.now()
    try:
        turns = desk.queue.turns_at(wish.view, wish.filter_text)
    except (FilterError, Unknown):  # told already
        turns = desk.queue.turns_at("waiting")
    windows = (opened.thread.way.closes_at, opened.private_way.closes_at) if opened else ()
    moments: list[datetime | None] = [*(c.warn_at for c in urgent), *windows]
    return min([turns, *(moment for moment in moments if moment is not None and moment >= now)])


def read(desk: Desk, cid: str, *, whole: bool = False) -> Open | None:
    """None when it is gone (a person's data was erased)."""
    try:
        thread = desk.conversation.thread(cid)
    except Unknown:
        return None
    return Open(
        thread=thread,
        private_way=desk.conversation.way(thread.conversation, private=True),
        deeds=desk.moderation.offered(cid),
        profile=desk.workplace.platforms.profile(thread.conversation),
        around=_around(desk, thread) if whole else (),
    )


def _around(desk: Desk, thread: Thread) -> list[Context]:
    """Posts of the public thread that neither belong to the conversation nor stand above it already."""
    shown = {m.id for m in thread.messages} | {c.id for c in thread.context}
    return [c for c in desk.conversation.public_thread(thread.conversation.id) if c.id not in shown]


def _person(desk: Desk, cid: str) -> PersonFile | None:
    try:
        return desk.people.file(cid)
    except Unknown:
        return None


class _TooMany(Exception):
    pass


def _newest(c: Conversation) -> float:
    return -(c.last_message_at.timestamp() if c.last_message_at else 0.0)


def _longest(c: Conversation) -> float:
    return (c.waiting_since or FAR).timestamp()


SORTS: Mapping[str, tuple[str, Callable[[Conversation], float] | None]] = {
    "deadline": ("by deadline", None),
    "newest": ("newest first", _newest),
    "longest": ("longest waiting first", _longest),
}


def _sorted(desk: Desk, order: list[str], wish: Wish) -> list[str]:
    key = SORTS[wish.sort][1]
    if key is None:
        return order
    if len(order) > SORTABLE:
        raise _TooMany(
            tr(
                "More than {n} conversations are too many to sort; narrow them with a filter (/) first.",
                n=f"{SORTABLE:,}",
            )
        )
    heads = {c.id: key(c) for c in (row.conversation for row in desk.queue.rows(order).values())}
    return sorted(heads, key=lambda cid: (heads[cid], cid))
