"""Odd answers while a reply leaves, while it is looked for, and to what is done to a message besides answering.

Nothing leaves twice, nothing is called sent that is not, and the words stay. The faults of the list (F01 to F47) are held
in `test_sending.py`; here the answers are generated, as for reading.

    ODD_ANSWERS=500 ODD_SEED=7 pytest tests/faults/test_odd_writes.py      more of them, and others
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from domain.builders import ALWAYS
from platform_rules import configured, declared

from faults.matrix import CASES, NOON, SETTLED, TEXT, Case
from faults.odd_answers import Odd, all_odd
from inbox.adapters import http
from inbox.adapters.simkit import Dropped, Request, Response, VirtualClock, transport
from inbox.domain.model import Deed
from inbox.domain.outbox import OutboxItem, Phase
from inbox.domain.queue import Scope
from inbox.domain.sla import Timers
from inbox.engine.desk.desk import Desk
from inbox.engine.desk.drafts import Reply
from inbox.engine.station.delivery import Delivery
from inbox.engine.station.reader import Reader
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret
from inbox.store.sqlite.store import LocalStore
from inbox.wiring.platforms import platform

ASKED = os.environ.get("ODD_ANSWERS", "12")
MOST = 10**6 if ASKED == "all" else int(ASKED)
SEED = os.environ.get("ODD_SEED", "1")
TIMERS = Timers(hours=ALWAYS)


@dataclass
class Line:
    """Between the adapter and a simulator. `odd`: of the next write, or of the next look for it."""

    sim: Any
    odd: Odd | None = None
    looks: bool = False
    """Whether the write itself is lost, and looking for it gets the odd answer."""
    accepts: bool = True
    """Whether the platform takes the write in."""
    before: int = 0
    """Writes that are answered well before the one that is not: the steps of an upload."""
    lost: bool = False
    writes: list[str] = field(default_factory=list)
    latest: Response = field(default_factory=lambda: Response(200, b"{}"))

    async def handle(self, request: Request) -> Response:
        if request.method == "GET":
            good: Response = await self.sim.handle(request)
            if self.odd is None or not self.looks or not self.lost:
                self.latest = good if good.status == 200 else self.latest
                return good
            return self._odd(request, good)
        self.writes.append(request.path)
        if self.odd is None or self.before > 0:
            self.before -= 1
            return await self.sim.handle(request)
        good = await self.sim.handle(request) if self.accepts else Response(200, b'{"data":{}}', JSON)
        if not self.looks:
            return self._odd(request, good)
        if not self.lost:
            self.lost = True
            raise Dropped
        return good

    def _odd(self, request: Request, good: Response) -> Response:
        odd, self.odd = self.odd, None
        assert odd is not None
        return odd(request, good, Random(SEED), self.latest)


JSON = {"content-type": "application/json; charset=utf-8"}


@dataclass
class Life:
    """A desk with one conversation on a simulated platform."""

    line: Line
    clock: VirtualClock
    store: LocalStore
    delivery: Delivery
    desk: Desk
    reader: Reader
    cid: str = ""

    async def settle(self, oid: str) -> OutboxItem:
        """Let time pass until nothing happens by itself any more."""
        for turn in range(90):
            self.clock.advance(20 if turn < 30 else 600)
            await self.delivery.step()
            item = self.store.outbox.get(oid)
            assert item is not None
            if item.phase in SETTLED:
                return item
        raise AssertionError(f"it never settled: {item.phase} {item.reason}")


async def begin(folder: Path, case: Case, ask: Callable[[Any], None] | None = None) -> Life:
    clock = VirtualClock(NOON)
    sim = case.simulation(clock)
    (ask or case.ask)(sim)
    line = Line(sim)
    page_id = "1001" if case.platform == "facebook" else None
    account = configured(name="acme", platform=case.platform, surfaces=[case.surface.value], page_id=page_id)
    store = LocalStore(folder)

    async def connect() -> Adapter:
        offered = platform(case.platform)
        client = http.open_client(offered.api_url, transport(line))
        return offered.connect(account, client, Secret(sim.token), clock)

    reader = Reader(
        account="acme",
        platform=case.platform,
        surfaces=[case.surface],
        open_adapter=connect,
        store=store,
        clock=clock,
        timers=TIMERS,
        backfill=timedelta(days=30),
        history=timedelta(days=1),
    )
    delivery = Delivery(store, clock, TIMERS, {"acme": reader})
    desk = Desk(
        store,
        clock,
        agent="tanja",
        timers=TIMERS,
        platforms=declared(
            {"acme": case.platform},
            deeds=lambda head: platform(case.platform).deeds[head.surface],
            files=lambda head, private: platform(case.platform).files(head.surface, private=private),
        ),
    )
    life = Life(line, clock, store, delivery, desk, reader)
    await reader.round()
    (life.cid,) = store.conversations.order(Scope(), now=clock.now())
    clock.advance(60)
    return life


def some(platform: str, what: str) -> list[str]:
    kinds = list(all_odd(platform))
    Random(f"{SEED} {platform} {what}").shuffle(kinds)
    return kinds[:MOST]


def tried() -> Iterator[tuple[Case, str, str]]:
    for case in CASES:
        for what in ("answered so", "lost, then looked for", "never there, then looked for", "refused so"):
            for kind in some(case.platform, f"{case.name} {what}"):
                yield case, what, kind


async def outcome(
    folder: Path, case: Case, what: str, kind: str, *, step: int = 0, picture: Path | None = None
) -> list[str]:
    """What a reply breaks whose write number `step` gets this odd answer; empty: nothing."""
    life = await begin(folder, case)
    life.line.before = step
    line, sim = life.line, life.line.sim
    line.odd = all_odd(case.platform)[kind]
    line.looks = what.endswith("looked for")
    line.accepts = what in ("answered so", "lost, then looked for")
    files = [str(picture)] if picture else []
    rule = life.desk.replying.file_rule(life.cid, case.private)
    text = "" if picture and rule and not rule.with_text else TEXT
    item = life.desk.replying.reply(
        life.cid,
        Reply(
            text, case.private, "the-key", timedelta(0), files=files, file_texts=["a broken cup"] * len(files)
        ),
    )
    found: list[str] = []
    try:
        item = await life.settle(item.id)
    except Exception as error:  # noqa: BLE001 whatever it is, it is a finding
        found.append(f"raised {type(error).__name__}: {error}")
    accepted = sum(one.kind != "upload" for one in sim.accepted)
    if accepted > 1:
        found.append(f"sent {accepted} times")
    named = not line.accepts and kind in ("another object's",)
    if item.phase is Phase.SENT and accepted == 0 and not named:
        found.append("said to be sent, and is not")
    if item.phase is Phase.FAILED and accepted and line.looks:
        found.append("said to have failed, and was sent")
    if item.text != text or list(item.files) != files:
        found.append("the words or the file are gone")
    if item.phase in (Phase.FAILED, Phase.ASK_AGENT) and not (item.reason and item.next_step):
        found.append("no reason, or no next step")
    await life.reader.close()
    life.store.close()
    return found


@pytest.mark.timeout(120 + 4 * min(MOST, 2000))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_no_odd_answer_doubles_or_loses_a_reply(case: Case, tmp_path: Path) -> None:
    """The answer to a write, and what is shown when it is looked for, may be anything once."""
    wrong = {
        (what, kind): found
        for n, (of, what, kind) in enumerate(tried())
        if of is case and (found := await outcome(tmp_path / str(n), of, what, kind))
    }
    assert wrong == {}


PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 3000
STEPS = 3
"""Writes of a reply with a picture, at most: X begins, takes a piece and ends, then posts; Facebook takes a photo."""


@pytest.mark.timeout(120 + 4 * min(MOST, 2000))
@pytest.mark.parametrize("case", [case for case in CASES if not case.private], ids=lambda case: case.name)
async def test_no_odd_answer_to_a_picture_doubles_or_loses_a_reply(case: Case, tmp_path: Path) -> None:
    """Each step of an upload is a write of its own, whose answer names what the next one needs."""
    picture = tmp_path / "cup.png"
    picture.write_bytes(PICTURE)
    wrong = {}
    for step in range(STEPS):
        for n, kind in enumerate(some(case.platform, f"{case.name} picture {step}")[: MOST // 3 + 1]):
            what = ("answered so", "refused so")[n % 2]
            folder = tmp_path / f"{step}-{n}"
            if found := await outcome(folder, case, what, kind, step=step, picture=picture):
                wrong[step, what, kind] = found
    assert wrong == {}


DEEDS = [
    (CASES[0], Deed.HIDE),
    (CASES[2], Deed.HIDE),
    (CASES[2], Deed.LIKE),
    (CASES[3], Deed.BLOCK),
]


def under_our_post(sim: Any) -> None:
    """X lets nobody hide what stands elsewhere."""
    sim.post(
        sim.user("Anna", "anna"), "@acme Where is it?", reply_to=sim.post(sim.me, "We deliver on Sunday")
    )


@pytest.mark.timeout(120 + 4 * min(MOST, 2000))
@pytest.mark.parametrize(("case", "deed"), DEEDS, ids=lambda one: getattr(one, "name", str(one)))
async def test_what_is_said_to_be_done_is_done(case: Case, deed: Deed, tmp_path: Path) -> None:
    """An answer that names an error beside nothing at all was taken for a yes."""
    wrong: dict[str, str] = {}
    for n, kind in enumerate(some(case.platform, f"{case.name} {deed}")):
        ask = under_our_post if case.platform == "twitter" else case.ask
        life = await begin(tmp_path / str(n), case, ask)
        life.line.odd, life.line.accepts = all_odd(case.platform)[kind], False
        target = None if deed is Deed.BLOCK else life.desk.moderation.newest_for(life.cid, deed)
        item = await life.settle(life.desk.moderation.do(life.cid, deed, target).id)
        sim = life.line.sim
        done = sim.hidden if case.platform == "twitter" else sim.accepted
        if item.phase is Phase.SENT and not done:
            wrong[kind] = f"{item.phase}"
        await life.reader.close()
        life.store.close()
    assert wrong == {}
