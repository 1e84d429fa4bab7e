"""A process that is stopped (Ctrl+Z, a debugger) while it sends, and goes on after another one has taken over. Real
processes on one store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from faults.endings import filled, previews, wait_until
from faults.pseudo import ROOT, START
from faults.test_whole_program import Program, program  # noqa: F401
from inbox.domain.model import SendState
from inbox.store.sqlite.store import LocalStore

LASTS = 1.5
QUICK = f"""
import inbox.store.sqlite.lease as lease
lease.LASTS, lease.BEAT, lease.DOUBT = {LASTS}, 0.1, 0.5
"""
"""The same within seconds."""

STOPS = """
import os, signal
from inbox.engine.station.delivery import Delivery
def stopping(original, seen=[]):
    def at(self, oid):
        if not seen:
            seen.append(oid)
            os.kill(os.getpid(), signal.SIGSTOP)
        return original(self, oid)
    return at
setattr(Delivery, {step!r}, stopping(getattr(Delivery, {step!r})))
"""


def start(program: Program, *words: str, before: str) -> subprocess.Popen[bytes]:  # noqa: F811
    return subprocess.Popen(
        [sys.executable, "-c", f"{before}\n{START}", *words, *program.words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **program.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def is_stopped(process: subprocess.Popen[bytes]) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="what is stopped is told by Linux alone")
@pytest.mark.parametrize("step", ["_on_wire", "_prepare"])
def test_who_goes_on_after_another_took_over_sends_nothing_again(
    program: Program,  # noqa: F811
    step: str,
) -> None:
    """Right before the first byte of a reply the process is stopped. The reply must not wait for it, and must not leave
    twice when it goes on."""
    cid = filled(program)
    program.says("reply", cid, "--text", "On its way.")
    first = start(program, "sync", before=QUICK + STOPS.format(step=step))
    try:
        wait_until(lambda: is_stopped(first))
        assert program.x.simulation.accepted == []
        lease = program.folder / "data" / "lease-station.lock"
        wait_until(lambda: time.time() - lease.stat().st_mtime > LASTS)
        second = start(program, "sync", "--once", before=QUICK)
        assert second.wait(60) == 0
        assert len(program.x.simulation.accepted) == 1
        first.send_signal(signal.SIGCONT)
        program.x.simulation.post(program.x.simulation.user("Carl", "carl"), "@acme And mine?")
        wait_until(lambda: "And mine?" in previews(program.folder / "data"), 90)  # it has the lease again
        with closing(LocalStore(program.folder / "data")) as store:
            (item,) = store.outbox.items()
        assert item.state is SendState.SENT
        assert len(program.x.simulation.accepted) == 1
        first.send_signal(signal.SIGTERM)
        assert first.wait(10) == 0
    finally:
        first.kill()
        first.wait()
