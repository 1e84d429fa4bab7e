"""The queue out of indexes is the queue out of `domain.queue`, for every scope at every moment."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from drills import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from store_samples import conversation, message, reply

from inbox.domain import queue
from inbox.domain.fold import fold
from inbox.domain.kinds import HOLDINGS
from inbox.domain.model import FIRST, NEXT, Conversation, Person, Priority, Status, Surface
from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.queue import RULES, Scope
from inbox.domain.sla import TimerState, timer
from inbox.engine.desk.looking import looked_key
from inbox.ports.store import WaitingFigures
from inbox.store.sqlite import common_words, filter_words
from inbox.store.sqlite.scope import TESTS, TROUBLE
from inbox.store.sqlite.store import LocalStore

# Few moments, so that deadlines tie, windows close exactly now and snoozes end exactly now.
EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
moments = st.builds(
    lambda hours, micros: EPOCH + timedelta(hours=hours, microseconds=micros),
    st.integers(0, 4),
    st.integers(0, 1),
)
maybe = st.none() | moments
accounts, agents = st.sampled_from(["acme", "other"]), st.sampled_from([None, "", "ann", "bob"])

conversations = st.builds(
    conversation,
    st.integers(0, 40),
    account=accounts,
    surface=st.sampled_from([Surface.DIRECT, Surface.MENTIONS, Surface.SEARCH]),
    status=st.sampled_from(Status),
    assignee=agents,
    snoozed_at=maybe,
    snoozed_until=maybe,
    last_message_at=maybe,
    waiting_since=maybe,
    wait_kind=st.sampled_from([None, FIRST, NEXT]),
    due_at=maybe,
    warn_at=maybe,
    closes_at=maybe,
    priority=st.sampled_from(Priority),
    tags=st.sampled_from([(), (), ("Vip",), ("x", "vip"), ("Needs  Answer",)]),
    contact=st.sampled_from([Person(), Person(name="René Müller", handle="rene_m"), Person(name="Anna")]),
    platform=st.sampled_from(["twitter", "facebook"]),
    breached_at=maybe,
    assigned_at=maybe,
    automatic_count=st.sampled_from([0, 2]),
    person_tags=st.sampled_from([(), ("vip",)]),
    mentioned=st.sampled_from([(), ("ann", "bob")]),
    language=st.sampled_from(["", "de", "en"]),
    came_seq=st.sampled_from([0, 1, 2, 5]),
)
replies = st.builds(
    lambda number, phase, cid: reply(number, phase=phase, conversation=f"acme:direct:{cid}"),
    st.integers(0, 20),
    st.sampled_from(Phase),
    st.integers(0, 40),
)
VALUES: dict[str, list[Any]] = {
    "from": ["an", "anna", "rene_m", "e m", "customer"],
    "tag": ["vip", "x", "vi", "needs answer"],
    "priority": list(Priority),
    "platform": ["twitter", "facebook"],
    "account": ["acme", "other"],
    "assignee": ["ann"],
    "before": [EPOCH, EPOCH + timedelta(hours=2)],
    "after": [EPOCH, EPOCH + timedelta(hours=2)],
    "silent": [EPOCH, EPOCH + timedelta(hours=2)],
    "person": ["vip", "vi"],
    "mentioned": ["ann", "an"],
    "language": ["de", "fr"],
}
questions = st.sampled_from(sorted(RULES)).flatmap(
    lambda name: st.builds(
        queue.Test, name=st.just(name), value=st.sampled_from(VALUES.get(name, [None])), negate=st.booleans()
    )
)
words = st.sampled_from(["parcel", "par", "re", "refund", "lost", "anna", "vip", "e"])
scopes = st.builds(
    Scope,
    statuses=st.none() | st.frozensets(st.sampled_from(Status)),
    waiting=st.none() | st.booleans(),
    surfaces=st.none() | st.frozensets(st.sampled_from([Surface.DIRECT, Surface.MENTIONS, Surface.SEARCH])),
    account=st.none() | accounts,
    assignee=st.none() | agents,
    unassigned=st.booleans(),
    troubled=st.booleans(),
    words=st.lists(st.lists(words, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
    not_words=st.just(()) | words.map(lambda word: (word,)),
    has=st.just(frozenset[str]()) | st.frozensets(st.sampled_from(HOLDINGS), max_size=1),
    has_not=st.just(frozenset[str]()) | st.frozensets(st.sampled_from(HOLDINGS), max_size=1),
    new_to=st.none() | st.just("ann"),
    seen_by=st.none() | st.just("ann"),
    tests=st.lists(questions, max_size=3).map(tuple),
)
TEXTS = [
    ("The parcel is lost", "Still no refund"),
    ("A refund for the parcel",),
    ("reparcel",),
    (),
    ("Où est mon colis ?", "lost"),
    ("Look at https://nordlicht.example/tent",),
]
"""What is said in a conversation, by its number modulo their number."""


def texts(c: Conversation) -> Sequence[str]:
    return TEXTS[int(c.thread) % len(TEXTS)]


def looked(c: Conversation) -> int:
    """Up to which message Ann has looked at it; Bob has seen it all."""
    return int(c.thread) % 3


def expected(held: list[Conversation], outbox: list[OutboxItem], scope: Scope, now: datetime) -> list[str]:
    troubled = {item.conversation for item in outbox if item.phase in TROUBLE}
    inside = [
        c
        for c in held
        if scope.matches(
            c,
            now,
            troubled=c.id in troubled,
            texts=[fold(text) for text in texts(c)],
            looked=looked(c),
            holdings={"link"} if any("https://" in text for text in texts(c)) else set(),
        )
    ]
    return [c.id for c in sorted(inside, key=lambda c: queue.order_key(c, now))]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Path]:
    """One folder for all examples: what an example leaves behind, the next one finds and overwrites."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "data"


def put(store: LocalStore, held: list[Conversation], outbox: list[OutboxItem]) -> None:
    with store.transaction():
        for table in ("conversations", "messages", "outbox"):
            store.handle.db.table(table).truncate()
        for c in held:
            store.conversations.put(c)
            store.small_things.put_setting(looked_key(c.id, "ann"), looked(c))
            store.small_things.put_setting(looked_key(c.id, "bob"), 9)
            for number, text in enumerate(texts(c)):
                store.messages.put(message(int(c.thread) * 10 + number, text, conversation=c.id))
        for item in outbox:
            store.outbox.put(item)


def figures(held: list[Conversation], now: datetime) -> WaitingFigures:
    waiting = [c for c in held if queue.waits(c) and queue.status_at(c, now) is Status.OPEN]
    return WaitingFigures(
        waiting=len(waiting),
        breached=sum(timer(c, now).state is TimerState.BREACHED for c in waiting),
        oldest=min((c.waiting_since for c in waiting if c.waiting_since), default=None),
    )


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    held=st.lists(conversations, max_size=20, unique_by=lambda c: c.id),
    outbox=st.lists(replies, max_size=5, unique_by=lambda r: r.id),
    asked=st.lists(scopes, min_size=1, max_size=6),
    few=st.sampled_from([0, 1, 5000]),
    sample=st.sampled_from([1, 500]),
    now=moments,
    limit=st.none() | st.integers(0, 5),
)
@example(
    held=[conversation(1), conversation(2, assignee="")],
    outbox=[],
    asked=[Scope(assignee="")],
    few=1,
    sample=500,
    now=EPOCH,
    limit=None,
)
@example(held=[], outbox=[], asked=[Scope()], few=1, sample=500, now=EPOCH, limit=None)
@example(
    held=[
        conversation(
            1,
            waiting_since=EPOCH - timedelta(days=1),
            closes_at=EPOCH - timedelta(hours=1),
            due_at=EPOCH + timedelta(hours=2),
        )
    ],
    outbox=[],
    asked=[Scope()],
    few=1,
    sample=500,
    now=EPOCH,
    limit=None,
)
@example(
    held=[conversation(1, status=Status.RESOLVED, waiting_since=EPOCH, due_at=EPOCH)],
    outbox=[],
    asked=[Scope(), Scope(tests=(queue.Test(name="breached"),))],
    few=0,
    sample=1,
    now=EPOCH,
    limit=None,
)
def test_order_and_counts_are_those_of_the_domain(
    shelf: Path,
    held: list[Conversation],
    outbox: list[OutboxItem],
    asked: list[Scope],
    few: int,
    sample: int,
    now: datetime,
    limit: int | None,
) -> None:
    """Nobody writes when a snooze ends or a reply window closes; the order has to move all the same, at the moment
    that `turns_at` says and not before. `few`, `sample`: whether matches are looked up one by one, the queue is walked, or leafed through."""
    store = LocalStore(shelf)
    try:
        with mock.patch.object(filter_words, "FEW", few), mock.patch.object(common_words, "SAMPLE", sample):
            put(store, held, outbox)
            wanted = {str(number): expected(held, outbox, scope, now) for number, scope in enumerate(asked)}
            for scope, order in zip(asked, wanted.values(), strict=True):
                assert store.conversations.order(scope, now=now) == order
                assert store.conversations.order(scope, now=now, limit=limit) == order[:limit]
            by_name = dict(zip(wanted, asked, strict=True))
            assert store.conversations.counts(by_name, now=now) == {
                name: len(order) for name, order in wanted.items()
            }
            assert store.conversations.waiting_figures(now) == figures(held, now)
            still = (store.conversations.turns_at(now) or now + timedelta(days=999)) - timedelta(
                microseconds=1
            )
            assert still >= now - timedelta(microseconds=1)
            if still > now:
                assert [store.conversations.order(scope, now=still) for scope in asked] == list(
                    wanted.values()
                )
                assert store.conversations.waiting_figures(still) == figures(held, now)
    finally:
        store.close()


def test_sql_knows_every_rule_of_the_filter() -> None:
    """A rule without SQL would be asked of every document."""
    assert TESTS.keys() == RULES.keys()


def test_a_saved_view_is_counted_no_further_than_anybody_reads(
    local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting all of a million would hold up the desk for a number that decides nothing."""
    put(local, [conversation(n, waiting_since=EPOCH, due_at=EPOCH) for n in range(9)], [])
    monkeypatch.setattr("inbox.store.sqlite.conversations.MANY", 4)
    asked = {"all": Scope(), "x": Scope(tests=(queue.Test(name="platform", value="twitter"),))}
    assert local.conversations.counts(asked, now=EPOCH) == {"all": 9, "x": 5}


@pytest.mark.parametrize("name", [view.name for view in queue.views("ann")])
def test_every_built_in_view_follows_the_clock(local: LocalStore, name: str) -> None:
    """The same conversations, asked an hour apart, with nothing written in between."""
    held = [
        conversation(1, waiting_since=EPOCH, due_at=EPOCH + timedelta(hours=3)),
        conversation(
            2, waiting_since=EPOCH, due_at=EPOCH + timedelta(hours=4), closes_at=EPOCH + timedelta(hours=1)
        ),
        conversation(3, waiting_since=EPOCH, closes_at=EPOCH + timedelta(hours=1), last_message_at=EPOCH),
        conversation(4, status=Status.SNOOZED, snoozed_until=EPOCH + timedelta(hours=1), assignee="ann"),
        conversation(5, status=Status.RESOLVED, last_message_at=EPOCH),
    ]
    outbox = [reply(1, conversation=held[4].id, phase=Phase.STALE), reply(2, conversation=held[0].id)]
    put(local, held, outbox)
    scope = next(view.scope for view in queue.views("ann") if view.name == name)
    for hours in (0, 1, 2):
        now = EPOCH + timedelta(hours=hours)
        assert local.conversations.order(scope, now=now) == expected(held, outbox, scope, now)


@pytest.mark.parametrize("pages", [1, 2, 99])
def test_leafing_finds_what_the_full_text_finds(
    local: LocalStore, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """A common word is looked for page by page; where that takes too long the full text is asked after all."""
    local_order = [f"acme:direct:{n}" for n in range(40) if n % 3 == 2]
    for n in range(40):
        local.conversations.put(conversation(n, waiting_since=EPOCH, due_at=EPOCH + timedelta(minutes=n)))
        text = "where is my parcel" if n % 3 == 2 else "hello"
        local.messages.put(message(n, text, conversation=f"acme:direct:{n}"))
    monkeypatch.setattr(common_words, "SAMPLE", 1)
    monkeypatch.setattr(common_words, "PAGES", pages)
    monkeypatch.setattr(filter_words, "FEW", 0)
    # What is hidden until a second look says nothing, neither for nor against.
    missing = {"gone_at": EPOCH}
    local.messages.put(message(90, "where is my parcel", conversation="acme:direct:0", **missing))
    local.messages.put(message(91, "hello", conversation="acme:direct:2", **missing))
    for limit in (1, 2, 5, 13, 14, 50):
        assert (
            local.conversations.order(Scope(words=(("parcel",),)), now=EPOCH, limit=limit)
            == local_order[:limit]
        )
        assert local.conversations.order(Scope(words=(("parcel", "hello"),)), now=EPOCH, limit=limit) == []
        assert (
            local.conversations.order(Scope(not_words=("hello",)), now=EPOCH, limit=limit)
            == local_order[:limit]
        )
