"""Whatever the program is doing, a signal ends it within five seconds, with the terminal given back and nothing lost.

By default a state a signal; `INBOX_SIGNALS=all pytest tests/faults/test_signals.py` tries every pair.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import pytest

from faults.endings import STATES
from faults.test_terminal import RESTORED
from faults.test_whole_program import Program, program  # noqa: F401
from inbox.domain.outbox import Phase
from inbox.domain.queue import Scope
from inbox.store.sqlite.store import open_store

LIMIT = 5.0
SIGNALS = {
    "TERM": (signal.SIGTERM,),
    "HUP": (signal.SIGHUP,),
    "INT": (signal.SIGINT,),
    "INT twice": (signal.SIGINT, signal.SIGINT),
}
ALL = os.environ.get("INBOX_SIGNALS") == "all"
POSSIBLE = {
    state: [name for name in SIGNALS if ending.interrupts or "INT" not in name]
    for state, ending in STATES.items()
}
PAIRS = [
    (state, name)
    for number, (state, names) in enumerate(POSSIBLE.items())
    for turn, name in enumerate(names)
    if ALL or number % len(names) == turn
]


@pytest.mark.parametrize(("state", "name"), PAIRS, ids=str)
def test_f38_whatever_it_is_doing_it_ends_in_time(
    program: Program,  # noqa: F811
    state: str,
    name: str,
    record_property: pytest.FixtureRequest,
) -> None:
    """A service manager kills after a few seconds, and a person closes the window: neither may cost anything."""
    ending, numbers = STATES[state], SIGNALS[name]
    with ending.state(program) as running:
        for number in numbers:
            running.send(number)
            time.sleep(0.2 if len(numbers) > 1 else 0)  # as a person presses it twice
        took = running.ended(30)
        said = running.said
        status = running.process.returncode
    record_property("seconds", round(took, 2))  # type: ignore[operator]
    print(f"TOOK {took:.2f} {state} / {name}: {status}")
    assert took < LIMIT
    assert "Traceback" not in said, said[-1500:]
    # The last is the kernel's timer, where a slow machine was still taking the interpreter down.
    assert status in (0, 3, 128 + numbers[0], -numbers[0], -signal.SIGALRM), said
    if running.screen is not None and state.startswith("screen"):
        written = bytes(running.screen.written)
        begun = written.rfind(b"\x1b[?1049h")
        assert all(written.rfind(sequence) > begun for sequence in RESTORED), written[-300:]
    store, notice = open_store(program.folder / "data")
    with closing(store):
        assert notice == ""
        assert Counter(i.phase for i in store.outbox.items())[Phase.PREPARED] == 0
        if ending.keeps:
            kept = [
                d.text
                for cid in store.conversations.order(Scope(), now=datetime.now(UTC))
                for d in store.outbox.drafts(cid)
            ]
            assert any(text.startswith(ending.keeps) for text in kept), "what was typed"
    assert len(program.x.simulation.accepted) <= 1
