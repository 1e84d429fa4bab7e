"""The bar itself: ways of sending and storing that are known to be wrong must be caught by the very checks we trust.

Sending as naive clients and trusted helpdesks do it, and TinyDB's own file (FAULTS.md, how the list came about). Cleaners
that parse sequences are caught in `domain/test_text_hostile.py`, a missing guard in `ui/test_guard.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from faults.matrix import CASES, FORMS, run, traces, wrong
from faults.power_scenes import cut
from faults.test_power_cut import needs_strace
from inbox.domain.outbox import OutboxItem, Phase, move
from inbox.domain.records import replace
from inbox.engine.station.delivery import Delivery
from inbox.errors import PlatformError, Uncertain

MARK = {"reason": "no answer", "next_step": "It is tried again."}


class RetriesEverything(Delivery):
    """Sends again after any error, and whatever a dead process had begun; marks it as sent afterwards."""

    def recover(self) -> None:
        for item in self.store.outbox.items(phases=(Phase.PREPARED, Phase.ON_WIRE)):
            self.store.outbox.put(move(item, Phase.RETRY_WAIT, not_before=self.clock.now()))

    def _settle_error(self, oid: str, error: PlatformError) -> OutboxItem:
        item = self._load(oid)
        if isinstance(error, Uncertain) and len(item.attempts) < 4:
            return self._put(item, Phase.RETRY_WAIT, not_before=self.clock.now(), **MARK)
        return super()._settle_error(oid, error)

    def _stale(self, item: OutboxItem) -> str | None:
        """Nor does it look at the thread before it sends."""
        return None


class MarksFirst(Delivery):
    """At most once: marked as sent before it is sent, so that it is never sent twice."""

    def _on_wire(self, oid: str) -> None:
        super()._on_wire(oid)
        self._put(self._load(oid), Phase.SENT, remote_id=None, sent_at=self.clock.now())

    def _settle_error(self, oid: str, error: PlatformError) -> OutboxItem:
        item = self._load(oid)
        return item if item.phase is Phase.SENT else super()._settle_error(oid, error)


class CallsItFailed(Delivery):
    """An answer that cannot be read is a failure, with a button to try again."""

    def _settle_error(self, oid: str, error: PlatformError) -> OutboxItem:
        if isinstance(error, Uncertain):
            return self._put(self._load(oid), Phase.FAILED, **MARK)
        return super()._settle_error(oid, error)


class ForgetsTheWords(Delivery):
    """A refused reply without its text: whoever wrote it may begin again."""

    def _settle_error(self, oid: str, error: PlatformError) -> OutboxItem:
        item = super()._settle_error(oid, error)
        self.store.outbox.put(replace(item, text=""))
        return item


@pytest.mark.parametrize(
    ("delivers", "fault", "kill", "caught"),
    [
        (RetriesEverything, "accepted, then reset", None, "sent 2 times"),
        (RetriesEverything, "accepted after the caller gave up", None, "sent 2 times"),
        (RetriesEverything, "none", "before sent is durable", "sent 2 times"),
        (MarksFirst, "read, then closed", None, "said to be sent, and is not"),
        (MarksFirst, "none", "after sent is durable", "said to be sent, and is not"),
        (CallsItFailed, "200, no id, accepted", None, "said to have failed, and was sent"),
        (ForgetsTheWords, "refused by policy", None, "the words are gone"),
    ],
)
async def test_a_wrong_way_of_sending_is_caught(
    tmp_path: Path, delivers: type[Delivery], fault: str, kill: str | None, caught: str
) -> None:
    """A matrix that a naive sender passes would be no bar at all."""
    case = CASES[1]  # a direct message: in public both platforms refuse the same words a second time
    outcome = await run(tmp_path, case, fault, kill, delivers)
    assert any(sentence.startswith(caught) for sentence in wrong(case, outcome))


@needs_strace
def test_plain_tinydb_is_caught_by_the_power_cut(tmp_path: Path) -> None:
    """47 of 100 kills made its file unreadable (E6): the check of F79, on the store TinyDB brings itself. A kill leaves
    what a cut leaves that kept everything."""
    found = cut("TinyDB's own file", tmp_path, Random(1), each=2)
    assert any("JSONDecodeError" in sentence for sentence in found.wrong)
    assert len(found.wrong) > found.states / 10


def test_the_search_for_the_token_finds_it(tmp_path: Path) -> None:
    """In every form, in any depth: nothing found must mean that nothing is there."""
    for number, form in enumerate(FORMS):
        (tmp_path / "deep" / str(number)).mkdir(parents=True)
        (tmp_path / "deep" / str(number) / f"file {number}").write_bytes(b"x" * 5000 + form + b"y")
    assert sorted(traces(tmp_path)) == [f"file {number}" for number in range(len(FORMS))]


def test_half_a_character_in_a_log_does_not_end_the_run_of_the_suite(tmp_path: Path) -> None:
    """Platforms send lone surrogates, and what a failing test has logged goes to the other process of `pytest -n`: the
    whole run ended with INTERNALERROR, and no result of any test was known."""
    (tmp_path / "test_odd.py").write_text(
        "import logging\n\n\ndef test_odd():\n    logging.error('\\ud83d')\n    assert False\n", "utf-8"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "1",
            "-p",
            "conftest",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            ".",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "INTERNALERROR" not in done.stdout
