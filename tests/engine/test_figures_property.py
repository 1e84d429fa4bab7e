"""Random histories in any order of reading: the figures are those of the facts, and what has ended never moves.

250 by default; `INBOX_HISTORIES=20000` tries more.
"""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import Any

from domain.builders import CLOCK, answers, asks, at, head

from inbox.domain import automatic, lifecycle
from inbox.domain.model import Conversation, Message, Response, Surface
from inbox.domain.records import replace
from inbox.domain.sla import Policy, Timers

HISTORIES = int(os.environ.get("INBOX_HISTORIES", "250"))
GREETING = "Hello! We will be with you soon."
START = replace(CLOCK, automatic=("Hello! We will*",))
POLICIES = (
    START,
    replace(START, first=timedelta(hours=1), next=timedelta(minutes=20)),
    replace(START, policies=(Policy(tag="vip", first=timedelta(minutes=30), next=timedelta(minutes=10)),)),
    replace(START, first=timedelta(hours=8), next=timedelta(hours=5)),
)


class History:
    """What happened, by the clock, and what was read of it so far."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.timers: Timers = START
        surface = dice.choice([Surface.MESSENGER, Surface.COMMENTS, Surface.SEARCH])
        self.head: Conversation = head(surface)
        self.before: list[Conversation] = []
        self.written: list[Message] = []
        self.read: list[Message] = []

    def happen(self, number: int) -> None:
        """One more thing, a few minutes after the last."""
        minutes = number * 7 + self.dice.random() * 3
        match self.dice.choice(
            ["ask", "ask", "answer", "greet", "policy", "tag", "tag", "take", "undo", "read"]
        ):
            case "ask":
                self.written.append(asks(number, minutes))
            case "answer":
                self.written.append(answers(number, minutes))
            case "greet":
                self.written += [
                    asks(number, minutes),
                    answers(1000 + number, minutes + 0.05, text=GREETING),
                ]
            case "policy":
                self.timers = replace(self.dice.choice(POLICIES), since=at(minutes), earlier=self.timers)
                self.settle()
            case "tag":
                self.decide(
                    lambda c: (
                        lifecycle.tag(c, ["vip"], [])
                        if "vip" not in c.tags
                        else lifecycle.tag(c, [], ["vip"])
                    ),
                    minutes,
                )
            case "take":
                to = None if self.head.assignee else "mia"
                self.decide(lambda c: lifecycle.assign(c, to, at(minutes)), minutes)
            case "undo" if self.before:
                self.head = lifecycle.put_back(self.head, self.before.pop(), at(minutes))
                self.settle()
            case _:
                self.read_some(self.dice.randint(0, 3))

    def decide(self, rule: Any, minutes: float) -> None:
        self.before.append(self.head)
        self.head = lifecycle.relabelled(self.head, rule(self.head), at(minutes))
        self.settle()

    def read_some(self, count: int) -> None:
        """A page arrives: some of what is written and not read, in any order."""
        left = [m for m in self.written if m not in self.read]
        self.read += self.dice.sample(left, min(count, len(left)))
        self.settle()

    def settle(self) -> None:
        self.head = settled(self.head, self.read, self.timers)


def settled(c: Conversation, messages: list[Message], timers: Timers) -> Conversation:
    marked = automatic.mark(c, messages, timers.automatic, lambda text: automatic.UNKNOWN)
    return lifecycle.settle(c, marked.messages, timers)


def figures(c: Conversation) -> list[Response]:
    return sorted(c.responses, key=lambda r: (r.since, r.ended_at))


def test_the_order_of_reading_makes_no_difference_and_what_has_ended_never_moves() -> None:
    ended = 0
    for seed in range(HISTORIES):
        story = History(random.Random(seed))
        for number in range(1, 16):
            story.happen(number)
        story.read_some(len(story.written))
        complete = figures(story.head)
        ended += len(complete)

        # Read at once, in one page, from nothing but the facts.
        fresh = replace(
            head(story.head.surface),
            labels=story.head.labels,
            takings=story.head.takings,
            tags=story.head.tags,
            assignee=story.head.assignee,
        )
        shuffled = list(story.written)
        random.Random(seed + 1).shuffle(shuffled)
        assert figures(settled(fresh, shuffled, story.timers)) == complete, f"history {seed}: read at once"

        # Whatever is decided, set or asked afterwards.
        for number in range(16, 24):
            story.happen(number)
            later = [r for r in figures(story.head) if r.ended_at <= at(16 * 7)]
            assert later == complete, f"history {seed}: a figure moved at step {number}"
    assert ended > HISTORIES // 2, "histories in which nothing ends prove nothing"


def test_a_greeting_ends_no_wait_in_any_history() -> None:
    for seed in range(HISTORIES // 5):
        story = History(random.Random(seed))
        for number in range(1, 16):
            story.happen(number)
        story.read_some(len(story.written))
        quick = {m.sent_at for m in story.written if m.text == GREETING}
        assert not quick & {r.ended_at for r in story.head.responses}, f"history {seed}"
