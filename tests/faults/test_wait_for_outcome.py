"""Exit statuses of `inbox reply --wait`, and a reply of another process beside the open screen. The real program."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from drills import contention

from faults.pseudo import Screen
from faults.test_end_in_time import mention
from faults.test_whole_program import Program, program  # noqa: F401
from inbox.cli import main, waiting
from inbox.domain.model import SendState
from inbox.domain.outbox import OutboxItem
from inbox.engine.station.station import LEASE
from inbox.store.sqlite.store import LocalStore

LATE = timedelta(seconds=2)
"""After its hold a reply of another process may leave so much later (the kind of W2)."""


def asked(program: Program, *words: str) -> tuple[int, str]:  # noqa: F811
    """Exit status and all that was said."""
    with program.process(*words) as process:
        said, _ = process.communicate(timeout=60)
        return process.returncode, said


def items(program: Program) -> list[OutboxItem]:  # noqa: F811
    with closing(LocalStore(program.folder / "data")) as store:
        return store.outbox.items()


def hold(program: Program, seconds: int) -> None:  # noqa: F811
    config = program.folder / "config.toml"
    text = config.read_text("utf-8").replace('hold_public = "0s"', f'hold_public = "{seconds}s"')
    config.write_text(text, "utf-8")


@pytest.mark.parametrize(("fault", "status"), [(None, 0), ("402", 1)], ids=str)
def test_the_exit_status_of_a_wait_says_how_the_reply_ended(
    program: Program,  # noqa: F811
    fault: str | None,
    status: int,
) -> None:
    """0 sent, 1 failed: a script decides by it whether a person must look."""
    cid = mention(program)
    if fault is not None:
        program.x.simulation.faults.inject(fault, "POST /2/tweets")
    assert asked(program, "reply", cid, "--text", "On its way.", "--wait")[0] == status


def test_a_wait_that_ends_without_an_outcome_exits_with_3(
    program: Program,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another process has the lease and does not get to it. The reply is not said to be well: it has not left, and the
    way to look is named."""
    cid = mention(program)
    monkeypatch.setattr(waiting, "GIVE_UP", 0.2)
    for name, value in program.environment.items():
        monkeypatch.setenv(name, value)
    with closing(LocalStore(program.folder / "data")) as store, store.upkeep.lease(LEASE) as mine:
        assert mine
        status = main(["reply", cid, "--text", "On its way.", "--wait", *program.words])
    assert status == 3
    assert "inbox outbox" in capsys.readouterr().err
    (item,) = items(program)
    assert item.state is SendState.HELD
    assert program.x.simulation.accepted == []


def test_one_limit_holds_for_all_that_a_wait_waits_for(
    program: Program,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The platform takes a post and never answers: the time-out of the request (30 s) and that of the wait are not added
    up, and the reply is not sent again for it."""
    cid = mention(program)
    program.x.next_write = "accepted, answered too late"
    monkeypatch.setattr(waiting, "GIVE_UP", 1.0)
    for name, value in program.environment.items():
        monkeypatch.setenv(name, value)
    began = time.monotonic()
    status = main(["reply", cid, "--text", "On its way.", "--wait", *program.words])
    assert time.monotonic() - began < 25  # less than the request's own 30 s, also on a busy computer
    assert (status, len(program.x.simulation.accepted)) == (3, 1)
    program.says("sync", "--once")
    (item,) = items(program)
    assert item.state is SendState.SENT
    assert len(program.x.simulation.accepted) == 1


def test_a_held_reply_of_another_process_leaves_in_time_beside_the_screen(
    program: Program,  # noqa: F811
) -> None:
    """The screen has the lease, so it sends what a script queues: at the end of the hold, without a restart; what the
    script takes back, or sends again, it sees as soon."""
    cid = mention(program)
    seconds = round(3 * contention())  # two commands come before its end
    hold(program, seconds)
    accepted = program.x.simulation.accepted
    with Screen(*program.words, env=program.environment, folder=program.folder) as screen:
        screen.until(b"parcel")
        status, _ = asked(program, "reply", cid, "--text", "On its way.")
        assert status == 0
        (first,) = items(program)
        sees(screen, lambda: accepted)
        assert datetime.now(UTC) - first.not_before < LATE
        asked(program, "reply", cid, "--text", "Once more.")
        second = next(i for i in items(program) if i.text == "Once more.")
        assert asked(program, "outbox", "cancel", second.id)[0] == 0
        sees(screen, lambda: datetime.now(UTC) - second.not_before > LATE)
        assert len(accepted) == 1, "cancelled in time by the script"
        assert asked(program, "outbox", "retry", second.id)[0] == 0
        began = datetime.now(UTC)
        sees(screen, lambda: len(accepted) == 2)
        assert datetime.now(UTC) - began < timedelta(seconds=seconds) + LATE


def sees(screen: Screen, true: Callable[[], object]) -> None:
    """Wait, and read meanwhile what the screen paints: a terminal that is full would stop it."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        screen.quiet(0.05)
