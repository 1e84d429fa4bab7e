"""Two accounts over the real adapters and the real store, one on each platform, whose answers can be falsified."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from domain.builders import ALWAYS
from platform_rules import configured

from faults.odd_answers import Odd
from inbox.adapters import http
from inbox.adapters.facebook import PLATFORM as FACEBOOK
from inbox.adapters.facebook.sim import Simulator as PageSimulator
from inbox.adapters.simkit import Request, Response, VirtualClock, transport
from inbox.adapters.twitter import PLATFORM as X
from inbox.adapters.twitter.settings import Search
from inbox.adapters.twitter.sim import Simulator as XSimulator
from inbox.config.model import Account
from inbox.domain.model import Direction
from inbox.domain.queue import Scope
from inbox.domain.sla import Timers
from inbox.engine.station.reader import Reader
from inbox.errors import PlatformError
from inbox.ports.platform import Adapter
from inbox.ports.secrets import Secret
from inbox.store.sqlite.store import LocalStore

START = datetime(2026, 11, 24, 8, tzinfo=UTC)
LONGEST_REST = timedelta(hours=25)
"""An answer may make an account rest, but for no longer than the longest window of a platform, which is a day."""
SHORT = timedelta(seconds=1000)
"""Lists have caught up by then."""
LONGEST = 30.0
"""Seconds a reading may take, whatever it is answered."""


class Between:
    """Between the adapter and a simulator: the next call of each endpoint in `odd` gets that odd answer."""

    def __init__(self, sim: Any) -> None:
        self.sim = sim
        self.asked: dict[str, Response] = {}
        """The latest good answer of each endpoint."""
        self.odd: dict[str, tuple[str, Odd]] = {}
        self.met: set[str] = set()
        """Endpoints that gave their odd answer."""
        self.always = False
        """Whether they give it each time that they are asked."""

    async def handle(self, request: Request) -> Response:
        good: Response = await self.sim.handle(request)
        name = endpoint(request)
        if name in self.odd and (self.always or name not in self.met):
            self.met.add(name)
            others = [seen for other, seen in sorted(self.asked.items()) if other != name] or [good]
            kind, odd = self.odd[name]
            chance = Random(f"{name} {kind}")
            return odd(request, good, chance, chance.choice(others))
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
                X, configured(name="x", platform="twitter", searches=[search]), self.x.token
            ),
            "facebook": self._reader(
                FACEBOOK, configured(name="p", platform="facebook", page_id="1001"), self.page.token
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
            self.store.small_things.put_setting(f"rechecked:{reader.account}", None)
            asked: list[Callable[[], Awaitable[None]]] = [reader.recheck]
            if threads:
                heads = self.store.conversations.get_many(self.heads(reader.account))
                for head in {head.surface: head for head in heads}.values():
                    asked += [
                        partial(reader.refresh, head.surface, head.thread),
                        partial(reader.whole, head.id),
                    ]
            for ask in asked:
                with contextlib.suppress(PlatformError):
                    await ask()

    def heads(self, account: str) -> list[str]:
        return sorted(self.store.conversations.order(Scope(account=account), now=self.clock.now()))

    async def pass_and_read(self, times: int, least: timedelta = SHORT) -> None:
        for _ in range(times):
            self.wait(least)
            await self.read(threads=False)

    def wait(self, least: timedelta = SHORT) -> None:
        """At least so long, and until nothing that was told to wait waits any more."""
        now = self.clock.now()
        until = [now + least]
        for reader in self.readers.values():
            until += [*reader.due.values(), reader.resume_at or now]
            if reader.adapter is not None:
                until.append(reader.adapter.pace().resume_at or now)
        self.clock.turn_to(min(max(until), now + max(least, LONGEST_REST)))

    # -- what is kept ------------------------------------------------------------------------------------

    def kept(self) -> set[str]:
        """Every text that is stored, shown or not, as the present or an earlier one of a message."""
        return {
            text
            for account in ("x", "p")
            for cid in self.heads(account)
            for m in self.store.messages.of_conversation(cid)
            for text in (m.text, *(version.text for version in m.versions))
        }

    def shown(self, account: str) -> str:
        """All texts of an account that an agent sees, as one."""
        return "\n".join(
            m.text
            for cid in self.heads(account)
            for m in self.store.messages.of_conversation(cid)
            if m.shown and not m.deleted_at
        )

    def taken_for_ours(self) -> list[str]:
        """Texts of people that are stored as our own, and not as theirs too (under the id of another message)."""
        messages = [
            m
            for account in ("x", "p")
            for cid in self.heads(account)
            for m in self.store.messages.of_conversation(cid)
        ]
        theirs = {m.text for m in messages if m.direction is Direction.IN}
        written = {text for texts in self.wanted.values() for text in texts}
        return [
            m.text
            for m in messages
            if m.direction is Direction.OUT
            and m.text not in theirs
            and any(m.text.endswith(text) for text in written)
        ]

    def missing(self, platform: str) -> list[str]:
        shown = self.shown(self.readers[platform].account) + "\n"
        return [text for text in self.wanted[platform] if text not in shown]


def lost(stage: Stage, before: set[str]) -> list[str]:
    """Texts of people that were stored and are not any more. What an odd answer itself brought may go: a post under
    the id of another one is asked for, not found, and removed."""
    written = [text for texts in stage.wanted.values() for text in texts]
    held, holds = "\n".join(before), "\n".join(stage.kept())
    return [text for text in written if f"{text}\n" in f"{held}\n" and f"{text}\n" not in f"{holds}\n"]
