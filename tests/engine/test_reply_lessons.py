"""What refusals teach: a reply whose chance nobody knows is tried, until X has said no three times in a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inbox.adapters.twitter.declaration import MAY_REFUSE
from inbox.adapters.twitter.sim import Simulator
from inbox.domain.model import Answerable, Direction, Message, Person
from inbox.domain.outbox import OutboxItem, SendState
from inbox.engine.desk.drafts import Reply
from inbox.engine.reply_lessons import AGAIN_AFTER, learn_from, lesson, refusals_in_a_row, shown_as_refused
from inbox.errors import Refused, Unavailable
from inbox.ports.platform import Receipt
from inbox.store.sqlite.store import LocalStore

from .test_x_day import Office

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NO, YES = Refused("no", code="403 not summoned"), Receipt(remote_id="9", key="9")
CID = "acme-x:mentions:1:2"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path)
    for number, answerable in (("5", Answerable()), ("6", Answerable(public=True))):
        store.messages.put(
            Message(
                id=f"acme-x:{number}",
                conversation=CID,
                remote_id=number,
                direction=Direction.IN,
                author=Person(remote_id="2"),
                text="thanks",
                sent_at=NOON,
                received_at=NOON,
                answerable=answerable,
            )
        )
    return store


def reply(to: str = "5") -> OutboxItem:
    return OutboxItem(
        id="o1",
        key="k1",
        conversation=CID,
        account="acme-x",
        agent="tanja",
        text="hi",
        private=False,
        created_at=NOON,
        not_before=NOON,
        reply_to=to,
    )


def test_three_refusals_in_a_row_close_the_case_for_the_account_and_one_acceptance_opens_it(
    store: LocalStore,
) -> None:
    """Two may be chance; the account next door is another matter."""
    for _ in range(2):
        learn_from(store, reply(), NO, NOON)
    assert not shown_as_refused(store, "acme-x", NOON)
    learn_from(store, reply(), NO, NOON)
    assert shown_as_refused(store, "acme-x", NOON)
    assert not shown_as_refused(store, "other-x", NOON)
    learn_from(store, reply(), YES, NOON)
    assert refusals_in_a_row(store, "acme-x") == 0
    assert not shown_as_refused(store, "acme-x", NOON)


def test_it_is_tried_once_more_after_a_week(store: LocalStore) -> None:
    """Nothing else would tell that the rule has changed; one more refusal closes it again."""
    for _ in range(3):
        learn_from(store, reply(), NO, NOON)
    later = NOON + AGAIN_AFTER + timedelta(seconds=1)
    assert not shown_as_refused(store, "acme-x", later)
    learn_from(store, reply(), NO, later)
    assert shown_as_refused(store, "acme-x", later)
    assert not shown_as_refused(store, "acme-x", NOON - timedelta(days=1)), "the clock was set back"


def test_other_outcomes_and_messages_that_are_sure_teach_nothing(store: LocalStore) -> None:
    """A lost connection says nothing about the rule, nor does an answer that was always allowed."""
    for outcome in (Refused("too long"), Unavailable("offline")):
        learn_from(store, reply(), outcome, NOON)
    for _ in range(3):
        learn_from(store, reply("6"), NO, NOON)
        learn_from(store, reply("unknown"), NO, NOON)
    assert refusals_in_a_row(store, "acme-x") == 0


@pytest.mark.parametrize("kept", [7, [], {}, {"refused": 3}, {"refused": "x", "at": NOON.isoformat()},
    {"refused": -1, "at": NOON.isoformat()}, {"refused": 9, "at": "never"}, {"refused": 9, "at": None}])  # fmt: skip
def test_a_damaged_lesson_closes_nothing(store: LocalStore, kept: object) -> None:
    """Only what X really said may take an answer away."""
    store.small_things.put_setting("not answerable:acme-x", kept)
    assert not shown_as_refused(store, "acme-x", NOON)
    learn_from(store, reply(), NO, NOON)
    assert refusals_in_a_row(store, "acme-x") == 1


# -- the whole way: a reply of the desk over the delivery to the simulated X -----------------------------------


def untagged(sim: Simulator, who: str, text: str) -> str:
    """A reply to a post of ours in which nobody typed our name."""
    return sim.post(who, text, reply_to=sim.post(sim.me, "What do you think?"))


async def answer(office: Office, key: str) -> OutboxItem:
    """Answer a post, and let time pass until X has said something to it."""
    item = office.desk.replying.reply(office.cid(key), Reply("Thank you!"))
    await office.minute()
    found = office.store.outbox.get(item.id)
    assert found is not None
    return found


async def test_x_teaches_what_it_takes_and_nothing_else_is_closed(tmp_path: Path) -> None:
    """Nobody knows whether X takes an answer to a mere reply: it is tried, until X has refused three in a row."""
    office = Office(tmp_path)
    await office.minute()
    posts = [untagged(office.sim, who, f"nice {n}") for n, who in enumerate(office.people[:6])]
    named = office.sim.post(office.people[7], "@acme where is it?")
    await office.minutes(2)
    for key in posts[:3]:
        way = office.desk.conversation.thread(office.cid(key)).way
        assert (way.allowed, way.unsure) == (True, MAY_REFUSE)
        refused = await answer(office, key)
        assert refused.state is SendState.FAILED
        assert refused.text == "Thank you!", "a refusal keeps the text"
        assert "browser" in (refused.next_step or "")
    way = office.desk.conversation.thread(office.cid(posts[3])).way
    assert not way.allowed
    assert "refused" in (way.reason or "")
    assert office.desk.conversation.thread(office.cid(named)).way.unsure is None
    assert (await answer(office, named)).state is SendState.SENT
    assert lesson(office.store, "acme-x").refused == 3, "a mention that was typed teaches nothing"
    office.clock.advance(AGAIN_AFTER.total_seconds())
    office.sim.enterprise = True  # X takes them from now on
    assert office.desk.conversation.thread(office.cid(posts[3])).way.unsure == MAY_REFUSE
    assert (await answer(office, posts[3])).state is SendState.SENT
    assert (
        office.desk.conversation.thread(office.cid(posts[4])).way
        == office.desk.conversation.thread(office.cid(named)).way
    )
