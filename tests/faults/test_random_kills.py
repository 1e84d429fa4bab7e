"""Reading, sending, plain lines and commands on one store, and `kill -9` at moments that chance chooses.

`INBOX_SCENARIOS=30 INBOX_SEED=1 pytest tests/faults/test_random_kills.py` tries as many.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from faults.endings import filled, wait_until
from faults.pseudo import ROOT, START
from faults.test_whole_program import Program, program  # noqa: F401
from inbox.domain.model import Direction, SendState
from inbox.domain.outbox import Phase
from inbox.store.sqlite.store import LocalStore, open_store

SCENARIOS = int(os.environ.get("INBOX_SCENARIOS", "1"))
SEED = int(os.environ.get("INBOX_SEED", "1"))
STEPS = 14
KINDS = (
    "sync",
    "plain",
    "kill",
    "kill",
    "note",
    "tag",
    "reply",
    "reply",
    "killed note",
    "killed reply",
    "queue",
)
FAULTS = (None, None, "accepted, then reset", "accepted, then closed")

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are listed by Linux alone"),
    pytest.mark.timeout(420),
]


class Scenario:
    """What was begun, what was reported as done, and what is at work."""

    def __init__(self, program: Program, seed: int, cid: str) -> None:  # noqa: F811
        self.program = program
        self.choice = random.Random(seed)
        self.cid = cid
        self.acknowledged: set[str] = set()
        self.replies: set[str] = set()
        self.tags: set[str] = set()
        self.beside: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", START, *words, *self.program.words],
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.program.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def step(self, number: int) -> None:
        kind = self.choice.choice(KINDS)
        if kind in ("sync", "plain"):
            if kind not in self.beside:
                self.beside[kind] = self.start("sync" if kind == "sync" else "--plain")
        elif kind == "kill":
            time.sleep(self.choice.random())  # the moment is the point
            if self.beside:
                self.kill(self.choice.choice(sorted(self.beside)))
        else:
            self.command(kind, number)
        assert self.deleted() == []

    def command(self, kind: str, number: int) -> None:
        text = f"{kind} {number}"
        words = {
            "note": ("note", self.cid, "--text", text),
            "tag": ("tag", self.cid, "--add", f"tag{number}"),
            "reply": ("reply", self.cid, "--text", text, "--anyway"),
            "queue": ("queue",),
        }[kind.removeprefix("killed ")]
        if "reply" in kind:
            self.program.x.next_write = self.choice.choice(FAULTS)
        process = self.start(*words)
        assert process.stderr
        if kind.startswith("killed"):
            time.sleep(self.choice.random() * 1.2)
            process.kill()
            process.communicate()
            return
        said = process.communicate(timeout=60)[1].decode()
        assert "damaged" not in said
        assert process.returncode == 0, (words, said)
        if kind == "tag":
            self.tags.add(f"tag{number}")
        elif kind == "reply":
            self.replies.add(text)
        elif kind == "note":
            self.acknowledged.add(text)

    def kill(self, kind: str) -> None:
        process = self.beside.pop(kind)
        process.kill()
        process.communicate()

    def deleted(self) -> list[str]:
        """Files of the store that were removed under a process at work."""
        found = []
        for process in self.beside.values():
            with suppress(OSError):
                for entry in Path(f"/proc/{process.pid}/fd").iterdir():
                    with suppress(OSError):
                        found.append(os.readlink(entry))
        return [name for name in found if "(deleted)" in name and "inbox.db" in name]

    def settle(self) -> None:
        """Everybody dead; then runs until every reply has left or asks."""
        for kind in list(self.beside):
            self.kill(kind)
        self.program.x.next_write = None
        store, notice = open_store(self.program.folder / "data")
        assert notice == ""
        with closing(store):
            sync = self.start("sync")
            try:
                wait_until(
                    lambda: all(i.phase in (Phase.SENT, Phase.ASK_AGENT) for i in store.outbox.items()), 240
                )
            finally:
                sync.kill()
                sync.communicate()

    def check(self) -> None:
        accepted = [taken.text for taken in self.program.x.simulation.accepted]
        with closing(LocalStore(self.program.folder / "data")) as store:
            notes = [
                m.text for m in store.messages.of_conversation(self.cid) if m.direction is Direction.NOTE
            ]
            head = store.conversations.get(self.cid)
            assert head is not None
            items = store.outbox.items()
            assert store.upkeep.health().findings == []
        assert self.acknowledged <= set(notes)
        assert len(notes) == len(set(notes))
        assert self.tags <= set(head.tags)
        texts = [item.text for item in items]
        assert self.replies <= set(texts), "queued and gone"
        for text in texts:
            times = accepted.count(text)
            assert times <= 1, f"{text!r} was sent {times} times"
        sent = {item.text for item in items if item.state is SendState.SENT}
        assert sent <= set(accepted)
        assert self.replies - sent <= {i.text for i in items if i.phase is Phase.ASK_AGENT}


@pytest.mark.parametrize("seed", range(SEED, SEED + SCENARIOS))
def test_what_was_reported_is_there_and_nothing_is_sent_twice(program: Program, seed: int) -> None:  # noqa: F811
    """Each of them may die at any moment, beside all the others."""
    scenario = Scenario(program, seed, filled(program))
    try:
        for number in range(STEPS):
            scenario.step(number)
        scenario.settle()
        scenario.check()
    finally:
        for kind in list(scenario.beside):
            scenario.kill(kind)
