"""One answer of a platform, whatever it says, costs nothing that was stored and stops nothing (the eighth promise).

Every endpoint that reading asks, over the real adapters and the real store, gets odd answers one after the other, while
an account of the other platform is read beside it. After each: every word that was stored is there; the other account
goes on; and what the platform shows at the next good readings is in the inbox.

    ODD_ANSWERS=500 ODD_SEED=7 pytest tests/faults/test_one_answer.py      more of them, and others

All of them (3,000) take a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from domain.builders import ALWAYS

from faults.odd_answers import Odd, all_odd
from inbox.adapters import http
from inbox.adapters.facebook import PLATFORM as FACEBOOK
from inbox.adapters.facebook.sim import Simulator as PageSimulator
from inbox.adapters.simkit import Request, Response, VirtualClock, transport
from inbox.adapters.twitter import PLATFORM as X
from inbox.adapters.twitter.sim import Simulator as XSimulator
from inbox.config import Account, Search
from inbox.domain.queue import Scope
from inbox.domain.sla import Timers
from inbox.engine.sync import Reader
from inbox.errors import PlatformError
from inbox.ports import Adapter, Secret
from inbox.store.local import LocalStore

START = datetime(2026, 11, 24, 8, tzinfo=UTC)
PAIRS = int(os.environ.get("ODD_ANSWERS", "16"))
"""Pairs of an endpoint and an odd answer that each platform gets; a quick run takes some."""
ROUNDS = 2
"""Good readings after which everything that the platform shows must be there."""
FALSIFIED = ("part: other_texts", "part: other_type", "part: same_ids")
"""Answers that show something new in wrong words. A list that goes on from its newest entry does not show it again, so
only what was stored before is asked for."""
LONGEST_REST = timedelta(hours=25)
"""An answer may make an account rest, but for no longer than the longest window of a platform, which is a day."""
LONGEST = 30.0
"""Seconds a reading may take, whatever it is answered."""


class Between:
    """Stands between the adapter and a simulator: the next call of one endpoint gets an odd answer."""

    def __init__(self, sim: Any) -> None:
        self.sim = sim
        self.asked: dict[str, Response] = {}
        """The latest good answer of each endpoint."""
        self.odd: Odd | None = None
        self.endpoint = ""
        self.chance = Random(0)
        self.hits = 0

    async def handle(self, request: Request) -> Response:
        good: Response = await self.sim.handle(request)
        name = endpoint(request)
        if self.odd is not None and name == self.endpoint and not self.hits:
            self.hits += 1
            others = [seen for other, seen in sorted(self.asked.items()) if other != name] or [good]
            return self.odd(request, good, self.chance, self.chance.choice(others))
        if good.status == 200:
            self.asked[name] = good
        return good


def endpoint(request: Request) -> str:
    path = re.sub(r"[0-9]+_[0-9]+|t_\w+|m_\w+|aWdf\w+|[0-9][0-9-]{3,}", ":id", request.path)
    asks = ",".join(sorted({"ids"} & request.params.keys()))
    return f"{request.method} {path} {asks}".strip()


class Stage:
    """Two accounts, one on each platform, and people who write to both."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(START)
        self.x = XSimulator(self.clock)
        self.page = PageSimulator(self.clock)
        self.store = LocalStore(folder)
        self.between = {"twitter": Between(self.x), "facebook": Between(self.page)}
        search = Search(name="brand", query='"acme parcels" -from:acme -is:retweet')
        self.readers = {
            "twitter": self._reader(
                X, Account(name="x", platform="twitter", searches=[search]), self.x.token
            ),
            "facebook": self._reader(
                FACEBOOK, Account(name="p", platform="facebook", page_id="1001"), self.page.token
            ),
        }
        self.count = 0
        self.wanted: dict[str, list[str]] = {"twitter": [], "facebook": []}
        """Texts that people wrote, by platform."""
        self._populate()

    def _reader(self, platform: Any, account: Account, token: str) -> Reader:
        async def connect() -> Adapter:
            between = transport(self.between[account.platform])
            client = http.open_client(platform.api_url, between)
            connected: Adapter = platform.connect(account, client, Secret(token), self.clock)
            return connected

        return Reader(
            account=account.name,
            platform=account.platform,
            surfaces=tuple(platform.surfaces),
            open_adapter=connect,
            store=self.store,
            clock=self.clock,
            timers=Timers(hours=ALWAYS),
            backfill=timedelta(days=30),
            history=timedelta(days=30),
            recheck_for=timedelta(days=7),
        )

    def text(self, platform: str) -> str:
        self.count += 1
        self.wanted[platform].append(f"letter {self.count} of somebody")
        return self.wanted[platform][-1]

    def _populate(self) -> None:
        self.people = [self.x.user(f"Person {n}", f"person_{n}") for n in range(4)]
        self.fans = [self.page.world.person(f"Fan {n}") for n in range(4)]
        self.ours = self.x.post(self.x.me, "We deliver on Sunday")
        self.post = self.page.world.post("We deliver on Sunday")
        for n in range(4):
            self.write("twitter")
            self.write("facebook")
            self.clock.advance(60)
            top = self.x.post(self.people[n], f"@acme {self.text('twitter')}")
            self.x.post(self.people[n], self.text("twitter"), reply_to=top)
            comment = self.page.world.comments(self.post, self.text("facebook"), by=self.fans[n])
            self.page.world.comments(comment, self.text("facebook"), by=self.fans[n])
            self.clock.advance(60)
        self.page.world.visitor_post(self.fans[0], self.text("facebook"))
        self.page.world.tagging_post(self.fans[1], self.text("facebook"))
        self.page.world.writes_on_instagram(self.fans[2], self.text("facebook"))
        self.x.post(self.people[1], f"acme parcels {self.text('twitter')}")
        self.clock.advance(300)

    def write(self, platform: str) -> None:
        """Somebody writes, in every way there is."""
        who = self.count % 4
        if platform == "twitter":
            self.x.post(self.people[who], self.text(platform), reply_to=self.ours)
            self.x.dm(self.people[who], self.text(platform))
        else:
            self.page.world.writes(self.fans[who], self.text(platform))
            self.page.world.comments(self.post, self.text(platform), by=self.fans[who])

    # -- reading -----------------------------------------------------------------------------------------

    async def read(self, threads: bool = True) -> None:
        """As the station would: both accounts at once, with `threads` everything that a reader can be asked for."""
        await asyncio.gather(*(self._read(reader, threads) for reader in self.readers.values()))

    async def _read(self, reader: Reader, threads: bool) -> None:
        async with asyncio.timeout(LONGEST):
            await reader.round(reader.due_now())
            self.store.put_setting(f"rechecked:{reader.account}", None)
            asked: list[Callable[[], Awaitable[None]]] = [reader.recheck]
            if threads:
                heads = self.store.conversations(self.heads(reader.account))
                for head in {head.surface: head for head in heads}.values():
                    asked += [
                        partial(reader.refresh, head.surface, head.thread),
                        partial(reader.whole, head.id),
                    ]
            for ask in asked:
                with contextlib.suppress(PlatformError):
                    await ask()

    def heads(self, account: str) -> list[str]:
        return sorted(self.store.order(Scope(account=account), now=self.clock.now()))

    async def pass_and_read(self, times: int) -> None:
        for _ in range(times):
            self.wait()
            await self.read(threads=False)

    def wait(self) -> None:
        """Until nothing that was told to wait waits any more, and lists have caught up."""
        now = self.clock.now()
        until = [now + timedelta(seconds=1000)]
        for reader in self.readers.values():
            until += [*reader.due.values(), reader.resume_at or now]
            if reader.adapter is not None:
                until.append(reader.adapter.pace().resume_at or now)
        self.clock.turn_to(min(max(until), now + LONGEST_REST))

    # -- what is kept ------------------------------------------------------------------------------------

    def kept(self) -> set[str]:
        """Every text that is stored, shown or not, as the present or an earlier one of a message."""
        return {
            text
            for account in ("x", "p")
            for cid in self.heads(account)
            for m in self.store.messages(cid)
            for text in (m.text, *(version.text for version in m.versions))
        }

    def shown(self, account: str) -> str:
        """All texts of an account that an agent sees, as one."""
        return "\n".join(
            m.text
            for cid in self.heads(account)
            for m in self.store.messages(cid)
            if m.shown and not m.deleted_at
        )

    def missing(self, platform: str) -> list[str]:
        shown = self.shown(self.readers[platform].account) + "\n"
        return [text for text in self.wanted[platform] if text not in shown]


def lost(stage: Stage, before: set[str]) -> list[str]:
    """Texts of people that were stored and are not any more. What an odd answer itself brought may go: a post under
    the id of another one is asked for, not found, and removed."""
    written = [text for texts in stage.wanted.values() for text in texts]
    held, holds = "\n".join(before), "\n".join(stage.kept())
    return [text for text in written if f"{text}\n" in f"{held}\n" and f"{text}\n" not in f"{holds}\n"]


async def tried(stage: Stage, platform: str, asked: str, name: str, odd: Odd) -> list[str]:
    """What one odd answer cost; empty: nothing."""
    between = stage.between[platform]
    other = "facebook" if platform == "twitter" else "twitter"
    before = stage.kept()
    old = len(stage.wanted[platform])
    stage.write(platform)
    stage.write(other)
    stage.wait()
    between.odd, between.endpoint, between.hits = odd, asked, 0
    between.chance = Random(f"{asked} {name}")
    try:
        await stage.read()
        if not between.hits:  # some things are asked only after a start
            await stage.readers[platform].close()
            stage.wait()
            await stage.read()
    finally:
        between.odd = None
    found = [f"lost {one}" for one in lost(stage, before)]
    found += [f"stopped the other account: {one}" for one in stage.missing(other)]
    await stage.pass_and_read(ROUNDS)
    found += [f"lost later {one}" for one in lost(stage, before)]
    gone = stage.missing(platform)
    if name.startswith(FALSIFIED):
        gone = [one for one in gone if one in stage.wanted[platform][:old]]
        del stage.wanted[platform][old:]
    return [*found, *(f"not there later: {one}" for one in gone)]


@pytest.mark.timeout(240 + 10 * PAIRS)
@pytest.mark.parametrize("platform", ["twitter", "facebook"])
async def test_no_single_answer_costs_a_word_or_stops_anything(
    platform: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reading believed what it was told: five posts erased by one "Service Unavailable", an account blinded by one id."""
    stage = Stage(tmp_path / "0")
    await stage.pass_and_read(1)
    await stage.read()
    assert stage.missing("twitter") == []
    assert stage.missing("facebook") == []
    odd = all_odd(platform)
    endpoints = sorted(stage.between[platform].asked)
    pairs = [(asked, name) for asked in endpoints for name in odd]
    Random(int(os.environ.get("ODD_SEED", "1"))).shuffle(pairs)
    pairs = pairs[:PAIRS]
    costs: dict[str, list[str]] = {}
    hit = 0
    for number, (asked, name) in enumerate(pairs):
        try:
            cost = await tried(stage, platform, asked, name, odd[name])
        except Exception as error:  # noqa: BLE001 whatever it is, it is a finding
            cost = [f"raised {type(error).__name__}: {error}"]
        hit += bool(stage.between[platform].hits)
        if cost:
            costs[f"{asked} <- {name}"] = cost
        if (
            cost or number % 10 == 9
        ):  # a fresh world, so that each finding stands alone, and the old ones do not grow
            stage.store.close()
            stage = Stage(tmp_path / str(number + 1))
            await stage.pass_and_read(1)
    stage.store.close()
    with capsys.disabled():
        words = sum(one.startswith("lost") for cost in costs.values() for one in cost)
        print(
            f"\n{platform}: {hit} odd answers ({len(odd)} kinds, {len(endpoints)} endpoints); stored texts lost: {words}"
        )
        for case, cost in costs.items():
            print(case, *cost[:4], sep="\n    ")
    assert costs == {}
    assert hit > len(pairs) * 0.7, "some are asked in few passes; most must be met"
