"""What the screen is measured with: a store of many conversations, made by seed, a quarter of them waiting.

Due times hang on the moment it was made; `show_seconds` sets those of the first screenful anew before a run.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inbox.domain.model import Answerable, Conversation, Direction, Message, Person, Status, Surface
from inbox.domain.queue import Scope
from inbox.domain.records import replace
from inbox.store.sqlite.store import LocalStore
from inbox.wiring import open as wiring
from inbox.wiring.setup import set_up

ACCOUNT, PLATFORM = "acme", "twitter"
FIRST = timedelta(hours=3)
"""From the message to the deadline, as the config says."""
SURFACES = (Surface.MENTIONS, Surface.DIRECT)
CONFIG = """\
agent = "ann"
[service]
timezone = "Europe/Berlin"
hours = { daily = ["00:00-24:00"] }
[timers]
first = "3h"
[[views]]
name = "refunds"
filter = "tag:refund"
"""
WORDS = [
    "the",
    "parcel",
    "arrived",
    "broken",
    "thanks",
    "please",
    "where",
    "refund",
    "invoice",
    "late",
    "again",
    "still",
    "nobody",
    "answers",
    "order",
    "Rückerstattung",
    "Bestellung",
    "kaputt",
    "bitte",
    "immer",
    "noch",
    "keine",
    "Antwort",
    "Straße",
    "pedido",
    "llegó",
    "réponse",
    "İade",
    "返金",
    "😀",
    "#fail",
]
BATCH = 2000
FIRST_SCREEN = 60


def build(folder: Path, count: int, seed: int = 1) -> None:
    """Config and store, with the deadlines that the program itself would compute."""
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(CONFIG)
    store, chance, now = LocalStore(folder), random.Random(seed), datetime.now(UTC)
    for start in range(0, count, BATCH):
        with store.transaction():
            for number in range(start, min(count, start + BATCH)):
                head = _conversation(number, chance, now)
                store.conversations.put(head)
                store.messages.put(_message(number, head, chance))
    store.upkeep.backup()  # so that no run makes the first one meanwhile
    store.close()
    setup = set_up(folder / "config.toml", folder, {})
    wiring.open_desk(setup).close()  # so that no run begins with following a changed policy


def _conversation(number: int, chance: random.Random, now: datetime) -> Conversation:
    waits = chance.random() < 0.25
    newest = now - timedelta(seconds=chance.randrange(90 * 60) if waits else chance.randrange(90 * 86400))
    surface = chance.choice(SURFACES)
    return Conversation(
        id=f"{ACCOUNT}:{surface}:{10**17 + number}",
        account=ACCOUNT,
        platform=PLATFORM,
        surface=surface,
        thread=str(10**17 + number),
        contact=Person(name=f"Customer {number}", handle=f"customer{number}", remote_id=str(number)),
        status=Status.OPEN if waits else Status.RESOLVED,
        assignee=chance.choice([None, None, "ann", "bob"]),
        tags=("refund",) if chance.random() < 0.02 else (),
        preview=" ".join(chance.choices(WORDS, k=8)),
        message_count=1,
        last_message_at=newest,
        last_in_at=newest,
        last_in_id=f"{ACCOUNT}:{2 * 10**18 + number}",
        answerable=Answerable(public=True, private=True),
        waiting_since=newest if waits else None,
        wait_kind="first" if waits else None,
        due_at=newest + FIRST if waits else None,
        warn_at=newest + FIRST - timedelta(minutes=30) if waits else None,
    )


def _message(number: int, head: Conversation, chance: random.Random) -> Message:
    assert head.last_message_at
    return Message(
        id=f"{ACCOUNT}:{2 * 10**18 + number}",
        conversation=head.id,
        remote_id=str(2 * 10**18 + number),
        direction=Direction.IN,
        author=head.contact,
        text=" ".join(
            [*chance.choices(WORDS, k=chance.randrange(5, 30)), f"#{chance.randrange(400_000):06d}"]
        ),
        sent_at=head.last_message_at,
        received_at=head.last_message_at,
    )


def show_seconds(folder: Path, wanted: bool) -> None:
    """Let the timers of the first screenful end within two minutes, where seconds are shown, or later."""
    store, now = LocalStore(folder), datetime.now(UTC)
    ids = store.conversations.order(Scope(statuses=frozenset({Status.OPEN})), now=now, limit=FIRST_SCREEN)
    with store.transaction():
        for number, head in enumerate(store.conversations.get_many(ids)):
            due = now + (timedelta(seconds=115 - number) if wanted else timedelta(minutes=40, seconds=number))
            store.conversations.put(replace(head, due_at=due, waiting_since=due - FIRST))
    store.close()


def forget_drafts(folder: Path) -> None:
    """What was typed in earlier measurements: the longer a draft, the dearer its next letter."""
    store = LocalStore(folder)
    with store.transaction():
        for cid in store.conversations.order(
            Scope(statuses=frozenset({Status.OPEN})), now=datetime.now(UTC), limit=FIRST_SCREEN
        ):
            for draft in store.outbox.drafts(cid):
                store.outbox.delete_draft(cid, draft.agent)
    store.close()


def maildir(folder: Path, count: int) -> None:
    """The same number of short mails, for neomutt."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        (folder / "cur" / f"{number}.bench:2,S").write_text(
            f"From: Customer {number} <customer{number}@example.org>\nTo: us@example.org\n"
            f"Subject: READY {number}\nMessage-ID: <{number}@example.org>\n"
            "Date: Tue, 24 Nov 2026 10:00:00 +0000\n\nWhere is my parcel?\n"
        )
