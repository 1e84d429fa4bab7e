"""F37 with a real process and a real SIGKILL: what the in-process deaths of `test_sending.py` stand for."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faults import child as child_module
from faults.matrix import CASES, TEXT, _drive, begin
from faults.server import FaultServer
from inbox.adapters.simkit import VirtualClock
from inbox.domain.outbox import Phase

STAGES = ("head", "body", "accepted", "half", "answered")
DEATHS = [
    (CASES[(number + shift) % len(CASES)], stage) for shift in (0, 3) for number, stage in enumerate(STAGES)
]


@pytest.mark.parametrize(("case", "stage"), DEATHS, ids=lambda value: getattr(value, "name", value))
async def test_f37_a_real_kill_while_sending(case: object, stage: str, tmp_path: Path) -> None:
    """The process is gone in the middle of its request; the next one knows what it may do."""
    clock = VirtualClock(datetime.now(UTC))
    sim = case.simulation(clock)  # type: ignore[attr-defined]
    case.ask(sim)  # type: ignore[attr-defined]
    async with FaultServer(sim) as server:
        life = begin(tmp_path, case, clock, server.url)  # type: ignore[arg-type]
        await life.reader.round()
        (cid,) = life.desk.queue.order("all")
        life.desk.drafts.save(cid, TEXT)
        await life.end()

        process = await asyncio.create_subprocess_exec(
            sys.executable,
            child_module.__file__,
            str(tmp_path),
            server.url,
            case.name,  # type: ignore[attr-defined]
            stdout=asyncio.subprocess.PIPE,
        )

        def kill(reached: str) -> None:
            if reached == stage:
                process.send_signal(signal.SIGKILL)

        server.on_stage = kill
        assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
        server.on_stage = None
        await asyncio.sleep(0)
        taken = len(sim.accepted)

        life = begin(tmp_path, case, clock, server.url)  # type: ignore[arg-type]
        life.delivery.recover()
        item = life.store.outbox.by_key("the-key")
        assert item is not None
        assert item.text == TEXT
        if item.phase is not Phase.SENT:
            assert item.phase is Phase.UNCONFIRMED
            await _drive(life.delivery, clock, item.id)
        item = life.store.outbox.by_key("the-key")
        assert item is not None
        assert len(sim.accepted) <= 1
        assert item.phase is (Phase.SENT if sim.accepted else Phase.ASK_AGENT)
        assert len(sim.accepted) == taken
        assert stage == "head" or sim.accepted
        await life.end()
