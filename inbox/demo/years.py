"""A past for big demos: years of settled conversations, as the store would have kept them.

They are older than what the simulated platforms still show, so nothing of them is read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from inbox.demo import script
from inbox.demo.day import BRAND, HANDLE, PAGE_ACCOUNT, PAGE_ID, X_ACCOUNT
from inbox.demo.script import Saying, Script
from inbox.domain.model import Conversation, Direction, Message, Person, Surface

BEGAN = timedelta(days=3 * 365)
ENDED = timedelta(days=35)
"""Longer ago than any backfill reaches."""
PLACES = {
    "mentions": (X_ACCOUNT, "twitter"),
    "direct": (X_ACCOUNT, "twitter"),
    "messenger": (PAGE_ACCOUNT, "facebook"),
    "comments": (PAGE_ACCOUNT, "facebook"),
    "visitor_posts": (PAGE_ACCOUNT, "facebook"),
}
ANSWERED_WITHIN = (5.0, 240.0)
"""Minutes until our answer; some were late."""
US = Person(name=BRAND, handle=HANDLE)
EPOCH = 1_288_834_974_657


THANKS = 0.25
"""How many answer to our answer."""

Past = tuple[Conversation, Sequence[Message]]
"""A head that is still to be resolved and settled, and its messages, oldest first, without `seq`."""


def conversations(seed: int, count: int, now: datetime) -> Iterator[Past]:
    """`count` conversations, oldest first, each with a question, our answer and sometimes thanks."""
    chance, told = Random(seed), script.load()
    sayings = [s for s in told.everyday.says if s.on in PLACES]
    step = (BEGAN - ENDED) / max(count, 1)
    for n in range(count):
        asked_at = now - BEGAN + step * (n + chance.random())
        yield _past(n, chance, told, chance.choice(sayings), asked_at)


def _past(n: int, chance: Random, told: Script, saying: Saying, asked_at: datetime) -> Past:
    account, platform = PLACES[saying.on]
    number = str(((int(asked_at.timestamp() * 1000) - EPOCH) << 22) + n % 4096)
    first, last = chance.choice(told.first_names), chance.choice(told.last_names)
    customer = Person(
        name=f"{first} {last}",
        handle=f"{first[:5]}_{last[:5]}{n}".lower() if platform == "twitter" else None,
        remote_id=str(7 * 10**17 + n),
    )
    thread = _thread(saying.on, number, customer.remote_id or "")
    cid = f"{account}:{saying.on}:{thread}"
    answered_at = asked_at + timedelta(minutes=chance.uniform(*ANSWERED_WITHIN))
    words = [
        (customer, saying.text, asked_at),
        (US, chance.choice(told.answers[saying.lang]), answered_at),
    ]
    if chance.random() < THANKS:
        thanks = chance.choice(told.thanks[saying.lang])
        words.append((customer, thanks, answered_at + timedelta(minutes=chance.uniform(1, 60))))
    head = Conversation(
        id=cid,
        account=account,
        platform=platform,
        surface=Surface(saying.on),
        thread=thread,
        contact=customer,
    )
    return head, [_message(account, cid, f"{number}{i}", *said) for i, said in enumerate(words)]


def _thread(on: str, number: str, customer: str) -> str:
    """In the form of the platform: what a reply or a look-up would name."""
    match on:
        case "mentions":
            return f"{number}:{customer}"
        case "direct":
            return f"700000000000000000-{customer}"
        case "messenger":
            return f"t_{number}"
        case _:
            return f"{PAGE_ID}_{number}"


def _message(account: str, cid: str, key: str, author: Person, text: str, at: datetime) -> Message:
    return Message(
        id=f"{account}:{key}",
        conversation=cid,
        remote_id=key,
        direction=Direction.OUT if author is US else Direction.IN,
        author=author,
        text=text,
        sent_at=at,
        received_at=at,
    )
