"""P3 over the whole matrix: every kind of reply, every fault of the list, every place to die.

The fault server's list of what it accepted is the oracle. What a single call makes of a fault is held in
`wire/test_http.py`, the outbox machine on its own in `engine/test_delivery.py`; here the real parts work together.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from engine.world import build, said

from faults.matrix import (
    CANARY,
    CASES,
    CERTIFICATES,
    FAULT_NAMES,
    KILL_POINTS,
    NOON,
    NUMBERS,
    TEXT,
    Case,
    Fate,
    Killed,
    begin,
    expected,
    lives,
    run,
    traces,
    wrong,
)
from faults.server import FaultServer
from inbox.adapters.simkit import VirtualClock
from inbox.domain.outbox import Phase
from inbox.engine.desk.drafts import Reply
from inbox.engine.desk.errors import NotAllowed

LONG = bool(os.environ.get("INBOX_LONG_TESTS"))
"""All faults with all deaths for all kinds of reply: minutes instead of seconds."""

KILLED_UNDER = (
    "none",
    "refused",
    "accepted, then reset",
    "accepted after the caller gave up",
    "read, then closed",
    "429 with a time",
    "401",
    "200, no id, accepted",
    "307 to another host",
)
"""One fault of every path through the machine; with every second place to die, by turns."""


@pytest.mark.parametrize("fault", FAULT_NAMES, ids=lambda name: f"{NUMBERS.get(name, 'F00')} {name}")
async def test_a_fault_ends_sent_once_failed_or_asked(
    fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A naive client doubled 65 of 147 such cases (E4); here the oracle decides, for two kinds of reply by turns,
    and for all six in the long run. None of it brings the token into a file, a log or an address (F88)."""
    caplog.set_level("DEBUG")
    shift = FAULT_NAMES.index(fault) % 3
    cases = CASES if LONG else CASES[shift::3]
    for number, case in enumerate(cases):
        outcome = await run(tmp_path / str(number), case, fault)
        assert wrong(case, outcome) == [], case.name
        assert outcome.word == expected(fault), case.name
        assert not (fault in CERTIFICATES and outcome.requests), (
            "the token was shown to somebody who proved nothing"
        )
        assert outcome.at_the_end == (outcome.in_the_end is Phase.SENT)
    assert list(tmp_path.rglob("inbox.db"))
    assert traces(tmp_path) == []
    assert CANARY not in caplog.text


def test_every_fault_has_its_number() -> None:
    """The table in the closing note and the list of faults must speak of the same things."""
    assert set(FAULT_NAMES) - {"none"} == set(NUMBERS)


@pytest.mark.parametrize("fault", FAULT_NAMES if LONG else KILLED_UNDER)
async def test_f37_a_death_at_any_place_neither_doubles_nor_loses(fault: str) -> None:
    """SIGKILL has no manners: whatever stood on disk then must be enough to know what may be done."""
    index = FAULT_NAMES.index(fault)
    for case in CASES if LONG else [CASES[index % len(CASES)]]:
        places = slice(None) if LONG else slice(index % 2, None, 2)
        for name, place, case_, outcome in await lives(case, [fault], kill=True, places_of=places):
            assert wrong(case_, outcome) == [], f"{case_.name}, {name}, killed {place}"
            assert outcome.killed == (place is not None)


KEPT = {"look-up: connected"}
"""Reads share connections: a look-up opens one only where none was kept, as after a restart."""


async def test_f37_every_place_to_die_is_one_that_is_passed() -> None:
    """A kill point that is never hit proves nothing."""
    passed: set[str] = set()
    for fault in ("accepted, then reset", "read, then closed", "429 with a time", "refused by policy", "401"):
        for _, _, _, outcome in await lives(CASES[0], [fault], kill=False):
            passed.update(outcome.passed)
    assert passed - KEPT == KILL_POINTS - KEPT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_f40_undo_in_the_same_moment_is_cancelled_or_sent_never_both(
    case: Case, tmp_path: Path
) -> None:
    """The agent's finger and the clock meet: what the screen says must be what the platform has."""
    clock = VirtualClock(NOON)
    sim = case.simulation(clock)
    case.ask(sim)
    async with FaultServer(sim) as server:
        life = begin(tmp_path / "inbox", case, clock, server.url)
        await life.reader.round()
        (cid,) = life.desk.queue.order("all")
        seen = set()
        for undo_at in ("before the send", "while it is on the wire", "after the send"):
            item = life.desk.replying.reply(
                cid, Reply(f"{TEXT} {undo_at}", private=case.private, hold=timedelta(seconds=5))
            )
            clock.advance(5)
            before = len(sim.accepted)

            def undo(stage: str, item_id: str = item.id) -> None:
                if stage == "body":
                    with pytest.raises(NotAllowed, match="being sent"):
                        life.desk.outbox.cancel(item_id)

            if undo_at == "before the send":
                life.desk.outbox.cancel(item.id)
            elif undo_at == "while it is on the wire":
                server.on_stage = undo
            await life.delivery.step()
            server.on_stage = None
            if undo_at == "after the send":
                with pytest.raises(NotAllowed, match="sent"):
                    life.desk.outbox.cancel(item.id)
            phase = life.store.outbox.get(item.id).phase  # type: ignore[union-attr]
            assert (phase, len(sim.accepted) - before) in ((Phase.CANCELLED, 0), (Phase.SENT, 1))
            seen.add(phase)
            if case.private:
                break  # Facebook takes one private answer; what is left is the undo before it
        assert Phase.CANCELLED in seen
        await life.end()


@pytest.mark.parametrize("place", ["before cancelled is durable", "after cancelled is durable"])
async def test_f37_f40_a_death_inside_undo_is_held_or_taken_back(tmp_path: Path, place: str) -> None:
    """Taken back means that the draft has it; before that the reply is still on its way, and the screen says so."""
    clock = VirtualClock(NOON)
    sim = CASES[0].simulation(clock)
    CASES[0].ask(sim)
    async with FaultServer(sim) as server:
        life = begin(tmp_path / "inbox", CASES[0], clock, server.url)
        await life.reader.round()
        (cid,) = life.desk.queue.order("all")
        item = life.desk.replying.reply(cid, Reply(TEXT, hold=timedelta(seconds=5)))
        life.store.fate = Fate(place)
        with pytest.raises(Killed):
            life.desk.outbox.cancel(item.id)
        await life.end()
        life = begin(tmp_path / "inbox", CASES[0], clock, server.url)
        life.delivery.recover()
        clock.advance(10)
        await life.delivery.step()
        taken_back = place.startswith("after")
        draft = life.desk.drafts.get(cid)
        assert len(sim.accepted) == (0 if taken_back else 1)
        assert (draft is not None and draft.text == TEXT) == taken_back
        await life.end()


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Hello\r\nAnna\rand Ben", "Hello\nAnna\nand Ben"),
        ("a\x11b\x1b[31mc\x07\x9b\x7fd", "ab[31mcd"),
        ("\u202eevil\u2066x\u2069", "evilx"),
        ("half \ud83d pair\0", "half  pair"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f52c", None),
    ],
)
def test_f41_a_reply_goes_out_without_what_nobody_typed(tmp_path: Path, typed: str, sent: str | None) -> None:
    """A paste brings control characters along, which the composer cannot show: they would reach the customer."""
    world = build(tmp_path / "inbox")
    world.arrive(said("1"))
    item = world.desk.replying.reply("acme-x:mentions:root:7", Reply(typed))
    assert item.text == (typed if sent is None else sent)
    world.store.close()


@pytest.mark.parametrize(
    "typed", ["\u200b\u2060", "\u202e\u2066", "\x07\x1b", "\u3164", "\ufeff \n", "\u0300"]
)
def test_f41_a_reply_that_nobody_could_see_is_refused(tmp_path: Path, typed: str) -> None:
    """An empty answer stops the timer and helps nobody."""
    world = build(tmp_path / "inbox")
    world.arrive(said("1"))
    with pytest.raises(NotAllowed, match="empty"):
        world.desk.replying.reply("acme-x:mentions:root:7", Reply(typed))
    world.store.close()
