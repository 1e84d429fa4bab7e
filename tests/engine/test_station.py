"""No task of the station ends for good, whatever it meets; what does not work is said until it works again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.world import NOON, World, said
from inbox.domain.model import SendState, Surface
from inbox.engine import session
from inbox.engine.desk.drafts import Reply
from inbox.engine.health import Trouble
from inbox.engine.station.station import SyncStation
from inbox.engine.station.supervisor import LONGEST_PAUSE, Supervisor, Task
from inbox.errors import Damaged, PlatformError, StoreError, StoreFull
from inbox.ports.platform import Page, Presence
from inbox.ports.secrets import Secret
from inbox.store.sqlite.handle import Handle
from inbox.store.sqlite.status_file import NAME, StatusFile

M = Surface.MENTIONS
CID = "acme-x:mentions:root:7"

ERRORS: tuple[BaseException, ...] = (
    OSError(28, "No space left on device"),
    sqlite3.OperationalError("disk I/O error"),
    StoreFull("The disk took no more."),
    StoreError("Another program holds the store's file."),
    Damaged("The store's file is damaged."),
    MemoryError(),
    msgspec.ValidationError("Expected `int`"),
    asyncio.CancelledError(),
    RuntimeError("Event loop is closed"),
    BaseExceptionGroup("unhandled errors in a TaskGroup", [asyncio.CancelledError(), KeyError("x")]),
    KeyError("data"),
    RecursionError(),
)


@asynccontextmanager
async def running(world: World, **more: Any) -> AsyncIterator[SyncStation]:
    """The station at work; the clock is turned by `until`."""
    station = SyncStation(world.store, world.clock, [world.reader], world.delivery, **more)
    task = asyncio.create_task(station._run())
    try:
        yield station
    finally:
        station.stop()
        await asyncio.wait_for(task, 5)


async def until(world: World, true: Callable[[], object], most: int = 20_000) -> None:
    """Turn the clock in small steps until something is so."""
    for _ in range(most):
        if true():
            return
        await asyncio.sleep(0)
        world.clock.advance(0.1)
    pytest.fail("it never came")


class Fails:
    """Stands for a function of something: raises while it is told to, and counts its calls."""

    def __init__(self, real: Callable[..., Any], error: BaseException) -> None:
        self.real, self.error, self.calls, self.broken = real, error, 0, True

    def __call__(self, *args: Any, **more: Any) -> Any:
        self.calls += 1
        if self.broken:
            raise self.error
        return self.real(*args, **more)


async def _token() -> Secret:
    return Secret("app")


TASKS: dict[str, tuple[str, str]] = {
    "reading": ("reader", "due_now"),
    "listening": ("reader", "listen"),
    "recheck": ("reader", "recheck"),
    "sending": ("delivery", "due"),
    "backup": ("store.upkeep", "backup_due"),
    "threads": ("reader", "whole"),
    "presence": ("store.conversations", "get"),
    "station": ("delivery", "recover"),
}
"""By task: what it calls, which is to fail."""


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("name", TASKS)
async def test_a_task_that_fails_is_said_rested_and_started_again(
    world: World, name: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error nobody foresaw must not end reading or sending until somebody restarts the program."""
    owner, method = TASKS[name]
    part: Any = attrgetter(owner)(world)
    fails = Fails(getattr(part, method), error)
    # Readers and stores are made once: what is patched is their class.
    monkeypatch.setattr(type(part), method, lambda self, *args, **more: fails(*args, **more))
    world.reader.push_token = _token
    async with running(world) as station:
        if name == "threads":
            station.read_thread(CID)
        if name == "presence":
            station.show_presence(CID, Presence.SEEN)
        await until(world, lambda: any(t.task == name for t in station.troubles))
        trouble = next(t for t in station.troubles if t.task == name)
        assert trouble.message
        assert "No space" in trouble.message or type(error) is not OSError
        fails.broken = False
        if name == "threads":
            station.read_thread(CID)
        if name == "presence":
            station.show_presence(CID, Presence.SEEN)
        await until(world, lambda: not station.troubles, 200_000)


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
async def test_what_fails_in_one_task_stops_no_other(world: World, error: BaseException) -> None:
    """Reading fails again and again; replies leave all the same."""
    world.arrive(said("1"))
    fails = Fails(lambda: None, error)
    world.platform.read = fails  # type: ignore[method-assign]
    item = world.desk.replying.reply(CID, Reply("On its way!", hold=timedelta(seconds=5)))
    async with running(world):
        await until(world, lambda: _state(world, item.id) is SendState.SENT)
        calls = fails.calls
        await until(world, lambda: fails.calls > calls)


def _state(world: World, oid: str) -> SendState | None:
    found = world.store.outbox.get(oid)
    return found.state if found else None


async def test_a_full_disk_for_ten_seconds_at_the_start_leaves_no_trace(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the station can write: not the health, not the backup, not the page that was read."""
    world.arrive(said("1"))
    item = world.desk.replying.reply(CID, Reply("On its way!", hold=timedelta(0)))
    world.platform.pages[M] = [Page(messages=[said("2", "Hello?")], cursor={"n": "2"}, complete=True)]
    real = Handle.transaction
    room_at = NOON + timedelta(seconds=10)

    def transaction(self: Any) -> Any:
        if world.clock.now() < room_at:
            raise StoreFull("The disk took no more.")
        return real(self)

    monkeypatch.setattr(Handle, "transaction", transaction)
    monkeypatch.setattr(Handle, "joined", lambda self: self.transaction())
    said_to_others: list[tuple[str, ...]] = []

    def told(troubles: Any) -> None:
        said_to_others.append(tuple(t.task for t in troubles))
        if world.clock.now() < room_at:
            raise OSError(28, "No space left on device")

    async with running(world, notify=told) as station:
        await until(world, lambda: {"sending"} <= {t.task for t in station.troubles})
        await until(world, lambda: world.clock.now() > room_at and not station.troubles)
        await until(world, lambda: _state(world, item.id) is SendState.SENT)
        world.platform.pages[M] = [Page(messages=[said("2", "Hello?")], cursor={"n": "2"}, complete=True)]
        await until(
            world, lambda: [m.text for m in world.store.messages.of_conversation(CID)].count("Hello?") == 1
        )
    assert len(world.platform.accepted) == 1
    assert said_to_others[-1] == ()


async def test_pauses_grow_to_a_minute_and_begin_anew_when_it_worked(world: World) -> None:
    """Neither a hot loop nor an hour of silence."""
    supervisor, task = Supervisor(world.clock), Task("backup")
    pauses = [supervisor.failed(task, KeyError()) for _ in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert pauses[-1] == LONGEST_PAUSE
    supervisor.worked(task)
    assert supervisor.failed(task, KeyError()) == 1


async def test_a_trouble_names_the_account_and_nothing_of_an_unknown_error(world: World) -> None:
    """The text of an error nobody foresaw may hold what a customer wrote, or a token."""
    supervisor = Supervisor(world.clock)
    supervisor.failed(Task("reading", "acme-x"), KeyError("secret words"))
    (trouble,) = supervisor.troubles
    assert trouble == Trouble(
        task="reading",
        account="acme-x",
        message="Reading acme-x is interrupted: a defect of this program (KeyError)",
        since=NOON,
    )


async def test_a_surface_that_breaks_our_parser_leaves_the_others_alone(world: World) -> None:
    """A defect is one surface's trouble, said and asked about ever more rarely, like any other."""
    world.reader.surfaces = (Surface.MENTIONS, Surface.DIRECT)
    read = world.platform.read

    def breaks(surface: Surface, *more: Any) -> Any:
        if surface is M:
            raise KeyError("data")
        return read(surface, *more)

    world.platform.read = breaks  # type: ignore[method-assign]
    world.platform.pages[Surface.DIRECT] = [
        Page(messages=[said("9", surface=Surface.DIRECT, thread="1-7")], complete=True)
    ]
    report = await world.reader.round()
    assert isinstance(report.error, PlatformError)
    assert report.error.code == "defect"
    assert world.desk.queue.order("all") == ["acme-x:direct:1-7"]


def test_other_processes_read_what_does_not_work_even_on_a_full_disk(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`inbox accounts` beside a running `inbox sync`: the store takes nothing, and this is just what has to be said."""
    status = StatusFile(tmp_path)
    sending = Trouble(task="sending", message="Sending is interrupted: The disk took no more.", since=NOON)
    backup = Trouble(task="backup", message="No backup can be made: Not a directory", since=NOON)
    status.write([], NOON)
    size = (tmp_path / NAME).stat().st_size
    status.write([msgspec.to_builtins(t) for t in (sending, backup)], NOON)
    assert (tmp_path / NAME).stat().st_size == size, "overwritten in place, so no room is needed"
    world.desk.workplace.station_troubles = lambda: msgspec.convert(
        status.read(world.clock.now()), list[Trouble]
    )
    (health,) = world.desk.accounts.health()
    assert (health.problem, health.kind) == (sending.message, "station")
    assert health.troubles == (sending, backup)
    assert backup.message in health.notes
    world.clock.advance(61)
    (later,) = world.desk.accounts.health()
    assert (later.problem, later.troubles) == (None, ()), "a process that died says nothing for ever"


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b'{"at": 5, "entries": 7}', b"\x00" * 4096])
def test_a_status_that_cannot_be_read_says_nothing(tmp_path: Path, written: bytes) -> None:
    """Whatever is in the file: it is a hint, and stops nobody."""
    (tmp_path / NAME).write_bytes(written)
    assert StatusFile(tmp_path).read(NOON) == []


def test_a_station_that_cannot_begin_is_begun_again_and_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full when the screen opens: reading and sending begin once there is room, without a restart."""
    monkeypatch.setattr(session, "FIRST_PAUSE", 0.01)
    opened: list[str | None] = []

    class Works:
        troubles = ()

        def run(self) -> None:
            opened.append("runs")

        def stop(self) -> None: ...
        def close(self) -> None: ...

    def open_station() -> Any:
        opened.append(running.trouble)
        if len(opened) < 3:
            raise StoreFull("The disk took no more.")
        return Works()

    running = session.Session(lambda: world.desk, open_station, world.clock)
    running.start()
    assert running._thread is not None
    running._thread.join(10)
    said = "Reading and sending are interrupted: The disk took no more."
    assert opened == [None, said, said, "runs"]
    assert running.trouble is None
    running._executor.shutdown()
