"""Random histories in any order of reading: the figures are those of the facts, and what has ended never moves.

250 by default; `INBOX_HISTORIES=20000` tries more, `INBOX_HISTORIES_FROM=1000` others.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from domain.builders import ANNA, CLOCK, answers, asks, at, head

from inbox.domain import automatic, lifecycle
from inbox.domain.model import Conversation, Message, Person, Priority, Response, Status, Surface
from inbox.domain.records import replace
from inbox.domain.sla import Policy, Timers
from inbox.engine import policies

HISTORIES = int(os.environ.get("INBOX_HISTORIES", "250"))
FIRST_HISTORY = int(os.environ.get("INBOX_HISTORIES_FROM", "0"))
SEEDS = range(FIRST_HISTORY, FIRST_HISTORY + HISTORIES)
STEPS, LATER = 15, 8
"""Things that happen before and after the figures are looked at."""
PAUSE = 20
"""Minutes between two of them."""
GREETING = "Hello! We will be with you soon."
START = replace(CLOCK, automatic=("Hello! We will*",))
BEN = Person(name="Ben", remote_id="8")
VIP = (
    Policy(tag="vip", first=timedelta(minutes=30), next=timedelta(minutes=10)),
    Policy(person="press", first=timedelta(minutes=20)),
    Policy(priority="urgent", first=timedelta(minutes=5), next=timedelta(minutes=5)),
)
POLICIES = (
    START,
    replace(START, first=timedelta(hours=1), next=timedelta(minutes=20)),
    replace(START, policies=VIP),
    replace(START, first=timedelta(hours=8), next=timedelta(hours=5), policies=VIP[::-1]),
)
KINDS = (
    *("ask", "ask", "ask", "answer", "answer", "greet", "policy", "tag", "tag", "person tag", "priority"),
    *("take", "undo", "resolve", "resolve", "spam", "snooze", "delete", "return", "read", "read", "restart"),
)


class Settings:
    """As much of a store as the policies need."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.small_things = self

    def setting(self, key: str) -> Any:
        return msgspec.json.decode(self.kept[key]) if key in self.kept else None

    def put_setting(self, key: str, value: Any) -> None:
        self.kept[key] = msgspec.json.encode(value)


class History:
    """What happened, by the clock, and what was read of it so far."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.store: Any = Settings()
        self.timers: Timers = START
        self.put_in_force(0, 0)
        surface = self.dice.choice([Surface.MESSENGER, Surface.COMMENTS, Surface.SEARCH])
        self.head: Conversation = head(surface)
        self.before: list[Conversation] = []
        self.unread: list[Message] = []
        self.read: list[Message] = []
        self.happened = Counter[str]()
        self.looked = at(0)
        """When the figures were looked at, which must not move from then on."""

    def happen(self, number: int) -> None:
        """One more thing, a few minutes after the last."""
        minutes = number * PAUSE + self.dice.random() * 3
        kind = self.dice.choice(KINDS)
        self.happened[kind] += 1
        match kind:
            case "ask":
                self.unread.append(asks(number, minutes, author=self.dice.choice([ANNA, BEN])))
            case "answer":
                names = self.dice.choice([(), (), ("7", "Anna"), ("8", "Ben"), ("99", "Somebody else")])
                self.unread.append(answers(number, minutes, names=names))
            case "greet":
                self.unread += [
                    asks(number, minutes),
                    answers(1000 + number, minutes + 0.05, text=GREETING),
                ]
            case "policy":
                self.put_in_force(self.dice.randrange(len(POLICIES)), minutes)
            case "tag":
                add, gone = (["vip"], []) if "vip" not in self.head.tags else ([], ["vip"])
                self.decide(lambda c: lifecycle.tag(c, add, gone), minutes)
            case "person tag":
                tags = () if self.head.person_tags else ("press",)
                self.decide(lambda c: replace(c, person_tags=tags), minutes, undoable=False)
            case "priority":
                to = self.dice.choice(list(Priority))
                self.decide(lambda c: lifecycle.prioritise(c, to), minutes)
            case "take":
                agent = None if self.head.assignee else "mia"
                self.decide(lambda c: lifecycle.assign(c, agent, at(minutes)), minutes)
            case "resolve":
                self.decide(lambda c: lifecycle.resolve(c, "mia", at(minutes)), minutes)
            case "spam":
                self.decide(lifecycle.spam, minutes)
            case "snooze":
                self.decide(lambda c: lifecycle.snooze(c, at(minutes + 30), at(minutes)), minutes)
            case "undo" if self.before:
                self.head = lifecycle.put_back(self.head, self.before.pop(), at(minutes))
            case "delete" if self.read:
                self.change(lambda m: replace(m, gone_at=m.gone_at or at(minutes)))
            case "return" if self.read:
                # One that was missing when a wait ended, and is back, is a message found late: see the other test.
                self.change(
                    lambda m: replace(m, gone_at=None) if m.left_at and m.left_at > self.looked else m
                )
            case "restart":
                self.restart()
            case _:
                self.read_some(self.dice.randint(0, 3))
        self.settle()

    def put_in_force(self, which: int, minutes: float) -> None:
        own = POLICIES[which]
        found = policies.put_in_force(self.store, own, str(which), at(minutes), alone=True)
        self.timers = found.timers

    def decide(
        self, rule: Callable[[Conversation], Conversation], minutes: float, *, undoable: bool = True
    ) -> None:
        if undoable:
            self.before.append(self.head)
        self.head = lifecycle.relabelled(self.head, rule(self.head), at(minutes))

    def change(self, rule: Callable[[Message], Message]) -> None:
        """One message that was read is seen to be missing, or is there again."""
        which = self.dice.randrange(len(self.read))
        self.read[which] = rule(self.read[which])

    def restart(self) -> None:
        """What is known is what stands on the disk."""
        self.head = msgspec.json.decode(msgspec.json.encode(self.head), type=Conversation)
        self.read = msgspec.json.decode(msgspec.json.encode(self.read), type=list[Message])
        self.timers = policies.current(self.store, START, "another")

    def read_some(self, count: int) -> None:
        """A page arrives: some of what is written and not read, in any order. The store numbers what it is given."""
        for message in self.dice.sample(self.unread, min(count, len(self.unread))):
            self.unread.remove(message)
            self.read.append(replace(message, seq=len(self.read) + 1))

    def settle(self) -> None:
        self.head, self.read = settled(self.head, self.read, self.timers)

    def lived(self) -> History:
        """The same, after all that happens before anybody looks."""
        for number in range(1, STEPS + 1):
            self.happen(number)
        self.read_some(len(self.unread))
        self.settle()
        return self


def settled(c: Conversation, messages: list[Message], timers: Timers) -> tuple[Conversation, list[Message]]:
    marked = automatic.mark(c, messages, timers.automatic, lambda text: automatic.UNKNOWN)
    return lifecycle.settle(c, marked.messages, timers), marked.messages


def figures(c: Conversation, until: float = 10_000) -> list[Response]:
    """Of the waits that ended; what a customer took back counts for nothing, and comes back with its message."""
    ended = [r for r in c.responses if r.how != "taken_back" and r.ended_at <= at(until)]
    return sorted(ended, key=lambda r: (r.ended_at, r.since, r.how))


def from_the_facts(story: History, seed: int) -> Conversation:
    """The conversation as one who reads everything at once, in one page of any order, would know it."""
    facts = ("labels", "takings", "resolves", "tags", "priority", "person_tags", "assignee", "status")
    fresh = replace(head(story.head.surface), **{name: getattr(story.head, name) for name in facts})
    shuffled = list(story.read)
    random.Random(seed + 1).shuffle(shuffled)
    return settled(fresh, shuffled, story.timers)[0]


def test_the_order_of_reading_makes_no_difference_and_what_has_ended_never_moves() -> None:
    ended, happened = Counter[str](), Counter[str]()
    for seed in SEEDS:
        story = History(seed).lived()
        complete = figures(story.head)
        ended.update(r.how for r in complete)
        ended.update("late" for r in complete if not r.in_time)
        assert figures(from_the_facts(story, seed)) == complete, f"history {seed}: read at once"

        # Whatever is decided, set, asked, deleted or restarted afterwards; only a step taken back takes its own back.
        story.before.clear()
        story.looked = at((STEPS + 1) * PAUSE)
        for number in range(STEPS + 1, STEPS + 1 + LATER):
            story.happen(number)
            later = figures(story.head, until=(STEPS + 1) * PAUSE)
            assert later == complete, f"history {seed}: a figure moved at step {number}"
        happened.update(story.happened)
    assert set(happened) == set(KINDS), "every kind of event took place"
    assert min(ended[how] for how in ("answered", "resolved", "late")) > HISTORIES // 10, ended


def test_a_message_found_late_moves_times_and_no_target() -> None:
    """Rule 12: it may change when a past wait began; it is judged by the target that the wait had."""
    moved = 0
    for seed in SEEDS[: HISTORIES // 4]:
        story = History(seed).lived()
        before = {r.ended_at: r for r in figures(story.head)}
        story.unread.append(asks(500, story.dice.random() * STEPS * PAUSE, author=ANNA))
        story.read_some(1)
        story.settle()
        for r in figures(story.head):
            known = before.get(r.ended_at)
            if known is not None and known.kind == r.kind:
                assert (r.policy, r.target) == (known.policy, known.target), f"history {seed}"
                moved += r.since != known.since
    assert moved > HISTORIES // 200, "histories in which nothing moves prove nothing"


def test_a_greeting_ends_no_wait_in_any_history() -> None:
    for seed in SEEDS[: HISTORIES // 5]:
        story = History(seed).lived()
        quick = {m.sent_at for m in story.read if m.text == GREETING}
        assert not quick & {r.ended_at for r in story.head.responses}, f"history {seed}"


def test_spam_and_sleep_hide_and_move_no_figure() -> None:
    """Neither key makes a late answer good."""
    for seed in SEEDS[: HISTORIES // 5]:
        story = History(seed).lived()
        complete = figures(story.head)
        for status in Status:
            other = replace(story.head, status=status)
            assert figures(settled(other, story.read, story.timers)[0]) == complete, (
                f"history {seed}: {status}"
            )
