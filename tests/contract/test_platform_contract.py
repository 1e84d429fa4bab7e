"""The suite of `inbox.platform_kit.contract`, which authors of other platforms run, on the platforms that come with us."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inbox.adapters.facebook import PLATFORM as FACEBOOK
from inbox.adapters.facebook.sim import Simulator as PageSimulator
from inbox.adapters.facebook.sim.records import Person
from inbox.adapters.simkit import VirtualClock
from inbox.adapters.twitter import PLATFORM as X
from inbox.adapters.twitter.sim import Simulator as XSimulator
from inbox.domain.model import Surface
from inbox.domain.records import replace
from inbox.errors import PlatformError, Refused, Uncertain
from inbox.platform_kit.contract import PlatformContract, PlatformWorld
from inbox.ports.platform import Adapter, Page

START = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Mentions(PlatformWorld):
    """Posts to us on X."""

    platform, surface = X, Surface.MENTIONS
    lost = "POST /2/tweets"

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        super().__init__(folder, clock)
        self.sim = self.simulation = XSimulator(clock, token=self.token)
        self.people: dict[str, str] = {}

    def who(self, customer: str) -> str:
        if customer not in self.people:
            self.people[customer] = self.sim.user(customer.title(), customer)
        return self.people[customer]

    def customer_writes(self, customer: str, text: str) -> None:
        self.sim.post(self.who(customer), f"@acme {text}")

    def taken(self) -> list[str]:
        return [one.text for one in self.sim.accepted]

    def cut_off(self) -> None:
        self.sim.faults.inject("refused", times=1000)

    def lose_next_answer(self) -> None:
        self.sim.faults.inject("accept_then_drop", self.lost)


class DirectMessages(Mentions):
    """Direct messages on X."""

    surface = Surface.DIRECT
    lost = "POST /2/dm"

    def customer_writes(self, customer: str, text: str) -> None:
        self.sim.dm(self.who(customer), text)


class Messenger(PlatformWorld):
    """Messages to a Page."""

    platform, surface = FACEBOOK, Surface.MESSENGER
    lost = "POST messages"

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        super().__init__(folder, clock)
        self.sim = self.simulation = PageSimulator(clock, token=self.token)
        self.people: dict[str, Person] = {}

    def settings(self) -> dict[str, object]:
        return {"page_id": "1001"}

    def who(self, customer: str) -> Person:
        if customer not in self.people:
            self.people[customer] = self.sim.world.person(customer.title())
        return self.people[customer]

    def customer_writes(self, customer: str, text: str) -> None:
        self.sim.world.writes(self.who(customer), text)

    def taken(self) -> list[str]:
        return [one.text for one in self.sim.accepted]

    def cut_off(self) -> None:
        self.sim.faults.inject("refused", times=1000)

    def lose_next_answer(self) -> None:
        self.sim.faults.inject("accept_then_drop", self.lost)


class Comments(Messenger):
    """Comments on a post of a Page."""

    surface = Surface.COMMENTS
    lost = "POST comments"

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        super().__init__(folder, clock)
        self.post = self.sim.world.post("New in our shop")

    def customer_writes(self, customer: str, text: str) -> None:
        self.sim.world.comments(self.post, text, by=self.who(customer))


class TestMentions(PlatformContract):
    World = Mentions


class TestDirectMessages(PlatformContract):
    World = DirectMessages


class TestMessenger(PlatformContract):
    World = Messenger


class TestComments(PlatformContract):
    World = Comments


# -- what the suite must not let pass ----------------------------------------------------------------------


def says_on_wire_afterwards(adapter: Any) -> None:
    send = adapter.send

    async def wrong(outgoing: Any, on_wire: Callable[[], None]) -> Any:
        receipt = await send(outgoing, lambda: None)
        on_wire()
        return receipt

    adapter.send = wrong


def gives_its_reply_another_key(adapter: Any) -> None:
    send = adapter.send

    async def wrong(outgoing: Any, on_wire: Callable[[], None]) -> Any:
        return replace(await send(outgoing, on_wire), key="another")

    adapter.send = wrong


def moves_the_cursor_too_early(adapter: Any) -> None:
    read = adapter.read

    async def wrong(*asked: Any) -> AsyncIterator[Page]:
        pages = [page async for page in read(*asked)]
        yield Page(cursor=next(page.cursor for page in reversed(pages) if page.cursor is not None))
        for page in pages:
            yield page

    adapter.read = wrong


def calls_a_lost_answer_a_refusal(adapter: Any) -> None:
    send = adapter.send

    async def wrong(*asked: Any) -> Any:
        try:
            return await send(*asked)
        except Uncertain as error:
            raise Refused(str(error)) from None

    adapter.send = wrong


def raises_what_nobody_understands(adapter: Any) -> None:
    read = adapter.read

    async def wrong(*asked: Any) -> AsyncIterator[Page]:
        try:
            async for page in read(*asked):
                yield page
        except PlatformError:
            raise KeyError("data") from None

    adapter.read = wrong


def believes_in_absence(adapter: Any) -> None:
    find = adapter.find

    async def wrong(*asked: Any) -> Any:
        return replace(await find(*asked), found=[])

    adapter.find = wrong


@pytest.mark.parametrize(
    ("sabotage", "test"),
    [
        (says_on_wire_afterwards, "test_a_reply_is_sent_once_and_read_again_as_ours"),
        (gives_its_reply_another_key, "test_a_reply_is_sent_once_and_read_again_as_ours"),
        (moves_the_cursor_too_early, "test_a_reading_that_ends_early_loses_nothing"),
        (calls_a_lost_answer_a_refusal, "test_a_lost_answer_is_an_unknown_outcome"),
        (raises_what_nobody_understands, "test_out_of_reach_it_raises_what_the_core_understands"),
        (believes_in_absence, "test_a_reply_of_unknown_outcome_is_found_or_not"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_promise_is_seen(sabotage: Callable[[Any], None], test: str, tmp_path: Path) -> None:
    """A suite that anything passes would tell an author that a platform loses nothing, when it does."""

    class Sabotaged(Mentions):
        def connect(self) -> Adapter:
            adapter = super().connect()
            sabotage(adapter)
            return adapter

    class Suite(PlatformContract):
        World = Sabotaged

    run = getattr(Suite(), test)
    with pytest.raises((AssertionError, PlatformError, KeyError)):
        run(Sabotaged(tmp_path, VirtualClock(START)))
