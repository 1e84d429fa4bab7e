"""Every command that waits ends within five seconds of a signal, in any state, and W2: what another process queues
leaves without a restart. Real processes between two simulated platforms."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drills import contention

from faults.test_whole_program import Program, program  # noqa: F401
from inbox.domain.outbox import Phase
from inbox.store.sqlite.store import LocalStore

LIMIT = 5.0
DATABASE = "inbox.db"


def wait_until(true: Callable[[], object], seconds: float = 30) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def ended(process: subprocess.Popen[str], number: signal.Signals) -> float:
    """Seconds from the signal to the end, as on a computer that does nothing else."""
    before, began = contention(), time.monotonic()
    process.send_signal(number)
    process.wait(60)
    took = time.monotonic() - began
    return took / max(before, contention())


def mention(program: Program) -> str:  # noqa: F811
    program.says("sync", "--once")
    told = json.loads(program.says("queue", "--view", "all", "--json"))
    return next(c["id"] for c in told if c["surface"] == "mentions")


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (("sync",), signal.SIGTERM),
        (("sync", "--once"), signal.SIGHUP),
        (("reply", "--wait"), signal.SIGINT),
        (("reply", "--wait"), signal.SIGTERM),
    ],
    ids=str,
)
def test_f38_a_signal_in_the_middle_of_a_post_ends_it_and_nothing_is_sent_twice(
    program: Program,  # noqa: F811
    command: tuple[str, ...],
    number: signal.Signals,
) -> None:
    """The platform has taken it and never answers. Its outcome is looked up by the next run."""
    cid = mention(program)
    program.x.next_write = "accepted, answered too late"
    if command[0] == "reply":
        command = ("reply", cid, "--text", "On its way.", "--wait")
    else:
        program.says("reply", cid, "--text", "On its way.")
    with program.process(*command) as process:
        wait_until(lambda: program.x.simulation.accepted)
        assert ended(process, number) < LIMIT
    store = LocalStore(program.folder / "data")
    (item,) = store.outbox.items()
    assert item.phase in (Phase.ON_WIRE, Phase.UNCONFIRMED)
    program.says("sync", "--once")
    (item,) = store.outbox.items()
    store.close()
    assert item.phase is Phase.SENT
    assert len(program.x.simulation.accepted) == 1


def test_f38_a_signal_while_another_program_holds_the_store_ends_it(program: Program) -> None:  # noqa: F811
    """The main thread waits inside SQLite, where no handler of Python's runs."""
    cid = mention(program)
    with program.process("sync") as process:
        time_began = time.time()
        health = program.folder / "data" / f"{DATABASE}-wal"
        wait_until(lambda: health.exists() and health.stat().st_mtime >= time_began)
        other = sqlite3.connect(program.folder / "data" / DATABASE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            program.x.simulation.post(program.x.simulation.user("Carl", "carl"), "@acme And mine?")
            assert ended(process, signal.SIGTERM) < LIMIT
        finally:
            other.execute("ROLLBACK")
            other.close()
    assert cid in program.says("queue", "--view", "all", "--json")


def test_a_reply_of_another_process_leaves_while_sync_runs(program: Program) -> None:  # noqa: F811
    """Queued by a script beside a process that has the lease: no restart, and `--wait` sees its outcome."""
    cid = mention(program)
    with program.process("sync") as process:
        lease = Path(program.folder / "data" / "lease-station.lock")
        wait_until(lease.exists)
        said = program.says("reply", cid, "--text", "On its way.", "--wait")
        assert "sent" in said
        assert len(program.x.simulation.accepted) == 1
        assert ended(process, signal.SIGTERM) < LIMIT
