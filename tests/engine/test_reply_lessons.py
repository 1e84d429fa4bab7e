"""What refusals teach: a reply whose chance nobody knows is tried, until X has said no three times in a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inbox.domain.model import Answerable, Direction, Message, Person
from inbox.domain.outbox import OutboxItem
from inbox.engine.reply_lessons import AGAIN_AFTER, learn_from, refusals_in_a_row, shown_as_refused
from inbox.errors import Refused, Unavailable
from inbox.ports import Receipt
from inbox.store.local import LocalStore

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NO, YES = Refused("no", code="403 not summoned"), Receipt(remote_id="9", key="9")
CID = "acme-x:mentions:1:2"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path)
    for number, answerable in (("5", Answerable()), ("6", Answerable(public=True))):
        store.put_message(
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
