"""A store that takes nothing for a while, at every step of a send: afterwards all is as if it had not been, without a
restart, and whatever was answered meanwhile is known (F80)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from engine.world import NOON, World, build, said

from inbox.domain.model import Direction, SendState
from inbox.engine.desk.drafts import Reply
from inbox.errors import PlatformError, RateLimited, StoreError, StoreFull
from inbox.ports.platform import Page
from inbox.store.sqlite.handle import Handle

CID = "acme-x:mentions:root:7"
MOST = 40
"""More commits than any send here makes."""


class Disk:
    """Decides which commit fails, and how. `commits` counts outermost transactions since it was armed."""

    def __init__(self) -> None:
        self.commits = 0
        self.fails: Callable[[int], bool] = lambda number: False
        self.locked = False
        """Nobody even gets the write lock; else the transaction fails at its end, as on a full disk."""
        self.failed = 0

    def met(self) -> bool:
        self.commits += 1
        if not self.fails(self.commits):
            return False
        self.failed += 1
        return True


class UnreliableHandle(Handle):
    disk = Disk()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._breaking(super().transaction):
            yield

    def joined(self):  # type: ignore[no-untyped-def]
        return self._breaking(super().joined)

    @contextmanager
    def _breaking(self, real: Callable[[], object]) -> Iterator[None]:
        if self.sql.depth:
            with real():  # type: ignore[attr-defined]
                yield
            return
        fails = self.disk.met()
        if fails and self.disk.locked:
            raise StoreError("Another inbox on this machine has been writing for 10 seconds.")
        with real():  # type: ignore[attr-defined]
            yield
            if fails:
                raise StoreFull("The disk took no more.")


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], World]]:
    """A new world at each call, with Anna waiting and a disk that can be armed."""
    monkeypatch.setattr("inbox.store.sqlite.store.Handle", UnreliableHandle)
    made: list[World] = []

    def new() -> World:
        UnreliableHandle.disk = Disk()
        world = build(tmp_path / str(len(made)))
        made.append(world)
        world.arrive(said("1"))
        return world

    yield new
    UnreliableHandle.disk = Disk()
    for world in made:
        world.store.close()


OUTCOMES: dict[str, list[PlatformError | str]] = {
    "taken": [],
    "taken, then silence": ["taken, then silence"],
    "asked to wait": [RateLimited("Too many requests.", retry_at=NOON + timedelta(seconds=15))],
}


async def send(world: World, outcome: str, arm: Callable[[Disk], None]) -> str | None:
    """One reply, and a second one to the same customer. Answers what is wrong, if anything is."""
    disk = UnreliableHandle.disk
    world.platform.outcomes = list(OUTCOMES[outcome])
    world.platform.fresh = [Page(messages=[said("2", "Hello?")])]
    items = [
        world.desk.replying.reply(CID, Reply(text, hold=timedelta(0)))
        for text in ("On its way!", "And more.")
    ]
    disk.commits = 0
    arm(disk)
    for _ in range(120):
        with suppress(StoreError):  # the station's supervisor does the same
            await world.turn(1)
    disk.fails = lambda number: False
    states = [found.state for i in items if (found := world.store.outbox.get(i.id)) is not None]
    ours = [m.text for m in world.store.messages.of_conversation(CID) if m.direction is Direction.OUT]
    texts = [taken.item.text for taken in world.platform.accepted]
    if states != [SendState.SENT, SendState.SENT] or sorted(texts) != ["And more.", "On its way!"]:
        return f"{states}, the platform has {texts}"
    if sorted(ours) != sorted(texts) or world.delivery.resting.error is not None:
        return f"the thread has {ours}, {world.delivery.resting.error}"
    return None


@pytest.mark.parametrize("locked", [False, True], ids=["full", "locked"])
@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_f80_whichever_commit_of_a_send_fails_it_is_sent_once(
    worlds: Callable[[], World], outcome: str, locked: bool
) -> None:
    """For every n: a reply that stays `sending` until a restart blocks its customer for as long."""
    wrong, most = {}, MOST
    for n in range(1, MOST + 1):
        if n > most:
            break

        def arm(disk: Disk, n: int = n) -> None:
            disk.locked, disk.fails = locked, lambda number: number == n

        found = await send(worlds(), outcome, arm)
        if not UnreliableHandle.disk.failed:
            most = n
        if found:
            wrong[n] = found
    assert wrong == {}
    assert 6 < most < MOST, "every commit has had its turn"


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_f80_ten_seconds_without_room_at_any_moment_of_a_send_leave_no_trace(
    worlds: Callable[[], World], outcome: str
) -> None:
    """The disk fills up between any two steps, and there is room again after ten seconds."""
    wrong = {}
    for n in range(1, 16):
        world = worlds()
        until: list[float] = []

        def full(number: int, n: int = n, world: World = world, until: list[float] = until) -> bool:
            if number < n:
                return False
            if not until:
                until.append(world.clock.now().timestamp() + 10)
            return world.clock.now().timestamp() < until[0]

        found = await send(world, outcome, lambda disk, full=full: setattr(disk, "fails", full))  # type: ignore[misc]
        if found:
            wrong[n] = found
    assert wrong == {}


async def test_a_defect_after_the_first_byte_is_looked_up_and_before_it_tried_again(
    worlds: Callable[[], World],
) -> None:
    """Whatever an adapter raises, the row does not wait for a restart; and nothing is sent twice for it."""
    world = worlds()
    send_really = world.platform.send
    raised = []

    async def breaks(outgoing, on_wire):  # type: ignore[no-untyped-def]
        if not raised:
            raised.append(1)
            raise KeyError("before")
        if len(raised) == 1:
            raised.append(2)
            await send_really(outgoing, on_wire)
            raise KeyError("after")
        return await send_really(outgoing, on_wire)

    world.platform.send = breaks  # type: ignore[method-assign]
    item = world.desk.replying.reply(CID, Reply("On its way!", hold=timedelta(0)))
    for _ in range(60):
        await world.turn(1)
    found = world.store.outbox.get(item.id)
    assert found is not None
    assert found.state is SendState.SENT
    assert len(world.platform.accepted) == 1
